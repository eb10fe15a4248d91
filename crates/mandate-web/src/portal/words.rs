//! The words of mail, in the language of whoever gets it, and the addresses in them.

use fluent_bundle::{FluentArgs, FluentValue};
use mandate_app::identity::{ManyReads, Secret};
use mandate_app::mail::MailText;
use mandate_app::portal::Invited;
use mandate_domain::Id;
use mandate_domain::identity::User;
use minijinja::{Value, context};

use super::language_of_locale;
use crate::state::Web;

/// The address of a sign-in link.
pub(crate) fn link_address(web: &Web, secret: &Secret) -> String {
    format!("{}/sign-in/link/{}", web.settings().base_url.trim_end_matches('/'), secret.reveal())
}

/// What the page shows where no mail carries an invitation: whose link, and the link if the visitor hands it over.
pub(super) fn handed_over(web: &Web, invited: &Invited) -> Value {
    let address = invited.secret.as_ref().map(|secret| link_address(web, secret));
    context! { name => invited.user.display_name.clone(), address => address }
}

fn text(web: &Web, user: &User, subject: &str, body: &str, arguments: &[(&'static str, &str)]) -> MailText {
    let mut fluent = FluentArgs::new();
    fluent.set("name", FluentValue::from(user.display_name.clone()));
    for (name, value) in arguments {
        fluent.set(*name, FluentValue::from((*value).to_owned()));
    }
    let language = language_of_locale(&user.locale);
    MailText {
        subject: web.texts().text(language, subject, &fluent),
        body: web.texts().text(language, body, &fluent),
    }
}

/// A link that someone asked for on the sign-in page.
pub(crate) fn mail_sign_in_link(web: &Web, user: &User, secret: &Secret) -> MailText {
    let (firm, link) = (web.firm_name(), link_address(web, secret));
    text(web, user, "mail-link-subject", "mail-link-body", &[("firm", &firm), ("link", &link)])
}

/// To an administrator: somebody read a great many records.
pub(crate) fn mail_many_reads(web: &Web, user: &User, reader: &Id<User>, many: ManyReads<'_>) -> MailText {
    let (firm, base) = (web.firm_name(), web.settings().base_url.trim_end_matches('/').to_owned());
    let (count, most) = (many.n_read.to_string(), many.most.to_string());
    let arguments = [
        ("firm", firm.as_str()),
        ("reader", many.name),
        ("count", &count),
        ("most", &most),
        ("link", &format!("{base}/settings/users/{reader}")),
    ];
    text(web, user, "mail-many-reads-subject", "mail-many-reads-body", &arguments)
}

/// An invitation to the portal: from which firm, for which account.
pub(crate) fn mail_invitation(
    web: &Web,
    user: &User,
    secret: &Secret,
    (firm, account): (&str, &str),
) -> MailText {
    let link = link_address(web, secret);
    let arguments = [("firm", firm), ("account", account), ("link", link.as_str())];
    text(web, user, "mail-invitation-subject", "mail-invitation-body", &arguments)
}
