//! Lists: paging by key equals a plain sort whatever nulls and ties; filters reach only what the reader may see.

use std::cmp::{Ordering, Reverse};

use mandate_domain::text::fold;
use mandate_domain::{Clearance, Id};
use mandate_store::params;
use mandate_store::reads::Scope;
use mandate_store::reads::listing::{
    Cell, Cursor, Field, FieldKind, Filter, ListDef, ListError, ListPage, ListQuery, ListQueryError,
    MOST_COUNTED, Operator, Sort, count_rows, list_page, list_row,
};
use mandate_testing::{TestDb, both_databases};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

#[derive(Clone, Debug)]
struct Row {
    name: String,
    value: Option<i64>,
    tier: &'static str,
    manager: Option<String>,
}

const INSERT: &str = "
    INSERT INTO account (id, name, name_sort, tier, industry, time_zone, currency, annual_value_minor,
           account_manager_id, origin, demo, version, created_at_us, updated_at_us)";

fn key(position: usize) -> String {
    format!("{position:026}")
}

fn row(name: &str) -> Row {
    Row { name: name.to_owned(), value: None, tier: "key", manager: None }
}

async fn fill(db: &TestDb, rows: &[Row]) {
    let mut tx = db.write().await;
    tx.execute("DELETE FROM account", vec![]).await.expect("an empty table");
    let values = rows.iter().enumerate().map(|(position, row)| {
        let fixed = ("transport", "Europe/Vienna", "EUR", "typed");
        params![
            key(position),
            row.name.clone(),
            fold(&row.name),
            row.tier,
            fixed.0,
            fixed.1,
            fixed.2,
            row.value,
            row.manager.clone(),
            fixed.3,
            false,
            1_i64,
            0_i64,
            0_i64,
        ]
    });
    tx.insert_many(INSERT, values.collect(), "").await.expect("rows");
    db.commit(tx).await;
}

fn def() -> ListDef {
    let field = |name, kind, sql, sort_sql| Field {
        name,
        kind,
        sql,
        sort_sql,
        filterable: true,
        sortable: true,
        beside: None,
        through: None,
    };
    ListDef {
        name: "accounts",
        from: "FROM account a",
        condition: "a.deleted_at_us IS NULL",
        account_column: Some("a.id"),
        unowned_visible: false,
        key: "a.id",
        fields: vec![
            field("name", FieldKind::Text, "a.name", Some("a.name_sort")),
            field("id", FieldKind::Reference, "a.id", None),
            field("annual_value", FieldKind::Money, "a.annual_value_minor", None),
            field("tier", FieldKind::Choice, "a.tier", None),
            Field { filterable: false, ..field("industry", FieldKind::Choice, "a.industry", None) },
            Field { sortable: false, ..field("currency", FieldKind::Choice, "a.currency", None) },
        ],
        default_sort: Sort { field: "name".to_owned(), descending: false },
        today: None,
        made_by: None,
    }
}

async fn page(db: &TestDb, def: &ListDef, query: &ListQuery) -> Result<ListPage, ListError> {
    list_page(&mut db.read().await, def, &Scope::Everything, query).await
}

fn sorted_by(field: &str, descending: bool, limit: usize) -> ListQuery {
    let sort = Some(Sort { field: field.to_owned(), descending });
    ListQuery { sort, limit, ..ListQuery::default() }
}

/// Follows `next` (or `previous`) from the first page on; the keys of every page, in the order met.
async fn walk(db: &TestDb, mut query: ListQuery, backward: bool) -> (Vec<Vec<String>>, Option<Cursor>) {
    let (mut pages, mut turning_point) = (vec![], None);
    loop {
        let page = page(db, &def(), &query).await.expect("a page");
        pages.push(page.rows.iter().map(|row| row.key.clone()).collect::<Vec<_>>());
        assert!(pages.len() < 1_000, "paging does not end");
        if page.previous.is_some() {
            turning_point = page.previous.clone();
        }
        match if backward { page.previous } else { page.next } {
            Some(cursor) => query.cursor = Some(cursor),
            None => return (pages, turning_point),
        }
    }
}

/// What a plain sort gives: nulls last in either direction, ties by key.
fn plain_sort(rows: &[Row], field: &str, descending: bool) -> Vec<String> {
    let mut positions: Vec<usize> = (0..rows.len()).collect();
    let turned = |order: Ordering| if descending { order.reverse() } else { order };
    positions.sort_by(|&a, &b| {
        let by_field = match field {
            "name" => turned(fold(&rows[a].name).cmp(&fold(&rows[b].name))),
            "tier" => turned(rows[a].tier.cmp(rows[b].tier)),
            _ => match (rows[a].value, rows[b].value) {
                (Some(a), Some(b)) => turned(a.cmp(&b)),
                (a, b) => Reverse(a.is_some()).cmp(&Reverse(b.is_some())),
            },
        };
        by_field.then(a.cmp(&b))
    });
    positions.into_iter().map(key).collect()
}

fn filter(field: &str, operator: Operator, values: &[&str]) -> ListQuery {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    let filters = vec![Filter { field: field.to_owned(), operator, values }];
    ListQuery { filters, limit: 50, ..ListQuery::default() }
}

async fn names(db: &TestDb, query: &ListQuery) -> Vec<String> {
    let page = page(db, &def(), query).await.expect("a page");
    assert_eq!(page.n_rows, page.rows.len() as i64);
    page.rows.iter().map(|row| row.cells[0].text().expect("a name").to_owned()).collect()
}

fn arbitrary_rows() -> impl Strategy<Value = Vec<Row>> {
    // Few values, so that most rows are tied with others and a third are null.
    let value =
        prop_oneof![Just(None), any::<i8>().prop_map(|n| Some(i64::from(n % 7))), Just(Some(i64::MIN))];
    let name = prop_oneof!["[a-cA-C]{1,2}", "[éÉeE ]{0,2}x", "[%_\\\\'\"]{1,3}"];
    let tier = prop_oneof![Just("key"), Just("core"), Just("standard")];
    vec((name, value, tier).prop_map(|(name, value, tier)| Row { name, value, tier, manager: None }), 0..300)
}

both_databases! {
    async fn pages_forward_and_backward_equal_a_plain_sort(db: TestDb) {
        let mut runner = TestRunner::deterministic();
        for case in 0..8 {
            let rows = arbitrary_rows().new_tree(&mut runner).expect("rows").current();
            fill(&db, &rows).await;
            for (field, descending) in
                [("name", false), ("name", true), ("annual_value", false), ("annual_value", true), ("tier", true)]
            {
                let expected = plain_sort(&rows, field, descending);
                let query = sorted_by(field, descending, 7 + case * 5);
                let (pages, last) = walk(&db, query.clone(), false).await;
                assert_eq!(pages.concat(), expected, "forward by {field}, descending: {descending}");
                let Some(last) = last else { continue };
                let from_end = ListQuery { cursor: Some(last), ..query };
                let (mut back, _) = walk(&db, from_end, true).await;
                back.reverse();
                let n_before = expected.len() - pages.last().map_or(0, Vec::len);
                assert_eq!(back.concat(), expected[..n_before], "backward by {field}, descending: {descending}");
            }
        }
    }

    async fn the_number_of_rows_is_that_of_all_pages(db: TestDb) {
        fill(&db, &["a", "b", "c"].map(row)).await;
        let first = page(&db, &def(), &sorted_by("name", false, 2)).await.expect("a page");
        assert_eq!((first.rows.len(), first.n_rows, first.previous.is_none()), (2, 3, true));
    }

    async fn counting_stops_where_it_would_cost_more_than_the_page(db: TestDb) {
        let most = usize::try_from(MOST_COUNTED).expect("a size");
        for (n_rows, counted_all) in [(most, true), (most + 1, false)] {
            fill(&db, &vec![row("a"); n_rows]).await;
            let first = page(&db, &def(), &sorted_by("name", false, 2)).await.expect("a page");
            assert_eq!((first.n_rows, first.counted_all, first.next.is_some()), (MOST_COUNTED, counted_all, true));
        }
        let all = count_rows(&mut db.read().await, &def(), &Scope::Everything, &ListQuery::default()).await;
        assert_eq!(all.expect("a number"), MOST_COUNTED + 1, "a reader who takes them all learns how many");
    }

    async fn a_row_added_meanwhile_shifts_no_page(db: TestDb) {
        fill(&db, &["b", "c", "d", "e"].map(row)).await;
        let query = sorted_by("name", false, 2);
        let first = page(&db, &def(), &query).await.expect("a page");
        let mut tx = db.write().await;
        tx.execute("UPDATE account SET name = 'a', name_sort = 'a' WHERE id = $1", params![key(3)])
            .await
            .expect("a change");
        db.commit(tx).await;
        let second = ListQuery { cursor: first.next, ..query };
        assert_eq!(names_of(&page(&db, &def(), &second).await.expect("a page")), ["d"]);
    }

    async fn wildcards_in_a_search_are_ordinary_characters(db: TestDb) {
        fill(&db, &["100%", "1000", "a_b", "axb", r"back\slash", "backslash"].map(row)).await;
        for (typed, found) in [("0%", "100%"), ("A_B", "a_b"), (r"K\S", r"back\slash")] {
            assert_eq!(names(&db, &filter("name", Operator::Contains, &[typed])).await, [found]);
        }
    }

    async fn a_search_ignores_case_and_accents(db: TestDb) {
        fill(&db, &["Molnár Logistics", "Moller"].map(row)).await;
        assert_eq!(names(&db, &filter("name", Operator::Contains, &["MOLNAR"])).await, ["Molnár Logistics"]);
        assert_eq!(names(&db, &filter("name", Operator::Is, &["molnar  logistics"])).await, ["Molnár Logistics"]);
    }

    async fn quotes_in_a_filter_reach_no_sql(db: TestDb) {
        fill(&db, &["'; DROP TABLE account; --", "b"].map(row)).await;
        let found = names(&db, &filter("name", Operator::Is, &["'; DROP TABLE account; --"])).await;
        assert_eq!(found, ["'; DROP TABLE account; --"]);
        assert_eq!(names(&db, &filter("tier", Operator::Is, &["key' OR '1'='1"])).await, [""; 0]);
    }

    async fn several_values_are_joined_by_or_and_several_filters_by_and(db: TestDb) {
        let mut rows = ["a", "b", "c"].map(row);
        rows[1].value = Some(5);
        rows[2].value = Some(9);
        fill(&db, &rows).await;
        let mut query = filter("name", Operator::Is, &["a", "b"]);
        assert_eq!(names(&db, &query).await, ["a", "b"]);
        query.filters.extend(filter("annual_value", Operator::AtLeast, &["5"]).filters);
        assert_eq!(names(&db, &query).await, ["b"]);
        assert_eq!(names(&db, &filter("annual_value", Operator::IsNot, &["5"])).await, ["a", "c"]);
        assert_eq!(names(&db, &filter("annual_value", Operator::IsEmpty, &[])).await, ["a"]);
    }

    async fn a_field_taken_out_of_the_list_can_neither_be_filtered_nor_sorted_by(db: TestDb) {
        fill(&db, &["a"].map(row)).await;
        let mut hidden = def();
        hidden.fields.retain(|field| field.name != "annual_value");
        for query in [filter("annual_value", Operator::AtLeast, &["1"]), sorted_by("annual_value", true, 9)] {
            let refused = page(&db, &hidden, &query).await.expect_err("refused");
            assert!(
                matches!(&refused, ListError::Query(ListQueryError::UnknownField { field, .. }) if field == "annual_value"),
                "{refused}"
            );
        }
        let page = page(&db, &hidden, &ListQuery { limit: 9, ..ListQuery::default() }).await.expect("a page");
        assert_eq!(page.rows[0].cells.len(), hidden.fields.len());
    }

    async fn a_list_that_was_not_cleared_for_its_reader_shows_nothing(db: TestDb) {
        let lines = mandate_store::reads::book_lists::contract_lines(Clearance::NONE);
        let query = ListQuery { limit: 9, ..ListQuery::default() };
        let mut tx = db.read().await;
        let refused = list_page(&mut tx, &lines, &Scope::Everything, &query).await.expect_err("refused");
        assert!(matches!(refused, ListError::Store(_)), "{refused}");
        assert!(count_rows(&mut tx, &lines, &Scope::Everything, &query).await.is_err());
        let cleared = lines.clone().cleared(Clearance::NONE);
        assert_eq!(cleared.fields.len() + 1, lines.fields.len());
        assert!(cleared.field("unit_cost").is_none() && cleared.field("unit_price").is_some());
        list_page(&mut tx, &cleared, &Scope::Everything, &query).await.expect("a page without costs");
    }

    async fn a_field_is_filtered_and_sorted_only_where_the_list_allows_it(db: TestDb) {
        for query in [filter("industry", Operator::Is, &["x"]), sorted_by("currency", false, 9)] {
            assert!(matches!(page(&db, &def(), &query).await, Err(ListError::Query(_))));
        }
    }

    async fn a_value_that_does_not_fit_its_field_is_named(db: TestDb) {
        let refused = page(&db, &def(), &filter("annual_value", Operator::AtLeast, &["much"])).await;
        let error = refused.expect_err("refused").to_string();
        assert_eq!(error, "`much` does not fit the field `annual_value`");
    }

    async fn a_reader_meets_and_counts_only_their_own_accounts(db: TestDb) {
        let person = Id::parse(&key(77)).expect("an id");
        let mut rows = ["mine", "theirs", "nobody's"].map(row);
        rows[0].manager = Some(person.to_string());
        rows[1].manager = Some(key(78));
        fill(&db, &rows).await;
        let query = ListQuery { limit: 9, ..ListQuery::default() };
        let mut tx = db.read().await;
        let own_scope = Scope::OwnAccounts(person);
        let own = list_page(&mut tx, &def(), &own_scope, &query).await.expect("a page");
        assert_eq!((names_of(&own), own.n_rows), (vec!["mine"], 1));
        let none = list_page(&mut tx, &def(), &Scope::Nothing, &query).await.expect("a page");
        assert_eq!((none.rows.len(), none.n_rows), (0, 0));
        for row in list_page(&mut tx, &def(), &Scope::Everything, &query).await.expect("a page").rows {
            let seen = list_row(&mut tx, &def(), &own_scope, &row.key).await.expect("an answer");
            assert_eq!(seen.as_ref(), own.rows.iter().find(|it| it.key == row.key), "one row and the list agree");
            let one = filter("id", Operator::Is, &[&row.key]);
            for (scope, n) in [(&own_scope, usize::from(seen.is_some())), (&Scope::Nothing, 0), (&Scope::Everything, 1)] {
                let found = list_page(&mut tx, &def(), scope, &one).await.expect("a page");
                assert_eq!((found.rows.len(), found.n_rows), (n, n as i64), "{} by {scope:?}", row.key);
            }
        }
    }
}

fn names_of(page: &ListPage) -> Vec<&str> {
    page.rows.iter().filter_map(|row| row.cells.first().and_then(Cell::text)).collect()
}
