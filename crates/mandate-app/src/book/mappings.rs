//! Mappings that were used before, by the name of where the files come from: offered again for a file with the same header.
//!
//! A mapping is remembered with the import that used it, in its transaction, and never by a check. What was chosen for single
//! rows is about that one file and is not kept. Whoever may import sees and uses all of them.

use mandate_domain::book::Kind;
use mandate_store::exchange::{self as store, KeptMapping};
use mandate_store::{StoreError, WriteTx, boxed};
use sha2::{Digest, Sha256};

use super::mapping::Mapping;
use crate::authorise::{Action, Denied, authorise};
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
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for MappingsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

fn digest(header: &[String]) -> String {
    let mut hasher = Sha256::new();
    for head in header {
        hasher.update(head.trim().to_lowercase());
        hasher.update([0]);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keeps the mapping of an import under the name it has, if it has one.
#[boxed]
pub(super) async fn remember(
    tx: &mut WriteTx,
    ctx: &Ctx,
    (kind, header): (Kind, &[String]),
    mapping: Option<&Mapping>,
) -> Result<(), StoreError> {
    let source =
        |mapping: &Mapping| -> String { mapping.source.trim().chars().take(LONGEST_SOURCE).collect() };
    let Some((mapping, source)) = mapping.map(|it| (it, source(it))).filter(|(_, source)| !source.is_empty())
    else {
        return Ok(());
    };
    let kept = Mapping { alike_rows: Default::default(), source: source.clone(), ..mapping.clone() };
    let kept = KeptMapping {
        source,
        kind: kind.plural().to_owned(),
        header_digest: digest(header),
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
    let asked = digest(header);
    let kept = store::list_mappings(&mut ctx.begin_read().await?).await?;
    let named = kept.into_iter().filter_map(|kept| {
        let found = Kind::parse(&kept.kind)?;
        // A field that is gone since makes a mapping unreadable; then it is guessed anew.
        let mapping = Mapping::from_text(&kept.mapping).ok()?;
        let same_header = kept.header_digest == asked;
        Some(NamedMapping { source: kept.source, kind: found, same_header, mapping })
    });
    Ok(named.filter(|named| kind.is_none_or(|kind| kind == named.kind)).collect())
}
