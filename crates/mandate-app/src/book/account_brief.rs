//! What a predecessor would tell first of an account: what is late, what the client misses, who is known by one only, what comes next.
//! Candid notes are not told of: that there is one is part of their secret.
//!
//! Each matter is counted from the list its page shows, as the reader may see it, so that the rows behind a sentence are the sentence.

use jiff::ToSpan;
use jiff::civil::Date;
use mandate_domain::book::{Account, Contract, Handover, Kind, Renewal, Saved, Turn};
use mandate_domain::{Id, Month};
use mandate_store::boxed;
use mandate_store::reads::book_pages::{AccountPage, ContractWithLines};
use mandate_store::reads::growth::{self, Of};
use mandate_store::reads::listing::{Cell, Filter, ListDef, ListPage, ListQuery, ListRow, Operator};
use mandate_store::reads::my_day::contested_of;

use super::coverage::{coverage_list, today_of};
use super::handovers::handover_list;
use super::invoiced::Invoiced;
use super::lists::{list, matters};
use super::revenue_trend::RevenueTrend;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::home::talks_begin_on;
use crate::lists::{ShowListError, show_list};

/// Days ahead at which a last day of notice is told.
const NOTICE_AHEAD_DAYS: i32 = 90;
/// Days ahead at which an end is told.
const END_AHEAD_DAYS: i32 = 180;
/// Days ahead at which talks about a price are told.
const TALKS_AHEAD_DAYS: i32 = 30;
/// Days without a talk after which that is told; as the page of coverage has it.
const QUIET_DAYS: i32 = 90;
/// Days without a review after which that is told.
const REVIEW_DAYS: i32 = 365;
/// Months after which the newest revenue is no news.
const REVENUE_MONTHS: i32 = 5;
/// Days after which a handover without open matters is no news.
const HANDOVER_DAYS: i32 = 365;

/// How much a point asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Something is late or lost.
    Risk,
    /// Something will be.
    Watch,
    /// Good to know.
    Info,
}

/// A contract, for a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractTitle {
    /// Its id.
    pub id: Id<Contract>,
    /// Its title.
    pub title: String,
}

/// Rows of a list: how many, and the first by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Several {
    /// How many; at least one.
    pub n: i64,
    /// The title of the first.
    pub first: String,
}

/// One thing to know of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BriefPoint {
    /// Promises or expectations past their day.
    Overdue(Several),
    /// What the client sees as worse than it is, or than was promised.
    FallsShort(Several),
    /// The last day of notice is past; the contract renews.
    NoticePassed {
        /// Which.
        contract: ContractTitle,
        /// The last day of notice.
        notice_on: Date,
        /// When it renews.
        renews_on: Date,
    },
    /// The last day of notice comes.
    Notice {
        /// Which.
        contract: ContractTitle,
        /// The last day of notice.
        notice_on: Date,
        /// When it renews.
        renews_on: Date,
    },
    /// A contract renews by itself, and no notice period is stated.
    Renews {
        /// Which.
        contract: ContractTitle,
        /// When.
        renews_on: Date,
    },
    /// A contract ends, or does unless both agree to renew it.
    Ends {
        /// Which.
        contract: ContractTitle,
        /// Its last day.
        ends_on: Date,
        /// Whether it was meant to be renewed.
        is_renewable: bool,
    },
    /// Lines without a volume, which no value of a contract holds.
    NoVolume {
        /// How many.
        n: usize,
        /// The contract of the first.
        contract: ContractTitle,
    },
    /// Talks about a price are due.
    PriceTalks {
        /// Which.
        contract: ContractTitle,
        /// When they should begin.
        begin_on: Date,
        /// When the price may change.
        price_change_on: Date,
    },
    /// Results that the client contests and that are not settled.
    Contested {
        /// How many.
        n: usize,
        /// The measure of the oldest.
        kpi_id: String,
        /// Its name.
        kpi_name: String,
        /// The month of the oldest.
        month: Month,
    },
    /// Revenue differs from that of the year before.
    Revenue(RevenueTrend),
    /// What was invoiced differs from what the contracts come to.
    Invoiced(Invoiced),
    /// Expectations that no promise answers.
    NotPromised(Several),
    /// Open promises that nobody delivers.
    NoOwner(Several),
    /// Open promises that stand in no contract.
    NoClause(Several),
    /// Of a client's people, so many are known by one of ours alone.
    SingleThreads(i64),
    /// So many are known by none of ours.
    Unknown {
        /// How many.
        n: i64,
        /// Of how many.
        of: i64,
    },
    /// So many were known by somebody who left.
    LostThreads(i64),
    /// Nobody talked with them since that day, which is long ago.
    Quiet(Date),
    /// The last handover, with what of it is open.
    HandedOver {
        /// Which.
        id: Id<Handover>,
        /// From whom.
        from: String,
        /// To whom.
        to: String,
        /// From when on.
        on: Date,
        /// Matters and introductions that are open.
        n_open: i64,
    },
    /// No review was held since that day, which is long ago.
    NoReview(Date),
    /// Neither a talk nor a review is on record.
    NothingRecorded,
    /// Open opportunities.
    Opportunities(Several),
}

impl BriefPoint {
    /// The day on which something of a contract comes.
    fn comes_on(&self) -> Option<Date> {
        match self {
            Self::NoticePassed { notice_on: day, .. }
            | Self::Notice { notice_on: day, .. }
            | Self::Renews { renews_on: day, .. }
            | Self::Ends { ends_on: day, .. }
            | Self::PriceTalks { begin_on: day, .. } => Some(*day),
            _ => None,
        }
    }

    /// How much it asks for on `today`.
    pub fn urgency(&self, today: Date) -> Urgency {
        match self {
            Self::Overdue(_) | Self::FallsShort(_) | Self::LostThreads(_) => Urgency::Risk,
            Self::PriceTalks { begin_on, .. } if *begin_on < today => Urgency::Risk,
            Self::Revenue(trend) if trend.change_bps() > 0 => Urgency::Info,
            Self::Opportunities(_)
            | Self::NothingRecorded
            | Self::NoVolume { .. }
            | Self::HandedOver { n_open: 0, .. } => Urgency::Info,
            _ => Urgency::Watch,
        }
    }
}

/// What to know first of an account.
#[derive(Clone, Debug)]
pub struct AccountBrief {
    /// The day it is told of: today in the account's zone.
    pub on: Date,
    /// Most urgent first; empty where nothing asks for anything.
    pub points: Vec<BriefPoint>,
}

/// What to know first of the account that `page` shows.
///
/// # Errors
/// [`ShowListError`] when the right is missing or the database failed.
#[boxed]
pub async fn account_brief(
    ctx: &Ctx,
    actor: &Actor,
    page: &AccountPage,
) -> Result<AccountBrief, ShowListError> {
    authorise(actor, Action::ReadBook)?;
    let today = today_of(ctx, &page.account);
    let look = Look { ctx, actor, account: &page.account };
    let contracts = page.contracts.iter().map(|it| &it.contract);
    let mut points: Vec<BriefPoint> = contracts.flat_map(|it| of_contract(it, today)).collect();
    points.sort_by_key(BriefPoint::comes_on);
    points.extend(no_volume(&page.contracts, today));
    points.extend(look.promises().await?);
    points.extend(look.contested().await?);
    points.extend(look.revenue(&page.contracts, today).await?);
    let covered = look.coverage().await?;
    let reviewed_on = look.reviewed_on().await?;
    points.extend(look.handover(today).await?);
    if let Some(covered) = covered {
        points.extend(covered.points);
        points.extend(since_when(covered.last_contact_on, reviewed_on, today));
    }
    points.extend(look.opportunities().await?);
    points.sort_by_key(|point| point.urgency(today));
    Ok(AccountBrief { on: today, points })
}

/// The lines without a volume of contracts that are not over.
fn no_volume(contracts: &[ContractWithLines], today: Date) -> Option<BriefPoint> {
    let open = || contracts.iter().filter(|it| !it.contract.has_ended(today) && it.n_without_volume() > 0);
    let first = &open().next()?.contract;
    let contract = ContractTitle { id: first.id.clone(), title: first.title.clone() };
    Some(BriefPoint::NoVolume { n: open().map(ContractWithLines::n_without_volume).sum(), contract })
}

fn of_contract(contract: &Saved<Contract>, today: Date) -> Vec<BriefPoint> {
    let title = || ContractTitle { id: contract.id.clone(), title: contract.title.clone() };
    let within = |day: Date, days: i32| day <= today.saturating_add(days.days());
    let by_itself = matches!(contract.renewal, Some(Renewal::Automatic) | None);
    let mut found = vec![];
    if contract.has_ended(today) {
        return found;
    }
    match (contract.turn(), contract.notice_deadline()) {
        (Some(Turn::Renews(renews_on)), Some(notice_on)) if by_itself && today <= renews_on => {
            if notice_on < today {
                found.push(BriefPoint::NoticePassed { contract: title(), notice_on, renews_on });
            } else if within(notice_on, NOTICE_AHEAD_DAYS) {
                found.push(BriefPoint::Notice { contract: title(), notice_on, renews_on });
            }
        }
        (Some(Turn::Renews(renews_on)), None) if by_itself && today <= renews_on => {
            let is_near = within(renews_on, NOTICE_AHEAD_DAYS);
            found.extend(is_near.then(|| BriefPoint::Renews { contract: title(), renews_on }));
        }
        (Some(turn), _) if !by_itself || turn.is_end() => {
            let ends_on = contract.runs_until().filter(|day| within(*day, END_AHEAD_DAYS));
            let is_renewable = !turn.is_end();
            found.extend(ends_on.map(|ends_on| BriefPoint::Ends {
                contract: title(),
                ends_on,
                is_renewable,
            }));
        }
        _ => {}
    }
    if let Some(price_change_on) = contract.price_change_on.filter(|day| today < *day) {
        let begin_on = talks_begin_on(price_change_on);
        if within(begin_on, TALKS_AHEAD_DAYS) {
            found.push(BriefPoint::PriceTalks { contract: title(), begin_on, price_change_on });
        }
    }
    found
}

/// Who looks at which account.
struct Look<'a> {
    ctx: &'a Ctx,
    actor: &'a Actor,
    account: &'a Saved<Account>,
}

fn is(field: &str, values: &[&str]) -> Filter {
    let values = values.iter().map(|&value| value.to_owned()).collect();
    Filter { field: field.to_owned(), operator: Operator::Is, values }
}

fn cell<'a>(def: &ListDef, row: &'a ListRow, field: &str) -> Option<&'a Cell> {
    def.position(field).map(|position| &row.cells[position])
}

fn text(def: &ListDef, row: &ListRow, field: &str) -> String {
    cell(def, row, field).and_then(Cell::text).unwrap_or_default().to_owned()
}

fn integer(def: &ListDef, row: &ListRow, field: &str) -> i64 {
    cell(def, row, field).and_then(Cell::integer).unwrap_or(0)
}

fn day(def: &ListDef, row: &ListRow, field: &str) -> Option<Date> {
    cell(def, row, field).and_then(Cell::text).and_then(|text| text.parse().ok())
}

impl Look<'_> {
    async fn rows(
        &self,
        def: &ListDef,
        filters: Vec<Filter>,
        limit: usize,
    ) -> Result<ListPage, ShowListError> {
        let filters = [vec![is("account_id", &[self.account.id.as_str()])], filters].concat();
        let query = ListQuery { filters, limit, ..ListQuery::default() };
        show_list(self.ctx, self.actor, Action::ReadBook, def, &query).await
    }

    /// The rows of a list of titles that match, if any does.
    async fn several(&self, def: &ListDef, filter: Filter) -> Result<Option<Several>, ShowListError> {
        let page = self.rows(def, vec![filter], 1).await?;
        Ok(page.rows.first().map(|row| Several { n: page.n_rows, first: text(def, row, "title") }))
    }

    async fn promises(&self) -> Result<Vec<BriefPoint>, ShowListError> {
        let def = matters(self.ctx);
        let of = async |flag: &str| self.several(&def, is(flag, &["1"])).await;
        let found = [
            of("overdue").await?.map(BriefPoint::Overdue),
            of("perceived_worse").await?.map(BriefPoint::FallsShort),
            of("not_promised").await?.map(BriefPoint::NotPromised),
            of("no_owner").await?.map(BriefPoint::NoOwner),
            of("no_clause").await?.map(BriefPoint::NoClause),
        ];
        Ok(found.into_iter().flatten().collect())
    }

    /// Nothing for whoever may not read what was delivered.
    async fn contested(&self) -> Result<Option<BriefPoint>, ShowListError> {
        if authorise(self.actor, Action::ReadFacts).is_err() {
            return Ok(None);
        }
        let mut tx = self.ctx.begin_read().await?;
        let lines = contested_of(&mut tx, &self.actor.scope, &self.account.id).await?;
        let n = lines.len();
        Ok(lines.into_iter().next().map(|line| BriefPoint::Contested {
            n,
            kpi_id: line.kpi_id,
            kpi_name: line.kpi_name,
            month: line.month,
        }))
    }

    /// Of whole months: what is invoiced of the running one would look like a fall. Nothing where the newest is of long ago.
    async fn revenue(
        &self,
        contracts: &[ContractWithLines],
        today: Date,
    ) -> Result<Vec<BriefPoint>, ShowListError> {
        let (mut tx, scope, of) =
            (self.ctx.begin_read().await?, &self.actor.scope, Of::Account(&self.account.id));
        let newest = growth::newest_month(&mut tx, scope, of).await?;
        let last_whole = Month::of(today).plus(-1);
        let newest = newest.map(|it| it.min(last_whole)).filter(|it| last_whole.plus(-REVENUE_MONTHS) <= *it);
        let Some(newest) = newest else { return Ok(vec![]) };
        let rows = growth::list_actuals(&mut tx, scope, of, RevenueTrend::span(newest)).await?;
        let trend = RevenueTrend::of(&rows, newest).map(BriefPoint::Revenue);
        let invoiced = Invoiced::of(&rows, newest, contracts, today).map(BriefPoint::Invoiced);
        Ok(trend.into_iter().chain(invoiced).collect())
    }

    /// None of an account whose people were not counted yet.
    async fn coverage(&self) -> Result<Option<Covered>, ShowListError> {
        let def = coverage_list();
        let page = self.rows(&def, vec![], 1).await?;
        let Some(row) = page.rows.first().filter(|row| day(&def, row, "computed_on").is_some()) else {
            return Ok(None);
        };
        let count = |field| Some(integer(&def, row, field)).filter(|n| *n > 0);
        let of = integer(&def, row, "n_client_people");
        let points = [
            count("n_lost_threads").map(BriefPoint::LostThreads),
            count("n_unknown").map(|n| BriefPoint::Unknown { n, of }),
            count("n_single_threads").map(BriefPoint::SingleThreads),
        ];
        let points = points.into_iter().flatten().collect();
        Ok(Some(Covered { points, last_contact_on: day(&def, row, "last_contact_on") }))
    }

    async fn handover(&self, today: Date) -> Result<Option<BriefPoint>, ShowListError> {
        let def = handover_list(self.actor);
        let page = self.rows(&def, vec![is("handover_state", &["planned", "done"])], 1).await?;
        let Some(row) = page.rows.first() else { return Ok(None) };
        let n_open = integer(&def, row, "n_open_matters") + integer(&def, row, "n_introductions");
        let id = Id::parse(&text(&def, row, "handover_id")).ok();
        let on = day(&def, row, "effective_on");
        let is_news = n_open > 0 || on.is_some_and(|on| !is_long_ago(on, today, HANDOVER_DAYS));
        Ok(id.zip(on).filter(|_| is_news).map(|(id, on)| BriefPoint::HandedOver {
            id,
            from: text(&def, row, "from_person"),
            to: text(&def, row, "to_person"),
            on,
            n_open,
        }))
    }

    async fn reviewed_on(&self) -> Result<Option<Date>, ShowListError> {
        let def = list(self.ctx, self.actor, Kind::Review);
        let page = self.rows(&def, vec![], 1).await?;
        Ok(page.rows.first().and_then(|row| day(&def, row, "held_on")))
    }

    async fn opportunities(&self) -> Result<Option<BriefPoint>, ShowListError> {
        let def = list(self.ctx, self.actor, Kind::Opportunity);
        let open = is("stage", &["idea", "discussed", "proposed"]);
        Ok(self.several(&def, open).await?.map(BriefPoint::Opportunities))
    }
}

/// What coverage tells, and when somebody last talked with them.
struct Covered {
    points: Vec<BriefPoint>,
    last_contact_on: Option<Date>,
}

/// What the days of the last talk and the last review tell; one word for a book in which neither was begun.
fn since_when(talk: Option<Date>, review: Option<Date>, today: Date) -> Vec<BriefPoint> {
    if talk.is_none() && review.is_none() {
        return vec![BriefPoint::NothingRecorded];
    }
    let talk = talk.filter(|day| is_long_ago(*day, today, QUIET_DAYS)).map(BriefPoint::Quiet);
    let review = review.filter(|day| is_long_ago(*day, today, REVIEW_DAYS)).map(BriefPoint::NoReview);
    talk.into_iter().chain(review).collect()
}

fn is_long_ago(day: Date, today: Date, days: i32) -> bool {
    day < today.saturating_sub(days.days())
}
