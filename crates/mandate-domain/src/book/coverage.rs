//! Coverage: who of a client is known by whom of ours, how warm that is today, and where it hangs on one person.
//!
//! A thread is what holds between one of theirs and one of ours: how well they know one another, and when either side last turned to
//! the other. It fades: strength without contact is a memory. Shares come from the stakes in force, so that nobody is covered by
//! counting heads alone. Own construction, argued with a worked example in `docs/methods/coverage.md`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::account::Tier;
use super::person::Person;
use crate::Id;
use crate::words::{WordError, words};

/// A hundred per cent.
const WHOLE_BP: i64 = 10_000;
/// The strength of one who was met and of whom nobody said how well: met once.
const MET: i64 = 1;

/// From here on a thread is warm.
pub const WARM_BP: i64 = 3_000;
/// From here on a thread still holds; below it is cold and counts as not known.
pub const COOLING_BP: i64 = 1_000;

/// How warm a thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Warmth {
    /// Below a tenth: a memory.
    Cold,
    /// It holds, and fades.
    Cooling,
    /// It holds.
    Warm,
}

words!(Warmth { Cold => "cold", Cooling => "cooling", Warm => "warm" });

impl Warmth {
    /// What a thread of this warmth is.
    pub const fn of(warmth_bp: i64) -> Self {
        match warmth_bp {
            WARM_BP.. => Self::Warm,
            COOLING_BP.. => Self::Cooling,
            _ => Self::Cold,
        }
    }
}

/// How one client's person is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cover {
    /// No thread of anybody who is still with us holds.
    Unknown,
    /// Threads hold, none of them is warm.
    Fading,
    /// Exactly one of ours has a warm thread.
    Single,
    /// Two or more have.
    Covered,
}

words!(Cover { Unknown => "unknown", Fading => "fading", Single => "single", Covered => "covered" });

/// When the two sides of a thread last turned to one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastContact {
    /// We to them.
    pub ours: Option<Date>,
    /// They to us.
    pub theirs: Option<Date>,
    /// Both spoke: counts for either way.
    pub both: Option<Date>,
}

impl LastContact {
    /// The last time we reached them.
    pub fn we_to_them(&self) -> Option<Date> {
        self.ours.max(self.both)
    }

    /// The last time they reached us.
    pub fn they_to_us(&self) -> Option<Date> {
        self.theirs.max(self.both)
    }

    /// The last time at all.
    pub fn any(&self) -> Option<Date> {
        self.ours.max(self.theirs).max(self.both)
    }
}

/// What is known of a thread: stated by somebody, told by talks, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadFacts {
    /// The client's person.
    pub client: Id<Person>,
    /// Who of ours.
    pub ours: Id<Person>,
    /// How well they know one another, 1 to 5, and when that was stated.
    pub stated: Option<(i64, Date)>,
    /// When they last turned to one another.
    pub contact: LastContact,
}

impl ThreadFacts {
    /// How well they know one another: where nobody said so, as people who met once.
    pub fn strength(&self) -> i64 {
        self.stated.map_or(MET, |(strength, _)| strength)
    }

    /// Days since the last talk, or since it was stated that they know one another, whichever was later.
    pub fn age_days(&self, on: Date) -> i64 {
        let last = self.contact.any().max(self.stated.map(|(_, day)| day));
        last.map_or(i64::MAX, |day| day.until(on).map_or(0, |span| i64::from(span.get_days())))
    }

    /// How warm it is on a day, in an account of `tier`.
    pub fn warmth_bp(&self, on: Date, tier: Tier) -> i64 {
        warmth_bp(self.strength(), freshness_bp(self.age_days(on), half_life_days(tier)))
    }
}

/// One of a client's people, as coverage needs them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientVoice {
    /// Who.
    pub id: Id<Person>,
    /// The sum of their stakes in force; `None` where none is stated.
    pub weight: Option<i64>,
    /// Their last day, once they left.
    pub left_on: Option<Date>,
    /// Who came after them.
    pub successor: Option<Id<Person>>,
    /// Communications of the last year in which they took part.
    pub n_talks: i64,
}

/// One of ours, as coverage needs them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OurVoice {
    /// Who.
    pub id: Id<Person>,
    /// Their last day, once they left.
    pub left_on: Option<Date>,
    /// Who came after them.
    pub successor: Option<Id<Person>>,
}

/// Everything that coverage of one account follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageFacts {
    /// The day that is asked about.
    pub on: Date,
    /// How close the account is: key accounts fade faster.
    pub tier: Tier,
    /// Who answers for it.
    pub manager: Option<Id<Person>>,
    /// The client's people.
    pub client: Vec<ClientVoice>,
    /// Ours who have a thread there.
    pub ours: Vec<OurVoice>,
    /// The threads, one a pair.
    pub threads: Vec<ThreadFacts>,
    /// When anybody of either side last turned to the other, whoever it was.
    pub contact: LastContact,
}

/// A thread, weighed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Who of ours.
    pub ours: Id<Person>,
    /// Whether they are still with us.
    pub is_with_us: bool,
    /// How well they know one another; `None` where they only met.
    pub strength: Option<i64>,
    /// When they last turned to one another.
    pub contact: LastContact,
    /// Strength times freshness.
    pub warmth_bp: i64,
    /// In a word.
    pub warmth: Warmth,
}

/// How one of the client's people is covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoveredPerson {
    /// Who.
    pub id: Id<Person>,
    /// Their stakes in force together; `None` where none is stated.
    pub weight: Option<i64>,
    /// Their share of the stake of all; `None` where nobody has one stated.
    pub share_bp: Option<i64>,
    /// How they are covered.
    pub cover: Cover,
    /// Whether a thread of the account manager holds.
    pub is_known_by_manager: bool,
    /// Talks of the last year.
    pub n_talks: i64,
    /// Their threads, the warmest first.
    pub threads: Vec<Thread>,
}

/// One of the client's people who left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientLeaver {
    /// Who.
    pub id: Id<Person>,
    /// Their last day.
    pub left_on: Date,
    /// Who came after them.
    pub successor: Option<Id<Person>>,
}

/// A thread of one of ours who left that nobody took over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostThread {
    /// The client's person.
    pub client: Id<Person>,
    /// Who of ours had it.
    pub ours: Id<Person>,
    /// Their last day.
    pub left_on: Date,
    /// Who came after them with us.
    pub successor: Option<Id<Person>>,
}

/// Coverage of one account on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The client's people who are there, the heaviest stake first.
    pub people: Vec<CoveredPerson>,
    /// How many of them the account manager knows.
    pub n_known: i64,
    /// All stakes in force together.
    pub stake_total: i64,
    /// What of it the account manager knows.
    pub stake_known: i64,
    /// When anybody of either side last turned to the other.
    pub last_contact: LastContact,
    /// The client's people who left.
    pub leavers: Vec<ClientLeaver>,
    /// Threads of ours who left that nobody took over.
    pub lost_threads: Vec<LostThread>,
}

impl Coverage {
    /// How many of the client's people there are.
    pub fn n_people(&self) -> i64 {
        i64::try_from(self.people.len()).unwrap_or(i64::MAX)
    }

    /// The share of people whom the account manager knows; `None` where there is nobody.
    pub fn known_bp(&self) -> Option<i64> {
        share_bp(self.n_known, self.n_people())
    }

    /// The share of stake that the account manager knows; `None` where none is stated.
    pub fn stake_known_bp(&self) -> Option<i64> {
        share_bp(self.stake_known, self.stake_total)
    }

    /// People with a stake who hang on one of ours.
    pub fn single_threads(&self) -> impl Iterator<Item = &CoveredPerson> {
        self.people.iter().filter(|person| person.weight.is_some() && person.cover == Cover::Single)
    }

    /// People whom nobody of ours knows.
    pub fn unknown(&self) -> impl Iterator<Item = &CoveredPerson> {
        self.people.iter().filter(|person| person.cover == Cover::Unknown)
    }

    /// People whose stake nobody stated; those who talk most first.
    pub fn without_stake(&self) -> Vec<&CoveredPerson> {
        let mut found: Vec<_> = self.people.iter().filter(|person| person.weight.is_none()).collect();
        found.sort_by_key(|person| std::cmp::Reverse(person.n_talks));
        found
    }

    /// People who talk with us and of whom nobody said what they have at stake.
    pub fn voices_without_stake(&self) -> impl Iterator<Item = &CoveredPerson> {
        self.without_stake().into_iter().filter(|person| 0 < person.n_talks)
    }
}

/// Days after which half of a contact's freshness is gone.
pub const fn half_life_days(tier: Tier) -> i64 {
    match tier {
        Tier::Key => 60,
        Tier::Standard => 90,
    }
}

/// How fresh a contact is that is `age_days` old.
///
/// Half is left after each half-life, with a straight line between: whole numbers that a person can check by hand.
///
/// # Shapes and units
/// - `age_days`: below 0 (a contact of tomorrow, elsewhere on earth) counts as 0.
/// - returns basis points, 10,000 on the day itself, never below 0, never rising with age.
///
/// # Source
/// Own construction: `docs/methods/coverage.md`.
pub const fn freshness_bp(age_days: i64, half_life_days: i64) -> i64 {
    let age = if age_days < 0 { 0 } else { age_days };
    let halvings = age / half_life_days;
    if halvings > 13 {
        return 0;
    }
    let begun = WHOLE_BP >> halvings;
    begun - begun * (age % half_life_days) / (2 * half_life_days)
}

/// How warm a thread of `strength` is: a fifth of the whole for each step, times its freshness.
///
/// # Source
/// Own construction: `docs/methods/coverage.md`.
pub const fn warmth_bp(strength: i64, freshness_bp: i64) -> i64 {
    strength * WHOLE_BP / 5 * freshness_bp / WHOLE_BP
}

/// A part of a whole in basis points, rounded half up; `None` of nothing.
pub const fn share_bp(part: i64, whole: i64) -> Option<i64> {
    if whole <= 0 { None } else { Some((part * WHOLE_BP + whole / 2) / whole) }
}

/// Coverage of an account.
///
/// Who left counts no more, on either side, from the day after their last. Without a talk on record a thread is as old as the statement
/// that it exists; without a statement it is one of people who met once.
///
/// # Shapes and units
/// - `facts.threads`: at most one a pair; threads of people who are not among `client` and `ours` are left out.
/// - weights: 1 to 100 a stake, summed per person; a person without one counts with none in shares.
///
/// # Source
/// Own construction: `docs/methods/coverage.md`.
pub fn coverage(facts: &CoverageFacts) -> Coverage {
    let is_gone = |left_on: Option<Date>| left_on.is_some_and(|day| day < facts.on);
    let gone: BTreeMap<&Id<Person>, &OurVoice> =
        facts.ours.iter().filter(|voice| is_gone(voice.left_on)).map(|voice| (&voice.id, voice)).collect();
    let known: BTreeSet<&Id<Person>> = facts.ours.iter().map(|voice| &voice.id).collect();
    let mut threads: BTreeMap<&Id<Person>, Vec<Thread>> = BTreeMap::new();
    for it in facts.threads.iter().filter(|it| known.contains(&it.ours)) {
        let thread = weighed(it, facts, !gone.contains_key(&it.ours));
        threads.entry(&it.client).or_default().push(thread);
    }
    let here: Vec<&ClientVoice> = facts.client.iter().filter(|voice| !is_gone(voice.left_on)).collect();
    let stake_total = here.iter().filter_map(|voice| voice.weight).sum();
    let mut people: Vec<CoveredPerson> = here
        .iter()
        .map(|voice| {
            covered(voice, threads.remove(&voice.id).unwrap_or_default(), facts.manager.as_ref(), stake_total)
        })
        .collect();
    // Stable: among equals the order in which they came, which is that of names.
    people.sort_by_key(|person| std::cmp::Reverse(person.weight));
    let by_manager = || people.iter().filter(|person| person.is_known_by_manager);
    let (n_known, stake_known) = (by_manager().count(), by_manager().filter_map(|it| it.weight).sum());
    let leaver = |voice: &ClientVoice| {
        let left_on = voice.left_on.filter(|_| is_gone(voice.left_on))?;
        Some(ClientLeaver { id: voice.id.clone(), left_on, successor: voice.successor.clone() })
    };
    Coverage {
        lost_threads: lost_threads(&people, &gone),
        leavers: facts.client.iter().filter_map(leaver).collect(),
        n_known: i64::try_from(n_known).unwrap_or(i64::MAX),
        stake_total,
        stake_known,
        last_contact: facts.contact,
        people,
    }
}

/// A thread with its warmth on the day.
fn weighed(it: &ThreadFacts, facts: &CoverageFacts, is_with_us: bool) -> Thread {
    let warmth_bp = it.warmth_bp(facts.on, facts.tier);
    Thread {
        ours: it.ours.clone(),
        is_with_us,
        strength: it.stated.map(|(strength, _)| strength),
        contact: it.contact,
        warmth_bp,
        warmth: Warmth::of(warmth_bp),
    }
}

fn covered(
    voice: &ClientVoice,
    mut threads: Vec<Thread>,
    manager: Option<&Id<Person>>,
    stake_total: i64,
) -> CoveredPerson {
    threads.sort_by(|left, right| right.warmth_bp.cmp(&left.warmth_bp).then(left.ours.cmp(&right.ours)));
    let holds = |thread: &&Thread| thread.is_with_us && thread.warmth != Warmth::Cold;
    let n_holding = threads.iter().filter(holds).count();
    let n_warm = threads.iter().filter(holds).filter(|thread| thread.warmth == Warmth::Warm).count();
    let cover = match (n_holding, n_warm) {
        (0, _) => Cover::Unknown,
        (_, 0) => Cover::Fading,
        (_, 1) => Cover::Single,
        _ => Cover::Covered,
    };
    CoveredPerson {
        id: voice.id.clone(),
        weight: voice.weight,
        share_bp: share_bp(voice.weight.unwrap_or(0), stake_total),
        cover,
        is_known_by_manager: threads.iter().filter(holds).any(|thread| Some(&thread.ours) == manager),
        n_talks: voice.n_talks,
        threads,
    }
}

/// Threads of leavers where neither their successor nor anybody else of ours has a warm one.
fn lost_threads(people: &[CoveredPerson], gone: &BTreeMap<&Id<Person>, &OurVoice>) -> Vec<LostThread> {
    let mut lost = vec![];
    for person in people.iter().filter(|person| matches!(person.cover, Cover::Unknown | Cover::Fading)) {
        for thread in &person.threads {
            let Some(voice) = gone.get(&thread.ours) else { continue };
            let successor_holds = person.threads.iter().any(|other| {
                Some(&other.ours) == voice.successor.as_ref()
                    && other.is_with_us
                    && other.warmth != Warmth::Cold
            });
            let Some(left_on) = voice.left_on.filter(|_| !successor_holds) else { continue };
            lost.push(LostThread {
                client: person.id.clone(),
                ours: thread.ours.clone(),
                left_on,
                successor: voice.successor.clone(),
            });
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::Instant;

    fn id(nth: u128) -> Id<Person> {
        Id::new(Instant::from_seconds(0), nth)
    }

    fn voice(nth: u128, weight: Option<i64>) -> ClientVoice {
        ClientVoice { id: id(nth), weight, left_on: None, successor: None, n_talks: 0 }
    }

    fn ours(nth: u128) -> OurVoice {
        OurVoice { id: id(nth), left_on: None, successor: None }
    }

    fn talked(client: u128, ours: u128, strength: i64, both: Date) -> ThreadFacts {
        let contact = LastContact { both: Some(both), ..LastContact::default() };
        let stated = Some((strength, date(2025, 1, 1)));
        ThreadFacts { client: id(client), ours: id(ours), stated, contact }
    }

    /// The worked example of `docs/methods/coverage.md`: Jonas (11) manages, Lena (12) delivers, Karl (13) left.
    fn example() -> CoverageFacts {
        let left = OurVoice { left_on: Some(date(2026, 9, 30)), successor: Some(id(12)), ..ours(13) };
        let loud = ClientVoice { n_talks: 7, ..voice(5, None) };
        CoverageFacts {
            on: date(2026, 11, 21),
            tier: Tier::Standard,
            manager: Some(id(11)),
            contact: LastContact { both: Some(date(2026, 11, 21)), ..LastContact::default() },
            client: vec![
                voice(1, Some(40)),
                voice(2, Some(30)),
                voice(3, Some(20)),
                voice(4, Some(10)),
                loud,
            ],
            ours: vec![ours(11), ours(12), left],
            threads: vec![
                talked(1, 12, 5, date(2026, 11, 11)),
                talked(2, 11, 4, date(2026, 8, 23)),
                talked(2, 12, 3, date(2026, 11, 21)),
                talked(3, 11, 2, date(2026, 5, 25)),
                talked(4, 13, 5, date(2026, 11, 1)),
                ThreadFacts { stated: None, ..talked(5, 11, 1, date(2026, 11, 21)) },
            ],
        }
    }

    #[test]
    fn the_worked_example() {
        let found = coverage(&example());
        let shares: Vec<_> = found.people.iter().map(|person| person.share_bp).collect();
        assert_eq!(shares, [4_000, 3_000, 2_000, 1_000, 0].map(Some));
        let warmth: Vec<Vec<i64>> = found
            .people
            .iter()
            .map(|person| person.threads.iter().map(|thread| thread.warmth_bp).collect())
            .collect();
        assert_eq!(warmth, [vec![9_445], vec![6_000, 4_000], vec![1_000], vec![8_889], vec![2_000]]);
        let covers: Vec<_> = found.people.iter().map(|person| person.cover).collect();
        assert_eq!(covers, [Cover::Single, Cover::Covered, Cover::Fading, Cover::Unknown, Cover::Fading]);
        assert_eq!((found.n_known, found.n_people(), found.known_bp()), (3, 5, Some(6_000)));
        assert_eq!((found.stake_known, found.stake_total, found.stake_known_bp()), (50, 100, Some(5_000)));
        assert_eq!(found.single_threads().map(|it| &it.id).collect::<Vec<_>>(), [&id(1)]);
        assert_eq!(found.unknown().map(|it| &it.id).collect::<Vec<_>>(), [&id(4)]);
        assert_eq!(found.voices_without_stake().map(|it| &it.id).collect::<Vec<_>>(), [&id(5)]);
        let lost: Vec<_> = found.lost_threads.iter().map(|it| (&it.client, &it.ours)).collect();
        assert_eq!(lost, [(&id(4), &id(13))]);
        assert_eq!(found.last_contact.any(), Some(date(2026, 11, 21)));
    }

    #[test]
    fn half_is_left_after_each_half_life_and_nothing_ever_rises() {
        assert_eq!(
            [0, 45, 90, 180, 270].map(|age| freshness_bp(age, 90)),
            [10_000, 7_500, 5_000, 2_500, 1_250]
        );
        assert_eq!(freshness_bp(60, half_life_days(Tier::Key)), 5_000);
        assert_eq!((freshness_bp(-1, 90), freshness_bp(i64::MAX, 90)), (10_000, 0));
        for half_life in [60, 90] {
            let all: Vec<i64> = (0..2_000).map(|age| freshness_bp(age, half_life)).collect();
            assert!(all.windows(2).all(|pair| pair[1] <= pair[0] && 0 <= pair[1]));
        }
    }

    #[test]
    fn who_left_is_covered_by_nobody_and_covers_nobody() {
        let mut facts = example();
        facts.client[0].left_on = Some(date(2026, 11, 20));
        facts.client[1].left_on = Some(facts.on);
        let found = coverage(&facts);
        assert_eq!(found.stake_total, 60, "their last day still counts");
        assert_eq!(found.leavers, [ClientLeaver { id: id(1), left_on: date(2026, 11, 20), successor: None }]);
        assert_eq!(coverage(&CoverageFacts { manager: Some(id(13)), ..example() }).n_known, 0);
    }

    #[test]
    fn a_successor_who_holds_the_thread_has_taken_it_over() {
        let mut facts = example();
        facts.threads.push(talked(4, 12, 2, date(2026, 11, 2)));
        let found = coverage(&facts);
        assert!(found.lost_threads.is_empty(), "{:?}", found.lost_threads);
    }

    #[test]
    fn a_thread_without_a_talk_is_as_old_as_its_statement() {
        let mut facts = example();
        let stated = Some((5, date(2026, 8, 23)));
        facts.threads =
            vec![ThreadFacts { client: id(1), ours: id(11), stated, contact: LastContact::default() }];
        let found = coverage(&facts);
        assert_eq!(found.people[0].threads[0].warmth_bp, 5_000);
    }

    #[test]
    fn both_ways_are_told_apart_and_a_talk_counts_for_either() {
        let contact = LastContact {
            ours: Some(date(2026, 11, 1)),
            theirs: Some(date(2026, 3, 1)),
            both: Some(date(2026, 6, 1)),
        };
        assert_eq!(contact.we_to_them(), Some(date(2026, 11, 1)));
        assert_eq!(contact.they_to_us(), Some(date(2026, 6, 1)));
    }

    #[test]
    fn nobody_and_nothing_have_no_share() {
        let facts = CoverageFacts { client: vec![], ours: vec![], threads: vec![], ..example() };
        let found = coverage(&facts);
        assert_eq!((found.known_bp(), found.stake_known_bp()), (None, None));
        let facts = CoverageFacts { client: vec![voice(1, None)], ..example() };
        assert_eq!((coverage(&facts).people[0].share_bp, coverage(&facts).stake_known_bp()), (None, None));
        assert_eq!(share_bp(1, 3), Some(3_333));
    }
}
