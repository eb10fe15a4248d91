//! `mandate tenor` as an analyst uses it: a file in, one JSON object out, the same bytes each time.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::program;

/// Exit code, what was printed, and the error, of the command on a file.
fn on(file: &Path, command: &str, more: &[&str]) -> (Option<i32>, Vec<u8>, String) {
    let output = program().args(["tenor", command]).arg(file).args(more).output().expect("the program");
    (output.status.code(), output.stdout, String::from_utf8(output.stderr).expect("UTF-8"))
}

fn tenor(text: &str, command: &str, more: &[&str]) -> (Option<i32>, Value, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("answers");
    std::fs::write(&file, text).expect("a file");
    let (code, said, error) = on(&file, command, more);
    assert_eq!(on(&file, command, more).1, said, "the same file says the same");
    (code, serde_json::from_slice(&said).unwrap_or_default(), error)
}

fn shared(path: &str) -> Option<std::path::PathBuf> {
    let Some(root) = std::env::var_os("MANDATE_TEST_DATA") else {
        eprintln!("skipped: data not present");
        return None;
    };
    Some(Path::new(&root).join(path))
}

fn close(found: &Value, wanted: f64) {
    let found = found.as_f64().unwrap_or(f64::NAN);
    assert!((found - wanted).abs() < 1.1e-3, "{found} {wanted}");
}

#[test]
fn the_shared_files_give_the_published_figures() {
    let Some(wine) = shared("raters/wine_clmm.csv") else { return };
    let (code, said, error) =
        on(&wine, "ordinal", &["--response", "rating", "--fixed", "temp,contact", "--random", "judge"]);
    assert_eq!(code, Some(0), "{error}");
    let said: Value = serde_json::from_slice(&said).expect("JSON");
    close(&said["log_likelihood"], -81.5654);
    close(&said["coefficients"][0]["value"], 3.0630);
    close(&said["coefficients"][1]["value"], 1.8349);
    close(&said["rater_variance"], 1.2795);
    assert_eq!((&said["coefficients"][0]["name"], &said["answers"]), (&json!("temp = warm"), &json!(72)));

    let efficacy = shared("raters/mexchn.csv").expect("the folder");
    let vignettes = ["--vignettes", "xsay1,xsay2,xsay3,xsay4,xsay5"];
    let more = ["--self", "xsayself", "--covariates", "china,age,male,educyrs"];
    let (code, said, error) = on(&efficacy, "vignettes", &[vignettes.as_slice(), more.as_slice()].concat());
    assert_eq!(code, Some(0), "{error}");
    let said: Value = serde_json::from_slice(&said).expect("JSON");
    close(&said["coefficients"][0]["value"], -0.3639);
    close(&said["without_vignettes"]["coefficients"][0]["value"], 0.670);
    assert_eq!((&said["own_answers"], &said["people_with_vignettes"]), (&json!(859), &json!(851)));

    let nile = shared("tcpd/nile.json").expect("the folder");
    let (code, said, error) = on(&nile, "changes", &[]);
    assert_eq!(code, Some(0), "{error}");
    let said: Value = serde_json::from_slice(&said).expect("JSON");
    assert_eq!(
        (&said["changes"], &said["name"], &said["values"]),
        (&json!([27]), &json!("nile"), &json!(100))
    );
    let (code, said, error) = on(&nile, "changes", &["--false-alarm", "0.05", "--runs", "2000"]);
    assert_eq!(code, Some(0), "{error}");
    let said: Value = serde_json::from_slice(&said).expect("JSON");
    assert_eq!((&said["changes"], &said["seed"]), (&json!([27]), &json!(1)));
    // A missing value keeps its place.
    let coal = shared("tcpd/uk_coal_employ.json").expect("the folder");
    let (code, said, error) = on(&coal, "changes", &["--method", "mean"]);
    assert_eq!(code, Some(0), "{error}");
    let said: Value = serde_json::from_slice(&said).expect("JSON");
    assert!(said["missing"].as_u64() > Some(0) && said["values"] == 105, "{said}");
}

#[test]
fn months_without_a_value_are_left_out_and_keep_their_place() {
    let value = |month: usize| match month {
        5 => "null".to_owned(),
        0..=13 => format!("{}", 50 + month * 7 % 3),
        _ => format!("{}", 40 + month * 7 % 3),
    };
    let raw = (0..24).map(value).collect::<Vec<_>>().join(", ");
    let file = format!(r#"{{"name": "pulse", "n_dim": 1, "series": [{{"raw": [{raw}]}}]}}"#);
    let (code, said, error) = tenor(&file, "changes", &["--false-alarm", "0.05", "--runs", "2000"]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!((&said["changes"], &said["missing"]), (&json!([13]), &json!(1)));
    assert_eq!(
        (&said["looking_back"]["since"], &said["lasting"]["verdict"]),
        (&json!(14), &json!("sustained"))
    );
    let (_, said, _) = tenor(&file, "changes", &[]);
    assert_eq!((&said["changes"], &said["method"]), (&json!([13]), &json!("line")));
}

#[test]
fn a_wrong_file_ends_with_3_and_the_place() {
    let ordinal = ["--response", "rating", "--fixed", "temp", "--random", "judge"];
    let cases = [
        ("rating,temp,judge\n1,cold\n", "line 2: 2 cells where the header has 3"),
        ("rating,judge\n1,a\n", "there is no column `temp`; the file has rating, judge"),
        (
            "rating,temp,judge\nnice,cold,a\n",
            "line 2, column `rating`: `nice` is not a whole number; answers are codes such as 1 to 5",
        ),
        ("rating,temp,judge\n", "there are no rows below the header"),
    ];
    for (text, told) in cases {
        let (code, _, error) = tenor(text, "ordinal", &ordinal);
        assert_eq!((code, error), (Some(3), format!("mandate: {told}\n")), "{text}");
    }
    let cases = [
        ("{}", "the file needs a list of numbers at `series`, first entry, `raw`"),
        (r#"{"n_dim": 2, "series": []}"#, "the file has 2 series side by side; give one of them"),
        (r#"{"series": [{"raw": [1, "x"]}]}"#, "value 1 (from 0) of `raw` is neither a number nor null"),
        (r#"{"series": [{"raw": [1, 2]}]}"#, "there are 2 values; at least 3 are needed"),
    ];
    for (text, told) in cases {
        let (code, _, error) = tenor(text, "changes", &[]);
        assert_eq!((code, error), (Some(3), format!("mandate: {told}\n")), "{text}");
    }
    let (code, _, error) = tenor("rating,temp,judge\n1,\u{e9},a\n", "changes", &[]);
    assert!(code == Some(3) && error.contains("line 1 column 1"), "{error}");
}
