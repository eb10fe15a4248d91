//! CSV out: RFC 4180 with a comma, UTF-8 with its mark so that spreadsheets read it right, ISO dates, a decimal point.
//!
//! A text that a spreadsheet would compute gets an apostrophe before it; a number stays a number, be it negative.

/// A text as it may stand in a cell: one that begins like a formula is kept from being one.
pub fn safe_text(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// The cells of a row of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CsvCell {
    /// Text, made safe on the way out.
    Text(String),
    /// A number or a date that we wrote.
    Plain(String),
}

/// Writes rows under `heads`.
pub(super) fn write(heads: &[String], rows: &[Vec<CsvCell>]) -> Vec<u8> {
    let mut file = vec![0xEF, 0xBB, 0xBF];
    let mut line = |cells: Vec<String>| {
        let quoted: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        file.extend_from_slice(quoted.join(",").as_bytes());
        file.extend_from_slice(b"\r\n");
    };
    line(heads.iter().map(|head| safe_text(head)).collect());
    for row in rows {
        let cells = row.iter().map(|cell| match cell {
            CsvCell::Text(text) => safe_text(text),
            CsvCell::Plain(text) => text.clone(),
        });
        line(cells.collect());
    }
    file
}

/// A file of texts under `heads`: for error lists and templates.
pub fn csv_of(heads: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let rows: Vec<Vec<CsvCell>> =
        rows.iter().map(|row| row.iter().map(|cell| CsvCell::Text(cell.clone())).collect()).collect();
    write(&heads, &rows)
}

fn quoted(cell: &str) -> String {
    let edges = cell.starts_with(' ') || cell.ends_with(' ');
    if edges || cell.contains([',', '"', '\n', '\r', ';', '\t']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_a_formula_and_numbers_stay_numbers() {
        let rows = vec![vec![
            CsvCell::Text("=HYPERLINK(\"http://x\")".to_owned()),
            CsvCell::Plain("-12.50".to_owned()),
            CsvCell::Text("+49 30".to_owned()),
        ]];
        let heads = ["a", "b", "c"].map(str::to_owned);
        let file = String::from_utf8(write(&heads, &rows)).expect("text");
        assert_eq!(file, "\u{feff}a,b,c\r\n\"'=HYPERLINK(\"\"http://x\"\")\",-12.50,'+49 30\r\n");
    }
}
