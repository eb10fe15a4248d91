//! My day: the first page everyone sees.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use jiff::civil::Date;
use mandate_app::home::{DateKind, DayLine, Need, my_day};
use minijinja::{Value, context};

use crate::facts::recorded_by;
use crate::failure::PageResult;
use crate::frame::{Page, Visit};
use crate::state::Web;

/// The room's pages.
pub fn routes() -> Router<Web> {
    Router::new().route("/", get(show))
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
                value => date.account.annual_value.map(|value| visit.money(value)),
            }
        })
        .collect();
    let own = context! {
        lead => lead, lines => lines, dates => dates, n_dates => day.dates.len(),
        weekday => format!("{} {}", visit.formats.weekday(visit.today), visit.date(visit.today)),
    };
    visit.render(Page::new(visit.t("nav-my-day"), "nav-my-day").help("my-day"), "home/my_day.html", own)
}

const fn date_text_id(kind: DateKind) -> &'static str {
    match kind {
        DateKind::Notice => "my-day-date-notice",
        DateKind::PriceTalks => "my-day-date-talks",
        DateKind::PriceChange => "my-day-date-price",
        DateKind::Renewal => "my-day-date-renewal",
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
        let value =
            account.annual_value.map(|value| visit.tr("my-day-a-year", &[("value", &visit.money(value))]));
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
        Need::MindNotice { id, title, renews_on } => Words {
            title: visit.tr("my-day-notice", &[("title", title)]),
            reason: visit.tr("my-day-notice-why", &[("day", &visit.date(*renews_on))]),
            href: format!("/contracts/{id}"),
            action: "my-day-contract-do",
        },
        Need::StartPriceTalks { id, title, price_change_on } => Words {
            title: visit.tr("my-day-talks", &[("account", account)]),
            reason: visit.tr("my-day-talks-why", &[("title", title), ("day", &visit.date(*price_change_on))]),
            href: format!("/contracts/{id}"),
            action: "my-day-contract-do",
        },
        Need::ExplainMissed { month, first_month, clock_bp, goal_bp, n_cases, assumed } => {
            let (share, goal) = (visit.formats.percent(*clock_bp), visit.formats.percent(*goal_bp));
            let id = if *assumed { "my-day-missed-why-assumed" } else { "my-day-missed-why" };
            Words {
                title: visit.tr(
                    "my-day-missed",
                    &[("account", account), ("month", &visit.months(*first_month, *month))],
                ),
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
