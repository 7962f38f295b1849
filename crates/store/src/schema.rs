//! The tables, and how a connection to them is set up.

use std::path::Path;
use std::thread;
use std::time::Duration;

use aws_lc_rs::error::Unspecified;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior, params};
use tlog::{Hash, leaf_hash};

use crate::check::{Fault, Place};
use crate::folder::Disk;
use crate::record::Origin;
use crate::seal::{JournalName, Key, Seal, Sealed};
use crate::trees::{JOURNAL_TREE, Log, Trees, frontier_from};

/// The version of the tables, kept as SQLite's `user_version`.
pub(crate) const SCHEMA_VERSION: i64 = 1;

/// Each table and the text that made it. An opening that was destroyed keeps its row, with no bytes; a missing
/// row is damage.
const TABLES: [(&str, &str); 8] = [
    (
        "meta",
        "CREATE TABLE meta(id INTEGER PRIMARY KEY, name BLOB NOT NULL, key_check BLOB NOT NULL, \
         restored INTEGER, sum BLOB NOT NULL) STRICT",
    ),
    (
        "journal",
        "CREATE TABLE journal(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, opening INTEGER NOT NULL, \
         tree INTEGER, idx INTEGER, leaf BLOB, sum INTEGER NOT NULL, head BLOB NOT NULL) STRICT",
    ),
    (
        "openings",
        "CREATE TABLE openings(seq INTEGER PRIMARY KEY, sealed BLOB) STRICT",
    ),
    (
        "entries",
        "CREATE TABLE entries(tree INTEGER NOT NULL, idx INTEGER NOT NULL, seq INTEGER NOT NULL, \
         PRIMARY KEY(tree, idx)) STRICT, WITHOUT ROWID",
    ),
    (
        "envelopes",
        "CREATE TABLE envelopes(seq INTEGER PRIMARY KEY, envelope BLOB NOT NULL) STRICT",
    ),
    (
        "trees",
        "CREATE TABLE trees(tree INTEGER PRIMARY KEY, origin TEXT NOT NULL, size INTEGER NOT NULL, \
         edge BLOB NOT NULL, commits INTEGER) STRICT",
    ),
    (
        "nodes",
        "CREATE TABLE nodes(tree INTEGER NOT NULL, level INTEGER NOT NULL, idx INTEGER NOT NULL, \
         hash BLOB NOT NULL, PRIMARY KEY(tree, level, idx)) STRICT, WITHOUT ROWID",
    ),
    (
        "notes",
        "CREATE TABLE notes(tree INTEGER NOT NULL, slot INTEGER NOT NULL, size INTEGER NOT NULL, \
         note BLOB NOT NULL, sum BLOB NOT NULL, PRIMARY KEY(tree, slot)) STRICT, WITHOUT ROWID",
    ),
];

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The one writer.
    Write,
    /// The one that moves the write-ahead log into the database.
    Checkpoint,
    /// Changes nothing, not even by closing.
    Read,
}

/// Longest wait of the writer for a lock; only the checkpointer ever holds it, for milliseconds.
const WRITER_PATIENCE: u32 = 30_000;
/// Waits of the checkpointer for readers, while appends wait for it: few, so that they never wait long.
const CHECKPOINT_PATIENCE: u32 = 5;

/// Opens a connection to an existing database file.
pub(crate) fn connect(path: &Path, disk: &Disk, purpose: Purpose) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = match disk.vfs() {
        None => Connection::open_with_flags(path, flags)?,
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs)?,
    };
    let (patience, pause, cache_kib) = match purpose {
        Purpose::Write => (WRITER_PATIENCE, Duration::from_millis(1), 16_384),
        Purpose::Checkpoint => (CHECKPOINT_PATIENCE, Duration::from_millis(1), 256),
        Purpose::Read => (WRITER_PATIENCE, Duration::from_millis(1), 4_096),
    };
    conn.busy_handler(Some(move |tries: i32| {
        thread::sleep(pause);
        tries.unsigned_abs() < patience
    }))?;
    conn.execute_batch(&format!(
        "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; \
         PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA cache_size=-{cache_kib};"
    ))?;
    conn.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    conn.set_prepared_statement_cache_capacity(64);
    // Or a query is planned anew whenever its parameters are, which takes longer than it does.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    if purpose != Purpose::Write {
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    }
    if purpose == Purpose::Read {
        conn.execute_batch("PRAGMA query_only=ON")?;
    }
    Ok(conn)
}

/// Whether the database has no table at all.
pub(crate) fn is_blank(conn: &Connection) -> rusqlite::Result<bool> {
    conn.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| {
        row.get(0)
    })
}

/// The row that says which journal this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) name: JournalName,
    pub(crate) key_check: Vec<u8>,
    /// Records that the journal had when it was last restored from a backup.
    pub(crate) restored: Option<u64>,
}

impl Meta {
    fn sum(&self) -> Hash {
        let restored = self.restored.map(|size| size.to_be_bytes());
        let restored = restored.as_ref().map_or(&[][..], |bytes| bytes);
        leaf_hash(&[&self.name[..], &self.key_check, restored].concat())
    }

    pub(crate) fn fresh(key: &Key) -> Result<Self, Unspecified> {
        let name = Seal::fresh_name()?;
        let seal = Seal::new(key, name)?;
        let key_check = seal.seal(
            Sealed::KeyCheck,
            SCHEMA_VERSION as u64,
            &leaf_hash(&name),
            b"",
        )?;
        Ok(Self {
            name,
            key_check,
            restored: None,
        })
    }

    /// The seal under `key`, or `None` where the journal is sealed under another.
    pub(crate) fn unlock(&self, key: &Key) -> Option<Seal> {
        let seal = Seal::new(key, self.name).ok()?;
        let bound = leaf_hash(&self.name);
        seal.open(
            Sealed::KeyCheck,
            SCHEMA_VERSION as u64,
            &bound,
            &self.key_check,
        )?;
        Some(seal)
    }

    pub(crate) fn write(&self, conn: &Connection) -> rusqlite::Result<()> {
        conn.execute(
            "INSERT OR REPLACE INTO meta(id, name, key_check, restored, sum) VALUES (1, ?, ?, ?, ?)",
            params![self.name, self.key_check, self.restored, self.sum().0],
        )
        .map(|_| ())
    }
}

/// Makes the tables of an empty journal, in one transaction.
pub(crate) fn create(conn: &mut Connection, meta: &Meta) -> rusqlite::Result<()> {
    let mode: String = conn.query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        // The file system cannot share memory; without it the journal would not be what it promises.
        return Err(rusqlite::Error::InvalidQuery);
    }
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (_, sql) in TABLES {
        transaction.execute_batch(sql)?;
    }
    meta.write(&transaction)?;
    transaction.execute(
        "INSERT INTO trees(tree, origin, size, edge, commits) VALUES (?, '', 0, x'', 0)",
        [JOURNAL_TREE],
    )?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()
}

/// Why a database is not a journal that this version can use.
pub(crate) enum Unusable {
    Version(i64),
    Fault(Fault),
    Disk(rusqlite::Error),
}

impl From<Fault> for Unusable {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Checks that the tables are the ones of this version, and reads the meta row.
pub(crate) fn inspect(conn: &Connection) -> Result<Meta, Unusable> {
    let unusable = |error| match damage(Place::File, error) {
        Ok(fault) => Unusable::Fault(fault),
        Err(error) => Unusable::Disk(error),
    };
    let version: i64 = conn
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(unusable)?;
    if version != SCHEMA_VERSION {
        return Err(Unusable::Version(version));
    }
    let mode: String = conn
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .map_err(unusable)?;
    if mode != "wal" {
        return Err(Fault::new(Place::File, "it is not in write-ahead mode any more").into());
    }
    let count: i64 = conn
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(unusable)?;
    if usize::try_from(count) != Ok(TABLES.len()) {
        return Err(Fault::new(Place::File, "it has other tables than a journal").into());
    }
    for (name, sql) in TABLES {
        let found: Option<String> = conn
            .query_row(
                "SELECT sql FROM sqlite_schema WHERE type='table' AND name=? AND tbl_name=name",
                [name],
                |row| row.get(0),
            )
            .optional()
            .map_err(unusable)?;
        if found.as_deref() != Some(sql) {
            return Err(
                Fault::new(Place::File, format!("table {name} is not as it was made")).into(),
            );
        }
    }
    read_meta(conn)
}

fn read_meta(conn: &Connection) -> Result<Meta, Unusable> {
    let row = conn.query_row(
        "SELECT name, key_check, restored, sum FROM meta WHERE id=1",
        [],
        |row| {
            let meta = Meta {
                name: row.get(0)?,
                key_check: row.get(1)?,
                restored: row.get(2)?,
            };
            Ok((meta, Hash(row.get(3)?)))
        },
    );
    match row {
        Ok((meta, sum)) if meta.sum() == sum => Ok(meta),
        Ok(_) => Err(Fault::new(Place::Meta, "its sum does not fit").into()),
        Err(error) => Err(match damage(Place::Meta, error) {
            Ok(fault) => fault.into(),
            Err(error) => Unusable::Disk(error),
        }),
    }
}

/// The right edges of all trees, as they are stored.
pub(crate) fn read_trees(conn: &Connection) -> Result<Trees, Unusable> {
    let unusable = |error| match damage(Place::Head, error) {
        Ok(fault) => Unusable::Fault(fault),
        Err(error) => Unusable::Disk(error),
    };
    let mut trees = Trees::default();
    let mut statement = conn
        .prepare_cached("SELECT tree, origin, size, edge, commits FROM trees ORDER BY tree")
        .map_err(unusable)?;
    let mut rows = statement.query([]).map_err(unusable)?;
    let mut has_journal = false;
    while let Some(row) = rows.next().map_err(unusable)? {
        let parts = (|| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))();
        let (tree, origin, size, edge): (i64, String, u64, Vec<u8>) = parts.map_err(unusable)?;
        let place = || match Origin::new(&origin) {
            Ok(log) => Place::Log { log },
            Err(_) => Place::Head,
        };
        let frontier = frontier_from(size, &edge)
            .ok_or_else(|| Fault::new(place(), "its hashes do not fit its size"))?;
        if tree == JOURNAL_TREE && origin.is_empty() {
            trees.journal = frontier;
            trees.commits = row.get(4).map_err(unusable)?;
            has_journal = true;
            continue;
        }
        let log = Origin::new(&origin)
            .map_err(|_| Fault::new(Place::Head, format!("tree {tree} has no valid origin")))?;
        if trees
            .logs
            .insert(log.clone(), Log { tree, frontier })
            .is_some()
        {
            return Err(Fault::new(Place::Log { log }, "it is there twice").into());
        }
    }
    if !has_journal {
        return Err(Fault::new(Place::Head, "it is missing").into());
    }
    Ok(trees)
}

/// Tells damage in the data from a disk that cannot be read.
pub(crate) fn damage(place: Place, error: rusqlite::Error) -> Result<Fault, rusqlite::Error> {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, QueryReturnedNoRows,
        SqliteFailure, Utf8Error,
    };
    let what = match &error {
        SqliteFailure(cause, _)
            if matches!(
                cause.code,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase
            ) =>
        {
            "the file's structure is broken"
        }
        FromSqlConversionFailure(..)
        | IntegralValueOutOfRange(..)
        | InvalidColumnType(..)
        | Utf8Error(..) => "a value has the wrong type",
        QueryReturnedNoRows => "a row is missing",
        _ => return Err(error),
    };
    Ok(Fault::new(place, what))
}

pub(crate) fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}
