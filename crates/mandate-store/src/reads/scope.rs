//! Which accounts a reader may see, as a condition on a column that holds an account id.

use mandate_domain::Id;
use mandate_domain::book::Person;

use crate::db::{IntoValue, Value};

/// Which accounts a reader may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All accounts.
    Everything,
    /// The accounts this person manages, negotiates or works on.
    OwnAccounts(Id<Person>),
    /// None: a user whom the book does not know.
    Nothing,
}

impl Scope {
    /// A condition on `column` (which holds an account id), binding from `$next`; the values it binds, in order.
    ///
    /// The text is made from constants only, never from input.
    pub fn condition(&self, column: &str, next: usize) -> (String, Vec<Value>) {
        match self {
            Self::Everything => ("1 = 1".to_owned(), vec![]),
            Self::Nothing => ("1 = 0".to_owned(), vec![]),
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
