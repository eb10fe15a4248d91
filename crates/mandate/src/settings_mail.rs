//! The mail server in the settings: the table `[mail]`, or `MANDATE_MAIL_*` of the environment, and its password's file.
//!
//! The password stands in a file of its own that its owner only may read, so that neither the settings file nor the
//! environment, which other programs may look at, holds it. What fits is decided in `mandate_app::mail`.

use std::path::Path;

use mandate_app::mail::{Login, MailServer, MailServerSettings, Protection};
use serde::Deserialize;

use crate::exit::Failure;
use crate::settings::{Gather, Origin, bad};

/// The table as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailTable {
    host: Option<String>,
    port: Option<u16>,
    tls: Option<String>,
    user: Option<String>,
    password_file: Option<String>,
    from: Option<String>,
    reply_to: Option<String>,
    ca_file: Option<String>,
}

/// What table and environment say, checked; `None` where no server is named.
///
/// # Errors
/// A [`Failure`] naming what does not fit.
pub fn mail(gather: &mut Gather, table: Option<MailTable>) -> Result<Option<MailServerSettings>, Failure> {
    let is_there = table.is_some();
    let table = table.unwrap_or_default();
    let (host, origin) = gather.pick("mail_host", None, table.host);
    let Some(host) = host else {
        if is_there {
            return Err(Failure::bad_input("[mail] needs `host`, the server by which mail goes out"));
        }
        gather.show("mail", "none", &Origin::Default);
        return Ok(None);
    };
    gather.show("mail_host", &host, &origin);
    let protection = protection(gather, table.tls)?;
    let port = port(gather, table.port, protection)?;
    let (user, origin) = gather.pick("mail_user", None, table.user);
    gather.show("mail_user", user.as_deref().unwrap_or("none"), &origin);
    let (file, origin) = gather.pick("mail_password_file", None, table.password_file);
    gather.show("mail_password_file", file.as_deref().unwrap_or("none"), &origin);
    let login = match (user, file) {
        (None, None) => None,
        (Some(user), Some(file)) => Some(Login { user, password: read_secret(&file)? }),
        _ => {
            return Err(Failure::bad_input(
                "a login to the mail server needs both `user` and `password_file`",
            ));
        }
    };
    let (from, origin) = gather.pick("mail_from", None, table.from);
    let Some(from) = from else {
        let message = "[mail] needs `from`, the sender, such as \"Firm <mandate@firm.example>\"";
        return Err(Failure::bad_input(message));
    };
    gather.show("mail_from", &from, &origin);
    let (reply_to, origin) = gather.pick("mail_reply_to", None, table.reply_to);
    gather.show("mail_reply_to", reply_to.as_deref().unwrap_or("none"), &origin);
    let (file, origin) = gather.pick("mail_ca_file", None, table.ca_file);
    gather.show("mail_ca_file", file.as_deref().unwrap_or("none"), &origin);
    let authorities = file.map(|file| read("ca_file", &file)).transpose()?;
    let settings = MailServerSettings { host, port, protection, login, from, reply_to, authorities };
    MailServer::new(settings.clone()).map_err(|error| Failure::bad_input(error.to_string()))?;
    Ok(Some(settings))
}

fn protection(gather: &mut Gather, file: Option<String>) -> Result<Protection, Failure> {
    let (word, origin) = gather.pick("mail_tls", None, file);
    let protection = match &word {
        None => Protection::StartTls,
        Some(word) => Protection::parse(word)
            .ok_or_else(|| bad("mail_tls", word, &origin, "write starttls, tls or none"))?,
    };
    gather.show("mail_tls", protection.as_str(), &origin);
    Ok(protection)
}

fn port(gather: &mut Gather, file: Option<u16>, protection: Protection) -> Result<u16, Failure> {
    let (text, origin) = gather.pick("mail_port", None, file.map(|port| port.to_string()));
    let port = match &text {
        None => protection.usual_port(),
        Some(text) => match text.parse() {
            Ok(port) if port > 0 => port,
            _ => return Err(bad("mail_port", text, &origin, "write a number from 1 to 65535")),
        },
    };
    gather.show("mail_port", port, &origin);
    Ok(port)
}

fn read(name: &str, path: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(Path::new(path))
        .map_err(|error| Failure::bad_input(format!("could not read `{name}` `{path}` of [mail]: {error}")))
}

fn read_secret(path: &str) -> Result<String, Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let bytes = read("password_file", path)?;
    let is_open = |found: std::fs::Metadata| found.permissions().mode() & 0o077 != 0;
    if std::fs::metadata(path).is_ok_and(is_open) {
        let message = format!("the `password_file` `{path}` of [mail] can be read by others; chmod 600 it");
        return Err(Failure::bad_input(message));
    }
    let text = String::from_utf8(bytes).unwrap_or_default();
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(Failure::bad_input(format!("the `password_file` `{path}` of [mail] holds no password"))),
        password => Ok(password.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const LEAST: &str = "host = 'mail.firm.example'\nfrom = 'Firm <mandate@firm.example>'\n";

    fn gathered(text: &str) -> Result<(Option<MailServerSettings>, String), String> {
        let table: MailTable = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut gather = Gather::of("mandate.toml");
        let settings = mail(&mut gather, Some(table)).map_err(|failure| failure.message)?;
        Ok((settings, format!("{:?}", gather.into_shown())))
    }

    #[test]
    fn the_least_is_protected() {
        let (settings, _) = gathered(LEAST).expect("enough");
        let settings = settings.expect("a server");
        assert_eq!((settings.protection, settings.port), (Protection::StartTls, 587));
        assert!(settings.login.is_none() && settings.reply_to.is_none());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (text, told) in [
            ("from = 'a@firm.example'\n".to_owned(), "needs `host`"),
            ("host = 'mail.firm.example'\n".to_owned(), "needs `from`"),
            (format!("{LEAST}tls = 'none'\n"), "this machine only"),
            (format!("{LEAST}tls = 'ssl'\n"), "write starttls, tls or none"),
            (format!("{LEAST}port = 0\n"), "1 to 65535"),
            (format!("{LEAST}user = 'mandate'\n"), "both `user` and `password_file`"),
            (format!("{LEAST}password = 'in the open'\n"), "unknown field"),
            (format!("{LEAST}reply_to = 'nobody'\n"), "no sender or receiver"),
            (format!("{LEAST}ca_file = '/no/such/file'\n"), "could not read `ca_file`"),
        ] {
            let refused = gathered(&text).expect_err(told);
            assert!(refused.contains(told), "{refused}");
        }
    }

    #[test]
    fn the_password_is_its_owners_only_and_never_shown() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let path = file.path().to_str().expect("a path");
        std::fs::write(path, "seal of the sea\n").expect("written");
        let text = format!("{LEAST}user = 'mandate'\npassword_file = '{path}'\n");
        let set = |mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set");
        set(0o644);
        assert!(gathered(&text).expect_err("open").contains("chmod 600"));
        set(0o600);
        let (settings, shown) = gathered(&text).expect("fits");
        let settings = settings.expect("a server");
        assert_eq!(settings.login.as_ref().map(|login| login.password.as_str()), Some("seal of the sea"));
        assert!(!shown.contains("seal of the sea") && shown.contains(path), "{shown}");
        assert!(!format!("{settings:?}").contains("seal of the sea"));
    }
}
