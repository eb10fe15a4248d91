//! Tests of use cases, each on both databases.

#![cfg(test)]

mod audit_checkpoints;
mod audit_restore;
mod backup;
mod book;
mod book_exports;
mod book_import;
mod book_kinds;
mod book_mapping;
mod book_related;
mod book_values;
mod bulk_edit;
mod coverage;
mod custom_fields;
mod custom_links;
mod decisions;
mod decisions_book;
mod decisions_conflicts;
mod decisions_people;
mod decisions_policies;
mod decisions_reference;
mod demo;
mod duplicates;
mod facts_bad_input;
mod facts_events;
mod facts_import;
mod facts_reach;
mod facts_recompute;
mod fit;
mod handovers;
mod hats;
mod idempotency;
mod identity;
mod import_contacts;
mod import_guessed;
mod import_near;
mod jobs;
mod leavers;
mod managers;
mod measures;
mod membership;
#[cfg(feature = "passkeys")]
mod passkeys;
mod promises;
mod rights;
mod second_factor;
mod sign_in_limits;
mod single_sign_on;
#[cfg(feature = "passkeys")]
mod soft_device;
mod sources;
mod sources_fetch;
mod stranger;
mod tags;
mod webhooks;
