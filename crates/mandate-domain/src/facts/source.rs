//! Where events come from: a source, how its states and times are read, what a profile proposes.
//!
//! A profile knows the columns of one system's log and proposes a meaning for its states; a state nobody mapped is
//! refused when events come in, never guessed. Not here: reading files (`mandate-app`, exchange).

use std::fmt;

use jiff::civil::Date;

use crate::clock::Instant;

/// The short name of a source, such as `servicenow`; the first part of every case id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(String);

/// Why a text names no source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` cannot name a source; use 1 to 40 lower-case letters, digits, `-` and `_`")]
pub struct SourceIdError {
    /// What was given, cut to 60 characters.
    pub text: String,
}

impl SourceId {
    /// Checks a name.
    ///
    /// # Errors
    /// [`SourceIdError`] unless it has 1 to 40 of `a-z`, `0-9`, `-`, `_`.
    pub fn parse(text: &str) -> Result<Self, SourceIdError> {
        let plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
        if (1..=40).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(SourceIdError { text: text.chars().take(60).collect() })
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a source's events are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// An incident log of ServiceNow: one row an update of an incident.
    ServiceNow,
    /// Events as Mandate itself takes them: over the API, or a file of the same columns.
    Events,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 2] = [Self::ServiceNow, Self::Events];

    /// The word kept in tables and given on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ServiceNow => "servicenow",
            Self::Events => "events",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// [`ProfileError`] when no profile has it.
    pub fn parse(word: &str) -> Result<Self, ProfileError> {
        let found = Self::ALL.into_iter().find(|profile| profile.as_str() == word);
        found.ok_or_else(|| ProfileError { word: word.chars().take(40).collect() })
    }
}

/// Why a word is no profile of events.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not a profile of events; profiles are servicenow and events")]
pub struct ProfileError {
    /// What was given.
    pub word: String,
}

/// What a source's state means to a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateClass {
    /// Reported, nobody has taken it up yet; clocks run.
    New,
    /// In work; clocks run.
    Active,
    /// Waiting for the client; clocks pause.
    AwaitingClient,
    /// Waiting for a supplier, a problem record or a change; clocks pause.
    AwaitingOther,
    /// Solved, not yet confirmed; the resolution clock stops.
    Resolved,
    /// Closed for good.
    Closed,
    /// Withdrawn; nothing was to be delivered.
    Cancelled,
}

impl StateClass {
    /// Every class, in the order pages list them.
    pub const ALL: [Self; 7] = [
        Self::New,
        Self::Active,
        Self::AwaitingClient,
        Self::AwaitingOther,
        Self::Resolved,
        Self::Closed,
        Self::Cancelled,
    ];

    /// The word kept in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Active => "active",
            Self::AwaitingClient => "awaiting_client",
            Self::AwaitingOther => "awaiting_other",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// [`StateClassError`] when no class has it.
    pub fn parse(word: &str) -> Result<Self, StateClassError> {
        let found = Self::ALL.into_iter().find(|class| class.as_str() == word);
        found.ok_or_else(|| StateClassError { word: word.chars().take(40).collect() })
    }

    /// Whether work on the case has ended.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed | Self::Cancelled)
    }
}

/// Why a word is no class of states.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{word}` is not a class of states; classes are new, active, awaiting_client, awaiting_other, resolved, closed and cancelled"
)]
pub struct StateClassError {
    /// What was given.
    pub word: String,
}

/// A source of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSource {
    /// Its short name.
    pub id: SourceId,
    /// The name pages show.
    pub name: String,
    /// How its events are read.
    pub profile: Profile,
    /// IANA zone of times that state none.
    pub time_zone: String,
    /// Whether that zone was assumed, because the source states none.
    pub time_zone_assumed: bool,
    /// What readers should know of it.
    pub note: String,
    /// Time of its latest event; open cases are judged as of then.
    pub data_until: Option<Instant>,
    /// Cases known.
    pub n_cases: i64,
    /// Events known.
    pub n_events: i64,
    /// Part of the demo book.
    pub demo: bool,
    /// Counts changes of the source, its mapping, its files and of what its clocks depend on.
    pub version: i64,
}

/// A raw state, what it means, and why that was assumed where it is not plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateProposal {
    /// What it means.
    pub class: StateClass,
    /// Whether the profile only assumes it.
    pub assumed: bool,
}

/// What `profile` proposes for a raw state; `None` when nobody can tell and a person has to map it.
///
/// ServiceNow writes `-100` where a state lost its label. In the public log it stands on two incidents between work and
/// solution, so it is taken as "in work", marked as assumed.
pub fn propose_state(profile: Profile, raw_state: &str) -> Option<StateProposal> {
    let sure = |class| Some(StateProposal { class, assumed: false });
    match profile {
        Profile::ServiceNow => match raw_state {
            "New" => sure(StateClass::New),
            "Active" | "In Progress" | "Work in Progress" => sure(StateClass::Active),
            "Awaiting User Info" | "Awaiting Caller" | "Awaiting Evidence" => {
                sure(StateClass::AwaitingClient)
            }
            "Awaiting Vendor" | "Awaiting Problem" | "Awaiting Change" => sure(StateClass::AwaitingOther),
            "On Hold" => Some(StateProposal { class: StateClass::AwaitingOther, assumed: true }),
            "Resolved" => sure(StateClass::Resolved),
            "Closed" => sure(StateClass::Closed),
            "Canceled" | "Cancelled" => sure(StateClass::Cancelled),
            "-100" => Some(StateProposal { class: StateClass::Active, assumed: true }),
            _ => None,
        },
        Profile::Events => StateClass::parse(raw_state).ok().and_then(sure),
    }
}

/// Holidays of 2016 and 2017 in the calendar that the ServiceNow profile proposes.
pub const PROPOSED_HOLIDAYS: [Date; 16] = [
    jiff::civil::date(2016, 1, 1),
    jiff::civil::date(2016, 3, 25),
    jiff::civil::date(2016, 5, 26),
    jiff::civil::date(2016, 9, 7),
    jiff::civil::date(2016, 10, 12),
    jiff::civil::date(2016, 11, 2),
    jiff::civil::date(2016, 11, 15),
    jiff::civil::date(2016, 12, 25),
    jiff::civil::date(2017, 1, 1),
    jiff::civil::date(2017, 4, 14),
    jiff::civil::date(2017, 5, 1),
    jiff::civil::date(2017, 6, 15),
    jiff::civil::date(2017, 9, 7),
    jiff::civil::date(2017, 10, 12),
    jiff::civil::date(2017, 11, 2),
    jiff::civil::date(2017, 11, 15),
];

/// Targets the ServiceNow profile proposes: business seconds by priority 1 to 4 (4 h, 8 h, 40 h, 80 h).
pub const PROPOSED_TARGETS: [(u8, i64); 4] = [(1, 14_400), (2, 28_800), (3, 144_000), (4, 288_000)];

/// The share of cases that the proposed service level asks for, in basis points.
pub const PROPOSED_GOAL_BP: i64 = 9_500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_name_cannot_leave_its_folder() {
        for bad in ["", "../etc", "Service Now", "a/b", "ü"] {
            assert!(SourceId::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(SourceId::parse("servicenow-2").map(|id| id.to_string()), Ok("servicenow-2".to_owned()));
    }

    #[test]
    fn a_state_nobody_knows_is_not_guessed() {
        assert_eq!(propose_state(Profile::ServiceNow, "Waiting for Godot"), None);
        let lost_label = propose_state(Profile::ServiceNow, "-100");
        assert_eq!(lost_label, Some(StateProposal { class: StateClass::Active, assumed: true }));
    }

    #[test]
    fn every_class_is_read_back() {
        for class in StateClass::ALL {
            assert_eq!(StateClass::parse(class.as_str()), Ok(class));
        }
    }
}
