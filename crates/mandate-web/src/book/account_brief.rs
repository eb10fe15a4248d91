//! What to know first of an account: as a card of its first page, and as `GET /api/v1/accounts/{id}/brief`.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use jiff::civil::Date;
use mandate_app::Action;
use mandate_app::book::account_brief::{BriefPoint, ContractTitle, Several, Urgency, account_brief};
use mandate_app::book::invoiced::Invoiced;
use mandate_app::book::revenue_trend::RevenueTrend;
use mandate_app::book::{AccountPage, account_page};
use mandate_domain::book::Kind;
use minijinja::{Value, context};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::kinds::{home, href};
use crate::access::Routes;
use crate::account::AccountFrame;
use crate::api::{ApiResult, Caller, Reading};
use crate::failure::{Failure, path_id};
use crate::frame::Visit;
use crate::state::Web;

/// The route of the API.
pub(super) fn api_routes() -> Routes {
    Routes::new().api(Action::ReadBook, routes!(show))
}

/// The card of the account's first page: its lines, most urgent first. None for whoever may not read the book.
pub(crate) async fn card(web: &Web, visit: &Visit, frame: &AccountFrame) -> Result<Option<Value>, Failure> {
    if !visit.may(Action::ReadBook) {
        return Ok(None);
    }
    let brief = account_brief(web.ctx(), &visit.actor, &frame.record).await?;
    let lines: Vec<Value> = brief.points.iter().map(|point| line(visit, frame, (point, brief.on))).collect();
    Ok(Some(Value::from(lines)))
}

const fn status(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Risk => "risk",
        Urgency::Watch => "watch",
        Urgency::Info => "unknown",
    }
}

fn line(visit: &Visit, frame: &AccountFrame, (point, today): (&BriefPoint, Date)) -> Value {
    let status = status(point.urgency(today));
    let (title, text) = words(visit, point, today);
    context! {
        status => status, status_text => visit.t(&format!("account-brief-{status}")), title => title, text => text,
        href => link(visit, frame, point),
    }
}

fn said(visit: &Visit, id: &str, arguments: &[(&'static str, &str)]) -> String {
    visit.tr(&format!("account-brief-{id}"), arguments)
}

/// The sentence, and what there is to say beside it.
fn words(visit: &Visit, point: &BriefPoint, today: Date) -> (String, Option<String>) {
    let day = |day: Date| visit.date(day);
    let several = |it: &Several| {
        let rest = it.n - 1;
        let text = said(visit, "first", &[("first", &it.first), ("rest", &rest.to_string())]);
        (said(visit, kind(point), &[("count", &it.n.to_string())]), Some(text))
    };
    let both = |arguments: &[(&'static str, &str)]| {
        (said(visit, kind(point), arguments), Some(said(visit, &format!("{}-why", kind(point)), arguments)))
    };
    match point {
        BriefPoint::Overdue(it)
        | BriefPoint::FallsShort(it)
        | BriefPoint::NotPromised(it)
        | BriefPoint::NoOwner(it)
        | BriefPoint::NoClause(it)
        | BriefPoint::Opportunities(it) => several(it),
        BriefPoint::NoticePassed { contract, notice_on, renews_on }
        | BriefPoint::Notice { contract, notice_on, renews_on } => {
            both(&[("title", &contract.title), ("notice", &day(*notice_on)), ("day", &day(*renews_on))])
        }
        BriefPoint::Renews { contract, renews_on } => {
            both(&[("title", &contract.title), ("day", &day(*renews_on))])
        }
        BriefPoint::Ends { contract, ends_on, is_renewable } => {
            let arguments = [("title", contract.title.as_str()), ("day", &day(*ends_on))];
            let text = if *is_renewable {
                said(visit, "ends-renewable", &arguments)
            } else {
                said(visit, "ends-why", &arguments)
            };
            (said(visit, "ends", &arguments), Some(text))
        }
        BriefPoint::NoVolume { n, contract } => {
            both(&[("count", &n.to_string()), ("title", &contract.title)])
        }
        BriefPoint::PriceTalks { contract, begin_on, price_change_on } => {
            price_talks(visit, contract, (*begin_on, *price_change_on), today)
        }
        BriefPoint::Contested { n, kpi_name, month, .. } => {
            both(&[("count", &n.to_string()), ("measure", kpi_name), ("month", &visit.month(*month))])
        }
        BriefPoint::Revenue(trend) => revenue(visit, trend),
        BriefPoint::Invoiced(it) => {
            let (now, of_contracts) = (visit.money(it.invoiced), visit.money(it.contracted));
            both(&[("months", &visit.months(it.first, it.last)), ("now", &now), ("contracts", &of_contracts)])
        }
        BriefPoint::SingleThreads(n) | BriefPoint::LostThreads(n) => both(&[("count", &n.to_string())]),
        BriefPoint::Unknown { n, of } => both(&[("count", &n.to_string()), ("of", &of.to_string())]),
        BriefPoint::Quiet(on) | BriefPoint::NoReview(on) => both(&[("day", &visit.formats.full_date(*on))]),
        BriefPoint::NothingRecorded => both(&[]),
        BriefPoint::HandedOver { from, to, on, n_open, .. } => {
            let to = if to.is_empty() { visit.t("nobody-yet") } else { to.clone() };
            let is_ahead = today < *on;
            let arguments = [
                ("from", from.as_str()),
                ("to", &to),
                ("day", &visit.formats.full_date(*on)),
                ("count", &n_open.to_string()),
            ];
            let title = if is_ahead {
                said(visit, "handed-over-ahead", &arguments)
            } else {
                said(visit, "handed-over", &arguments)
            };
            (title, Some(said(visit, "handed-over-why", &arguments)))
        }
    }
}

fn price_talks(
    visit: &Visit,
    contract: &ContractTitle,
    (begin_on, price_change_on): (Date, Date),
    today: Date,
) -> (String, Option<String>) {
    let arguments = [
        ("title", contract.title.as_str()),
        ("begin", &visit.date(begin_on)),
        ("day", &visit.date(price_change_on)),
    ];
    let title = if begin_on < today {
        said(visit, "price-talks-late", &arguments)
    } else {
        said(visit, "price-talks", &arguments)
    };
    (title, Some(said(visit, "price-talks-why", &arguments)))
}

fn revenue(visit: &Visit, trend: &RevenueTrend) -> (String, Option<String>) {
    let change = trend.change_bps();
    let arguments = [
        ("months", visit.months(trend.first, trend.last)),
        ("change", visit.formats.percent(change.abs())),
        ("now", visit.money(trend.now)),
        ("before", visit.money(trend.before)),
    ];
    let arguments = arguments.each_ref().map(|(name, value)| (*name, value.as_str()));
    let title = if change < 0 {
        said(visit, "revenue-fell", &arguments)
    } else {
        said(visit, "revenue-rose", &arguments)
    };
    (title, Some(said(visit, "revenue-why", &arguments)))
}

/// Where the rows behind a sentence stand.
fn link(visit: &Visit, frame: &AccountFrame, point: &BriefPoint) -> String {
    let path = frame.path();
    let with = |flag: &str| format!("{path}/promises?f={flag}&op=is&v=1");
    match point {
        BriefPoint::Overdue(_) => with("overdue"),
        BriefPoint::FallsShort(_) => with("perceived_worse"),
        BriefPoint::NotPromised(_) => with("not_promised"),
        BriefPoint::NoOwner(_) => with("no_owner"),
        BriefPoint::NoClause(_) => with("no_clause"),
        BriefPoint::NoticePassed { contract, .. }
        | BriefPoint::Notice { contract, .. }
        | BriefPoint::Renews { contract, .. }
        | BriefPoint::Ends { contract, .. }
        | BriefPoint::PriceTalks { contract, .. } => href(Kind::Contract, contract.id.as_str()),
        BriefPoint::SingleThreads(_) | BriefPoint::Unknown { .. } | BriefPoint::LostThreads(_) => {
            format!("{path}/people")
        }
        BriefPoint::Contested { kpi_id, .. } => format!("{path}/measures/{kpi_id}"),
        BriefPoint::Revenue(_) => format!("{path}/growth"),
        BriefPoint::NoVolume { .. } | BriefPoint::Invoiced(_) => format!("{path}/contracts"),
        BriefPoint::HandedOver { id, .. } => format!("/handovers/{id}"),
        BriefPoint::NothingRecorded if visit.may(Action::WriteBook) => {
            format!("/communications/new?account={}", frame.id)
        }
        BriefPoint::Quiet(_) | BriefPoint::NoReview(_) | BriefPoint::NothingRecorded => {
            format!("{path}/timeline")
        }
        BriefPoint::Opportunities(_) => format!(
            "{}?f=account_id&op=is&v={}&f=stage&op=is&v=idea&v=discussed&v=proposed",
            home(Kind::Opportunity).path,
            frame.id
        ),
    }
}

/// The name of a point in messages; in the API with `_`.
const fn kind(point: &BriefPoint) -> &'static str {
    match point {
        BriefPoint::Overdue(_) => "overdue",
        BriefPoint::FallsShort(_) => "falls-short",
        BriefPoint::NoticePassed { .. } => "notice-passed",
        BriefPoint::Notice { .. } => "notice",
        BriefPoint::Renews { .. } => "renews",
        BriefPoint::Ends { .. } => "ends",
        BriefPoint::PriceTalks { .. } => "price-talks",
        BriefPoint::NoVolume { .. } => "no-volume",
        BriefPoint::Contested { .. } => "contested",
        BriefPoint::Revenue(_) => "revenue",
        BriefPoint::Invoiced(_) => "invoiced",
        BriefPoint::NotPromised(_) => "not-promised",
        BriefPoint::NoOwner(_) => "no-owner",
        BriefPoint::NoClause(_) => "no-clause",
        BriefPoint::SingleThreads(_) => "single-threads",
        BriefPoint::Unknown { .. } => "unknown-people",
        BriefPoint::LostThreads(_) => "lost-threads",
        BriefPoint::Quiet(_) => "quiet",
        BriefPoint::HandedOver { .. } => "handed-over",
        BriefPoint::NoReview(_) => "no-review",
        BriefPoint::NothingRecorded => "nothing-recorded",
        BriefPoint::Opportunities(_) => "opportunities",
    }
}

/// One thing to know of an account; what its kind does not have is left out.
#[derive(Debug, Default, Serialize, ToSchema)]
struct PointView {
    /// `overdue`, `falls_short`, `lost_threads`, `price_talks`, `notice_passed`, `notice`, `renews`, `ends`, `contested`, `revenue`, `invoiced`, `not_promised`, `no_owner`, `no_clause`,
    /// `unknown_people`, `single_threads`, `handed_over`, `quiet`, `no_review`, `nothing_recorded`, `no_volume` or `opportunities`.
    kind: String,
    /// `risk`, `watch` or `info`.
    urgency: &'static str,
    /// How many: promises, expectations, people, opportunities, contested results, contract lines, or open matters of a handover.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<i64>,
    /// Of how many people.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<i64>,
    /// The title of the first of them, of the contract (of lines: of the first one's), or the measure of the result contested longest.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// The contract, the handover or the measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The last day of notice, the day talks should begin, of the last talk or review, or from which on it is handed over; the month of a
    /// contested result; the first month of revenue.
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<String>,
    /// When the contract renews, its last day, or when its price may change; the last month of revenue.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// From whom it is handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// Revenue of those months, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    revenue_minor: Option<i64>,
    /// Revenue of the same months a year before, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    revenue_before_minor: Option<i64>,
    /// What the contracts come to in so many months, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    contracts_minor: Option<i64>,
    /// The currency of both.
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
}

/// What to know first of an account.
#[derive(Debug, Serialize, ToSchema)]
struct AccountBriefView {
    /// The day it is told of: today in the account's zone.
    on: String,
    /// Most urgent first; empty where nothing asks for anything.
    points: Vec<PointView>,
}

fn of_contract(contract: &ContractTitle, on: Date, until: Date) -> PointView {
    PointView {
        title: Some(contract.title.clone()),
        id: Some(contract.id.to_string()),
        on: Some(on.to_string()),
        until: Some(until.to_string()),
        ..PointView::default()
    }
}

fn invoiced_view(it: &Invoiced) -> PointView {
    PointView {
        on: Some(it.first.to_string()),
        until: Some(it.last.to_string()),
        revenue_minor: Some(it.invoiced.minor),
        contracts_minor: Some(it.contracted.minor),
        currency: Some(it.invoiced.currency.to_string()),
        ..PointView::default()
    }
}

fn view(point: &BriefPoint, today: Date) -> PointView {
    let urgency = match point.urgency(today) {
        Urgency::Risk => "risk",
        Urgency::Watch => "watch",
        Urgency::Info => "info",
    };
    let own = match point {
        BriefPoint::Overdue(it)
        | BriefPoint::FallsShort(it)
        | BriefPoint::NotPromised(it)
        | BriefPoint::NoOwner(it)
        | BriefPoint::NoClause(it)
        | BriefPoint::Opportunities(it) => {
            PointView { count: Some(it.n), title: Some(it.first.clone()), ..PointView::default() }
        }
        BriefPoint::NoticePassed { contract, notice_on, renews_on }
        | BriefPoint::Notice { contract, notice_on, renews_on } => {
            of_contract(contract, *notice_on, *renews_on)
        }
        BriefPoint::Renews { contract, renews_on: until }
        | BriefPoint::Ends { contract, ends_on: until, .. } => PointView {
            title: Some(contract.title.clone()),
            id: Some(contract.id.to_string()),
            until: Some(until.to_string()),
            ..PointView::default()
        },
        BriefPoint::PriceTalks { contract, begin_on, price_change_on } => {
            of_contract(contract, *begin_on, *price_change_on)
        }
        BriefPoint::NoVolume { n, contract } => PointView {
            count: i64::try_from(*n).ok(),
            title: Some(contract.title.clone()),
            id: Some(contract.id.to_string()),
            ..PointView::default()
        },
        BriefPoint::SingleThreads(n) | BriefPoint::LostThreads(n) => {
            PointView { count: Some(*n), ..PointView::default() }
        }
        BriefPoint::Unknown { n, of } => PointView { count: Some(*n), of: Some(*of), ..PointView::default() },
        BriefPoint::Quiet(on) | BriefPoint::NoReview(on) => {
            PointView { on: Some(on.to_string()), ..PointView::default() }
        }
        BriefPoint::NothingRecorded => PointView::default(),
        BriefPoint::Contested { n, kpi_id, kpi_name, month } => PointView {
            count: i64::try_from(*n).ok(),
            title: Some(kpi_name.clone()),
            id: Some(kpi_id.clone()),
            on: Some(month.to_string()),
            ..PointView::default()
        },
        BriefPoint::Invoiced(it) => invoiced_view(it),
        BriefPoint::Revenue(trend) => PointView {
            on: Some(trend.first.to_string()),
            until: Some(trend.last.to_string()),
            revenue_minor: Some(trend.now.minor),
            revenue_before_minor: Some(trend.before.minor),
            currency: Some(trend.now.currency.to_string()),
            ..PointView::default()
        },
        BriefPoint::HandedOver { id, from, to, on, n_open } => PointView {
            count: Some(*n_open),
            id: Some(id.to_string()),
            on: Some(on.to_string()),
            from: Some(from.clone()),
            to: Some(to.clone()).filter(|to| !to.is_empty()),
            ..PointView::default()
        },
    };
    PointView { kind: kind(point).replace('-', "_"), urgency, ..own }
}

/// What to know first of an account, most urgent first: what is late, what the client misses, what ends, who is known by one only.
#[utoipa::path(get, path = "/accounts/{id}/brief", tag = "book", operation_id = "show_account_brief",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 200, description = "The brief", body = AccountBriefView), Reading))]
async fn show(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let page: AccountPage = account_page(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    let brief = account_brief(web.ctx(), &caller.actor, &page).await?;
    let points = brief.points.iter().map(|point| view(point, brief.on)).collect();
    Ok(Json(AccountBriefView { on: brief.on.to_string(), points }).into_response())
}
