//! Files that are wrong: each error names the place, or the term and option, and nothing panics.

use mandate_deals::parse::domain;
use proptest::prelude::*;

use crate::kit::front_of;

fn error(text: &str) -> String {
    domain(text.as_bytes()).expect_err(text).to_string()
}

#[test]
fn every_error_names_what_to_mend() {
    let cases = [
        ("", "line 1, column 1: expected a value"),
        ("{\"terms\": [}", "line 1, column 12: expected a value"),
        ("{}", "line 1, column 1: `terms` needs a list with at least one term"),
        ("{\"terms\": []}", "there is no term: name at least one thing to agree on"),
        (
            "{\"terms\": [{\"name\": \"price\", \"a\": [], \"b\": []}]}",
            "term `price` has no option: give it at least one",
        ),
        (
            "{\"terms\": [{\"name\": \"price\",\n \"a\": [1, 2.5], \"b\": [1, 2]}]}",
            "line 2, column 11: `a` needs an integer of 64 bits (micro-units or minor units)",
        ),
        (
            "{\"terms\": [{\"name\": \"price\", \"a\": [1, 2], \"b\": [1]}]}",
            "line 1, column 48: term `price` has 1 values in `b` and 2 in the column before",
        ),
        (
            "{\"terms\": [{\"a\": [1], \"b\": [1]}], \"constraints\": {\"margin_flor\": 1}}",
            "line 1, column 66: nobody knows the field `margin_flor`; known here: forbid, links, margin_floor, concession_cap",
        ),
        (
            "{\"terms\": [{\"a\": [1], \"b\": [1]}], \"constraints\": {\"margin_floor\": 1}}",
            "`margin_floor` needs a column `m` in every term; term `t0` has none",
        ),
        (
            "{\"terms\": [{\"a\": [1], \"b\": [1]}], \"constraints\": {\"forbid\": [[0, 1]]}}",
            "guardrail 0 names option 1 of term `t0`, which has 1, counted from 0",
        ),
        (
            "{\"terms\": [{\"a\": [1], \"b\": [1]}], \"constraints\": {\"links\": [{\"if\": [0, [0]], \"then\": [4, []]}]}}",
            "link 0 names term 4; there are 1, counted from 0",
        ),
        (
            "{\"terms\": [{\"a\": [9223372036854775807], \"b\": [1]}]}",
            "term `t0`, option `o0`: with `a` the total leaves the range of 2^60; use a larger unit",
        ),
        (
            "{\"terms\": [{\"a\": [1], \"b\": [1]}], \"interactions\": [{\"terms\": [0, 0], \"a\": [[1]]}]}",
            "interaction 0 pairs term `t0` with itself: add its worth to the options instead",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(error(text), expected, "{text}");
    }
    assert_eq!(domain(&[0xff, 0xfe]).expect_err("no text").to_string(), "the file is not UTF-8 text");
    let deep = "[".repeat(100_000);
    assert_eq!(error(&deep), "line 1, column 34: lists and objects are more than 32 deep");
    let wide: Vec<String> = (0..65).map(|idx| format!("\n\"f{idx}\": 0")).collect();
    let told = "line 66, column 1: an object has more than 64 fields";
    assert_eq!(error(&format!("{{{}}}", wide.join(","))), told);
}

#[test]
fn rules_that_leave_nothing_are_told_by_term() {
    let text = r#"{"terms": [{"name": "price", "a": [1], "b": [2]}], "constraints": {"forbid": [[0, 0]]}}"#;
    let found = front_of(&domain(text.as_bytes()).expect("a domain"));
    assert_eq!(
        found.expect_err("nothing left").to_string(),
        "no package keeps to every rule: the guardrails forbid every option of term `price`"
    );
}

const WHOLE: &str = r#"{"name": "x", "reservation": [0, 1], "terms": [{"name": "p", "a": [0, 4, -9], "b": [8, 3, 0],
 "m": [-2, 1, 3], "c": [0, 0, 1], "options": ["low", "\u00e9", "high"]}, {"a": [1, 2], "b": [2, 1], "m": [0, 0], "c": [1, 2]}],
 "interactions": [{"terms": [0, 1], "a": [[1, 2], [3, 4], [5, 6]]}],
 "constraints": {"forbid": [[0, 2]], "links": [{"if": [0, [1]], "then": [1, [1]]}], "margin_floor": -2, "concession_cap": 4}}"#;

#[test]
fn a_whole_file_is_read() {
    let domain = domain(WHOLE.as_bytes()).expect("a domain");
    assert_eq!(domain.terms()[0].options[1].name, "é");
    assert_eq!(domain.worth(&[1, 1]).map(|worth| worth.firm), Some(4 + 2 + 4));
    let front = front_of(&domain).expect("a front");
    assert_eq!(
        front.points().iter().map(|point| (point.firm, point.client)).collect::<Vec<_>>(),
        [(10, 4), (4, 9), (2, 10)]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    // Any bytes, and a whole file with bytes changed: an error or a domain, never a panic.
    #[test]
    fn random_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(domain(&bytes).is_err());
    }

    #[test]
    fn a_file_with_changed_bytes_is_read_or_refused(
        changes in prop::collection::vec((0..WHOLE.len(), any::<u8>()), 1..4),
        cut in 0..WHOLE.len(),
        whole in any::<bool>(),
    ) {
        let mut bytes = WHOLE.as_bytes().to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes.truncate(if whole { WHOLE.len() } else { cut });
        if let Ok(domain) = domain(&bytes) {
            let _ = front_of(&domain);
        }
    }
}
