//! Saved views: a list's filters, order and columns under a name, one person's own or shared with everybody.
//!
//! A view only remembers what to ask for. Who reads it sees the rows and fields their own rights reach, so sharing one shows
//! nobody more. Not here: how filters are written (`mandate-web`) and which right sharing takes (`mandate-app`).

use std::collections::BTreeSet;

use crate::Id;
use crate::book::{CUSTOM, ID_OF_LINK};
use crate::identity::User;
use crate::text::{self, TextError};

/// A list's filters, order and columns under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    /// Its id.
    pub id: Id<SavedView>,
    /// Whose it is.
    pub user_id: Id<User>,
    /// The list's name, such as `accounts`.
    pub list: String,
    /// What its owner calls it.
    pub name: String,
    /// Filters, order and columns as the list's page has them in its address.
    pub query: String,
    /// Whether everybody who may see the list finds it there.
    pub shared: bool,
    /// Counts saves.
    pub version: i64,
}

/// Why a view is not as it may be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ViewRefusal {
    /// The name.
    #[error(transparent)]
    Name(#[from] TextError),
    /// More than an address should hold.
    #[error(
        "the filters and columns of a view take {length} characters, at most {} fit",
        SavedView::LONGEST_QUERY
    )]
    QueryTooLong {
        /// Characters given.
        length: usize,
    },
}

impl SavedView {
    /// Characters of a name.
    pub const LONGEST_NAME: usize = 60;
    /// Characters of a query: browsers and proxies take addresses of some thousand.
    pub const LONGEST_QUERY: usize = 2_000;
    /// Views of one list that a person may keep: more would not be found again.
    pub const MOST_OF_A_LIST: usize = 50;

    /// The view with this name and query, checked.
    ///
    /// # Errors
    /// [`ViewRefusal`] saying what is wrong.
    pub fn checked(self) -> Result<Self, ViewRefusal> {
        let name = text::line(&self.name, Self::LONGEST_NAME)?;
        let length = self.query.chars().count();
        if length > Self::LONGEST_QUERY {
            return Err(ViewRefusal::QueryTooLong { length });
        }
        Ok(Self { name, ..self })
    }

    /// The custom fields that its filters, order and columns name, by their names in lists.
    pub fn named_custom(&self) -> BTreeSet<String> {
        let plain = |text: &str| text.replace("%2D", "-").replace("%2E", ".").replace("%5F", "_");
        let named = self.query.split('&').filter_map(|pair| match pair.split_once('=')? {
            ("f" | "col", name) => Some(plain(name)),
            ("sort", name) => Some(plain(name).trim_start_matches('-').to_owned()),
            _ => None,
        });
        let whose = |name: String| name.strip_suffix(ID_OF_LINK).map(str::to_owned).unwrap_or(name);
        named.filter(|name| name.starts_with(CUSTOM)).map(whose).collect()
    }

    /// Whether a second view of this name would not be told from it.
    pub fn is_called(&self, name: &str) -> bool {
        text::fold(&self.name) == text::fold(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(name: &str, query: &str) -> SavedView {
        SavedView {
            id: Id::new(crate::Instant::from_seconds(0), 1),
            user_id: Id::new(crate::Instant::from_seconds(0), 2),
            list: "accounts".to_owned(),
            name: name.to_owned(),
            query: query.to_owned(),
            shared: false,
            version: 1,
        }
    }

    #[test]
    fn a_view_has_a_name_of_one_line_and_a_query_that_an_address_can_hold() {
        assert_eq!(view("  Key accounts ", "").checked().expect("fits").name, "Key accounts");
        assert_eq!(view(" ", "").checked(), Err(ViewRefusal::Name(TextError::Empty)));
        let long = "x".repeat(SavedView::LONGEST_QUERY + 1);
        assert_eq!(view("x", &long).checked(), Err(ViewRefusal::QueryTooLong { length: 2_001 }));
    }

    #[test]
    fn the_custom_fields_that_a_view_names_are_known() {
        let query = "f=tier&op=is&v=custom%2Eno&f=custom%2Esales%5Fregion&op=is&v=EMEA&sort=%2Dcustom%2Eheads&col=custom%2Eheads";
        let named = view("x", query).named_custom();
        assert_eq!(named.into_iter().collect::<Vec<_>>(), ["custom.heads", "custom.sales_region"]);
    }

    #[test]
    fn names_that_differ_in_case_or_accents_only_are_one() {
        assert!(view("Élan", "").is_called("elan"));
        assert!(!view("Élan", "").is_called("elans"));
    }
}
