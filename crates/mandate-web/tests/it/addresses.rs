//! The address of every route with the seed's ids: what each parameter stands for, and in which order routes are walked.

use axum::http::Method;
use mandate_web::access::RouteRow;

use crate::seed::Firm;

/// An id that never was.
pub const NEVER: &str = "000000000000000000000000zz";

/// What a parameter of a route stands for, as the seed names it.
pub fn meant(row: &RouteRow, parameter: &str, who: &str, letter: char) -> Option<String> {
    let of = |what: &str| format!("{what} {letter}");
    let path = row.path.strip_prefix("/api/v1").unwrap_or(&row.path);
    let trashed = if path.ends_with("/restore") { " trashed" } else { "" };
    let kind = |plural: &str| {
        Some(match plural {
            "accounts" | "portal" if trashed.is_empty() => of("account"),
            "accounts" => "account trashed".to_owned(),
            "contracts" => format!("contract{trashed} {letter}"),
            "contract-lines" => format!("line{trashed} {letter}"),
            "people" => format!("person{trashed} {letter}"),
            "measures" => format!("kpi{trashed} {letter}"),
            "products" => format!("product{trashed}"),
            "lines-of-business" => format!("line of business{trashed}"),
            "teams" => format!("team{trashed}"),
            "fields" | "custom-fields" => format!("custom field{trashed}"),
            "calendars" => "calendar".to_owned(),
            "service-levels" => format!("service level{trashed}"),
            "cases" => of("case"),
            "credits" => of("credit"),
            "exclusions" => of("exclusion"),
            // A note in the open is its author's to change; candid ones keep the longer addresses.
            "notes" if row.path.starts_with("/notes/") || row.path == "/api/v1/notes/{note}" => match who {
                _ if letter == 'b' => of("open note"),
                "account_manager" | "negotiator" | "administrator" => format!("open note {who}"),
                _ => of("open note"),
            },
            "notes" => of("note"),
            "files" => match who {
                _ if letter == 'b' => of("file"),
                "account_manager" | "negotiator" | "administrator" => format!("file {who}"),
                _ => of("file"),
            },
            "notifications" => format!("notification {who}"),
            "records" => format!("audit {letter}"),
            "tokens" => format!("token {who}"),
            "passkeys" => format!("passkey {who}"),
            "sessions" => format!("session {who}"),
            "views" => format!("view{trashed} {who}"),
            "bulk" | "bulk-edits" => format!("bulk {who}"),
            "renames" => format!("rename {who}"),
            "jobs" => format!("job {who}"),
            "book-imports" => "book batch".to_owned(),
            "merges" => "merge".to_owned(),
            "decisions" => of("manager decision"),
            "handovers" if letter == 'b' => of("handover"),
            "handovers" => match who {
                "account_manager" | "negotiator" => format!("handover {who}"),
                _ => "handover administrator".to_owned(),
            },
            "imports" if path.starts_with("/facts/") => format!("event job {who}"),
            "imports" | "batches" if path.starts_with("/facts/") || path.starts_with("/imports") => {
                "event batch".to_owned()
            }
            "batches" => "book batch".to_owned(),
            "sources" | "import-sources" if path.ends_with("/remove") => "import source spare".to_owned(),
            "sources" | "import-sources" => "import source".to_owned(),
            "arrivals" => "arrival".to_owned(),
            "webhooks" if path.ends_with("/remove") => "webhook spare".to_owned(),
            "webhooks" => "webhook".to_owned(),
            "deliveries" => "delivery".to_owned(),
            "users" if path.ends_with("/sign-in-link") => of("user client_member"),
            "users" | "walls" => "user walled".to_owned(),
            // Nobody changes a right of their own.
            "rights" | "decision-rights" if who == "administrator" => "right account_manager".to_owned(),
            "rights" | "decision-rights" => format!("right {who}"),
            "delegations" => format!("delegation {who}"),
            // In their own scope a manager sees their own scorecard only.
            "scorecards" if who == "account_manager" => "manager a".to_owned(),
            "scorecards" => "our person".to_owned(),
            "colleagues" => format!("user client_member {letter}"),
            other => {
                let (_, name, of_organisation) =
                    crate::seed_records::KINDS.into_iter().find(|(path, ..)| *path == other)?;
                if of_organisation { format!("{name}{trashed} {letter}") } else { format!("{name}{trashed}") }
            }
        })
    };
    let parts: Vec<&str> = path.split('/').collect();
    let place = parts.iter().position(|part| *part == format!("{{{parameter}}}"))?;
    let before = parts.get(place.checked_sub(1)?)?;
    match (*before, parameter) {
        ("people", "user") => Some(format!("user client_member {letter}")),
        ("people", "id") if path.starts_with("/accounts") => None,
        ("people", "id") if path.ends_with("/hats") => Some("our person".to_owned()),
        ("{kind}", "id") if path.starts_with("/records/") => Some(of("account")),
        ("book", "secret") if path.ends_with("errors.csv") => Some(format!("bad upload {who}")),
        ("book", "secret") => Some(format!("upload {who}")),
        ("password", "secret") => Some("password link".to_owned()),
        ("link", "secret") => Some("sign-in link".to_owned()),
        _ => kind(before),
    }
}

/// Ids that are words, the same for everybody.
pub fn fixed(row: &RouteRow, parameter: &str) -> Option<&'static str> {
    Some(match (row.path.as_str(), parameter) {
        ("/assets/{name}", _) => "app.css",
        ("/help/{guide}", _) => "account",
        ("/import/template/{kind}", _) => "accounts.csv",
        (path, "kind") if path.contains("/records/{kind}/") => "account",
        ("/api/v1/exports/{file}", _) => "accounts.csv",
        (path, "id") if path.contains("/sources/{id}") => "servicenow",
        ("/setup/{secret}", _) => "nosuchlink",
        _ => return None,
    })
}

/// The parameters of a template.
pub fn parameters(path: &str) -> Vec<String> {
    path.split('{').skip(1).filter_map(|part| part.split('}').next()).map(str::to_owned).collect()
}

/// The row's address with the seed's ids; `Err` names what the seed does not have.
pub fn address(firm: &Firm, row: &RouteRow, who: &str, letter: char) -> Result<String, String> {
    let mut path = row.path.clone();
    for parameter in parameters(&row.path) {
        let id = match fixed(row, &parameter) {
            Some(word) => word.to_owned(),
            None => {
                let name = meant(row, &parameter, who, letter)
                    .ok_or_else(|| format!("what {{{parameter}}} means"))?;
                match firm.ids.get(&name) {
                    Some(id) => id.clone(),
                    // Somebody without one of their own asks for one that is not there.
                    None if [
                        "upload ",
                        "bad upload ",
                        "view ",
                        "rename ",
                        "bulk ",
                        "job ",
                        "event job ",
                        "notification ",
                    ]
                    .iter()
                    .any(|it| name.starts_with(it)) =>
                    {
                        NEVER.to_owned()
                    }
                    None => return Err(name),
                }
            }
        };
        path = path.replace(&format!("{{{parameter}}}"), &id);
    }
    if path == "/contract-lines/new" {
        path.push_str(&format!("?contract={}", firm.id(&format!("contract {letter}"))));
    }
    if row.method == Method::GET && matches!(path.as_str(), "/api/v1/duplicates" | "/api/v1/merges") {
        path.push_str("?kind=people");
    }
    if row.method == Method::GET && matches!(path.as_str(), "/duplicates/merge" | "/api/v1/merges/preview") {
        path.push_str(&format!("?kind=people&keep={}&drop={}", firm.id("twin one"), firm.id("twin two")));
    }
    if path == "/api/v1/handovers/preview" {
        path.push_str(&format!("?from={}", firm.id(&format!("manager {letter}"))));
    }
    if path == "/choices.json" {
        path.push_str("?kind=account&q=a");
    }
    Ok(path)
}

/// Reads before writes, writes before removals, and last what ends the sign-in itself.
pub fn order(row: &RouteRow) -> u8 {
    let path = row.path.as_str();
    let ends = |word: &str| path.ends_with(word);
    match row.method {
        _ if path.starts_with("/sign-in/link/") && row.method != Method::GET => 10,
        _ if ends("/sign-out") => 9,
        _ if path.contains("/sessions/{id}/end") => 8,
        Method::GET => 0,
        Method::DELETE => 4,
        _ if ends("/trash")
            || ends("/remove")
            || ends("/delete")
            || ends("/revoke")
            || ends("/undo")
            || ends("/withdraw") =>
        {
            5
        }
        _ => 1,
    }
}
