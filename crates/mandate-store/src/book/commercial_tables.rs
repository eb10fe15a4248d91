//! What the tables of list prices, exchange rates, amendments, opportunities, actuals look like.
//!
//! As `tables`, whose macro and trait they use; apart only because a file has its limit.

use mandate_domain::book::{
    Actual, Amendment, AmendmentSubject, ExchangeRate, ListPrice, NoticePeriod, Opportunity, OpportunityKind,
    OpportunityStage,
};
use mandate_domain::money::Currency;
use mandate_domain::text::fold;
use mandate_domain::{Labeled, Purpose};

use super::tables::{Apart, Belongs, Stored, statements};
use crate::db::{Row, StoreError, Value};
use crate::params;

impl Stored for ListPrice {
    statements!(
        "list_price",
        "product_id, currency, price_per, price_minor, valid_from, note",
        "product_id = $5, currency = $6, price_per = $7, price_minor = $8, valid_from = $9, note = $10"
    );
    const BELONGS: Belongs = Belongs::ToNone;
    const NAME_COLUMN: Option<&'static str> = None;

    fn values(&self) -> Vec<Value> {
        params![
            &self.product_id,
            self.currency.code(),
            self.price_per,
            self.price_minor,
            self.valid_from,
            &self.note
        ]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            product_id: row.id(first)?,
            currency: row.parsed(first + 1, Currency::stored)?,
            price_per: row.int(first + 2)?,
            price_minor: row.int(first + 3)?,
            valid_from: row.date(first + 4)?,
            note: row.text(first + 5)?,
        })
    }
}

impl Stored for ExchangeRate {
    statements!(
        "exchange_rate",
        "from_currency, to_currency, rate_on, rate_billionths, source",
        "from_currency = $5, to_currency = $6, rate_on = $7, rate_billionths = $8, source = $9"
    );
    const BELONGS: Belongs = Belongs::ToNone;
    const NAME_COLUMN: Option<&'static str> = None;

    fn values(&self) -> Vec<Value> {
        params![
            self.from_currency.code(),
            self.to_currency.code(),
            self.rate_on,
            self.rate.billionths(),
            &self.source
        ]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            from_currency: row.parsed(first, Currency::stored)?,
            to_currency: row.parsed(first + 1, Currency::stored)?,
            rate_on: row.date(first + 2)?,
            rate: row.rate(first + 3)?,
            source: row.text(first + 4)?,
        })
    }
}

impl Stored for Amendment {
    statements!(
        "amendment",
        "contract_id, number, title, title_sort, subject, signed_on, effective_on, effective_until,
         ends_on, renews_on, notice_days, price_change_on, summary, applied, notice_months",
        "contract_id = $5, number = $6, title = $7, title_sort = $8, subject = $9, signed_on = $10,
         effective_on = $11, effective_until = $12, ends_on = $13, renews_on = $14, notice_days = $15,
         price_change_on = $16, summary = $17, applied = $18, notice_months = $19"
    );
    const BELONGS: Belongs = Belongs::ToAccount(
        "(SELECT whose.account_id FROM contract whose WHERE whose.id = amendment.contract_id)",
    );
    const NAME_COLUMN: Option<&'static str> = Some("title_sort");

    fn values(&self) -> Vec<Value> {
        params![
            &self.contract_id,
            &self.number,
            &self.title,
            fold(&self.title),
            self.subject.as_str(),
            self.signed_on,
            self.effective_on,
            self.effective_until,
            self.ends_on,
            self.renews_on,
            self.notice.and_then(NoticePeriod::days),
            self.price_change_on,
            &self.summary,
            self.applied,
            self.notice.and_then(NoticePeriod::months),
        ]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            contract_id: row.id(first)?,
            number: row.text(first + 1)?,
            title: row.text(first + 2)?,
            subject: row.parsed(first + 4, AmendmentSubject::parse)?,
            signed_on: row.date_or_null(first + 5)?,
            effective_on: row.date(first + 6)?,
            effective_until: row.date_or_null(first + 7)?,
            ends_on: row.date_or_null(first + 8)?,
            renews_on: row.date_or_null(first + 9)?,
            notice: NoticePeriod::stored(row.int_or_null(first + 10)?, row.int_or_null(first + 14)?),
            price_change_on: row.date_or_null(first + 11)?,
            summary: row.text(first + 12)?,
            applied: row.flag(first + 13)?,
        })
    }
}

impl Stored for Opportunity {
    statements!(
        "opportunity",
        "account_id, title, title_sort, kind, stage, product_id, currency, annual_value_minor,
         probability, expected_on, trusted_by_id, owner_id, opened_on, closed_on, reason",
        "account_id = $5, title = $6, title_sort = $7, kind = $8, stage = $9, product_id = $10,
         currency = $11, annual_value_minor = $12, probability = $13, expected_on = $14,
         trusted_by_id = $15, owner_id = $16, opened_on = $17, closed_on = $18, reason = $19"
    );
    const BELONGS: Belongs = Belongs::ToAccount("opportunity.account_id");
    const NAME_COLUMN: Option<&'static str> = Some("title_sort");

    fn values(&self) -> Vec<Value> {
        params![
            &self.account_id,
            &self.title,
            fold(&self.title),
            self.kind.as_str(),
            self.stage.as_str(),
            self.product_id.as_ref(),
            self.currency.code(),
            self.annual_value_minor,
            self.probability,
            self.expected_on,
            self.trusted_by_id.as_ref(),
            self.owner_id.as_ref(),
            self.opened_on,
            self.closed_on,
            &self.reason
        ]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            account_id: row.id(first)?,
            title: row.text(first + 1)?,
            kind: row.parsed(first + 3, OpportunityKind::parse)?,
            stage: row.parsed(first + 4, OpportunityStage::parse)?,
            product_id: row.id_or_null(first + 5)?,
            currency: row.parsed(first + 6, Currency::stored)?,
            annual_value_minor: row.int_or_null(first + 7)?,
            probability: row.int_or_null(first + 8)?,
            expected_on: row.date_or_null(first + 9)?,
            trusted_by_id: row.id_or_null(first + 10)?,
            owner_id: row.id_or_null(first + 11)?,
            opened_on: row.date(first + 12)?,
            closed_on: row.date_or_null(first + 13)?,
            reason: row.text(first + 14)?,
        })
    }
}

impl Stored for Actual {
    statements!(
        "actual",
        "account_id, product_id, month, currency, revenue_minor, volume",
        "COALESCE((SELECT apart.version FROM actual_cost apart WHERE apart.actual_id = actual.id), 0)",
        "account_id, product_id, month, currency, revenue_minor, volume,
         (SELECT apart.cost_minor FROM actual_cost apart WHERE apart.actual_id = actual.id)",
        "account_id = $5, product_id = $6, month = $7, currency = $8, revenue_minor = $9, volume = $10"
    );
    const BELONGS: Belongs = Belongs::ToAccount("actual.account_id");
    const NAME_COLUMN: Option<&'static str> = None;
    const APART: Option<Apart> = Some(Apart {
        insert: "INSERT INTO actual_cost (actual_id, cost_minor, version, created_at_us, updated_at_us)",
        save: "INSERT INTO actual_cost (actual_id, cost_minor, version, created_at_us, updated_at_us)
               VALUES ($1, $2, $3 + 1, $4, $4)
               ON CONFLICT (actual_id) DO UPDATE
               SET cost_minor = excluded.cost_minor, version = excluded.version, updated_at_us = excluded.updated_at_us
               WHERE actual_cost.version = $3",
    });

    fn values(&self) -> Vec<Value> {
        params![
            &self.account_id,
            &self.product_id,
            self.month,
            self.currency.code(),
            self.revenue_minor,
            self.volume
        ]
    }

    fn number_apart(&self) -> Option<i64> {
        *self.cost_minor.to_be_stored()
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            account_id: row.id(first)?,
            product_id: row.id(first + 1)?,
            month: row.month(first + 2)?,
            currency: row.parsed(first + 3, Currency::stored)?,
            revenue_minor: row.int_or_null(first + 4)?,
            volume: row.int_or_null(first + 5)?,
            cost_minor: Labeled::new(Purpose::Cost, row.int_or_null(first + 6)?),
        })
    }
}
