//! Every column that holds the id of an account or of a person, and what a merge does with it.
//!
//! A new column of that kind is written down here: a test over the schema fails until it is. What is derived from event files
//! is not moved but derived anew; what is on record for ever stays as it was said.

/// A column whose rows go over to the record that is kept.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The table.
    pub table: &'static str,
    /// The column that holds the id.
    pub column: &'static str,
    /// What names a row, without the column itself.
    pub keys: &'static [&'static str],
    /// Whether a row counts its saves, so that somebody who edits it meanwhile is told.
    pub counts_saves: bool,
    /// Rows that stay behind: those for which this holds of some row `other` of the kept record. Of two the kept one's stands.
    pub unless: Option<&'static str>,
    /// Only rows of which this holds.
    pub only: Option<&'static str>,
    /// What pages call such rows; `None` of what is not counted for whoever merges, because its existence is a secret or nobody's news.
    pub told: Option<&'static str>,
}

const fn of(table: &'static str, column: &'static str, told: &'static str) -> Place {
    let (keys, told): (&'static [&'static str], _) = (&["id"], Some(told));
    Place { table, column, keys, counts_saves: true, unless: None, only: None, told }
}

/// Rows that are never saved again.
const fn said(table: &'static str, column: &'static str, told: &'static str) -> Place {
    Place { counts_saves: false, ..of(table, column, told) }
}

const fn keyed(table: &'static str, column: &'static str, keys: &'static [&'static str]) -> Place {
    Place { table, column, keys, counts_saves: false, unless: None, only: None, told: None }
}

/// Matters of a handover whose record is an account.
const ITEM_OF_ACCOUNT: &str = "handover_item.matter IN ('account_manager', 'negotiator', 'works_on')";

/// Columns that hold an account's id.
pub const OF_ACCOUNTS: &[Place] = &[
    Place { only: Some("account.id <> $1"), ..of("account", "parent_id", "subsidiaries") },
    of("person", "account_id", "people"),
    of("contract", "account_id", "contracts"),
    Place {
        unless: Some("other.person_id = account_person.person_id AND other.role = account_person.role"),
        told: Some("working"),
        ..keyed("account_person", "account_id", &["person_id", "role"])
    },
    Place {
        unless: Some(
            "other.source_id = service_level.source_id AND other.clock_kind = service_level.clock_kind
             AND other.deleted_at_us IS NULL",
        ),
        ..of("service_level", "account_id", "levels")
    },
    of("kpi", "account_id", "measures"),
    Place {
        unless: Some("other.kpi_id = kpi_reason.kpi_id"),
        ..keyed("kpi_reason", "account_id", &["kpi_id"])
    },
    Place {
        unless: Some("other.kpi_id = kpi_share.kpi_id"),
        told: Some("shares"),
        ..keyed("kpi_share", "account_id", &["kpi_id"])
    },
    // An expectation may have come from another account, where its share waits for it without effect: that shares nothing anew.
    Place {
        only: Some(
            "EXISTS (SELECT 1 FROM expectation e WHERE e.id = expectation_share.expectation_id
             AND e.account_id = expectation_share.account_id)",
        ),
        unless: Some("other.expectation_id = expectation_share.expectation_id"),
        told: Some("shares"),
        ..keyed("expectation_share", "account_id", &["expectation_id"])
    },
    said("kpi_walkthrough", "account_id", "walkthroughs"),
    said("result_review", "account_id", "answers"),
    said("credit_answer", "account_id", "answers"),
    of("exclusion", "account_id", "exclusions"),
    of("service_credit_rule", "account_id", "credits"),
    of("service_credit", "account_id", "credits"),
    of("app_user", "account_id", "users"),
    keyed("candid_note", "account_id", &["id"]),
    Place {
        unless: Some("other.user_id = sealed_reading.user_id AND other.purpose = sealed_reading.purpose"),
        ..keyed("sealed_reading", "account_id", &["user_id", "purpose"])
    },
    Place {
        unless: Some("other.right_id = decision_right_account.right_id"),
        told: Some("rights"),
        ..keyed("decision_right_account", "account_id", &["right_id"])
    },
    keyed("decision_use", "account_id", &["id"]),
    keyed("handover_item", "account_id", &["id"]),
    Place { only: Some(ITEM_OF_ACCOUNT), ..keyed("handover_item", "record_id", &["id"]) },
    keyed("manager_decision", "account_id", &["id"]),
    of("expectation", "account_id", "expectations"),
    of("promise", "account_id", "promises"),
    of("communication", "account_id", "communications"),
    of("review", "account_id", "reviews"),
    of("opportunity", "account_id", "opportunities"),
    of("actual", "account_id", "actuals"),
    Place { only: Some("note.kind = 'account'"), ..of("note", "record_id", "notes") },
    Place { only: Some("attachment.kind = 'account'"), ..said("attachment", "record_id", "files") },
    Place {
        only: Some("record_tag.kind = 'account'"),
        unless: Some("other.kind = record_tag.kind AND other.fold = record_tag.fold"),
        told: Some("tags"),
        ..keyed("record_tag", "record_id", &["kind", "fold"])
    },
    Place {
        only: Some("tag_rename_row.kind = 'account'"),
        unless: Some("other.rename_id = tag_rename_row.rename_id AND other.kind = tag_rename_row.kind"),
        ..keyed("tag_rename_row", "record_id", &["rename_id", "kind"])
    },
    keyed("search_entry", "account_id", &["kind", "record_id"]),
    Place {
        unless: Some("other.field_id = custom_value.field_id"),
        ..keyed("custom_value", "record_id", &["field_id"])
    },
    Place {
        unless: Some("other.field_id = custom_value_cost.field_id"),
        ..keyed("custom_value_cost", "record_id", &["field_id"])
    },
    keyed("custom_value", "target_id", &["record_id", "field_id"]),
    keyed("custom_value_cost", "target_id", &["record_id", "field_id"]),
    Place {
        only: Some("record_alias.kind = 'account'"),
        ..keyed("record_alias", "record_id", &["kind", "old_id"])
    },
];

/// Columns that hold a person's id.
pub const OF_PEOPLE: &[Place] = &[
    of("line_of_business", "head_person_id", "heads"),
    of("team", "lead_person_id", "leads"),
    of("product", "product_manager_id", "products"),
    of("account", "account_manager_id", "managed"),
    of("account", "negotiator_id", "negotiated"),
    Place {
        unless: Some("other.account_id = account_person.account_id AND other.role = account_person.role"),
        told: Some("working"),
        ..keyed("account_person", "person_id", &["account_id", "role"])
    },
    of("kpi", "owner_person_id", "measures"),
    keyed("kpi_reason", "person_id", &["kpi_id", "account_id"]),
    said("kpi_walkthrough", "client_person_id", "walkthroughs"),
    said("kpi_walkthrough", "our_person_id", "walkthroughs"),
    said("result_review", "client_person_id", "answers"),
    said("credit_answer", "client_person_id", "answers"),
    of("exclusion", "proposed_person_id", "exclusions"),
    of("exclusion", "decided_person_id", "exclusions"),
    of("service_credit", "client_person_id", "credits"),
    of("app_user", "person_id", "users"),
    keyed("candid_note", "person_id", &["id"]),
    Place { only: Some("person.id <> $1"), ..of("person", "reports_to_id", "reports") },
    Place { only: Some("person.id <> $1"), ..of("person", "successor_id", "predecessors") },
    of("stake", "person_id", "stakes"),
    of("expertise", "person_id", "expertise"),
    of("career_step", "person_id", "careers"),
    Place {
        unless: Some(
            "other.our_person_id = acquaintance.our_person_id AND other.deleted_at_us IS NULL
             AND acquaintance.deleted_at_us IS NULL",
        ),
        ..of("acquaintance", "client_person_id", "acquaintances")
    },
    Place {
        unless: Some(
            "other.client_person_id = acquaintance.client_person_id AND other.deleted_at_us IS NULL
             AND acquaintance.deleted_at_us IS NULL",
        ),
        ..of("acquaintance", "our_person_id", "acquaintances")
    },
    keyed("handover", "from_person_id", &["id"]),
    keyed("handover_item", "to_person_id", &["id"]),
    Place {
        only: Some("handover_item.matter = 'introduction'"),
        ..keyed("handover_item", "record_id", &["id"])
    },
    keyed("manager_decision", "manager_id", &["id"]),
    of("expectation", "person_id", "expectations"),
    of("expectation", "manager_id", "expectations"),
    of("promise", "made_by_id", "promises"),
    of("promise", "made_to_id", "promises"),
    of("promise", "delivery_owner_id", "promises"),
    of("promise", "handover_by_id", "promises"),
    of("opportunity", "trusted_by_id", "opportunities"),
    of("opportunity", "owner_id", "opportunities"),
    Place {
        unless: Some(
            "other.record_kind = record_link.record_kind AND other.record_id = record_link.record_id
             AND other.field = record_link.field",
        ),
        told: Some("attended"),
        ..keyed("record_link", "target_id", &["record_kind", "record_id", "field"])
    },
    Place { only: Some("note.kind = 'person'"), ..of("note", "record_id", "notes") },
    Place { only: Some("attachment.kind = 'person'"), ..said("attachment", "record_id", "files") },
    Place {
        only: Some("record_tag.kind = 'person'"),
        unless: Some("other.kind = record_tag.kind AND other.fold = record_tag.fold"),
        told: Some("tags"),
        ..keyed("record_tag", "record_id", &["kind", "fold"])
    },
    Place {
        only: Some("tag_rename_row.kind = 'person'"),
        unless: Some("other.rename_id = tag_rename_row.rename_id AND other.kind = tag_rename_row.kind"),
        ..keyed("tag_rename_row", "record_id", &["rename_id", "kind"])
    },
    Place {
        unless: Some("other.field_id = custom_value.field_id"),
        ..keyed("custom_value", "record_id", &["field_id"])
    },
    Place {
        unless: Some("other.field_id = custom_value_cost.field_id"),
        ..keyed("custom_value_cost", "record_id", &["field_id"])
    },
    keyed("custom_value", "target_id", &["record_id", "field_id"]),
    keyed("custom_value_cost", "target_id", &["record_id", "field_id"]),
    Place {
        only: Some("record_alias.kind = 'person'"),
        ..keyed("record_alias", "record_id", &["kind", "old_id"])
    },
];

/// Columns that hold such an id and stay as they are, and why.
pub const STAYS: &[(&str, &str, &str)] = &[
    ("account", "id", "the record itself"),
    ("person", "id", "the record itself"),
    ("audit_record", "account_id", "what is on record is on record; the merge itself is told of both"),
    ("audit_record", "subject_id", "what is on record is on record; the merge itself is told of both"),
    ("search_entry", "record_id", "whoever lies in the trash is not found; an undo writes the entry anew"),
    (
        "delivery_case",
        "account_id",
        "derived anew from event files, which name the account by the firm's own id",
    ),
    ("delivery_month", "account_key", "derived anew with the cases"),
    ("account_standing", "account_id", "derived anew with the cases"),
    ("kpi_value", "account_id", "computed anew with the cases"),
    ("account_coverage", "account_id", "counted anew with every write that touches it"),
    (
        "notification",
        "account_id",
        "what somebody was told of then; its link leads to the record that stands",
    ),
    ("notification", "record_id", "as above"),
    ("import_change", "record_id", "undoing an import finds the record changed since, and says so"),
    ("import_change", "before", "as above"),
    ("bulk_edit_row", "record_id", "undoing a bulk edit finds the record changed since, and says so"),
    ("bulk_edit_row", "before", "as above"),
    ("decision_use", "subject_id", "what was decided was decided of that record"),
    (
        "handover_item",
        "value_before",
        "what taking the handover back gives back; who was merged by then is told as changed",
    ),
    ("record_merge", "kept_id", "what was merged was merged into that record"),
    ("record_merge", "dropped_id", "what was merged"),
    ("record_merge", "before", "what an undo puts back"),
    ("record_merge_row", "row_key", "names rows, not records they refer to"),
    ("record_alias", "old_id", "the id that is no more"),
    ("not_duplicate", "first_id", "said of that pair"),
    ("not_duplicate", "second_id", "said of that pair"),
];
