//! A row of a result, read by position with the type the reader expects.

use mandate_domain::{Id, Instant, Month, Rate};
use sqlx::Row as _;

use super::StoreError;

/// One row of a result.
pub enum Row {
    /// From SQLite.
    Sqlite(sqlx::sqlite::SqliteRow),
    /// From PostgreSQL.
    Postgres(sqlx::postgres::PgRow),
}

fn failed(column: usize) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |source| StoreError::Database { statement: format!("column {column} of the result"), source }
}

impl Row {
    fn get<'r, T>(&'r self, column: usize) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'r, sqlx::Sqlite>
            + sqlx::Type<sqlx::Sqlite>
            + sqlx::Decode<'r, sqlx::Postgres>
            + sqlx::Type<sqlx::Postgres>,
    {
        match self {
            Self::Sqlite(row) => row.try_get(column).map_err(failed(column)),
            Self::Postgres(row) => row.try_get(column).map_err(failed(column)),
        }
    }

    /// Text at `column`, counted from 0.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the column is missing, null or of another kind; so for all getters.
    pub fn text(&self, column: usize) -> Result<String, StoreError> {
        self.get(column)
    }

    /// Text or null.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn text_or_null(&self, column: usize) -> Result<Option<String>, StoreError> {
        self.get(column)
    }

    /// An integer.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.get(column)
    }

    /// An integer or null.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn int_or_null(&self, column: usize) -> Result<Option<i64>, StoreError> {
        self.get(column)
    }

    /// A double or null.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn real_or_null(&self, column: usize) -> Result<Option<f64>, StoreError> {
        self.get(column)
    }

    /// An integer kept as 0 or 1.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn flag(&self, column: usize) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    /// An instant kept in microseconds.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn instant(&self, column: usize) -> Result<Instant, StoreError> {
        Ok(Instant::from_microseconds(self.int(column)?))
    }

    /// An instant or null.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn instant_or_null(&self, column: usize) -> Result<Option<Instant>, StoreError> {
        Ok(self.int_or_null(column)?.map(Instant::from_microseconds))
    }

    /// A record id.
    ///
    /// # Errors
    /// As [`Row::text`]; [`StoreError::Inconsistent`] when it is no id.
    pub fn id<T>(&self, column: usize) -> Result<Id<T>, StoreError> {
        self.parsed(column, Id::parse)
    }

    /// A record id or null.
    ///
    /// # Errors
    /// As [`Row::id`].
    pub fn id_or_null<T>(&self, column: usize) -> Result<Option<Id<T>>, StoreError> {
        self.parsed_or_null(column, Id::parse)
    }

    /// A month.
    ///
    /// # Errors
    /// As [`Row::id`].
    pub fn month(&self, column: usize) -> Result<Month, StoreError> {
        self.parsed(column, Month::parse)
    }

    /// A rate, kept in billionths.
    ///
    /// # Errors
    /// As [`Row::int`]; [`StoreError::Inconsistent`] when it is not above zero.
    pub fn rate(&self, column: usize) -> Result<Rate, StoreError> {
        let billionths = self.int(column)?;
        Rate::from_billionths(billionths)
            .map_err(|error| inconsistent(column, &billionths.to_string(), &error))
    }

    /// A civil date.
    ///
    /// # Errors
    /// As [`Row::id`].
    pub fn date(&self, column: usize) -> Result<jiff::civil::Date, StoreError> {
        self.parsed(column, str::parse)
    }

    /// A civil date or null.
    ///
    /// # Errors
    /// As [`Row::id`].
    pub fn date_or_null(&self, column: usize) -> Result<Option<jiff::civil::Date>, StoreError> {
        self.parsed_or_null(column, str::parse)
    }

    /// Text read into a domain type that checks it.
    ///
    /// # Errors
    /// As [`Row::id`].
    pub fn parsed<T, E: std::fmt::Display>(
        &self,
        column: usize,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, StoreError> {
        let text = self.text(column)?;
        parse(&text).map_err(|error| inconsistent(column, &text, &error))
    }

    /// As [`Row::parsed`], for a column that may be null.
    ///
    /// # Errors
    /// As [`Row::id`].
    pub fn parsed_or_null<T, E: std::fmt::Display>(
        &self,
        column: usize,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, StoreError> {
        match self.text_or_null(column)? {
            Some(text) => parse(&text).map(Some).map_err(|error| inconsistent(column, &text, &error)),
            None => Ok(None),
        }
    }
}

fn inconsistent(column: usize, text: &str, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Inconsistent {
        table: "result",
        id: text.to_owned(),
        what: format!("column {column}: {error}"),
    }
}
