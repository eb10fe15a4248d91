//! Policies as data: which sets stand, which are refused and why, and what the shipped ones say.
//!
//! A set that cannot be read, speaks of what there is not, or fails the tests beside it never decides.

use mandate_app::decisions::{Policies, PolicyRefusal, SHIPPED_POLICIES, SHIPPED_TESTS};

fn refusal(policies: &str, tests: &str) -> PolicyRefusal {
    Policies::read(1, policies, tests).expect_err("refused")
}

const TEST: &str = "refuse credit amount=1";

#[test]
fn the_shipped_policies_pass_the_tests_beside_them_and_each_says_what_it_does() {
    let shipped = Policies::shipped().expect("they stand");
    assert_eq!(shipped.lines().count(), 7);
    assert!(shipped.lines().all(|line| !line.says.is_empty()));
    let forbids: Vec<&str> =
        shipped.lines().filter(|line| line.forbids).map(|line| line.id.as_str()).collect();
    assert_eq!(forbids, ["right_out_of_time"]);
    assert_eq!(shipped.says("sponsor_decides_credits"), "a sponsor decides any credit");
}

#[test]
fn each_shipped_policy_is_needed_by_some_test() {
    for line in Policies::shipped().expect("they stand").lines() {
        let start = SHIPPED_POLICIES.find(&format!("@id(\"{}\")", line.id)).expect("it is there");
        let length = SHIPPED_POLICIES[start..].find(";\n").expect("it ends") + 2;
        let without = format!("{}{}", &SHIPPED_POLICIES[..start], &SHIPPED_POLICIES[start + length..]);
        let refused = refusal(&without, SHIPPED_TESTS);
        assert!(matches!(refused, PolicyRefusal::TestsFail { .. }), "without {}: {refused}", line.id);
    }
}

#[test]
fn a_set_whose_tests_fail_is_refused_with_their_lines() {
    let tests = format!("# tightened\n{TEST}\n\nallow credit roles=sponsor amount=1\n");
    let forbid = "@id(\"none\") forbid (principal, action, resource);";
    let PolicyRefusal::TestsFail { lines } = refusal(forbid, &tests) else { panic!("the tests fail") };
    assert_eq!(lines, [(4, "allow credit roles=sponsor amount=1".to_owned())]);
    assert_eq!(refusal(forbid, "# none"), PolicyRefusal::NoTests);
    assert!(Policies::read(1, forbid, TEST).is_ok());
}

#[test]
fn a_set_that_cannot_be_read_or_names_what_there_is_not_is_refused() {
    assert!(matches!(refusal("permit (principal", TEST), PolicyRefusal::Unreadable { .. }));
    assert!(matches!(refusal("forbid (principal, action, resource);", TEST), PolicyRefusal::Unnamed { .. }));
    let slot = "@id(\"slot\") permit (principal == ?principal, action, resource);";
    assert!(matches!(refusal(slot, TEST), PolicyRefusal::Template { .. }));
    let typo = "@id(\"typo\") forbid (principal, action, resource) when { context.amuont > 1 };";
    assert!(matches!(refusal(typo, TEST), PolicyRefusal::Invalid { .. }));
    let other_kind = "@id(\"kind\") forbid (principal, action == Action::\"order\", resource);";
    assert!(matches!(refusal(other_kind, TEST), PolicyRefusal::Invalid { .. }));
    let unguarded = "@id(\"right\") permit (principal, action, resource) when { context.right.limit > 1 };";
    assert!(matches!(refusal(unguarded, TEST), PolicyRefusal::Invalid { .. }), "a right need not be there");
    let twice =
        "@id(\"a\") forbid (principal, action, resource); @id(\"a\") forbid (principal, action, resource);";
    assert!(matches!(refusal(twice, TEST), PolicyRefusal::Unnamed { .. }));
}

#[test]
fn a_word_of_a_test_that_is_not_understood_is_named_with_its_line() {
    let at = |tests: &str| match refusal(SHIPPED_POLICIES, tests) {
        PolicyRefusal::TestLine(error) => (error.line, error.word),
        other => panic!("{other}"),
    };
    assert_eq!(at("\nmaybe credit amount=1"), (2, "maybe".to_owned()));
    assert_eq!(at("allow order amount=1"), (1, "order".to_owned()));
    assert_eq!(at("allow credit amount=much"), (1, "much".to_owned()));
    assert_eq!(at("allow credit roles=boss amount=1"), (1, "boss".to_owned()));
    assert_eq!(at("allow credit amount=1 colour=red"), (1, "colour=red".to_owned()));
    assert_eq!(at("allow credit roles=sponsor"), (1, "allow credit roles=sponsor".to_owned()));
}

#[test]
fn a_forbid_overrides_every_permit_and_a_failing_one_too() {
    let forbid = format!(
        "{SHIPPED_POLICIES}\n@id(\"no_large_credits\") @says(\"nobody decides above 1,000,000.00\")
         forbid (principal, action == Action::\"credit\", resource) when {{ context.amount > 100000000 }};"
    );
    let tests = "allow credit roles=sponsor amount=100000000\nrefuse credit roles=sponsor amount=100000001";
    assert!(Policies::read(1, &forbid, tests).is_ok());
    // The sum passes 64 bits, so the forbid cannot be read for this question: it is refused, not let through.
    let failing = format!(
        "{SHIPPED_POLICIES}\n@id(\"sum\") forbid (principal, action, resource)
         when {{ context.amount + 9223372036854775807 < 0 }};"
    );
    assert!(Policies::read(1, &failing, "refuse credit roles=sponsor amount=1").is_ok());
}
