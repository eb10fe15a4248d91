//! Decision rights under the settings: the list with used against granted, one right, and granting to revoking.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use mandate_app::decisions::{
    RightDraft, RightPage, change_right, choose_users, confirm_right, grant_right, revoke_right, rights_list,
    show_right,
};
use mandate_app::exchange::ExportFormat;
use mandate_app::{Action, FieldError, UseCaseError};
use mandate_domain::Currency;
use mandate_domain::identity::{
    AccountReach, Amount, DecisionKind, DecisionRight, DecisionUse, PriceDirection, RightStanding, RightState,
};
use minijinja::{Value, context};

use super::amount_text;
use crate::access::Routes;
use crate::failure::{PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::identity::settings_tabs;
use crate::numbers::{NumberField, Numbers};
use crate::state::Web;
use crate::table::{self, CellView, Column, RowReader, TableSpec, column};

/// Pages under `/settings/rights`.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/settings/rights", Action::ReadRights, list)
        .get("/settings/rights.csv", Action::ReadRights, csv)
        .get("/settings/rights.xlsx", Action::ReadRights, xlsx)
        .get("/settings/rights/new", Action::GrantRights, new)
        .post("/settings/rights/new", Action::GrantRights, grant)
        .get("/settings/rights/{id}", Action::Delegate, show)
        .get("/settings/rights/{id}/edit", Action::GrantRights, edit)
        .post("/settings/rights/{id}/edit", Action::GrantRights, change)
        .post("/settings/rights/{id}/confirm", Action::GrantRights, confirm)
        .post("/settings/rights/{id}/revoke", Action::GrantRights, revoke)
}

/// The amount in a field of a row, in the unit of its kind.
fn row_amount(visit: &Visit, row: &RowReader<'_>, field: &str) -> Option<String> {
    let kind = DecisionKind::parse(row.text("kind")).ok()?;
    let currency = row.text_or_none("currency").and_then(|code| Currency::stored(code).ok());
    row.integer(field).map(|number| amount_text(visit, Amount::of(kind, number, currency)))
}

fn holder_text(visit: &Visit, holder: &str, name: &str) -> String {
    if name.is_empty() {
        visit.t(&format!("right-holder-{}", holder.replace('_', "-")))
    } else {
        name.to_owned()
    }
}

fn standing_badge(visit: &Visit, word: &str) -> CellView {
    CellView::badge(standing_status(word), visit.t(&format!("right-standing-{}", word.replace('_', "-"))))
}

fn standing_status(word: &str) -> &'static str {
    match word {
        "in_force" => "good",
        "review_due" => "watch",
        "lapsed" => "risk",
        _ => "unknown",
    }
}

fn spec(web: &Web) -> TableSpec {
    TableSpec {
        path: "/settings/rights".to_owned(),
        caption: "right-caption",
        action: Action::ReadRights,
        def: rights_list(web.ctx()),
        columns: vec![
            column("holder_name", "field-holder", |visit, row| {
                let href = format!("/settings/rights/{}", row.key());
                let name = if row.text("holder") == "user" { row.text("holder_name") } else { "" };
                let cell = CellView::name(holder_text(visit, row.text("holder"), name), href);
                if row.flag("demo") { cell.tag(visit.t("demo-tag")) } else { cell }
            }),
            column("kind", "field-kind", |visit, row| {
                CellView::text(visit.t(&format!("decision-kind-{}", row.text("kind"))))
            }),
            Column {
                numeric: true,
                ..column("limit", "field-limit", |visit, row| {
                    let cell = CellView::figure(row_amount(visit, row, "limit").unwrap_or_default());
                    match row_amount(visit, row, "month_limit") {
                        Some(month) => cell.sub(visit.tr("right-a-month", &[("amount", &month)])),
                        None => cell,
                    }
                })
            },
            Column {
                numeric: true,
                ..column("used_this_month", "right-used", |visit, row| {
                    let used = row_amount(visit, row, "used_this_month").unwrap_or_default();
                    let uses = row.integer("n_uses").unwrap_or(0);
                    CellView::figure(used).sub(visit.tr("right-uses", &[("count", &uses.to_string())]))
                })
            },
            Column {
                low: true,
                ..column("currency", "field-currency", |_, row| {
                    row.text_or_none("currency").map_or_else(CellView::none, CellView::text)
                })
            },
            column("last_used_at", "field-last-used-at", |visit, row| match row.instant("last_used_at") {
                Some(at) => CellView::text(visit.moment(at)),
                None => CellView::text(visit.t("right-never-used")),
            }),
            column("accounts", "field-accounts", |visit, row| {
                let count = row.integer("n_accounts").unwrap_or(0).to_string();
                CellView::text(reach_text(visit, row.text("accounts"), row.text("tier"), &count))
            }),
            column("valid_until", "field-valid-until", |visit, row| {
                let cell =
                    CellView::text(row.date("valid_until").map(|day| visit.date(day)).unwrap_or_default());
                let review = row.date("review_on").map(|day| visit.date(day)).unwrap_or_default();
                cell.sub(visit.tr("right-review-on", &[("day", &review)]))
            }),
            column("standing", "field-standing", |visit, row| standing_badge(visit, row.text("standing"))),
        ],
        views: vec![
            ("right-view-in-force", "f=standing&op=is&v=in_force"),
            ("right-view-review", "f=standing&op=is&v=review_due"),
            ("right-view-lapsed", "f=standing&op=is&v=lapsed"),
            ("right-view-all", ""),
        ],
        row_href: Box::new(|row| Some(format!("/settings/rights/{}", row.key()))),
        fixed: vec![],
    }
}

fn reach_text(visit: &Visit, word: &str, tier: &str, count: &str) -> String {
    match word {
        "tier" => visit.t(&format!("tier-{tier}")),
        "named" => visit.tr("right-accounts-named", &[("count", count)]),
        "own" => visit.t("right-accounts-own"),
        _ => visit.t("right-accounts-every"),
    }
}

async fn list(State(web): State<Web>, visit: Visit) -> PageResult {
    let list = table::view(&web, &visit, &spec(&web)).await?;
    let own = context! {
        list => list, tabs => settings_tabs(&visit, "settings-tab-rights"), may_grant => visit.may(Action::GrantRights),
    };
    let page = Page::new(visit.t("right-title"), "nav-settings")
        .crumb(visit.t("nav-settings"), "/settings")
        .help("decision-rights");
    visit.render(page, "decisions/rights.html", own)
}

async fn csv(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(&web), ExportFormat::Csv).await
}

async fn xlsx(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(&web), ExportFormat::Xlsx).await
}

fn sub_page(visit: &Visit, title: String) -> Page {
    Page::new(title, "nav-settings")
        .crumb(visit.t("nav-settings"), "/settings")
        .crumb(visit.t("right-title"), "/settings/rights")
        .help("decision-rights")
}

async fn new(State(web): State<Web>, visit: Visit) -> PageResult {
    let form = Form::from_pairs([
        ("holder", "user".to_owned()),
        ("kind", "credit".to_owned()),
        ("currency", "EUR".to_owned()),
        ("direction", "either".to_owned()),
        ("accounts", "own".to_owned()),
        ("valid_from", visit.today.to_string()),
    ]);
    form_page(&web, &visit, StatusCode::OK, None, &form, &[]).await
}

/// The form to grant a right, or (`right`) to change one.
async fn form_page(
    web: &Web,
    visit: &Visit,
    status: StatusCode,
    right: Option<&str>,
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let choice = |value: &str, text: String| context! { value => value, text => text };
    let users = choose_users(web.ctx(), &visit.actor).await?;
    let kinds = DecisionKind::ALL
        .iter()
        .map(|it| choice(it.as_str(), visit.t(&format!("decision-kind-{}", it.as_str()))));
    let ways = PriceDirection::ALL
        .iter()
        .map(|it| choice(it.as_str(), visit.t(&format!("right-direction-{}", it.as_str()))));
    let holders = ["user", "account_manager", "negotiator"]
        .map(|it| choice(it, visit.t(&format!("right-holder-{}", it.replace('_', "-")))));
    let reaches = ["own", "every", "key", "standard", "named"].map(|it| {
        let (word, tier) = if it == "key" || it == "standard" { ("tier", it) } else { (it, "") };
        choice(
            it,
            if it == "named" { visit.t("right-accounts-these") } else { reach_text(visit, word, tier, "") },
        )
    });
    let own = context! {
        form => form.view(visit, errors), right => right, kinds => kinds.collect::<Vec<_>>(),
        ways => ways.collect::<Vec<_>>(), holders => holders, reaches => reaches,
        users => users.iter().map(|user| choice(&user.id, user.name.clone())).collect::<Vec<_>>(),
        action => right.map_or_else(|| "/settings/rights/new".to_owned(), |id| format!("/settings/rights/{id}/edit")),
    };
    let title = visit.t(if right.is_some() { "right-edit-title" } else { "right-grant-title" });
    visit.render_with_status(status, sub_page(visit, title), "decisions/right_form.html", own)
}

fn draft_of(form: &Form) -> RightDraft {
    let names = |name: &str| form.get(name).split('\n').map(|it| it.trim().to_owned()).collect();
    RightDraft {
        holder: form.get("holder").to_owned(),
        holder_user_id: form.get("holder_user_id").to_owned(),
        kind: form.get("kind").to_owned(),
        limit: form.get("limit").to_owned(),
        month_limit: form.get("month_limit").to_owned(),
        currency: form.get("currency").to_owned(),
        direction: form.get("direction").to_owned(),
        accounts: form.get("accounts").to_owned(),
        account_names: names("account_names"),
        product_names: names("product_names"),
        valid_from: form.get("valid_from").parse().ok(),
        valid_until: form.get("valid_until").parse().ok(),
        review_on: form.get("review_on").parse().ok(),
        reason: form.get("reason").to_owned(),
    }
}

/// Limits in money, as the visitor writes them. Percentages and hours have no thousands.
fn limits(visit: &Visit, form: &Form) -> Numbers {
    let is_money = form.get("kind") == DecisionKind::Credit.as_str();
    Numbers::read(visit.formats.number_style(), form, |name| {
        (is_money && matches!(name, "limit" | "month_limit")).then_some(NumberField::Money)
    })
}

async fn grant(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let numbers = limits(&visit, &form);
    match grant_right(web.ctx(), &visit.actor, &draft_of(numbers.form())).await {
        Ok(right) => {
            Ok(visit.redirect_with(&format!("/settings/rights/{}", right.id), visit.t("right-granted"), None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let errors = numbers.told(error.fields());
            form_page(&web, &visit, StatusCode::UNPROCESSABLE_ENTITY, None, &form, &errors).await
        }
    }
}

/// Limits as they are typed: money and hours in decimals, prices in percent.
fn typed(visit: &Visit, amount: Amount) -> String {
    let hundredths = |number: i64| mandate_domain::Money::new(number, Currency::EUR).decimal();
    match amount {
        Amount::Money(money) => visit.formats.number_style().written(&money.decimal()),
        Amount::BasisPoints(bp) => hundredths(bp),
        Amount::Minutes(minutes) => hundredths(minutes.saturating_mul(100) / 60),
    }
}

fn form_of(visit: &Visit, page: &RightPage) -> Form {
    let right = &page.right;
    let named = |ids: Vec<String>| {
        ids.iter().map(|id| page.names.get(id).unwrap_or(id).clone()).collect::<Vec<_>>().join("\n")
    };
    let (accounts, account_names) = match &right.accounts {
        AccountReach::Tier(tier) => (tier.as_str(), String::new()),
        AccountReach::Named(ids) => ("named", named(ids.iter().map(ToString::to_string).collect())),
        other => (other.as_str(), String::new()),
    };
    Form::from_pairs([
        ("version", right.version.to_string()),
        ("holder", right.holder.as_str().to_owned()),
        ("holder_user_id", right.holder.user().map(ToString::to_string).unwrap_or_default()),
        ("kind", right.kind().as_str().to_owned()),
        ("limit", typed(visit, right.each)),
        (
            "month_limit",
            right.a_month.map(|month| typed(visit, right.each.with_number(month))).unwrap_or_default(),
        ),
        ("currency", right.each.currency().map(|it| it.code().to_owned()).unwrap_or_default()),
        ("direction", right.direction.as_str().to_owned()),
        ("accounts", accounts.to_owned()),
        ("account_names", account_names),
        ("product_names", named(right.products.iter().map(ToString::to_string).collect())),
        ("valid_from", right.valid_from.to_string()),
        ("valid_until", right.valid_until.to_string()),
        ("review_on", right.review_on.to_string()),
        ("reason", right.reason.clone()),
    ])
}

async fn edit(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let page = show_right(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    form_page(&web, &visit, StatusCode::OK, Some(&id), &form_of(&visit, &page), &[]).await
}

fn version(form: &Form) -> i64 {
    form.get("version").parse().unwrap_or(0)
}

async fn change(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let numbers = limits(&visit, &form);
    let draft = draft_of(numbers.form());
    match change_right(web.ctx(), &visit.actor, &path_id(&id)?, version(&form), &draft).await {
        Ok(_) => Ok(visit.redirect_with(&format!("/settings/rights/{id}"), visit.t("right-changed"), None)),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let errors = numbers.told(error.fields());
            form_page(&web, &visit, StatusCode::UNPROCESSABLE_ENTITY, Some(&id), &form, &errors).await
        }
    }
}

async fn show(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let page = show_right(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    show_page(&visit, StatusCode::OK, &page, &Form::default(), &[])
}

fn show_page(
    visit: &Visit,
    status: StatusCode,
    page: &RightPage,
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let right = &page.right;
    let holder = holder_text(visit, right.holder.as_str(), page.holder_name.as_deref().unwrap_or_default());
    let title = visit.tr(
        "right-of",
        &[("holder", &holder), ("kind", &visit.t(&format!("decision-kind-{}", right.kind().as_str())))],
    );
    let word = page.standing.as_str();
    let own = context! {
        id => right.id.to_string(), version => right.version, rows => facts(visit, page), reason => right.reason.clone(),
        lead => used_text(visit, page), unused => page.unused, demo => right.demo,
        status => standing_status(word), word => visit.t(&format!("right-standing-{}", word.replace('_', "-"))),
        uses => page.uses.iter().map(|used| use_view(visit, used)).collect::<Vec<_>>(),
        may_change => visit.may(Action::GrantRights) && !page.own && right.state == RightState::Active,
        may_confirm => page.standing != RightStanding::Expired, form => form.view(visit, errors), title => title.clone(),
    };
    visit.render_with_status(status, sub_page(visit, title), "decisions/right.html", own)
}

/// "EUR 12,400 of 50,000 used this month, 3 uses, last on ..."
fn used_text(visit: &Visit, page: &RightPage) -> String {
    let right = &page.right;
    let amount = |number: i64| amount_text(visit, right.each.with_number(number));
    let used = amount(page.summary.month_sum);
    let count = page.summary.n_month.to_string();
    let last = page.summary.last_at.map(|at| visit.moment(at));
    let last = last.unwrap_or_else(|| visit.t("right-never"));
    match right.a_month {
        Some(month) => visit.tr(
            "right-used-of",
            &[("used", &used), ("granted", &amount(month)), ("count", &count), ("last", &last)],
        ),
        None => visit.tr("right-used-without", &[("used", &used), ("count", &count), ("last", &last)]),
    }
}

fn facts(visit: &Visit, page: &RightPage) -> Vec<Value> {
    let right: &DecisionRight = &page.right;
    let row = |key: &str, value: String| context! { key => visit.t(key), value => value };
    let names = |ids: Vec<String>| {
        ids.iter().map(|id| page.names.get(id).unwrap_or(id).clone()).collect::<Vec<_>>().join(", ")
    };
    let accounts = match &right.accounts {
        AccountReach::Named(ids) => names(ids.iter().map(ToString::to_string).collect()),
        AccountReach::Tier(tier) => reach_text(visit, "tier", tier.as_str(), ""),
        other => reach_text(visit, other.as_str(), "", ""),
    };
    let mut rows = vec![row("field-limit", amount_text(visit, right.each))];
    if let Some(month) = right.a_month {
        rows.push(row("field-month-limit", amount_text(visit, right.each.with_number(month))));
    }
    rows.push(row("field-accounts", accounts));
    if right.kind() == DecisionKind::Price {
        rows.push(row("field-direction", visit.t(&format!("right-direction-{}", right.direction.as_str()))));
        let all = right.products.is_empty();
        let products = names(right.products.iter().map(ToString::to_string).collect());
        rows.push(row("field-products", if all { visit.t("right-products-all") } else { products }));
    }
    rows.push(row("field-valid-from", visit.date(right.valid_from)));
    rows.push(row("field-valid-until", visit.date(right.valid_until)));
    rows.push(row("field-review-on", visit.date(right.review_on)));
    rows.push(row("right-lapses-on", visit.date(right.lapses_on())));
    rows
}

fn use_view(visit: &Visit, used: &DecisionUse) -> Value {
    let who = used.for_name.as_ref().map_or_else(
        || used.decided_by_name.clone(),
        |absent| visit.tr("decision-for", &[("name", &used.decided_by_name), ("absent", absent)]),
    );
    context! { when => visit.moment(used.at), who => who, amount => amount_text(visit, used.amount), href => format!("/accounts/{}", used.account_id) }
}

async fn confirm(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let review_on = form.get("review_on").parse().ok();
    let done = confirm_right(web.ctx(), &visit.actor, &path_id(&id)?, version(&form), review_on).await;
    settled(&web, &visit, &id, &form, done, "right-confirmed").await
}

async fn revoke(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let done =
        revoke_right(web.ctx(), &visit.actor, &path_id(&id)?, version(&form), form.get("reason")).await;
    settled(&web, &visit, &id, &form, done, "right-revoked").await
}

async fn settled(
    web: &Web,
    visit: &Visit,
    id: &str,
    form: &Form,
    done: Result<DecisionRight, mandate_app::decisions::RightError>,
    text: &str,
) -> PageResult {
    match done {
        Ok(_) => Ok(visit.redirect_with(&format!("/settings/rights/{id}"), visit.t(text), None)),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let page = show_right(web.ctx(), &visit.actor, &path_id(id)?).await?;
            show_page(visit, StatusCode::UNPROCESSABLE_ENTITY, &page, form, &error.fields())
        }
    }
}
