//! The service-level report as a workbook: a first sheet with names and state, then a sheet a section.

use mandate_domain::Instant;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook};

use super::report::{ReportDocument, ReportError};

/// Writes the workbook; `drawn_up_at` is the only time in it, so that the same report gives the same bytes.
///
/// # Errors
/// [`ReportError::Spreadsheet`] when a text cannot be written.
pub fn report_xlsx(document: &ReportDocument, drawn_up_at: Instant) -> Result<Vec<u8>, ReportError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_timestamp(drawn_up_at.seconds())?;
    let properties = DocProperties::new()
        .set_title(&document.title)
        .set_author(&document.provider)
        .set_creation_datetime(&created);
    workbook.set_properties(&properties);
    let title = Format::new().set_bold().set_font_size(16);
    let head = Format::new().set_bold().set_text_wrap();
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let figure = Format::new().set_num_format("#,##0.0###").set_align(FormatAlign::Top);
    let first = workbook.add_worksheet();
    first.set_name("Report")?;
    first.set_column_width(0, 100)?;
    first.write_string_with_format(0, 0, &document.title, &title)?;
    let lines = [&document.client, &document.provider, &document.period, &document.state, &document.foot];
    for (row, line) in (1..).zip(lines) {
        first.write_string_with_format(row, 0, line, &wrapped)?;
    }
    for (number, section) in (1..).zip(&document.sections) {
        let sheet = workbook.add_worksheet();
        let name: String = section.heading.chars().filter(|it| !"[]:*?/\\'".contains(*it)).take(27).collect();
        sheet.set_name(format!("{number} {name}"))?;
        sheet.write_string(0, 0, &section.note)?;
        let mut column = 0_u16;
        for (idx, cells) in section.columns.iter().enumerate() {
            sheet.set_column_width(column, f64::from(cells.width) * 6.0)?;
            sheet.write_string_with_format(1, column, &cells.text, &head)?;
            let noted = section.rows.iter().any(|row| row.get(idx).is_some_and(|cell| !cell.note.is_empty()));
            for (row, values) in (2..).zip(&section.rows) {
                let Some(cell) = values.get(idx) else { continue };
                match cell.number {
                    Some(number) => sheet.write_number_with_format(row, column, number, &figure)?,
                    None => sheet.write_string_with_format(row, column, &cell.text, &wrapped)?,
                };
                if noted {
                    sheet.write_string_with_format(row, column + 1, &cell.note, &wrapped)?;
                }
            }
            column += 1 + u16::from(noted);
            if noted {
                sheet.set_column_width(column - 1, 30)?;
            }
        }
        sheet.set_freeze_panes(2, 0)?;
    }
    Ok(workbook.save_to_buffer()?)
}
