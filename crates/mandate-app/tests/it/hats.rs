//! Who wears which hats, and which walls are off for them by it: told to whom it concerns, within the accounts they see.

use mandate_app::book;
use mandate_app::identity::hats::{HatWall, PersonHats, hats_of, hats_of_both_sides, hats_on};
use mandate_app::identity::walls::declare_walls;
use mandate_app::identity::{NewUser, create_user};
use mandate_app::{Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::book::{Account, Draft, Person, Product, Saved};
use mandate_domain::identity::Role;
use mandate_domain::{Id, Purpose};
use mandate_store::identity::{NewSignature, insert_wall_signature, note_sealed_reading};
use mandate_testing::{STARTED_AT, TestDb, both_databases};

use crate::book::{account_draft, our_person, user};

async fn account(ctx: &Ctx, id: &str, name: &str, manager: &Saved<Person>) -> Saved<Account> {
    let draft = account_draft(id, name).with("account_manager", manager.id.as_str());
    book::create(ctx, &Actor::operator(), draft).await.expect("an account")
}

fn worn(hats: &PersonHats) -> Vec<(&str, &str)> {
    hats.hats.iter().map(|hat| (hat.capacity.as_str(), hat.name.as_str())).collect()
}

both_databases! {
    async fn hats_of_both_sides_show_with_the_wall_between_them(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let (jonas, mara) = (our_person(&ctx, "P-1", "Jonas Feld").await, our_person(&ctx, "P-2", "Mara Lind").await);
        let own = account(&ctx, "A-1", "Brackwell", &jonas).await;
        let other = account(&ctx, "A-2", "Hidden", &jonas).await;
        let draft = account_draft("A-3", "Nordholm").with("account_manager", mara.id.as_str()).with("negotiator", mara.id.as_str());
        let shared: Saved<Account> = book::create(&ctx, &operator, draft).await.expect("an account");
        let one_side = hats_of(&ctx, &operator, &jonas.id).await.expect("his hats");
        assert_eq!((worn(&one_side), &one_side.wall), (vec![("account_manager", "Brackwell"), ("account_manager", "Hidden")], &HatWall::None));
        assert_eq!(hats_on(&ctx, &operator, &own.id).await.expect("of the account"), [], "one hat is nothing to tell");

        let product = Draft::new().with("name", "Tickets").with("unit", "ticket").with("product_manager", jonas.id.as_str());
        book::create::<Product>(&ctx, &operator, product).await.expect("a product");
        let both = hats_of(&ctx, &operator, &jonas.id).await.expect("his hats");
        assert_eq!(both.wall, HatWall::Up);
        assert_eq!(hats_on(&ctx, &operator, &other.id).await.expect("of the account"), std::slice::from_ref(&both));
        assert_eq!(hats_of_both_sides(&ctx, &operator).await.expect("for signers"), [both]);
        let twice: Vec<String> = hats_on(&ctx, &operator, &shared.id).await.expect("of the account").into_iter().map(|it| it.name).collect();
        assert_eq!(twice, ["Mara Lind"], "manager and negotiator of one account");

        let mara_sees = user(Role::AccountManager, &mara);
        let seen = hats_of(&ctx, &mara_sees, &jonas.id).await.expect("a colleague");
        assert_eq!((worn(&seen), &seen.wall), (vec![("product_manager", "Tickets")], &HatWall::None), "neither his accounts nor what follows from them");
        let refused = hats_on(&ctx, &mara_sees, &other.id).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotFound);
        assert_eq!(hats_of_both_sides(&ctx, &mara_sees).await.unwrap_err().kind(), ErrorKind::Forbidden);

        declare_walls(&ctx, &operator, true, "A firm of six").await.expect("declared off");
        let off = hats_of(&ctx, &user(Role::Negotiator, &jonas), &jonas.id).await.expect("his own");
        assert!(matches!(&off.wall, HatWall::DeclaredOff(Some(it)) if it.reason == "A firm of six"), "{off:?}");
    }

    async fn a_lifted_wall_names_who_signed_and_no_reading_is_told(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let jonas = our_person(&ctx, "P-1", "Jonas Feld").await;
        let own = account(&ctx, "A-1", "Brackwell", &jonas).await;
        let new = NewUser {
            email: "jonas@firm.example".to_owned(),
            display_name: "Jonas Feld".to_owned(),
            roles: vec![Role::AccountManager, Role::ProductManager],
            person_id: Some(jonas.id.clone()),
            locale: "en-GB".to_owned(),
            time_zone: "UTC".to_owned(),
        };
        create_user(&ctx, &operator, new).await.expect("a user");
        let before = hats_of(&ctx, &operator, &jonas.id).await.expect("his hats");
        assert_eq!((before.roles.len(), &before.wall), (2, &HatWall::Up));
        let mut tx = db.write().await;
        let sql = "SELECT id FROM app_user WHERE email_fold = 'jonas@firm.example'";
        let id: Id<mandate_domain::identity::User> = tx.fetch_one(sql, vec![]).await.unwrap().id(0).unwrap();
        note_sealed_reading(&mut tx, &id, &own.id, Purpose::Candid, STARTED_AT).await.expect("a reading");
        db.commit(tx).await;
        assert_eq!(hats_of(&ctx, &operator, &jonas.id).await.expect("his hats"), before, "what was read is not told");
        let mut signers = vec![];
        for (name, number) in [("Ada", 1), ("Bela", 2)] {
            let signer = NewUser {
                email: format!("signer{number}@firm.example"),
                display_name: name.to_owned(),
                roles: vec![Role::Sponsor],
                person_id: None,
                locale: "en-GB".to_owned(),
                time_zone: "UTC".to_owned(),
            };
            signers.push((name, create_user(&ctx, &operator, signer).await.expect("a user")));
        }
        let mut tx = db.write().await;
        for (after, (name, signer)) in (60..).zip(&signers) {
            let signed_by = &signer.0.id;
            let signature = NewSignature { user: &id, signed_by, signed_by_name: name, reason: "He left that account" };
            insert_wall_signature(&mut tx, &ctx.new_id(), signature, STARTED_AT.plus_seconds(after)).await.expect("signed");
        }
        db.commit(tx).await;
        let lifted = hats_of(&ctx, &operator, &jonas.id).await.expect("his hats");
        let HatWall::Lifted { signed } = &lifted.wall else { panic!("{lifted:?}") };
        assert_eq!(signed.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Ada", "Bela"]);
    }
}
