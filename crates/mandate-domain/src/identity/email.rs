//! The address a user signs in with: one `@`, no white space, at most 254 characters.
//!
//! Addresses are compared in lower case; the form as typed is kept for letters. Whether mail arrives is not asked.

use std::fmt;

/// An address as typed, trimmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an e-mail address; write name@firm.example")]
pub struct EmailError {
    /// What was given, cut to 60 characters.
    pub text: String,
}

impl Email {
    /// Reads an address.
    ///
    /// # Errors
    /// [`EmailError`] when `text` has no name, no domain, white space or control characters, or is too long.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let trimmed = text.trim();
        let refused = || EmailError { text: trimmed.chars().take(60).collect() };
        let (name, domain) = trimmed.rsplit_once('@').ok_or_else(refused)?;
        let odd = |character: char| character.is_whitespace() || character.is_control() || character == '@';
        let whole = !name.is_empty() && !domain.is_empty() && trimmed.chars().count() <= 254;
        if whole && !name.contains(odd) && !domain.contains(odd) && !domain.starts_with('.') {
            Ok(Self(trimmed.to_owned()))
        } else {
            Err(refused())
        }
    }

    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which addresses are compared.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_a_name_and_a_domain() {
        for bad in
            ["", "anna", "@firm.example", "anna@", "an na@firm.example", "a@b@c", "anna@firm\n.example"]
        {
            assert!(Email::parse(bad).is_err(), "{bad:?} was taken");
        }
        let email = Email::parse("  Anna.Kiss@Firm.Example ").expect("an address");
        assert_eq!(
            (email.as_str(), email.folded().as_str()),
            ("Anna.Kiss@Firm.Example", "anna.kiss@firm.example")
        );
    }
}
