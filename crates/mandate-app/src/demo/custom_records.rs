//! The demo's custom fields with what records hold in them, and its tags.
//!
//! Fields are marked as demo and go with it, unless a record of the firm's own came to hold a value. Values are read as forms
//! read them, so that a value no form would take is an error that names the table.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use mandate_domain::Id;
use mandate_domain::book::{CustomField, CustomShape, Draft, Kind, Tag};
use mandate_store::book::{CustomWrite, RecordTag};
use mandate_store::{StoreError, WriteTx, book as store, boxed};

use super::book::DemoBook;
use super::records::{Ids, find};
use super::relative::relative_date;
use super::tables::{CustomFieldRow, CustomValueRow, RecordTagRow, TableError};
use crate::ctx::Ctx;

const FIELDS: &str = "custom_fields.csv";
const VALUES: &str = "custom_values.csv";
const TAGS: &str = "record_tags.csv";

/// The tags of one record, each with the id of its row.
type Tagged = ((Kind, String), Vec<(Id<RecordTag>, Tag)>);

/// What the firm added to its kinds of record, and tags.
pub(super) struct CustomRecords {
    fields: Vec<Arc<CustomField>>,
    values: Vec<CustomWrite>,
    tags: Vec<Tagged>,
}

impl CustomRecords {
    /// The records of `book`.
    pub(super) fn new(ctx: &Ctx, book: &DemoBook, ids: &Ids) -> Result<Self, TableError> {
        let tables = book.tables();
        let fields: Vec<Arc<CustomField>> = tables
            .custom_fields
            .iter()
            .zip(1_i64..)
            .map(|(row, position)| field(ctx, row, position).map(Arc::new))
            .collect::<Result<_, _>>()?;
        let by_name: BTreeMap<(Kind, &str), &Arc<CustomField>> =
            fields.iter().map(|field| ((field.kind, field.key()), field)).collect();
        let make = Make { ids, today: book.setting.today };
        let values =
            tables.custom_values.iter().map(|row| make.value(row, &by_name)).collect::<Result<_, _>>()?;
        let tags = tables.record_tags.iter().map(|row| make.tagged(ctx, row)).collect::<Result<_, _>>()?;
        Ok(Self { values, tags, fields })
    }

    /// Stores them; the records they hang on stand.
    #[boxed]
    pub(super) async fn store(&self, tx: &mut WriteTx, ctx: &Ctx) -> Result<(), StoreError> {
        for field in &self.fields {
            store::insert_custom_field(tx, field, ctx.now()).await?;
            store::mark_custom_field_demo(tx, &field.id).await?;
        }
        store::save_custom_values(tx, &self.values, ctx.now()).await?;
        for ((kind, id), tags) in &self.tags {
            store::add_tags(tx, (*kind, id), tags, ctx.now()).await?;
        }
        Ok(())
    }
}

fn kind_of(table: &'static str, cell: &str) -> Result<Kind, TableError> {
    Kind::parse(cell).ok_or_else(|| TableError::cell(table, cell, "kind of record"))
}

fn field(ctx: &Ctx, row: &CustomFieldRow, position: i64) -> Result<CustomField, TableError> {
    let draft = Draft::new()
        .with("key", row.key.as_str())
        .with("label", row.label.as_str())
        .with("label_de", row.label_de.as_str())
        .with("help", row.help.as_str())
        .with("type", row.shape.as_str())
        .with("choices", row.choices.replace('|', "\n"))
        .with("currency", row.currency.as_str())
        .with("required", row.required.as_str())
        .with("read_for", row.read_for.as_str())
        .with("position", position.to_string());
    let place = (ctx.new_id(), kind_of(FIELDS, &row.kind)?);
    CustomField::parse(place, &draft, None)
        .map_err(|problems| TableError::cell(FIELDS, format!("{}: {problems}", row.key), "custom field"))
}

struct Make<'a> {
    ids: &'a Ids,
    today: Date,
}

impl Make<'_> {
    fn record(&self, table: &'static str, kind: Kind, key: &str) -> Result<String, TableError> {
        Ok(match kind {
            Kind::Account => find(&self.ids.accounts, table, key, "account")?.to_string(),
            Kind::Person => find(&self.ids.people, table, key, "person")?.to_string(),
            Kind::Contract => find(&self.ids.contracts, table, key, "contract")?.to_string(),
            Kind::Product => find(&self.ids.products, table, key, "product")?.to_string(),
            _ => return Err(TableError::cell(table, kind.as_str(), "kind whose records have keys")),
        })
    }

    fn value(
        &self,
        row: &CustomValueRow,
        fields: &BTreeMap<(Kind, &str), &Arc<CustomField>>,
    ) -> Result<CustomWrite, TableError> {
        let kind = kind_of(VALUES, &row.kind)?;
        let field = fields.get(&(kind, row.field.as_str()));
        let field = *field.ok_or_else(|| TableError::cell(VALUES, &row.field, "custom field"))?;
        let text = match field.shape {
            CustomShape::Date => relative_date(VALUES, &row.value, self.today)?.to_string(),
            _ => row.value.clone(),
        };
        let value =
            field.read(&text).map_err(|_| TableError::cell(VALUES, &row.value, "value of its field"))?;
        let record_id = self.record(VALUES, kind, &row.record)?;
        Ok(CustomWrite { record_id, field: field.clone(), value })
    }

    fn tagged(&self, ctx: &Ctx, row: &RecordTagRow) -> Result<Tagged, TableError> {
        let kind = kind_of(TAGS, &row.kind)?;
        let tag = |text: &str| Tag::parse(text).map_err(|_| TableError::cell(TAGS, text, "tag"));
        let tags = row.tags.split('|').map(|text| Ok((ctx.new_id(), tag(text)?)));
        Ok(((kind, self.record(TAGS, kind, &row.record)?), tags.collect::<Result<_, TableError>>()?))
    }
}
