//! The address of a source as somebody gives it: checked part by part, its secret sealed.
//!
//! A secret is never shown again. It goes on to be used only for the same header of the same host: else whoever may change the
//! address, and does not know the secret, could have it sent to themselves.

use mandate_domain::Id;
use mandate_domain::audit::Changes;
use mandate_domain::source::times::{FetchTimes, FetchTimesError};
use mandate_domain::source::{LONGEST_SECRET, is_header_name, is_header_value};
use mandate_domain::webhook::OutAddress;
use mandate_store::sources::{StoredFetch, StoredSource};
use mandate_store::webhooks::StoredSecret;

use super::SourceError;
use super::fetch::TABLE;
use crate::ctx::Ctx;
use crate::error::{FieldError, Message};
use crate::identity::{Sealed, seal_secret};
use crate::webhooks::{address_message, host};

/// An address as it is to be asked; all in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchDraft {
    /// The address; empty for none.
    pub address: String,
    /// The header that says who asks; empty for none.
    pub header_name: String,
    /// What it holds; empty to leave it as it is.
    pub secret: String,
    /// `hour`, `day` or `week`.
    pub every: String,
    /// Of weekly ones: 1 (Monday) to 7.
    pub weekday: String,
    /// Such as `06:30`.
    pub time: String,
    /// Such as `Europe/Berlin`.
    pub time_zone: String,
}

/// An address that was checked, its secret not sealed yet.
pub(super) struct Checked {
    address: String,
    header_name: String,
    secret: Secret,
    times: FetchTimes,
}

enum Secret {
    None,
    Kept(StoredSecret),
    Given(String),
}

/// Checks what was given against what stood before; every wrong part goes to `errors`. None for no address.
pub(super) fn check(
    draft: Option<&FetchDraft>,
    before: Option<&StoredFetch>,
    errors: &mut Vec<FieldError>,
) -> Option<Checked> {
    let draft = draft.filter(|draft| !draft.address.trim().is_empty())?;
    let n_before = errors.len();
    let mut wrong = |field: &str, message| errors.push(FieldError { field: field.to_owned(), message });
    let address = match OutAddress::parse(&draft.address) {
        Ok(address) => address.as_str().to_owned(),
        Err(error) => {
            wrong("address", address_message(error));
            String::new()
        }
    };
    let header_name = draft.header_name.trim().to_ascii_lowercase();
    if !header_name.is_empty() && !is_header_name(&header_name) {
        wrong("header_name", Message::new("import-source-error-header"));
    }
    let as_before = before.filter(|it| it.header_name == header_name && host(&it.address) == host(&address));
    let kept = as_before.and_then(|it| it.secret.clone());
    let secret = match (header_name.is_empty(), draft.secret.trim(), kept) {
        (true, "", _) => Secret::None,
        (true, _, _) => {
            wrong("header_name", Message::new("import-source-error-header-missing"));
            Secret::None
        }
        (false, "", Some(kept)) => Secret::Kept(kept),
        (false, "", None) => {
            wrong("secret", Message::new("import-source-error-secret-missing"));
            Secret::None
        }
        (false, given, _) if is_header_value(given) => Secret::Given(given.to_owned()),
        (false, ..) => {
            let most = LONGEST_SECRET.to_string();
            wrong("secret", Message::new("import-source-error-secret").with("most", most));
            Secret::None
        }
    };
    let times = FetchTimes::parse(&draft.every, &draft.weekday, &draft.time, &draft.time_zone);
    let times = times.map_err(|problems| {
        for problem in problems {
            let (field, message) = match problem {
                FetchTimesError::Every => ("every", "import-source-error-every"),
                FetchTimesError::Weekday => ("weekday", "import-source-error-weekday"),
                FetchTimesError::Time => ("time", "import-source-error-time"),
                FetchTimesError::Zone => ("time_zone", "import-source-error-zone"),
            };
            wrong(field, Message::new(message));
        }
    });
    let times = times.ok()?;
    (errors.len() == n_before).then_some(Checked { address, header_name, secret, times })
}

impl Checked {
    /// As it is kept: what came from another address, or as another, counts for nothing.
    pub fn stored(
        self,
        ctx: &Ctx,
        source: &Id<StoredSource>,
        before: Option<&StoredFetch>,
    ) -> Result<StoredFetch, SourceError> {
        let secret = match self.secret {
            Secret::None => None,
            Secret::Kept(kept) => Some(kept),
            Secret::Given(text) => {
                let Sealed { key_id, text } = seal_secret(ctx, TABLE, source.as_str(), text.as_bytes())?;
                Some(StoredSecret { key_id, text })
            }
        };
        let now = ctx.now();
        let next_at = self.times.next_after(now);
        let fresh = StoredFetch {
            source_id: source.clone(),
            address: self.address,
            header_name: self.header_name,
            secret,
            times: self.times,
            etag: String::new(),
            last_modified: String::new(),
            digest: String::new(),
            next_at,
            tried_at: None,
            outcome: String::new(),
            problem: String::new(),
            failing_since: None,
        };
        let same = before.filter(|it| it.address == fresh.address);
        Ok(match same {
            None => fresh,
            Some(before) => StoredFetch {
                header_name: fresh.header_name,
                secret: fresh.secret,
                next_at: if before.times == fresh.times { before.next_at } else { next_at },
                times: fresh.times,
                ..before.clone()
            },
        })
    }
}

/// What changed, without the secret and with the host of an address only: its path may hold a secret, too.
pub(super) fn changes(
    changes: Changes,
    before: Option<&StoredFetch>,
    after: Option<&StoredFetch>,
) -> Changes {
    let of = |fetch: &StoredFetch| {
        let when = [fetch.times.every().as_str(), &fetch.times.time(), fetch.times.zone()].join(" ");
        let header = Some(fetch.header_name.clone()).filter(|name| !name.is_empty());
        [Some(host(&fetch.address).to_owned()), header, Some(when)]
    };
    let [host_before, header_before, times_before] = before.map(of).unwrap_or_default();
    let [host_after, header_after, times_after] = after.map(of).unwrap_or_default();
    let address = |fetch: Option<&StoredFetch>| fetch.map(|it| it.address.clone());
    let another_path = host_before == host_after && address(before) != address(after);
    let secret =
        |fetch: Option<&StoredFetch>| fetch.and_then(|it| it.secret.as_ref().map(|it| it.text.clone()));
    let another_secret = secret(after).is_some() && secret(before) != secret(after);
    changes
        .field("address", host_before, host_after)
        .field("path", None, another_path.then(|| "another".to_owned()))
        .field("header_name", header_before, header_after)
        .field("secret", None, another_secret.then(|| "another".to_owned()))
        .field("times", times_before, times_after)
}
