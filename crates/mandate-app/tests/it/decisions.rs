//! Decision rights in use: who decides credits, prices and exclusions, by which right, for whom, and who is named else.
//!
//! One account with its manager, a sponsor, a product manager, a delivery lead and an administrator; each test grants
//! what it needs on top of the policies that come with the program.

use mandate_app::book::{self, BookError};
use mandate_app::decisions::{
    DelegationDraft, RightDraft, RightError, SHIPPED_POLICIES, SHIPPED_TESTS, change_right, confirm_right,
    delegate, end_delegation, grant_right, revoke_right, save_policies, show_policies, show_right,
};
use mandate_app::facts::credit::{CreditError, MoveDraft, move_credit};
use mandate_app::facts::exclusion::{AnswerDraft, ExclusionDraft, answer_exclusion, propose_exclusion};
use mandate_app::identity::suspend_user;
use mandate_app::{Actor, Ctx, ErrorKind, UseCaseError, Who};
use mandate_domain::Id;
use mandate_domain::audit::Origin;
use mandate_domain::book::{Account, Contract, ContractLine, Draft, Person, Product, Saved};
use mandate_domain::facts::credit::ServiceCredit;
use mandate_domain::identity::{DecisionRight, Role, User, UserState};
use mandate_store::audit::list_after;
use mandate_store::identity::{StoredUser, insert_user};
use mandate_store::reads::Scope;
use mandate_store::{StoreError, params};
use mandate_testing::{STARTED_AT, TestDb, both_databases};

use crate::book::account_draft;

/// A firm of six with one account, a contract and two products, one of which has a manager.
pub(crate) struct Firm {
    pub(crate) account: Saved<Account>,
    pub(crate) managed: Saved<ContractLine>,
    pub(crate) unmanaged: Saved<ContractLine>,
    pub(crate) ada: Actor,
    pub(crate) ben: Actor,
    pub(crate) sponsor: Actor,
    pub(crate) product_manager: Actor,
    pub(crate) lead: Actor,
    pub(crate) administrator: Actor,
}

pub(crate) async fn one_of_ours(db: &TestDb, number: u128, name: &str, roles: &[Role]) -> Actor {
    let ctx = db.ctx();
    let draft = Draft::new().with("external_id", name).with("side", "provider").with("name", name);
    let person: Saved<Person> = book::create(&ctx, &Actor::operator(), draft).await.expect("one of ours");
    let id: Id<User> = Id::new(STARTED_AT, number);
    let user = User {
        id: id.clone(),
        person_id: Some(person.id.clone()),
        account_id: None,
        email: format!("user{number}@example.com"),
        display_name: name.to_owned(),
        roles: roles.to_vec(),
        locale: "en-GB".to_owned(),
        time_zone: "UTC".to_owned(),
        single_keys: false,
        state: UserState::Active,
        demo: false,
        version: 1,
    };
    let mut tx = db.write().await;
    insert_user(&mut tx, &StoredUser { user, password_hash: None }, STARTED_AT).await.expect("a user");
    db.commit(tx).await;
    Actor {
        who: Who::User { id, name: name.to_owned(), person_id: Some(person.id) },
        roles: roles.to_vec(),
        origin: Origin::Web,
        scope: Scope::Everything,
        ..Actor::operator()
    }
}

async fn line(ctx: &Ctx, product: &str, manager: Option<&Actor>) -> Saved<ContractLine> {
    let operator = Actor::operator();
    let mut draft = Draft::new().with("external_id", product).with("name", product).with("unit", "ticket");
    if let Some(manager) = manager.and_then(Actor::person_id) {
        draft = draft.with("product_manager", manager.as_str());
    }
    book::create::<Product>(ctx, &operator, draft).await.expect("a product");
    let draft = Draft::new()
        .with("contract", "C-1")
        .with("product", product)
        .with("annual_volume", "1000")
        .with("unit_price", "100.00");
    book::create(ctx, &operator, draft).await.expect("a line")
}

pub(crate) const OTTO: &str = "
    INSERT INTO person (id, side, account_id, name, name_sort, job_title, role, email, phone, demo, version, created_at_us,
           updated_at_us)
    VALUES ($1, 'client', $2, 'Otto Reiss', 'otto reiss', '', '', '', '', 0, 1, 0, 0)";

pub(crate) async fn firm(db: &TestDb) -> Firm {
    let (ctx, operator) = (db.ctx(), Actor::operator());
    let ada = one_of_ours(db, 1, "Ada Lovelace", &[Role::AccountManager]).await;
    let ben = one_of_ours(db, 2, "Ben Okafor", &[Role::AccountManager]).await;
    let sponsor = one_of_ours(db, 3, "Ruth Adler", &[Role::Sponsor]).await;
    let product_manager = one_of_ours(db, 4, "Jane Doe", &[Role::ProductManager, Role::Negotiator]).await;
    let lead = one_of_ours(db, 5, "Lukas Kern", &[Role::DeliveryLead]).await;
    let administrator = one_of_ours(db, 6, "Ida Brandl", &[Role::Administrator]).await;
    let draft = account_draft("A-1", "Brackwell")
        .with("currency", "EUR")
        .with("account_manager", ada.person_id().expect("a person").as_str());
    let account: Saved<Account> = book::create(&ctx, &operator, draft).await.expect("an account");
    let contract = Draft::new()
        .with("external_id", "C-1")
        .with("account", "A-1")
        .with("kind", "master")
        .with("title", "Desk")
        .with("time_zone", "Europe/London")
        .with("currency", "EUR")
        .with("starts_on", "2024-04-01");
    book::create::<Contract>(&ctx, &operator, contract).await.expect("a contract");
    let mut tx = db.write().await;
    let otto: Id<Person> = Id::new(STARTED_AT, 70);
    tx.execute(OTTO, params![&otto, &account.id]).await.expect("of the client");
    db.commit(tx).await;
    let managed = line(&ctx, "Claims", Some(&product_manager)).await;
    let unmanaged = line(&ctx, "Tickets", None).await;
    Firm { account, managed, unmanaged, ada, ben, sponsor, product_manager, lead, administrator }
}

const KPI: &str = "
    INSERT INTO kpi (id, name, name_sort, cadence, assumed, demo, version, created_at_us, updated_at_us)
    VALUES ($1, 'x', 'x', 'monthly', 0, 0, 1, 0, 0)";
const RULE: &str = "
    INSERT INTO service_credit_rule (id, account_id, kpi_id, method, tiers, at_risk_cap_minor, monthly_fee_minor, currency,
           earn_back_months, clause, valid_from, demo, version, created_at_us, updated_at_us)
    VALUES ($1, $2, $3, 'attainment', '9500:500', 10000000, 100000000, 'EUR', 0, '', '2026-01', 0, 1, 0, 0)";
const CREDIT: &str = "
    INSERT INTO service_credit (id, rule_id, account_id, month, computed_minor, credit_minor, currency, state, derivation,
           reason, changed_at_us, version)
    VALUES ($1, $2, $3, '2026-10', $4, $4, 'EUR', 'proposed', '[]', '', 0, 1)";

/// A credit that the client was proposed, so that it can be agreed.
pub(crate) async fn proposed(db: &TestDb, firm: &Firm, number: u128, minor: i64) -> Id<ServiceCredit> {
    let id: Id<ServiceCredit> = Id::new(STARTED_AT, number);
    let other = Id::<ServiceCredit>::new(STARTED_AT, number + 1_000);
    let mut tx = db.write().await;
    tx.execute(KPI, params![&other]).await.expect("a measure");
    tx.execute(RULE, params![&other, &firm.account.id, &other]).await.expect("a rule");
    tx.execute(CREDIT, params![&id, &other, &firm.account.id, minor]).await.expect("a credit");
    db.commit(tx).await;
    id
}

/// Agrees a credit as Otto Reiss did; whatever stands in the way must be a decision right.
pub(crate) async fn agree(
    ctx: &Ctx,
    actor: &Actor,
    credit: &Id<ServiceCredit>,
) -> Result<ServiceCredit, CreditError> {
    let draft = MoveDraft {
        wanted: "agree".to_owned(),
        reason: "As agreed".to_owned(),
        client_person_id: Some(Id::new(STARTED_AT, 70)),
        credit_note: String::new(),
        version: 1,
    };
    let moved = move_credit(ctx, actor, credit, &draft).await;
    if let Err(error) = &moved {
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
    }
    moved
}

pub(crate) fn right(kind: &str, limit: &str) -> RightDraft {
    let day = |text: &str| Some(text.parse().expect("a day"));
    RightDraft {
        holder: "account_manager".to_owned(),
        kind: kind.to_owned(),
        limit: limit.to_owned(),
        currency: "EUR".to_owned(),
        direction: "either".to_owned(),
        accounts: "own".to_owned(),
        valid_from: day("2026-11-01"),
        valid_until: day("2027-10-31"),
        review_on: day("2027-04-30"),
        reason: "Settled where it arises".to_owned(),
        ..RightDraft::default()
    }
}

pub(crate) fn of(actor: &Actor, draft: RightDraft) -> RightDraft {
    let holder_user_id = actor.user_id().expect("a user").to_string();
    RightDraft { holder: "user".to_owned(), holder_user_id, accounts: "every".to_owned(), ..draft }
}

pub(crate) async fn moved(
    ctx: &Ctx,
    actor: &Actor,
    line: &Saved<ContractLine>,
    price: &str,
) -> Result<i64, BookError> {
    let operator = Actor::operator();
    let version = book::show(ctx, &operator, &line.id).await.expect("the line").version;
    let draft = Draft::new().with("unit_price", price);
    book::change(ctx, actor, &line.id, version, draft).await.map(|saved| saved.unit_price_minor)
}

pub(crate) fn argument(error: &dyn UseCaseError, name: &str) -> String {
    let message = error.message();
    let fields = error.fields();
    let arguments = fields.first().map_or(message.arguments, |field| field.message.arguments.clone());
    arguments.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value).unwrap_or_default()
}

/// Action, actor's name and changes of the newest audit record.
pub(crate) async fn newest_record(db: &TestDb) -> (String, String, Vec<(String, Option<String>)>) {
    let mut tx = db.read().await;
    let records = list_after(&mut tx, 0, 10_000).await.expect("the records");
    let record = records.last().expect("a record");
    let changes: Vec<serde_json::Value> = serde_json::from_str(&record.changes).expect("a list");
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let changes =
        changes.iter().map(|change| (text(&change["field"]).unwrap_or_default(), text(&change["to"])));
    (record.action.clone(), record.actor_name.clone(), changes.collect())
}

both_databases! {
    async fn a_fresh_firm_decides_by_policies_and_a_refusal_names_who_decides(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let (small, large) = (proposed(&db, &firm, 1, 250_000).await, proposed(&db, &firm, 2, 960_000).await);
        agree(&ctx, &firm.ada, &small).await.expect("a small credit on her own account");
        let changes = newest_record(&db).await.2;
        assert!(changes.contains(&("decided_by_policy".to_owned(), Some("account_manager_small_credits".to_owned()))));
        let refused = agree(&ctx, &firm.ada, &large).await.expect_err("too large");
        assert_eq!((refused.kind(), refused.message().id), (ErrorKind::Forbidden, "decision-refused"));
        assert_eq!(argument(&refused, "who"), "Ruth Adler");
        assert_eq!((argument(&refused, "amount"), argument(&refused, "most")), ("EUR 9600.00".to_owned(), "EUR 2500.00".to_owned()));
        let elsewhere = proposed(&db, &firm, 3, 100).await;
        let refused = agree(&ctx, &firm.ben, &elsewhere).await.expect_err("not his account");
        assert_eq!(argument(&refused, "who"), "Ruth Adler, Ada Lovelace");
        assert_eq!(argument(&refused, "most"), "none");
        agree(&ctx, &firm.sponsor, &large).await.expect("a sponsor decides any");
    }

    async fn a_right_covers_up_to_its_limits_and_counts_what_was_used(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let draft = RightDraft { month_limit: "12000".to_owned(), ..right("credit", "10000") };
        let granted = grant_right(&ctx, &firm.administrator, &draft).await.expect("granted");
        let credits = [
            proposed(&db, &firm, 1, 1_000_000).await,
            proposed(&db, &firm, 2, 1_000_001).await,
            proposed(&db, &firm, 3, 300_000).await,
            proposed(&db, &firm, 4, 200_000).await,
        ];
        agree(&ctx, &firm.ada, &credits[0]).await.expect("exactly the limit");
        agree(&ctx, &firm.ada, &credits[1]).await.expect_err("a cent above");
        let refused = agree(&ctx, &firm.ada, &credits[2]).await.expect_err("above what is left of the month");
        // 2,000 are left of the right; without it she decides 2,500 at once.
        assert_eq!(argument(&refused, "most"), "EUR 2500.00");
        agree(&ctx, &firm.ada, &credits[3]).await.expect("what is left");
        let page = show_right(&ctx, &firm.administrator, &granted.id).await.expect("the right");
        assert_eq!((page.summary.n_uses, page.summary.month_sum, page.summary.n_month), (2, 1_200_000, 2));
        assert_eq!((page.uses[0].decided_by_name.as_str(), page.unused), ("Ada Lovelace", false));
        assert!(matches!(show_right(&ctx, &firm.lead, &granted.id).await, Err(RightError::NotFound { .. })));
        let next_month = db.ctx_at(STARTED_AT.plus_seconds(20 * 86_400));
        agree(&next_month, &firm.ada, &credits[2]).await.expect("December begins anew");
    }

    async fn a_right_that_is_revoked_lapsed_or_expired_decides_nothing(db: TestDb) {
        let firm = firm(&db).await;
        let credit = proposed(&db, &firm, 1, 900_000).await;
        let granted = grant_right(&db.ctx(), &firm.administrator, &right("credit", "10000")).await.expect("granted");
        let at = |day: &str| db.ctx_at(format!("{day}T12:00:00Z").parse::<jiff::Timestamp>().expect("an instant").into());
        for day in ["2026-10-31", "2027-05-31", "2027-11-01"] {
            agree(&at(day), &firm.ada, &credit).await.expect_err(day);
        }
        let october = Some("2027-10-01".parse().expect("a day"));
        let confirmed = confirm_right(&at("2027-05-01"), &firm.administrator, &granted.id, 1, october).await;
        assert_eq!(confirmed.expect("confirmed").version, 2);
        let stale = revoke_right(&at("2027-06-02"), &firm.administrator, &granted.id, 1, "No longer").await;
        assert!(matches!(stale, Err(RightError::Store(StoreError::Stale { .. }))));
        revoke_right(&at("2027-06-02"), &firm.administrator, &granted.id, 2, "No longer").await.expect("revoked");
        agree(&at("2027-06-02"), &firm.ada, &credit).await.expect_err("it was revoked");
        let over = change_right(&at("2027-06-02"), &firm.administrator, &granted.id, 3, &right("credit", "1")).await;
        assert!(matches!(over, Err(RightError::Over)));
    }

    async fn every_field_of_a_right_at_fault_is_named_and_nobody_grants_their_own(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let wrong = RightDraft { limit: "much".to_owned(), accounts: "named".to_owned(), account_names: vec!["Nowhere".to_owned()], review_on: None, ..right("price", "") };
        let error = grant_right(&ctx, &firm.administrator, &wrong).await.expect_err("wrong");
        let fields: Vec<String> = error.fields().into_iter().map(|field| field.field).collect();
        assert_eq!(fields, ["limit", "accounts", "review_on"]);
        let own = grant_right(&ctx, &firm.administrator, &of(&firm.administrator, right("credit", "10"))).await;
        assert!(matches!(own, Err(RightError::OwnRight)));
        let denied = grant_right(&ctx, &firm.sponsor, &right("credit", "10")).await.expect_err("no right to grant");
        assert_eq!(denied.kind(), ErrorKind::Forbidden);
        let hours = grant_right(&ctx, &firm.administrator, &right("exclusion", "1.5")).await.expect("granted");
        let percent = grant_right(&ctx, &firm.administrator, &right("price", "2.25 %")).await.expect("granted");
        assert_eq!((hours.each.number(), percent.each.number()), (90, 225));
    }

    async fn a_price_of_an_existing_line_takes_its_manager_a_right_or_nobody_in_charge(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        assert_eq!(moved(&ctx, &firm.ada, &firm.unmanaged, "90.00").await.expect("no manager"), 9_000);
        let refused = moved(&ctx, &firm.ada, &firm.managed, "99.00").await.expect_err("it has a manager");
        assert_eq!((refused.fields()[0].field.as_str(), argument(&refused, "who")), ("unit_price", "Jane Doe".to_owned()));
        assert_eq!(argument(&refused, "amount"), "1 %");
        moved(&ctx, &firm.administrator, &firm.managed, "99.00").await.expect_err("nor the administrator");
        moved(&ctx, &firm.product_manager, &firm.managed, "80.00").await.expect("its manager");
        moved(&ctx, &firm.product_manager, &firm.managed, "100.00").await.expect("and back");
        let lower = RightDraft { direction: "lower".to_owned(), month_limit: "3".to_owned(), ..right("price", "2") };
        let lower = RightDraft { product_names: vec!["Claims".to_owned()], ..lower };
        grant_right(&ctx, &firm.administrator, &lower).await.expect("granted");
        moved(&ctx, &firm.ada, &firm.managed, "97.99").await.expect_err("2.01 %");
        moved(&ctx, &firm.ada, &firm.managed, "101.00").await.expect_err("she may not raise it");
        moved(&ctx, &firm.ada, &firm.managed, "98.00").await.expect("2 % down");
        let refused = moved(&ctx, &firm.ada, &firm.managed, "96.50").await.expect_err("1.54 % more this month");
        assert_eq!(argument(&refused, "most"), "1 %");
        let volume = Draft::new().with("annual_volume", "7");
        let version = book::show(&ctx, &firm.ada, &firm.managed.id).await.expect("the line").version;
        book::change(&ctx, &firm.ada, &firm.managed.id, version, volume).await.expect("a volume is no price");
    }

    async fn an_import_moves_prices_only_with_the_right_and_so_does_its_undoing(db: TestDb) {
        use mandate_app::book::{ImportError, ImportFile, Kind, Told, check_import, import_book, undo_book_import};
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let named = Draft::new().with("external_id", "L-1");
        book::change(&ctx, &Actor::operator(), &firm.managed.id, 1, named).await.expect("a name for the file");
        let file = |price: &str| ImportFile::new("lines.csv", format!("id,unit_price\nL-1,{price}\n").into_bytes());
        let importer = Actor { roles: vec![Role::AccountManager], ..firm.ada.clone() };
        for refused in [
            check_import(&ctx, &importer, Kind::ContractLine, &file("95.00")).await,
            import_book(&ctx, &importer, Kind::ContractLine, &file("95.00"), Told::Nobody).await,
        ] {
            let Err(ImportError::Rows(errors)) = refused else { panic!("{refused:?}") };
            assert_eq!((errors.errors[0].row, errors.errors[0].column.as_str()), (2, "unit_price"));
            assert!(errors.errors[0].text.contains("Jane Doe"), "{}", errors.errors[0].text);
        }
        grant_right(&ctx, &firm.administrator, &right("price", "5")).await.expect("granted");
        let report = import_book(&ctx, &importer, Kind::ContractLine, &file("95.00"), Told::Nobody).await.expect("now");
        // Back up is 5.27 % of 95, more than the right covers.
        let batch = report.batch_id.expect("a batch");
        let refused = undo_book_import(&ctx, &importer, &batch).await.expect_err("it moves a price too");
        assert_eq!((refused.kind(), refused.message().id), (ErrorKind::Forbidden, "decision-refused"));
        assert_eq!(book::show(&ctx, &importer, &firm.managed.id).await.expect("the line").unit_price_minor, 9_500);
        undo_book_import(&ctx, &Actor::operator(), &batch).await.expect("the operator is exempt");
        let mut tx = db.read().await;
        let exempt = "SELECT COUNT(*) FROM decision_use WHERE policy = 'operator' AND amount = $1";
        let n = tx.fetch_one(exempt, params![527_i64]).await.expect("a count").int(0).expect("a number");
        assert_eq!(n, 1, "and on record");
    }

    async fn our_side_agrees_exclusions_within_a_limit_and_the_client_as_it_likes(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let proposal = |side: &str, days: i8| ExclusionDraft {
            side: side.to_owned(),
            client_person_id: Some(Id::new(STARTED_AT, 70)),
            from: Some(jiff::civil::date(2026, 10, 1).at(0, 0, 0, 0)),
            until: Some(jiff::civil::date(2026, 10, 1 + days).at(0, 0, 0, 0)),
            ground: "planned_work".to_owned(),
            note: "Move of the server room".to_owned(),
            ..ExclusionDraft::default()
        };
        let answer = |side: &str, answer: &str| AnswerDraft {
            answer: answer.to_owned(),
            side: side.to_owned(),
            client_person_id: Some(Id::new(STARTED_AT, 70)),
            note: "Not so".to_owned(),
            version: 1,
        };
        let week = propose_exclusion(&ctx, &firm.lead, &firm.account.id, &proposal("client", 7)).await.expect("proposed");
        answer_exclusion(&ctx, &firm.lead, &week.id, &answer("provider", "agree")).await.expect("a week");
        let longer = propose_exclusion(&ctx, &firm.lead, &firm.account.id, &proposal("client", 8)).await.expect("proposed");
        let refused = answer_exclusion(&ctx, &firm.lead, &longer.id, &answer("provider", "agree")).await.expect_err("eight days");
        assert_eq!((refused.kind(), refused.message().id), (ErrorKind::Forbidden, "decision-refused-nobody"));
        assert_eq!(argument(&refused, "administrators"), "Ida Brandl");
        answer_exclusion(&ctx, &firm.lead, &longer.id, &answer("provider", "refuse")).await.expect("a refusal decides nothing");
        let ours = propose_exclusion(&ctx, &firm.lead, &firm.account.id, &proposal("provider", 8)).await.expect("proposed");
        answer_exclusion(&ctx, &firm.lead, &ours.id, &answer("client", "agree")).await.expect("the client's own word");
        let right = of(&firm.lead, right("exclusion", "192"));
        grant_right(&ctx, &firm.administrator, &right).await.expect("eight days");
        let third = propose_exclusion(&ctx, &firm.lead, &firm.account.id, &proposal("client", 8)).await.expect("proposed");
        answer_exclusion(&ctx, &firm.lead, &third.id, &answer("provider", "agree")).await.expect("by the right");
    }

    async fn a_substitute_decides_with_the_absent_ones_rights_under_both_names(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        grant_right(&ctx, &firm.administrator, &right("credit", "10000")).await.expect("the manager's right");
        let credits = [proposed(&db, &firm, 1, 900_000).await, proposed(&db, &firm, 2, 900_000).await];
        agree(&ctx, &firm.ben, &credits[0]).await.expect_err("not his account");
        let draft = DelegationDraft {
            substitute_user_id: firm.ben.user_id().expect("a user").to_string(),
            from_on: Some("2026-11-20".parse().expect("a day")),
            until_on: Some("2026-11-30".parse().expect("a day")),
            reason: "Leave".to_owned(),
            ..DelegationDraft::default()
        };
        let made = delegate(&ctx, &firm.ada, &draft).await.expect("named");
        agree(&ctx, &firm.ben, &credits[0]).await.expect("for Ada");
        let (action, name, changes) = newest_record(&db).await;
        assert_eq!((action.as_str(), name.as_str()), ("credit.agreed", "Ben Okafor for Ada Lovelace"));
        assert!(changes.iter().any(|(field, _)| field == "decided_by_right"));
        // What Ben holds for Ada he cannot hand on.
        let cara = one_of_ours(&db, 7, "Cara Lind", &[Role::AccountManager]).await;
        let substitute_user_id = cara.user_id().expect("a user").to_string();
        let on = DelegationDraft { substitute_user_id, kinds: vec!["credit".to_owned()], ..draft.clone() };
        delegate(&ctx, &firm.ben, &on).await.expect("his own rights only");
        agree(&ctx, &cara, &credits[1]).await.expect_err("not Ada's");
        let lead = DelegationDraft { substitute_user_id: firm.lead.user_id().expect("a user").to_string(), kinds: vec!["credit".to_owned()], ..draft.clone() };
        let refused = delegate(&ctx, &firm.ada, &lead).await.expect_err("his roles decide no credits");
        assert_eq!(refused.fields()[0].message.id, "delegation-problem-role");
        let for_ada = DelegationDraft { absent_user_id: firm.ada.user_id().expect("a user").to_string(), ..draft };
        let denied = delegate(&ctx, &firm.ben, &for_ada).await.expect_err("not his to name hers");
        assert_eq!(denied.kind(), ErrorKind::Forbidden);
        assert!(matches!(end_delegation(&ctx, &firm.lead, &made.delegation.id, 1).await, Err(RightError::NotFound { .. })));
        end_delegation(&ctx, &firm.ada, &made.delegation.id, 1).await.expect("she is back");
        agree(&ctx, &firm.ben, &credits[1]).await.expect_err("it ended");
    }

    async fn suspending_the_absent_one_ends_what_they_handed_on(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let credit = proposed(&db, &firm, 1, 9_000_000).await;
        let ben = Actor { roles: vec![Role::AccountManager], ..firm.ben.clone() };
        let draft = DelegationDraft {
            absent_user_id: firm.sponsor.user_id().expect("a user").to_string(),
            substitute_user_id: ben.user_id().expect("a user").to_string(),
            from_on: Some("2026-11-01".parse().expect("a day")),
            until_on: Some("2026-12-30".parse().expect("a day")),
            kinds: vec!["credit".to_owned()],
            reason: String::new(),
        };
        delegate(&ctx, &firm.administrator, &draft).await.expect("named by the administrator");
        suspend_user(&ctx, &firm.administrator, "user3@example.com").await.expect("suspended");
        agree(&ctx, &ben, &credit).await.expect_err("the sponsor is suspended");
    }

    async fn policies_are_edited_in_versions_and_decide_at_once(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let credit = proposed(&db, &firm, 1, 200_000).await;
        let tightened = SHIPPED_POLICIES.replace("context.amount <= 250000 &&", "context.amount <= 100000 &&");
        let failed = save_policies(&ctx, &firm.administrator, 0, (&tightened, SHIPPED_TESTS), "Tighter").await;
        assert_eq!(failed.expect_err("a test expects 2,500").fields()[0].field, "tests");
        let tests = SHIPPED_TESTS.replace("amount=250000", "amount=100000").replace("used=250", "used=400");
        save_policies(&ctx, &firm.sponsor, 0, (&tightened, &tests), "Tighter").await.expect_err("no right");
        assert_eq!(save_policies(&ctx, &firm.administrator, 0, (&tightened, &tests), "Tighter").await.expect("kept"), 1);
        let refused = agree(&ctx, &firm.ada, &credit).await.expect_err("2,000 is too much now");
        assert_eq!(argument(&refused, "most"), "EUR 1000.00");
        let stale = save_policies(&ctx, &firm.administrator, 0, (SHIPPED_POLICIES, SHIPPED_TESTS), "Back").await;
        assert!(matches!(stale, Err(RightError::Store(StoreError::Stale { .. }))));
        let page = show_policies(&ctx, &firm.sponsor).await.expect("the policies");
        assert_eq!((page.version, page.saved.len(), page.lines.len()), (1, 1, 7));
    }

    async fn what_a_right_is_today_is_the_same_in_the_list_and_in_the_rule(db: TestDb) {
        use mandate_app::decisions::rights_list;
        use mandate_app::listing::ListQuery;
        use mandate_app::lists::show_list;
        let firm = firm(&db).await;
        grant_right(&db.ctx(), &firm.administrator, &right("credit", "10000")).await.expect("granted");
        let mut seen = vec![];
        for day in ["2026-10-31", "2026-11-01", "2027-04-30", "2027-05-30", "2027-05-31", "2027-10-31", "2027-11-01"] {
            let ctx = db.ctx_at(format!("{day}T12:00:00Z").parse::<jiff::Timestamp>().expect("an instant").into());
            let def = rights_list(&ctx);
            let query = ListQuery { limit: 10, ..ListQuery::default() };
            let page = show_list(&ctx, &firm.administrator, mandate_app::Action::ReadRights, &def, &query).await.expect("the list");
            let at = def.fields.iter().position(|field| field.name == "standing").expect("the field");
            let listed = page.rows[0].cells[at].text().expect("a word").to_owned();
            let id: Id<DecisionRight> = Id::parse(&page.rows[0].key).expect("an id");
            let rule = show_right(&ctx, &firm.administrator, &id).await.expect("the right").standing.as_str();
            assert_eq!(listed, rule, "{day}");
            seen.push(listed);
        }
        assert_eq!(seen, ["not_yet", "in_force", "review_due", "review_due", "lapsed", "lapsed", "expired"]);
    }

    async fn an_unused_right_shows_after_ninety_days(db: TestDb) {
        let firm = firm(&db).await;
        let granted = grant_right(&db.ctx(), &firm.administrator, &right("credit", "10000")).await.expect("granted");
        let unused = async |day: &str| {
            let ctx = db.ctx_at(format!("{day}T12:00:00Z").parse::<jiff::Timestamp>().expect("an instant").into());
            show_right(&ctx, &firm.administrator, &granted.id).await.expect("the right").unused
        };
        assert!(!unused("2027-01-30").await, "ninety days after 1 November");
        assert!(unused("2027-01-31").await);
    }
}
