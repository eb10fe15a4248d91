//! My day: the first page everyone sees, and its twin in the API.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_app::Action;
use mandate_app::book;
use mandate_app::home::{DateKind, DayLine, Due, LineAccount, Need, my_day};
use mandate_app::listing::ListQuery;
use mandate_domain::Id;
use mandate_domain::book::{Contract, Kind, Turn};
use minijinja::{Value, context};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::access::{Access, Routes};
use crate::api::{ApiResult, Caller, Reading};
use crate::facts::recorded_by;
use crate::failure::{Failure, PageResult};
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::worth::{value_from, worth_note, worth_text};

/// Our first page; a client's people are led to their portal from here.
const START: Access = Access::NeedsOneOf(&[Action::ReadBook, Action::ReadPortal]);

/// The room's pages.
pub fn routes() -> Routes {
    Routes::new().get("/", START, show)
}

async fn show(State(web): State<Web>, visit: Visit) -> PageResult {
    let day = my_day(web.ctx(), &visit.actor, visit.today).await?;
    let n_late = day.lines.iter().filter(|line| line.due.is_some_and(|due| due < visit.today)).count();
    let lead = match (day.lines.len(), n_late) {
        (0, _) => visit.t("my-day-nothing"),
        (n, 0) => visit.tr("my-day-lead", &[("count", &n.to_string())]),
        (n, late) => visit.tr("my-day-lead-late", &[("count", &n.to_string()), ("late", &late.to_string())]),
    };
    let lines: Vec<Value> = day.lines.iter().map(|line| line_view(&visit, line)).collect();
    let dates: Vec<Value> = day
        .dates
        .iter()
        .take(12)
        .map(|date| {
            context! {
                account => date.account.name.clone(), title => date.title.clone(), on => visit.date(date.on),
                what => visit.t(date_text_id(date.what)), href => format!("/contracts/{}", date.contract_id),
                value => worth_text(&visit, &date.account.worth),
            }
        })
        .collect();
    let first =
        if day.lines.is_empty() && day.dates.is_empty() { first_step(&web, &visit).await? } else { None };
    let own = context! {
        first => first,
        lead => lead, lines => lines, dates => dates, n_dates => day.dates.len(),
        weekday => format!("{} {}", visit.formats.weekday(visit.today), visit.date(visit.today)),
    };
    visit.render(Page::new(visit.t("nav-my-day"), "nav-my-day").help("my-day"), "home/my_day.html", own)
}

/// What to do first where the reader sees no account at all: what is said, and what of it they may do.
async fn first_step(web: &Web, visit: &Visit) -> Result<Option<Value>, Failure> {
    let def = book::list(web.ctx(), &visit.actor, Kind::Account);
    let query = ListQuery { limit: 1, ..ListQuery::default() };
    let found =
        mandate_app::lists::show_list(web.ctx(), &visit.actor, Action::ReadBook, &def, &query).await?;
    if !found.rows.is_empty() {
        return Ok(None);
    }
    let sees_all = visit.actor.sees_everything();
    let (may_import, may_add) = (visit.may(Action::Import), visit.may(Action::WriteBook));
    let text = match (sees_all, may_import, may_add) {
        (false, ..) if visit.actor.person_id().is_none() => "my-day-first-nobody",
        (false, ..) => "my-day-first-none-of-yours",
        (true, true, true) => "my-day-first-both",
        (true, true, false) => "my-day-first-import",
        (true, false, true) => "my-day-first-add",
        (true, false, false) => "my-day-first-ask",
    };
    let title = if sees_all { "my-day-first-title" } else { "my-day-first-title-yours" };
    Ok(Some(context! {
        title => visit.t(title), text => visit.t(text),
        may_import => sees_all && may_import, may_add => sees_all && may_add,
    }))
}

const fn date_text_id(kind: DateKind) -> &'static str {
    match kind {
        DateKind::Notice => "my-day-date-notice",
        DateKind::PriceTalks => "my-day-date-talks",
        DateKind::PriceChange => "my-day-date-price",
        DateKind::Renewal => "my-day-date-renewal",
        DateKind::End => "my-day-date-end",
    }
}

fn due_view(visit: &Visit, due: Option<Date>) -> (String, Option<&'static str>, &'static str) {
    let Some(due) = due else { return (String::new(), None, "later") };
    let in_days = (due - visit.today).get_days();
    let day = if in_days.abs() < 7 {
        format!("{} {}", visit.formats.weekday(due), visit.date(due))
    } else {
        visit.date(due)
    };
    if due < visit.today {
        (visit.tr("my-day-late-since", &[("day", &day)]), Some("risk"), "risk")
    } else if due == visit.today {
        (visit.t("my-day-today"), Some("watch"), "watch")
    } else {
        (visit.tr("my-day-by", &[("day", &day)]), None, "later")
    }
}

struct Words {
    title: String,
    reason: String,
    href: String,
    action: &'static str,
}

fn line_view(visit: &Visit, line: &DayLine) -> Value {
    let account = line.account.as_ref();
    let account_href = account.map(|account| format!("/accounts/{}", account.id)).unwrap_or_default();
    let words = words(visit, &line.need, account.map_or("", |account| &account.name), &account_href);
    let (due, tone, status) = due_view(visit, line.due);
    let mut meta: Vec<Value> = vec![];
    if let Some(account) = account {
        let worth = &account.worth;
        let value = worth.value.map(|value| visit.tr("my-day-a-year", &[("value", &visit.money(value))]));
        let value = match (value, worth_note(visit, worth)) {
            (Some(value), Some(note)) => Some(format!("{value} ({note})")),
            (value, _) => value,
        };
        meta.push(Value::from(match value {
            Some(value) => format!("{} · {value}", account.name),
            None => account.name.clone(),
        }));
    }
    context! {
        status => status, status_text => visit.t(&format!("my-day-status-{status}")), title => words.title,
        href => words.href.clone(), reason => words.reason, meta => meta, due => due, due_tone => tone,
        action => context! { text => visit.t(words.action), href => words.href },
    }
}

fn notice_reason(visit: &Visit, turn: Turn) -> String {
    let id = if turn.is_end() { "my-day-notice-why-ends" } else { "my-day-notice-why" };
    visit.tr(id, &[("day", &visit.date(turn.day()))])
}

fn of_contract(
    visit: &Visit,
    told: &str,
    (id, title, account): (&Id<Contract>, &str, &str),
    reason: String,
) -> Words {
    Words {
        title: visit.tr(told, &[("title", title), ("account", account)]),
        reason,
        href: format!("/contracts/{id}"),
        action: "my-day-contract-do",
    }
}

fn deliver_words(
    visit: &Visit,
    what: Due,
    (id, title): (&str, &str),
    (person, account): (Option<&str>, &str),
) -> Words {
    let (kind, [told, why, why_nobody, action]) = match what {
        Due::Promise => (
            Kind::Promise,
            ["my-day-promise", "my-day-promise-why", "my-day-promise-why-nobody", "my-day-promise-do"],
        ),
        Due::Expectation => (
            Kind::Expectation,
            [
                "my-day-expectation",
                "my-day-expectation-why",
                "my-day-expectation-why-nobody",
                "my-day-expectation-do",
            ],
        ),
    };
    Words {
        title: visit.tr(told, &[("title", title), ("account", account)]),
        reason: person.map_or_else(|| visit.t(why_nobody), |person| visit.tr(why, &[("who", person)])),
        href: crate::book::kinds::href(kind, id),
        action,
    }
}

fn words(visit: &Visit, need: &Need, account: &str, account_href: &str) -> Words {
    match need {
        Need::AnswerContested { kpi_id, kpi_name, month, client_person } => {
            let who = client_person.clone().unwrap_or_else(|| account.to_owned());
            let month = visit.month(*month);
            Words {
                title: visit.tr("my-day-contested", &[("who", &who), ("month", &month)]),
                reason: visit.tr("my-day-contested-why", &[("who", &who), ("kpi", kpi_name)]),
                href: format!("{account_href}/measures/{kpi_id}"),
                action: "my-day-contested-do",
            }
        }
        Need::DecideExclusion { proposed_by, .. } => {
            let who = recorded_by(visit, proposed_by).unwrap_or_else(|| proposed_by.clone());
            Words {
                title: visit.tr("my-day-exclusion", &[("account", account)]),
                reason: visit.tr("my-day-exclusion-why", &[("who", &who)]),
                href: format!("{account_href}/exclusions"),
                action: "my-day-exclusion-do",
            }
        }
        Need::DecideCredit { month, amount, .. } => {
            let amount = amount.map(|amount| visit.formats.money(amount)).unwrap_or_default();
            Words {
                title: visit.tr("my-day-credit", &[("amount", &amount), ("account", account)]),
                reason: visit.tr("my-day-credit-why", &[("month", month)]),
                href: format!("{account_href}/credits"),
                action: "my-day-credit-do",
            }
        }
        Need::MindNotice { id, title, turn } => {
            of_contract(visit, "my-day-notice", (id, title, account), notice_reason(visit, *turn))
        }
        Need::MindEnd { id, title, ends_on } => {
            let reason = visit.tr("my-day-end-why", &[("day", &visit.date(*ends_on))]);
            of_contract(visit, "my-day-end", (id, title, account), reason)
        }
        Need::StartPriceTalks { id, title, price_change_on } => {
            let day = visit.date(*price_change_on);
            let reason = visit.tr("my-day-talks-why", &[("title", title), ("day", &day)]);
            of_contract(visit, "my-day-talks", (id, title, account), reason)
        }
        Need::Deliver { what, id, title, person } => {
            deliver_words(visit, *what, (id, title), (person.as_deref(), account))
        }
        Need::ExplainMissed { month, first_month, clock_bp, goal_bp, n_cases, assumed } => {
            let (share, goal) = (visit.formats.percent(*clock_bp), visit.formats.percent(*goal_bp));
            let id = if *assumed { "my-day-missed-why-assumed" } else { "my-day-missed-why" };
            let month = visit.months(*first_month, *month);
            Words {
                title: visit.tr("my-day-missed", &[("account", account), ("month", &month)]),
                reason: visit.tr(id, &[("share", &share), ("goal", &goal), ("count", &n_cases.to_string())]),
                href: account_href.to_owned(),
                action: "my-day-missed-do",
            }
        }
        Need::TakeThrough { n_measures } => Words {
            title: visit.tr("my-day-untold", &[("account", account), ("count", &n_measures.to_string())]),
            reason: visit.t("my-day-untold-why"),
            href: format!("{account_href}/measures"),
            action: "my-day-untold-do",
        },
        Need::StateServiceLevels { source_name, n_levels, .. } => Words {
            title: visit.tr("my-day-assumed", &[("source", source_name)]),
            reason: visit.tr("my-day-assumed-why", &[("count", &n_levels.to_string())]),
            href: "/facts/service-levels".to_owned(),
            action: "my-day-assumed-do",
        },
    }
}

/// The room's API routes.
pub fn api_routes() -> Routes {
    Routes::new().api(Action::ReadBook, routes!(day))
}

/// A person's day.
#[derive(Serialize, ToSchema)]
struct Day {
    /// The day, in their zone.
    #[schema(example = "2026-11-21")]
    today: String,
    /// What needs them, most urgent first.
    lines: Vec<Line>,
    /// Contract dates of the next twelve months, soonest first.
    dates: Vec<DateLine>,
}

/// What needs a person.
#[derive(Serialize, ToSchema)]
struct Line {
    /// What it asks for.
    #[serde(flatten)]
    need: LineNeed,
    /// Whose it is.
    account: Option<AccountOfLine>,
    /// By when, if there is a date.
    due_on: Option<String>,
}

/// What a line asks for.
#[derive(Serialize, ToSchema)]
#[serde(tag = "need", rename_all = "snake_case")]
enum LineNeed {
    /// Answer a client who contests a result.
    AnswerContested { measure_id: String, measure: String, month: String, client_person: Option<String> },
    /// Answer an exclusion that was proposed.
    DecideExclusion { exclusion_id: String, proposed_by: String },
    /// Decide a service credit that was proposed.
    DecideCredit { credit_id: String, month: String, credit_minor: Option<i64>, currency: Option<String> },
    /// Decide whether to give notice before a contract renews.
    MindNotice { contract_id: String, title: String, renews_on: String, ends: bool },
    /// Settle what follows a contract that ends.
    MindEnd { contract_id: String, title: String, ends_on: String },
    /// Start talks about a price that may change.
    StartPriceTalks { contract_id: String, title: String, price_change_on: String },
    /// See why an account missed its service level in these months.
    ExplainMissed {
        first_month: String,
        month: String,
        clock_bp: i64,
        goal_bp: i64,
        n_cases: i64,
        assumed: bool,
    },
    /// Keep a promise; `person` delivers it.
    KeepPromise { promise_id: String, title: String, person: Option<String> },
    /// Answer an expectation that nobody promised; `person` has it.
    AnswerExpectation { expectation_id: String, title: String, person: Option<String> },
    /// Take the client through measures that nobody showed them.
    TakeThrough { n_measures: i64 },
    /// State the service levels that an import assumed.
    StateServiceLevels { source_id: String, source: String, n_levels: i64 },
}

impl From<&Need> for LineNeed {
    fn from(need: &Need) -> Self {
        match need.clone() {
            Need::AnswerContested { kpi_id, kpi_name, month, client_person } => Self::AnswerContested {
                measure_id: kpi_id,
                measure: kpi_name,
                month: month.to_string(),
                client_person,
            },
            Need::DecideExclusion { id, proposed_by } => {
                Self::DecideExclusion { exclusion_id: id, proposed_by }
            }
            Need::DecideCredit { id, month, amount } => Self::DecideCredit {
                credit_id: id,
                month,
                credit_minor: amount.map(|amount| amount.minor),
                currency: amount.map(|amount| amount.currency.to_string()),
            },
            Need::MindNotice { id, title, turn } => Self::MindNotice {
                contract_id: id.to_string(),
                title,
                renews_on: turn.day().to_string(),
                ends: turn.is_end(),
            },
            Need::MindEnd { id, title, ends_on } => {
                Self::MindEnd { contract_id: id.to_string(), title, ends_on: ends_on.to_string() }
            }
            Need::StartPriceTalks { id, title, price_change_on } => Self::StartPriceTalks {
                contract_id: id.to_string(),
                title,
                price_change_on: price_change_on.to_string(),
            },
            Need::ExplainMissed { month, first_month, clock_bp, goal_bp, n_cases, assumed } => {
                let (first_month, month) = (first_month.to_string(), month.to_string());
                Self::ExplainMissed { first_month, month, clock_bp, goal_bp, n_cases, assumed }
            }
            Need::Deliver { what: Due::Promise, id, title, person } => {
                Self::KeepPromise { promise_id: id, title, person }
            }
            Need::Deliver { what: Due::Expectation, id, title, person } => {
                Self::AnswerExpectation { expectation_id: id, title, person }
            }
            Need::TakeThrough { n_measures } => Self::TakeThrough { n_measures },
            Need::StateServiceLevels { source_id, source_name, n_levels } => {
                Self::StateServiceLevels { source_id, source: source_name, n_levels }
            }
        }
    }
}

/// The account a line is about.
#[derive(Serialize, ToSchema)]
struct AccountOfLine {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// What it pays in a year, in minor units.
    annual_value_minor: Option<i64>,
    /// What says so: `stated`, or `contracts` for what its running contracts come to.
    annual_value_from: Option<&'static str>,
    /// Running contracts in other currencies, which it leaves out.
    n_elsewhere: i64,
    /// The currency of that.
    currency: Option<String>,
}

impl From<&LineAccount> for AccountOfLine {
    fn from(account: &LineAccount) -> Self {
        Self {
            id: account.id.to_string(),
            name: account.name.clone(),
            annual_value_minor: account.worth.value.map(|value| value.minor),
            annual_value_from: value_from(&account.worth),
            n_elsewhere: account.worth.n_elsewhere,
            currency: account.worth.value.map(|value| value.currency.to_string()),
        }
    }
}

/// A date ahead of a contract.
#[derive(Serialize, ToSchema)]
struct DateLine {
    /// The day.
    on: String,
    /// What happens then: `notice`, `price_talks`, `price_change`, `renewal` or `end`.
    what: &'static str,
    /// The contract.
    contract_id: String,
    /// Its title.
    title: String,
    /// Whose it is.
    account: AccountOfLine,
}

const fn date_word(kind: DateKind) -> &'static str {
    match kind {
        DateKind::Notice => "notice",
        DateKind::PriceTalks => "price_talks",
        DateKind::PriceChange => "price_change",
        DateKind::Renewal => "renewal",
        DateKind::End => "end",
    }
}

/// What needs the caller today, and the contract dates ahead of them.
#[utoipa::path(get, path = "/my-day", tag = "home", operation_id = "my_day",
    responses((status = 200, description = "The day", body = Day), Reading))]
async fn day(caller: Caller, State(web): State<Web>) -> ApiResult {
    let zone = TimeZone::get(&caller.user.time_zone).unwrap_or(TimeZone::UTC);
    let today = web.ctx().now().date_in(&zone);
    let found = my_day(web.ctx(), &caller.actor, today).await?;
    let lines = found.lines.iter().map(|line| Line {
        need: (&line.need).into(),
        account: line.account.as_ref().map(AccountOfLine::from),
        due_on: line.due.map(|day| day.to_string()),
    });
    let dates = found.dates.iter().map(|date| DateLine {
        on: date.on.to_string(),
        what: date_word(date.what),
        contract_id: date.contract_id.to_string(),
        title: date.title.clone(),
        account: (&date.account).into(),
    });
    let day = Day { today: today.to_string(), lines: lines.collect(), dates: dates.collect() };
    Ok(Json(day).into_response())
}
