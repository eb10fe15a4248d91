//! Cases as the clocks see them: events in order, each a snapshot of state, priority and group.
//!
//! Names (groups, kinds, accounts) are [`Symbol`]s, so that a condition compares integers. An event
//! that does not state a value leaves the one before it in force; a kind never carries over.

use std::collections::HashMap;

use crate::instant::Instant;

/// A name held once in [`Symbols`]; [`Symbol::NONE`] is the empty name, "not stated".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(u32);

impl Symbol {
    /// The empty name: not stated.
    pub const NONE: Self = Self(0);
}

/// The table of names behind [`Symbol`]s. Symbols of two tables do not compare.
#[derive(Clone, Debug)]
pub struct Symbols {
    names: Vec<String>,
    by_name: HashMap<String, Symbol>,
}

impl Default for Symbols {
    fn default() -> Self {
        Self { names: vec![String::new()], by_name: HashMap::from([(String::new(), Symbol::NONE)]) }
    }
}

impl Symbols {
    /// The symbol of `name`, made when it is new.
    pub fn intern(&mut self, name: &str) -> Symbol {
        if let Some(known) = self.by_name.get(name) {
            return *known;
        }
        // 2^32 distinct names would need some 100 GB; the last symbol is then shared, not wrapped.
        let symbol = Symbol(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.names.push(name.to_owned());
        self.by_name.insert(name.to_owned(), symbol);
        symbol
    }

    /// The symbol of `name` if it was interned before.
    pub fn find(&self, name: &str) -> Option<Symbol> {
        self.by_name.get(name).copied()
    }

    /// The name of `symbol`; empty when it came from a longer table.
    pub fn name(&self, symbol: Symbol) -> &str {
        self.names.get(symbol.0 as usize).map_or("", String::as_str)
    }
}

/// What a source system's state means to a clock. The codes are those of event files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i8)]
pub enum StateClass {
    /// Somebody on our side can work on it.
    Active = 0,
    /// Waiting for the client or caller.
    AwaitingClient = 1,
    /// Solved, not yet confirmed.
    Resolved = 2,
    /// Closed for good.
    Closed = 3,
    /// Withdrawn; nothing was to be delivered.
    Cancelled = 4,
    /// Waiting for a supplier, a problem record or a change: many contracts do not pause for it.
    AwaitingOther = 5,
    /// Reported, nobody has taken it up yet.
    New = 6,
}

impl StateClass {
    /// Every class, by no particular order.
    pub const ALL: [Self; 7] = [
        Self::Active,
        Self::AwaitingClient,
        Self::Resolved,
        Self::Closed,
        Self::Cancelled,
        Self::AwaitingOther,
        Self::New,
    ];

    /// The code of event files.
    pub fn code(self) -> i8 {
        self as i8
    }

    /// The class of a code in an event file.
    ///
    /// # Errors
    /// [`UnmappedState`] when no class has this code.
    pub fn from_code(code: i8) -> Result<Self, UnmappedState> {
        Self::ALL.into_iter().find(|class| class.code() == code).ok_or(UnmappedState { code })
    }
}

/// A state code that stands for no [`StateClass`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("state code `{code}` is not mapped to any state class; add it to the source's state map")]
pub struct UnmappedState {
    /// The code.
    pub code: i8,
}

/// Priority as the source states it, 1 the most urgent; [`Priority::NOT_STATED`] is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(pub u8);

impl Priority {
    /// The event says nothing about the priority.
    pub const NOT_STATED: Self = Self(0);
}

/// One event of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it happened.
    pub at: Instant,
    /// Order of events within one second; unique together with `at` inside a case.
    pub seq: i64,
    /// `None`: the event says nothing about the state, as a comment does.
    pub state: Option<StateClass>,
    /// Priority stated, if any.
    pub priority: Priority,
    /// Group that holds the case, if stated.
    pub group: Symbol,
    /// What happened, such as `reply` or `update`; holds for this event only.
    pub kind: Symbol,
}

/// The events of one case, sorted by (`at`, `seq`).
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// When the case was opened.
    pub opened_at: Instant,
    /// Its events, sorted.
    pub events: &'a [Event],
}

/// Why a list of events is not a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// An empty list.
    #[error("the case has no event")]
    NoEvents,
    /// An event that happened before the case existed.
    #[error("event {event_idx} is at {at}, before the case opened at {opened_at}")]
    BeforeOpened {
        /// Position of the event.
        event_idx: usize,
        /// Its time.
        at: Instant,
        /// Opening of the case.
        opened_at: Instant,
    },
    /// Events not sorted by time and sequence.
    #[error("event {event_idx} at {at} comes before the one in front of it; sort by time and sequence")]
    OutOfOrder {
        /// Position of the event.
        event_idx: usize,
        /// Its time.
        at: Instant,
    },
    /// The same time and sequence twice.
    #[error("event {event_idx} repeats time {at} and sequence {seq} of the one in front of it")]
    Duplicate {
        /// Position of the event.
        event_idx: usize,
        /// Its time.
        at: Instant,
        /// Its sequence number.
        seq: i64,
    },
    /// A case that begins without a state.
    #[error("the first event of the case states no state")]
    NoState,
}

impl Case<'_> {
    /// Checks what every clock relies on.
    ///
    /// # Errors
    /// [`CaseError`]: no events, an event before the opening, out of order, twice the same
    /// (`at`, `seq`), or a first event without a state.
    pub fn check(&self) -> Result<(), CaseError> {
        let first = self.events.first().ok_or(CaseError::NoEvents)?;
        if first.state.is_none() {
            return Err(CaseError::NoState);
        }
        let mut before: Option<&Event> = None;
        for (event_idx, event) in self.events.iter().enumerate() {
            let Event { at, seq, .. } = *event;
            if at < self.opened_at {
                return Err(CaseError::BeforeOpened { event_idx, at, opened_at: self.opened_at });
            }
            if let Some(before) = before {
                if (at, seq) == (before.at, before.seq) {
                    return Err(CaseError::Duplicate { event_idx, at, seq });
                }
                if (at, seq) < (before.at, before.seq) {
                    return Err(CaseError::OutOfOrder { event_idx, at });
                }
            }
            before = Some(event);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, CaseError, Event, Priority, StateClass, Symbol, Symbols, UnmappedState};
    use crate::instant::Instant;

    fn event(at: i64, seq: i64) -> Event {
        Event {
            at: Instant(at),
            seq,
            state: Some(StateClass::Active),
            priority: Priority(1),
            group: Symbol::NONE,
            kind: Symbol::NONE,
        }
    }

    fn check(opened_at: i64, events: &[Event]) -> Result<(), CaseError> {
        Case { opened_at: Instant(opened_at), events }.check()
    }

    #[test]
    fn a_case_names_what_is_wrong_with_its_events() {
        assert_eq!(check(0, &[]), Err(CaseError::NoEvents));
        assert_eq!(check(0, &[Event { state: None, ..event(1, 0) }]), Err(CaseError::NoState));
        let before = CaseError::BeforeOpened { event_idx: 0, at: Instant(4), opened_at: Instant(5) };
        assert_eq!(check(5, &[event(4, 0)]), Err(before));
        let disorder = CaseError::OutOfOrder { event_idx: 1, at: Instant(8) };
        assert_eq!(check(5, &[event(9, 0), event(8, 1)]), Err(disorder));
        let twice = CaseError::Duplicate { event_idx: 1, at: Instant(9), seq: 3 };
        assert_eq!(check(5, &[event(9, 3), event(9, 3)]), Err(twice));
        assert_eq!(check(5, &[event(5, 0), event(5, 1)]), Ok(()));
    }

    #[test]
    fn an_unmapped_state_code_is_refused_and_all_others_come_back() {
        assert_eq!(StateClass::from_code(-100), Err(UnmappedState { code: -100 }));
        for class in StateClass::ALL {
            assert_eq!(StateClass::from_code(class.code()), Ok(class));
        }
    }

    #[test]
    fn a_symbol_is_made_once_and_names_its_text() {
        let mut symbols = Symbols::default();
        let reply = symbols.intern("reply");
        assert_eq!(symbols.intern("reply"), reply);
        assert_eq!(symbols.name(reply), "reply");
        assert_eq!(symbols.find("update"), None);
        assert_eq!(symbols.find(""), Some(Symbol::NONE));
    }
}
