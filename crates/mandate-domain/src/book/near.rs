//! Names that are probably meant by a misspelt one: a letter or two apart, the same but for a legal form, or with words cut short.
//!
//! Only a question to a person ("did you mean"), never an answer. What differs in a digit is another one, however near.

use std::iter::successors;

use super::alike::CompanyName;
use super::record::Kind;
use crate::text::fold;

/// Names with fewer letters are near to too many.
const LEAST_LETTERS: usize = 4;
/// Names with as many may differ in two letters.
const LONG: usize = 8;
/// The most letters in which two names may differ.
const MOST_APART: u32 = 2;

/// A name, ready to be held against many.
#[derive(Clone, Debug)]
pub struct NearName {
    letters: Vec<char>,
    digits: String,
    /// Which letters it has, a bit each.
    marks: u64,
    company: Option<CompanyName>,
    has_short: bool,
}

impl NearName {
    /// Reads the name of a record of `kind`: of accounts the legal form says nothing.
    pub fn read(kind: Kind, name: &str) -> Self {
        let company = (kind == Kind::Account).then(|| CompanyName::read(name));
        let text = company.as_ref().map_or_else(|| fold(name), CompanyName::key);
        let letters: Vec<char> = text.chars().collect();
        let marks = letters.iter().fold(0, |marks, letter| marks | 1 << (u32::from(*letter) % 64));
        let digits = letters.iter().filter(|letter| letter.is_ascii_digit()).collect();
        let has_short = company.as_ref().is_some_and(CompanyName::has_short);
        Self { letters, digits, marks, company, has_short }
    }

    /// How far `other` is, 0 to 2; `None` where it is too far to be meant.
    pub fn distance(&self, other: &Self) -> Option<usize> {
        // Most of a million names go here, by their letters alone: one put in another's place sets one bit and clears one.
        let differ = (self.marks ^ other.marks).count_ones();
        let may_be_short = self.has_short || other.has_short;
        if differ > 2 * MOST_APART && !may_be_short {
            return None;
        }
        if self.letters.is_empty() || self.digits != other.digits {
            return None;
        }
        let shorter = self.letters.len().min(other.letters.len());
        let most = match shorter {
            _ if shorter >= LONG => 2,
            _ if shorter >= LEAST_LETTERS => 1,
            _ => 0,
        };
        let is_short_for = || match (&self.company, &other.company) {
            (Some(one), Some(two)) if may_be_short => one.is_likely(two),
            _ => false,
        };
        let by_letters = (differ <= 2 * MOST_APART).then(|| self.letters_apart(other, most)).flatten();
        by_letters.or_else(|| is_short_for().then_some(1))
    }

    fn letters_apart(&self, other: &Self, most: usize) -> Option<usize> {
        let may_be = self.letters.len().abs_diff(other.letters.len()) <= most;
        may_be.then(|| apart(&self.letters, &other.letters)).filter(|distance| *distance <= most)
    }
}

/// How many letters must be put in, left out, replaced, or swapped with the next one.
///
/// # Source
/// Optimal string alignment: Boytsov (2011), "Indexing methods for approximate dictionary searching", section 2.
fn apart(one: &[char], other: &[char]) -> usize {
    let first: Vec<usize> = successors(Some(0), |n| Some(n + 1)).take(other.len() + 1).collect();
    let (mut before, mut last) = (first.clone(), first);
    for (row, letter) in one.iter().enumerate() {
        let mut now = vec![row + 1];
        for (column, wanted) in other.iter().enumerate() {
            let replaced = last[column] + usize::from(letter != wanted);
            let mut least = replaced.min(last[column + 1] + 1).min(now[column] + 1);
            let is_swapped = row > 0 && column > 0 && one[row - 1] == *wanted && other[column - 1] == *letter;
            if is_swapped {
                least = least.min(before[column - 1] + 1);
            }
            now.push(least);
        }
        (before, last) = (last, now);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(kind: Kind, one: &str, other: &str) -> Option<usize> {
        let (one, other) = (NearName::read(kind, one), NearName::read(kind, other));
        assert_eq!(one.distance(&other), other.distance(&one), "either way round");
        one.distance(&other)
    }

    #[test]
    fn a_misspelt_name_is_near() {
        for (one, other, apart) in [
            ("Acme Gmbh Wein", "ACME GmbH Wien", 1),
            ("Müller Bau", "Muller Bau GmbH", 0),
            ("Mueller Bau", "Müller Bau", 0),
            ("Nordholm AG", "Nordholm", 0),
            ("Österr. Post", "Österreichische Post AG", 1),
            ("Brackwel Insurence", "Brackwell Insurance", 2),
        ] {
            assert_eq!(distance(Kind::Account, one, other), Some(apart), "{one} / {other}");
        }
        assert_eq!(distance(Kind::Person, "Anna Webber", "Anna Weber"), Some(1));
    }

    #[test]
    fn what_is_another_name_is_not() {
        for (one, other) in [
            ("Contract 2024", "Contract 2025"),
            ("Anna Weber", "Otto Klein"),
            ("Bo", "Jo"),
            ("", "Anna"),
            ("Weber", "Weberei"),
        ] {
            assert_eq!(distance(Kind::Product, one, other), None, "{one} / {other}");
        }
    }
}
