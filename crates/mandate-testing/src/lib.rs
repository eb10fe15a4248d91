//! The test kit: a fresh, migrated database of each kind for every store test, a fixed clock, seeded ids.
//!
//! Write a test once, in [`both_databases!`]; it becomes `name::sqlite` and `name::postgres`, so that the counts of the
//! two can be compared (`make test` does). PostgreSQL is found through `MANDATE_TEST_POSTGRES`; without it those tests
//! say that they were skipped, and fail under CI. A dev-dependency only: a crate that it depends on (store, app) must
//! use it from `tests/it/`, because its own unit tests would see two versions of its types.

mod postgres;
mod run;
mod sqlite;
mod test_db;

pub use mandate_store::labels::all as labelled_columns;
pub use mandate_store::mail as stored_mail;
pub use run::{run_on_postgres, run_on_sqlite};
pub use test_db::{STARTED_AT, TestDb, clock};

/// Makes two tests of one body, one a database: `name::sqlite` and `name::postgres`.
///
/// ```
/// use mandate_testing::{TestDb, both_databases};
///
/// both_databases! {
///     async fn a_new_database_has_no_accounts(db: TestDb) {
///         let mut tx = db.read().await;
///         let row = tx.fetch_one("SELECT COUNT(*) FROM account", vec![]).await.unwrap();
///         assert_eq!(row.int(0).unwrap(), 0);
///     }
/// }
/// ```
#[macro_export]
macro_rules! both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($($argument:tt)*) $body:block)*) => { $(
        #[cfg(test)]
        $(#[$meta])*
        async fn $name($($argument)*) $body

        #[cfg(test)]
        mod $name {
            #[test]
            fn sqlite() {
                $crate::run_on_sqlite(super::$name);
            }

            #[test]
            fn postgres() {
                $crate::run_on_postgres(concat!(module_path!(), "::postgres"), super::$name);
            }
        }
    )* };
}
