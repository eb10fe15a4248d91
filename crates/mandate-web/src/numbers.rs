//! Numbers of a form, read as the visitor writes them, so that a use case sees a decimal point and no groups.
//!
//! The form itself stays as it was typed, for the page to show again. What could be two numbers goes on as a text that no use case
//! takes, so that all other errors are found beside it; its own error names both readings. Not here: filters in addresses,
//! which others open too, and percentages, where point and comma mean the same because there are no thousands of them.

use std::collections::BTreeMap;

use mandate_app::{FieldError, Message};
use mandate_domain::number::{NumberError, NumberStyle};

use crate::form::Form;

/// What a field of a form takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberField {
    /// A number that may have decimals; zeros at their end say nothing.
    Decimal,
    /// An amount: three decimals may be thousands to whoever typed them, zeros or not; its currency says whether it has as many.
    Money,
    /// A number without thousands, such as a rate of exchange: point and comma mean the same.
    Rate,
    /// A whole number: `1.000` is none, though one.
    Whole,
}

/// What a number was typed as, and how it was read.
struct Read {
    typed: String,
    plain: String,
}

/// The numbers of a form.
pub(crate) struct Numbers {
    form: Form,
    read: BTreeMap<String, Read>,
    problems: Vec<FieldError>,
    style: NumberStyle,
}

impl Numbers {
    /// Reads the fields of `form` that `field_of` calls numbers.
    pub(crate) fn read(
        style: NumberStyle,
        form: &Form,
        field_of: impl Fn(&str) -> Option<NumberField>,
    ) -> Self {
        let mut numbers = Self { form: Form::default(), read: BTreeMap::new(), problems: vec![], style };
        for (name, typed) in form.pairs() {
            let plain = match field_of(name) {
                Some(field) if !typed.trim().is_empty() => numbers.plain(name, typed, field),
                _ => typed.clone(),
            };
            numbers.form.push(name, plain);
        }
        numbers
    }

    fn plain(&mut self, name: &str, typed: &str, field: NumberField) -> String {
        let plain = match field {
            NumberField::Rate => self.style.plain_without_groups(typed),
            NumberField::Decimal | NumberField::Money | NumberField::Whole => self.style.plain(typed),
        };
        let plain = match plain {
            Ok(plain) if field == NumberField::Whole => plain,
            Ok(plain) if field == NumberField::Money && is_like_thousands(&plain) => plain,
            Ok(plain) => without_zeros(&plain),
            // The use case says what it takes.
            Err(NumberError::NotANumber { .. }) => typed.to_owned(),
            // A whole number it is with neither sign.
            Err(NumberError::OtherSign { .. }) if field == NumberField::Whole => typed.to_owned(),
            Err(NumberError::OtherSign { text, decimal }) => {
                let decimal = self.style.written(&decimal);
                let message = Message::new("book-problem-decimal-sign")
                    .with("text", text)
                    .with("fitting", quoted(&decimal));
                self.problems.push(FieldError { field: name.to_owned(), message });
                format!("{typed} ?")
            }
            Err(NumberError::Ambiguous { text, decimal, whole }) => {
                let decimal = self.style.written(&without_zeros(&decimal));
                let message = Message::new("book-problem-two-readings")
                    .with("text", text)
                    .with("fitting", quoted(&decimal))
                    .with("whole", quoted(&whole));
                self.problems.push(FieldError { field: name.to_owned(), message });
                format!("{typed} ?")
            }
        };
        let read = Read { typed: typed.trim().to_owned(), plain: plain.clone() };
        self.read.insert(name.to_owned(), read);
        plain
    }

    /// The form with numbers as use cases read them.
    pub(crate) const fn form(&self) -> &Form {
        &self.form
    }

    /// What could not be read because it could be two numbers.
    pub(crate) fn problems(&self) -> &[FieldError] {
        &self.problems
    }

    /// The errors of a use case, about what was typed and with numbers as the visitor writes them.
    pub(crate) fn told(&self, errors: Vec<FieldError>) -> Vec<FieldError> {
        let told = |error: FieldError| {
            let problem = self.problems.iter().find(|problem| problem.field == error.field);
            match (problem, self.read.get(&error.field)) {
                (Some(problem), _) => problem.clone(),
                (None, Some(read)) => FieldError { message: self.as_typed(error.message, read), ..error },
                (None, None) => error,
            }
        };
        errors.into_iter().map(told).collect()
    }

    fn as_typed(&self, message: Message, read: &Read) -> Message {
        if message.id == "book-problem-amount" {
            let example = self.style.example();
            return Message::new("form-problem-amount").with("text", &read.typed).with("example", example);
        }
        let argument = |(name, value): (&'static str, String)| match name {
            "text" if value == read.plain => (name, read.typed.clone()),
            "fitting" => (name, self.style.written(&value)),
            _ => (name, value),
        };
        Message { arguments: message.arguments.into_iter().map(argument).collect(), ..message }
    }
}

/// In quotes a number is not grouped when the message is written.
fn quoted(number: &str) -> String {
    format!("“{number}”")
}

/// Whether what stands before and after the decimal point could be groups of thousands: `1.250`, not `1250.000`.
fn is_like_thousands(plain: &str) -> bool {
    let whole_and_fraction = plain.trim_start_matches('-').split_once('.');
    whole_and_fraction.is_some_and(|(whole, fraction)| whole.len() <= 3 && fraction.len() == 3)
}

/// A number without zeros after its last decimal.
pub(crate) fn without_zeros(plain: &str) -> String {
    if plain.contains('.') {
        plain.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        plain.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(style: NumberStyle, price: &str, volume: &str) -> Numbers {
        let form = Form::from_pairs([
            ("price", price.to_owned()),
            ("volume", volume.to_owned()),
            ("title", "1.250".to_owned()),
        ]);
        Numbers::read(style, &form, |name| match name {
            "price" => Some(NumberField::Decimal),
            "volume" => Some(NumberField::Whole),
            _ => None,
        })
    }

    #[test]
    fn only_numbers_are_read_and_each_in_the_visitors_format() {
        let of = |style, price, volume| {
            let numbers = read(style, price, volume);
            assert_eq!(numbers.form().get("title"), "1.250");
            [numbers.form().get("price").to_owned(), numbers.form().get("volume").to_owned()]
        };
        assert_eq!(of(NumberStyle::COMMA, "1.250.000,50", "120.000"), ["1250000.5", "120000"]);
        assert_eq!(of(NumberStyle::POINT, "1.250", "120,000"), ["1.25", "120000"]);
        assert_eq!(
            of(NumberStyle::POINT, "1.250", "1.000"),
            ["1.25", "1.000"],
            "a whole number keeps its zeros"
        );
        assert_eq!(of(NumberStyle::COMMA, "", "many"), ["", "many"]);
    }

    #[test]
    fn an_amount_keeps_three_decimals_that_could_be_thousands() {
        let of = |style, typed: &str| {
            let form = Form::from_pairs([("fee", typed.to_owned())]);
            let numbers = Numbers::read(style, &form, |_| Some(NumberField::Money));
            numbers.form().get("fee").to_owned()
        };
        assert_eq!(of(NumberStyle::POINT, "1.250"), "1.250");
        assert_eq!(of(NumberStyle::COMMA, "-12,000"), "-12.000");
        assert_eq!(of(NumberStyle::COMMA, "1.250.000,500"), "1250000.5");
        assert_eq!(of(NumberStyle::POINT, "1250.5000"), "1250.5");
    }

    #[test]
    fn decimals_behind_a_sign_of_thousands_are_told_as_they_are_written_here() {
        let numbers = read(NumberStyle::COMMA, "1.25", "");
        let told = numbers.told(vec![FieldError {
            field: "price".to_owned(),
            message: Message::new("book-problem-amount").with("text", "1.25 ?"),
        }]);
        let wanted = Message::new("book-problem-decimal-sign").with("text", "1.25").with("fitting", "“1,25”");
        assert_eq!(told[0].message, wanted);
        let volume = read(NumberStyle::COMMA, "", "1.25");
        assert_eq!((volume.form().get("volume"), volume.problems().len()), ("1.25", 0), "no whole number");
    }

    #[test]
    fn an_error_is_about_what_was_typed() {
        let numbers = read(NumberStyle::COMMA, "12.3456", "1.250,5");
        assert!(numbers.form().get("price").parse::<f64>().is_err(), "no use case takes it");
        let error = |field: &str, id: &'static str, text: &str| FieldError {
            field: field.to_owned(),
            message: Message::new(id).with("text", text),
        };
        let errors = vec![
            error("price", "book-problem-amount", "12.3456 ?"),
            error("volume", "book-problem-whole-number", "1250.5"),
        ];
        let told = numbers.told(errors);
        let both = Message::new("book-problem-two-readings")
            .with("text", "12.3456")
            .with("fitting", "“12,3456”")
            .with("whole", "“123456”");
        assert_eq!(told[0].message, both);
        assert_eq!(told[1], error("volume", "book-problem-whole-number", "1.250,5"));
        assert_eq!(numbers.problems().len(), 1);
    }
}
