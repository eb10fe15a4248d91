//! A list of the people who still work here, as a file: columns `email`, and if wanted `name`, `state`, `roles`.
//!
//! Heads are read whatever their case; other columns are left alone, so that an export of a directory or of the people
//! system can be given as it is. `state` is `here` or `left` (also `active`, `inactive`, and what directories write).

use mandate_domain::identity::{Email, Listed, ListedState, Role};

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

/// The rows in the words of the rules; else all that is wrong with them.
pub(super) fn parse(rows: &[ListRow]) -> Result<Vec<Listed>, Vec<FieldError>> {
    let (mut listed, mut wrong) = (vec![], vec![]);
    for row in rows {
        let mut refuse = |message: Message| {
            wrong.push(FieldError { field: row.place.clone(), message });
        };
        let email = Email::parse(&row.email).map_err(|_| {
            refuse(Message::new("leavers-error-email").with("email", cut(&row.email)));
        });
        let word = row.state.trim().to_lowercase();
        let state = match word.as_str() {
            word if HERE.contains(&word) => Ok(ListedState::Here),
            word if LEFT.contains(&word) => Ok(ListedState::Left),
            _ => {
                refuse(Message::new("leavers-error-state").with("state", cut(&word)));
                Err(())
            }
        };
        let roles = row.roles.as_ref().map(|words| roles(words, &mut refuse));
        if let (Ok(email), Ok(state)) = (email, state) {
            listed.push(Listed { email_fold: email.folded(), state, roles });
        }
    }
    if wrong.is_empty() { Ok(listed) } else { Err(wrong) }
}

fn roles(words: &[String], refuse: &mut impl FnMut(Message)) -> Vec<Role> {
    let mut roles = vec![];
    for word in words {
        match Role::parse(word) {
            Ok(role) => roles.push(role),
            Err(_) => {
                let known: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
                refuse(
                    Message::new("user-error-role").with("role", cut(word)).with("known", known.join(", ")),
                );
            }
        }
    }
    roles
}

fn cut(text: &str) -> String {
    text.chars().take(60).collect()
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
        let told: Vec<_> = wrong.iter().map(|it| (it.field.as_str(), it.message.id)).collect();
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
