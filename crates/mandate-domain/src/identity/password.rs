//! Which passwords are taken: long enough, not the address or the name, not among those everybody tries first.
//!
//! No rule asks for digits or signs, and none limits what may be pasted: length is what counts, and a pass phrase of
//! ordinary words is welcome (NIST SP 800-63B, 5.1.1.2).

use super::Email;

/// Fewest characters.
pub const FEWEST: usize = 12;
/// Most bytes: beyond this a "password" only keeps the hash busy.
pub const MOST_BYTES: usize = 1024;

/// What people who must use twelve characters use; compared in lower case.
const COMMON: &[&str] = &[
    "123456789012",
    "1234567890123",
    "12345678901234",
    "1234567890123456",
    "123456123456",
    "123123123123",
    "012345678901",
    "0123456789012",
    "098765432109",
    "1q2w3e4r5t6y",
    "1q2w3e4r5t6y7u",
    "1qaz2wsx3edc",
    "1qaz2wsx3edc4rfv",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiopasdf",
    "qwertyuiop[]",
    "qwerty123456",
    "qwerty1234567890",
    "qwertyqwerty",
    "asdfghjkl123",
    "asdfghjklzxcvbnm",
    "zxcvbnmasdfghjkl",
    "abcdefghijkl",
    "abcdefghijklm",
    "abcdefghijklmnopqrstuvwxyz",
    "abc123456789",
    "abcd12345678",
    "a1b2c3d4e5f6",
    "password1234",
    "password12345",
    "password123456",
    "password123!",
    "password2024",
    "password2025",
    "password2026",
    "passwordpassword",
    "mypassword123",
    "p@ssw0rd1234",
    "p@ssword1234",
    "passw0rd1234",
    "administrator",
    "administrator1",
    "administrator123",
    "adminadminadmin",
    "adminpassword",
    "admin1234567",
    "admin12345678",
    "changeme1234",
    "changemenow1",
    "changemeplease",
    "letmeinletmein",
    "letmein12345",
    "welcome12345",
    "welcome123456",
    "welcomewelcome",
    "iloveyou1234",
    "iloveyouiloveyou",
    "ihavenoidea1",
    "correcthorsebatterystaple",
    "correct horse battery staple",
    "trustno1trustno1",
    "sunshine1234",
    "princess1234",
    "football1234",
    "baseball1234",
    "superman1234",
    "dragondragon",
    "monkeymonkey",
    "liverpool123",
    "summer202412",
    "mandatemandate",
    "mandate12345",
    "secretsecret",
    "testtesttest",
    "test12345678",
];

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// Fewer characters than needed.
    #[error(
        "this password has {length} characters, at least {FEWEST} are needed; a few words in a row do well"
    )]
    TooShort {
        /// Characters given.
        length: usize,
    },
    /// More bytes than are worth hashing.
    #[error("this password is longer than {MOST_BYTES} bytes")]
    TooLong,
    /// The address, the part before its `@`, or the name, and little else.
    #[error("this password is the e-mail address or the name; choose something others do not know")]
    Known,
    /// Among those everybody tries first, or one sign over and over.
    #[error("this password is among those that are tried first; choose another")]
    Common,
}

/// Whether `password` may be used by the person with this address and name.
///
/// # Errors
/// [`PasswordRefusal`] with the rule that is broken.
pub fn check_password(password: &str, email: &Email, display_name: &str) -> Result<(), PasswordRefusal> {
    let length = password.chars().count();
    if length < FEWEST {
        return Err(PasswordRefusal::TooShort { length });
    }
    if password.len() > MOST_BYTES {
        return Err(PasswordRefusal::TooLong);
    }
    let folded = password.trim().to_lowercase();
    let address = email.folded();
    let name = display_name.to_lowercase();
    if folded == address || folded == name || folded == name.replace(' ', "") {
        return Err(PasswordRefusal::Known);
    }
    let local = address.split('@').next().unwrap_or_default();
    // The part before the `@` with up to four characters around it is a guess away.
    let n_around = folded.chars().count().saturating_sub(local.chars().count());
    if local.len() >= 4 && folded.contains(local) && n_around <= 4 {
        return Err(PasswordRefusal::Known);
    }
    let mut distinct: Vec<char> = folded.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() <= 3 || COMMON.contains(&folded.as_str()) {
        return Err(PasswordRefusal::Common);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), PasswordRefusal> {
        let email = Email::parse("anna.kiss@firm.example").expect("an address");
        check_password(password, &email, "Anna Kissné Kovács")
    }

    #[test]
    fn pass_phrases_of_any_length_are_taken() {
        assert_eq!(check("a green kettle on the roof"), Ok(()));
        assert_eq!(check(&"öt szép szűzlány őrült írót nyúz ".repeat(20)), Ok(()));
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        assert_eq!(check("short"), Err(PasswordRefusal::TooShort { length: 5 }));
        assert_eq!(check("Anna.Kiss@Firm.Example"), Err(PasswordRefusal::Known));
        assert_eq!(check("anna.kiss2026"), Err(PasswordRefusal::Known));
        assert_eq!(check("Anna Kissné Kovács"), Err(PasswordRefusal::Known));
        assert_eq!(check("Password1234"), Err(PasswordRefusal::Common));
        assert_eq!(check("aaaaaaaaaaaaaaa"), Err(PasswordRefusal::Common));
        assert_eq!(check(&"x1y2".repeat(300)), Err(PasswordRefusal::TooLong));
    }
}
