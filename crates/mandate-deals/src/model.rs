//! The negotiation as a value: terms, options, both parties' worth, pairs of terms that interact, and the rules.
//!
//! A [`Domain`] is checked once, when it is made: no sum over a package can overflow afterwards. The firm is `a` in the
//! file, the client `b`. Not here: reading the file (`parse`), and what comes of it (`frontier`, `points`).

/// Sums of a package may reach this in size; input beyond is refused.
pub const LARGEST_TOTAL: i64 = 1 << 60;
/// Terms a domain may have.
pub const MAX_TERMS: usize = 2_000;
/// Options a term may have.
pub const MAX_OPTIONS: usize = 10_000;

/// What a package gives each party.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Totals {
    /// The firm's (`a`).
    pub firm: i64,
    /// The client's (`b`).
    pub client: i64,
}

impl Totals {
    /// Whether each party has at least what `other` gives it.
    pub fn matches(self, other: Self) -> bool {
        self.firm >= other.firm && self.client >= other.client
    }

    /// Both parties' sum.
    pub fn joint(self) -> i128 {
        i128::from(self.firm) + i128::from(self.client)
    }
}

/// A column of the file and how to read it.
type Column = (&'static str, fn(&Worth) -> i64);

/// What one option, or one pair of options, adds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// To the firm.
    pub firm: i64,
    /// To the client.
    pub client: i64,
    /// To the sum under the margin floor.
    pub margin: i64,
    /// To the sum under the concession cap.
    pub concession: i64,
}

impl Worth {
    pub(crate) const COLUMNS: [Column; 4] = [
        ("a", |worth| worth.firm),
        ("b", |worth| worth.client),
        ("m", |worth| worth.margin),
        ("c", |worth| worth.concession),
    ];

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            firm: self.firm + other.firm,
            client: self.client + other.client,
            margin: self.margin + other.margin,
            concession: self.concession + other.concession,
        }
    }

    /// The parties' part.
    pub fn totals(self) -> Totals {
        Totals { firm: self.firm, client: self.client }
    }
}

/// One choice within a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermOption {
    /// As people know it.
    pub name: String,
    /// What it adds.
    pub worth: Worth,
}

/// Something to agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// As people know it.
    pub name: String,
    /// One of these is chosen.
    pub options: Vec<TermOption>,
}

/// Two terms whose options are worth more, or less, together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interaction {
    /// Position of the first term.
    pub first: usize,
    /// Position of the second term.
    pub second: usize,
    /// By option of the first term, then of the second.
    pub worth: Vec<Vec<Worth>>,
}

/// If the first term is on one of its options, the second has to be on one of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Position of the term that asks.
    pub if_term: usize,
    /// Its options that ask.
    pub if_options: Vec<usize>,
    /// Position of the term that is asked.
    pub then_term: usize,
    /// Its options that will do.
    pub then_options: Vec<usize>,
}

/// What a package has to keep to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Guardrails: (term, option) that may not be chosen.
    pub forbid: Vec<(usize, usize)>,
    /// If-then links.
    pub links: Vec<Link>,
    /// The margin's sum is at least this.
    pub margin_floor: Option<i64>,
    /// The concession's sum is at most this.
    pub concession_cap: Option<i64>,
}

/// A negotiation that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    name: String,
    disagreement: Totals,
    // INVARIANT: not empty, no term without options, every position in `interactions` and `rules` exists, and the largest
    // sums stay below LARGEST_TOTAL.
    terms: Vec<Term>,
    interactions: Vec<Interaction>,
    rules: Rules,
}

/// Why a domain is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    #[error("there is no term: name at least one thing to agree on")]
    NoTerms,
    #[error("there are {n_terms} terms; at most {MAX_TERMS} are taken")]
    TooManyTerms { n_terms: usize },
    #[error("term `{term}` has no option: give it at least one")]
    NoOptions { term: String },
    #[error("term `{term}` has {n_options} options; at most {MAX_OPTIONS} are taken")]
    TooManyOptions { term: String, n_options: usize },
    #[error(
        "term `{term}`, option `{option}`: with `{column}` the total leaves the range of 2^60; use a larger unit"
    )]
    TooLarge { term: String, option: String, column: &'static str },
    #[error("the disagreement value {value} leaves the range of 2^60; use a larger unit")]
    DisagreementTooLarge { value: i64 },
    #[error("{rule} names term {term}; there are {n_terms}, counted from 0")]
    NoSuchTerm { rule: String, term: usize, n_terms: usize },
    #[error("{rule} names option {option} of term `{term}`, which has {n_options}, counted from 0")]
    NoSuchOption { rule: String, term: String, option: usize, n_options: usize },
    #[error("{rule} pairs term `{term}` with itself: add its worth to the options instead")]
    WithItself { rule: String, term: String },
    #[error(
        "{rule} needs one row for each of the {n_rows} options of `{first}`, each with one value for each of the {n_columns} options of `{second}`"
    )]
    Shape { rule: String, first: String, second: String, n_rows: usize, n_columns: usize },
}

/// The parts of a domain, unchecked.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// As people know it.
    pub name: String,
    /// What each has without a deal.
    pub disagreement: Totals,
    /// What is to be agreed on.
    pub terms: Vec<Term>,
    /// Pairs that are worth more, or less, together.
    pub interactions: Vec<Interaction>,
    /// What a package has to keep to.
    pub rules: Rules,
}

impl Domain {
    /// Checks the parts.
    ///
    /// # Errors
    /// [`DomainError`], with the term and option by name.
    pub fn new(parts: Parts) -> Result<Self, DomainError> {
        let Parts { name, disagreement, terms, interactions, rules } = parts;
        if terms.is_empty() {
            return Err(DomainError::NoTerms);
        }
        if terms.len() > MAX_TERMS {
            return Err(DomainError::TooManyTerms { n_terms: terms.len() });
        }
        for term in &terms {
            match term.options.len() {
                0 => return Err(DomainError::NoOptions { term: term.name.clone() }),
                1..=MAX_OPTIONS => {}
                n_options => return Err(DomainError::TooManyOptions { term: term.name.clone(), n_options }),
            }
        }
        for value in [disagreement.firm, disagreement.client] {
            if value.unsigned_abs() > LARGEST_TOTAL.unsigned_abs() {
                return Err(DomainError::DisagreementTooLarge { value });
            }
        }
        let domain = Self { name, disagreement, terms, interactions, rules };
        domain.check_rules()?;
        domain.check_interactions()?;
        domain.check_range()?;
        Ok(domain)
    }

    /// As people know it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What each party has without a deal.
    pub fn disagreement(&self) -> Totals {
        self.disagreement
    }

    /// What is to be agreed on.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Pairs that are worth more, or less, together.
    pub fn interactions(&self) -> &[Interaction] {
        &self.interactions
    }

    /// What a package has to keep to.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The domain back in its parts, to change and check again.
    pub fn into_parts(self) -> Parts {
        let Self { name, disagreement, terms, interactions, rules } = self;
        Parts { name, disagreement, terms, interactions, rules }
    }

    /// What a package adds up to; `None` when it is no package of this domain.
    pub fn worth(&self, package: &[usize]) -> Option<Worth> {
        if package.len() != self.terms.len() {
            return None;
        }
        let mut sum = Worth::default();
        for (term, option) in self.terms.iter().zip(package) {
            sum = sum.plus(term.options.get(*option)?.worth);
        }
        for pair in &self.interactions {
            sum = sum.plus(pair.worth[package[pair.first]][package[pair.second]]);
        }
        Some(sum)
    }

    /// Whether a package of this domain keeps to every rule.
    pub fn keeps_rules(&self, package: &[usize]) -> bool {
        let Some(worth) = self.worth(package) else { return false };
        let broken = |link: &Link| {
            link.if_options.contains(&package[link.if_term])
                && !link.then_options.contains(&package[link.then_term])
        };
        !self.rules.forbid.iter().any(|(term, option)| package[*term] == *option)
            && !self.rules.links.iter().any(broken)
            && self.rules.margin_floor.is_none_or(|floor| worth.margin >= floor)
            && self.rules.concession_cap.is_none_or(|cap| worth.concession <= cap)
    }

    fn check_option(&self, rule: &str, term: usize, option: usize) -> Result<(), DomainError> {
        let n_terms = self.terms.len();
        let found =
            self.terms.get(term).ok_or(DomainError::NoSuchTerm { rule: rule.to_owned(), term, n_terms })?;
        let n_options = found.options.len();
        if option >= n_options {
            let (rule, term) = (rule.to_owned(), found.name.clone());
            return Err(DomainError::NoSuchOption { rule, term, option, n_options });
        }
        Ok(())
    }

    fn check_rules(&self) -> Result<(), DomainError> {
        for (idx, (term, option)) in self.rules.forbid.iter().enumerate() {
            self.check_option(&format!("guardrail {idx}"), *term, *option)?;
        }
        for (idx, link) in self.rules.links.iter().enumerate() {
            let rule = format!("link {idx}");
            // Option 0 always exists: this checks the term where the list is empty.
            for option in link.if_options.iter().chain([&0]) {
                self.check_option(&rule, link.if_term, *option)?;
            }
            for option in link.then_options.iter().chain([&0]) {
                self.check_option(&rule, link.then_term, *option)?;
            }
        }
        Ok(())
    }

    fn check_interactions(&self) -> Result<(), DomainError> {
        for (idx, pair) in self.interactions.iter().enumerate() {
            let rule = format!("interaction {idx}");
            self.check_option(&rule, pair.first, 0)?;
            self.check_option(&rule, pair.second, 0)?;
            let (first, second) = (&self.terms[pair.first], &self.terms[pair.second]);
            if pair.first == pair.second {
                return Err(DomainError::WithItself { rule, term: first.name.clone() });
            }
            let (n_rows, n_columns) = (first.options.len(), second.options.len());
            if pair.worth.len() != n_rows || pair.worth.iter().any(|row| row.len() != n_columns) {
                let (first, second) = (first.name.clone(), second.name.clone());
                return Err(DomainError::Shape { rule, first, second, n_rows, n_columns });
            }
        }
        Ok(())
    }

    /// The largest sums, in size, stay within range: then no sum over any part of a package leaves it.
    fn check_range(&self) -> Result<(), DomainError> {
        for (column, of) in Worth::COLUMNS {
            let mut sum: i128 = 0;
            for term in &self.terms {
                let largest = term.options.iter().max_by_key(|option| of(&option.worth).unsigned_abs());
                let Some(option) = largest else { continue };
                sum += i128::from(of(&option.worth).unsigned_abs());
                if sum > i128::from(LARGEST_TOTAL) {
                    let (term, option) = (term.name.clone(), option.name.clone());
                    return Err(DomainError::TooLarge { term, option, column });
                }
            }
            for pair in &self.interactions {
                let sizes =
                    pair.worth.iter().enumerate().flat_map(|(first, row)| {
                        row.iter().map(move |worth| (of(worth).unsigned_abs(), first))
                    });
                let Some((size, first)) = sizes.max_by_key(|(size, _)| *size) else { continue };
                sum += i128::from(size);
                if sum > i128::from(LARGEST_TOTAL) {
                    let term = &self.terms[pair.first];
                    let (term, option) = (term.name.clone(), term.options[first].name.clone());
                    return Err(DomainError::TooLarge { term, option, column });
                }
            }
        }
        Ok(())
    }
}
