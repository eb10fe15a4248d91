//! The job queue: done once, tried again after a crash, stopped on request, visible to its owner.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mandate_app::ctx::Subject;
use mandate_app::jobs::{
    JobError, JobRun, JobState, Registry, StoredJob, cancel_job, enqueue, job_status, run_until_idle,
};
use mandate_app::{Action, Actor, Ctx};
use mandate_domain::Id;
use mandate_testing::{STARTED_AT, TestDb, both_databases};
use serde_json::json;

async fn enqueued(db: &TestDb, kind: &'static str) -> Id<StoredJob> {
    let (ctx, actor) = (db.ctx(), Actor::operator());
    let mut tx = db.write().await;
    let id = enqueue(&ctx, &mut tx, &actor, kind, &json!({"rows": 3})).await.expect("queued");
    let subject = Subject { kind: "test", id: "1", name: "test", account_id: None };
    tx.commit(actor.record(ctx.now(), "test.asked", subject, vec![])).await.expect("kept");
    id
}

async fn count(ctx: Ctx, run: JobRun) -> Result<serde_json::Value, JobError> {
    let _ = ctx;
    let rows = run.payload()?["rows"].as_i64().unwrap_or(0);
    for row in 1..=rows {
        run.progress(row, rows, "counting").await?;
    }
    Ok(json!({ "counted": rows }))
}

both_databases! {
    async fn a_job_is_done_once_with_its_result(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let id = enqueued(&db, "count").await;
        assert_eq!(job_status(&ctx, &operator, &id).await.expect("a job").state, JobState::Waiting);
        let registry = Registry::new().with("count", Action::Administer, count);
        assert_eq!(run_until_idle(&ctx, &registry).await.expect("run"), 1);
        assert_eq!(run_until_idle(&ctx, &registry).await.expect("run"), 0);
        let status = job_status(&ctx, &operator, &id).await.expect("a job");
        assert_eq!((status.state, status.n_done, status.n_total), (JobState::Done, 3, 3));
        assert_eq!(status.result, Some(json!({ "counted": 3 })));
    }

    async fn a_job_left_by_a_crash_is_done_by_the_next_runner_only(db: TestDb) {
        let ctx = db.ctx();
        let id = enqueued(&db, "count").await;
        // A runner that claims and dies: the claim is committed, nothing follows.
        let lease = STARTED_AT.plus_seconds(60);
        let job = mandate_store::jobs::claim_next(db.write().await, STARTED_AT, lease).await.expect("a claim");
        let job = job.expect("the job");
        let registry = Registry::new().with("count", Action::Administer, count);
        assert_eq!(run_until_idle(&ctx, &registry).await.expect("run"), 0);
        let later = db.ctx_at(STARTED_AT.plus_seconds(61));
        assert_eq!(run_until_idle(&later, &registry).await.expect("run"), 1);
        assert_eq!(job_status(&ctx, &Actor::operator(), &id).await.expect("a job").state, JobState::Done);
        // The first runner wakes up: its number is too low.
        let hold = mandate_store::jobs::hold(&mut db.read().await, &job.id, job.fencing).await.expect("a read");
        assert_eq!(hold, mandate_store::jobs::Hold::Lost);
    }

    async fn work_and_end_are_kept_together(db: TestDb) {
        let ctx = db.ctx();
        let id = enqueued(&db, "store").await;
        let shared = Arc::new(db);
        let inner = shared.clone();
        let registry = Registry::new().with("store", Action::Administer, move |ctx: Ctx, run: JobRun| {
            let db = inner.clone();
            async move {
                let mut tx = db.write().await;
                mandate_store::settings::save_setting(&mut tx, "worked", "yes").await?;
                run.finish_in(&mut tx, &json!(1)).await?;
                let subject = Subject { kind: "test", id: "1", name: "test", account_id: None };
                tx.commit(Actor::system().record(ctx.now(), "test.worked", subject, vec![])).await?;
                Ok(json!(null))
            }
        });
        run_until_idle(&ctx, &registry).await.expect("run");
        let status = job_status(&ctx, &Actor::operator(), &id).await.expect("a job");
        assert_eq!((status.state, status.result), (JobState::Done, Some(json!(1))));
    }

    async fn a_job_stops_on_request(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let waiting = enqueued(&db, "count").await;
        cancel_job(&ctx, &operator, &waiting).await.expect("asked");
        assert_eq!(job_status(&ctx, &operator, &waiting).await.expect("a job").state, JobState::Cancelled);
        let id = enqueued(&db, "endless").await;
        let (asked, n_rounds) = (id.clone(), Arc::new(AtomicUsize::new(0)));
        let rounds = n_rounds.clone();
        let registry = Registry::new().with("endless", Action::Administer, move |ctx: Ctx, run: JobRun| {
            let (asked, rounds) = (asked.clone(), rounds.clone());
            async move {
                loop {
                    let n = rounds.fetch_add(1, Ordering::Relaxed);
                    if n == 2 {
                        cancel_job(&ctx, &Actor::operator(), &asked).await.map_err(JobError::refused)?;
                    }
                    assert!(n < 10, "it was not stopped");
                    run.progress(1, 1, "still here").await?;
                }
            }
        });
        run_until_idle(&ctx, &registry).await.expect("run");
        assert_eq!(job_status(&ctx, &operator, &id).await.expect("a job").state, JobState::Cancelled);
        assert_eq!(n_rounds.load(Ordering::Relaxed), 3);
    }

    async fn a_fault_in_a_handler_fails_the_job_and_not_the_runner(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let broken = enqueued(&db, "broken").await;
        let unknown = enqueued(&db, "unknown").await;
        let fine = enqueued(&db, "count").await;
        let registry = Registry::new().with("count", Action::Administer, count).with("broken", Action::Administer, |_: Ctx, _: JobRun| async {
            if true { panic!("a fault") }
            Ok(json!(null))
        });
        assert_eq!(run_until_idle(&ctx, &registry).await.expect("run"), 3);
        assert_eq!(job_status(&ctx, &operator, &broken).await.expect("a job").state, JobState::Failed);
        assert_eq!(job_status(&ctx, &operator, &unknown).await.expect("a job").state, JobState::Failed);
        assert_eq!(job_status(&ctx, &operator, &fine).await.expect("a job").state, JobState::Done);
    }

    async fn a_job_is_its_owners_business(db: TestDb) {
        let id = enqueued(&db, "count").await;
        let stranger = Actor { who: mandate_app::Who::User {
            id: db.ctx().new_id(), name: "Anna".to_owned(), person_id: None,
        }, roles: vec![mandate_domain::identity::Role::Sponsor], ..Actor::operator() };
        let error = job_status(&db.ctx(), &stranger, &id).await.expect_err("not theirs");
        assert_eq!(error.to_string(), "there is no such job");
    }
}
