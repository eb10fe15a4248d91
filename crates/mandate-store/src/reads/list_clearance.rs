//! Which fields of a list a reader is cleared for, found in the SQL of the fields and the label registry.

use std::collections::BTreeSet;

use mandate_domain::{Clearance, Purpose};

use super::Reader;
use super::listing::{Field, ListDef};
use crate::db::StoreError;
use crate::labels;

impl ListDef {
    /// The def as one with `clearance` may see it: a field that reads what takes another purpose does not exist for them.
    #[must_use]
    pub fn cleared(mut self, clearance: Clearance) -> Self {
        let (from, condition) = (self.from, self.condition);
        self.fields.retain(|field| purposes(from, condition, field).iter().all(|it| clearance.has(*it)));
        self
    }

    /// Refuses a def that was not cleared for its reader, so that a forgotten [`ListDef::cleared`] shows nothing at all.
    pub(super) fn check_cleared(&self, reader: Reader<'_>) -> Result<(), StoreError> {
        let uncleared = |field: &&Field| {
            let purposes = purposes(self.from, self.condition, field);
            !purposes.iter().all(|purpose| reader.clearance.has(*purpose))
        };
        match self.fields.iter().find(uncleared) {
            None => Ok(()),
            Some(field) => Err(StoreError::Inconsistent {
                table: self.name,
                id: field.name.to_owned(),
                what: "a list was asked for with a field its reader is not cleared for".to_owned(),
            }),
        }
    }
}

/// What a field of a list takes of its reader.
fn purposes(from: &str, condition: &str, field: &Field) -> BTreeSet<Purpose> {
    labels::purposes_of(&[from, condition, field.sql, field.sort_sql.unwrap_or_default()])
}
