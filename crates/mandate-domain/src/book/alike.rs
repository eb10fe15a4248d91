//! What likely duplicates have in common: keys that two records of one thing share, however they were typed.
//!
//! Keys are compared as text, so that an index finds who shares one, and no record is held against every other. Not here:
//! the keys a database works out by itself (the address, the number and the domain of a person).

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

/// A company's name without its legal form: what `Brackwell GmbH & Co. KG` and `BRACKWELL` share.
pub fn company_key(name: &str) -> String {
    // Dots belong to the form ("S.A.", "Inc."), other signs part words.
    let plain: String = fold(name)
        .chars()
        .filter(|it| *it != '.')
        .map(|it| if it.is_alphanumeric() { it } else { ' ' })
        .collect();
    let mut words: Vec<&str> = plain.split_whitespace().collect();
    while words.len() > 1 && words.last().is_some_and(|word| LEGAL_FORMS.contains(word)) {
        words.pop();
    }
    words.join(" ")
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

    #[test]
    fn a_legal_form_does_not_tell_two_companies_apart() {
        for name in
            ["Brackwell", "BRACKWELL Ltd.", "Brackwell GmbH & Co. KG", "Bräckwell, Inc", "brackwell s.a."]
        {
            assert_eq!(company_key(name), "brackwell", "{name}");
        }
        assert_ne!(company_key("Brackwell Foods"), company_key("Brackwell"));
        assert_eq!(company_key("AG"), "ag", "a name that is nothing else stays");
    }

    #[test]
    fn a_number_is_the_same_however_it_is_parted() {
        assert_eq!(phone_key("+49 (89) 1234-567"), phone_key("+49.89.1234567"));
        assert_eq!(phone_key("-12"), "", "an extension says nothing");
    }
}
