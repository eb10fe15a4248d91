//! `/api/v1`: coverage of an account, of all accounts, and what one reads of a person before a meeting.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::book::{self, AccountCover, OpenMatter, PersonBrief};
use mandate_domain::Id;
use mandate_domain::book::{CoveredPerson, LastContact, Person};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{ApiResult, Caller, ListParameters, Listing, Query, Reading, list};
use crate::failure::path_id;
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadBook, routes!(account_coverage))
        .api(Action::ReadBook, routes!(person_brief))
        .api(Action::ReadBook, routes!(coverage_list))
}

/// When two sides last turned to one another.
#[derive(Debug, Serialize, ToSchema)]
struct Contact {
    /// We to them; a talk of both counts.
    we_to_them: Option<String>,
    /// They to us; a talk of both counts.
    they_to_us: Option<String>,
}

fn contact(it: LastContact) -> Contact {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
    Contact { we_to_them: day(it.we_to_them()), they_to_us: day(it.they_to_us()) }
}

/// What holds between one of ours and one of theirs.
#[derive(Debug, Serialize, ToSchema)]
struct CoverageThread {
    /// The other one.
    person_id: String,
    /// Their name.
    name: String,
    /// How well they know one another, 1 to 5; nothing where they only met.
    strength: Option<i64>,
    /// `warm`, `cooling` or `cold`.
    warmth: &'static str,
    /// Strength times freshness, in basis points.
    warmth_bp: i64,
    /// Whether the one of ours is still with us.
    is_with_us: bool,
    /// The last contact both ways.
    last_contact: Contact,
}

/// How one of a client's people is covered.
#[derive(Debug, Serialize, ToSchema)]
struct CoverageOfPerson {
    /// Who.
    person_id: String,
    /// Their name.
    name: String,
    /// Their stakes in force together; nothing where none is stated.
    weight: Option<i64>,
    /// Their share of the stake of all, in basis points.
    share_bp: Option<i64>,
    /// `covered`, `single`, `fading` or `unknown`.
    cover: &'static str,
    /// Whether the account manager knows them.
    is_known_by_manager: bool,
    /// Their talks of the last year.
    n_talks: i64,
    /// Their threads, the warmest first.
    threads: Vec<CoverageThread>,
}

/// A client's person who left.
#[derive(Debug, Serialize, ToSchema)]
struct CoverageLeaver {
    /// Who.
    person_id: String,
    /// Their last day.
    left_on: String,
    /// Who came after them.
    successor_id: Option<String>,
}

/// A thread of one of ours who left that nobody took over.
#[derive(Debug, Serialize, ToSchema)]
struct CoverageLost {
    /// The client's person.
    person_id: String,
    /// Who of ours had it.
    our_person_id: String,
    /// Their last day.
    left_on: String,
}

/// A visit at the client's.
#[derive(Debug, Serialize, ToSchema)]
struct CoverageVisit {
    /// The communication.
    id: String,
    /// When.
    happened_on: String,
    /// What it was about.
    title: String,
    /// Where.
    place: String,
    /// Who took part.
    people: Vec<String>,
}

/// How an account is covered on a day.
#[derive(Debug, Serialize, ToSchema)]
struct CoverageOfAccount {
    /// The day, in the account's own zone.
    on: String,
    /// Who answers for it.
    account_manager_id: Option<String>,
    /// The client's people who are there.
    n_people: i64,
    /// How many of them the account manager knows.
    n_known: i64,
    /// Their share of the stake of all, in basis points.
    stake_covered_bp: Option<i64>,
    /// People with a stake who hang on one of ours.
    single_threads: Vec<String>,
    /// People whom nobody of ours knows.
    unknown: Vec<String>,
    /// People whose stake nobody stated.
    without_stake: Vec<String>,
    /// The last contact both ways, whoever it was.
    last_contact: Contact,
    /// The client's people, the heaviest stake first.
    people: Vec<CoverageOfPerson>,
    /// The client's people who left.
    leavers: Vec<CoverageLeaver>,
    /// Threads of ours who left that nobody took over.
    lost_threads: Vec<CoverageLost>,
    /// Visits at the client's in the last year, the newest first.
    site_visits: Vec<CoverageVisit>,
}

fn of_account(cover: &AccountCover) -> CoverageOfAccount {
    let found = &cover.coverage;
    let ids = |people: Vec<&CoveredPerson>| people.iter().map(|person| person.id.to_string()).collect();
    let visit = |it: &book::SiteVisit| CoverageVisit {
        id: it.id.clone(),
        happened_on: it.on.to_string(),
        title: it.title.clone(),
        place: it.place.clone(),
        people: it.people.clone(),
    };
    CoverageOfAccount {
        on: cover.on.to_string(),
        account_manager_id: cover.account.account_manager_id.as_ref().map(Id::to_string),
        n_people: found.n_people(),
        n_known: found.n_known,
        stake_covered_bp: found.stake_known_bp(),
        single_threads: ids(found.single_threads().collect()),
        unknown: ids(found.unknown().collect()),
        without_stake: ids(found.without_stake()),
        last_contact: contact(found.last_contact),
        people: found.people.iter().map(|person| of_person(cover, person)).collect(),
        leavers: found
            .leavers
            .iter()
            .map(|it| CoverageLeaver {
                person_id: it.id.to_string(),
                left_on: it.left_on.to_string(),
                successor_id: it.successor.as_ref().map(Id::to_string),
            })
            .collect(),
        lost_threads: found
            .lost_threads
            .iter()
            .map(|it| CoverageLost {
                person_id: it.client.to_string(),
                our_person_id: it.ours.to_string(),
                left_on: it.left_on.to_string(),
            })
            .collect(),
        site_visits: cover.visits.iter().map(visit).collect(),
    }
}

fn of_person(cover: &AccountCover, person: &CoveredPerson) -> CoverageOfPerson {
    let name = |id: &Id<Person>| cover.people.get(id).map(|line| line.name.clone()).unwrap_or_default();
    let threads = person.threads.iter().map(|it| CoverageThread {
        person_id: it.ours.to_string(),
        name: name(&it.ours),
        strength: it.strength,
        warmth: it.warmth.as_str(),
        warmth_bp: it.warmth_bp,
        is_with_us: it.is_with_us,
        last_contact: contact(it.contact),
    });
    CoverageOfPerson {
        person_id: person.id.to_string(),
        name: name(&person.id),
        weight: person.weight,
        share_bp: person.share_bp,
        cover: person.cover.as_str(),
        is_known_by_manager: person.is_known_by_manager,
        n_talks: person.n_talks,
        threads: threads.collect(),
    }
}

/// A promise or an expectation that is open.
#[derive(Debug, Serialize, ToSchema)]
struct BriefMatter {
    /// Its id.
    id: String,
    /// In a line.
    title: String,
    /// By when.
    due_on: Option<String>,
}

fn matters(found: &[OpenMatter]) -> Vec<BriefMatter> {
    let view = |it: &OpenMatter| BriefMatter {
        id: it.id.clone(),
        title: it.title.clone(),
        due_on: it.due_on.map(|day| day.to_string()),
    };
    found.iter().map(view).collect()
}

/// A talk or a review.
#[derive(Debug, Serialize, ToSchema)]
struct BriefEvent {
    /// Its id.
    id: String,
    /// On which day.
    on: String,
    /// In a line.
    title: String,
    /// How, or on which level.
    how: &'static str,
    /// What was said, or came of it.
    details: String,
}

/// A stake with its reason.
#[derive(Debug, Serialize, ToSchema)]
struct BriefStake {
    /// Its id.
    id: String,
    /// Why it weighs: `decision`, `budget` or `use`.
    basis: &'static str,
    /// How much.
    weight: i64,
    /// From which day.
    since: String,
    /// Until which day.
    until: Option<String>,
    /// Why that much.
    reason: String,
}

/// Something they know well.
#[derive(Debug, Serialize, ToSchema)]
struct BriefExpertise {
    /// Its id.
    id: String,
    /// What.
    topic: String,
    /// In which area.
    area: &'static str,
    /// How well, 1 to 5.
    level: i64,
}

/// A position they have or had.
#[derive(Debug, Serialize, ToSchema)]
struct BriefPosition {
    /// Its id.
    id: String,
    /// Which.
    position: String,
    /// Where.
    employer: String,
    /// From which day.
    started_on: String,
    /// Until which day.
    ended_on: Option<String>,
}

/// What one reads of a person before a meeting.
#[derive(Debug, Serialize, ToSchema)]
struct Brief {
    /// Who.
    person_id: String,
    /// Their name.
    name: String,
    /// `client` or `provider`.
    side: &'static str,
    /// Their account.
    account_id: Option<String>,
    /// What they may decide.
    authority: String,
    /// Whom they report to.
    reports_to_id: Option<String>,
    /// Who came after them.
    successor_id: Option<String>,
    /// Their share of the account's stake, in basis points.
    share_bp: Option<i64>,
    /// How they are covered; nothing for ours and for who left.
    cover: Option<&'static str>,
    /// Whom they know on the other side.
    threads: Vec<CoverageThread>,
    /// Their stakes, also those of before.
    stakes: Vec<BriefStake>,
    /// Open promises to them, or those one of ours owes.
    promises: Vec<BriefMatter>,
    /// Open expectations by them, or of one of ours.
    expectations: Vec<BriefMatter>,
    /// Their last talks.
    talks: Vec<BriefEvent>,
    /// Their last reviews.
    reviews: Vec<BriefEvent>,
    /// What they know well.
    expertise: Vec<BriefExpertise>,
    /// Where they were.
    career: Vec<BriefPosition>,
    /// Accounts on which one of ours works beside manager and negotiator.
    works_on: Vec<String>,
}

fn brief_view(found: &PersonBrief) -> Brief {
    let (person, records) = (&found.person, &found.records);
    let threads = found.threads.iter().map(|it| CoverageThread {
        person_id: it.other.to_string(),
        name: it.name.clone(),
        strength: it.strength,
        warmth: it.warmth.as_str(),
        warmth_bp: it.warmth_bp,
        is_with_us: it.is_with_us,
        last_contact: contact(it.contact),
    });
    let id = |named: &Option<(Id<Person>, String)>| named.as_ref().map(|(id, _)| id.to_string());
    Brief {
        person_id: person.id.to_string(),
        name: person.name.clone(),
        side: person.side.as_str(),
        account_id: found.account.as_ref().map(|account| account.id.to_string()),
        authority: person.authority.clone(),
        reports_to_id: id(&found.reports_to),
        successor_id: id(&found.successor),
        share_bp: found.covered.and_then(|(share, _)| share),
        cover: found.covered.map(|(_, cover)| cover.as_str()),
        threads: threads.collect(),
        stakes: stakes(found),
        promises: matters(&records.promises),
        expectations: matters(&records.expectations),
        talks: talks(found),
        reviews: reviews(found),
        expertise: expertise(found),
        career: career(found),
        works_on: found.works_on.iter().map(|it| it.id.to_string()).collect(),
    }
}

fn stakes(found: &PersonBrief) -> Vec<BriefStake> {
    let view = |it: &mandate_domain::book::Saved<mandate_domain::book::Stake>| BriefStake {
        id: it.id.to_string(),
        basis: it.basis.as_str(),
        weight: it.weight,
        since: it.since.to_string(),
        until: it.until.map(|day| day.to_string()),
        reason: it.reason.clone(),
    };
    found.records.stakes.iter().map(view).collect()
}

fn talks(found: &PersonBrief) -> Vec<BriefEvent> {
    let view = |it: &book::Talk| BriefEvent {
        id: it.id.clone(),
        on: it.on.to_string(),
        title: it.title.clone(),
        how: it.channel.as_str(),
        details: it.details.clone(),
    };
    found.records.talks.iter().map(view).collect()
}

fn reviews(found: &PersonBrief) -> Vec<BriefEvent> {
    let view = |it: &book::ReviewLine| BriefEvent {
        id: it.id.clone(),
        on: it.on.to_string(),
        title: it.title.clone(),
        how: it.level.as_str(),
        details: it.outcome.clone(),
    };
    found.records.reviews.iter().map(view).collect()
}

fn expertise(found: &PersonBrief) -> Vec<BriefExpertise> {
    let view = |it: &mandate_domain::book::Saved<mandate_domain::book::Expertise>| BriefExpertise {
        id: it.id.to_string(),
        topic: it.topic.clone(),
        area: it.area.as_str(),
        level: it.level,
    };
    found.records.expertise.iter().map(view).collect()
}

fn career(found: &PersonBrief) -> Vec<BriefPosition> {
    let view = |it: &mandate_domain::book::Saved<mandate_domain::book::CareerStep>| BriefPosition {
        id: it.id.to_string(),
        position: it.position.clone(),
        employer: it.employer.clone(),
        started_on: it.started_on.to_string(),
        ended_on: it.ended_on.map(|day| day.to_string()),
    };
    found.records.career.iter().map(view).collect()
}

/// How an account is covered today: who of theirs is known by whom of ours, how warm that is, and what hangs on one person.
#[utoipa::path(get, path = "/accounts/{id}/coverage", tag = "book", operation_id = "show_account_coverage",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 200, description = "Its coverage", body = CoverageOfAccount), Reading))]
async fn account_coverage(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let cover = book::account_coverage(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok(Json(of_account(&cover)).into_response())
}

/// What one reads of a person before a meeting; of one of ours as far as the caller's accounts reach.
#[utoipa::path(get, path = "/people/{id}/brief", tag = "book", operation_id = "show_person_brief",
    params(("id" = String, Path, description = "The person's id")),
    responses((status = 200, description = "The brief", body = Brief), Reading))]
async fn person_brief(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let found = book::person_brief(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok(Json(brief_view(&found)).into_response())
}

/// Accounts by how they are covered, the least covered first; figures are null until they are counted.
#[utoipa::path(get, path = "/coverage", tag = "book", operation_id = "list_coverage", params(ListParameters),
    responses((status = 200, description = "One page", body = Listing), Reading))]
async fn coverage_list(
    caller: Caller,
    State(web): State<Web>,
    Query(parameters): Query<ListParameters>,
) -> ApiResult {
    list(&web, &caller, Action::ReadBook, &book::coverage_list(), &parameters).await
}
