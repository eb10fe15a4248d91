//! Settings of the firm: who sees what by default, how long sessions hold. Kept in the database, changed on record.
//!
//! Not here: what a machine needs before it has a database (address, folder, certificate); that is the binary's
//! settings file.

use mandate_domain::Currency;
use mandate_domain::audit::Changes;
use mandate_domain::book::growth::{FiscalStart, FiscalStartError};
use mandate_domain::identity::{SecondFactorRule, SecondFactorRuleError, SessionLimits, SessionLimitsError};
use mandate_domain::money::CurrencyError;
use mandate_domain::text::{self, TextError};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed, identity, settings as store};

use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject, Unverified};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};
use crate::version::content_version;

const FIRM_NAME: &str = "firm_name";
const SEE_ALL: &str = "account_managers_see_all";
const IDLE: &str = "session_idle_minutes";
const ABSOLUTE: &str = "session_absolute_hours";
const SECOND_FACTOR: &str = "second_factor";
const EXPORTS: &str = "exports_per_hour";
const READS: &str = "reads_per_hour";
const REPORTING: &str = "reporting_currency";
const FISCAL_START: &str = "fiscal_year_starts";
pub(crate) const LIGHT: &str = "light_mode";

/// Exports one person may make in an hour when the firm has not said.
pub const USUAL_EXPORTS_PER_HOUR: u32 = 10;
const MOST_EXPORTS_PER_HOUR: u32 = 1000;
/// Records one person may read in an hour before the administrators are told, when the firm has not said.
pub const USUAL_READS_PER_HOUR: u32 = 5000;
const FEWEST_READS_PER_HOUR: u32 = 100;
const MOST_READS_PER_HOUR: u32 = 10_000_000;
/// `1` where the firm has declared the walls between roles off.
pub(crate) const WALLS_DOWN: &str = "walls_down";

/// The firm's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirmSettings {
    /// The firm's name, as pages and reports show it; empty until someone says.
    pub firm_name: String,
    /// Account managers see every account, not only their own.
    pub account_managers_see_all: bool,
    /// How long a session holds.
    pub session_limits: SessionLimits,
    /// Whom the firm asks for a second factor.
    pub second_factor: SecondFactorRule,
    /// Files one person may take out in an hour.
    pub exports_per_hour: u32,
    /// Records one person reads in an hour before the administrators are told.
    pub reads_per_hour: u32,
    /// The currency in which sums over several currencies are shown.
    pub reporting_currency: Currency,
    /// The month with which the fiscal year starts.
    pub fiscal_year_starts: FiscalStart,
    /// Forms ask for the essential first, and pages leave out what a firm of few clients rarely needs.
    pub light_mode: bool,
    /// The walls between roles are declared off (`identity::walls`); changed there, with a reason.
    pub walls_down: bool,
}

impl Default for FirmSettings {
    fn default() -> Self {
        Self {
            firm_name: String::new(),
            account_managers_see_all: false,
            session_limits: SessionLimits::default(),
            second_factor: SecondFactorRule::default(),
            exports_per_hour: USUAL_EXPORTS_PER_HOUR,
            reads_per_hour: USUAL_READS_PER_HOUR,
            reporting_currency: Currency::EUR,
            fiscal_year_starts: FiscalStart::default(),
            light_mode: false,
            walls_down: false,
        }
    }
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
    /// As [`FirmSettings::second_factor`], in its word.
    pub second_factor: String,
    /// As [`FirmSettings::exports_per_hour`].
    pub exports_per_hour: u32,
    /// As [`FirmSettings::reads_per_hour`].
    pub reads_per_hour: u32,
    /// As [`FirmSettings::reporting_currency`], in its code; without one it stays.
    pub reporting_currency: Option<String>,
    /// As [`FirmSettings::fiscal_year_starts`], as a number; without one it stays.
    pub fiscal_year_starts: Option<u32>,
    /// As [`FirmSettings::light_mode`]; without a word it stays.
    pub light_mode: Option<bool>,
    /// The version that was read; without one the last save wins.
    pub version: Option<i64>,
}

/// Why settings were not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveSettingsError {
    /// Not theirs to change.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// They did not prove lately who they are.
    #[error(transparent)]
    Unverified(#[from] Unverified),
    /// A limit is out of range.
    #[error(transparent)]
    Limits(#[from] SessionLimitsError),
    /// Whom the firm asks for a second factor.
    #[error(transparent)]
    SecondFactor(#[from] SecondFactorRuleError),
    /// How many exports.
    #[error("a person may export 1 to {MOST_EXPORTS_PER_HOUR} times an hour, not {given}")]
    Exports {
        /// What was given.
        given: u32,
    },
    /// How many records.
    #[error(
        "administrators are told of {FEWEST_READS_PER_HOUR} to {MOST_READS_PER_HOUR} records an hour, not of {given}"
    )]
    Reads {
        /// What was given.
        given: u32,
    },
    /// In what currency sums are shown.
    #[error(transparent)]
    Currency(#[from] CurrencyError),
    /// With which month the fiscal year starts.
    #[error(transparent)]
    FiscalStart(#[from] FiscalStartError),
    /// Who would be asked for a second factor must be able to show one, and to let others mend theirs.
    #[error("set up your own second factor first: this would ask you for it")]
    OwnFactorFirst,
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
            Self::Unverified(error) => error.kind(),
            Self::Limits(_)
            | Self::SecondFactor(_)
            | Self::Exports { .. }
            | Self::Reads { .. }
            | Self::Currency(_)
            | Self::FiscalStart(_)
            | Self::OwnFactorFirst
            | Self::FirmName(_) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::Unverified(error) => error.message(),
            Self::Limits(SessionLimitsError::Idle { .. }) => Message::new("settings-error-idle"),
            Self::Limits(SessionLimitsError::Absolute { .. }) => Message::new("settings-error-absolute"),
            Self::SecondFactor(_) => Message::new("settings-error-second-factor"),
            Self::Exports { .. } => {
                Message::new("settings-error-exports").with("most", MOST_EXPORTS_PER_HOUR.to_string())
            }
            Self::Reads { .. } => Message::new("settings-error-reads")
                .with("fewest", FEWEST_READS_PER_HOUR.to_string())
                .with("most", MOST_READS_PER_HOUR.to_string()),
            Self::Currency(_) => Message::new("settings-error-reporting-currency"),
            Self::FiscalStart(_) => Message::new("settings-error-fiscal-year-starts"),
            Self::OwnFactorFirst => Message::new("settings-error-own-factor"),
            Self::FirmName(_) => Message::new("settings-error-firm-name"),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let field = match self {
            Self::Limits(SessionLimitsError::Idle { .. }) => IDLE,
            Self::Limits(SessionLimitsError::Absolute { .. }) => ABSOLUTE,
            Self::SecondFactor(_) | Self::OwnFactorFirst => SECOND_FACTOR,
            Self::Exports { .. } => EXPORTS,
            Self::Reads { .. } => READS,
            Self::Currency(_) => REPORTING,
            Self::FiscalStart(_) => FISCAL_START,
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
#[boxed]
pub async fn load_settings(ctx: &Ctx) -> Result<FirmSettings, StoreError> {
    load_in(&mut ctx.begin_read().await?).await
}

/// As [`load_settings`], inside a transaction.
#[boxed]
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
        second_factor: value(SECOND_FACTOR)
            .and_then(|word| SecondFactorRule::parse(word).ok())
            .unwrap_or_default(),
        exports_per_hour: number(EXPORTS, USUAL_EXPORTS_PER_HOUR),
        reads_per_hour: number(READS, USUAL_READS_PER_HOUR),
        reporting_currency: value(REPORTING)
            .and_then(|code| Currency::stored(code).ok())
            .unwrap_or(Currency::EUR),
        fiscal_year_starts: FiscalStart::new(i64::from(number(FISCAL_START, 1))).unwrap_or_default(),
        light_mode: value(LIGHT) == Some("1"),
        walls_down: value(WALLS_DOWN) == Some("1"),
    })
}

/// Changes the firm's settings.
///
/// # Errors
/// [`SaveSettingsError`]; then nothing was changed.
#[boxed]
pub async fn save_settings(
    ctx: &Ctx,
    actor: &Actor,
    draft: SettingsDraft,
) -> Result<FirmSettings, SaveSettingsError> {
    authorise(actor, Action::Administer)?;
    let limits = SessionLimits::new(draft.session_idle_minutes, draft.session_absolute_hours)?;
    let second_factor = SecondFactorRule::parse(&draft.second_factor)?;
    if !(1..=MOST_EXPORTS_PER_HOUR).contains(&draft.exports_per_hour) {
        return Err(SaveSettingsError::Exports { given: draft.exports_per_hour });
    }
    if !(FEWEST_READS_PER_HOUR..=MOST_READS_PER_HOUR).contains(&draft.reads_per_hour) {
        return Err(SaveSettingsError::Reads { given: draft.reads_per_hour });
    }
    let mut tx = ctx.begin_write().await?;
    let before = load_in(&mut tx).await?;
    if draft.version.is_some_and(|version| version != before.version()) {
        return Err(StoreError::Stale { table: "setting" }.into());
    }
    let reporting_currency = match &draft.reporting_currency {
        // What stands is not questioned when something else is saved.
        Some(code) if code.trim() == before.reporting_currency.code() => before.reporting_currency,
        Some(code) => Currency::parse(&code.trim().to_uppercase())?,
        None => before.reporting_currency,
    };
    let fiscal_year_starts = match draft.fiscal_year_starts {
        Some(month) => FiscalStart::new(i64::from(month))?,
        None => before.fiscal_year_starts,
    };
    let after = FirmSettings {
        firm_name: text::optional_line(&draft.firm_name, 120)?,
        account_managers_see_all: draft.account_managers_see_all,
        session_limits: limits,
        second_factor,
        exports_per_hour: draft.exports_per_hour,
        reads_per_hour: draft.reads_per_hour,
        reporting_currency,
        fiscal_year_starts,
        light_mode: draft.light_mode.unwrap_or(before.light_mode),
        walls_down: before.walls_down,
    };
    if after.second_factor != before.second_factor {
        actor.require_verified(ctx.now())?;
        refuse_locking_out(&mut tx, ctx, actor, after.second_factor).await?;
    }
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

/// Turns light mode on, where the first administrator asks for it.
pub(crate) async fn save_light_mode(tx: &mut WriteTx) -> Result<(), StoreError> {
    store::save_setting(tx, LIGHT, "1").await
}

/// Whoever makes a rule that holds for themselves has a second factor of ours, or was let in with the provider's.
async fn refuse_locking_out(
    tx: &mut ReadTx,
    ctx: &Ctx,
    actor: &Actor,
    rule: SecondFactorRule,
) -> Result<(), SaveSettingsError> {
    let Some(user_id) = actor.user_id() else { return Ok(()) };
    let Some(stored) = identity::load_user(tx, user_id).await? else { return Ok(()) };
    if !rule.requires(&stored.user) || ctx.provider().is_some_and(|rules| rules.trusts_second_factor) {
        return Ok(());
    }
    let factor = identity::load_second_factor(tx, user_id).await?;
    if factor.is_some_and(|factor| factor.confirmed_at.is_some()) {
        Ok(())
    } else {
        Err(SaveSettingsError::OwnFactorFirst)
    }
}

fn texts(settings: &FirmSettings) -> [(&'static str, String); 10] {
    [
        (FIRM_NAME, settings.firm_name.clone()),
        (SEE_ALL, i64::from(settings.account_managers_see_all).to_string()),
        (IDLE, settings.session_limits.idle_minutes().to_string()),
        (ABSOLUTE, settings.session_limits.absolute_hours().to_string()),
        (SECOND_FACTOR, settings.second_factor.as_str().to_owned()),
        (EXPORTS, settings.exports_per_hour.to_string()),
        (READS, settings.reads_per_hour.to_string()),
        (REPORTING, settings.reporting_currency.code().to_owned()),
        (FISCAL_START, settings.fiscal_year_starts.number().to_string()),
        (LIGHT, i64::from(settings.light_mode).to_string()),
    ]
}
