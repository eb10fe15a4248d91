//! Settings > Mail: the server, what waits, what went wrong, a test mail; and the API of it.
//!
//! Texts of mails are not shown to anybody: they hold one-time links. What a mail says is written in `portal` and, for the
//! test, here.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fluent_bundle::{FluentArgs, FluentValue};
use mandate_app::Action;
use mandate_app::mail::{MailLine, MailStatus, MailText, ask_for_test_mail, mail_status};
use mandate_domain::identity::User;
use minijinja::{Value, context};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::settings_tabs;
use crate::access::Routes;
use crate::api::{ApiResult, Caller, Making, Reading};
use crate::failure::PageResult;
use crate::frame::{Page, Visit};
use crate::portal::language_of_locale;
use crate::state::Web;

/// The page, its button and the operations.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/settings/mail", Action::Administer, show)
        .post("/settings/mail/test", Action::Administer, test)
        .api(Action::Administer, routes!(get_mail))
        .api(Action::Administer, routes!(post_test))
}

async fn show(State(web): State<Web>, visit: Visit) -> PageResult {
    let status = mail_status(web.ctx(), &visit.actor).await?;
    let lines: Vec<Value> = status.recent.iter().map(|line| line_view(&visit, line)).collect();
    let own = context! {
        tabs => settings_tabs(&visit, "settings-tab-mail"), lines => lines, n_waiting => status.n_waiting,
        server => status.server.as_ref().map(|server| context! {
            host => format!("{}:{}", server.host, server.port), user => server.user.clone(),
            protection => visit.t(&format!("mail-protection-{}", server.protection)),
            from => server.from.clone(), reply_to => server.reply_to.clone(),
        }),
        problem => status.last_problem,
    };
    let page = Page::new(visit.t("mail-title"), "nav-settings").crumb(visit.t("nav-settings"), "/settings");
    visit.render(page, "identity/mail.html", own)
}

fn line_view(visit: &Visit, line: &MailLine) -> Value {
    let status = match line.state.as_str() {
        "sent" => "good",
        "waiting" => "watch",
        _ => "risk",
    };
    context! {
        what => visit.t(&format!("mail-kind-{}", line.kind.replace('_', "-"))),
        name => line.to_name.clone(), email => line.to_address.clone(), queued => visit.moment(line.created_at),
        status => status, state => visit.t(&format!("mail-state-{}", line.state.replace('_', "-"))),
        sent => line.sent_at.map(|at| visit.moment(at)), problem => line.problem.clone(),
        tries => visit.tr("mail-tries", &[("count", &line.n_tries.to_string())]),
    }
}

async fn test(State(web): State<Web>, visit: Visit) -> PageResult {
    ask_for_test_mail(web.ctx(), &visit.actor, |user| words(&web, user)).await?;
    let text = visit.tr("mail-test-asked", &[("email", &visit.user.email)]);
    Ok(visit.redirect_with("/settings/mail", text, None))
}

fn words(web: &Web, user: &User) -> MailText {
    let mut arguments = FluentArgs::new();
    arguments.set("name", FluentValue::from(user.display_name.clone()));
    arguments.set("firm", FluentValue::from(web.firm_name()));
    let language = language_of_locale(&user.locale);
    MailText {
        subject: web.texts().text(language, "mail-test-subject", &arguments),
        body: web.texts().text(language, "mail-test-body", &arguments),
    }
}

/// The server by which mail goes out; its password is nowhere to be read.
#[derive(Serialize, ToSchema)]
struct MailServerView {
    host: String,
    port: u16,
    /// `starttls`, `tls` or `none`.
    protection: &'static str,
    user: Option<String>,
    from: String,
    reply_to: Option<String>,
}

/// A mail without its text.
#[derive(Serialize, ToSchema)]
struct MailView {
    id: String,
    /// `invitation`, `sign_in_link`, `many_reads`, `notification`, `digest` or `test`.
    kind: String,
    to_name: String,
    to_address: String,
    /// `waiting`, `sent` or `given_up`.
    state: String,
    n_tries: i64,
    /// What hindered it; empty when nothing did.
    problem: String,
    created_at: String,
    sent_at: Option<String>,
}

/// Where mail stands.
#[derive(Serialize, ToSchema)]
struct MailStatusView {
    /// Null where no mail goes out.
    server: Option<MailServerView>,
    n_waiting: i64,
    /// Given up within the last 30 days.
    n_given_up: i64,
    /// What hindered the newest mail that has not gone out.
    last_problem: Option<String>,
    /// The newest 50, newest first.
    recent: Vec<MailView>,
}

impl From<MailStatus> for MailStatusView {
    fn from(status: MailStatus) -> Self {
        let mail = |line: MailLine| MailView {
            id: line.id,
            kind: line.kind,
            to_name: line.to_name,
            to_address: line.to_address,
            state: line.state,
            n_tries: line.n_tries,
            problem: line.problem,
            created_at: line.created_at.to_string(),
            sent_at: line.sent_at.map(|at| at.to_string()),
        };
        Self {
            server: status.server.map(|server| MailServerView {
                host: server.host,
                port: server.port,
                protection: server.protection,
                user: server.user,
                from: server.from,
                reply_to: server.reply_to,
            }),
            n_waiting: status.n_waiting,
            n_given_up: status.n_given_up,
            last_problem: status.last_problem,
            recent: status.recent.into_iter().map(mail).collect(),
        }
    }
}

/// Where mail stands: the server, what waits, what went wrong.
#[utoipa::path(get, path = "/mail", tag = "identity", operation_id = "get_mail",
    responses((status = 200, description = "Where mail stands", body = MailStatusView), Reading))]
async fn get_mail(caller: Caller, State(web): State<Web>) -> ApiResult {
    let status = mail_status(web.ctx(), &caller.actor).await?;
    Ok(Json(MailStatusView::from(status)).into_response())
}

/// Sends a test mail to whoever asks; what becomes of it `GET /api/v1/mail` tells.
#[utoipa::path(post, path = "/mail/test", tag = "identity", operation_id = "send_test_mail",
    responses((status = 202, description = "It is on its way"), Making))]
async fn post_test(caller: Caller, State(web): State<Web>) -> ApiResult {
    ask_for_test_mail(web.ctx(), &caller.actor, |user| words(&web, user)).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}
