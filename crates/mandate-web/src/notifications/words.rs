//! A notification in a sentence, where it leads, and the mail that tells of several; in English or German.
//!
//! Whatever a record is called stands in a sentence as an argument, never as a message; mail is plain text.

use fluent_bundle::FluentArgs;
use fluent_bundle::FluentValue;
use mandate_domain::Shared;

use mandate_app::book::import_job::IMPORT_BOOK;
use mandate_app::facts::import_job::IMPORT_EVENTS;
use mandate_app::mail::MailText;
use mandate_app::notifications::{MANY_ACCOUNTS, MailOf, Told};
use mandate_domain::Month;
use mandate_domain::book::Kind;
use mandate_domain::identity::User;
use mandate_domain::notification::Topic;

use crate::book::kinds;
use crate::locale::Formats;
use crate::portal::language_of_locale;
use crate::state::Web;
use crate::texts::{Texts, argument};

/// Lines of one mail; the page has the rest.
const MOST_LINES: usize = 50;

/// The message and its arguments beside who and what: `detail` is words of ours.
fn message(told: &Told, formats: &Formats) -> (&'static str, Vec<(&'static str, String)>) {
    let detail = told.notification.detail.as_str();
    let (first, rest) = detail.split_once(' ').unwrap_or((detail, ""));
    let month = |text: &str| Month::parse(text).map_or_else(|_| text.to_owned(), |it| formats.month(it));
    match (told.notification.topic, told.notification.kind.as_str()) {
        (Topic::Mentioned, _) => ("notify-mentioned", vec![]),
        (Topic::Assigned, MANY_ACCOUNTS) => {
            ("notify-assigned-many", vec![("capacity", first.to_owned()), ("count", rest.to_owned())])
        }
        (Topic::Assigned, _) => ("notify-assigned", vec![("capacity", first.to_owned())]),
        (Topic::DecisionAsked, "exclusion") => ("notify-asked-exclusion", vec![]),
        (Topic::DecisionAsked, "expectation") => ("notify-asked-expectation", vec![]),
        (Topic::DecisionAsked, _) => ("notify-asked-credit", vec![("month", month(detail))]),
        (Topic::DecisionAnswered, "exclusion") => {
            ("notify-answered-exclusion", vec![("state", detail.to_owned())])
        }
        (Topic::DecisionAnswered, "promise") => {
            ("notify-answered-promise", vec![("state", detail.to_owned())])
        }
        (Topic::DecisionAnswered, _) => ("notify-answered-credit", vec![("state", detail.to_owned())]),
        (Topic::Contested, "exclusion") => ("notify-contested-exclusion", vec![]),
        (Topic::Contested, "service_credit") => ("notify-contested-credit", vec![("month", month(detail))]),
        (Topic::Contested, _) => ("notify-contested-result", vec![("month", month(detail))]),
        (Topic::DateDue, _) => {
            let day = rest.parse().map_or_else(|_| rest.to_owned(), |day| formats.full_date(day));
            ("notify-date", vec![("what", first.to_owned()), ("day", day)])
        }
        (Topic::ImportEnded, "import_source") => ("notify-source", vec![("state", first.to_owned())]),
        (Topic::ImportEnded, _) => import(rest),
        (Topic::JobFailed, "import_source") => ("notify-source-paused", vec![]),
        (Topic::JobFailed, "webhook") => ("notify-webhook-paused", vec![("why", first.to_owned())]),
        (Topic::JobFailed, _) => ("notify-job-failed", vec![("job", first.to_owned())]),
    }
}

/// How an import ended, of what and of which file; neither is known of those told of before that was kept.
fn import(rest: &str) -> (&'static str, Vec<(&'static str, String)>) {
    let mut words = rest.splitn(3, ' ').map(str::to_owned);
    let state = words.next().unwrap_or_default();
    match (words.next(), words.next()) {
        (Some(what), Some(file)) => {
            ("notify-import-of", vec![("state", state), ("what", what), ("file", file)])
        }
        _ => ("notify-import", vec![("state", state)]),
    }
}

/// What one is told, in words; of what its reader may not see, nothing but that it is so.
pub(super) fn sentence(web: &Web, language: &str, formats: &Shared<Formats>, told: &Told) -> String {
    let Some(about) = &told.about else {
        return web.texts().text(language, "notify-withheld", &FluentArgs::new());
    };
    let (id, arguments) = message(told, formats);
    let mut fluent = FluentArgs::new();
    fluent.set("title", FluentValue::from(about.title.clone()));
    fluent.set("by", FluentValue::from(told.notification.by_name.clone()));
    for (name, value) in arguments {
        fluent.set(name, argument(name, &value));
    }
    Texts::for_reader(formats, || web.texts().text(language, id, &fluent))
}

/// Where it leads, if its reader may see that.
pub(super) fn href(told: &Told) -> Option<String> {
    told.about.as_ref()?;
    let notification = &told.notification;
    let id = notification.record_id.as_str();
    if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.as_str() == notification.kind) {
        let notes = if notification.topic == Topic::Mentioned { "#notes" } else { "" };
        return Some(format!("{}{notes}", kinds::href(kind, id)));
    }
    let job = notification.detail.split(' ').next().unwrap_or_default();
    match (notification.kind.as_str(), &notification.account_id) {
        ("exclusion", Some(account)) => Some(format!("/accounts/{account}/exclusions")),
        ("service_credit", Some(account)) => Some(format!("/accounts/{account}/credits")),
        ("measure", Some(account)) => Some(format!("/accounts/{account}/measures")),
        ("webhook", _) => Some(format!("/settings/webhooks/{id}")),
        ("import_source", _) => Some(format!("/settings/sources/{id}")),
        (MANY_ACCOUNTS, _) => Some("/portfolio".to_owned()),
        ("job", _) if job == IMPORT_BOOK => Some(format!("/import/jobs/{id}")),
        ("job", _) if job == IMPORT_EVENTS => Some(format!("/facts/imports/{id}")),
        _ => None,
    }
}

/// The mail that tells of these, in the language of whoever gets it.
pub(super) fn mail(web: &Web, user: &User, of: MailOf, told: &[Told]) -> MailText {
    let (language, formats) = (language_of_locale(&user.locale), web.formats(&user.locale));
    let base = web.settings().base_url.trim_end_matches('/');
    let lines: Vec<String> = told
        .iter()
        .take(MOST_LINES)
        .map(|one| {
            let text = sentence(web, language, &formats, one);
            href(one).map_or_else(|| format!("- {text}"), |path| format!("- {text}\n  {base}{path}"))
        })
        .collect();
    let count = told.len().to_string();
    let arguments = [
        ("name", user.display_name.clone()),
        ("firm", web.firm_name()),
        ("lines", lines.join("\n")),
        ("link", format!("{base}/notifications")),
        ("settings", format!("{base}/settings/notifications")),
    ];
    let mut fluent = FluentArgs::new();
    for (name, value) in arguments {
        fluent.set(name, FluentValue::from(value));
    }
    fluent.set("count", argument("count", &count));
    let text = |id: &str| Texts::for_reader(&formats, || web.texts().text(language, id, &fluent));
    let subject = match (of, told) {
        (MailOf::Events, [one]) => sentence(web, language, &formats, one),
        (MailOf::Events, _) => text("notify-mail-subject"),
        (MailOf::Digest, _) => text("notify-digest-subject"),
    };
    let body = match of {
        MailOf::Events => text("notify-mail-body"),
        MailOf::Digest => text("notify-digest-body"),
    };
    MailText { subject, body }
}
