//! `/api/v1`: growth of the firm, of an account, of a product; which account has which product. Amounts are in minor units.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::book;
use mandate_app::book::growth::{
    HasProduct, InOne, Sums, Warning, account_growth, discount_bp, growth, product_growth,
};
use mandate_domain::Currency;
use mandate_domain::book::growth::{AccountMovement, Movement, shown};
use mandate_domain::book::{Turn, UsedRate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::firm::period_of;
use crate::access::Routes;
use crate::api::{ApiResult, Caller, ListParameters, Listing, Query, Reading, list};
use crate::failure::path_id;
use crate::state::Web;
use crate::worth::value_from;

/// The routes.
pub(in crate::book) fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadBook, routes!(of_firm))
        .api(Action::ReadBook, routes!(of_account))
        .api(Action::ReadBook, routes!(of_product))
        .api(Action::ReadBook, routes!(cross_sell))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PeriodParameter {
    /// `last_12` (as without it), `fiscal_year`, `year_before` or `quarter`.
    #[serde(default)]
    period: Option<String>,
}

/// An amount in a currency.
#[derive(Serialize, ToSchema)]
struct Amount {
    /// The currency.
    currency: String,
    /// In its minor units.
    minor: i64,
}

fn amount(currency: Currency, minor: i128) -> Amount {
    Amount { currency: currency.code().to_owned(), minor: shown(minor) }
}

/// A rate that was used.
#[derive(Serialize, ToSchema)]
struct RateUsed {
    /// The currency that one unit is of.
    from_currency: String,
    /// The currency it was worth so much of.
    to_currency: String,
    /// The day of the rate.
    rate_on: String,
    /// The rate, as published.
    rate: String,
    /// Who published it.
    source: String,
    /// Amounts were divided by it instead of multiplied.
    inverted: bool,
}

fn rates<'a>(used: impl IntoIterator<Item = &'a UsedRate>) -> Vec<RateUsed> {
    let one = |it: &UsedRate| RateUsed {
        from_currency: it.from_currency.code().to_owned(),
        to_currency: it.to_currency.code().to_owned(),
        rate_on: it.rate_on.to_string(),
        rate: it.rate.to_string(),
        source: it.source.clone(),
        inverted: it.inverted,
    };
    used.into_iter().map(one).collect()
}

/// A sum by currency, and all of it in the reporting currency.
#[derive(Serialize, ToSchema)]
struct Summed {
    /// By currency; never added across.
    by_currency: Vec<Amount>,
    /// In the reporting currency, as far as there are rates.
    in_one: Amount,
    /// What is not in it for want of a rate.
    left_out: Vec<Amount>,
    /// The rates it took.
    rates: Vec<RateUsed>,
}

fn left_out(sum: &InOne) -> Vec<Amount> {
    sum.left_out.iter().map(|(currency, minor)| amount(*currency, *minor)).collect()
}

fn summed(sums: &Sums, reporting: Currency) -> Summed {
    Summed {
        by_currency: sums.by_currency.iter().map(|(currency, minor)| amount(*currency, *minor)).collect(),
        in_one: amount(reporting, sums.in_one.minor),
        left_out: left_out(&sums.in_one),
        rates: rates(&sums.in_one.rates),
    }
}

/// Revenue moving from opening to closing, in minor units of the reporting currency.
#[derive(Serialize, ToSchema)]
struct Moved {
    /// What the clients of a year before paid.
    opening_minor: i64,
    /// What those who pay more pay more.
    expansion_minor: i64,
    /// What those who pay less, and still something, pay less.
    contraction_minor: i64,
    /// What those who pay nothing any more paid.
    churned_minor: i64,
    /// What others pay.
    new_minor: i64,
    /// What all pay now.
    closing_minor: i64,
    /// Net revenue retention, basis points; none without an opening.
    nrr_bp: Option<i64>,
    /// Gross revenue retention, basis points, at most 10,000; none without an opening.
    grr_bp: Option<i64>,
}

fn moved(it: Movement) -> Moved {
    Moved {
        opening_minor: shown(it.opening),
        expansion_minor: shown(it.expansion),
        contraction_minor: shown(it.contraction),
        churned_minor: shown(it.churned),
        new_minor: shown(it.new),
        closing_minor: shown(it.closing()),
        nrr_bp: it.nrr_bp(),
        grr_bp: it.grr_bp(),
    }
}

/// How an account, a product or a manager's accounts moved.
#[derive(Serialize, ToSchema)]
struct NamedMovement {
    /// The id; none for accounts that nobody answers for.
    id: Option<String>,
    /// The name.
    name: String,
    /// How it moved.
    #[serde(flatten)]
    moved: Moved,
    /// Months counted, of an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    n_counted: Option<usize>,
    /// Months left out because one year has no figures, of an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_stated: Option<Vec<String>>,
    /// Months left out for want of a rate, of an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    without_rate: Option<Vec<String>>,
}

fn named(id: Option<String>, name: &str, movement: Movement) -> NamedMovement {
    let moved = moved(movement);
    NamedMovement { id, name: name.to_owned(), moved, n_counted: None, not_stated: None, without_rate: None }
}

fn of_one(it: &AccountMovement, name: &str) -> NamedMovement {
    let months = |months: &[mandate_domain::Month]| Some(months.iter().map(ToString::to_string).collect());
    NamedMovement {
        n_counted: Some(it.n_counted),
        not_stated: months(&it.not_stated),
        without_rate: months(&it.without_rate),
        ..named(Some(it.account_id.to_string()), name, it.movement)
    }
}

/// How revenue moved in a period.
#[derive(Serialize, ToSchema)]
struct Retained {
    /// The first month.
    first_month: String,
    /// The last month.
    last_month: String,
    /// All together.
    total: NamedMovement,
    /// Account by account.
    accounts: Vec<NamedMovement>,
    /// Product by product.
    products: Vec<NamedMovement>,
    /// By who answers for the account.
    account_managers: Vec<NamedMovement>,
    /// What is in no sum for want of a rate, of both years.
    left_out: Vec<Amount>,
    /// The rates used.
    rates: Vec<RateUsed>,
}

/// Open opportunities of a stage in a currency.
#[derive(Serialize, ToSchema)]
struct StageSum {
    /// `idea`, `discussed` or `proposed`.
    stage: String,
    /// How many.
    n_opportunities: usize,
    /// What they would bring in a year.
    value: Amount,
    /// Likewise, each times its probability.
    weighted: Amount,
    /// Of these, without a value.
    n_without_value: usize,
    /// Of these, with a value and without a probability; in no weighted sum.
    n_without_probability: usize,
}

/// An account that may be lost within a year.
#[derive(Serialize, ToSchema)]
struct Risk {
    /// The account.
    account_id: String,
    /// Its name.
    account: String,
    /// The contract that comes up first.
    contract_id: String,
    /// When it renews, or where `ends` is true its last day.
    renews_on: Option<String>,
    /// It ends then and does not renew.
    ends: bool,
    /// The last day on which notice counts.
    notice_on: Option<String>,
    /// What the account is worth a year.
    annual_value: Option<Amount>,
    /// What says so: `stated`, or `contracts` for what its running contracts come to.
    annual_value_from: Option<&'static str>,
    /// Running contracts in other currencies, which it leaves out.
    n_elsewhere: i64,
    /// Why: `missed`, `no_talk`, `broken_promises`, `late_promises`, `late_expectations`, `single_thread`.
    warnings: Vec<Why>,
}

/// A warning.
#[derive(Serialize, ToSchema)]
struct Why {
    /// Its word.
    warning: &'static str,
    /// How many, or for `no_talk` how many days; none where nothing is counted.
    count: Option<i64>,
}

fn why(warning: &Warning) -> Why {
    let (warning, count) = match *warning {
        Warning::Missed => ("missed", None),
        Warning::NoTalk(days) => ("no_talk", days),
        Warning::Broken(n) => ("broken_promises", Some(n)),
        Warning::LatePromises(n) => ("late_promises", Some(n)),
        Warning::LateExpectations(n) => ("late_expectations", Some(n)),
        Warning::SingleThread => ("single_thread", None),
    };
    Why { warning, count }
}

/// Growth of all accounts that the caller may see.
#[derive(Serialize, ToSchema)]
struct FirmGrowth {
    /// The currency of sums over several.
    reporting_currency: String,
    /// How revenue moved; none before any was stated.
    retention: Option<Retained>,
    /// Open opportunities.
    pipeline: Vec<StageSum>,
    /// All their values.
    pipeline_value: Amount,
    /// All their weighted values.
    pipeline_weighted: Amount,
    /// What is not in these two for want of a rate.
    pipeline_left_out: Vec<Amount>,
    /// Accounts at risk.
    at_risk: Vec<Risk>,
    /// What they are worth a year.
    value_at_risk: Summed,
}

/// Net and gross revenue retention with the rows behind, open opportunities, revenue at risk; over the accounts that one may see.
#[utoipa::path(get, path = "/growth", tag = "book", operation_id = "growth", params(PeriodParameter),
    responses((status = 200, description = "The figures", body = FirmGrowth), Reading))]
async fn of_firm(caller: Caller, State(web): State<Web>, Query(asked): Query<PeriodParameter>) -> ApiResult {
    let kind = period_of(asked.period.as_deref().unwrap_or_default())?;
    let found = growth(web.ctx(), &caller.actor, kind).await?;
    let (names, reporting) = (&found.names, found.names.reporting);
    let retention = found.retention.as_ref().map(|it| Retained {
        first_month: it.period.first.to_string(),
        last_month: it.period.last.to_string(),
        total: named(None, "", it.total),
        accounts: it.accounts.iter().map(|one| of_one(one, names.account(&one.account_id))).collect(),
        products: it
            .products
            .iter()
            .map(|(id, movement)| named(Some(id.to_string()), names.product(id), *movement))
            .collect(),
        account_managers: found
            .managers
            .iter()
            .map(|one| {
                let (id, name) = one.manager.clone().map(|(id, name)| (id.to_string(), name)).unzip();
                named(id, &name.unwrap_or_default(), one.movement)
            })
            .collect(),
        left_out: it.left_out.iter().map(|money| amount(money.currency, i128::from(money.minor))).collect(),
        rates: rates(&it.rates),
    });
    let pipeline = found.pipeline.lines.iter().map(|((stage, currency), line)| StageSum {
        stage: stage.as_str().to_owned(),
        n_opportunities: line.n,
        value: amount(*currency, line.value),
        weighted: amount(*currency, line.weighted),
        n_without_value: line.n_without_value,
        n_without_probability: line.n_without_probability,
    });
    let at_risk = found.at_risk.iter().map(|it| Risk {
        account_id: it.account_id.to_string(),
        account: names.account(&it.account_id).to_owned(),
        contract_id: it.contract.id.to_string(),
        renews_on: it.contract.turn.map(|turn| turn.day().to_string()),
        ends: it.contract.turn.is_some_and(Turn::is_end),
        notice_on: it.contract.notice_on.map(|day| day.to_string()),
        annual_value: it.worth.value.map(|money| amount(money.currency, i128::from(money.minor))),
        annual_value_from: value_from(&it.worth),
        n_elsewhere: it.worth.n_elsewhere,
        warnings: it.warnings.iter().map(why).collect(),
    });
    let answer = FirmGrowth {
        reporting_currency: reporting.code().to_owned(),
        retention,
        pipeline: pipeline.collect(),
        pipeline_value: amount(reporting, found.pipeline.value.minor),
        pipeline_weighted: amount(reporting, found.pipeline.weighted.minor),
        pipeline_left_out: left_out(&found.pipeline.value),
        at_risk: at_risk.collect(),
        value_at_risk: summed(&found.value_at_risk, reporting),
    };
    Ok(Json(answer).into_response())
}

/// What an account paid for a product in a month.
#[derive(Serialize, ToSchema)]
struct AccountMonth {
    /// The month.
    month: String,
    /// The product.
    product_id: String,
    /// Its name.
    product: String,
    /// What was invoiced, where it is stated.
    revenue: Option<Amount>,
    /// Units, where they are stated.
    volume: Option<i64>,
}

/// An account with those below it.
#[derive(Serialize, ToSchema)]
struct WithParts {
    /// Accounts below it that the caller may see.
    n_below: usize,
    /// Its own stated value a year.
    own_value: Summed,
    /// With those below.
    value: Summed,
    /// Its own revenue of the last twelve whole months.
    own_revenue: Summed,
    /// With those below.
    revenue: Summed,
}

/// A product that an account has.
#[derive(Serialize, ToSchema)]
struct ProductOfAccount {
    /// Its id.
    product_id: String,
    /// A line of a contract that runs names it.
    under_contract: bool,
    /// There is revenue of it within the last twelve months.
    paid_for: bool,
}

impl From<&HasProduct> for ProductOfAccount {
    fn from(it: &HasProduct) -> Self {
        let (under_contract, paid_for) = (it.under_contract, it.paid_for);
        Self { product_id: it.product_id.to_string(), under_contract, paid_for }
    }
}

/// Growth of one account.
#[derive(Serialize, ToSchema)]
struct OneAccount {
    /// How its last twelve months moved; none before any revenue was stated.
    movement: Option<NamedMovement>,
    /// By month and product, the newest first.
    months: Vec<AccountMonth>,
    /// Products it has.
    has: Vec<ProductOfAccount>,
    /// Products it never paid for and that stand in no contract that runs.
    never_had: Vec<String>,
    /// Why it is at risk, where it is.
    warnings: Vec<Why>,
    /// With the accounts below it, where there are any.
    roll_up: Option<WithParts>,
}

/// One account's revenue by month and product, how it moved, what it never had, what endangers it.
#[utoipa::path(get, path = "/accounts/{id}/growth", tag = "book", operation_id = "account_growth",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 200, description = "The figures", body = OneAccount), Reading))]
async fn of_account(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let found = account_growth(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    let reporting = found.names.reporting;
    let one = found.retention.as_ref().and_then(|it| it.accounts.first());
    let months = found.rows.iter().map(|row| AccountMonth {
        month: row.month.to_string(),
        product_id: row.product_id.to_string(),
        product: found.names.product(&row.product_id).to_owned(),
        revenue: row.revenue.map(|money| amount(money.currency, i128::from(money.minor))),
        volume: row.volume,
    });
    let answer = OneAccount {
        movement: one.map(|it| of_one(it, &found.account.name)),
        months: months.collect(),
        has: found.has.iter().map(ProductOfAccount::from).collect(),
        never_had: found.never_had.iter().map(|(id, _)| id.to_string()).collect(),
        warnings: found.at_risk.iter().flat_map(|it| it.warnings.iter().map(why)).collect(),
        roll_up: found.roll_up.as_ref().map(|it| WithParts {
            n_below: it.n_below,
            own_value: summed(&it.own_value, reporting),
            value: summed(&it.value, reporting),
            own_revenue: summed(&it.own_revenue, reporting),
            revenue: summed(&it.revenue, reporting),
        }),
    };
    Ok(Json(answer).into_response())
}

/// A product's month in one currency.
#[derive(Serialize, ToSchema)]
struct ProductMonth {
    /// The month.
    month: String,
    /// The currency of its amounts.
    currency: String,
    /// What was invoiced.
    revenue_minor: Option<i64>,
    /// Units.
    volume: Option<i64>,
    /// Revenue by unit.
    average_price_minor: Option<i64>,
    /// What it cost; only for who may see costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_minor: Option<i64>,
    /// What is left after costs; only for who may see costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    margin_minor: Option<i64>,
}

/// What a contract charges beside the list.
#[derive(Serialize, ToSchema)]
struct Priced {
    /// The contract.
    contract_id: String,
    /// Whose.
    account_id: String,
    /// Since when it runs.
    starts_on: String,
    /// The price, for `price_per` units.
    price: Amount,
    /// For so many units.
    price_per: i64,
    /// The newest list price in that currency, for `list_price_per` units.
    list_price: Option<Amount>,
    /// For so many units.
    list_price_per: Option<i64>,
    /// Since when it is listed.
    listed_since: Option<String>,
    /// What the contract gives off, basis points; below zero where it charges more.
    discount_bp: Option<i64>,
}

/// Growth of one product.
#[derive(Serialize, ToSchema)]
struct OneProduct {
    /// By month and currency, the newest first.
    months: Vec<ProductMonth>,
    /// What running contracts charge.
    prices: Vec<Priced>,
}

/// One product's figures by month over the accounts that one may see, and what contracts charge beside the list.
#[utoipa::path(get, path = "/products/{id}/growth", tag = "book", operation_id = "product_growth",
    params(("id" = String, Path, description = "The product's id")),
    responses((status = 200, description = "The figures", body = OneProduct), Reading))]
async fn of_product(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let found = product_growth(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    let months = found.months.iter().map(|line| ProductMonth {
        month: line.month.to_string(),
        currency: line.currency.code().to_owned(),
        revenue_minor: line.revenue.map(shown),
        volume: line.volume.map(shown),
        average_price_minor: line.average_minor().map(shown),
        cost_minor: line.cost.map(shown),
        margin_minor: line.margin().map(shown),
    });
    let prices = found.prices.iter().map(|it| Priced {
        contract_id: it.contract_id.to_string(),
        account_id: it.account_id.to_string(),
        starts_on: it.starts_on.to_string(),
        price: amount(it.price.currency, i128::from(it.price.minor)),
        price_per: it.price_per,
        list_price: it.listed.map(|(price, ..)| amount(price.currency, i128::from(price.minor))),
        list_price_per: it.listed.map(|(_, per, _)| per),
        listed_since: it.listed.map(|(.., since)| since.to_string()),
        discount_bp: discount_bp(it),
    });
    Ok(Json(OneProduct { months: months.collect(), prices: prices.collect() }).into_response())
}

/// Every account beside every product: it `has` it, has an `open` opportunity, `had` it, or `never` did.
#[utoipa::path(get, path = "/cross-sell", tag = "book", operation_id = "list_cross_sell",
    params(ListParameters), responses((status = 200, description = "One page", body = Listing), Reading))]
async fn cross_sell(
    caller: Caller,
    State(web): State<Web>,
    Query(parameters): Query<ListParameters>,
) -> ApiResult {
    list(&web, &caller, Action::ReadBook, &book::cross_sell(web.ctx()), &parameters).await
}
