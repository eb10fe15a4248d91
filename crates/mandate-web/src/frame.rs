//! The frame of a page: who visits, where they are, what they may enter; and rendering a template within it.

use std::error::Error as _;

use axum::extract::FromRequestParts;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use fluent_bundle::FluentArgs;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_app::identity::SessionUser;
use mandate_app::{Action, Actor, ErrorKind, Message, authorise};
use mandate_domain::identity::User;
use mandate_domain::{Clearance, Instant, Money, Month, Shared};
use minijinja::{Value, context};
use serde::Serialize;

use crate::access::asker;
use crate::cookies::{self, Flash};
use crate::failure::{Failure, PageResult};
use crate::locale::Formats;
use crate::pages::view;
use crate::portal::{PortalFrame, language_of_locale};
use crate::state::Web;
use crate::texts::{Texts, argument};

/// A signed-in person looking at a page: extract it in every page handler whose route needs a right.
pub struct Visit {
    /// The user.
    pub user: User,
    /// In what roles and over which accounts they act.
    pub actor: Actor,
    /// How numbers and dates are written for them.
    pub formats: Shared<Formats>,
    /// Their zone.
    pub zone: TimeZone,
    /// Now.
    pub now: Instant,
    /// Today in their zone.
    pub today: Date,
    /// Their language.
    pub language: &'static str,
    /// The address asked for.
    pub uri: Uri,
    theme: &'static str,
    flash: Option<Flash>,
    portal: Option<PortalFrame>,
    unread: i64,
    web: Web,
}

impl FromRequestParts<Web> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let session = asker(&parts.extensions).map_err(IntoResponse::into_response)?.session;
        web.refresh_firm().await;
        let theme = cookies::theme(&parts.headers);
        let flash = cookies::flash(web, &parts.headers);
        let unread = unread(web, &session.actor, parts.uri.path()).await;
        Ok(Self { theme, flash, unread, uri: parts.uri.clone(), ..Self::reader(web, session) })
    }
}

/// How many notifications the bell counts; a page without the figure is better than none.
async fn unread(web: &Web, actor: &Actor, path: &str) -> i64 {
    if [".json", ".csv", ".xlsx"].iter().any(|ending| path.ends_with(ending)) {
        return 0;
    }
    mandate_app::notifications::unread(web.ctx(), actor).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "unread notifications could not be counted");
        0
    })
}

/// Leads a stranger to the sign-in page, and from there back.
pub(crate) fn to_sign_in(uri: &Uri) -> Response {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let path = uri.path_and_query().map_or("/", |it| it.as_str());
    // A script's question gets an answer that it can read, not a page to sign in on.
    if uri.path().ends_with(".json") {
        return Failure::of(ErrorKind::Forbidden, Message::new("error-signed-out")).into_response();
    }
    redirect(&format!("/sign-in?next={}", utf8_percent_encode(path, NON_ALPHANUMERIC)))
}

/// A redirect after a POST (303).
pub fn redirect(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// One step of the breadcrumb.
#[derive(Clone, Debug, Serialize)]
pub struct Crumb {
    /// What it says.
    pub text: String,
    /// Where it leads; the last has none.
    pub href: Option<String>,
}

/// What a page says of itself.
#[derive(Clone, Debug)]
pub struct Page {
    title: String,
    nav: &'static str,
    crumbs: Vec<Crumb>,
    charts: bool,
    help: Option<&'static str>,
    filter_text: Option<String>,
}

impl Page {
    /// A page titled `title` under the navigation entry `nav` (see [`NAVIGATION`]).
    pub fn new(title: impl Into<String>, nav: &'static str) -> Self {
        Self { title: title.into(), nav, crumbs: vec![], charts: false, help: None, filter_text: None }
    }

    /// Adds a step of the breadcrumb before the page itself.
    #[must_use]
    pub fn crumb(mut self, text: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { text: text.into(), href: Some(href.into()) });
        self
    }

    /// Loads the charts' script.
    #[must_use]
    pub fn with_charts(mut self) -> Self {
        self.charts = true;
        self
    }

    /// Names the guide page of this page, without folder and ending.
    #[must_use]
    pub fn help(mut self, guide: &'static str) -> Self {
        self.help = Some(guide);
        self
    }

    /// What the print foot says of the filter.
    #[must_use]
    pub fn filter_text(mut self, text: Option<String>) -> Self {
        self.filter_text = text;
        self
    }
}

struct NavItem {
    key: &'static str,
    group: Option<&'static str>,
    text: &'static str,
    href: &'static str,
    icon: &'static str,
    action: Action,
    shortcut: Option<&'static str>,
    bottom: bool,
    beyond_light: bool,
}

const fn item(
    key: &'static str,
    group: Option<&'static str>,
    href: &'static str,
    icon: &'static str,
    action: Action,
) -> NavItem {
    NavItem { key, group, text: key, href, icon, action, shortcut: None, bottom: false, beyond_light: false }
}

impl NavItem {
    const fn key(mut self, shortcut: &'static str) -> Self {
        self.shortcut = Some(shortcut);
        self
    }

    /// Light mode leaves it to "More".
    const fn beyond_light(mut self) -> Self {
        self.beyond_light = true;
        self
    }

    const fn bottom(mut self) -> Self {
        self.bottom = true;
        self
    }
}

const RELATIONSHIP: Option<&str> = Some("nav-group-relationship");
const ORGANISATION: Option<&str> = Some("nav-group-organisation");
const SYSTEM: Option<&str> = Some("nav-group-system");

/// The navigation: only rooms that exist; each shown to whom its action allows. Keys are message ids.
static NAVIGATION: &[NavItem] = &[
    item("nav-my-day", None, "/", "home", Action::ReadBook).key("d").bottom(),
    item("nav-portfolio", None, "/portfolio", "bldg", Action::ReadFacts).key("p").bottom(),
    item("nav-facts", RELATIONSHIP, "/facts", "gauge", Action::ReadFacts).key("f").bottom(),
    item("nav-contracts", RELATIONSHIP, "/contracts", "file", Action::ReadBook).key("k"),
    item("nav-dates", RELATIONSHIP, "/dates", "cal", Action::ReadBook),
    item("nav-people", RELATIONSHIP, "/people", "people", Action::ReadBook).key("e"),
    item("nav-coverage", RELATIONSHIP, "/coverage", "link", Action::ReadBook).beyond_light(),
    item("nav-expectations", RELATIONSHIP, "/expectations", "flag", Action::ReadBook),
    item("nav-promises", RELATIONSHIP, "/promises", "check", Action::ReadBook),
    item("nav-communications", RELATIONSHIP, "/communications", "chat", Action::ReadBook),
    item("nav-growth", RELATIONSHIP, "/growth", "arrow", Action::ReadBook).beyond_light(),
    item("nav-scorecards", ORGANISATION, "/facts/scorecards", "table", Action::ReadFacts)
        .key("s")
        .beyond_light(),
    item("nav-products", ORGANISATION, "/products", "box", Action::ReadBook),
    item("nav-lines-of-business", ORGANISATION, "/lines-of-business", "flow", Action::ReadBook)
        .beyond_light(),
    item("nav-teams", ORGANISATION, "/teams", "people", Action::ReadBook).beyond_light(),
    item("nav-fit", ORGANISATION, "/fit", "people", Action::ReadBook).beyond_light(),
    item("nav-handovers", ORGANISATION, "/handovers", "flow", Action::ReadBook).beyond_light(),
    item("nav-book", ORGANISATION, "/book", "list", Action::ReadBook).beyond_light(),
    item("nav-import", SYSTEM, "/import", "upload", Action::Import),
    item("nav-audit", SYSTEM, "/audit", "clock", Action::ReadAudit),
    item("nav-settings", SYSTEM, "/settings", "gear", Action::OwnProfile).bottom(),
];

/// The portal's navigation: message id, path below the portal.
static PORTAL_NAVIGATION: &[(&str, &str)] = &[
    ("portal-nav-measures", ""),
    ("portal-nav-exclusions", "/exclusions"),
    ("portal-nav-credits", "/credits"),
    ("portal-nav-expectations", "/expectations"),
    ("portal-nav-colleagues", "/colleagues"),
];

#[derive(Serialize)]
struct NavView {
    text: String,
    href: &'static str,
    icon: &'static str,
    current: bool,
    count: Option<i64>,
    hot: bool,
    shortcut: Option<&'static str>,
}

#[derive(Serialize)]
struct NavSection {
    group: Option<String>,
    items: Vec<NavView>,
    /// Shown on demand: what light mode leaves aside.
    folded: bool,
}

impl Visit {
    /// A person as a reader, wherever they look: their words, formats and zone. For files that are drawn up for them.
    pub fn reader(web: &Web, SessionUser { user, actor }: SessionUser) -> Self {
        let zone = TimeZone::get(&user.time_zone).unwrap_or(TimeZone::UTC);
        let now = web.ctx().now();
        Self {
            formats: web.formats(&user.locale),
            today: now.date_in(&zone),
            zone,
            now,
            language: language_of_user(&user),
            uri: Uri::default(),
            theme: cookies::theme(&HeaderMap::new()),
            flash: None,
            portal: None,
            unread: 0,
            web: web.clone(),
            user,
            actor,
        }
    }

    /// Shows the page in another language.
    pub(crate) fn speak(&mut self, language: &'static str) {
        self.formats = self.web.formats(if language == "de" { "de-DE" } else { "en-GB" });
        self.language = language;
    }

    /// From now on pages stand in the portal's frame.
    pub(crate) fn enter_portal(&mut self, frame: PortalFrame) {
        self.portal = Some(frame);
    }

    /// Words as the reader writes numbers, and as far as they reach.
    fn say<T>(&self, words: impl FnOnce() -> T) -> T {
        Texts::for_reach(self.actor.sees_everything(), || Texts::for_reader(&self.formats, words))
    }

    /// A message of the catalogue without arguments.
    pub fn t(&self, id: &str) -> String {
        self.say(|| self.web.texts().text(self.language, id, &FluentArgs::new()))
    }

    /// A message with arguments; whole numbers take part in plurals and are written as the reader has them.
    pub fn tr(&self, id: &str, arguments: &[(&'static str, &str)]) -> String {
        let mut fluent = FluentArgs::new();
        for (name, value) in arguments {
            fluent.set(*name, argument(name, value));
        }
        self.say(|| self.web.texts().text(self.language, id, &fluent))
    }

    /// A use case's message.
    pub fn message(&self, message: &Message) -> String {
        self.say(|| self.web.texts().message(self.language, message))
    }

    /// A message kept as JSON with a job, in the reader's words; `None` for what is no message.
    pub fn kept(&self, message: &serde_json::Value) -> Option<String> {
        let mut arguments = FluentArgs::new();
        for (name, value) in message["arguments"].as_object()? {
            arguments.set(name.clone(), argument(name, value.as_str().unwrap_or_default()));
        }
        let id = message["id"].as_str()?;
        Some(self.say(|| self.web.texts().text(self.language, id, &arguments)))
    }

    /// Whether the reader's roles allow `action`.
    pub fn may(&self, action: Action) -> bool {
        authorise::authorise(&self.actor, action).is_ok()
    }

    /// The purposes the reader is cleared for.
    pub fn clearance(&self) -> Clearance {
        authorise::clearance(&self.actor)
    }

    /// A whole number as the reader has it.
    pub fn number(&self, value: i64) -> String {
        self.formats.number(value)
    }

    /// A civil date, without the year in the current one.
    pub fn date(&self, day: Date) -> String {
        self.formats.date(day, self.today)
    }

    /// An instant in the reader's zone.
    pub fn moment(&self, at: Instant) -> String {
        self.formats.moment(at, &self.zone, self.today)
    }

    /// A month with its year.
    pub fn month(&self, month: Month) -> String {
        self.formats.month(month)
    }

    /// A run of months: one by its name, several from the first to the last.
    pub fn months(&self, first: Month, last: Month) -> String {
        if first == last {
            self.month(last)
        } else {
            // The year is said once where it is the same.
            let same_year = first.first_day().year() == last.first_day().year();
            let from = if same_year { self.formats.month_in_full(first) } else { self.month(first) };
            self.tr("months-from-to", &[("from", &from), ("to", &self.month(last))])
        }
    }

    /// An amount in few figures.
    pub fn money(&self, money: Money) -> String {
        self.formats.money_short(money)
    }

    /// An amount to the minor unit, where [`Visit::money`] says less.
    pub fn exact_money(&self, money: Money) -> Option<String> {
        let exact = self.formats.money(money);
        (exact != self.money(money)).then_some(exact)
    }

    /// Renders `template` within the frame. `context` is the page's own; `page` is added.
    ///
    /// # Errors
    /// [`Failure`] with a reference when the template does not render: a bug.
    pub fn render(&self, page: Page, template: &str, own: Value) -> PageResult {
        self.render_with_status(StatusCode::OK, page, template, own)
    }

    /// As [`Visit::render`], with another status: 422 for a form with errors.
    ///
    /// # Errors
    /// As [`Visit::render`].
    pub fn render_with_status(
        &self,
        status: StatusCode,
        page: Page,
        template: &str,
        own: Value,
    ) -> PageResult {
        let frame = self.frame(page);
        let all = context! { page => frame, ..own };
        let rendered = self.say(|| self.web.templates().render(self.language, &self.formats, template, all));
        let html = rendered.map_err(|error| {
            tracing::error!(template, detail = %error, cause = ?error.source(), "a page does not render");
            Failure::internal(&error)
        })?;
        let mut response = (status, Html(html)).into_response();
        if self.flash.is_some() {
            response.headers_mut().append(SET_COOKIE, cookies::clear_flash(&self.web));
        }
        Ok(response)
    }

    /// Leads to `path` and shows `text` there as a toast, with an undo when there is one.
    pub fn redirect_with(&self, path: &str, text: String, undo_action: Option<String>) -> Response {
        let undo_label = undo_action.as_ref().map(|_| self.t("ui-undo"));
        let mut response = redirect(path);
        let flash = Flash { text, undo_action, undo_label };
        response.headers_mut().append(SET_COOKIE, cookies::set_flash(&self.web, &flash));
        response
    }

    fn frame(&self, page: Page) -> Value {
        let mut crumbs = page.crumbs;
        crumbs.push(Crumb { text: page.title.clone(), href: None });
        let roles: Vec<String> = self.user.roles.iter().map(|role| self.t(&role_text_id(*role))).collect();
        let assets = self.web.assets();
        let generated = self.moment(self.now);
        let (nav, bottom_nav) = self.navigation(page.nav);
        context! {
            title => page.title,
            crumbs => view(crumbs),
            nav => view(nav),
            bottom_nav => view(bottom_nav),
            user => context! {
                name => self.user.display_name.clone(),
                initials => initials(&self.user.display_name),
                role_text => roles.join(", "),
            },
            firm_name => self.web.firm_name(),
            theme => self.theme,
            lang => if self.language == "de" { "de" } else { "en-GB" },
            locale => self.formats.tag(),
            layout => if self.in_portal() { "layout/portal.html" } else { "layout/app.html" },
            portal => self.portal_frame(page.nav),
            csrf => "",
            flash => view(self.flash.iter().collect::<Vec<_>>()),
            demo => self.web.shows_demo(),
            may_remove_demo => self.may(Action::Administer),
            assets => context! {
                css => assets.href("app.css"), js => assets.href("app.js"),
                charts_js => assets.href("charts.js"), icons => assets.href("icons.svg"),
            },
            charts => page.charts,
            generated_at_text => self.tr("page-generated", &[("at", &generated), ("zone", &self.user.time_zone)]),
            help_href => page.help.map(|guide| format!("/help/{guide}")),
            filter_text => page.filter_text,
            single_keys => self.user.single_keys,
            unread => self.unread, has_bell => self.may(Action::ReadBook),
        }
    }

    /// Whether the page stands in the portal's frame: any page of a client's person, and every preview.
    fn in_portal(&self) -> bool {
        self.portal.is_some() || self.user.is_of_a_client()
    }

    /// Whether the firm works in light mode.
    pub fn is_light(&self) -> bool {
        self.web.is_light()
    }

    /// The portal's frame: its navigation, whose it is, and the strip of a preview.
    fn portal_frame(&self, current: &str) -> Value {
        let account = match (&self.portal, &self.user.account_id) {
            (Some(portal), _) => portal.account_id.clone(),
            (None, Some(account)) => account.to_string(),
            (None, None) => return Value::from(()),
        };
        let items: Vec<Value> = PORTAL_NAVIGATION
            .iter()
            .map(|(key, below)| {
                context! { text => self.t(key), href => format!("/portal/{account}{below}"), current => *key == current }
            })
            .collect();
        let preview = self.portal.as_ref().filter(|portal| portal.preview);
        context! {
            nav => items, home => format!("/portal/{account}"),
            account_name => self.portal.as_ref().map(|portal| portal.account_name.clone()),
            preview => preview.map(|portal| self.tr("portal-preview", &[("account", &portal.account_name)])),
            leave_href => preview.map(|portal| format!("/accounts/{}/portal", portal.account_id)),
            may_settings => preview.is_none(),
        }
    }

    fn navigation(&self, current: &str) -> (Vec<NavSection>, Vec<NavView>) {
        let (mut sections, mut bottom): (Vec<NavSection>, _) = (vec![], vec![]);
        let mut last_group = Some("");
        let is_light = self.web.is_light();
        let mut more = NavSection { group: Some(self.t("nav-more")), items: vec![], folded: true };
        for entry in NAVIGATION.iter().filter(|entry| self.may(entry.action)) {
            let view = || NavView {
                text: self.t(entry.text),
                href: entry.href,
                icon: entry.icon,
                current: entry.key == current,
                count: None,
                hot: false,
                shortcut: entry.shortcut,
            };
            if entry.bottom {
                bottom.push(view());
            }
            if is_light && entry.beyond_light {
                more.items.push(view());
                continue;
            }
            if entry.group != last_group {
                sections.push(NavSection {
                    group: entry.group.map(|id| self.t(id)),
                    items: vec![],
                    folded: false,
                });
                last_group = entry.group;
            }
            if let Some(section) = sections.last_mut() {
                section.items.push(view());
            }
        }
        if !more.items.is_empty() {
            sections.push(more);
        }
        (sections, bottom)
    }
}

/// The message id of a role's name.
pub fn role_text_id(role: mandate_domain::identity::Role) -> String {
    format!("role-{}", role.as_str().replace('_', "-"))
}

/// The first letters of the first and last word of a name.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// The language of a reader: our own pages are in English; a client's people read in their language.
pub(crate) fn language_of_user(user: &User) -> &'static str {
    if user.is_of_a_client() { language_of_locale(&user.locale) } else { "en" }
}

/// The language of a page without a reader: German where the browser asks for it first, else English.
pub fn language_of_browser(headers: &HeaderMap) -> &'static str {
    let asked = headers.get(axum::http::header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok());
    language_of_locale(asked.unwrap_or_default())
}

/// The frame of a page without navigation: sign-in, set-up, errors.
pub fn bare(web: &Web, headers: &HeaderMap, title_id: &str) -> Value {
    bare_in(web, headers, title_id, language_of_browser(headers))
}

/// As [`bare`], in a language that is known.
pub(crate) fn bare_in(web: &Web, headers: &HeaderMap, title_id: &str, language: &str) -> Value {
    let assets = web.assets();
    context! {
        title => web.texts().text(language, title_id, &FluentArgs::new()),
        theme => cookies::theme(headers),
        lang => if language == "de" { "de" } else { "en-GB" },
        csrf => "",
        firm_name => web.firm_name(),
        help_href => (),
        assets => context! { css => assets.href("app.css"), js => assets.href("app.js") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_the_first_and_last_name() {
        assert_eq!(initials("Eszter Molnár"), "EM");
        assert_eq!(initials("Hana Maria Brandt"), "HB");
        assert_eq!(initials("élise"), "É");
        assert_eq!(initials(""), "");
    }
}
