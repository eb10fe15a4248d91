//! My day: what needs this person today, from what exists so far, most urgent first.
//!
//! What is late comes before what is due soon, and that before what has no date; among equals the account worth more
//! comes first. Accounts in several currencies are ranked by their own amounts: ranking converts nothing.

use jiff::ToSpan;
use jiff::civil::Date;
use mandate_domain::book::{Account, Contract, Turn, Worth};
use mandate_domain::{Id, Instant, Money, Month};
use mandate_store::boxed;
use mandate_store::reads::Scope;
pub use mandate_store::reads::my_day::Due;
use mandate_store::reads::my_day::{self as reads, AccountLine, ContractLine};
use mandate_store::{ReadTx, StoreError};

use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, Message, UseCaseError};

/// Talks about a new price start this long before it takes effect (article 003).
const TALKS_MONTHS: i32 = 6;
/// Days ahead at which a notice deadline is shown.
const NOTICE_AHEAD_DAYS: i32 = 45;
/// Days ahead at which the end of a contract is shown: time enough to agree on what follows.
const END_AHEAD_DAYS: i32 = 90;
/// Days in which a contested result or a proposal should be answered.
const ANSWER_DAYS: i32 = 10;

/// Days ahead at which a promise or an expectation is shown.
const DUE_AHEAD_DAYS: i32 = 14;

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Answer a client who contests a result.
    AnswerContested {
        /// The measure.
        kpi_id: String,
        /// Its name.
        kpi_name: String,
        /// Which month.
        month: Month,
        /// Who contests it.
        client_person: Option<String>,
    },
    /// Decide an exclusion that was proposed.
    DecideExclusion {
        /// The exclusion.
        id: String,
        /// By whom it was proposed.
        proposed_by: String,
    },
    /// Decide a service credit that was proposed.
    DecideCredit {
        /// The credit.
        id: String,
        /// For which month.
        month: String,
        /// How much.
        amount: Option<Money>,
    },
    /// Decide whether to give notice before a contract renews.
    MindNotice {
        /// The contract.
        id: Id<Contract>,
        /// Its title.
        title: String,
        /// When it renews or ends.
        turn: Turn,
    },
    /// Settle what follows a contract that ends.
    MindEnd {
        /// The contract.
        id: Id<Contract>,
        /// Its title.
        title: String,
        /// Its last day.
        ends_on: Date,
    },
    /// Start talks about a price that may change.
    StartPriceTalks {
        /// The contract.
        id: Id<Contract>,
        /// Its title.
        title: String,
        /// When the price may change.
        price_change_on: Date,
    },
    /// Keep a promise, or answer an expectation that nobody promised.
    Deliver {
        /// Which of them.
        what: Due,
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// Who delivers the promise, or has the expectation.
        person: Option<String>,
    },
    /// See why an account missed its service level.
    ExplainMissed {
        /// The last of the months it is judged on.
        month: Month,
        /// The first of them.
        first_month: Month,
        /// Share met on our clock, basis points.
        clock_bp: i64,
        /// The goal, basis points.
        goal_bp: i64,
        /// Cases settled.
        n_cases: i64,
        /// Whether the service level is only assumed.
        assumed: bool,
    },
    /// Take the client through its measures.
    TakeThrough {
        /// How many measures nobody was taken through.
        n_measures: i64,
    },
    /// State the service levels that a profile assumed.
    StateServiceLevels {
        /// The source's id.
        source_id: String,
        /// Its name.
        source_name: String,
        /// How many.
        n_levels: i64,
    },
}

/// The account a line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineAccount {
    /// Its id.
    pub id: Id<Account>,
    /// Its name.
    pub name: String,
    /// What it is worth a year.
    pub worth: Worth,
}

impl From<AccountLine> for LineAccount {
    fn from(line: AccountLine) -> Self {
        Self { id: line.id, name: line.name, worth: line.worth }
    }
}

/// One line of the day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayLine {
    /// What it asks for.
    pub need: Need,
    /// Whose.
    pub account: Option<LineAccount>,
    /// By when, if there is a date.
    pub due: Option<Date>,
}

/// A date ahead of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateAhead {
    /// Whose.
    pub account: LineAccount,
    /// The contract.
    pub contract_id: Id<Contract>,
    /// Its title.
    pub title: String,
    /// The day.
    pub on: Date,
    /// What happens then.
    pub what: DateKind,
}

/// What happens on a date ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateKind {
    /// Last day of notice.
    Notice,
    /// Talks about the price start.
    PriceTalks,
    /// The price may change.
    PriceChange,
    /// It renews.
    Renewal,
    /// It ends.
    End,
}

/// A person's day.
#[derive(Clone, Debug)]
pub struct MyDay {
    /// What needs them, most urgent first.
    pub lines: Vec<DayLine>,
    /// Contract dates of the next twelve months, soonest first.
    pub dates: Vec<DateAhead>,
}

/// Why the day could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum MyDayError {
    /// Not theirs to see.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for MyDayError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(denied) => denied.message(),
            Self::Store(error) => error.message(),
        }
    }
}

/// What needs `actor` on `today` (in their zone), within their rights and their accounts.
///
/// # Errors
/// [`MyDayError`] when the right is missing or the database failed.
#[boxed]
pub async fn my_day(ctx: &Ctx, actor: &Actor, today: Date) -> Result<MyDay, MyDayError> {
    authorise(actor, Action::ReadBook)?;
    let may = |action| authorise(actor, action).is_ok();
    // Roles that work on results and credits see facts; a token may be without.
    let of_facts = |action| may(action) && may(Action::ReadFacts);
    let mut tx = ctx.begin_read().await?;
    let scope = &actor.scope;
    // Days that are past need nobody; talks about a price begin half a year before it, so that its day lies further ahead.
    let contracts = reads::list_contract_dates(&mut tx, scope, today, in_months(today, 18)).await?;
    let mut lines: Vec<DayLine> =
        contracts.iter().flat_map(|contract| contract_needs(contract, today)).collect();
    lines.extend(due_soon(&mut tx, scope, today).await?);
    if of_facts(Action::WorkResults) {
        for line in reads::list_contested(&mut tx, scope).await? {
            let due = Some(answer_by(line.since));
            let need = Need::AnswerContested {
                kpi_id: line.kpi_id,
                kpi_name: line.kpi_name,
                month: line.month,
                client_person: line.client_person,
            };
            lines.push(DayLine { need, account: Some(line.account.into()), due });
        }
        for line in reads::list_proposed_exclusions(&mut tx, scope).await? {
            let need = Need::DecideExclusion { id: line.id, proposed_by: line.detail };
            lines.push(DayLine {
                need,
                account: Some(line.account.into()),
                due: Some(answer_by(line.since)),
            });
        }
    }
    if of_facts(Action::DecideCredits) {
        for line in reads::list_proposed_credits(&mut tx, scope).await? {
            let need = Need::DecideCredit { id: line.id, month: line.detail, amount: line.amount };
            lines.push(DayLine {
                need,
                account: Some(line.account.into()),
                due: Some(answer_by(line.since)),
            });
        }
    }
    if may(Action::ReadFacts) {
        for line in reads::list_missed(&mut tx, scope, Month::of(today).plus(-2), 5).await? {
            let need = Need::ExplainMissed {
                month: line.month,
                first_month: line.first_month,
                clock_bp: line.clock_bp,
                goal_bp: line.goal_bp,
                n_cases: line.n_clocked,
                assumed: line.assumed,
            };
            lines.push(DayLine { need, account: Some(line.account.into()), due: None });
        }
    }
    if of_facts(Action::WorkResults) {
        for line in reads::list_untold(&mut tx, scope, 3).await? {
            let need = Need::TakeThrough { n_measures: line.n_measures };
            lines.push(DayLine { need, account: Some(line.account.into()), due: None });
        }
    }
    if may(Action::WriteFacts) {
        for (source_id, source_name, n_levels) in reads::list_assumed(&mut tx).await? {
            let need = Need::StateServiceLevels { source_id, source_name, n_levels };
            lines.push(DayLine { need, account: None, due: None });
        }
    }
    sort(&mut lines);
    Ok(MyDay { lines, dates: dates_ahead(&contracts, today) })
}

/// Promises, and expectations that nobody promised, that are late or due soon.
async fn due_soon(tx: &mut ReadTx, scope: &Scope, today: Date) -> Result<Vec<DayLine>, StoreError> {
    let until = today.saturating_add(DUE_AHEAD_DAYS.days());
    let mut lines = vec![];
    for what in [Due::Promise, Due::Expectation] {
        for line in reads::list_due(tx, scope, what, until).await? {
            let need = Need::Deliver { what, id: line.id, title: line.title, person: line.person };
            lines.push(DayLine { need, account: Some(line.account.into()), due: Some(line.due_on) });
        }
    }
    Ok(lines)
}

fn in_months(day: Date, months: i32) -> Date {
    day.saturating_add(months.months())
}

/// When talks about a price that may change on `day` should begin.
pub(crate) fn talks_begin_on(day: Date) -> Date {
    in_months(day, -TALKS_MONTHS)
}

fn answer_by(since: Instant) -> Date {
    since.date_in(&jiff::tz::TimeZone::UTC).saturating_add(ANSWER_DAYS.days())
}

fn notice_deadline(contract: &ContractLine) -> Option<(Date, Turn)> {
    contract.notice_on.zip(contract.turn)
}

fn contract_needs(contract: &ContractLine, today: Date) -> Vec<DayLine> {
    let line = |need, due| DayLine { need, account: Some(contract.account.clone().into()), due: Some(due) };
    let mut needs = vec![];
    if let Some((deadline, turn)) = notice_deadline(contract)
        && today <= deadline
        && deadline <= today.saturating_add(NOTICE_AHEAD_DAYS.days())
    {
        let need = Need::MindNotice { id: contract.id.clone(), title: contract.title.clone(), turn };
        needs.push(line(need, deadline));
    }
    if let Some(Turn::Ends(ends_on)) = contract.turn
        && today <= ends_on
        && ends_on <= today.saturating_add(END_AHEAD_DAYS.days())
    {
        let need = Need::MindEnd { id: contract.id.clone(), title: contract.title.clone(), ends_on };
        needs.push(line(need, ends_on));
    }
    if let Some(price_change_on) = contract.price_change_on
        && today < price_change_on
    {
        let talks_by = talks_begin_on(price_change_on);
        if talks_by <= today.saturating_add(30.days()) {
            let need = Need::StartPriceTalks {
                id: contract.id.clone(),
                title: contract.title.clone(),
                price_change_on,
            };
            needs.push(line(need, talks_by));
        }
    }
    needs
}

fn dates_ahead(contracts: &[ContractLine], today: Date) -> Vec<DateAhead> {
    let end = in_months(today, 12);
    let mut dates = vec![];
    for contract in contracts {
        let mut add = |on: Date, what| {
            if today <= on && on <= end {
                dates.push(DateAhead {
                    account: contract.account.clone().into(),
                    contract_id: contract.id.clone(),
                    title: contract.title.clone(),
                    on,
                    what,
                });
            }
        };
        if let Some((deadline, _)) = notice_deadline(contract) {
            add(deadline, DateKind::Notice);
        }
        if let Some(turn) = contract.turn {
            add(turn.day(), if turn.is_end() { DateKind::End } else { DateKind::Renewal });
        }
        if let Some(price_change_on) = contract.price_change_on {
            add(talks_begin_on(price_change_on), DateKind::PriceTalks);
            add(price_change_on, DateKind::PriceChange);
        }
    }
    dates.sort_by(|a, b| (a.on, a.what, &a.contract_id).cmp(&(b.on, b.what, &b.contract_id)));
    dates
}

/// Dated lines by date, then undated ones; the account worth more first among equals.
fn sort(lines: &mut [DayLine]) {
    let worth = |line: &DayLine| {
        line.account.as_ref().and_then(|account| account.worth.value).map_or(0, |value| value.minor)
    };
    lines.sort_by(|a, b| {
        let dated = a.due.is_none().cmp(&b.due.is_none());
        dated.then(a.due.cmp(&b.due)).then(worth(b).cmp(&worth(a)))
    });
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use mandate_domain::Currency;

    use super::*;

    fn contract() -> ContractLine {
        let account = AccountLine {
            id: Id::new(Instant::from_seconds(1), 1),
            name: "Brackwell Insurance".to_owned(),
            worth: Worth { value: Some(Money::new(603_000_000, Currency::EUR)), ..Worth::default() },
        };
        ContractLine {
            account,
            id: Id::new(Instant::from_seconds(1), 2),
            title: "Claims and records".to_owned(),
            turn: Some(Turn::Renews(date(2027, 6, 30))),
            notice_on: Some(date(2027, 3, 31)),
            price_change_on: Some(date(2027, 5, 31)),
        }
    }

    #[test]
    fn notice_is_shown_six_weeks_before_its_last_day_and_not_after() {
        let needs = |today| {
            contract_needs(&contract(), today)
                .iter()
                .filter(|line| matches!(line.need, Need::MindNotice { .. }))
                .count()
        };
        assert_eq!(needs(date(2027, 2, 13)), 0);
        assert_eq!(needs(date(2027, 2, 14)), 1);
        assert_eq!(needs(date(2027, 3, 31)), 1);
        assert_eq!(needs(date(2027, 4, 1)), 0);
    }

    #[test]
    fn an_end_is_shown_ninety_days_before_the_last_day_and_a_renewal_is_not() {
        let ends = ContractLine { turn: Some(Turn::Ends(date(2027, 3, 31))), ..contract() };
        let due = |contract: &ContractLine, today| {
            let is_end = |line: &DayLine| matches!(line.need, Need::MindEnd { .. });
            contract_needs(contract, today).into_iter().find(is_end).and_then(|line| line.due)
        };
        assert_eq!(due(&ends, date(2026, 12, 30)), None);
        assert_eq!(due(&ends, date(2026, 12, 31)), Some(date(2027, 3, 31)));
        assert_eq!(due(&ends, date(2027, 3, 31)), Some(date(2027, 3, 31)));
        assert_eq!(due(&ends, date(2027, 4, 1)), None);
        assert_eq!(due(&contract(), date(2027, 6, 1)), None, "it renews");
    }

    #[test]
    fn price_talks_are_due_six_months_ahead_and_stay_late() {
        let due = |today| {
            contract_needs(&contract(), today)
                .iter()
                .find(|line| matches!(line.need, Need::StartPriceTalks { .. }))
                .and_then(|line| line.due)
        };
        assert_eq!(due(date(2026, 10, 1)), None);
        assert_eq!(due(date(2026, 11, 21)), Some(date(2026, 11, 30)));
        assert_eq!(due(date(2027, 1, 15)), Some(date(2026, 11, 30)));
        assert_eq!(due(date(2027, 6, 1)), None);
    }

    #[test]
    fn what_is_late_comes_first_and_what_has_no_date_last() {
        let line = |due: Option<Date>, minor| DayLine {
            need: Need::TakeThrough { n_measures: 1 },
            account: Some(LineAccount {
                id: Id::new(Instant::from_seconds(1), 1),
                name: String::new(),
                worth: Worth { value: Some(Money::new(minor, Currency::EUR)), ..Worth::default() },
            }),
            due,
        };
        let day = Some(date(2026, 11, 20));
        let mut lines = vec![line(None, 9), line(Some(date(2026, 12, 1)), 1), line(day, 1), line(day, 2)];
        sort(&mut lines);
        let order: Vec<_> = lines
            .iter()
            .map(|line| (line.due, line.account.as_ref().unwrap().worth.value.unwrap().minor))
            .collect();
        assert_eq!(order, [(day, 2), (day, 1), (Some(date(2026, 12, 1)), 1), (None, 9)]);
    }

    #[test]
    fn the_dates_of_a_contract_stand_in_order() {
        let kinds: Vec<DateKind> =
            dates_ahead(&[contract()], date(2026, 11, 21)).iter().map(|date| date.what).collect();
        assert_eq!(kinds, [DateKind::PriceTalks, DateKind::Notice, DateKind::PriceChange, DateKind::Renewal]);
    }
}
