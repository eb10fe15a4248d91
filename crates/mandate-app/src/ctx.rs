//! What every use case is given: the database, the clock, fresh ids, the data folder; and who acts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mandate_domain::audit::{AuditActor, AuditRecord, FieldChange, Origin};
use mandate_domain::book::Person;
use mandate_domain::identity::{Role, User};
use mandate_domain::{Clock, Id, Instant};
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

/// The surroundings of a use case. Cheap to clone.
#[derive(Clone)]
pub struct Ctx {
    db: Db,
    clock: Arc<dyn Clock>,
    rng: Arc<Mutex<ChaCha20Rng>>,
    data_folder: Arc<PathBuf>,
    sign_in_guard: SignInGuard,
    export_guard: ExportGuard,
    read_counts: ReadCounts,
    provider: Option<Arc<ProviderRules>>,
    mail_server: Option<Arc<MailServer>>,
    senders: Senders,
    checkpoint_places: Arc<CheckpointPlaces>,
    policies: PolicyCache,
    claim: Option<Arc<Claim>>,
    longest_read: Option<Duration>,
}

/// Who sends events to which source: they line up, because of two at once one would do its work again.
type Senders = Arc<Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>>;

impl Ctx {
    /// `seed` makes ids and secrets: the binary passes the system's randomness, tests a fixed one.
    pub fn new(db: Db, clock: Arc<dyn Clock>, seed: [u8; 32], data_folder: PathBuf) -> Self {
        let rng = Arc::new(Mutex::new(ChaCha20Rng::from_seed(seed)));
        let (sign_in_guard, export_guard) = (SignInGuard::default(), ExportGuard::default());
        let (data_folder, senders) = (Arc::new(data_folder), Senders::default());
        Self {
            db,
            clock,
            rng,
            data_folder,
            sign_in_guard,
            export_guard,
            read_counts: ReadCounts::default(),
            provider: None,
            mail_server: None,
            senders,
            checkpoint_places: Arc::default(),
            policies: PolicyCache::default(),
            claim: None,
            longest_read: None,
        }
    }

    /// The same with an SMTP server behind it, so that mail is queued.
    #[must_use]
    pub fn with_mail(self, server: MailServer) -> Self {
        Self { mail_server: Some(Arc::new(server)), ..self }
    }

    /// The same for requests: a statement that reads for longer than `limit` is stopped.
    #[must_use]
    pub fn with_longest_read(self, limit: Duration) -> Self {
        Self { longest_read: Some(limit), ..self }
    }

    /// Whether mail goes out.
    pub fn sends_mail(&self) -> bool {
        self.mail_server.is_some()
    }

    /// The SMTP server, if there is one.
    pub fn mail_server(&self) -> Option<&MailServer> {
        self.mail_server.as_deref()
    }

    /// The same, with places of the operator's for the audit key and its checkpoints.
    #[must_use]
    pub fn with_checkpoint_places(self, places: CheckpointPlaces) -> Self {
        Self { checkpoint_places: Arc::new(places), ..self }
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        self.clock.now()
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
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }

    /// Where event files, attachments and backups lie.
    pub fn data_folder(&self) -> &Path {
        &self.data_folder
    }

    pub(crate) fn policies(&self) -> &PolicyCache {
        &self.policies
    }

    pub(crate) fn checkpoint_places(&self) -> &CheckpointPlaces {
        &self.checkpoint_places
    }

    /// The database's place and version, for `doctor` and `readyz`.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be reached.
    #[boxed]
    pub async fn database_version(&self) -> Result<String, StoreError> {
        self.db.version().await
    }

    /// Closes the database; use cases fail from now on.
    #[boxed]
    pub async fn close(&self) {
        self.db.close().await;
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    #[boxed]
    pub(crate) async fn begin_read(&self) -> Result<ReadTx, StoreError> {
        match self.longest_read {
            Some(limit) => self.db.begin_read_within(limit).await,
            None => self.db.begin_read().await,
        }
    }

    /// Begins to write; a request with an idempotency key claims it in the same transaction.
    #[boxed]
    pub(crate) async fn begin_write(&self) -> Result<WriteTx, StoreError> {
        let mut tx = self.db.begin_write().await?;
        if let Some(claim) = &self.claim {
            mandate_store::idempotency::claim(&mut tx, claim, self.now()).await?;
        }
        Ok(tx)
    }

    /// The turn of one who sends events to `source`, held until it is dropped.
    #[boxed]
    pub(crate) async fn sender_turn(&self, source: &str) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = {
            let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(senders.entry(source.to_owned()).or_default())
        };
        turn.lock_owned().await
    }

    /// Slows guessing down; its figures tell how many passwords are hashed at a time.
    pub fn sign_in_guard(&self) -> &SignInGuard {
        &self.sign_in_guard
    }

    pub(crate) fn export_guard(&self) -> &ExportGuard {
        &self.export_guard
    }

    pub(crate) fn read_counts(&self) -> &ReadCounts {
        &self.read_counts
    }

    /// Counts records that `actor` was given; who is told of many: [`crate::identity::tell_of_many_reads`].
    pub fn count_reads(&self, actor: &Actor, n_read: usize) {
        if let Some(user) = actor.user_id() {
            self.read_counts.add(user.as_str(), n_read as u64, self.now());
        }
    }

    /// The same surroundings with a sign-on provider and what it may say.
    #[must_use]
    pub fn with_provider(self, rules: ProviderRules) -> Self {
        Self { provider: Some(Arc::new(rules)), ..self }
    }

    /// What the sign-on provider may say, if there is one.
    pub fn provider(&self) -> Option<&ProviderRules> {
        self.provider.as_deref()
    }

    pub(crate) fn claiming(&self, claim: Claim) -> Self {
        Self { claim: Some(Arc::new(claim)), ..self.clone() }
    }

    pub(crate) fn claim(&self) -> Option<&Claim> {
        self.claim.as_deref()
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
