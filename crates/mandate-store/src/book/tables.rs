//! What each kind's table looks like: its columns, how a record becomes values and is read back.
//!
//! Every table begins with the same seven columns, `id` to `deleted_at_us`; the rest are the kind's own, in one order in
//! all its statements. What few may read of a kind stands in a table of its own ([`Apart`]).

use mandate_domain::book::{
    Account, Contract, ContractKind, ContractLine, LineOfBusiness, NoticePeriod, Person, PersonRole, Product,
    Record, Renewal, Side, Team, Tier, parts,
};
use mandate_domain::id::IdError;
use mandate_domain::money::Currency;
use mandate_domain::text::fold;
use mandate_domain::{Id, Labeled, Purpose};

use crate::db::{Row, StoreError, Value};
use crate::params;
use crate::reads::Scope;

/// To which account a row belongs, which decides who may see it.
#[derive(Clone, Copy, Debug)]
pub enum Belongs {
    /// To none: everyone who may read the book sees it.
    ToNone,
    /// It is one: this column holds its id.
    IsAccount(&'static str),
    /// To the account in this column.
    ToAccount(&'static str),
    /// To the account in this column, or to none where it is null.
    ToAccountOrNone(&'static str),
}

impl Belongs {
    /// What holds the id of the account, where there is one.
    pub(crate) const fn account_column(self) -> Option<&'static str> {
        match self {
            Self::ToNone => None,
            Self::IsAccount(column) | Self::ToAccount(column) | Self::ToAccountOrNone(column) => Some(column),
        }
    }

    /// The condition under which `scope` sees a row, binding from `$next`; rows of an account in the trash are hidden.
    pub(crate) fn condition(self, scope: &Scope, next: usize) -> (String, Vec<Value>) {
        let live = |column: &str| {
            format!("{column} NOT IN (SELECT gone.id FROM account gone WHERE gone.deleted_at_us IS NOT NULL)")
        };
        match self {
            Self::ToNone => ("1 = 1".to_owned(), vec![]),
            Self::IsAccount(column) => scope.condition(column, next),
            Self::ToAccount(column) => {
                let (sql, values) = scope.condition(column, next);
                (format!("({sql}) AND {}", live(column)), values)
            }
            Self::ToAccountOrNone(column) => {
                let (sql, values) = scope.condition(column, next);
                (format!("({column} IS NULL OR (({sql}) AND {}))", live(column)), values)
            }
        }
    }
}

impl Belongs {
    /// As [`Belongs::condition`], with rows of an account in the trash.
    pub(crate) fn reach(self, scope: &Scope, next: usize) -> (String, Vec<Value>) {
        match self {
            Self::ToNone => ("1 = 1".to_owned(), vec![]),
            Self::IsAccount(column) | Self::ToAccount(column) => scope.condition(column, next),
            Self::ToAccountOrNone(column) => {
                let (sql, values) = scope.condition(column, next);
                (format!("({column} IS NULL OR ({sql}))"), values)
            }
        }
    }
}

/// The field of a kind that stands in a table of its own, with its own version and times, because few may read it: a change of it
/// leaves no trace on the record's own row.
#[derive(Clone, Copy, Debug)]
pub struct Apart {
    /// `INSERT` of the record's id, the value, its version and twice an instant, up to `VALUES`.
    pub(super) insert: &'static str,
    /// Saves the value `$2` of the record `$1` at the instant `$4` over its version `$3`, or adds it.
    pub(super) save: &'static str,
}

/// A kind of record that has a table.
pub trait Stored: Record {
    /// Its table.
    const TABLE: &'static str;
    /// Whose rows are.
    const BELONGS: Belongs;
    /// `SELECT` of the seven common columns, the versions of what stands apart and beside, and its own, up to `FROM table`.
    const SELECT: &'static str;
    /// `INSERT` of the same, up to `VALUES`.
    const INSERT: &'static str;
    /// `UPDATE` that binds id, version, instant and external id as `$1` to `$4`, its own from `$5`.
    const SAVE: &'static str;
    /// The folded column that holds its name; `None` where nothing refers to it by name.
    const NAME_COLUMN: Option<&'static str>;

    /// Where a field of it stands apart.
    const APART: Option<Apart> = None;

    /// Its own columns, in the order of [`Stored::INSERT`].
    fn values(&self) -> Vec<Value>;

    /// The records that its fields of several name: field and id.
    fn links(&self) -> Vec<(&'static str, &str)> {
        vec![]
    }

    /// What stands apart.
    fn number_apart(&self) -> Option<i64> {
        None
    }

    /// Reads its own columns, which begin at `first`; `external_id` was read before.
    ///
    /// # Errors
    /// [`StoreError`] when a column holds what its type refuses.
    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError>;
}

macro_rules! statements {
    ($table:literal, $own:literal, $set:literal) => {
        statements!($table, $own, $own, $set);
    };
    ($table:literal, $own:literal, $selected:literal, $set:literal) => {
        statements!($table, $own, "CAST(0 AS BIGINT)", $selected, $set);
    };
    ($table:literal, $own:literal, $version_apart:literal, $selected:literal, $set:literal) => {
        const TABLE: &'static str = $table;
        const SELECT: &'static str = concat!(
            "SELECT id, external_id, demo, version, created_at_us, updated_at_us, deleted_at_us, ",
            $version_apart,
            ", (SELECT CAST(COALESCE(SUM(held.version), 0) AS BIGINT) FROM custom_value_cost held WHERE held.record_id = ",
            $table,
            ".id), ",
            $selected,
            " FROM ",
            $table
        );
        const INSERT: &'static str = concat!(
            "INSERT INTO ",
            $table,
            " (id, external_id, demo, version, created_at_us, updated_at_us, deleted_at_us, ",
            $own,
            ")"
        );
        const SAVE: &'static str = concat!(
            "UPDATE ",
            $table,
            " SET version = version + 1, updated_at_us = $3, external_id = $4, ",
            $set,
            " WHERE id = $1 AND version = $2 AND deleted_at_us IS NULL"
        );
    };
}

pub(super) use statements;

/// The ids of a field of several as their column holds them.
pub(super) fn joined<T>(ids: &[Id<T>]) -> String {
    ids.iter().map(Id::as_str).collect::<Vec<_>>().join(";")
}

/// The ids of a field of several, each with the field.
pub(super) fn linked<'a, T>(
    field: &'static str,
    ids: &'a [Id<T>],
) -> impl Iterator<Item = (&'static str, &'a str)> {
    ids.iter().map(move |id| (field, id.as_str()))
}

/// Reads such a column.
pub(super) fn several<T>(text: &str) -> Result<Vec<Id<T>>, IdError> {
    parts(text).map(Id::parse).collect()
}

/// Reads a word of a choice; the error names the word.
fn word<T>(parse: fn(&str) -> Option<T>) -> impl Fn(&str) -> Result<T, String> {
    move |text| parse(text).ok_or_else(|| format!("`{text}` is no word of this column"))
}

impl Stored for LineOfBusiness {
    statements!(
        "line_of_business",
        "name, name_sort, head_person_id",
        "name = $5, name_sort = $6, head_person_id = $7"
    );
    const BELONGS: Belongs = Belongs::ToNone;
    const NAME_COLUMN: Option<&'static str> = Some("name_sort");

    fn values(&self) -> Vec<Value> {
        params![&self.name, fold(&self.name), self.head_person_id.as_ref()]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self { external_id, name: row.text(first)?, head_person_id: row.id_or_null(first + 2)? })
    }
}

impl Stored for Team {
    statements!(
        "team",
        "name, name_sort, line_of_business_id, lead_person_id",
        "name = $5, name_sort = $6, line_of_business_id = $7, lead_person_id = $8"
    );
    const BELONGS: Belongs = Belongs::ToNone;
    const NAME_COLUMN: Option<&'static str> = Some("name_sort");

    fn values(&self) -> Vec<Value> {
        params![&self.name, fold(&self.name), self.line_of_business_id.as_ref(), self.lead_person_id.as_ref()]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            name: row.text(first)?,
            line_of_business_id: row.id_or_null(first + 2)?,
            lead_person_id: row.id_or_null(first + 3)?,
        })
    }
}

impl Stored for Product {
    statements!(
        "product",
        "name, name_sort, unit, product_manager_id, line_of_business_id",
        "name = $5, name_sort = $6, unit = $7, product_manager_id = $8, line_of_business_id = $9"
    );
    const BELONGS: Belongs = Belongs::ToNone;
    const NAME_COLUMN: Option<&'static str> = Some("name_sort");

    fn values(&self) -> Vec<Value> {
        params![
            &self.name,
            fold(&self.name),
            &self.unit,
            self.product_manager_id.as_ref(),
            self.line_of_business_id.as_ref(),
        ]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            name: row.text(first)?,
            unit: row.text(first + 2)?,
            product_manager_id: row.id_or_null(first + 3)?,
            line_of_business_id: row.id_or_null(first + 4)?,
        })
    }
}

impl Stored for Account {
    statements!(
        "account",
        "name, name_sort, tier, industry, time_zone, currency, annual_value_minor, parent_id, account_manager_id,
         negotiator_id, origin, country",
        "name = $5, name_sort = $6, tier = $7, industry = $8, time_zone = $9, currency = $10,
         annual_value_minor = $11, parent_id = $12, account_manager_id = $13, negotiator_id = $14, origin = $15, country = $16"
    );
    const BELONGS: Belongs = Belongs::IsAccount("account.id");
    const NAME_COLUMN: Option<&'static str> = Some("name_sort");

    fn values(&self) -> Vec<Value> {
        params![
            &self.name,
            fold(&self.name),
            self.tier.as_str(),
            &self.industry,
            &self.time_zone,
            self.currency.code(),
            self.annual_value_minor,
            self.parent_id.as_ref(),
            self.account_manager_id.as_ref(),
            self.negotiator_id.as_ref(),
            &self.origin,
            &self.country,
        ]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            name: row.text(first)?,
            tier: row.parsed(first + 2, word(Tier::parse))?,
            industry: row.text(first + 3)?,
            time_zone: row.text(first + 4)?,
            currency: row.parsed(first + 5, Currency::stored)?,
            annual_value_minor: row.int_or_null(first + 6)?,
            parent_id: row.id_or_null(first + 7)?,
            account_manager_id: row.id_or_null(first + 8)?,
            negotiator_id: row.id_or_null(first + 9)?,
            origin: row.text(first + 10)?,
            country: row.text(first + 11)?,
        })
    }
}

impl Stored for Person {
    statements!(
        "person",
        "side, account_id, name, name_sort, job_title, role, email, phone, team_id, authority, reports_to_id, left_on,
         successor_id",
        "side = $5, account_id = $6, name = $7, name_sort = $8, job_title = $9, role = $10, email = $11,
         phone = $12, team_id = $13, authority = $14, reports_to_id = $15, left_on = $16, successor_id = $17"
    );
    const BELONGS: Belongs = Belongs::ToAccountOrNone("person.account_id");
    const NAME_COLUMN: Option<&'static str> = Some("name_sort");

    fn values(&self) -> Vec<Value> {
        params![
            self.side.as_str(),
            self.account_id.as_ref(),
            &self.name,
            fold(&self.name),
            &self.job_title,
            self.role.as_str(),
            &self.email,
            &self.phone,
            self.team_id.as_ref(),
            &self.authority,
            self.reports_to_id.as_ref(),
            self.left_on,
            self.successor_id.as_ref(),
        ]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            side: row.parsed(first, word(Side::parse))?,
            account_id: row.id_or_null(first + 1)?,
            name: row.text(first + 2)?,
            job_title: row.text(first + 4)?,
            role: row.parsed(first + 5, word(PersonRole::parse))?,
            email: row.text(first + 6)?,
            phone: row.text(first + 7)?,
            team_id: row.id_or_null(first + 8)?,
            authority: row.text(first + 9)?,
            reports_to_id: row.id_or_null(first + 10)?,
            left_on: row.date_or_null(first + 11)?,
            successor_id: row.id_or_null(first + 12)?,
        })
    }
}

impl Stored for Contract {
    statements!(
        "contract",
        "account_id, kind, parent_id, title, title_sort, time_zone, currency, starts_on, ends_on, renews_on,
         notice_days, price_change_on, price_change_clause, renewal, renewal_months, renewal_clause, notice_clause,
         notice_on, notice_months",
        "account_id = $5, kind = $6, parent_id = $7, title = $8, title_sort = $9, time_zone = $10, currency = $11,
         starts_on = $12, ends_on = $13, renews_on = $14, notice_days = $15, price_change_on = $16,
         price_change_clause = $17, renewal = $18, renewal_months = $19, renewal_clause = $20, notice_clause = $21, notice_on = $22,
         notice_months = $23"
    );
    const BELONGS: Belongs = Belongs::ToAccount("contract.account_id");
    const NAME_COLUMN: Option<&'static str> = Some("title_sort");

    fn values(&self) -> Vec<Value> {
        params![
            &self.account_id,
            self.kind.as_str(),
            self.parent_id.as_ref(),
            &self.title,
            fold(&self.title),
            &self.time_zone,
            self.currency.code(),
            self.starts_on,
            self.ends_on,
            self.renews_on,
            self.notice.and_then(NoticePeriod::days),
            self.price_change_on,
            &self.price_change_clause,
            self.renewal.map(Renewal::as_str),
            self.renewal_months,
            &self.renewal_clause,
            &self.notice_clause,
            self.notice_deadline(),
            self.notice.and_then(NoticePeriod::months),
        ]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            account_id: row.id(first)?,
            kind: row.parsed(first + 1, word(ContractKind::parse))?,
            parent_id: row.id_or_null(first + 2)?,
            title: row.text(first + 3)?,
            time_zone: row.text(first + 5)?,
            currency: row.parsed(first + 6, Currency::stored)?,
            starts_on: row.date(first + 7)?,
            ends_on: row.date_or_null(first + 8)?,
            renews_on: row.date_or_null(first + 9)?,
            notice: NoticePeriod::stored(row.int_or_null(first + 10)?, row.int_or_null(first + 18)?),
            price_change_on: row.date_or_null(first + 11)?,
            price_change_clause: row.text(first + 12)?,
            renewal: row.parsed_or_null(first + 13, Renewal::parse)?,
            renewal_months: row.int_or_null(first + 14)?,
            renewal_clause: row.text(first + 15)?,
            notice_clause: row.text(first + 16)?,
        })
    }
}

impl Stored for ContractLine {
    statements!(
        "contract_line",
        "contract_id, product_id, annual_volume, price_per, unit_price_minor, list_price_minor",
        "COALESCE((SELECT apart.version FROM contract_line_cost apart WHERE apart.contract_line_id = contract_line.id), 0)",
        "contract_id, product_id, annual_volume, price_per, unit_price_minor, list_price_minor,
         (SELECT apart.unit_cost_minor FROM contract_line_cost apart WHERE apart.contract_line_id = contract_line.id),
         (SELECT whose.currency FROM contract whose WHERE whose.id = contract_line.contract_id)",
        "contract_id = $5, product_id = $6, annual_volume = $7, price_per = $8, unit_price_minor = $9,
         list_price_minor = $10"
    );
    const BELONGS: Belongs = Belongs::ToAccount(
        "(SELECT whose.account_id FROM contract whose WHERE whose.id = contract_line.contract_id)",
    );
    const NAME_COLUMN: Option<&'static str> = None;
    const APART: Option<Apart> = Some(Apart {
        insert: "INSERT INTO contract_line_cost (contract_line_id, unit_cost_minor, version, created_at_us, updated_at_us)",
        save: "INSERT INTO contract_line_cost (contract_line_id, unit_cost_minor, version, created_at_us, updated_at_us)
               VALUES ($1, $2, $3 + 1, $4, $4)
               ON CONFLICT (contract_line_id) DO UPDATE
               SET unit_cost_minor = excluded.unit_cost_minor, version = excluded.version, updated_at_us = excluded.updated_at_us
               WHERE contract_line_cost.version = $3",
    });

    fn values(&self) -> Vec<Value> {
        params![
            &self.contract_id,
            &self.product_id,
            self.annual_volume,
            self.price_per,
            self.unit_price_minor,
            self.list_price_minor,
        ]
    }

    fn number_apart(&self) -> Option<i64> {
        *self.unit_cost_minor.to_be_stored()
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            contract_id: row.id(first)?,
            product_id: row.id(first + 1)?,
            annual_volume: row.int(first + 2)?,
            price_per: row.int(first + 3)?,
            unit_price_minor: row.int(first + 4)?,
            list_price_minor: row.int_or_null(first + 5)?,
            unit_cost_minor: Labeled::new(Purpose::Cost, row.int_or_null(first + 6)?),
            currency: row.parsed(first + 7, Currency::stored)?,
        })
    }
}
