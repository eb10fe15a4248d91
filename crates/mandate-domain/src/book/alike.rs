//! What likely duplicates have in common: keys that two records of one thing share, however they were typed.
//!
//! Keys are compared as text, so that an index finds who shares one, and no record is held against every other. Not here:
//! the keys a database works out by itself (the address, the number and the domain of a person).

use unicode_normalization::UnicodeNormalization as _;

use crate::text::fold;

/// Words for a company's legal form, folded, as they stand at the end of its name.
const LEGAL_FORMS: [&str; 41] = [
    "ltd",
    "limited",
    "plc",
    "llc",
    "llp",
    "lp",
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "gmbh",
    "mbh",
    "ag",
    "kg",
    "kgaa",
    "ohg",
    "ug",
    "se",
    "ev",
    "sa",
    "sas",
    "sarl",
    "srl",
    "spa",
    "sl",
    "bv",
    "nv",
    "ab",
    "as",
    "asa",
    "aps",
    "oy",
    "oyj",
    "kft",
    "zrt",
    "nyrt",
    "pty",
    "pte",
    "sro",
];

/// Domains of mail for everybody: two accounts whose people write from there have nothing in common.
pub const PUBLIC_MAIL: [&str; 14] = [
    "@gmail.com",
    "@googlemail.com",
    "@outlook.com",
    "@hotmail.com",
    "@live.com",
    "@yahoo.com",
    "@icloud.com",
    "@me.com",
    "@aol.com",
    "@gmx.net",
    "@gmx.de",
    "@web.de",
    "@proton.me",
    "@protonmail.com",
];

/// Words that only join two others: `Smith and Sons` is `Smith & Sons`.
const JOINING: [&str; 4] = ["and", "und", "u", "et"];

/// Short forms that are no beginning of what they stand for, folded, with the beginning of that.
const SHORT_FORMS: [(&str, &str); 15] = [
    ("bros", "brothers"),
    ("ctr", "cent"),
    ("dept", "department"),
    ("dt", "deutsch"),
    ("govt", "government"),
    ("grp", "group"),
    ("hldg", "holding"),
    ("hldgs", "holdings"),
    ("intl", "international"),
    ("mfg", "manufacturing"),
    ("mgmt", "management"),
    ("natl", "national"),
    ("st", "saint"),
    ("st", "sankt"),
    ("svcs", "services"),
];

/// The longest beginning of a word that is looked for as its short form.
const LONGEST_CUT: usize = 12;

/// A company's name without its legal form, word by word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyName {
    words: Vec<CompanyWord>,
    /// The first word with its umlauts written out, where it has some: `mueller` of `Müller`. Folded, it has none left.
    first_written_out: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct CompanyWord {
    /// With umlauts as their plain letters, written out or not.
    text: String,
    /// As it is written.
    written: String,
    /// Ends in a point, and so may be the beginning of a word. One letter begins too many.
    is_cut: bool,
}

impl CompanyWord {
    fn read(token: &str) -> Self {
        let written = token.replace('.', "");
        let is_cut =
            token.strip_suffix('.').is_some_and(|cut| !cut.contains('.')) && written.chars().count() > 1;
        let text = written.replace("ae", "a").replace("oe", "o").replace("ue", "u");
        Self { text, written, is_cut }
    }

    /// Whether it is short for something.
    fn is_short(&self) -> bool {
        self.is_cut || SHORT_FORMS.iter().any(|(short, _)| *short == self.text)
    }

    /// Whether it may be short for `whole`.
    fn stands_for(&self, whole: &Self) -> bool {
        (self.is_cut && whole.text.starts_with(&self.text))
            || SHORT_FORMS.iter().any(|(short, long)| *short == self.text && whole.text.starts_with(long))
    }
}

impl CompanyName {
    /// Reads a name.
    pub fn read(name: &str) -> Self {
        let mut words = words_of(name);
        let written_out = with_umlauts_written_out(name).and_then(|name| words_of(&name).into_iter().next());
        let is_other = |word: &String| words.first().is_some_and(|first| first.written != *word);
        let first_written_out = written_out.map(|word| word.written).filter(is_other);
        if words.len() > 2 {
            let (first, last) = (words[0].clone(), words[words.len() - 1].clone());
            words.retain(|word| *word == first || *word == last || !JOINING.contains(&word.text.as_str()));
        }
        while words.len() > 1 && words.last().is_some_and(|word| LEGAL_FORMS.contains(&word.text.as_str())) {
            words.pop();
        }
        Self { words, first_written_out }
    }

    /// What names that differ by their legal form share: `brackwell` of `Brackwell GmbH & Co. KG` and `BRACKWELL`.
    pub fn key(&self) -> String {
        self.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// How many words it has.
    pub const fn n_words(&self) -> usize {
        self.words.len()
    }

    /// Whether a word of it is short for another.
    pub fn has_short(&self) -> bool {
        self.words.iter().any(CompanyWord::is_short)
    }

    /// The words that stand for themselves, with their places.
    pub fn whole_words(&self) -> impl Iterator<Item = (usize, &str)> {
        let whole = self.words.iter().enumerate().filter(|(_, word)| !word.is_short());
        whole.map(|(place, word)| (place, word.text.as_str()))
    }

    /// Whether it is the name of the same company, as far as the words say: each is the same, or short for the one at its place,
    /// and at least one is the same.
    pub fn is_likely(&self, other: &Self) -> bool {
        let same = |(one, two): (&CompanyWord, &CompanyWord)| one.text == two.text;
        let alike = |(one, two): (&CompanyWord, &CompanyWord)| {
            one.text == two.text || one.stands_for(two) || two.stands_for(one)
        };
        let pairs = || self.words.iter().zip(&other.words);
        self.words.len() == other.words.len() && pairs().all(alike) && pairs().any(same)
    }

    /// How the folded names begin that may be likely: with the first word, what it is short for, or what is short for it.
    pub fn beginnings(&self) -> Vec<String> {
        let Some(first) = self.words.first() else { return vec![] };
        let mut beginnings = cuts(&first.written);
        for (short, long) in SHORT_FORMS {
            if *short == *first.text {
                beginnings.push(long.to_owned());
            } else if first.text.starts_with(long) {
                beginnings.push(short.to_owned());
            }
        }
        beginnings.insert(0, first.written.clone());
        if first.text != first.written {
            beginnings.extend(cuts(&first.text));
            beginnings.push(first.text.clone());
        }
        if let Some(written_out) = &self.first_written_out {
            beginnings.extend(cuts(written_out));
            beginnings.push(written_out.clone());
        }
        beginnings
    }
}

/// The words of a name, folded. Points belong to the word ("S.A.", "Inc."), other signs part words.
fn words_of(name: &str) -> Vec<CompanyWord> {
    let plain: String =
        fold(name).chars().map(|it| if it.is_alphanumeric() || it == '.' { it } else { ' ' }).collect();
    plain.split_whitespace().map(CompanyWord::read).filter(|word| !word.text.is_empty()).collect()
}

/// With umlauts as two letters, be they one character or a letter and its points; none of a name that can have none.
fn with_umlauts_written_out(name: &str) -> Option<String> {
    const POINTS: char = '\u{308}';
    if name.is_ascii() {
        return None;
    }
    let mut written = String::with_capacity(name.len());
    let mut letters = name.nfd().peekable();
    while let Some(letter) = letters.next() {
        written.push(letter);
        if matches!(letter.to_ascii_lowercase(), 'a' | 'o' | 'u') && letters.next_if_eq(&POINTS).is_some() {
            written.push('e');
        }
    }
    Some(written)
}

/// The short forms that a word may be cut to, each with its point.
fn cuts(word: &str) -> Vec<String> {
    let letters = word.char_indices().map(|(at, _)| at).skip(2).take(LONGEST_CUT);
    letters.map(|until| format!("{}.", &word[..until])).collect()
}

/// A telephone number without what people put between its digits; empty where it is too short to tell anybody apart.
pub fn phone_key(phone: &str) -> String {
    let key: String = phone.chars().filter(|it| !" -().".contains(*it)).collect();
    if key.len() < LEAST_PHONE { String::new() } else { key }
}

/// Numbers shorter than this are extensions.
pub const LEAST_PHONE: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> String {
        CompanyName::read(name).key()
    }

    fn is_likely(one: &str, other: &str) -> bool {
        let (one, other) = (CompanyName::read(one), CompanyName::read(other));
        assert_eq!(one.is_likely(&other), other.is_likely(&one), "either way round");
        one.is_likely(&other)
    }

    #[test]
    fn a_legal_form_does_not_tell_two_companies_apart() {
        for name in [
            "Brackwell",
            "BRACKWELL Ltd.",
            "Brackwell GmbH & Co. KG",
            "Bräckwell, Inc",
            "brackwell s.a.",
            "Brackwell u. Co.",
            "Brackwell und Co. KG",
        ] {
            assert_eq!(key(name), "brackwell", "{name}");
        }
        assert_ne!(key("Brackwell Foods"), key("Brackwell"));
        assert_eq!(key("AG"), "ag", "a name that is nothing else stays");
        assert_eq!(key("Smith and Sons"), key("Smith & Sons Ltd"));
        assert_eq!(key("Und"), "und");
        assert_eq!(key("U.S. Steel Corp."), "us steel");
    }

    #[test]
    fn a_word_cut_short_is_the_word_at_its_place() {
        for (one, other) in [
            ("Österr. Bank", "Österreichische Bank AG"),
            ("Dt. Telekom", "Deutsche Telekom AG"),
            ("Intl. Paper", "International Paper Company"),
            ("Smith Bros.", "Smith Brothers Ltd"),
            ("Smith Bros", "Smith Brothers"),
            ("St. Gallen Druck", "Sankt Gallen Druck"),
            ("Nordholm Vers. AG", "Nordholm Versicherung"),
            ("Österr. Bank Intl.", "Österreichische Bank International"),
            ("Österr. Bank International", "Österreichische Bank Intl."),
            ("Öst. Bank", "Österr. Bank"),
            ("Müller u. Söhne Masch. GmbH", "Müller & Söhne Maschinenbau"),
            ("Österr. Post AG", "Oesterreichische Post AG"),
            ("Mueller Bau", "Müller Bau GmbH"),
        ] {
            assert!(is_likely(one, other), "{one} / {other}");
        }
    }

    #[test]
    fn a_beginning_alone_makes_nobody_alike() {
        for (one, other) in [
            ("Österr Bank", "Österreichische Bank"),
            ("Ö. Bank", "Österreichische Bank"),
            ("M. Huber", "Maria Huber"),
            ("Bank Österr.", "Österreichische Bank"),
            ("Österr. Bank", "Österreichische Bahn"),
            ("Österr. Bank Nord", "Österreichische Bank"),
            ("Österr. Intl.", "Österreichische International"),
            ("U.S. Steel", "Uster Steel"),
            ("Dt. Telekom", "Dutch Telekom"),
            ("Intl. Paper", "Internal Paper"),
            ("Nat. Bank", "Deutsche Bank"),
            ("Deutsche Bank", "Deutsche Bahn"),
        ] {
            assert!(!is_likely(one, other), "{one} / {other}");
        }
    }

    #[test]
    fn names_that_may_be_likely_begin_as_is_looked_for() {
        for (one, other) in [
            ("Österr. Bank", "Österreichische Bank"),
            ("Österreichische Bank", "Österr. Bank"),
            ("Deutsche Telekom", "Dt. Telekom"),
            ("Dt. Telekom", "Deutsche Telekom"),
            ("Mueller Bau", "Müller Bau"),
            ("Müller Bau", "Mueller Bau"),
            ("MU\u{308}LLER Bau", "Mueller Bau"),
            ("Österreichische Bank", "Oesterr. Bank"),
            ("Oesterr. Bank", "Österreichische Bank"),
            ("Österr. Bank", "Oesterreichische Bank"),
            ("Oesterreichische Bank", "Österr. Bank"),
        ] {
            assert!(is_likely(one, other), "{one} / {other}");
            let beginnings = CompanyName::read(one).beginnings();
            assert!(beginnings.iter().any(|it| fold(other).starts_with(it)), "{one}: {beginnings:?}");
        }
        assert_eq!(CompanyName::read("Acme").beginnings(), ["acme", "ac.", "acm."]);
    }

    #[test]
    fn a_number_is_the_same_however_it_is_parted() {
        assert_eq!(phone_key("+49 (89) 1234-567"), phone_key("+49.89.1234567"));
        assert_eq!(phone_key("-12"), "", "an extension says nothing");
    }
}
