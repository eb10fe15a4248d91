//! An account's first page: what was delivered, reported and by our clock side by side, where they disagree; its history.

use axum::extract::{Path, State};
use jiff::civil::Date;
use mandate_app::audit::{History, HistoryLine, account_history_lines};
use mandate_app::facts::delivered::{Delivered, Figures, cases, delivered};
use mandate_app::listing::{Filter, ListQuery, Operator};
use mandate_app::lists::{show_list, show_list_row};
use mandate_app::{Action, book, listing};
use mandate_domain::book::{Account, Kind};
use mandate_domain::facts::standing::share_bp;
use minijinja::{Value, context};

use crate::access::Routes;
use crate::account::{self, AccountFrame};
use crate::facts::case_list::{outcome_badge, priority_text};
use crate::facts::portfolio::state_badge;
use crate::failure::{Failure, PageResult};
use crate::frame::{Visit, initials};
use crate::pages::view;
use crate::state::Web;
use crate::table::RowReader;

/// Cases shown where the two readings disagree.
const DIFFERING_SHOWN: usize = 8;
/// Months of the chart.
const MONTHS_SHOWN: usize = 12;

/// The account's pages of this room.
pub(super) fn routes() -> Routes {
    Routes::new().get("/accounts/{id}", Action::ReadFacts, page).get(
        "/accounts/{id}/history",
        Action::ReadFacts,
        history,
    )
}

async fn page(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let frame = account::load(&web, &visit, &id).await?;
    let facts = delivered(web.ctx(), &visit.actor, &frame.id).await?;
    let standing = standing(&web, &visit, &frame).await?;
    let differing = differing(&web, &visit, &id).await?;
    let (lead, rest) = state_sentence(&visit, &facts, &standing);
    let goal = standing.goal_bp;
    let custom = book::show::<Account>(web.ctx(), &visit.actor, &frame.id).await?.custom;
    let own = context! {
        account => frame.view(&visit, "overview"), lead => lead, rest => rest, badge => badge(&visit, &standing),
        has_cases => facts.total.n_cases > 0, figs => figures(&visit, &facts.total, goal),
        priorities => priorities(&visit, &facts), n_months => facts.months.len(), period => period(&visit, &facts),
        events => events_note(&visit, &facts.total), chart => chart(&visit, &facts, goal),
        twin => twin(&visit, &facts), differing => differing, n_differs => facts.total.n_differs,
        brief => crate::book::account_brief::card(&web, &visit, &frame).await?,
        timeline => crate::book::timeline::card(&web, &visit, &frame).await?,
        files => crate::files::card(&web, &visit, Kind::Account, &id).await?,
        tags => crate::tags::card(&web, &visit, Kind::Account, &id).await?,
        notes => crate::notes::card(&web, &visit, Kind::Account, &id).await?,
        custom => crate::book::custom::details(&web, &visit, &custom).await?, people => people(&visit, &frame), contracts => contracts(&visit, &frame), assumed => standing.assumed,
        may_write => visit.may(Action::WriteBook), may_read_facts => visit.may(Action::ReadFacts),
    };
    visit.render(frame.page(&visit, "overview").with_charts().help("account"), "account/overview.html", own)
}

struct StandingView {
    state: String,
    clock_bp: Option<i64>,
    goal_bp: Option<i64>,
    /// The first and the last month it is judged on.
    months: Option<(mandate_domain::Month, mandate_domain::Month)>,
    n_clocked: i64,
    assumed: bool,
}

async fn standing(web: &Web, visit: &Visit, frame: &AccountFrame) -> Result<StandingView, Failure> {
    let def = mandate_app::book::list(web.ctx(), &visit.actor, mandate_domain::book::Kind::Account);
    let row = show_list_row(web.ctx(), &visit.actor, Action::ReadBook, &def, frame.id.as_str()).await?;
    let reader = row.as_ref().map(|row| RowReader::new(&def, row));
    let integer = |name| reader.as_ref().and_then(|it| it.integer(name));
    Ok(StandingView {
        state: reader.as_ref().map_or("", |it| it.text("state")).to_owned(),
        clock_bp: integer("clock_bp"),
        goal_bp: integer("goal_bp"),
        months: reader.as_ref().and_then(|it| {
            let last = it.month("month")?;
            Some((it.month("first_month").unwrap_or(last), last))
        }),
        n_clocked: integer("n_clocked").unwrap_or(0),
        assumed: reader.as_ref().is_some_and(|it| it.flag("assumed")),
    })
}

fn badge(visit: &Visit, standing: &StandingView) -> Value {
    let (status, text) = state_badge(&standing.state);
    context! { status => status, text => visit.t(text) }
}

fn state_sentence(visit: &Visit, facts: &Delivered, standing: &StandingView) -> (String, String) {
    let (Some((first, last)), Some(share)) = (standing.months, standing.clock_bp) else {
        return (visit.t("account-no-cases"), visit.t("account-no-cases-rest"));
    };
    let month = visit.months(first, last);
    let share = visit.formats.percent(share);
    let goal = standing.goal_bp.map(|goal| visit.formats.percent(goal)).unwrap_or_default();
    let lead = visit.tr(
        &format!(
            "account-lead-{}",
            if standing.state.is_empty() { "met" } else { &standing.state }.replace('_', "-")
        ),
        &[("month", &month), ("share", &share), ("goal", &goal), ("count", &standing.n_clocked.to_string())],
    );
    let n_differs = facts.total.n_differs;
    let rest = visit.tr(
        "account-rest",
        &[("count", &n_differs.to_string()), ("total", &facts.total.n_cases.to_string())],
    );
    (lead, rest)
}

fn share_text(visit: &Visit, met: i64, of: i64) -> String {
    share_bp(met, of).map_or_else(|| "\u{2013}".to_owned(), |share| visit.formats.percent(share))
}

fn figures(visit: &Visit, total: &Figures, goal: Option<i64>) -> Value {
    let figure = |met, of| {
        share_bp(met, of).map_or_else(|| "\u{2013}".to_owned(), |it| visit.formats.percent_figure(it))
    };
    let n = |value: i64| value.to_string();
    let goal_text = goal.map(|goal| visit.formats.percent(goal)).unwrap_or_default();
    Value::from(vec![
        context! {
            label => visit.t("account-fig-reported"), value => figure(total.n_reported_met, total.n_reported), unit => "%",
            note => visit.tr("account-fig-reported-note",
                &[("met", &n(total.n_reported_met)), ("count", &n(total.n_reported))]),
        },
        context! {
            label => visit.t("account-fig-clock"), value => figure(total.n_clock_met, total.n_clocked), unit => "%",
            note => visit.tr("account-fig-clock-note",
                &[("met", &n(total.n_clock_met)), ("count", &n(total.n_clocked)), ("goal", &goal_text)]),
        },
        context! {
            label => visit.t("account-fig-differs"), value => visit.number(total.n_differs),
            unit => visit.tr("portfolio-cases", &[("count", &n(total.n_differs))]),
            note => visit.tr("account-fig-differs-note", &[("count", &n(total.n_cases))]),
        },
        context! {
            label => visit.t("account-fig-running"), value => visit.number(total.n_running),
            unit => visit.tr("portfolio-cases", &[("count", &n(total.n_running))]),
            note => visit.tr("account-fig-running-note",
                &[("events", &n(total.n_events)), ("reopened", &n(total.n_reopened))]),
        },
    ])
}

fn period(visit: &Visit, facts: &Delivered) -> String {
    match (facts.months.first(), facts.months.last()) {
        (Some((first, _)), Some((last, _))) => visit.months(*first, *last),
        _ => String::new(),
    }
}

fn priorities(visit: &Visit, facts: &Delivered) -> Vec<Value> {
    let row = |name: String, it: &Figures, total: bool| {
        context! {
            name => name, total => total, n => visit.number(it.n_cases),
            reported => share_text(visit, it.n_reported_met, it.n_reported),
            reported_n => visit.tr("account-met-of", &[("met", &it.n_reported_met.to_string()), ("count", &it.n_reported.to_string())]),
            clock => share_text(visit, it.n_clock_met, it.n_clocked),
            clock_n => visit.tr("account-met-of", &[("met", &it.n_clock_met.to_string()), ("count", &it.n_clocked.to_string())]),
            differs => visit.number(it.n_differs),
            mean => if it.n_clocked > 0 { visit.formats.duration(it.clock_sum_s / it.n_clocked) } else { "\u{2013}".to_owned() },
        }
    };
    let mut rows: Vec<Value> = facts
        .by_priority
        .iter()
        .map(|(priority, it)| row(priority_text(visit, *priority), it, false))
        .collect();
    if rows.len() > 1 {
        rows.push(row(visit.t("account-all-priorities"), &facts.total, true));
    }
    rows
}

/// Why the share of events is the wrong reading, where the source has a running flag.
fn events_note(visit: &Visit, total: &Figures) -> Option<String> {
    let by_events = share_bp(total.n_events_met, total.n_events_flagged)?;
    let by_cases = share_bp(total.n_reported_met, total.n_reported)?;
    (by_events != by_cases).then(|| {
        visit.tr(
            "account-events-note",
            &[
                ("events", &visit.formats.percent(by_events)),
                ("cases", &visit.formats.percent(by_cases)),
                ("count", &total.n_events_flagged.to_string()),
            ],
        )
    })
}

fn shown_months(facts: &Delivered) -> &[(mandate_domain::Month, Figures)] {
    let from = facts.months.len().saturating_sub(MONTHS_SHOWN);
    &facts.months[from..]
}

fn percent(met: i64, of: i64) -> Option<f64> {
    share_bp(met, of).and_then(|share| i32::try_from(share).ok()).map(|share| f64::from(share) / 100.0)
}

fn chart(visit: &Visit, facts: &Delivered, goal: Option<i64>) -> Value {
    let months = shown_months(facts);
    let points: Vec<serde_json::Value> = months
        .iter()
        .map(|(month, it)| {
            serde_json::json!({
                "label": visit.formats.month_name(*month),
                "value": percent(it.n_clock_met, it.n_clocked),
                "other": percent(it.n_reported_met, it.n_reported),
                "n": it.n_clocked,
                "text": format!("{}: {} / {}", visit.month(*month), share_text(visit, it.n_clock_met, it.n_clocked),
                    share_text(visit, it.n_reported_met, it.n_reported)),
            })
        })
        .collect();
    let lowest = months
        .iter()
        .flat_map(|(_, it)| {
            [percent(it.n_clock_met, it.n_clocked), percent(it.n_reported_met, it.n_reported)]
        })
        .flatten()
        .fold(100.0_f64, f64::min);
    let goal_text =
        goal.map(|goal| visit.tr("account-chart-goal", &[("goal", &visit.formats.percent(goal))]));
    let last = months.last().map(|(_, it)| it);
    view(serde_json::json!({
        "unit": "%", "min": ((lowest - 5.0) / 10.0).floor().max(0.0) * 10.0, "max": 100.0, "side": "facts",
        "name": visit.t("account-fig-clock"), "other_name": visit.t("account-fig-reported"), "n_name": "n",
        "target": goal.and_then(|goal| i32::try_from(goal).ok()).map(|goal| f64::from(goal) / 100.0), "target_text": goal_text,
        "points": points,
        "end": last.map(|it| vec![visit.tr("account-chart-end-clock", &[("share", &share_text(visit, it.n_clock_met, it.n_clocked))])]).unwrap_or_default(),
        "other_end": last.map(|it| visit.tr("account-chart-end-reported", &[("share", &share_text(visit, it.n_reported_met, it.n_reported))])),
    }))
}

fn twin(visit: &Visit, facts: &Delivered) -> Vec<Vec<String>> {
    facts
        .months
        .iter()
        .rev()
        .map(|(month, it)| {
            vec![
                visit.month(*month),
                visit.number(it.n_cases),
                share_text(visit, it.n_reported_met, it.n_reported),
                share_text(visit, it.n_clock_met, it.n_clocked),
                visit.number(it.n_differs),
            ]
        })
        .collect()
}

async fn differing(web: &Web, visit: &Visit, id: &str) -> Result<Vec<Value>, Failure> {
    if !visit.may(Action::ReadFacts) {
        return Ok(vec![]);
    }
    let def: listing::ListDef = cases();
    let is = |field: &str, value: &str| Filter {
        field: field.to_owned(),
        operator: Operator::Is,
        values: vec![value.to_owned()],
    };
    let query = ListQuery {
        filters: vec![is("account_id", id), is("differs", "1")],
        limit: DIFFERING_SHOWN,
        ..ListQuery::default()
    };
    let page = show_list(web.ctx(), &visit.actor, Action::ReadFacts, &def, &query).await?;
    Ok(page.rows.iter().map(|row| differing_row(visit, &RowReader::new(&def, row))).collect())
}

/// One case with both reasons: what the source says, and what our clock counted.
fn differing_row(visit: &Visit, row: &RowReader<'_>) -> Value {
    let (status, outcome) = outcome_badge(row.text("clock_outcome"));
    let clock_s = row.integer("clock_s").unwrap_or(0);
    let target = row.integer("target_s").map(|it| visit.formats.duration(it)).unwrap_or_default();
    let reported = if row.flag("reported_met") { "outcome-met" } else { "outcome-missed" };
    let clock = visit.formats.duration(clock_s);
    // Counted up to the last event: what passed its target since is told as that.
    let passed_since = row.text("clock_outcome") == "missed"
        && row.integer("target_s").is_some_and(|target_s| clock_s <= target_s);
    let ours = if passed_since { "account-differs-open" } else { "account-differs-ours" };
    let ours = visit.tr(ours, &[("clock", &clock), ("target", &target)]);
    let paused = row.integer("paused_s").unwrap_or(0);
    let elapsed = match (row.instant("opened_at"), row.instant("last_event_at")) {
        (Some(opened), Some(last)) => last.seconds() - opened.seconds(),
        _ => 0,
    };
    let left_out = visit.tr(
        "account-differs-left-out",
        &[
            ("elapsed", &visit.formats.duration(elapsed)),
            ("paused", &visit.formats.duration(paused)),
            ("closed", &visit.formats.duration((elapsed - clock_s - paused).max(0))),
        ],
    );
    context! {
        case => row.text("case_ref"), href => format!("/facts/cases/{}", row.key()),
        priority => priority_text(visit, row.integer("priority").unwrap_or(0)),
        when => row.instant("last_event_at").map(|at| visit.moment(at)),
        reported => visit.t(reported), source_reason => visit.t("account-differs-source"),
        status => status, outcome => visit.t(outcome), our_reason => ours, left_out => left_out,
    }
}

fn people(visit: &Visit, frame: &AccountFrame) -> Vec<Value> {
    frame
        .record
        .client_people
        .iter()
        .take(5)
        .map(|person| {
            context! {
                name => person.name.clone(), initials => initials(&person.name), title => person.job_title.clone(),
                href => format!("/people/{}", person.id),
            }
        })
        .chain(frame.record.working_people.iter().take(3).map(|(person, role)| {
            context! {
                name => person.name.clone(), initials => initials(&person.name), ours => true,
                title => crate::book::kinds::role_text(visit, *role, &person.job_title),
                href => format!("/people/{}", person.id),
            }
        }))
        .collect()
}

fn contracts(visit: &Visit, frame: &AccountFrame) -> Vec<Value> {
    frame
        .record
        .contracts
        .iter()
        .take(4)
        .map(|it| {
            let contract = &it.contract;
            let has_ended = contract.has_ended(visit.today);
            let turn =
                |ends: bool| contract.turn().filter(|turn| turn.is_end() == ends).map(|turn| turn.day());
            let day = |day: Option<Date>, is_told: bool| {
                day.filter(|_| is_told).map(|day| visit.formats.full_date(day))
            };
            let value = it.annual_value().filter(|value| value.minor != 0);
            context! {
                title => contract.title.clone(), href => format!("/contracts/{}", contract.id),
                renews => day(turn(false), !has_ended), ended => day(contract.runs_until(), has_ended),
                ends => day(turn(true), !has_ended),
                value => value.map(|value| visit.money(value)),
                value_exact => value.and_then(|value| visit.exact_money(value)),
                n_lines => it.lines.len(),
            }
        })
        .collect()
}

/// What a line of the history tells: a change of one record, or how many an import made.
fn happened(visit: &Visit, line: &HistoryLine) -> String {
    let record = &line.newest;
    let file = line.file.as_deref().filter(|_| line.n > 1);
    let event = record.action.rsplit('.').next().unwrap_or_default();
    let id = match event {
        "created" => "account-history-imported",
        "changed" => "account-history-import-changed",
        _ => "account-history-import-other",
    };
    let Some(file) = file else {
        return format!("{}: {}", record.subject_name, record.action.replace(['.', '_'], " "));
    };
    let what = match Kind::parse(&record.subject_kind) {
        Some(kind) => visit.t(&crate::book::kinds::kind_text_id(kind, "many")),
        None => visit.t(&format!("audit-kind-{}", record.subject_kind.replace('_', "-"))),
    };
    // Of an import that was not read to its end, how many at least.
    let count = if line.is_cut {
        format!("{}+", visit.number(i64::try_from(line.n).unwrap_or(i64::MAX)))
    } else {
        line.n.to_string()
    };
    let event = event.replace('_', " ");
    visit.tr(id, &[("what", &what), ("count", &count), ("file", file), ("event", &event)])
}

/// Most lines of a history on its page.
const HISTORY_LINES: usize = 100;

async fn history(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let frame = account::load(&web, &visit, &id).await?;
    let History { lines, is_whole } =
        account_history_lines(web.ctx(), &visit.actor, &frame.id, HISTORY_LINES).await?;
    let records: Vec<_> = lines.iter().map(|line| line.newest.clone()).collect();
    let told = crate::audit::sentences(&web, &visit, &records).await?;
    let items: Vec<Value> = lines
        .iter()
        .zip(told)
        .map(|(line, told)| {
            let record = &line.newest;
            let by = visit.tr("account-history-by", &[("who", &record.actor_name)]);
            context! {
                icon => if line.n > 1 { "upload" } else { "clock" },
                side => if record.actor_kind == "user" { "provider" } else { "facts" },
                title => happened(&visit, line), when => visit.moment(record.at),
                // Of several records the change of one would say too much and too little.
                text => if told.is_empty() || line.n > 1 { by } else { format!("{by} {told}") },
                href => format!("/audit/records/{}", record.hash), link_text => visit.t(if line.n > 1 { "account-history-open-one" } else { "account-history-open" }),
            }
        })
        .collect();
    let own = context! {
        account => frame.view(&visit, "history"), items => items, is_whole => is_whole,
        all_href => visit.may(Action::ReadAudit).then(|| format!("/audit?f=account_id&op=is&v={}", frame.id)),
    };
    visit.render(frame.page(&visit, "history"), "account/history.html", own)
}
