//! How a file of somebody else's making is read: which of its columns is which field, what its words, dates and amounts mean.
//!
//! Without a mapping a file has the fields' own names. A mapping goes with its file through check, import and the list of
//! errors, and is remembered under the name of where the file comes from. Not here: what it is guessed from (`guess`).

use std::collections::BTreeMap;

use jiff::civil::Date;
use mandate_domain::book::{Shape, Spec, parts};
use mandate_domain::text::fold;
use serde::{Deserialize, Serialize};

use super::volume::{VOLUME, VolumePer};
use crate::exchange::Encoding;
use crate::exchange::rows::HowRead;

/// In which order a date has day, month and year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// `2027-03-31`.
    #[default]
    YearFirst,
    /// `31.3.2027`, `31/03/2027`.
    DayFirst,
    /// `3/31/2027`.
    MonthFirst,
}

impl DateOrder {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::YearFirst, Self::DayFirst, Self::MonthFirst];

    /// The word of forms, the API and the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::YearFirst => "year_first",
            Self::DayFirst => "day_first",
            Self::MonthFirst => "month_first",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.as_str() == word)
    }

    /// The date in `text`, with whatever time follows it left out; `None` when it is none in this order.
    pub fn read(self, text: &str) -> Option<Date> {
        let day = text.trim().split([' ', 'T']).next().unwrap_or_default();
        let parts: Vec<&str> = day.split(['.', '/', '-']).collect();
        let [first, second, third] = parts[..] else { return None };
        let (year, month, day) = match self {
            Self::YearFirst => (first, second, third),
            Self::DayFirst => (third, second, first),
            Self::MonthFirst => (third, first, second),
        };
        // Two digits say no century.
        if year.len() != 4 || month.len() > 2 || day.len() > 2 {
            return None;
        }
        Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
    }
}

/// What parts whole units from their fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalSign {
    /// Either, and no thousands separators: as files of our own making have it.
    #[default]
    Either,
    /// `1,234.50`.
    Point,
    /// `1.234,50`.
    Comma,
}

impl DecimalSign {
    /// Every sign.
    pub const ALL: [Self; 3] = [Self::Either, Self::Point, Self::Comma];

    /// The word of forms, the API and the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Either => "either",
            Self::Point => "point",
            Self::Comma => "comma",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sign| sign.as_str() == word)
    }

    /// The number in `text` without thousands separators and with a point; as it is when its groups are not of three digits.
    fn plain(self, text: &str) -> String {
        let (thousands, sign) = match self {
            Self::Either => return text.to_owned(),
            Self::Point => (",", "."),
            Self::Comma => (".", ","),
        };
        let bare: String =
            text.chars().filter(|it| !matches!(it, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’')).collect();
        let (whole, fraction) = bare.split_once(sign).unwrap_or((&bare, ""));
        let mut groups = whole.split(thousands);
        let first = groups.next().unwrap_or_default().len();
        let in_groups =
            groups.clone().next().is_none() || (first <= 4 && groups.all(|group| group.len() == 3));
        if !in_groups {
            return text.to_owned();
        }
        let whole = whole.replace(thousands, "");
        if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
    }
}

/// What happens to a row whose id is unknown while a record looks like it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alike {
    /// It is made, and nobody looks.
    #[default]
    Create,
    /// It is left out.
    Skip,
    /// That record is changed, and takes the row's id if it has none.
    Update,
}

impl Alike {
    /// Every answer.
    pub const ALL: [Self; 3] = [Self::Skip, Self::Update, Self::Create];

    /// The word of forms, the API and the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Skip => "skip",
            Self::Update => "update",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alike| alike.as_str() == word)
    }
}

/// What an empty cell says of a record that is in the book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyCells {
    /// Nothing: what the field holds stays. Other programs leave out what they do not know.
    #[default]
    Keep,
    /// That the field is empty.
    Clear,
}

impl EmptyCells {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Keep, Self::Clear];

    /// The word of forms and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Clear => "clear",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}

/// What a cell means that has several ids of which the book takes one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeveralIds {
    /// It is one id as it stands, which nothing has.
    #[default]
    AsTheyStand,
    /// The first counts.
    First,
}

impl SeveralIds {
    /// Both.
    pub const ALL: [Self; 2] = [Self::First, Self::AsTheyStand];

    /// The word of forms and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AsTheyStand => "as_they_stand",
            Self::First => "first",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}

/// How a file is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// Which field each column holds, by the column's name; one that is not here is left out. `price@EUR` holds that field in this
    /// currency: columns side by side, each a record of its own.
    pub columns: BTreeMap<String, String>,
    /// What every row has in a field that no column holds.
    pub fixed: BTreeMap<String, String>,
    /// What a new record has in a field that nothing in its row gives; of related records `fixed` counts for new ones alone, too.
    pub defaults: BTreeMap<String, String>,
    /// What the file's words mean in a field of choices, by field and folded word.
    pub words: BTreeMap<String, BTreeMap<String, String>>,
    /// What names in the file mean: the name in the book, by field and folded name.
    pub names: BTreeMap<String, BTreeMap<String, String>>,
    /// Its dates.
    pub dates: DateOrder,
    /// Its amounts and numbers.
    pub decimal: DecimalSign,
    /// What its volumes are for, where somebody or the file says so; a value that every row has is a year's.
    pub volume_per: Option<VolumePer>,
    /// What its empty cells say; without a mapping they say that a field is empty.
    pub empty_cells: EmptyCells,
    /// What several ids in one cell mean.
    pub several_ids: SeveralIds,
    /// Its encoding, where somebody said so.
    pub encoding: Option<String>,
    /// What stands between its cells, where somebody said so.
    pub delimiter: Option<char>,
    /// Whether it is looked for records that look like new ones, and what happens then.
    pub alike: Option<Alike>,
    /// Rows for which something else was chosen.
    pub alike_rows: BTreeMap<usize, Alike>,
    /// Where the file comes from; the mapping is remembered under this name.
    pub source: String,
}

impl Mapping {
    /// How the file's text is read.
    pub fn how_read(&self) -> HowRead {
        HowRead {
            encoding: self.encoding.as_deref().and_then(Encoding::parse),
            delimiter: self.delimiter.and_then(|delimiter| u8::try_from(delimiter).ok()),
            no_footer: false,
        }
    }

    /// The column that holds `field`.
    pub fn column_of(&self, field: &str) -> Option<&str> {
        self.columns.iter().find(|(_, held)| *held == field).map(|(head, _)| head.as_str())
    }

    /// What its volumes are for: as was said, else as the name of their column says, else a year.
    pub fn volume_per(&self) -> VolumePer {
        let by_name = || self.column_of(VOLUME).and_then(VolumePer::said_by);
        self.volume_per.or_else(by_name).unwrap_or_default()
    }

    /// Settles what volumes are for, once it is known which column holds them: what was `said` of this column, else what its name
    /// says, else what was said of another. It stays open where none of them says it.
    pub fn settle_volume(&mut self, said: Option<(&str, VolumePer)>) {
        let head = self.column_of(VOLUME);
        let of_it = said.filter(|(column, _)| head == Some(*column)).map(|(_, per)| per);
        let by_name = || head.and_then(VolumePer::said_by);
        let of_other = || said.map(|(_, per)| per);
        self.volume_per = of_it.or_else(by_name).or_else(of_other);
    }

    /// What is done about a row that looks like a record; `None` when nobody looks.
    pub fn alike_of(&self, row: usize) -> Option<Alike> {
        let alike = self.alike?;
        Some(self.alike_rows.get(&row).copied().unwrap_or(alike))
    }

    /// What `cell` says in `spec`, as a file of our own making would. What cannot be read stays as it is, so that the error
    /// shows what was there.
    pub fn read(&self, spec: &Spec, cell: String) -> String {
        match spec.shape {
            Shape::Date => self.dates.read(&cell).map_or(cell, |date| date.to_string()),
            Shape::Month => self.month(&cell).unwrap_or(cell),
            Shape::Whole(..) if spec.name == VOLUME => {
                self.volume_per().annual(self.decimal.plain(&cell), self.decimal)
            }
            Shape::Money | Shape::Amount | Shape::Rate | Shape::Whole(..) => self.decimal.plain(&cell),
            Shape::Choice(_) | Shape::Country => {
                let meant = self.words.get(spec.name).and_then(|words| words.get(&fold(&cell)));
                meant.cloned().unwrap_or(cell)
            }
            _ if spec.shape.referent().is_some() => self.meant(spec, (spec.name, cell)),
            // A column that named records and makes them too since: what was said of its names holds.
            _ => match spec.name.rsplit_once('.') {
                Some((path, "name" | "title")) => self.meant(spec, (path, cell)),
                _ => cell,
            },
        }
    }

    /// The names in the book of what `cell` names, as was said of `field`.
    fn meant(&self, spec: &Spec, (field, cell): (&str, String)) -> String {
        let Some(names) = self.names.get(field) else { return cell };
        let meant = |text: &str| names.get(&fold(text)).cloned();
        if !spec.shape.takes_several() {
            return meant(&cell).unwrap_or(cell);
        }
        let each = parts(&cell).map(|part| meant(part).unwrap_or_else(|| part.to_owned()));
        each.collect::<Vec<_>>().join(";")
    }

    /// The month in `cell`: as the month of a day, or as `11/2026` and `11.2026`.
    fn month(&self, cell: &str) -> Option<String> {
        if let Some(day) = self.dates.read(cell) {
            return Some(day.strftime("%Y-%m").to_string());
        }
        let (month, year) = cell.trim().split_once(['/', '.'])?;
        let (month, year): (i8, i16) = (month.parse().ok()?, year.parse().ok().filter(|_| year.len() == 4)?);
        (1..=12).contains(&month).then(|| format!("{year}-{month:02}"))
    }

    /// As it is kept.
    pub fn to_text(&self) -> String {
        serde_json::to_value(self).map(|value| value.to_string()).unwrap_or_default()
    }

    /// From what was kept, or a caller sent.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn from_text(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_files_order_and_the_30th_of_february_in_none() {
        let read = |order: DateOrder, text| order.read(text).map(|date| date.to_string());
        assert_eq!(read(DateOrder::DayFirst, "31.3.2027").as_deref(), Some("2027-03-31"));
        assert_eq!(read(DateOrder::MonthFirst, "3/31/2027 10:15").as_deref(), Some("2027-03-31"));
        assert_eq!(read(DateOrder::YearFirst, "2027-03-31T00:00:00Z").as_deref(), Some("2027-03-31"));
        for order in DateOrder::ALL {
            assert_eq!(
                [read(order, "30.02.2027"), read(order, "2027-02-30"), read(order, "31.3.27")],
                [None, None, None]
            );
        }
    }

    #[test]
    fn thousands_go_only_where_they_stand_in_groups() {
        assert_eq!(DecimalSign::Comma.plain("1.234.567,50"), "1234567.50");
        assert_eq!(DecimalSign::Point.plain("1,234.5"), "1234.5");
        assert_eq!(DecimalSign::Comma.plain("1 234,5"), "1234.5");
        assert_eq!(
            DecimalSign::Comma.plain("12.34"),
            "12.34",
            "no group of three: left for the error to show"
        );
        assert_eq!(DecimalSign::Either.plain("1.234,50"), "1.234,50");
    }

    #[test]
    fn a_month_is_read_from_a_day_and_from_what_people_write() {
        let mapping = Mapping { dates: DateOrder::DayFirst, ..Mapping::default() };
        let month = Spec::required("month", Shape::Month);
        let read =
            ["2026-11", "01.11.2026", "11/2026", "13/2026"].map(|text| mapping.read(&month, text.to_owned()));
        assert_eq!(read, ["2026-11", "2026-11", "2026-11", "13/2026"]);
        let amount = Spec::optional("revenue", Shape::Amount);
        let mapping = Mapping { decimal: DecimalSign::Comma, ..Mapping::default() };
        assert_eq!(mapping.read(&amount, "-8.000,50".to_owned()), "-8000.50");
    }

    #[test]
    fn what_volumes_are_for_is_said_of_their_column_before_its_name_says_it() {
        let settled = |head: &str, said| {
            let mut mapping = Mapping::default();
            mapping.columns.insert(head.to_owned(), VOLUME.to_owned());
            mapping.settle_volume(said);
            mapping.volume_per
        };
        let (month, quarter, year) = (VolumePer::Month, VolumePer::Quarter, VolumePer::Year);
        assert_eq!(settled("Volume per month", None), Some(month), "nobody said anything");
        assert_eq!(settled("Monthly volume", Some(("Monthly volume", year))), Some(year), "somebody did");
        assert_eq!(
            settled("Yearly commitment", Some(("Monthly volume", month))),
            Some(year),
            "of another column"
        );
        assert_eq!(
            settled("Menge", Some(("Monthly volume", quarter))),
            Some(quarter),
            "whose name says nothing"
        );
        assert_eq!(settled("Menge", None), None, "it stays open");
        let mut of_the_api = Mapping::default();
        assert_eq!(of_the_api.volume_per(), year);
        of_the_api.columns.insert("Volume per month".to_owned(), VOLUME.to_owned());
        assert_eq!(of_the_api.volume_per(), month, "its name counts where nothing was said");
    }

    #[test]
    fn a_mapping_comes_back_as_it_was_kept() {
        let mut mapping =
            Mapping { source: "CRM".to_owned(), alike: Some(Alike::Skip), ..Mapping::default() };
        mapping.columns.insert("Account Name".to_owned(), "name".to_owned());
        mapping.alike_rows.insert(7, Alike::Update);
        assert_eq!(Mapping::from_text(&mapping.to_text()), Ok(mapping));
        assert!(Mapping::from_text("{\"colums\":{}}").is_err());
    }
}
