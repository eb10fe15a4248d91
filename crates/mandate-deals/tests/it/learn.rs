//! Learning: held against clients whose values are known, exact where it can be, and calibrated where it cannot.

use mandate_deals::control::{Control, Progress, Verdict};
use mandate_deals::frontier::Exactness;
use mandate_deals::learn::{LearnError, Learned, Order, Prior, Said, TermPrior, learn};
use mandate_deals::learned;
use mandate_deals::model::{Domain, Term};
use mandate_deals::offers::{Offered, Offers};
use mandate_deals::said::{heard, heard_of};
use serde_json::Value;

use crate::kit::{Shape, Stream, domain};
use crate::points::campsite;
use crate::scenarios::lines;

pub fn learned_of(firm: &[Vec<i64>], prior: &Prior, said: &[Said], seed: u64) -> Result<Learned, LearnError> {
    let mut watch = |_: Progress| Verdict::Continue;
    learn(firm, prior, said, seed, &mut Control { max_points: 1_000_000, watch: &mut watch })
}

/// Correlation.
fn pearson(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum = |of: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|(a, b)| of(a - x, b - y)).sum::<f64>();
    let norm = (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
    if norm > 0.0 { sum(&|a, b| a * b) / norm } else { 0.0 }
}

/// A public scenario as the peers' `learner.py` has it: at least 3 terms, 100 to 200,000 packages, each domain once.
fn is_scored(line: &Value) -> bool {
    let n_outcomes = line["n_outcomes"].as_u64().expect("a number");
    let name = line["scenario"].as_str().expect("a name");
    line["n_issues"].as_u64() >= Some(3)
        && (100..=200_000).contains(&n_outcomes)
        && !name.ends_with(['B', 'C'])
}

struct Scored {
    firm: Vec<Vec<f64>>,
    client: Vec<Vec<f64>>,
    packages: Vec<Vec<usize>>,
    /// Of the packages, the client's best first.
    falling: Vec<usize>,
}

fn worth(values: &[Vec<f64>], package: &[usize]) -> f64 {
    values.iter().zip(package).map(|(values, option)| values[*option]).sum()
}

impl Scored {
    fn new(line: &Value) -> Self {
        let side = |side: &str| -> Vec<Vec<f64>> {
            let issues = line["issues"].as_array().expect("issues").iter();
            let values = |issue: &Value| {
                issue[side].as_array().expect("values").iter().map(|v| v.as_f64().expect("one")).collect()
            };
            issues.map(values).collect()
        };
        let (firm, client) = (side("a"), side("b"));
        let mut packages: Vec<Vec<usize>> = vec![vec![]];
        for values in &firm {
            let longer = packages.iter().flat_map(|package| {
                (0..values.len()).map(move |option| [package.as_slice(), &[option]].concat())
            });
            packages = longer.collect();
        }
        let mut falling: Vec<usize> = (0..packages.len()).collect();
        falling.sort_by(|one, other| {
            worth(&client, &packages[*other]).total_cmp(&worth(&client, &packages[*one]))
        });
        Self { firm, client, packages, falling }
    }

    /// Trade and correlation, as `learner.py` defines them, over all packages.
    fn score(&self, offers: &[usize]) -> (f64, f64) {
        let said: Vec<Said> =
            offers.iter().map(|offer| Said::Offered(self.packages[*offer].clone())).collect();
        let micro = |values: &Vec<f64>| values.iter().map(|value| (value * 1e6) as i64).collect();
        let firm: Vec<Vec<i64>> = self.firm.iter().map(micro).collect();
        let found = learned_of(&firm, &Prior::default(), &said, 0).expect("learned");
        let means: Vec<Vec<f64>> = (0..firm.len()).map(|term| found.means(term).to_vec()).collect();
        let most = self.packages.iter().map(|package| worth(&self.firm, package)).fold(0.0, f64::max);
        let allowed: Vec<&Vec<usize>> =
            self.packages.iter().filter(|package| worth(&self.firm, package) >= 0.75 * most).collect();
        let picked = allowed
            .iter()
            .max_by(|one, other| worth(&means, one).total_cmp(&worth(&means, other)))
            .expect("one is allowed");
        let best = allowed.iter().map(|package| worth(&self.client, package)).fold(0.0, f64::max);
        let pairs: Vec<(f64, f64)> = self
            .packages
            .iter()
            .map(|package| (worth(&means, package), worth(&self.client, package)))
            .collect();
        (worth(&self.client, picked) / best, pearson(&pairs))
    }

    /// A client that gives way slowly at first: one of the five worst packages at or above its target, by chance.
    fn conceding(&self, stream: &mut Stream) -> Vec<usize> {
        let of = |package: usize| worth(&self.client, &self.packages[package]);
        let (most, least) = (of(self.falling[0]), of(self.falling[self.falling.len() - 1]));
        let low = least + 0.3 * (most - least);
        let offer = |idx: usize| {
            let target = low + (most - low) * (1.0 - (idx as f64 / 200.0).sqrt());
            let n = self.falling.partition_point(|package| of(*package) >= target - 1e-9);
            self.falling[n - 1 - stream.below(n.min(5))]
        };
        (0..5).map(offer).collect()
    }
}

#[test]
fn public_scenarios_are_learned_from_five_offers_beyond_a_frequency_model() {
    let Some(lines) = lines("anac_additive.jsonl") else { return };
    let scored: Vec<Scored> = lines.iter().filter(|line| is_scored(line)).map(Scored::new).collect();
    assert_eq!(scored.len(), 19);
    let mean = |scores: &[(f64, f64)]| {
        let n = scores.len() as f64;
        (scores.iter().map(|s| s.0).sum::<f64>() / n, scores.iter().map(|s| s.1).sum::<f64>() / n)
    };
    // Its packages in falling order; the peers' frequency model has .956 and .727.
    let falling: Vec<_> = scored.iter().map(|one| one.score(&one.falling[..5])).collect();
    let (trade, correlation) = mean(&falling);
    assert!(trade >= 0.97 && correlation >= 0.76, "in falling order: {trade:.3} {correlation:.3}");
    // The peers' frequency model has .942 and .735.
    let conceding: Vec<_> = (0..3)
        .flat_map(|seed| scored.iter().map(move |one| one.score(&one.conceding(&mut Stream(seed)))))
        .collect();
    let (trade, correlation) = mean(&conceding);
    assert!(trade >= 0.94 && correlation >= 0.76, "conceding: {trade:.3} {correlation:.3}");
    // One package five times: nothing but the favourites can be known. The peers' frequency model has .667.
    let same: Vec<_> = scored.iter().map(|one| one.score(&[one.falling[0]; 5])).collect();
    let (_, correlation) = mean(&same);
    assert!(correlation >= 0.70, "always the same: {correlation:.3}");
}

#[test]
fn a_choice_among_all_packages_teaches_what_an_offer_does() {
    // An offer is weighed exactly, a choice by draws: they say the same when everything lay on the table.
    let firm = vec![vec![3, 1, 2], vec![0, 5]];
    let all: Vec<Vec<usize>> = (0..3).flat_map(|one| (0..2).map(move |other| vec![one, other])).collect();
    for took in 0..all.len() {
        let by_offer =
            learned_of(&firm, &Prior::default(), &[Said::Offered(all[took].clone())], 5).expect("learned");
        let chosen = Said::Chosen { among: all.clone(), took };
        let by_choice = learned_of(&firm, &Prior::default(), &[chosen], 5).expect("learned");
        for term in 0..2 {
            for (one, other) in by_offer.means(term).iter().zip(by_choice.means(term)) {
                assert!((one - other).abs() < 0.035, "took {took}, term {term}: {one} {other}");
            }
        }
        assert!(by_choice.effective() < 1_000.0 && by_offer.effective() == 1_000.0);
    }
}

#[test]
fn draws_of_clients_are_found_again_as_often_as_the_spread_says() {
    let firm = vec![vec![1, 4, 2, 3], vec![0, 1, 2, 3, 4], vec![9, 1, 5], vec![1, 0]];
    let clients = learned_of(&firm, &Prior::default(), &[], 11).expect("the prior");
    let mut stream = Stream(3);
    let mut package = || firm.iter().map(|options| stream.below(options.len())).collect::<Vec<usize>>();
    let (mut n_inside, mut n_sure, mut n_right, mut n) = (0, 0, 0, 0);
    for client in (0..clients.n_draws()).step_by(4) {
        let values = clients.client(client).expect("a client");
        // Of ten packages it offers its best; of two of ours it chooses the better.
        let ten: Vec<Vec<usize>> = (0..10).map(|_| package()).collect();
        let best = |among: &[Vec<usize>]| {
            let of = |idx: &usize| worth(&values, &among[*idx]);
            (0..among.len()).max_by(|one, other| of(one).total_cmp(&of(other))).expect("some")
        };
        let two = vec![package(), package()];
        let said = [
            Said::Chosen { took: best(&ten), among: ten },
            Said::Chosen { took: best(&two), among: two.clone() },
        ];
        let found = learned_of(&firm, &Prior::default(), &said, 1).expect("learned");
        let (from, to) = (package(), package());
        let gain = found.gain(&from, &to).expect("a gain");
        let truth = worth(&values, &to) - worth(&values, &from);
        n_inside += usize::from(gain.low - 1e-9 <= truth && truth <= gain.high + 1e-9);
        if gain.no_loss >= 0.9 {
            n_sure += 1;
            n_right += usize::from(truth >= -1e-9);
        }
        n += 1;
    }
    // Clients that always take the better are a little more exact than those the engine knows.
    assert!(n_inside * 100 >= n * 85, "{n_inside} of {n} within 90 %");
    assert!(n_sure > 10 && n_right * 100 >= n_sure * 85, "{n_right} of {n_sure} as sure as said");
}

#[test]
fn refusals_and_counters_move_what_is_believed_and_the_seed_repeats_it() {
    let firm = vec![vec![0, 1, 2], vec![2, 1, 0]];
    let offered = Said::Offered(vec![0, 0]);
    let before = learned_of(&firm, &Prior::default(), std::slice::from_ref(&offered), 9).expect("learned");
    let refused = [offered, Said::Refused(vec![0, 2])];
    let after = learned_of(&firm, &Prior::default(), &refused, 9).expect("learned");
    let of = |learned: &Learned| learned.gain(&[0, 2], &[0, 0]).expect("a gain").no_loss;
    assert!(of(&after) >= of(&before), "{} {}", of(&after), of(&before));
    let countered = [Said::Countered { ours: vec![2, 0], theirs: vec![0, 1] }];
    let found = learned_of(&firm, &Prior::default(), &countered, 9).expect("learned");
    assert!(found.gain(&[2, 0], &[0, 1]).expect("a gain").no_loss > 0.9);
    let again = learned_of(&firm, &Prior::default(), &countered, 9).expect("learned");
    assert_eq!((found.means(0), found.sds(1)), (again.means(0), again.sds(1)));
    assert_eq!((again.seed(), again.client(7)), (9, found.client(7)));
}

#[test]
fn wrong_words_are_told_by_what_was_said() {
    let firm = vec![vec![0, 1], vec![2, 1, 0]];
    let error = |said: &[Said]| learned_of(&firm, &Prior::default(), said, 0).expect_err("wrong").to_string();
    assert_eq!(
        error(&[Said::Offered(vec![0, 0]), Said::Refused(vec![0, 3])]),
        "the refused offer (number 1 of what was said) has option 3 of term 1, which has 3, counted from 0"
    );
    assert_eq!(
        error(&[Said::Chosen { among: vec![], took: 0 }]),
        "the choice (number 0 of what was said) says that package 0 was chosen among 0, counted from 0"
    );
    assert_eq!(learned_of(&[], &Prior::default(), &[], 0).expect_err("none"), LearnError::NoTerms);
    let prior = Prior { terms: vec![TermPrior { weight: f64::NAN, order: Order::Unknown }; 2] };
    assert_eq!(
        learned_of(&firm, &prior, &[], 0).expect_err("no weight").to_string(),
        "the prior's weight of term 0 has to be a number above 0, at most 1000000"
    );
    let text = r#"{"terms": [{"a": [1]}], "said": [{"offered": [0], "refused": [0]}]}"#;
    assert_eq!(
        heard(text.as_bytes()).expect_err("two").to_string(),
        "line 1, column 34: `said` needs one of `offered`, `refused`, `countered`, `chosen` each"
    );
}

/// The domain and the words of the method's page.
const RENEWAL: &str = r#"{"name": "renewal", "terms": [
 {"name": "Price", "options": ["6 % lower", "3 % lower", "today"], "a": [0, 300, 600], "b": [0, 0, 0]},
 {"name": "Term", "options": ["1 year", "2 years", "3 years"], "a": [0, 150, 300], "b": [0, 0, 0]},
 {"name": "Payment", "options": ["monthly", "quarterly", "yearly"], "a": [0, 40, 100], "b": [0, 0, 0]},
 {"name": "Hotline", "options": ["office hours", "day and night"], "a": [200, 0], "b": [0, 0]}]}"#;
const WORDS: &str = r#"{"prior": [{"order": "falling"}, {"order": "unknown"}, {"order": "falling"}, {"order": "rising"}],
 "said": [{"offered": ["6 % lower", "3 years", "monthly", "day and night"]},
  {"countered": {"ours": ["today", "3 years", "monthly", "day and night"],
                 "theirs": ["6 % lower", "3 years", "monthly", "office hours"]}},
  {"refused": ["3 % lower", "1 year", "monthly", "day and night"]}], "seed": 1}"#;

#[test]
fn choices_count_by_their_packages_and_the_watch_is_asked_between_terms() {
    let firm = vec![vec![0, 1, 2]; 6];
    let choice = |n: usize| Said::Chosen { among: vec![vec![0; 6]; n], took: 0 };
    let none = Prior::default();
    let error = learned_of(&firm, &none, &[choice(600), choice(401)], 1).expect_err("too much");
    assert_eq!(error, LearnError::TooMuchSaid { n_said: 1_001 });
    let said = [Said::Chosen { among: vec![vec![0; 6], vec![2; 6]], took: 0 }];
    let mut n_asked = 0;
    let mut watch = |_: Progress| {
        n_asked += 1;
        if n_asked == 4 { Verdict::Cancel } else { Verdict::Continue }
    };
    let found = learn(&firm, &none, &said, 1, &mut Control { max_points: 1_000, watch: &mut watch });
    // Four times within the first of twelve rounds of six terms.
    assert_eq!(found.expect_err("cancelled"), LearnError::Cancelled);
}

#[test]
fn the_learning_page_shows_what_the_engine_computes() {
    let domain = mandate_deals::parse::domain(RENEWAL.as_bytes()).expect("a domain");
    let heard = heard_of(&domain, WORDS.as_bytes()).expect("words");
    let found = learned_of(&heard.firm, &heard.prior, &heard.said, heard.seed).expect("learned");
    let best = |term: usize| (found.means(term).iter().copied().fold(0.0, f64::max) * 100.0).round();
    assert_eq!([best(0), best(1), best(2), best(3)], [31.0, 27.0, 28.0, 12.0]);
    let mut watch = |_: Progress| Verdict::Continue;
    let mut control = Control { max_points: 1_000_000, watch: &mut watch };
    // In force: 3 % lower, one year, quarterly, day and night.
    let held = learned::holds_up(&domain, &found, &[1, 0, 1, 1], &mut control).expect("proposals");
    assert!(held.is_exact);
    let held = held.proposals;
    let told = |idx: usize| {
        (held[idx].package.clone(), held[idx].firm_gain, (held[idx].client.no_loss * 1000.0).round())
    };
    assert_eq!(told(0), (vec![1, 2, 0, 1], 260, 1000.0));
    assert_eq!(told(4), (vec![2, 2, 0, 1], 560, 949.0));
    assert_eq!(told(6), (vec![2, 2, 0, 0], 760, 828.0));
    // Four terms leave no three packages that are equal for the firm, near the frontier and apart.
    let none = Offered { offers: Offers::NoThree { proven: true }, exactness: Exactness::Exact };
    assert_eq!(learned::offers(&domain, &found, None, &mut control), Ok(none));
}

#[test]
fn three_offers_to_a_learned_client_are_equal_for_the_firm() {
    let mut watch = |_: Progress| Verdict::Continue;
    let mut n_three = 0;
    for seed in 0..12 {
        let shape = Shape { n_terms: 30, n_options: 6, largest: 1_000, ..Shape::default() };
        let domain = domain(shape, 600 + seed);
        let worth = |term: &Term| term.options.iter().map(|option| option.worth.firm).collect();
        let firm: Vec<Vec<i64>> = domain.terms().iter().map(worth).collect();
        let mut stream = Stream(seed);
        let mut package = || (0..30).map(|_| stream.below(6)).collect::<Vec<usize>>();
        let said = [Said::Offered(package()), Said::Countered { ours: package(), theirs: package() }];
        let found = learned_of(&firm, &Prior::default(), &said, seed).expect("learned");
        let mut control = Control { max_points: 1_000_000, watch: &mut watch };
        let offered = learned::offers(&domain, &found, None, &mut control).expect("offers");
        let Offers::Three(three) = &offered.offers else { continue };
        let gains: Vec<i128> = three
            .iter()
            .map(|offer| {
                assert!(domain.keeps_rules(&offer.package), "seed {seed}");
                let totals = domain.worth(&offer.package).expect("a package").totals();
                assert_eq!(totals.firm, offer.totals.firm, "the firm's total is exact");
                i128::from(totals.firm) - i128::from(domain.disagreement().firm)
            })
            .collect();
        let (low, high) = (gains.iter().min().expect("three"), gains.iter().max().expect("three"));
        assert!(*low > 0 && high * 1000 <= low * 1005, "seed {seed}: {gains:?}");
        for (idx, offer) in three.iter().enumerate() {
            for other in &three[..idx] {
                let n = offer.package.iter().zip(&other.package).filter(|(one, other)| one != other).count();
                assert!(n >= 2, "seed {seed}");
            }
        }
        let again = learned::offers(&domain, &found, None, &mut control);
        assert_eq!(again, Ok(offered), "the same again");
        n_three += 1;
    }
    assert!(n_three >= 3, "{n_three}");
}

/// Two of one deal's sides see the other's offers only.
fn proposal(domain: &Domain, line: &Value, deal: &[usize]) -> Option<learned::Proposal> {
    let prior = Prior { terms: vec![TermPrior { weight: 1.0, order: Order::Falling }; 3] };
    let offers = line["offers"].as_array().expect("offers").iter().filter(|offer| offer["by"] == "B");
    let package = |offer: &Value| -> Option<Vec<usize>> {
        let to_a = |issue: usize| offer["a"][issue].as_u64().map(|units| units as usize);
        let package: Option<Vec<usize>> = (0..3).map(to_a).collect();
        package.filter(|package| package.iter().all(|units| *units <= 3))
    };
    let said: Vec<Said> = offers.filter_map(package).map(Said::Offered).collect();
    let worth = |term: &Term| term.options.iter().map(|option| option.worth.firm).collect();
    let firm: Vec<Vec<i64>> = domain.terms().iter().map(worth).collect();
    let found = learned_of(&firm, &prior, &said, 0).expect("learned");
    let mut watch = |_: Progress| Verdict::Continue;
    let mut control = Control { max_points: 1_000_000, watch: &mut watch };
    let held = learned::holds_up(domain, &found, deal, &mut control).expect("proposals");
    held.proposals.into_iter().find(|proposal| proposal.firm_gain > 0 || proposal.client.mean > 0.0)
}

#[test]
fn human_deals_are_bettered_with_values_learned_from_the_offers() {
    let Some(lines) = lines("casino_outcomes.jsonl") else { return };
    let mut n_dominated = 0;
    // By the least share of draws in which the client does not lose: proposals, those that harm nobody, those that better a deal.
    let mut counts = [(0.5, 0, 0, 0), (0.7, 0, 0, 0), (0.9, 0, 0, 0)];
    for line in lines.iter().filter(|line| line["agree"] == true) {
        let domain = campsite(line);
        let units = |issue: usize| line["a_gets"][issue].as_u64().expect("units") as usize;
        let deal = [units(0), units(1), units(2)];
        n_dominated += usize::from(line["pareto"] == false);
        let Some(proposal) = proposal(&domain, line, &deal) else { continue };
        let of = |package: &[usize]| domain.worth(package).expect("a package").totals();
        let harms_nobody = of(&proposal.package).matches(of(&deal));
        for (least, n_proposed, n_harmless, n_bettered) in &mut counts {
            if proposal.client.no_loss >= *least {
                *n_proposed += 1;
                *n_harmless += usize::from(harms_nobody);
                *n_bettered += usize::from(harms_nobody && of(&proposal.package) != of(&deal));
            }
        }
    }
    assert_eq!(n_dominated, 328);
    assert_eq!(counts, [(0.5, 357, 151, 101), (0.7, 29, 22, 8), (0.9, 1, 1, 1)]);
}
