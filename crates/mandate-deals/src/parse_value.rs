//! A term whose values come from facts: demand, payments, forecasts, risk or a capability, in the domain file.
//!
//! Such a term has one of these fields in the place of `a` and `b`; what it gives the firm counts as its margin unless `m` says
//! otherwise. Rates and probabilities are decimals with at most six places, read exactly. Not here: what comes of them (`value`).

use crate::json::{Json, Node, Place};
use crate::model::Totals;
use crate::parse::{Fields, File, ParseError, get};
use crate::value::{
    Capability, Chance, Demand, ONE_PPM, Outcome, Payment, Rates, Response, Side, Tolerances, ValueError,
    capability, contingent, demand, payments, risky,
};

/// The fields a term may have instead of `a` and `b`.
pub(crate) const SOURCES: [&str; 5] = ["demand", "payments", "contingent", "risky", "capability"];

/// Each option's value, with names where the source has some.
pub(crate) struct Sourced {
    pub values: Vec<Totals>,
    pub names: Option<Vec<String>>,
}

impl File<'_> {
    /// The values of a term that has a source; `None` where it has none.
    pub(crate) fn sourced(
        &self,
        term: &str,
        node: &Node,
        fields: Fields<'_>,
    ) -> Result<Option<Sourced>, ParseError> {
        let mut named = SOURCES.into_iter().filter_map(|name| get(fields, name).map(|source| (name, source)));
        let Some((name, source)) = named.next() else { return Ok(None) };
        if named.next().is_some() || get(fields, "a").is_some() || get(fields, "b").is_some() {
            let needs = "to be the only source of the term's values: no other one, and neither `a` nor `b`";
            return Err(self.needs(node, name, needs));
        }
        let reader = Source { file: self, term, node: source };
        let found = match name {
            "demand" => reader.demand(),
            "payments" => reader.payments(),
            "contingent" => reader.contingent(),
            "risky" => reader.risky(),
            _ => reader.capability(),
        };
        found.map(Some)
    }

    /// A decimal in parts per million, exactly.
    fn ppm(&self, node: &Node, field: &str) -> Result<i64, ParseError> {
        let found = match &node.value {
            Json::Integer(value) => value.checked_mul(ONE_PPM),
            Json::Number(text) => decimal_ppm(text),
            _ => None,
        };
        found.ok_or_else(|| self.needs(node, field, "a number with at most six decimals, such as -1.3"))
    }

    fn ppms(&self, node: &Node, field: &str) -> Result<Vec<i64>, ParseError> {
        self.list(node, field)?.iter().map(|value| self.ppm(value, field)).collect()
    }
}

fn decimal_ppm(text: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if part.len() > 6 || !whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let ppm: i64 = format!("{whole}{part:0<6}").parse().ok()?;
    Some(if negative { -ppm } else { ppm })
}

/// One term's source.
struct Source<'a> {
    file: &'a File<'a>,
    term: &'a str,
    node: &'a Node,
}

impl<'a> Source<'a> {
    fn fields(&self, known: &[&str]) -> Result<Fields<'a>, ParseError> {
        self.file.object(self.node, "a source", known)
    }

    fn field(
        &self,
        fields: Fields<'a>,
        name: &'static str,
        needs: &'static str,
    ) -> Result<&'a Node, ParseError> {
        get(fields, name).ok_or_else(|| self.file.needs(self.node, name, needs))
    }

    fn integer(&self, fields: Fields<'a>, name: &'static str) -> Result<i64, ParseError> {
        self.file.integer(self.field(fields, name, "an integer in minor units or whole units")?, name)
    }

    /// The value of every option, or the first error by term and option.
    fn each(
        &self,
        fields: Fields<'a>,
        of: impl Fn(&'a Node) -> Result<Result<Totals, ValueError>, ParseError>,
    ) -> Result<Sourced, ParseError> {
        let options = self.field(fields, "options", "a list with an entry for each option of the term")?;
        let mut values = vec![];
        for (option, node) in self.file.list(options, "options")?.iter().enumerate() {
            values.push(self.value(node, option, of(node)?)?);
        }
        Ok(Sourced { values, names: None })
    }

    fn value<T>(&self, node: &Node, option: usize, found: Result<T, ValueError>) -> Result<T, ParseError> {
        let place = Place::of(self.file.bytes, node.at);
        found.map_err(|why| ParseError::Value { place, term: self.term.to_owned(), option, why })
    }

    fn demand(&self) -> Result<Sourced, ParseError> {
        let fields = self.fields(&["price", "volume", "unit_cost", "elasticity", "table", "prices"])?;
        let needs = "a list with the unit price of each option";
        let prices = self.field(fields, "prices", needs)?;
        let response = match (get(fields, "elasticity"), get(fields, "table")) {
            (Some(elasticity), None) => {
                Response::Elasticity { ppm: self.file.ppm(elasticity, "elasticity")? }
            }
            (None, Some(table)) => Response::Table(self.pairs(table, "table")?),
            _ => {
                let needs = "one of the two: an elasticity, or a table of price and volume";
                return Err(self.file.needs(self.node, "elasticity` or `table", needs));
            }
        };
        let volume = match get(fields, "volume") {
            None if matches!(response, Response::Table(_)) => 0,
            _ => self.integer(fields, "volume")?,
        };
        let (price_minor, unit_cost_minor) =
            (self.integer(fields, "price")?, self.integer(fields, "unit_cost")?);
        let product = Demand { price_minor, volume, unit_cost_minor, response };
        let (mut values, mut names) = (vec![], vec![]);
        for (option, node) in self.file.list(prices, "prices")?.iter().enumerate() {
            let price = self.file.integer(node, "prices")?;
            values.push(self.value(node, option, demand(&product, price))?);
            names.push(price.to_string());
        }
        Ok(Sourced { values, names: Some(names) })
    }

    fn pairs(&self, node: &'a Node, field: &'static str) -> Result<Vec<(i64, i64)>, ParseError> {
        let pair = |node: &'a Node| {
            let (first, second) = self.file.pair(node, field, "pairs of integers")?;
            Ok((self.file.integer(first, field)?, self.file.integer(second, field)?))
        };
        self.file.list(node, field)?.iter().map(pair).collect()
    }

    fn payments(&self) -> Result<Sourced, ParseError> {
        let fields = self.fields(&["firm_rate", "client_rate", "options"])?;
        let rate = |name: &'static str| {
            self.file.ppm(self.field(fields, name, "a yearly rate, such as 0.06")?, name)
        };
        let rates = Rates { firm_ppm: rate("firm_rate")?, client_ppm: rate("client_rate")? };
        self.each(fields, |node| {
            let plan: Vec<Payment> = self
                .pairs(node, "options")?
                .into_iter()
                .map(|(day, amount_minor)| Payment { day, amount_minor })
                .collect();
            Ok(payments(&plan, rates))
        })
    }

    fn contingent(&self) -> Result<Sourced, ParseError> {
        let fields = self.fields(&["firm", "client", "options"])?;
        let forecast = |name: &'static str| {
            self.file.ppms(self.field(fields, name, "a list with the probability of each outcome")?, name)
        };
        let (firm, client) = (forecast("firm")?, forecast("client")?);
        self.each(fields, |node| {
            let amounts = self.file.integers(node, "options")?;
            if amounts.len() != firm.len() || amounts.len() != client.len() {
                let needs = "an amount for each outcome that both sides forecast";
                return Err(self.file.needs(node, "options", needs));
            }
            let outcomes: Vec<Outcome> = amounts
                .into_iter()
                .zip(firm.iter().zip(&client))
                .map(|(amount_minor, (firm, client))| Outcome {
                    firm_ppm: *firm,
                    client_ppm: *client,
                    amount_minor,
                })
                .collect();
            Ok(contingent(&outcomes))
        })
    }

    fn risky(&self) -> Result<Sourced, ParseError> {
        let fields = self.fields(&["chances", "firm_tolerance", "client_tolerance", "options"])?;
        let needs = "a list with the probability of each outcome";
        let shares = self.file.ppms(self.field(fields, "chances", needs)?, "chances")?;
        let tolerance = |name: &str| get(fields, name).map(|node| self.file.integer(node, name)).transpose();
        let tolerances = Tolerances {
            firm_minor: tolerance("firm_tolerance")?,
            client_minor: tolerance("client_tolerance")?,
        };
        self.each(fields, |node| {
            let amounts = self.pairs(node, "options")?;
            if amounts.len() != shares.len() {
                let needs = "what each outcome gives the firm and the client, in pairs";
                return Err(self.file.needs(node, "options", needs));
            }
            let chances: Vec<Chance> = amounts
                .into_iter()
                .zip(&shares)
                .map(|((firm, client), ppm)| Chance { ppm: *ppm, amounts: Totals { firm, client } })
                .collect();
            Ok(risky(&chances, tolerances))
        })
    }

    fn capability(&self) -> Result<Sourced, ParseError> {
        let fields = self.fields(&["options"])?;
        self.each(fields, |node| {
            if node.value == Json::Null {
                return Ok(Ok(Totals::default()));
            }
            let work = Source { file: self.file, term: self.term, node };
            let fields = work.fields(&["by", "cost", "saved", "fee"])?;
            let by = work.field(fields, "by", "`firm` or `client`")?;
            let by = match self.file.text(by, "by")?.as_str() {
                "firm" => Side::Firm,
                "client" => Side::Client,
                _ => return Err(self.file.needs(by, "by", "`firm` or `client`")),
            };
            let (cost_minor, saved_minor) = (work.integer(fields, "cost")?, work.integer(fields, "saved")?);
            let fee_minor = work.integer(fields, "fee")?;
            Ok(capability(Capability { cost_minor, saved_minor, fee_minor, by }))
        })
    }
}
