//! `mandate serve`: opens, upgrades, listens, and ends well.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mandate_app::audit::keep_checkpoints;
use mandate_app::book::apply_due_amendments;
use mandate_app::book::bulk::{BULK_EDIT, forget_old as forget_old_bulk_edits, run_bulk_job};
use mandate_app::book::handovers::{CARRY_OUT_HANDOVERS, run_carry_out, schedule_carry_out};
use mandate_app::book::import_job::{CHECK_BOOK, IMPORT_BOOK, run_book_check, run_book_import};
use mandate_app::book::{COUNT_COVERAGE, keep_due_values, run_count, schedule_count};
use mandate_app::doctor::integrity_problems;
use mandate_app::facts::event_files::{SWEEP_AFTER, TIDY_EVENT_FILES, run_tidy, schedule_tidy, sweep};
use mandate_app::facts::import_job::{IMPORT_EVENTS, run_import};
use mandate_app::identity::{begin_setup, forget_expired};
use mandate_app::jobs::{Registry, forget_old_jobs, run_jobs};
use mandate_app::mail::send_mail;
use mandate_app::notifications::{
    TELL_OF_DATES, forget_old_notifications, run_tell_of_dates, schedule_tell_of_dates,
};
use mandate_app::open::HasBackup;
use mandate_app::sources::{IMPORT_ARRIVAL, forget_old_arrivals, run_arrival, watch_sources};
use mandate_app::webhooks::{forget_old_deliveries, send_webhooks};
use mandate_app::{Action, Actor, Ctx};
use mandate_web::{OutboundAsker, PrivateAddresses, TlsFiles, Web, WebSettings};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::ServeArguments;
use super::online::ready;
use crate::control::server as control;
use crate::data_folder::{self, RunningMark};
use crate::exit::{Failure, Kind};
use crate::logging;
use crate::operation::{Env, demo};
use crate::output::Bar;
use crate::settings::Settings;

/// How long open requests and jobs may take when the server stops.
const GRACE: Duration = Duration::from_secs(20);
/// How often it is asked whether a checkpoint of the audit record is due.
const LOOK_AT_AUDIT_EVERY: Duration = Duration::from_secs(10);
/// Jobs done at a time.
const N_RUNNERS: usize = 2;

/// Serves until a signal asks to stop.
///
/// # Errors
/// A [`Failure`] when it cannot start; [`Kind::Busy`] when the folder or the address is taken.
pub async fn serve(settings: &Settings, arguments: &ServeArguments) -> Result<(), Failure> {
    let begun = Instant::now();
    logging::start(settings)?;
    data_folder::prepare(&settings.data)?;
    let lock = match settings.sqlite_file() {
        Some(_) => Some(data_folder::lock(&settings.data, "the server")?),
        None => None,
    };
    let tls = match &settings.tls {
        Some((certificates, key)) => {
            let files = TlsFiles { certificates: certificates.clone(), key: key.clone() };
            Some(
                mandate_web::read_tls(&files)
                    .map_err(|error| Failure::bad_input(crate::exit::chain(&error)))?,
            )
        }
        None => None,
    };
    let listener = listen(settings).await?;
    let settings = &named_as_bound(settings, &listener);
    let has_backup = if arguments.i_have_a_backup { HasBackup::Yes } else { HasBackup::No };
    let ctx = ready(settings, has_backup).await?;
    let ctx = ctx.with_outbound(Arc::new(outbound(settings)));
    let mark = settings.sqlite_file().map(|_| RunningMark::set(&settings.data)).transpose()?;
    if arguments.demo {
        load_demo(&ctx).await?;
    }
    let (stop, stopped) = watch::channel(false);
    let web = web(settings, &ctx)?;
    let mut tasks = background(settings, &ctx, &stopped, mark.as_ref().is_some_and(|(_, unclean)| *unclean));
    if ctx.sends_mail() {
        tasks.others.push(tokio::spawn(mandate_web::keep_mailing(web.clone())));
    }
    announce(settings, &ctx, begun).await?;
    let wait = until(stopped.clone());
    listen_for_signals(stop)?;
    let served = mandate_web::serve(mandate_web::router(web), listener, tls, wait, GRACE).await;
    tracing::info!("stopping");
    end(tasks).await;
    control::unbind(&settings.data);
    ctx.close().await;
    if let Some((mark, _)) = mark {
        mark.clear();
    }
    drop(lock);
    served.map_err(|error| Failure::broke(&error))
}

async fn listen(settings: &Settings) -> Result<TcpListener, Failure> {
    TcpListener::bind(settings.address).await.map_err(|error| {
        let kind = if error.kind() == std::io::ErrorKind::AddrInUse { Kind::Busy } else { Kind::Failed };
        let message =
            format!("could not listen on {}: {error}; choose another with --address", settings.address);
        Failure::new(kind, message)
    })
}

/// With port 0 the system chose a port, which the address people use has to name.
fn named_as_bound(settings: &Settings, listener: &TcpListener) -> Settings {
    let mut settings = settings.clone();
    if let (Some(base), Ok(bound)) = (settings.base_url.strip_suffix(":0"), listener.local_addr()) {
        settings.base_url = format!("{base}:{}", bound.port());
        settings.address = bound;
    }
    settings
}

fn outbound(settings: &Settings) -> OutboundAsker {
    let private =
        if settings.outbound_private { PrivateAddresses::Allowed } else { PrivateAddresses::Refused };
    OutboundAsker::new(&settings.base_url, private)
}

fn web(settings: &Settings, ctx: &Ctx) -> Result<Web, Failure> {
    let web = WebSettings {
        base_url: settings.base_url.clone(),
        trust_proxy: settings.trust_proxy,
        metrics: settings.metrics,
        largest_attachment: (settings.largest_file_mb as usize) << 20,
        sign_on: settings.sign_on.clone(),
        ..WebSettings::default()
    };
    Web::new(ctx.clone(), web).map_err(|error| Failure::broke(&error))
}

/// What runs beside the server. Jobs and a mail at hand get time to end, the rest is cut.
struct Tasks {
    runners: Vec<JoinHandle<()>>,
    others: Vec<JoinHandle<()>>,
}

fn background(settings: &Settings, ctx: &Ctx, stopped: &watch::Receiver<bool>, was_unclean: bool) -> Tasks {
    let registry = registry();
    let mut runners: Vec<JoinHandle<()>> = (0..N_RUNNERS)
        .map(|_| tokio::spawn(run_jobs(ctx.clone(), registry.clone(), stopped.clone())))
        .collect();
    if ctx.sends_mail() {
        runners.push(tokio::spawn(send_mail(ctx.clone(), stopped.clone())));
    }
    runners.push(tokio::spawn(send_webhooks(ctx.clone(), stopped.clone())));
    runners.push(tokio::spawn(watch_sources(ctx.clone(), stopped.clone())));
    let mut others = vec![
        tokio::spawn(keep_house(ctx.clone())),
        tokio::spawn(keep_values(ctx.clone())),
        tokio::spawn(keep_audit_checkpoints(ctx.clone())),
    ];
    if settings.sqlite_file().is_some() {
        let env = Env { ctx: ctx.clone(), base_url: settings.base_url.clone() };
        match control::bind(&settings.data) {
            Ok(listener) => others.push(tokio::spawn(control::run(listener, env))),
            Err(failure) => {
                tracing::warn!(reason = failure.message, "commands cannot work through this server")
            }
        }
    }
    if was_unclean {
        others.push(tokio::spawn(check_integrity(ctx.clone())));
    }
    Tasks { runners, others }
}

/// The handlers of long work.
pub(super) fn registry() -> Registry {
    Registry::new()
        .with(IMPORT_BOOK, Action::Import, run_book_import)
        .with(CHECK_BOOK, Action::Import, run_book_check)
        .with(IMPORT_ARRIVAL, Action::Administer, run_arrival)
        .with(BULK_EDIT, Action::WriteBook, run_bulk_job)
        .with(IMPORT_EVENTS, Action::Import, run_import)
        .with(COUNT_COVERAGE, Action::Administer, run_count)
        .with(TIDY_EVENT_FILES, Action::Administer, run_tidy)
        .with(TELL_OF_DATES, Action::Administer, run_tell_of_dates)
        .with(CARRY_OUT_HANDOVERS, Action::Administer, run_carry_out)
}

async fn check_integrity(ctx: Ctx) {
    tracing::warn!("the last server did not end well; checking the database");
    match integrity_problems(&ctx).await {
        Ok(problems) if problems.is_empty() => tracing::info!("the database is sound"),
        Ok(problems) => {
            tracing::error!(
                n_problems = problems.len(),
                first = problems[0],
                "the database is damaged; run mandate doctor"
            );
        }
        Err(error) => tracing::error!(%error, "the database could not be checked"),
    }
}

/// Contracts begin and end at midnight (UTC), and accounts are worth something else then.
async fn keep_values(ctx: Ctx) {
    loop {
        match keep_due_values(&ctx).await {
            Ok(0) => {}
            Ok(n_accounts) => tracing::info!(n_accounts, "worked out what the contracts of accounts come to"),
            Err(error) => tracing::warn!(%error, "what the contracts of accounts come to is not worked out"),
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

async fn keep_house(ctx: Ctx) {
    match sweep(&ctx, SWEEP_AFTER).await {
        Ok(n_swept) => tracing::info!(n_swept, "swept event files that imports left behind"),
        Err(error) => tracing::warn!(%error, "event files that imports left behind were not swept"),
    }
    loop {
        match apply_due_amendments(&ctx).await {
            Ok(0) => {}
            Ok(n_applied) => tracing::info!(n_applied, "amendments took effect"),
            Err(error) => tracing::warn!(%error, "amendments whose day has come are not in their contracts"),
        }
        if let Err(error) = schedule_tidy(&ctx).await {
            tracing::warn!(%error, "the event files are not put in order");
        }
        if let Err(error) = schedule_tell_of_dates(&ctx).await {
            tracing::warn!(%error, "nobody is told of dates that come near");
        }
        if let Err(error) = schedule_carry_out(&ctx).await {
            tracing::warn!(%error, "handovers whose day has come are not carried out");
        }
        if let Err(error) = schedule_count(&ctx).await {
            tracing::warn!(%error, "coverage is not counted anew");
        }
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let forgotten = async {
            forget_expired(&ctx).await?;
            forget_old_notifications(&ctx).await?;
            forget_old_bulk_edits(&ctx).await?;
            forget_old_deliveries(&ctx).await?;
            forget_old_arrivals(&ctx).await?;
            forget_old_jobs(&ctx).await
        };
        if let Err(error) = forgotten.await {
            tracing::warn!(%error, "expired sessions and keys were not removed");
        }
    }
}

/// Signs the audit record when that is due. What goes wrong is told once, not every few seconds.
async fn keep_audit_checkpoints(ctx: Ctx) {
    let mut told = String::new();
    loop {
        match keep_checkpoints(&ctx).await {
            Ok(_) => told.clear(),
            Err(error) => {
                let reason = crate::exit::chain(&error);
                if reason != told {
                    tracing::error!(
                        event = "audit_checkpoint_failed",
                        reason,
                        "no audit checkpoint was kept"
                    );
                    told = reason;
                }
            }
        }
        tokio::time::sleep(LOOK_AT_AUDIT_EVERY).await;
    }
}

/// Loads the demo book unless it is there, or the firm has accounts of its own, which a flag must not mix with it.
async fn load_demo(ctx: &Ctx) -> Result<(), Failure> {
    if !demo::may_load(ctx).await? {
        return Ok(());
    }
    let options = demo::options(demo::SEED, 300_000, false);
    let begun = Instant::now();
    demo::load(ctx, &Actor::operator(), &options, &mut Bar::new(false)).await?;
    tracing::info!(took_ms = begun.elapsed().as_millis() as u64, "loaded the demo book");
    Ok(())
}

async fn announce(settings: &Settings, ctx: &Ctx, begun: Instant) -> Result<(), Failure> {
    let mut text = format!("Mandate is ready at {}\n", settings.base_url);
    if let Some(secret) = begin_setup(ctx).await? {
        text.push_str("Set it up within 24 hours, once, at\n");
        text.push_str(&format!("{}/setup/{}\n", settings.base_url, secret.reveal()));
    }
    let mut out = std::io::stdout().lock();
    // A reader that went away does not stop a server.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    tracing::info!(address = %settings.address, start_ms = begun.elapsed().as_millis() as u64, "ready");
    Ok(())
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // A sender that is gone means stop, too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

fn listen_for_signals(stop: watch::Sender<bool>) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| Failure::broke(&error))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| Failure::broke(&error))?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        let _ = stop.send(true);
        // A second one does not wait for anybody.
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(1);
    });
    Ok(())
}

async fn end(tasks: Tasks) {
    for task in &tasks.others {
        task.abort();
    }
    let runners = async {
        for runner in tasks.runners {
            let _ = runner.await;
        }
    };
    if tokio::time::timeout(GRACE, runners).await.is_err() {
        tracing::warn!("a job did not end in time; it is done again after the next start");
    }
}
