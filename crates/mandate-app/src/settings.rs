//! Settings of the firm: who sees what by default, how long sessions hold. Kept in the database, changed on record.
//!
//! Not here: what a machine needs before it has a database (address, folder, certificate); that is the binary's
//! settings file.

use mandate_domain::audit::Changes;
use mandate_domain::identity::{SessionLimits, SessionLimitsError};
use mandate_domain::text::{self, TextError};
use mandate_store::{ReadTx, StoreError, settings as store};

use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};
use crate::version::content_version;

const FIRM_NAME: &str = "firm_name";
const SEE_ALL: &str = "account_managers_see_all";
const IDLE: &str = "session_idle_minutes";
const ABSOLUTE: &str = "session_absolute_hours";
/// `1` where the firm has declared the walls between roles off.
pub(crate) const WALLS_DOWN: &str = "walls_down";

/// The firm's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirmSettings {
    /// The firm's name, as pages and reports show it; empty until someone says.
    pub firm_name: String,
    /// Account managers see every account, not only their own.
    pub account_managers_see_all: bool,
    /// How long a session holds.
    pub session_limits: SessionLimits,
    /// The walls between roles are declared off (`identity::walls`); changed there, with a reason.
    pub walls_down: bool,
}

impl FirmSettings {
    /// The version of what they say.
    pub fn version(&self) -> i64 {
        let texts = texts(self);
        content_version(texts.iter().map(|(_, text)| text.as_str()))
    }
}

/// Settings as asked for, unchecked.
#[derive(Clone, Debug)]
pub struct SettingsDraft {
    /// The firm's name; may be empty.
    pub firm_name: String,
    /// As [`FirmSettings::account_managers_see_all`].
    pub account_managers_see_all: bool,
    /// Minutes without use after which a session ends.
    pub session_idle_minutes: u32,
    /// Hours after which a session ends, used or not.
    pub session_absolute_hours: u32,
    /// The version that was read; without one the last save wins.
    pub version: Option<i64>,
}

/// Why settings were not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveSettingsError {
    /// Not theirs to change.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A limit is out of range.
    #[error(transparent)]
    Limits(#[from] SessionLimitsError),
    /// The firm's name.
    #[error(transparent)]
    FirmName(#[from] TextError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for SaveSettingsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Limits(_) | Self::FirmName(_) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::Limits(SessionLimitsError::Idle { .. }) => Message::new("settings-error-idle"),
            Self::Limits(SessionLimitsError::Absolute { .. }) => Message::new("settings-error-absolute"),
            Self::FirmName(_) => Message::new("settings-error-firm-name"),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let field = match self {
            Self::Limits(SessionLimitsError::Idle { .. }) => IDLE,
            Self::Limits(SessionLimitsError::Absolute { .. }) => ABSOLUTE,
            Self::FirmName(_) => FIRM_NAME,
            _ => return vec![],
        };
        vec![FieldError { field: field.to_owned(), message: self.message() }]
    }
}

/// The firm's settings; what was never set has its default.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn load_settings(ctx: &Ctx) -> Result<FirmSettings, StoreError> {
    load_in(&mut ctx.begin_read().await?).await
}

/// As [`load_settings`], inside a transaction.
pub(crate) async fn load_in(tx: &mut ReadTx) -> Result<FirmSettings, StoreError> {
    let stored = store::list_settings(tx).await?;
    let value =
        |name: &str| stored.iter().find(|(stored, _)| stored == name).map(|(_, value)| value.as_str());
    let number = |name: &str, default: u32| value(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let default = SessionLimits::default();
    let limits =
        SessionLimits::new(number(IDLE, default.idle_minutes()), number(ABSOLUTE, default.absolute_hours()));
    Ok(FirmSettings {
        firm_name: value(FIRM_NAME).unwrap_or_default().to_owned(),
        account_managers_see_all: value(SEE_ALL) == Some("1"),
        session_limits: limits.unwrap_or(default),
        walls_down: value(WALLS_DOWN) == Some("1"),
    })
}

/// Changes the firm's settings.
///
/// # Errors
/// [`SaveSettingsError`]; then nothing was changed.
pub async fn save_settings(
    ctx: &Ctx,
    actor: &Actor,
    draft: SettingsDraft,
) -> Result<FirmSettings, SaveSettingsError> {
    authorise(actor, Action::Administer)?;
    let limits = SessionLimits::new(draft.session_idle_minutes, draft.session_absolute_hours)?;
    let mut tx = ctx.begin_write().await?;
    let before = load_in(&mut tx).await?;
    if draft.version.is_some_and(|version| version != before.version()) {
        return Err(StoreError::Stale { table: "setting" }.into());
    }
    let after = FirmSettings {
        firm_name: text::optional_line(&draft.firm_name, 120)?,
        account_managers_see_all: draft.account_managers_see_all,
        session_limits: limits,
        walls_down: before.walls_down,
    };
    let mut changes = Changes::new();
    for ((name, from), (_, to)) in texts(&before).into_iter().zip(texts(&after)) {
        if from != to {
            store::save_setting(&mut tx, name, &to).await?;
        }
        changes = changes.field(name, Some(from), Some(to));
    }
    if changes.is_empty() {
        return Ok(after);
    }
    let subject = Subject { kind: "setting", id: "firm", name: "settings", account_id: None };
    tx.commit(actor.record(ctx.now(), "settings.changed", subject, changes.into_vec())).await?;
    Ok(after)
}

fn texts(settings: &FirmSettings) -> [(&'static str, String); 4] {
    [
        (FIRM_NAME, settings.firm_name.clone()),
        (SEE_ALL, i64::from(settings.account_managers_see_all).to_string()),
        (IDLE, settings.session_limits.idle_minutes().to_string()),
        (ABSOLUTE, settings.session_limits.absolute_hours().to_string()),
    ]
}
