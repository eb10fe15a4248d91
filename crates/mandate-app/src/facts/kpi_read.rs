//! What pages of measures read: an account's measures, one measure in full, a definition tried before it is kept.

use std::collections::{BTreeMap, HashMap};

use mandate_domain::book::Account;
use mandate_domain::facts::credit::{CreditRule, ServiceCredit};
use mandate_domain::facts::exclusion::Exclusion;
use mandate_domain::facts::kpi::{Figure, Kpi, KpiDefinition, KpiScope, KpiVersion, MeasuredCase};
use mandate_domain::facts::result::{ResultReview, Standing, Walkthrough, standing};
use mandate_domain::{Id, Month};
use mandate_store::facts::kpis;
use mandate_store::facts::{credits, exclusions, results};
use mandate_store::reads::facts_names;
use mandate_store::reads::kpi_cases::{case_months, filter_choices};
use mandate_store::reads::kpi_people::{Named, first_account, list_client_people, load_account_name, names};
use mandate_store::{ReadTx, StoreError, boxed};

pub use mandate_store::facts::kpis::{KpiReason, KpiValueRow};
pub use mandate_store::reads::kpi_people::{AccountName, PersonName};

use super::earn_back::{EarnedBack, earned_back};
use super::kpi::{MeasureError, load, load_for};
use super::kpi_compute::figure;
use super::kpi_values::each_month;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::decisions::{Substituted, substituted};
use crate::error::FieldError;

/// A measure on an account's list.
#[derive(Clone, Debug)]
pub struct MeasureLine {
    /// The measure.
    pub kpi: Kpi,
    /// The definition of the newest month.
    pub version: KpiVersion,
    /// Values of the last twelve months, oldest first; months without one are left out.
    pub values: Vec<KpiValueRow>,
    /// How the newest finished month stands with the client.
    pub standing: Standing,
    /// Why it matters, if the client said so.
    pub reason: Option<KpiReason>,
    /// When anyone was last taken through it.
    pub walked_on: Option<jiff::civil::Date>,
}

/// An account's measures.
#[derive(Clone, Debug)]
pub struct AccountMeasures {
    /// Whose.
    pub account: AccountName,
    /// First and last month with a case.
    pub months: Option<(Month, Month)>,
    /// The month that still runs, if cases reach into it.
    pub running: Option<Month>,
    /// Its measures, those with a missed target first.
    pub lines: Vec<MeasureLine>,
    /// Names of people by id.
    pub people: HashMap<String, String>,
}

/// How many months pages show.
pub const MONTHS: i32 = 12;

async fn reached(tx: &mut ReadTx, actor: &Actor, id: &Id<Account>) -> Result<AccountName, MeasureError> {
    load_account_name(tx, &actor.scope, id).await?.ok_or(MeasureError::NotFound { what: "account" })
}

/// The month that runs now in the account's zone.
fn current_month(ctx: &Ctx, account: &AccountName) -> Month {
    let zone = jiff::tz::TimeZone::get(&account.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    Month::of(ctx.now().date_in(&zone))
}

/// An account's measures with their values of the last twelve months.
///
/// # Errors
/// [`MeasureError`]: no right, an account out of reach.
#[boxed]
pub async fn list_measures(
    ctx: &Ctx,
    actor: &Actor,
    account_id: &Id<Account>,
) -> Result<AccountMeasures, MeasureError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    let account = reached(&mut tx, actor, account_id).await?;
    let months = case_months(&mut tx, Some(account_id)).await?;
    let current = current_month(ctx, &account);
    let Some((_, last)) = months else {
        return Ok(AccountMeasures { account, months, running: None, lines: vec![], people: HashMap::new() });
    };
    let first = last.plus(1 - MONTHS);
    let values = kpis::list_values_of_account(&mut tx, account_id, first, last).await?;
    let reviews = results::list_reviews(&mut tx, account_id, None, first, last).await?;
    let walkthroughs = kpis::list_walkthroughs(&mut tx, account_id, None).await?;
    let mut lines = vec![];
    for kpi in kpis::list_kpis(&mut tx).await? {
        let mine: Vec<KpiValueRow> = values.iter().filter(|value| value.kpi_id == kpi.id).cloned().collect();
        let is_mine = matches!(&kpi.scope, KpiScope::Account(owner) if owner == account_id);
        if mine.is_empty() && !is_mine {
            continue;
        }
        let Some(version) = kpi.version_for(last).or_else(|| kpi.newest()).cloned() else { continue };
        let newest_over = mine.iter().rev().find(|value| value.month < current).map(|value| value.month);
        let of_month: Vec<ResultReview> = reviews
            .iter()
            .filter(|review| review.kpi_id == kpi.id && Some(review.month) == newest_over)
            .cloned()
            .collect();
        let walked_on =
            walkthroughs.iter().filter(|walk| walk.kpi_id == kpi.id).map(|walk| walk.held_on).max();
        let reason = kpis::load_reason(&mut tx, &kpi.id, account_id).await?;
        lines.push(MeasureLine {
            version,
            values: mine,
            standing: standing(&of_month),
            reason,
            walked_on,
            kpi,
        });
    }
    let people = owners(&mut tx, &lines).await?;
    lines.sort_by_key(|line| (need(line), line.kpi.name.to_lowercase()));
    Ok(AccountMeasures { account, months, running: (last >= current).then_some(last), lines, people })
}

/// Missed first, then contested, then met, then what has no target.
fn need(line: &MeasureLine) -> u8 {
    use mandate_domain::facts::kpi::Verdict;
    match (line.values.last().map(|value| value.figure.verdict), &line.standing) {
        (Some(Verdict::Missed), _) => 0,
        (_, Standing::Contested(_)) => 1,
        (Some(Verdict::Met | Verdict::TooFew), _) => 2,
        _ => 3,
    }
}

async fn owners(tx: &mut ReadTx, lines: &[MeasureLine]) -> Result<HashMap<String, String>, StoreError> {
    let owners = lines.iter().filter_map(|line| line.kpi.owner_person_id.as_ref().map(Id::to_string));
    names(tx, Named::Person, owners).await
}

/// One measure of an account in full.
#[derive(Clone, Debug)]
pub struct MeasurePage {
    /// Whose.
    pub account: AccountName,
    /// The measure.
    pub kpi: Kpi,
    /// The definition that held in the month shown.
    pub version: KpiVersion,
    /// The month shown.
    pub month: Month,
    /// The month that runs now.
    pub current: Month,
    /// The newest month with a value.
    pub newest: Option<Month>,
    /// Values of the twelve months up to the one shown, oldest first.
    pub values: Vec<KpiValueRow>,
    /// The twelve months together.
    pub year: Figure,
    /// The month's figure as it would be if nothing had been excluded, where that differs.
    pub without_exclusions: Option<Figure>,
    /// Cases of the month that missed their target, the longest past it first; at most [`MOST_CASES`].
    pub missed: Vec<MeasuredCase>,
    /// How many missed.
    pub n_missed: usize,
    /// Cases of the month on which the source and our clock disagree; at most [`MOST_CASES`].
    pub differing: Vec<MeasuredCase>,
    /// How many disagree.
    pub n_differing: usize,
    /// Cases of the month with the source's flag, and those it says were met.
    pub reported: (i64, i64),
    /// Why it matters to the client.
    pub reason: Option<KpiReason>,
    /// Who was taken through it, newest first.
    pub walkthroughs: Vec<Walkthrough>,
    /// What was said of the month, newest first.
    pub reviews: Vec<ResultReview>,
    /// How the month stands.
    pub standing: Standing,
    /// Exclusions agreed for the account.
    pub exclusions: Vec<Exclusion>,
    /// Rules that give credits on it.
    pub rules: Vec<CreditRule>,
    /// Credits on it of the twelve months, newest first.
    pub credits: Vec<ServiceCredit>,
    /// The client's people.
    pub client_people: Vec<PersonName>,
    /// Names of people by id.
    pub people: HashMap<String, String>,
    /// Names of users by id.
    pub users: HashMap<String, String>,
    /// Those a substitute decided, by credit.
    pub substituted: HashMap<String, Substituted>,
    /// Names of teams by the group that stands for them in events.
    pub group_names: BTreeMap<String, String>,
    /// The source's name, for a measure of one source.
    pub source: Option<String>,
}

/// Most cases a page lists.
pub const MOST_CASES: usize = 50;

/// One measure of an account, as of `month` or its newest month with a value.
///
/// # Errors
/// [`MeasureError`]: no right, no such measure for this account.
#[boxed]
pub async fn show_measure(
    ctx: &Ctx,
    actor: &Actor,
    account_id: &Id<Account>,
    kpi_id: &Id<Kpi>,
    month: Option<Month>,
) -> Result<MeasurePage, MeasureError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    let kpi = load_for(&mut tx, actor, kpi_id, account_id).await?;
    let account = reached(&mut tx, actor, account_id).await?;
    let current = current_month(ctx, &account);
    let all = kpis::list_values(&mut tx, kpi_id, account_id).await?;
    // A month that still runs says little: the newest finished one is shown first.
    let finished = all.iter().rev().map(|value| value.month).find(|month| *month < current);
    let newest = all.last().map(|value| value.month);
    let month = month.or(finished).or(newest).unwrap_or(current);
    let first = month.plus(1 - MONTHS);
    let Some(version) = kpi.version_for(month).or_else(|| kpi.newest()).cloned() else {
        return Err(MeasureError::NotFound { what: "measure" });
    };
    let values: Vec<KpiValueRow> =
        all.into_iter().filter(|value| first <= value.month && value.month <= month).collect();
    let cases = MonthCases::read(&mut tx, account_id, &kpi, &version.definition, month).await?;
    let reviews = results::list_reviews(&mut tx, account_id, Some(kpi_id), month, month).await?;
    let walkthroughs = kpis::list_walkthroughs(&mut tx, account_id, Some(kpi_id)).await?;
    let mut rules: Vec<CreditRule> = credits::list_rules(&mut tx, account_id).await?;
    rules.retain(|rule| rule.kpi_id == *kpi_id);
    let mut credits = credits::list_credits(&mut tx, account_id, first, month).await?;
    credits.retain(|credit| rules.iter().any(|rule| rule.id == credit.rule_id));
    let client_people = list_client_people(&mut tx, account_id).await?;
    let reason = kpis::load_reason(&mut tx, kpi_id, account_id).await?;
    let exclusions = exclusions::list_exclusions(&mut tx, account_id).await?;
    let people = people_of(&mut tx, &kpi, &walkthroughs, &reviews, reason.as_ref(), &exclusions).await?;
    let changed_by = credits.iter().filter_map(|credit| credit.changed_by.clone());
    let users = names(&mut tx, Named::User, changed_by).await?;
    let source = match &kpi.scope {
        KpiScope::Source(id) => names(&mut tx, Named::Source, [id.clone()]).await?.remove(id),
        KpiScope::Account(_) | KpiScope::Everything => None,
    };
    Ok(MeasurePage {
        account,
        version,
        month,
        current,
        newest,
        year: year(&values),
        values,
        without_exclusions: cases.without_exclusions,
        missed: cases.missed,
        n_missed: cases.n_missed,
        differing: cases.differing,
        n_differing: cases.n_differing,
        reported: cases.reported,
        reason,
        walkthroughs,
        standing: standing(&reviews),
        reviews,
        exclusions,
        rules,
        credits,
        client_people,
        people,
        users,
        substituted: substituted(&mut tx, account_id).await?,
        group_names: facts_names::group_names(&mut tx).await?,
        source,
        kpi,
    })
}

/// Twelve months of counts together; only what adds up by counting (a percentile of a year is no sum of months').
fn year(values: &[KpiValueRow]) -> Figure {
    let mut year = Figure::NONE;
    for value in values {
        year.n += value.figure.n;
        year.numerator += value.figure.numerator;
    }
    year
}

async fn people_of(
    tx: &mut ReadTx,
    kpi: &Kpi,
    walkthroughs: &[Walkthrough],
    reviews: &[ResultReview],
    reason: Option<&KpiReason>,
    exclusions: &[Exclusion],
) -> Result<HashMap<String, String>, StoreError> {
    let mut ids: Vec<String> = kpi.owner_person_id.iter().map(Id::to_string).collect();
    for walk in walkthroughs {
        ids.push(walk.client_person_id.to_string());
        ids.extend(walk.our_person_id.iter().map(Id::to_string));
    }
    ids.extend(reviews.iter().filter_map(|review| review.client_person_id.as_ref().map(Id::to_string)));
    ids.extend(reason.and_then(|reason| reason.person_id.as_ref().map(Id::to_string)));
    for exclusion in exclusions {
        ids.extend(exclusion.proposed.person_id.iter().map(Id::to_string));
        ids.extend(exclusion.answered.iter().filter_map(|part| part.person_id.as_ref().map(Id::to_string)));
    }
    names(tx, Named::Person, ids).await
}

/// What a page shows of one month's cases.
#[derive(Default)]
struct MonthCases {
    missed: Vec<MeasuredCase>,
    n_missed: usize,
    differing: Vec<MeasuredCase>,
    n_differing: usize,
    reported: (i64, i64),
    without_exclusions: Option<Figure>,
}

impl MonthCases {
    async fn read(
        tx: &mut ReadTx,
        account: &Id<Account>,
        kpi: &Kpi,
        definition: &KpiDefinition,
        month: Month,
    ) -> Result<Self, StoreError> {
        let mut read = Self::default();
        each_month(tx, account, month, month, |_, cases| {
            let mine: Vec<&MeasuredCase> = cases
                .iter()
                .filter(|case| match &kpi.scope {
                    KpiScope::Source(source) => case.source_id == *source,
                    KpiScope::Account(_) | KpiScope::Everything => true,
                })
                .filter(|case| definition.filter.admits(case.place()))
                .collect();
            let over = |case: &MeasuredCase| case.resolution.seconds - case.target_s.unwrap_or(0);
            let mut missed: Vec<&MeasuredCase> =
                mine.iter().copied().filter(|case| case.clock(definition.clock).met == Some(false)).collect();
            missed.sort_by_key(|case| (std::cmp::Reverse(over(case)), case.id.clone()));
            let differing: Vec<&MeasuredCase> = mine.iter().copied().filter(|case| case.differs).collect();
            read.reported.0 =
                mine.iter().filter(|case| case.reported_met.is_some()).count().try_into().unwrap_or(0);
            read.reported.1 =
                mine.iter().filter(|case| case.reported_met == Some(true)).count().try_into().unwrap_or(0);
            (read.n_missed, read.n_differing) = (missed.len(), differing.len());
            read.missed = missed.into_iter().take(MOST_CASES).cloned().collect();
            read.differing = differing.into_iter().take(MOST_CASES).cloned().collect();
            if mine.iter().any(|case| case.excluded_s > 0) {
                let without: Vec<MeasuredCase> =
                    mine.into_iter().cloned().map(MeasuredCase::without_exclusions).collect();
                read.without_exclusions = Some(figure(definition, &without));
            }
        })
        .await?;
        Ok(read)
    }
}

/// A definition tried on real cases.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The definition as read.
    pub definition: KpiDefinition,
    /// Figures by month, oldest first; months without an admitted case have [`Figure::NONE`].
    pub months: Vec<(Month, Figure)>,
    /// The months together.
    pub total: Figure,
    /// Three cases of the newest month: missed ones first.
    pub examples: Vec<MeasuredCase>,
}

/// Tries a definition that is not kept yet on the last twelve months of an account.
///
/// # Errors
/// [`MeasureError`]: no right, an account out of reach, fields that cannot be used.
#[boxed]
pub async fn preview_measure(
    ctx: &Ctx,
    actor: &Actor,
    account_id: &Id<Account>,
    definition: Result<KpiDefinition, Vec<FieldError>>,
) -> Result<Preview, MeasureError> {
    authorise(actor, Action::ReadFacts)?;
    let definition = definition.map_err(|fields| MeasureError::Invalid { fields })?;
    let mut tx = ctx.begin_read().await?;
    reached(&mut tx, actor, account_id).await?;
    let mut preview = Preview { definition, months: vec![], total: Figure::NONE, examples: vec![] };
    let Some((_, last)) = case_months(&mut tx, Some(account_id)).await? else { return Ok(preview) };
    let first = last.plus(1 - MONTHS);
    let definition = preview.definition.clone();
    let mut all: Vec<MeasuredCase> = vec![];
    let mut months: Vec<(Month, Figure)> = vec![];
    each_month(&mut tx, account_id, first, last, |month, cases| {
        months.push((month, figure(&definition, cases)));
        all.extend(cases.iter().filter(|case| definition.filter.admits(case.place())).cloned());
    })
    .await?;
    preview.total = figure(&definition, &all);
    let clock = definition.clock;
    all.sort_by_key(|case| {
        (std::cmp::Reverse(case.month), case.clock(clock).met != Some(false), case.id.clone())
    });
    preview.examples = all.into_iter().take(3).collect();
    let mut month = first;
    while month <= last {
        let known = months.iter().find(|(known, _)| *known == month);
        preview.months.push((month, known.map_or(Figure::NONE, |(_, figure)| *figure)));
        month = month.plus(1);
    }
    Ok(preview)
}

/// What the form of a definition offers.
#[derive(Clone, Debug)]
pub struct DefinitionChoices {
    /// The account chosen, or the first.
    pub account: Option<Id<Account>>,
    /// Values a filter could name, by field.
    pub filters: Vec<(&'static str, Vec<String>)>,
    /// Names of teams by the group that stands for them in events.
    pub group_names: BTreeMap<String, String>,
}

/// What the form of a definition offers, for `account` or the first the actor sees.
///
/// # Errors
/// [`MeasureError`]: no right, an account out of reach.
pub async fn definition_choices(
    ctx: &Ctx,
    actor: &Actor,
    account: Option<Id<Account>>,
) -> Result<DefinitionChoices, MeasureError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    let account = match account {
        Some(account) => {
            reached(&mut tx, actor, &account).await?;
            Some(account)
        }
        None => first_account(&mut tx, &actor.scope).await?,
    };
    let filters = match &account {
        Some(account) => filter_choices(&mut tx, account).await?,
        None => vec![],
    };
    let group_names = facts_names::group_names(&mut tx).await?;
    Ok(DefinitionChoices { account, filters, group_names })
}

/// One measure by itself, for its form.
///
/// # Errors
/// [`MeasureError`]: no right, no such measure.
#[boxed]
pub async fn show_definition(ctx: &Ctx, actor: &Actor, id: &Id<Kpi>) -> Result<Kpi, MeasureError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    load(&mut tx, actor, id).await
}

/// The list of every measure, for its page, API and export.
pub fn definitions_list() -> crate::listing::ListDef {
    mandate_store::reads::kpi_standing::definitions()
}

/// An account's exclusions with the names they need.
#[derive(Clone, Debug)]
pub struct AccountExclusions {
    /// Whose.
    pub account: AccountName,
    /// Those that wait first, then the newest.
    pub exclusions: Vec<Exclusion>,
    /// The client's people.
    pub client_people: Vec<PersonName>,
    /// Names of people by id.
    pub people: HashMap<String, String>,
    /// Names of users by id.
    pub users: HashMap<String, String>,
    /// Those a substitute decided, by exclusion.
    pub substituted: HashMap<String, Substituted>,
}

/// An account's exclusions.
///
/// # Errors
/// [`MeasureError`]: no right, an account out of reach.
pub async fn list_exclusions(
    ctx: &Ctx,
    actor: &Actor,
    account_id: &Id<Account>,
) -> Result<AccountExclusions, MeasureError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    let account = reached(&mut tx, actor, account_id).await?;
    let exclusions = exclusions::list_exclusions(&mut tx, account_id).await?;
    let parts = || {
        let answered = exclusions.iter().filter_map(|exclusion| exclusion.answered.as_ref());
        exclusions.iter().map(|exclusion| &exclusion.proposed).chain(answered)
    };
    let people: Vec<String> = parts().filter_map(|part| part.person_id.as_ref().map(Id::to_string)).collect();
    let users: Vec<String> = parts().map(|part| part.recorded_by.clone()).collect();
    let people = names(&mut tx, Named::Person, people).await?;
    let users = names(&mut tx, Named::User, users).await?;
    let client_people = list_client_people(&mut tx, account_id).await?;
    let substituted = substituted(&mut tx, account_id).await?;
    Ok(AccountExclusions { account, exclusions, client_people, people, users, substituted })
}

/// One credit.
///
/// # Errors
/// [`MeasureError`]: no right, none within reach.
#[boxed]
pub async fn show_credit(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<ServiceCredit>,
) -> Result<ServiceCredit, MeasureError> {
    authorise(actor, Action::ReadFacts)?;
    let found = credits::load_credit(&mut ctx.begin_read().await?, &actor.scope, id).await?;
    found.ok_or(MeasureError::NotFound { what: "credit" })
}

/// An account's credits with their rules.
#[derive(Clone, Debug)]
pub struct AccountCredits {
    /// Whose.
    pub account: AccountName,
    /// Its rules, each with the name of its measure.
    pub rules: Vec<(CreditRule, String)>,
    /// Its credits, newest first.
    pub credits: Vec<ServiceCredit>,
    /// What later months do to those that can be earned back, by credit.
    pub earned_back: HashMap<String, EarnedBack>,
    /// The newest month that is over and has a case.
    pub newest: Option<Month>,
    /// The client's people.
    pub client_people: Vec<PersonName>,
    /// Names of people by id.
    pub people: HashMap<String, String>,
    /// Names of users by id.
    pub users: HashMap<String, String>,
    /// Those a substitute decided, by credit.
    pub substituted: HashMap<String, Substituted>,
}

/// An account's credits of the last 24 months.
///
/// # Errors
/// [`MeasureError`]: no right, an account out of reach.
#[boxed]
pub async fn list_credits(
    ctx: &Ctx,
    actor: &Actor,
    account_id: &Id<Account>,
) -> Result<AccountCredits, MeasureError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    let account = reached(&mut tx, actor, account_id).await?;
    let current = current_month(ctx, &account);
    let months = case_months(&mut tx, Some(account_id)).await?;
    let newest = months.map(|(_, last)| last.min(current.plus(-1)));
    let mut rules = vec![];
    for rule in credits::list_rules(&mut tx, account_id).await? {
        let name = kpis::load_kpi(&mut tx, &rule.kpi_id).await?.map(|kpi| kpi.name).unwrap_or_default();
        rules.push((rule, name));
    }
    let credits = credits::list_credits(&mut tx, account_id, current.plus(-24), current).await?;
    let mut earned = HashMap::new();
    for credit in &credits {
        let Some((rule, _)) = rules.iter().find(|(rule, _)| rule.id == credit.rule_id) else { continue };
        let found = earned_back(&mut tx, rule, credit, current).await?;
        earned.extend(found.map(|found| (credit.id.to_string(), found)));
    }
    let people: Vec<String> =
        credits.iter().filter_map(|credit| credit.client_person_id.as_ref().map(Id::to_string)).collect();
    let people = names(&mut tx, Named::Person, people).await?;
    let users = credits.iter().filter_map(|credit| credit.changed_by.clone()).collect::<Vec<_>>();
    let users = names(&mut tx, Named::User, users).await?;
    let client_people = list_client_people(&mut tx, account_id).await?;
    let substituted = substituted(&mut tx, account_id).await?;
    Ok(AccountCredits {
        account,
        rules,
        credits,
        earned_back: earned,
        newest,
        client_people,
        people,
        users,
        substituted,
    })
}
