//! Saved views: save, change, put away, bring back; and the one a person opens a list with.
//!
//! Everybody keeps views of their own of the lists they may see. Sharing one with everybody takes the right to change what
//! the list shows; a shared view is changed by its owner, or by an administrator when the owner has left. Whose default it
//! is is each reader's own affair. A view outlives the custom fields it names; one that names a field its reader may not know of is
//! shown to its owner only. Not here: what a query may name (`mandate-web`, which has the columns).

use mandate_domain::Id;
use mandate_domain::Purpose;
use mandate_domain::audit::{AuditRecord, Changes, FieldChange};
use mandate_domain::book::Kind;
use mandate_domain::identity::{SavedView, User, ViewRefusal};
use mandate_store::book::{StoredField, list_custom_fields};
use mandate_store::identity as store;
use mandate_store::identity::ListedView;
use mandate_store::reads::listing::ListDef;
use mandate_store::{ReadTx, StoreError, boxed};

use crate::authorise::{Action, Denied, authorise, clearance};
use crate::ctx::{Actor, Ctx, Subject, Who};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};
use crate::identity::name_message;

/// A list whose views can be saved, as one actor may see it.
#[derive(Clone, Debug)]
pub struct ViewedList {
    /// The list.
    pub def: ListDef,
    /// The right to see it.
    pub read: Action,
    /// The right to share a view of it: that of changing what it shows.
    pub share: Action,
}

/// The list named `name`, if views of it can be saved.
pub fn viewed_list(ctx: &Ctx, actor: &Actor, name: &str) -> Option<ViewedList> {
    let kind = Kind::ALL.into_iter().find(|kind| *kind != Kind::ContractLine && kind.plural() == name);
    if let Some(kind) = kind {
        let def = crate::book::list(ctx, actor, kind);
        let read = if kind == Kind::Account { Action::ReadFacts } else { Action::ReadBook };
        return Some(ViewedList { def, read, share: Action::WriteBook });
    }
    let (def, read, share) = match name {
        "cases" => (crate::facts::delivered::cases(), Action::ReadFacts, Action::WriteFacts),
        "measures" => (crate::facts::kpi_read::definitions_list(), Action::ReadFacts, Action::WriteFacts),
        "audit" => (crate::audit::audit_list(actor), Action::ReadAudit, Action::Administer),
        _ => return None,
    };
    Some(ViewedList { def, read, share })
}

/// A view to be.
#[derive(Clone, Debug, Default)]
pub struct NewView {
    /// The list's name.
    pub list: String,
    /// What its owner calls it.
    pub name: String,
    /// Filters, order and columns as the page has them in its address.
    pub query: String,
    /// Whether everybody finds it.
    pub shared: bool,
    /// Whether its owner opens the list with it.
    pub is_default: bool,
}

/// What changes of a view; none leaves a thing as it is.
#[derive(Clone, Debug, Default)]
pub struct ViewChange {
    /// What its owner calls it.
    pub name: Option<String>,
    /// Filters, order and columns.
    pub query: Option<String>,
    /// Whether everybody finds it.
    pub shared: Option<bool>,
    /// Whether the actor opens the list with it.
    pub is_default: Option<bool>,
}

/// A view as the actor finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewLine {
    /// The view.
    pub view: SavedView,
    /// Its owner's name.
    pub owner_name: String,
    /// Whether it is the actor's own.
    pub own: bool,
    /// Whether the actor opens the list with it.
    pub is_default: bool,
    /// Whether the actor may rename, change and delete it.
    pub may_change: bool,
    /// Custom fields it names that the list has no more, by their names: what it says of them is left out, and comes back with them.
    pub gone: Vec<String>,
}

/// Why a view was not saved, changed or found.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// None, or none this actor may know of.
    #[error("there is no such view")]
    NotFound,
    /// Views of it cannot be saved.
    #[error("`{list}` is no list whose views can be saved")]
    UnknownList {
        /// What was named.
        list: String,
    },
    /// The name or the query.
    #[error(transparent)]
    Refused(#[from] ViewRefusal),
    /// One of their views of this list has that name.
    #[error("you have a view `{name}` of this list already")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// They have as many as may be.
    #[error("you have {} views of this list; delete one first", SavedView::MOST_OF_A_LIST)]
    TooMany,
    /// A view shared by somebody else.
    #[error("only `{owner}` or an administrator changes this view")]
    NotYours {
        /// Whose it is.
        owner: String,
    },
    /// The database failed, or another save came first.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for ViewError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::UnknownList { .. } | Self::Refused(_) | Self::NameTaken { .. } | Self::TooMany => {
                ErrorKind::Invalid
            }
            Self::NotYours { .. } => ErrorKind::Forbidden,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound => Message::new("error-not-found"),
            Self::UnknownList { list } => Message::new("view-error-list").with("list", list.clone()),
            Self::Refused(ViewRefusal::Name(error)) => name_message(error),
            Self::Refused(ViewRefusal::QueryTooLong { .. }) => {
                Message::new("view-error-too-long").with("limit", SavedView::LONGEST_QUERY.to_string())
            }
            Self::NameTaken { name } => Message::new("view-error-name-taken").with("name", name.clone()),
            Self::TooMany => {
                Message::new("view-error-too-many").with("limit", SavedView::MOST_OF_A_LIST.to_string())
            }
            Self::NotYours { owner } => Message::new("view-error-not-yours").with("owner", owner.clone()),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let field = match self {
            Self::Refused(ViewRefusal::Name(_)) | Self::NameTaken { .. } | Self::TooMany => "name",
            Self::Refused(ViewRefusal::QueryTooLong { .. }) => "query",
            Self::UnknownList { .. } => "list",
            _ => return vec![],
        };
        vec![FieldError { field: field.to_owned(), message: self.message() }]
    }
}

/// The actor's own views and those shared with everybody, of one list or of all lists they may see.
///
/// # Errors
/// [`ViewError`] when the right is missing or the database failed.
#[boxed]
pub async fn list_views(ctx: &Ctx, actor: &Actor, list: Option<&str>) -> Result<Vec<ViewLine>, ViewError> {
    authorise(actor, Action::OwnProfile)?;
    let Some(user) = actor.user_id() else { return Ok(vec![]) };
    let mut tx = ctx.begin_read().await?;
    let found = store::list_views(&mut tx, user, list.unwrap_or_default()).await?;
    let fields = Fields::of(&mut tx, found.iter().map(|listed| &listed.view)).await?;
    let lines = found.into_iter().filter(|listed| may_see(ctx, actor, &listed.view));
    Ok(lines.filter_map(|listed| line(actor, user, listed, &fields)).collect())
}

/// One of the views the actor finds.
///
/// # Errors
/// [`ViewError::NotFound`].
#[boxed]
pub async fn show_view(ctx: &Ctx, actor: &Actor, id: &Id<SavedView>) -> Result<ViewLine, ViewError> {
    let user = owner(actor)?;
    let mut tx = ctx.begin_read().await?;
    let listed = store::load_view(&mut tx, user, id).await?;
    found(&mut tx, ctx, actor, listed).await
}

/// Saves a new view of the actor's.
///
/// # Errors
/// [`ViewError`]; then nothing was saved.
#[boxed]
pub async fn save_view(ctx: &Ctx, actor: &Actor, new: NewView) -> Result<ViewLine, ViewError> {
    let user = owner(actor)?;
    let list = viewed_list(ctx, actor, &new.list);
    let list = list.ok_or_else(|| ViewError::UnknownList { list: new.list.chars().take(40).collect() })?;
    authorise(actor, list.read)?;
    if new.shared {
        authorise(actor, list.share)?;
    }
    let view = SavedView {
        id: ctx.new_id(),
        user_id: user.clone(),
        list: new.list,
        name: new.name,
        query: new.query,
        shared: new.shared,
        version: 1,
    };
    let view = view.checked()?;
    let mut tx = ctx.begin_write().await?;
    check_name(&mut tx, user, &view).await?;
    store::insert_view(&mut tx, &view, ctx.now()).await?;
    let changes = Changes::new()
        .field("list", None, Some(view.list.clone()))
        .field("query", None, Some(view.query.clone()))
        .field("shared", None, view.shared.then(|| "true".to_owned()));
    let mut records = vec![record(ctx, actor, &view, "view.saved", changes.into_vec())];
    if new.is_default {
        store::choose_default_view(&mut tx, user, &view).await?;
        records.push(record(ctx, actor, &view, "view.default_chosen", vec![]));
    }
    let fields = Fields::of(&mut tx, [&view]).await?;
    tx.commit_all(records).await?;
    let owner_name = owner_name(actor);
    let listed = ListedView { view, owner_name, is_default: new.is_default };
    line(actor, user, listed, &fields).ok_or(ViewError::NotFound)
}

/// Changes a view; whether it is the actor's default needs no right to change it. `version` is the one that was read.
///
/// # Errors
/// [`ViewError`]; then nothing was changed.
#[boxed]
pub async fn change_view(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<SavedView>,
    version: i64,
    change: ViewChange,
) -> Result<ViewLine, ViewError> {
    let user = owner(actor)?;
    let mut tx = ctx.begin_write().await?;
    let listed = store::load_view(&mut tx, user, id).await?;
    let before = found(&mut tx, ctx, actor, listed).await?;
    if before.view.version != version {
        return Err(StoreError::Stale { table: "saved_view" }.into());
    }
    let mut after = SavedView {
        name: change.name.unwrap_or_else(|| before.view.name.clone()),
        query: change.query.unwrap_or_else(|| before.view.query.clone()),
        shared: change.shared.unwrap_or(before.view.shared),
        ..before.view.clone()
    }
    .checked()?;
    let mut records = vec![];
    if after != before.view {
        check_may_change(ctx, actor, &before, after.shared)?;
        check_name(&mut tx, &after.user_id, &after).await?;
        store::save_view(&mut tx, &after).await?;
        let text = |text: &str| Some(text.to_owned());
        let changes = Changes::new()
            .field("name", text(&before.view.name), text(&after.name))
            .field("query", text(&before.view.query), text(&after.query))
            .field("shared", Some(before.view.shared.to_string()), Some(after.shared.to_string()));
        records.push(record(ctx, actor, &after, "view.changed", changes.into_vec()));
        after.version += 1;
    }
    let is_default = change.is_default.unwrap_or(before.is_default);
    match (before.is_default, is_default) {
        (false, true) => {
            store::choose_default_view(&mut tx, user, &after).await?;
            records.push(record(ctx, actor, &after, "view.default_chosen", vec![]));
        }
        (true, false) => {
            store::clear_default_view(&mut tx, user, &after).await?;
            records.push(record(ctx, actor, &after, "view.default_cleared", vec![]));
        }
        _ => {}
    }
    let fields = Fields::of(&mut tx, [&after]).await?;
    if !records.is_empty() {
        tx.commit_all(records).await?;
    }
    let listed = ListedView { view: after, owner_name: before.owner_name, is_default };
    line(actor, user, listed, &fields).ok_or(ViewError::NotFound)
}

/// Puts a view into the trash, whence it can be restored. `version` is the one that was read.
///
/// # Errors
/// [`ViewError`]; then it stays.
#[boxed]
pub async fn delete_view(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<SavedView>,
    version: i64,
) -> Result<SavedView, ViewError> {
    let user = owner(actor)?;
    let mut tx = ctx.begin_write().await?;
    let listed = store::load_view(&mut tx, user, id).await?;
    let before = found(&mut tx, ctx, actor, listed).await?;
    check_may_change(ctx, actor, &before, false)?;
    let view = SavedView { version, ..before.view };
    store::trash_view(&mut tx, &view, ctx.now()).await?;
    tx.commit(record(ctx, actor, &view, "view.deleted", vec![])).await?;
    Ok(view)
}

/// Brings a view back from the trash, with the defaults it was.
///
/// # Errors
/// [`ViewError`]; then it stays there.
#[boxed]
pub async fn restore_view(ctx: &Ctx, actor: &Actor, id: &Id<SavedView>) -> Result<ViewLine, ViewError> {
    let user = owner(actor)?;
    let mut tx = ctx.begin_write().await?;
    let listed = store::load_deleted_view(&mut tx, user, id).await?;
    let mut lying = found(&mut tx, ctx, actor, listed).await?;
    check_may_change(ctx, actor, &lying, lying.view.shared)?;
    check_name(&mut tx, &lying.view.user_id, &lying.view).await?;
    store::restore_view(&mut tx, &lying.view).await?;
    tx.commit(record(ctx, actor, &lying.view, "view.restored", vec![])).await?;
    lying.view.version += 1;
    Ok(lying)
}

/// Whoever keeps views: a person who signed in, with a profile of their own.
fn owner(actor: &Actor) -> Result<&Id<User>, ViewError> {
    authorise(actor, Action::OwnProfile)?;
    actor.user_id().ok_or(ViewError::NotFound)
}

fn owner_name(actor: &Actor) -> String {
    match &actor.who {
        Who::User { name, .. } => name.clone(),
        Who::Operator | Who::System => String::new(),
    }
}

fn may_see(ctx: &Ctx, actor: &Actor, view: &SavedView) -> bool {
    viewed_list(ctx, actor, &view.list).is_some_and(|list| authorise(actor, list.read).is_ok())
}

/// The custom fields of the lists that views are of; none is read where no view names one.
struct Fields(Vec<StoredField>);

impl Fields {
    async fn of(tx: &mut ReadTx, views: impl IntoIterator<Item = &SavedView>) -> Result<Self, StoreError> {
        let any = views.into_iter().any(|view| !view.named_custom().is_empty());
        Ok(Self(if any { list_custom_fields(tx, None).await? } else { vec![] }))
    }

    /// What of the fields that `view` names the list has no more for the actor; none where they may not know of one of them.
    fn gone(&self, actor: &Actor, view: &SavedView, own: bool) -> Option<Vec<String>> {
        let (kind, cleared) = (Kind::parse(&view.list), clearance(actor));
        let mut gone = vec![];
        for name in view.named_custom() {
            let known = self.0.iter().find(|it| Some(it.field.kind) == kind && it.field.name == name);
            let may_know = match known {
                Some(stored) => cleared.admits(stored.field.purpose),
                // Who read a field that was removed is not known any more.
                None => cleared.has(Purpose::Cost),
            };
            if !may_know && !own {
                return None;
            }
            if !may_know || known.is_none_or(|it| it.retired_at.is_some()) {
                gone.push(name);
            }
        }
        Some(gone)
    }
}

/// The view as the actor finds it, if they may know of everything it names.
fn line(actor: &Actor, user: &Id<User>, listed: ListedView, fields: &Fields) -> Option<ViewLine> {
    let own = listed.view.user_id == *user;
    let may_change = own || authorise(actor, Action::Administer).is_ok();
    let gone = fields.gone(actor, &listed.view, own)?;
    Some(ViewLine {
        view: listed.view,
        owner_name: listed.owner_name,
        own,
        is_default: listed.is_default,
        may_change,
        gone,
    })
}

async fn found(
    tx: &mut ReadTx,
    ctx: &Ctx,
    actor: &Actor,
    listed: Option<ListedView>,
) -> Result<ViewLine, ViewError> {
    let user = owner(actor)?;
    let listed = listed.filter(|listed| may_see(ctx, actor, &listed.view)).ok_or(ViewError::NotFound)?;
    let fields = Fields::of(tx, [&listed.view]).await?;
    line(actor, user, listed, &fields).ok_or(ViewError::NotFound)
}

/// Whether the actor may change the view, and share it where it is shared afterwards.
fn check_may_change(ctx: &Ctx, actor: &Actor, before: &ViewLine, shared: bool) -> Result<(), ViewError> {
    if !before.may_change {
        return Err(ViewError::NotYours { owner: before.owner_name.clone() });
    }
    if shared {
        let list = viewed_list(ctx, actor, &before.view.list).ok_or(ViewError::NotFound)?;
        authorise(actor, list.share)?;
    }
    Ok(())
}

/// Whether the owner has no other view of that name, and room for this one.
async fn check_name(tx: &mut ReadTx, user: &Id<User>, view: &SavedView) -> Result<(), ViewError> {
    let listed = store::list_views(tx, user, &view.list).await?;
    let others: Vec<&SavedView> =
        listed.iter().map(|it| &it.view).filter(|it| it.user_id == *user && it.id != view.id).collect();
    if others.iter().any(|other| other.is_called(&view.name)) {
        return Err(ViewError::NameTaken { name: view.name.clone() });
    }
    if others.len() >= SavedView::MOST_OF_A_LIST { Err(ViewError::TooMany) } else { Ok(()) }
}

fn record(
    ctx: &Ctx,
    actor: &Actor,
    view: &SavedView,
    action: &str,
    changes: Vec<FieldChange>,
) -> AuditRecord {
    let subject = Subject { kind: "saved_view", id: view.id.as_str(), name: &view.name, account_id: None };
    actor.record(ctx.now(), action, subject, changes)
}
