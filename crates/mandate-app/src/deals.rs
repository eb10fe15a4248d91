//! The deals engine's answers as JSON, for whoever has a domain file: the command line, later the renewals desk.
//!
//! Field names are those of the peers' scripts, so that results can be held side by side. Nothing here touches the book. The
//! clock of CPU time is an argument, by which a limit in seconds is kept. Not here: the methods (`mandate-deals`).

use mandate_deals::conflict::{conflict, sentence};
use mandate_deals::control::{Control, Progress, Verdict};
use mandate_deals::digest::digest;
use mandate_deals::frontier::{Chosen, Exactness, Front, FrontierError, frontier};
use mandate_deals::gap::{Change, GapError, Part, gap};
use mandate_deals::learn::{Estimate, LearnError, Learned, learn};
use mandate_deals::learned::{self, Held, LearnedError, Proposal};
use mandate_deals::model::{Domain, Totals};
use mandate_deals::offers::{Offered, Offers, OffersError, offers};
use mandate_deals::parse::{self, ParseError};
use mandate_deals::points::{Points, of_front, points};
use mandate_deals::said::{heard, heard_of};
use serde_json::{Value, json};

/// What is asked of a domain.
#[derive(Clone, Debug)]
pub enum Question {
    /// The front's digest, size and best points.
    Frontier { with_points: bool, with_packages: bool },
    /// The best points alone.
    Points,
    /// Three equivalent offers around what the firm aims at; with what the client said, by what that tells of its values.
    Offers { firm: Option<i64>, said: Option<Vec<u8>> },
    /// What an offer leaves: options by position or name; with what the client said, the changes that hold up.
    Gap { offer: Vec<String>, said: Option<Vec<u8>> },
}

/// How long and how much.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// CPU seconds for one run.
    pub seconds: Option<f64>,
    /// Points held at once.
    pub max_points: usize,
    /// Runs that are timed.
    pub n_runs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { seconds: None, max_points: Control::MAX_POINTS, n_runs: 1 }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum DealsError {
    #[error(transparent)]
    File(#[from] ParseError),
    #[error(transparent)]
    Frontier(#[from] FrontierError),
    #[error(transparent)]
    Offers(#[from] OffersError),
    #[error(transparent)]
    Gap(#[from] GapError),
    #[error(transparent)]
    Learn(#[from] LearnError),
    #[error(transparent)]
    Learned(#[from] LearnedError),
    /// No package keeps to every rule: which contradict each other, and what would help.
    #[error("{told}")]
    Contradiction { told: String },
    #[error("term `{term}` has no option `{option}`; name one or give its position, counted from 0")]
    NoSuchOption { term: String, option: String },
    #[error(
        "term `{term}`: `{option}` is the name of one option and the position of another; rename the option in the file"
    )]
    Ambiguous { term: String, option: String },
    #[error("there are {n_found} options for {n_terms} terms: give one for each, separated by commas")]
    Length { n_found: usize, n_terms: usize },
}

/// Answers a question about the domain in `file`; `cpu_s` is the process's CPU time.
///
/// # Errors
/// [`DealsError`], with the place in the file, or the term and option.
pub fn answer_deal(
    file: &[u8],
    question: &Question,
    limits: Limits,
    cpu_s: &dyn Fn() -> f64,
) -> Result<Value, DealsError> {
    let domain = parse::domain(file)?;
    let mut timed = Timed { limits, cpu_s, runs: vec![] };
    let answered = answered(&domain, question, &mut timed);
    let mut answer = answered.map_err(|error| explained(&domain, error, &mut timed))?;
    timed.runs.sort_by(f64::total_cmp);
    let median = timed.runs.get(timed.runs.len() / 2).copied();
    for (field, value) in [
        ("peer", json!("mandate")),
        ("version", json!(env!("CARGO_PKG_VERSION"))),
        ("domain", json!(domain.name())),
        ("terms", json!(domain.terms().len())),
        ("cpu_s", json!(median)),
        ("cpu_runs", json!(timed.runs)),
    ] {
        answer[field] = value;
    }
    Ok(answer)
}

/// An error that says there is no package, with the rules that contradict each other; any other as it is.
fn explained(domain: &Domain, error: DealsError, timed: &mut Timed<'_>) -> DealsError {
    let why = match &error {
        DealsError::Frontier(why)
        | DealsError::Offers(OffersError::Frontier(why))
        | DealsError::Gap(GapError::Frontier(why))
        | DealsError::Learned(LearnedError::Offers(OffersError::Frontier(why)))
        | DealsError::Learned(LearnedError::Gap(GapError::Frontier(why))) => why,
        _ => return error,
    };
    if !matches!(why, FrontierError::NoPackage | FrontierError::NothingLeft { .. }) {
        return error;
    }
    match timed.run(|control| conflict(domain, control)) {
        Ok(Some(found)) => DealsError::Contradiction { told: sentence(domain, &found) },
        Ok(None) | Err(_) => error,
    }
}

/// The answer's own fields.
fn answered(domain: &Domain, question: &Question, timed: &mut Timed<'_>) -> Result<Value, DealsError> {
    Ok(match question {
        Question::Frontier { with_points, with_packages } => {
            let front = timed.run(|control| frontier(domain, control))?;
            frontier_json(domain, &front, *with_points, *with_packages)
        }
        Question::Points => {
            let found = timed.run(|control| points(domain, domain.disagreement(), control))?;
            with_packages(domain, &found)
        }
        Question::Offers { firm, said: None } => {
            let found = timed.run(|control| offers(domain, *firm, control))?;
            offers_json(domain, &found)
        }
        Question::Offers { firm, said: Some(said) } => {
            let heard = heard_of(domain, said)?;
            let (learned, found) = timed.run(|control| {
                let learned = learn(&heard.firm, &heard.prior, &heard.said, heard.seed, control)?;
                let found = learned::offers(domain, &learned, *firm, control)?;
                Ok::<_, DealsError>((learned, found))
            })?;
            with_learned(offers_json(domain, &found), &learned)
        }
        Question::Gap { offer, said: Some(said) } => {
            let offer = package(domain, offer)?;
            let heard = heard_of(domain, said)?;
            let (learned, found) = timed.run(|control| {
                let learned = learn(&heard.firm, &heard.prior, &heard.said, heard.seed, control)?;
                let found = learned::holds_up(domain, &learned, &offer, control)?;
                Ok::<_, DealsError>((learned, found))
            })?;
            with_learned(proposals_json(domain, &offer, &found), &learned)
        }
        Question::Gap { offer, said: None } => {
            let offer = package(domain, offer)?;
            let found = timed.run(|control| gap(domain, &offer, control))?;
            let change = |change: &Option<Change>| change.as_ref().map(|change| change_json(domain, change));
            json!({
                "offer": pair(found.offer),
                "package": names(domain, &offer),
                "left": found.left.to_string().parse::<i64>().ok(),
                "changes": {
                    "joint": change(&found.joint),
                    "firm": change(&found.firm),
                    "client": change(&found.client),
                    "shared": change(&found.shared),
                },
                "exact": found.exactness == Exactness::Exact,
            })
        }
    })
}

/// Learns a client's values from one line of JSON, which names the terms itself.
///
/// # Errors
/// [`DealsError`], with the place in the line, or the term and option.
pub fn answer_learn(line: &[u8]) -> Result<Value, DealsError> {
    let heard = heard(line)?;
    let mut watch = |_: Progress| Verdict::Continue;
    let mut control = Control { max_points: Control::MAX_POINTS, watch: &mut watch };
    let learned = learn(&heard.firm, &heard.prior, &heard.said, heard.seed, &mut control)?;
    let by_term = |of: fn(&Learned, usize) -> &[f64]| -> Value {
        (0..learned.n_terms()).map(|term| json!(of(&learned, term))).collect()
    };
    let answer = json!({ "b": by_term(Learned::means), "sd": by_term(Learned::sds) });
    Ok(with_learned(answer, &learned))
}

fn with_learned(mut answer: Value, learned: &Learned) -> Value {
    answer["seed"] = json!(learned.seed());
    answer["draws"] = json!(learned.n_draws());
    answer["effective"] = json!(learned.effective());
    answer
}

fn proposals_json(domain: &Domain, from: &[usize], found: &Held) -> Value {
    let estimate = |estimate: &Estimate| {
        json!({
            "mean": estimate.mean, "sd": estimate.sd, "low": estimate.low, "high": estimate.high,
            "no_loss": estimate.no_loss,
        })
    };
    let change = |proposal: &Proposal| {
        let pairs = domain.terms().iter().zip(from.iter().zip(&proposal.package));
        let changed = pairs.filter(|(_, (from, to))| from != to).map(|(term, (from, to))| {
            let firm = |option: usize| term.options[option].worth.firm;
            json!({"term": term.name, "from": term.options[*from].name, "to": term.options[*to].name,
                "firm": firm(*to) - firm(*from)})
        });
        json!({
            "package": proposal.package,
            "firm": proposal.firm_gain,
            "client": estimate(&proposal.client),
            "parts": changed.collect::<Vec<_>>(),
        })
    };
    json!({
        "package": names(domain, from),
        "proposals": found.proposals.iter().map(change).collect::<Vec<_>>(),
        "exact": found.is_exact,
    })
}

/// Runs that are timed, each under the limits.
struct Timed<'a> {
    limits: Limits,
    cpu_s: &'a dyn Fn() -> f64,
    runs: Vec<f64>,
}

impl Timed<'_> {
    fn run<T, E>(&mut self, mut work: impl FnMut(&mut Control<'_>) -> Result<T, E>) -> Result<T, E> {
        loop {
            let begun = (self.cpu_s)();
            let (seconds, cpu_s) = (self.limits.seconds, self.cpu_s);
            let mut watch = |_: Progress| match seconds {
                Some(seconds) if cpu_s() - begun > seconds => Verdict::TimeUp,
                _ => Verdict::Continue,
            };
            let done = work(&mut Control { max_points: self.limits.max_points, watch: &mut watch });
            self.runs.push((self.cpu_s)() - begun);
            if done.is_err() || self.runs.len() >= self.limits.n_runs {
                return done;
            }
        }
    }
}

fn pair(totals: Totals) -> Value {
    json!([totals.firm, totals.client])
}

fn bound(exactness: Exactness) -> Value {
    match exactness {
        Exactness::Exact => json!(0),
        Exactness::Cover { bound_ppm } => json!(bound_ppm),
    }
}

fn names(domain: &Domain, package: &[usize]) -> Value {
    let chosen = domain.terms().iter().zip(package);
    chosen.map(|(term, option)| json!({"term": term.name, "option": term.options[*option].name})).collect()
}

fn rules(found: &Points) -> [(&'static str, &[Chosen]); 4] {
    [
        ("welfare", &found.welfare),
        ("nash", &found.nash),
        ("egalitarian", &found.egalitarian),
        ("ks", &found.kalai_smorodinsky),
    ]
}

fn frontier_json(domain: &Domain, front: &Front, with_points: bool, with_packages: bool) -> Value {
    let found = of_front(front, domain.disagreement());
    let mut solutions = json!({});
    for (rule, chosen) in rules(&found).into_iter().filter(|(_, chosen)| !chosen.is_empty()) {
        solutions[rule] = chosen.iter().map(|chosen| pair(chosen.totals)).collect();
    }
    let mut answer = json!({
        "front": front.points().len(),
        "digest": digest(front.points().iter().copied()),
        "exact": front.exactness() == Exactness::Exact,
        "bound_ppm": bound(front.exactness()),
        "solutions": solutions,
    });
    if with_points {
        answer["points"] = front.points().iter().map(|totals| pair(*totals)).collect();
    }
    if with_packages {
        answer["packages"] = (0..front.points().len()).map(|idx| json!(front.package(idx))).collect();
    }
    answer
}

fn with_packages(domain: &Domain, found: &Points) -> Value {
    let mut answer = json!({
        "disagreement": pair(domain.disagreement()),
        "exact": found.exactness == Exactness::Exact,
        "bound_ppm": bound(found.exactness),
    });
    for (rule, chosen) in rules(found) {
        let of = |chosen: &Chosen| json!({"totals": pair(chosen.totals), "package": names(domain, &chosen.package)});
        answer["solutions"][rule] = chosen.iter().map(of).collect();
    }
    answer
}

fn offers_json(domain: &Domain, found: &Offered) -> Value {
    let of = |offer: &mandate_deals::offers::Offer| json!({"totals": pair(offer.totals), "package": names(domain, &offer.package)});
    let (offers, none_proven): (Vec<Value>, bool) = match &found.offers {
        Offers::Three(three) => (three.iter().map(of).collect(), false),
        Offers::NoThree { proven } => (vec![], *proven),
    };
    json!({
        "offers": offers,
        "none_proven": none_proven,
        "exact": found.exactness == Exactness::Exact,
        "bound_ppm": bound(found.exactness),
    })
}

/// Options by position or name, one for each term; what may be read as two options is refused.
fn package(domain: &Domain, named: &[String]) -> Result<Vec<usize>, DealsError> {
    let terms = domain.terms();
    if named.len() != terms.len() {
        return Err(DealsError::Length { n_found: named.len(), n_terms: terms.len() });
    }
    let of = |(term, name): (&mandate_deals::model::Term, &String)| {
        let (name, of_term) = (name.trim(), term.name.clone());
        let by_name = term.options.iter().position(|option| option.name == name);
        let by_position = name.parse().ok().filter(|position| *position < term.options.len());
        match (by_name, by_position) {
            (Some(one), Some(other)) if one != other => {
                Err(DealsError::Ambiguous { term: of_term, option: name.to_owned() })
            }
            (Some(idx), _) | (None, Some(idx)) => Ok(idx),
            (None, None) => Err(DealsError::NoSuchOption { term: of_term, option: name.to_owned() }),
        }
    };
    terms.iter().zip(named).map(of).collect()
}

fn change_json(domain: &Domain, change: &Change) -> Value {
    let part = |part: &Part| match part {
        Part::Term { term, from, to, gains } => {
            let term = &domain.terms()[*term];
            let (from, to) = (&term.options[*from].name, &term.options[*to].name);
            json!({"term": term.name, "from": from, "to": to, "gains": pair(*gains)})
        }
        Part::Pair { pair: idx, gains } => {
            let rule = &domain.interactions()[*idx];
            let of = |term: usize| &domain.terms()[term].name;
            json!({"pair": [of(rule.first), of(rule.second)], "gains": pair(*gains)})
        }
    };
    json!({
        "gains": pair(change.gains),
        "package": change.package,
        "parts": change.parts.iter().map(part).collect::<Vec<_>>(),
    })
}
