//! Decision rights where two interests meet in one person: who grants and holds, who names and stands in, who knows and prices.

use mandate_app::book;
use mandate_app::book::candid::{About, read_notes};
use mandate_app::decisions::{
    DelegationDraft, Extent, RightDraft, SHIPPED_POLICIES, SHIPPED_TESTS, account_decisions, change_right,
    confirm_right, delegate, grant_right, save_policies,
};
use mandate_app::identity::walls::{declare_walls, list_walls, sign_wall};
use mandate_app::{Actor, Ctx, UseCaseError};
use mandate_domain::book::{Account, ContractLine, Draft};
use mandate_domain::identity::Role;
use mandate_testing::{TestDb, both_databases};

use crate::decisions::{Firm, agree, firm, moved, of, one_of_ours, proposed, right};

fn id_of(actor: &Actor) -> String {
    actor.user_id().expect("a user").to_string()
}

fn away(absent: &Actor, substitute: &Actor) -> DelegationDraft {
    DelegationDraft {
        absent_user_id: id_of(absent),
        substitute_user_id: id_of(substitute),
        from_on: Some("2026-11-20".parse().expect("a day")),
        until_on: Some("2026-11-30".parse().expect("a day")),
        kinds: vec![],
        reason: "Leave".to_owned(),
    }
}

fn for_prices(absent: &Actor, substitute: &Actor) -> DelegationDraft {
    DelegationDraft { kinds: vec!["price".to_owned()], ..away(absent, substitute) }
}

/// The firm, and an administrator who also manages its account.
async fn firm_with_two_hats(db: &TestDb) -> (Firm, Actor) {
    let firm = firm(db).await;
    let cara = one_of_ours(db, 7, "Cara Lind", &[Role::Administrator, Role::AccountManager]).await;
    let draft = Draft::new().with("account_manager", cara.person_id().expect("a person").as_str());
    book::change::<Account>(&db.ctx(), &Actor::operator(), &firm.account.id, 1, draft)
        .await
        .expect("hers now");
    (firm, cara)
}

fn at(db: &TestDb, instant: &str) -> Ctx {
    db.ctx_at(instant.parse::<jiff::Timestamp>().expect("an instant").into())
}

both_databases! {
    async fn a_right_decides_nothing_for_who_granted_changed_or_confirmed_it(db: TestDb) {
        let (ctx, (firm, cara)) = (db.ctx(), firm_with_two_hats(&db).await);
        let credits = [
            proposed(&db, &firm, 1, 900_000).await,
            proposed(&db, &firm, 2, 900_000).await,
            proposed(&db, &firm, 3, 900_000).await,
        ];
        let own = grant_right(&ctx, &cara, &right("credit", "10000")).await.expect("to every account manager");
        agree(&ctx, &cara, &credits[0]).await.expect_err("she granted it");
        let shown = account_decisions(&ctx, &cara, &firm.account.id).await.expect("what she may decide");
        assert!(shown.mine[0].right.is_none(), "nor is it shown as hers");
        delegate(&ctx, &cara, &away(&cara, &firm.ben)).await.expect("named");
        agree(&ctx, &firm.ben, &credits[0]).await.expect_err("nor through her substitute");
        let review = Some("2027-05-30".parse().expect("a day"));
        confirm_right(&ctx, &firm.administrator, &own.id, 1, review).await.expect("confirmed by another");
        agree(&ctx, &cara, &credits[0]).await.expect_err("she still granted it");

        let others = grant_right(&ctx, &firm.administrator, &right("credit", "9500")).await.expect("granted by another");
        agree(&ctx, &cara, &credits[0]).await.expect("that one counts");
        let wider = RightDraft { limit: "9800".to_owned(), ..right("credit", "9500") };
        change_right(&ctx, &cara, &others.id, 1, &wider).await.expect("she widens it");
        agree(&ctx, &cara, &credits[1]).await.expect_err("she changed it last");
        confirm_right(&ctx, &firm.administrator, &others.id, 2, review).await.expect("seen by another");
        agree(&ctx, &cara, &credits[1]).await.expect("now it counts");
        confirm_right(&ctx, &cara, &others.id, 3, Some("2027-06-30".parse().expect("a day"))).await.expect("by her");
        agree(&ctx, &firm.ben, &credits[2]).await.expect_err("she confirmed it last");
    }

    async fn who_granted_a_right_uses_it_for_nobody_absent_either(db: TestDb) {
        let (ctx, (firm, cara)) = (db.ctx(), firm_with_two_hats(&db).await);
        let credits = [proposed(&db, &firm, 1, 900_000).await, proposed(&db, &firm, 2, 900_000).await];
        grant_right(&ctx, &cara, &of(&firm.ada, right("credit", "10000"))).await.expect("to Ada");
        delegate(&ctx, &firm.ada, &away(&firm.ada, &cara)).await.expect("Ada names Cara");
        agree(&ctx, &cara, &credits[0]).await.expect_err("she granted it");
        let dora = one_of_ours(&db, 8, "Dora Haas", &[Role::AccountManager]).await;
        delegate(&ctx, &firm.ada, &away(&firm.ada, &dora)).await.expect("and Dora");
        agree(&ctx, &dora, &credits[0]).await.expect("who did not");
        agree(&ctx, &firm.ada, &credits[1]).await.expect("as Ada may");
    }

    async fn nobody_names_themselves_the_substitute_of_somebody_else(db: TestDb) {
        let (ctx, (firm, cara)) = (db.ctx(), firm_with_two_hats(&db).await);
        let told = async |draft: DelegationDraft| {
            let refused = delegate(&ctx, &cara, &draft).await.expect_err("refused");
            refused.fields().into_iter().map(|field| (field.field, field.message.id)).collect::<Vec<_>>()
        };
        let own_hand = [("substitute".to_owned(), "delegation-problem-own-hand")];
        assert_eq!(told(away(&firm.sponsor, &cara)).await, own_hand);
        let oneself = told(away(&cara, &cara)).await;
        assert_eq!(oneself.iter().map(|(_, id)| *id).collect::<Vec<_>>(), ["delegation-problem-oneself"]);
        delegate(&ctx, &cara, &away(&firm.sponsor, &firm.ben)).await.expect("somebody else");
        delegate(&ctx, &firm.sponsor, &away(&firm.sponsor, &cara)).await.expect("named by the absent one");
    }

    async fn who_has_read_a_candid_note_prices_no_product_they_manage_until_two_have_signed(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let dora = one_of_ours(&db, 8, "Dora Haas", &[Role::Negotiator]).await;
        let dora = Actor { verified_at: Some(ctx.now()), ..dora };
        let line = &firm.managed;
        delegate(&ctx, &firm.product_manager, &for_prices(&firm.product_manager, &dora)).await.expect("named");
        moved(&ctx, &dora, line, "99.00").await.expect("for Jane");
        let about = About { account: &firm.account.id, person: None };
        read_notes(&ctx, &dora, about).await.expect("the notes");
        moved(&ctx, &dora, line, "98.00").await.expect_err("what she knows now she would use for Jane");
        let manager = Draft::new().with("product_manager", dora.person_id().expect("a person").as_str());
        let stored = book::show::<ContractLine>(&ctx, &Actor::operator(), &line.id).await.expect("the line");
        let product = stored.product_id.clone();
        book::change(&ctx, &Actor::operator(), &product, 1, manager).await.expect("Dora manages it");
        moved(&ctx, &dora, line, "98.00").await.expect_err("a wall stands");
        let refused = moved(&ctx, &firm.ada, line, "98.00").await.expect_err("not hers");
        assert_eq!(refused.fields()[0].message.id, "decision-refused-nobody", "Dora is not named either");
        let mine = account_decisions(&ctx, &dora, &firm.account.id).await.expect("what she may decide").mine;
        let claims = |name: &str| name == "Claims";
        let of_claims = mine.iter().filter(|may| may.price.as_ref().is_some_and(|(name, _)| claims(name)));
        assert!(of_claims.clone().count() == 2 && of_claims.clone().all(|may| may.extent == Extent::Nothing));
        delegate(&ctx, &dora, &for_prices(&dora, &firm.ben)).await.expect("named");
        moved(&ctx, &firm.ben, line, "98.00").await.expect_err("nor through a substitute");

        let before = SHIPPED_POLICIES.replace(" && !principal.walled", "");
        let tests: String = SHIPPED_TESTS.lines().filter(|line| !line.contains("walled")).map(|line| format!("{line}\n")).collect();
        assert!(before != SHIPPED_POLICIES && tests != SHIPPED_TESTS);
        save_policies(&ctx, &firm.administrator, 0, (&before, &tests), "As before walls").await.expect("they stand");
        moved(&ctx, &dora, line, "98.00").await.expect_err("a wall stands in front of these too");

        let (_, walls) = list_walls(&ctx, &firm.sponsor).await.expect("the walls");
        assert_eq!(walls.iter().map(|(user, _)| user.display_name.as_str()).collect::<Vec<_>>(), ["Dora Haas"]);
        let later = at(&db, "2026-11-22T12:00:00Z");
        let user = dora.user_id().expect("a user");
        let proven = |actor: &Actor, ctx: &Ctx| Actor { verified_at: Some(ctx.now()), ..actor.clone() };
        sign_wall(&later, &firm.sponsor, user, "No conflict").await.expect_err("who proved nothing lately signs nothing");
        sign_wall(&later, &proven(&firm.sponsor, &later), user, "No conflict").await.expect("signed");
        moved(&later, &dora, line, "98.00").await.expect_err("one of two");
        sign_wall(&later, &proven(&firm.administrator, &later), user, "No conflict").await.expect("signed");
        moved(&later, &dora, line, "98.00").await.expect("lifted");
        moved(&later, &firm.ben, line, "97.00").await.expect("and for her substitute");

        let again = at(&db, "2026-11-23T12:00:00Z");
        let verified = proven(&dora, &again);
        read_notes(&again, &verified, about).await.expect("read again");
        moved(&again, &dora, line, "96.00").await.expect_err("it stands again");
        declare_walls(&again, &proven(&firm.administrator, &again), true, "A firm of six").await.expect("declared off");
        moved(&again, &dora, line, "96.00").await.expect("declared off");
    }
}
