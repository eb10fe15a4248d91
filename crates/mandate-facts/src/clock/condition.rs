//! Conditions: predicates on one event of a case.
//!
//! A condition is a list of clauses of which one must hold; a clause is a set of allowed values for
//! each thing it names, all of which must hold. That is enough for every clock found in contracts,
//! and small enough to show on a page.

use crate::event::{Event, Priority, StateClass, Symbol};

/// When one of the six things that drive a clock happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Holds for no event.
    Never,
    /// Holds for every event.
    Always,
    /// Holds when one clause does.
    AnyOf(Vec<Clause>),
    /// Holds when no clause does.
    NoneOf(Vec<Clause>),
}

/// Values that must hold together; what is `None` is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clause {
    /// State classes of which the case must be in one.
    pub states: Option<Vec<StateClass>>,
    /// Priorities of which the case must have one.
    pub priorities: Option<Vec<Priority>>,
    /// Groups of which one must hold the case.
    pub groups: Option<Vec<Symbol>>,
    /// Kinds of which the event must be one.
    pub kinds: Option<Vec<Symbol>>,
}

impl Condition {
    /// Holds while the case is in one of `states`.
    pub fn in_states(states: &[StateClass]) -> Self {
        Self::AnyOf(vec![Clause { states: Some(states.to_vec()), ..Clause::default() }])
    }

    /// Holds while the case is in none of `states`.
    pub fn outside_states(states: &[StateClass]) -> Self {
        Self::NoneOf(vec![Clause { states: Some(states.to_vec()), ..Clause::default() }])
    }

    /// Holds for events of one of `kinds`.
    pub fn of_kind(kinds: &[Symbol]) -> Self {
        Self::AnyOf(vec![Clause { kinds: Some(kinds.to_vec()), ..Clause::default() }])
    }

    /// Whether the condition holds for a case as it stands with its latest event.
    pub fn holds(&self, snapshot: &Snapshot) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::AnyOf(clauses) => clauses.iter().any(|clause| clause.holds(snapshot)),
            Self::NoneOf(clauses) => !clauses.iter().any(|clause| clause.holds(snapshot)),
        }
    }
}

impl Clause {
    fn holds(&self, snapshot: &Snapshot) -> bool {
        fn allows<T: PartialEq>(allowed: Option<&Vec<T>>, value: &T) -> bool {
            allowed.is_none_or(|values| values.contains(value))
        }
        allows(self.states.as_ref(), &snapshot.state)
            && allows(self.priorities.as_ref(), &snapshot.priority)
            && allows(self.groups.as_ref(), &snapshot.group)
            && allows(self.kinds.as_ref(), &snapshot.kind)
    }
}

/// A case as it stands after an event: what the event stated, and before that what held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// State class in force.
    pub state: StateClass,
    /// Priority in force.
    pub priority: Priority,
    /// Group that holds the case.
    pub group: Symbol,
    /// Kind of this very event; [`Symbol::NONE`] for the time before the first event.
    pub kind: Symbol,
}

impl Snapshot {
    /// The case before its first event: what that event states is taken to hold since the opening,
    /// but what happened (its kind) had not happened yet.
    pub fn at_opening(first: &Event) -> Self {
        Self {
            state: first.state.unwrap_or(StateClass::New),
            priority: first.priority,
            group: first.group,
            kind: Symbol::NONE,
        }
    }

    /// The case after `event`.
    #[must_use]
    pub fn after(self, event: &Event) -> Self {
        Self {
            state: event.state.unwrap_or(self.state),
            priority: if event.priority == Priority::NOT_STATED { self.priority } else { event.priority },
            group: if event.group == Symbol::NONE { self.group } else { event.group },
            kind: event.kind,
        }
    }
}
