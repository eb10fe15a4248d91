//! Asking the address of a source for its file: when it is due, or at once when somebody wants to know.
//!
//! What came is written beside the folders, moved to the files that were taken when it is whole, and goes the way of every file from
//! there. Asked is as of webhooks: only what was set up, no redirect, no private network unless the operator allows it. The log has
//! no address.

use std::io;
use std::path::Path;
use std::time::Duration;

use mandate_domain::audit::Changes;
use mandate_domain::identity::{Role, User};
use mandate_domain::notification::Topic;
use mandate_domain::source::times::FetchTimes;
use mandate_domain::source::{SourcePause, plain_file_name};
use mandate_domain::{Id, Instant};
use mandate_store::boxed;
use mandate_store::identity::{Wanted, list_deciders};
use mandate_store::sources::{self as store, FetchEnd, StoredArrival, StoredFetch, StoredSource};
use mandate_store::{StoreError, WriteTx};
use sha2::{Digest, Sha256};
use tokio::fs;

use super::arrival_job::owner_of;
use super::files::Folders;
use super::look::keep;
use super::manage::find;
use super::{SourceError, subject};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::exchange::table::MOST_BYTES;
use crate::identity::{Sealed, open_secret};
use crate::notifications::{Notice, notify_surely};
use crate::outbound::{OutAnswer, OutRequest};

/// The table whose secrets are sealed.
pub(super) const TABLE: &str = "import_fetch";
/// How long an address may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// For how long whoever asks has an address to itself: longer than asking may take.
const CLAIM_S: i64 = 180;
/// After how long an address that failed is asked again, if it is not due before.
const AGAIN_S: i64 = 3600;
/// After how long in vain a source is paused: five days.
const FAILING_S: i64 = 5 * 86_400;

/// For how long what somebody was fetching is left alone.
const LEFT_FOR: Duration = Duration::from_secs(86_400);

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// A file, which is being imported.
    New,
    /// What is there came before.
    NothingNew,
    /// Nothing, for this reason.
    Failed(String),
}

impl Fetched {
    /// The word kept in tables and the API.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::NothingNew => "nothing_new",
            Self::Failed(_) => "failed",
        }
    }

    /// Why nothing came; empty otherwise.
    pub fn problem(&self) -> &str {
        match self {
            Self::Failed(problem) => problem,
            Self::New | Self::NothingNew => "",
        }
    }
}

/// Whether what came before is asked for, too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    WhatIsNew,
    Everything,
}

/// What an answer leaves for the next time.
#[derive(Clone, Debug, Default)]
struct Marks {
    etag: String,
    last_modified: String,
    digest: String,
}

/// Asks every address that is due, one after the other; says how many were asked.
///
/// # Errors
/// [`StoreError`] when the sources cannot be read or an outcome not be kept.
#[boxed]
pub async fn fetch_due(ctx: &Ctx) -> Result<usize, StoreError> {
    if ctx.outbound().is_none() {
        return Ok(0);
    }
    let due = store::list_fetches_due(&mut ctx.begin_read().await?, ctx.now()).await?;
    let mut n_asked = 0;
    for fetch in due {
        let source = store::load_source(&mut ctx.begin_read().await?, &fetch.source_id).await?;
        // Others were asked since the list was read.
        let Some(source) = source.filter(|source| source.pause.is_none()) else { continue };
        let until = ctx.now().plus_seconds(CLAIM_S);
        if store::claim_fetch(ctx.begin_write().await?, &fetch, until).await? {
            n_asked += 1;
            fetch_one(ctx, &source, &fetch, Ask::WhatIsNew).await?;
        }
    }
    Ok(n_asked)
}

/// Asks the address of a source at once, also for what came before, and tells what came of it. What it failed with is no error.
///
/// # Errors
/// [`SourceError::NoAddress`] when it has none, [`SourceError::Paused`], [`SourceError::NoWayOut`].
#[boxed]
pub async fn fetch_now(ctx: &Ctx, actor: &Actor, id: &Id<StoredSource>) -> Result<Fetched, SourceError> {
    authorise(actor, Action::Administer)?;
    if ctx.outbound().is_none() {
        return Err(SourceError::NoWayOut);
    }
    let mut tx = ctx.begin_write().await?;
    let source = find(&mut tx, id).await?;
    let fetch = store::load_fetch(&mut tx, id).await?.ok_or(SourceError::NoAddress)?;
    if source.pause.is_some() {
        return Err(SourceError::Paused);
    }
    tx.commit(actor.record(ctx.now(), "source.fetch_asked", subject(&source), vec![])).await?;
    Ok(fetch_one(ctx, &source, &fetch, Ask::Everything).await?)
}

async fn fetch_one(
    ctx: &Ctx,
    source: &StoredSource,
    fetch: &StoredFetch,
    ask: Ask,
) -> Result<Fetched, StoreError> {
    let (fetched, marks) = match asked(ctx, fetch, ask).await {
        Err(problem) => (Fetched::Failed(problem), None),
        Ok(None) => (Fetched::NothingNew, None),
        Ok(Some((answer, marks))) => match put(ctx, source, fetch, &answer).await {
            Ok((id, name, n_bytes)) => {
                // While another file is imported it waits where it is, and the next look finds it.
                keep(ctx, source, (id, name, n_bytes)).await?;
                (Fetched::New, Some(marks))
            }
            Err(error) => (Fetched::Failed(format!("the file could not be kept: {error}")), None),
        },
    };
    let now = ctx.now();
    let regular = fetch.times.next_after(now);
    let (next_at, failing_since) = match &fetched {
        Fetched::Failed(_) => {
            (regular.min(now.plus_seconds(AGAIN_S)), Some(fetch.failing_since.unwrap_or(now)))
        }
        Fetched::New | Fetched::NothingNew => (regular, None),
    };
    let before = Marks {
        etag: fetch.etag.clone(),
        last_modified: fetch.last_modified.clone(),
        digest: fetch.digest.clone(),
    };
    let marks = marks.unwrap_or(before);
    let end = FetchEnd {
        etag: &marks.etag,
        last_modified: &marks.last_modified,
        digest: &marks.digest,
        next_at,
        outcome: fetched.as_str(),
        problem: fetched.problem(),
        failing_since,
    };
    let mut tx = ctx.begin_write().await?;
    let is_its_own = store::end_fetch(&mut tx, fetch, end, now).await?;
    let id = source.id.as_str();
    match &fetched {
        Fetched::Failed(_) => tracing::warn!(
            event = "source_fetch_failed",
            source = id,
            "an address failed; Settings > Sources says why"
        ),
        _ => tracing::info!(
            event = "source_fetched",
            source = id,
            outcome = fetched.as_str(),
            "an address was asked"
        ),
    }
    // An address that was changed while the old one was asked is not to blame.
    if is_its_own && failing_since.is_some_and(|since| since.plus_seconds(FAILING_S) <= now) {
        pause_by_itself(ctx, tx, source).await?;
    } else {
        store::commit_fetch(tx).await?;
    }
    Ok(fetched)
}

/// The answer with what is to be remembered of it, or none when nothing is new.
async fn asked(ctx: &Ctx, fetch: &StoredFetch, ask: Ask) -> Result<Option<(OutAnswer, Marks)>, String> {
    let out = ctx.outbound().ok_or_else(|| "this program asks no other server".to_owned())?;
    let mut headers = vec![(
        "accept".into(),
        "text/csv, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, */*;q=0.5".to_owned(),
    )];
    if let Some(secret) = &fetch.secret {
        let sealed = Sealed { key_id: secret.key_id.clone(), text: secret.text.clone() };
        let opened =
            open_secret(ctx, TABLE, fetch.source_id.as_str(), &sealed).map_err(|error| error.to_string())?;
        let value =
            String::from_utf8(opened).map_err(|_| "the secret is no text; give it anew".to_owned())?;
        headers.push((fetch.header_name.clone().into(), value));
    }
    if ask == Ask::WhatIsNew {
        for (name, value) in [("if-none-match", &fetch.etag), ("if-modified-since", &fetch.last_modified)] {
            if !value.is_empty() {
                headers.push((name.into(), value.clone()));
            }
        }
    }
    let request = OutRequest {
        address: fetch.address.clone(),
        headers,
        body: None,
        most_bytes: MOST_BYTES,
        patience: PATIENCE,
    };
    let answer = out.ask(request).await.map_err(|problem| problem.what)?;
    match answer.status {
        200 => {}
        304 => return Ok(None),
        301 | 302 | 303 | 307 | 308 => {
            let to = header(&answer, "location");
            return Err(format!(
                "it answered {}: a redirect to {}, which is not followed; give the address where the file is",
                answer.status,
                to.chars().take(200).collect::<String>()
            ));
        }
        401 | 403 => {
            return Err(format!(
                "it answered {}: it wants to be told who asks; see to the header and its secret",
                answer.status
            ));
        }
        status => return Err(format!("it answered {status}")),
    }
    if answer.is_cut {
        return Err(format!(
            "the file has more than {} MB; put it into the folder, or have it split",
            MOST_BYTES >> 20
        ));
    }
    let digest: String = Sha256::digest([fetch.source_id.as_str().as_bytes(), &answer.body].concat())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if ask == Ask::WhatIsNew && digest == fetch.digest {
        return Ok(None);
    }
    let marks = Marks { etag: mark(&answer, "etag"), last_modified: mark(&answer, "last-modified"), digest };
    Ok(Some((answer, marks)))
}

fn header<'a>(answer: &'a OutAnswer, name: &str) -> &'a str {
    answer.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
}

/// A header that is sent back the next time; one of unusual length is left out.
fn mark(answer: &OutAnswer, name: &str) -> String {
    Some(header(answer, name)).filter(|value| value.len() <= 500).unwrap_or_default().to_owned()
}

/// Puts what came where files that were taken lie; nobody finds it there before it is whole.
async fn put(
    ctx: &Ctx,
    source: &StoredSource,
    fetch: &StoredFetch,
    answer: &OutAnswer,
) -> io::Result<(Id<StoredArrival>, String, u64)> {
    let folders = Folders::of(ctx, source);
    folders.make().await.map_err(|(_, error)| error)?;
    let id: Id<StoredArrival> = ctx.new_id();
    let name = file_name(&fetch.address);
    remove_left(&folders.coming).await;
    let beside = folders.coming.join(id.as_str());
    fs::create_dir(&beside).await?;
    fs::write(beside.join(&name), &answer.body).await?;
    // With its folder, at once: a look that finds one that is empty removes it.
    fs::rename(&beside, folders.of_arrival(&id)).await?;
    Ok((id, name, u64::try_from(answer.body.len()).unwrap_or(u64::MAX)))
}

/// Removes what was being fetched by whoever was killed, after a day.
async fn remove_left(folder: &Path) {
    let Ok(mut entries) = fs::read_dir(folder).await else { return };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let about = entry.metadata().await.ok();
        let age = about.and_then(|it| it.modified().ok()).and_then(|it| it.elapsed().ok());
        if age.is_some_and(|age| age > LEFT_FOR) {
            let _ = fs::remove_dir_all(entry.path()).await;
        }
    }
}

/// What a file is called that came from this address: as the end of its path.
fn file_name(address: &str) -> String {
    let path = address
        .split_once("://")
        .map_or(address, |(_, rest)| rest)
        .split(['?', '#'])
        .next()
        .unwrap_or_default();
    let last = path.split('/').skip(1).last().filter(|last| !last.is_empty()).unwrap_or("fetched");
    let plain = plain_file_name(last);
    // As one that is put into the folder: it must not look unfinished to whoever reads it there.
    let shown = plain.trim_start_matches(['.', '~']);
    if shown.is_empty() { "fetched".to_owned() } else { shown.to_owned() }
}

async fn pause_by_itself(ctx: &Ctx, mut tx: WriteTx, source: &StoredSource) -> Result<(), StoreError> {
    if !store::pause(&mut tx, &source.id, SourcePause::Failing).await? {
        return store::commit_fetch(tx).await;
    }
    let system = Actor::system();
    let notice = Notice::about(Topic::JobFailed, "import_source", source.id.as_str()).saying("failing");
    let mut told = vec![source.owner_id.clone()];
    if owner_of(&mut tx, &source.owner_id).await?.is_none() {
        let administrators = list_deciders(&mut tx, Wanted::Role(Role::Administrator)).await?;
        told.extend(administrators.iter().filter_map(|it| Id::<User>::parse(&it.id).ok()));
        told.dedup();
    }
    for user in &told {
        notify_surely(ctx, &mut tx, &system, user, &notice).await?;
    }
    tracing::warn!(event = "source_paused", source = %source.id, "a source is paused: its address fails");
    let changes = Changes::new().field("pause", None, Some(SourcePause::Failing.as_str().to_owned()));
    tx.commit(system.record(ctx.now(), "source.paused", subject(source), changes.into_vec())).await
}

/// How a source is fetched, as it is shown: without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchLine {
    /// The address.
    pub address: String,
    /// The header that says who asks; empty for none.
    pub header_name: String,
    /// When.
    pub times: FetchTimes,
    /// When it is asked next.
    pub next_at: Instant,
    /// When it was asked last.
    pub tried_at: Option<Instant>,
    /// What came of that: `new`, `nothing_new`, `failed`, or empty.
    pub outcome: String,
    /// Why it failed; empty otherwise.
    pub problem: String,
    /// Since when it fails.
    pub failing_since: Option<Instant>,
}

impl From<StoredFetch> for FetchLine {
    fn from(fetch: StoredFetch) -> Self {
        Self {
            address: fetch.address,
            header_name: fetch.header_name,
            times: fetch.times,
            next_at: fetch.next_at,
            tried_at: fetch.tried_at,
            outcome: fetch.outcome,
            problem: fetch.problem,
            failing_since: fetch.failing_since,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_fetched_file_is_called_as_its_address_ends() {
        assert_eq!(file_name("https://crm.example/export/people.csv?key=1"), "people.csv");
        assert_eq!(file_name("https://crm.example"), "fetched");
        assert_eq!(file_name("https://crm.example/"), "fetched");
        assert_eq!(file_name("https://crm.example/.hidden"), "hidden");
        assert_eq!(file_name("https://crm.example/~"), "fetched");
    }
}
