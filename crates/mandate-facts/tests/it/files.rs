//! Event files: what is written comes back, only what is asked for is read, bad files are named.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, BinaryArray, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use mandate_facts::event::{CaseError, StateClass, Symbols};
use mandate_facts::instant::Instant;
use mandate_facts::io::foreign::ParquetTable;
use mandate_facts::io::{
    EventRow, ReadError, RowError, WriteError, group_cases, read_all, read_cases, rows_from_batch,
    rows_to_batch, write_events,
};
use parquet::arrow::ArrowWriter;

const MARCH: i64 = 1_709_280_000_000_000; // 2024-03-01T08:00Z in microseconds
const MINUTE: i64 = 60_000_000;

fn row(case: usize, minute: i64) -> EventRow {
    EventRow {
        event_id: format!("e{case}-{minute}"),
        source: "servicenow".to_owned(),
        case_ref: format!("INC{case:07}"),
        event_seq: minute,
        at_us: MARCH + minute * MINUTE,
        opened_at_us: MARCH,
        state_class: (minute != 1).then_some(StateClass::Active),
        raw_state: "Active".to_owned(),
        priority: 2,
        account_ref: "Nord AG".to_owned(),
        group_ref: format!("Group {}", case % 3),
        category: "Network".to_owned(),
        kind: "update".to_owned(),
        reported_met: Some(case.is_multiple_of(2)),
        resolved_at_us: None,
        closed_at_us: (minute == 2).then_some(MARCH),
        caller_ref: "caller-1".to_owned(),
        assignee_ref: String::new(),
    }
}

fn paths(written: &[mandate_facts::io::WrittenFile]) -> Vec<PathBuf> {
    written.iter().map(|file| file.path.clone()).collect()
}

#[test]
fn events_come_back_as_they_were_written_sorted_and_by_month() {
    let folder = tempfile::tempdir().unwrap();
    let april = 31 * 24 * 60;
    let rows = vec![row(2, 0), row(1, 1), row(1, 0), row(1, april), row(2, 2)];
    let written = write_events(folder.path(), "import-7", rows).unwrap();
    let expected = [Path::new("2024-03/import-7.parquet"), Path::new("2024-04/import-7.parquet")];
    assert_eq!(paths(&written), expected);
    assert_eq!((written[0].n_rows, written[0].first_at_us), (4, MARCH));
    assert_eq!(written[0].last_at_us, MARCH + 2 * MINUTE);
    let bytes = fs::read(folder.path().join(&written[0].path)).unwrap();
    let digest = <sha2::Sha256 as sha2::Digest>::digest(bytes);
    assert_eq!(written[0].sha256, digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let files = paths(&written);
    let read: Vec<EventRow> = read_all(folder.path(), &files).flat_map(Result::unwrap).collect();
    assert_eq!(read, vec![row(1, 0), row(1, 1), row(2, 0), row(2, 2), row(1, april)]);
    let again = write_events(folder.path(), "import-7", vec![row(9, 0)]);
    assert!(matches!(again, Err(WriteError::Exists { .. })), "{again:?}");
    let left: Vec<_> = fs::read_dir(folder.path().join("2024-03")).unwrap().collect();
    assert_eq!(left.len(), 1, "no temporary file is left");
}

#[test]
fn reading_a_few_cases_skips_the_row_groups_of_all_others() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<EventRow> = (0..120_000).flat_map(|case| [row(case, 0), row(case, 1)]).collect();
    let files = paths(&write_events(folder.path(), "big", rows).unwrap());
    let read = read_cases(folder.path(), &files, &["INC0000007", "INC0000009", "INC9999999"]).unwrap();
    assert_eq!((read.n_row_groups, read.n_row_groups_read), (3, 1));
    assert_eq!(read.rows, vec![row(7, 0), row(7, 1), row(9, 0), row(9, 1)]);
    let none = read_cases(folder.path(), &files, &["ZZZ"]).unwrap();
    assert_eq!((none.n_row_groups_read, none.rows.len()), (0, 0));
}

#[test]
fn a_later_row_with_the_same_event_id_corrects_the_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let first = write_events(folder.path(), "one", vec![row(1, 0), row(1, 1), row(1, 5)]).unwrap();
    let moved = EventRow { at_us: MARCH + 3 * MINUTE, priority: 1, ..row(1, 5) };
    let second = write_events(folder.path(), "two", vec![moved]).unwrap();
    let files = [paths(&first), paths(&second)].concat();
    let rows = read_cases(folder.path(), &files, &["INC0000001"]).unwrap().rows;
    let mut symbols = Symbols::default();
    let cases = group_cases(rows, &mut symbols).unwrap();
    assert_eq!(cases.len(), 1);
    assert_eq!(cases[0].events.len(), 3);
    assert_eq!(cases[0].last_event_at(), Instant::from_micros(MARCH + 3 * MINUTE));
    assert_eq!(cases[0].priority.0, 1);
    assert_eq!(symbols.name(cases[0].account), "Nord AG");
    let doubled = vec![row(1, 0), EventRow { event_id: "other".to_owned(), ..row(1, 0) }];
    let refused = group_cases(doubled, &mut symbols).unwrap_err();
    assert!(matches!(refused.source, CaseError::Duplicate { .. }), "{refused:?}");
}

#[test]
fn bad_events_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, rows: Vec<EventRow>| write_events(folder.path(), name, rows).unwrap_err();
    let early = EventRow { at_us: MARCH - 1, ..row(1, 0) };
    assert!(matches!(write("a", vec![early]), WriteError::BeforeOpened { .. }));
    assert!(matches!(write("a", vec![row(1, 0), row(1, 0)]), WriteError::Duplicate { .. }));
    let same_id = EventRow { event_id: row(1, 0).event_id, ..row(1, 1) };
    assert!(matches!(write("a", vec![row(1, 0), same_id]), WriteError::Duplicate { .. }));
    assert!(matches!(write("../a", vec![row(1, 0)]), WriteError::Name { .. }));
    let never = EventRow { at_us: i64::MAX, ..row(1, 0) };
    assert!(matches!(write("a", vec![never]), WriteError::Time { .. }));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(write_events(folder.path(), "a", Vec::new()).unwrap(), Vec::new());
}

/// Writes any batch as Parquet.
fn write_batch(path: &Path, batch: &RecordBatch) {
    let mut writer = ArrowWriter::try_new(fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn a_file_that_is_not_parquet_or_is_damaged_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.parquet");
    for text in ["", "PA", "case,at\n1,2\n"] {
        fs::write(&path, text).unwrap();
        let error = ParquetTable::open(&path).unwrap_err();
        assert_eq!(error.to_string(), format!("`{}` is not a Parquet file", path.display()));
    }
    assert!(matches!(ParquetTable::open(&folder.path().join("none")), Err(ReadError::Open { .. })));
    write_batch(&path, &rows_to_batch(&[row(1, 0)]).unwrap());
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(ParquetTable::open(&path), Err(ReadError::Damaged { .. })));
}

#[test]
fn files_out_of_order_and_other_tables_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.parquet");
    let files = [PathBuf::from("events.parquet")];
    write_batch(&path, &rows_to_batch(&[row(2, 0), row(1, 0)]).unwrap());
    let error = read_all(folder.path(), &files).next().unwrap().unwrap_err();
    assert!(
        matches!(&error, ReadError::OutOfOrder { case_ref, .. } if case_ref == "INC0000001"),
        "{error:?}"
    );
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    write_batch(&path, &RecordBatch::try_from_iter([("number", numbers)]).unwrap());
    let error = read_all(folder.path(), &files).next().unwrap().unwrap_err();
    assert!(
        matches!(error, ReadError::Row { source: RowError::MissingColumn { column: "at" }, .. }),
        "{error:?}"
    );
}

#[test]
fn a_state_nobody_mapped_is_refused_with_its_row() {
    let batch = rows_to_batch(&[row(1, 0), row(1, 2)]).unwrap();
    let mut columns = batch.columns().to_vec();
    columns[4] = Arc::new(arrow_array::Int8Array::from(vec![0, 99]));
    let broken = RecordBatch::try_new(batch.schema(), columns).unwrap();
    let error = rows_from_batch(&broken).unwrap_err();
    assert!(matches!(error, RowError::Unmapped { row: 1, .. }), "{error:?}");
    let too_high = rows_to_batch(&[EventRow { priority: 200, ..row(1, 0) }]).unwrap_err();
    assert!(matches!(too_high, RowError::Priority { row: 0, priority: 200 }));
}

#[test]
fn broken_encoding_is_an_error_not_a_wrong_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.parquet");
    let bytes: ArrayRef = Arc::new(BinaryArray::from_vec(vec![b"gut", b"\xff\xfe\xfd"]));
    // Written as bytes, declared as text in the file's own schema.
    let schema = Arc::new(Schema::new(vec![Field::new("name", DataType::Binary, false)]));
    write_batch(&path, &RecordBatch::try_new(schema, vec![bytes]).unwrap());
    let mut file = fs::read(&path).unwrap();
    let table = ParquetTable::open(&path).unwrap();
    let batch = table.batches().unwrap().next().unwrap().unwrap();
    assert_eq!(batch.text(0, 0), None, "bytes are not taken for text");
    // The same page in a file that says text: written as text of the same length, then the bytes swapped.
    let texts: ArrayRef = Arc::new(arrow_array::StringArray::from(vec!["gut", "XYZ"]));
    let text_schema = Arc::new(Schema::new(vec![Field::new("name", DataType::Utf8, false)]));
    write_batch(&path, &RecordBatch::try_new(text_schema, vec![texts]).unwrap());
    file.clear();
    file.extend(fs::read(&path).unwrap());
    for place in 0..file.len() - 3 {
        if &file[place..place + 3] == b"XYZ" {
            file[place..place + 3].copy_from_slice(b"\xff\xfe\xfd");
        }
    }
    fs::write(&path, &file).unwrap();
    let outcome = ParquetTable::open(&path).and_then(|table| table.batches()?.next().unwrap());
    assert!(matches!(outcome, Err(ReadError::Values { .. })), "{outcome:?}");
}
