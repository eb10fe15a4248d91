//! What comes at the end of a contract's term, in SQL: as [`mandate_domain::book::turn`] has it. What is said to end states its last day
//! (`book::contract` sees to that).

/// Whether the contract `$c` ends rather than renews.
macro_rules! is_ended {
    ($c:literal) => {
        concat!(
            "(COALESCE(",
            $c,
            ".renewal, '') = 'ends' OR ",
            $c,
            ".renews_on IS NULL",
            " OR (COALESCE(",
            $c,
            ".renewal, '') = 'automatic' AND ",
            $c,
            ".ends_on IS NOT NULL))"
        )
    };
}

/// The day on which the contract `$c` renews or ends.
macro_rules! turn_on {
    ($c:literal) => {
        concat!(
            "CASE WHEN ",
            $crate::reads::turn::is_ended!($c),
            " THEN ",
            $c,
            ".ends_on ELSE ",
            $c,
            ".renews_on END"
        )
    };
}

pub(crate) use {is_ended, turn_on};

#[cfg(test)]
mod tests {
    #[test]
    fn the_indexes_hold_the_day_in_the_words_of_the_lists() {
        let day = turn_on!("c").replace("c.", "");
        for migration in [
            include_str!("../../migrations/sqlite/0036_contract_turns.sql"),
            include_str!("../../migrations/postgres/0036_contract_turns.sql"),
        ] {
            assert_eq!(migration.matches(&format!("({day})")).count(), 2, "{day}: {migration}");
        }
    }
}
