//! What a label alone does for a field of the book: its spec says the same, drafts leave it out, and no open audit record holds it.

use mandate_domain::audit::{AuditActor, AuditRecord, Changes, Origin, SealedChange};
use mandate_domain::book::{Account, Draft, Kind, Shape, Spec};
use mandate_domain::with_kind;
use mandate_domain::{Clearance, Id, Purpose};
use mandate_store::book::Stored;
use mandate_store::labels;
use mandate_testing::{STARTED_AT, TestDb, both_databases};

/// The purposes of the labels that columns of `field` have: in the kind's own table and in those that stand apart from it.
fn purposes(table: &str, field: &str) -> Vec<Option<Purpose>> {
    let columns = [field.to_owned(), format!("{field}_minor"), format!("{field}_id")];
    let is_its = |it: &str| it == table || (it.starts_with(table) && it[table.len()..].starts_with('_'));
    labels::all()
        .filter(|(of, column, _)| is_its(of) && columns.iter().any(|it| it == column))
        .map(|(_, _, label)| label.purpose())
        .collect()
}

/// Something that the field takes.
fn text(spec: &Spec) -> String {
    match spec.shape {
        Shape::Line(_) if spec.name == "email" => "anna@firm.example".to_owned(),
        Shape::Line(_) | Shape::Paragraphs(_) => "Something".to_owned(),
        Shape::Choice(words) => words.last().map(|word| (*word).to_owned()).unwrap_or_default(),
        Shape::Reference(_)
        | Shape::Client
        | Shape::Anyone
        | Shape::People
        | Shape::Measures
        | Shape::Expectations => Id::<Account>::new(STARTED_AT, 7).to_string(),
        Shape::Currency => "EUR".to_owned(),
        Shape::Country => "Austria".to_owned(),
        Shape::TimeZone => "Europe/Vienna".to_owned(),
        Shape::Money | Shape::Amount | Shape::Rate => "5.25".to_owned(),
        Shape::Month => "2026-11".to_owned(),
        Shape::Whole(least, most) => least.max(2).min(most).to_string(),
        Shape::Date => "2026-11-21".to_owned(),
    }
}

fn check<R: Stored>(found: &mut Vec<&'static str>) {
    let filled = |but: &[&str]| {
        let fields = R::FIELDS.iter().filter(|spec| !but.contains(&spec.name));
        fields.fold(Draft::new().with("currency", "EUR"), |draft, spec| draft.with(spec.name, text(spec)))
    };
    // A few fields exclude one another; those that take a purpose are all filled.
    let draft = match R::KIND {
        Kind::Person => filled(&["account"]).with("side", "provider").with("role", ""),
        Kind::Contract => filled(&["master", "ends_on", "notice_months"]),
        Kind::ExchangeRate => filled(&[]).with("to_currency", "USD"),
        Kind::Amendment => filled(&["effective_until", "notice_months"]),
        _ => filled(&["parent"]),
    };
    let record = R::parse(&draft).unwrap_or_else(|problems| panic!("{}: {problems:?}", R::TABLE));
    let (all, open) = (record.draft(Clearance::EVERYTHING), record.draft(Clearance::NONE));
    for spec in R::FIELDS {
        let purpose = purposes(R::TABLE, spec.name).into_iter().flatten().next();
        assert_eq!(spec.purpose, purpose, "{}.{}: the label and the spec say the same", R::TABLE, spec.name);
        let Some(purpose) = purpose else { continue };
        found.push(spec.name);
        assert!(all.states(spec.name) && !open.has(spec.name), "{} is left out", spec.name);
        let for_it = record.draft(Clearance::NONE.with(purpose));
        assert_eq!(for_it.get(spec.name), all.get(spec.name));
        let mut without = draft.clone();
        without.set(spec.name, "");
        let emptied = R::parse(&without).unwrap_or_else(|problems| panic!("{}: {problems:?}", R::TABLE));
        let kept = emptied.keeping(&record, Clearance::NONE).draft(Clearance::EVERYTHING);
        assert_eq!(
            kept.get(spec.name),
            all.get(spec.name),
            "who may not read {} cannot change it",
            spec.name
        );
        assert!(R::APART.is_some(), "{} stands apart, with a version of its own", spec.name);
        assert!(record.number_apart().is_some());
    }
}

fn record(changes: Changes) -> AuditRecord {
    AuditRecord {
        at: STARTED_AT,
        actor: AuditActor::Operator,
        origin: Origin::Web,
        action: "contract_line.changed".to_owned(),
        subject_kind: "contract_line".to_owned(),
        subject_id: "1".to_owned(),
        subject_name: "L-1".to_owned(),
        account_id: None,
        reason: None,
        changes: changes.into_vec(),
    }
}

both_databases! {
    async fn a_field_with_a_label_is_left_out_of_every_draft(_db: TestDb) {
        let mut found = vec![];
        for kind in Kind::ALL {
            with_kind!(kind, R => check::<R>(&mut found));
        }
        assert_eq!(found, ["unit_cost", "cost"]);
    }

    async fn no_open_audit_record_holds_a_value_with_a_label(db: TestDb) {
        let (from, to) = (Some("2.50".to_owned()), Some("2.75".to_owned()));
        let open = record(Changes::new().field("unit_cost", from.clone(), to.clone()));
        let refused = db.write().await.commit(open).await.expect_err("refused");
        assert!(refused.to_string().contains("unit_cost"), "{refused}");
        let sealed = SealedChange { purpose: Purpose::Cost, salt: [7; 32] };
        let sealed = record(Changes::new().field("unit_price", from.clone(), to.clone()).sealed_field("unit_cost", from, to, sealed));
        db.write().await.commit(sealed).await.expect("kept");
    }
}
