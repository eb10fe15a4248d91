//! Countries: what they are called, and whose working day is theirs.
//!
//! The table `countries.tsv` has of each its two- and three-letter code (ISO 3166-1), the English short name that is kept, its IANA zones, the
//! one of most of its offices first (more than one only where their clocks differ), and other names, German ones among them. Names and codes
//! are of Unicode CLDR and Debian's iso-codes, zones of the IANA time zone database.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::fold;

/// A country.
#[derive(Debug, PartialEq, Eq)]
pub struct Country {
    /// Two letters, ISO 3166-1.
    pub code: &'static str,
    /// Its short name in English.
    pub name: &'static str,
    /// IANA zones, that of most of its offices first.
    zones: Vec<&'static str>,
}

struct Countries {
    all: Vec<Country>,
    by_name: HashMap<String, usize>,
}

static COUNTRIES: LazyLock<Countries> = LazyLock::new(|| {
    let mut countries = Countries { all: vec![], by_name: HashMap::new() };
    for line in include_str!("countries.tsv").lines() {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or_default();
        let (code, code_of_three, name, zones, others) = (cell(), cell(), cell(), cell(), cell());
        for known in [code, code_of_three, name].into_iter().chain(others.split('|')) {
            countries.by_name.entry(key(known)).or_insert(countries.all.len());
        }
        countries.all.push(Country { code, name, zones: zones.split(' ').collect() });
    }
    countries
});

/// Letters without case, accents and signs: `U.S.A.` is `USA`.
fn key(text: &str) -> String {
    fold(text).chars().filter(|letter| letter.is_alphanumeric()).collect()
}

impl Country {
    /// The country that `text` names: a code, or a name in English or German. `NA`, `n/a` is what a list says of what it does not know, or a
    /// continent, before it is Namibia.
    pub fn find(text: &str) -> Option<&'static Self> {
        let key = key(text);
        let at = COUNTRIES.by_name.get(&key).filter(|_| !key.is_empty() && key != "na")?;
        COUNTRIES.all.get(*at)
    }

    /// Every country, by its code.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        COUNTRIES.all.iter()
    }

    /// The zone of somebody there of whom no more is known: `usual` where that is one of its zones, else that of most offices.
    pub fn zone<'a>(&self, usual: &'a str) -> &'a str
    where
        'static: 'a,
    {
        if self.zones.contains(&usual) { usual } else { self.zones.first().copied().unwrap_or("UTC") }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn a_country_is_found_by_code_and_by_what_people_write() {
        let found = |text: &str| Country::find(text).map(|it| it.name);
        for text in ["DE", "deu", "Germany", " deutschland ", "Federal Republic of Germany"] {
            assert_eq!(found(text), Some("Germany"), "{text}");
        }
        for text in ["U.S.A.", "United States of America", "us"] {
            assert_eq!(found(text), Some("United States"), "{text}");
        }
        for text in ["Österreich", "Austria", "Oesterreich"] {
            assert_eq!(found(text), Some("Austria"), "{text}");
        }
        assert_eq!(found("Côte d'Ivoire"), found("Ivory Coast"));
        for text in ["", "  ", "-", "n/a", "NA", "Deutchland", "Europe"] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn the_zone_is_the_usual_one_where_the_country_has_it() {
        let zone = |name: &str, usual| Country::find(name).expect("a country").zone(usual);
        assert_eq!(zone("US", "Europe/Berlin"), "America/New_York");
        assert_eq!(zone("US", "America/Chicago"), "America/Chicago");
        assert_eq!(zone("CH", "Europe/Berlin"), "Europe/Zurich");
    }

    #[test]
    fn every_country_has_a_name_of_its_own_and_zones_that_are_known() {
        let mut names = BTreeSet::new();
        for country in Country::all() {
            assert!(names.insert(country.name), "{} stands twice", country.name);
            assert_eq!(Country::find(country.name), Some(country), "{}", country.name);
            let by_code = Country::find(country.code);
            assert_eq!(by_code, Some(country).filter(|it| it.code != "NA"), "{}", country.code);
            for zone in &country.zones {
                assert_eq!(
                    TimeZone::get(zone).ok().as_ref().and_then(TimeZone::iana_name),
                    Some(*zone),
                    "{}",
                    country.name
                );
            }
        }
        assert!(names.len() > 240);
    }
}
