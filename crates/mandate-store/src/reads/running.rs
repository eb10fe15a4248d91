//! Which contracts run on a day: the one condition that reads share, as `mandate_domain::book::Contract::has_ended` has it.
//!
//! A contract that renews by itself runs on past its renewal; any other ends with its term, whether its last day or its renewal is
//! stated. One that is signed and starts later runs here, too: who cares asks for its start.

/// The condition that contract `c` has not ended by the day that `$day` binds or writes.
macro_rules! runs {
    ($day:literal) => {
        concat!(
            "(c.ends_on IS NULL OR c.ends_on >= ",
            $day,
            ") AND (c.ends_on IS NOT NULL OR c.renews_on IS NULL OR c.renews_on > ",
            $day,
            " OR COALESCE(c.renewal, '') = 'automatic')"
        )
    };
}

pub(super) use runs;
