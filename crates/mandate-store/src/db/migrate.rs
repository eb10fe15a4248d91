//! Migrations: embedded, applied in order in one transaction each, never edited once released.
//!
//! A database may be any number of versions behind; one that is ahead is refused. The caller backs up first when
//! [`Db::pending_migrations`] is not empty and the database is not new.

use mandate_domain::Instant;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Executor};

use super::transaction::Connection;
use super::{Db, StoreError, WriteTx, dialect};
use crate::boxed;
use crate::params;

/// One step of the schema, in both dialects.
#[derive(Debug)]
pub struct Migration {
    /// Position, from 1.
    pub version: i64,
    /// File name without number and ending.
    pub name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migration {
    ($version:literal, $name:literal, $file:literal) => {
        Migration {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $file)),
            postgres: include_str!(concat!("../../migrations/postgres/", $file)),
        }
    };
}

/// Every migration, oldest first.
pub const MIGRATIONS: &[Migration] = &[
    migration!(1, "floors", "0001_floors.sql"),
    migration!(2, "book", "0002_book.sql"),
    migration!(3, "facts", "0003_facts.sql"),
    migration!(4, "import_change", "0004_import_change.sql"),
    migration!(5, "views_and_standing", "0005_views_and_standing.sql"),
    migration!(6, "cases_by_place", "0006_cases_by_place.sql"),
    migration!(7, "rights", "0007_rights.sql"),
    migration!(8, "checkpoints", "0008_checkpoints.sql"),
    migration!(9, "second_factor", "0009_second_factor.sql"),
    migration!(10, "decision_rights", "0010_decision_rights.sql"),
    migration!(11, "mail", "0011_mail.sql"),
    migration!(12, "contract_line_cost", "0012_contract_line_cost.sql"),
    migration!(13, "passkeys", "0013_passkeys.sql"),
    migration!(14, "access_ended", "0014_access_ended.sql"),
    migration!(15, "import_version_apart", "0015_import_version_apart.sql"),
    migration!(16, "book_records", "0016_book_records.sql"),
    migration!(17, "people_and_clauses", "0017_people_and_clauses.sql"),
    migration!(18, "notes_files_notifications", "0018_notes_files_notifications.sql"),
    migration!(19, "import_mapping", "0019_import_mapping.sql"),
    migration!(20, "account_coverage", "0020_account_coverage.sql"),
    migration!(21, "merges", "0021_merges.sql"),
    migration!(22, "handover", "0022_handover.sql"),
    migration!(23, "handovers", "0023_handovers.sql"),
    migration!(24, "custom_fields", "0024_custom_fields.sql"),
    migration!(25, "tags", "0025_tags.sql"),
    migration!(26, "webhooks", "0026_webhooks.sql"),
    migration!(27, "sources", "0027_sources.sql"),
    migration!(28, "demo_field", "0028_demo_field.sql"),
    migration!(29, "readers_findings", "0029_readers_findings.sql"),
    migration!(30, "custom_links", "0030_custom_links.sql"),
    migration!(31, "list_orders", "0031_list_orders.sql"),
    migration!(32, "notice_months", "0032_notice_months.sql"),
    migration!(33, "contracts_value", "0033_contracts_value.sql"),
    migration!(34, "account_in_short", "0034_account_in_short.sql"),
    migration!(35, "what_ends_has_no_renewal", "0035_what_ends_has_no_renewal.sql"),
    migration!(36, "contract_turns", "0036_contract_turns.sql"),
    migration!(37, "account_country", "0037_account_country.sql"),
];

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// Written by a newer Mandate.
    #[error(
        "this database has schema version {found}, this program knows up to {known}; use the newer program or restore a backup made before the upgrade"
    )]
    TooNew {
        /// The database's version.
        found: i64,
        /// The newest this program has.
        known: i64,
    },
    /// A released migration differs from the one that was applied.
    #[error("migration {version} `{name}` differs from the one this database was built with")]
    Edited {
        /// Its number.
        version: i64,
        /// Its name.
        name: String,
    },
    /// A statement failed; that migration was undone whole.
    #[error("migration {version} `{name}` failed and was undone")]
    Failed {
        /// Its number.
        version: i64,
        /// Its name.
        name: &'static str,
        /// What the database said.
        source: sqlx::Error,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const CREATE_SQLITE: &str = "
    CREATE TABLE IF NOT EXISTS schema_migration (
      version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at_us INTEGER NOT NULL
    ) STRICT";
const CREATE_POSTGRES: &str = r#"
    CREATE TABLE IF NOT EXISTS schema_migration (
      version BIGINT NOT NULL PRIMARY KEY, name TEXT COLLATE "C" NOT NULL, sha256 TEXT COLLATE "C" NOT NULL,
      applied_at_us BIGINT NOT NULL
    )"#;
const APPLIED: &str = "SELECT version, name, sha256 FROM schema_migration ORDER BY version";
const RECORD: &str =
    "INSERT INTO schema_migration (version, name, sha256, applied_at_us) VALUES ($1, $2, $3, $4)";

impl Migration {
    fn text(&self, postgres: bool) -> &'static str {
        if postgres { self.postgres } else { self.sqlite }
    }

    /// Names of the tables it creates, in order; the same in both dialects.
    pub(crate) fn created_tables(&self) -> impl Iterator<Item = &'static str> {
        let names = self.sqlite.lines().filter_map(|line| line.strip_prefix("CREATE TABLE "));
        names.map(|rest| rest.trim_end_matches(['(', ' ']))
    }

    fn sha256(&self, postgres: bool) -> String {
        hex(&Sha256::digest(self.text(postgres).as_bytes()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Db {
    /// The migrations this database has not had, oldest first; all of them for a new one.
    ///
    /// # Errors
    /// [`MigrateError::TooNew`] and [`MigrateError::Edited`] before anything is touched.
    #[boxed]
    pub async fn pending_migrations(&self) -> Result<&'static [Migration], MigrateError> {
        let mut tx = self.begin_write().await?;
        let create = if tx.is_postgres() { CREATE_POSTGRES } else { CREATE_SQLITE };
        tx.execute(create, vec![]).await?;
        let applied = tx.fetch_all(APPLIED, vec![]).await?;
        let postgres = tx.is_postgres();
        for row in &applied {
            let (version, name, sha256) = (row.int(0)?, row.text(1)?, row.text(2)?);
            let Some(migration) = MIGRATIONS.iter().find(|migration| migration.version == version) else {
                let known = MIGRATIONS.last().map_or(0, |migration| migration.version);
                return Err(MigrateError::TooNew { found: version, known });
            };
            if migration.sha256(postgres) != sha256 {
                return Err(MigrateError::Edited { version, name });
            }
        }
        tx.commit_bookkeeping().await?;
        Ok(&MIGRATIONS[applied.len().min(MIGRATIONS.len())..])
    }

    /// Brings the schema up to date, one transaction a migration; returns how many were applied.
    ///
    /// # Errors
    /// [`MigrateError`]; the failing migration is undone, the ones before it stay.
    #[boxed]
    pub async fn migrate(&self, now: Instant) -> Result<usize, MigrateError> {
        self.migrate_to(now, i64::MAX).await
    }

    /// As [`Db::migrate`], but stops after version `last`: tests use it to make an old database.
    ///
    /// # Errors
    /// As [`Db::migrate`].
    #[boxed]
    pub async fn migrate_to(&self, now: Instant, last: i64) -> Result<usize, MigrateError> {
        let pending = self.pending_migrations().await?;
        let mut n_applied = 0;
        for migration in pending.iter().filter(|migration| migration.version <= last) {
            let mut tx = self.begin_write().await?;
            let text = migration.text(tx.is_postgres());
            run_script(&mut tx, text).await.map_err(|source| MigrateError::Failed {
                version: migration.version,
                name: migration.name,
                source,
            })?;
            if migration.version == dialect::AUDIT_IS_SEALED_FROM {
                dialect::seal_audit(&mut tx).await?;
            }
            if migration.version == dialect::NOTICE_DAYS_ARE_KEPT_FROM {
                dialect::fill_notice_days(&mut tx).await?;
            }
            if migration.version == dialect::NAMES_ARE_INDEXED_APART_FROM {
                dialect::index_names_apart(&mut tx).await?;
            }
            let sha256 = migration.sha256(tx.is_postgres());
            tx.execute(RECORD, params![migration.version, migration.name, sha256, now]).await?;
            tx.commit_bookkeeping().await?;
            n_applied += 1;
        }
        Ok(n_applied)
    }
}

async fn run_script(tx: &mut WriteTx, text: &'static str) -> Result<(), sqlx::Error> {
    let script = sqlx::raw_sql(AssertSqlSafe(text));
    match &mut *tx.read.connection {
        Connection::Sqlite(connection) => (&mut **connection).execute(script).await.map(|_| ()),
        Connection::Postgres(connection) => (&mut **connection).execute(script).await.map(|_| ()),
    }
}
