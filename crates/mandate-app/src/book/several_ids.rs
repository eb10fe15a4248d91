//! Cells with several ids of which one counts: the companies of a contact, of which the book takes one.
//!
//! Only where the file's mapping says so (`SeveralIds`); else such a cell is one id that nothing has. Where the names of the same
//! records stand beside their ids, the name goes with its id.

use mandate_domain::book::{Draft, Shape, Spec};

use super::import_report::SeveralRead;
use super::import_rows::Columns;
use super::mapping::{Mapping, SeveralIds};
use crate::exchange::table::TableRow;

/// The ids of a cell that has several.
pub(super) fn several(cell: &str) -> Option<Vec<&str>> {
    let ids: Vec<&str> = cell.split(';').map(str::trim).filter(|id| !id.is_empty()).collect();
    (ids.len() > 1 && !ids.iter().any(|id| id.contains(char::is_whitespace))).then_some(ids)
}

/// Whether a field has the id of one other record.
pub(super) fn is_id_of_one(spec: &Spec) -> bool {
    spec.name.ends_with(".external_id") || matches!(spec.shape, Shape::Reference(_))
}

impl Columns {
    fn ids_of_one(&self) -> impl Iterator<Item = (usize, &Spec)> {
        let specs = self.columns.iter().enumerate();
        specs
            .filter_map(|(at, column)| Some((at, column.spec.as_ref()?)))
            .filter(|(_, spec)| is_id_of_one(spec))
    }

    /// Leaves the first id of each cell that has several, with its name.
    pub(super) fn take_first(&self, row: &mut Draft) {
        for (_, spec) in self.ids_of_one() {
            let cell = row.get(spec.name).to_owned();
            let ids = several(&cell);
            if let Some([first, ..]) = ids.as_deref() {
                row.set(spec.name, first);
            }
            let n_ids = ids.map_or(usize::from(!cell.trim().is_empty()), |ids| ids.len());
            if let Some(path) = spec.name.strip_suffix(".external_id").filter(|_| n_ids > 0) {
                first_name(row, path, n_ids);
            }
        }
    }

    /// How cells with several ids in `rows` are read, where the first counts.
    pub(super) fn several_read(&self, rows: &[TableRow], mapping: Option<&Mapping>) -> Option<SeveralRead> {
        mapping.filter(|mapping| mapping.several_ids == SeveralIds::First)?;
        let mut found: Option<SeveralRead> = None;
        for row in rows {
            // What a purpose guards stands in no report.
            for (at, _) in self.ids_of_one().filter(|(_, spec)| spec.purpose.is_none()) {
                let Some(cell) = row.cells.get(at) else { continue };
                let Some(taken) = several(cell).and_then(|ids| ids.first().copied()) else { continue };
                let first = found.get_or_insert_with(|| SeveralRead {
                    column: self.columns.get(at).map(|column| column.head.clone()).unwrap_or_default(),
                    row: row.number,
                    given: cell.trim().chars().take(100).collect(),
                    taken: taken.to_owned(),
                    n_cells: 0,
                });
                first.n_cells += 1;
            }
        }
        found
    }

    /// What the record of a row is called in the file.
    pub(super) fn name_in(&self, row: &TableRow) -> String {
        let text = |field: &str| {
            let at =
                self.columns.iter().position(|column| column.spec.is_some_and(|spec| spec.name == field));
            at.and_then(|at| row.cells.get(at)).map(|cell| cell.trim()).unwrap_or_default()
        };
        let whole = [text("name"), text("title")].into_iter().find(|text| !text.is_empty());
        let parts = || [text("first_name"), text("last_name")].join(" ");
        whole.map_or_else(parts, str::to_owned).trim().chars().take(100).collect()
    }
}

/// The name that goes with the first of so many ids: of as many the first; of another number it is not known whose they are.
fn first_name(row: &mut Draft, path: &str, n_ids: usize) {
    for field in ["name", "title"] {
        let name = format!("{path}.{field}");
        let cell = row.get(&name).to_owned();
        let names: Vec<&str> = cell.split(';').map(str::trim).filter(|name| !name.is_empty()).collect();
        match names[..] {
            [first, _, ..] if names.len() == n_ids => row.set(&name, first),
            // A name may have such a sign itself, with a space after it.
            [_, _, ..] if n_ids > 1 || !cell.contains("; ") => row.take_out(&name),
            // One name beside several ids may be that of any.
            [_] if n_ids > 1 => row.take_out(&name),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_stand_several_in_a_cell() {
        assert_eq!(several("123; 456;"), Some(vec!["123", "456"]));
        for one in ["123", "", "123;", "Smith; Sons & Co"] {
            assert_eq!(several(one), None, "{one}");
        }
    }

    #[test]
    fn a_name_goes_with_its_id_and_one_that_could_be_of_either_goes_with_none() {
        let left = |name: &str, n_ids| {
            let mut row = Draft::new().with("account.name", name);
            first_name(&mut row, "account", n_ids);
            row.get("account.name").to_owned()
        };
        assert_eq!(left("Acme;Globex", 2), "Acme");
        assert_eq!(left("Acme;Globex;Initech", 2), "");
        assert_eq!(left("Smith; Sons", 1), "Smith; Sons", "one company with such a name");
        assert_eq!(left("Acme;Globex", 1), "", "the one that is said to be the first may be either");
        assert_eq!(left("Acme", 2), "", "whose name it is nobody says");
    }
}
