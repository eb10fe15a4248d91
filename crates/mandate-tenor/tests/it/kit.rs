//! What tests share: the data nobody here wrote, and tables.

use std::path::PathBuf;

use mandate_tenor::table::{Row, Table};

/// The folder with the shared data; a folder that is named but not there is a failure.
pub fn data(folder: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("MANDATE_TEST_DATA") else {
        eprintln!("skipped: data not present");
        return None;
    };
    let path = PathBuf::from(root).join(folder);
    assert!(path.exists(), "{} is not there", path.display());
    Some(path)
}

/// A table from CSV.
pub fn table(text: &str) -> Table {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let row = |(idx, record): (usize, Result<csv::StringRecord, csv::Error>)| Row {
        line: idx + 2,
        cells: record.expect("a row").iter().map(str::to_owned).collect(),
    };
    let rows = reader.records().enumerate().map(row).collect();
    Table::new(columns, rows).expect("a table")
}

/// A file of the shared data as a table.
pub fn data_table(folder: &str, file: &str) -> Option<Table> {
    let path = data(folder)?.join(file);
    Some(table(&std::fs::read_to_string(path).expect("the file")))
}

pub fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Both within `by` of each other.
#[track_caller]
pub fn near(found: f64, wanted: f64, by: f64) {
    assert!((found - wanted).abs() <= by, "{found} is not within {by} of {wanted}");
}
