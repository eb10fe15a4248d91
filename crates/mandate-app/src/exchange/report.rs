//! The service-level report of an account and month: what it rests on, and the plain document it is written from.
//!
//! The report is loaded as typed figures; whoever knows the reader's language turns them into a [`ReportDocument`] of
//! texts and numbers, which `report_pdf` and `report_xlsx` write. The same figures and clock give the same bytes.

use std::collections::HashMap;

use mandate_domain::book::Account;
use mandate_domain::facts::credit::{CreditRule, ServiceCredit};
use mandate_domain::facts::exclusion::Exclusion;
use mandate_domain::facts::kpi::{Figure, Kpi, KpiVersion, MeasuredCase, Verdict};
use mandate_domain::facts::result::{ResultReview, Standing, Walkthrough, standing};
use mandate_domain::{Id, Instant, Month};
use mandate_store::boxed;
use mandate_store::facts::kpis::{self, KpiReason};
use mandate_store::facts::{credits, exclusions, results};
use mandate_store::reads::kpi_people::{AccountName, Named, load_account_name, names};

use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::exchange::count_export;
use crate::facts::kpi::MeasureError;
use crate::facts::kpi_compute::figure;
use crate::facts::kpi_values::each_month;

/// Most missed cases a report names.
pub const MOST_CASES: usize = 200;

/// One measure of the report.
#[derive(Clone, Debug)]
pub struct ReportMeasure {
    /// The measure.
    pub kpi: Kpi,
    /// The definition of the month.
    pub version: KpiVersion,
    /// The month's figure.
    pub figure: Figure,
    /// As it would be if nothing had been excluded, where that differs.
    pub without_exclusions: Option<Figure>,
    /// How it stands with the client.
    pub standing: Standing,
    /// What the client said, newest first.
    pub reviews: Vec<ResultReview>,
    /// Why it matters, in the client's words.
    pub reason: Option<KpiReason>,
    /// Who was taken through it, newest first.
    pub walkthroughs: Vec<Walkthrough>,
}

/// What a report rests on.
#[derive(Clone, Debug)]
pub struct ServiceReport {
    /// Our firm's name.
    pub firm: String,
    /// The account.
    pub account: AccountName,
    /// The month.
    pub month: Month,
    /// When it was drawn up.
    pub drawn_up_at: Instant,
    /// Whether the month still runs.
    pub running: bool,
    /// The measures, those missed first.
    pub measures: Vec<ReportMeasure>,
    /// Agreed exclusions that reach into the month.
    pub exclusions: Vec<Exclusion>,
    /// The month's credits, each with its rule.
    pub credits: Vec<(ServiceCredit, Option<CreditRule>)>,
    /// Cases that missed their target, the longest past it first.
    pub missed: Vec<MeasuredCase>,
    /// How many missed.
    pub n_missed: usize,
    /// Names of people by id.
    pub people: HashMap<String, String>,
}

/// Loads the report of an account and month.
///
/// # Errors
/// [`MeasureError`]: no right, an account out of reach.
#[boxed]
pub async fn load_report(
    ctx: &Ctx,
    actor: &Actor,
    account_id: &Id<Account>,
    month: Month,
) -> Result<ServiceReport, MeasureError> {
    authorise(actor, Action::ReadFacts)?;
    authorise(actor, Action::Export)?;
    count_export::<MeasureError>(ctx, actor).await?;
    let firm = crate::settings::load_settings(ctx).await?.firm_name;
    let mut tx = ctx.begin_read().await?;
    let Some(account) = load_account_name(&mut tx, &actor.scope, account_id).await? else {
        return Err(MeasureError::NotFound { what: "account" });
    };
    let zone = jiff::tz::TimeZone::get(&account.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let (from, until) = month_bounds(month, &zone);
    let values = kpis::list_values_of_account(&mut tx, account_id, month, month).await?;
    let reviews = results::list_reviews(&mut tx, account_id, None, month, month).await?;
    let walkthroughs = kpis::list_walkthroughs(&mut tx, account_id, None).await?;
    let mut cases: Vec<MeasuredCase> = vec![];
    each_month(&mut tx, account_id, month, month, |_, of_month| cases = of_month.to_vec()).await?;
    let mut measures = vec![];
    for kpi in kpis::list_kpis(&mut tx).await? {
        let Some(value) = values.iter().find(|value| value.kpi_id == kpi.id) else { continue };
        let Some(version) = kpi.version_for(month).cloned() else { continue };
        let reviews: Vec<ResultReview> =
            reviews.iter().filter(|review| review.kpi_id == kpi.id).cloned().collect();
        measures.push(ReportMeasure {
            figure: value.figure,
            without_exclusions: without(&version, &kpi, &cases, &value.figure),
            standing: standing(&reviews),
            reviews,
            reason: kpis::load_reason(&mut tx, &kpi.id, account_id).await?,
            walkthroughs: walkthroughs.iter().filter(|walk| walk.kpi_id == kpi.id).cloned().collect(),
            version,
            kpi,
        });
    }
    let need = |verdict| if verdict == Verdict::Missed { 0 } else { 1 };
    measures.sort_by_key(|measure| {
        (need(measure.figure.verdict), measure.kpi.name.clone(), measure.kpi.id.clone())
    });
    let exclusions = exclusions::list_agreed_between(&mut tx, account_id, from, until).await?;
    let rules = credits::list_rules(&mut tx, account_id).await?;
    let credits = credits::list_credits(&mut tx, account_id, month, month)
        .await?
        .into_iter()
        .map(|credit| {
            let rule = rules.iter().find(|rule| rule.id == credit.rule_id).cloned();
            (credit, rule)
        })
        .collect();
    let (missed, n_missed) = worst_missed(cases);
    let people = people(&mut tx, &measures, &exclusions).await?;
    Ok(ServiceReport {
        firm,
        running: until > ctx.now(),
        account,
        month,
        drawn_up_at: ctx.now(),
        measures,
        exclusions,
        credits,
        missed,
        n_missed,
        people,
    })
}

/// The missed cases furthest over their target, and how many were missed in all.
fn worst_missed(cases: Vec<MeasuredCase>) -> (Vec<MeasuredCase>, usize) {
    let mut missed: Vec<MeasuredCase> =
        cases.into_iter().filter(|case| case.resolution.met == Some(false)).collect();
    let over = |case: &MeasuredCase| case.resolution.seconds - case.target_s.unwrap_or(0);
    missed.sort_by_key(|case| (std::cmp::Reverse(over(case)), case.id.clone()));
    let n_missed = missed.len();
    missed.truncate(MOST_CASES);
    (missed, n_missed)
}

async fn people(
    tx: &mut mandate_store::ReadTx,
    measures: &[ReportMeasure],
    exclusions: &[Exclusion],
) -> Result<HashMap<String, String>, mandate_store::StoreError> {
    let mut ids: Vec<String> = vec![];
    for measure in measures {
        let walked = measure.walkthroughs.iter();
        ids.extend(walked.map(|walk| walk.client_person_id.to_string()));
        ids.extend(measure.reviews.iter().filter_map(|it| it.client_person_id.as_ref().map(Id::to_string)));
        ids.extend(measure.reason.iter().filter_map(|it| it.person_id.as_ref().map(Id::to_string)));
    }
    for exclusion in exclusions {
        ids.extend(exclusion.proposed.person_id.iter().map(Id::to_string));
        ids.extend(exclusion.answered.iter().filter_map(|it| it.person_id.as_ref().map(Id::to_string)));
    }
    names(tx, Named::Person, ids).await
}

/// First instant of the month and of the one after, in the account's zone.
fn month_bounds(month: Month, zone: &jiff::tz::TimeZone) -> (Instant, Instant) {
    let at = |month: Month| {
        let midnight = month.first_day().to_datetime(jiff::civil::Time::midnight());
        let zoned = zone.to_ambiguous_timestamp(midnight).compatible();
        zoned.map_or(Instant::from_seconds(0), Instant::from)
    };
    (at(month), at(month.plus(1)))
}

fn without(version: &KpiVersion, kpi: &Kpi, cases: &[MeasuredCase], with: &Figure) -> Option<Figure> {
    if !cases.iter().any(|case| case.excluded_s > 0) {
        return None;
    }
    let mine = cases.iter().filter(|case| match &kpi.scope {
        mandate_domain::facts::kpi::KpiScope::Source(source) => case.source_id == *source,
        _ => true,
    });
    let all: Vec<MeasuredCase> = mine.cloned().map(MeasuredCase::without_exclusions).collect();
    let without = figure(&version.definition, &all);
    (without.value_micro != with.value_micro).then_some(without)
}

/// A cell of a report's table.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct ReportCell {
    /// As it is read.
    pub text: String,
    /// A second line, smaller.
    pub note: String,
    /// The figure behind the text, for the spreadsheet.
    pub number: Option<f64>,
}

/// A column of a report's table.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ReportColumn {
    /// Its head.
    pub text: String,
    /// Right-aligned.
    pub numeric: bool,
    /// Relative width.
    pub width: u32,
}

/// A section of a report: a question, a remark, a table.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct ReportSection {
    /// Its heading.
    pub heading: String,
    /// What the reader should know of it.
    pub note: String,
    /// Columns; none for a section of text alone.
    pub columns: Vec<ReportColumn>,
    /// Rows in the order of the columns.
    pub rows: Vec<Vec<ReportCell>>,
}

/// A report in the reader's words, ready to be written.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct ReportDocument {
    /// Language tag, such as `en`.
    pub language: String,
    /// Title.
    pub title: String,
    /// The client's name.
    pub client: String,
    /// Our firm's name.
    pub provider: String,
    /// The month in words.
    pub period: String,
    /// The state in one sentence.
    pub state: String,
    /// What stands at the foot of each page.
    pub foot: String,
    /// Its sections.
    pub sections: Vec<ReportSection>,
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The spreadsheet.
    #[error("the spreadsheet could not be written")]
    Spreadsheet(#[from] rust_xlsxwriter::XlsxError),
    /// The document.
    #[error("the document could not be set: {what}")]
    Document {
        /// What the typesetter said.
        what: String,
    },
    /// This program was built without it.
    #[error("this program was built without PDF")]
    NotBuilt,
}

impl crate::UseCaseError for ReportError {
    fn kind(&self) -> crate::ErrorKind {
        match self {
            Self::NotBuilt => crate::ErrorKind::Unavailable,
            Self::Spreadsheet(_) | Self::Document { .. } => crate::ErrorKind::Internal,
        }
    }

    fn message(&self) -> crate::Message {
        crate::Message::new(match self {
            Self::NotBuilt => "report-error-not-built",
            Self::Spreadsheet(_) | Self::Document { .. } => "error-internal",
        })
    }
}
