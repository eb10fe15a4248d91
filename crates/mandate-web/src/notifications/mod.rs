//! The notification centre: what one was told of, how one wants to be told, and the words of its mail.
//!
//! A notification's sentence and link are made when it is read, for its reader: what they may no longer see is withheld whole,
//! on the page, in the API and in mail alike.

mod api;
mod words;

use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use mandate_app::notifications::{
    Asked, MAIL_TIMES_HOURS, NotificationSettings, SettingsDraft, Told, list_own, mail_notifications,
    mark_all_read, mark_read, own_settings, save_own_settings,
};
use mandate_app::{Action, FieldError, UseCaseError};
use mandate_domain::notification::{Topic, Way};
use minijinja::{Value, context};
use serde::Deserialize;

use crate::access::Routes;
use crate::failure::{PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit, redirect};
use crate::identity::settings_tabs;
use crate::state::Web;

/// How often it is asked whether mail of notifications is due.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Pages and operations.
pub fn routes() -> Routes {
    Routes::new()
        .get("/notifications", Action::ReadBook, show)
        .post("/notifications/read-all", Action::OwnProfile, read_all)
        .post("/notifications/{notification}/read", Action::OwnProfile, read)
        .post("/notifications/{notification}/open", Action::OwnProfile, open)
        .get("/settings/notifications", Action::ReadBook, show_settings)
        .post("/settings/notifications", Action::OwnProfile, save_settings)
        .merge(api::routes())
}

/// Queues mail of notifications as it falls due, until the server ends. What goes wrong is told once, not every few seconds.
pub async fn keep_mailing(web: Web) {
    let mut told = String::new();
    loop {
        match mail_due(&web).await {
            Ok(_) => told.clear(),
            Err(error) => {
                let reason = error.to_string();
                if reason != told {
                    tracing::error!(
                        event = "notifications_not_mailed",
                        reason,
                        "notifications were not mailed"
                    );
                    told = reason;
                }
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Queues mail of what is due by now; how many mails.
///
/// # Errors
/// [`mandate_app::UseCaseError`] of the store when it cannot be read or queued.
pub async fn mail_due(web: &Web) -> Result<usize, impl UseCaseError> {
    mail_notifications(web.ctx(), |user, of, told| words::mail(web, user, of, told)).await
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Filter {
    #[serde(default)]
    show: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    after: Option<String>,
}

impl Filter {
    fn asked(&self) -> Asked {
        Asked { topic: self.topic.clone(), with_read: self.show == "all", after: self.after.clone() }
    }

    /// The page with this choice; words of ours only.
    fn href(&self, show: &str, after: Option<&str>) -> String {
        let topic = Topic::parse(&self.topic).map_or("", Topic::as_str);
        let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
        format!("/notifications?show={show}&topic={topic}{after}")
    }
}

fn topic_text_id(topic: Topic) -> String {
    format!("notify-topic-{}", topic.as_str().replace('_', "-"))
}

fn row_view(web: &Web, visit: &Visit, told: &Told) -> Value {
    let notification = &told.notification;
    context! {
        id => notification.id.to_string(), text => words::sentence(web, visit.language, &visit.formats, told),
        when => visit.moment(notification.created_at), topic => visit.t(&topic_text_id(notification.topic)),
        is_read => notification.read_at.is_some(), has_link => words::href(told).is_some(),
    }
}

async fn show(State(web): State<Web>, visit: Visit, Query(filter): Query<Filter>) -> PageResult {
    let found = list_own(web.ctx(), &visit.actor, &filter.asked()).await?;
    let rows: Vec<Value> = found.rows.iter().map(|told| row_view(&web, &visit, told)).collect();
    let topics: Vec<Value> = Topic::ALL
        .into_iter()
        .map(|topic| context! { value => topic.as_str(), text => visit.t(&topic_text_id(topic)) })
        .collect();
    let show = if filter.show == "all" { "all" } else { "unread" };
    let tab = |key: &str, of: &str| context! { text => visit.t(key), href => filter.href(of, None), current => show == of };
    let own = context! {
        rows => rows, topics => topics, topic => filter.topic.clone(), show => show, n_unread => found.n_unread,
        tabs => vec![tab("notify-unread", "unread"), tab("notify-all", "all")],
        lead => visit.tr("notify-lead", &[("count", &found.n_unread.to_string())]),
        next_href => found.next.as_deref().map(|next| filter.href(show, Some(next))),
    };
    let page = Page::new(visit.t("notify-title"), "nav-my-day").help("notifications");
    visit.render(page, "notifications/list.html", own)
}

async fn read(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    mark_read(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    Ok(redirect("/notifications"))
}

/// Reads a notification and leads to what it is about.
async fn open(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let told = mark_read(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    Ok(redirect(&words::href(&told).unwrap_or_else(|| "/notifications".to_owned())))
}

async fn read_all(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let n_read = mark_all_read(web.ctx(), &visit.actor, form.get("topic")).await?;
    let text = visit.tr("notify-all-read", &[("count", &n_read.to_string())]);
    Ok(visit.redirect_with("/notifications", text, None))
}

async fn show_settings(State(web): State<Web>, visit: Visit) -> PageResult {
    let settings = own_settings(web.ctx(), &visit.actor).await?;
    let mut form = Form::from_pairs([
        ("version", settings.version().to_string()),
        ("digest_hour", settings.times.digest_hour().to_string()),
    ]);
    for (topic, way) in &settings.ways {
        form.push(topic.as_str(), way.as_str().to_owned());
    }
    if let Some((from, until)) = settings.times.quiet() {
        form.push("quiet", "1".to_owned());
        form.push("quiet_from", from.to_string());
        form.push("quiet_until", until.to_string());
    }
    settings_page(&visit, &settings, &form, &[])
}

fn settings_page(
    visit: &Visit,
    settings: &NotificationSettings,
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let topics: Vec<Value> = Topic::ALL
        .into_iter()
        .map(|topic| context! { name => topic.as_str(), text => visit.t(&topic_text_id(topic)) })
        .collect();
    let ways: Vec<Value> = Way::ALL
        .into_iter()
        .map(|way| context! { value => way.as_str(), text => visit.t(&format!("notify-way-{}", way.as_str())) })
        .collect();
    let hours: Vec<Value> = MAIL_TIMES_HOURS
        .map(|hour| context! { value => hour.to_string(), text => format!("{hour:02}:00") })
        .collect();
    let own = context! {
        topics => topics, ways => ways, hours => hours, form => form.view(visit, errors), has_quiet => form.has("quiet"),
        sends_mail => settings.sends_mail, zone => visit.user.time_zone.clone(),
        tabs => settings_tabs(visit, "settings-tab-notifications"),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page::new(visit.t("notify-settings-title"), "nav-settings")
        .help("notifications")
        .crumb(visit.t("nav-settings"), "/settings");
    visit.render_with_status(status, page, "notifications/settings.html", own)
}

async fn save_settings(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let hour = |name: &str| form.get(name).parse().unwrap_or(-1);
    let draft = SettingsDraft {
        ways: Topic::ALL
            .into_iter()
            .filter(|topic| form.has(topic.as_str()))
            .map(|topic| (topic.as_str().to_owned(), form.get(topic.as_str()).to_owned()))
            .collect(),
        digest_hour: hour("digest_hour"),
        quiet: form.has("quiet").then(|| (hour("quiet_from"), hour("quiet_until"))),
        version: form.get("version").parse().ok(),
    };
    match save_own_settings(web.ctx(), &visit.actor, &draft).await {
        Ok(_) => Ok(visit.redirect_with("/settings/notifications", visit.t("notify-settings-saved"), None)),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let settings = own_settings(web.ctx(), &visit.actor).await?;
            settings_page(&visit, &settings, &form, &error.fields())
        }
    }
}
