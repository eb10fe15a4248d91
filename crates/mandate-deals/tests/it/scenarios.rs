//! The public ANAC scenarios, exact against every package, and the human deals of CaSiNo against their known values.
//!
//! The data is not ours to ship: it is read from `MANDATE_TEST_DATA`, and the tests say so where it is absent.

use std::path::PathBuf;

use mandate_deals::model::{Domain, Parts, Term, TermOption, Totals, Worth};
use serde_json::Value;

use crate::kit::{efficient, front_of, packages};

/// The lines of a file of `negotiation`, or `None` where there is no data at all.
pub fn lines(file: &str) -> Option<Vec<Value>> {
    let Some(folder) = std::env::var_os("MANDATE_TEST_DATA") else {
        eprintln!("skipped: data not present");
        return None;
    };
    let path = PathBuf::from(folder).join("negotiation").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect())
}

fn micro(value: &Value) -> i64 {
    // Python's `round`, which the peers use, goes to the even neighbour at a half.
    (value.as_f64().expect("a number") * 1e6).round_ties_even() as i64
}

/// A scenario in integers of 0.000001, as the peers' `gen.py anac` has it.
pub fn scenario(line: &Value) -> Domain {
    let terms = line["issues"].as_array().expect("issues").iter().map(|issue| {
        let (a, b) = (issue["a"].as_array().expect("a"), issue["b"].as_array().expect("b"));
        let options = a.iter().zip(b).enumerate().map(|(idx, (firm, client))| TermOption {
            name: format!("o{idx}"),
            worth: Worth { firm: micro(firm), client: micro(client), ..Worth::default() },
        });
        Term { name: issue["name"].as_str().unwrap_or_default().to_owned(), options: options.collect() }
    });
    let disagreement =
        Totals { firm: micro(&line["reservation"][0]), client: micro(&line["reservation"][1]) };
    let name = line["scenario"].as_str().expect("a name").to_owned();
    Domain::new(Parts { name, disagreement, terms: terms.collect(), ..Parts::default() }).expect("a domain")
}

#[test]
fn every_public_scenario_has_the_front_of_all_its_packages() {
    let Some(lines) = lines("anac_additive.jsonl") else { return };
    assert_eq!(lines.len(), 53);
    for line in &lines {
        let domain = scenario(line);
        let front = front_of(&domain).expect("a front");
        assert_eq!(front.points(), efficient(&packages(&domain)), "{}", domain.name());
    }
}
