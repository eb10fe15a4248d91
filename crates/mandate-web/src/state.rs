//! What every handler is given: the use cases' surroundings, templates, texts, assets, settings and figures.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use mandate_app::book::attachments::USUAL_MOST_BYTES;
use mandate_app::settings::load_settings;
use mandate_app::{Actor, Ctx};
use mandate_domain::Instant;

use crate::embedded::Assets;
use crate::health::Figures;
use crate::identity::sign_on::{SignOn, SignOnSettings};
use crate::locale::Formats;
use crate::pages::Templates;
use crate::texts::Texts;

/// Settings of the web floor.
#[derive(Clone, Debug)]
pub struct WebSettings {
    /// The address people use, without a trailing slash; decides cookies and links in mails.
    pub base_url: String,
    /// Whether a proxy before us is trusted to tell the client's address.
    pub trust_proxy: bool,
    /// Whether `/metrics` answers this machine although people use another address: no proxy here passes it on.
    pub metrics: bool,
    /// Largest body of an upload in bytes.
    pub largest_upload: usize,
    /// Largest file on a record in bytes.
    pub largest_attachment: usize,
    /// How long one statement of a request may read.
    pub longest_read: Duration,
    /// The sign-on provider, if there is one.
    pub sign_on: Option<SignOnSettings>,
}

impl Default for WebSettings {
    fn default() -> Self {
        let base_url = "http://localhost:8080".to_owned();
        let longest_read = Duration::from_secs(10);
        let (trust_proxy, metrics) = (false, false);
        Self {
            base_url,
            trust_proxy,
            metrics,
            largest_upload: 2 << 30,
            largest_attachment: USUAL_MOST_BYTES,
            longest_read,
            sign_on: None,
        }
    }
}

/// Shared state; cheap to clone.
#[derive(Clone)]
pub struct Web(Arc<Inner>);

struct Inner {
    ctx: Ctx,
    pages: &'static Pages,
    settings: WebSettings,
    sign_on: Option<SignOn>,
    figures: Figures,
    formats: RwLock<HashMap<String, Arc<Formats>>>,
    english: Arc<Formats>,
    firm: RwLock<Firm>,
}

/// What is embedded, compiled once a process: the tests serve many databases.
struct Pages {
    templates: Templates,
    texts: Arc<Texts>,
    assets: Arc<Assets>,
}

impl Pages {
    fn compiled() -> Result<&'static Self, WebError> {
        static PAGES: OnceLock<Pages> = OnceLock::new();
        if let Some(pages) = PAGES.get() {
            return Ok(pages);
        }
        let texts = Arc::new(Texts::load()?);
        let assets = Arc::new(Assets::load());
        let templates = Templates::load(&texts, &assets).map_err(WebError::Template)?;
        Ok(PAGES.get_or_init(|| Self { templates, texts, assets }))
    }
}

#[derive(Clone, Default)]
struct Firm {
    name: String,
    has_demo: bool,
    is_light: bool,
    read_at: Option<Instant>,
}

/// What the frame shows of the firm is read again after so many seconds.
const FIRM_HOLDS_S: i64 = 30;

/// Why the web floor cannot start; only a broken build can have it.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// A template does not compile.
    #[error("a template does not compile")]
    Template(#[source] minijinja::Error),
    /// A catalogue does not load.
    #[error(transparent)]
    Texts(#[from] crate::texts::TextsError),
    /// The default formats are missing.
    #[error(transparent)]
    Formats(#[from] crate::locale::FormatsError),
}

impl Web {
    /// Compiles templates and catalogues.
    ///
    /// # Errors
    /// [`WebError`] naming the file at fault.
    pub fn new(ctx: Ctx, settings: WebSettings) -> Result<Self, WebError> {
        let pages = Pages::compiled()?;
        let english = Arc::new(Formats::new("en-GB")?);
        let ctx = ctx.with_longest_read(settings.longest_read);
        let (sign_on, ctx) = match settings.sign_on.clone() {
            Some(provider) => {
                let rules = provider.rules.clone();
                (Some(SignOn::new(provider, &settings.base_url)), ctx.with_provider(rules))
            }
            None => (None, ctx),
        };
        Ok(Self(Arc::new(Inner {
            ctx,
            pages,
            settings,
            sign_on,
            figures: Figures::new(),
            formats: RwLock::default(),
            english,
            firm: RwLock::default(),
        })))
    }

    /// The use cases' surroundings.
    pub fn ctx(&self) -> &Ctx {
        &self.0.ctx
    }

    /// The templates.
    pub fn templates(&self) -> &Templates {
        &self.0.pages.templates
    }

    /// The catalogue.
    pub fn texts(&self) -> &Texts {
        &self.0.pages.texts
    }

    /// The built assets.
    pub fn assets(&self) -> &Assets {
        &self.0.pages.assets
    }

    /// The settings.
    pub fn settings(&self) -> &WebSettings {
        &self.0.settings
    }

    /// The sign-on provider, if there is one.
    pub fn sign_on(&self) -> Option<&SignOn> {
        self.0.sign_on.as_ref()
    }

    /// Counters for `/metrics`.
    pub fn figures(&self) -> &Figures {
        &self.0.figures
    }

    /// The firm's name, as the frame shows it.
    pub fn firm_name(&self) -> String {
        self.0.firm.read().unwrap_or_else(PoisonError::into_inner).name.clone()
    }

    /// Whether demo data is loaded, so that every page says so.
    pub fn shows_demo(&self) -> bool {
        self.0.firm.read().unwrap_or_else(PoisonError::into_inner).has_demo
    }

    /// Whether the firm works in light mode.
    pub fn is_light(&self) -> bool {
        self.0.firm.read().unwrap_or_else(PoisonError::into_inner).is_light
    }

    /// Reads what the frame shows of the firm again when that is due; a failure keeps what was known.
    pub async fn refresh_firm(&self) {
        let now = self.ctx().now();
        let fresh = |firm: &Firm| firm.read_at.is_some_and(|at| now < at.plus_seconds(FIRM_HOLDS_S));
        if fresh(&self.0.firm.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let (settings, demo) =
            (load_settings(self.ctx()).await, mandate_app::demo::status(self.ctx(), &Actor::system()).await);
        if let (Ok(settings), Ok(demo)) = (settings, demo) {
            let firm = Firm {
                name: settings.firm_name,
                has_demo: demo.n_accounts > 0,
                is_light: settings.light_mode,
                read_at: Some(now),
            };
            *self.0.firm.write().unwrap_or_else(PoisonError::into_inner) = firm;
        }
    }

    /// Forgets what the frame shows of the firm: it was just changed.
    pub fn forget_firm(&self) {
        self.0.firm.write().unwrap_or_else(PoisonError::into_inner).read_at = None;
    }
    /// Whether people reach us over TLS, by our own or a proxy's.
    pub fn is_secure(&self) -> bool {
        self.0.settings.base_url.starts_with("https://")
    }

    /// Formats of a locale; English (British) when it is unknown.
    pub fn formats(&self, tag: &str) -> Arc<Formats> {
        if let Some(formats) = self.0.formats.read().unwrap_or_else(PoisonError::into_inner).get(tag) {
            return formats.clone();
        }
        let Ok(formats) = Formats::new(tag).map(Arc::new) else { return self.0.english.clone() };
        let mut cached = self.0.formats.write().unwrap_or_else(PoisonError::into_inner);
        // Tags come from users' profiles, which are checked; the bound is for safety.
        if cached.len() < 64 {
            cached.insert(tag.to_owned(), formats.clone());
        }
        formats
    }
}
