//! Portal: the calm pages of a client's people, and the same pages as a preview for ours.
//!
//! Every page takes an [`Inside`], which enters the account named in the address (`mandate_app::portal::enter`): a client's
//! person enters their own and no other, one of ours enters as a reader of that organisation. So there is one set of handlers,
//! templates and use cases, and a preview cannot show more or less. Words are English or German, by the person.

mod access_page;
mod answers;
mod api;
mod expectations;
mod expectations_api;
mod inside;
mod pages;
mod words;

use mandate_app::Action;

use crate::access::{Access, Routes};

pub use access_page::routes as client_access_routes;
pub use api::routes as api_routes;
pub(crate) use inside::{Inside, PortalFrame, language_of_locale};
pub(crate) use words::{link_address, mail_invitation, mail_many_reads, mail_sign_in_link};

/// Read by the client's people, and by ours who look as they do.
pub(crate) const READ: Access = Access::NeedsOneOf(&[Action::ReadPortal, Action::PreviewPortal]);

/// The portal's pages.
pub fn routes() -> Routes {
    Routes::new()
        .get("/portal", Action::ReadPortal, pages::own)
        .get("/portal/{account}", READ, pages::overview)
        .get("/portal/{account}/measures/{kpi}", READ, pages::measure)
        .post("/portal/{account}/measures/{kpi}/answer", Action::AnswerPortal, answers::result)
        .get("/portal/{account}/exclusions", READ, pages::exclusions)
        .post("/portal/{account}/exclusions/{exclusion}/answer", Action::AnswerPortal, answers::exclusion)
        .get("/portal/{account}/credits", READ, pages::credits)
        .post("/portal/{account}/credits/{credit}/answer", Action::AnswerPortal, answers::credit)
        .get("/portal/{account}/expectations", READ, expectations::expectations)
        .post("/portal/{account}/expectations", Action::AnswerPortal, expectations::add)
        .post("/portal/{account}/expectations/{expectation}/word", Action::AnswerPortal, expectations::word)
        .post(
            "/portal/{account}/expectations/{expectation}/acknowledge",
            Action::AnswerPortal,
            expectations::acknowledge,
        )
        .get("/portal/{account}/colleagues", READ, pages::colleagues)
        .post("/portal/{account}/colleagues", Action::KeepColleagues, answers::invite)
        .post("/portal/{account}/colleagues/{user}/remove", Action::KeepColleagues, answers::remove)
}
