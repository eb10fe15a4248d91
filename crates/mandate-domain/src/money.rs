//! Money: exact minor units with a currency. Never a float, never summed across currencies.

use std::fmt;

pub use crate::currency::{Currency, CurrencyError};

/// An amount in minor units (cents) of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// Minor units; negative for a debt.
    pub minor: i64,
    /// Whose minor units.
    pub currency: Currency,
}

/// Why an amount could not be read or computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not digits with at most one decimal sign.
    #[error("`{text}` is not an amount; write it like 1234.50")]
    NotANumber {
        /// What was given.
        text: String,
    },
    /// More decimals than the currency has.
    #[error("{currency} has {}: write `{fitting}` instead of `{text}`", decimals(*digits))]
    TooFine {
        /// What was given.
        text: String,
        /// Decimals of the currency.
        digits: u32,
        /// The currency.
        currency: Currency,
        /// What was given without the decimals that are too many.
        fitting: String,
    },
    /// Three digits after a sign that parts thousands for most who type it.
    #[error("`{text}` can be read as `{fitting}` or as `{whole}`; write one of these")]
    LikeThousands {
        /// What was given.
        text: String,
        /// With the sign as the decimal sign.
        fitting: String,
        /// With the sign parting thousands.
        whole: String,
    },
    /// Two currencies in one sum.
    #[error("{left} and {right} cannot be added without a rate")]
    MixedCurrencies {
        /// The currency of the first amount.
        left: Currency,
        /// The currency of the second.
        right: Currency,
    },
    /// Outside 64 bits.
    #[error("the amount is too large")]
    TooLarge,
}

/// `2 decimals`, in words where there are none.
fn decimals(digits: u32) -> String {
    if digits == 0 { "no decimals".to_owned() } else { format!("{digits} decimals") }
}

/// A number with no more than `digits` decimals, the rest cut off.
fn cut(whole: &str, fraction: &str, digits: u32) -> String {
    let kept: String = fraction.chars().take(digits as usize).collect();
    if kept.is_empty() { whole.to_owned() } else { format!("{whole}.{kept}") }
}

impl Money {
    /// `minor` minor units of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads `1234.5`, `-12`, `1234,50`; thousands separators are refused, since `1.234` would be ambiguous. So are three
    /// decimals of a currency that has fewer, zeros or not: `1,600` is a thousand and more to most who type it.
    ///
    /// # Errors
    /// [`MoneyError`] naming what is wrong with `text`.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let trimmed = text.trim();
        let bad = || MoneyError::NotANumber { text: trimmed.chars().take(40).collect() };
        let (negative, body) = match trimmed.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, trimmed),
        };
        let (whole, fraction) = body.split_once(['.', ',']).unwrap_or((body, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
            return Err(bad());
        }
        let digits = currency.digits();
        let sign = if negative { "-" } else { "" };
        // A first group never begins with a zero: `0.500` is a half.
        if fraction.len() == 3 && digits < 3 && !whole.starts_with('0') {
            let fitting = format!("{sign}{}", cut(whole, fraction, digits));
            let whole = format!("{sign}{whole}{fraction}");
            return Err(MoneyError::LikeThousands { text: trimmed.to_owned(), fitting, whole });
        }
        let fraction = fraction.trim_end_matches('0');
        let given = u32::try_from(fraction.len()).map_err(|_| bad())?;
        if given > digits {
            let fitting = format!("{sign}{}", cut(whole, fraction, digits));
            return Err(MoneyError::TooFine { text: trimmed.to_owned(), digits, currency, fitting });
        }
        let whole: i64 = whole.parse().map_err(|_| MoneyError::TooLarge)?;
        let fraction: i64 = if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| bad())? };
        let minor = whole
            .checked_mul(10_i64.pow(digits))
            .and_then(|minor| minor.checked_add(fraction * 10_i64.pow(digits - given)))
            .ok_or(MoneyError::TooLarge)?;
        Ok(Self { minor: if negative { -minor } else { minor }, currency })
    }

    /// The sum of two amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError::MixedCurrencies`] for two currencies, [`MoneyError::TooLarge`] outside 64 bits.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::MixedCurrencies { left: self.currency, right: other.currency });
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self { minor, currency: self.currency })
    }

    /// Digits with a decimal point and no currency, as in exports: `1234.50`.
    pub fn decimal(self) -> String {
        let digits = self.currency.digits();
        let scale = 10_u64.pow(digits);
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, fraction) = (self.minor.unsigned_abs() / scale, self.minor.unsigned_abs() % scale);
        if digits == 0 {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{fraction:0width$}", width = digits as usize)
        }
    }
}

/// How many units of one currency one unit of another was worth: above zero, exact to nine decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate {
    billionths: i64,
}

/// Why a text is no rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a rate; write a number above zero with at most nine decimals, such as 1.0842")]
pub struct RateError {
    /// What was given.
    pub text: String,
}

impl Rate {
    /// One for one.
    pub const ONE: Self = Self { billionths: Self::SCALE };
    const SCALE: i64 = 1_000_000_000;

    /// A rate of so many billionths.
    ///
    /// # Errors
    /// [`RateError`] when it is not above zero.
    pub fn from_billionths(billionths: i64) -> Result<Self, RateError> {
        if billionths > 0 { Ok(Self { billionths }) } else { Err(RateError { text: billionths.to_string() }) }
    }

    /// In billionths.
    pub const fn billionths(self) -> i64 {
        self.billionths
    }

    /// Reads `1.0842` or `1,0842`.
    ///
    /// # Errors
    /// [`RateError`] for anything that is not above zero, or finer.
    pub fn parse(text: &str) -> Result<Self, RateError> {
        let bad = || RateError { text: text.trim().chars().take(40).collect() };
        let (whole, fraction) = text.trim().split_once(['.', ',']).unwrap_or((text.trim(), ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || 9 < fraction.len() || !is_digits(whole) || !is_digits(fraction) {
            return Err(bad());
        }
        let whole: i64 = whole.parse().map_err(|_| bad())?;
        let fraction: i64 = format!("{fraction:0<9}").parse().map_err(|_| bad())?;
        let billionths = whole.checked_mul(Self::SCALE).and_then(|whole| whole.checked_add(fraction));
        Self::from_billionths(billionths.ok_or_else(bad)?).map_err(|_| bad())
    }

    /// `amount` in `currency`, rounded once to its minor unit, half away from zero.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] outside 64 bits.
    pub fn convert(self, amount: Money, currency: Currency) -> Result<Money, MoneyError> {
        let numerator =
            i128::from(amount.minor) * i128::from(self.billionths) * 10_i128.pow(currency.digits());
        let denominator = i128::from(Self::SCALE) * 10_i128.pow(amount.currency.digits());
        let rounded = (numerator.abs() + denominator / 2) / denominator * numerator.signum();
        let minor = i64::try_from(rounded).map_err(|_| MoneyError::TooLarge)?;
        Ok(Money::new(minor, currency))
    }

    /// `amount` in `currency`, divided by this rate, rounded once as by [`Rate::convert`].
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] outside 64 bits.
    pub fn convert_back(self, amount: Money, currency: Currency) -> Result<Money, MoneyError> {
        let numerator = i128::from(amount.minor) * i128::from(Self::SCALE) * 10_i128.pow(currency.digits());
        let denominator = i128::from(self.billionths) * 10_i128.pow(amount.currency.digits());
        let rounded = (numerator.abs() + denominator / 2) / denominator * numerator.signum();
        let minor = i64::try_from(rounded).map_err(|_| MoneyError::TooLarge)?;
        Ok(Money::new(minor, currency))
    }

    /// The rate the other way round, as near as nine decimals come.
    #[must_use]
    pub fn inverse(self) -> Self {
        let square = i128::from(Self::SCALE) * i128::from(Self::SCALE);
        let own = i128::from(self.billionths);
        let billionths = i64::try_from((square + own / 2) / own).unwrap_or(i64::MAX).max(1);
        Self { billionths }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.billionths / Self::SCALE, self.billionths % Self::SCALE);
        let digits = format!("{fraction:09}");
        match digits.trim_end_matches('0') {
            "" => write!(f, "{whole}"),
            stated => write!(f, "{whole}.{stated}"),
        }
    }
}

/// `EUR 1234.50`: for logs and the command line; pages write it as the reader's locale has it.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.decimal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_minor_unit() {
        let read = |text| Money::parse(text, Currency::EUR).map(|money| money.minor);
        assert_eq!(read("1234.5"), Ok(123_450));
        assert_eq!(read("-0,07"), Ok(-7));
        assert_eq!(read("12.5000"), Ok(1_250));
        assert_eq!(read("0.500"), Ok(50));
        for like_thousands in ["1,600", "1.600", "12.500", "-9,600"] {
            assert!(
                matches!(read(like_thousands), Err(MoneyError::LikeThousands { .. })),
                "{like_thousands}"
            );
        }
        assert_eq!(read("3,4O"), Err(MoneyError::NotANumber { text: "3,4O".to_owned() }));
        assert!(matches!(read("0.001"), Err(MoneyError::TooFine { .. })));
        assert_eq!(read("99999999999999999999"), Err(MoneyError::TooLarge));
    }

    #[test]
    fn too_many_decimals_say_what_to_write_instead() {
        let told = |text, code| {
            let currency = Currency::parse(code).expect("a currency");
            Money::parse(text, currency).expect_err("too fine").to_string()
        };
        assert_eq!(told("1250.50", "JPY"), "JPY has no decimals: write `1250` instead of `1250.50`");
        assert_eq!(told("-12.3456", "EUR"), "EUR has 2 decimals: write `-12.34` instead of `-12.3456`");
        assert_eq!(told("12.34567", "KWD"), "KWD has 3 decimals: write `12.345` instead of `12.34567`");
        assert_eq!(told("1,600", "EUR"), "`1,600` can be read as `1.60` or as `1600`; write one of these");
        assert_eq!(told("1.250", "JPY"), "`1.250` can be read as `1` or as `1250`; write one of these");
    }

    #[test]
    fn an_amount_prints_as_it_is_read() {
        for minor in [0, 7, -7, 123_450, i64::MAX, i64::MIN + 1] {
            let money = Money::new(minor, Currency::EUR);
            assert_eq!(Money::parse(&money.decimal(), Currency::EUR), Ok(money));
        }
    }

    #[test]
    fn a_rate_is_exact_and_converts_with_one_rounding() {
        let rate = Rate::parse("1,0842").expect("a rate");
        assert_eq!(rate.to_string(), "1.0842");
        let yen = Currency::parse("JPY").expect("a currency");
        let euro = |minor| Money::new(minor, Currency::EUR);
        assert_eq!(rate.convert(euro(10_000), Currency::EUR), Ok(euro(10_842)));
        assert_eq!(Rate::parse("162.5").expect("a rate").convert(euro(101), yen), Ok(Money::new(164, yen)));
        assert_eq!(
            Rate::parse("0.00615").expect("a rate").convert(Money::new(-1_000, yen), Currency::EUR),
            Ok(euro(-615))
        );
        assert_eq!(Rate::parse("4").expect("a rate").inverse().to_string(), "0.25");
        for bad in ["0", "-1", "", "1.2.3", "1.0000000001", "x", "99999999999"] {
            assert!(Rate::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(
            Rate::parse("9").expect("a rate").convert(euro(i64::MAX), Currency::EUR),
            Err(MoneyError::TooLarge)
        );
    }

    #[test]
    fn two_currencies_are_never_added() {
        let yen = Currency::parse("JPY").expect("a currency");
        assert!(Money::new(1, yen).plus(Money::new(1, Currency::EUR)).is_err());
        assert_eq!(Money::new(500, yen).decimal(), "500");
    }
}
