//! The demo's money as records: list prices, exchange rates, amendments, opportunities, what was invoiced by month.
//!
//! As `records`: every row with an id of its own, marked as demo, every reference resolved or an error that names the table.

use jiff::civil::Date;
use mandate_domain::book::{
    Actual, Amendment, AmendmentSubject, ExchangeRate, ListPrice, Opportunity, OpportunityKind,
    OpportunityStage, Saved,
};
use mandate_domain::money::Rate;
use mandate_domain::{Currency, Instant, Labeled, Purpose};
use mandate_store::{StoreError, WriteTx, book as store, boxed};

use super::book::{DemoBook, notice};
use super::commerce::{DemoActual, DemoListPrice, DemoRate};
use super::records::{Ids, currency, external_id, find, find_optional};
use super::relationship_records::{all, word};
use super::relative::{optional_date, relative_date};
use super::tables::{AmendmentRow, OpportunityRow, TableError, Tables};
use crate::ctx::Ctx;

/// Prices, rates, amendments, opportunities and actuals.
#[derive(Debug)]
pub(super) struct CommercialRecords {
    pub list_prices: Vec<Saved<ListPrice>>,
    pub rates: Vec<Saved<ExchangeRate>>,
    pub amendments: Vec<Saved<Amendment>>,
    pub opportunities: Vec<Saved<Opportunity>>,
    pub actuals: Vec<Saved<Actual>>,
}

impl CommercialRecords {
    /// The records of `book`.
    pub(super) fn new(ctx: &Ctx, book: &DemoBook, ids: &Ids) -> Result<Self, TableError> {
        let (tables, today) = (book.tables(), book.setting.today);
        let make = Make { ctx, tables, today, ids, now: ctx.now() };
        Ok(Self {
            list_prices: all(&book.commerce.list_prices, |price| make.list_price(price))?,
            rates: all(&book.commerce.rates, |rate| make.rate(rate))?,
            amendments: all(&tables.amendments, |row| make.amendment(row))?,
            opportunities: all(&tables.opportunities, |row| make.opportunity(row))?,
            actuals: all(&book.commerce.actuals, |actual| make.actual(actual))?,
        })
    }

    /// Stores them.
    #[boxed]
    pub(super) async fn store(&self, tx: &mut WriteTx) -> Result<(), StoreError> {
        store::insert_many(tx, &self.list_prices).await?;
        store::insert_many(tx, &self.rates).await?;
        store::insert_many(tx, &self.amendments).await?;
        store::insert_many(tx, &self.opportunities).await?;
        store::insert_many(tx, &self.actuals).await
    }
}

const LIST_PRICES: &str = "list_prices.csv";
const RATES: &str = "exchange_rates.csv";
const AMENDMENTS: &str = "amendments.csv";
const OPPORTUNITIES: &str = "opportunities.csv";
const ACTUALS: &str = "contract_lines.csv";
/// Nobody is to take these for rates of a bank.
const SOURCE_OF_RATES: &str = "made up for the demo";

struct Make<'a> {
    ctx: &'a Ctx,
    tables: &'a Tables,
    today: Date,
    ids: &'a Ids,
    now: Instant,
}

impl Make<'_> {
    fn saved<T>(&self, record: T) -> Saved<T> {
        Saved { demo: true, ..Saved::new(self.ctx.new_id(), record, self.now) }
    }

    fn currency_of(&self, table: &'static str, account: &str) -> Result<Currency, TableError> {
        let row = self.tables.accounts.iter().find(|row| row.key == account);
        currency(row.ok_or_else(|| TableError::cell(table, account, "account"))?)
    }

    fn list_price(&self, price: &DemoListPrice) -> Result<Saved<ListPrice>, TableError> {
        let key = format!("list-{}-{}-{}", price.product, price.currency.to_lowercase(), price.valid_from);
        Ok(self.saved(ListPrice {
            external_id: Some(external_id(&key)),
            product_id: find(&self.ids.products, LIST_PRICES, &price.product, "product")?,
            currency: parse_currency("product_prices.csv", &price.currency)?,
            price_per: price.price_per,
            price_minor: price.price_minor,
            valid_from: price.valid_from,
            note: price.note.clone(),
        }))
    }

    fn rate(&self, rate: &DemoRate) -> Result<Saved<ExchangeRate>, TableError> {
        let key = format!("rate-{}-{}-{}", rate.from, rate.to, rate.rate_on);
        let wrong = |_| TableError::cell(RATES, rate.rate_billionths.to_string(), "rate above zero");
        Ok(self.saved(ExchangeRate {
            external_id: Some(external_id(&key.to_lowercase())),
            from_currency: parse_currency(RATES, &rate.from)?,
            to_currency: parse_currency(RATES, &rate.to)?,
            rate_on: rate.rate_on,
            rate: Rate::from_billionths(rate.rate_billionths).map_err(wrong)?,
            source: SOURCE_OF_RATES.to_owned(),
        }))
    }

    fn amendment(&self, row: &AmendmentRow) -> Result<Saved<Amendment>, TableError> {
        let date = |cell: &str| optional_date(AMENDMENTS, cell, self.today);
        let effective_on = relative_date(AMENDMENTS, &row.effective_on, self.today)?;
        Ok(self.saved(Amendment {
            external_id: Some(external_id(&format!("amendment-{}", row.key))),
            contract_id: find(&self.ids.contracts, AMENDMENTS, &row.contract, "contract")?,
            number: row.number.clone(),
            title: row.title.clone(),
            subject: word(AMENDMENTS, &row.subject, AmendmentSubject::parse, "subject of an amendment")?,
            signed_on: date(&row.signed_on)?,
            effective_on,
            effective_until: date(&row.effective_until)?,
            ends_on: date(&row.ends_on)?,
            renews_on: date(&row.renews_on)?,
            notice: notice(row.notice_days, None),
            price_change_on: date(&row.price_change_on)?,
            summary: row.summary.clone(),
            applied: effective_on <= self.today,
        }))
    }

    fn opportunity(&self, row: &OpportunityRow) -> Result<Saved<Opportunity>, TableError> {
        let date = |cell: &str| optional_date(OPPORTUNITIES, cell, self.today);
        let person = |key: &str| find_optional(&self.ids.people, OPPORTUNITIES, key, "person");
        Ok(self.saved(Opportunity {
            external_id: Some(external_id(&format!("opportunity-{}", row.key))),
            account_id: find(&self.ids.accounts, OPPORTUNITIES, &row.account, "account")?,
            title: row.title.clone(),
            kind: word(OPPORTUNITIES, &row.kind, OpportunityKind::parse, "kind of opportunity")?,
            stage: word(OPPORTUNITIES, &row.stage, OpportunityStage::parse, "stage")?,
            product_id: find_optional(&self.ids.products, OPPORTUNITIES, &row.product, "product")?,
            currency: self.currency_of(OPPORTUNITIES, &row.account)?,
            annual_value_minor: row.annual_value_minor,
            probability: row.probability,
            expected_on: date(&row.expected_on)?,
            trusted_by_id: person(&row.trusted_by)?,
            owner_id: person(&row.owner)?,
            opened_on: relative_date(OPPORTUNITIES, &row.opened_on, self.today)?,
            closed_on: date(&row.closed_on)?,
            reason: row.reason.clone(),
        }))
    }

    fn actual(&self, actual: &DemoActual) -> Result<Saved<Actual>, TableError> {
        let key = format!("actual-{}-{}-{}", actual.account, actual.product, actual.month);
        Ok(self.saved(Actual {
            external_id: Some(external_id(&key)),
            account_id: find(&self.ids.accounts, ACTUALS, &actual.account, "account")?,
            product_id: find(&self.ids.products, ACTUALS, &actual.product, "product")?,
            month: actual.month,
            currency: self.currency_of(ACTUALS, &actual.account)?,
            revenue_minor: Some(actual.revenue_minor),
            volume: Some(actual.volume),
            cost_minor: Labeled::new(Purpose::Cost, Some(actual.cost_minor)),
        }))
    }
}

fn parse_currency(table: &'static str, word: &str) -> Result<Currency, TableError> {
    Currency::parse(word).map_err(|_| TableError::cell(table, word, "currency"))
}
