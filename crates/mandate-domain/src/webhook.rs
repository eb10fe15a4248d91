//! Webhooks: where happenings are sent, which of them, how often it is tried, when it is given up.
//!
//! What a happening is follows from the audit record's event; a reading, or an import that was only asked for, is none. The shape
//! of an address is checked here, where it leads to is checked when it is asked (`mandate-web`): names change what they mean.

use crate::Instant;
use crate::book::Kind;

/// What somebody else's program is told to have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// A record is new.
    Created,
    /// A record has other values, or others belong to it.
    Changed,
    /// A record lies in the trash.
    Trashed,
    /// A record came back from the trash.
    Restored,
    /// Another record was merged into this one.
    Merged,
    /// A file was imported.
    Imported,
    /// An import was undone.
    ImportUndone,
}

impl Happening {
    /// Every happening, in the order of the settings page.
    pub const ALL: [Self; 7] = [
        Self::Created,
        Self::Changed,
        Self::Trashed,
        Self::Restored,
        Self::Merged,
        Self::Imported,
        Self::ImportUndone,
    ];

    /// The word kept in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Trashed => "trashed",
            Self::Restored => "restored",
            Self::Merged => "merged",
            Self::Imported => "imported",
            Self::ImportUndone => "import_undone",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|happening| happening.as_str() == word)
    }
}

/// What a happening is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matter {
    /// A record of the book.
    Record(Kind),
    /// A file that was imported, of the book or of events.
    Import,
}

impl Matter {
    /// Every matter, in the order of the settings page.
    pub fn all() -> impl Iterator<Item = Self> {
        Kind::ALL.into_iter().map(Self::Record).chain([Self::Import])
    }

    /// The word kept in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Record(kind) => kind.as_str(),
            Self::Import => "import",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::all().find(|matter| matter.as_str() == word)
    }
}

/// What an audit record with this action about this kind of subject tells; `None` for what no webhook speaks of.
pub fn told_by(action: &str, subject_kind: &str) -> Option<(Matter, Happening)> {
    let (_, verb) = action.split_once('.')?;
    match verb {
        "read" | "import_requested" | "import_check_requested" => return None,
        "imported" => return Some((Matter::Import, Happening::Imported)),
        "import_undone" => return Some((Matter::Import, Happening::ImportUndone)),
        _ => {}
    }
    let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == subject_kind)?;
    let happening = match verb {
        "created" => Happening::Created,
        "trashed" => Happening::Trashed,
        "restored" => Happening::Restored,
        "merged" => Happening::Merged,
        _ => Happening::Changed,
    };
    Some((Matter::Record(kind), happening))
}

/// An address outside that is asked: HTTPS, or HTTP on this machine; with a host, without a name, a password or a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutAddress(String);

impl OutAddress {
    /// The longest.
    pub const MAX: usize = 1000;

    /// Reads an address.
    ///
    /// # Errors
    /// [`OutAddressError`] saying what does not fit.
    pub fn parse(text: &str) -> Result<Self, OutAddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(OutAddressError::Empty);
        }
        if Self::MAX < text.len() {
            return Err(OutAddressError::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains(['#', '\\', '"', '<', '>']) {
            return Err(OutAddressError::Characters);
        }
        let (scheme, rest) = text.split_once("://").ok_or(OutAddressError::Scheme)?;
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(OutAddressError::Login);
        }
        let host = host_of(authority).ok_or(OutAddressError::Host)?;
        match scheme.to_ascii_lowercase().as_str() {
            "https" => {}
            "http" if is_this_machine(host) => {}
            _ => return Err(OutAddressError::Scheme),
        }
        Ok(Self(text.to_owned()))
    }

    /// The address as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The host of `host`, `host:port`, `[v6]` or `[v6]:port`; `None` when there is none, or the port is no port.
fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            host.parse::<core::net::Ipv6Addr>().ok()?;
            (host, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0));
    (fits && !host.is_empty()).then_some(host)
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host == "127.0.0.1" || host == "::1"
}

/// Why an address does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutAddressError {
    /// None.
    #[error("give an address, such as https://example.com/hook")]
    Empty,
    /// Too long.
    #[error("an address has at most {} characters", OutAddress::MAX)]
    TooLong,
    /// Spaces, letters outside ASCII, a fragment.
    #[error("an address has neither spaces, other letters than ASCII nor a part after #")]
    Characters,
    /// Not HTTPS.
    #[error("an address begins with https://; http:// is for this machine only")]
    Scheme,
    /// A name or password in it.
    #[error("an address holds no name and no password")]
    Login,
    /// No host, or a port that is none.
    #[error("an address names a host, and if wanted a port from 1 to 65535")]
    Host,
}

/// Why nothing is sent to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Somebody asked for it.
    Asked,
    /// Nothing has arrived for days.
    Failing,
    /// It said that it is gone for good.
    Gone,
    /// On whose behalf it reads may not read any more.
    Reader,
}

impl Pause {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Asked, Self::Failing, Self::Gone, Self::Reader];

    /// The word kept in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Failing => "failing",
            Self::Gone => "gone",
            Self::Reader => "reader",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pause| pause.as_str() == word)
    }
}

/// Seconds before the second and each further attempt: 5 s, 5 min, 30 min, then 2, 5, 10, 14, 20 and 24 hours.
pub const WAITS_S: [i64; 9] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// Where nothing arrived for so long, nothing more is sent until somebody resumes it: five days.
pub const FAILING_S: i64 = 5 * 86_400;

/// Where nothing was tried for so long, nothing waited: failures from before say nothing of one now. The longest wait there is.
pub const SILENCE_S: i64 = 86_400;

/// When to try again what failed for the `n_tries`th time now; `None` when it is given up.
pub fn next_try(n_tries: usize, now: Instant) -> Option<Instant> {
    WAITS_S.get(n_tries.checked_sub(1)?).map(|wait| now.plus_seconds(*wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_of_this_machine() {
        for good in [
            "https://hooks.example/a?b=c",
            "HTTPS://hooks.example",
            "https://hooks.example:8443/",
            "https://[2001:db8::1]:8443/x",
            "http://127.0.0.1:9000/hook",
            "http://localhost/hook",
            "http://[::1]:80/",
        ] {
            assert_eq!(OutAddress::parse(good).map(|it| it.as_str().to_owned()), Ok(good.to_owned()));
        }
        for (bad, why) in [
            ("", OutAddressError::Empty),
            ("http://hooks.example/", OutAddressError::Scheme),
            ("http://localhost.example/", OutAddressError::Scheme),
            ("http://127.0.0.1.example/", OutAddressError::Scheme),
            ("ftp://hooks.example/", OutAddressError::Scheme),
            ("hooks.example", OutAddressError::Scheme),
            ("https://ada:secret@hooks.example/", OutAddressError::Login),
            ("http://localhost@hooks.example/", OutAddressError::Login),
            ("https:///path", OutAddressError::Host),
            ("https://:443/", OutAddressError::Host),
            ("https://hooks.example:0/", OutAddressError::Host),
            ("https://hooks.example:99999/", OutAddressError::Host),
            ("https://[hooks]/", OutAddressError::Host),
            ("https://hooks.example/a b", OutAddressError::Characters),
            ("https://hooks.example/\r\nx: y", OutAddressError::Characters),
            ("https://hooks.example/#there", OutAddressError::Characters),
        ] {
            assert_eq!(OutAddress::parse(bad), Err(why), "{bad}");
        }
        assert_eq!(
            OutAddress::parse(&format!("https://{}", "a".repeat(1000))),
            Err(OutAddressError::TooLong)
        );
    }

    #[test]
    fn an_audit_event_tells_what_happened_or_nothing() {
        let account = |verb: &str| told_by(&format!("account.{verb}"), "account");
        let record = |happening| Some((Matter::Record(Kind::Account), happening));
        assert_eq!(account("created"), record(Happening::Created));
        assert_eq!(account("people_changed"), record(Happening::Changed));
        assert_eq!(account("merged"), record(Happening::Merged));
        assert_eq!(account("read"), None);
        assert_eq!(told_by("accounts.imported", "import_batch"), Some((Matter::Import, Happening::Imported)));
        assert_eq!(told_by("accounts.import_requested", "job"), None);
        assert_eq!(told_by("candid_note.created", "candid_note"), None);
        assert_eq!(told_by("user.created", "app_user"), None);
    }

    #[test]
    fn waits_grow_and_end() {
        let now = Instant::from_seconds(0);
        let waits: Vec<Option<i64>> = (1..=10).map(|n| next_try(n, now).map(Instant::seconds)).collect();
        let expected: Vec<Option<i64>> = WAITS_S.iter().copied().map(Some).chain([None]).collect();
        assert_eq!(waits, expected);
        assert!(WAITS_S.is_sorted());
        assert_eq!(WAITS_S.last(), Some(&SILENCE_S));
    }
}
