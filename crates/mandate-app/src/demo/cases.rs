//! Cases of the demo: how they come and how they run, event by event.
//!
//! Cases arrive in streams (account, category, severe or not, month), each with its own chance; work goes on only while
//! the serving team is open, answers come only while the client is. What stories change is asked once a stream. Only
//! raw facts are made here: whether a target was met is for the clocks to say.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use mandate_domain::Month;

use super::chance::Chance;
use super::clocks::report_by_source;
use super::hours::instant_at;
use super::setting::{Desk, Setting};
use super::story::{Effects, Place};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The client reported it.
    Opened,
    /// It was given to a team.
    Assigned,
    /// We answered for the first time.
    Reply,
    /// We told the client where it stands.
    Update,
    /// We asked the client something.
    Awaiting,
    /// The client answered.
    ClientReply,
    /// Work went on.
    Resumed,
    /// Solved.
    Resolved,
    /// It came back.
    Reopened,
    /// Closed for good, or withdrawn.
    Closed,
}

impl Kind {
    /// The word in event files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Assigned => "assigned",
            Self::Reply => "reply",
            Self::Update => "update",
            Self::Awaiting => "awaiting",
            Self::ClientReply => "client_reply",
            Self::Resumed => "resumed",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
            Self::Closed => "closed",
        }
    }
}

/// The states of the demo's service desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has taken it up.
    New,
    /// A team has it.
    Assigned,
    /// Somebody works on it.
    InProgress,
    /// The client was asked something.
    AwaitingCaller,
    /// The client answered and nobody has read it: the source's clock stands, the contract's runs.
    ReplyReceived,
    /// A supplier was asked something; the contract does not pause for it.
    AwaitingSupplier,
    /// Solved.
    Resolved,
    /// Closed.
    Closed,
    /// Withdrawn.
    Cancelled,
}

impl State {
    /// Every state, for the source's state map.
    pub const ALL: [Self; 9] = [
        Self::New,
        Self::Assigned,
        Self::InProgress,
        Self::AwaitingCaller,
        Self::ReplyReceived,
        Self::AwaitingSupplier,
        Self::Resolved,
        Self::Closed,
        Self::Cancelled,
    ];

    /// The word in event files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Assigned => "Assigned",
            Self::InProgress => "In progress",
            Self::AwaitingCaller => "Awaiting caller",
            Self::ReplyReceived => "Reply received",
            Self::AwaitingSupplier => "Awaiting supplier",
            Self::Resolved => "Resolved",
            Self::Closed => "Closed",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// One event of a case, in seconds of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoEvent {
    /// When.
    pub at: i64,
    /// What happened.
    pub kind: Kind,
    /// The state from then on.
    pub state: State,
    /// The priority from then on.
    pub priority: u8,
    /// The team that has it, as a position in the teams table.
    pub team: usize,
    /// Whether the source says that its target is met so far.
    pub reported_met: bool,
}

/// One case with its events, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoCase {
    /// The source's number, in the order of opening.
    pub number: u32,
    /// Position in the accounts table.
    pub account: usize,
    /// Position in the categories table.
    pub category: usize,
    /// Which of the account's callers reported it.
    pub caller: u32,
    /// Events, the first being its opening.
    pub events: Vec<DemoEvent>,
}

impl DemoCase {
    /// The source's name of the case.
    pub fn case_ref(&self) -> String {
        format!("INC-{:06}", self.number)
    }

    /// When it was opened.
    pub fn opened_at(&self) -> i64 {
        self.events.first().map_or(0, |event| event.at)
    }
}

/// Months of history before the month of the load.
pub const MONTHS_OF_HISTORY: i32 = 24;

/// Every case opened before `until`, in the order of opening, with its events up to then.
pub fn generate_cases(setting: &Setting, seed: u64, until: i64) -> Vec<DemoCase> {
    let mut cases = vec![];
    for desk in &setting.desks {
        for month in -MONTHS_OF_HISTORY..=0 {
            for severe in [true, false] {
                cases_of_stream(setting, desk, Stream { month, severe, seed, until }, &mut cases);
            }
        }
    }
    cases.sort_by_key(|case| (case.opened_at(), case.account, case.category, case.caller));
    for (number, case) in (10_001..).zip(&mut cases) {
        case.number = number;
    }
    cases
}

#[derive(Clone, Copy)]
struct Stream {
    month: i32,
    severe: bool,
    seed: u64,
    until: i64,
}

fn cases_of_stream(setting: &Setting, desk: &Desk, stream: Stream, cases: &mut Vec<DemoCase>) {
    let tables = &setting.tables;
    let account = &tables.accounts[desk.account];
    let category = &tables.categories[desk.category];
    let effects = setting.stories.at(Place {
        account: &account.key,
        manager: &account.manager,
        team: &tables.teams[desk.team].key,
        category: &category.key,
        severe: stream.severe,
        month: stream.month,
    });
    let name = format!("{}|{}|{}|{}", account.key, category.key, stream.month, stream.severe);
    let mut chance = Chance::named(stream.seed, &name);
    let month = Month::of(setting.today).plus(stream.month);
    let mix = if stream.severe {
        [category.p1_permille, category.p2_permille, 0, 0]
    } else {
        [0, 0, category.p3_permille, category.p4_permille]
    };
    let mean_milli = desk.monthly_milli * mix.iter().sum::<i64>() / 1_000 * setting.rhythm.month(month) / 100
        * effects.arrival
        / 100;
    for number in 0..chance.arrivals(mean_milli) {
        chance.begin_case(number.unsigned_abs());
        let opened_at = setting.rhythm.moment(&mut chance, &desk.zone, stream.month);
        if opened_at >= stream.until {
            continue;
        }
        let priority = chance.pick(&mix) + 1;
        let caller = chance.below(account.cases_per_month);
        let mut run = Run::new(setting, desk, effects, opened_at, priority);
        run.play(&mut chance);
        let mut events = run.events;
        report_by_source(&mut events, &desk.source_hours, desk.target_s(priority));
        events.retain(|event| event.at < stream.until);
        cases.push(DemoCase {
            number: 0,
            account: desk.account,
            category: desk.category,
            caller: u32::try_from(caller).unwrap_or(0),
            events,
        });
    }
}

/// A case on its way.
struct Run<'a> {
    setting: &'a Setting,
    desk: &'a Desk,
    effects: Effects,
    at: i64,
    priority: usize,
    team: usize,
    state: State,
    events: Vec<DemoEvent>,
}

impl<'a> Run<'a> {
    fn new(setting: &'a Setting, desk: &'a Desk, effects: Effects, at: i64, priority: usize) -> Self {
        Self { setting, desk, effects, at, priority, team: desk.team, state: State::New, events: vec![] }
    }

    fn tell(&mut self, kind: Kind, state: State) {
        // No two events of a case share a second, so that their order is never in doubt.
        if let Some(last) = self.events.last() {
            self.at = self.at.max(last.at + 1);
        }
        self.state = state;
        let priority = u8::try_from(self.priority).unwrap_or(4);
        let event = DemoEvent { at: self.at, kind, state, priority, team: self.team, reported_met: true };
        self.events.push(event);
    }

    fn work(&mut self, seconds: i64) {
        self.at = self.desk.hours.after(self.at, seconds);
    }

    fn permille(&self, name: &str) -> i64 {
        self.setting.process(name)
    }

    /// A wait with the median of `name` in minutes, stretched by `percent`.
    fn wait_s(&self, chance: &mut Chance, name: &str, percent: i64) -> i64 {
        let median_share = self.setting.shape.at(500).max(1);
        self.setting.process(name) * 60 * chance.shaped(&self.setting.shape) / median_share * percent / 100
    }

    fn play(&mut self, chance: &mut Chance) {
        let service_percent = self.setting.tables.accounts[self.desk.account].service_percent;
        let shaped = chance.shaped(&self.setting.shape) * 60 + chance.below(60);
        let work_s = self.desk.target_s(self.priority) * shaped / 6_000 * self.effects.service / 100
            * service_percent
            / 100;
        let reply_s = self.desk.response_s(self.priority) * chance.shaped(&self.setting.shape) / 100
            * self.effects.response
            / 100;
        self.reach_the_team(chance, reply_s);
        self.tell(Kind::Reply, State::InProgress);
        let mut left_s = (work_s - reply_s).max(work_s / 5).max(60);
        if chance.happens(self.permille("cancelled")) {
            self.work(left_s / 4);
            self.tell(Kind::Closed, State::Cancelled);
            return;
        }
        let asks = chance.happens((self.permille("awaiting") * self.effects.awaiting / 100).min(900));
        let asks_in_part = chance.below(2);
        let supplier = chance.happens(self.permille("supplier"));
        let hops = chance.happens(self.effects.hops * 10);
        let raised = self.priority == 3 && chance.happens(self.permille("raised"));
        for part in 0..3 {
            self.work(left_s * [30, 40, 30][usize::try_from(part).unwrap_or(0)] / 100);
            if part == 2 {
                break;
            }
            if part == 0 && raised {
                self.priority = 2;
                left_s = left_s * 35 / 100;
                self.tell(Kind::Update, State::InProgress);
            } else if chance.happens(self.permille("update")) {
                self.tell(Kind::Update, State::InProgress);
            }
            if asks && part == asks_in_part {
                self.ask_the_client(chance);
            }
            if supplier && part == 1 {
                self.tell(Kind::Update, State::AwaitingSupplier);
                let wait = self.wait_s(chance, "supplier_delay", 100);
                self.work(wait);
                self.tell(Kind::Resumed, State::InProgress);
            }
            if hops && part == 0 {
                self.hand_up(left_s);
            }
        }
        self.finish(chance, work_s);
    }

    /// From the opening to the right team: mostly at once, sometimes by way of a wrong one.
    fn reach_the_team(&mut self, chance: &mut Chance, reply_s: i64) {
        let others = &self.desk.other_teams;
        let misrouted = !others.is_empty()
            && chance.happens((self.permille("misrouted") * self.effects.reassign / 100).min(900));
        let wrong =
            usize::try_from(chance.below(i64::try_from(others.len()).unwrap_or(1).max(1))).unwrap_or(0);
        let twice = chance.happens(self.permille("misrouted_again"));
        if misrouted {
            self.team = others[wrong];
        }
        self.tell(Kind::Opened, State::New);
        if misrouted {
            self.work(reply_s / 5 + 240);
            if twice && others.len() > 1 {
                self.team = others[(wrong + 1) % others.len()];
                self.tell(Kind::Assigned, State::Assigned);
                self.work(reply_s / 5 + 420);
            }
            self.team = self.desk.team;
            self.tell(Kind::Assigned, State::Assigned);
            self.work(reply_s * 3 / 5);
        } else if chance.happens(self.permille("automatic_assignment")) {
            self.work(reply_s);
        } else {
            self.work(reply_s * 35 / 100);
            self.tell(Kind::Assigned, State::Assigned);
            self.work(reply_s * 65 / 100);
        }
    }

    fn ask_the_client(&mut self, chance: &mut Chance) {
        self.tell(Kind::Awaiting, State::AwaitingCaller);
        let client_s = self.wait_s(chance, "client_delay", self.effects.client_delay);
        self.at = self.desk.client_hours.after(self.at, client_s);
        self.tell(Kind::ClientReply, State::ReplyReceived);
        let unread = chance.happens((self.permille("unread") * self.effects.unread / 100).min(950));
        let unread_s = self.wait_s(chance, "unread_delay", self.effects.unread);
        self.work(if unread { unread_s } else { 90 });
        self.tell(Kind::Resumed, State::InProgress);
    }

    /// Up to the line's office, up to the executives, and back, without anyone deciding.
    fn hand_up(&mut self, left_s: i64) {
        let own = self.team;
        for office in &self.desk.offices {
            self.team = *office;
            self.tell(Kind::Assigned, State::InProgress);
            self.work(left_s / 4 + 2_700);
        }
        self.team = own;
        self.tell(Kind::Assigned, State::InProgress);
    }

    fn finish(&mut self, chance: &mut Chance, work_s: i64) {
        self.tell(Kind::Resolved, State::Resolved);
        let mut returns = (self.permille("reopened") * self.effects.reopen / 100).min(900);
        for _ in 0..2 {
            let back = chance.happens(returns);
            let after_s = 7_200 + chance.below(30) * 3_600;
            if !back {
                break;
            }
            self.at = self.desk.client_hours.after(self.at, after_s);
            self.tell(Kind::Reopened, State::InProgress);
            self.work(work_s * 30 / 100 + 900);
            self.tell(Kind::Resolved, State::Resolved);
            returns = self.permille("reopened_again");
        }
        self.at += self.permille("close_delay") * 3_600 + chance.below(12) * 3_600;
        self.tell(Kind::Closed, State::Closed);
    }
}

/// When cases come: by month, weekday and hour of the client's zone.
#[derive(Clone, Debug)]
pub struct Rhythm {
    /// By weekday, Monday first.
    pub weekdays: Vec<i64>,
    /// By hour of the day.
    pub hours: Vec<i64>,
    /// By month of the year, January first; 100 is the mean.
    pub months: Vec<i64>,
}

impl Rhythm {
    /// The weight of `month`.
    fn month(&self, month: Month) -> i64 {
        let position = usize::try_from(month.first_day().month() - 1).unwrap_or(0);
        self.months.get(position).copied().unwrap_or(100)
    }

    /// A moment of a month of `zone`; which month, counted from that of the load.
    fn moment(&self, chance: &mut Chance, zone: &Zone, month: i32) -> i64 {
        let position = usize::try_from(month + MONTHS_OF_HISTORY).unwrap_or(0);
        let Some(days) = zone.months.get(position) else { return 0 };
        let midnight = days.midnights.get(chance.pick(&days.weights)).copied().unwrap_or(0);
        let hour = i64::try_from(chance.pick(&self.hours)).unwrap_or(9);
        midnight + hour * 3_600 + chance.below(3_600)
    }

    fn day_weight(&self, day: Date, holidays: &[Date]) -> i64 {
        let position = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
        let weekday = if holidays.binary_search(&day).is_ok() { 6 } else { position };
        self.weekdays.get(weekday).copied().unwrap_or(1)
    }
}

/// A zone with its holidays, and the days on which cases come there.
#[derive(Clone, Debug)]
pub struct Zone {
    /// The clocks.
    pub time_zone: TimeZone,
    /// Days on which few cases come, sorted.
    pub holidays: Vec<Date>,
    months: Vec<Days>,
}

/// The days of a month: how many cases come, and when the day begins, in seconds of UTC.
#[derive(Clone, Debug)]
struct Days {
    weights: Vec<i64>,
    midnights: Vec<i64>,
}

impl Zone {
    /// A zone with the days of the history before `today`.
    pub fn new(time_zone: TimeZone, holidays: Vec<Date>, rhythm: &Rhythm, today: Date) -> Self {
        let days_of = |n: i32| {
            let month = Month::of(today).plus(n);
            let days = month.first_day().series(1.day()).take_while(|day| *day <= month.last_day());
            let (weights, midnights) =
                days.map(|day| (rhythm.day_weight(day, &holidays), instant_at(&time_zone, day, 0))).unzip();
            Days { weights, midnights }
        };
        let months = (-MONTHS_OF_HISTORY..=0).map(days_of).collect();
        Self { time_zone, holidays, months }
    }

    /// The day on these clocks at a second of UTC.
    pub fn date_at(&self, at: i64) -> Date {
        Timestamp::from_second(at).map_or(Date::MIN, |at| self.time_zone.to_datetime(at).date())
    }

    /// Midnight before `day` in UTC: where the night's export of the source ends.
    pub fn end_of_export(day: Date) -> i64 {
        TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).map_or(0, Timestamp::as_second)
    }
}
