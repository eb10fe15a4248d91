//! Tags: on records, in lists, kept in order; and that a tag on records out of reach leaves no trace.

use mandate_app::book::merge::{Merging, merge_records};
use mandate_app::book::tags::{
    TagChange, TagInUse, TagsError, change_tags, record_tags, suggested_tags, tags_in_use,
};
use mandate_app::book::tags_kept::{bring_back_tag, past_renames, rename_tag, retire_tag, undo_rename};
use mandate_app::book::undo_merge::undo_merge;
use mandate_app::book::{self};
use mandate_app::listing::{Filter, ListQuery, Operator};
use mandate_app::lists::show_list;
use mandate_app::{Action, Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::book::{Account, Kind, MOST_TAGS, Saved};
use mandate_domain::identity::Role;
use mandate_store::audit::list_after;
use mandate_testing::{TestDb, both_databases};

use crate::book::{account_draft, our_person, user};

async fn account(ctx: &Ctx, external_id: &str, name: &str) -> Saved<Account> {
    book::create(ctx, &Actor::operator(), account_draft(external_id, name)).await.expect("an account")
}

fn adding(tags: &str) -> TagChange {
    TagChange { add: vec![tags.to_owned()], remove: vec![] }
}

fn taking(tags: &str) -> TagChange {
    TagChange { add: vec![], remove: vec![tags.to_owned()] }
}

async fn tag(ctx: &Ctx, account: &Saved<Account>, change: &TagChange) -> Vec<String> {
    let of = (Kind::Account, account.id.as_str());
    change_tags(ctx, &Actor::operator(), of, change).await.expect("tags");
    tags_of(ctx, &Actor::operator(), account).await
}

async fn tags_of(ctx: &Ctx, actor: &Actor, account: &Saved<Account>) -> Vec<String> {
    let found = record_tags(ctx, actor, (Kind::Account, account.id.as_str())).await.expect("its tags");
    found.tags.iter().map(|it| it.tag.text().to_owned()).collect()
}

fn field_of(error: &TagsError) -> Vec<String> {
    error.fields().into_iter().map(|field| field.field).collect()
}

/// The names of the accounts that match.
async fn matching(ctx: &Ctx, actor: &Actor, operator: Operator, values: &[&str]) -> Vec<String> {
    let def = book::list(ctx, actor, Kind::Account);
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    let filters = vec![Filter { field: "tags".to_owned(), operator, values }];
    let sort = Some(mandate_app::listing::Sort { field: "name".to_owned(), descending: false });
    let query = ListQuery { filters, sort, limit: 50, ..ListQuery::default() };
    let page = show_list(ctx, actor, Action::ReadBook, &def, &query).await.expect("a page");
    let name = def.position("name").expect("a name");
    page.rows.iter().map(|row| row.cells[name].text().unwrap_or_default().to_owned()).collect()
}

/// Two accounts, and a manager who sees the first only.
async fn two_worlds(ctx: &Ctx) -> (Saved<Account>, Saved<Account>, Actor) {
    let manager = our_person(ctx, "P-1", "Jonas Feld").await;
    let draft = account_draft("A-1", "Brackwell").with("account_manager", "P-1");
    let near: Saved<Account> = book::create(ctx, &Actor::operator(), draft).await.expect("an account");
    let far = account(ctx, "A-2", "Corwen").await;
    (near, far, user(Role::AccountManager, &manager))
}

both_databases! {
    async fn tags_fold_alike_and_show_as_they_were_written_first(db: TestDb) {
        let ctx = db.ctx();
        let (one, two) = (account(&ctx, "A-1", "Brackwell").await, account(&ctx, "A-2", "Corwen").await);
        assert_eq!(tag(&ctx, &one, &adding("Nearshore, pilot")).await, ["Nearshore", "pilot"]);
        assert_eq!(tag(&ctx, &two, &adding("NEARSHORE")).await, ["Nearshore"]);
        assert_eq!(tag(&ctx, &one, &adding("nearshore")).await, ["Nearshore", "pilot"], "it had it");
        let version = book::show::<Account>(&ctx, &Actor::operator(), &one.id).await.unwrap().version;
        assert_eq!(version, one.version, "a tag stands in nobody's way");
        let mut tx = db.read().await;
        let records = mandate_store::audit::list_after(&mut tx, 0, 100).await.unwrap();
        let tagged: Vec<_> = records.iter().filter(|record| record.action == "account.tagged").collect();
        assert_eq!(tagged.len(), 2, "what changes nothing is not on record");
        assert_eq!(tagged[0].account_id.as_deref(), Some(one.id.as_str()));
    }

    async fn a_list_finds_what_has_a_tag_and_what_has_none_of_them(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let one = account(&ctx, "A-1", "Brackwell").await;
        let two = account(&ctx, "A-2", "Corwen").await;
        account(&ctx, "A-3", "Nordholm").await;
        tag(&ctx, &one, &adding("Wave 1, pilot")).await;
        tag(&ctx, &two, &adding("Wave 2")).await;
        assert_eq!(matching(&ctx, &operator, Operator::Is, &["WAVE 1"]).await, ["Brackwell"]);
        assert_eq!(matching(&ctx, &operator, Operator::Is, &["wave 1", "wave 2"]).await, ["Brackwell", "Corwen"]);
        assert_eq!(matching(&ctx, &operator, Operator::IsNot, &["pilot", "wave 2"]).await, ["Nordholm"]);
        assert_eq!(matching(&ctx, &operator, Operator::Contains, &["ave"]).await, ["Brackwell", "Corwen"]);
        assert_eq!(matching(&ctx, &operator, Operator::IsEmpty, &["1"]).await, ["Nordholm"]);
        assert_eq!(matching(&ctx, &operator, Operator::IsNotEmpty, &["1"]).await, ["Brackwell", "Corwen"]);
        for kind in Kind::ALL {
            let def = book::list(&ctx, &operator, kind);
            let filters = vec![Filter { field: "tags".to_owned(), operator: Operator::IsEmpty, values: vec![] }];
            let query = ListQuery { filters, limit: 5, ..ListQuery::default() };
            let page = show_list(&ctx, &operator, Action::ReadBook, &def, &query).await;
            assert!(page.is_ok(), "{}: {page:?}", kind.as_str());
        }
    }

    async fn what_is_no_tag_is_told_by_its_field(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let one = account(&ctx, "A-1", "Brackwell").await;
        let of = (Kind::Account, one.id.as_str());
        let long = "x".repeat(41);
        let wrong = TagChange { add: vec![long.clone()], remove: vec![long] };
        assert_eq!(field_of(&change_tags(&ctx, &operator, of, &wrong).await.unwrap_err()), ["add", "remove"]);
        let both = TagChange { add: vec!["pilot".to_owned()], remove: vec!["Pilot".to_owned()] };
        assert_eq!(field_of(&change_tags(&ctx, &operator, of, &both).await.unwrap_err()), ["remove"]);
        let most: Vec<String> = (0..MOST_TAGS).map(|n| format!("tag {n}")).collect();
        tag(&ctx, &one, &TagChange { add: most, remove: vec![] }).await;
        assert_eq!(field_of(&change_tags(&ctx, &operator, of, &adding("more")).await.unwrap_err()), ["add"]);
        let swapped = TagChange { add: vec!["more".to_owned()], remove: vec!["tag 1".to_owned()] };
        assert_eq!(tag(&ctx, &one, &swapped).await.len(), MOST_TAGS);
    }

    async fn a_tag_out_of_reach_is_neither_offered_nor_counted_nor_shows_by_its_writing(db: TestDb) {
        let ctx = db.ctx();
        let (near, far, manager) = two_worlds(&ctx).await;
        tag(&ctx, &far, &adding("WALLED, shared")).await;
        tag(&ctx, &near, &adding("Shared")).await;
        let told: Vec<TagInUse> = tags_in_use(&ctx, &manager).await.unwrap();
        assert_eq!(told.iter().map(|it| (it.text.as_str(), it.n_records)).collect::<Vec<_>>(), [("shared", 1)]);
        assert!(suggested_tags(&ctx, &manager, "wall", 9).await.unwrap().is_empty());
        let of = (Kind::Account, near.id.as_str());
        let done = change_tags(&ctx, &manager, of, &adding("walled")).await.unwrap();
        assert_eq!(done.added, ["walled"], "as the manager wrote it, not as it stands elsewhere");
        let there = (Kind::Account, far.id.as_str());
        let refused = change_tags(&ctx, &manager, there, &adding("mine")).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotFound);
        assert_eq!(record_tags(&ctx, &manager, there).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert!(matching(&ctx, &manager, Operator::IsNot, &["walled"]).await.is_empty());
        // Renamed and retired within reach only.
        let renamed = rename_tag(&ctx, &manager, "walled", "mine").await.unwrap();
        assert_eq!((renamed.n_records, renamed.n_both), (1, 0));
        retire_tag(&ctx, &manager, "shared").await.unwrap();
        assert_eq!(tags_of(&ctx, &Actor::operator(), &far).await, ["shared", "WALLED"]);
        assert!(!suggested_tags(&ctx, &manager, "", 9).await.unwrap().contains(&"shared".to_owned()));
        assert_eq!(field_of(&rename_tag(&ctx, &manager, "walled", "any").await.unwrap_err()), ["from"]);
    }

    async fn rights_are_those_of_the_book(db: TestDb) {
        let ctx = db.ctx();
        let (near, _, manager) = two_worlds(&ctx).await;
        let of = (Kind::Account, near.id.as_str());
        let reader = Actor { roles: vec![Role::DeliveryLead], ..manager.clone() };
        let refused = change_tags(&ctx, &reader, of, &adding("x")).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Forbidden);
        change_tags(&ctx, &manager, of, &adding("x")).await.unwrap();
        assert_eq!(tags_of(&ctx, &reader, &near).await, ["x"]);
        assert_eq!(rename_tag(&ctx, &reader, "x", "y").await.unwrap_err().kind(), ErrorKind::Forbidden);
        assert_eq!(retire_tag(&ctx, &reader, "x").await.unwrap_err().kind(), ErrorKind::Forbidden);
    }

    async fn a_renaming_merges_and_is_undone_but_for_what_changed_since(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let mut all = vec![];
        for (id, name) in [("A-1", "Brackwell"), ("A-2", "Corwen"), ("A-3", "Nordholm"), ("A-4", "Penhale")] {
            all.push(account(&ctx, id, name).await);
        }
        for one in &all {
            tag(&ctx, one, &adding("Near shore")).await;
        }
        tag(&ctx, &all[1], &adding("Nearshore")).await;
        let done = rename_tag(&ctx, &operator, "near SHORE", "NEARSHORE").await.unwrap();
        assert_eq!((done.to.as_str(), done.n_records, done.n_both), ("Nearshore", 4, 1));
        for one in &all {
            assert_eq!(tags_of(&ctx, &operator, one).await, ["Nearshore"]);
        }
        tag(&ctx, &all[2], &taking("nearshore")).await;
        tag(&ctx, &all[3], &adding("near shore")).await;
        let undone = undo_rename(&ctx, &operator, &done.id).await.unwrap();
        assert_eq!((undone.n_back, undone.n_left), (2, 2));
        assert_eq!(tags_of(&ctx, &operator, &all[0]).await, ["Near shore"]);
        assert_eq!(tags_of(&ctx, &operator, &all[1]).await, ["Near shore", "Nearshore"]);
        assert!(tags_of(&ctx, &operator, &all[2]).await.is_empty());
        assert_eq!(tags_of(&ctx, &operator, &all[3]).await, ["near shore", "Nearshore"]);
        let again = undo_rename(&ctx, &operator, &done.id).await.unwrap_err();
        assert!(matches!(again, TagsError::Undone), "{again}");
        assert!(past_renames(&ctx, &operator, 5).await.unwrap().is_empty(), "the operator has no list of their own");
        let rewritten = rename_tag(&ctx, &operator, "near shore", "Near Shore").await.unwrap();
        assert_eq!(rewritten.to, "Near Shore", "the writing alone");
        assert_eq!(tags_of(&ctx, &operator, &all[0]).await, ["Near Shore"]);
    }

    async fn a_retired_tag_stays_and_is_offered_no_more_until_it_is_wanted(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let (one, two) = (account(&ctx, "A-1", "Brackwell").await, account(&ctx, "A-2", "Corwen").await);
        tag(&ctx, &one, &adding("pilot, wave")).await;
        retire_tag(&ctx, &operator, "pilot").await.unwrap();
        assert_eq!(tags_of(&ctx, &operator, &one).await, ["pilot", "wave"]);
        assert_eq!(suggested_tags(&ctx, &operator, "", 9).await.unwrap(), ["wave"]);
        bring_back_tag(&ctx, &operator, "PILOT").await.unwrap();
        assert_eq!(suggested_tags(&ctx, &operator, "pil", 9).await.unwrap(), ["pilot"]);
        retire_tag(&ctx, &operator, "pilot").await.unwrap();
        tag(&ctx, &two, &adding("pilot")).await;
        assert_eq!(suggested_tags(&ctx, &operator, "pil", 9).await.unwrap(), ["pilot"], "written anew");
        assert_eq!(field_of(&retire_tag(&ctx, &operator, "nothing").await.unwrap_err()), ["tag"]);
    }

    async fn a_renamed_tag_that_was_retired_stays_so(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let one = account(&ctx, "A-1", "Brackwell").await;
        tag(&ctx, &one, &adding("pilot")).await;
        retire_tag(&ctx, &operator, "pilot").await.unwrap();
        let done = rename_tag(&ctx, &operator, "pilot", "Pilot 2024").await.unwrap();
        assert_eq!(tags_of(&ctx, &operator, &one).await, ["Pilot 2024"]);
        assert!(suggested_tags(&ctx, &operator, "", 9).await.unwrap().is_empty());
        undo_rename(&ctx, &operator, &done.id).await.unwrap();
        assert_eq!(tags_of(&ctx, &operator, &one).await, ["pilot"]);
        assert!(suggested_tags(&ctx, &operator, "", 9).await.unwrap().is_empty());
    }

    async fn undone_a_record_that_had_both_has_both_as_they_were(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let one = account(&ctx, "A-1", "Brackwell").await;
        tag(&ctx, &one, &adding("pilot")).await;
        retire_tag(&ctx, &operator, "pilot").await.unwrap();
        tag(&ctx, &one, &adding("wave")).await;
        let done = rename_tag(&ctx, &operator, "pilot", "wave").await.unwrap();
        assert_eq!(tags_of(&ctx, &operator, &one).await, ["wave"]);
        undo_rename(&ctx, &operator, &done.id).await.unwrap();
        assert_eq!(tags_of(&ctx, &operator, &one).await, ["pilot", "wave"]);
        assert_eq!(suggested_tags(&ctx, &operator, "", 9).await.unwrap(), ["wave"], "what was retired is so again");
        let records = list_after(&mut db.read().await, 0, 1_000).await.unwrap();
        let told = records.iter().filter(|record| record.action == "account.tagged").map(|record| record.changes.as_str());
        let told: Vec<&str> = told.collect();
        assert_eq!(told[told.len() - 2..], [
            r#"[{"field":"tags","from":"pilot, wave","to":"wave"}]"#,
            r#"[{"field":"tags","from":"wave","to":"pilot, wave"}]"#,
        ]);
    }

    async fn tags_lie_in_the_trash_with_their_record_and_a_merge_keeps_those_of_both(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let (one, two) = (account(&ctx, "A-1", "Brackwell").await, account(&ctx, "A-2", "Brackwell Ltd").await);
        tag(&ctx, &one, &adding("pilot, shared")).await;
        tag(&ctx, &two, &adding("SHARED, wave")).await;
        book::trash::<Account>(&ctx, &operator, &one.id, None).await.unwrap();
        let in_use = tags_in_use(&ctx, &operator).await.unwrap();
        assert_eq!(in_use.iter().map(|it| (it.fold.as_str(), it.n_records)).collect::<Vec<_>>(), [("shared", 1), ("wave", 1)]);
        book::restore::<Account>(&ctx, &operator, &one.id).await.unwrap();
        assert_eq!(tags_of(&ctx, &operator, &one).await, ["pilot", "shared"]);
        let keep = book::show::<Account>(&ctx, &operator, &one.id).await.unwrap();
        let merging = Merging {
            keep: keep.id.clone(), keep_version: keep.version, drop: two.id.clone(), drop_version: two.version,
            take: std::collections::BTreeSet::new(),
        };
        let merged = merge_records(&ctx, &operator, &merging).await.unwrap();
        assert_eq!(tags_of(&ctx, &operator, &one).await, ["pilot", "shared", "wave"]);
        undo_merge::<Account>(&ctx, &operator, &merged.id).await.unwrap();
        assert_eq!(tags_of(&ctx, &operator, &one).await, ["pilot", "shared"]);
        assert_eq!(tags_of(&ctx, &operator, &two).await, ["shared", "wave"]);
    }
}
