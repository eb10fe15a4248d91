//! The service-level report as PDF: set by Typst from one template, with embedded fonts and no other file in reach.
//!
//! Behind the feature `pdf`; without it the function says so. Fonts are Inter (SIL Open Font License, beside them).

use mandate_domain::Instant;

use super::report::{ReportDocument, ReportError};

/// Writes the document; `drawn_up_at` is the only time in it, so that the same report gives the same bytes.
///
/// # Errors
/// [`ReportError::Document`] with what the typesetter said, [`ReportError::NotBuilt`] without the feature `pdf`.
#[cfg(not(feature = "pdf"))]
pub fn report_pdf(document: &ReportDocument, drawn_up_at: Instant) -> Result<Vec<u8>, ReportError> {
    let _ = (document, drawn_up_at);
    Err(ReportError::NotBuilt)
}

/// Writes the document; `drawn_up_at` is the only time in it, so that the same report gives the same bytes.
///
/// # Errors
/// [`ReportError::Document`] with what the typesetter said, [`ReportError::NotBuilt`] without the feature `pdf`.
#[cfg(feature = "pdf")]
pub fn report_pdf(document: &ReportDocument, drawn_up_at: Instant) -> Result<Vec<u8>, ReportError> {
    set::pdf(document, drawn_up_at)
}

#[cfg(feature = "pdf")]
mod set {
    use std::sync::LazyLock;

    use mandate_domain::Instant;
    use typst::diag::{FileError, FileResult};
    use typst::foundations::{Bytes, Datetime, Dict, Duration, IntoValue, Smart};
    use typst::syntax::{FileId, Source};
    use typst::text::{Font, FontBook};
    use typst::utils::LazyHash;
    use typst::{Library, LibraryExt, World};
    use typst_layout::PagedDocument;
    use typst_pdf::{PdfOptions, Timestamp};

    use super::super::report::{ReportDocument, ReportError};

    const TEMPLATE: &str = include_str!("../../typst/report.typ");
    const FONTS: [&[u8]; 2] = [
        include_bytes!("../../typst/fonts/Inter-Regular.ttf"),
        include_bytes!("../../typst/fonts/Inter-SemiBold.ttf"),
    ];

    static TYPEFACES: LazyLock<(LazyHash<FontBook>, Vec<Font>)> = LazyLock::new(|| {
        let fonts: Vec<Font> = FONTS.iter().flat_map(|bytes| Font::iter(Bytes::new(*bytes))).collect();
        (LazyHash::new(FontBook::from_fonts(&fonts)), fonts)
    });

    /// The whole world of a report: one source, two fonts, no date, no file.
    struct ReportWorld {
        library: LazyHash<Library>,
        source: Source,
    }

    impl World for ReportWorld {
        fn library(&self) -> &LazyHash<Library> {
            &self.library
        }

        fn book(&self) -> &LazyHash<FontBook> {
            &TYPEFACES.0
        }

        fn main(&self) -> FileId {
            self.source.id()
        }

        fn source(&self, id: FileId) -> FileResult<Source> {
            if id == self.source.id() { Ok(self.source.clone()) } else { Err(FileError::AccessDenied) }
        }

        fn file(&self, _: FileId) -> FileResult<Bytes> {
            Err(FileError::AccessDenied)
        }

        fn font(&self, index: usize) -> Option<Font> {
            TYPEFACES.1.get(index).cloned()
        }

        fn today(&self, _: Option<Duration>) -> Option<Datetime> {
            None
        }
    }

    pub(super) fn pdf(document: &ReportDocument, drawn_up_at: Instant) -> Result<Vec<u8>, ReportError> {
        let failed = |what: String| ReportError::Document { what };
        let data = serde_json::to_string(document).map_err(|error| failed(error.to_string()))?;
        let inputs: Dict = [("report".into(), data.into_value())].into_iter().collect();
        let library = LazyHash::new(Library::builder().with_inputs(inputs).build());
        let world = ReportWorld { library, source: Source::detached(TEMPLATE) };
        let said = |errors: Vec<String>| failed(errors.join("; "));
        let paged: PagedDocument = typst::compile(&world)
            .output
            .map_err(|errors| said(errors.iter().map(|error| error.message.to_string()).collect()))?;
        let time = drawn_up_at.timestamp().to_zoned(jiff::tz::TimeZone::UTC);
        let part = |value: i8| u8::try_from(value).unwrap_or(1);
        let timestamp = Datetime::from_ymd_hms(
            i32::from(time.year()),
            part(time.month()),
            part(time.day()),
            part(time.hour()),
            part(time.minute()),
            part(time.second()),
        );
        let options = PdfOptions {
            ident: Smart::Custom(format!("{}/{}/{}", document.provider, document.client, document.period)),
            creator: Smart::Custom(Some("Mandate".to_owned())),
            timestamp: timestamp.map(Timestamp::new_utc),
            ..PdfOptions::default()
        };
        let bytes = typst_pdf::pdf(&paged, &options)
            .map_err(|errors| said(errors.iter().map(|error| error.message.to_string()).collect()))?;
        // What the typesetter keeps to be quick the next time; a report a day needs none of it.
        typst::comemo::evict(2);
        Ok(bytes)
    }
}
