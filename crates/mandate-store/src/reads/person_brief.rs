//! What one reads of a person before a meeting: stakes, expertise, career, talks, reviews, open promises and expectations; of ours
//! also whom they know and where they work.
//!
//! Everything that belongs to an account is read within the reader's scope, also of one of ours: their accounts out of the reader's
//! reach are neither named nor counted. Threads of a client's person are coverage's (`reads::coverage`).

use std::collections::BTreeMap;

use jiff::civil::Date;
use mandate_domain::Id;
use mandate_domain::book::{
    Account, CareerStep, Expertise, LastContact, Person, PersonRole, Saved, Stake, Tier,
};
use mandate_domain::governance::{Channel, Direction, ReviewLevel, Topic};

use super::Scope;
use super::book_pages::load_all;
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value};
use crate::params;

/// Most talks and reviews of one page; the lists have all.
const MOST_ROWS: usize = 20;

/// A communication in which somebody took part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Talk {
    /// Its id.
    pub id: String,
    /// What it was about, in a line.
    pub title: String,
    /// When.
    pub on: Date,
    /// How.
    pub channel: Channel,
    /// Who turned to whom.
    pub direction: Direction,
    /// About what.
    pub topic: Topic,
    /// What was said.
    pub details: String,
    /// With which account.
    pub account: String,
}

/// A review in which somebody took part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewLine {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// When.
    pub on: Date,
    /// On which level.
    pub level: ReviewLevel,
    /// What came of it.
    pub outcome: String,
    /// With which account.
    pub account: String,
}

/// A promise or an expectation that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenMatter {
    /// Its id.
    pub id: String,
    /// In a line.
    pub title: String,
    /// By when.
    pub due_on: Option<Date>,
    /// With which account.
    pub account: String,
}

/// Somebody of a client whom one of ours knows or talked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPerson {
    /// Who.
    pub id: Id<Person>,
    /// Their name.
    pub name: String,
    /// Their job title.
    pub job_title: String,
    /// Their account's name.
    pub account: String,
    /// How close that account is.
    pub tier: Tier,
    /// How well they know one another, and when that was stated.
    pub stated: Option<(i64, Date)>,
    /// When they last turned to one another.
    pub contact: LastContact,
}

/// An account on which one of ours works beside its manager and negotiator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorksOn {
    /// Which.
    pub id: Id<Account>,
    /// Its name.
    pub name: String,
    /// As what.
    pub role: PersonRole,
}

/// How well the client says that somebody of ours gets on with one of theirs, and what to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The acquaintance's id.
    pub id: String,
    /// Who of ours.
    pub ours: Id<Person>,
    /// 1 badly, 5 very well.
    pub compatibility: Option<i64>,
    /// What to know.
    pub note: String,
}

/// What is kept of a person of either side.
#[derive(Clone, Debug)]
pub struct PersonRecords {
    /// Their stakes, those in force and those of before, the newest first.
    pub stakes: Vec<Saved<Stake>>,
    /// What they know well.
    pub expertise: Vec<Saved<Expertise>>,
    /// Where they were, the newest first.
    pub career: Vec<Saved<CareerStep>>,
    /// Talks, the newest first.
    pub talks: Vec<Talk>,
    /// Reviews, the newest first.
    pub reviews: Vec<ReviewLine>,
    /// Open promises to them, or by one of ours.
    pub promises: Vec<OpenMatter>,
    /// Open expectations by them, or of one of ours.
    pub expectations: Vec<OpenMatter>,
}

/// What concerns one of ours only.
#[derive(Clone, Debug)]
pub struct OurRecords {
    /// Whom they know or talked with.
    pub known: Vec<KnownPerson>,
    /// Where they work beside manager and negotiator.
    pub works_on: Vec<WorksOn>,
}

const TALKS: &str = "
    SELECT m.id, m.title, m.happened_on, m.channel, m.direction, m.topic, m.details, a.name
      FROM record_link k JOIN communication m ON m.id = k.record_id JOIN account a ON a.id = m.account_id
     WHERE k.target_id = $1 AND k.record_kind = 'communication' AND m.deleted_at_us IS NULL AND a.deleted_at_us IS NULL";
const REVIEWS: &str = "
    SELECT v.id, v.title, v.held_on, v.level, v.outcome, a.name
      FROM record_link k JOIN review v ON v.id = k.record_id JOIN account a ON a.id = v.account_id
     WHERE k.target_id = $1 AND k.record_kind = 'review' AND v.deleted_at_us IS NULL AND a.deleted_at_us IS NULL";
const PROMISES_TO: &str = "
    SELECT r.id, r.title, r.due_on, a.name FROM promise r JOIN account a ON a.id = r.account_id
     WHERE r.made_to_id = $1 AND r.account_id = (SELECT p.account_id FROM person p WHERE p.id = $1)
       AND r.state = 'open' AND r.deleted_at_us IS NULL AND a.deleted_at_us IS NULL";
/// What one of ours owes: as delivery owner, or as who made it while nobody delivers it.
const PROMISES_OF: &str = "
    SELECT r.id, r.title, r.due_on, a.name FROM promise r JOIN account a ON a.id = r.account_id
     WHERE (r.delivery_owner_id = $1 OR (r.delivery_owner_id IS NULL AND r.made_by_id = $1))
       AND r.state = 'open' AND r.deleted_at_us IS NULL AND a.deleted_at_us IS NULL";
const EXPECTATIONS_BY: &str = "
    SELECT e.id, e.title, e.due_on, a.name FROM expectation e JOIN account a ON a.id = e.account_id
     WHERE e.person_id = $1 AND e.account_id = (SELECT p.account_id FROM person p WHERE p.id = $1)
       AND e.state = 'open' AND e.deleted_at_us IS NULL AND a.deleted_at_us IS NULL";
const EXPECTATIONS_OF: &str = "
    SELECT e.id, e.title, e.due_on, a.name FROM expectation e JOIN account a ON a.id = e.account_id
     WHERE (e.manager_id = $1 OR (e.manager_id IS NULL AND a.account_manager_id = $1))
       AND e.state = 'open' AND e.deleted_at_us IS NULL AND a.deleted_at_us IS NULL";
const KNOWN: &str = "
    SELECT c.id, c.name, c.job_title, a.name, a.tier, q.strength, q.stated_on
      FROM acquaintance q JOIN person c ON c.id = q.client_person_id JOIN account a ON a.id = c.account_id
     WHERE q.our_person_id = $1 AND q.deleted_at_us IS NULL AND c.deleted_at_us IS NULL AND a.deleted_at_us IS NULL";
/// In this order, which `CROSS JOIN` tells SQLite: it would begin with all links that there are.
const TALKED_WITH: &str = "
    SELECT c.id, c.name, c.job_title, a.name, a.tier, m.direction, MAX(m.happened_on)
      FROM record_link lo CROSS JOIN communication m CROSS JOIN record_link lc CROSS JOIN person c CROSS JOIN account a
     WHERE lo.target_id = $1 AND lo.record_kind = 'communication' AND m.id = lo.record_id
       AND lc.record_kind = 'communication' AND lc.record_id = m.id AND lc.field = 'people'
       AND c.id = lc.target_id AND c.side = 'client' AND a.id = c.account_id
       AND m.happened_on <= $2 AND m.deleted_at_us IS NULL AND c.deleted_at_us IS NULL AND a.deleted_at_us IS NULL";
const WORKS_ON: &str = "
    SELECT a.id, a.name, w.role FROM account_person w JOIN account a ON a.id = w.account_id
     WHERE w.person_id = $1 AND a.deleted_at_us IS NULL";
const REMARKS: &str = "
    SELECT q.id, q.our_person_id, q.compatibility, q.note FROM acquaintance q
     WHERE q.client_person_id = $1 AND q.deleted_at_us IS NULL ORDER BY q.id";

/// Rows of `statement` about `person` within `scope` of the accounts in `column`.
async fn of_person(
    tx: &mut ReadTx,
    scope: &Scope,
    statement: (&str, &str),
    (person, more): (&Id<Person>, Vec<Value>),
    rest: &str,
) -> Result<Vec<Row>, StoreError> {
    let (sql, column) = statement;
    let mut values = params![person];
    values.extend(more);
    let (visible, scope_values) = scope.condition(column, values.len() + 1);
    values.extend(scope_values);
    tx.fetch_all(&format!("{sql} AND ({visible}) {rest}"), values).await
}

/// What is kept of `person`, as `scope` may see it. The caller has loaded the person within that scope.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn person_records(
    tx: &mut ReadTx,
    scope: &Scope,
    person: &Saved<Person>,
) -> Result<PersonRecords, StoreError> {
    let id = &person.id;
    let is_client = person.account_id.is_some();
    let stakes = load_all(tx, "person_id = $1", "since DESC, id", params![id]).await?;
    let expertise = load_all(tx, "person_id = $1", "level DESC, topic_sort, id", params![id]).await?;
    let career = load_all(tx, "person_id = $1", "started_on DESC, id", params![id]).await?;
    let newest = format!("ORDER BY 3 DESC, 1 DESC LIMIT {MOST_ROWS}");
    let talks = of_person(tx, scope, (TALKS, "m.account_id"), (id, vec![]), &newest).await?;
    let reviews = of_person(tx, scope, (REVIEWS, "v.account_id"), (id, vec![]), &newest).await?;
    let soonest = "ORDER BY r.due_on IS NULL, r.due_on, r.id";
    let promised = if is_client { PROMISES_TO } else { PROMISES_OF };
    let promises = of_person(tx, scope, (promised, "r.account_id"), (id, vec![]), soonest).await?;
    let soonest = "ORDER BY e.due_on IS NULL, e.due_on, e.id";
    let expected = if is_client { EXPECTATIONS_BY } else { EXPECTATIONS_OF };
    let expectations = of_person(tx, scope, (expected, "e.account_id"), (id, vec![]), soonest).await?;
    Ok(PersonRecords {
        stakes,
        expertise,
        career,
        talks: talks.iter().map(read_talk).collect::<Result<_, _>>()?,
        reviews: reviews.iter().map(read_review).collect::<Result<_, _>>()?,
        promises: promises.iter().map(read_matter).collect::<Result<_, _>>()?,
        expectations: expectations.iter().map(read_matter).collect::<Result<_, _>>()?,
    })
}

fn read_talk(row: &Row) -> Result<Talk, StoreError> {
    Ok(Talk {
        id: row.text(0)?,
        title: row.text(1)?,
        on: row.date(2)?,
        channel: row.parsed(3, Channel::parse)?,
        direction: row.parsed(4, Direction::parse)?,
        topic: row.parsed(5, Topic::parse)?,
        details: row.text(6)?,
        account: row.text(7)?,
    })
}

fn read_review(row: &Row) -> Result<ReviewLine, StoreError> {
    Ok(ReviewLine {
        id: row.text(0)?,
        title: row.text(1)?,
        on: row.date(2)?,
        level: row.parsed(3, ReviewLevel::parse)?,
        outcome: row.text(4)?,
        account: row.text(5)?,
    })
}

fn read_matter(row: &Row) -> Result<OpenMatter, StoreError> {
    Ok(OpenMatter {
        id: row.text(0)?,
        title: row.text(1)?,
        due_on: row.date_or_null(2)?,
        account: row.text(3)?,
    })
}

/// What the client says of how ours get on with `person`.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn list_remarks(tx: &mut ReadTx, person: &Id<Person>) -> Result<Vec<Remark>, StoreError> {
    let read = |row: &Row| {
        Ok(Remark {
            id: row.text(0)?,
            ours: row.id(1)?,
            compatibility: row.int_or_null(2)?,
            note: row.text(3)?,
        })
    };
    tx.fetch_all(REMARKS, params![person]).await?.iter().map(read).collect()
}

/// Whom one of ours knows and where they work, as `scope` may see it.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn our_records(
    tx: &mut ReadTx,
    scope: &Scope,
    person: &Id<Person>,
    today: Date,
) -> Result<OurRecords, StoreError> {
    let mut known: BTreeMap<String, KnownPerson> = BTreeMap::new();
    for row in of_person(tx, scope, (KNOWN, "c.account_id"), (person, vec![]), "").await? {
        let entry = known.entry(row.text(0)?).or_insert(read_known(&row)?);
        entry.stated = Some((row.int(5)?, row.date(6)?));
    }
    let groups = "GROUP BY c.id, c.name, c.job_title, a.name, a.tier, m.direction";
    for row in of_person(tx, scope, (TALKED_WITH, "c.account_id"), (person, params![today]), groups).await? {
        let contact = &mut known.entry(row.text(0)?).or_insert(read_known(&row)?).contact;
        let day = Some(row.date(6)?);
        match row.parsed(5, Direction::parse)? {
            Direction::Ours => contact.ours = contact.ours.max(day),
            Direction::Theirs => contact.theirs = contact.theirs.max(day),
            Direction::Both => contact.both = contact.both.max(day),
        }
    }
    let by_name = "ORDER BY a.name_sort, a.id, w.role";
    let works = of_person(tx, scope, (WORKS_ON, "a.id"), (person, vec![]), by_name).await?;
    let works_on = |row: &Row| {
        let role = PersonRole::parse(&row.text(2)?).unwrap_or(PersonRole::Other);
        Ok(WorksOn { id: row.id(0)?, name: row.text(1)?, role })
    };
    Ok(OurRecords {
        known: known.into_values().collect(),
        works_on: works.iter().map(works_on).collect::<Result<_, StoreError>>()?,
    })
}

fn read_known(row: &Row) -> Result<KnownPerson, StoreError> {
    Ok(KnownPerson {
        id: row.id(0)?,
        name: row.text(1)?,
        job_title: row.text(2)?,
        account: row.text(3)?,
        tier: row.parsed(4, |word| Tier::parse(word).ok_or("no tier"))?,
        stated: None,
        contact: LastContact::default(),
    })
}
