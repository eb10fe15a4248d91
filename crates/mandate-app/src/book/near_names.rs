//! What a name that is not in the book probably means: the one that is there and a letter or two apart.
//!
//! Asked once a file is refused, of the names its errors tell: each is held against every name of its kind within the reader's
//! reach, read one by one. Where two are equally near nothing is said.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::book::Referent;
use mandate_domain::book::near::NearName;
use mandate_domain::text::fold;
use mandate_store::reads::book_pages;
use mandate_store::{ReadTx, StoreError, book as store, boxed};

use super::import_report::RowError;
use crate::ctx::Actor;
use crate::error::Message;

/// Most names that are looked for.
const MOST_NAMES: usize = 100;

/// The nearest record so far.
struct Nearest {
    distance: usize,
    id: String,
    is_only: bool,
}

/// A name that is looked for.
struct Asked {
    name: NearName,
    nearest: Option<Nearest>,
}

impl Asked {
    fn hold_against(&mut self, id: &str, other: &NearName) {
        let Some(distance) = self.name.distance(other) else { return };
        match &mut self.nearest {
            Some(nearest) if nearest.distance < distance => {}
            Some(nearest) if nearest.distance == distance => nearest.is_only = false,
            nearest => *nearest = Some(Nearest { distance, id: id.to_owned(), is_only: true }),
        }
    }
}

/// Says in each error that names what is not there what is probably meant.
#[boxed]
pub(super) async fn suggest(
    tx: &mut ReadTx,
    actor: &Actor,
    errors: &mut [RowError],
) -> Result<(), StoreError> {
    let missing: BTreeSet<(Referent, String)> = errors
        .iter()
        .filter_map(|error| error.missing.as_ref())
        .map(|missing| (missing.referent, fold(&missing.text)))
        .take_while(met_at_most(MOST_NAMES))
        .collect();
    let mut by_referent: BTreeMap<Referent, BTreeMap<String, Asked>> = BTreeMap::new();
    for (referent, text) in missing {
        let asked = Asked { name: NearName::read(referent.kind, &text), nearest: None };
        by_referent.entry(referent).or_default().insert(text, asked);
    }
    for (referent, mut asked) in by_referent {
        let mut take = |id: String, name: &str| {
            let name = NearName::read(referent.kind, name);
            asked.values_mut().for_each(|asked| asked.hold_against(&id, &name));
        };
        store::each_name(tx, &actor.scope, referent, &mut take).await?;
        let only = |asked: Asked| asked.nearest.filter(|nearest| nearest.is_only).map(|nearest| nearest.id);
        let found: BTreeMap<String, String> =
            asked.into_iter().filter_map(|(text, asked)| Some((text, only(asked)?))).collect();
        let ids: Vec<String> = found.values().cloned().collect();
        let names = book_pages::names(tx, &actor.scope, referent.kind, &ids).await?;
        for error in errors.iter_mut() {
            let Some(missing) = error.missing.as_mut().filter(|it| it.referent == referent) else { continue };
            let Some(name) = found.get(&fold(&missing.text)).and_then(|id| names.get(id)) else { continue };
            missing.close = Some(name.clone());
            error.text.push_str(&format!("; did you mean `{name}`?"));
            error.message = Message::new("book-problem-did-you-mean")
                .with("kind", referent.kind.as_str())
                .with("text", missing.text.as_str())
                .with("close", name.as_str());
        }
    }
    Ok(())
}

/// Whether no more than `most` different ones came.
fn met_at_most<T: Ord + Clone>(most: usize) -> impl FnMut(&T) -> bool {
    let mut met = BTreeSet::new();
    move |it| {
        met.insert(it.clone());
        met.len() <= most
    }
}
