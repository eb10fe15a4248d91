//! What a client said, as JSON: offers, refusals, counters and choices, with what was known beforehand.
//!
//! One object: `offers` (its own, before anything else), `said` (everything, in order), `prior` by term, `seed`; and `terms` with
//! our own values where no domain file names them. An option is a position, or a name where a domain is at hand. Not here: the
//! domain file (`parse`).

use crate::json::{Json, Node, Place, read};
use crate::learn::{Order, Prior, Said, TermPrior};
use crate::model::Domain;
use crate::parse::{Fields, File, ParseError, get};

/// A file of things said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// Our own worth of each term's options, as whole numbers in the same order; empty where the file names no terms.
    pub firm: Vec<Vec<i64>>,
    /// What is known beforehand.
    pub prior: Prior,
    /// In order.
    pub said: Vec<Said>,
    /// Of the draws.
    pub seed: u64,
}

/// Reads a file of things said, about the terms it names itself.
///
/// # Errors
/// [`ParseError`], with the line and column.
pub fn heard(bytes: &[u8]) -> Result<Heard, ParseError> {
    Reader { file: File { bytes }, domain: None }.heard(&read(bytes)?)
}

/// Reads a file of things said about a domain's packages.
///
/// # Errors
/// [`ParseError`], with the line and column.
pub fn heard_of(domain: &Domain, bytes: &[u8]) -> Result<Heard, ParseError> {
    let mut heard = Reader { file: File { bytes }, domain: Some(domain) }.heard(&read(bytes)?)?;
    let worth = |term: &crate::model::Term| term.options.iter().map(|option| option.worth.firm).collect();
    heard.firm = domain.terms().iter().map(worth).collect();
    Ok(heard)
}

struct Reader<'a> {
    file: File<'a>,
    domain: Option<&'a Domain>,
}

impl Reader<'_> {
    fn heard(&self, root: &Node) -> Result<Heard, ParseError> {
        let known: &[&str] = match self.domain {
            None => &["terms", "prior", "offers", "said", "seed"],
            Some(_) => &["prior", "offers", "said", "seed"],
        };
        let file = &self.file;
        let fields = file.object(root, "the file", known)?;
        let mut heard = Heard::default();
        match get(fields, "terms") {
            Some(terms) => {
                for term in file.list(terms, "terms")? {
                    heard.firm.push(self.firm(term)?);
                }
            }
            None if self.domain.is_none() => {
                return Err(file.needs(root, "terms", "a list with our own values `a` of each term"));
            }
            None => {}
        }
        if let Some(prior) = get(fields, "prior") {
            for entry in file.list(prior, "prior")? {
                heard.prior.terms.push(self.prior(entry)?);
            }
        }
        if let Some(offers) = get(fields, "offers") {
            heard.said.extend(self.packages(offers, "offers")?.into_iter().map(Said::Offered));
        }
        if let Some(said) = get(fields, "said") {
            for entry in file.list(said, "said")? {
                heard.said.push(self.said(entry)?);
            }
        }
        if let Some(seed) = get(fields, "seed") {
            heard.seed = file.position(seed, "seed")? as u64;
        }
        Ok(heard)
    }

    /// Whole numbers in the order of the values, which may have fractions.
    fn firm(&self, term: &Node) -> Result<Vec<i64>, ParseError> {
        let fields = self.file.object(term, "terms", &["a", "name"])?;
        let values = get(fields, "a").ok_or_else(|| self.file.needs(term, "a", "a list of numbers"))?;
        let numbers = self.file.list(values, "a")?.iter().map(|value| self.number(value, "a"));
        let numbers: Vec<f64> = numbers.collect::<Result<_, _>>()?;
        let mut sorted = numbers.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        Ok(numbers.iter().map(|number| sorted.partition_point(|other| other < number) as i64).collect())
    }

    fn number(&self, node: &Node, field: &str) -> Result<f64, ParseError> {
        let number = match &node.value {
            Json::Integer(value) => Some(*value as f64),
            Json::Number(text) => text.parse().ok(),
            _ => None,
        };
        number
            .filter(|number: &f64| number.is_finite())
            .ok_or_else(|| self.file.needs(node, field, "a number"))
    }

    fn prior(&self, entry: &Node) -> Result<TermPrior, ParseError> {
        let fields = self.file.object(entry, "prior", &["weight", "order"])?;
        let mut prior = TermPrior::default();
        if let Some(weight) = get(fields, "weight") {
            prior.weight = self.number(weight, "weight")?;
        }
        if let Some(order) = get(fields, "order") {
            prior.order = match self.file.text(order, "order")?.as_str() {
                "unknown" => Order::Unknown,
                "rising" => Order::Rising,
                "falling" => Order::Falling,
                _ => return Err(self.file.needs(order, "order", "`unknown`, `rising` or `falling`")),
            };
        }
        Ok(prior)
    }

    fn said(&self, entry: &Node) -> Result<Said, ParseError> {
        let known = ["offered", "refused", "countered", "chosen"];
        let fields = self.file.object(entry, "said", &known)?;
        let [(what, node)] = fields else {
            return Err(self.file.needs(
                entry,
                "said",
                "one of `offered`, `refused`, `countered`, `chosen` each",
            ));
        };
        match what.as_str() {
            "offered" => Ok(Said::Offered(self.package(node, what)?)),
            "refused" => Ok(Said::Refused(self.package(node, what)?)),
            "countered" => {
                let fields = self.file.object(node, what, &["ours", "theirs"])?;
                let (ours, theirs) = (self.field(node, fields, "ours")?, self.field(node, fields, "theirs")?);
                let (ours, theirs) = (self.package(ours, "ours")?, self.package(theirs, "theirs")?);
                Ok(Said::Countered { ours, theirs })
            }
            _ => {
                let fields = self.file.object(node, what, &["among", "took"])?;
                let among = self.packages(self.field(node, fields, "among")?, "among")?;
                let took = self.file.position(self.field(node, fields, "took")?, "took")?;
                Ok(Said::Chosen { among, took })
            }
        }
    }

    fn field<'a>(&self, node: &Node, fields: Fields<'a>, name: &'static str) -> Result<&'a Node, ParseError> {
        get(fields, name).ok_or_else(|| self.file.needs(node, name, "a value"))
    }

    fn packages(&self, node: &Node, field: &str) -> Result<Vec<Vec<usize>>, ParseError> {
        self.file.list(node, field)?.iter().map(|package| self.package(package, field)).collect()
    }

    /// An option for each term, by position or name.
    fn package(&self, node: &Node, field: &str) -> Result<Vec<usize>, ParseError> {
        let options = self.file.list(node, field)?.iter().enumerate();
        options
            .map(|(idx, option)| {
                let Json::Text(name) = &option.value else { return self.file.position(option, field) };
                let term = self.domain.and_then(|domain| domain.terms().get(idx));
                let found = term.and_then(|term| term.options.iter().position(|option| option.name == *name));
                found.ok_or_else(|| ParseError::NoSuchOption {
                    place: Place::of(self.file.bytes, option.at),
                    term: term.map_or_else(|| idx.to_string(), |term| term.name.clone()),
                    option: name.clone(),
                })
            })
            .collect()
    }
}
