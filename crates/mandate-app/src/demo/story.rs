//! Stories: what they change in how cases come and run, as percentages on some cases in some months.
//!
//! A story never writes a finding; it only makes work slower, questions more frequent or answers late where its rows
//! say so. Rows multiply. An empty selector means all; `hops` is a chance rather than a factor and starts at nothing.

use super::tables::{StoryRow, TableError, Tables};

/// What a story can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Arrival,
    Service,
    Response,
    Reopen,
    Reassign,
    Awaiting,
    ClientDelay,
    Unread,
    Hops,
    Walkthrough,
}

impl Effect {
    fn parse(word: &str) -> Result<Self, TableError> {
        Ok(match word {
            "arrival" => Self::Arrival,
            "service" => Self::Service,
            "response" => Self::Response,
            "reopen" => Self::Reopen,
            "reassign" => Self::Reassign,
            "awaiting" => Self::Awaiting,
            "client_delay" => Self::ClientDelay,
            "unread" => Self::Unread,
            "hops" => Self::Hops,
            "walkthrough" => Self::Walkthrough,
            other => return Err(TableError::cell("stories.csv", other, "effect")),
        })
    }
}

/// What the stories make of some cases of one month; 100 is no change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effects {
    /// How many come.
    pub arrival: i64,
    /// How long the work takes.
    pub service: i64,
    /// How long the first reply takes.
    pub response: i64,
    /// How many come back.
    pub reopen: i64,
    /// How many first reach a wrong team.
    pub reassign: i64,
    /// In how many the client is asked something.
    pub awaiting: i64,
    /// How long the client takes to answer.
    pub client_delay: i64,
    /// How many answers lie unread, and how long.
    pub unread: i64,
    /// How many of a hundred are handed up and back.
    pub hops: i64,
    /// How many of a hundred planned walk-throughs are held.
    pub walkthrough: i64,
}

impl Effects {
    /// No story.
    pub const NONE: Self = Self {
        arrival: 100,
        service: 100,
        response: 100,
        reopen: 100,
        reassign: 100,
        awaiting: 100,
        client_delay: 100,
        unread: 100,
        hops: 0,
        walkthrough: 100,
    };
}

/// Cases of which a story may speak.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The account's key.
    pub account: &'a str,
    /// Its manager's key.
    pub manager: &'a str,
    /// The serving team's key.
    pub team: &'a str,
    /// The category's key.
    pub category: &'a str,
    /// Whether these are priorities 1 and 2.
    pub severe: bool,
    /// Month, counted from that of the load.
    pub month: i32,
}

/// The rows of all stories.
#[derive(Clone, Debug)]
pub struct Stories {
    rows: Vec<(Effect, StoryRow)>,
}

impl Stories {
    /// Reads the rows.
    ///
    /// # Errors
    /// [`TableError::Cell`] for an effect or a selector that does not exist.
    pub fn new(tables: &Tables) -> Result<Self, TableError> {
        let known = |key: &str, mut keys: std::vec::IntoIter<&str>, expected| {
            if key.is_empty() || keys.any(|known| known == key) {
                Ok(())
            } else {
                Err(TableError::cell("stories.csv", key, expected))
            }
        };
        macro_rules! keys {
            ($table:ident) => {
                tables.$table.iter().map(|row| row.key.as_str()).collect::<Vec<&str>>().into_iter()
            };
        }
        let mut rows = vec![];
        for row in &tables.stories {
            known(&row.account, keys!(accounts), "account")?;
            known(&row.manager, keys!(our_people), "manager")?;
            known(&row.team, keys!(teams), "team")?;
            known(&row.category, keys!(categories), "category")?;
            if !["all", "severe", "other"].contains(&row.cases.as_str()) {
                return Err(TableError::cell("stories.csv", &row.cases, "selection: all, severe or other"));
            }
            rows.push((Effect::parse(&row.effect)?, row.clone()));
        }
        Ok(Self { rows })
    }

    /// What the stories make of the cases at `place`.
    pub fn at(&self, place: Place<'_>) -> Effects {
        let mut effects = Effects::NONE;
        for (effect, row) in self.rows.iter().filter(|(_, row)| matches(row, place)) {
            let field = match effect {
                Effect::Arrival => &mut effects.arrival,
                Effect::Service => &mut effects.service,
                Effect::Response => &mut effects.response,
                Effect::Reopen => &mut effects.reopen,
                Effect::Reassign => &mut effects.reassign,
                Effect::Awaiting => &mut effects.awaiting,
                Effect::ClientDelay => &mut effects.client_delay,
                Effect::Unread => &mut effects.unread,
                Effect::Walkthrough => &mut effects.walkthrough,
                Effect::Hops => {
                    effects.hops = effects.hops.max(row.percent);
                    continue;
                }
            };
            *field = *field * row.percent / 100;
        }
        effects
    }
}

fn matches(row: &StoryRow, place: Place<'_>) -> bool {
    let fits = |selector: &str, value: &str| selector.is_empty() || selector == value;
    (row.from_month..=row.to_month).contains(&place.month)
        && fits(&row.account, place.account)
        && fits(&row.manager, place.manager)
        && fits(&row.team, place.team)
        && fits(&row.category, place.category)
        && match row.cases.as_str() {
            "severe" => place.severe,
            "other" => !place.severe,
            _ => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_multiply_where_they_meet_and_nowhere_else() {
        let stories = Stories::new(&Tables::embedded().expect("readable tables")).expect("known effects");
        let place = Place {
            account: "corvane",
            manager: "gregor-stahl",
            team: "contact-vienna",
            category: "telephone",
            severe: false,
            month: -5,
        };
        let effects = stories.at(place);
        assert_eq!((effects.service, effects.reopen, effects.client_delay), (150, 280, 190));
        assert_eq!(stories.at(Place { account: "arden", manager: "tomasz-wrona", ..place }), Effects::NONE);
    }
}
