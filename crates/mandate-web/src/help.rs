//! Help: the guide's pages as they stand in `docs/guide`, drawn by the server, so that they work without a network.

use axum::extract::{Path, State};
use mandate_app::Action;
use minijinja::{Value, context};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use crate::access::Routes;
use crate::embedded::GUIDES;
use crate::failure::{Failure, PageResult};
use crate::frame::{Page, Visit};
use crate::state::Web;

/// The room's pages.
pub fn routes() -> Routes {
    Routes::new().get("/help", Action::OwnProfile, start).get("/help/{guide}", Action::OwnProfile, guide)
}

fn title(text: &str) -> &str {
    text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or("Guide")
}

/// The demo book's guide names its organisations and people, who are on show for our own people only.
fn may_read(visit: &Visit, guide: &str) -> bool {
    guide != "demo-book" || visit.may(Action::ReadBook)
}

fn name(path: &str) -> &str {
    path.strip_suffix(".md").unwrap_or(path)
}

async fn start(State(_): State<Web>, visit: Visit) -> PageResult {
    let guides: Vec<Value> = GUIDES
        .iter()
        .filter(|(path, _)| may_read(&visit, name(path)))
        .map(|(path, text)| context! { href => format!("/help/{}", name(path)), title => title(text) })
        .collect();
    visit.render(Page::new(visit.t("help-title"), ""), "home/help.html", context! { guides => guides })
}

async fn guide(State(_): State<Web>, visit: Visit, Path(asked): Path<String>) -> PageResult {
    let found = GUIDES.iter().find(|(path, _)| name(path) == asked && may_read(&visit, &asked));
    let (_, text) = found.ok_or_else(Failure::not_found)?;
    let page = Page::new(title(text), "").crumb(visit.t("help-title"), "/help");
    let body = Value::from_safe_string(to_html(text, &visit.t("help-wide")));
    visit.render(page, "home/guide.html", context! { body => body })
}

/// The page's text without its title; raw HTML is dropped, links between guides lead to their pages here. Tables and code
/// stand in a frame of their own named `wide`, which scrolls by keyboard where they are wider than the window.
fn to_html(text: &str, wide: &str) -> String {
    let frame = format!("<div class=\"tw\" role=\"region\" tabindex=\"0\" aria-label=\"{wide}\">");
    let without_title: String =
        text.lines().skip_while(|line| !line.starts_with("# ")).skip(1).collect::<Vec<_>>().join("\n");
    let events = Parser::new_ext(&without_title, Options::ENABLE_TABLES).flat_map(|event| match event {
        Event::Html(_) | Event::InlineHtml(_) => vec![],
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = match dest_url.strip_suffix(".md") {
                Some(page) if !page.contains('/') => CowStr::from(format!("/help/{page}")),
                _ => dest_url,
            };
            vec![Event::Start(Tag::Link { link_type, dest_url, title, id })]
        }
        // Pictures are for the repository; pages show the thing itself.
        Event::Start(Tag::Image { .. }) => vec![],
        Event::Start(Tag::Table(_) | Tag::CodeBlock(_)) => {
            vec![Event::Html(CowStr::from(frame.clone())), event]
        }
        Event::End(TagEnd::Table | TagEnd::CodeBlock) => vec![event, Event::Html(CowStr::from("</div>"))],
        other => vec![other],
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guide_never_brings_markup_of_its_own() {
        let html = to_html(
            "# T\n\nSee [the book](book.md). <script>x</script>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
            "Table",
        );
        assert!(html.contains("href=\"/help/book\"") && html.contains("<table>"), "{html}");
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("aria-label=\"Table\"><table>") && html.contains("</table>\n</div>"), "{html}");
    }
}
