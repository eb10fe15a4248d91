//! Service credits: computed from a month's result, proposed to the client, agreed or waived, put on a credit note.
//!
//! Proposing takes the right to work on results, deciding the right to decide credits. New facts recompute what is
//! computed and only show a difference on what was proposed. Tiers are the engine's arithmetic.

use mandate_domain::audit::Changes;
use mandate_domain::book::{Account, Contract, Person};
use mandate_domain::facts::credit::{
    CreditMethod, CreditMove, CreditMoveError, CreditRule, CreditRuleError, CreditState, CreditStep,
    DerivationLine, LineKind, ServiceCredit, capped, started_periods,
};
use mandate_domain::facts::kpi::{Figure, Kpi, MICRO};
use mandate_domain::text::{optional_line, paragraphs};
use mandate_domain::{Currency, Id, Instant, Money, Month};
use mandate_facts::credit as engine;
use mandate_facts::kpi::Fraction;
use mandate_store::facts::{credits, kpis};
use mandate_store::reads::Scope;
use mandate_store::reads::kpi_people::load_account_name;
use mandate_store::{ReadTx, StoreError, WriteTx};

use super::credit_decision::{decided, tell_of_move};
use super::earn_back::{EarnedBack, earned_back};
use super::exclusion::recorder;
use super::kpi::{Fields, MeasureError, check_client_person, load_for, text_message};
use super::kpi_values::each_month;
use crate::authorise::{Action, Denied, authorise};
use crate::book::money_message;
use crate::ctx::{Actor, Ctx, Subject};
use crate::decisions::DecideError;
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

/// Why something about a credit could not be done.
#[derive(Debug, thiserror::Error)]
pub enum CreditError {
    /// No right, nothing there, fields that cannot be used.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// The move is not open.
    #[error(transparent)]
    Move(#[from] CreditMoveError),
    /// No decision right covers it.
    #[error(transparent)]
    Decide(#[from] DecideError),
    /// Later months have earned it back.
    #[error("the credit of {month} was earned back; nothing is owed")]
    EarnedBack {
        /// Its month.
        month: Month,
    },
}

impl From<Denied> for CreditError {
    fn from(denied: Denied) -> Self {
        Self::Measure(denied.into())
    }
}

impl From<StoreError> for CreditError {
    fn from(error: StoreError) -> Self {
        Self::Measure(error.into())
    }
}

impl UseCaseError for CreditError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Measure(error) => error.kind(),
            Self::Move(CreditMoveError::State { .. } | CreditMoveError::Nothing { .. }) => {
                ErrorKind::Conflict
            }
            Self::EarnedBack { .. } => ErrorKind::Conflict,
            Self::Move(_) => ErrorKind::Invalid,
            Self::Decide(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Measure(error) => error.message(),
            Self::Move(error) => move_message(error),
            Self::Decide(error) => error.message(),
            Self::EarnedBack { month } => {
                Message::new("credit-error-earned-back").with("month", month.to_string())
            }
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let field = |field: &str, error: &CreditMoveError| {
            vec![FieldError { field: field.to_owned(), message: move_message(error) }]
        };
        match self {
            Self::Measure(error) => error.fields(),
            Self::Move(error @ CreditMoveError::NoReason) => field("reason", error),
            Self::Move(error @ CreditMoveError::NobodyNamed) => field("client_person_id", error),
            Self::Move(error @ CreditMoveError::NoNumber) => field("credit_note", error),
            Self::Move(_) | Self::Decide(_) | Self::EarnedBack { .. } => vec![],
        }
    }
}

fn move_message(error: &CreditMoveError) -> Message {
    match error {
        CreditMoveError::State { state, .. } => {
            Message::new("credit-error-state").with("state", state.as_str())
        }
        CreditMoveError::NoReason => Message::new("credit-error-no-reason"),
        CreditMoveError::NobodyNamed => Message::new("measure-error-nobody-named"),
        CreditMoveError::NoNumber => Message::new("credit-error-no-number"),
        CreditMoveError::Nothing { month } => {
            Message::new("credit-error-nothing").with("month", month.to_string())
        }
    }
}

/// Terms of a rule, as they are typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypedTerms {
    /// In one text, as [`CreditMethod::parse`] reads it.
    Text(String),
    /// Attainment and credit below it, in basis points; `None` where it is no percentage.
    Tiers(Vec<(Option<i64>, Option<i64>)>),
    /// Periods past the target.
    Periods {
        /// Seconds of each; `None` where they are no number.
        period_s: Option<i64>,
        /// What each gives, in the account's currency.
        each: String,
    },
}

impl Default for TypedTerms {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

/// A rule as it is typed.
#[derive(Clone, Debug, Default)]
pub struct RuleDraft {
    /// The firm's own id, if it has one.
    pub external_id: Option<String>,
    /// The contract it stands in.
    pub contract_id: Option<String>,
    /// Word of the method.
    pub method: String,
    /// Tiers or period.
    pub terms: TypedTerms,
    /// Most a month can give, in the account's currency.
    pub at_risk_cap: String,
    /// The month's fee, in the account's currency.
    pub monthly_fee: String,
    /// Months in a row that earn a credit back; 0: never.
    pub earn_back_months: i64,
    /// The clause.
    pub clause: String,
    /// First month it holds for.
    pub valid_from: Option<Month>,
}

/// Keeps a rule for service credits on a measure of an account.
///
/// # Errors
/// [`CreditError`]: no right, out of reach, fields that cannot be used.
pub async fn define_rule(
    ctx: &Ctx,
    actor: &Actor,
    account_id: &Id<Account>,
    kpi_id: &Id<Kpi>,
    draft: &RuleDraft,
) -> Result<CreditRule, CreditError> {
    authorise(actor, Action::WriteFacts)?;
    let mut tx = ctx.begin_write().await?;
    let kpi = load_for(&mut tx, actor, kpi_id, account_id).await?;
    let Some(account) = load_account_name(&mut tx, &actor.scope, account_id).await? else {
        return Err(MeasureError::NotFound { what: "account" }.into());
    };
    let currency = Currency::stored(&account.currency).unwrap_or(Currency::EUR);
    let mut fields = Fields::default();
    let cap = fields.take("at_risk_cap", Money::parse(&draft.at_risk_cap, currency), money_message);
    let fee = fields.take("monthly_fee", Money::parse(&draft.monthly_fee, currency), money_message);
    let clause = fields.take("clause", optional_line(&draft.clause, 80), text_message);
    let method = typed_method(draft, currency, &mut fields);
    if draft.valid_from.is_none() {
        fields.add("valid_from", Message::new("field-error-empty"));
    }
    check_contract(&mut tx, actor, account_id, draft.contract_id.as_deref(), &mut fields).await?;
    fields.done()?;
    let (Some(at_risk_cap), Some(monthly_fee), Some(clause), Some(method), Some(valid_from)) =
        (cap, fee, clause, method, draft.valid_from)
    else {
        return Err(MeasureError::Invalid { fields: vec![] }.into());
    };
    let rule = CreditRule {
        id: ctx.new_id(),
        external_id: draft.external_id.clone(),
        account_id: account_id.clone(),
        contract_id: draft.contract_id.clone(),
        kpi_id: kpi_id.clone(),
        method,
        at_risk_cap,
        monthly_fee,
        earn_back_months: draft.earn_back_months,
        clause,
        valid_from,
        demo: false,
        version: 1,
    };
    rule.check().map_err(|error| MeasureError::Invalid {
        fields: vec![FieldError { field: error.field().to_owned(), message: rule_message(&error) }],
    })?;
    credits::insert_rule(&mut tx, &rule, ctx.now()).await?;
    let changes = Changes::new()
        .field("method", None, Some(rule.method.word().to_owned()))
        .field("tiers", None, Some(rule.method.tiers_text()))
        .into_vec();
    let subject = Subject {
        kind: "credit_rule",
        id: rule.id.as_str(),
        name: &kpi.name,
        account_id: Some(account_id.as_str()),
    };
    tx.commit(actor.record(ctx.now(), "credit_rule.defined", subject, changes)).await?;
    Ok(rule)
}

/// Notes when a rule's contract is none of `account`.
async fn check_contract(
    tx: &mut ReadTx,
    actor: &Actor,
    account: &Id<Account>,
    contract: Option<&str>,
    fields: &mut Fields,
) -> Result<(), StoreError> {
    let Some(contract) = contract else { return Ok(()) };
    let found = match Id::<Contract>::parse(contract) {
        Ok(id) => mandate_store::book::load(tx, &actor.scope, &id).await?,
        Err(_) => None,
    };
    if found.is_none_or(|found| found.account_id != *account) {
        fields.add("contract_id", Message::new("measure-error-contract"));
    }
    Ok(())
}

/// The method with its terms; what is wrong with them is told as they were typed.
fn typed_method(draft: &RuleDraft, currency: Currency, fields: &mut Fields) -> Option<CreditMethod> {
    const UNREADABLE: &str = "?";
    let pair = |left: Option<i64>, right: Option<i64>| {
        left.zip(right).map_or_else(|| UNREADABLE.to_owned(), |(left, right)| format!("{left}:{right}"))
    };
    let (text, wrong) = match &draft.terms {
        TypedTerms::Text(text) => (text.clone(), None),
        TypedTerms::Tiers(rows) => {
            let rows: Vec<String> = rows.iter().map(|(below, credit)| pair(*below, *credit)).collect();
            (rows.join(","), Some("credit-error-tier-rows"))
        }
        TypedTerms::Periods { period_s, each } => {
            let each = fields.take("each", Money::parse(each, currency), money_message)?;
            (pair(*period_s, Some(each.minor)), Some("credit-error-period-fields"))
        }
    };
    match CreditMethod::parse(&draft.method, &text) {
        Ok(method) => Some(method),
        Err(error) => {
            let about_terms = matches!(error, CreditRuleError::Tiers { .. } | CreditRuleError::Period { .. });
            let message = wrong.filter(|_| about_terms).map_or_else(|| rule_message(&error), Message::new);
            fields.add(error.field(), message);
            None
        }
    }
}

fn rule_message(error: &CreditRuleError) -> Message {
    match error {
        CreditRuleError::Method { .. } => Message::new("measure-error-choice"),
        CreditRuleError::Tiers { .. } => Message::new("credit-error-tiers"),
        CreditRuleError::Period { .. } => Message::new("credit-error-period"),
        CreditRuleError::Amounts => Message::new("credit-error-amounts"),
        CreditRuleError::EarnBack => Message::new("credit-error-earn-back"),
    }
}

/// Computes an account's credits for a finished month: new ones, and what the facts give now for those there are.
///
/// # Errors
/// [`CreditError`]: no right, out of reach, a month that still runs.
pub async fn compute_credits(
    ctx: &Ctx,
    actor: &Actor,
    account_id: &Id<Account>,
    month: Month,
) -> Result<Vec<ServiceCredit>, CreditError> {
    authorise(actor, Action::WorkResults)?;
    let mut tx = ctx.begin_write().await?;
    let Some(account) = load_account_name(&mut tx, &actor.scope, account_id).await? else {
        return Err(MeasureError::NotFound { what: "account" }.into());
    };
    let zone = jiff::tz::TimeZone::get(&account.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    if month >= Month::of(ctx.now().date_in(&zone)) {
        let message = Message::new("result-error-not-over").with("month", month.to_string());
        let fields = vec![FieldError { field: "month".to_owned(), message }];
        return Err(MeasureError::Invalid { fields }.into());
    }
    let mut computed = vec![];
    for rule in credits::list_rules(&mut tx, account_id).await? {
        if month < rule.valid_from {
            continue;
        }
        let (amount, derivation) = derive(&mut tx, &rule, month).await?;
        computed.push(match credits::load_credit_for(&mut tx, &rule.id, month).await? {
            Some(credit) => save_recomputed(&mut tx, credit, amount, derivation).await?,
            None => {
                let credit = new_credit(ctx.new_id(), &rule, month, (amount, derivation), ctx.now());
                credits::insert_credit(&mut tx, &credit).await?;
                credit
            }
        });
    }
    let month_text = month.to_string();
    let subject = Subject {
        kind: "account",
        id: account_id.as_str(),
        name: &account.name,
        account_id: Some(account_id.as_str()),
    };
    let changes = Changes::new().field("month", None, Some(month_text)).into_vec();
    tx.commit(actor.record(ctx.now(), "credits.computed", subject, changes)).await?;
    Ok(computed)
}

fn new_credit(
    id: Id<ServiceCredit>,
    rule: &CreditRule,
    month: Month,
    (amount, derivation): (Money, Vec<DerivationLine>),
    now: Instant,
) -> ServiceCredit {
    ServiceCredit {
        id,
        rule_id: rule.id.clone(),
        account_id: rule.account_id.clone(),
        month,
        computed: amount,
        credit: amount,
        state: CreditState::Computed,
        derivation,
        credit_note: None,
        reason: String::new(),
        client_person_id: None,
        changed_by: None,
        changed_at: now,
        version: 1,
    }
}

async fn save_recomputed(
    tx: &mut WriteTx,
    credit: ServiceCredit,
    amount: Money,
    derivation: Vec<DerivationLine>,
) -> Result<ServiceCredit, StoreError> {
    let after = credit.clone().recomputed(amount, derivation);
    if after == credit {
        return Ok(credit);
    }
    credits::save_credit(tx, &after).await?;
    Ok(ServiceCredit { version: after.version + 1, ..after })
}

/// Recomputes the credits there are for an account and month, after its cases changed.
pub(crate) async fn recompute_credits(
    tx: &mut WriteTx,
    account: &Id<Account>,
    month: Month,
) -> Result<(), StoreError> {
    for rule in credits::list_rules(tx, account).await? {
        if let Some(credit) = credits::load_credit_for(tx, &rule.id, month).await? {
            let (amount, derivation) = derive(tx, &rule, month).await?;
            save_recomputed(tx, credit, amount, derivation).await?;
        }
    }
    Ok(())
}

/// What the facts give for a rule and month, and how.
pub(super) async fn derive(
    tx: &mut ReadTx,
    rule: &CreditRule,
    month: Month,
) -> Result<(Money, Vec<DerivationLine>), StoreError> {
    let values = kpis::list_values(tx, &rule.kpi_id, &rule.account_id).await?;
    let figure = values.iter().find(|value| value.month == month).map_or(Figure::NONE, |value| value.figure);
    let cap = rule.at_risk_cap.minor;
    let mut lines = vec![];
    let total = if figure.n == 0 {
        lines.push(DerivationLine::plain(LineKind::NothingMeasured));
        capped(0, cap, &mut lines)
    } else {
        match &rule.method {
            CreditMethod::Attainment { tiers } => {
                let uncapped = attainment(rule, tiers, &figure, &mut lines)?;
                capped(uncapped, cap, &mut lines)
            }
            CreditMethod::StartedPeriods { period_s, each_minor } => {
                let cases = seconds_over(tx, rule, month).await?;
                let (uncapped, case_lines) = started_periods(&cases, *period_s, *each_minor);
                lines.extend(case_lines);
                capped(uncapped, cap, &mut lines)
            }
        }
    };
    Ok((Money::new(total, rule.at_risk_cap.currency), lines))
}

fn attainment(
    rule: &CreditRule,
    tiers: &[(i64, i64)],
    figure: &Figure,
    lines: &mut Vec<DerivationLine>,
) -> Result<i64, StoreError> {
    // A weighted pool's share is not cases over cases; its value in micro units is what there is.
    let plain = i128::from(figure.numerator) * i128::from(MICRO) * 2 / i128::from(figure.n.max(1));
    let is_plain = figure.value_micro.is_some_and(|micro| (i128::from(micro) * 2 - plain).abs() <= 2);
    let share = if is_plain {
        Fraction { numerator: figure.numerator.into(), denominator: figure.n.into() }
    } else {
        Fraction { numerator: figure.value_micro.unwrap_or(0).into(), denominator: MICRO.into() }
    };
    lines.push(DerivationLine {
        kind: LineKind::Attainment,
        case_ref: None,
        amount: i64::try_from(share.numerator).unwrap_or(0),
        base: i64::try_from(share.denominator).unwrap_or(1),
        minor: None,
    });
    let scale = engine::Scale::Attainment {
        tiers: tiers.iter().map(|&(below_bp, credit_bp)| engine::Tier { below_bp, credit_bp }).collect(),
    };
    let inconsistent = |what: String| StoreError::Inconsistent {
        table: "service_credit_rule",
        id: rule.id.to_string(),
        what,
    };
    let terms = engine::CreditTerms::new(vec![engine::CreditRule { weight_bp: 10_000, scale }], 10_000)
        .map_err(|error| inconsistent(error.to_string()))?;
    let fee = rule.monthly_fee.minor;
    let credits = terms
        .credits(engine::FeeMinor(fee), &[engine::Measured::Attainment(share)])
        .map_err(|error| inconsistent(error.to_string()))?;
    let holds =
        |(below_bp, _): &&(i64, i64)| share.numerator * 10_000 < i128::from(*below_bp) * share.denominator;
    match tiers.iter().rev().find(holds) {
        Some(&(below_bp, credit_bp)) => {
            lines.push(DerivationLine::money(LineKind::Fee, 0, fee));
            lines.push(DerivationLine {
                kind: LineKind::Tier,
                case_ref: None,
                amount: below_bp,
                base: credit_bp,
                minor: Some(credits.total_minor),
            });
        }
        None => lines.push(DerivationLine::plain(LineKind::NoTier)),
    }
    Ok(credits.total_minor)
}

/// Seconds past the target of each case of the measure that missed it in `month`.
async fn seconds_over(
    tx: &mut ReadTx,
    rule: &CreditRule,
    month: Month,
) -> Result<Vec<(String, i64)>, StoreError> {
    let Some(kpi) = kpis::load_kpi(tx, &rule.kpi_id).await? else { return Ok(vec![]) };
    let Some(version) = kpi.version_for(month).cloned() else { return Ok(vec![]) };
    let mut over = vec![];
    each_month(tx, &rule.account_id, month, month, |_, cases| {
        let missed = cases.iter().filter(|case| {
            version.definition.filter.admits(case.place()) && case.resolution.met == Some(false)
        });
        over.extend(missed.filter_map(|case| {
            case.target_s.map(|target_s| (case.case_ref.clone(), case.resolution.seconds - target_s))
        }));
    })
    .await?;
    Ok(over)
}

/// A move as it is typed.
#[derive(Clone, Debug)]
pub struct MoveDraft {
    /// Word of a [`CreditMove`].
    pub wanted: String,
    /// Why, or in which words.
    pub reason: String,
    /// The client person who said it.
    pub client_person_id: Option<Id<Person>>,
    /// Number of the credit note.
    pub credit_note: String,
    /// The version read.
    pub version: i64,
}

/// What was earned back is not owed: it is neither proposed nor agreed nor put on a credit note any more.
async fn refuse_earned_back(
    ctx: &Ctx,
    tx: &mut ReadTx,
    credit: &ServiceCredit,
    wanted: CreditMove,
) -> Result<(), CreditError> {
    if matches!(wanted, CreditMove::Withdraw | CreditMove::Waive) {
        return Ok(());
    }
    let rules = credits::list_rules(tx, &credit.account_id).await?;
    let Some(rule) = rules.into_iter().find(|rule| rule.id == credit.rule_id) else { return Ok(()) };
    let account = load_account_name(tx, &Scope::Everything, &credit.account_id).await?;
    let zone = account.and_then(|account| jiff::tz::TimeZone::get(&account.time_zone).ok());
    let current = Month::of(ctx.now().date_in(&zone.unwrap_or(jiff::tz::TimeZone::UTC)));
    match earned_back(tx, &rule, credit, current).await? {
        Some(EarnedBack::Earned { .. }) => Err(CreditError::EarnedBack { month: credit.month }),
        _ => Ok(()),
    }
}

/// Moves a credit on its way.
///
/// # Errors
/// [`CreditError`]: no right, nothing there, a move that is not open, another one that came first.
pub async fn move_credit(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<ServiceCredit>,
    draft: &MoveDraft,
) -> Result<ServiceCredit, CreditError> {
    let Ok(wanted) = CreditMove::parse(&draft.wanted) else {
        let fields =
            vec![FieldError { field: "wanted".to_owned(), message: Message::new("measure-error-choice") }];
        return Err(MeasureError::Invalid { fields }.into());
    };
    authorise(
        actor,
        match wanted {
            CreditMove::Propose | CreditMove::Withdraw => Action::WorkResults,
            CreditMove::Agree | CreditMove::Waive | CreditMove::Note => Action::DecideCredits,
        },
    )?;
    let mut tx = ctx.begin_write().await?;
    let found = credits::load_credit(&mut tx, &actor.scope, id).await?;
    let before = found.ok_or(MeasureError::NotFound { what: "credit" })?;
    if before.version != draft.version {
        return Err(StoreError::Stale { table: "service_credit" }.into());
    }
    let mut fields = Fields::default();
    let reason = fields.take("reason", paragraphs(&draft.reason, 500), text_message).unwrap_or_default();
    let credit_note =
        fields.take("credit_note", optional_line(&draft.credit_note, 80), text_message).unwrap_or_default();
    if let Some(person) = &draft.client_person_id {
        check_client_person(&mut tx, &before.account_id, person, &mut fields).await?;
    }
    fields.done()?;
    refuse_earned_back(ctx, &mut tx, &before, wanted).await?;
    let step = CreditStep { reason, client_person_id: draft.client_person_id.clone(), credit_note };
    let moved = before.clone().moved(wanted, step)?;
    let after = ServiceCredit { changed_by: Some(recorder(actor)), changed_at: ctx.now(), ..moved };
    let decided = decided(ctx, &mut tx, actor, &before, wanted).await?;
    credits::save_credit(&mut tx, &after).await?;
    let changes = Changes::new()
        .field("state", Some(before.state.as_str().to_owned()), Some(after.state.as_str().to_owned()))
        .field("credit", Some(before.credit.to_string()), Some(after.credit.to_string()))
        .field("credit_note", before.credit_note.clone(), after.credit_note.clone())
        .into_vec();
    let name = after.month.to_string();
    let subject = Subject {
        kind: "service_credit",
        id: after.id.as_str(),
        name: &name,
        account_id: Some(after.account_id.as_str()),
    };
    let action = match wanted {
        CreditMove::Propose => "credit.proposed",
        CreditMove::Withdraw => "credit.withdrawn",
        CreditMove::Agree => "credit.agreed",
        CreditMove::Waive => "credit.waived",
        CreditMove::Note => "credit.noted",
    };
    let mut record = actor.record(ctx.now(), action, subject, changes);
    record.reason = Some(after.reason.clone()).filter(|reason| !reason.is_empty());
    if let Some(permission) = decided {
        permission.tell(&mut record);
    }
    tell_of_move(ctx, &mut tx, actor, (&before, &after)).await?;
    tx.commit(record).await?;
    Ok(ServiceCredit { version: draft.version + 1, ..after })
}
