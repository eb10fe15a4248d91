//! Who is inside the portal of which account, in which language, and the frame their pages stand in.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use mandate_app::Action;
use mandate_app::portal::{Entered, enter};
use minijinja::{Value, context};

use crate::failure::{Failure, PageResult, path_id};
use crate::frame::{Page, Visit};
use crate::state::Web;

/// Someone inside the portal of the account in the address: extract it in every handler of the portal.
pub(crate) struct Inside {
    /// The reader.
    pub visit: Visit,
    /// As whom they look, and at which account.
    pub entered: Entered,
}

impl FromRequestParts<Web> for Inside {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let mut visit = Visit::from_request_parts(parts, web).await?;
        let params = RawPathParams::from_request_parts(parts, web)
            .await
            .map_err(|_| Failure::not_found().into_response())?;
        let account = params.iter().find(|(name, _)| *name == "account").map_or("", |(_, value)| value);
        let account = path_id(account).map_err(IntoResponse::into_response)?;
        let entered = enter(web.ctx(), &visit.actor, &account)
            .await
            .map_err(|error| Failure::from(error).into_response())?;
        if entered.preview
            && parts.uri.query().is_some_and(|query| query.split('&').any(|it| it == "lang=de"))
        {
            visit.speak("de");
        }
        visit.enter_portal(PortalFrame {
            account_id: entered.account.id.to_string(),
            account_name: entered.account.name.clone(),
            preview: entered.preview,
        });
        Ok(Self { visit, entered })
    }
}

/// What the frame of a portal page shows beside the person.
#[derive(Clone, Debug)]
pub(crate) struct PortalFrame {
    /// The account's id.
    pub account_id: String,
    /// Its name.
    pub account_name: String,
    /// Whether one of ours looks.
    pub preview: bool,
}

/// The language of the portal for a locale.
pub(crate) fn language_of_locale(locale: &str) -> &'static str {
    let german = locale.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("de"));
    if german { "de" } else { "en" }
}

impl Inside {
    /// The path below this portal.
    pub fn path(&self, below: &str) -> String {
        format!("/portal/{}{below}", self.entered.account.id)
    }

    /// As [`Inside::path`], for a link: a preview stays in its language.
    pub fn link(&self, below: &str) -> String {
        let german = self.entered.preview && self.visit.language == "de";
        format!("{}{}", self.path(below), if german { "?lang=de" } else { "" })
    }

    /// Whether the reader may answer: a client's person who is no preview.
    pub fn may_answer(&self) -> bool {
        !self.entered.preview && self.visit.may(Action::AnswerPortal)
    }

    /// Renders a page of the portal; `current` names its entry in the navigation.
    pub fn render(&self, title: String, current: &'static str, template: &str, own: Value) -> PageResult {
        self.render_with_status(axum::http::StatusCode::OK, title, current, template, own)
    }

    /// As [`Inside::render`], with another status: 422 for a form with errors.
    pub fn render_with_status(
        &self,
        status: axum::http::StatusCode,
        title: String,
        current: &'static str,
        template: &str,
        own: Value,
    ) -> PageResult {
        let own = context! {
            base => self.path(""), may_answer => self.may_answer(), preview => self.entered.preview, ..own
        };
        self.visit.render_with_status(status, Page::new(title, current), template, own)
    }
}
