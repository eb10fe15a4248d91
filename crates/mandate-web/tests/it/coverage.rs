//! `docs/reference/api-coverage.md` is true: it names every route of the pages and every operation of the API, and no other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mandate_testing::{TestDb, both_databases};

use crate::browser::Browser;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The rows of the tables: first and last cell.
fn rows() -> Vec<(String, String)> {
    let text = read("../../docs/reference/api-coverage.md");
    let cells = text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| page") && !line.starts_with("| ---"));
    cells
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
            assert_eq!(cells.len(), 3, "{line}");
            (cells[0].trim().to_owned(), cells[2].trim().to_owned())
        })
        .collect()
}

/// Where kinds of record live that share their pages and operations, longer paths before those that begin them.
const KINDS: [&str; 20] = [
    "/lines-of-business",
    "/contract-lines",
    "/exchange-rates",
    "/communications",
    "/acquaintances",
    "/opportunities",
    "/career-steps",
    "/expectations",
    "/list-prices",
    "/amendments",
    "/contracts",
    "/expertise",
    "/accounts",
    "/products",
    "/promises",
    "/reviews",
    "/actuals",
    "/people",
    "/stakes",
    "/teams",
];

/// Routes of the API named in backticks, `{path}` standing for every kind.
fn named_operations(cell: &str) -> Vec<String> {
    let of_kinds = |route: String| match route.contains("{path}") {
        true => KINDS.iter().map(|kind| route.replace("{path}", kind)).collect(),
        false => vec![route],
    };
    named(cell).flat_map(of_kinds).collect()
}

/// Routes named in backticks, such as `GET /accounts`.
fn named(cell: &str) -> impl Iterator<Item = String> + '_ {
    let is_route = |part: &&str| part.starts_with(|it: char| it.is_ascii_uppercase()) && part.contains(' ');
    cell.split('`').skip(1).step_by(2).filter(is_route).map(str::to_owned)
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Every route of every page; kinds of record that share their pages count once, as `{path}`. What is no page (assets,
/// health, the API and its document) is not among them.
fn page_routes() -> BTreeSet<String> {
    let table = mandate_web::route_table();
    let no_page = ["/api/", "/assets/", "/healthz", "/readyz", "/metrics"];
    let pages = table.rows().iter().filter(|row| !no_page.iter().any(|begin| row.path.starts_with(begin)));
    let shared = ["", ".csv", ".xlsx", "/new", "/{id}", "/{id}/edit", "/{id}/trash", "/{id}/restore"];
    let told = |row: &mandate_web::access::RouteRow| {
        let of_kind =
            KINDS.iter().find_map(|kind| row.path.strip_prefix(kind)).filter(|rest| shared.contains(rest));
        let own = ["/accounts", "/accounts/{id}", "/contract-lines/{id}"].contains(&row.path.as_str());
        match of_kind {
            Some(rest) if !own => format!("{} {{path}}{rest}", row.method),
            _ => format!("{} {}", row.method, row.path),
        }
    };
    pages.map(told).collect()
}

#[test]
fn every_route_of_a_page_stands_in_the_table() {
    let routes = page_routes();
    assert!(routes.contains("POST /accounts/{id}/people") && routes.contains("GET {path}"), "{routes:#?}");
    let told: BTreeSet<String> =
        rows().iter().flat_map(|(page, _)| named(page).collect::<Vec<_>>()).collect();
    let missing: Vec<&String> = routes.difference(&told).collect();
    let invented: Vec<&String> = told.difference(&routes).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "missing: {missing:#?}\nthere is no such route: {invented:#?}"
    );
}

#[test]
fn no_two_shapes_of_the_document_share_a_name() {
    let (mut files, mut seen) = (vec![], BTreeSet::new());
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        // What stands between a derive that names the schema and the item's name are attributes and comments.
        for derived in
            text.split("#[derive(").skip(1).filter(|it| it.split(')').next().unwrap().contains("ToSchema"))
        {
            let item = derived
                .lines()
                .skip(1)
                .find(|line| line.contains("struct ") || line.contains("enum "))
                .unwrap();
            let name =
                item.split(['{', '<', '(']).next().unwrap().split_whitespace().last().unwrap().to_owned();
            assert!(
                seen.insert(name.clone()),
                "two shapes are called {name}; the second is in {}",
                file.display()
            );
        }
    }
    assert!(seen.len() > 80, "{seen:?}");
}

#[test]
fn every_route_of_a_page_has_a_twin_or_says_why_not() {
    for (page, api) in rows() {
        assert!(named(&api).count() > 0 || api.starts_with("only in a browser: "), "{page}: {api}");
    }
}

both_databases! {
    async fn every_operation_of_the_api_stands_in_the_table(db: TestDb) {
        let mut stranger = Browser::new(&db);
        let document = stranger.get("/api/openapi.json").await.expect(200).value();
        let mut operations = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let Some(id) = operation["operationId"].as_str() else { continue };
                operations.insert(format!("{} {path}", method.to_uppercase()));
                assert!(ids.insert(id.to_owned()), "two operations are called {id}");
                let summary = operation["summary"].as_str().unwrap_or_default();
                assert!(!summary.is_empty() && operation["responses"]["401"].is_object(), "{method} {path} says too little");
            }
        }
        let told: BTreeSet<String> = rows().iter().flat_map(|(_, api)| named_operations(api)).collect();
        let missing: Vec<&String> = operations.difference(&told).collect();
        let invented: Vec<&String> = told.difference(&operations).collect();
        assert!(missing.is_empty() && invented.is_empty(), "missing: {missing:#?}\nthere is no such operation: {invented:#?}");
    }

    async fn every_route_of_the_examples_is_there(db: TestDb) {
        let mut stranger = Browser::new(&db);
        let document = stranger.get("/api/openapi.json").await.expect(200).value();
        let text = read("../../docs/reference/api.md");
        let named: Vec<&str> = text.split('`').filter(|part| part.contains(" /api/v1/") && !part.contains('\n')).collect();
        assert!(named.len() > 5, "{named:?}");
        for named in named {
            let (method, path) = named.split_once(' ').unwrap();
            let route = &document["paths"][path.split('?').next().unwrap()][method.to_lowercase()];
            assert!(route.is_object(), "{named} is in docs/reference/api.md and not in the OpenAPI document");
        }
    }
}
