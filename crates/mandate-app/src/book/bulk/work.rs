//! What is to be done to many records: fields, tags, into the trash, out of it; and as it is kept.

use std::collections::BTreeMap;

use mandate_domain::book::{CustomField, Draft, Kind, Spec};
use serde_json::{Value, json};

use crate::authorise::Action;
use crate::book::tags::TagChange;

/// What is to be done to each record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BulkWork {
    /// Fields and the text each is to have; empty takes what stands there away.
    Fields(BTreeMap<String, String>),
    /// Tags to give and to take.
    Tags(TagChange),
    /// Into the trash.
    Trash,
    /// Out of the trash.
    Restore,
}

impl BulkWork {
    /// The word of it in addresses and the API.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Fields(_) => "fields",
            Self::Tags(_) => "tags",
            Self::Trash => "trash",
            Self::Restore => "restore",
        }
    }

    /// The right that a single one of its changes takes.
    pub const fn action(&self) -> Action {
        match self {
            Self::Fields(_) | Self::Tags(_) => Action::WriteBook,
            Self::Trash | Self::Restore => Action::TrashBook,
        }
    }

    /// As it is kept.
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::Fields(fields) => json!({ "do": "fields", "fields": fields }),
            Self::Tags(change) => json!({ "do": "tags", "add": change.add, "remove": change.remove }),
            Self::Trash => json!({ "do": "trash" }),
            Self::Restore => json!({ "do": "restore" }),
        }
        .to_string()
    }

    /// Reads what was kept; none where nothing is said yet.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let kept: Value = serde_json::from_str(text).ok()?;
        match kept["do"].as_str()? {
            "fields" => serde_json::from_value(kept["fields"].clone()).ok().map(Self::Fields),
            "tags" => Some(Self::Tags(tags_from(&kept))),
            "trash" => Some(Self::Trash),
            "restore" => Some(Self::Restore),
            _ => None,
        }
    }
}

/// Tags as [`tags_text`] keeps them.
pub(super) fn tags_from(kept: &Value) -> TagChange {
    let texts = |name: &str| serde_json::from_value(kept[name].clone()).unwrap_or_default();
    TagChange { add: texts("add"), remove: texts("remove") }
}

/// Tags that were given and taken, and those of them that had been retired, as they are kept for an undo.
pub(super) fn tags_text(added: &[String], removed: &[String], retired: &[String]) -> String {
    json!({ "add": added, "remove": removed, "retired": retired }).to_string()
}

/// The retired ones as [`tags_text`] keeps them.
pub(super) fn retired_from(kept: &Value) -> Vec<String> {
    serde_json::from_value(kept["retired"].clone()).unwrap_or_default()
}

/// Fields as they were, as they are kept for an undo.
pub(super) fn fields_text(draft: &Draft, of: &BTreeMap<String, String>) -> String {
    let before: BTreeMap<&str, &str> = of.keys().map(|field| (field.as_str(), draft.get(field))).collect();
    json!(before).to_string()
}

/// A draft of kept fields.
pub(super) fn draft_from(kept: &str) -> Draft {
    let fields: BTreeMap<String, String> = serde_json::from_str(kept).unwrap_or_default();
    draft_of(&fields)
}

/// A draft of these fields.
pub(super) fn draft_of(fields: &BTreeMap<String, String>) -> Draft {
    fields.iter().fold(Draft::new(), |draft, (field, value)| draft.with(field, value.clone()))
}

/// The fields of a kind that may be changed of many records at once: not the firm's own id, of which each has its own, and nothing that
/// takes a purpose to read, because what was chosen and foreseen is kept in the open.
pub fn bulk_fields(kind: Kind) -> impl Iterator<Item = &'static Spec> {
    kind.fields().iter().filter(|spec| spec.name != "external_id" && spec.purpose.is_none())
}

/// Whether a custom field may be changed of many records at once, for the same reason.
pub fn is_bulk_custom(field: &CustomField) -> bool {
    field.purpose.is_none()
}
