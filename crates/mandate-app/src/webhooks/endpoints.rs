//! Endpoints: set up, changed, given another secret, paused, resumed, removed.
//!
//! Whoever keeps one by a token needs in it every right an endpoint may read by, or a narrow token would become a wide one. An
//! address may hold a secret of the receiver's in its path, so the audit record names its host only.

use mandate_domain::audit::Changes;
use mandate_domain::identity::User;
use mandate_domain::webhook::{Happening, Matter, OutAddress, OutAddressError, Pause};
use mandate_domain::{Id, Instant};
use mandate_store::boxed;
use mandate_store::webhooks::{self as store, StoredEndpoint};
use mandate_store::{ReadTx, StoreError, identity};

use super::sign::SigningSecret;
use super::told::reader;
use super::{MOST_ENDPOINTS, READS, WebhookError};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{FieldError, Message};

/// For how long the secret of before still signs beside the new one: a day.
const BOTH_SIGN_S: i64 = 86_400;

/// An endpoint as it is to be.
#[derive(Clone, Debug, Default)]
pub struct EndpointDraft {
    /// Where it is.
    pub address: String,
    /// What it hears of: words of [`Matter`]; none for everything.
    pub matters: Vec<String>,
    /// Which happenings: words of [`Happening`]; none for all.
    pub happenings: Vec<String>,
    /// On whose behalf it reads: a user's id.
    pub reader_id: String,
}

/// An endpoint, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointLine {
    /// Its id.
    pub id: Id<StoredEndpoint>,
    /// Where it is.
    pub address: String,
    /// What it hears of; none for everything.
    pub matters: Vec<Matter>,
    /// Which happenings; none for all.
    pub happenings: Vec<Happening>,
    /// On whose behalf it reads.
    pub reader_id: Id<User>,
    /// Their name now.
    pub reader_name: String,
    /// Why nothing is sent.
    pub pause: Option<Pause>,
    /// Until when the secret of before still signs.
    pub both_sign_until: Option<Instant>,
    /// Since when nothing arrives.
    pub failing_since: Option<Instant>,
    /// How much waits.
    pub n_waiting: i64,
    /// When it was set up.
    pub created_at: Instant,
    /// Counts saves.
    pub version: i64,
}

/// The host an endpoint is at.
pub(crate) fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}

pub(super) fn subject(endpoint: &StoredEndpoint) -> Subject<'_> {
    Subject { kind: "webhook", id: endpoint.id.as_str(), name: host(&endpoint.address), account_id: None }
}

pub(super) async fn find(tx: &mut ReadTx, id: &Id<StoredEndpoint>) -> Result<StoredEndpoint, WebhookError> {
    store::load_endpoint(tx, id).await?.ok_or(WebhookError::NotFound)
}

/// Whether `actor` may keep endpoints.
fn may_keep(actor: &Actor) -> Result<(), Denied> {
    authorise(actor, Action::Administer)?;
    READS.into_iter().try_for_each(|action| authorise(actor, action))
}

pub(crate) fn address_message(error: OutAddressError) -> Message {
    match error {
        OutAddressError::Empty => Message::new("out-address-error-empty"),
        OutAddressError::TooLong => {
            Message::new("out-address-error-too-long").with("limit", OutAddress::MAX.to_string())
        }
        OutAddressError::Characters => Message::new("out-address-error-characters"),
        OutAddressError::Scheme => Message::new("out-address-error-scheme"),
        OutAddressError::Login => Message::new("out-address-error-login"),
        OutAddressError::Host => Message::new("out-address-error-host"),
    }
}

/// The words of `given`, each once, in the order of `all`; those that are none go to `errors`.
fn words_of(
    field: &str,
    given: &[String],
    all: &[&'static str],
    errors: &mut Vec<FieldError>,
) -> Vec<&'static str> {
    if let Some(unknown) = given.iter().find(|word| !all.contains(&word.as_str())) {
        let message = Message::new("webhook-error-word")
            .with("word", unknown.chars().take(40).collect::<String>())
            .with("known", all.join(", "));
        errors.push(FieldError { field: field.to_owned(), message });
    }
    all.iter().copied().filter(|word| given.iter().any(|it| it == word)).collect()
}

struct Checked {
    address: String,
    matters: String,
    happenings: String,
    reader_id: Id<User>,
}

async fn check(tx: &mut ReadTx, draft: &EndpointDraft) -> Result<Checked, WebhookError> {
    let mut errors = vec![];
    let mut wrong = |field: &str, message| errors.push(FieldError { field: field.to_owned(), message });
    let address = OutAddress::parse(&draft.address)
        .map_err(|error| wrong("address", address_message(error)))
        .map(|address| address.as_str().to_owned());
    let user = Id::<User>::parse(draft.reader_id.trim()).ok();
    let reads = match &user {
        Some(user) => reader(tx, user).await?.is_some(),
        None => false,
    };
    if !reads {
        wrong("reader_id", Message::new("webhook-error-reader"));
    }
    let matters: Vec<&str> = Matter::all().map(Matter::as_str).collect();
    let happenings = Happening::ALL.map(Happening::as_str);
    let matters = words_of("matters", &draft.matters, &matters, &mut errors).join(" ");
    let happenings = words_of("happenings", &draft.happenings, &happenings, &mut errors).join(" ");
    match (address, user, errors.is_empty()) {
        (Ok(address), Some(reader_id), true) => Ok(Checked { address, matters, happenings, reader_id }),
        _ => Err(WebhookError::Fields(errors)),
    }
}

/// Every endpoint, the oldest first.
///
/// # Errors
/// [`WebhookError::Denied`].
#[boxed]
pub async fn list_endpoints(ctx: &Ctx, actor: &Actor) -> Result<Vec<EndpointLine>, WebhookError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_read().await?;
    let mut lines = vec![];
    for endpoint in store::list_endpoints(&mut tx).await? {
        lines.push(line(&mut tx, endpoint, ctx.now()).await?);
    }
    Ok(lines)
}

/// An endpoint.
///
/// # Errors
/// [`WebhookError::NotFound`] when there is none.
#[boxed]
pub async fn load_endpoint(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<StoredEndpoint>,
) -> Result<EndpointLine, WebhookError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_read().await?;
    let endpoint = find(&mut tx, id).await?;
    Ok(line(&mut tx, endpoint, ctx.now()).await?)
}

async fn line(tx: &mut ReadTx, endpoint: StoredEndpoint, now: Instant) -> Result<EndpointLine, StoreError> {
    let reader = identity::load_user(tx, &endpoint.reader_id).await?;
    let n_waiting = store::count_waiting(tx, &endpoint.id).await?;
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    Ok(EndpointLine {
        matters: words(&endpoint.matters).iter().filter_map(|word| Matter::parse(word)).collect(),
        happenings: words(&endpoint.happenings).iter().filter_map(|word| Happening::parse(word)).collect(),
        reader_name: reader.map(|stored| stored.user.display_name).unwrap_or_default(),
        both_sign_until: endpoint.previous.iter().map(|(_, until)| *until).filter(|until| now < *until).max(),
        id: endpoint.id,
        address: endpoint.address,
        reader_id: endpoint.reader_id,
        pause: endpoint.pause,
        failing_since: endpoint.failing_since,
        n_waiting,
        created_at: endpoint.created_at,
        version: endpoint.version,
    })
}

/// Sets an endpoint up; it hears of what happens from now on. The secret is shown here only.
///
/// # Errors
/// [`WebhookError::Fields`] naming every field that does not fit; then none was kept.
#[boxed]
pub async fn add_endpoint(
    ctx: &Ctx,
    actor: &Actor,
    draft: &EndpointDraft,
) -> Result<(EndpointLine, SigningSecret), WebhookError> {
    may_keep(actor)?;
    let (id, secret) = (ctx.new_id(), SigningSecret::fresh(ctx));
    let sealed = secret.sealed(ctx, &id)?;
    let mut tx = ctx.begin_write().await?;
    let checked = check(&mut tx, draft).await?;
    if MOST_ENDPOINTS <= store::count_endpoints(&mut tx).await? {
        return Err(WebhookError::TooMany);
    }
    let endpoint = StoredEndpoint {
        id,
        address: checked.address,
        matters: checked.matters,
        happenings: checked.happenings,
        reader_id: checked.reader_id,
        made_by: actor.user_id().cloned(),
        pause: None,
        secret: sealed,
        previous: vec![],
        read_to: store::last_seq(&mut tx).await?,
        failing_since: None,
        created_at: ctx.now(),
        version: 1,
    };
    store::insert_endpoint(&mut tx, &endpoint).await?;
    let line = line(&mut tx, endpoint.clone(), ctx.now()).await?;
    let changes = changes(None, &endpoint);
    tx.commit(actor.record(ctx.now(), "webhook.created", subject(&endpoint), changes.into_vec())).await?;
    Ok((line, secret))
}

fn changes(before: Option<&StoredEndpoint>, after: &StoredEndpoint) -> Changes {
    let of = |endpoint: &StoredEndpoint| {
        [
            Some(host(&endpoint.address).to_owned()),
            Some(endpoint.matters.clone()).filter(|words| !words.is_empty()),
            Some(endpoint.happenings.clone()).filter(|words| !words.is_empty()),
            Some(endpoint.reader_id.to_string()),
        ]
    };
    let [host_before, matters_before, happenings_before, reader_before] = before.map(of).unwrap_or_default();
    let [host_after, matters_after, happenings_after, reader_after] = of(after);
    let another_path = host_before == host_after && before.is_some_and(|it| it.address != after.address);
    Changes::new()
        .field("address", host_before, host_after)
        .field("path", None, another_path.then(|| "another".to_owned()))
        .field("matters", matters_before, matters_after)
        .field("happenings", happenings_before, happenings_after)
        .field("reader_id", reader_before, reader_after)
}

/// Changes where an endpoint is, what it hears of, or on whose behalf it reads. What waits goes to the new address.
///
/// # Errors
/// [`WebhookError::Fields`], or stale when another save came first.
#[boxed]
pub async fn change_endpoint(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<StoredEndpoint>,
    draft: &EndpointDraft,
    version: i64,
) -> Result<EndpointLine, WebhookError> {
    may_keep(actor)?;
    let mut tx = ctx.begin_write().await?;
    let before = find(&mut tx, id).await?;
    let checked = check(&mut tx, draft).await?;
    let mut after = StoredEndpoint {
        address: checked.address,
        matters: checked.matters,
        happenings: checked.happenings,
        reader_id: checked.reader_id,
        version,
        ..before.clone()
    };
    let changes = changes(Some(&before), &after);
    if version != before.version {
        return Err(StoreError::Stale { table: "webhook_endpoint" }.into());
    }
    if changes.is_empty() {
        return Ok(line(&mut tx, before, ctx.now()).await?);
    }
    store::save_endpoint(&mut tx, &after).await?;
    after.version += 1;
    let line = line(&mut tx, after.clone(), ctx.now()).await?;
    tx.commit(actor.record(ctx.now(), "webhook.changed", subject(&after), changes.into_vec())).await?;
    Ok(line)
}

/// Gives an endpoint another secret, shown here only; for a day the one of before signs beside it, and the one before that for as long as
/// it would have.
///
/// # Errors
/// [`WebhookError::NotFound`], or stale when another save came between.
#[boxed]
pub async fn rotate_endpoint_secret(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<StoredEndpoint>,
) -> Result<SigningSecret, WebhookError> {
    may_keep(actor)?;
    let secret = SigningSecret::fresh(ctx);
    let sealed = secret.sealed(ctx, id)?;
    let mut tx = ctx.begin_write().await?;
    let endpoint = find(&mut tx, id).await?;
    store::rotate_secret(&mut tx, &endpoint, &sealed, ctx.now().plus_seconds(BOTH_SIGN_S)).await?;
    tx.commit(actor.record(ctx.now(), "webhook.secret_replaced", subject(&endpoint), vec![])).await?;
    Ok(secret)
}

/// Pauses an endpoint: nothing is sent, and what happens meanwhile is not queued for it.
///
/// # Errors
/// [`WebhookError::Paused`] when it was.
#[boxed]
pub async fn pause_endpoint(ctx: &Ctx, actor: &Actor, id: &Id<StoredEndpoint>) -> Result<(), WebhookError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_write().await?;
    let endpoint = find(&mut tx, id).await?;
    if !store::pause(&mut tx, id, Pause::Asked).await? {
        return Err(WebhookError::Paused);
    }
    let changes = Changes::new().field("pause", None, Some(Pause::Asked.as_str().to_owned())).into_vec();
    Ok(tx.commit(actor.record(ctx.now(), "webhook.paused", subject(&endpoint), changes)).await?)
}

/// Resumes an endpoint: it hears of what happens from now on, and what waited is sent.
///
/// # Errors
/// [`WebhookError::NotPaused`] when it was not; [`WebhookError::Fields`] when its reader may not read.
#[boxed]
pub async fn resume_endpoint(ctx: &Ctx, actor: &Actor, id: &Id<StoredEndpoint>) -> Result<(), WebhookError> {
    may_keep(actor)?;
    let mut tx = ctx.begin_write().await?;
    let endpoint = find(&mut tx, id).await?;
    if reader(&mut tx, &endpoint.reader_id).await?.is_none() {
        let message = Message::new("webhook-error-reader");
        return Err(WebhookError::Fields(vec![FieldError { field: "reader_id".to_owned(), message }]));
    }
    if !store::resume(&mut tx, id).await? {
        return Err(WebhookError::NotPaused);
    }
    let before = endpoint.pause.map(|pause| pause.as_str().to_owned());
    let changes = Changes::new().field("pause", before, None).into_vec();
    Ok(tx.commit(actor.record(ctx.now(), "webhook.resumed", subject(&endpoint), changes)).await?)
}

/// Removes an endpoint with its secret and all its deliveries; it cannot be brought back. `version` is the one that was read.
///
/// # Errors
/// [`WebhookError::NotFound`] when there is none, or stale when a save came between.
#[boxed]
pub async fn remove_endpoint(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<StoredEndpoint>,
    version: i64,
) -> Result<(), WebhookError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_write().await?;
    let endpoint = find(&mut tx, id).await?;
    if version != endpoint.version {
        return Err(StoreError::Stale { table: "webhook_endpoint" }.into());
    }
    store::remove_endpoint(&mut tx, id).await?;
    Ok(tx.commit(actor.record(ctx.now(), "webhook.removed", subject(&endpoint), vec![])).await?)
}
