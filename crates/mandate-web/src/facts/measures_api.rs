//! `/api/v1` of measures: definitions, values, previews.
//!
//! Figures are exact: micro units (a share of 95 % is 950000, ten seconds 10000000, three cases 3000000). What clients say
//! of results is in `client_words_api`; exclusions, credits and scorecards are in `credits_api`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::IntoResponse;
use mandate_app::facts::kpi::{
    DefinitionDraft, KpiDraft, MeasureError, define_kpi, restore_kpi, revise_kpi, trash_kpi,
};
use mandate_app::facts::kpi_read::{
    definition_choices, definitions_list, list_measures, preview_measure, show_definition, show_measure,
};
use mandate_app::{Action, Message};
use mandate_domain::facts::case_filter::CaseFilterParts;
use mandate_domain::facts::kpi::{Figure, Kpi, KpiScope, KpiVersion, MeasuredCase};
use mandate_domain::{Id, Month};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::client_words_api::{
    ReasonView, ReviewView, WalkthroughView, reason_view, review_view, walkthrough_view,
};
use crate::access::Routes;
use crate::api::{
    ApiResult, Body, Caller, Changing, Idempotent, IfMatch, ListParameters, Making, Query, Reading, Words,
    created, etag, list, matched,
};
use crate::failure::{Failure, path_id};
use crate::state::Web;

/// The API of measures.
pub fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadFacts, routes!(list_definitions))
        .api(Action::WriteFacts, routes!(create_measure))
        .api(Action::ReadFacts, routes!(get_measure))
        .api(Action::WriteFacts, routes!(change_measure, remove_measure))
        .api(Action::WriteFacts, routes!(bring_back_measure))
        .api(Action::ReadFacts, routes!(preview))
        .api(Action::ReadFacts, routes!(choices))
        .api(Action::ReadFacts, routes!(list_of_account))
        .api(Action::ReadFacts, routes!(get_of_account))
}

/// A definition.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DefinitionBody {
    /// `resolution`, `response` or `update`.
    clock: String,
    /// `share_within_target`, `share_within`, `percentile`, `mean`, `count`, `rate:<counted>:<counted>`,
    /// `per_units:<counted>` or `weighted_pool:<priority>=<weight>,...`; counted is cases, settled, missed, reopened,
    /// reassigned or differing.
    aggregate: String,
    /// Seconds, percent, scale or units, as the aggregate needs.
    #[serde(default)]
    parameter: Option<i64>,
    /// `higher` or `lower`.
    direction: String,
    /// Target in micro units; without one the measure is only watched.
    #[serde(default)]
    target_micro: Option<i64>,
    /// Only these priorities.
    #[serde(default)]
    priorities: Vec<u8>,
    /// Only these groups of the source.
    #[serde(default)]
    groups: Vec<String>,
    /// Only these of our teams, by id.
    #[serde(default)]
    teams: Vec<String>,
    /// Only these categories.
    #[serde(default)]
    categories: Vec<String>,
    /// Only these kinds.
    #[serde(default)]
    kinds: Vec<String>,
}

impl DefinitionBody {
    fn draft(&self) -> DefinitionDraft {
        DefinitionDraft {
            clock: self.clock.clone(),
            aggregate: self.aggregate.clone(),
            parameter: self.parameter,
            direction: self.direction.clone(),
            target_micro: self.target_micro,
            filter: CaseFilterParts {
                priorities: self.priorities.iter().map(u8::to_string).collect(),
                groups: self.groups.clone(),
                teams: self.teams.clone(),
                categories: self.categories.clone(),
                kinds: self.kinds.clone(),
            },
        }
    }

    fn of(version: &KpiVersion) -> Self {
        let definition = &version.definition;
        Self {
            clock: definition.clock.as_str().to_owned(),
            aggregate: definition.aggregate.word(),
            parameter: definition.aggregate.parameter(),
            direction: definition.direction.as_str().to_owned(),
            target_micro: definition.target_micro(),
            priorities: definition.filter.priorities().to_vec(),
            groups: definition.filter.groups().to_vec(),
            teams: definition.filter.teams().to_vec(),
            categories: definition.filter.categories().to_vec(),
            kinds: definition.filter.kinds().to_vec(),
        }
    }
}

/// A measure to define or to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasureBody {
    /// Name.
    name: String,
    /// The firm's own id.
    #[serde(default)]
    external_id: Option<String>,
    /// `monthly`, `quarterly` or `half_yearly`.
    cadence: String,
    /// Who of ours answers for it.
    #[serde(default)]
    owner_person_id: Option<String>,
    /// First month the definition holds for; without one the first with a case, or as it stands.
    #[serde(default)]
    valid_from: Option<String>,
    /// Whose: an account's; without one (and without a source) every account's. Only when it is made.
    #[serde(default)]
    account_id: Option<String>,
    /// Every account's, over one source. Only when it is made.
    #[serde(default)]
    source_id: Option<String>,
    /// What it computes.
    definition: DefinitionBody,
}

impl MeasureBody {
    fn draft(&self) -> Result<KpiDraft, Failure> {
        let mut words = Words::default();
        let draft = KpiDraft {
            name: self.name.clone(),
            external_id: self.external_id.clone(),
            cadence: self.cadence.clone(),
            owner_person_id: words.id_if("owner_person_id", self.owner_person_id.as_deref()),
            valid_from: self.valid_from.as_deref().and_then(|text| words.month("valid_from", text)),
            definition: self.definition.draft(),
        };
        words.done(Some(draft))
    }

    fn scope(&self) -> Result<KpiScope, Failure> {
        let mut words = Words::default();
        let scope = match (&self.account_id, &self.source_id) {
            (Some(_), Some(_)) => {
                words.wrong("source_id", Message::new("measure-error-scope"));
                None
            }
            (Some(account), None) => words.id("account_id", account).map(KpiScope::Account),
            (None, Some(source)) => Some(KpiScope::Source(source.clone())),
            (None, None) => Some(KpiScope::Everything),
        };
        words.done(scope)
    }
}

/// A measure.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeasureView {
    id: String,
    external_id: Option<String>,
    account_id: Option<String>,
    source_id: Option<String>,
    name: String,
    cadence: &'static str,
    owner_person_id: Option<String>,
    /// Proposed by an import rather than agreed.
    assumed: bool,
    version: i64,
    /// Its definitions, oldest first.
    definitions: Vec<DatedDefinition>,
}

/// A definition and the first month it holds for.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatedDefinition {
    valid_from: String,
    definition: DefinitionBody,
}

fn measure_view(kpi: &Kpi) -> MeasureView {
    let (account_id, source_id) = match &kpi.scope {
        KpiScope::Account(account) => (Some(account.to_string()), None),
        KpiScope::Source(source) => (None, Some(source.clone())),
        KpiScope::Everything => (None, None),
    };
    MeasureView {
        id: kpi.id.to_string(),
        external_id: kpi.external_id.clone(),
        account_id,
        source_id,
        name: kpi.name.clone(),
        cadence: kpi.cadence.as_str(),
        owner_person_id: kpi.owner_person_id.as_ref().map(Id::to_string),
        assumed: kpi.assumed,
        version: kpi.version,
        definitions: kpi
            .versions
            .iter()
            .map(|version| DatedDefinition {
                valid_from: version.valid_from.to_string(),
                definition: DefinitionBody::of(version),
            })
            .collect(),
    }
}

/// A month's value.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueView {
    /// The month; null for several together.
    month: Option<String>,
    /// Cases it rests on.
    n: i64,
    /// Of those, the ones counted.
    numerator: i64,
    value_micro: Option<i64>,
    /// Lower end of the 80 % interval.
    low_micro: Option<i64>,
    /// Upper end of the 80 % interval.
    high_micro: Option<i64>,
    /// What the source's own flag says of the same thing.
    reported_micro: Option<i64>,
    /// `met`, `missed`, `too_few`, `no_target` or `not_measured`.
    verdict: &'static str,
}

fn value_view(month: Option<Month>, figure: &Figure) -> ValueView {
    ValueView {
        month: month.map(|month| month.to_string()),
        n: figure.n,
        numerator: figure.numerator,
        value_micro: figure.value_micro,
        low_micro: figure.low_micro,
        high_micro: figure.high_micro,
        reported_micro: figure.reported_micro,
        verdict: figure.verdict.as_str(),
    }
}

/// A case as measures see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseView {
    id: String,
    case_ref: String,
    priority: u8,
    /// Counted seconds on the resolution clock.
    clock_s: i64,
    target_s: Option<i64>,
    met: Option<bool>,
    reported_met: Option<bool>,
    excluded_s: i64,
}

fn case_view(case: &MeasuredCase) -> CaseView {
    CaseView {
        id: case.id.clone(),
        case_ref: case.case_ref.clone(),
        priority: case.priority,
        clock_s: case.resolution.seconds,
        target_s: case.target_s,
        met: case.resolution.met,
        reported_met: case.reported_met,
        excluded_s: case.excluded_s,
    }
}

/// Every measure with its newest definition.
#[utoipa::path(get, path = "/measures", tag = "measures", params(ListParameters),
    responses((status = 200, description = "A page of measures", body = crate::api::Listing), Reading))]
async fn list_definitions(
    State(web): State<Web>,
    caller: Caller,
    Query(parameters): Query<ListParameters>,
) -> ApiResult {
    list(&web, &caller, Action::ReadFacts, &definitions_list(), &parameters).await
}

/// Defines a measure and computes its values. `Idempotency-Key` makes it safe to send twice.
#[utoipa::path(post, path = "/measures", tag = "measures", params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = MeasureBody,
    responses((status = 201, description = "The measure", body = MeasureView), Making))]
async fn create_measure(
    State(web): State<Web>,
    caller: Caller,
    key: Idempotent,
    body: Body<MeasureBody>,
) -> ApiResult {
    let scope = body.value.scope()?;
    let draft = body.value.draft()?;
    let actor = &caller.actor;
    key.run(&web, &caller, &body.bytes, |ctx| async move {
        let kpi = define_kpi(&ctx, actor, scope, &draft).await?;
        Ok(created(&format!("/api/v1/measures/{}", kpi.id), kpi.version, &measure_view(&kpi)))
    })
    .await
}

/// One measure with all its definitions, its version in `ETag`.
#[utoipa::path(get, path = "/measures/{id}", tag = "measures",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The measure", body = MeasureView), Reading))]
async fn get_measure(State(web): State<Web>, caller: Caller, Path(kpi): Path<String>) -> ApiResult {
    let kpi = show_definition(web.ctx(), &caller.actor, &path_id(&kpi)?).await?;
    Ok(([(ETAG, etag(kpi.version))], Json(measure_view(&kpi))).into_response())
}

/// Changes a measure; a new definition begins with `valid_from`.
#[utoipa::path(put, path = "/measures/{id}", tag = "measures",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = MeasureBody,
    responses((status = 200, description = "The measure", body = MeasureView), Changing))]
async fn change_measure(
    State(web): State<Web>,
    caller: Caller,
    (Path(kpi), IfMatch(version)): (Path<String>, IfMatch),
    body: Body<MeasureBody>,
) -> ApiResult {
    let (kpi, draft) = (path_id(&kpi)?, body.value.draft()?);
    let revised = revise_kpi(web.ctx(), &caller.actor, &kpi, version, &draft).await;
    let kpi = matched(revised, measure_version(&web, &caller, &kpi)).await?;
    Ok(([(ETAG, etag(kpi.version))], Json(measure_view(&kpi))).into_response())
}

async fn measure_version(web: &Web, caller: &Caller, id: &Id<Kpi>) -> Result<i64, MeasureError> {
    Ok(show_definition(web.ctx(), &caller.actor, id).await?.version)
}

/// Puts a measure into the trash.
#[utoipa::path(delete, path = "/measures/{id}", tag = "measures",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 204, description = "It lies in the trash"), Changing))]
async fn remove_measure(
    State(web): State<Web>,
    caller: Caller,
    Path(kpi): Path<String>,
    IfMatch(version): IfMatch,
) -> ApiResult {
    let kpi = path_id(&kpi)?;
    let trashed = trash_kpi(web.ctx(), &caller.actor, &kpi, version).await;
    matched(trashed, measure_version(&web, &caller, &kpi)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Brings a measure back from the trash.
#[utoipa::path(post, path = "/measures/{id}/restore", tag = "measures",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The measure", body = MeasureView), Making))]
async fn bring_back_measure(State(web): State<Web>, caller: Caller, Path(kpi): Path<String>) -> ApiResult {
    let kpi = restore_kpi(web.ctx(), &caller.actor, &path_id(&kpi)?).await?;
    Ok(([(ETAG, etag(kpi.version))], Json(measure_view(&kpi))).into_response())
}

/// A definition tried on real cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewView {
    /// The last twelve months together.
    total: ValueView,
    /// Month by month, oldest first.
    months: Vec<ValueView>,
    /// Three of its cases.
    examples: Vec<CaseView>,
}

/// Tries a definition on the last twelve months of an account; keeps nothing.
#[utoipa::path(post, path = "/accounts/{account}/measures/preview", tag = "measures",
    params(("account" = String, Path, description = "The account's id")), request_body = DefinitionBody,
    responses((status = 200, description = "What it would give", body = PreviewView), Making))]
async fn preview(
    State(web): State<Web>,
    caller: Caller,
    Path(account): Path<String>,
    body: Body<DefinitionBody>,
) -> ApiResult {
    let tried = body.value.draft().parse();
    let preview = preview_measure(web.ctx(), &caller.actor, &path_id(&account)?, tried).await?;
    let months = preview.months.iter().map(|(month, figure)| value_view(Some(*month), figure)).collect();
    let examples = preview.examples.iter().map(case_view).collect();
    Ok(Json(PreviewView { total: value_view(None, &preview.total), months, examples }).into_response())
}

/// Values that a definition's filter could name.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChoicesView {
    /// The filter's field, such as `groups`.
    field: &'static str,
    /// Its values among the account's cases.
    values: Vec<String>,
}

/// The field of a definition that lists values of a case's `field`.
fn list_of(field: &'static str) -> &'static str {
    match field {
        "group" => "groups",
        "category" => "categories",
        "kind" => "kinds",
        other => other,
    }
}

/// What the filter of a definition can name, by the cases of an account.
#[utoipa::path(get, path = "/accounts/{account}/measures/choices", tag = "measures",
    operation_id = "measure_choices", params(("account" = String, Path, description = "The account's id")),
    responses((status = 200, description = "By field", body = Vec<ChoicesView>), Reading))]
async fn choices(State(web): State<Web>, caller: Caller, Path(account): Path<String>) -> ApiResult {
    let found = definition_choices(web.ctx(), &caller.actor, Some(path_id(&account)?)).await?;
    let views: Vec<ChoicesView> = found
        .filters
        .into_iter()
        .map(|(field, values)| ChoicesView { field: list_of(field), values })
        .collect();
    Ok(Json(views).into_response())
}

/// A measure of an account with its values.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountMeasureView {
    measure: MeasureView,
    /// The last twelve months, oldest first.
    values: Vec<ValueView>,
    /// How the month shown stands with the client: `open`, `agreed` or `contested`.
    standing: &'static str,
    /// Why it matters, in the client's words.
    reason: Option<ReasonView>,
    /// The month's figure if nothing had been excluded, where that differs.
    without_exclusions: Option<ValueView>,
    /// Cases of the month that missed, at most 50; only for one measure.
    missed: Vec<CaseView>,
    /// Cases of the month on which source and clock differ, at most 50; only for one measure.
    differing: Vec<CaseView>,
    /// What the client said of the month, newest first; only for one measure.
    reviews: Vec<ReviewView>,
    /// Who was taken through the measure, newest first; only for one measure.
    walkthroughs: Vec<WalkthroughView>,
}

/// An account's measures with their values of the last twelve months.
#[utoipa::path(get, path = "/accounts/{account}/measures", tag = "measures",
    params(("account" = String, Path, description = "The account's id")),
    responses((status = 200, description = "Its measures", body = Vec<AccountMeasureView>), Reading))]
async fn list_of_account(State(web): State<Web>, caller: Caller, Path(account): Path<String>) -> ApiResult {
    let measures = list_measures(web.ctx(), &caller.actor, &path_id(&account)?).await?;
    let views: Vec<AccountMeasureView> = measures
        .lines
        .iter()
        .map(|line| AccountMeasureView {
            measure: measure_view(&line.kpi),
            values: line.values.iter().map(|row| value_view(Some(row.month), &row.figure)).collect(),
            standing: line.standing.as_str(),
            reason: line.reason.as_ref().map(reason_view),
            without_exclusions: None,
            missed: vec![],
            differing: vec![],
            reviews: vec![],
            walkthroughs: vec![],
        })
        .collect();
    Ok(Json(views).into_response())
}

/// Which month.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MonthParameter {
    /// Such as `2026-10`; without one the newest finished month.
    #[serde(default)]
    month: Option<String>,
}

impl MonthParameter {
    /// The month asked for.
    pub(super) fn parse(&self) -> Result<Option<Month>, Failure> {
        let mut words = Words::default();
        let month = self.month.as_deref().and_then(|text| words.month("month", text));
        words.done(Some(month))
    }
}

/// One measure of an account, as of a month.
#[utoipa::path(get, path = "/accounts/{account}/measures/{id}", tag = "measures",
    params(("account" = String, Path, description = "The account's id"),
           ("id" = String, Path, description = "The measure's id"), MonthParameter),
    responses((status = 200, description = "The measure", body = AccountMeasureView), Reading))]
async fn get_of_account(
    State(web): State<Web>,
    caller: Caller,
    Path((account, kpi)): Path<(String, String)>,
    Query(asked): Query<MonthParameter>,
) -> ApiResult {
    let asked = asked.parse()?;
    let page = show_measure(web.ctx(), &caller.actor, &path_id(&account)?, &path_id(&kpi)?, asked).await?;
    let view = AccountMeasureView {
        measure: measure_view(&page.kpi),
        values: page.values.iter().map(|row| value_view(Some(row.month), &row.figure)).collect(),
        standing: page.standing.as_str(),
        reason: page.reason.as_ref().map(reason_view),
        without_exclusions: page.without_exclusions.map(|figure| value_view(Some(page.month), &figure)),
        missed: page.missed.iter().map(case_view).collect(),
        differing: page.differing.iter().map(case_view).collect(),
        reviews: page.reviews.iter().map(review_view).collect(),
        walkthroughs: page.walkthroughs.iter().map(walkthrough_view).collect(),
    };
    Ok(Json(view).into_response())
}
