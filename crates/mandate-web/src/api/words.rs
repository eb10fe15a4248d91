//! Words of a body that are ids, months, days or times: what cannot be read is told by field, all at once.

use jiff::civil::{Date, DateTime};
use mandate_app::{ErrorKind, FieldError, Message};
use mandate_domain::{Id, Month};

use crate::failure::Failure;

/// What is wrong with the words read so far.
#[derive(Default)]
pub struct Words(Vec<FieldError>);

impl Words {
    fn read<T, E>(&mut self, field: &str, id: &'static str, text: &str, read: Result<T, E>) -> Option<T> {
        if read.is_err() {
            let text: String = text.chars().take(40).collect();
            self.wrong(field, Message::new(id).with("text", text));
        }
        read.ok()
    }

    /// Notes that `field` is wrong.
    pub fn wrong(&mut self, field: &str, message: Message) {
        self.0.push(FieldError { field: field.to_owned(), message });
    }

    /// An id.
    pub fn id<T>(&mut self, field: &str, text: &str) -> Option<Id<T>> {
        self.read(field, "measure-error-id", text, Id::parse(text))
    }

    /// An id, if one is given.
    pub fn id_if<T>(&mut self, field: &str, text: Option<&str>) -> Option<Id<T>> {
        text.and_then(|text| self.id(field, text))
    }

    /// A month.
    pub fn month(&mut self, field: &str, text: &str) -> Option<Month> {
        self.read(field, "measure-error-month", text, Month::parse(text))
    }

    /// A day.
    pub fn day(&mut self, field: &str, text: &str) -> Option<Date> {
        self.read(field, "measure-error-day", text, text.parse())
    }

    /// A civil time.
    pub fn time(&mut self, field: &str, text: &str) -> Option<DateTime> {
        self.read(field, "measure-error-time", text, text.parse())
    }

    /// What was read, if nothing was wrong.
    pub fn done<T>(self, value: Option<T>) -> Result<T, Failure> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Failure {
                fields: self.0,
                ..Failure::of(ErrorKind::Invalid, Message::new("error-invalid"))
            }),
        }
    }
}
