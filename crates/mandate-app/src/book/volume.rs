//! For how long a volume in a file is: the book keeps what a line takes in a year, a spreadsheet often says a month.
//!
//! A column's name may say it ("Volume per month", `Menge p.a.`); where it does not, somebody is asked. What does not come to a whole
//! number in a year is refused, never rounded.

use mandate_domain::book::Kind;
use mandate_domain::text::fold;
use serde::{Deserialize, Serialize};

use super::mapping::DecimalSign;
use super::synonyms::synonym;

/// The field.
pub const VOLUME: &str = "annual_volume";

/// What a volume is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumePer {
    /// Twelve of them are a year's.
    Month,
    /// Four of them are a year's.
    Quarter,
    /// As the book keeps it.
    #[default]
    Year,
}

/// How a file's volumes were read, by its first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeRead {
    /// What they are for.
    pub per: VolumePer,
    /// The row of the first.
    pub row: usize,
    /// What stands there.
    pub given: String,
    /// What the book would keep.
    pub annual: String,
}

impl VolumePer {
    /// Every period.
    pub const ALL: [Self; 3] = [Self::Month, Self::Quarter, Self::Year];

    /// The word of forms, the API and the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|per| per.as_str() == word)
    }

    const fn in_a_year(self) -> i128 {
        match self {
            Self::Month => 12,
            Self::Quarter => 4,
            Self::Year => 1,
        }
    }

    /// The period that the name of a column says.
    pub fn said_by(head: &str) -> Option<Self> {
        let words = words(head);
        // "12 months" are a year, and "3 months" are not one of ours.
        if words.iter().any(|word| word.bytes().all(|byte| byte.is_ascii_digit())) {
            return None;
        }
        // Half a year, every other month, a quarter of an hour: none of ours.
        let parts = ["half", "halb", "semi", "hour", "stunde"];
        if words.iter().any(|word| {
            ["bi", "bimonthly", "biannual"].contains(&word.as_str())
                || parts.iter().any(|it| word.contains(it))
        }) {
            return None;
        }
        let of = |word: &str| {
            let begins = |with: &[&str]| with.iter().any(|it| word.starts_with(it));
            match word {
                _ if begins(&["month", "monat"]) || ["mtl", "pm"].contains(&word) => Some(Self::Month),
                _ if begins(&["quarter", "quartal"]) => Some(Self::Quarter),
                _ if begins(&["year", "annual", "annum", "jahr"]) || word == "pa" => Some(Self::Year),
                _ => None,
            }
        };
        let pa = words.windows(2).any(|pair| pair == ["p", "a"]).then_some(Self::Year);
        words.iter().find_map(|word| of(word)).or(pa)
    }

    /// The period that a unit says, after what is counted: `document/month`, `FTE per year`. A unit that *is* a period, such as a month of
    /// service, says nothing of how often it comes.
    fn said_by_unit(unit: &str) -> Option<Self> {
        let folded = fold(unit);
        let parts = [" per ", "/", " pro ", " je ", " a ", " p.", " pm", " pa"];
        let at = parts.iter().filter_map(|part| folded.find(part)).min().filter(|at| *at > 0)?;
        Self::said_by(folded.get(at..)?)
    }

    /// The period that every unit says.
    pub(super) fn said_by_units<'a>(units: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut said: Option<Self> = None;
        for unit in units {
            let per = Self::said_by_unit(unit)?;
            if said.is_some_and(|before| before != per) {
                return None;
            }
            said = Some(per);
        }
        said
    }

    /// Whether a column's name means a volume, whatever it is for.
    pub(super) fn is_volume(head: &str) -> bool {
        let said = |word: &String| {
            Self::said_by(word).is_none() && !["per", "pro", "je", "p", "a"].contains(&word.as_str())
        };
        let rest: Vec<String> = words(head).into_iter().filter(said).collect();
        synonym(Kind::ContractLine, &rest.join(" ")) == Some(VOLUME)
    }

    /// What `text` comes to in a year; of a number that is not whole then, how it comes to it, for the error to show. What is no
    /// number stays as it is, and so does what may have thousands in it.
    pub(super) fn annual(self, text: String, sign: DecimalSign) -> String {
        // What the field takes as a whole number is never let through as it stands: that would be a year's.
        let whole = || text.trim().parse::<i64>().ok().map(|units| (i128::from(units), 1));
        let number = decimal(&text).or_else(whole);
        let Some((units, scale)) = number.filter(|_| self != Self::Year) else { return text };
        if sign == DecimalSign::Either && scale == 1_000 {
            return text;
        }
        let all = units * self.in_a_year();
        if all % scale == 0 {
            return (all / scale).to_string();
        }
        let rest = (all % scale).unsigned_abs();
        let width = scale.to_string().len() - 1;
        let fraction = format!("{rest:0width$}");
        let (whole, fraction) = (all / scale, fraction.trim_end_matches('0'));
        format!("{} × {} = {whole}.{fraction}", text.trim(), self.in_a_year())
    }
}

/// Words without case, accents and signs.
fn words(head: &str) -> Vec<String> {
    let plain = fold(head).replace("p.a.", "pa").replace("p.m.", "pm");
    plain.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// A number as so many parts of `scale`.
fn decimal(text: &str) -> Option<(i128, i128)> {
    let (whole, fraction) = text.trim().split_once(['.', ',']).unwrap_or((text.trim(), ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = !whole.is_empty() && whole.len() <= 15 && fraction.len() <= 9;
    if !fits || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    Some((format!("{whole}{fraction}").parse().ok()?, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_says_for_how_long_after_what_is_counted() {
        let said = [
            ("document/month", Some(VolumePer::Month)),
            ("FTE / month", Some(VolumePer::Month)),
            ("calls per year", Some(VolumePer::Year)),
            ("Belege p.a.", Some(VolumePer::Year)),
            ("Rechnung pro Quartal", Some(VolumePer::Quarter)),
            ("invoice pm", Some(VolumePer::Month)),
            ("month", None),
            ("per month", None),
            ("consultant per quarter hour", None),
            ("visit/bi-monthly", None),
            ("document", None),
            ("page", None),
            ("user per device", None),
        ];
        for (unit, per) in said {
            assert_eq!(VolumePer::said_by_unit(unit), per, "{unit}");
        }
    }

    #[test]
    fn a_columns_name_says_what_a_volume_is_for() {
        for (head, per) in [
            ("Volume", None),
            ("Menge", None),
            ("Volume per month", Some(VolumePer::Month)),
            ("Monthly volume", Some(VolumePer::Month)),
            ("Monatsmenge", Some(VolumePer::Month)),
            ("Menge pro Quartal", Some(VolumePer::Quarter)),
            ("Volume/year", Some(VolumePer::Year)),
            ("Menge (p.a.)", Some(VolumePer::Year)),
            ("annual_volume", Some(VolumePer::Year)),
            ("Volume 12 months", None),
        ] {
            assert_eq!(VolumePer::said_by(head), per, "{head}");
        }
        for head in ["Volume per month", "Menge pro Quartal", "Volume", "Quantity p.a.", "Monthly volume"] {
            assert!(VolumePer::is_volume(head), "{head}");
        }
        assert!(!VolumePer::is_volume("Price per month") && !VolumePer::is_volume("Per"));
    }

    #[test]
    fn a_volume_comes_to_a_years_exactly_or_not_at_all() {
        let of = |per: VolumePer, sign, text: &str| per.annual(text.to_owned(), sign);
        let point = DecimalSign::Point;
        assert_eq!(of(VolumePer::Month, point, "1000"), "12000");
        assert_eq!(of(VolumePer::Month, point, "0.25"), "3");
        assert_eq!(of(VolumePer::Quarter, point, "100.25"), "401");
        assert_eq!(of(VolumePer::Quarter, point, "100.1"), "100.1 × 4 = 400.4");
        assert_eq!(of(VolumePer::Year, point, "100.1"), "100.1");
        assert_eq!(of(VolumePer::Quarter, DecimalSign::Either, "1.250"), "1.250", "may be thousands");
        assert_eq!(of(VolumePer::Month, point, "many"), "many");
    }

    #[test]
    fn what_the_field_takes_as_a_whole_number_is_never_left_for_a_months() {
        for text in ["+100", " +7 ", "-5", "1234567890123456", "0000000000000100", "9223372036854775807"] {
            let units: i128 = text.trim().parse().expect("a whole number");
            for sign in DecimalSign::ALL {
                let annual = VolumePer::Month.annual(text.to_owned(), sign);
                assert_eq!(annual.parse(), Ok(units * 12), "{text}");
                assert_eq!(VolumePer::Year.annual(text.to_owned(), sign), text);
            }
        }
    }
}
