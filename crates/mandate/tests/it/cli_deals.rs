//! `mandate deals` as an analyst uses it: a file in, one JSON object out.

use serde_json::{Value, json};

use crate::cli::program;

const FILE: &str = r#"{"name": "renewal", "reservation": [100, 100], "terms": [
 {"name": "Document Capture", "options": ["today", "6 % lower"], "a": [600, 540], "b": [0, 84]},
 {"name": "Records Retention", "options": ["today", "4 % higher"], "a": [500, 585], "b": [300, 290]}]}"#;

/// Exit code, and what was printed, of the command on a file with `text`.
fn deals(text: &str, command: &str, more: &[&str]) -> (Option<i32>, Value, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("deal.json");
    std::fs::write(&file, text).expect("a file");
    let output = program().args(["deals", command]).arg(&file).args(more).output().expect("the program");
    let error = String::from_utf8(output.stderr).expect("UTF-8");
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default(), error)
}

#[test]
fn the_front_of_a_file_has_points_a_digest_and_a_time() {
    let (code, said, error) = deals(FILE, "frontier", &["--points", "--packages", "--repeat", "3"]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!(said["points"], json!([[1185, 290], [1125, 374], [1040, 384]]));
    assert_eq!(said["packages"], json!([[0, 1], [1, 1], [1, 0]]));
    assert_eq!((&said["front"], &said["exact"], &said["bound_ppm"]), (&json!(3), &json!(true), &json!(0)));
    // sha256sum of the three lines `1185,290`, `1125,374`, `1040,384`.
    assert_eq!(said["digest"], "6623a4813ac878b8ab6281474e1103c4b9d0a21d20d34432ef898c10b4620561");
    assert_eq!(said["solutions"]["welfare"], json!([[1125, 374]]));
    assert_eq!(said["cpu_runs"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_gap_names_its_changes_term_by_term() {
    let (code, said, error) = deals(FILE, "gap", &["--offer", "today,0"]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!((&said["offer"], &said["left"]), (&json!([1100, 300]), &json!(99)));
    let package = json!([
        {"term": "Document Capture", "option": "today"}, {"term": "Records Retention", "option": "today"},
    ]);
    assert_eq!(said["package"], package);
    let parts = json!([
        {"term": "Document Capture", "from": "today", "to": "6 % lower", "gains": [-60, 84]},
        {"term": "Records Retention", "from": "today", "to": "4 % higher", "gains": [85, -10]},
    ]);
    assert_eq!(said["changes"]["joint"]["parts"], parts);
    assert_eq!(said["changes"]["joint"]["gains"], json!([25, 74]));
    let (code, said, _) = deals(FILE, "points", &[]);
    assert_eq!((code, &said["solutions"]["nash"][0]["totals"]), (Some(0), &json!([1125, 374])));
}

#[test]
fn a_wrong_file_or_offer_ends_with_3_and_the_place() {
    let (code, _, error) = deals("{\"terms\": 3}", "frontier", &[]);
    assert_eq!((code, error.as_str()), (Some(3), "mandate: line 1, column 11: `terms` needs a list\n"));
    let (code, _, error) = deals(FILE, "gap", &["--offer", "today,cheap"]);
    let told = "mandate: term `Records Retention` has no option `cheap`; name one or give its position, counted from 0\n";
    assert_eq!((code, error.as_str()), (Some(3), told));
}

#[test]
fn an_option_that_may_be_read_in_two_ways_is_refused() {
    let text =
        r#"{"terms": [{"name": "years", "options": ["1", "2", "5"], "a": [1, 2, 3], "b": [3, 2, 1]}]}"#;
    let (code, _, error) = deals(text, "gap", &["--offer", "1"]);
    let told = "mandate: term `years`: `1` is the name of one option and the position of another; rename the option in the file\n";
    assert_eq!((code, error.as_str()), (Some(3), told));
    let (code, said, _) = deals(text, "gap", &["--offer", "5"]);
    assert_eq!((code, &said["package"]), (Some(0), &json!([{"term": "years", "option": "5"}])));
}

#[test]
fn offers_say_whether_they_are_exact() {
    let (code, said, error) = deals(FILE, "offers", &[]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!((&said["exact"], &said["bound_ppm"]), (&json!(true), &json!(0)));
    assert_eq!((&said["offers"], &said["none_proven"]), (&json!([]), &json!(true)));
}

#[test]
fn rules_that_contradict_each_other_are_named_with_what_would_help() {
    let text = r#"{"terms": [{"name": "price", "options": ["low", "high"], "a": [1, 2], "b": [2, 1], "m": [1, 2]}],
 "constraints": {"margin_floor": 3}}"#;
    let (code, _, error) = deals(text, "frontier", &[]);
    let told = "mandate: no package keeps to every rule: it leaves nothing: the margin floor of 3; least of all, lower the margin floor to 2\n";
    assert_eq!((code, error.as_str()), (Some(3), told));
}

#[test]
fn a_learner_answers_a_line_with_a_line() {
    let text = "{\"terms\": [{\"a\": [0.5, 1.5, 2.5]}, {\"a\": [3, 1]}], \"offers\": [[2, 0]]}\n\n{\"terms\": [{\"a\": []}]}\n";
    let (code, _, error) = deals(text, "learn", &[]);
    assert_eq!(
        (code, error.as_str()),
        (Some(3), "mandate: entry 3: term 0 has 0 options; 1 to 200 can be learned\n")
    );
    let (code, said, _) = deals(text.lines().next().expect("a line"), "learn", &[]);
    let worth = |term: usize, option: usize| said["b"][term][option].as_f64().expect("a number");
    assert_eq!((code, said["draws"].as_u64()), (Some(0), Some(1_000)));
    assert!(worth(0, 2) > worth(0, 0) && worth(1, 0) > worth(1, 1), "{said}");
}
