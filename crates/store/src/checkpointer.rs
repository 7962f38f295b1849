//! Moves the write-ahead log into the database, on its own thread and connection, so that appends do not wait
//! for it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use crate::folder::Disk;
use crate::schema::{Purpose, connect, is_full};

/// Bytes appended between two checkpoints.
const CHECKPOINT_EVERY: u64 = 4 << 20;
/// Pages of write-ahead log from which on appends are made to wait, briefly, so that it starts over. In quiet
/// moments it starts over by itself.
const RESTART_PAGES: i64 = (64 << 20) / 4096;
/// Pages from which on the file is also cut.
const TRUNCATE_PAGES: i64 = (256 << 20) / 4096;
/// Bytes that the write-ahead log has from the beginning: more than is appended between two checkpoints.
const PREPARED: u64 = 2 * CHECKPOINT_EVERY;
/// How soon a truncation that readers were in the way of is tried again.
const RETRY: Duration = Duration::from_millis(250);

/// The first failure of a journal; there is no way back from it.
#[derive(Default)]
pub(crate) struct Failure(OnceLock<Arc<str>>);

impl Failure {
    pub(crate) fn get(&self) -> Option<Arc<str>> {
        self.0.get().cloned()
    }

    /// Keeps `cause`, unless there was one before; answers with the first.
    pub(crate) fn set(&self, cause: &str) -> Arc<str> {
        self.0.get_or_init(|| cause.into()).clone()
    }
}

#[derive(Default)]
struct Work {
    appended: u64,
    truncate: bool,
    stop: bool,
}

#[derive(Default)]
struct Shared {
    work: Mutex<Work>,
    bell: Condvar,
}

impl Shared {
    fn work(&self) -> MutexGuard<'_, Work> {
        // Plain numbers: whatever a panic left behind is valid.
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct Checkpointer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// `mark` is synced with each checkpoint.
    pub(crate) fn start(
        path: &Path,
        disk: &Disk,
        failure: Arc<Failure>,
        mark: File,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let conn = connect(path, disk, Purpose::Checkpoint)?;
        let shared = Arc::new(Shared::default());
        let worker = Worker {
            conn,
            wal: path.with_extension("db-wal"),
            shared: Arc::clone(&shared),
            failure,
            mark,
            disk: disk.clone(),
        };
        let thread = thread::Builder::new()
            .name("checkpointer".into())
            .spawn(move || worker.run())?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Says that this many bytes were appended.
    pub(crate) fn appended(&self, bytes: u64) {
        let mut work = self.shared.work();
        work.appended += bytes;
        if work.appended >= CHECKPOINT_EVERY {
            self.shared.bell.notify_one();
        }
    }

    /// Asks that the write-ahead log be emptied and cut, as soon as no reader needs it.
    pub(crate) fn truncate(&self) {
        self.shared.work().truncate = true;
        self.shared.bell.notify_one();
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.shared.work().stop = true;
        self.shared.bell.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic there has printed itself; there is nothing left to stop.
            let _ = thread.join();
        }
    }
}

struct Worker {
    conn: Connection,
    wal: PathBuf,
    shared: Arc<Shared>,
    failure: Arc<Failure>,
    mark: File,
    /// Keeps the disk while the connection lives.
    disk: Disk,
}

impl Worker {
    fn run(self) {
        let Self {
            conn,
            wal,
            shared,
            failure,
            mark,
            disk,
        } = self;
        let prepared = matches!(disk, Disk::Real);
        let mut pause = None;
        while let Some(truncate) = next(&shared, pause.take()) {
            match pass(&conn, truncate)
                .map_err(Trouble::from)
                .and_then(|left| {
                    mark.sync_data()?;
                    if prepared {
                        prepare(&conn, &wal)?;
                    }
                    Ok(left)
                }) {
                Ok(Left::Nothing) => {}
                Ok(Left::Truncate) => {
                    shared.work().truncate = true;
                    pause = Some(RETRY);
                }
                // The write-ahead log keeps what did not fit; a later pass moves it.
                Err(Trouble::Later) if truncate => {
                    shared.work().truncate = true;
                    pause = Some(RETRY);
                }
                Err(Trouble::Later) => {}
                Err(Trouble::Other(cause)) => {
                    failure.set(&format!("checkpoint: {cause}"));
                    break;
                }
            }
        }
        drop(conn);
        drop(disk);
    }
}

/// Waits for work; `None` means stop. Answers whether the log is to be cut.
fn next(shared: &Shared, pause: Option<Duration>) -> Option<bool> {
    let idle = |work: &mut Work| {
        !work.stop && (pause.is_some() || !work.truncate) && work.appended < CHECKPOINT_EVERY
    };
    let work = shared.work();
    let mut work = match pause {
        None => shared
            .bell
            .wait_while(work, idle)
            .unwrap_or_else(PoisonError::into_inner),
        Some(pause) => {
            let waited = shared.bell.wait_timeout_while(work, pause, idle);
            waited.unwrap_or_else(PoisonError::into_inner).0
        }
    };
    if work.stop {
        return None;
    }
    work.appended = 0;
    Some(std::mem::take(&mut work.truncate))
}

enum Left {
    Nothing,
    Truncate,
}

enum Trouble {
    /// The disk is full, or someone holds a lock.
    Later,
    Other(String),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        let busy = error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
        if busy || is_full(&error) {
            Self::Later
        } else {
            Self::Other(error.to_string())
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        if crate::reserve::is_full(&error) {
            Self::Later
        } else {
            Self::Other(error.to_string())
        }
    }
}

/// Gives a write-ahead log that is new, or was cut, its blocks in advance. A commit then overwrites bytes that the file
/// has, and its sync has no size and no list of blocks to write: half of its time. SQLite takes zeros for the end of
/// the log.
fn prepare(conn: &Connection, wal: &Path) -> rusqlite::Result<()> {
    let long = |file: &File| file.metadata().is_ok_and(|of| of.len() >= PREPARED);
    let Ok(mut file) = File::options().write(true).open(wal) else {
        // There is none yet.
        return Ok(());
    };
    if long(&file) {
        return Ok(());
    }
    // Nobody else appends meanwhile.
    conn.execute_batch("BEGIN IMMEDIATE")?;
    // It only saves time: a disk without room, or worse, shows itself with the next commit.
    if let Ok(length) = file.seek(SeekFrom::End(0))
        && fill(&mut file, PREPARED.saturating_sub(length)).is_err()
    {
        let _ = file.set_len(length);
    }
    conn.execute_batch("ROLLBACK")
}

fn fill(file: &mut File, bytes: u64) -> io::Result<()> {
    io::copy(&mut io::repeat(0).take(bytes), file)?;
    file.sync_all()
}

/// One checkpoint. Most of the work is done while appends go on; only what came in meanwhile is done
/// while they wait.
fn pass(conn: &Connection, truncate: bool) -> rusqlite::Result<Left> {
    let (_, mut pages) = checkpoint(conn, "PASSIVE")?;
    if pages > RESTART_PAGES {
        (_, pages) = checkpoint(conn, "PASSIVE")?;
    }
    if truncate || pages > TRUNCATE_PAGES {
        let (busy, _) = checkpoint(conn, "TRUNCATE")?;
        return Ok(if busy { Left::Truncate } else { Left::Nothing });
    }
    if pages > RESTART_PAGES {
        checkpoint(conn, "RESTART")?;
    }
    Ok(Left::Nothing)
}

/// Whether someone was in the way, and the pages in the write-ahead log.
pub(crate) fn checkpoint(conn: &Connection, mode: &str) -> rusqlite::Result<(bool, i64)> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    conn.query_row(&sql, [], |row| {
        Ok((row.get::<_, i64>(0)? != 0, row.get(1)?))
    })
}
