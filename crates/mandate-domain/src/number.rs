//! Numbers as people type them: with the decimal sign and the groups of thousands of their own format.
//!
//! `1.250` is a thousand and more to one reader and one and a quarter to another: their format says which. What only another format
//! can mean is read as that; what could mean two numbers is refused, and both are named. Files, the API and records do not
//! pass here: there a number has a decimal point and no groups.

/// How somebody writes numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberStyle {
    decimal: char,
    /// `None` where thousands are parted by spaces only.
    group: Option<char>,
}

/// Why a text is no number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Neither in this format nor in another.
    #[error("`{text}` is not a number")]
    NotANumber {
        /// What was given.
        text: String,
    },
    /// With decimals behind the sign that parts thousands here: too few digits for thousands.
    #[error("`{text}` has decimals behind the sign of thousands")]
    OtherSign {
        /// What was given.
        text: String,
        /// With a decimal point.
        decimal: String,
    },
    /// Two numbers could be meant.
    #[error("`{text}` can be read as `{decimal}` or as `{whole}`; write one of these")]
    Ambiguous {
        /// What was given.
        text: String,
        /// With a decimal point, when its sign is meant as the decimal sign.
        decimal: String,
        /// When it is meant to part thousands.
        whole: String,
    },
}

impl NumberStyle {
    /// `1,234.50`.
    pub const POINT: Self = Self { decimal: '.', group: Some(',') };
    /// `1.234,50`.
    pub const COMMA: Self = Self { decimal: ',', group: Some('.') };
    /// `1 234,50`.
    pub const SPACED_COMMA: Self = Self { decimal: ',', group: None };

    /// The number in `text` with a decimal point and without groups, as [`crate::Money::parse`] reads it. Spaces and apostrophes
    /// part thousands in every format.
    ///
    /// # Errors
    /// [`NumberError`] when it is no number, or could be two.
    pub fn plain(self, text: &str) -> Result<String, NumberError> {
        let text = text.trim();
        let (minus, body) = match text.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => ("-", rest.trim_start()),
            None => ("", text),
        };
        let body: String = body.chars().map(usual_mark).collect();
        let short = || text.chars().take(40).collect();
        let ambiguous = |decimal: &str, whole: &str| NumberError::Ambiguous {
            text: short(),
            decimal: format!("{minus}{decimal}"),
            whole: format!("{minus}{whole}"),
        };
        if let Some(own) = self.reading(&body) {
            return Ok(format!("{minus}{own}"));
        }
        match (Self::POINT.reading(&body), Self::COMMA.reading(&body)) {
            (Some(point), Some(comma)) if point.contains('.') => Err(ambiguous(&point, &comma)),
            (Some(point), Some(comma)) if comma.contains('.') => Err(ambiguous(&comma, &point)),
            (Some(read), _) | (None, Some(read)) => match self.broken_group(&body) {
                Some(_) if read.rsplit('.').next().is_some_and(|fraction| fraction.len() < 3) => {
                    Err(NumberError::OtherSign { text: short(), decimal: format!("{minus}{read}") })
                }
                Some(whole) => Err(ambiguous(&read, &whole)),
                None => Ok(format!("{minus}{read}")),
            },
            (None, None) => Err(NumberError::NotANumber { text: short() }),
        }
    }

    /// As [`Self::plain`] of what has no thousands, such as a rate: its one sign, point or comma, is the decimal sign in every format.
    ///
    /// # Errors
    /// As [`Self::plain`], of what has more than one sign.
    pub fn plain_without_groups(self, text: &str) -> Result<String, NumberError> {
        match text.trim().split_once(['.', ',']) {
            Some((whole, fraction)) if !whole.is_empty() && is_digits(whole) && is_digits(fraction) => {
                Ok(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
            }
            _ => self.plain(text),
        }
    }

    /// A number with a decimal point and without groups, with this style's decimal sign.
    pub fn written(self, plain: &str) -> String {
        plain.replace('.', &self.decimal.to_string())
    }

    /// How a number is written, for whoever wrote none.
    pub const fn example(self) -> &'static str {
        match (self.decimal, self.group) {
            ('.', _) => "1,234.50",
            (_, Some(_)) => "1.234,50",
            (_, None) => "1 234,50",
        }
    }

    /// The number in `body`, strictly in this style.
    fn reading(self, body: &str) -> Option<String> {
        let (whole, fraction) = body.split_once(self.decimal).unwrap_or((body, ""));
        if !is_digits(fraction) {
            return None;
        }
        let whole = match whole.chars().find(|it| !it.is_ascii_digit()) {
            None => whole.to_owned(),
            Some(mark) if mark == ' ' || mark == '\'' || Some(mark) == self.group => joined(whole, mark)?,
            Some(_) => return None,
        };
        match fraction {
            _ if whole.is_empty() => None,
            "" => Some(whole),
            _ => Some(format!("{whole}.{fraction}")),
        }
    }

    /// The digits of `body`, where this style's sign of thousands stands in it once, after what could be a first group.
    fn broken_group(self, body: &str) -> Option<String> {
        let (first, rest) = body.split_once(self.group?)?;
        let is_broken = is_first(first) && !rest.is_empty() && is_digits(rest);
        is_broken.then(|| format!("{first}{rest}"))
    }
}

/// Spaces of any width and both apostrophes are one.
fn usual_mark(mark: char) -> char {
    match mark {
        '\u{a0}' | '\u{202f}' | '\u{2009}' => ' ',
        '\u{2019}' => '\'',
        other => other,
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it may stand before the first sign of thousands.
fn is_first(group: &str) -> bool {
    (1..=3).contains(&group.len()) && is_digits(group) && !group.starts_with('0')
}

/// The digits of groups of three; nothing where they are no such groups.
fn joined(whole: &str, mark: char) -> Option<String> {
    let mut groups = whole.split(mark);
    let is_grouped = groups.next().is_some_and(is_first) && groups.all(|it| it.len() == 3 && is_digits(it));
    is_grouped.then(|| whole.replace(mark, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLES: [NumberStyle; 3] = [NumberStyle::POINT, NumberStyle::COMMA, NumberStyle::SPACED_COMMA];

    fn read(style: NumberStyle, text: &str) -> String {
        style.plain(text).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for style in STYLES {
            for text in [
                "1.250.000,50",
                "1,250,000.50",
                "1 250 000,50",
                "1'250'000.50",
                "1\u{a0}250\u{202f}000,50",
                "1250000.50",
            ] {
                assert_eq!(read(style, text), "1250000.50", "{text} {style:?}");
            }
            for text in ["1.250.000", "1,250,000", "1 250 000", "1’250’000", "1250000"] {
                assert_eq!(read(style, text), "1250000", "{text} {style:?}");
            }
            for (text, number) in [
                ("0.5", "0.5"),
                ("0,500", "0.500"),
                ("-1234,5", "-1234.5"),
                ("\u{2212}7", "-7"),
                ("12.", "12"),
            ] {
                assert_eq!(read(style, text), number, "{text} {style:?}");
            }
        }
    }

    #[test]
    fn a_sign_that_may_be_either_follows_the_format_of_whoever_typed_it() {
        assert_eq!([read(NumberStyle::POINT, "1.250"), read(NumberStyle::COMMA, "1.250")], ["1.250", "1250"]);
        assert_eq!([read(NumberStyle::POINT, "1,250"), read(NumberStyle::COMMA, "1,250")], ["1250", "1.250"]);
        assert_eq!(read(NumberStyle::SPACED_COMMA, "12.34"), "12.34", "the point parts nothing there");
    }

    #[test]
    fn what_could_be_two_numbers_is_refused_and_both_are_named() {
        let both = |text: &str, decimal: &str, whole: &str| {
            format!("`{text}` can be read as `{decimal}` or as `{whole}`; write one of these")
        };
        assert_eq!(read(NumberStyle::COMMA, "12.3456"), both("12.3456", "12.3456", "123456"));
        assert_eq!(read(NumberStyle::POINT, "-12,3456"), both("-12,3456", "-12.3456", "-123456"));
        assert_eq!(read(NumberStyle::SPACED_COMMA, "1.250"), both("1.250", "1.250", "1250"));
    }

    #[test]
    fn two_digits_are_no_thousands_and_only_the_decimals_are_offered() {
        for (style, text, decimal) in [
            (NumberStyle::COMMA, "1.25", "1.25"),
            (NumberStyle::COMMA, "-12.5", "-12.5"),
            (NumberStyle::POINT, "1,25", "1.25"),
        ] {
            let refused = NumberError::OtherSign { text: text.to_owned(), decimal: decimal.to_owned() };
            assert_eq!(style.plain(text), Err(refused), "{text}");
        }
    }

    #[test]
    fn the_one_sign_of_what_has_no_thousands_is_the_decimal_sign() {
        for style in STYLES {
            for text in ["7.461", "7,461", " 7,461 "] {
                assert_eq!(style.plain_without_groups(text), Ok("7.461".to_owned()), "{text} {style:?}");
            }
            assert_eq!(style.plain_without_groups("12,34"), Ok("12.34".to_owned()));
            assert_eq!(style.plain_without_groups("16,234.5"), Ok("16234.5".to_owned()));
            assert!(style.plain_without_groups(".5").is_err() && style.plain_without_groups("x").is_err());
        }
    }

    #[test]
    fn what_is_no_number_in_any_format_is_refused() {
        for style in STYLES {
            for text in [
                "",
                "-",
                "x",
                "12.34.567",
                "1,2.3,4",
                "12 34",
                "1 234 56",
                "1'234 567",
                ".5",
                "1.250,000.5",
                "3,4O",
                "--1",
                "1e3",
            ] {
                assert!(matches!(style.plain(text), Err(NumberError::NotANumber { .. })), "{text} {style:?}");
            }
        }
    }

    #[test]
    fn a_number_is_written_with_the_formats_own_sign() {
        assert_eq!(NumberStyle::COMMA.written("-1250.50"), "-1250,50");
        assert_eq!(NumberStyle::POINT.written("1250.50"), "1250.50");
        for style in STYLES {
            assert_eq!(read(style, style.example()), "1234.50");
            assert_eq!(read(style, &style.written("1250.500")), "1250.500");
            assert_eq!(read(style, &style.written("1.234")), "1.234");
        }
    }
}
