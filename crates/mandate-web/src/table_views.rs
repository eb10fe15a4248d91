//! The saved views of a table: chips beside the built-in ones, what can be saved, and the default a bare list leads to.
//!
//! A view's link carries its id (`view=`), so that it is known as the one being looked at while filters change, and the
//! changes can be saved into it. A shared view that names a field this reader may not know of is left out; one that names a custom field
//! that is gone stays, and what is saved of it anew is without that. Not here: saving
//! (`views`), the rest of the table (`table`).

use mandate_app::listing::Filter;
use mandate_app::views::{ViewLine, list_views, viewed_list};
use mandate_app::{Action, authorise};
use serde::Serialize;

use crate::failure::Failure;
use crate::frame::Visit;
use crate::state::Web;
use crate::table::TableSpec;
use crate::table_request::{NO_VIEW, TableRequest};

/// A chip of the views bar.
#[derive(Serialize)]
pub(crate) struct ViewLink {
    text: String,
    href: String,
    current: bool,
    count: Option<i64>,
    icon: Option<&'static str>,
    note: Option<String>,
}

/// What the "Save view" panel offers.
#[derive(Serialize)]
pub(crate) struct SaveView {
    list: &'static str,
    query: String,
    may_share: bool,
    /// The saved view that is being looked at, changed.
    changed: Option<Changed>,
    /// The saved view that is being looked at, as it was saved: its page.
    edit_href: Option<String>,
}

#[derive(Serialize)]
struct Changed {
    name: String,
    action: String,
    version: i64,
}

/// The saved views of a list, as the visitor finds them.
pub(crate) struct SavedViews {
    /// None where views of this table cannot be saved: the list of one record.
    lines: Option<Vec<ViewLine>>,
    may_share: bool,
}

/// The address of a view: its query and its id; for an empty query the word that keeps it from the default.
pub(crate) fn view_href(path: &str, query: &str, id: &str) -> String {
    if query.is_empty() { format!("{path}?view={id}") } else { format!("{path}?{query}&view={id}") }
}

/// Stands in a built-in view for the person that the visitor is.
const ME: &str = "{me}";

/// The built-in views with their queries; those of what is one's own for whoever is somebody in the book.
fn built_in(visit: &Visit, spec: &TableSpec) -> Vec<(&'static str, String)> {
    let me = visit.actor.person_id().map(ToString::to_string);
    let view = |(id, query): &(&'static str, &'static str)| match &me {
        Some(me) => Some((*id, query.replace(ME, me))),
        None => Some((*id, (*query).to_owned())).filter(|_| !query.contains(ME)),
    };
    spec.views.iter().filter_map(view).collect()
}

fn is_me(visit: &Visit, value: &str) -> bool {
    visit.actor.person_id().is_some_and(|me| me.as_str() == value)
}

/// The field that the chip of a filter names: of the visitor's own id the one beside it that people read.
pub(crate) fn told_field<'a>(visit: &Visit, filter: &'a Filter) -> &'a str {
    let is_mine = filter.values.iter().all(|value| is_me(visit, value));
    filter.field.strip_suffix("_id").filter(|_| is_mine).unwrap_or(&filter.field)
}

/// The values of a filter as its chip tells them: the visitor's own id is "me".
pub(crate) fn values_text(visit: &Visit, filter: &Filter) -> String {
    let told = |value: &String| if is_me(visit, value) { visit.t("table-me") } else { value.clone() };
    filter.values.iter().map(told).collect::<Vec<_>>().join(", ")
}

impl SavedViews {
    /// Reads them; none for a table that is not a whole list.
    pub(crate) async fn load(web: &Web, visit: &Visit, spec: &TableSpec) -> Result<Self, Failure> {
        let list = viewed_list(web.ctx(), &visit.actor, spec.def.name).filter(|_| spec.fixed.is_empty());
        let Some(list) = list else { return Ok(Self { lines: None, may_share: false }) };
        let mut lines = list_views(web.ctx(), &visit.actor, Some(spec.def.name)).await?;
        lines.retain(|line| {
            let as_view = Some(line.view.id.to_string());
            let request = TableRequest { view: as_view, ..TableRequest::parse(&line.view.query) };
            request.living(&spec.def).0.problem(&spec.def).is_none()
        });
        // One's own first.
        lines.sort_by_key(|line| !line.own);
        let may_share = authorise::authorise(&visit.actor, list.share).is_ok();
        Ok(Self { lines: Some(lines), may_share })
    }

    fn lines(&self) -> &[ViewLine] {
        self.lines.as_deref().unwrap_or_default()
    }

    /// The address of the visitor's default view.
    pub(crate) fn default_href(&self, spec: &TableSpec) -> Option<String> {
        let line = self.lines().iter().find(|line| line.is_default)?;
        Some(view_href(&spec.path, &line.view.query, line.view.id.as_str()))
    }

    /// The address of the list without any filter: the bare path, unless that leads to a default.
    pub(crate) fn bare_href(&self, spec: &TableSpec) -> String {
        let has_default = self.lines().iter().any(|line| line.is_default);
        if has_default { format!("{}?view={NO_VIEW}", spec.path) } else { spec.path.clone() }
    }

    /// The saved view that the address names or says in full.
    fn current(&self, request: &TableRequest) -> Option<&ViewLine> {
        let kept = request.kept_query();
        let named = request.view.as_deref().and_then(|id| self.find(id));
        match named {
            Some(line) => Some(line).filter(|line| line.view.query == kept),
            None => self.lines().iter().find(|line| !kept.is_empty() && line.view.query == kept),
        }
    }

    fn find(&self, id: &str) -> Option<&ViewLine> {
        self.lines().iter().find(|line| line.view.id.as_str() == id)
    }

    /// Every view: the built-in ones, one's own, the shared ones.
    pub(crate) fn links(&self, visit: &Visit, spec: &TableSpec, request: &TableRequest) -> Vec<ViewLink> {
        let kept = request.kept_query();
        let current = self.current(request).map(|line| line.view.id.clone());
        let built_in = built_in(visit, spec).into_iter().map(|(id, query)| ViewLink {
            text: visit.t(id),
            href: if query.is_empty() { self.bare_href(spec) } else { format!("{}?{query}", spec.path) },
            current: current.is_none() && TableRequest::parse(&query).kept_query() == kept,
            count: None,
            icon: None,
            note: None,
        });
        let saved = self.lines().iter().map(|line| {
            let shared = line.view.shared;
            let by = visit.tr("view-shared-by", &[("name", &line.owner_name)]);
            let (icon, note) = match (line.is_default, shared, line.own) {
                (true, _, _) => (Some("star"), Some(visit.t("view-is-default"))),
                (false, true, true) => (Some("people"), Some(visit.t("view-is-shared"))),
                (false, true, false) => (Some("people"), Some(by)),
                (false, false, _) => (None, None),
            };
            ViewLink {
                text: line.view.name.clone(),
                href: view_href(&spec.path, &line.view.query, line.view.id.as_str()),
                current: current.as_ref() == Some(&line.view.id),
                count: None,
                icon,
                note,
            }
        });
        built_in.chain(saved).collect()
    }

    /// What can be saved of what is looked at: nothing while it is a built-in view.
    pub(crate) fn save(
        &self,
        visit: &Visit,
        spec: &TableSpec,
        (request, living): (&TableRequest, &TableRequest),
    ) -> Option<SaveView> {
        self.lines.as_ref()?;
        if !visit.may(Action::OwnProfile) {
            return None;
        }
        let query = living.kept_query();
        let edit_href = self.current(request).map(|line| format!("/views/{}", line.view.id));
        let is_built_in =
            built_in(visit, spec).iter().any(|(_, of)| TableRequest::parse(of).kept_query() == query);
        let named = request.view.as_deref().and_then(|id| self.find(id));
        if edit_href.is_none() && named.is_none() && (is_built_in || query.is_empty()) {
            return None;
        }
        let changed = named.filter(|line| line.may_change).map(|line| Changed {
            name: line.view.name.clone(),
            action: format!("/views/{}/query", line.view.id),
            version: line.view.version,
        });
        Some(SaveView { list: spec.def.name, query, may_share: self.may_share, changed, edit_href })
    }
}
