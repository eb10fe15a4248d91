//! Fit on pages and in the API: the managers of an account factor by factor, what everybody carries, and moves that are tried out.
//!
//! Moves stand in the address (`to:ACCOUNT=MANAGER`), so that a colleague sees the same; nothing is written until a handover is planned.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::book::fit::{
    Carries, Expected, Fit, FitOverview, FitStatement, Move, account_fit, fit_overview,
};
use mandate_domain::Money;
use mandate_domain::book::{Kind, Load, WantedTopic};
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::kinds::{choice_text_id, href};
use crate::access::Routes;
use crate::account;
use crate::api::{ApiResult, Body, Caller, Making, Reading};
use crate::failure::{PageResult, path_id};
use crate::frame::{Page, Visit};
use crate::state::Web;

/// Accounts that a page offers to move; the API takes any.
const MOST_ACCOUNTS: usize = 200;
/// What begins the name of a move's field.
const TO: &str = "to:";

/// The pages.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/fit", Action::ReadBook, overview)
        .get("/accounts/{id}/fit", Action::ReadBook, of_account)
        .merge(super::fit_files::routes())
}

/// The moves that an address tries out: manager by account.
pub(super) fn moves_of(given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    given.iter().filter_map(|(name, to)| Some((name.strip_prefix(TO)?.to_owned(), to.clone()))).collect()
}

/// Where the files of a page are, for who may take them; what is tried out stays in the address.
fn files(visit: &Visit, path: &str) -> Option<Value> {
    let query = visit.uri.query().filter(|query| !query.is_empty());
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let href = |ending: &str| format!("{path}.{ending}{query}");
    visit.may(Action::Export).then(|| context! { csv => href("csv"), xlsx => href("xlsx") })
}

/// The operations.
pub(super) fn api_routes() -> Routes {
    Routes::new().api(Action::ReadBook, routes!(get_fit)).api(Action::ReadBook, routes!(try_moves))
}

/// "2 accounts, 5 open matters, €1.2m a year; 1 without a stated value".
fn load_words(visit: &Visit, load: &Load) -> String {
    let value: Vec<String> = load
        .value
        .iter()
        .map(|(currency, minor)| {
            visit.money(Money::new(i64::try_from(*minor).unwrap_or(i64::MAX), *currency))
        })
        .collect();
    let told = [
        ("accounts", load.n_accounts.to_string()),
        ("open", load.n_open.to_string()),
        ("value", if value.is_empty() { visit.t("not-stated") } else { value.join(" + ") }),
        ("unstated", load.n_without_value.to_string()),
    ];
    let told: Vec<(&'static str, &str)> = told.iter().map(|(key, text)| (*key, text.as_str())).collect();
    visit.tr("fit-load", &told)
}

fn topics_words(visit: &Visit, load: &Load) -> String {
    let (had, wanted) = (load.n_had.to_string(), load.n_wanted.to_string());
    visit.tr("fit-topics", &[("had", &had), ("wanted", &wanted)])
}

fn expected_words(visit: &Visit, it: Expected) -> String {
    if it == Expected::default() {
        return visit.t("fit-expected-none");
    }
    let told = [
        ("met", it.met.to_string()),
        ("settled", (it.met + it.missed).to_string()),
        ("open", it.open.to_string()),
        ("short", it.falls_short.to_string()),
    ];
    let told: Vec<(&'static str, &str)> = told.iter().map(|(key, text)| (*key, text.as_str())).collect();
    visit.tr("fit-expected", &told)
}

fn level(visit: &Visit, level: Option<i64>) -> String {
    level.map_or_else(
        || visit.t("fit-not-known"),
        |level| visit.tr("fit-level", &[("level", &level.to_string())]),
    )
}

fn topic(visit: &Visit, it: &WantedTopic) -> Value {
    context! {
        topic => it.topic.topic.clone(), area => visit.t(&choice_text_id("area", it.topic.area.as_str())),
        level => level(visit, it.level), tone => if it.level.is_some() { "good" } else { "watch" },
    }
}

fn statement(visit: &Visit, it: &FitStatement) -> Value {
    let (value, day) = (it.compatibility.to_string(), visit.date(it.stated_on));
    context! {
        text => visit.tr("fit-said", &[("name", &it.said_by), ("value", &value), ("day", &day)]),
        words => it.words.clone(), href => href(Kind::Acquaintance, &it.acquaintance_id),
    }
}

fn others_words(visit: &Visit, others: Option<(usize, i64)>) -> Option<String> {
    let (accounts, open) = others?;
    Some(visit.tr("fit-others", &[("accounts", &accounts.to_string()), ("open", &open.to_string())]))
}

async fn of_account(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let frame = account::load(&web, &visit, &id).await?;
    let found = account_fit(web.ctx(), &visit.actor, &frame.id).await?;
    let n_wanted = found.first().map_or(0, |fit| fit.expertise.len()).to_string();
    let fits: Vec<Value> = found
        .iter()
        .map(|fit| {
            context! {
                name => fit.name.clone(), href => href(Kind::Person, fit.manager.as_str()), is_manager => fit.is_manager,
                topics => fit.expertise.iter().map(|it| topic(&visit, it)).collect::<Vec<_>>(),
                load => load_words(&visit, &fit.load), others => others_words(&visit, fit.others),
                here => expected_words(&visit, fit.expected_here), everywhere => expected_words(&visit, fit.expected),
                statements => fit.statements.iter().map(|it| statement(&visit, it)).collect::<Vec<_>>(),
                try_href => (!fit.is_manager).then(|| format!("/fit?{TO}{}={}", frame.id, fit.manager)),
            }
        })
        .collect();
    let own = context! {
        account => frame.view(&visit, "fit"), fits => fits, files => files(&visit, &format!("/accounts/{id}/fit")),
        lead => visit.tr("fit-account-lead", &[("count", &found.len().to_string()), ("wanted", &n_wanted)]),
    };
    visit.render(frame.page(&visit, "fit").help("fit"), "book/account_fit.html", own)
}

async fn overview(
    State(web): State<Web>,
    visit: Visit,
    Query(given): Query<BTreeMap<String, String>>,
) -> PageResult {
    let moves = moves_of(&given);
    let found = fit_overview(web.ctx(), &visit.actor, &moves).await?;
    let managers: Vec<Value> = found.managers.iter().map(|it| carries(&visit, it)).collect();
    let options: Vec<Value> = found
        .managers
        .iter()
        .map(|it| context! { value => it.manager.to_string(), text => it.name.clone() })
        .collect();
    let accounts: Vec<Value> = found
        .accounts
        .iter()
        .take(MOST_ACCOUNTS)
        .map(|account| {
            let manager = account.manager_id.as_ref();
            let name = manager
                .and_then(|id| found.managers.iter().find(|it| it.manager == *id))
                .map(|it| it.name.clone());
            context! {
                field => format!("{TO}{}", account.id), name => account.name.clone(),
                href => format!("{}/fit", href(Kind::Account, account.id.as_str())),
                manager => name.unwrap_or_else(|| visit.t("nobody-yet")),
                to => moves.get(account.id.as_str()).cloned().unwrap_or_default(),
            }
        })
        .collect();
    let n_shown = accounts.len();
    let own = context! {
        title => visit.t("nav-fit"), files => files(&visit, "/fit"), managers => managers, options => options, accounts => accounts,
        lead => visit.tr("fit-lead", &[("managers", &found.managers.len().to_string()), ("accounts", &found.accounts.len().to_string())]),
        moves => found.moves.iter().map(|it| move_view(&visit, it)).collect::<Vec<_>>(), handovers => handovers(&visit, &found),
        more => (n_shown < found.accounts.len()).then(|| visit.tr("fit-more", &[("shown", &n_shown.to_string()), ("count", &found.accounts.len().to_string())])),
    };
    visit.render(Page::new(visit.t("nav-fit"), "nav-fit").help("fit"), "book/fit.html", own)
}

fn carries(visit: &Visit, it: &Carries) -> Value {
    let (badly, so_so, well) = it.said;
    let said = [("badly", badly.to_string()), ("soso", so_so.to_string()), ("well", well.to_string())];
    let said: Vec<(&'static str, &str)> = said.iter().map(|(key, text)| (*key, text.as_str())).collect();
    context! {
        name => it.name.clone(), href => href(Kind::Person, it.manager.as_str()),
        accounts_href => format!("/portfolio?f=account_manager_id&op=is&v={}", it.manager),
        load => load_words(visit, &it.load), topics => topics_words(visit, &it.load),
        expected => expected_words(visit, it.expected),
        expected_href => format!("/expectations?f=manager_id&op=is&v={}", it.manager),
        said => visit.tr("fit-said-sum", &said),
        after => it.after.as_ref().map(|after| load_words(visit, after)),
        after_topics => it.after.as_ref().map(|after| topics_words(visit, after)),
    }
}

fn move_view(visit: &Visit, it: &Move) -> Value {
    let from = it.from.as_ref().map_or_else(|| visit.t("nobody-yet"), |(_, name)| name.clone());
    let topics: Vec<Value> = it
        .expertise
        .iter()
        .map(|(wanted, after)| {
            context! {
                topic => wanted.topic.topic.clone(), before => level(visit, wanted.level), after => level(visit, *after),
                tone => match (wanted.level, after) { (Some(_), None) => "risk", (None, None) => "watch", _ => "good" },
            }
        })
        .collect();
    context! {
        title => visit.tr("fit-move", &[("account", &it.account.name), ("from", &from), ("to", &it.to.1)]),
        href => format!("{}/people", href(Kind::Account, it.account.id.as_str())), topics => topics,
        statements => it.statements.iter().map(|it| statement(visit, it)).collect::<Vec<_>>(),
    }
}

/// A handover for each manager whose accounts move: a link with what was tried out.
fn handovers(visit: &Visit, found: &FitOverview) -> Vec<Value> {
    if !visit.may(Action::WriteBook) {
        return vec![];
    }
    let mut by_manager: BTreeMap<&str, (&str, Vec<String>)> = BTreeMap::new();
    for it in &found.moves {
        if let Some((from, name)) = &it.from {
            let (_, fields) = by_manager.entry(from.as_str()).or_insert((name.as_str(), vec![]));
            fields.push(format!("{TO}{}={}", it.account.id, it.to.0));
        }
    }
    let view = |(from, (name, fields)): (&str, (&str, Vec<String>))| {
        context! {
            text => visit.tr("fit-plan", &[("name", name), ("count", &fields.len().to_string())]),
            href => format!("/handovers/new?from={from}&kind=reorganisation&{}", fields.join("&")),
        }
    };
    by_manager.into_iter().map(view).collect()
}

/// A topic an account wants.
#[derive(Serialize, ToSchema)]
struct FitTopic {
    /// `process`, `industry` or `technology`.
    area: &'static str,
    topic: String,
    /// How well the manager knows it, 1 to 4; null: not.
    level: Option<i64>,
}

/// What somebody carries, of the accounts the caller sees.
#[derive(Serialize, ToSchema)]
struct FitLoad {
    n_accounts: usize,
    /// Open promises, expectations and opportunities.
    n_open: i64,
    /// What the accounts pay in a year, by currency, in minor units.
    #[schema(value_type = Object)]
    value_minor: serde_json::Value,
    n_without_value: usize,
    /// Topics the accounts want, and how many of them the manager knows.
    n_wanted: usize,
    n_had: usize,
}

fn load_view(load: &Load) -> FitLoad {
    let value: serde_json::Map<String, serde_json::Value> = load
        .value
        .iter()
        .map(|(currency, minor)| {
            (currency.code().to_owned(), i64::try_from(*minor).unwrap_or(i64::MAX).into())
        })
        .collect();
    FitLoad {
        n_accounts: load.n_accounts,
        n_open: load.n_open,
        value_minor: value.into(),
        n_without_value: load.n_without_value,
        n_wanted: load.n_wanted,
        n_had: load.n_had,
    }
}

/// Expectations of a manager, by how they stand.
#[derive(Serialize, ToSchema)]
struct FitExpected {
    open: usize,
    met: usize,
    missed: usize,
    /// As the client sees it.
    falls_short: usize,
}

impl From<Expected> for FitExpected {
    fn from(it: Expected) -> Self {
        Self { open: it.open, met: it.met, missed: it.missed, falls_short: it.falls_short }
    }
}

/// What a client's person says of a manager.
#[derive(Serialize, ToSchema)]
struct FitSaid {
    acquaintance_id: String,
    said_by: String,
    /// 1 badly, 5 very well.
    compatibility: i64,
    words: String,
    stated_on: String,
}

fn said_view(it: &FitStatement) -> FitSaid {
    FitSaid {
        acquaintance_id: it.acquaintance_id.clone(),
        said_by: it.said_by.clone(),
        compatibility: it.compatibility,
        words: it.words.clone(),
        stated_on: it.stated_on.to_string(),
    }
}

/// How one manager fits an account, factor by factor.
#[derive(Serialize, ToSchema)]
struct FitView {
    person_id: String,
    name: String,
    is_manager: bool,
    expertise: Vec<FitTopic>,
    load: FitLoad,
    expected_here: FitExpected,
    expected: FitExpected,
    said: Vec<FitSaid>,
}

fn fit_view(it: &Fit) -> FitView {
    let topic = |it: &WantedTopic| FitTopic {
        area: it.topic.area.as_str(),
        topic: it.topic.topic.clone(),
        level: it.level,
    };
    FitView {
        person_id: it.manager.to_string(),
        name: it.name.clone(),
        is_manager: it.is_manager,
        expertise: it.expertise.iter().map(topic).collect(),
        load: load_view(&it.load),
        expected_here: it.expected_here.into(),
        expected: it.expected.into(),
        said: it.statements.iter().map(said_view).collect(),
    }
}

/// How each manager fits an account: expertise, load, expectations, what the client says. No score.
#[utoipa::path(get, path = "/accounts/{id}/fit", tag = "book", operation_id = "show_account_fit",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 200, description = "Each manager", body = Vec<FitView>), Reading))]
async fn get_fit(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let found = account_fit(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok(Json(found.iter().map(fit_view).collect::<Vec<_>>()).into_response())
}

/// Moves to try out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FitMoves {
    /// Manager's id by account's id; none for what everybody carries now.
    #[serde(default)]
    moves: BTreeMap<String, String>,
}

/// What a manager carries, and would carry.
#[derive(Serialize, ToSchema)]
struct FitCarries {
    person_id: String,
    name: String,
    load: FitLoad,
    /// After the moves, where that differs.
    after: Option<FitLoad>,
    expected: FitExpected,
}

/// What each manager carries, of the accounts the caller sees, and would carry if accounts moved; nothing is changed.
#[utoipa::path(post, path = "/fit", tag = "book", operation_id = "try_moves", request_body = FitMoves,
    responses((status = 200, description = "Each manager", body = Vec<FitCarries>), Making))]
async fn try_moves(caller: Caller, State(web): State<Web>, body: Body<FitMoves>) -> ApiResult {
    let found = fit_overview(web.ctx(), &caller.actor, &body.value.moves).await?;
    let view = |it: &Carries| FitCarries {
        person_id: it.manager.to_string(),
        name: it.name.clone(),
        load: load_view(&it.load),
        after: it.after.as_ref().map(load_view),
        expected: it.expected.into(),
    };
    Ok(Json(found.managers.iter().map(view).collect::<Vec<_>>()).into_response())
}
