//! Mappings that were used before, by the name of where the files come from: offered again for a file with the same header.
//!
//! A mapping is remembered with the import that used it, in its transaction, and never by a check. What was chosen for single
//! rows is about that one file and is not kept. Whoever may import uses all of them and sees what of each they may read; the one a
//! source's files are read with is changed by who may keep sources.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use mandate_domain::book::{Kind, Spec};
use mandate_store::exchange::{self as store, KeptMapping};
use mandate_store::reads::Scope;
use mandate_store::{StoreError, WriteTx, boxed, sources};
use sha2::{Digest, Sha256};

use super::import::{ImportError, import_columns};
use super::import_rows::{FIRST_NAME, LAST_NAME, in_currency};
use super::mapping::Mapping;
use crate::authorise::{Action, Denied, authorise, clearance};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, Message, UseCaseError};

/// Most characters of a source's name.
pub const LONGEST_SOURCE: usize = 100;

/// A mapping under its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedMapping {
    /// Where the files come from.
    pub source: String,
    /// What they hold.
    pub kind: Kind,
    /// Whether it is for files with the header that was asked about.
    pub same_header: bool,
    /// How they are read.
    pub mapping: Mapping,
}

/// Why mappings were not told.
#[derive(Debug, thiserror::Error)]
pub enum MappingsError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// What the reader may map could not be read.
    #[error(transparent)]
    Columns(#[from] ImportError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for MappingsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Columns(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::Columns(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

/// What tells files with the same columns from others.
pub(super) fn digest_of_header(header: &[String]) -> String {
    let mut hasher = Sha256::new();
    for head in header {
        hasher.update(head.trim().to_lowercase());
        hasher.update([0]);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keeps the mapping of an import under the name it has, if it has one. What comes in by itself is read by the mapping of its
/// source, with the rights of the source's owner: only who may keep sources changes that one.
#[boxed]
pub(super) async fn remember(
    tx: &mut WriteTx,
    (ctx, actor): (&Ctx, &Actor),
    (kind, header): (Kind, &[String]),
    mapping: Option<&Mapping>,
) -> Result<(), StoreError> {
    let source =
        |mapping: &Mapping| -> String { mapping.source.trim().chars().take(LONGEST_SOURCE).collect() };
    let Some((mapping, source)) = mapping.map(|it| (it, source(it))).filter(|(_, source)| !source.is_empty())
    else {
        return Ok(());
    };
    if let Some(of_it) = sources::load_named(tx, &source, kind.plural()).await? {
        if authorise(actor, Action::Administer).is_err() {
            return Ok(());
        }
        sources::forget_marks(tx, &of_it.id).await?;
    }
    let kept = Mapping { alike_rows: Default::default(), source: source.clone(), ..mapping.clone() };
    let kept = KeptMapping {
        source,
        kind: kind.plural().to_owned(),
        header_digest: digest_of_header(header),
        mapping: kept.to_text(),
        updated_at: ctx.now(),
    };
    store::save_mapping(tx, &kept).await
}

/// The mappings for files of `kind`, or of every kind; the one used last first.
///
/// # Errors
/// [`MappingsError`] when the right is missing.
#[boxed]
pub async fn mappings(
    ctx: &Ctx,
    actor: &Actor,
    kind: Option<Kind>,
    header: &[String],
) -> Result<Vec<NamedMapping>, MappingsError> {
    authorise(actor, Action::Import)?;
    let asked = digest_of_header(header);
    let kept = store::list_mappings(&mut ctx.begin_read().await?).await?;
    let mut readable: BTreeMap<Kind, BTreeSet<&'static str>> = BTreeMap::new();
    let mut named = vec![];
    for kept in kept {
        // A field that is gone since makes a mapping unreadable; then it is guessed anew.
        let Some((found, mapping)) = Kind::parse(&kept.kind).zip(Mapping::from_text(&kept.mapping).ok())
        else {
            continue;
        };
        if kind.is_some_and(|kind| kind != found) {
            continue;
        }
        let fields = match readable.entry(found) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(fields_of(ctx, actor, found).await?),
        };
        let same_header = kept.header_digest == asked;
        let mapping = as_read(mapping, fields, actor);
        named.push(NamedMapping { source: kept.source, kind: found, same_header, mapping });
    }
    Ok(named)
}

/// The fields of a kind that the actor may read.
async fn fields_of(ctx: &Ctx, actor: &Actor, kind: Kind) -> Result<BTreeSet<&'static str>, ImportError> {
    let cleared = clearance(actor);
    let columns = import_columns(ctx, actor, kind).await?;
    let open = columns.into_iter().filter(|spec: &Spec| cleared.admits(spec.purpose)).map(|spec| spec.name);
    Ok(open.chain([FIRST_NAME, LAST_NAME]).collect())
}

/// What of a mapping its reader may know: nothing of a field that is not theirs to read, and no value by which whoever sees some
/// accounts only would learn of another.
fn as_read(mut mapping: Mapping, fields: &BTreeSet<&'static str>, actor: &Actor) -> Mapping {
    let is_read = |field: &str| fields.contains(field);
    mapping.columns.retain(|_, field| is_read(in_currency(field).0));
    mapping.words.retain(|field, _| is_read(field));
    let sees_all = actor.scope == Scope::Everything;
    mapping.names.retain(|field, _| is_read(field) && sees_all);
    for given in [&mut mapping.fixed, &mut mapping.defaults] {
        given.retain(|field, _| is_read(field) && (sees_all || !names_a_record(field)));
    }
    mapping
}

/// Whether a field holds a record, of any kind.
fn names_a_record(field: &str) -> bool {
    let of_kind = |kind: &Kind| {
        let found = kind.fields().iter().find(|spec| spec.name == field);
        found.is_some_and(|spec| spec.shape.referent().is_some())
    };
    field.contains('.') && !field.starts_with(mandate_domain::book::CUSTOM) || Kind::ALL.iter().any(of_kind)
}
