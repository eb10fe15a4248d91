//! Which accounts a reader may see, as a condition on a column that holds an account id; and rows that are their maker's.

use mandate_domain::book::{Account, Person};
use mandate_domain::identity::User;
use mandate_domain::{Clearance, Id};

use crate::db::{IntoValue, Value};

/// Which accounts a reader may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All accounts.
    Everything,
    /// The accounts this person manages, negotiates or works on.
    OwnAccounts(Id<Person>),
    /// The one account whose organisation the reader belongs to.
    Organisation(Id<Account>),
    /// None: a user whom the book does not know.
    Nothing,
}

/// Which rows and which labelled fields a reader may see.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The rows.
    pub scope: &'a Scope,
    /// The purposes for which labelled fields may be read.
    pub clearance: Clearance,
}

/// A reader of what takes no clearance.
impl<'a> From<&'a Scope> for Reader<'a> {
    fn from(scope: &'a Scope) -> Self {
        Self { scope, clearance: Clearance::NONE }
    }
}

/// The rows that one user made.
#[derive(Clone, Debug)]
pub struct MadeBy {
    /// The column that holds the maker's id.
    pub column: &'static str,
    /// The maker; without one there are no rows.
    pub user: Option<Id<User>>,
    /// Whether rows that are nobody's own are shown, too.
    pub and_common: bool,
}

impl MadeBy {
    /// As a condition, binding from `$next`; the values it binds.
    pub(super) fn condition(&self, next: usize) -> (String, Vec<Value>) {
        let column = self.column;
        match (&self.user, self.and_common) {
            (Some(user), false) => (format!("{column} = ${next}"), vec![user.into_value()]),
            (Some(user), true) => {
                (format!("({column} IS NULL OR {column} = ${next})"), vec![user.into_value()])
            }
            (None, true) => (format!("{column} IS NULL"), vec![]),
            (None, false) => ("1 = 0".to_owned(), vec![]),
        }
    }
}

impl Scope {
    /// A condition on `column` (which holds an account id), binding from `$next`; the values it binds, in order.
    ///
    /// The text is made from constants only, never from input.
    pub fn condition(&self, column: &str, next: usize) -> (String, Vec<Value>) {
        match self {
            Self::Everything => ("1 = 1".to_owned(), vec![]),
            Self::Nothing => ("1 = 0".to_owned(), vec![]),
            Self::Organisation(account) => (format!("{column} = ${next}"), vec![account.into_value()]),
            Self::OwnAccounts(person) => {
                let sql = format!(
                    "{column} IN (SELECT own.id FROM account own
                        WHERE own.account_manager_id = ${next} OR own.negotiator_id = ${next}
                        UNION SELECT works.account_id FROM account_person works WHERE works.person_id = ${next})"
                );
                (sql, vec![person.into_value()])
            }
        }
    }
}
