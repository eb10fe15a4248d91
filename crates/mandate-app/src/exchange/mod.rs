//! Files in and out: tables read from CSV and XLSX, and any list written as CSV or XLSX.
//!
//! What a file's rows mean is the room's to say (`book::import_book`); here they are only text in rows and columns. Event
//! files are read elsewhere.

mod csv_read;
mod csv_write;
mod export;
pub mod table;
mod xlsx_read;
mod xlsx_write;

pub use csv_write::{csv_of, safe_text};
pub use export::{ExportColumn, ExportError, ExportFormat, TableFile, export_list};
