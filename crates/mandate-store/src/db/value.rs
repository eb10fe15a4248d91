//! The four kinds of value a statement may bind; a null keeps its kind, which PostgreSQL asks for.

use mandate_domain::{Id, Instant, Month};

/// A bound value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text.
    Text(Option<String>),
    /// A 64-bit integer; also booleans (0, 1) and instants (microseconds).
    Int(Option<i64>),
    /// A double.
    Real(Option<f64>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
}

/// What can be bound.
pub trait IntoValue {
    /// As a bound value.
    fn into_value(self) -> Value;
}

macro_rules! text {
    ($($kind:ty => |$it:ident| $make:expr),* $(,)?) => { $(
        impl IntoValue for $kind { fn into_value(self) -> Value { let $it = self; Value::Text(Some($make)) } }
        impl IntoValue for Option<$kind> { fn into_value(self) -> Value { Value::Text(self.map(|$it| $make)) } }
    )* };
}

macro_rules! int {
    ($($kind:ty => |$it:ident| $make:expr),* $(,)?) => { $(
        impl IntoValue for $kind { fn into_value(self) -> Value { let $it = self; Value::Int(Some($make)) } }
        impl IntoValue for Option<$kind> { fn into_value(self) -> Value { Value::Int(self.map(|$it| $make)) } }
    )* };
}

text! {
    &str => |it| it.to_owned(),
    String => |it| it,
    &String => |it| it.clone(),
    jiff::civil::Date => |it| it.to_string(),
    Month => |it| it.to_string(),
}

int! {
    i64 => |it| it,
    i32 => |it| i64::from(it),
    u32 => |it| i64::from(it),
    u16 => |it| i64::from(it),
    u8 => |it| i64::from(it),
    i8 => |it| i64::from(it),
    bool => |it| i64::from(it),
    Instant => |it| it.microseconds(),
    usize => |it| i64::try_from(it).unwrap_or(i64::MAX),
}

impl<T> IntoValue for &Id<T> {
    fn into_value(self) -> Value {
        Value::Text(Some(self.as_str().to_owned()))
    }
}

impl<T> IntoValue for Option<&Id<T>> {
    fn into_value(self) -> Value {
        Value::Text(self.map(|id| id.as_str().to_owned()))
    }
}

impl IntoValue for f64 {
    fn into_value(self) -> Value {
        Value::Real(Some(self))
    }
}

impl IntoValue for Option<f64> {
    fn into_value(self) -> Value {
        Value::Real(self)
    }
}

impl IntoValue for Vec<u8> {
    fn into_value(self) -> Value {
        Value::Bytes(Some(self))
    }
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}
