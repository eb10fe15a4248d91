//! The page of a record: what is stated of it, and what refers to it.

use axum::extract::{Path, State};
use axum::response::Response;
use mandate_app::Action;
use mandate_app::book::{self, AnySaved, ContractWithLines};
use mandate_app::listing::{Filter, ListQuery, Operator};
use mandate_domain::Currency;
use mandate_domain::Money;
use mandate_domain::Month;
use mandate_domain::Purpose;
use mandate_domain::book::{
    Contract, ContractLine, Draft, Kind, NoticePeriod, PersonRole, Renewal, Saved, Shape, Side, Turn, parts,
};
use minijinja::{Value, context};

use super::custom;
use super::form::told_name;
use super::kinds::{choice_text_id, home, href, kind_text_id};
use super::lists::{self, only};
use super::prices;
use crate::account::turn_cell;
use crate::failure::{Failure, PageResult, path_id};
use crate::frame::{Page, Visit, redirect};
use crate::pages::view;
use crate::state::Web;
use crate::table::{CellView, Column, RowReader, column, field_text_id};
use crate::worth::worth_cell;

/// Most rows of a table under a record; the list itself has all.
const MOST_ROWS: usize = 100;

/// The page of a record.
pub(super) async fn page(
    kind: Kind,
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
) -> PageResult {
    let saved = book::show_any(web.ctx(), &visit.actor, kind, &id).await?;
    let draft = &saved.draft;
    let mut details = details(&web, &visit, kind, draft).await?;
    details.extend(custom::details(&web, &visit, &saved.custom).await?);
    let mut contract = None;
    if kind == Kind::Contract {
        let shown = book::contract_page(web.ctx(), &visit.actor, &path_id(&id)?).await?;
        details.extend(contract_dates(&visit, &shown.contract));
        contract = Some(contract_view(&web, &visit, &shown).await?);
    }
    let related = related(&web, &visit, &saved).await?;
    let name = told_name(&visit, &saved);
    let (lead, rest) = sentence(&web, &visit, &saved).await?;
    let own = context! {
        title => name.clone(),
        badges => badges(&visit, &saved),
        lead => lead,
        rest => rest,
        details => details,
        details_title => visit.t(&kind_text_id(kind, "details")),
        related => related,
        contract => contract,
        files => crate::files::card(&web, &visit, kind, &saved.id).await?,
        tags => crate::tags::card(&web, &visit, kind, &saved.id).await?,
        notes => crate::notes::card(&web, &visit, kind, &saved.id).await?,
        edit_href => format!("{}/{}/edit", home(kind).path, saved.id),
        trash_action => format!("{}/{}/trash", home(kind).path, saved.id),
        history_href => visit.may(Action::ReadAudit).then(|| format!("/audit?f=subject_id&op=is&v={}", saved.id)),
        growth_href => (kind == Kind::Product).then(|| format!("/products/{}/growth", saved.id)),
        expectation => super::expectations::box_of(&web, &visit, &saved).await?,
        handover_href => (kind == Kind::Promise && visit.may(Action::WorkResults))
            .then(|| super::handover::answer_href(&saved.id)),
        may_write => visit.may(Action::WriteBook),
        may_trash => visit.may(Action::TrashBook),
    };
    let page = Page::new(name, home(kind).nav)
        .help(home(kind).guide)
        .crumb(visit.t(home(kind).title), home(kind).path);
    visit.render(page, "book/record.html", own)
}

/// A line has no page of its own: it stands on its contract's.
pub(super) async fn to_contract(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let line = book::show::<ContractLine>(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    Ok(redirect(&href(Kind::Contract, line.contract_id.as_str())))
}

pub(super) fn badges(visit: &Visit, saved: &AnySaved) -> Vec<Value> {
    let draft = &saved.draft;
    let tag = |text: String| context! { tag => text };
    let mut badges = vec![];
    for field in ["role", "kind", "tier", "state", "stage", "channel"] {
        // A role that says nothing gives way to the title of the person.
        if field == "role" && draft.get(field) == PersonRole::Other.as_str() {
            if !draft.get("job_title").is_empty() {
                badges.push(tag(draft.get("job_title").to_owned()));
            }
            continue;
        }
        if !draft.get(field).is_empty() && saved.kind != Kind::Account {
            badges.push(tag(visit.t(&choice_text_id(field, draft.get(field)))));
        }
    }
    if saved.demo {
        badges.push(tag(visit.t("demo-tag")));
    }
    badges
}

pub(super) async fn details(
    web: &Web,
    visit: &Visit,
    record_kind: Kind,
    draft: &Draft,
) -> Result<Vec<Value>, Failure> {
    let currency = Currency::stored(draft.get("currency")).unwrap_or(Currency::EUR);
    let mut details = vec![];
    for spec in record_kind.fields().iter().filter(|spec| !draft.get(spec.name).is_empty()) {
        let text = draft.get(spec.name);
        let mut link = None;
        let value = match spec.shape {
            Shape::Choice(_) => visit.t(&choice_text_id(spec.name, text)),
            Shape::Measures => measure_names(web, visit, text).await?,
            Shape::People | Shape::Expectations => {
                let ids: Vec<String> = parts(text).map(str::to_owned).collect();
                let kind = spec.shape.referent().map_or(Kind::Person, |referent| referent.kind);
                let names = book::names(web.ctx(), &visit.actor, kind, &ids).await?;
                ids.iter().filter_map(|id| names.get(id).cloned()).collect::<Vec<_>>().join(", ")
            }
            shape if let Some(kind) = shape.referent().map(|referent| referent.kind) => {
                let names = book::names(web.ctx(), &visit.actor, kind, &[text.to_owned()]).await?;
                // What may not be seen is not named either.
                let Some(name) = names.get(text) else { continue };
                link = Some(href(kind, text));
                name.clone()
            }
            Shape::Money | Shape::Amount => Money::parse(text, currency)
                .map_or_else(|_| text.to_owned(), |money| visit.formats.money(money)),
            Shape::Month => Month::parse(text).map_or_else(|_| text.to_owned(), |it| visit.formats.month(it)),
            Shape::Date => text.parse().map_or_else(|_| text.to_owned(), |day| visit.formats.full_date(day)),
            Shape::Whole(..) => text.parse().map_or_else(|_| text.to_owned(), |it| visit.number(it)),
            Shape::Line(_) if spec.name == "email" => {
                link = Some(format!("mailto:{text}"));
                text.to_owned()
            }
            _ => text.to_owned(),
        };
        let own_label = kind_text_id(record_kind, &format!("field-{}", spec.name.replace('_', "-")));
        let label = if web.texts().has(&own_label) { own_label } else { field_text_id(spec.name) };
        details.push(context! { key => visit.t(&label), value => value, href => link });
    }
    Ok(details)
}

/// The names of the measures that a record names and the reader may see.
async fn measure_names(web: &Web, visit: &Visit, text: &str) -> Result<String, Failure> {
    let known = book::measure_choices(web.ctx(), &visit.actor, None).await?;
    let name = |id: &str| known.iter().find(|measure| measure.id == id).map(|measure| measure.name.clone());
    Ok(parts(text).filter_map(name).collect::<Vec<_>>().join(", "))
}

fn contract_dates(visit: &Visit, contract: &Saved<Contract>) -> Vec<Value> {
    let Some(deadline) = contract.notice_deadline() else { return vec![] };
    let tone = if deadline < visit.today { Some("watch") } else { None };
    let value = visit.formats.full_date(deadline);
    vec![context! { key => visit.t("field-notice-deadline"), value => value, tone => tone }]
}

/// A contract's lines as its page and its account's page show them.
///
/// # Errors
/// [`Failure`] when the names of records that lines name cannot be read.
pub(super) async fn contract_view(
    web: &Web,
    visit: &Visit,
    shown: &ContractWithLines,
) -> Result<Value, Failure> {
    let contract = &shown.contract;
    let may_cost = visit.clearance().has(Purpose::Cost);
    let (term, notice) = contract_sentence(visit, contract);
    let amount = |minor: i64| visit.formats.money(Money::new(minor, contract.currency));
    let listed = prices::of_lines(web, visit, shown).await?;
    let total = shown.annual_value();
    let mut lines = vec![];
    for shown_line in &shown.lines {
        let line = &shown_line.line;
        let value = line.annual_value().ok().filter(|_| line.annual_volume > 0);
        let from_list = listed.get(line.product_id.as_str()).filter(|_| line.list_price_minor.is_none());
        lines.push(context! {
            product => shown_line.product.clone(),
            product_href => href(Kind::Product, line.product_id.as_str()),
            edit_href => format!("/contract-lines/{}/edit", line.id),
            trash_action => format!("/contract-lines/{}/trash", line.id),
            volume => visit.number(line.annual_volume),
            unit => shown_line.unit.clone(),
            price => amount(line.unit_price_minor),
            per => prices::per_text(visit, line.price_per, &shown_line.unit),
            list_price => line.list_price_minor.map(amount).or_else(|| from_list.map(|(amount, _)| amount.clone())),
            list_price_note => from_list.map(|(_, since)| since.clone()),
            unit_cost => line.unit_cost(visit.clearance()).map(|cost| visit.formats.money(cost)),
            annual_value => value.map(|value| visit.money(value)),
            annual_value_exact => value.and_then(|value| visit.exact_money(value)),
            custom => custom::details(web, visit, &line.custom).await?,
        });
    }
    Ok(context! {
        id => contract.id.to_string(),
        title => contract.title.clone(),
        href => href(Kind::Contract, contract.id.as_str()),
        kind => visit.t(&choice_text_id("kind", contract.kind.as_str())),
        dates => format!("{term} {notice}"),
        lines => lines,
        total => total.map(|total| visit.money(total)), total_exact => total.and_then(|total| visit.exact_money(total)),
        no_volume => no_volume(visit, shown.n_without_volume()),
        may_cost => may_cost,
        new_line_href => format!("/contract-lines/new?contract={}", contract.id),
    })
}

/// What is said of lines without a volume, where there are any.
fn no_volume(visit: &Visit, n_lines: usize) -> Option<String> {
    (n_lines > 0).then(|| visit.tr("book-contract-no-volume", &[("count", &n_lines.to_string())]))
}

/// "Renews on 1 Apr 2027; notice counts until 31 Dec 2026."
fn contract_sentence(visit: &Visit, contract: &Contract) -> (String, String) {
    let day = |day| visit.formats.full_date(day);
    let term = match (contract.turn(), contract.renewal) {
        (Some(Turn::Renews(on)), _) if on < visit.today => {
            visit.tr("book-contract-passed", &[("day", &day(on))])
        }
        (Some(Turn::Renews(on)), _) => visit.tr("book-contract-renews", &[("day", &day(on))]),
        (Some(Turn::Ends(on)), _) => visit.tr("book-contract-ends", &[("day", &day(on))]),
        (None, Some(Renewal::Ends)) => visit.t("book-contract-ends-unstated"),
        (None, Some(Renewal::ByAgreement)) => visit.t("book-contract-agreed-unstated"),
        (None, _) => visit.t("book-contract-open"),
    };
    let notice = match contract.notice_deadline() {
        Some(until) if until >= visit.today => visit.tr("book-contract-notice", &[("day", &day(until))]),
        Some(until) if contract.renewal == Some(Renewal::Automatic) => {
            visit.tr("book-contract-notice-missed", &[("day", &day(until))])
        }
        Some(until) => visit.tr("book-contract-notice-passed", &[("day", &day(until))]),
        None => String::new(),
    };
    let told = |id: &str, number: i64| visit.tr(id, &[("count", number.to_string().as_str())]);
    let period = contract.notice.map(|period| match period {
        NoticePeriod::Days(days) => told("book-contract-notice-in-days", i64::from(days.days())),
        NoticePeriod::Months(months) => told("book-contract-notice-in-months", i64::from(months.months())),
    });
    (term, [period.unwrap_or_default(), notice].join(" ").trim().to_owned())
}

pub(super) async fn sentence(
    web: &Web,
    visit: &Visit,
    saved: &AnySaved,
) -> Result<(String, String), Failure> {
    if let Some(contract) = saved.record::<Contract>() {
        return Ok(contract_sentence(visit, contract));
    }
    let id = saved.id.as_str();
    let n =
        async |kind, field| lists::n_matching(web, visit, kind, vec![only(field, Operator::Is, id)]).await;
    let lead = match saved.kind {
        Kind::Person => {
            let managed = n(Kind::Account, "account_manager_id").await?;
            let negotiated = n(Kind::Account, "negotiator_id").await?;
            visit.tr("book-person-lead-ours", &[("managed", &managed), ("negotiated", &negotiated)])
        }
        Kind::Product => {
            visit.tr("book-product-lead", &[("count", &n(Kind::ContractLine, "product_id").await?)])
        }
        Kind::LineOfBusiness => {
            let teams = n(Kind::Team, "line_of_business_id").await?;
            let products = n(Kind::Product, "line_of_business_id").await?;
            visit.tr("book-line-of-business-lead", &[("teams", &teams), ("products", &products)])
        }
        Kind::Team => visit.tr("book-team-lead", &[("count", &n(Kind::Person, "team_id").await?)]),
        other => visit.t(&kind_text_id(other, "form-lead")),
    };
    Ok((lead, String::new()))
}

/// Tables of what refers to the record.
pub(super) async fn related(web: &Web, visit: &Visit, saved: &AnySaved) -> Result<Vec<Value>, Failure> {
    let (id, draft) = (saved.id.as_str(), &saved.draft);
    let by = |field| vec![only(field, Operator::Is, id)];
    let mut tables = vec![];
    if saved.kind == Kind::Product {
        tables.extend(prices::of_product(web, visit, id).await?);
    }
    let asked: Vec<(&'static str, Kind, Vec<Filter>, Vec<Column>)> = match saved.kind {
        Kind::Person if draft.get("side") == Side::Provider.as_str() => vec![
            ("book-related-managed", Kind::Account, by("account_manager_id"), account_columns()),
            ("book-related-negotiated", Kind::Account, by("negotiator_id"), account_columns()),
        ],
        Kind::Product => vec![("book-related-sold", Kind::ContractLine, by("product_id"), line_columns())],
        Kind::LineOfBusiness => vec![
            ("book-related-teams", Kind::Team, by("line_of_business_id"), team_columns()),
            ("book-related-products", Kind::Product, by("line_of_business_id"), product_columns()),
        ],
        Kind::Team => vec![("book-related-people", Kind::Person, by("team_id"), lists::people())],
        _ => vec![],
    };
    for (title, kind, filters, columns) in asked {
        tables.extend(table(web, visit, title, kind, filters, columns).await?);
    }
    Ok(tables)
}

/// A plain table of the records that match; nothing when none does.
pub(super) async fn table(
    web: &Web,
    visit: &Visit,
    title: &'static str,
    kind: Kind,
    filters: Vec<Filter>,
    columns: Vec<Column>,
) -> Result<Option<Value>, Failure> {
    let def = book::list(web.ctx(), &visit.actor, kind);
    let query = ListQuery { filters, limit: MOST_ROWS, ..ListQuery::default() };
    let page = mandate_app::lists::show_list(web.ctx(), &visit.actor, Action::ReadBook, &def, &query).await?;
    if page.rows.is_empty() {
        return Ok(None);
    }
    let columns: Vec<Column> = columns.into_iter().filter(|column| column.shown).collect();
    let rows: Vec<Vec<CellView>> = page
        .rows
        .iter()
        .map(|row| {
            let reader = RowReader::new(&def, row);
            columns.iter().map(|column| (column.cell)(visit, &reader)).collect()
        })
        .collect();
    let heads: Vec<Value> = columns
        .iter()
        .map(|column| context! { text => visit.t(column.head), num => column.numeric, lo => column.low })
        .collect();
    let n_shown = i64::try_from(rows.len()).unwrap_or(0);
    let more = (page.n_rows > n_shown).then(|| {
        visit.tr("book-related-more", &[("shown", &n_shown.to_string()), ("count", &page.n_rows.to_string())])
    });
    let title = visit.t(title);
    Ok(Some(context! { title => title, heads => heads, rows => view(rows), more => more }))
}

fn account_columns() -> Vec<Column> {
    vec![
        column("name", "field-name", |_, row| {
            CellView::name(row.text("name"), href(Kind::Account, row.key())).sub(row.text("industry"))
        }),
        column("tier", "field-tier", |visit, row| {
            CellView::text(visit.t(&choice_text_id("tier", row.text("tier"))))
        }),
        Column { numeric: true, ..column("annual_value", "field-annual-value", worth_cell) },
        column("renews_or_ends_on", "field-renews-or-ends-on", turn_cell),
    ]
}

fn line_columns() -> Vec<Column> {
    vec![
        column("contract", "field-contract", |_, row| {
            CellView::name(row.text("contract"), href(Kind::Contract, row.text("contract_id")))
                .sub(row.text("account"))
        }),
        Column {
            numeric: true,
            ..column("annual_volume", "field-annual-volume", |visit, row| {
                let volume = row.integer("annual_volume").unwrap_or(0);
                CellView::text(visit.number(volume))
                    .sub(visit.tr("book-unit-a-year", &[("unit", row.text("unit"))]))
            })
        },
        Column {
            numeric: true,
            ..column("unit_price", "field-unit-price", |visit, row| {
                let per = prices::per_text(visit, row.integer("price_per").unwrap_or(1), row.text("unit"));
                let money = row.money("unit_price", "currency");
                money.map_or_else(CellView::none, |money| {
                    CellView::figure(visit.formats.money(money)).sub(per)
                })
            })
        },
    ]
}

fn team_columns() -> Vec<Column> {
    vec![
        column("name", "field-name", |_, row| CellView::name(row.text("name"), href(Kind::Team, row.key()))),
        column("lead", "field-lead", |_, row| match row.text_or_none("lead_id") {
            Some(id) => CellView::text(row.text("lead")).link(href(Kind::Person, id)),
            None => CellView::none(),
        }),
        Column {
            numeric: true,
            ..column("n_people", "field-n-people", |visit, row| {
                CellView::text(visit.number(row.integer("n_people").unwrap_or(0)))
            })
        },
    ]
}

fn product_columns() -> Vec<Column> {
    vec![
        column("name", "field-name", |visit, row| {
            CellView::name(row.text("name"), href(Kind::Product, row.key()))
                .sub(visit.tr("book-per-unit", &[("unit", row.text("unit"))]))
        }),
        column("product_manager", "field-product-manager", |_, row| {
            match row.text_or_none("product_manager_id") {
                Some(id) => CellView::text(row.text("product_manager")).link(href(Kind::Person, id)),
                None => CellView::none(),
            }
        }),
    ]
}
