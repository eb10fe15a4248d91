//! Sources: where files of one kind come from again and again, and what came of each.
//!
//! A source has a folder into which files are put. How its files are read is remembered under its name, as for imports by hand.
//! Names of files are other programs' business: what is half written by its name is told here, what is half written by its bytes
//! is told by whoever looks into the folder. A source may also have an address that is asked for its file, at [`times`].

pub mod times;

use crate::Instant;

/// Most characters of a source's name; the same as where files of an import by hand come from.
pub const LONGEST_NAME: usize = 100;
/// Most bytes of a file's name that are kept.
pub const LONGEST_FILE_NAME: usize = 150;

/// The name of a source: 1 to 100 characters on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceName(String);

/// Why a name does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceNameError {
    /// None.
    #[error("give the source a name")]
    Empty,
    /// Too long.
    #[error("a name has at most {LONGEST_NAME} characters")]
    TooLong,
    /// On several lines, or with characters nobody sees.
    #[error("a name stands on one line, without control characters")]
    Characters,
}

impl SourceName {
    /// Reads a name; spaces around it are left out.
    ///
    /// # Errors
    /// [`SourceNameError`] saying what does not fit.
    pub fn parse(text: &str) -> Result<Self, SourceNameError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SourceNameError::Empty);
        }
        if LONGEST_NAME < text.chars().count() {
            return Err(SourceNameError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(SourceNameError::Characters);
        }
        Ok(Self(text.to_owned()))
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder of its files of one kind, in letters every system has: `CRM Süd` and `people` give `crm-sud-people`.
    pub fn folder(&self, kind_plural: &str) -> String {
        let mut folder = String::new();
        for letter in self.0.chars().flat_map(plain) {
            if letter.is_ascii_alphanumeric() {
                folder.push(letter.to_ascii_lowercase());
            } else if !folder.is_empty() && !folder.ends_with('-') {
                folder.push('-');
            }
        }
        let name: String = folder.trim_end_matches('-').chars().take(40).collect();
        let kind = kind_plural.replace('_', "-");
        if name.is_empty() { kind } else { format!("{}-{kind}", name.trim_end_matches('-')) }
    }
}

/// A letter without its marks, where that is one of ours.
fn plain(letter: char) -> impl Iterator<Item = char> {
    let text = match letter {
        'ä' | 'à' | 'á' | 'â' | 'ã' | 'å' | 'Ä' | 'À' | 'Á' | 'Â' | 'Å' => "a",
        'ö' | 'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'Ö' | 'Ó' | 'Ø' => "o",
        'ü' | 'ù' | 'ú' | 'û' | 'Ü' | 'Ú' => "u",
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' => "e",
        'í' | 'ì' | 'î' | 'ï' => "i",
        'ç' | 'Ç' => "c",
        'ñ' | 'Ñ' => "n",
        'ß' => "ss",
        _ => "",
    };
    let itself = text.is_empty().then_some(letter);
    text.chars().chain(itself)
}

/// Whether a file of this name is to be taken: not one that begins with a dot or a tilde, nor one that a program still writes, by its name.
pub fn is_to_be_taken(file_name: &str) -> bool {
    const UNFINISHED: [&str; 6] = [".part", ".tmp", ".filepart", ".crdownload", ".swp", ".partial"];
    let name = file_name.to_lowercase();
    let is_hidden = name.starts_with(['.', '~']) || name.ends_with('~');
    !is_hidden && !UNFINISHED.iter().any(|ending| name.ends_with(ending))
}

/// A file's name as it is kept: on one line, no path, at most 150 bytes (a file system takes 255 with what is added), its ending kept.
pub fn plain_file_name(name: &str) -> String {
    let clean: String =
        name.chars().map(|it| if it.is_control() || matches!(it, '/' | '\\') { '_' } else { it }).collect();
    if clean.len() <= LONGEST_FILE_NAME {
        return if clean.is_empty() || clean.chars().all(|it| it == '.') { "file".to_owned() } else { clean };
    }
    // The end of a name tells what it is.
    let cut = clean.ceil_char_boundary(clean.len() - LONGEST_FILE_NAME);
    clean[cut..].to_owned()
}

/// Under which name a file lies once it was looked at: the time it came, then its own.
pub fn kept_name(came_at: Instant, file_name: &str) -> String {
    let at = came_at.timestamp().strftime("%Y%m%dT%H%M%SZ");
    format!("{at}-{file_name}")
}

/// Most characters of what a header holds that says who asks.
pub const LONGEST_SECRET: usize = 2000;

/// Whether this may be the name of a header that says who asks: a token of HTTP in lower case, and none that the request needs itself.
pub fn is_header_name(name: &str) -> bool {
    const OURS: [&str; 17] = [
        "host",
        "user-agent",
        "content-length",
        "content-type",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "upgrade",
        "te",
        "trailer",
        "expect",
        "accept",
        "accept-encoding",
        "range",
        "if-none-match",
        "if-modified-since",
        "proxy-authorization",
    ];
    let is_token = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte));
    !name.is_empty() && name.len() <= LONGEST_NAME && is_token && !OURS.contains(&name)
}

/// Whether a header may hold this: letters, digits and signs of ASCII, with spaces inside.
pub fn is_header_value(value: &str) -> bool {
    let is_plain = value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    !value.is_empty() && value.len() <= LONGEST_SECRET && is_plain && value.trim() == value
}

/// Why nothing of a source is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourcePause {
    /// Somebody asked for it.
    Asked,
    /// Its address has not answered for days.
    Failing,
}

impl SourcePause {
    /// Every reason.
    pub const ALL: [Self; 2] = [Self::Asked, Self::Failing];

    /// The word kept in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Failing => "failing",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pause| pause.as_str() == word)
    }
}

/// What came of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrivalState {
    /// It is being imported, or will be.
    Waiting,
    /// It was imported.
    Done,
    /// It holds what the one before held: nothing was done.
    Same,
    /// Nothing of it was imported.
    Refused,
}

impl ArrivalState {
    /// Every state, in the order of the page.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Done, Self::Same, Self::Refused];

    /// The word kept in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Same => "same",
            Self::Refused => "refused",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_of_letters_every_system_has() {
        let folder = |name: &str| SourceName::parse(name).map(|name| name.folder("contract_lines"));
        assert_eq!(folder("CRM Süd / Köln").as_deref(), Ok("crm-sud-koln-contract-lines"));
        assert_eq!(folder("../../etc").as_deref(), Ok("etc-contract-lines"));
        assert_eq!(folder("客户").as_deref(), Ok("contract-lines"));
        let long = folder(&"x y".repeat(30)).expect("fits");
        assert!(long.len() <= 40 + 1 + "contract-lines".len(), "{long}");
    }

    #[test]
    fn a_name_stands_on_one_line() {
        assert_eq!(SourceName::parse("  "), Err(SourceNameError::Empty));
        assert_eq!(SourceName::parse("a\nb"), Err(SourceNameError::Characters));
        assert_eq!(SourceName::parse(&"é".repeat(101)), Err(SourceNameError::TooLong));
        assert_eq!(SourceName::parse(" CRM ").map(|it| it.as_str().to_owned()).as_deref(), Ok("CRM"));
    }

    #[test]
    fn what_is_still_written_by_its_name_is_left() {
        for name in [".x", "x.part", "X.TMP", "x.csv.filepart", "~lock", "x.csv~", ".~lock.x.ods#"] {
            assert!(!is_to_be_taken(name), "{name}");
        }
        for name in ["x.csv", "parts.csv", "tmp", "Kunden 2027.xlsx"] {
            assert!(is_to_be_taken(name), "{name}");
        }
    }

    #[test]
    fn a_header_is_a_token_and_none_that_the_request_needs() {
        for name in ["authorization", "x-api-key", "private-token", "cookie"] {
            assert!(is_header_name(name), "{name}");
        }
        for name in ["", "Authorization", "x key", "x:y", "host", "content-length", "x\r\ny", "é"] {
            assert!(!is_header_name(name), "{name}");
        }
        assert!(is_header_value("Bearer abc=="));
        for value in ["", " x", "x\r\ny: z", "é", "x\u{0}"] {
            assert!(!is_header_value(value), "{value:?}");
        }
    }

    #[test]
    fn a_kept_name_leads_nowhere_else_and_has_its_ending() {
        assert_eq!(plain_file_name("a/../b\n.csv"), "a_.._b_.csv");
        assert_eq!((plain_file_name(""), plain_file_name("..")), ("file".to_owned(), "file".to_owned()));
        let long = plain_file_name(&format!("{}.csv", "é".repeat(300)));
        assert!(
            long.ends_with("é.csv") && (LONGEST_FILE_NAME - 1..=LONGEST_FILE_NAME).contains(&long.len()),
            "{long}"
        );
        let at = Instant::from_seconds(1_795_000_000);
        assert_eq!(kept_name(at, "x.csv"), "20261118T110640Z-x.csv");
    }
}
