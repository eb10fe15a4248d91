//! Book: accounts, people, products, contracts, prices, promises, expectations, who knows whom, growth, figures.
//!
//! Each kind of record is a plain value that implements [`Record`]: it is read from a [`Draft`] (a form, a CSV row, a
//! JSON body as text) with all field errors at once, and written back to one for forms, exports and the audit record.
//! What the store adds around it (id, version, instants) is [`Saved`]. Not here: references are checked to be ids, but
//! whether such a record exists is the app's to ask.

mod account;
mod acquaintance;
mod actual;
pub mod alike;
mod amendment;
mod attachment;
mod candid_note;
mod contract;
mod contract_line;
mod coverage;
mod custom_field;
pub(crate) mod draft;
mod expectation;
mod experience;
pub(crate) mod field_problem;
mod fit;
pub mod growth;
mod handover;
mod light;
mod manager_decision;
pub mod near;
mod note;
mod notice;
mod opportunity;
mod organisation;
mod person;
mod price;
mod product;
mod promise;
mod rates;
pub(crate) mod reader;
pub(crate) mod record;
mod stake;
mod tag;
mod worth;

pub use account::{Account, Tier};
pub use acquaintance::Acquaintance;
pub use actual::Actual;
pub use amendment::{Amendment, AmendmentSubject};
pub use attachment::{Attachment, FileKind, FileRefusal, file_kind, file_name};
pub use candid_note::{CandidNote, MOST_NOTE_CHARACTERS, note_text};
pub use contract::{Contract, ContractKind, Renewal, Turn, runs_until, turn};
pub use contract_line::{AnnualValueError, ContractLine, a_year_of};
pub use coverage::{
    COOLING_BP, ClientLeaver, ClientVoice, Cover, Coverage, CoverageFacts, CoveredPerson, LastContact,
    LostThread, OurVoice, Thread, ThreadFacts, WARM_BP, Warmth, coverage, freshness_bp, half_life_days,
    share_bp, warmth_bp,
};
pub use custom_field::{
    CUSTOM, CUSTOM_TYPES, CustomField, CustomShape, CustomValue, CustomValues, ID_OF_LINK, MOST_FIELDS, kept,
    scaled, unscaled,
};
pub use draft::{Draft, Referent, SEPARATOR, Shape, Spec, parts};
pub use expectation::{Expectation, ExpectationState, Perception};
pub use experience::{CareerStep, Expertise, ExpertiseArea};
pub use field_problem::{FieldProblem, FieldProblems};
pub use fit::{FitAccount, Load, Topic, WantedTopic, expertise_for, loads, others_median, touched};
pub use handover::{
    Handover, HandoverItem, HandoverKind, HandoverRefusal, HandoverState, HandoverTerms, ItemRefusal,
    ItemState, Matter,
};
pub use manager_decision::{
    DecisionEnded, ManagerDecision, ManagerDecisionState, ManagerDecisionTerms, ManagerOutcome,
};
pub use note::{MOST_TEXT, Note, mentioned, open_note_text};
pub use notice::{NoticeDays, NoticeDaysError, NoticeMonths, NoticeMonthsError, NoticePeriod};
pub use opportunity::{Opportunity, OpportunityKind, OpportunityStage};
pub use organisation::{LineOfBusiness, Team};
pub use person::{Person, PersonRole, Side};
pub use price::{ExchangeRate, ListPrice};
pub use product::Product;
pub use promise::{HandoverAnswer, Promise, PromiseOccasion, PromiseState};
pub use rates::{ConversionError, Converted, Rates, UsedRate};
pub use record::{Kind, Parts, Record, Saved, SearchText};
pub use stake::{Stake, StakeBasis};
pub use tag::{MOST_TAG, MOST_TAGS, Tag, TagError, tags_of};
pub use worth::{ByContracts, ContractWorth, Worth, by_contracts, values_on};
