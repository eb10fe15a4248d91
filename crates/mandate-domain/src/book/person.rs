//! A person of ours or of a client. A client's person belongs to one account; one of ours may belong to a team.

use super::account::Account;
use jiff::civil::Date;

use super::draft::{Draft, LINE, Shape, Spec};
use super::field_problem::{FieldProblem, FieldProblems};
use super::organisation::Team;
use super::reader::{Reader, or_empty};
use super::record::{Kind, Record, SearchText};
use crate::{Clearance, Id};

/// On which side of the relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Ours.
    Provider,
    /// The client's.
    Client,
}

impl Side {
    /// Both sides, ours first.
    pub const ALL: [Self; 2] = [Self::Provider, Self::Client];

    /// The word kept in tables, files and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Client => "client",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|side| side.as_str() == word)
    }
}

/// What a person is in the relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonRole {
    /// Ours: answers for accounts.
    AccountManager,
    /// Ours: negotiates renewals.
    Negotiator,
    /// Ours: owns a product's profit and loss.
    ProductManager,
    /// Ours: heads a line of business or a team.
    DeliveryLead,
    /// Ours: works in a team.
    TeamMember,
    /// Either side: an executive behind the relationship.
    Sponsor,
    /// The client's: governs the contract day to day.
    GovernanceLead,
    /// The client's: buys.
    Procurement,
    /// The client's: owns a process we run.
    ProcessOwner,
    /// The client's: uses what we deliver.
    User,
    /// Either side: anything else.
    Other,
}

impl PersonRole {
    /// Every role, ours first.
    pub const ALL: [Self; 11] = [
        Self::AccountManager,
        Self::Negotiator,
        Self::ProductManager,
        Self::DeliveryLead,
        Self::TeamMember,
        Self::Sponsor,
        Self::GovernanceLead,
        Self::Procurement,
        Self::ProcessOwner,
        Self::User,
        Self::Other,
    ];

    /// The word kept in tables, files and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountManager => "account_manager",
            Self::Negotiator => "negotiator",
            Self::ProductManager => "product_manager",
            Self::DeliveryLead => "delivery_lead",
            Self::TeamMember => "team_member",
            Self::Sponsor => "sponsor",
            Self::GovernanceLead => "governance_lead",
            Self::Procurement => "procurement",
            Self::ProcessOwner => "process_owner",
            Self::User => "user",
            Self::Other => "other",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Whether a person of `side` can be this.
    pub const fn fits(self, side: Side) -> bool {
        match self {
            Self::AccountManager
            | Self::Negotiator
            | Self::ProductManager
            | Self::DeliveryLead
            | Self::TeamMember => matches!(side, Side::Provider),
            Self::GovernanceLead | Self::Procurement | Self::ProcessOwner | Self::User => {
                matches!(side, Side::Client)
            }
            Self::Sponsor | Self::Other => true,
        }
    }

    /// The roles a person of `side` can have.
    pub fn of(side: Side) -> Vec<Self> {
        Self::ALL.into_iter().filter(|role| role.fits(side)).collect()
    }
}

/// A person of ours or of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The firm's own id for them.
    pub external_id: Option<String>,
    /// Whose they are.
    pub side: Side,
    /// The account they belong to; always stated for a client's person, never for ours.
    pub account_id: Option<Id<Account>>,
    /// Their name.
    pub name: String,
    /// Their job title, in their firm's words; may be empty.
    pub job_title: String,
    /// What they are in the relationship.
    pub role: PersonRole,
    /// Their address; may be empty.
    pub email: String,
    /// Their number; may be empty.
    pub phone: String,
    /// The team they work in; ours only.
    pub team_id: Option<Id<Team>>,
    /// What they may decide, in words; may be empty.
    pub authority: String,
    /// Whom they report to, on their own side.
    pub reports_to_id: Option<Id<Person>>,
    /// Their last day, once they left.
    pub left_on: Option<Date>,
    /// Who came after them, on their own side.
    pub successor_id: Option<Id<Person>>,
}

impl Person {
    /// A person of whom only side and name are known.
    pub fn new(side: Side, name: impl Into<String>) -> Self {
        Self {
            external_id: None,
            side,
            account_id: None,
            name: name.into(),
            job_title: String::new(),
            role: PersonRole::Other,
            email: String::new(),
            phone: String::new(),
            team_id: None,
            authority: String::new(),
            reports_to_id: None,
            left_on: None,
            successor_id: None,
        }
    }
}

impl Record for Person {
    const KIND: Kind = Kind::Person;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("side", Shape::Choice(&["provider", "client"])),
        Spec::optional("account", Shape::Reference(Kind::Account)),
        Spec::required("name", Shape::Line(LINE)),
        Spec::optional("job_title", Shape::Line(LINE)),
        Spec::optional(
            "role",
            Shape::Choice(&[
                "account_manager",
                "negotiator",
                "product_manager",
                "delivery_lead",
                "team_member",
                "sponsor",
                "governance_lead",
                "procurement",
                "process_owner",
                "user",
                "other",
            ]),
        ),
        Spec::optional("email", Shape::Line(254)),
        Spec::optional("phone", Shape::Line(60)),
        Spec::optional("team", Shape::Reference(Kind::Team)),
        Spec::optional("authority", Shape::Line(LINE)),
        Spec::optional("reports_to", Shape::Anyone),
        Spec::optional("left_on", Shape::Date),
        Spec::optional("successor", Shape::Anyone),
    ];

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let stated_side = read.choice("side", &Side::ALL, Side::as_str);
        if stated_side.is_none() && draft.get("side").trim().is_empty() {
            read.fail("side", FieldProblem::Required);
        }
        let account_id = read.optional_reference("account", Kind::Account);
        let name = read.line("name", LINE);
        let job_title = read.optional_line("job_title", LINE);
        let roles = stated_side.map_or(PersonRole::ALL.to_vec(), PersonRole::of);
        let role = read.choice("role", &roles, PersonRole::as_str).unwrap_or(PersonRole::Other);
        let email = read.email("email");
        let phone = read.optional_line("phone", 60);
        let team_id = read.optional_reference("team", Kind::Team);
        let authority = read.optional_line("authority", LINE);
        let reports_to_id = read.optional_reference("reports_to", Kind::Person);
        let left_on = read.optional_date("left_on");
        let successor_id = read.optional_reference("successor", Kind::Person);
        if successor_id.is_some() && left_on.is_none() && draft.get("left_on").trim().is_empty() {
            read.fail("left_on", FieldProblem::NeededFor { field: "successor" });
        }
        let stated = |field| !draft.get(field).trim().is_empty();
        match stated_side {
            Some(Side::Client) if !stated("account") => read.fail("account", FieldProblem::Required),
            Some(Side::Client) if stated("team") => {
                read.fail("team", FieldProblem::MustBeEmpty { field: "side", value: "client" });
            }
            Some(Side::Provider) if stated("account") => {
                read.fail("account", FieldProblem::MustBeEmpty { field: "side", value: "provider" });
            }
            _ => {}
        }
        let side = stated_side.unwrap_or(Side::Client);
        read.finish(Self {
            external_id,
            side,
            account_id,
            name,
            job_title,
            role,
            email,
            phone,
            team_id,
            authority,
            reports_to_id,
            left_on,
            successor_id,
        })
    }

    fn draft(&self, _: Clearance) -> Draft {
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("side", self.side.as_str())
            .with("account", self.account_id.as_ref().map(ToString::to_string).unwrap_or_default())
            .with("name", &self.name)
            .with("job_title", &self.job_title)
            .with("role", self.role.as_str())
            .with("email", &self.email)
            .with("phone", &self.phone)
            .with("team", self.team_id.as_ref().map(ToString::to_string).unwrap_or_default())
            .with("authority", &self.authority)
            .with("reports_to", or_empty(self.reports_to_id.as_ref()))
            .with("left_on", or_empty(self.left_on))
            .with("successor", or_empty(self.successor_id.as_ref()))
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn account_id(&self) -> Option<&str> {
        self.account_id.as_ref().map(Id::as_str)
    }

    fn search_text(&self) -> Option<SearchText> {
        Some(SearchText { title: self.name.clone(), context: self.job_title.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_person_needs_an_account_and_cannot_be_our_negotiator() {
        let draft =
            Draft::new().with("side", "client").with("name", "Hana Brandt").with("role", "negotiator");
        let problems = Person::parse(&draft).expect_err("no account, not a client's role");
        let fields: Vec<&str> = problems.0.iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, ["role", "account"]);
    }

    #[test]
    fn role_words_may_be_written_as_people_write_them() {
        let draft = Draft::new()
            .with("side", "Provider")
            .with("name", "Jonas Feld")
            .with("role", "Account manager")
            .with("email", "jonas@example.com");
        let person = Person::parse(&draft).expect("a whole draft");
        assert_eq!(person.role, PersonRole::AccountManager);
        assert_eq!(Person::parse(&person.draft(Clearance::NONE)), Ok(person));
    }

    #[test]
    fn the_choices_in_the_spec_are_the_roles() {
        let words: Vec<&str> = PersonRole::ALL.iter().map(|role| role.as_str()).collect();
        let spec = Person::FIELDS.iter().find(|spec| spec.name == "role").map(|spec| spec.shape);
        assert!(matches!(spec, Some(Shape::Choice(choices)) if choices == words));
    }
}
