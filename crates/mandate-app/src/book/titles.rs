//! What a job title says of a client's person's role: only where it can say nothing else.
//!
//! Whoever buys is called so. Who sponsors, governs or uses is no matter of titles: a chief financial officer may be any of these.

use mandate_domain::book::{Draft, Side};
use mandate_domain::text::fold;

/// Beginnings of words that only those who buy have in their titles.
const BUYS: [&str; 4] = ["procurement", "purchasing", "einkauf", "beschaffung"];

/// Gives a client's new person the role that the title tells, where nothing else does.
pub(super) fn tell_role(person: &mut Draft) {
    let is_client = Side::parse(&fold(person.get("side"))) == Some(Side::Client);
    if is_client && !person.states("role") && buys(person.get("job_title")) {
        person.set("role", "procurement");
    }
}

fn buys(title: &str) -> bool {
    let title = fold(title);
    title
        .split(|letter: char| !letter.is_alphanumeric())
        .any(|word| BUYS.iter().any(|it| word.starts_with(it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_titles_of_those_who_buy_tell_a_role() {
        for title in [
            "Head of Procurement",
            "Leiterin Einkauf",
            "Strategischer Einkäufer",
            "VP, Purchasing",
            "IT-Beschaffung",
        ] {
            assert!(buys(title), "{title}");
        }
        for title in ["CFO", "Media Buyer", "Head of IT", "Verkauf", "Talent Sourcing", ""] {
            assert!(!buys(title), "{title}");
        }
    }
}
