//! Measures: defined, revised, put away; why they matter to a client.
//!
//! A measure of one account is kept by who may write facts and sees the account; one of a source or of all accounts by
//! who may write facts. Definitions follow each other by month, and history is never restated. Not here: what pages
//! read (`kpi_read`), what clients say and who was taken through (`result`), the arithmetic (`kpi_compute`), values by month (`kpi_values`).

use mandate_domain::audit::{AuditRecord, Changes};
use mandate_domain::book::{Account, Person};
use mandate_domain::facts::case_filter::{CaseFilter, CaseFilterError, CaseFilterParts};
use mandate_domain::facts::kpi::{
    Aggregate, Cadence, DefinitionError, Direction, Kpi, KpiDefinition, KpiScope, KpiVersion, LONGEST_NAME,
    MeasuredClock, ReviseError, Revision,
};
use mandate_domain::facts::source::SourceId;
use mandate_domain::text::{TextError, line, paragraphs};
use mandate_domain::{Id, Month};
use mandate_store::facts::kpis::{self, KpiReason};
use mandate_store::facts::results::newest_reviewed_month;
use mandate_store::facts::sources::load_source;
use mandate_store::reads::kpi_cases::case_months;
use mandate_store::reads::kpi_people::{is_our_person, list_client_people, load_account_name};
use mandate_store::search::{self, Entry};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

pub use super::kpi_propose::propose_measures;
pub use super::kpi_values::{recompute_kpi, recompute_values};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, FieldError, Message, TooMany, UseCaseError};

/// Why something about a measure could not be done.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none, or not for this reader.
    #[error("there is no such {what}")]
    NotFound {
        /// The kind of record.
        what: &'static str,
    },
    /// Fields that cannot be used.
    #[error("{} fields cannot be used", fields.len())]
    Invalid {
        /// Which, and why.
        fields: Vec<FieldError>,
    },
    /// It would change the past.
    #[error(transparent)]
    Revise(#[from] ReviseError),
    /// More files in an hour than the firm lets one person take out.
    #[error(transparent)]
    TooOften(#[from] TooMany),
    /// The database failed, or another save came first.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for MeasureError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Invalid { .. } | Self::Revise(_) => ErrorKind::Invalid,
            Self::TooOften(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(denied) => denied.message(),
            Self::NotFound { .. } => Message::new("error-not-found"),
            Self::Invalid { .. } | Self::Revise(_) => Message::new("error-invalid"),
            Self::TooOften(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid { fields } => fields.clone(),
            Self::Revise(ReviseError::HistoryWouldChange { newest, earliest }) => {
                let message = Message::new("measure-error-history")
                    .with("newest", newest.to_string())
                    .with("earliest", earliest.to_string());
                vec![FieldError { field: "valid_from".to_owned(), message }]
            }
            _ => vec![],
        }
    }
}

/// The message for a text that may not be stored.
pub(crate) fn text_message(error: &TextError) -> Message {
    match error {
        TextError::Empty => Message::new("field-error-empty"),
        TextError::TooLong { length, limit } => Message::new("field-error-long")
            .with("length", length.to_string())
            .with("limit", limit.to_string()),
        TextError::ControlCharacter { .. } => Message::new("field-error-control"),
    }
}

/// Collects what is wrong with fields, so that a form is mended once.
#[derive(Debug, Default)]
pub(crate) struct Fields(pub(crate) Vec<FieldError>);

impl Fields {
    /// The value, or nothing and a note of what is wrong with `field`.
    pub(crate) fn take<T, E>(
        &mut self,
        field: &str,
        result: Result<T, E>,
        message: impl FnOnce(&E) -> Message,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(field, message(&error));
                None
            }
        }
    }

    /// Notes what is wrong with `field`.
    pub(crate) fn add(&mut self, field: &str, message: Message) {
        self.0.push(FieldError { field: field.to_owned(), message });
    }

    /// Nothing is wrong, or what is.
    pub(crate) fn done(self) -> Result<(), MeasureError> {
        if self.0.is_empty() { Ok(()) } else { Err(MeasureError::Invalid { fields: self.0 }) }
    }
}

/// A definition as it is typed.
#[derive(Clone, Debug, Default)]
pub struct DefinitionDraft {
    /// Word of a [`MeasuredClock`].
    pub clock: String,
    /// Word of an [`Aggregate`] with its choices, such as `rate:reopened:cases`.
    pub aggregate: String,
    /// The number that belongs to it.
    pub parameter: Option<i64>,
    /// Word of a [`Direction`].
    pub direction: String,
    /// Target in micro units.
    pub target_micro: Option<i64>,
    /// The filter's lists.
    pub filter: CaseFilterParts,
}

impl DefinitionDraft {
    /// The definition, if every field can be used.
    ///
    /// # Errors
    /// What is wrong with each field.
    pub fn parse(&self) -> Result<KpiDefinition, Vec<FieldError>> {
        let mut fields = Fields::default();
        let unknown = |_: &_| Message::new("measure-error-choice");
        let clock = fields.take("clock", MeasuredClock::parse(&self.clock), unknown);
        let direction = fields.take("direction", Direction::parse(&self.direction), unknown);
        let aggregate = match Aggregate::parse(&self.aggregate, self.parameter) {
            Ok(aggregate) => Some(aggregate),
            Err(error) => {
                fields.add(error.field(), definition_message(&error));
                None
            }
        };
        let filter = match CaseFilter::new(&self.filter) {
            Ok(filter) => Some(filter),
            Err(error) => {
                let field =
                    if matches!(error, CaseFilterError::Priority { .. }) { "priorities" } else { "filter" };
                fields.add(field, Message::new("measure-error-filter").with("what", error.to_string()));
                None
            }
        };
        let (Some(clock), Some(direction), Some(aggregate), Some(filter)) =
            (clock, direction, aggregate, filter)
        else {
            return Err(fields.0);
        };
        KpiDefinition::new(clock, aggregate, direction, self.target_micro, filter).map_err(|error| {
            vec![FieldError { field: error.field().to_owned(), message: definition_message(&error) }]
        })
    }
}

fn definition_message(error: &DefinitionError) -> Message {
    match error {
        DefinitionError::UnknownAggregate { .. } => Message::new("measure-error-choice"),
        DefinitionError::Parameter { least, most } => Message::new("measure-error-parameter")
            .with("least", least.to_string())
            .with("most", most.to_string()),
        DefinitionError::Weights { text } => Message::new("measure-error-weights").with("text", text.clone()),
        DefinitionError::Target { .. } => Message::new("measure-error-target"),
    }
}

/// A measure as it is typed.
#[derive(Clone, Debug, Default)]
pub struct KpiDraft {
    /// Name.
    pub name: String,
    /// The firm's own id, if it has one.
    pub external_id: Option<String>,
    /// Word of a [`Cadence`].
    pub cadence: String,
    /// Who of ours answers for it.
    pub owner_person_id: Option<Id<Person>>,
    /// First month the definition holds for; without one, the first with a case.
    pub valid_from: Option<Month>,
    /// What it computes.
    pub definition: DefinitionDraft,
}

struct Checked {
    name: String,
    cadence: Cadence,
    external_id: Option<String>,
    definition: KpiDefinition,
}

fn check(draft: &KpiDraft) -> Result<Checked, MeasureError> {
    let mut fields = Fields::default();
    let name = fields.take("name", line(&draft.name, LONGEST_NAME), text_message);
    let cadence =
        fields.take("cadence", Cadence::parse(&draft.cadence), |_| Message::new("measure-error-choice"));
    let external_id = match draft.external_id.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => fields.take("external_id", line(text, 80), text_message),
        None => None,
    };
    let definition = match draft.definition.parse() {
        Ok(definition) => Some(definition),
        Err(errors) => {
            fields.0.extend(errors);
            None
        }
    };
    fields.done()?;
    match (name, cadence, definition) {
        (Some(name), Some(cadence), Some(definition)) => {
            Ok(Checked { name, cadence, external_id, definition })
        }
        _ => Err(MeasureError::Invalid { fields: vec![] }),
    }
}

/// Whether `actor` may see a measure: one of an account only with the account.
#[boxed]
pub(crate) async fn sees(tx: &mut ReadTx, actor: &Actor, kpi: &Kpi) -> Result<bool, StoreError> {
    match &kpi.scope {
        KpiScope::Account(account) => Ok(load_account_name(tx, &actor.scope, account).await?.is_some()),
        KpiScope::Source(_) | KpiScope::Everything => Ok(true),
    }
}

/// The measure, if `actor` may see it.
#[boxed]
pub(crate) async fn load(tx: &mut ReadTx, actor: &Actor, id: &Id<Kpi>) -> Result<Kpi, MeasureError> {
    let not_found = MeasureError::NotFound { what: "measure" };
    let Some(kpi) = kpis::load_kpi(tx, id).await? else { return Err(not_found) };
    if sees(tx, actor, &kpi).await? { Ok(kpi) } else { Err(not_found) }
}

/// Notes when `person`, named in `field`, is none of ours.
#[boxed]
pub(crate) async fn check_our_person(
    tx: &mut ReadTx,
    person: &Id<Person>,
    field: &str,
    fields: &mut Fields,
) -> Result<(), StoreError> {
    if !is_our_person(tx, person).await? {
        fields.add(field, Message::new("measure-error-our-person"));
    }
    Ok(())
}

/// Whether the owner and the source of a measure are there.
async fn check_references(
    tx: &mut ReadTx,
    owner: Option<&Id<Person>>,
    scope: &KpiScope,
) -> Result<(), MeasureError> {
    let mut fields = Fields::default();
    if let Some(owner) = owner {
        check_our_person(tx, owner, "owner_person_id", &mut fields).await?;
    }
    if let KpiScope::Source(source) = scope {
        let known = match SourceId::parse(source) {
            Ok(id) => load_source(tx, &id).await?.is_some(),
            Err(_) => false,
        };
        if !known {
            fields.add("source_id", Message::new("measure-error-source").with("source", source.clone()));
        }
    }
    fields.done()
}

fn account_of(kpi: &Kpi) -> Option<&str> {
    match &kpi.scope {
        KpiScope::Account(account) => Some(account.as_str()),
        KpiScope::Source(_) | KpiScope::Everything => None,
    }
}

pub(crate) fn subject(kpi: &Kpi) -> Subject<'_> {
    Subject { kind: "measure", id: kpi.id.as_str(), name: &kpi.name, account_id: account_of(kpi) }
}

#[boxed]
pub(crate) async fn index(tx: &mut WriteTx, kpi: &Kpi) -> Result<(), StoreError> {
    let entry = Entry {
        kind: "measure",
        record_id: kpi.id.to_string(),
        account_id: account_of(kpi).map(str::to_owned),
        title: kpi.name.clone(),
        context: String::new(),
    };
    search::put_many(tx, vec![entry]).await
}

/// Defines a measure and computes its values.
///
/// # Errors
/// [`MeasureError`]: no right, an account out of reach, fields that cannot be used.
#[boxed]
pub async fn define_kpi(
    ctx: &Ctx,
    actor: &Actor,
    scope: KpiScope,
    draft: &KpiDraft,
) -> Result<Kpi, MeasureError> {
    authorise(actor, Action::WriteFacts)?;
    let checked = check(draft)?;
    let mut tx = ctx.begin_write().await?;
    check_references(&mut tx, draft.owner_person_id.as_ref(), &scope).await?;
    let account = if let KpiScope::Account(account) = &scope { Some(account) } else { None };
    let first_case = case_months(&mut tx, account).await?.map(|(first, _)| first);
    let zone = jiff::tz::TimeZone::UTC;
    let valid_from = draft.valid_from.or(first_case).unwrap_or_else(|| Month::of(ctx.now().date_in(&zone)));
    let version = KpiVersion { id: ctx.new_id(), valid_from, definition: checked.definition };
    let kpi = Kpi {
        id: ctx.new_id(),
        external_id: checked.external_id,
        scope,
        name: checked.name,
        owner_person_id: draft.owner_person_id.clone(),
        cadence: checked.cadence,
        assumed: false,
        demo: false,
        version: 1,
        versions: vec![version],
    };
    if !sees(&mut tx, actor, &kpi).await? {
        return Err(MeasureError::NotFound { what: "account" });
    }
    kpis::insert_kpi(&mut tx, &kpi, ctx.now()).await?;
    index(&mut tx, &kpi).await?;
    recompute_kpi(&mut tx, &kpi, valid_from).await?;
    let changes = Changes::new()
        .field("name", None, Some(kpi.name.clone()))
        .field("aggregate", None, Some(kpi.versions[0].definition.aggregate.word()))
        .into_vec();
    tx.commit(actor.record(ctx.now(), "measure.defined", subject(&kpi), changes)).await?;
    Ok(kpi)
}

/// Changes a measure as read at `version`: its name and owner at once, its definition from `draft.valid_from` on.
///
/// # Errors
/// [`MeasureError`]: no right, fields that cannot be used, a past that would change, another save that came first.
#[boxed]
pub async fn revise_kpi(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Kpi>,
    version: i64,
    draft: &KpiDraft,
) -> Result<Kpi, MeasureError> {
    authorise(actor, Action::WriteFacts)?;
    let checked = check(draft)?;
    let mut tx = ctx.begin_write().await?;
    let before = load(&mut tx, actor, id).await?;
    if before.version != version {
        return Err(StoreError::Stale { table: "kpi" }.into());
    }
    if draft.owner_person_id != before.owner_person_id {
        check_references(&mut tx, draft.owner_person_id.as_ref(), &KpiScope::Everything).await?;
    }
    let Some(newest) = before.newest().cloned() else {
        return Err(MeasureError::NotFound { what: "measure" });
    };
    let mut after = Kpi {
        external_id: checked.external_id,
        name: checked.name,
        owner_person_id: draft.owner_person_id.clone(),
        cadence: checked.cadence,
        assumed: false,
        version,
        ..before.clone()
    };
    kpis::save_kpi(&mut tx, &after, ctx.now()).await?;
    index(&mut tx, &after).await?;
    let valid_from = draft.valid_from.unwrap_or(newest.valid_from);
    let changed = checked.definition != newest.definition;
    if changed {
        let reviewed = newest_reviewed_month(&mut tx, id).await?;
        let definition = checked.definition.clone();
        match after.revise(valid_from, reviewed)? {
            Revision::Added => {
                let added = KpiVersion { id: ctx.new_id(), valid_from, definition };
                kpis::insert_version(&mut tx, id, &added, ctx.now()).await?;
                after.versions.push(added);
            }
            Revision::Corrected(version_id) => {
                let corrected = KpiVersion { id: version_id, valid_from, definition };
                kpis::correct_version(&mut tx, &corrected).await?;
                after.versions.retain(|version| version.id != corrected.id);
                after.versions.push(corrected);
            }
        }
        recompute_kpi(&mut tx, &after, valid_from).await?;
    }
    let target = |definition: &KpiDefinition| definition.target_micro().map(|target| target.to_string());
    let mut changes = Changes::new()
        .field("name", Some(before.name.clone()), Some(after.name.clone()))
        .field("cadence", Some(before.cadence.as_str().to_owned()), Some(after.cadence.as_str().to_owned()))
        .field("owner", owner_text(&before), owner_text(&after));
    if changed {
        let (old, new) = (&newest.definition, &checked.definition);
        changes = changes
            .field("valid_from", Some(newest.valid_from.to_string()), Some(valid_from.to_string()))
            .field("aggregate", Some(old.aggregate.word()), Some(new.aggregate.word()))
            .field("target_micro", target(old), target(new))
            .field("filter", Some(old.filter.to_string()), Some(new.filter.to_string()));
    }
    after.version = version + 1;
    tx.commit(actor.record(ctx.now(), "measure.revised", subject(&after), changes.into_vec())).await?;
    Ok(after)
}

/// Gives a measure to another of ours, or to nobody; answers what goes on record. The caller has asked for the right and checked who.
#[boxed]
pub(crate) async fn give_kpi(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    kpi: &Kpi,
    owner: Option<Id<Person>>,
) -> Result<AuditRecord, StoreError> {
    let after = Kpi { owner_person_id: owner, ..kpi.clone() };
    kpis::save_kpi(tx, &after, ctx.now()).await?;
    let changes = Changes::new().field("owner", owner_text(kpi), owner_text(&after));
    Ok(actor.record(ctx.now(), "measure.revised", subject(&after), changes.into_vec()))
}

fn owner_text(kpi: &Kpi) -> Option<String> {
    kpi.owner_person_id.as_ref().map(Id::to_string)
}

/// Puts a measure into the trash.
///
/// # Errors
/// [`MeasureError`]: no right, no such measure, another save that came first.
#[boxed]
pub async fn trash_kpi(ctx: &Ctx, actor: &Actor, id: &Id<Kpi>, version: i64) -> Result<Kpi, MeasureError> {
    authorise(actor, Action::WriteFacts)?;
    let mut tx = ctx.begin_write().await?;
    let kpi = load(&mut tx, actor, id).await?;
    kpis::trash_kpi(&mut tx, id, version, ctx.now()).await?;
    search::remove(&mut tx, "measure", id.as_str()).await?;
    tx.commit(actor.record(ctx.now(), "measure.trashed", subject(&kpi), vec![])).await?;
    Ok(kpi)
}

/// Brings a measure back, and computes what it missed meanwhile.
///
/// # Errors
/// [`MeasureError`]: no right, nothing to bring back.
#[boxed]
pub async fn restore_kpi(ctx: &Ctx, actor: &Actor, id: &Id<Kpi>) -> Result<Kpi, MeasureError> {
    authorise(actor, Action::WriteFacts)?;
    let mut tx = ctx.begin_write().await?;
    kpis::restore_kpi(&mut tx, id).await.map_err(|error| match error {
        StoreError::Stale { .. } => MeasureError::NotFound { what: "measure" },
        error => error.into(),
    })?;
    let kpi = load(&mut tx, actor, id).await?;
    index(&mut tx, &kpi).await?;
    if let Some(first) = kpi.versions.iter().map(|version| version.valid_from).min() {
        recompute_kpi(&mut tx, &kpi, first).await?;
    }
    tx.commit(actor.record(ctx.now(), "measure.restored", subject(&kpi), vec![])).await?;
    Ok(kpi)
}

/// Why a measure matters to one client, as it is typed.
#[derive(Clone, Debug)]
pub struct ReasonDraft {
    /// In the client's words.
    pub text: String,
    /// Who of the client said so.
    pub person_id: Option<Id<Person>>,
    /// On which day.
    pub said_on: Option<jiff::civil::Date>,
    /// The version read; 0 when there was none.
    pub version: i64,
}

/// Keeps why a measure matters to a client, in the client's words.
///
/// # Errors
/// [`MeasureError`]: no right, out of reach, no words, a stranger's name, another save that came first.
#[boxed]
pub async fn save_reason(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Kpi>,
    account: &Id<Account>,
    draft: &ReasonDraft,
) -> Result<(), MeasureError> {
    authorise(actor, Action::WorkResults)?;
    let mut fields = Fields::default();
    let text = fields.take("text", paragraphs(&draft.text, 1_000), text_message).unwrap_or_default();
    if text.is_empty() && fields.0.is_empty() {
        fields.add("text", Message::new("field-error-empty"));
    }
    let mut tx = ctx.begin_write().await?;
    let kpi = load_for(&mut tx, actor, id, account).await?;
    if let Some(person) = &draft.person_id {
        check_client_person(&mut tx, account, person, &mut fields).await?;
    }
    fields.done()?;
    let before = kpis::load_reason(&mut tx, id, account).await?.map(|reason| reason.text);
    let reason = KpiReason {
        text,
        person_id: draft.person_id.clone(),
        said_on: draft.said_on,
        version: draft.version,
    };
    kpis::save_reason(&mut tx, id, account, &reason).await?;
    let changes = Changes::new().field("reason", before, Some(reason.text)).into_vec();
    let subject = Subject { account_id: Some(account.as_str()), ..subject(&kpi) };
    tx.commit(actor.record(ctx.now(), "measure.reason_recorded", subject, changes)).await?;
    Ok(())
}

/// The measure as it applies to an account that `actor` may see.
#[boxed]
pub(crate) async fn load_for(
    tx: &mut ReadTx,
    actor: &Actor,
    id: &Id<Kpi>,
    account: &Id<Account>,
) -> Result<Kpi, MeasureError> {
    if load_account_name(tx, &actor.scope, account).await?.is_none() {
        return Err(MeasureError::NotFound { what: "account" });
    }
    let kpi = load(tx, actor, id).await?;
    match &kpi.scope {
        KpiScope::Account(owner) if owner != account => Err(MeasureError::NotFound { what: "measure" }),
        _ => Ok(kpi),
    }
}

/// Notes when `person` is none of the client's people of `account`.
#[boxed]
pub(crate) async fn check_client_person(
    tx: &mut ReadTx,
    account: &Id<Account>,
    person: &Id<Person>,
    fields: &mut Fields,
) -> Result<(), StoreError> {
    let known = list_client_people(tx, account).await?.iter().any(|known| known.id == person.as_str());
    if !known {
        fields.add("client_person_id", Message::new("measure-error-client-person"));
    }
    Ok(())
}
