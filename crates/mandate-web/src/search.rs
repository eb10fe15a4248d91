//! Global search: the palette's answers and a page that works without script. Finds only what the person may see.

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use mandate_app::Action;
use mandate_app::search::{SearchGroup, search};
use minijinja::context;
use serde::{Deserialize, Serialize};

use crate::access::Routes;
use crate::failure::{Failure, PageResult};
use crate::frame::{Page, Visit};
use crate::pages::view;
use crate::state::Web;

/// The room's pages.
pub fn routes() -> Routes {
    Routes::new().get("/search", Action::ReadBook, page).get("/search.json", Action::ReadBook, answers)
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

#[derive(Serialize)]
struct GroupView {
    title: String,
    items: Vec<ItemView>,
}

#[derive(Serialize)]
struct ItemView {
    title: String,
    context: String,
    href: String,
    kind: String,
}

#[derive(Serialize)]
struct Answers {
    groups: Vec<GroupView>,
}

/// Where a found record's page is.
fn href(kind: &str, id: &str, account: Option<&str>) -> String {
    match kind {
        "account" => format!("/accounts/{id}"),
        "person" => format!("/people/{id}"),
        "contract" => format!("/contracts/{id}"),
        "product" => format!("/products/{id}"),
        "line_of_business" => format!("/lines-of-business/{id}"),
        "team" => format!("/teams/{id}"),
        "measure" => account
            .map_or_else(|| format!("/facts/measures/{id}"), |it| format!("/accounts/{it}/measures/{id}")),
        "case" => format!("/facts/cases/{id}"),
        _ => "/".to_owned(),
    }
}

/// What a person can do by name, besides finding records.
const COMMANDS: [(&str, &str, mandate_app::Action); 9] = [
    ("search-do-add-account", "/accounts/new", mandate_app::Action::WriteBook),
    ("search-do-add-person", "/people/new", mandate_app::Action::WriteBook),
    ("search-do-add-contract", "/contracts/new", mandate_app::Action::WriteBook),
    ("search-do-import", "/import", mandate_app::Action::Import),
    ("search-do-define-measure", "/facts/measures/new", mandate_app::Action::WriteFacts),
    ("search-do-token", "/settings/tokens", mandate_app::Action::OwnProfile),
    ("search-do-users", "/settings/users", mandate_app::Action::Administer),
    ("search-do-audit", "/audit", mandate_app::Action::ReadAudit),
    ("search-do-settings", "/settings/me", mandate_app::Action::OwnProfile),
];

async fn find(web: &Web, visit: &Visit, asked: &str) -> Result<Vec<GroupView>, Failure> {
    let folded = mandate_domain::text::fold(asked);
    let commands: Vec<ItemView> = COMMANDS
        .iter()
        .filter(|(_, _, action)| visit.may(*action))
        .map(|(id, href, _)| ItemView {
            title: visit.t(id),
            context: String::new(),
            href: (*href).to_owned(),
            kind: "command".to_owned(),
        })
        .filter(|item| folded.is_empty() || mandate_domain::text::fold(&item.title).contains(&folded))
        .collect();
    let mut groups = vec![];
    if !folded.is_empty() {
        let found = search(web.ctx(), &visit.actor, asked).await?;
        groups.extend(found.into_iter().map(|group| group_view(visit, group)));
    }
    if !commands.is_empty() {
        groups.push(GroupView { title: visit.t("search-group-do"), items: commands });
    }
    Ok(groups)
}

fn group_view(visit: &Visit, group: SearchGroup) -> GroupView {
    let title = visit.t(&format!("search-group-{}", group.kind.replace('_', "-")));
    let items = group
        .hits
        .into_iter()
        .map(|hit| {
            let parts = [hit.account_name.unwrap_or_default(), hit.context];
            let context: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            ItemView {
                href: href(&hit.kind, &hit.record_id, hit.account_id.as_deref()),
                title: hit.title,
                context: context.join(" · "),
                kind: hit.kind,
            }
        })
        .collect();
    GroupView { title, items }
}

async fn answers(
    State(web): State<Web>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let groups = find(&web, &visit, &asked.q).await?;
    Ok(Json(Answers { groups }).into_response())
}

async fn page(State(web): State<Web>, visit: Visit, Query(asked): Query<Asked>) -> PageResult {
    let groups = find(&web, &visit, &asked.q).await?;
    let n_found: usize = groups.iter().map(|group| group.items.len()).sum();
    let own = context! { q => asked.q, groups => view(groups), n_found => n_found };
    visit.render(Page::new(visit.t("search-title"), ""), "home/search.html", own)
}
