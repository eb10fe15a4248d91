//! Who may call which route: the table is complete, the reference page is made from it, and the OpenAPI document says the same.

use axum::http::Method;
use mandate_app::Action;
use mandate_domain::identity::Role;
use mandate_testing::{TestDb, both_databases};
use mandate_web::access::{Access, RouteRow};
use mandate_web::route_table;

use crate::browser::Browser;

/// The table of the reference page: every route, the right it takes, and every role's yes or no.
fn reference() -> String {
    let mut table = String::from("| route | takes |");
    for role in Role::ALL {
        table.push_str(&format!(" {} |", role.as_str().replace('_', " ")));
    }
    table.push_str(&format!("\n| --- | --- |{}\n", " --- |".repeat(Role::ALL.len())));
    let mut rows: Vec<&RouteRow> = route_table_rows();
    rows.sort_by_key(|row| (row.path.clone(), row.method.to_string()));
    for row in rows {
        let takes = match row.access {
            Access::Anyone(why) => format!("anyone: {why}"),
            access => access.word(),
        };
        table.push_str(&format!("| `{} {}` | {takes} |", row.method, row.path));
        for role in Role::ALL {
            table.push_str(if allows(row.access, role) { " yes |" } else { " no |" });
        }
        table.push('\n');
    }
    table
}

fn route_table_rows() -> Vec<&'static RouteRow> {
    static TABLE: std::sync::LazyLock<mandate_web::access::RouteTable> =
        std::sync::LazyLock::new(route_table);
    TABLE.rows().iter().collect()
}

/// Whether someone with this role alone may call a route with this access: worked out anew from the table of actions.
pub fn allows(access: Access, role: Role) -> bool {
    let may = |action: &Action| action.roles().contains(&role) && !action.walled_roles().contains(&role);
    match access {
        Access::Anyone(_) | Access::SignedIn => true,
        Access::Needs(action) => may(&action),
        Access::NeedsOneOf(actions) => actions.iter().any(may),
    }
}

#[test]
fn the_reference_page_has_every_route_and_every_roles_answer() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/routes.md");
    let (text, table) = (std::fs::read_to_string(&page).unwrap_or_default(), reference());
    if text.contains(&table) {
        return;
    }
    // `MANDATE_BLESS=1 cargo test -p mandate-web access` writes it.
    if std::env::var_os("MANDATE_BLESS").is_some() {
        let head = text.split("| route |").next().unwrap_or_default();
        std::fs::write(&page, format!("{head}{table}")).unwrap();
        return;
    }
    panic!("docs/reference/routes.md is old: run `MANDATE_BLESS=1 cargo test -p mandate-web access`");
}

#[test]
fn a_route_stands_in_the_table_once() {
    let rows = route_table_rows();
    assert!(rows.len() > 200, "{}", rows.len());
    for (idx, row) in rows.iter().enumerate() {
        let twice = rows[idx + 1..].iter().any(|other| other.path == row.path && other.method == row.method);
        assert!(!twice, "{} {}", row.method, row.path);
    }
}

#[test]
fn what_changes_something_takes_more_than_reading() {
    let only_read =
        [Action::ReadBook, Action::ReadAudit, Action::ReadPortal, Action::Export, Action::ReadCost];
    for row in route_table_rows().iter().filter(|row| row.method != Method::GET) {
        // Trying out a measure, or moves of accounts, changes nothing.
        let tries = row.path.ends_with("/measures/preview") || row.path == "/api/v1/fit";
        if let Access::Needs(action) = row.access
            && !tries
        {
            assert!(
                !only_read.contains(&action) && action != Action::ReadFacts,
                "{} {}",
                row.method,
                row.path
            );
        }
    }
}

both_databases! {
    async fn the_document_says_what_the_table_says(db: TestDb) {
        let mut stranger = Browser::new(&db);
        let document = stranger.get("/api/openapi.json").await.expect(200).value();
        let mut n = 0;
        for row in route_table_rows() {
            let Some(_) = row.path.strip_prefix("/api/v1") else { continue };
            let operation = &document["paths"][&row.path][row.method.as_str().to_lowercase()];
            assert_eq!(operation["x-action"], row.access.word(), "{} {}", row.method, row.path);
            n += 1;
        }
        let told: usize = document["paths"].as_object().unwrap().values().map(|path| {
            let methods = ["get", "put", "post", "delete", "patch"];
            path.as_object().unwrap().keys().filter(|key| methods.contains(&key.as_str())).count()
        }).sum();
        assert_eq!(n, told, "the document has an operation that the table does not have");
    }
}
