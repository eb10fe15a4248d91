//! Records and rules of Mandate: true whatever the database, screen or clock.
//!
//! How to add here: find the room whose noun it is about (`book`, `identity`, `audit`, `facts`, `exchange`, `notification`), add the
//! record with private fields where an invariant holds, and check values once, in the constructor. Shared values
//! (`currency`, `country`, `money`, `number`, `month`, `id`, `clock`, `text`, `label`, `words`) belong to every room. Nothing here knows SQL, HTTP, JSON,
//! files or the wall clock.

pub mod audit;
pub mod book;
pub mod clock;
pub mod country;
pub mod currency;
pub mod exchange;
pub mod facts;
pub mod governance;
pub mod id;
pub mod identity;
pub mod label;
pub mod money;
pub mod month;
pub mod notification;
pub mod number;
mod shared;
pub mod source;
pub mod text;
pub mod webhook;
pub mod words;

pub use clock::{Clock, Instant};
pub use id::Id;
pub use label::{Clearance, Label, Labeled, NotCleared, Purpose};
pub use money::{Currency, Money, Rate};
pub use month::Month;
pub use number::NumberStyle;
pub use shared::{Shared, Sole};
