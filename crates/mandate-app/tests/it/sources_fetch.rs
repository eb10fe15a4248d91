//! Addresses of sources: asked when they are due, what is new is imported once, failures are told and end in a pause; secrets stay.

use std::sync::{Arc, Mutex};

use mandate_app::jobs::{Registry, run_until_idle};
use mandate_app::notifications::{Asked as AskedFor, list_own};
use mandate_app::outbound::{Asked, OutAnswer, OutProblem, OutRequest, Outbound};
use mandate_app::sources::{
    FetchDraft, FetchLine, Fetched, IMPORT_ARRIVAL, Looks, SourceDraft, SourceError, SourceLine, add_source,
    change_source, fetch_due, fetch_now, list_arrivals, load_source, look_for_files, resume_source,
    run_arrival,
};
use mandate_app::{Action, Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::Instant;
use mandate_domain::book::Kind;
use mandate_domain::source::{ArrivalState, SourcePause};
use mandate_testing::{STARTED_AT, TestDb, both_databases};

use crate::identity::set_up;

/// A server that answers as told and keeps what it was asked.
#[derive(Clone)]
struct Server {
    answer: Arc<Mutex<Result<OutAnswer, String>>>,
    asked: Arc<Mutex<Vec<OutRequest>>>,
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> OutAnswer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    OutAnswer { status, headers, body: body.as_bytes().to_vec(), is_cut: false }
}

impl Server {
    fn answers(&self, answer: Result<OutAnswer, &str>) {
        *self.answer.lock().expect("free") = answer.map_err(str::to_owned);
    }

    /// The value of a header of the only request since the last look; empty when it was not sent.
    fn sent(&self, name: &str) -> String {
        let asked = self.asked.lock().expect("free");
        let last = asked.last().expect("a request");
        last.headers
            .iter()
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    }

    fn n_asked(&self) -> usize {
        self.asked.lock().expect("free").len()
    }

    fn at(&self, db: &TestDb, now: Instant) -> Ctx {
        db.ctx_at(now).with_outbound(Arc::new(self.clone()))
    }
}

impl Outbound for Server {
    fn ask(&self, request: OutRequest) -> Asked<'_> {
        assert!(request.body.is_none(), "it is asked with GET");
        self.asked.lock().expect("free").push(request);
        let answer = self.answer.lock().expect("free").clone();
        Box::pin(async move { answer.map_err(|what| OutProblem { what }) })
    }

    fn record_address(&self, _kind: Kind, id: &str) -> String {
        id.to_owned()
    }
}

const ONE: &str = "external_id,name\nT-1,Desk One\n";
const TWO: &str = "external_id,name\nT-1,Desk One\nT-2,Desk Two\n";
const DAY_S: i64 = 86_400;

fn daily() -> FetchDraft {
    FetchDraft {
        address: "https://hr.example/export/teams.csv?of=us".to_owned(),
        header_name: "X-Api-Key".to_owned(),
        secret: "key-4711".to_owned(),
        every: "day".to_owned(),
        time: "05:30".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        ..FetchDraft::default()
    }
}

fn draft(fetch: FetchDraft) -> SourceDraft {
    SourceDraft { name: "HR".to_owned(), kind: "teams".to_owned(), fetch: Some(fetch) }
}

struct Firm {
    server: Server,
    owner: Actor,
    source: SourceLine,
}

async fn firm(db: &TestDb) -> Firm {
    let server =
        Server { answer: Arc::new(Mutex::new(Err("nobody answers".to_owned()))), asked: Arc::default() };
    let owner = set_up(&db.ctx()).await.session_user.actor;
    let source = add_source(&db.ctx(), &owner, &draft(daily())).await.expect("a source");
    Firm { server, owner, source }
}

impl Firm {
    async fn line(&self, db: &TestDb) -> FetchLine {
        self.whole(db).await.fetch.expect("an address")
    }

    async fn whole(&self, db: &TestDb) -> SourceLine {
        load_source(&db.ctx(), &self.owner, &self.source.id).await.expect("a source")
    }

    /// Asks what is due at `now`, and imports what came.
    async fn turn(&self, db: &TestDb, now: Instant) -> usize {
        let ctx = self.server.at(db, now);
        let n_asked = fetch_due(&ctx).await.expect("asked");
        imported(&ctx).await;
        n_asked
    }

    async fn states(&self, db: &TestDb) -> Vec<ArrivalState> {
        let page = list_arrivals(&db.ctx(), &self.owner, &self.source.id, "", "").await.expect("a list");
        page.rows.into_iter().map(|arrival| arrival.state).collect()
    }
}

async fn imported(ctx: &Ctx) {
    let registry = Registry::new().with(IMPORT_ARRIVAL, Action::Administer, run_arrival);
    run_until_idle(ctx, &registry).await.expect("jobs");
}

both_databases! {
    async fn what_is_new_is_fetched_when_it_is_due_and_imported_once(db: TestDb) {
        let firm = firm(&db).await;
        let due = firm.line(&db).await.next_at;
        assert!(STARTED_AT < due && due <= STARTED_AT.plus_seconds(DAY_S), "{due}");
        firm.server.answers(Ok(answer(200, &[("etag", "\"v1\""), ("last-modified", "Mon, 02 Nov 2026 05:00:00 GMT")], ONE)));
        assert_eq!(firm.turn(&db, due.plus_seconds(-1)).await, 0, "not yet");
        assert_eq!(firm.turn(&db, due).await, 1);
        assert_eq!((firm.server.sent("x-api-key").as_str(), firm.server.sent("if-none-match").as_str()), ("key-4711", ""));
        assert_eq!(firm.states(&db).await, [ArrivalState::Done]);
        let line = firm.line(&db).await;
        assert_eq!((line.outcome.as_str(), line.tried_at, line.next_at), ("new", Some(due), due.plus_seconds(DAY_S)));
        assert_eq!(firm.whole(&db).await.last.expect("a file").file_name, "teams.csv");
        assert_eq!(firm.turn(&db, due.plus_seconds(60)).await, 0, "once");

        // The server says that nothing changed; then it forgets to, and sends the same.
        firm.server.answers(Ok(answer(304, &[], "")));
        assert_eq!(firm.turn(&db, due.plus_seconds(DAY_S)).await, 1);
        assert_eq!(firm.server.sent("if-none-match"), "\"v1\"");
        assert_eq!(firm.server.sent("if-modified-since"), "Mon, 02 Nov 2026 05:00:00 GMT");
        firm.server.answers(Ok(answer(200, &[], ONE)));
        firm.turn(&db, due.plus_seconds(2 * DAY_S)).await;
        assert_eq!((firm.line(&db).await.outcome.as_str(), firm.states(&db).await.len()), ("nothing_new", 1));
        firm.server.answers(Ok(answer(200, &[], TWO)));
        firm.turn(&db, due.plus_seconds(3 * DAY_S)).await;
        assert_eq!(firm.states(&db).await, [ArrivalState::Done, ArrivalState::Done]);

        // Asked at once, it does not matter what came before; the import sees that it is the same.
        let ctx = firm.server.at(&db, due.plus_seconds(3 * DAY_S + 60));
        assert_eq!(fetch_now(&ctx, &firm.owner, &firm.source.id).await.expect("asked"), Fetched::New);
        assert_eq!(firm.server.sent("if-none-match"), "");
        imported(&ctx).await;
        assert_eq!(firm.states(&db).await[0], ArrivalState::Same);
        // A file that was fetched and not told of, because whoever did was killed, is found by the next look.
        let left = std::path::Path::new(&firm.source.folder).join("../../taken/hr-teams/00000000000000000000000mv1");
        std::fs::create_dir_all(&left).expect("a folder");
        std::fs::write(left.join("teams.csv"), ONE).expect("a file");
        assert_eq!(look_for_files(&ctx, &mut Looks::default()).await.expect("a look"), 1);
    }

    async fn what_fails_is_told_tried_again_and_paused_after_five_days(db: TestDb) {
        let firm = firm(&db).await;
        let due = firm.line(&db).await.next_at;
        assert_eq!(firm.turn(&db, due).await, 1);
        let line = firm.line(&db).await;
        assert_eq!((line.outcome.as_str(), line.problem.as_str()), ("failed", "nobody answers"));
        assert_eq!((line.failing_since, line.next_at), (Some(due), due.plus_seconds(3600)), "sooner than tomorrow");
        let ctx = firm.server.at(&db, due.plus_seconds(60));
        let failed = async |answer: OutAnswer| {
            firm.server.answers(Ok(answer));
            fetch_now(&ctx, &firm.owner, &firm.source.id).await.expect("asked").problem().to_owned()
        };
        let moved = failed(answer(302, &[("location", "https://elsewhere.example/x")], "")).await;
        assert!(moved.contains("https://elsewhere.example/x, which is not followed"), "{moved}");
        assert!(failed(answer(401, &[], "")).await.contains("see to the header"));
        assert!(failed(answer(500, &[], "")).await.contains("it answered 500"));
        let cut = failed(OutAnswer { is_cut: true, ..answer(200, &[], ONE) }).await;
        assert!(cut.contains("more than 50 MB"), "{cut}");
        assert_eq!(firm.states(&db).await.len(), 0);
        let nearly = due.plus_seconds(5 * DAY_S - 1);
        firm.turn(&db, nearly).await;
        assert_eq!(firm.whole(&db).await.pause, None);
        firm.turn(&db, nearly.plus_seconds(3600)).await;
        assert_eq!(firm.whole(&db).await.pause, Some(SourcePause::Failing));
        let told = list_own(&db.ctx(), &firm.owner, &AskedFor::default()).await.expect("a list");
        assert_eq!(told.rows.iter().map(|it| it.notification.detail.as_str()).collect::<Vec<_>>(), ["failing"]);
        let n_asked = firm.server.n_asked();
        assert_eq!(firm.turn(&db, nearly.plus_seconds(30 * DAY_S)).await, 0, "nothing while it is paused");
        assert_eq!(firm.server.n_asked(), n_asked);
        let later = firm.server.at(&db, nearly.plus_seconds(30 * DAY_S));
        assert!(matches!(fetch_now(&later, &firm.owner, &firm.source.id).await, Err(SourceError::Paused)));
        firm.server.answers(Ok(answer(200, &[], ONE)));
        resume_source(&later, &firm.owner, &firm.source.id).await.expect("resumed");
        assert_eq!(firm.turn(&db, nearly.plus_seconds(30 * DAY_S)).await, 1, "at once");
        let line = firm.line(&db).await;
        assert_eq!((line.outcome.as_str(), line.failing_since), ("new", None));
    }

    async fn a_secret_is_never_shown_and_never_sent_elsewhere_than_it_was_given_for(db: TestDb) {
        let firm = firm(&db).await;
        let (ctx, id) = (db.ctx(), &firm.source.id);
        assert!(!format!("{:?}", firm.whole(&db).await).contains("4711"));
        let kept = FetchDraft { secret: String::new(), ..daily() };
        let wrong = |error: SourceError| error.fields().into_iter().map(|it| it.field).collect::<Vec<_>>();
        for other in [
            FetchDraft { address: "https://thief.example/export/teams.csv".to_owned(), ..kept.clone() },
            FetchDraft { header_name: "x-other".to_owned(), ..kept.clone() },
        ] {
            let refused = change_source(&ctx, &firm.owner, id, &draft(other), 1).await.expect_err("refused");
            assert_eq!(wrong(refused), ["secret"]);
        }
        // Another path of the same server, at another time, is for the same secret.
        let moved = FetchDraft { address: "https://hr.example/v2/teams.csv".to_owned(), every: "hour".to_owned(), ..kept.clone() };
        let saved = change_source(&ctx, &firm.owner, id, &draft(moved), 1).await.expect("saved");
        assert_eq!((saved.version, saved.fetch.expect("an address").header_name.as_str()), (2, "x-api-key"));
        firm.server.answers(Ok(answer(200, &[], ONE)));
        fetch_now(&firm.server.at(&db, STARTED_AT), &firm.owner, id).await.expect("asked");
        assert_eq!(firm.server.sent("x-api-key"), "key-4711");

        let bad = FetchDraft {
            address: "http://hr.example/x".to_owned(),
            header_name: "host".to_owned(),
            secret: "a\r\nb: c".to_owned(),
            every: "never".to_owned(),
            time: "25:00".to_owned(),
            time_zone: "Berlin".to_owned(),
            ..FetchDraft::default()
        };
        let refused = change_source(&ctx, &firm.owner, id, &draft(bad), 2).await.expect_err("refused");
        assert_eq!(wrong(refused), ["address", "header_name", "secret", "every", "time", "time_zone"]);
        let none = SourceDraft { fetch: None, ..draft(kept) };
        let saved = change_source(&ctx, &firm.owner, id, &none, 2).await.expect("saved");
        assert_eq!(saved.fetch, None);
        let asked = fetch_now(&firm.server.at(&db, STARTED_AT), &firm.owner, id).await.expect_err("no address");
        assert_eq!(asked.kind(), ErrorKind::Conflict);
        let audit = mandate_store::audit::list_after(&mut db.read().await, 0, 200).await.expect("records");
        assert!(!format!("{audit:?}").contains("4711") && !format!("{audit:?}").contains("of=us"), "hosts only");
    }
}
