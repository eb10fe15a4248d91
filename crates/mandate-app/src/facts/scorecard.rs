//! Scorecards of delivery leads: what clients got from their teams, beside how the teams worked.
//!
//! A lead sees all cases of the lead's own teams, whoever the account; others see a scorecard with the right to read
//! facts and an unlimited scope. No line names an account.

use mandate_domain::book::Person;
use mandate_domain::facts::scorecard::{ScorecardCounts, ScorecardLine};
use mandate_domain::{Id, Month};
use mandate_facts::kpi::{Percent, PercentileRule, percentile};
use mandate_store::boxed;
use mandate_store::reads::Scope;
use mandate_store::reads::kpi_scorecard::{self, DeliveryLead};

use super::kpi::MeasureError;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};

/// A lead's scorecard.
#[derive(Clone, Debug)]
pub struct Scorecard {
    /// Whose.
    pub lead: DeliveryLead,
    /// First and last month shown; `None` without a case.
    pub months: Option<(Month, Month)>,
    /// All teams and months together.
    pub total: ScorecardCounts,
    /// All teams by month, oldest first.
    pub by_month: Vec<ScorecardLine>,
    /// Each team over all months, by name.
    pub by_team: Vec<ScorecardLine>,
}

/// Months a scorecard shows.
const MONTHS: i32 = 12;

/// The leads whose scorecards `actor` may see.
///
/// # Errors
/// [`MeasureError`] when the right is missing.
#[boxed]
pub async fn list_scorecards(ctx: &Ctx, actor: &Actor) -> Result<Vec<DeliveryLead>, MeasureError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    let leads = kpi_scorecard::list_leads(&mut tx).await?;
    Ok(leads.into_iter().filter(|lead| sees(actor, &lead.person_id)).collect())
}

fn sees(actor: &Actor, person: &Id<Person>) -> bool {
    actor.scope == Scope::Everything || actor.person_id() == Some(person)
}

/// One lead's scorecard over the last twelve months.
///
/// # Errors
/// [`MeasureError`]: no right, no such lead.
#[boxed]
pub async fn show_scorecard(
    ctx: &Ctx,
    actor: &Actor,
    person: &Id<Person>,
) -> Result<Scorecard, MeasureError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    let leads = kpi_scorecard::list_leads(&mut tx).await?;
    let lead = leads.into_iter().find(|lead| lead.person_id == *person && sees(actor, person));
    let lead = lead.ok_or(MeasureError::NotFound { what: "scorecard" })?;
    let mut scorecard = Scorecard {
        lead,
        months: None,
        total: ScorecardCounts::default(),
        by_month: vec![],
        by_team: vec![],
    };
    let newest = kpi_scorecard::newest_month(&mut tx, &scorecard.lead.teams).await?;
    let Some(last) = newest else { return Ok(scorecard) };
    let first = last.plus(1 - MONTHS);
    scorecard.months = Some((first, last));
    let mut month = first;
    while month <= last {
        let line = ScorecardLine {
            team_id: None,
            team_name: String::new(),
            month: Some(month),
            counts: ScorecardCounts::default(),
        };
        scorecard.by_month.push(line);
        month = month.plus(1);
    }
    for team in scorecard.lead.teams.clone() {
        let mut of_team = ScorecardCounts::default();
        for line in kpi_scorecard::team_counts(&mut tx, &team, first, last).await? {
            of_team.add(&line.counts);
            if let Some(of_month) =
                scorecard.by_month.iter_mut().find(|of_month| of_month.month == line.month)
            {
                of_month.counts.add(&line.counts);
            }
        }
        scorecard.total.add(&of_team);
        let (team_id, team_name) = (Some(team.0), team.1);
        scorecard.by_team.push(ScorecardLine { team_id, team_name, month: None, counts: of_team });
    }
    Ok(scorecard)
}

/// The 90th percentile of counted seconds, rounded half up.
pub fn p90_seconds(counts: &ScorecardCounts) -> Option<i64> {
    percentile(&counts.seconds, Percent::P90, PercentileRule::Linear).map(|value| value.rounded())
}
