//! Service credits of an account: how each came about, where it stands, and the moves that are open.

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use mandate_app::decisions::Substituted;
use mandate_app::facts::credit::{
    MoveDraft, RuleDraft, TypedTerms, compute_credits, define_rule, move_credit,
};
use mandate_app::facts::earn_back::EarnedBack;
use mandate_app::facts::kpi_read::{AccountCredits, list_credits, list_measures};
use mandate_app::{Action, FieldError, UseCaseError};
use mandate_domain::book::Account;
use mandate_domain::facts::credit::{
    CreditMethod, CreditRule, CreditState, DerivationLine, LineKind, ServiceCredit,
};
use mandate_domain::{Currency, Id, Money, Month};
use minijinja::{Value, context};

use super::kpi_view::credit_status;
use super::kpi_words::person;
use super::service_level_words::{number, percent};
use crate::access::{Access, Routes};
use crate::failure::{PageResult, path_id};
use crate::form::Form;
use crate::frame::Visit;
use crate::numbers::{NumberField, Numbers};
use crate::state::Web;

/// Rows of tiers on the page.
const TIERS: usize = 4;

/// Pages under `/accounts/{id}/credits`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/accounts/{id}/credits", Action::ReadFacts, list)
        .post("/accounts/{id}/credits/compute", Action::WorkResults, compute)
        .post("/accounts/{id}/credits/rules", Action::WriteFacts, rule)
        .post("/accounts/{id}/credits/{credit}/move", CREDIT_MOVES, step)
}

/// Proposing is work on results, agreeing and waiving a decision.
pub(super) const CREDIT_MOVES: Access = Access::NeedsOneOf(&[Action::WorkResults, Action::DecideCredits]);

/// A credit with its derivation in words and the moves open to this reader.
pub(super) fn credit_view(
    visit: &Visit,
    credit: &ServiceCredit,
    people: &HashMap<String, String>,
    users: &HashMap<String, String>,
    substituted: Option<&Substituted>,
) -> Value {
    let lines: Vec<Value> =
        credit.derivation.iter().map(|line| line_view(visit, credit.credit.currency, line)).collect();
    let difference = credit.difference_minor();
    let who = credit.client_person_id.as_ref().and_then(|id| people.get(id.as_str()));
    // Whoever decided for an absent colleague is named with them, once.
    let changed_by = credit.changed_by.as_deref();
    let by = changed_by.filter(|id| substituted.is_none_or(|it| it.user_id != *id));
    let by = by.and_then(|id| users.get(id)).cloned();
    let decided = substituted
        .map(|it| visit.tr("decision-for", &[("name", &it.name), ("absent", &it.absent)]))
        .map(|both| visit.tr("decision-decided-by", &[("who", &both)]));
    let moves: &[&str] = match credit.state {
        CreditState::Computed if credit.computed.minor > 0 && visit.may(Action::WorkResults) => &["propose"],
        CreditState::Proposed if visit.may(Action::DecideCredits) => &["agree", "waive", "withdraw"],
        CreditState::Proposed if visit.may(Action::WorkResults) => &["withdraw"],
        CreditState::Agreed if visit.may(Action::DecideCredits) => &["note"],
        _ => &[],
    };
    context! {
        id => credit.id.to_string(), month => visit.month(credit.month), version => credit.version,
        amount => visit.formats.money(credit.credit), computed => visit.formats.money(credit.computed),
        status => credit_status(credit.state), word => visit.t(&format!("credit-state-{}", credit.state.as_str())),
        state => credit.state.as_str(), lines => lines, reason => credit.reason.clone(), credit_note => credit.credit_note.clone(),
        person => who.map(|name| person(name, "client")), by => by, decided => decided, when => visit.moment(credit.changed_at),
        difference => (difference != 0).then(|| visit.formats.money(Money::new(difference, credit.credit.currency))),
        moves => moves.iter().map(|word| context! { value => *word, text => visit.t(&format!("credit-move-{word}")) }).collect::<Vec<_>>(),
    }
}

/// A contract's percentage as it was agreed: `95.0%`, `99.95%`.
fn tier_percent(visit: &Visit, basis_points: i64) -> String {
    let decimals = if basis_points % 10 == 0 { 1 } else { 2 };
    visit.formats.percent_of_micro(basis_points.saturating_mul(100), decimals)
}

/// A contract's period, to the second.
fn period_text(visit: &Visit, seconds: i64) -> String {
    if seconds % 60 == 0 { visit.formats.duration(seconds) } else { visit.formats.clock(seconds) }
}

/// A line of how a credit came about, in words.
pub(crate) fn line_view(visit: &Visit, currency: Currency, line: &DerivationLine) -> Value {
    let money = |minor: i64| visit.formats.money(Money::new(minor, currency));
    let minor = line.minor.map(money);
    let amount = visit.number(line.amount);
    let base = visit.number(line.base);
    let text = match line.kind {
        LineKind::Attainment => {
            let share = i128::from(line.amount) * 1_000_000 / i128::from(line.base.max(1));
            let share = visit.formats.percent_of_micro(i64::try_from(share).unwrap_or(0), 2);
            visit.tr("credit-line-attainment", &[("amount", &amount), ("base", &base), ("share", &share)])
        }
        LineKind::Tier => visit.tr(
            "credit-line-tier",
            &[("below", &tier_percent(visit, line.amount)), ("credit", &tier_percent(visit, line.base))],
        ),
        LineKind::CaseOver => visit.tr(
            "credit-line-case-over",
            &[
                ("case", line.case_ref.as_deref().unwrap_or_default()),
                ("over", &visit.formats.clock(line.amount)),
                ("periods", &base),
            ],
        ),
        LineKind::Cap => visit.tr("credit-line-cap", &[("from", &money(line.amount))]),
        kind => visit.t(&format!("credit-line-{}", kind.as_str().replace('_', "-"))),
    };
    context! { text => text, minor => minor, total => line.kind == LineKind::Total }
}

fn earn_back_text(visit: &Visit, earned: &EarnedBack) -> String {
    match earned {
        EarnedBack::Open { n_missing } => {
            visit.tr("credit-earn-back-open", &[("count", &n_missing.to_string())])
        }
        EarnedBack::Earned { returned } => {
            visit.tr("credit-earn-back-earned", &[("amount", &visit.formats.money(*returned))])
        }
        EarnedBack::Lost => visit.t("credit-earn-back-lost"),
    }
}

fn rule_view(visit: &Visit, rule: &CreditRule, measure: &str) -> Value {
    let money = |minor| visit.formats.money(Money::new(minor, rule.at_risk_cap.currency));
    let text = match &rule.method {
        CreditMethod::Attainment { tiers } => tiers
            .iter()
            .map(|(below, credit)| {
                visit.tr(
                    "credit-rule-tier",
                    &[("below", &tier_percent(visit, *below)), ("credit", &tier_percent(visit, *credit))],
                )
            })
            .collect::<Vec<_>>()
            .join("; "),
        CreditMethod::StartedPeriods { period_s, each_minor } => visit.tr(
            "credit-rule-periods",
            &[("period", &period_text(visit, *period_s)), ("each", &money(*each_minor))],
        ),
    };
    context! {
        id => rule.id.to_string(), measure => measure, text => text, clause => rule.clause.clone(),
        href => format!("/accounts/{}/measures/{}", rule.account_id, rule.kpi_id),
        cap => money(rule.at_risk_cap.minor), fee => money(rule.monthly_fee.minor),
        since => visit.month(rule.valid_from), earn_back => (rule.earn_back_months > 0)
            .then(|| visit.tr("credit-rule-earn-back", &[("count", &rule.earn_back_months.to_string())])),
    }
}

async fn list(State(web): State<Web>, visit: Visit, Path(account): Path<String>) -> PageResult {
    page(&web, &visit, &path_id(&account)?, &Form::default(), &[]).await
}

async fn page(
    web: &Web,
    visit: &Visit,
    account: &Id<Account>,
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let credits = list_credits(web.ctx(), &visit.actor, account).await?;
    let measures = list_measures(web.ctx(), &visit.actor, account).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let measures: Vec<Value> = measures
        .lines
        .iter()
        .map(|line| context! { value => line.kpi.id.to_string(), text => line.kpi.name.clone() })
        .collect();
    let frame = crate::account::load(web, visit, account.as_str()).await?;
    let page = frame.page(visit, "credits");
    let own = context! {
        account => frame.view(visit, "credits"),
        ..list_view(visit, &credits, measures, form.view(visit, errors), form.get("part"))
    };
    visit.render_with_status(status, page, "facts/credits.html", own)
}

fn list_view(
    visit: &Visit,
    credits: &AccountCredits,
    measures: Vec<Value>,
    form: Value,
    part: &str,
) -> Value {
    let waiting: Vec<&ServiceCredit> =
        credits.credits.iter().filter(|credit| credit.state == CreditState::Proposed).collect();
    let sum: i64 = waiting.iter().map(|credit| credit.credit.minor).sum();
    let views: Vec<Value> = credits
        .credits
        .iter()
        .map(|credit| {
            let name = credits.rules.iter().find(|(rule, _)| rule.id == credit.rule_id);
            context! {
                measure => name.map_or_else(String::new, |(_, name)| name.clone()),
                earned => matches!(credits.earned_back.get(credit.id.as_str()), Some(EarnedBack::Earned { .. })),
                earn_back => credits.earned_back.get(credit.id.as_str()).map(|it| earn_back_text(visit, it)),
                ..credit_view(visit, credit, &credits.people, &credits.users, credits.substituted.get(credit.id.as_str()))
            }
        })
        .collect();
    context! {
        currency => credits.account.currency.clone(),
        credits => views, n_waiting => waiting.len(),
        waiting => waiting.first().map(|first| visit.formats.money(Money::new(sum, first.credit.currency))),
        rules => credits.rules.iter().map(|(rule, name)| rule_view(visit, rule, name)).collect::<Vec<_>>(),
        newest => credits.newest.map(|month| month.to_string()), newest_text => credits.newest.map(|month| visit.month(month)),
        people => credits.client_people.iter().map(|person| context! { value => person.id.clone(), text => person.name.clone() }).collect::<Vec<_>>(),
        measures => measures, form => form, part => part, tiers => (1..=TIERS).collect::<Vec<_>>(),
        may_work => visit.may(Action::WorkResults), may_write => visit.may(Action::WriteFacts),
    }
}

async fn compute(
    State(web): State<Web>,
    visit: Visit,
    Path(account): Path<String>,
    form: Form,
) -> PageResult {
    let account = path_id(&account)?;
    let month = Month::parse(form.get("month")).unwrap_or_else(|_| Month::of(visit.today));
    match compute_credits(web.ctx(), &visit.actor, &account, month).await {
        Ok(computed) => {
            let text = visit.tr(
                "credit-computed",
                &[("count", &computed.len().to_string()), ("month", &visit.month(month))],
            );
            Ok(visit.redirect_with(&format!("/accounts/{account}/credits"), text, None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(&web, &visit, &account, &form, &error.fields()).await,
    }
}

/// The terms of the chosen method; rows left empty are none.
fn typed_terms(form: &Form) -> TypedTerms {
    if form.get("method") == "started_periods" {
        let minutes = number(form.get("period")).ok().flatten();
        return TypedTerms::Periods {
            period_s: minutes.map(|it| it * 60),
            each: form.get("each").to_owned(),
        };
    }
    let rows = (1..=TIERS).map(|idx| (form.get(&format!("below_{idx}")), form.get(&format!("credit_{idx}"))));
    let typed = rows.filter(|(below, credit)| !below.trim().is_empty() || !credit.trim().is_empty());
    TypedTerms::Tiers(typed.map(|(below, credit)| (percent(below), percent(credit))).collect())
}

async fn rule(State(web): State<Web>, visit: Visit, Path(account): Path<String>, form: Form) -> PageResult {
    let account = path_id(&account)?;
    let numbers = Numbers::read(visit.formats.number_style(), &form, |name| match name {
        "at_risk_cap" | "monthly_fee" | "each" => Some(NumberField::Money),
        "period" | "earn_back_months" => Some(NumberField::Whole),
        _ => None,
    });
    let read = numbers.form();
    let earn_back_months = match read.get("earn_back_months").trim() {
        "" => 0,
        // What cannot be read is outside every range, and so is told beside the field.
        typed => typed.parse().unwrap_or(-1),
    };
    let draft = RuleDraft {
        method: form.get("method").to_owned(),
        terms: typed_terms(read),
        at_risk_cap: read.get("at_risk_cap").to_owned(),
        monthly_fee: read.get("monthly_fee").to_owned(),
        earn_back_months,
        clause: form.get("clause").to_owned(),
        valid_from: Month::parse(form.get("valid_from")).ok(),
        ..RuleDraft::default()
    };
    match define_rule(web.ctx(), &visit.actor, &account, &path_id(form.get("kpi_id"))?, &draft).await {
        Ok(_) => Ok(visit.redirect_with(
            &format!("/accounts/{account}/credits"),
            visit.t("credit-rule-saved"),
            None,
        )),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(&web, &visit, &account, &form, &numbers.told(error.fields())).await,
    }
}

async fn step(
    State(web): State<Web>,
    visit: Visit,
    Path((account, credit)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    let account = path_id(&account)?;
    let draft = MoveDraft {
        wanted: form.get("wanted").to_owned(),
        reason: form.get("reason").to_owned(),
        client_person_id: Id::parse(form.get("client_person_id")).ok(),
        credit_note: form.get("credit_note").to_owned(),
        version: form.get("version").parse().unwrap_or(0),
    };
    match move_credit(web.ctx(), &visit.actor, &path_id(&credit)?, &draft).await {
        Ok(moved) => {
            let state = visit.t(&format!("credit-state-{}", moved.state.as_str()));
            let text = visit.tr("credit-moved", &[("month", &visit.month(moved.month)), ("state", &state)]);
            Ok(visit.redirect_with(&format!("/accounts/{account}/credits"), text, None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(&web, &visit, &account, &form, &error.fields()).await,
    }
}
