//! The frame every page of one account shares: header, state in a sentence, tabs. Each tab is its own page of its room.

use mandate_app::Action;
use mandate_app::book::{AccountPage, ContractWithLines, account_page};
use mandate_domain::Id;
use mandate_domain::book::{Account, Contract, Tier, Turn};
use minijinja::{Value, context};

use crate::failure::{Failure, path_id};
use crate::frame::{Page, Visit, initials};
use crate::state::Web;
use crate::table::{CellView, RowReader};

/// One account as its pages' frame shows it.
pub struct AccountFrame {
    /// Its id.
    pub id: Id<Account>,
    /// The account with its people and contracts.
    pub record: AccountPage,
}

/// Loads the account named in an address; not found when the reader may not see it.
///
/// # Errors
/// [`Failure`] as a page that says so.
pub async fn load(web: &Web, visit: &Visit, id: &str) -> Result<AccountFrame, Failure> {
    let id = path_id(id)?;
    let record = account_page(web.ctx(), &visit.actor, &id).await?;
    Ok(AccountFrame { id, record })
}

/// The tabs: key, message id, path below the account.
const TABS: [(&str, &str, &str); 16] = [
    ("overview", "account-tab-overview", ""),
    ("timeline", "account-tab-timeline", "/timeline"),
    ("promises", "account-tab-promises", "/promises"),
    ("measures", "account-tab-measures", "/measures"),
    ("cases", "account-tab-cases", "/cases"),
    ("exclusions", "account-tab-exclusions", "/exclusions"),
    ("credits", "account-tab-credits", "/credits"),
    ("decisions", "account-tab-decisions", "/decisions"),
    ("contracts", "account-tab-contracts", "/contracts"),
    ("growth", "account-tab-growth", "/growth"),
    ("people", "account-tab-people", "/people"),
    ("manager", "account-tab-manager", "/manager"),
    ("fit", "account-tab-fit", "/fit"),
    ("portal", "account-tab-portal", "/portal"),
    ("notes", "account-tab-notes", "/notes"),
    ("history", "account-tab-history", "/history"),
];

/// Tabs that light mode leaves to "More of this account".
const BEYOND_LIGHT: [&str; 6] = ["cases", "exclusions", "credits", "decisions", "growth", "history"];

impl AccountFrame {
    /// The account's name.
    pub fn name(&self) -> &str {
        &self.record.account.name
    }

    /// The path of its first page.
    pub fn path(&self) -> String {
        format!("/accounts/{}", self.id)
    }

    /// The page of `tab`, with the breadcrumb that leads to it.
    pub fn page(&self, visit: &Visit, tab: &str) -> Page {
        let portfolio = visit.t("nav-portfolio");
        if tab == "overview" {
            return Page::new(self.name(), "nav-portfolio").crumb(portfolio, "/portfolio");
        }
        let title = visit.t(&format!("account-tab-{tab}"));
        Page::new(title, "nav-portfolio").crumb(portfolio, "/portfolio").crumb(self.name(), self.path())
    }

    /// What the templates of an account need beside their own: `account` with name, path, badges, tabs, strip.
    pub fn view(&self, visit: &Visit, tab: &str) -> Value {
        let account = &self.record.account;
        let mut badges = vec![];
        if account.tier == Tier::Key {
            badges.push(context! { tag => visit.t("tier-key") });
        }
        if account.demo {
            badges.push(context! { tag => visit.t("demo-tag") });
        }
        let (more, tabs): (Vec<_>, Vec<_>) = TABS
            .iter()
            // That there may be notes is told to those only who may read them.
            .filter(|(key, ..)| *key != "notes" || visit.may(Action::ReadCandid))
            .partition(|(key, ..)| visit.is_light() && *key != tab && BEYOND_LIGHT.contains(key));
        let view = |tabs: Vec<&(&str, &str, &str)>| -> Vec<Value> {
            let view = |(key, text, path): &&(&str, &str, &str)| {
                context! { text => visit.t(text), href => format!("{}{path}", self.path()), current => *key == tab }
            };
            tabs.iter().map(view).collect()
        };
        context! {
            id => self.id.to_string(), name => account.name.clone(), path => self.path(), badges => badges, tabs => view(tabs), more_tabs => view(more),
            tabs_label => visit.t("account-tabs"), strip => self.strip(visit),
        }
    }

    /// Where a value comes from that nobody stated, and what it leaves out.
    fn value_note(&self, visit: &Visit, is_from_contracts: bool) -> Option<String> {
        let (record, today) = (&self.record, visit.today);
        if record.account.annual_value().is_some() {
            return None;
        }
        let runs = |it: &Contract| it.starts_on <= today && !it.has_ended(today);
        let running = record.contracts.iter().filter(|it| runs(&it.contract));
        let n: usize = running.map(ContractWithLines::n_without_volume).sum();
        let from = is_from_contracts.then(|| visit.t("value-from-contracts"));
        let without = (n > 0).then(|| visit.tr("value-without-volume", &[("count", &n.to_string())]));
        Some([from, without].into_iter().flatten().collect::<Vec<_>>().join(", ")).filter(|it| !it.is_empty())
    }

    fn strip(&self, visit: &Visit) -> Value {
        let record = &self.record;
        let account = &record.account;
        let not_stated = || visit.t("not-stated");
        let person = |person: &Option<mandate_app::book::PersonName>, label: &str| {
            let face =
                person.as_ref().map(|it| context! { initials => initials(&it.name), side => "provider" });
            let name = person.as_ref().map_or_else(|| visit.t("nobody-yet"), |it| it.name.clone());
            context! { label => visit.t(label), value => name, person => face }
        };
        // All currencies of its contracts have room here; the lists say how many they leave out.
        let by_contracts: Vec<String> = record.contract_values.iter().map(|it| visit.money(*it)).collect();
        let value_note = self.value_note(visit, !by_contracts.is_empty());
        let value = match record.worth.value.filter(|_| by_contracts.is_empty()) {
            Some(value) => visit.money(value),
            None if by_contracts.is_empty() => not_stated(),
            None => by_contracts.join(" · "),
        };
        let notice =
            record.next_notice_on.map(|day| visit.tr("account-notice-by", &[("day", &visit.date(day))]));
        let next = match record.next_turn {
            Some(turn) => turn_text(visit, turn),
            None if record.has_open_end => visit.t("turn-open"),
            None => not_stated(),
        };
        let told = |label: &str, text: &str| {
            (!text.is_empty()).then(|| context! { label => visit.t(label), value => text })
        };
        let parent = record.parent.as_ref().map(|(id, name)| {
            context! { label => visit.t("field-parent"), value => name, href => format!("/accounts/{id}") }
        });
        let known = [
            parent,
            told("field-industry", &account.industry),
            told("field-country", &account.country),
            told("field-external-id", account.external_id.as_deref().unwrap_or_default()),
        ];
        let always = vec![
            context! { label => visit.t("field-annual-value"), value => value, note => value_note },
            context! {
                label => visit.t("field-renews-or-ends-on"), value => next, note => notice,
            },
            person(&record.account_manager, "field-account-manager"),
            person(&record.negotiator, "field-negotiator"),
            context! { label => visit.t("field-time-zone"), value => account.time_zone.clone() },
        ];
        Value::from(always.into_iter().chain(known.into_iter().flatten()).collect::<Vec<_>>())
    }
}

/// "ends 31 Mar 2027" or "renews 1 Apr 2027".
pub(crate) fn turn_text(visit: &Visit, turn: Turn) -> String {
    let id = if turn.is_end() { "turn-ends" } else { "turn-renews" };
    visit.tr(id, &[("day", &visit.date(turn.day()))])
}

/// The cell of a list whose rows have `renews_or_ends_on` and `renews_or_ends`.
pub(crate) fn turn_cell(visit: &Visit, row: &RowReader<'_>) -> CellView {
    let turn = row.date("renews_or_ends_on").map(|day| match row.text("renews_or_ends") {
        "ends" => Turn::Ends(day),
        _ => Turn::Renews(day),
    });
    turn.map_or_else(CellView::none, |turn| CellView::text(turn_text(visit, turn)))
}
