//! A file on a record of the book: what it is called, what it holds, which version of its name it is.
//!
//! What a file is, is decided by its content, from a closed list; the ending of its name has to agree. What is on no list is
//! refused, and so is a plain archive, for nobody knows what is in it. Not here: where content is kept.

use super::Kind;
use crate::identity::User;
use crate::text::{self, TextError};
use crate::{Id, Instant};

/// Characters a file's name may have.
pub const MOST_NAME: usize = 150;

/// A file on a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: Id<Attachment>,
    /// The kind of record.
    pub kind: Kind,
    /// The record's id.
    pub record_id: String,
    /// Its name, with the ending.
    pub name: String,
    /// Counts files of this name on the record, from 1.
    pub file_version: i64,
    /// What it holds.
    pub file_kind: FileKind,
    /// Its length.
    pub n_bytes: i64,
    /// The SHA-256 of its content, in hexadecimal.
    pub sha256: String,
    /// Who brought it; none for the operator.
    pub author_id: Option<Id<User>>,
    /// Their name then.
    pub author_name: String,
    /// When.
    pub created_at: Instant,
    /// Who removed it, and when: then its content is gone.
    pub removed: Option<(String, Instant)>,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A document to read.
    Pdf,
    /// A picture.
    Png,
    /// A photograph.
    Jpeg,
    /// A picture.
    Gif,
    /// A picture.
    Webp,
    /// A text document of Microsoft's.
    Docx,
    /// A spreadsheet of Microsoft's.
    Xlsx,
    /// Slides of Microsoft's.
    Pptx,
    /// An open text document.
    Odt,
    /// An open spreadsheet.
    Ods,
    /// Rows of text.
    Csv,
    /// Text.
    Text,
}

impl FileKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Pdf,
        Self::Png,
        Self::Jpeg,
        Self::Gif,
        Self::Webp,
        Self::Docx,
        Self::Xlsx,
        Self::Pptx,
        Self::Odt,
        Self::Ods,
        Self::Csv,
        Self::Text,
    ];

    /// The word kept in the table: its usual ending.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
            Self::Webp => "webp",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Pptx => "pptx",
            Self::Odt => "odt",
            Self::Ods => "ods",
            Self::Csv => "csv",
            Self::Text => "txt",
        }
    }

    /// The kind that an ending means.
    pub fn of_ending(ending: &str) -> Option<Self> {
        let ending = ending.to_ascii_lowercase();
        let ending = if ending == "jpeg" { "jpg" } else { &ending };
        Self::ALL.into_iter().find(|kind| kind.as_str() == ending)
    }

    /// The type a browser is told; never one that runs.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Csv => "text/csv",
            Self::Text => "text/plain",
        }
    }
}

/// Why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileRefusal {
    /// No name, or one that cannot be kept.
    #[error(transparent)]
    Name(#[from] TextError),
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Its content is on no list.
    #[error("what is in the file is of no kind that is taken")]
    Unknown,
    /// Its name says another thing than its content.
    #[error("the file is called `{ending}` and holds {}", found.as_str())]
    Mismatch {
        /// The ending of its name.
        ending: String,
        /// What it holds.
        found: FileKind,
    },
}

/// A file's name without the folders a browser may send: one line, no path.
///
/// # Errors
/// [`TextError`] when nothing is left, or too much.
pub fn file_name(sent: &str) -> Result<String, TextError> {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|it| !it.is_control() && !"\"<>|:*?".contains(*it)).collect();
    text::line(plain.trim_matches(['.', ' ']), MOST_NAME)
}

/// What a file holds, where its name and its content agree.
///
/// # Errors
/// [`FileRefusal`].
pub fn file_kind(name: &str, content: &[u8]) -> Result<FileKind, FileRefusal> {
    if content.is_empty() {
        return Err(FileRefusal::Empty);
    }
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let named = FileKind::of_ending(ending);
    let found = match kind_of_content(content).ok_or(FileRefusal::Unknown)? {
        // Rows are text; only the name tells them apart.
        FileKind::Text if named == Some(FileKind::Csv) => FileKind::Csv,
        found => found,
    };
    if named == Some(found) {
        Ok(found)
    } else {
        Err(FileRefusal::Mismatch { ending: ending.chars().take(20).collect(), found })
    }
}

fn kind_of_content(content: &[u8]) -> Option<FileKind> {
    let begins = |with: &[u8]| content.starts_with(with);
    let has = |part: &[u8]| content.windows(part.len()).any(|found| found == part);
    if begins(b"%PDF-") {
        return Some(FileKind::Pdf);
    }
    if begins(b"\x89PNG\r\n\x1a\n") {
        return Some(FileKind::Png);
    }
    if begins(b"\xff\xd8\xff") {
        return Some(FileKind::Jpeg);
    }
    if begins(b"GIF87a") || begins(b"GIF89a") {
        return Some(FileKind::Gif);
    }
    if begins(b"RIFF") && content.get(8..12) == Some(b"WEBP") {
        return Some(FileKind::Webp);
    }
    if begins(b"PK\x03\x04") {
        // Names of what an archive holds stand in it as they are; of open documents the type comes first, unpacked.
        let open = |kind: &[u8]| content.get(30..38) == Some(b"mimetype") && content[38..].starts_with(kind);
        // A document that brings a program is none that is taken.
        let office = has(b"[Content_Types].xml") && !has(b"vbaProject.bin");
        let kinds = [
            (open(b"application/vnd.oasis.opendocument.text"), FileKind::Odt),
            (open(b"application/vnd.oasis.opendocument.spreadsheet"), FileKind::Ods),
            (office && has(b"word/document.xml"), FileKind::Docx),
            (office && has(b"xl/workbook.xml"), FileKind::Xlsx),
            (office && has(b"ppt/presentation.xml"), FileKind::Pptx),
        ];
        return kinds.into_iter().find(|(is_it, _)| *is_it).map(|(_, kind)| kind);
    }
    is_text(content).then_some(FileKind::Text)
}

/// UTF-8 or an 8-bit alphabet such as Latin-1: in either, what people write has no control characters but those of lines.
fn is_text(content: &[u8]) -> bool {
    let is_control = |byte: &u8| *byte < 0x20 && !b"\t\n\r\x0c".contains(byte) || *byte == 0x7f;
    !content.iter().any(is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(parts: &[&str]) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.extend([0; 26]);
        parts.iter().for_each(|part| bytes.extend(part.as_bytes()));
        bytes
    }

    #[test]
    fn content_decides_and_the_name_has_to_agree() {
        let docx = archive(&["[Content_Types].xml", "word/document.xml"]);
        let odt = archive(&["mimetypeapplication/vnd.oasis.opendocument.text"]);
        for (name, content, kind) in [
            ("Offer.PDF", b"%PDF-1.7 x".to_vec(), FileKind::Pdf),
            ("a.jpeg", b"\xff\xd8\xff\xe0".to_vec(), FileKind::Jpeg),
            ("a.webp", b"RIFF0000WEBPVP8".to_vec(), FileKind::Webp),
            ("a.docx", docx.clone(), FileKind::Docx),
            ("a.odt", odt, FileKind::Odt),
            ("a.csv", b"name;preis\nM\xfcller;3".to_vec(), FileKind::Csv),
            ("a.txt", "Käse".as_bytes().to_vec(), FileKind::Text),
        ] {
            assert_eq!(file_kind(name, &content), Ok(kind), "{name}");
        }
        let mismatch = |ending: &str, found| Err(FileRefusal::Mismatch { ending: ending.to_owned(), found });
        assert_eq!(file_kind("a.pdf", &docx), mismatch("pdf", FileKind::Docx));
        assert_eq!(file_kind("page.html", b"<script>"), mismatch("html", FileKind::Text));
        assert_eq!(file_kind("none", b"words"), mismatch("", FileKind::Text));
    }

    #[test]
    fn what_is_on_no_list_is_refused() {
        let macros = archive(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]);
        for content in [b"MZ\x90\x00".to_vec(), archive(&["a.txt"]), macros, b"\x7fELF\x02".to_vec()] {
            assert_eq!(file_kind("a.docx", &content), Err(FileRefusal::Unknown));
        }
        assert_eq!(file_kind("a.txt", b""), Err(FileRefusal::Empty));
    }

    #[test]
    fn a_name_is_one_line_without_a_path() {
        assert_eq!(file_name("C:\\Users\\me\\Offer \"1\".pdf").as_deref(), Ok("Offer 1.pdf"));
        assert_eq!(file_name("../../etc/passwd").as_deref(), Ok("passwd"));
        assert_eq!(file_name("a\r\nSet-Cookie: x.txt").as_deref(), Ok("aSet-Cookie x.txt"));
        assert_eq!(file_name(" ... "), Err(TextError::Empty));
    }
}
