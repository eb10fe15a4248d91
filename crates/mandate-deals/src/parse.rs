//! The domain file: JSON in, a checked [`Domain`] out.
//!
//! The format is the peers': `name`, `reservation`, `terms` with `a`, `b`, `m` and `options`, `constraints` with `forbid`,
//! `links` and `margin_floor`. Ours besides: `c` in a term with `concession_cap`, `interactions`, and sources of values
//! (`parse_value`). A field nobody knows is an error, because a mistyped rule would silently not hold.

use crate::json::{Json, JsonError, Node, Place, read};
use crate::model::{Domain, DomainError, Interaction, Link, Parts, Rules, Term, TermOption, Totals, Worth};
use crate::parse_value::{SOURCES, Sourced};
use crate::value::ValueError;

/// Why a file is no domain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error("{place}: {field} needs {needs}")]
    Needs { place: Place, field: String, needs: &'static str },
    #[error("{place}: nobody knows the field `{field}`; known here: {known}")]
    UnknownField { place: Place, field: String, known: String },
    #[error("{place}: term `{term}` has {n_found} values in `{column}` and {n_options} in the column before")]
    Lengths { place: Place, term: String, column: &'static str, n_found: usize, n_options: usize },
    #[error("`{rule}` needs a column `{column}` in every term; term `{term}` has none")]
    NoColumn { rule: &'static str, column: &'static str, term: String },
    #[error("{place}: term `{term}` has no option `{option}`; name one or give its position, counted from 0")]
    NoSuchOption { place: Place, term: String, option: String },
    #[error("{place}: term `{term}`, option {option}, counted from 0: {why}")]
    Value { place: Place, term: String, option: usize, why: ValueError },
    #[error(transparent)]
    Domain(#[from] DomainError),
}

/// Reads a domain file.
///
/// # Errors
/// [`ParseError`], with the line and column, or the term and option.
pub fn domain(bytes: &[u8]) -> Result<Domain, ParseError> {
    let root = read(bytes)?;
    let file = File { bytes };
    file.domain(&root)
}

/// A file that is read: what its errors' places are counted in.
pub(crate) struct File<'a> {
    pub(crate) bytes: &'a [u8],
}

pub(crate) type Fields<'a> = &'a [(String, Node)];

pub(crate) fn get<'a>(fields: Fields<'a>, name: &str) -> Option<&'a Node> {
    let found = fields.iter().find(|(known, _)| known == name).map(|(_, node)| node);
    found.filter(|node| node.value != Json::Null)
}

impl File<'_> {
    pub(crate) fn needs(&self, node: &Node, field: &str, needs: &'static str) -> ParseError {
        ParseError::Needs { place: Place::of(self.bytes, node.at), field: format!("`{field}`"), needs }
    }

    pub(crate) fn object<'a>(
        &self,
        node: &'a Node,
        field: &str,
        known: &[&str],
    ) -> Result<Fields<'a>, ParseError> {
        let Json::Object(fields) = &node.value else { return Err(self.needs(node, field, "an object")) };
        for (name, value) in fields {
            if !known.contains(&name.as_str()) {
                let place = Place::of(self.bytes, value.at);
                return Err(ParseError::UnknownField { place, field: name.clone(), known: known.join(", ") });
            }
        }
        Ok(fields)
    }

    pub(crate) fn list<'a>(&self, node: &'a Node, field: &str) -> Result<&'a [Node], ParseError> {
        match &node.value {
            Json::List(values) => Ok(values),
            _ => Err(self.needs(node, field, "a list")),
        }
    }

    pub(crate) fn text(&self, node: &Node, field: &str) -> Result<String, ParseError> {
        match &node.value {
            Json::Text(text) => Ok(text.clone()),
            _ => Err(self.needs(node, field, "text in quotes")),
        }
    }

    pub(crate) fn integer(&self, node: &Node, field: &str) -> Result<i64, ParseError> {
        match &node.value {
            Json::Integer(value) => Ok(*value),
            _ => Err(self.needs(node, field, "an integer of 64 bits (micro-units or minor units)")),
        }
    }

    pub(crate) fn position(&self, node: &Node, field: &str) -> Result<usize, ParseError> {
        let value = self.integer(node, field)?;
        usize::try_from(value).map_err(|_| self.needs(node, field, "a position, counted from 0"))
    }

    pub(crate) fn integers(&self, node: &Node, field: &str) -> Result<Vec<i64>, ParseError> {
        self.list(node, field)?.iter().map(|value| self.integer(value, field)).collect()
    }

    fn positions(&self, node: &Node, field: &str) -> Result<Vec<usize>, ParseError> {
        self.list(node, field)?.iter().map(|value| self.position(value, field)).collect()
    }

    pub(crate) fn pair<'a>(
        &self,
        node: &'a Node,
        field: &str,
        needs: &'static str,
    ) -> Result<(&'a Node, &'a Node), ParseError> {
        match self.list(node, field)? {
            [first, second] => Ok((first, second)),
            _ => Err(self.needs(node, field, needs)),
        }
    }

    fn domain(&self, root: &Node) -> Result<Domain, ParseError> {
        let known = ["name", "reservation", "terms", "interactions", "constraints"];
        let fields = self.object(root, "the file", &known)?;
        let name = get(fields, "name").map(|node| self.text(node, "name")).transpose()?.unwrap_or_default();
        let mut disagreement = Totals::default();
        if let Some(node) = get(fields, "reservation") {
            let (firm, client) = self.pair(node, "reservation", "two integers, of a and of b")?;
            disagreement = Totals {
                firm: self.integer(firm, "reservation")?,
                client: self.integer(client, "reservation")?,
            };
        }
        let terms =
            get(fields, "terms").ok_or_else(|| self.needs(root, "terms", "a list with at least one term"))?;
        let mut read = vec![];
        let mut columns = vec![];
        for (idx, node) in self.list(terms, "terms")?.iter().enumerate() {
            let (term, has) = self.term(idx, node)?;
            read.push(term);
            columns.push(has);
        }
        let interactions = match get(fields, "interactions") {
            None => vec![],
            Some(node) => self.interactions(node)?,
        };
        let rules = match get(fields, "constraints") {
            None => Rules::default(),
            Some(node) => self.rules(node)?,
        };
        let sums =
            [("margin_floor", "m", rules.margin_floor, 2), ("concession_cap", "c", rules.concession_cap, 3)];
        for (rule, column, limit, position) in sums {
            let lacking = columns.iter().position(|has: &[bool; 4]| !has[position]);
            if let (Some(_), Some(idx)) = (limit, lacking) {
                return Err(ParseError::NoColumn { rule, column, term: read[idx].name.clone() });
            }
        }
        Ok(Domain::new(Parts { name, disagreement, terms: read, interactions, rules })?)
    }

    fn term(&self, idx: usize, node: &Node) -> Result<(Term, [bool; 4]), ParseError> {
        let known = [["name", "a", "b", "m", "c", "options"].as_slice(), &SOURCES].concat();
        let fields = self.object(node, "terms", &known)?;
        let name = match get(fields, "name") {
            None => format!("t{idx}"),
            Some(name) => self.text(name, "name")?,
        };
        let sourced = self.sourced(&name, node, fields)?;
        let from_source = |values: &Totals| Worth {
            firm: values.firm,
            client: values.client,
            margin: values.firm,
            concession: 0,
        };
        let of_source = |sourced: &Sourced| sourced.values.iter().map(from_source).collect();
        let mut worth: Vec<Worth> = sourced.as_ref().map_or_else(Vec::new, of_source);
        let is_sourced = sourced.is_some();
        let mut has = [is_sourced, is_sourced, is_sourced, false];
        for (position, column) in ["a", "b", "m", "c"].into_iter().enumerate() {
            if is_sourced && position < 2 {
                continue;
            }
            let Some(values) = get(fields, column) else {
                if position < 2 {
                    return Err(self.needs(
                        node,
                        column,
                        "a list with one integer for each option of the term",
                    ));
                }
                continue;
            };
            has[position] = true;
            let numbers = self.integers(values, column)?;
            if position == 0 {
                worth.resize(numbers.len(), Worth::default());
            }
            self.same_length(values, &name, column, numbers.len(), worth.len())?;
            for (worth, number) in worth.iter_mut().zip(numbers) {
                *[&mut worth.firm, &mut worth.client, &mut worth.margin, &mut worth.concession][position] =
                    number;
            }
        }
        let names = match get(fields, "options") {
            None => sourced
                .and_then(|sourced| sourced.names)
                .unwrap_or_else(|| (0..worth.len()).map(|option| format!("o{option}")).collect()),
            Some(values) => {
                let names: Result<Vec<String>, ParseError> = self
                    .list(values, "options")?
                    .iter()
                    .map(|value| match &value.value {
                        Json::Integer(number) => Ok(number.to_string()),
                        Json::Number(number) => Ok(number.clone()),
                        _ => self.text(value, "options"),
                    })
                    .collect();
                let names = names?;
                self.same_length(values, &name, "options", names.len(), worth.len())?;
                names
            }
        };
        let options = names.into_iter().zip(worth).map(|(name, worth)| TermOption { name, worth }).collect();
        Ok((Term { name, options }, has))
    }

    fn same_length(
        &self,
        node: &Node,
        term: &str,
        column: &'static str,
        n_found: usize,
        n_options: usize,
    ) -> Result<(), ParseError> {
        if n_found == n_options {
            return Ok(());
        }
        let place = Place::of(self.bytes, node.at);
        Err(ParseError::Lengths { place, term: term.to_owned(), column, n_found, n_options })
    }

    fn interactions(&self, node: &Node) -> Result<Vec<Interaction>, ParseError> {
        let mut pairs = vec![];
        for node in self.list(node, "interactions")? {
            let fields = self.object(node, "interactions", &["terms", "a", "b", "m", "c"])?;
            let named = get(fields, "terms")
                .ok_or_else(|| self.needs(node, "terms", "the positions of two terms"))?;
            let (first, second) = self.pair(named, "terms", "the positions of two terms")?;
            let (first, second) = (self.position(first, "terms")?, self.position(second, "terms")?);
            let mut worth: Vec<Vec<Worth>> = vec![];
            for (position, column) in ["a", "b", "m", "c"].into_iter().enumerate() {
                let Some(rows) = get(fields, column) else { continue };
                let rows: Vec<Vec<i64>> = self
                    .list(rows, column)?
                    .iter()
                    .map(|row| self.integers(row, column))
                    .collect::<Result<_, _>>()?;
                if worth.is_empty() {
                    worth = rows.iter().map(|row| vec![Worth::default(); row.len()]).collect();
                }
                let same = worth.len() == rows.len()
                    && worth.iter().zip(&rows).all(|(one, other)| one.len() == other.len());
                if !same {
                    return Err(self.needs(node, column, "as many rows and columns as the one before"));
                }
                for (worth, number) in worth.iter_mut().flatten().zip(rows.into_iter().flatten()) {
                    *[&mut worth.firm, &mut worth.client, &mut worth.margin, &mut worth.concession]
                        [position] = number;
                }
            }
            pairs.push(Interaction { first, second, worth });
        }
        Ok(pairs)
    }

    fn rules(&self, node: &Node) -> Result<Rules, ParseError> {
        let known = ["forbid", "links", "margin_floor", "concession_cap"];
        let fields = self.object(node, "constraints", &known)?;
        let mut rules = Rules::default();
        if let Some(forbid) = get(fields, "forbid") {
            for node in self.list(forbid, "forbid")? {
                let (term, option) = self.pair(node, "forbid", "pairs of a term and an option")?;
                rules.forbid.push((self.position(term, "forbid")?, self.position(option, "forbid")?));
            }
        }
        if let Some(links) = get(fields, "links") {
            for node in self.list(links, "links")? {
                let fields = self.object(node, "links", &["if", "then"])?;
                let side = |name: &'static str| {
                    let found =
                        get(fields, name).ok_or_else(|| self.needs(node, name, "[term, [options]]"))?;
                    let (term, options) = self.pair(found, name, "[term, [options]]")?;
                    Ok::<_, ParseError>((self.position(term, name)?, self.positions(options, name)?))
                };
                let ((if_term, if_options), (then_term, then_options)) = (side("if")?, side("then")?);
                rules.links.push(Link { if_term, if_options, then_term, then_options });
            }
        }
        let limit = |name: &str| get(fields, name).map(|node| self.integer(node, name)).transpose();
        rules.margin_floor = limit("margin_floor")?;
        rules.concession_cap = limit("concession_cap")?;
        Ok(rules)
    }
}
