//! Settings of this machine: flags win over the environment, it over the settings file, that over what we assume.
//!
//! Every value keeps where it came from, which `mandate doctor` prints. Not here: settings of the firm, which the
//! database keeps for all nodes (`mandate_app::settings`).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use mandate_app::audit::CheckpointPlaces;
use mandate_app::mail::MailServerSettings;
use mandate_app::open::DbUrl;
use mandate_web::SignOnSettings;
use serde::{Deserialize, Serialize};

use crate::exit::Failure;
use crate::settings_mail::{MailTable, mail};
use crate::settings_sign_on::{SignOnTable, sign_on};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Nobody said.
    Default,
    /// The settings file.
    File(String),
    /// The environment.
    Environment(String),
    /// A flag.
    Flag(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {path}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// A setting as shown: never a secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shown {
    /// Its name in the file.
    pub name: String,
    /// Its value, without passwords.
    pub value: String,
    /// Where it came from.
    pub origin: String,
}

/// What flags may say.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--data`
    pub data: Option<String>,
    /// `--database`
    pub database: Option<String>,
    /// `--address`
    pub address: Option<String>,
    /// `--base-url`
    pub base_url: Option<String>,
    /// `--tls-cert`
    pub tls_cert: Option<String>,
    /// `--tls-key`
    pub tls_key: Option<String>,
    /// `--trust-proxy`
    pub trust_proxy: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<String>,
    database: Option<String>,
    address: Option<String>,
    base_url: Option<String>,
    tls_cert: Option<String>,
    tls_key: Option<String>,
    trust_proxy: Option<bool>,
    metrics: Option<bool>,
    largest_file_mb: Option<u32>,
    log: Option<String>,
    log_format: Option<String>,
    single_sign_on: Option<SignOnTable>,
    audit_key: Option<String>,
    audit_checkpoints: Option<String>,
    outbound_private: Option<bool>,
    imports: Option<String>,
    mail: Option<MailTable>,
}

/// The effective settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where database, event files, backups and locks lie.
    pub data: PathBuf,
    /// The database.
    pub database: DbUrl,
    /// Where the server listens.
    pub address: SocketAddr,
    /// The address people use, without a trailing slash.
    pub base_url: String,
    /// Certificate and key of our own TLS.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Whether a proxy before us is trusted to tell the client's address.
    pub trust_proxy: bool,
    /// Whether the operator promises that no proxy passes `/metrics` on.
    pub metrics: bool,
    /// Megabytes that a file on a record has at most.
    pub largest_file_mb: u32,
    /// What is logged, such as `info` or `mandate_app=debug,warn`.
    pub log: String,
    /// `text` or `json`.
    pub log_format: String,
    /// The sign-on provider, if there is one.
    pub sign_on: Option<SignOnSettings>,
    /// Where the key of the audit record lies and its checkpoints go.
    pub checkpoint_places: CheckpointPlaces,
    /// Whether addresses of private networks and of this machine may be asked, for webhooks and sources.
    pub outbound_private: bool,
    /// Where files from sources are put and lie.
    pub imports: PathBuf,
    /// The server by which mail goes out, if there is one.
    pub mail: Option<MailServerSettings>,
    /// Everything, to be shown.
    pub shown: Vec<Shown>,
    /// Names in the environment that look like settings and are none.
    pub unknown: Vec<String>,
}

/// Second names in the environment, as flags have them.
const ALSO: [(&str, &str); 1] = [("address", "MANDATE_LISTEN")];
/// Names in the environment; tests and the tools of this repository use some of their own.
const KNOWN: [&str; 26] = [
    "MANDATE_IMPORTS",
    "MANDATE_OUTBOUND_PRIVATE",
    "MANDATE_LARGEST_FILE_MB",
    "MANDATE_CONFIG",
    "MANDATE_DATA",
    "MANDATE_DATABASE",
    "MANDATE_ADDRESS",
    "MANDATE_LISTEN",
    "MANDATE_BASE_URL",
    "MANDATE_TLS_CERT",
    "MANDATE_TLS_KEY",
    "MANDATE_TRUST_PROXY",
    "MANDATE_METRICS",
    "MANDATE_LOG",
    "MANDATE_LOG_FORMAT",
    "MANDATE_AUDIT_KEY",
    "MANDATE_AUDIT_CHECKPOINTS",
    "MANDATE_MAIL_HOST",
    "MANDATE_MAIL_PORT",
    "MANDATE_MAIL_TLS",
    "MANDATE_MAIL_USER",
    "MANDATE_MAIL_PASSWORD_FILE",
    "MANDATE_MAIL_FROM",
    "MANDATE_MAIL_REPLY_TO",
    "MANDATE_MAIL_CA_FILE",
    "MANDATE_UPGRADE",
];
const TOOLS: [&str; 4] =
    ["MANDATE_TEST_POSTGRES", "MANDATE_REQUIRE_POSTGRES", "MANDATE_TEST_SMTP", "MANDATE_BINARY"];

/// Gathers one value after the other, remembering where each came from.
pub(crate) struct Gather {
    file: String,
    shown: Vec<Shown>,
}

impl Gather {
    pub(crate) fn of(file: impl std::fmt::Display) -> Self {
        Self { file: file.to_string(), shown: vec![] }
    }

    pub(crate) fn into_shown(self) -> Vec<Shown> {
        self.shown
    }

    pub(crate) fn pick(
        &mut self,
        name: &str,
        flag: Option<String>,
        file: Option<String>,
    ) -> (Option<String>, Origin) {
        let variable = format!("MANDATE_{}", name.to_uppercase());
        let other = ALSO.iter().find(|(of, _)| *of == name).map(|(_, other)| (*other).to_owned());
        if let Some(value) = flag {
            return (Some(value), Origin::Flag(format!("--{}", name.replace('_', "-"))));
        }
        for variable in std::iter::once(variable).chain(other) {
            if let Some(value) = environment(&variable) {
                return (Some(value), Origin::Environment(variable));
            }
        }
        match file {
            Some(value) => (Some(value), Origin::File(self.file.clone())),
            None => (None, Origin::Default),
        }
    }

    pub(crate) fn show(&mut self, name: &str, value: impl std::fmt::Display, origin: &Origin) {
        self.shown.push(Shown {
            name: name.to_owned(),
            value: value.to_string(),
            origin: origin.to_string(),
        });
    }
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Settings {
    /// Gathers settings from flags, environment and file.
    ///
    /// # Errors
    /// A [`Failure`] naming the value that does not fit and where it came from.
    pub fn load(flags: &Flags) -> Result<Self, Failure> {
        let config = flags.config.clone().or_else(|| environment("MANDATE_CONFIG").map(PathBuf::from));
        let is_named = config.is_some();
        let early_data = flags.data.clone().or_else(|| environment("MANDATE_DATA"));
        let folder = early_data.map_or_else(default_data, |data| Ok(PathBuf::from(data)))?;
        let config = config.unwrap_or_else(|| folder.join("mandate.toml"));
        let file = read_file(&config, is_named)?;
        let mut gather = Gather::of(config.display());

        let (data, origin) = gather.pick("data", flags.data.clone(), file.data.clone());
        let data = absolute(&data.map_or(folder, PathBuf::from))?;
        gather.show("data", data.display(), &origin);
        let database = database(&mut gather, flags, &file, &data)?;
        let tls = tls(&mut gather, flags, &file)?;
        let (address, origin) = gather.pick("address", flags.address.clone(), file.address.clone());
        let text = address.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let address = parse_address(&text).ok_or_else(|| {
            bad("address", &text, &origin, "write an address and a port, such as 0.0.0.0:8080")
        })?;
        gather.show("address", address, &origin);
        let base_url = base_url(&mut gather, flags, &file, address, tls.is_some())?;
        let trust_proxy = yes_or_no(&mut gather, "trust_proxy", flags.trust_proxy.clone(), file.trust_proxy)?;
        let metrics = yes_or_no(&mut gather, "metrics", None, file.metrics)?;
        let outbound_private = yes_or_no(&mut gather, "outbound_private", None, file.outbound_private)?;
        let imports = imports(&mut gather, &file, &data)?;
        let largest_file_mb = megabytes(&mut gather, "largest_file_mb", file.largest_file_mb)?;
        let (log, origin) = gather.pick("log", None, file.log.clone());
        let log = log.unwrap_or_else(|| "info".to_owned());
        gather.show("log", &log, &origin);
        let (log_format, origin) = gather.pick("log_format", None, file.log_format.clone());
        let log_format = log_format.unwrap_or_else(|| "text".to_owned());
        if log_format != "text" && log_format != "json" {
            return Err(bad("log_format", &log_format, &origin, "write text or json"));
        }
        gather.show("log_format", &log_format, &origin);
        let checkpoint_places = checkpoint_places(&mut gather, &file, &data)?;
        let mail = mail(&mut gather, file.mail)?;
        let sign_on = file.single_sign_on.map(sign_on).transpose()?;
        let (from, none) = (Origin::File(gather.file.clone()), "none".to_owned());
        let (provider, origin) = match &sign_on {
            Some(provider) => (format!("{} at {}", provider.name, provider.issuer), from),
            None => (none, Origin::Default),
        };
        gather.show("single_sign_on", provider, &origin);
        let shown = gather.into_shown();
        let unknown = unknown_variables();
        Ok(Self {
            data,
            database,
            address,
            base_url,
            tls,
            trust_proxy,
            metrics,
            largest_file_mb,
            log,
            log_format,
            sign_on,
            checkpoint_places,
            outbound_private,
            imports,
            mail,
            shown,
            unknown,
        })
    }

    /// The SQLite file, if the database is one.
    pub fn sqlite_file(&self) -> Option<&Path> {
        match &self.database {
            DbUrl::Sqlite(path) => Some(path),
            DbUrl::SqliteInMemory | DbUrl::Postgres(_) => None,
        }
    }
}

fn yes_or_no(
    gather: &mut Gather,
    name: &'static str,
    flag: Option<String>,
    from_file: Option<bool>,
) -> Result<bool, Failure> {
    let (said, origin) = gather.pick(name, flag, from_file.map(|it| it.to_string()));
    let value = match said.as_deref() {
        None | Some("false" | "0" | "no") => false,
        Some("true" | "1" | "yes") => true,
        Some(other) => return Err(bad(name, other, &origin, "write true or false")),
    };
    gather.show(name, value, &origin);
    Ok(value)
}

/// Whole megabytes: 25 unless somebody said otherwise. A file is looked at whole, in memory, hence the bound.
fn megabytes(gather: &mut Gather, name: &'static str, from_file: Option<u32>) -> Result<u32, Failure> {
    let (said, origin) = gather.pick(name, None, from_file.map(|it| it.to_string()));
    let value = match &said {
        None => 25,
        Some(text) => match text.parse() {
            Ok(value @ 1..=100) => value,
            _ => return Err(bad(name, text, &origin, "write a whole number from 1 to 100")),
        },
    };
    gather.show(name, value, &origin);
    Ok(value)
}

fn read_file(path: &Path, is_named: bool) -> Result<File, Failure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_named => return Ok(File::default()),
        Err(error) => {
            let message = format!("could not read the settings file `{}`: {error}", path.display());
            return Err(Failure::bad_input(message));
        }
    };
    toml::from_str(&text).map_err(|error| {
        let what = error.to_string();
        Failure::bad_input(format!(
            "the settings file `{}` does not fit: {}",
            path.display(),
            what.trim_end()
        ))
    })
}

fn default_data() -> Result<PathBuf, Failure> {
    if let Some(base) = environment("XDG_DATA_HOME") {
        return Ok(Path::new(&base).join("mandate"));
    }
    match environment("HOME") {
        Some(home) => Ok(Path::new(&home).join(".local/share/mandate")),
        None => {
            Err(Failure::bad_input("there is no home folder; name a data folder with --data or MANDATE_DATA"))
        }
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path)
        .map_err(|error| Failure::bad_input(format!("`{}` is no path: {error}", path.display())))
}

fn database(gather: &mut Gather, flags: &Flags, file: &File, data: &Path) -> Result<DbUrl, Failure> {
    let (text, origin) = gather.pick("database", flags.database.clone(), file.database.clone());
    let url = match &text {
        None => DbUrl::Sqlite(data.join("mandate.db")),
        Some(text) => database_url(text)?,
    };
    gather.show("database", show_database(&url), &origin);
    Ok(url)
}

/// Reads the address of a database; a file's becomes absolute.
///
/// # Errors
/// A [`Failure`] that repeats no password.
pub fn database_url(text: &str) -> Result<DbUrl, Failure> {
    match DbUrl::from_str(text).map_err(|error| Failure::bad_input(error.to_string()))? {
        DbUrl::Sqlite(path) => Ok(DbUrl::Sqlite(absolute(&path)?)),
        other => Ok(other),
    }
}

/// A database's address without its password.
pub fn show_database(url: &DbUrl) -> String {
    match url {
        DbUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        DbUrl::SqliteInMemory => "sqlite in memory".to_owned(),
        DbUrl::Postgres(url) => {
            let bare = url.split('?').next().unwrap_or_default();
            let (scheme, rest) = bare.split_once("://").unwrap_or(("postgres", bare));
            match rest.rsplit_once('@') {
                None => format!("{scheme}://{rest}"),
                Some((who, place)) => {
                    let name = who.split(':').next().unwrap_or_default();
                    format!("{scheme}://{name}@{place}")
                }
            }
        }
    }
}

fn tls(gather: &mut Gather, flags: &Flags, file: &File) -> Result<Option<(PathBuf, PathBuf)>, Failure> {
    let (cert, origin) = gather.pick("tls_cert", flags.tls_cert.clone(), file.tls_cert.clone());
    gather.show("tls_cert", cert.as_deref().unwrap_or("none"), &origin);
    let (key, origin) = gather.pick("tls_key", flags.tls_key.clone(), file.tls_key.clone());
    gather.show("tls_key", key.as_deref().unwrap_or("none"), &origin);
    match (cert, key) {
        (None, None) => Ok(None),
        (Some(cert), Some(key)) => Ok(Some((PathBuf::from(cert), PathBuf::from(key)))),
        _ => Err(Failure::bad_input("TLS needs both a certificate (--tls-cert) and a key (--tls-key)")),
    }
}

fn checkpoint_places(gather: &mut Gather, file: &File, data: &Path) -> Result<CheckpointPlaces, Failure> {
    let (key, origin) = gather.pick("audit_key", None, file.audit_key.clone());
    let key = absolute(&key.map_or_else(|| data.join("audit.key"), PathBuf::from))?;
    gather.show("audit_key", key.display(), &origin);
    let (folder, origin) = gather.pick("audit_checkpoints", None, file.audit_checkpoints.clone());
    let folder = folder.map(|folder| absolute(Path::new(&folder))).transpose()?;
    let shown = folder.as_ref().map_or_else(|| "none".to_owned(), |folder| folder.display().to_string());
    gather.show("audit_checkpoints", shown, &origin);
    Ok(CheckpointPlaces { key: Some(key), folder })
}

/// The folder of files from sources: in the data folder, unless other programs are to reach it.
fn imports(gather: &mut Gather, file: &File, data: &Path) -> Result<PathBuf, Failure> {
    let (folder, origin) = gather.pick("imports", None, file.imports.clone());
    let folder = absolute(&folder.map_or_else(|| data.join("imports"), PathBuf::from))?;
    gather.show("imports", folder.display(), &origin);
    Ok(folder)
}

/// `8080`, `:8080`, `localhost:8080` and full addresses.
fn parse_address(text: &str) -> Option<SocketAddr> {
    let text = text.trim();
    if let Ok(port) = text.trim_start_matches(':').parse::<u16>() {
        return Some(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    text.replace("localhost:", "127.0.0.1:").parse().ok()
}

fn base_url(
    gather: &mut Gather,
    flags: &Flags,
    file: &File,
    address: SocketAddr,
    has_tls: bool,
) -> Result<String, Failure> {
    let (text, origin) = gather.pick("base_url", flags.base_url.clone(), file.base_url.clone());
    let scheme = if has_tls { "https" } else { "http" };
    let url = match text {
        None => format!("{scheme}://localhost:{}", address.port()),
        Some(text) => {
            let url = text.trim_end_matches('/').to_owned();
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            if rest.is_none_or(|rest| rest.is_empty() || rest.contains(char::is_whitespace)) {
                let mend = "write the address people use, such as https://mandate.firm.example";
                return Err(bad("base_url", &url, &origin, mend));
            }
            url
        }
    };
    gather.show("base_url", &url, &origin);
    Ok(url)
}

pub(crate) fn bad(name: &str, value: &str, origin: &Origin, mend: &str) -> Failure {
    Failure::bad_input(format!("`{value}` is no {name} (from {origin}); {mend}"))
}

fn unknown_variables() -> Vec<String> {
    let mut unknown: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("MANDATE_"))
        .filter(|name| !KNOWN.contains(&name.as_str()) && !TOOLS.contains(&name.as_str()))
        .collect();
    unknown.sort_unstable();
    unknown
}

/// Whether the operator says by `MANDATE_UPGRADE=1` that a backup was made.
pub fn upgrade_assured() -> bool {
    environment("MANDATE_UPGRADE").is_some_and(|value| value == "1" || value == "true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_yes_nor_no_is_refused_by_name() {
        let mut gather = Gather::of("mandate.toml");
        assert!(yes_or_no(&mut gather, "metrics", None, Some(true)).is_ok_and(|it| it));
        assert!(yes_or_no(&mut gather, "trust_proxy", None, None).is_ok_and(|it| !it));
        let refused =
            yes_or_no(&mut gather, "trust_proxy", Some("maybe".to_owned()), None).expect_err("refused");
        assert!(format!("{refused:?}").contains("trust_proxy"), "{refused:?}");
        let shown = gather.into_shown();
        assert_eq!((shown[0].name.as_str(), shown[0].value.as_str()), ("metrics", "true"));
    }

    #[test]
    fn the_length_of_files_is_a_number_within_bounds() {
        let mut gather = Gather::of("mandate.toml");
        let mut read = |given| megabytes(&mut gather, "largest_file_mb", given).ok();
        assert_eq!(
            [None, Some(1), Some(100), Some(0), Some(101)].map(&mut read),
            [Some(25), Some(1), Some(100), None, None]
        );
    }

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://anna:secret@db/mandate", "postgres://anna@db/mandate"),
            ("postgres://anna:se@cret@db:5432/mandate?password=x", "postgres://anna@db:5432/mandate"),
            ("postgres:///mandate", "postgres:///mandate"),
        ] {
            assert_eq!(show_database(&DbUrl::Postgres(url.to_owned())), shown);
        }
    }

    #[test]
    fn a_port_alone_is_an_address() {
        assert_eq!(parse_address(":9000"), parse_address("localhost:9000"));
        assert_eq!(parse_address("9000"), parse_address("127.0.0.1:9000"));
        assert_eq!(parse_address("firm.example:80"), None);
    }
}
