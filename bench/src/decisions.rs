//! Benchmark of decision rights: 4,000 granted rights, one decision at a time, beside Cedar with a policy for each right.
//!
//!     bench-decisions [--rights 4000] [--decisions 200000] [--peer 1000]
//!
//! Prints a table on stderr and JSON on stdout. "In memory" starts with who asks, the account and the rights that this
//! person has there, and ends with the answer; what policies may know of people, accounts and rights was made before, as
//! it was for the peer. In "made anew" it is made for each decision, as where rights come out of a database. "In a
//! transaction" is the product's own function on a SQLite file, which finds all of that itself. Answers of all of them
//! are compared with plain ifs.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::str::FromStr;
use std::time::Instant as WallClock;

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicyId, PolicySet, Request,
    RestrictedExpression as Value,
};
use jiff::civil::{Date, date};
use mandate_app::decisions::{DecideError, Decision, Known, Policies, Question, SHIPPED_POLICIES, decide};
use mandate_app::{Actor, Who};
use mandate_domain::audit::Origin;
use mandate_domain::book::{Draft, Person, Product, Tier};
use mandate_domain::identity::{
    AccountReach, Amount, Decider, DecisionKind, DecisionRight, Holder, PriceDirection, RightState, Role,
    User, UserState,
};
use mandate_domain::{Currency, Id};
use mandate_store::identity::{StoredUser, insert_right, insert_user};
use mandate_store::reads::decisions::{DecidedAccount, DecidedProduct};
use mandate_testing::{STARTED_AT, TestDb, run_on_sqlite};

/// The product's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const N_ACCOUNTS: usize = 400;
const N_PEOPLE: usize = 200;
const TODAY: Date = date(2026, 11, 21);
/// Goals of one decision in memory, in microseconds.
const GOAL_US: (f64, f64) = (15.0, 50.0);

/// SplitMix64: the same seed gives the same decisions everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % n as u64) as usize
    }
}

struct World {
    people: Vec<Decider>,
    accounts: Vec<DecidedAccount>,
    product: DecidedProduct,
    rights: Vec<DecisionRight>,
    /// By account, holder and kind, the tightest first: what the product's index finds.
    slices: HashMap<(usize, usize, DecisionKind), Vec<DecisionRight>>,
}

#[derive(Clone, Copy)]
struct Asked {
    person: usize,
    account: usize,
    amount: Amount,
}

fn id<T>(kind: u128, number: usize) -> Id<T> {
    Id::new(STARTED_AT, (kind << 64) | number as u128)
}

fn amount(kind: DecisionKind, number: i64) -> Amount {
    Amount::of(kind, number, Some(Currency::EUR))
}

impl World {
    /// Ten rights an account, each of one person, with limits of their own.
    fn new(n_rights: usize, random: &mut Random) -> Self {
        let people: Vec<Decider> = (0..N_PEOPLE)
            .map(|number| Decider {
                id: id::<User>(1, number).to_string(),
                name: format!("Person {number}"),
                person_id: Some(id(2, number)),
                roles: vec![[Role::AccountManager, Role::DeliveryLead, Role::Negotiator][number % 3]],
                walled: false,
            })
            .collect();
        let accounts = (0..N_ACCOUNTS)
            .map(|number| {
                let manager: Id<Person> = id(2, number % N_PEOPLE / 3 * 3);
                DecidedAccount {
                    id: id(3, number),
                    name: format!("Account {number}"),
                    tier: Tier::ALL[number % Tier::ALL.len()],
                    time_zone: "UTC".to_owned(),
                    currency: Currency::EUR,
                    people: BTreeSet::from([manager.to_string()]),
                    manager_id: Some(manager),
                    manager_name: None,
                    negotiator_id: None,
                }
            })
            .collect();
        let product = DecidedProduct {
            id: id(4, 0),
            name: "Claims".to_owned(),
            manager_id: Some(id(2, 1)),
            manager_name: None,
        };
        let mut world = Self { people, accounts, product, rights: vec![], slices: HashMap::new() };
        for number in 0..n_rights {
            let (account, person) = (number % N_ACCOUNTS, random.below(N_PEOPLE));
            let kind = DecisionKind::ALL[random.below(DecisionKind::ALL.len())];
            let right = DecisionRight {
                id: id(5, number),
                holder: Holder::User(id(1, person)),
                each: amount(kind, 1_000 + random.below(900_000) as i64),
                a_month: None,
                direction: PriceDirection::Either,
                accounts: AccountReach::Named(vec![world.accounts[account].id.clone()]),
                products: vec![],
                valid_from: date(2026, 1, 1),
                valid_until: date(2027, 6, 30),
                review_on: date(2027, 1, 31),
                granted_by: "operator".to_owned(),
                confirmed_by: String::new(),
                reason: String::new(),
                state: RightState::Active,
                demo: false,
                version: 1,
            };
            world.slices.entry((account, person, kind)).or_default().push(right.clone());
            world.rights.push(right);
        }
        for slice in world.slices.values_mut() {
            slice.sort_by_key(|right| (right.each.number(), right.id.to_string()));
        }
        world
    }

    /// Seven of ten by somebody with a right there, the rest by anybody.
    fn ask(&self, random: &mut Random) -> Asked {
        let right = &self.rights[random.below(self.rights.len())];
        let (AccountReach::Named(named), Holder::User(user)) = (&right.accounts, &right.holder) else {
            unreachable!("rights here are of one person on one account");
        };
        let account = self.accounts.iter().position(|account| account.id == named[0]).unwrap_or(0);
        let holder = self.people.iter().position(|person| person.id == user.as_str()).unwrap_or(0);
        let person = if random.below(10) < 7 { holder } else { random.below(N_PEOPLE) };
        let kind = right.kind();
        Asked { person, account, amount: amount(kind, 1 + random.below(1_000_000) as i64) }
    }

    fn product(&self, asked: Asked) -> Option<&DecidedProduct> {
        (asked.amount.kind() == DecisionKind::Price).then_some(&self.product)
    }

    fn slice(&self, asked: Asked) -> &[DecisionRight] {
        self.slices.get(&(asked.account, asked.person, asked.amount.kind())).map_or(&[], Vec::as_slice)
    }

    /// Each right of the slice, then without one: the loop of the product's desk.
    fn decide(&self, policies: &Policies, asked: Asked, known: &Known) -> bool {
        let rights = self.slice(asked).iter().map(Some).chain([None]);
        let mut verdicts = rights.map(|right| policies.ask_knowing(&self.question(asked, right), known));
        verdicts.any(|verdict| verdict.is_allowed())
    }

    fn known_of(&self, asked: Asked) -> Known {
        let (person, account) = (&self.people[asked.person], &self.accounts[asked.account]);
        Known::of([person], [account], self.product(asked), self.slice(asked)).expect("in their words")
    }

    fn question<'a>(&'a self, asked: Asked, right: Option<&'a DecisionRight>) -> Question<'a> {
        Question {
            decider: &self.people[asked.person],
            substitute: false,
            account: &self.accounts[asked.account],
            product: self.product(asked),
            amount: asked.amount,
            direction: PriceDirection::Lower,
            today: TODAY,
            right,
            used_this_month: 0,
        }
    }

    /// The same in plain ifs.
    fn by_ifs(&self, asked: Asked) -> bool {
        let (person, account, number) =
            (&self.people[asked.person], &self.accounts[asked.account], asked.amount.number());
        if self.slice(asked).iter().any(|right| number <= right.each.number()) {
            return true;
        }
        let has = |role: Role| person.roles.contains(&role);
        match asked.amount.kind() {
            DecisionKind::Credit => {
                has(Role::AccountManager) && person.person_id == account.manager_id && number <= 250_000
            }
            DecisionKind::Price => person.person_id == self.product.manager_id,
            DecisionKind::Exclusion => {
                (has(Role::AccountManager) || has(Role::DeliveryLead)) && number <= 10_080
            }
        }
    }
}

/// Cedar with a policy for each right, beside the shipped policies that take none.
struct Peer {
    set: PolicySet,
    entities: Entities,
    authorizer: Authorizer,
}

fn uid(kind: &str, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(EntityTypeName::from_str(kind).expect("a name"), EntityId::new(id))
}

fn text(text: &str) -> Value {
    Value::new_string(text.to_owned())
}

fn days(date_: Date) -> i64 {
    (date_ - date(1970, 1, 1)).get_days().into()
}

impl Peer {
    fn new(world: &World) -> Self {
        let mut set = PolicySet::new();
        for policy in PolicySet::from_str(SHIPPED_POLICIES).expect("the shipped policies").policies() {
            let name = policy.annotation("id").unwrap_or_default().to_owned();
            if name != "granted_right" && name != "right_out_of_time" {
                set.add(policy.new_id(PolicyId::new(name))).expect("a name of its own");
            }
        }
        let mut granted = String::new();
        for right in &world.rights {
            let (AccountReach::Named(named), Holder::User(user)) = (&right.accounts, &right.holder) else {
                continue;
            };
            granted += &format!(
                "permit (principal == User::\"{user}\", action == Action::\"{}\", resource == Account::\"{}\") when {{ \
                 context.amount <= {} && context.currency == \"{}\" && context.day >= {} && context.day <= {} }};\n",
                right.kind().as_str(),
                named[0],
                right.each.number(),
                right.each.currency().map(|currency| currency.code().to_owned()).unwrap_or_default(),
                days(right.valid_from),
                days(right.valid_until.min(right.lapses_on())),
            );
        }
        for (number, policy) in PolicySet::from_str(&granted).expect("policies").policies().enumerate() {
            set.add(policy.new_id(PolicyId::new(format!("right {number}")))).expect("a name of its own");
        }
        Self { set, entities: Self::entities(world), authorizer: Authorizer::new() }
    }

    fn entities(world: &World) -> Entities {
        let person = |id: &Id<Person>| Value::new_entity_uid(uid("Person", id.as_str()));
        let entity = |uid: EntityUid, attributes: Vec<(&str, Value)>| {
            let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            Entity::new(uid, attributes, HashSet::new()).expect("an entity")
        };
        let mut all = vec![];
        for one in &world.people {
            let roles = Value::new_set(one.roles.iter().map(|role| text(role.as_str())));
            let mut attributes = vec![("roles", roles), ("walled", Value::new_bool(false))];
            attributes.extend(one.person_id.as_ref().map(|id| ("person", person(id))));
            all.push(entity(uid("User", &one.id), attributes));
        }
        for account in &world.accounts {
            let people = account.people.iter().map(|id| Value::new_entity_uid(uid("Person", id)));
            let mut attributes =
                vec![("tier", text(account.tier.as_str())), ("people", Value::new_set(people))];
            attributes.extend(account.manager_id.as_ref().map(|id| ("manager", person(id))));
            all.push(entity(uid("Account", account.id.as_str()), attributes));
        }
        let manager = world.product.manager_id.as_ref().map(|id| ("manager", person(id)));
        all.push(entity(uid("Product", world.product.id.as_str()), manager.into_iter().collect()));
        Entities::from_entities(all, None).expect("entities")
    }

    fn decide(&self, world: &World, asked: Asked) -> bool {
        let currency = asked.amount.currency().map(|currency| currency.code().to_owned()).unwrap_or_default();
        let mut pairs = vec![
            ("kind".to_owned(), text(asked.amount.kind().as_str())),
            ("amount".to_owned(), Value::new_long(asked.amount.number())),
            ("currency".to_owned(), text(&currency)),
            ("direction".to_owned(), text(PriceDirection::Lower.as_str())),
            ("day".to_owned(), Value::new_long(days(TODAY))),
            ("used_this_month".to_owned(), Value::new_long(0)),
            ("substitute".to_owned(), Value::new_bool(false)),
        ];
        if let Some(product) = world.product(asked) {
            pairs.push(("product".to_owned(), Value::new_entity_uid(uid("Product", product.id.as_str()))));
        }
        let request = Request::new(
            uid("User", &world.people[asked.person].id),
            uid("Action", asked.amount.kind().as_str()),
            uid("Account", world.accounts[asked.account].id.as_str()),
            Context::from_pairs(pairs).expect("a context"),
            None,
        );
        let response = self.authorizer.is_authorized(&request.expect("a request"), &self.set, &self.entities);
        response.decision() == cedar_policy::Decision::Allow
    }
}

struct Row {
    name: &'static str,
    n: usize,
    p50_us: f64,
    p95_us: f64,
    p99_us: f64,
    longest_us: f64,
    n_allowed: usize,
    n_different: usize,
}

impl Row {
    /// `answers` holds whether each was as plain ifs say.
    fn new(name: &'static str, mut took_ns: Vec<u64>, answers: &[(bool, bool)]) -> Self {
        took_ns.sort_unstable();
        let at = |share: f64| {
            let idx = ((took_ns.len() - 1) as f64 * share).round() as usize;
            took_ns.get(idx).map_or(0.0, |ns| *ns as f64 / 1_000.0)
        };
        Self {
            name,
            n: answers.len(),
            p50_us: at(0.5),
            p95_us: at(0.95),
            p99_us: at(0.99),
            longest_us: at(1.0),
            n_allowed: answers.iter().filter(|(allowed, _)| *allowed).count(),
            n_different: answers.iter().filter(|(allowed, same)| allowed != same).count(),
        }
    }

    fn timed(
        name: &'static str,
        world: &World,
        asked: &[Asked],
        mut decide: impl FnMut(Asked) -> bool,
    ) -> Self {
        let (mut took, mut answers) = (Vec::with_capacity(asked.len()), Vec::with_capacity(asked.len()));
        for asked in asked {
            let started = WallClock::now();
            let allowed = decide(*asked);
            took.push(started.elapsed().as_nanos() as u64);
            answers.push((allowed, world.by_ifs(*asked)));
        }
        Self::new(name, took, &answers)
    }
}

/// The same people, accounts and rights in a database, through the product's own function.
async fn in_a_transaction(db: &TestDb, world: &World, asked: &[Asked]) -> Row {
    let (ctx, operator) = (db.ctx(), Actor::operator());
    let (mut people, mut ids) = (vec![], vec![]);
    for one in &world.people {
        let draft = Draft::new()
            .with("external_id", one.name.as_str())
            .with("side", "provider")
            .with("name", one.name.as_str());
        people.push(
            mandate_app::book::create::<Person>(&ctx, &operator, draft)
                .await
                .expect("one of ours")
                .id
                .clone(),
        );
    }
    for (number, account) in world.accounts.iter().enumerate() {
        let manager = world.people.iter().position(|one| one.person_id == account.manager_id).unwrap_or(0);
        let draft = Draft::new()
            .with("external_id", format!("A-{number}").as_str())
            .with("name", account.name.as_str())
            .with("time_zone", "UTC")
            .with("currency", "EUR")
            .with("account_manager", people[manager].as_str());
        let saved = mandate_app::book::create::<mandate_domain::book::Account>(&ctx, &operator, draft).await;
        ids.push(saved.expect("an account").id.clone());
    }
    let draft = Draft::new().with("external_id", "P").with("name", "Claims").with("unit", "ticket");
    let draft = draft.with("product_manager", people[1].as_str());
    let product =
        mandate_app::book::create::<Product>(&ctx, &operator, draft).await.expect("a product").id.clone();
    let mut tx = db.write().await;
    for (number, one) in world.people.iter().enumerate() {
        let user = User {
            id: id(1, number),
            person_id: Some(people[number].clone()),
            account_id: None,
            email: format!("user{number}@example.com"),
            display_name: one.name.clone(),
            roles: one.roles.clone(),
            locale: "en-GB".to_owned(),
            time_zone: "UTC".to_owned(),
            single_keys: false,
            state: UserState::Active,
            demo: false,
            version: 1,
        };
        insert_user(&mut tx, &StoredUser { user, password_hash: None }, STARTED_AT).await.expect("a user");
    }
    for (number, right) in world.rights.iter().enumerate() {
        let accounts = AccountReach::Named(vec![ids[number % N_ACCOUNTS].clone()]);
        let right = DecisionRight { accounts, ..right.clone() };
        insert_right(&mut tx, &right, STARTED_AT).await.expect("a right");
    }
    db.commit(tx).await;
    let (mut took, mut answers) = (vec![], vec![]);
    for asked in asked {
        let decider = &world.people[asked.person];
        let actor = Actor {
            who: Who::User {
                id: id(1, asked.person),
                name: decider.name.clone(),
                person_id: Some(people[asked.person].clone()),
            },
            roles: decider.roles.clone(),
            origin: Origin::Web,
            ..Actor::operator()
        };
        let decision = Decision {
            account_id: ids[asked.account].clone(),
            product_id: (asked.amount.kind() == DecisionKind::Price).then(|| product.clone()),
            amount: asked.amount,
            direction: PriceDirection::Lower,
            subject_kind: "service_credit",
            subject_id: String::new(),
        };
        // Refusals look for everybody who could decide instead, which is another question: only what is allowed is timed.
        let expected = world.by_ifs(*asked);
        let mut tx = db.read().await;
        let started = WallClock::now();
        let answer = decide(&ctx, &mut tx, &actor, &decision).await;
        let elapsed = started.elapsed().as_nanos() as u64;
        let allowed = match answer {
            Ok(_) => true,
            Err(DecideError::Refused(_)) => false,
            Err(DecideError::Store(error)) => panic!("{error}"),
        };
        if allowed {
            took.push(elapsed);
        }
        answers.push((allowed, expected));
    }
    Row::new("in a transaction, SQLite (allowed ones)", took, &answers)
}

fn main() {
    let (mut n_rights, mut n_decisions, mut n_peer) = (4_000, 200_000, 1_000);
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let number = given.next().and_then(|value| value.parse::<usize>().ok()).filter(|number| *number > 0);
        match (name.as_str(), number) {
            ("--rights", Some(number)) => n_rights = number,
            ("--decisions", Some(number)) => n_decisions = number,
            ("--peer", Some(number)) => n_peer = number,
            _ => {
                eprintln!(
                    "bench-decisions: `{name}` takes --rights, --decisions or --peer and a number above 0"
                );
                std::process::exit(2);
            }
        }
    }
    let mut random = Random(2026);
    let world = World::new(n_rights, &mut random);
    let asked: Vec<Asked> = (0..n_decisions).map(|_| world.ask(&mut random)).collect();
    let few = &asked[..n_peer.min(asked.len())];
    let policies = Policies::shipped().expect("the shipped policies");
    let known =
        Known::of(&world.people, &world.accounts, [&world.product], &world.rights).expect("in their words");
    let warm_up = asked.iter().take(2_000).filter(|asked| world.decide(&policies, **asked, &known)).count();
    eprintln!(
        "{n_rights} rights, {N_ACCOUNTS} accounts, {N_PEOPLE} people; {warm_up} of the first 2,000 allowed"
    );
    let mut rows = vec![
        Row::timed("one decision in memory", &world, &asked, |asked| world.decide(&policies, asked, &known)),
        Row::timed("the same, made anew", &world, &asked, |asked| {
            world.decide(&policies, asked, &world.known_of(asked))
        }),
    ];
    let peer = Peer::new(&world);
    rows.push(Row::timed("Cedar, a policy for each right", &world, few, |asked| peer.decide(&world, asked)));
    rows.push(Row::timed("plain ifs", &world, &asked, |asked| world.by_ifs(asked)));
    let (send, receive) = std::sync::mpsc::channel();
    let (world, few) = (std::sync::Arc::new(world), few.to_vec());
    run_on_sqlite(move |db| async move {
        let row = in_a_transaction(&db, &world, &few).await;
        send.send(row).expect("the row");
    });
    rows.extend(receive.recv());
    report(&rows);
}

fn report(rows: &[Row]) {
    eprintln!("| way | n | allowed | p50 us | p95 us | p99 us | longest us | unlike plain ifs |");
    eprintln!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let mut told = vec![];
    for row in rows {
        let Row { name, n, p50_us, p95_us, p99_us, longest_us, n_allowed, n_different } = row;
        eprintln!(
            "| {name} | {n} | {n_allowed} | {p50_us:.1} | {p95_us:.1} | {p99_us:.1} | {longest_us:.1} | {n_different} |"
        );
        told.push(serde_json::json!({
            "way": name, "n": n, "allowed": n_allowed, "p50_us": p50_us, "p95_us": p95_us, "p99_us": p99_us,
            "longest_us": longest_us, "different": n_different,
        }));
    }
    println!("{}", serde_json::json!({ "rows": told }));
    let within = rows.first().is_some_and(|ours| ours.p50_us <= GOAL_US.0 && ours.p99_us <= GOAL_US.1);
    eprintln!(
        "goal: p50 {} us, p99 {} us; {}",
        GOAL_US.0,
        GOAL_US.1,
        if within { "reached" } else { "missed" }
    );
    if rows.iter().any(|row| row.n_different > 0) {
        eprintln!("bench-decisions: answers differ");
        std::process::exit(1);
    }
}
