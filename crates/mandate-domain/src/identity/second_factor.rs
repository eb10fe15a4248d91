//! Second factors: whom the firm asks for one, which time step a code may be of, and how recovery codes are written.
//!
//! A code is good for its own half minute and the ones beside it, and once: a step that was used, and any before it,
//! counts no more. Not here: how codes are computed and secrets kept (`mandate-app`).

use super::{Role, User};

/// Seconds a code stands for.
pub const STEP_SECONDS: i64 = 30;
/// Recovery codes a person is given at a time.
pub const RECOVERY_CODES: usize = 10;

/// Signs of recovery codes: no digit and no letter that is easily taken for another.
const SIGNS: &[u8; 28] = b"234567ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS: usize = 4;
const GROUP_SIGNS: usize = 4;

/// Whom the firm asks for a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondFactorRule {
    /// Everyone decides for themselves.
    #[default]
    Nobody,
    /// Those who keep the system.
    Administrators,
    /// Those of the clients' organisations.
    ClientUsers,
    /// All.
    Everybody,
}

impl SecondFactorRule {
    /// Every rule, in the order pages list them.
    pub const ALL: [Self; 4] = [Self::Nobody, Self::Administrators, Self::ClientUsers, Self::Everybody];

    /// The word kept in the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Administrators => "administrators",
            Self::ClientUsers => "client_users",
            Self::Everybody => "everybody",
        }
    }

    /// Reads the word kept in the settings.
    ///
    /// # Errors
    /// [`SecondFactorRuleError`] when no rule has that word.
    pub fn parse(word: &str) -> Result<Self, SecondFactorRuleError> {
        let found = Self::ALL.into_iter().find(|rule| rule.as_str() == word);
        found.ok_or_else(|| SecondFactorRuleError { word: word.chars().take(40).collect() })
    }

    /// Whether `user` needs a second factor.
    pub fn requires(self, user: &User) -> bool {
        match self {
            Self::Nobody => false,
            Self::Administrators => user.roles.contains(&Role::Administrator),
            Self::ClientUsers => user.is_of_a_client(),
            Self::Everybody => true,
        }
    }
}

/// Why a word is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{word}` is no rule for second factors; rules are nobody, administrators, client_users and everybody"
)]
pub struct SecondFactorRuleError {
    /// What was given, cut.
    pub word: String,
}

/// How the second factor of a session was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownFactor {
    /// By a code or a recovery code of ours.
    Own,
    /// By the sign-on provider, whom the firm trusts with it.
    Provider,
    /// By a passkey, whose device asked for a finger, a face or a PIN.
    Passkey,
}

impl ShownFactor {
    /// The word kept in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Provider => "provider",
            Self::Passkey => "passkey",
        }
    }

    /// Reads the word kept in the table.
    ///
    /// # Errors
    /// [`ShownFactorError`] when there is no such word.
    pub fn parse(word: &str) -> Result<Self, ShownFactorError> {
        match word {
            "own" => Ok(Self::Own),
            "provider" => Ok(Self::Provider),
            "passkey" => Ok(Self::Passkey),
            _ => Err(ShownFactorError { word: word.to_owned() }),
        }
    }
}

/// Why a word does not say how a second factor was shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` does not say how a second factor was shown; words are own, provider and passkey")]
pub struct ShownFactorError {
    /// What was given.
    pub word: String,
}

/// The steps of which a code is taken at `seconds` since 1970, oldest first: the present one and its neighbours,
/// without those up to `last_used`.
pub fn open_steps(seconds: i64, last_used: i64) -> impl Iterator<Item = i64> {
    let present = seconds.div_euclid(STEP_SECONDS);
    (present - 1..=present + 1).filter(move |step| *step > last_used)
}

/// A recovery code out of random bytes, such as `K7WM-2QXD-H4TB-6RNC`: some 76 bits.
pub fn recovery_code(random: [u8; 32]) -> String {
    let mut code = String::with_capacity(GROUPS * (GROUP_SIGNS + 1));
    // Two bytes a sign: what the remainder favours stays below a thousandth of a bit.
    for (idx, pair) in random.chunks_exact(2).take(GROUPS * GROUP_SIGNS).enumerate() {
        if idx > 0 && idx % GROUP_SIGNS == 0 {
            code.push('-');
        }
        let number = usize::from(u16::from_le_bytes([pair[0], pair[1]]));
        code.push(char::from(SIGNS[number % SIGNS.len()]));
    }
    code
}

/// A recovery code as it was typed, in the form that is kept: capitals, no blanks or hyphens. `None` for what cannot be
/// one.
pub fn folded_recovery_code(typed: &str) -> Option<String> {
    let signs: String = typed
        .chars()
        .filter(|sign| !sign.is_whitespace() && *sign != '-')
        .map(|sign| sign.to_ascii_uppercase())
        .take(GROUPS * GROUP_SIGNS + 1)
        .collect();
    let fits = signs.len() == GROUPS * GROUP_SIGNS && signs.bytes().all(|sign| SIGNS.contains(&sign));
    fits.then_some(signs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_taken_half_a_minute_early_or_late_and_never_again() {
        let now = 1_800_000_015;
        let present = now / STEP_SECONDS;
        let steps = |last_used| open_steps(now, last_used).collect::<Vec<_>>();
        assert_eq!(steps(0), [present - 1, present, present + 1]);
        assert_eq!(steps(present), [present + 1]);
        assert_eq!(steps(present + 1), []);
    }

    #[test]
    fn a_recovery_code_is_read_as_people_type_it() {
        let code = recovery_code([251; 32]);
        assert_eq!(code.len(), 19);
        let folded = code.replace('-', "");
        assert_eq!(folded_recovery_code(&code), Some(folded.clone()));
        assert_eq!(
            folded_recovery_code(&format!(" {} ", code.to_lowercase().replace('-', " "))),
            Some(folded)
        );
        assert_eq!(folded_recovery_code("123456"), None);
        assert_eq!(folded_recovery_code(&format!("{code}X")), None);
        assert_eq!(folded_recovery_code(&code.replace(&code[..1], "0")), None);
    }

    #[test]
    fn every_rule_is_read_back() {
        for rule in SecondFactorRule::ALL {
            assert_eq!(SecondFactorRule::parse(rule.as_str()), Ok(rule));
        }
        assert!(SecondFactorRule::parse("some").is_err());
        for shown in [ShownFactor::Own, ShownFactor::Provider, ShownFactor::Passkey] {
            assert_eq!(ShownFactor::parse(shown.as_str()), Ok(shown));
        }
        assert!(ShownFactor::parse("").is_err());
    }
}
