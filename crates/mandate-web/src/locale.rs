//! How numbers, money, dates and times are written for one reader: their locale's marks, their zone.
//!
//! Grouping, decimal signs and date order come from ICU4X; where a currency's symbol stands is a short table here,
//! because ICU4X has no stable currency formats yet. Exports never pass here: they are ISO 8601 with decimal points.

use fixed_decimal::Decimal;
use icu_datetime::DateTimeFormatter;
use icu_datetime::fieldsets::{E, M, MD, T, YM, YMD};
use icu_datetime::input::{Date as IcuDate, Time};
use icu_decimal::DecimalFormatter;
use icu_locale_core::Locale;
use jiff::civil::{Date, DateTime as CivilDateTime};
use jiff::tz::TimeZone;
use mandate_domain::{Currency, Instant, Money, Month, NumberStyle};

/// Locales a reader may choose; the words are English so far, the formats are the locale's.
pub const LOCALES: [&str; 9] =
    ["en-GB", "en-US", "en-IE", "de-DE", "de-AT", "fr-FR", "es-ES", "nl-NL", "sv-SE"];

/// Formats of one locale.
pub struct Formats {
    tag: String,
    decimal: DecimalFormatter,
    day: DateTimeFormatter<YMD>,
    day_of_year: DateTimeFormatter<MD>,
    month: DateTimeFormatter<YM>,
    month_name: DateTimeFormatter<M>,
    month_in_full: DateTimeFormatter<M>,
    weekday: DateTimeFormatter<E>,
    time: DateTimeFormatter<T>,
    exact_time: DateTimeFormatter<T>,
}

/// Why a locale has no formats.
#[derive(Debug, thiserror::Error)]
#[error("no formats for the locale `{tag}`")]
pub struct FormatsError {
    tag: String,
}

impl Formats {
    /// The formats of `tag`, such as `en-GB`.
    ///
    /// # Errors
    /// [`FormatsError`] when `tag` is no locale.
    pub fn new(tag: &str) -> Result<Self, FormatsError> {
        Self::build(tag).ok_or_else(|| FormatsError { tag: tag.to_owned() })
    }

    fn build(tag: &str) -> Option<Self> {
        let locale = Locale::try_from_str(tag).ok()?;
        let prefs = || (&locale).into();
        Some(Self {
            tag: tag.to_owned(),
            decimal: DecimalFormatter::try_new((&locale).into(), Default::default()).ok()?,
            day: DateTimeFormatter::try_new(prefs(), YMD::medium()).ok()?,
            day_of_year: DateTimeFormatter::try_new(prefs(), MD::medium()).ok()?,
            month: DateTimeFormatter::try_new(prefs(), YM::long()).ok()?,
            month_name: DateTimeFormatter::try_new(prefs(), M::medium()).ok()?,
            month_in_full: DateTimeFormatter::try_new(prefs(), M::long()).ok()?,
            weekday: DateTimeFormatter::try_new(prefs(), E::medium()).ok()?,
            time: DateTimeFormatter::try_new(prefs(), T::hm()).ok()?,
            exact_time: DateTimeFormatter::try_new(prefs(), T::hms()).ok()?,
        })
    }

    /// The locale's tag.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// How this reader types numbers.
    pub fn number_style(&self) -> NumberStyle {
        match self.tag.get(..2) {
            Some("en") => NumberStyle::POINT,
            // A point parts nothing there.
            Some("fr" | "sv" | "hu") => NumberStyle::SPACED_COMMA,
            _ => NumberStyle::COMMA,
        }
    }

    fn decimals(&self, value: i128, decimals: i16) -> String {
        let mut decimal = Decimal::from(value);
        decimal.multiply_pow10(-decimals);
        self.decimal.format(&decimal).to_string().replace('-', "\u{2212}")
    }

    /// A whole number: `24,918`.
    pub fn number(&self, value: i64) -> String {
        self.decimals(value.into(), 0)
    }

    /// `value` divided by 10^`decimals`, with that many decimals.
    pub fn fixed(&self, value: i64, decimals: u8) -> String {
        self.decimals(value.into(), decimals.into())
    }

    /// Basis points as a percentage with one decimal and no sign: 9,634 gives `96.3`. Half rounds up.
    pub fn percent_figure(&self, basis_points: i64) -> String {
        self.decimals((i128::from(basis_points) + 5).div_euclid(10), 1)
    }

    /// Basis points as a percentage: `96.3%`.
    pub fn percent(&self, basis_points: i64) -> String {
        self.with_percent_sign(self.percent_figure(basis_points))
    }

    /// Millionths as a percentage with `decimals` decimals (at most 4): 634,200 gives `63.42%` at 2.
    pub fn percent_of_micro(&self, micro: i64, decimals: u8) -> String {
        let step = 10_i128.pow(4 - u32::from(decimals.min(4)));
        let rounded = (i128::from(micro) + step / 2).div_euclid(step);
        self.with_percent_sign(self.decimals(rounded, decimals.min(4).into()))
    }

    fn with_percent_sign(&self, figure: String) -> String {
        if self.tag.starts_with("en") || self.tag.starts_with("nl") {
            format!("{figure}%")
        } else {
            format!("{figure}\u{a0}%")
        }
    }

    /// A difference of two percentages, in points with its sign: `+2.1 pt`, `−0.4 pt`.
    pub fn points(&self, basis_points: i64) -> String {
        let figure = self.percent_figure(basis_points.abs());
        match basis_points {
            0 => format!("\u{b1}{figure} pt"),
            1.. => format!("+{figure} pt"),
            _ => format!("\u{2212}{figure} pt"),
        }
    }

    fn with_currency(&self, figure: &str, currency: Currency) -> String {
        let symbol = match currency.code() {
            "EUR" => "€",
            "GBP" => "£",
            "USD" => "$",
            "JPY" => "¥",
            "CHF" => "CHF",
            other => other,
        };
        let after = !(self.tag.starts_with("en") || self.tag.starts_with("nl"));
        let (minus, digits) = match figure.strip_prefix('\u{2212}') {
            Some(digits) => ("\u{2212}", digits),
            None => ("", figure),
        };
        if after {
            format!("{minus}{digits}\u{a0}{symbol}")
        } else if symbol.len() == 3 && symbol.is_ascii() || self.tag.starts_with("nl") {
            format!("{minus}{symbol}\u{a0}{digits}")
        } else {
            format!("{minus}{symbol}{digits}")
        }
    }

    /// An amount to the minor unit: `€3,200.00`.
    pub fn money(&self, money: Money) -> String {
        let digits = i16::try_from(money.currency.digits()).unwrap_or(2);
        self.with_currency(&self.decimals(money.minor.into(), digits), money.currency)
    }

    /// An amount in three or four significant figures: `€6.03m`, `€178,000`, `€3.12`.
    pub fn money_short(&self, money: Money) -> String {
        let scale = 10_i128.pow(money.currency.digits());
        let minor = i128::from(money.minor);
        let whole = minor.abs() / scale;
        if whole >= 1_000_000 {
            let hundredths = (minor + minor.signum() * scale * 5_000) / (scale * 10_000);
            let figure = self.decimals(hundredths, 2);
            let unit = if self.tag.starts_with("de") { "\u{a0}Mio." } else { "m" };
            return self.with_currency(&format!("{figure}{unit}"), money.currency);
        }
        if whole >= 1_000 {
            let rounded = (minor + minor.signum() * scale / 2) / scale;
            return self.with_currency(&self.decimals(rounded, 0), money.currency);
        }
        self.money(money)
    }

    /// A civil date, without the year when that is `today`'s: `30 Jun 2027`, `30 Jun`.
    pub fn date(&self, day: Date, today: Date) -> String {
        if day.year() == today.year() {
            match icu_date(day) {
                Some(date) => self.day_of_year.format(&date).to_string(),
                None => day.to_string(),
            }
        } else {
            self.full_date(day)
        }
    }

    /// A civil date with its year.
    pub fn full_date(&self, day: Date) -> String {
        icu_date(day).map_or_else(|| day.to_string(), |date| self.day.format(&date).to_string())
    }

    /// A short weekday: `Fri`.
    pub fn weekday(&self, day: Date) -> String {
        icu_date(day).map_or_else(String::new, |date| self.weekday.format(&date).to_string())
    }

    /// A month with its year: `October 2026`.
    pub fn month(&self, month: Month) -> String {
        icu_date(month.first_day())
            .map_or_else(|| month.to_string(), |date| self.month.format(&date).to_string())
    }

    /// A short month name: `Oct`.
    pub fn month_name(&self, month: Month) -> String {
        icu_date(month.first_day())
            .map_or_else(|| month.to_string(), |date| self.month_name.format(&date).to_string())
    }

    /// A month's name without a year: `October`.
    pub fn month_in_full(&self, month: Month) -> String {
        icu_date(month.first_day())
            .map_or_else(|| month.to_string(), |date| self.month_in_full.format(&date).to_string())
    }

    /// A time of day: `16:40`.
    pub fn time(&self, at: CivilDateTime) -> String {
        icu_time(at).map_or_else(|| at.time().to_string(), |time| self.time.format(&time).to_string())
    }

    /// A time of day to the second: `16:40:12`.
    pub fn exact_time(&self, at: CivilDateTime) -> String {
        icu_time(at).map_or_else(|| at.time().to_string(), |time| self.exact_time.format(&time).to_string())
    }

    /// An instant in `zone`: `19 Nov, 16:20`; with the year when that is not `today`'s.
    pub fn moment(&self, at: Instant, zone: &TimeZone, today: Date) -> String {
        let civil = zone.to_datetime(at.timestamp());
        format!("{}, {}", self.date(civil.date(), today), self.time(civil))
    }

    /// Seconds as `4:43:08`.
    pub fn clock(&self, seconds: i64) -> String {
        let sign = if seconds < 0 { "\u{2212}" } else { "" };
        let seconds = seconds.unsigned_abs();
        format!(
            "{sign}{}:{:02}:{:02}",
            self.number(i64::try_from(seconds / 3600).unwrap_or(0)),
            seconds / 60 % 60,
            seconds % 60
        )
    }

    /// Seconds in words, the rest dropped: `40 min`, `4 h`, `1 h 20 min`, `5,526 h 56 min`. Never days: those of a calendar and
    /// those of a service level are not the same length.
    pub fn duration(&self, seconds: i64) -> String {
        let sign = if seconds < 0 { "\u{2212}" } else { "" };
        let seconds = i64::try_from(seconds.unsigned_abs()).unwrap_or(i64::MAX);
        let (hours, minutes) = (self.number(seconds / 3_600), seconds % 3_600 / 60);
        let text = match seconds {
            0..60 => format!("{seconds} s"),
            60..3_600 => format!("{minutes} min"),
            _ if minutes == 0 => format!("{hours} h"),
            _ => format!("{hours} h {minutes} min"),
        };
        format!("{sign}{text}")
    }
}

fn icu_date(day: Date) -> Option<IcuDate<icu_calendar::Iso>> {
    let month = u8::try_from(day.month()).ok()?;
    IcuDate::try_new_iso(day.year().into(), month, u8::try_from(day.day()).ok()?).ok()
}

fn icu_time(at: CivilDateTime) -> Option<Time> {
    let part = |value: i8| u8::try_from(value).ok();
    Time::try_new(part(at.hour())?, part(at.minute())?, part(at.second())?, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_a_reader_is_shown_they_can_type() {
        for tag in LOCALES {
            let formats = Formats::new(tag).expect("formats");
            let shown = formats.fixed(123_456_750, 2);
            assert_eq!(formats.number_style().plain(&shown).as_deref(), Ok("1234567.50"), "{tag}: {shown}");
        }
    }

    #[test]
    fn a_reader_in_london_and_one_in_vienna_see_their_own_marks() {
        let (london, vienna) =
            (Formats::new("en-GB").expect("formats"), Formats::new("de-AT").expect("formats"));
        assert_eq!(london.number(24_918), "24,918");
        assert_eq!(london.percent(9_634), "96.3%");
        assert_eq!(vienna.percent(9_634), "96,3\u{a0}%");
        let amount = Money::new(603_000_000, Currency::EUR);
        assert_eq!(london.money_short(amount), "€6.03m");
        assert_eq!(london.money(Money::new(-320_050, Currency::EUR)), "−€3,200.50");
        assert_eq!(london.date(date(2027, 6, 30), date(2026, 11, 21)), "30 Jun 2027");
        assert_eq!(london.date(date(2026, 6, 30), date(2026, 11, 21)), "30 Jun");
        assert_eq!(london.clock(16_988), "4:43:08");
        assert_eq!(london.duration(14_400), "4 h");
        assert_eq!(london.duration(19_896_970), "5,526 h 56 min");
        assert_eq!(london.points(-40), "−0.4 pt");
        assert_eq!(london.percent_of_micro(634_200, 2), "63.42%");
    }
}
