//! Keeping tags in order: renaming one, merging it into another, retiring it and bringing it back, and undoing a renaming.
//!
//! All of it works on the records within the actor's reach and on no other, so nothing is learnt of the rest. To rename a tag to one that is
//! in use is to merge the two. Each record whose tags change has it in its own history.

use std::collections::BTreeMap;

use mandate_domain::Id;
use mandate_domain::audit::Changes;
use mandate_domain::book::{Kind, Tag};
use mandate_domain::text::fold;
pub use mandate_store::book::TagRename;
use mandate_store::book::{self as store, Place, RenamedRow};
use mandate_store::boxed;
use mandate_store::reads::tags_in_use::{Tagged, list_tagged, written_first};

use super::tags::{TagsError, problem, tagged};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{FieldError, Message};

/// A tag that was renamed.
#[derive(Clone, Debug)]
pub struct Renamed {
    /// The renaming, which can be undone.
    pub id: Id<TagRename>,
    /// How the tag was written.
    pub from: String,
    /// How it is written now.
    pub to: String,
    /// How many records had it.
    pub n_records: usize,
    /// How many of them had the other one already.
    pub n_both: usize,
}

/// What undoing a renaming came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoneRename {
    /// The tag that is back.
    pub tag: String,
    /// Records that have it again.
    pub n_back: usize,
    /// Records left as they are: their tags changed since, they lie in the trash or are out of reach.
    pub n_left: usize,
}

fn subject<'a>(id: &'a str, name: &'a str) -> Subject<'a> {
    Subject { kind: "tag", id, name, account_id: None }
}

/// That no record within reach has the tag: whether one elsewhere has it is not told.
fn unknown(field: &str, tag: &str) -> TagsError {
    let message = Message::new("tag-error-unknown").with("tag", tag.chars().take(60).collect::<String>());
    TagsError::Invalid { fields: vec![FieldError { field: field.to_owned(), message }] }
}

fn place_of(tagged: &Tagged) -> Place {
    Place { name: tagged.name.clone(), account_id: tagged.account_id.clone() }
}

/// Two tags of a record, as its history tells them.
fn both(one: &str, other: &str) -> String {
    format!("{one}, {other}")
}

/// Renames a tag on every record within reach; renamed to one in use there, the two become one.
///
/// # Errors
/// [`TagsError::Invalid`] when no record within reach has it, or `to` is no tag.
#[boxed]
pub async fn rename_tag(ctx: &Ctx, actor: &Actor, from: &str, to: &str) -> Result<Renamed, TagsError> {
    authorise(actor, Action::TrashBook)?;
    let mut tx = ctx.begin_write().await?;
    let from_fold = fold(from);
    let found = list_tagged(&mut tx, &actor.scope, &from_fold).await?;
    let Some(first) = written_first(&mut tx, &actor.scope, &[&from_fold]).await?.remove(&from_fold) else {
        return Err(unknown("from", from));
    };
    let wrong = |error| {
        let message = problem(to, &error);
        TagsError::Invalid { fields: vec![FieldError { field: "to".to_owned(), message }] }
    };
    let typed = Tag::parse(to).map_err(wrong)?;
    let is_same = typed.fold() == from_fold;
    let others = if is_same { vec![] } else { list_tagged(&mut tx, &actor.scope, typed.fold()).await? };
    let written = written_first(&mut tx, &actor.scope, &[typed.fold()]).await?.remove(typed.fold());
    let to = match written.filter(|_| !is_same) {
        Some(text) => Tag::parse(&text).unwrap_or(typed),
        None => typed,
    };
    let (id, now) = (ctx.new_id(), ctx.now());
    let (mut rows, mut audit) = (vec![], vec![]);
    for it in &found {
        let of = (it.kind, it.record_id.as_str());
        let other = others.iter().find(|other| (other.kind, other.record_id.as_str()) == of);
        let had_both = other.is_some();
        let has = store::list_tags(&mut tx, of).await?;
        let was_retired = has.iter().any(|it| it.tag.fold() == from_fold && it.is_retired);
        if had_both {
            store::remove_tags(&mut tx, of, &[&from_fold]).await?;
        } else {
            store::change_tag(&mut tx, of, &from_fold, &to).await?;
        }
        rows.push(RenamedRow {
            kind: it.kind,
            record_id: it.record_id.clone(),
            text: it.text.clone(),
            had_both,
            was_retired,
        });
        audit.push(match other {
            Some(other) => tagged(ctx, actor, of, &place_of(it), (&both(&it.text, &other.text), &other.text)),
            None => tagged(ctx, actor, of, &place_of(it), (&it.text, to.text())),
        });
    }
    let n_both = rows.iter().filter(|row| row.had_both).count();
    let rename = TagRename {
        id: id.clone(),
        from_fold,
        from_text: first.clone(),
        to_fold: to.fold().to_owned(),
        to_text: to.text().to_owned(),
        renamed_by: actor.user_id().cloned(),
        renamed_at: now,
        undone_at: None,
    };
    store::insert_rename(&mut tx, &rename, &rows).await?;
    let changes = Changes::new()
        .field("tag", Some(first.clone()), Some(to.text().to_owned()))
        .field("n_records", None, Some(rows.len().to_string()))
        .into_vec();
    audit.push(actor.record(now, "tag.renamed", subject(id.as_str(), to.text()), changes));
    tx.commit_all(audit).await?;
    Ok(Renamed { id, from: first, to: to.text().to_owned(), n_records: rows.len(), n_both })
}

/// The newest renamings that `actor` made.
///
/// # Errors
/// [`TagsError::Denied`].
#[boxed]
pub async fn past_renames(ctx: &Ctx, actor: &Actor, limit: usize) -> Result<Vec<TagRename>, TagsError> {
    authorise(actor, Action::TrashBook)?;
    let Some(user) = actor.user_id() else { return Ok(vec![]) };
    Ok(store::list_renames(&mut ctx.begin_read().await?, user, limit).await?)
}

/// Undoes a renaming of one's own: records that still have the new tag as it was left have the old one again.
///
/// # Errors
/// [`TagsError::NotFound`] for another's, [`TagsError::Undone`] the second time.
#[boxed]
pub async fn undo_rename(ctx: &Ctx, actor: &Actor, id: &Id<TagRename>) -> Result<UndoneRename, TagsError> {
    authorise(actor, Action::TrashBook)?;
    let mut tx = ctx.begin_write().await?;
    let rename = store::load_rename(&mut tx, id).await?;
    let is_own = |rename: &TagRename| rename.renamed_by.as_ref() == actor.user_id();
    let rename = rename.filter(is_own).ok_or(TagsError::NotFound { what: "renaming" })?;
    if rename.undone_at.is_some() {
        return Err(TagsError::Undone);
    }
    let now = ctx.now();
    let carrying: BTreeMap<(Kind, String), Tagged> = list_tagged(&mut tx, &actor.scope, &rename.to_fold)
        .await?
        .into_iter()
        .map(|it| ((it.kind, it.record_id.clone()), it))
        .collect();
    let is_same = rename.from_fold == rename.to_fold;
    let (mut n_back, mut n_left, mut audit) = (0, 0, vec![]);
    for row in store::list_renamed(&mut tx, id).await? {
        let of = (row.kind, row.record_id.as_str());
        let here = carrying.get(&(row.kind, row.record_id.clone()));
        let tag = Tag::parse(&row.text).ok();
        let (Some(here), Some(tag)) = (here, tag) else {
            n_left += 1;
            continue;
        };
        let has_again = !is_same
            && store::list_tags(&mut tx, of).await?.iter().any(|it| it.tag.fold() == rename.from_fold);
        if has_again {
            n_left += 1;
            continue;
        }
        if row.had_both {
            store::add_tags(&mut tx, of, &[(ctx.new_id(), tag.clone())], now).await?;
            store::set_retired(&mut tx, of, tag.fold(), row.was_retired).await?;
        } else {
            store::change_tag(&mut tx, of, &rename.to_fold, &tag).await?;
        }
        n_back += 1;
        let with_both = both(tag.text(), &here.text);
        let is = if row.had_both { with_both.as_str() } else { tag.text() };
        audit.push(tagged(ctx, actor, of, &place_of(here), (&here.text, is)));
    }
    store::mark_rename_undone(&mut tx, id, now).await?;
    let changes =
        Changes::new().field("tag", Some(rename.to_text), Some(rename.from_text.clone())).into_vec();
    audit.push(actor.record(now, "tag.rename_undone", subject(id.as_str(), &rename.from_text), changes));
    tx.commit_all(audit).await?;
    Ok(UndoneRename { tag: rename.from_text, n_back, n_left })
}

/// What retiring a tag, or bringing it back, came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptTag {
    /// The tag.
    pub tag: String,
    /// The records that have it.
    pub n_records: usize,
}

/// Retires a tag on the records within reach: it stays there and is offered no more.
///
/// # Errors
/// [`TagsError::Invalid`] when no record within reach has it.
#[boxed]
pub async fn retire_tag(ctx: &Ctx, actor: &Actor, tag: &str) -> Result<KeptTag, TagsError> {
    set_retired(ctx, actor, tag, ("tag.retired", true)).await
}

/// Offers a retired tag again.
///
/// # Errors
/// As [`retire_tag`].
#[boxed]
pub async fn bring_back_tag(ctx: &Ctx, actor: &Actor, tag: &str) -> Result<KeptTag, TagsError> {
    set_retired(ctx, actor, tag, ("tag.brought_back", false)).await
}

async fn set_retired(
    ctx: &Ctx,
    actor: &Actor,
    tag: &str,
    (event, is_retired): (&str, bool),
) -> Result<KeptTag, TagsError> {
    authorise(actor, Action::TrashBook)?;
    let mut tx = ctx.begin_write().await?;
    let fold = fold(tag);
    let found = list_tagged(&mut tx, &actor.scope, &fold).await?;
    let Some(text) = written_first(&mut tx, &actor.scope, &[&fold]).await?.remove(&fold) else {
        return Err(unknown("tag", tag));
    };
    for it in &found {
        store::set_retired(&mut tx, (it.kind, &it.record_id), &fold, is_retired).await?;
    }
    let changes = Changes::new().field("n_records", None, Some(found.len().to_string())).into_vec();
    tx.commit(actor.record(ctx.now(), event, subject(&fold, &text), changes)).await?;
    Ok(KeptTag { tag: text, n_records: found.len() })
}
