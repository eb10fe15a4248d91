//! Leavers under Settings: a list of the people who still work here is pasted, looked at, and followed.

use axum::extract::State;
use axum::http::StatusCode;
use mandate_app::identity::{Role, SyncError, SyncOptions, SyncReport, read_list, sync_users};
use mandate_app::{Action, ErrorKind, FieldError, UseCaseError, authorise};
use mandate_domain::identity::DecisionRight;
use minijinja::{Value, context};

use super::settings::tabs;
use crate::access::Routes;
use crate::failure::PageResult;
use crate::form::Form;
use crate::frame::{Page, Visit, role_text_id};
use crate::state::Web;

/// The page and its form.
pub(super) fn routes() -> Routes {
    Routes::new().get("/settings/leavers", Action::Administer, show).post(
        "/settings/leavers",
        Action::Administer,
        follow,
    )
}

async fn show(visit: Visit) -> PageResult {
    authorise::authorise(&visit.actor, Action::Administer)?;
    page(&visit, StatusCode::OK, &Form::default(), &[], None)
}

fn page(
    visit: &Visit,
    status: StatusCode,
    form: &Form,
    errors: &[FieldError],
    report: Option<&SyncReport>,
) -> PageResult {
    let own = context! {
        form => form.view(visit, errors), report => report.map(|it| told(visit, it)),
        tabs => tabs(visit, "settings-tab-users"),
    };
    let page = Page::new(visit.t("leavers-title"), "nav-settings")
        .crumb(visit.t("nav-settings"), "/settings")
        .crumb(visit.t("users-title"), "/settings/users")
        .help("sign-in");
    visit.render_with_status(status, page, "identity/leavers.html", own)
}

fn told(visit: &Visit, report: &SyncReport) -> Value {
    let suspended: Vec<Value> = report
        .suspended
        .iter()
        .map(|leaver| {
            let answers: Vec<Value> = leaver
                .answers_for
                .iter()
                .map(|it| {
                    let id = format!("leavers-as-{}", it.capacity.replace('_', "-"));
                    context! { capacity => visit.t(&id), name => it.name.clone() }
                })
                .collect();
            let ended: Vec<String> = leaver
                .delegations
                .iter()
                .map(|it| {
                    let names = [("name", it.substitute_name.as_str()), ("absent", it.absent_name.as_str())];
                    visit.tr("decision-for", &names)
                })
                .collect();
            let rights: Vec<Value> = leaver.rights.iter().map(|right| right_view(visit, right)).collect();
            let why = format!("leavers-why-{}", leaver.reason.as_str().replace('_', "-"));
            context! {
                id => leaver.user.id.to_string(), name => leaver.user.display_name.clone(),
                email => leaver.user.email.clone(), why => visit.t(&why), answers => answers,
                ended => ended, rights => rights,
                handover => leaver
                    .user
                    .person_id
                    .as_ref()
                    .filter(|_| !leaver.answers_for.is_empty())
                    .map(|id| format!("/handovers/new?from={id}&kind=leaves")),
            }
        })
        .collect();
    let words = |roles: &[Role]| {
        roles.iter().map(|role| visit.t(&role_text_id(*role))).collect::<Vec<_>>().join(", ")
    };
    let lost: Vec<Value> = report
        .lost_roles
        .iter()
        .map(|it| {
            context! { name => it.user.display_name.clone(), lost => words(&it.lost), kept => words(&it.kept) }
        })
        .collect();
    context! {
        done => report.done, n_active => report.n_active, suspended => suspended, lost => lost,
        kept => report.kept.as_ref().map(|kept| kept.user.display_name.clone()),
        unknown => report.unknown.join(", "), needs_force => report.needs_force,
    }
}

/// A right that decides nothing any more, in words.
fn right_view(visit: &Visit, right: &DecisionRight) -> Value {
    let kind = visit.t(&format!("decision-kind-{}", right.kind().as_str()));
    let (limit, until) =
        (right.each.to_string(), visit.formats.full_date(right.valid_until.min(right.lapses_on())));
    let terms = [("kind", kind.as_str()), ("limit", limit.as_str()), ("until", until.as_str())];
    context! { id => right.id.to_string(), text => visit.tr("leavers-right", &terms) }
}

async fn follow(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let options = match (form.has("follow"), form.has("force")) {
        (false, _) => SyncOptions::Check,
        (true, true) => SyncOptions::Force,
        (true, false) => SyncOptions::Follow,
    };
    let followed = async {
        let rows = read_list(form.get("list").as_bytes())?;
        sync_users(web.ctx(), &visit.actor, &rows, options).await
    };
    match followed.await {
        Ok(report) => page(&visit, StatusCode::OK, &form, &[], Some(&report)),
        Err(error) if matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Conflict) => {
            page(&visit, StatusCode::UNPROCESSABLE_ENTITY, &form, &errors(&visit, &error), None)
        }
        Err(error) => Err(error.into()),
    }
}

/// All errors stand at the one field there is; a row's own names the row.
fn errors(visit: &Visit, error: &SyncError) -> Vec<FieldError> {
    let SyncError::Rows { rows } = error else {
        return vec![FieldError { field: "list".to_owned(), message: error.message() }];
    };
    let of_row = |row: &mandate_app::identity::RowError| {
        let what = visit.message(&row.field().message);
        let message =
            mandate_app::Message::new("leavers-row").with("row", row.place.clone()).with("what", what);
        FieldError { field: "list".to_owned(), message }
    };
    rows.iter().take(50).map(of_row).collect()
}
