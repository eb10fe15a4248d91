//! What every use case is given: the database, the clock, fresh ids, the data folder; and who acts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mandate_domain::audit::{AuditActor, AuditRecord, FieldChange, Origin};
use mandate_domain::book::Person;
use mandate_domain::identity::{Role, User};
use mandate_domain::{Clock, Id, Instant, Shared};
use mandate_store::bulk_edits::Mark;
use mandate_store::idempotency::Claim;
use mandate_store::reads::{Reader, Scope};
use mandate_store::{Db, ReadTx, StoreError, WriteTx, boxed};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::audit::CheckpointPlaces;
use crate::decisions::PolicyCache;
use crate::error::{ErrorKind, Message, UseCaseError};
use crate::identity::guard::{ExportGuard, SignInGuard};
use crate::identity::{ProviderRules, ReadCounts};
use crate::mail::MailServer;
use crate::outbound::Outbound;

/// The surroundings of a use case. Cheap to clone.
#[derive(Clone)]
pub struct Ctx(Shared<Parts>);

#[derive(Clone)]
struct Parts {
    db: Db,
    clock: Arc<dyn Clock>,
    rng: Arc<Mutex<ChaCha20Rng>>,
    data_folder: Arc<PathBuf>,
    sign_in_guard: SignInGuard,
    export_guard: ExportGuard,
    read_counts: ReadCounts,
    provider: Option<Arc<ProviderRules>>,
    mail_server: Option<Arc<MailServer>>,
    outbound: Option<Arc<dyn Outbound>>,
    senders: Senders,
    checkpoint_places: Arc<CheckpointPlaces>,
    policies: PolicyCache,
    claim: Option<Arc<Claim>>,
    mark: Option<Arc<Mark>>,
    longest_read: Option<Duration>,
    imports_folder: Option<Arc<PathBuf>>,
}

/// Who sends events to which source: they line up, because of two at once one would do its work again.
type Senders = Arc<Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>>;

impl Ctx {
    /// `seed` makes ids and secrets: the binary passes the system's randomness, tests a fixed one.
    pub fn new(db: Db, clock: Arc<dyn Clock>, seed: [u8; 32], data_folder: PathBuf) -> Self {
        let rng = Arc::new(Mutex::new(ChaCha20Rng::from_seed(seed)));
        let (sign_in_guard, export_guard) = (SignInGuard::default(), ExportGuard::default());
        let (data_folder, senders) = (Arc::new(data_folder), Senders::default());
        Self(Shared::new(Parts {
            db,
            clock,
            rng,
            data_folder,
            sign_in_guard,
            export_guard,
            read_counts: ReadCounts::default(),
            provider: None,
            mail_server: None,
            outbound: None,
            senders,
            checkpoint_places: Arc::default(),
            policies: PolicyCache::default(),
            claim: None,
            mark: None,
            longest_read: None,
            imports_folder: None,
        }))
    }

    /// The same with an SMTP server behind it, so that mail is queued.
    #[must_use]
    pub fn with_mail(self, server: MailServer) -> Self {
        Self(Shared::new(Parts { mail_server: Some(Arc::new(server)), ..Parts::clone(&self.0) }))
    }

    /// The same with a way to ask other servers, so that webhooks go out.
    #[must_use]
    pub fn with_outbound(self, outbound: Arc<dyn Outbound>) -> Self {
        Self(Shared::new(Parts { outbound: Some(outbound), ..Parts::clone(&self.0) }))
    }

    /// The way to ask other servers, if there is one.
    pub fn outbound(&self) -> Option<&dyn Outbound> {
        self.0.outbound.as_deref()
    }

    /// The same for requests: a statement that reads for longer than `limit` is stopped.
    #[must_use]
    pub fn with_longest_read(self, limit: Duration) -> Self {
        Self(Shared::new(Parts { longest_read: Some(limit), ..Parts::clone(&self.0) }))
    }

    /// Whether mail goes out.
    pub fn sends_mail(&self) -> bool {
        self.0.mail_server.is_some()
    }

    /// The SMTP server, if there is one.
    pub fn mail_server(&self) -> Option<&MailServer> {
        self.0.mail_server.as_deref()
    }

    /// The same, with places of the operator's for the audit key and its checkpoints.
    #[must_use]
    pub fn with_checkpoint_places(self, places: CheckpointPlaces) -> Self {
        Self(Shared::new(Parts { checkpoint_places: Arc::new(places), ..Parts::clone(&self.0) }))
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        self.0.clock.now()
    }

    /// A fresh id.
    pub fn new_id<T>(&self) -> Id<T> {
        let mut bytes = [0; 16];
        self.fill_random(&mut bytes);
        Id::new(self.now(), u128::from_le_bytes(bytes))
    }

    /// 256 random bits for tokens and links.
    pub fn new_secret(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.fill_random(&mut bytes);
        bytes
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.0.rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }

    /// Where event files, attachments and backups lie.
    pub fn data_folder(&self) -> &Path {
        &self.0.data_folder
    }

    /// The same with a folder of the operator's for files that come from sources.
    #[must_use]
    pub fn with_imports_folder(self, folder: PathBuf) -> Self {
        Self(Shared::new(Parts { imports_folder: Some(Arc::new(folder)), ..Parts::clone(&self.0) }))
    }

    /// Where files from sources are put and lie: `imports` in the data folder, unless the operator says otherwise.
    pub fn imports_folder(&self) -> PathBuf {
        match &self.0.imports_folder {
            Some(folder) => PathBuf::clone(folder),
            None => self.data_folder().join("imports"),
        }
    }

    pub(crate) fn policies(&self) -> &PolicyCache {
        &self.0.policies
    }

    pub(crate) fn checkpoint_places(&self) -> &CheckpointPlaces {
        &self.0.checkpoint_places
    }

    /// The database's place and version, for `doctor` and `readyz`.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be reached.
    #[boxed]
    pub async fn database_version(&self) -> Result<String, StoreError> {
        self.0.db.version().await
    }

    /// Closes the database; use cases fail from now on.
    #[boxed]
    pub async fn close(&self) {
        self.0.db.close().await;
    }

    pub(crate) fn db(&self) -> &Db {
        &self.0.db
    }

    #[boxed]
    pub(crate) async fn begin_read(&self) -> Result<ReadTx, StoreError> {
        match self.0.longest_read {
            Some(limit) => self.0.db.begin_read_within(limit).await,
            None => self.0.db.begin_read().await,
        }
    }

    /// Begins to write; a request with an idempotency key claims it in the same transaction, and a record's turn in a bulk edit is marked.
    #[boxed]
    pub(crate) async fn begin_write(&self) -> Result<WriteTx, StoreError> {
        let mut tx = self.0.db.begin_write().await?;
        if let Some(claim) = &self.0.claim {
            mandate_store::idempotency::claim(&mut tx, claim, self.now()).await?;
        }
        if let Some(mark) = &self.0.mark {
            mandate_store::bulk_edits::mark(&mut tx, mark).await?;
        }
        Ok(tx)
    }

    /// The turn of one who sends events to `source`, held until it is dropped.
    #[boxed]
    pub(crate) async fn sender_turn(&self, source: &str) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = {
            let mut senders = self.0.senders.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(senders.entry(source.to_owned()).or_default())
        };
        turn.lock_owned().await
    }

    /// Slows guessing down; its figures tell how many passwords are hashed at a time.
    pub fn sign_in_guard(&self) -> &SignInGuard {
        &self.0.sign_in_guard
    }

    pub(crate) fn export_guard(&self) -> &ExportGuard {
        &self.0.export_guard
    }

    pub(crate) fn read_counts(&self) -> &ReadCounts {
        &self.0.read_counts
    }

    /// Counts records that `actor` was given; who is told of many: [`crate::identity::tell_of_many_reads`].
    pub fn count_reads(&self, actor: &Actor, n_read: usize) {
        if let Some(user) = actor.user_id() {
            self.0.read_counts.add(user.as_str(), n_read as u64, self.now());
        }
    }

    /// The same surroundings with a sign-on provider and what it may say.
    #[must_use]
    pub fn with_provider(self, rules: ProviderRules) -> Self {
        Self(Shared::new(Parts { provider: Some(Arc::new(rules)), ..Parts::clone(&self.0) }))
    }

    /// What the sign-on provider may say, if there is one.
    pub fn provider(&self) -> Option<&ProviderRules> {
        self.0.provider.as_deref()
    }

    pub(crate) fn claiming(&self, claim: Claim) -> Self {
        Self(Shared::new(Parts { claim: Some(Arc::new(claim)), ..Parts::clone(&self.0) }))
    }

    /// The same for one record's turn in a bulk edit: whatever is committed marks it, once.
    pub(crate) fn marking(&self, mark: Mark) -> Self {
        Self(Shared::new(Parts { mark: Some(Arc::new(mark)), claim: None, ..Parts::clone(&self.0) }))
    }

    pub(crate) fn claim(&self) -> Option<&Claim> {
        self.0.claim.as_deref()
    }
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A person who signed in.
    User {
        /// The user.
        id: Id<User>,
        /// The name pages show.
        name: String,
        /// Who that is in the book, if anyone.
        person_id: Option<Id<Person>>,
    },
    /// Whoever operates the machine: the command line.
    Operator,
    /// Mandate itself.
    System,
}

/// Who acts, in which roles, by which channel, over which accounts.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Who.
    pub who: Who,
    /// Their roles; the operator and the system have all.
    pub roles: Vec<Role>,
    /// By which channel.
    pub origin: Origin,
    /// Which accounts they may see.
    pub scope: Scope,
    /// A token's scopes: `None` for a session, which may do all its roles may.
    pub token_scopes: Option<Vec<String>>,
    /// When they last proved who they are in this session; never by a token.
    pub verified_at: Option<Instant>,
    /// Whether the firm has declared the walls between roles off: in a small firm one person has several hats.
    pub walls_down: bool,
}

/// They have to confirm who they are first: too long ago in this session, or a token, which proves nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("confirm who you are first: sign in, or give your password or code again")]
pub struct Unverified;

impl UseCaseError for Unverified {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unverified
    }

    fn message(&self) -> Message {
        Message::new("error-unverified")
    }
}

/// For how many minutes a proof counts where somebody has to be sure who acts.
pub const VERIFIED_MINUTES: i64 = 10;

impl Actor {
    /// Whether they reach every account, so that nothing is kept from them by whose it is.
    pub fn sees_everything(&self) -> bool {
        self.scope == Scope::Everything
    }

    /// Whoever operates the machine.
    pub fn operator() -> Self {
        Self {
            who: Who::Operator,
            roles: Role::ALL.to_vec(),
            origin: Origin::CommandLine,
            scope: Scope::Everything,
            token_scopes: None,
            verified_at: None,
            walls_down: false,
        }
    }

    /// Mandate itself, in background work.
    pub fn system() -> Self {
        Self { who: Who::System, origin: Origin::Job, ..Self::operator() }
    }

    /// Which rows and which labelled fields they may read.
    pub fn reader(&self) -> Reader<'_> {
        Reader { scope: &self.scope, clearance: crate::authorise::clearance(self) }
    }

    /// The user's id, if a user acts.
    pub fn user_id(&self) -> Option<&Id<User>> {
        match &self.who {
            Who::User { id, .. } => Some(id),
            Who::Operator | Who::System => None,
        }
    }

    /// Who they are in the book, if anyone.
    pub fn person_id(&self) -> Option<&Id<Person>> {
        match &self.who {
            Who::User { person_id, .. } => person_id.as_ref(),
            Who::Operator | Who::System => None,
        }
    }

    /// Whether they proved who they are within `minutes` before `now`; the operator proves it by having the machine.
    pub fn verified_within(&self, now: Instant, minutes: i64) -> bool {
        let Who::User { .. } = self.who else { return true };
        let proven = self.verified_at.filter(|_| self.token_scopes.is_none());
        proven.is_some_and(|at| now < at.plus_seconds(minutes * 60))
    }

    /// Refuses whoever did not prove lately who they are.
    ///
    /// # Errors
    /// [`Unverified`].
    pub fn require_verified(&self, now: Instant) -> Result<(), Unverified> {
        if self.verified_within(now, VERIFIED_MINUTES) { Ok(()) } else { Err(Unverified) }
    }

    /// Whether they hold `role`.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// An audit record of something this actor does now.
    pub fn record(
        &self,
        at: Instant,
        action: &str,
        subject: Subject<'_>,
        changes: Vec<FieldChange>,
    ) -> AuditRecord {
        let actor = match &self.who {
            Who::User { id, name, .. } => AuditActor::User { id: id.to_string(), name: name.clone() },
            Who::Operator => AuditActor::Operator,
            Who::System => AuditActor::System,
        };
        AuditRecord {
            at,
            actor,
            origin: self.origin,
            action: action.to_owned(),
            subject_kind: subject.kind.to_owned(),
            subject_id: subject.id.to_owned(),
            subject_name: subject.name.to_owned(),
            account_id: subject.account_id.map(str::to_owned),
            reason: None,
            changes,
        }
    }
}

/// What an audit record is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The kind of record, such as `account`.
    pub kind: &'static str,
    /// Its id.
    pub id: &'a str,
    /// Its name now.
    pub name: &'a str,
    /// The account it belongs to.
    pub account_id: Option<&'a str>,
}
