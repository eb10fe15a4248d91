//! The page of a person: what one reads on a phone before a meeting, the most needed first. History and every stated field stand below.
//!
//! Of a client's person it tells what coverage of the account tells; of one of ours only what lies within the reader's accounts.

use axum::extract::{Path, State};
use mandate_app::Action;
use mandate_app::book::{self, OpenMatter, PersonBrief, PersonThread};
use mandate_domain::Id;
use mandate_domain::book::{Kind, Person, Side};
use minijinja::{Value, context};

use super::coverage::{contact_words, talk_href, thread_words, warmth_status};
use super::kinds::{choice_text_id, home, href, role_text};
use super::record;
use crate::failure::{PageResult, path_id};
use crate::frame::{Page, Visit, initials};
use crate::state::Web;

/// The page of a person.
pub(super) async fn page(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let person: Id<Person> = path_id(&id)?;
    let saved = book::show_any(web.ctx(), &visit.actor, Kind::Person, &id).await?;
    let brief = book::person_brief(web.ctx(), &visit.actor, &person).await?;
    let is_ours = brief.person.side == Side::Provider;
    let (lead, rest) = match is_ours {
        true => record::sentence(&web, &visit, &saved).await?,
        false => client_sentence(&visit, &brief),
    };
    let path = href(Kind::Person, &id);
    let own = context! {
        title => saved.name.clone(),
        badges => record::badges(&visit, &saved),
        lead => lead,
        rest => rest,
        facts => facts(&visit, &brief),
        is_ours => is_ours,
        side => brief.person.side.as_str(),
        threads => brief.threads.iter().map(|it| thread(&visit, it)).collect::<Vec<_>>(),
        stakes => stakes(&visit, &brief),
        promises => matters(&visit, &brief, &brief.records.promises, Kind::Promise),
        expectations => matters(&visit, &brief, &brief.records.expectations, Kind::Expectation),
        talks => talks(&visit, &brief),
        reviews => reviews(&visit, &brief),
        expertise => expertise(&visit, &brief),
        career => career(&visit, &brief),
        works_on => works_on(&visit, &brief),
        related => record::related(&web, &visit, &saved).await?,
        tags => crate::tags::card(&web, &visit, Kind::Person, &id).await?,
        details => {
            let mut details = record::details(&web, &visit, Kind::Person, &saved.draft).await?;
            details.extend(super::custom::details(&web, &visit, &saved.custom).await?);
            details
        },
        talk_href => brief.account.as_ref().map(|account| talk_href(&account.id, Some(&person))),
        expectation_href => brief.account.as_ref().map(|account| format!("/expectations/new?account={}&person={id}", account.id)),
        promise_href => brief.account.as_ref().map(|account| format!("/promises/new?account={}&made_to={id}", account.id)),
        know_href => if is_ours { format!("/acquaintances/new?our_person={id}") } else { format!("/acquaintances/new?client_person={id}") },
        stake_href => format!("/stakes/new?person={id}"),
        expertise_href => format!("/expertise/new?person={id}"),
        career_href => format!("/career-steps/new?person={id}"),
        hats => if is_ours { Some(crate::identity::hats::of_person(&web, &visit, &person).await?) } else { None },
        handover_href => (is_ours && visit.may(Action::WriteBook)).then(|| format!("/handovers/new?from={id}")),
        edit_href => format!("{path}/edit"),
        trash_action => format!("{path}/trash"),
        history_href => visit.may(Action::ReadAudit).then(|| format!("/audit?f=subject_id&op=is&v={id}")),
        may_write => visit.may(Action::WriteBook),
        may_trash => visit.may(Action::TrashBook),
    };
    let page = Page::new(saved.name, home(Kind::Person).nav)
        .help("coverage")
        .crumb(visit.t(home(Kind::Person).title), home(Kind::Person).path);
    visit.render(page, "book/person.html", own)
}

/// "Governance lead at Brackwell Insurance, 20% of the stake. Only Lena Okafor knows them."
fn client_sentence(visit: &Visit, brief: &PersonBrief) -> (String, String) {
    let role = role_text(visit, brief.person.role, &brief.person.job_title);
    let account = brief.account.as_ref().map(|account| account.name.clone()).unwrap_or_default();
    let lead = match brief.covered {
        Some((Some(bp), _)) if brief.person.left_on.is_none() && 0 < bp => visit.tr(
            "brief-lead-share",
            &[
                ("role", &role),
                ("account", &account),
                ("share", &visit.formats.percent_of_micro(bp * 100, 0)),
            ],
        ),
        _ => visit.tr("brief-lead", &[("role", &role), ("account", &account)]),
    };
    let rest = match (brief.person.left_on, brief.covered) {
        (Some(day), _) => visit.tr("brief-left", &[("day", &visit.date(day))]),
        (None, Some((_, cover))) => visit.t(&format!("brief-cover-{}", cover.as_str())),
        (None, None) => String::new(),
    };
    (lead, rest)
}

/// What one needs at a glance: what they may decide, how to reach them, whom they report to, who came after.
fn facts(visit: &Visit, brief: &PersonBrief) -> Vec<Value> {
    let person = &brief.person;
    let mut facts = vec![];
    let mut add = |key: &str, value: String, link: Option<String>| {
        if !value.is_empty() {
            facts.push(context! { key => visit.t(key), value => value, href => link });
        }
    };
    if let Some(account) = &brief.account {
        add("field-account", account.name.clone(), Some(href(Kind::Account, account.id.as_str())));
    }
    add("field-authority", person.authority.clone(), None);
    add("field-job-title", person.job_title.clone(), None);
    add("field-phone", person.phone.clone(), Some(format!("tel:{}", phone_digits(&person.phone))));
    add("field-email", person.email.clone(), Some(format!("mailto:{}", person.email)));
    for (key, other) in [("field-reports-to", &brief.reports_to), ("field-successor", &brief.successor)] {
        if let Some((id, name)) = other {
            add(key, name.clone(), Some(href(Kind::Person, id.as_str())));
        }
    }
    if let Some(day) = person.left_on {
        add("field-left-on", visit.formats.full_date(day), None);
    }
    facts
}

/// A number as a telephone dials it: people type spaces and brackets.
fn phone_digits(text: &str) -> String {
    text.chars().filter(|it| it.is_ascii_digit() || *it == '+').collect()
}

fn thread(visit: &Visit, it: &PersonThread) -> Value {
    let compatibility =
        it.compatibility.map(|level| visit.tr("brief-compatibility", &[("level", &visit.number(level))]));
    context! {
        name => it.name.clone(),
        initials => initials(&it.name),
        href => href(Kind::Person, it.other.as_str()),
        more => it.account.clone().unwrap_or_else(|| it.job_title.clone()),
        gone => (!it.is_with_us).then(|| visit.t("brief-gone")),
        status => warmth_status(it.warmth),
        text => thread_words(visit, it.warmth, it.strength),
        contact => contact_words(visit, it.contact),
        compatibility => compatibility,
        note => Some(it.note.clone()).filter(|note| !note.is_empty()),
    }
}

fn stakes(visit: &Visit, brief: &PersonBrief) -> Vec<Value> {
    let view = |stake: &mandate_domain::book::Saved<mandate_domain::book::Stake>| {
        let is_over = stake.until.is_some_and(|day| day < brief.on);
        let basis = visit.t(&choice_text_id("basis", stake.basis.as_str()));
        let since = visit.date(stake.since);
        let when = match stake.until {
            Some(until) => visit.tr("brief-from-until", &[("from", &since), ("until", &visit.date(until))]),
            None => visit.tr("brief-since", &[("day", &since)]),
        };
        context! {
            title => visit.tr("brief-stake", &[("basis", &basis), ("weight", &visit.number(stake.weight))]),
            href => href(Kind::Stake, stake.id.as_str()),
            reason => stake.reason.clone(),
            when => when,
            over => is_over,
        }
    };
    brief.records.stakes.iter().map(view).collect()
}

fn matters(visit: &Visit, brief: &PersonBrief, found: &[OpenMatter], kind: Kind) -> Vec<Value> {
    let view = |it: &OpenMatter| {
        let late = it.due_on.is_some_and(|day| day < brief.on);
        let due = match it.due_on {
            Some(day) => visit.tr("brief-due", &[("day", &visit.date(day))]),
            None => visit.t("brief-no-due"),
        };
        context! {
            title => it.title.clone(),
            href => href(kind, &it.id),
            due => due,
            late => late.then(|| visit.t("book-late")),
            account => brief.account.is_none().then(|| it.account.clone()),
        }
    };
    found.iter().map(view).collect()
}

fn talks(visit: &Visit, brief: &PersonBrief) -> Vec<Value> {
    let view = |it: &book::Talk| {
        let words = [
            visit.t(&choice_text_id("channel", it.channel.as_str())),
            visit.t(&choice_text_id("topic", it.topic.as_str())),
            visit.t(&choice_text_id("direction", it.direction.as_str())),
        ];
        context! {
            title => it.title.clone(),
            href => href(Kind::Communication, &it.id),
            day => visit.date(it.on),
            words => words.join(" · "),
            details => Some(it.details.clone()).filter(|text| !text.is_empty()),
            account => brief.account.is_none().then(|| it.account.clone()),
        }
    };
    brief.records.talks.iter().map(view).collect()
}

fn reviews(visit: &Visit, brief: &PersonBrief) -> Vec<Value> {
    let view = |it: &book::ReviewLine| {
        context! {
            title => it.title.clone(),
            href => href(Kind::Review, &it.id),
            day => visit.date(it.on),
            words => visit.t(&choice_text_id("level", it.level.as_str())),
            details => Some(it.outcome.clone()).filter(|text| !text.is_empty()),
            account => brief.account.is_none().then(|| it.account.clone()),
        }
    };
    brief.records.reviews.iter().map(view).collect()
}

fn expertise(visit: &Visit, brief: &PersonBrief) -> Vec<Value> {
    let view = |it: &mandate_domain::book::Saved<mandate_domain::book::Expertise>| {
        let area = visit.t(&choice_text_id("area", it.area.as_str()));
        let words = visit.tr("brief-expertise", &[("area", &area), ("level", &visit.number(it.level))]);
        context! { title => it.topic.clone(), href => href(Kind::Expertise, it.id.as_str()), words => words }
    };
    brief.records.expertise.iter().map(view).collect()
}

fn career(visit: &Visit, brief: &PersonBrief) -> Vec<Value> {
    let view = |it: &mandate_domain::book::Saved<mandate_domain::book::CareerStep>| {
        let from = visit.date(it.started_on);
        let when = match it.ended_on {
            Some(until) => visit.tr("brief-from-until", &[("from", &from), ("until", &visit.date(until))]),
            None => visit.tr("brief-since", &[("day", &from)]),
        };
        let words = if it.employer.is_empty() { when } else { format!("{} · {when}", it.employer) };
        context! { title => it.position.clone(), href => href(Kind::CareerStep, it.id.as_str()), words => words }
    };
    brief.records.career.iter().map(view).collect()
}

fn works_on(visit: &Visit, brief: &PersonBrief) -> Vec<Value> {
    let view = |it: &book::WorksOn| {
        context! {
            title => it.name.clone(),
            href => href(Kind::Account, it.id.as_str()),
            words => visit.t(&choice_text_id("role", it.role.as_str())),
        }
    };
    brief.works_on.iter().map(view).collect()
}
