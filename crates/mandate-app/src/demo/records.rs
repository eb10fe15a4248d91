//! The demo's book as records: every row of the tables with an id of its own, marked as demo.
//!
//! Keys of the tables become the firm's own ids with `demo-` before them, so that nothing of a firm's own is touched.
//! Not here: what belongs to facts (`fact_records`), and the order of storing (`load`).

use std::collections::BTreeMap;

use mandate_domain::book::{
    Account, CandidNote, Contract, ContractKind, ContractLine, LineOfBusiness, Person, PersonRole, Product,
    Saved, Side, Team, Tier, note_text,
};
use mandate_domain::identity::{Role, User, UserState};
use mandate_domain::{Currency, Id, Instant, Labeled, Purpose};
use mandate_store::identity::StoredUser;

use super::book::DemoBook;
use super::relative::relative_date;
use super::tables::{AccountRow, TableError, Tables};
use crate::ctx::Ctx;

/// Ids by key, one map a kind.
#[derive(Debug, Default)]
pub(super) struct Ids {
    pub lines: BTreeMap<String, Id<LineOfBusiness>>,
    pub teams: BTreeMap<String, Id<Team>>,
    pub products: BTreeMap<String, Id<Product>>,
    pub accounts: BTreeMap<String, Id<Account>>,
    pub people: BTreeMap<String, Id<Person>>,
    pub contracts: BTreeMap<String, Id<Contract>>,
}

/// The book's records, in the order in which they refer to each other.
#[derive(Debug)]
pub(super) struct Records {
    pub lines: Vec<Saved<LineOfBusiness>>,
    pub teams: Vec<Saved<Team>>,
    pub products: Vec<Saved<Product>>,
    pub accounts: Vec<Saved<Account>>,
    pub people: Vec<Saved<Person>>,
    pub contracts: Vec<Saved<Contract>>,
    pub contract_lines: Vec<Saved<ContractLine>>,
    pub users: Vec<StoredUser>,
    pub candid_notes: Vec<CandidNote>,
    /// Who of ours works on which account.
    pub working: Vec<Working>,
}

/// An account with those of ours who work on it.
pub(super) type Working = (Id<Account>, Vec<(Id<Person>, PersonRole)>);

/// The firm's own id of a demo record.
pub(super) fn external_id(key: &str) -> String {
    format!("demo-{key}")
}

/// Looks a key up; the tables were checked, so a miss names the table at fault.
pub(super) fn find<T>(
    ids: &BTreeMap<String, Id<T>>,
    table: &'static str,
    key: &str,
    expected: &'static str,
) -> Result<Id<T>, TableError> {
    ids.get(key).cloned().ok_or_else(|| TableError::cell(table, key, expected))
}

/// As [`find`]; an empty cell is nobody.
pub(super) fn find_optional<T>(
    ids: &BTreeMap<String, Id<T>>,
    table: &'static str,
    key: &str,
    expected: &'static str,
) -> Result<Option<Id<T>>, TableError> {
    if key.is_empty() { Ok(None) } else { find(ids, table, key, expected).map(Some) }
}

impl Ids {
    /// Fresh ids for every row.
    pub(super) fn new(ctx: &Ctx, tables: &Tables) -> Self {
        macro_rules! fresh {
            ($($rows:expr),*) => {
                [$($rows.iter().map(|row| row.key.clone()).collect::<Vec<String>>()),*]
                    .concat().into_iter().map(|key| (key, ctx.new_id())).collect()
            };
        }
        Self {
            lines: fresh!(tables.lines),
            teams: fresh!(tables.teams),
            products: fresh!(tables.products),
            accounts: fresh!(tables.accounts),
            people: fresh!(tables.our_people, tables.client_people),
            contracts: fresh!(tables.contracts),
        }
    }
}

impl Records {
    /// The records of `book`, with `ids` by key and fresh ids for what nothing refers to.
    pub(super) fn new(ctx: &Ctx, book: &DemoBook, ids: &Ids) -> Result<Self, TableError> {
        let make = Make { ctx, book, tables: book.tables(), ids, now: ctx.now() };
        Ok(Self {
            lines: make.lines()?,
            teams: make.teams()?,
            products: make.products()?,
            accounts: make.accounts()?,
            people: make.people()?,
            contracts: make.contracts()?,
            contract_lines: make.contract_lines()?,
            users: [make.users()?, make.client_users()?].concat(),
            candid_notes: make.candid_notes()?,
            working: make.working()?,
        })
    }
}

struct Make<'a> {
    ctx: &'a Ctx,
    book: &'a DemoBook,
    tables: &'a Tables,
    ids: &'a Ids,
    now: Instant,
}

impl Make<'_> {
    fn saved<T>(&self, id: Id<T>, record: T) -> Saved<T> {
        Saved { demo: true, ..Saved::new(id, record, self.now) }
    }

    fn person(&self, table: &'static str, key: &str) -> Result<Id<Person>, TableError> {
        find(&self.ids.people, table, key, "person")
    }

    fn lines(&self) -> Result<Vec<Saved<LineOfBusiness>>, TableError> {
        let make = |row: &super::tables::LineRow| {
            let record = LineOfBusiness {
                external_id: Some(external_id(&row.key)),
                name: row.name.clone(),
                head_person_id: Some(self.person("lines_of_business.csv", &row.head)?),
            };
            Ok(self.saved(find(&self.ids.lines, "lines_of_business.csv", &row.key, "line")?, record))
        };
        self.tables.lines.iter().map(make).collect()
    }

    fn teams(&self) -> Result<Vec<Saved<Team>>, TableError> {
        let make = |row: &super::tables::TeamRow| {
            let record = Team {
                external_id: Some(external_id(&row.key)),
                name: row.name.clone(),
                line_of_business_id: find_optional(&self.ids.lines, "teams.csv", &row.line, "line")?,
                lead_person_id: Some(self.person("teams.csv", &row.lead)?),
            };
            Ok(self.saved(find(&self.ids.teams, "teams.csv", &row.key, "team")?, record))
        };
        self.tables.teams.iter().map(make).collect()
    }

    fn products(&self) -> Result<Vec<Saved<Product>>, TableError> {
        let make = |row: &super::tables::ProductRow| {
            let record = Product {
                external_id: Some(external_id(&row.key)),
                name: row.name.clone(),
                unit: row.unit.clone(),
                product_manager_id: Some(self.person("products.csv", &row.manager)?),
                line_of_business_id: find_optional(&self.ids.lines, "products.csv", &row.line, "line")?,
            };
            Ok(self.saved(find(&self.ids.products, "products.csv", &row.key, "product")?, record))
        };
        self.tables.products.iter().map(make).collect()
    }

    fn accounts(&self) -> Result<Vec<Saved<Account>>, TableError> {
        let make = |row: &AccountRow| {
            let record = Account {
                external_id: Some(external_id(&row.key)),
                name: row.name.clone(),
                tier: Tier::parse(&row.tier)
                    .ok_or_else(|| TableError::cell("accounts.csv", &row.tier, "tier"))?,
                industry: row.industry.clone(),
                country: row.country.clone(),
                time_zone: row.time_zone.clone(),
                currency: currency(row)?,
                annual_value_minor: Some(self.book.annual_value_minor(&row.key)),
                parent_id: find_optional(&self.ids.accounts, "accounts.csv", &row.parent, "account")?,
                account_manager_id: Some(self.person("accounts.csv", &row.manager)?),
                negotiator_id: Some(self.person("accounts.csv", &row.negotiator)?),
                origin: Account::FROM_BOOK.to_owned(),
            };
            Ok(self.saved(find(&self.ids.accounts, "accounts.csv", &row.key, "account")?, record))
        };
        self.tables.accounts.iter().map(make).collect()
    }

    fn people(&self) -> Result<Vec<Saved<Person>>, TableError> {
        let mut people = vec![];
        for row in &self.tables.our_people {
            let record = Person {
                external_id: Some(external_id(&row.key)),
                job_title: row.job_title.clone(),
                role: PersonRole::parse(&row.role).unwrap_or(PersonRole::Other),
                email: our_email(&row.key),
                team_id: find_optional(&self.ids.teams, "our_people.csv", &row.team, "team")?,
                reports_to_id: find_optional(&self.ids.people, "our_people.csv", &row.reports_to, "person")?,
                ..Person::new(Side::Provider, &row.name)
            };
            let record = self.leaving(&row.key, record)?;
            people.push(self.saved(self.person("our_people.csv", &row.key)?, record));
        }
        for row in &self.tables.client_people {
            let record = Person {
                external_id: Some(external_id(&row.key)),
                account_id: Some(find(&self.ids.accounts, "client_people.csv", &row.account, "account")?),
                job_title: row.job_title.clone(),
                role: PersonRole::parse(&row.role)
                    .ok_or_else(|| TableError::cell("client_people.csv", &row.role, "role of a person"))?,
                email: client_email(&row.account, &row.key),
                ..Person::new(Side::Client, &row.name)
            };
            let record = self.leaving(&row.key, record)?;
            people.push(self.saved(self.person("client_people.csv", &row.key)?, record));
        }
        Ok(people)
    }

    /// The person with the day on which they left and who took over, if they left.
    fn leaving(&self, key: &str, person: Person) -> Result<Person, TableError> {
        let table = "leavers.csv";
        let Some(row) = self.tables.leavers.iter().find(|row| row.person == key) else {
            return Ok(person);
        };
        Ok(Person {
            left_on: Some(relative_date(table, &row.left_on, self.book.setting.today)?),
            successor_id: find_optional(&self.ids.people, table, &row.successor, "person")?,
            ..person
        })
    }

    fn account_of(&self, key: &str) -> Result<&AccountRow, TableError> {
        let account = self.tables.accounts.iter().find(|account| account.key == key);
        account.ok_or_else(|| TableError::cell("contracts.csv", key, "account"))
    }

    fn contracts(&self) -> Result<Vec<Saved<Contract>>, TableError> {
        let make = |contract: &super::book::DemoContract| {
            let row = &self.tables.contracts[contract.row];
            let account = self.account_of(&row.account)?;
            let record = Contract {
                external_id: Some(external_id(&row.key)),
                account_id: find(&self.ids.accounts, "contracts.csv", &row.account, "account")?,
                kind: ContractKind::parse(&row.kind)
                    .ok_or_else(|| TableError::cell("contracts.csv", &row.kind, "kind of contract"))?,
                parent_id: find_optional(&self.ids.contracts, "contracts.csv", &row.parent, "contract")?,
                title: row.title.clone(),
                time_zone: account.time_zone.clone(),
                currency: currency(account)?,
                starts_on: contract.starts_on,
                ends_on: contract.ends_on,
                renews_on: contract.renews_on,
                renewal: None,
                renewal_months: None,
                renewal_clause: String::new(),
                notice_clause: String::new(),
                notice: contract.notice,
                price_change_on: contract.price_change_on,
                price_change_clause: row.price_change_clause.clone(),
            };
            Ok(self.saved(find(&self.ids.contracts, "contracts.csv", &row.key, "contract")?, record))
        };
        self.book.contracts.iter().map(make).collect()
    }

    fn contract_lines(&self) -> Result<Vec<Saved<ContractLine>>, TableError> {
        let table = "contract_lines.csv";
        let make = |line: &super::book::DemoLine| {
            let contract = self.tables.contracts.iter().find(|contract| contract.key == line.contract);
            let contract = contract.ok_or_else(|| TableError::cell(table, &line.contract, "contract"))?;
            let record = ContractLine {
                external_id: Some(external_id(&format!("{}-{}", line.contract, line.product))),
                contract_id: find(&self.ids.contracts, table, &line.contract, "contract")?,
                product_id: find(&self.ids.products, table, &line.product, "product")?,
                currency: currency(self.account_of(&contract.account)?)?,
                annual_volume: line.annual_volume,
                price_per: line.price_per,
                unit_price_minor: line.unit_price_minor,
                list_price_minor: Some(line.list_price_minor),
                unit_cost_minor: Labeled::new(Purpose::Cost, Some(line.unit_cost_minor)),
            };
            Ok(self.saved(self.ctx.new_id(), record))
        };
        self.book.lines.iter().map(make).collect()
    }

    /// Sign-ins, one and more for each role, without passwords: an administrator issues a link.
    fn users(&self) -> Result<Vec<StoredUser>, TableError> {
        let make = |row: &super::tables::UserRow| {
            let person = self.tables.our_people.iter().find(|person| person.key == row.person);
            let person = person.ok_or_else(|| TableError::cell("users.csv", &row.person, "person"))?;
            let role =
                |word: &str| Role::parse(word).map_err(|_| TableError::cell("users.csv", word, "role"));
            let user = User {
                id: self.ctx.new_id(),
                person_id: Some(self.person("users.csv", &row.person)?),
                account_id: None,
                email: our_email(&person.key),
                display_name: person.name.clone(),
                roles: row.roles.split(' ').map(role).collect::<Result<_, _>>()?,
                locale: row.locale.clone(),
                time_zone: person.time_zone.clone(),
                single_keys: true,
                state: UserState::Active,
                demo: true,
                version: 1,
            };
            Ok(StoredUser { user, password_hash: None })
        };
        self.tables.users.iter().map(make).collect()
    }

    /// The clients' people who sign in to the portal, by links alone.
    fn client_users(&self) -> Result<Vec<StoredUser>, TableError> {
        let make = |row: &super::tables::ClientUserRow| {
            let person = self.tables.client_people.iter().find(|person| person.key == row.person);
            let person = person.ok_or_else(|| TableError::cell("client_users.csv", &row.person, "person"))?;
            let role = if row.administrator == 1 { Role::ClientAdministrator } else { Role::ClientMember };
            let user = User {
                id: self.ctx.new_id(),
                person_id: Some(self.person("client_users.csv", &row.person)?),
                account_id: Some(find(&self.ids.accounts, "client_users.csv", &row.account, "account")?),
                email: client_email(&row.account, &row.person),
                display_name: person.name.clone(),
                roles: vec![role],
                locale: row.locale.clone(),
                time_zone: self.account_of(&row.account)?.time_zone.clone(),
                single_keys: true,
                state: UserState::Active,
                demo: true,
                version: 1,
            };
            Ok(StoredUser { user, password_hash: None })
        };
        self.tables.client_users.iter().map(make).collect()
    }

    /// What was said in confidence of accounts and people.
    fn candid_notes(&self) -> Result<Vec<CandidNote>, TableError> {
        let make = |row: &super::tables::CandidNoteRow| {
            let table = "candid_notes.csv";
            let author = self.tables.our_people.iter().find(|person| person.key == row.author);
            let author = author.ok_or_else(|| TableError::cell(table, &row.author, "person"))?;
            Ok(CandidNote {
                id: self.ctx.new_id(),
                account_id: find(&self.ids.accounts, table, &row.account, "account")?,
                person_id: find_optional(&self.ids.people, table, &row.person, "person")?,
                text: note_text(&row.text).map_err(|_| TableError::cell(table, &row.text, "note"))?,
                author_id: None,
                author_name: author.name.clone(),
                demo: true,
                version: 1,
                created_at: self.now.plus_seconds(-row.days_ago * 86_400),
            })
        };
        self.tables.candid_notes.iter().map(make).collect()
    }

    /// Manager and negotiator, the product managers of what the account buys, the heads of the lines that deliver it.
    fn working(&self) -> Result<Vec<Working>, TableError> {
        let mut working = vec![];
        for account in &self.tables.accounts {
            let mut people = vec![
                (self.person("accounts.csv", &account.manager)?, PersonRole::AccountManager),
                (self.person("accounts.csv", &account.negotiator)?, PersonRole::Negotiator),
            ];
            for product in super::setting::products_of(self.tables, &account.key) {
                people.push((self.person("products.csv", &product.manager)?, PersonRole::ProductManager));
                let line = self.tables.lines.iter().find(|line| line.key == product.line);
                let line = line.ok_or_else(|| TableError::cell("products.csv", &product.line, "line"))?;
                people.push((self.person("lines_of_business.csv", &line.head)?, PersonRole::DeliveryLead));
            }
            people.sort();
            people.dedup();
            working.push((find(&self.ids.accounts, "accounts.csv", &account.key, "account")?, people));
        }
        Ok(working)
    }
}

fn our_email(key: &str) -> String {
    format!("{}@northmoor.example", key.replace('-', "."))
}

fn client_email(account: &str, key: &str) -> String {
    let name = key.strip_prefix(&format!("{account}-")).unwrap_or(key);
    format!("{}@{account}.example", name.replace('-', "."))
}

/// The currency of an account, which is that of its contracts too.
pub(super) fn currency(account: &AccountRow) -> Result<Currency, TableError> {
    Currency::parse(&account.currency)
        .map_err(|_| TableError::cell("accounts.csv", &account.currency, "currency"))
}
