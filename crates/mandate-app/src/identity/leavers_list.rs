//! A list of the people who still work here, as a file: columns `email`, and if wanted `name`, `state`, `roles`.
//!
//! Heads are read whatever their case; other columns are left alone, so that an export of a directory or of the people
//! system can be given as it is. `state` is `here` or `left` (also `active`, `inactive`, and what directories write).

use mandate_domain::identity::{Email, Listed, ListedState, Role, RoleError};

use crate::error::{FieldError, Message};
use crate::exchange::table::{TableError, read_table};

/// A row of the list, unchecked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListRow {
    /// Names the row in errors: `row 7` of a file, `people.6` of a request.
    pub place: String,
    /// The address.
    pub email: String,
    /// `here` or `left`; empty means here.
    pub state: String,
    /// All roles they may hold; none when the list does not speak of roles.
    pub roles: Option<Vec<String>>,
}

const HERE: [&str; 8] = ["", "here", "active", "enabled", "true", "yes", "1", "employed"];
const LEFT: [&str; 9] =
    ["left", "leaver", "inactive", "disabled", "suspended", "false", "no", "0", "terminated"];

/// Reads a CSV or XLSX file.
///
/// # Errors
/// What is wrong with the file as a whole, as a message and in plain words.
pub fn read_list(bytes: &[u8]) -> Result<Vec<ListRow>, ListFileError> {
    let table = read_table(bytes)?;
    let heads: Vec<String> = table.header.iter().map(|head| head.trim().to_lowercase()).collect();
    let place = |names: &[&str]| heads.iter().position(|head| names.contains(&head.as_str()));
    let email = place(&["email", "e-mail", "mail"]).ok_or(ListFileError::NoEmail)?;
    let (state, roles) = (place(&["state", "status"]), place(&["roles", "role"]));
    let rows = table.rows.iter().map(|row| {
        let cell = |at: usize| row.cells.get(at).map_or("", |cell| cell.trim());
        ListRow {
            place: format!("row {}", row.number),
            email: cell(email).to_owned(),
            state: state.map(cell).unwrap_or_default().to_owned(),
            // An empty cell says nothing of roles.
            roles: roles.map(cell).filter(|text| !text.is_empty()).map(words),
        }
    });
    Ok(rows.collect())
}

fn words(text: &str) -> Vec<String> {
    text.split([';', ',', ' ', '|']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Why a file is no list of people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListFileError {
    /// Not a table at all.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Nobody can be found without it.
    #[error("the list has no column `email`; add one with the address people sign in with")]
    NoEmail,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// The row.
    pub place: String,
    /// What.
    pub fault: RowFault,
}

/// Why a row cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// The address.
    #[error("`{given}` is no e-mail address")]
    Email {
        /// What was given, cut.
        given: String,
    },
    /// Neither here nor left.
    #[error("`{given}` says neither that somebody is here nor that they have left; write here or left")]
    State {
        /// What was given, cut.
        given: String,
    },
    /// A role.
    #[error(transparent)]
    Role(#[from] RoleError),
}

impl RowError {
    /// As the API and pages tell it.
    pub fn field(&self) -> FieldError {
        let message = match &self.fault {
            RowFault::Email { given } => Message::new("leavers-error-email").with("email", given.clone()),
            RowFault::State { given } => Message::new("leavers-error-state").with("state", given.clone()),
            RowFault::Role(error) => {
                let known: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
                Message::new("user-error-role")
                    .with("role", error.word.clone())
                    .with("known", known.join(", "))
            }
        };
        FieldError { field: self.place.clone(), message }
    }
}

/// The rows in the words of the rules; else all that is wrong with them.
pub(super) fn parse(rows: &[ListRow]) -> Result<Vec<Listed>, Vec<RowError>> {
    let (mut listed, mut wrong) = (vec![], vec![]);
    for row in rows {
        let mut faults = vec![];
        let email = Email::parse(&row.email);
        if email.is_err() {
            faults.push(RowFault::Email { given: cut(&row.email) });
        }
        let state = state(&row.state);
        if state.is_none() {
            faults.push(RowFault::State { given: cut(&row.state) });
        }
        let mut roles = None;
        if let Some(words) = &row.roles {
            let (known, unknown): (Vec<_>, Vec<_>) =
                words.iter().map(|word| Role::parse(&cut(word))).partition(Result::is_ok);
            faults.extend(unknown.into_iter().filter_map(Result::err).map(RowFault::Role));
            roles = Some(known.into_iter().filter_map(Result::ok).collect());
        }
        match (email, state) {
            (Ok(email), Some(state)) if faults.is_empty() => {
                listed.push(Listed { email_fold: email.folded(), state, roles });
            }
            _ => wrong.extend(faults.into_iter().map(|fault| RowError { place: row.place.clone(), fault })),
        }
    }
    if wrong.is_empty() { Ok(listed) } else { Err(wrong) }
}

fn state(given: &str) -> Option<ListedState> {
    match given.trim().to_lowercase().as_str() {
        word if HERE.contains(&word) => Some(ListedState::Here),
        word if LEFT.contains(&word) => Some(ListedState::Left),
        _ => None,
    }
}

fn cut(text: &str) -> String {
    text.trim().chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_of_a_directory_is_read_as_it_is() {
        let file = "Department;E-Mail;Name;Status;Roles\nSales;Ada@firm.example;Ada;active;\n\
                    Sales;ben@firm.example;Ben;Disabled;\n;cleo@firm.example;Cleo;;sponsor negotiator\n";
        let rows = read_list(file.as_bytes()).expect("a list");
        assert_eq!(rows.len(), 3);
        let listed = parse(&rows).expect("people");
        assert_eq!(listed[0].email_fold, "ada@firm.example");
        assert_eq!((listed[0].state, listed[1].state), (ListedState::Here, ListedState::Left));
        assert_eq!(listed[0].roles, None);
        assert_eq!(listed[2].roles, Some(vec![Role::Sponsor, Role::Negotiator]));
    }

    #[test]
    fn everything_wrong_is_told_at_once_with_its_row() {
        let rows =
            read_list(b"email,state,roles\nnobody,here,\nada@firm.example,perhaps,boss\n").expect("a list");
        let wrong = parse(&rows).expect_err("wrong rows");
        let told: Vec<_> = wrong.iter().map(|it| (it.place.as_str(), it.field().message.id)).collect();
        assert_eq!(
            told,
            [
                ("row 2", "leavers-error-email"),
                ("row 3", "leavers-error-state"),
                ("row 3", "user-error-role")
            ]
        );
        assert_eq!(read_list(b"name\nAda\n"), Err(ListFileError::NoEmail));
        assert_eq!(read_list(b""), Err(ListFileError::Table(TableError::Empty)));
    }
}
