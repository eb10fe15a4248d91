//! What the portal shows: each struct lists what leaves, so that a new field of a record shows nowhere until it is written here.

use std::collections::HashMap;

use mandate_domain::book::Account;
use mandate_domain::facts::credit::{CreditAnswer, CreditState, DerivationLine, ServiceCredit};
use mandate_domain::facts::exclusion::{Exclusion, ExclusionState, Ground, Part, Side};
use mandate_domain::facts::kpi::{Figure, Kpi, KpiDefinition};
use mandate_domain::facts::result::{ResultReview, ReviewVerdict, Standing, standing};
use mandate_domain::{Id, Instant, Money, Month};
use mandate_store::facts::{credits, exclusions, kpis, results, shares};
use mandate_store::reads::kpi_people::{AccountName, Named, names};
use mandate_store::{ReadTx, StoreError, boxed};

use super::{Entered, PortalError};
use crate::authorise::{Action, authorise};
use crate::ctx::Ctx;
use crate::decisions::{Substituted, substituted};

/// How many finished months the portal shows.
const MONTHS: i32 = 12;

/// A finished month of a measure.
#[derive(Clone, Debug)]
pub struct PortalMonth {
    /// The month.
    pub month: Month,
    /// Its figures.
    pub figure: Figure,
    /// How it stands with the client.
    pub standing: Standing,
}

/// What one of the client's people said, as their colleagues see it.
#[derive(Clone, Debug)]
pub struct PortalWord {
    /// Of which month.
    pub month: Month,
    /// Agreed or contested.
    pub verdict: ReviewVerdict,
    /// Who.
    pub person: Option<String>,
    /// In which words.
    pub note: String,
    /// When.
    pub at: Instant,
}

/// A measure that is shared.
#[derive(Clone, Debug)]
pub struct PortalMeasure {
    /// Its id.
    pub id: Id<Kpi>,
    /// Its name.
    pub name: String,
    /// What it measures, as of the newest finished month.
    pub definition: KpiDefinition,
    /// Why it matters, in the client's words, and who said so.
    pub reason: Option<(String, Option<String>)>,
    /// The last finished months, oldest first.
    pub months: Vec<PortalMonth>,
    /// Who was taken through it and when, newest first.
    pub walked: Vec<(String, jiff::civil::Date)>,
    /// What was said of its results, newest first.
    pub words: Vec<PortalWord>,
}

impl PortalMeasure {
    /// The newest finished month.
    pub fn newest(&self) -> Option<&PortalMonth> {
        self.months.last()
    }
}

/// Who did something, by name and side.
#[derive(Clone, Debug)]
pub struct PortalPart {
    /// Whose side.
    pub side: Side,
    /// By name, where one is on record.
    pub person: Option<String>,
    /// Who of ours answered for an absent colleague, where one did.
    pub substituted: Option<Substituted>,
    /// When.
    pub at: Instant,
}

/// An exclusion, as the client sees it.
#[derive(Clone, Debug)]
pub struct PortalExclusion {
    /// Its id.
    pub id: Id<Exclusion>,
    /// The case, or every case.
    pub case_ref: Option<String>,
    /// From.
    pub from: Instant,
    /// Until.
    pub until: Instant,
    /// Why.
    pub ground: Ground,
    /// By which clause.
    pub clause: String,
    /// What happened.
    pub note: String,
    /// Where it stands.
    pub state: ExclusionState,
    /// Who proposed it.
    pub proposed: PortalPart,
    /// Who answered.
    pub answered: Option<PortalPart>,
    /// What was answered.
    pub answer_note: String,
    /// Counts saves.
    pub version: i64,
}

impl PortalExclusion {
    /// Whether it waits for the client.
    pub fn waits(&self) -> bool {
        self.state == ExclusionState::Proposed && self.proposed.side == Side::Provider
    }
}

/// A credit that was put to the client.
#[derive(Clone, Debug)]
pub struct PortalCredit {
    /// Its id.
    pub id: Id<ServiceCredit>,
    /// The measure it follows from.
    pub measure: String,
    /// Its month.
    pub month: Month,
    /// The amount.
    pub credit: Money,
    /// Where it stands.
    pub state: CreditState,
    /// How it came about; empty where the facts have changed since it was put.
    pub derivation: Vec<DerivationLine>,
    /// Number of the credit note.
    pub credit_note: Option<String>,
    /// Who of ours decided it for an absent colleague, where one did.
    pub substituted: Option<Substituted>,
    /// What the client's people said, newest first: verdict, name, words, when.
    pub words: Vec<(ReviewVerdict, Option<String>, String, Instant)>,
    /// Counts saves.
    pub version: i64,
}

impl PortalCredit {
    /// Whether it waits for the client's word.
    pub fn waits(&self) -> bool {
        self.state == CreditState::Proposed && self.words.is_empty()
    }
}

/// How much waits for the client's people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Newest results that nobody has agreed or contested.
    pub n_results: usize,
    /// Exclusions we proposed.
    pub n_exclusions: usize,
    /// Credits we put to them.
    pub n_credits: usize,
}

/// The portal's first page.
#[derive(Clone, Debug)]
pub struct PortalOverview {
    /// Whose.
    pub account: AccountName,
    /// The shared measures, those whose result waits first.
    pub measures: Vec<PortalMeasure>,
    /// What waits.
    pub waiting: Waiting,
}

/// The shared measures with what waits.
///
/// # Errors
/// [`PortalError`] when the right is missing.
#[boxed]
pub async fn portal_overview(ctx: &Ctx, entered: &Entered) -> Result<PortalOverview, PortalError> {
    authorise(&entered.actor, Action::ReadPortal)?;
    let mut tx = ctx.begin_read().await?;
    let mut measures = measures(ctx, &mut tx, &entered.account, None).await?;
    let open =
        |measure: &PortalMeasure| measure.newest().is_some_and(|month| month.standing == Standing::Open);
    measures.sort_by_key(|measure| (!open(measure), measure.name.to_lowercase()));
    let waiting = Waiting {
        n_results: measures.iter().filter(|measure| open(measure)).count(),
        n_exclusions: of_account(&mut tx, &entered.account.id).await?.iter().filter(|it| it.waits()).count(),
        n_credits: put_credits(ctx, &mut tx, &entered.account).await?.iter().filter(|it| it.waits()).count(),
    };
    Ok(PortalOverview { account: entered.account.clone(), measures, waiting })
}

/// One shared measure.
///
/// # Errors
/// [`PortalError::NotFound`] for one that is not shared, as for one that is not there.
#[boxed]
pub async fn portal_measure(
    ctx: &Ctx,
    entered: &Entered,
    kpi: &Id<Kpi>,
) -> Result<PortalMeasure, PortalError> {
    authorise(&entered.actor, Action::ReadPortal)?;
    let mut tx = ctx.begin_read().await?;
    let mut found = measures(ctx, &mut tx, &entered.account, Some(kpi)).await?;
    found.pop().ok_or(PortalError::NotFound { what: "measure" })
}

/// The account's exclusions, those that wait for the client first.
///
/// # Errors
/// [`PortalError`] when the right is missing.
#[boxed]
pub async fn list_portal_exclusions(
    ctx: &Ctx,
    entered: &Entered,
) -> Result<Vec<PortalExclusion>, PortalError> {
    authorise(&entered.actor, Action::ReadPortal)?;
    let mut found = of_account(&mut ctx.begin_read().await?, &entered.account.id).await?;
    found.sort_by_key(|exclusion| !exclusion.waits());
    Ok(found)
}

/// Credits that were put to the client, newest first.
///
/// # Errors
/// [`PortalError`] when the right is missing.
#[boxed]
pub async fn list_portal_credits(ctx: &Ctx, entered: &Entered) -> Result<Vec<PortalCredit>, PortalError> {
    authorise(&entered.actor, Action::ReadPortal)?;
    put_credits(ctx, &mut ctx.begin_read().await?, &entered.account).await.map_err(PortalError::from)
}

fn current_month(ctx: &Ctx, account: &AccountName) -> Month {
    let zone = jiff::tz::TimeZone::get(&account.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    Month::of(ctx.now().date_in(&zone))
}

/// Shared measures that have a finished month, or the one asked for.
async fn measures(
    ctx: &Ctx,
    tx: &mut ReadTx,
    account: &AccountName,
    only: Option<&Id<Kpi>>,
) -> Result<Vec<PortalMeasure>, StoreError> {
    let current = current_month(ctx, account);
    let (first, last) = (current.plus(-MONTHS), current.plus(-1));
    let values = kpis::list_values_of_account(tx, &account.id, first, last).await?;
    let reviews = results::list_reviews(tx, &account.id, only, first, last).await?;
    let walked = kpis::list_walkthroughs(tx, &account.id, only).await?;
    let said = reviews.iter().filter_map(|review| review.client_person_id.as_ref());
    let people = said.chain(walked.iter().map(|walk| &walk.client_person_id)).map(Id::to_string);
    let mut people = names(tx, Named::Person, people.collect::<Vec<_>>()).await?;
    let mut found = vec![];
    for id in shares::list_shared_kpis(tx, &account.id).await? {
        if only.is_some_and(|only| *only != id) {
            continue;
        }
        // A measure in the trash is shared with nobody.
        let Some(kpi) = kpis::load_kpi(tx, &id).await? else { continue };
        let Some(version) = kpi.version_for(last).or_else(|| kpi.newest()).cloned() else { continue };
        let mine: Vec<ResultReview> = reviews.iter().filter(|it| it.kpi_id == id).cloned().collect();
        let months = values.iter().filter(|value| value.kpi_id == id).map(|value| {
            let of_month: Vec<ResultReview> =
                mine.iter().filter(|review| review.month == value.month).cloned().collect();
            PortalMonth { month: value.month, figure: value.figure, standing: standing(&of_month) }
        });
        let months = months.collect();
        let reason = match kpis::load_reason(tx, &id, &account.id).await? {
            Some(reason) => {
                people.extend(names(tx, Named::Person, reason.person_id.iter().map(Id::to_string)).await?);
                let person = reason.person_id.as_ref().and_then(|id| people.get(id.as_str()).cloned());
                Some((reason.text, person))
            }
            None => None,
        };
        let mut walked: Vec<(String, jiff::civil::Date)> = walked
            .iter()
            .filter(|walk| walk.kpi_id == id)
            .filter_map(|walk| Some((people.get(walk.client_person_id.as_str())?.clone(), walk.held_on)))
            .collect();
        walked.sort_by_key(|(_, held_on)| std::cmp::Reverse(*held_on));
        let words = mine.iter().map(|review| word(review, &people)).collect();
        let definition = version.definition;
        found.push(PortalMeasure { id, name: kpi.name, definition, reason, months, walked, words });
    }
    Ok(found)
}

fn word(review: &ResultReview, people: &HashMap<String, String>) -> PortalWord {
    PortalWord {
        month: review.month,
        verdict: review.verdict,
        person: review.client_person_id.as_ref().and_then(|id| people.get(id.as_str()).cloned()),
        note: review.note.clone(),
        at: review.at,
    }
}

async fn of_account(tx: &mut ReadTx, account: &Id<Account>) -> Result<Vec<PortalExclusion>, StoreError> {
    let found = exclusions::list_exclusions(tx, account).await?;
    let people: Vec<String> = found
        .iter()
        .flat_map(|exclusion| std::iter::once(&exclusion.proposed).chain(&exclusion.answered))
        .filter_map(|part| part.person_id.as_ref().map(Id::to_string))
        .collect();
    let people = names(tx, Named::Person, people).await?;
    let substituted = substituted(tx, account).await?;
    let part = |part: &Part| PortalPart {
        side: part.side,
        person: part.person_id.as_ref().and_then(|id| people.get(id.as_str()).cloned()),
        substituted: None,
        at: part.at,
    };
    // A substitute decides when ours answer, never when they propose.
    let answer = |exclusion: &Exclusion| {
        let answered = exclusion.answered.as_ref().map(&part)?;
        let made = substituted.get(exclusion.id.as_str()).filter(|_| answered.side == Side::Provider);
        Some(PortalPart { substituted: made.cloned(), ..answered })
    };
    let shown = |exclusion: Exclusion| PortalExclusion {
        // A case's id is its source's name and its own reference; the client knows the reference.
        case_ref: exclusion.case_id.as_deref().map(|id| id.split_once(':').map_or(id, |it| it.1).to_owned()),
        from: exclusion.time.from(),
        until: exclusion.time.until(),
        ground: exclusion.ground,
        clause: exclusion.clause.clone(),
        state: exclusion.state,
        proposed: part(&exclusion.proposed),
        answered: answer(&exclusion),
        answer_note: exclusion.answer_note.clone(),
        version: exclusion.version,
        note: exclusion.note,
        id: exclusion.id,
    };
    Ok(found.into_iter().map(shown).collect())
}

async fn put_credits(
    ctx: &Ctx,
    tx: &mut ReadTx,
    account: &AccountName,
) -> Result<Vec<PortalCredit>, StoreError> {
    let current = current_month(ctx, account);
    let found = credits::list_credits(tx, &account.id, current.plus(-24), current).await?;
    let answers = shares::list_credit_answers(tx, &account.id, None).await?;
    let people = answers.iter().filter_map(|answer| answer.client_person_id.as_ref().map(Id::to_string));
    let people = names(tx, Named::Person, people.collect::<Vec<_>>()).await?;
    let mut measures = HashMap::new();
    for rule in credits::list_rules(tx, &account.id).await? {
        let name = kpis::load_kpi(tx, &rule.kpi_id).await?.map(|kpi| kpi.name).unwrap_or_default();
        measures.insert(rule.id.to_string(), name);
    }
    let substituted = substituted(tx, &account.id).await?;
    let put = found.into_iter().filter(|credit| credit.state != CreditState::Computed);
    let word = |answer: &CreditAnswer| {
        let person = answer.client_person_id.as_ref().and_then(|id| people.get(id.as_str()).cloned());
        (answer.verdict, person, answer.note.clone(), answer.at)
    };
    let shown = put.map(|credit| PortalCredit {
        measure: measures.get(credit.rule_id.as_str()).cloned().unwrap_or_default(),
        month: credit.month,
        credit: credit.credit,
        state: credit.state,
        // What was derived anew is not what was put to the client.
        derivation: if credit.computed == credit.credit { credit.derivation } else { vec![] },
        credit_note: credit.credit_note,
        substituted: substituted.get(credit.id.as_str()).cloned(),
        words: answers.iter().filter(|answer| answer.credit_id == credit.id).map(word).collect(),
        version: credit.version,
        id: credit.id,
    });
    Ok(shown.collect())
}
