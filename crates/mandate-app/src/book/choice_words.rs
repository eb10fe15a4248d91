//! What exports and spreadsheets call the choices of a field, in English and German. Only a proposal: the page of columns shows
//! each word with the choice it is taken for.

/// The choice of `field` that a folded `word` probably means.
pub(super) fn meant(field: &str, word: &str) -> Option<&'static str> {
    let of_field = WORDS.iter().filter(|(known, ..)| *known == field);
    of_field.into_iter().find(|(_, _, words)| words.contains(&word)).map(|(_, choice, _)| *choice)
}

type Words = (&'static str, &'static str, &'static [&'static str]);

const WORDS: &[Words] = &[
    ("side", "client", &["customer", "external", "kunde", "extern"]),
    ("side", "provider", &["internal", "employee", "own", "intern", "mitarbeiter"]),
    ("tier", "key", &["a", "key account", "strategic", "platinum", "gold", "top", "schlusselkunde"]),
    ("tier", "standard", &["b", "c", "silver", "bronze", "normal"]),
    (
        "kind",
        "master",
        &[
            "msa",
            "master agreement",
            "master service agreement",
            "framework",
            "framework agreement",
            "rahmenvertrag",
        ],
    ),
    ("kind", "statement_of_work", &["sow", "work order", "order form", "leistungsschein", "einzelvertrag"]),
    ("renewal", "automatic", &["yes", "y", "true", "1", "auto", "auto renew", "ja", "automatisch", "wahr"]),
    (
        "renewal",
        "ends",
        &["no", "n", "false", "0", "none", "fixed", "fixed term", "nein", "befristet", "falsch"],
    ),
    ("renewal", "by_agreement", &["manual", "mutual", "on request", "nach vereinbarung"]),
    (
        "stage",
        "idea",
        &["prospecting", "qualification", "new", "lead", "appointment scheduled", "appointmentscheduled"],
    ),
    (
        "stage",
        "discussed",
        &["needs analysis", "qualified to buy", "qualifiedtobuy", "presentation scheduled", "discovery"],
    ),
    (
        "stage",
        "proposed",
        &[
            "proposal/price quote",
            "proposal",
            "quote",
            "negotiation/review",
            "negotiation",
            "contract sent",
            "contractsent",
            "angebot",
        ],
    ),
    ("stage", "won", &["closed won", "closedwon", "gewonnen"]),
    ("stage", "lost", &["closed lost", "closedlost", "verloren"]),
    ("role", "sponsor", &["decision maker", "executive sponsor", "economic buyer", "entscheider"]),
    ("role", "procurement", &["buyer", "purchasing", "einkauf", "einkaufer"]),
    ("role", "user", &["end user", "end-user", "anwender"]),
];

#[cfg(test)]
mod tests {
    use mandate_domain::book::{Kind, Shape};
    use mandate_domain::text::fold;

    use super::*;

    #[test]
    fn every_word_is_folded_and_means_a_choice_of_its_field() {
        for (field, choice, words) in WORDS {
            let has = |kind: &Kind| {
                kind.fields().iter().any(|spec| {
                    spec.name == *field
                        && matches!(spec.shape, Shape::Choice(choices) if choices.contains(choice))
                })
            };
            assert!(Kind::ALL.iter().any(has), "{field} {choice}");
            assert!(words.iter().all(|word| fold(word) == *word), "{field} {choice}");
        }
        assert_eq!(meant("stage", "closed won"), Some("won"));
        assert_eq!(meant("renewal", "perhaps"), None);
    }
}
