//! Tables of text and the covariates made from them: numbers as they are, anything else as levels.
//!
//! A column whose every cell is a number is one covariate; any other is one covariate for each level but the first, in the
//! order of the alphabet, as R's `factor` has it. An empty cell or `NA` is missing. Not here: reading CSV, which the caller does.

use std::collections::BTreeSet;

/// Levels a column of text may have; above it, it is a name rather than a covariate.
const MAX_LEVELS: usize = 60;

/// Why a table, or a column of it, cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    #[error("line {line}: {n_found} cells where the header has {n_columns}")]
    Ragged { line: usize, n_found: usize, n_columns: usize },
    #[error("the header has the column `{column}` twice; rename one")]
    Twice { column: String },
    #[error("there are no rows below the header")]
    Empty,
    #[error("there is no column `{column}`; the file has {known}")]
    NoColumn { column: String, known: String },
    #[error(
        "line {line}, column `{column}`: `{cell}` is not a whole number; answers are codes such as 1 to 5"
    )]
    NoCode { line: usize, column: String, cell: String },
    #[error("column `{column}` has more than {MAX_LEVELS} levels; give a number or fewer groups")]
    ManyLevels { column: String },
    #[error("column `{column}` is the same in every row that is used; leave it out")]
    Constant { column: String },
    #[error("column `{column}` is asked for twice")]
    AskedTwice { column: String },
}

/// A table of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Row>,
}

/// A row and the line of the file on which it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Line, counted from 1.
    pub line: usize,
    /// One cell for each column.
    pub cells: Vec<String>,
}

/// One column of numbers a model multiplies by a coefficient; `None` is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Covariate {
    /// The column, or the column and the level: `temp = warm`.
    pub name: String,
    /// One value for each row.
    pub values: Vec<Option<f64>>,
}

fn is_missing(cell: &str) -> bool {
    cell.is_empty() || cell == "NA"
}

impl Table {
    /// A table whose rows all have a cell for each column.
    ///
    /// # Errors
    /// [`TableError`] naming the line or column.
    pub fn new(columns: Vec<String>, rows: Vec<Row>) -> Result<Self, TableError> {
        let mut seen = BTreeSet::new();
        if let Some(column) = columns.iter().find(|column| !seen.insert(column.as_str())) {
            return Err(TableError::Twice { column: column.clone() });
        }
        if let Some(row) = rows.iter().find(|row| row.cells.len() != columns.len()) {
            let (line, n_found) = (row.line, row.cells.len());
            return Err(TableError::Ragged { line, n_found, n_columns: columns.len() });
        }
        if rows.is_empty() {
            return Err(TableError::Empty);
        }
        Ok(Self { columns, rows })
    }

    /// How many rows there are.
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    fn column(&self, name: &str) -> Result<impl Iterator<Item = (usize, &str)>, TableError> {
        let Some(idx) = self.columns.iter().position(|column| column == name) else {
            return Err(TableError::NoColumn { column: name.to_owned(), known: self.columns.join(", ") });
        };
        Ok(self.rows.iter().map(move |row| (row.line, row.cells[idx].trim())))
    }

    /// The answers' codes of a column; a code among `missing` is no answer.
    ///
    /// # Errors
    /// [`TableError::NoColumn`], [`TableError::NoCode`].
    pub fn codes(&self, name: &str, missing: &[i64]) -> Result<Vec<Option<i64>>, TableError> {
        let code = |(line, cell): (usize, &str)| {
            if is_missing(cell) {
                return Ok(None);
            }
            let no_code = || TableError::NoCode { line, column: name.to_owned(), cell: cell.to_owned() };
            cell.parse().map(|code| Some(code).filter(|code| !missing.contains(code))).map_err(|_| no_code())
        };
        self.column(name)?.map(code).collect()
    }

    /// The cells of a column as names.
    ///
    /// # Errors
    /// [`TableError::NoColumn`].
    pub fn names(&self, name: &str) -> Result<Vec<Option<String>>, TableError> {
        let cells = self.column(name)?;
        Ok(cells.map(|(_, cell)| (!is_missing(cell)).then(|| cell.to_owned())).collect())
    }

    /// The covariates of `columns`, in their order, of rows that are all answered.
    ///
    /// # Errors
    /// As [`Self::covariates_of`].
    pub fn covariates(&self, columns: &[String]) -> Result<Vec<Covariate>, TableError> {
        self.covariates_of(columns, &|_| true)
    }

    /// The covariates of `columns`, in their order. Levels are those of rows that are answered and have a cell in each of
    /// `columns`: one found only in rows that are left out would be a covariate that is 0 throughout.
    ///
    /// # Errors
    /// [`TableError`] naming the column that is missing, asked for twice, constant, or has too many levels.
    pub fn covariates_of(
        &self,
        columns: &[String],
        is_answered: &dyn Fn(usize) -> bool,
    ) -> Result<Vec<Covariate>, TableError> {
        let mut is_used: Vec<bool> = (0..self.n_rows()).map(is_answered).collect();
        for (idx, column) in columns.iter().enumerate() {
            if columns[..idx].contains(column) {
                return Err(TableError::AskedTwice { column: column.clone() });
            }
            for (is_used, (_, cell)) in is_used.iter_mut().zip(self.column(column)?) {
                *is_used &= !is_missing(cell);
            }
        }
        let found: Result<Vec<_>, TableError> =
            columns.iter().map(|column| self.covariate(column, &is_used)).collect();
        Ok(found?.into_iter().flatten().collect())
    }

    fn covariate(&self, name: &str, is_used: &[bool]) -> Result<Vec<Covariate>, TableError> {
        let cells: Vec<&str> = self.column(name)?.map(|(_, cell)| cell).collect();
        let used = cells.iter().zip(is_used).filter(|(_, is_used)| **is_used);
        let levels: BTreeSet<&str> = used.map(|(cell, _)| *cell).collect();
        if levels.len() < 2 {
            return Err(TableError::Constant { column: name.to_owned() });
        }
        let number = |cell: &str| cell.parse::<f64>().ok().filter(|number| number.is_finite());
        if levels.iter().all(|level| number(level).is_some()) {
            return Ok(vec![Covariate {
                name: name.to_owned(),
                values: cells.iter().map(|cell| number(cell)).collect(),
            }]);
        }
        if levels.len() > MAX_LEVELS {
            return Err(TableError::ManyLevels { column: name.to_owned() });
        }
        let of = |level: &str| {
            let is = |cell: &&str| (!is_missing(cell)).then(|| f64::from(u8::from(*cell == level)));
            Covariate { name: format!("{name} = {level}"), values: cells.iter().map(is).collect() }
        };
        Ok(levels.into_iter().skip(1).map(of).collect())
    }
}
