//! Coverage of an account, as the tab "People" shows it: who knows whom, how warm that is, where it hangs on one person, what to do.
//!
//! Columns are who belongs to the account and who else knows somebody there; who left is told of below, with what nobody took over.

use std::collections::BTreeMap;

use mandate_app::book::{self, AccountCover, PersonLine};
use mandate_domain::Id;
use mandate_domain::book::{
    Account, Cover, CoveredPerson, Kind, LastContact, Person, PersonRole, Thread, Warmth, half_life_days,
};
use minijinja::{Value, context};

use super::kinds::{href, role_text};
use crate::failure::Failure;
use crate::frame::{Visit, initials};
use crate::state::Web;

/// Columns of people who know nobody there are left out beyond so many.
const MOST_COLUMNS: usize = 10;

/// Coverage in words, for the page's head and body.
pub(super) struct CoverageView {
    /// The state in a sentence.
    pub(super) lead: String,
    /// What to look at.
    pub(super) rest: String,
    /// The body.
    pub(super) body: Value,
}

/// How one thread is marked: by colour, shape and word.
pub(super) const fn warmth_status(warmth: Warmth) -> &'static str {
    match warmth {
        Warmth::Warm => "good",
        Warmth::Cooling => "watch",
        Warmth::Cold => "unknown",
    }
}

/// How a person's cover is marked.
const fn cover_status(cover: Cover) -> &'static str {
    match cover {
        Cover::Covered => "good",
        Cover::Single | Cover::Fading => "watch",
        Cover::Unknown => "risk",
    }
}

/// "Warm, 4 of 5", "Cold, met".
pub(super) fn thread_words(visit: &Visit, warmth: Warmth, strength: Option<i64>) -> String {
    let warmth = visit.t(&format!("coverage-warmth-{}", warmth.as_str()));
    match strength {
        Some(strength) => visit
            .tr("coverage-thread-strength", &[("warmth", &warmth), ("strength", &visit.number(strength))]),
        None => visit.tr("coverage-thread-met", &[("warmth", &warmth)]),
    }
}

/// "We 12 Nov, they 3 Oct".
pub(super) fn contact_words(visit: &Visit, contact: LastContact) -> String {
    let day = |day: Option<jiff::civil::Date>| {
        day.map_or_else(|| visit.t("coverage-not-once"), |on| visit.date(on))
    };
    if contact.any().is_none() {
        return visit.t("coverage-no-talk");
    }
    let (ours, theirs) = (day(contact.we_to_them()), day(contact.they_to_us()));
    if ours == theirs {
        return visit.tr("coverage-contact-both", &[("day", &ours)]);
    }
    visit.tr("coverage-contact", &[("ours", &ours), ("theirs", &theirs)])
}

/// The form of a short log, with somebody ticked already.
pub(super) fn talk_href(account: &Id<Account>, with: Option<&Id<Person>>) -> String {
    match with {
        Some(person) => format!("/accounts/{account}/talk?with={person}"),
        None => format!("/accounts/{account}/talk"),
    }
}

/// What the tab shows.
///
/// # Errors
/// [`Failure`] when the account is not there or not theirs.
pub(super) async fn view(web: &Web, visit: &Visit, id: &Id<Account>) -> Result<CoverageView, Failure> {
    let cover = book::account_coverage(web.ctx(), &visit.actor, id).await?;
    let (lead, rest) = sentence(visit, &cover);
    let columns = columns(&cover);
    let heads: Vec<Value> = columns
        .iter()
        .map(|line| {
            let role = role_text(visit, line.role, &line.job_title);
            let is_manager = cover.account.account_manager_id.as_ref() == Some(&line.id);
            let role = if is_manager { visit.t("field-account-manager") } else { role };
            context! { name => line.name.clone(), href => href(Kind::Person, line.id.as_str()), role => role }
        })
        .collect();
    let rows: Vec<Value> =
        cover.coverage.people.iter().map(|person| row(visit, &cover, person, &columns)).collect();
    let body = context! {
        heads => heads,
        rows => rows,
        gaps => gaps(visit, &cover),
        visits => visits(visit, &cover),
        leavers => leavers(visit, &cover),
        lost => lost(visit, &cover),
        fades => visit.tr("coverage-fades", &[("days", &half_life_days(cover.account.tier).to_string())]),
        talk_href => talk_href(id, None),
    };
    Ok(CoverageView { lead, rest, body })
}

fn sentence(visit: &Visit, cover: &AccountCover) -> (String, String) {
    let found = &cover.coverage;
    let n = |count: i64| count.to_string();
    let (people, known) = (n(found.n_people()), n(found.n_known));
    let manager = cover.account.account_manager_id.as_ref().and_then(|id| cover.people.get(id));
    let lead = match (manager, found.stake_known_bp()) {
        _ if found.people.is_empty() => visit.t("coverage-lead-nobody"),
        (None, _) => visit.tr("coverage-lead-no-manager", &[("people", &people)]),
        (Some(line), None) => visit
            .tr("coverage-lead-no-stake", &[("name", &line.name), ("known", &known), ("people", &people)]),
        (Some(line), Some(bp)) => visit.tr(
            "coverage-lead",
            &[
                ("name", &line.name),
                ("known", &known),
                ("people", &people),
                ("share", &visit.formats.percent_of_micro(bp * 100, 0)),
            ],
        ),
    };
    let count = |it: usize| it.to_string();
    let rest = visit.tr(
        "coverage-rest",
        &[("single", &count(found.single_threads().count())), ("unknown", &count(found.unknown().count()))],
    );
    let last = match found.last_contact.any() {
        Some(day) => visit.tr("coverage-last-contact", &[("day", &visit.date(day))]),
        None => visit.t("coverage-no-contact"),
    };
    (lead, if found.people.is_empty() { String::new() } else { format!("{rest} {last}") })
}

/// Who of ours stands in the matrix: who belongs to the account first, then who else knows somebody.
fn columns(cover: &AccountCover) -> Vec<PersonLine> {
    let mut n_threads: BTreeMap<&Id<Person>, usize> = BTreeMap::new();
    let threads = cover.coverage.people.iter().flat_map(|person| &person.threads);
    for thread in threads.filter(|thread| thread.is_with_us) {
        *n_threads.entry(&thread.ours).or_default() += 1;
    }
    let mut others: Vec<&Id<Person>> =
        n_threads.keys().copied().filter(|id| !cover.belonging.contains(id)).collect();
    others.sort_by_key(|id| (std::cmp::Reverse(n_threads[id]), *id));
    let all = cover.belonging.iter().chain(others);
    let mut shown = vec![];
    for line in all.filter_map(|id| cover.people.get(id)) {
        let is_decider = [&cover.account.account_manager_id, &cover.account.negotiator_id]
            .into_iter()
            .flatten()
            .any(|id| *id == line.id);
        if is_decider || n_threads.contains_key(&line.id) || shown.len() < MOST_COLUMNS {
            shown.push(line.clone());
        }
    }
    shown
}

fn row(visit: &Visit, cover: &AccountCover, person: &CoveredPerson, columns: &[PersonLine]) -> Value {
    let line = cover.people.get(&person.id);
    let cells: Vec<Value> = columns
        .iter()
        .map(|column| match person.threads.iter().find(|thread| thread.ours == column.id) {
            Some(thread) => cell(visit, thread),
            None => context! { status => (), text => "", sub => "" },
        })
        .collect();
    let role = line.map(|line| role_text(visit, line.role, &line.job_title)).unwrap_or_default();
    // A title that stands for the role is not said twice.
    let titled = line.filter(|line| line.role != PersonRole::Other && !line.job_title.is_empty());
    context! {
        name => line.map(|line| line.name.clone()),
        initials => line.map(|line| initials(&line.name)),
        job_title => titled.map(|line| line.job_title.clone()),
        role => role,
        authority => line.map(|line| line.authority.clone()).filter(|text| !text.is_empty()),
        href => href(Kind::Person, person.id.as_str()),
        share => match (person.weight, person.share_bp) {
            (Some(_), Some(bp)) => visit.formats.percent_of_micro(bp * 100, 0),
            _ => visit.t("coverage-no-stake"),
        },
        cover_status => cover_status(person.cover),
        cover => visit.t(&format!("coverage-cover-{}", person.cover.as_str())),
        cells => cells,
    }
}

fn cell(visit: &Visit, thread: &Thread) -> Value {
    context! {
        status => warmth_status(thread.warmth),
        text => thread_words(visit, thread.warmth, thread.strength),
        sub => contact_words(visit, thread.contact),
    }
}

/// What is missing, the heaviest stake first, each with what mends it.
fn gaps(visit: &Visit, cover: &AccountCover) -> Vec<Value> {
    let manager = cover.account.account_manager_id.as_ref();
    let manager_name = manager.and_then(|id| cover.people.get(id)).map(|line| line.name.clone());
    let mut gaps = vec![];
    for person in &cover.coverage.people {
        let Some(line) = cover.people.get(&person.id) else { continue };
        let talk = context! { text => visit.t("coverage-log-talk"), href => talk_href(&cover.account.id, Some(&person.id)) };
        let ours = manager.map(|id| format!("&our_person={id}")).unwrap_or_default();
        let know = context! {
            text => visit.t("coverage-add-acquaintance"),
            href => format!("/acquaintances/new?client_person={}{ours}", person.id),
        };
        let warm = person.threads.iter().find(|thread| thread.is_with_us && thread.warmth == Warmth::Warm);
        let only = warm.and_then(|thread| cover.people.get(&thread.ours)).map(|line| line.name.clone());
        let name = &line.name;
        let found = match (person.cover, &manager_name) {
            (Cover::Unknown, _) => {
                Some((visit.tr("coverage-gap-unknown", &[("name", name)]), vec![talk, know]))
            }
            (Cover::Single, _) if person.weight.is_some() => {
                let only = only.unwrap_or_default();
                let text = visit.tr("coverage-gap-single", &[("name", name), ("only", &only)]);
                Some((text, vec![know, talk]))
            }
            (_, Some(manager)) if person.weight.is_some() && !person.is_known_by_manager => {
                let text = visit.tr("coverage-gap-manager", &[("name", name), ("manager", manager)]);
                Some((text, vec![talk, know]))
            }
            (Cover::Fading, _) if person.weight.is_some() => {
                Some((visit.tr("coverage-gap-fading", &[("name", name)]), vec![talk]))
            }
            _ => None,
        };
        gaps.extend(found.map(|(text, acts)| {
            context! { status => cover_status(person.cover), text => text, acts => acts }
        }));
    }
    for person in cover.coverage.without_stake() {
        let Some(line) = cover.people.get(&person.id) else { continue };
        let text = match person.n_talks {
            0 => visit.tr("coverage-gap-no-stake", &[("name", &line.name)]),
            n => visit.tr("coverage-gap-voice", &[("name", &line.name), ("count", &n.to_string())]),
        };
        let state = context! {
            text => visit.t("coverage-state-stake"), href => format!("/stakes/new?person={}", person.id),
        };
        gaps.push(context! { status => "unknown", text => text, acts => vec![state] });
    }
    gaps
}

fn visits(visit: &Visit, cover: &AccountCover) -> Vec<Value> {
    let view = |it: &book::SiteVisit| {
        context! {
            title => it.title.clone(),
            href => href(Kind::Communication, &it.id),
            day => visit.date(it.on),
            place => Some(it.place.clone()).filter(|text| !text.is_empty()),
            people => it.people.join(", "),
        }
    };
    cover.visits.iter().map(view).collect()
}

fn person_link(cover: &AccountCover, id: Option<&Id<Person>>) -> Option<Value> {
    let line = cover.people.get(id?)?;
    Some(context! { name => line.name.clone(), href => href(Kind::Person, line.id.as_str()) })
}

fn leavers(visit: &Visit, cover: &AccountCover) -> Vec<Value> {
    let view = |leaver: &mandate_domain::book::ClientLeaver| {
        context! {
            person => person_link(cover, Some(&leaver.id)),
            day => visit.date(leaver.left_on),
            successor => person_link(cover, leaver.successor.as_ref()),
            edit_href => format!("{}/edit", href(Kind::Person, leaver.id.as_str())),
        }
    };
    cover.coverage.leavers.iter().map(view).collect()
}

fn lost(visit: &Visit, cover: &AccountCover) -> Vec<Value> {
    let view = |lost: &mandate_domain::book::LostThread| {
        let successor = lost.successor.as_ref().map(|id| format!("&our_person={id}")).unwrap_or_default();
        context! {
            client => person_link(cover, Some(&lost.client)),
            ours => person_link(cover, Some(&lost.ours)),
            day => visit.date(lost.left_on),
            successor => person_link(cover, lost.successor.as_ref()),
            know_href => format!("/acquaintances/new?client_person={}{successor}", lost.client),
        }
    };
    cover.coverage.lost_threads.iter().map(view).collect()
}
