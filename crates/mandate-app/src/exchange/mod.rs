//! Files in and out: tables read from CSV and XLSX, and any list written as CSV or XLSX.
//!
//! What a file's rows mean is the room's to say (`book::import_book`); here they are only text in rows and columns. Event
//! logs stream through `event_table`; each profile (`servicenow`) turns their rows into events.

mod csv_read;
mod csv_write;
mod decode;
pub mod event_rows;
pub mod event_table;
mod export;
mod figures;
pub mod rows;
pub mod servicenow;
pub mod table;
mod xlsx_read;
mod xlsx_write;

pub mod report;
mod report_pdf;
mod report_xlsx;

pub use csv_write::{csv_of, safe_text};
pub use decode::Encoding;
pub(crate) use export::count_export;
pub use export::{ExportColumn, ExportError, ExportFormat, TableFile, export_list};
pub use figures::{FigureCell, FigureTable, figures_file};
pub use report_pdf::report_pdf;
pub use report_xlsx::report_xlsx;
