//! Webhooks: told at least once, only what the reader may see, tried less and less often, paused, signed while secrets change.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mandate_app::book;
use mandate_app::identity::{self, UserChange, create_user};
use mandate_app::notifications::list_own;
use mandate_app::outbound::{Asked, OutAnswer, OutProblem, OutRequest, Outbound};
use mandate_app::webhooks::{
    EndpointDraft, StoredDelivery, StoredEndpoint, WebhookError, add_endpoint, change_endpoint,
    forget_old_deliveries, list_deliveries, list_endpoints, load_endpoint, pause_endpoint, ping_endpoint,
    queue_webhooks, remove_endpoint, resume_endpoint, rotate_endpoint_secret, send_delivery_again,
    send_webhooks, send_webhooks_due,
};
use mandate_app::{Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::book::{Account, ContractLine, Draft, Kind, Product, Saved};
use mandate_domain::identity::{Role, User, UserState};
use mandate_domain::webhook::{Pause, WAITS_S};
use mandate_domain::{Id, Instant};
use mandate_testing::{STARTED_AT, TestDb, both_databases};
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};

use crate::book::{account_draft, contract_with_line, our_person};
use crate::identity::{new_user, set_up};

/// A receiver that answers as told and keeps what it was sent.
#[derive(Clone)]
struct Receiver {
    answer: Arc<Mutex<Result<u16, String>>>,
    got: Arc<Mutex<Vec<OutRequest>>>,
    n_asked: Arc<AtomicI64>,
    asked: Arc<Notify>,
    /// Each answer of the slow one takes a permit.
    slow: Arc<Semaphore>,
}

impl Receiver {
    fn new() -> Self {
        Self {
            answer: Arc::new(Mutex::new(Ok(204))),
            got: Arc::default(),
            n_asked: Arc::default(),
            asked: Arc::default(),
            slow: Arc::new(Semaphore::new(0)),
        }
    }

    fn answers(&self, answer: Result<u16, &str>) {
        *self.answer.lock().expect("free") = answer.map_err(str::to_owned);
    }

    fn take(&self) -> Vec<OutRequest> {
        std::mem::take(&mut *self.got.lock().expect("free"))
    }

    fn bodies(&self) -> Vec<Value> {
        self.take().iter().map(body).collect()
    }

    fn at(&self, db: &TestDb, now: Instant) -> Ctx {
        // Some microseconds later each time, so that ids differ.
        let n_asked = self.n_asked.fetch_add(1, Ordering::Relaxed);
        let now = Instant::from_microseconds(now.microseconds() + n_asked);
        db.ctx_at(now).with_outbound(Arc::new(self.clone()))
    }
}

impl Outbound for Receiver {
    fn ask(&self, request: OutRequest) -> Asked<'_> {
        let is_slow = request.address.contains("slow.example");
        self.got.lock().expect("free").push(request);
        self.asked.notify_one();
        let answer = self.answer.lock().expect("free").clone();
        Box::pin(async move {
            if is_slow {
                self.slow.acquire().await.expect("open").forget();
            }
            let status = answer.map_err(|what| OutProblem { what })?;
            Ok(OutAnswer { status, headers: vec![], body: b"said so".to_vec(), is_cut: false })
        })
    }

    fn record_address(&self, kind: Kind, id: &str) -> String {
        format!("https://mandate.example/api/v1/{}/{id}", kind.plural())
    }
}

fn body(request: &OutRequest) -> Value {
    serde_json::from_slice(request.body.as_deref().expect("a body")).expect("JSON")
}

fn header<'a>(request: &'a OutRequest, name: &str) -> &'a str {
    request.headers.iter().find(|(found, _)| *found == name).map_or("", |(_, value)| value)
}

/// A firm whose owner set an endpoint up for themselves.
struct Firm {
    receiver: Receiver,
    ctx: Ctx,
    owner: Actor,
    user: User,
    endpoint: Id<StoredEndpoint>,
    secret: String,
}

fn draft(reader: &Id<User>) -> EndpointDraft {
    EndpointDraft {
        address: "https://hooks.example/secret-path".to_owned(),
        reader_id: reader.to_string(),
        ..EndpointDraft::default()
    }
}

async fn firm(db: &TestDb) -> Firm {
    let receiver = Receiver::new();
    let ctx = receiver.at(db, STARTED_AT);
    let signed_in = set_up(&ctx).await;
    let (owner, user) = (signed_in.session_user.actor, signed_in.session_user.user);
    let (line, secret) = add_endpoint(&ctx, &owner, &draft(&user.id)).await.expect("an endpoint");
    let secret = secret.reveal();
    Firm { receiver, ctx, owner, user, endpoint: line.id, secret }
}

impl Firm {
    async fn account(&self, name: &str) -> Saved<Account> {
        book::create::<Account>(&self.ctx, &Actor::operator(), account_draft(name, name))
            .await
            .expect("an account")
    }

    async fn renamed(&self, account: &Saved<Account>, name: &str) -> Saved<Account> {
        let draft = Draft::new().with("name", name);
        book::change(&self.ctx, &Actor::operator(), &account.id, account.version, draft)
            .await
            .expect("renamed")
    }

    async fn send(&self, db: &TestDb, now: Instant) -> usize {
        send_webhooks_due(&self.receiver.at(db, now)).await.expect("sent")
    }

    async fn states(&self) -> Vec<String> {
        let found = list_deliveries(&self.ctx, &self.owner, &self.endpoint, "", "").await.expect("a list");
        found.0.into_iter().map(|delivery| delivery.state).collect()
    }
}

/// HMAC-SHA256 made of SHA-256 by hand (RFC 2104), so that the test does not ask what it tests.
fn signed(secret: &str, id: &str, at: Instant, body: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let mut key = STANDARD.decode(secret.strip_prefix("whsec_").expect("the prefix")).expect("base64");
    assert_eq!(key.len(), 32);
    key.resize(64, 0);
    let message = [format!("{id}.{}.", at.seconds()).as_bytes(), body].concat();
    let pad = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = Sha256::digest([pad(0x36), message].concat());
    format!("v1,{}", STANDARD.encode(Sha256::digest([pad(0x5c), inner.to_vec()].concat())))
}

both_databases! {
    async fn what_happens_is_told_thinly_signed_and_once(db: TestDb) {
        let firm = firm(&db).await;
        assert_eq!(firm.send(&db, STARTED_AT).await, 0, "what was before is not told");
        let account = firm.account("Brackwell").await;
        firm.renamed(&account, "Brackwell & Co").await;
        assert_eq!(firm.send(&db, STARTED_AT).await, 2);
        assert_eq!(firm.send(&db, STARTED_AT).await, 0, "once");
        let got = firm.receiver.take();
        let changed = got.iter().find(|request| body(request)["type"] == "account.changed").expect("told");
        let id = account.id.as_str();
        assert_eq!(
            body(changed),
            json!({
                "type": "account.changed",
                "timestamp": STARTED_AT.to_string(),
                "data": {
                    "kind": "account", "happening": "changed", "id": id, "account_id": id, "fields": ["name"],
                    "url": format!("https://mandate.example/api/v1/accounts/{id}"),
                },
            })
        );
        let (id, sent) = (header(changed, "webhook-id"), changed.body.as_deref().expect("a body"));
        assert_eq!(header(changed, "webhook-timestamp"), STARTED_AT.seconds().to_string());
        assert_eq!(header(changed, "webhook-signature"), signed(&firm.secret, id, STARTED_AT, sent));
        assert_eq!(header(changed, "content-type"), "application/json");
        assert!(!String::from_utf8_lossy(sent).contains("Brackwell"), "no value, no name");
        assert_eq!(firm.states().await, ["sent", "sent"]);
    }

    async fn a_sender_that_dies_loses_nothing_and_sends_under_the_same_id(db: TestDb) {
        let firm = firm(&db).await;
        firm.account("Brackwell").await;
        // It queued and claimed, and ended before it sent.
        assert_eq!(queue_webhooks(&firm.ctx).await.expect("queued"), 1);
        assert_eq!(queue_webhooks(&firm.ctx).await.expect("queued"), 0, "a record is queued once");
        let (waiting, _) = list_deliveries(&firm.ctx, &firm.owner, &firm.endpoint, "waiting", "").await.expect("a list");
        let id = waiting[0].id.clone();
        let until = STARTED_AT.plus_seconds(60);
        assert!(mandate_store::webhooks::claim(db.write().await, &id, STARTED_AT, until).await.expect("claimed"));
        assert_eq!(firm.send(&db, STARTED_AT.plus_seconds(59)).await, 0, "another has it");
        assert_eq!(firm.send(&db, until).await, 1);
        assert_eq!(header(&firm.receiver.take()[0], "webhook-id"), id.as_str());
        // It sent and ended before it noted so: it goes a second time, under the same id.
        unsent(&db, &firm, &id).await;
        assert_eq!(firm.send(&db, until.plus_seconds(60)).await, 1);
        assert_eq!(header(&firm.receiver.take()[0], "webhook-id"), id.as_str());
        assert_eq!(firm.states().await, ["sent"]);
    }

    async fn what_does_not_arrive_is_tried_ten_times_and_can_be_sent_again(db: TestDb) {
        let firm = firm(&db).await;
        firm.account("Brackwell").await;
        firm.receiver.answers(Ok(500));
        let mut now = STARTED_AT;
        for wait in WAITS_S {
            assert_eq!(firm.send(&db, now).await, 1);
            now = now.plus_seconds(wait);
            assert_eq!(firm.send(&db, now.plus_seconds(-1)).await, 0, "not before its time");
        }
        firm.receiver.answers(Err("no connection: refused"));
        assert_eq!(firm.send(&db, now).await, 1);
        assert_eq!(firm.states().await, ["given_up"]);
        let (lines, _) = list_deliveries(&firm.ctx, &firm.owner, &firm.endpoint, "", "").await.expect("a list");
        assert_eq!(lines[0].attempts.len(), 10);
        assert_eq!((lines[0].attempts[0].status, lines[0].attempts[0].problem.as_str()), (Some(500), "it answered 500"));
        assert_eq!((lines[0].attempts[9].status, lines[0].attempts[9].problem.as_str()), (None, "no connection: refused"));
        let line = load_endpoint(&firm.ctx, &firm.owner, &firm.endpoint).await.expect("an endpoint");
        assert_eq!((line.failing_since.map(Instant::seconds), line.pause), (Some(STARTED_AT.seconds()), None));
        firm.receiver.answers(Ok(200));
        let later = firm.receiver.at(&db, now);
        send_delivery_again(&later, &firm.owner, &firm.endpoint, &lines[0].id).await.expect("again");
        let refused = send_delivery_again(&later, &firm.owner, &firm.endpoint, &lines[0].id).await;
        assert!(matches!(refused, Err(WebhookError::Waiting)));
        assert_eq!(firm.send(&db, now).await, 1);
        assert_eq!(firm.states().await, ["sent"]);
        let line = load_endpoint(&firm.ctx, &firm.owner, &firm.endpoint).await.expect("an endpoint");
        assert_eq!(line.failing_since, None);
        forget_old_deliveries(&firm.receiver.at(&db, now.plus_seconds(31 * 86_400))).await.expect("forgotten");
        assert!(firm.states().await.is_empty());
    }

    async fn a_receiver_that_takes_nothing_for_days_is_paused_and_whoever_set_it_up_told(db: TestDb) {
        let firm = firm(&db).await;
        firm.receiver.answers(Ok(302));
        firm.account("Brackwell").await;
        firm.send(&db, STARTED_AT).await;
        let nearly = STARTED_AT.plus_seconds(5 * 86_400 - 1);
        firm.account("Ferrum").await;
        firm.send(&db, nearly).await;
        let line = load_endpoint(&firm.ctx, &firm.owner, &firm.endpoint).await.expect("an endpoint");
        assert_eq!(line.pause, None);
        firm.send(&db, nearly.plus_seconds(7_200)).await;
        let line = load_endpoint(&firm.ctx, &firm.owner, &firm.endpoint).await.expect("an endpoint");
        assert_eq!(line.pause, Some(Pause::Failing));
        let told = list_own(&firm.ctx, &firm.owner, &mandate_app::notifications::Asked::default()).await.expect("a list");
        assert_eq!((told.rows.len(), told.rows[0].notification.detail.as_str()), (1, "failing"));
        firm.receiver.take();
        firm.account("Meanwhile").await;
        assert_eq!(firm.send(&db, nearly.plus_seconds(30_000)).await, 0, "nothing while it is paused");
        firm.receiver.answers(Ok(200));
        resume_endpoint(&firm.ctx, &firm.owner, &firm.endpoint).await.expect("resumed");
        let refused = resume_endpoint(&firm.ctx, &firm.owner, &firm.endpoint).await;
        assert!(matches!(refused, Err(WebhookError::NotPaused)));
        firm.account("After").await;
        firm.send(&db, nearly.plus_seconds(90_000)).await;
        assert_eq!(firm.receiver.take().len(), 3, "what waited and what came after, not what was meanwhile");
    }

    async fn a_slow_receiver_keeps_no_other_waiting(db: TestDb) {
        let firm = firm(&db).await;
        let slow = EndpointDraft { address: "https://slow.example/".to_owned(), ..draft(&firm.user.id) };
        add_endpoint(&firm.ctx, &firm.owner, &slow).await.expect("another endpoint");
        let (stopping, stop) = tokio::sync::watch::channel(false);
        let sender = tokio::spawn(send_webhooks(firm.ctx.clone(), stop));
        for name in ["Brackwell", "Ferrum"] {
            firm.account(name).await;
            let told = async {
                while !firm.receiver.take().iter().any(|request| request.address.contains("hooks.example")) {
                    firm.receiver.asked.notified().await;
                }
            };
            tokio::time::timeout(std::time::Duration::from_secs(20), told).await.expect("told, while the slow one answers nothing");
        }
        stopping.send(true).expect("it listens");
        firm.receiver.slow.add_permits(100);
        sender.await.expect("it ends");
    }

    async fn failures_of_long_ago_pause_nothing(db: TestDb) {
        let firm = firm(&db).await;
        firm.receiver.answers(Ok(500));
        firm.account("Brackwell").await;
        let mut now = STARTED_AT;
        for wait in WAITS_S.into_iter().chain([0]) {
            assert_eq!(firm.send(&db, now).await, 1);
            now = now.plus_seconds(wait);
        }
        assert_eq!(firm.states().await, ["given_up"]);
        // Nothing was to be sent for weeks, in which the receiver was mended; one failure is one failure.
        now = now.plus_seconds(20 * 86_400);
        firm.account("Ferrum").await;
        assert_eq!(firm.send(&db, now).await, 1);
        let line = load_endpoint(&firm.ctx, &firm.owner, &firm.endpoint).await.expect("an endpoint");
        assert_eq!((line.failing_since.map(Instant::seconds), line.pause), (Some(now.seconds()), None));
        // From then on it counts: one given up and the next at once.
        for wait in WAITS_S {
            now = now.plus_seconds(wait);
            assert_eq!(firm.send(&db, now).await, 1);
        }
        firm.account("Nordlicht").await;
        for wait in WAITS_S {
            assert_eq!(firm.send(&db, now).await, 1);
            now = now.plus_seconds(wait);
        }
        firm.account("Osterby").await;
        for wait in [86_400, 0] {
            now = now.plus_seconds(wait);
            firm.send(&db, now).await;
        }
        let line = load_endpoint(&firm.ctx, &firm.owner, &firm.endpoint).await.expect("an endpoint");
        assert_eq!(line.pause, Some(Pause::Failing));
    }

    async fn a_secret_replaced_twice_in_a_day_loses_none_that_the_receiver_may_know(db: TestDb) {
        let firm = firm(&db).await;
        let second = rotate_endpoint_secret(&firm.ctx, &firm.owner, &firm.endpoint).await.expect("another").reveal();
        let noon = STARTED_AT.plus_seconds(43_200);
        let third = rotate_endpoint_secret(&firm.receiver.at(&db, noon), &firm.owner, &firm.endpoint).await.expect("another").reveal();
        for (at, secrets) in [
            (noon, vec![&third, &second, &firm.secret]),
            (STARTED_AT.plus_seconds(86_400), vec![&third, &second]),
            (noon.plus_seconds(86_400), vec![&third]),
        ] {
            firm.account(&format!("At {at}")).await;
            assert_eq!(firm.send(&db, at).await, 1);
            let got = firm.receiver.take();
            let sent = got[0].body.as_deref().expect("a body");
            let id = header(&got[0], "webhook-id");
            let expected: Vec<String> = secrets.iter().map(|secret| signed(secret, id, at, sent)).collect();
            assert_eq!(header(&got[0], "webhook-signature"), expected.join(" "));
            forget_old_deliveries(&firm.receiver.at(&db, at)).await.expect("forgotten");
        }
        let row = db.read().await.fetch_one("SELECT COUNT(previous_secret) + COUNT(older_secret) FROM webhook_endpoint", vec![]).await;
        assert_eq!(row.expect("a row").int(0).expect("a count"), 0, "the secrets of before are gone");
    }

    async fn gone_is_gone_and_a_redirect_is_not_followed(db: TestDb) {
        let firm = firm(&db).await;
        firm.account("Brackwell").await;
        firm.receiver.answers(Ok(410));
        firm.send(&db, STARTED_AT).await;
        let line = load_endpoint(&firm.ctx, &firm.owner, &firm.endpoint).await.expect("an endpoint");
        assert_eq!((line.pause, line.n_waiting), (Some(Pause::Gone), 1));
        firm.receiver.take();
        firm.receiver.answers(Ok(301));
        let pong = ping_endpoint(&firm.ctx, &firm.owner, &firm.endpoint).await.expect("asked");
        assert!(pong.attempt.problem.contains("not followed"), "{pong:?}");
        assert_eq!((pong.attempt.status, pong.answer.as_str()), (Some(301), "said so"));
        let got = firm.receiver.take();
        assert_eq!((got.len(), &body(&got[0])["type"]), (1, &json!("ping")));
        let sent = got[0].body.as_deref().expect("a body");
        let expected = signed(&firm.secret, header(&got[0], "webhook-id"), STARTED_AT, sent);
        assert_eq!(header(&got[0], "webhook-signature"), expected, "a test is signed as everything is");
    }

    async fn for_a_day_both_secrets_sign(db: TestDb) {
        let firm = firm(&db).await;
        let secret = rotate_endpoint_secret(&firm.ctx, &firm.owner, &firm.endpoint).await.expect("another").reveal();
        assert_ne!(secret, firm.secret);
        for (at, secrets) in [
            (STARTED_AT, vec![&secret, &firm.secret]),
            (STARTED_AT.plus_seconds(86_399), vec![&secret, &firm.secret]),
            (STARTED_AT.plus_seconds(86_400), vec![&secret]),
        ] {
            firm.account(&format!("At {at}")).await;
            assert_eq!(firm.send(&db, at).await, 1);
            let got = firm.receiver.take();
            let sent = got[0].body.as_deref().expect("a body");
            let id = header(&got[0], "webhook-id");
            let expected: Vec<String> = secrets.iter().map(|secret| signed(secret, id, at, sent)).collect();
            assert_eq!(header(&got[0], "webhook-signature"), expected.join(" "));
        }
        forget_old_deliveries(&firm.receiver.at(&db, STARTED_AT.plus_seconds(86_400))).await.expect("forgotten");
        let row = db.read().await.fetch_one("SELECT COUNT(previous_secret) FROM webhook_endpoint", vec![]).await;
        assert_eq!(row.expect("a row").int(0).expect("a count"), 0, "the secret of before is gone");
    }

    async fn a_reader_hears_of_their_own_accounts_only_and_of_no_cost(db: TestDb) {
        let firm = firm(&db).await;
        let person = our_person(&firm.ctx, "P-1", "Anna Account").await;
        let mut new = new_user("anna@firm.example", &[Role::AccountManager]);
        new.person_id = Some(person.id.clone());
        let (anna, _) = create_user(&firm.ctx, &firm.owner, new).await.expect("a user");
        let anna = anna.id;
        change_endpoint(&firm.ctx, &firm.owner, &firm.endpoint, &draft(&anna), 1).await.expect("changed");
        firm.account("Not hers").await;
        let hers = firm.account("Hers").await;
        let given = Draft::new().with("account_manager", person.id.as_str());
        let hers = book::change(&firm.ctx, &Actor::operator(), &hers.id, hers.version, given).await.expect("given");
        firm.send(&db, STARTED_AT).await;
        let told = firm.receiver.bodies();
        assert!(told.iter().all(|body| body["data"]["account_id"].is_null() || body["data"]["account_id"] == hers.id.as_str()), "{told:?}");
        assert!(told.iter().any(|body| body["type"] == "account.changed"), "{told:?}");
        let (_, line): (_, Saved<ContractLine>) = contract_with_line(&firm.ctx, &hers).await;
        firm.send(&db, STARTED_AT).await;
        let told = firm.receiver.bodies();
        let made = told.iter().find(|body| body["type"] == "contract_line.created").expect("told");
        assert!(!made.to_string().contains("cost"), "{made}");
        let n_queued = firm.states().await.len();
        let cost = Draft::new().with("unit_cost", "3.75");
        book::change(&firm.ctx, &Actor::operator(), &line.id, line.version, cost).await.expect("changed");
        assert_eq!(firm.send(&db, STARTED_AT).await, 0, "that a cost changed is a sign of it");
        assert_eq!(firm.states().await.len(), n_queued, "and nothing of it is queued");
    }

    async fn what_the_reader_may_not_see_by_then_is_withdrawn_and_without_a_reader_it_is_paused(db: TestDb) {
        let firm = firm(&db).await;
        let (_, product) = (firm.account("Brackwell").await, product(&firm).await);
        firm.receiver.answers(Ok(500));
        firm.send(&db, STARTED_AT).await;
        firm.send(&db, STARTED_AT).await;
        // An account manager without a person of the book sees no account, but every product.
        let (manager, _) =
            create_user(&firm.ctx, &firm.owner, new_user("m@firm.example", &[Role::AccountManager])).await.expect("a user");
        let manager = manager.id;
        change_endpoint(&firm.ctx, &firm.owner, &firm.endpoint, &draft(&manager), 1).await.expect("changed");
        firm.receiver.answers(Ok(200));
        firm.receiver.take();
        let later = STARTED_AT.plus_seconds(86_400);
        firm.send(&db, later).await;
        let told = firm.receiver.bodies();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["data"]["id"], product.id.as_str());
        let mut states = firm.states().await;
        states.sort();
        assert_eq!(states, ["sent", "withdrawn"]);
        let stored = identity::find_user(&firm.ctx, &firm.owner, &manager).await.expect("a user");
        let out = UserChange {
            id: stored.id.clone(),
            version: stored.version,
            display_name: stored.display_name.clone(),
            roles: stored.roles.clone(),
            person_id: None,
            state: UserState::Suspended,
        };
        identity::save_user(&firm.ctx, &firm.owner, out).await.expect("suspended");
        assert_eq!(firm.send(&db, later).await, 0);
        let line = load_endpoint(&firm.ctx, &firm.owner, &firm.endpoint).await.expect("an endpoint");
        assert_eq!(line.pause, Some(Pause::Reader));
        let refused = resume_endpoint(&firm.ctx, &firm.owner, &firm.endpoint).await.expect_err("nobody reads");
        assert_eq!(refused.fields()[0].field, "reader_id");
    }

    async fn only_what_was_asked_for_is_told(db: TestDb) {
        let firm = firm(&db).await;
        let narrow = EndpointDraft {
            matters: vec!["product".to_owned(), "account".to_owned()],
            happenings: vec!["trashed".to_owned()],
            ..draft(&firm.user.id)
        };
        change_endpoint(&firm.ctx, &firm.owner, &firm.endpoint, &narrow, 1).await.expect("changed");
        let account = firm.account("Brackwell").await;
        let product = product(&firm).await;
        book::trash::<Product>(&firm.ctx, &Actor::operator(), &product.id, None).await.expect("trashed");
        assert_eq!(firm.send(&db, STARTED_AT).await, 1);
        let told = firm.receiver.bodies();
        assert_eq!((&told[0]["type"], &told[0]["data"]["id"]), (&json!("product.trashed"), &json!(product.id.as_str())));
        pause_endpoint(&firm.ctx, &firm.owner, &firm.endpoint).await.expect("paused");
        book::trash::<Account>(&firm.ctx, &Actor::operator(), &account.id, None).await.expect("trashed");
        assert_eq!(firm.send(&db, STARTED_AT).await, 0);
        let stale = remove_endpoint(&firm.ctx, &firm.owner, &firm.endpoint, 1).await;
        assert_eq!(stale.expect_err("paused meanwhile").kind(), ErrorKind::Stale);
        remove_endpoint(&firm.ctx, &firm.owner, &firm.endpoint, 3).await.expect("removed");
        assert!(list_endpoints(&firm.ctx, &firm.owner).await.expect("a list").is_empty());
        for table in ["webhook_endpoint", "webhook_delivery", "webhook_attempt"] {
            let row = db.read().await.fetch_one(&format!("SELECT COUNT(*) FROM {table}"), vec![]).await.expect("a row");
            assert_eq!(row.int(0).expect("a count"), 0, "{table}");
        }
    }

    async fn what_does_not_fit_is_told_by_field_and_a_narrow_token_sets_nothing_up(db: TestDb) {
        let firm = firm(&db).await;
        let wrong = EndpointDraft {
            address: "http://hooks.example/".to_owned(),
            matters: vec!["weather".to_owned()],
            happenings: vec!["dreamt".to_owned()],
            reader_id: "nobody".to_owned(),
        };
        let refused = add_endpoint(&firm.ctx, &firm.owner, &wrong).await.expect_err("refused");
        let fields: Vec<String> = refused.fields().into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["address", "reader_id", "matters", "happenings"]);
        let stale = change_endpoint(&firm.ctx, &firm.owner, &firm.endpoint, &draft(&firm.user.id), 7).await;
        assert_eq!(stale.expect_err("stale").kind(), ErrorKind::Stale);
        let narrow = Actor { token_scopes: Some(vec!["administer".to_owned()]), ..firm.owner.clone() };
        let refused = add_endpoint(&firm.ctx, &narrow, &draft(&firm.user.id)).await.expect_err("refused");
        assert_eq!(refused.kind(), ErrorKind::Forbidden);
        let manager = Actor { roles: vec![Role::AccountManager], ..firm.owner.clone() };
        assert_eq!(list_endpoints(&firm.ctx, &manager).await.expect_err("refused").kind(), ErrorKind::Forbidden);
        let trace = db.read().await.fetch_all("SELECT subject_name, changes FROM audit_record", vec![]).await.expect("rows");
        for row in trace {
            let text = format!("{} {}", row.text(0).expect("a name"), row.text(1).expect("changes"));
            assert!(!text.contains("secret-path"), "an address may hold a secret: {text}");
        }
    }
}

/// As if the note that it was sent had been lost.
async fn unsent(db: &TestDb, firm: &Firm, id: &Id<StoredDelivery>) {
    let mut tx = db.write().await;
    assert!(mandate_store::webhooks::send_again(&mut tx, id, STARTED_AT).await.expect("kept"));
    db.commit(tx).await;
    assert_eq!(firm.states().await, ["waiting"]);
}

async fn product(firm: &Firm) -> Saved<Product> {
    let draft = Draft::new().with("name", "Managed desk").with("unit", "seat").with("external_id", "PR-9");
    book::create::<Product>(&firm.ctx, &Actor::operator(), draft).await.expect("a product")
}
