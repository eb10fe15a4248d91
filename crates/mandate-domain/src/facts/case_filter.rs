//! Which cases a measure looks at: a small typed filter with one canonical text.
//!
//! The text is what tables keep, `priority=1,2;group=Service desk`: fields in a fixed order, values sorted and
//! without repeats, the four signs `% , ; =` written as `%25` and so on. Reading it never fails half-way: a text is a
//! filter as a whole or not at all. An empty field asks for nothing.

use std::fmt;

/// A filter of cases; an empty list admits every value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    // INVARIANT: sorted, without repeats, at most MOST_VALUES each, no empty text.
    priorities: Vec<u8>,
    groups: Vec<String>,
    teams: Vec<String>,
    categories: Vec<String>,
    kinds: Vec<String>,
}

/// What of a case a filter looks at.
#[derive(Clone, Copy, Debug)]
pub struct CasePlace<'a> {
    /// Priority, 0 when not stated.
    pub priority: u8,
    /// The group of the source that held it last.
    pub group: &'a str,
    /// The id of our team behind that group.
    pub team: Option<&'a str>,
    /// Category.
    pub category: &'a str,
    /// Kind, such as `incident`.
    pub kind: &'a str,
}

/// Why a text or a list is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseFilterError {
    /// A field that filters do not have.
    #[error("`{field}` is not a field of cases; use priority, group, team, category or kind")]
    UnknownField {
        /// What was named.
        field: String,
    },
    /// The same field twice, or a part without `=`.
    #[error("`{part}` cannot be read; write field=value,value;field=value")]
    Unreadable {
        /// What was given.
        part: String,
    },
    /// A priority that is none.
    #[error("`{text}` is not a priority; use 1 to 9, or 0 for not stated")]
    Priority {
        /// What was given.
        text: String,
    },
    /// More values than a filter holds.
    #[error("a filter holds at most {MOST_VALUES} values of one field")]
    TooMany,
    /// A value that is empty, too long or holds a control character.
    #[error("`{text}` cannot be a value of a filter; values have 1 to {LONGEST_VALUE} characters")]
    Value {
        /// What was given.
        text: String,
    },
}

/// Most values of one field.
pub const MOST_VALUES: usize = 50;
/// Most characters of one value.
pub const LONGEST_VALUE: usize = 120;

const FIELDS: [&str; 5] = ["priority", "group", "team", "category", "kind"];

/// The lists of a filter as they are typed, before they are checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilterParts {
    /// Priorities as text.
    pub priorities: Vec<String>,
    /// Groups of the source.
    pub groups: Vec<String>,
    /// Ids of our teams.
    pub teams: Vec<String>,
    /// Categories.
    pub categories: Vec<String>,
    /// Kinds.
    pub kinds: Vec<String>,
}

impl CaseFilter {
    /// The filter of `parts`; empty entries are left out.
    ///
    /// # Errors
    /// [`CaseFilterError`] naming the value that cannot be used.
    pub fn new(parts: &CaseFilterParts) -> Result<Self, CaseFilterError> {
        let mut priorities = vec![];
        for text in texts(&parts.priorities)? {
            match text.parse::<u8>() {
                Ok(priority) if priority <= 9 && text.len() == 1 => priorities.push(priority),
                _ => return Err(CaseFilterError::Priority { text: cut(&text) }),
            }
        }
        Ok(Self {
            priorities,
            groups: texts(&parts.groups)?,
            teams: texts(&parts.teams)?,
            categories: texts(&parts.categories)?,
            kinds: texts(&parts.kinds)?,
        })
    }

    /// A filter of priorities alone; those above 9 are left out.
    pub fn of_priorities(priorities: &[u8]) -> Self {
        let mut priorities: Vec<u8> = priorities.iter().copied().filter(|priority| *priority <= 9).collect();
        priorities.sort_unstable();
        priorities.dedup();
        Self { priorities, ..Self::default() }
    }

    /// Reads the text kept in tables.
    ///
    /// # Errors
    /// [`CaseFilterError`] naming the part that cannot be read.
    pub fn parse(text: &str) -> Result<Self, CaseFilterError> {
        let mut parts = CaseFilterParts::default();
        let mut seen = [false; FIELDS.len()];
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let unreadable = || CaseFilterError::Unreadable { part: cut(part) };
            let (field, values) = part.split_once('=').ok_or_else(unreadable)?;
            let Some(idx) = FIELDS.iter().position(|known| *known == field) else {
                return Err(CaseFilterError::UnknownField { field: cut(field) });
            };
            if std::mem::replace(&mut seen[idx], true) {
                return Err(unreadable());
            }
            let mut list = vec![];
            for value in values.split(',') {
                list.push(unescaped(value).ok_or_else(unreadable)?);
            }
            *match idx {
                0 => &mut parts.priorities,
                1 => &mut parts.groups,
                2 => &mut parts.teams,
                3 => &mut parts.categories,
                _ => &mut parts.kinds,
            } = list;
        }
        Self::new(&parts)
    }

    /// Whether the filter admits a case at `place`.
    pub fn admits(&self, place: CasePlace<'_>) -> bool {
        fn allows(list: &[String], value: &str) -> bool {
            list.is_empty() || list.iter().any(|allowed| allowed == value)
        }
        (self.priorities.is_empty() || self.priorities.contains(&place.priority))
            && allows(&self.groups, place.group)
            && (self.teams.is_empty() || place.team.is_some_and(|team| allows(&self.teams, team)))
            && allows(&self.categories, place.category)
            && allows(&self.kinds, place.kind)
    }

    /// Whether every case is admitted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Priorities looked at; empty: all.
    pub fn priorities(&self) -> &[u8] {
        &self.priorities
    }

    /// Groups looked at; empty: all.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// Ids of teams looked at; empty: all.
    pub fn teams(&self) -> &[String] {
        &self.teams
    }

    /// Categories looked at; empty: all.
    pub fn categories(&self) -> &[String] {
        &self.categories
    }

    /// Kinds looked at; empty: all.
    pub fn kinds(&self) -> &[String] {
        &self.kinds
    }
}

/// The canonical text, which [`CaseFilter::parse`] reads.
impl fmt::Display for CaseFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let priorities: Vec<String> = self.priorities.iter().map(u8::to_string).collect();
        let lists = [&priorities, &self.groups, &self.teams, &self.categories, &self.kinds];
        let mut separator = "";
        for (field, list) in FIELDS.iter().zip(lists).filter(|(_, list)| !list.is_empty()) {
            let values: Vec<String> = list.iter().map(|value| escaped(value)).collect();
            write!(f, "{separator}{field}={}", values.join(","))?;
            separator = ";";
        }
        Ok(())
    }
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Checked, trimmed, sorted, without repeats and empty entries.
fn texts(list: &[String]) -> Result<Vec<String>, CaseFilterError> {
    let mut checked = vec![];
    for text in list {
        match crate::text::optional_line(text, LONGEST_VALUE) {
            Ok(clean) if clean.is_empty() => {}
            Ok(clean) => checked.push(clean),
            Err(_) => return Err(CaseFilterError::Value { text: cut(text) }),
        }
    }
    checked.sort();
    checked.dedup();
    if checked.len() > MOST_VALUES { Err(CaseFilterError::TooMany) } else { Ok(checked) }
}

fn escaped(value: &str) -> String {
    value.replace('%', "%25").replace(',', "%2C").replace(';', "%3B").replace('=', "%3D")
}

/// Undoes [`escaped`]; any other use of `%` is refused, so that a filter has one text.
fn unescaped(value: &str) -> Option<String> {
    let mut pieces = value.split('%');
    let mut text = pieces.next()?.to_owned();
    for piece in pieces {
        let sign = match piece.get(..2)? {
            "25" => '%',
            "2C" => ',',
            "3B" => ';',
            "3D" => '=',
            _ => return None,
        };
        text.push(sign);
        text.push_str(piece.get(2..)?);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn place(priority: u8, group: &str) -> CasePlace<'_> {
        CasePlace { priority, group, team: Some("t1"), category: "network", kind: "incident" }
    }

    #[test]
    fn a_filter_admits_what_every_field_allows() {
        let filter = CaseFilter::parse("priority=1,2;group=Desk").expect("a filter");
        assert!(filter.admits(place(1, "Desk")));
        assert!(!filter.admits(place(3, "Desk")));
        assert!(!filter.admits(place(1, "Field")));
        assert!(CaseFilter::default().admits(place(0, "")));
        let team = CaseFilter::parse("team=t1").expect("a filter");
        assert!(team.admits(place(3, "Desk")));
        assert!(!team.admits(CasePlace { team: None, ..place(3, "Desk") }));
    }

    #[test]
    fn two_ways_to_say_the_same_have_one_text() {
        let text = |text| CaseFilter::parse(text).expect("a filter").to_string();
        assert_eq!(text("kind=b,a,a;priority=2,1"), "priority=1,2;kind=a,b");
        assert_eq!(text("group=a%2Cb%3D%25"), "group=a%2Cb%3D%25");
        assert_eq!(text(""), "");
    }

    #[test]
    fn what_is_no_filter_is_named() {
        let error = |text: &str| CaseFilter::parse(text).expect_err("no filter").to_string();
        assert!(error("colour=red").contains("`colour` is not a field of cases"));
        assert!(error("priority=12").contains("`12` is not a priority"));
        assert!(error("priority").contains("cannot be read"));
        assert!(error("kind=a;kind=b").contains("cannot be read"));
        assert!(error("kind=a%41").contains("cannot be read"));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader_and_what_it_reads_has_one_text(text in "\\PC{0,60}|[a-z=;,%0-9]{0,60}") {
            if let Ok(filter) = CaseFilter::parse(&text) {
                prop_assert_eq!(CaseFilter::parse(&filter.to_string()), Ok(filter));
            }
        }

        #[test]
        fn any_values_survive_the_text(groups in vec("[ -~äöß;,=%]{0,20}", 0..6), priority in 0_u8..10) {
            let parts = CaseFilterParts { groups, priorities: vec![priority.to_string()], ..Default::default() };
            let filter = CaseFilter::new(&parts).expect("within the limits");
            prop_assert_eq!(CaseFilter::parse(&filter.to_string()), Ok(filter));
        }
    }
}
