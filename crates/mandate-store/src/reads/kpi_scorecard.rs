//! Scorecards of delivery leads: counts by team and month over the cases their teams held last.

use std::collections::BTreeMap;

use mandate_domain::book::Person;
use mandate_domain::facts::scorecard::{ScorecardCounts, ScorecardLine};
use mandate_domain::{Currency, Id, Money, Month};

use crate::boxed;
use crate::db::{ReadTx, StoreError};
use crate::params;

/// A person who leads a team or heads a line of business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryLead {
    /// Who.
    pub person_id: Id<Person>,
    /// Their name.
    pub name: String,
    /// Their job title.
    pub job_title: String,
    /// Ids and names of their teams, by name.
    pub teams: Vec<(String, String)>,
}

const LEADS: &str = "
    SELECT p.id, p.name, p.job_title, t.id, t.name
      FROM person p
      JOIN (SELECT team.id AS id, team.name AS name, team.name_sort AS name_sort, team.lead_person_id AS person_id
              FROM team WHERE team.deleted_at_us IS NULL AND team.lead_person_id IS NOT NULL
             UNION
            SELECT team.id, team.name, team.name_sort, line.head_person_id
              FROM team JOIN line_of_business line ON line.id = team.line_of_business_id
             WHERE team.deleted_at_us IS NULL AND line.deleted_at_us IS NULL AND line.head_person_id IS NOT NULL
           ) t ON t.person_id = p.id
     WHERE p.deleted_at_us IS NULL
     ORDER BY p.name_sort, p.id, t.name_sort, t.id";

/// Everyone who leads a team or heads a line of business, with their teams.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_leads(tx: &mut ReadTx) -> Result<Vec<DeliveryLead>, StoreError> {
    let mut leads: Vec<DeliveryLead> = vec![];
    for row in tx.fetch_all(LEADS, vec![]).await? {
        let person_id: Id<Person> = row.id(0)?;
        let team = (row.text(3)?, row.text(4)?);
        match leads.last_mut().filter(|lead| lead.person_id == person_id) {
            Some(lead) => lead.teams.push(team),
            None => leads.push(DeliveryLead {
                person_id,
                name: row.text(1)?,
                job_title: row.text(2)?,
                teams: vec![team],
            }),
        }
    }
    Ok(leads)
}

const NEWEST: &str = "SELECT MAX(month) FROM delivery_case WHERE team_id = $1";

/// The newest month in which a case came to rest with one of `teams`.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn newest_month(tx: &mut ReadTx, teams: &[(String, String)]) -> Result<Option<Month>, StoreError> {
    let mut newest = None;
    for (team_id, _) in teams {
        newest = newest.max(tx.fetch_one(NEWEST, params![team_id]).await?.parsed_or_null(0, Month::parse)?);
    }
    Ok(newest)
}

const COUNTS: &str = "
    SELECT c.month, COUNT(*),
           CAST(SUM(CASE WHEN c.clock_outcome IN ('met', 'missed') THEN 1 ELSE 0 END) AS BIGINT),
           CAST(SUM(CASE WHEN c.clock_outcome = 'met' THEN 1 ELSE 0 END) AS BIGINT),
           CAST(SUM(CASE WHEN c.reported_met IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT),
           CAST(SUM(CASE WHEN c.reported_met = 1 THEN 1 ELSE 0 END) AS BIGINT),
           CAST(SUM(CASE WHEN c.n_reopened > 0 THEN 1 ELSE 0 END) AS BIGINT),
           CAST(SUM(c.n_reassigned) AS BIGINT),
           CAST(SUM(CASE WHEN c.clock_outcome = 'running' THEN 1 ELSE 0 END) AS BIGINT),
           CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM result_review r WHERE r.case_id = c.id AND r.verdict = 'contested')
                    THEN 1 ELSE 0 END) AS BIGINT)
      FROM delivery_case c
     WHERE c.team_id = $1 AND c.month >= $2 AND c.month <= $3
     GROUP BY c.month ORDER BY c.month";
const SECONDS: &str = "
    SELECT month, clock_s FROM delivery_case
     WHERE team_id = $1 AND month >= $2 AND month <= $3 AND clock_outcome IN ('met', 'missed')
     ORDER BY month, clock_s";

const CREDITS: &str = "
    SELECT s.id, s.month, s.currency, s.credit_minor FROM service_credit s
     WHERE s.month >= $2 AND s.month <= $3 AND s.state <> 'waived' AND s.credit_minor > 0
       AND EXISTS (SELECT 1 FROM account a WHERE a.id = s.account_id AND a.deleted_at_us IS NULL)
       AND EXISTS (SELECT 1 FROM delivery_case c
                    WHERE c.account_id = s.account_id AND c.month = s.month AND c.team_id = $1
                      AND (c.clock_outcome = 'missed' OR c.response_outcome = 'missed' OR c.update_outcome = 'missed'))
     ORDER BY s.id";

/// Service credits, by month and id, of the accounts and months in which the team missed cases.
async fn credits_of(
    tx: &mut ReadTx,
    team_id: &str,
    from: Month,
    until: Month,
) -> Result<BTreeMap<Month, BTreeMap<String, Money>>, StoreError> {
    let mut credits: BTreeMap<Month, BTreeMap<String, Money>> = BTreeMap::new();
    for row in tx.fetch_all(CREDITS, params![team_id, from, until]).await? {
        let amount = Money::new(row.int(3)?, row.parsed(2, Currency::stored)?);
        credits.entry(row.month(1)?).or_default().insert(row.text(0)?, amount);
    }
    Ok(credits)
}

/// Counts of one team by month, over all accounts: a lead's own figures, whoever the cases were for.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn team_counts(
    tx: &mut ReadTx,
    team: &(String, String),
    from: Month,
    until: Month,
) -> Result<Vec<ScorecardLine>, StoreError> {
    let (team_id, team_name) = team;
    let mut seconds: BTreeMap<Month, Vec<i64>> = BTreeMap::new();
    for row in tx.fetch_all(SECONDS, params![team_id, from, until]).await? {
        seconds.entry(row.month(0)?).or_default().push(row.int(1)?);
    }
    let mut credits = credits_of(tx, team_id, from, until).await?;
    let rows = tx.fetch_all(COUNTS, params![team_id, from, until]).await?;
    rows.iter()
        .map(|row| {
            let month = row.month(0)?;
            let counts = ScorecardCounts {
                n_cases: row.int(1)?,
                n_clocked: row.int(2)?,
                n_clock_met: row.int(3)?,
                n_reported: row.int(4)?,
                n_reported_met: row.int(5)?,
                n_reopened: row.int(6)?,
                n_reassigned: row.int(7)?,
                n_running: row.int(8)?,
                n_contested: row.int(9)?,
                seconds: seconds.remove(&month).unwrap_or_default(),
                credits: credits.remove(&month).unwrap_or_default(),
            };
            Ok(ScorecardLine {
                team_id: Some(team_id.clone()),
                team_name: team_name.clone(),
                month: Some(month),
                counts,
            })
        })
        .collect()
}
