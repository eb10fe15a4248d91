//! The order in which terms are added, and what has to be remembered of the terms before.
//!
//! A link whose other term is still to come is one bit, set where the option taken restricts that term; a term that interacts
//! with later ones is remembered by its option. Terms that touch others come first, while fronts are small, in the order that
//! keeps the fewest bits. Options that another one of the same term replaces without loss are left out.

use crate::model::{Domain, Worth};

/// Bits that can be remembered at once.
const N_BITS: u32 = 128;

/// The terms in order, and the constant part of every package.
#[derive(Debug)]
pub(crate) struct Plan {
    pub steps: Vec<Step>,
    /// Sum of what was taken off, so that every addition to a party's total is zero or more.
    pub base: Worth,
}

/// One term.
#[derive(Debug)]
pub(crate) struct Step {
    pub term: usize,
    pub options: Vec<StepOption>,
    pairs: Vec<ClosingPair>,
    /// Bits nobody asks for afterwards.
    drop: u128,
}

/// One option that may be chosen.
#[derive(Debug)]
pub(crate) struct StepOption {
    pub option: usize,
    pub worth: Worth,
    /// Bits that have to be clear.
    forbids: u128,
    sets: u128,
}

/// An interaction with a term that came before.
#[derive(Debug)]
struct ClosingPair {
    shift: u32,
    mask: u128,
    /// By the remembered class, then by position in `Step::options`.
    worth: Vec<Vec<Worth>>,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PlanError {
    /// The guardrails leave this term no option.
    NothingLeft { term: usize },
    /// More than 128 bits would have to be remembered.
    TooEntangled,
}

impl Step {
    /// The key after taking the option at `idx`, and what it adds; `None` when a link forbids it.
    pub(crate) fn take(&self, key: u128, idx: usize) -> Option<(u128, Worth)> {
        let option = &self.options[idx];
        if key & option.forbids != 0 {
            return None;
        }
        let mut worth = option.worth;
        for pair in &self.pairs {
            let class = (key >> pair.shift) & pair.mask;
            worth = worth.plus(pair.worth[class as usize][idx]);
        }
        Some(((key & !self.drop) | option.sets, worth))
    }

    /// The least and the most an option can add to a sum, links left aside.
    pub(crate) fn extent(&self, of: impl Fn(&Worth) -> i128) -> (i128, i128) {
        let span = |(low, high): (i128, i128), value: i128| (low.min(value), high.max(value));
        let own = self.options.iter().map(|option| of(&option.worth));
        let (low, high) = own.fold((i128::MAX, i128::MIN), span);
        self.pairs.iter().fold((low, high), |(low, high), pair| {
            let (l, h) = pair.worth.iter().flatten().map(&of).fold((i128::MAX, i128::MIN), span);
            (low + l, high + h)
        })
    }

    /// As [`Step::extent`], of some options only, where no interaction ends here.
    pub(crate) fn extent_of(&self, options: &[usize], of: impl Fn(&Worth) -> i128) -> (i128, i128) {
        if !self.pairs.is_empty() {
            return self.extent(of);
        }
        let values = options.iter().map(|idx| of(&self.options[*idx].worth));
        values.fold((i128::MAX, i128::MIN), |(low, high), value| (low.min(value), high.max(value)))
    }

    /// The options whose score is within `budget` of the best; all where an interaction ends here.
    pub(crate) fn close(&self, score: impl Fn(&Worth) -> i128, budget: i128) -> Vec<usize> {
        let of = |idx: &usize| score(&self.options[*idx].worth);
        let best = (0..self.options.len()).map(|idx| of(&idx)).max().unwrap_or_default();
        let is_close = |idx: &usize| !self.pairs.is_empty() || best - of(idx) <= budget.max(0);
        (0..self.options.len()).filter(is_close).collect()
    }

    /// Whether links or interactions touch this term.
    pub(crate) fn is_free(&self) -> bool {
        self.pairs.is_empty()
            && self.drop == 0
            && self.options.iter().all(|option| option.sets == 0 && option.forbids == 0)
    }
}

/// The domain's couplings by term.
struct Couplings<'a> {
    domain: &'a Domain,
    /// Allowed options by term.
    allowed: Vec<Vec<usize>>,
    /// Links between two different terms.
    links: Vec<usize>,
}

impl Plan {
    pub(crate) fn new(domain: &Domain) -> Result<Self, PlanError> {
        let mut couplings = Couplings::new(domain)?;
        couplings.drop_dominated();
        let order = couplings.order();
        couplings.lay(&order)
    }

    /// As [`Plan::new`], with every option the guardrails leave: for whatever is not about the frontier alone.
    pub(crate) fn whole(domain: &Domain) -> Result<Self, PlanError> {
        let couplings = Couplings::new(domain)?;
        let order = couplings.order();
        couplings.lay(&order)
    }

    /// Whether no term touches another: nothing has to be remembered.
    pub(crate) fn is_separable(&self) -> bool {
        self.steps.iter().all(Step::is_free)
    }
}

impl<'a> Couplings<'a> {
    fn new(domain: &'a Domain) -> Result<Self, PlanError> {
        let rules = domain.rules();
        let mut allowed: Vec<Vec<bool>> =
            domain.terms().iter().map(|term| vec![true; term.options.len()]).collect();
        for (term, option) in &rules.forbid {
            allowed[*term][*option] = false;
        }
        let mut links = vec![];
        for (idx, link) in rules.links.iter().enumerate() {
            if link.if_term != link.then_term {
                links.push(idx);
                continue;
            }
            // A link of a term with itself is a guardrail.
            for option in link.if_options.iter().filter(|option| !link.then_options.contains(option)) {
                allowed[link.if_term][*option] = false;
            }
        }
        let allowed: Vec<Vec<usize>> = allowed
            .iter()
            .map(|allowed| (0..allowed.len()).filter(|option| allowed[*option]).collect())
            .collect();
        if let Some(term) = allowed.iter().position(Vec::is_empty) {
            return Err(PlanError::NothingLeft { term });
        }
        Ok(Self { domain, allowed, links })
    }

    /// Whether a link restricts the other term when this one is on `option`.
    fn restricts(&self, link: usize, term: usize, option: usize) -> bool {
        let link = &self.domain.rules().links[link];
        if link.if_term == term {
            link.if_options.contains(&option)
        } else {
            !link.then_options.contains(&option)
        }
    }

    fn links_of(&self, term: usize) -> impl Iterator<Item = usize> + '_ {
        let links = &self.domain.rules().links;
        self.links
            .iter()
            .copied()
            .filter(move |link| links[*link].if_term == term || links[*link].then_term == term)
    }

    fn partners(&self, term: usize) -> impl Iterator<Item = usize> + '_ {
        self.domain.interactions().iter().filter_map(move |pair| match (pair.first, pair.second) {
            (first, second) if first == term => Some(second),
            (first, second) if second == term => Some(first),
            _ => None,
        })
    }

    /// Leaves out an option that another one matches in every sum, restricting no more.
    fn drop_dominated(&mut self) {
        let rules = self.domain.rules();
        let (floor, cap) = (rules.margin_floor.is_some(), rules.concession_cap.is_some());
        for term in 0..self.allowed.len() {
            if self.partners(term).next().is_some() {
                continue;
            }
            let links: Vec<usize> = self.links_of(term).collect();
            let options = &self.domain.terms()[term].options;
            let replaces = |one: usize, other: usize| {
                let (x, y) = (options[one].worth, options[other].worth);
                x.totals().matches(y.totals())
                    && (!floor || x.margin >= y.margin)
                    && (!cap || x.concession <= y.concession)
                    && links
                        .iter()
                        .all(|link| !self.restricts(*link, term, one) || self.restricts(*link, term, other))
            };
            let kept: Vec<usize> = self.allowed[term]
                .iter()
                .copied()
                .filter(|option| {
                    // Of equals the first stays.
                    !self.allowed[term].iter().any(|other| {
                        other != option
                            && replaces(*other, *option)
                            && (other < option || !replaces(*option, *other))
                    })
                })
                .collect();
            self.allowed[term] = kept;
        }
    }

    fn width(&self, term: usize) -> u32 {
        (self.allowed[term].len() as u32).next_power_of_two().trailing_zeros()
    }

    /// Bits remembered after the terms in `placed`.
    fn bits(&self, placed: &[bool]) -> u32 {
        let links = &self.domain.rules().links;
        let open = |link: &&usize| placed[links[**link].if_term] != placed[links[**link].then_term];
        let n_links = self.links.iter().filter(open).count() as u32;
        let remembered = (0..placed.len())
            .filter(|term| placed[*term] && self.partners(*term).any(|other| !placed[other]))
            .map(|term| self.width(term))
            .sum::<u32>();
        n_links + remembered
    }

    /// Coupled terms first, each time the one that leaves the fewest bits; then the others.
    fn order(&self) -> Vec<usize> {
        let n_terms = self.allowed.len();
        let degree: Vec<usize> =
            (0..n_terms).map(|term| self.links_of(term).count() + self.partners(term).count()).collect();
        let mut placed = vec![false; n_terms];
        let mut left: Vec<usize> = (0..n_terms).filter(|term| degree[*term] > 0).collect();
        let mut order = vec![];
        while !left.is_empty() {
            let mut best = (u32::MAX, 0, 0);
            for (idx, term) in left.iter().enumerate() {
                placed[*term] = true;
                let bits = self.bits(&placed);
                placed[*term] = false;
                if bits < best.0 || (bits == best.0 && degree[*term] > best.1) {
                    best = (bits, degree[*term], idx);
                }
            }
            let term = left.remove(best.2);
            placed[term] = true;
            order.push(term);
        }
        let mut free: Vec<usize> = (0..n_terms).filter(|term| degree[*term] == 0).collect();
        free.sort_by_key(|term| (self.allowed[*term].len(), *term));
        order.extend(free);
        order
    }

    fn lay(&self, order: &[usize]) -> Result<Plan, PlanError> {
        let mut place = vec![0; order.len()];
        for (position, term) in order.iter().enumerate() {
            place[*term] = position;
        }
        let mut bits = Bits::default();
        let mut link_bits = vec![0_u128; self.domain.rules().links.len()];
        let mut fields: Vec<Option<(u32, u32)>> = vec![None; order.len()];
        let mut base = Worth::default();
        let mut steps = vec![];
        for (position, term) in order.iter().copied().enumerate() {
            let mut drop = 0;
            let (mut closing, mut opening) = (vec![], vec![]);
            for link in self.links_of(term) {
                let rule = &self.domain.rules().links[link];
                let other = if rule.if_term == term { rule.then_term } else { rule.if_term };
                if place[other] < position { &mut closing } else { &mut opening }.push(link);
            }
            let pairs = self.closing_pairs(term, position, &place, &fields, &mut base);
            for link in &closing {
                drop |= link_bits[*link];
            }
            for other in self.partners(term).collect::<Vec<_>>() {
                let done = self.partners(other).all(|third| place[third] <= position);
                if let (true, true, Some((shift, width))) = (place[other] < position, done, fields[other]) {
                    drop |= field_mask(width) << shift;
                    fields[other] = None;
                }
            }
            bits.used &= !drop;
            for link in &opening {
                link_bits[*link] = 1 << bits.take(1).ok_or(PlanError::TooEntangled)?;
            }
            if self.partners(term).any(|other| place[other] > position) {
                let width = self.width(term);
                fields[term] = Some((bits.take(width).ok_or(PlanError::TooEntangled)?, width));
            }
            let options = self.options(term, &closing, &opening, &link_bits, fields[term], &mut base);
            steps.push(Step { term, options, pairs, drop });
        }
        Ok(Plan { steps, base })
    }

    fn options(
        &self,
        term: usize,
        closing: &[usize],
        opening: &[usize],
        link_bits: &[u128],
        field: Option<(u32, u32)>,
        base: &mut Worth,
    ) -> Vec<StepOption> {
        let options = &self.domain.terms()[term].options;
        let allowed = &self.allowed[term];
        let least = |of: fn(&Worth) -> i64| {
            allowed.iter().map(|option| of(&options[*option].worth)).min().unwrap_or_default()
        };
        let (firm, client) = (least(|worth| worth.firm), least(|worth| worth.client));
        base.firm += firm;
        base.client += client;
        let restricting = |links: &[usize], option: usize| {
            links
                .iter()
                .filter(|link| self.restricts(**link, term, option))
                .fold(0, |bits, link| bits | link_bits[*link])
        };
        let lay = |(class, option): (usize, &usize)| {
            let mut worth = options[*option].worth;
            worth.firm -= firm;
            worth.client -= client;
            let sets = restricting(opening, *option) | field.map_or(0, |(shift, _)| (class as u128) << shift);
            StepOption { option: *option, worth, forbids: restricting(closing, *option), sets }
        };
        allowed.iter().enumerate().map(lay).collect()
    }

    /// The interactions of `term` with terms placed before it, by the class remembered of those.
    fn closing_pairs(
        &self,
        term: usize,
        position: usize,
        place: &[usize],
        fields: &[Option<(u32, u32)>],
        base: &mut Worth,
    ) -> Vec<ClosingPair> {
        let mut pairs = vec![];
        for pair in self.domain.interactions() {
            let (other, turned) = match (pair.first, pair.second) {
                (first, second) if second == term => (first, false),
                (first, second) if first == term => (second, true),
                _ => continue,
            };
            let Some((shift, width)) = fields[other].filter(|_| place[other] < position) else { continue };
            let at =
                |one: usize, own: usize| if turned { pair.worth[own][one] } else { pair.worth[one][own] };
            let mut worth: Vec<Vec<Worth>> = self.allowed[other]
                .iter()
                .map(|one| self.allowed[term].iter().map(|own| at(*one, *own)).collect())
                .collect();
            let least = |of: fn(&Worth) -> i64| worth.iter().flatten().map(of).min().unwrap_or_default();
            let (firm, client) = (least(|worth| worth.firm), least(|worth| worth.client));
            base.firm += firm;
            base.client += client;
            for worth in worth.iter_mut().flatten() {
                worth.firm -= firm;
                worth.client -= client;
            }
            pairs.push(ClosingPair { shift, mask: field_mask(width), worth });
        }
        pairs
    }
}

fn field_mask(width: u32) -> u128 {
    (1_u128 << width) - 1
}

/// Which of the bits are in use.
#[derive(Default)]
struct Bits {
    used: u128,
}

impl Bits {
    /// The lowest run of `width` free bits.
    fn take(&mut self, width: u32) -> Option<u32> {
        let mask = field_mask(width);
        let at = (0..=N_BITS - width).find(|shift| self.used & (mask << shift) == 0)?;
        self.used |= mask << at;
        Some(at)
    }
}
