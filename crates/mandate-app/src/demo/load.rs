//! Loading the demo book, looking whether it is there, and removing it for good.
//!
//! The book, what was agreed and the sign-ins are one transaction; events follow through the ingestion, as a firm's own
//! would. If that fails the book is taken away again, so that a demo is whole or absent.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_domain::audit::Changes;
use mandate_domain::facts::source::SourceId;
use mandate_store::facts::{calendars, credits, exclusions, kpis, results, service_levels, shares, sources};
use mandate_store::wipe::{self, DemoCounts};
use mandate_store::{StoreError, WriteTx, book as store, boxed, identity};

use super::arrangement_records::ArrangementRecords;
use super::book::DemoBook;
use super::commercial_records::CommercialRecords;
use super::custom_records::CustomRecords;
use super::decision_records::DecisionRecords;
use super::event_rows;
use super::fact_records::FactRecords;
use super::ingestion;
use super::records::{Ids, Records};
use super::relationship_records::RelationshipRecords;
use super::tables::{TableError, Tables};
use crate::authorise::{Action, Denied, authorise};
use crate::book::count_anew;
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, Message, UseCaseError};
use crate::facts::IngestError;
use crate::progress::Progress;

/// The seed of the demo that guides and pictures show.
pub const SEED: u64 = 2026;

/// What kind of demo is wanted.
#[derive(Clone, Copy, Debug)]
pub struct DemoOptions {
    /// The same seed and day give the same facts on every machine.
    pub seed: u64,
    /// The day on which its history ends; today when nobody says.
    pub today: Option<Date>,
    /// About how many events.
    pub n_events_hint: u32,
    /// Load it though the database holds accounts of the firm's own.
    pub beside_own_accounts: bool,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self { seed: SEED, today: None, n_events_hint: 300_000, beside_own_accounts: false }
    }
}

/// How much was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoSummary {
    /// Clients.
    pub n_accounts: usize,
    /// People on both sides.
    pub n_people: usize,
    /// Contracts.
    pub n_contracts: usize,
    /// Sign-ins, without passwords.
    pub n_users: usize,
    /// Measures.
    pub n_measures: usize,
    /// Cases.
    pub n_cases: usize,
    /// Events.
    pub n_events: usize,
    /// The day on which its history ends.
    pub today: Date,
}

/// Why the demo book was not loaded or removed.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It is there.
    #[error("the demo book is loaded already, with {n_accounts} accounts; remove it first")]
    Loaded {
        /// Its accounts.
        n_accounts: i64,
    },
    /// It is not there.
    #[error("there is no demo book to remove")]
    NotLoaded,
    /// The database holds a firm's own accounts.
    #[error(
        "this database holds {n_accounts} accounts of your own; say so if the demo is to stand beside them"
    )]
    OwnAccounts {
        /// How many.
        n_accounts: i64,
    },
    /// Our fault: the tables in this program.
    #[error(transparent)]
    Tables(#[from] TableError),
    /// The events could not be taken in.
    #[error("the events of the demo could not be taken in")]
    Events(#[source] IngestError),
    /// Its event files could not be removed; the database no longer counts them.
    #[error("the event files of the demo could not be removed from the data folder")]
    Files(#[source] std::io::Error),
    /// The program is stopping.
    #[error("the work was stopped")]
    Stopped,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for DemoError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Loaded { .. } | Self::NotLoaded | Self::OwnAccounts { .. } => ErrorKind::Conflict,
            Self::Tables(_) | Self::Events(_) | Self::Files(_) => ErrorKind::Internal,
            Self::Stopped => ErrorKind::Unavailable,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::Loaded { n_accounts } => {
                Message::new("demo-error-loaded").with("accounts", n_accounts.to_string())
            }
            Self::NotLoaded => Message::new("demo-error-not-loaded"),
            Self::OwnAccounts { n_accounts } => {
                Message::new("demo-error-own-accounts").with("accounts", n_accounts.to_string())
            }
            Self::Files(_) => Message::new("demo-error-files"),
            Self::Stopped => Message::new("error-unavailable"),
            Self::Tables(_) | Self::Events(_) => Message::new("error-internal"),
            Self::Store(error) => error.message(),
        }
    }
}

/// Whether the demo book is loaded, and how large it is.
///
/// # Errors
/// [`DemoError`] when the reader may not ask, or the database fails.
#[boxed]
pub async fn status(ctx: &Ctx, actor: &Actor) -> Result<DemoCounts, DemoError> {
    authorise(actor, Action::ReadBook)?;
    Ok(wipe::count_demo(&mut ctx.begin_read().await?).await?)
}

/// Loads the demo book.
///
/// # Errors
/// [`DemoError::Loaded`] when it is there, [`DemoError::OwnAccounts`] when the database holds a firm's own and nobody
/// said that this is meant.
#[boxed]
pub async fn load(
    ctx: &Ctx,
    actor: &Actor,
    options: &DemoOptions,
    progress: &mut dyn Progress,
) -> Result<DemoSummary, DemoError> {
    authorise(actor, Action::Administer)?;
    refuse_when_occupied(wipe::count_demo(&mut ctx.begin_read().await?).await?, options)?;
    progress.report("generate", 0, 0);
    let DemoOptions { seed, n_events_hint, .. } = *options;
    let today = options.today.unwrap_or_else(|| ctx.now().date_in(&TimeZone::UTC));
    let generating =
        move || DemoBook::generate(Tables::embedded()?, seed, today, n_events_hint).map(std::sync::Arc::new);
    let book = tokio::task::spawn_blocking(generating).await.map_err(|_| DemoError::Stopped)??;
    progress.report("book", 0, 0);
    let source_id = SourceId::parse(event_rows::SOURCE)
        .map_err(|_| TableError::cell("source", event_rows::SOURCE, "name of a source"))?;
    let ids = Ids::new(ctx, book.tables());
    let records = Records::new(ctx, &book, &ids)?;
    let facts = FactRecords::new(ctx, &book, &ids, &source_id)?;
    let summary = DemoSummary {
        n_accounts: records.accounts.len(),
        n_people: records.people.len(),
        n_contracts: records.contracts.len(),
        n_users: records.users.len(),
        n_measures: facts.kpis.len(),
        n_cases: book.cases.len(),
        n_events: book.n_events(),
        today,
    };
    let decisions = DecisionRecords::new(ctx, (book.tables(), today), &ids, &records)?;
    let relations = RelationshipRecords::new(ctx, &book, &ids, &facts)?;
    let commerce = CommercialRecords::new(ctx, &book, &ids)?;
    let arrangements = ArrangementRecords::new(ctx, &book, &ids, (&records, &relations))?;
    let custom = CustomRecords::new(ctx, &book, &ids)?;
    let made = Made { records, facts, decisions, relations, commerce, arrangements, custom };
    store_book(ctx, actor, options, &made, &source_id).await?;
    progress.report("events", 0, summary.n_events as u64);
    if let Err(error) = ingestion::take_in(ctx, actor, &book, &source_id).await {
        remove(ctx, actor).await?;
        return Err(DemoError::Events(error));
    }
    progress.report("events", summary.n_events as u64, summary.n_events as u64);
    Ok(summary)
}

fn refuse_when_occupied(counts: DemoCounts, options: &DemoOptions) -> Result<(), DemoError> {
    if counts.n_accounts > 0 || counts.n_sources > 0 {
        return Err(DemoError::Loaded { n_accounts: counts.n_accounts });
    }
    if counts.n_own_accounts > 0 && !options.beside_own_accounts {
        return Err(DemoError::OwnAccounts { n_accounts: counts.n_own_accounts });
    }
    Ok(())
}

/// Everything but events.
struct Made {
    records: Records,
    facts: FactRecords,
    decisions: DecisionRecords,
    relations: RelationshipRecords,
    commerce: CommercialRecords,
    arrangements: ArrangementRecords,
    custom: CustomRecords,
}

/// Stores everything but events, in one transaction; looks again whether the place is free, now that it is ours.
async fn store_book(
    ctx: &Ctx,
    actor: &Actor,
    options: &DemoOptions,
    made: &Made,
    source_id: &SourceId,
) -> Result<(), DemoError> {
    let mut tx = ctx.begin_write().await?;
    refuse_when_occupied(wipe::count_demo(&mut tx).await?, options)?;
    store_records(&mut tx, ctx, &made.records).await?;
    sources::insert_source(&mut tx, &event_rows::source(source_id.clone()), ctx.now()).await?;
    sources::save_mapping(&mut tx, source_id, &event_rows::state_mapping()).await?;
    store_facts(&mut tx, ctx, &made.facts).await?;
    made.decisions.store(&mut tx, ctx).await?;
    made.relations.store(&mut tx).await?;
    made.commerce.store(&mut tx).await?;
    made.arrangements.store(&mut tx, ctx).await?;
    made.custom.store(&mut tx, ctx).await?;
    let accounts = made.records.accounts.iter().map(|account| account.id.clone());
    count_anew(&mut tx, ctx, accounts.collect()).await?;
    let changes = Changes::new()
        .field("accounts", None, Some(made.records.accounts.len().to_string()))
        .field("seed", None, Some(options.seed.to_string()))
        .into_vec();
    tx.commit(actor.record(ctx.now(), "demo.loaded", SUBJECT, changes)).await?;
    Ok(())
}

const SUBJECT: Subject<'static> =
    Subject { kind: "demo", id: "demo", name: "Northmoor Services", account_id: None };

async fn store_records(tx: &mut WriteTx, ctx: &Ctx, records: &Records) -> Result<(), StoreError> {
    store::insert_many(tx, &records.lines).await?;
    store::insert_many(tx, &records.teams).await?;
    store::insert_many(tx, &records.products).await?;
    store::insert_many(tx, &records.accounts).await?;
    store::insert_many(tx, &records.people).await?;
    store::insert_many(tx, &records.contracts).await?;
    store::insert_many(tx, &records.contract_lines).await?;
    for (account, people) in &records.working {
        store::set_working_people(tx, account, people).await?;
    }
    for user in &records.users {
        identity::insert_user(tx, user, ctx.now()).await?;
    }
    store::insert_candid_notes(tx, &records.candid_notes).await
}

async fn store_facts(tx: &mut WriteTx, ctx: &Ctx, facts: &FactRecords) -> Result<(), StoreError> {
    let now = ctx.now();
    for calendar in &facts.calendars {
        calendars::insert_calendar(tx, calendar, now).await?;
    }
    for level in &facts.levels {
        service_levels::insert_service_level(tx, level, now).await?;
    }
    for kpi in &facts.kpis {
        kpis::insert_kpi(tx, kpi, now).await?;
        crate::facts::kpi::index(tx, kpi).await?;
    }
    for (key, reason) in &facts.reasons {
        kpis::save_reason(tx, &key.kpi, &key.account, reason).await?;
        // What matters to a client by their own word is what they see.
        shares::share_kpi(tx, &key.kpi, &key.account, None, now).await?;
    }
    for walkthrough in &facts.walkthroughs {
        kpis::insert_walkthrough(tx, walkthrough, now).await?;
    }
    for exclusion in &facts.exclusions {
        exclusions::insert_exclusion(tx, exclusion).await?;
    }
    for review in &facts.reviews {
        results::insert_review(tx, review).await?;
    }
    for rule in &facts.credit_rules {
        credits::insert_rule(tx, rule, now).await?;
    }
    Ok(())
}

/// The named operation "demo wipe": removes every row and file of the demo book, and what was derived from them.
///
/// How many rows went. The audit record keeps that it was there.
///
/// # Errors
/// [`DemoError::NotLoaded`] when there is none.
#[boxed]
pub async fn remove(ctx: &Ctx, actor: &Actor) -> Result<u64, DemoError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_write().await?;
    let counts = wipe::count_demo(&mut tx).await?;
    if counts.n_accounts == 0 && counts.n_sources == 0 {
        return Err(DemoError::NotLoaded);
    }
    let sources = wipe::list_demo_sources(&mut tx).await?;
    let n_rows = wipe::wipe_demo(&mut tx).await?;
    let changes = Changes::new()
        .field("accounts", Some(counts.n_accounts.to_string()), None)
        .field("events", Some(counts.n_events.to_string()), None)
        .field("rows", Some(n_rows.to_string()), None)
        .into_vec();
    tx.commit(actor.record(ctx.now(), "demo.removed", SUBJECT, changes)).await?;
    for source in sources {
        ingestion::remove_files(ctx, &source).await.map_err(DemoError::Files)?;
    }
    Ok(n_rows)
}
