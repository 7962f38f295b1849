//! Reading a journal from another thread or process.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

use crate::check::{Fault, Place};
use crate::folder::{DATABASE, Disk};
use crate::journal::ReadError;
use crate::open::{OpenError, check_mark, marked, unlock, unusable};
use crate::schema::{Purpose, connect, read_trees};
use crate::seal::{Key, Seal};
use crate::snapshots::SNAPSHOTS;
use crate::view::View;

/// Reads a journal from another thread, or from another process while its node runs. Takes no lock and changes
/// nothing.
pub struct Reader {
    conn: Connection,
    seal: Arc<Seal>,
    snapshots: PathBuf,
    /// Keeps the disk while the connection lives.
    _disk: Disk,
}

impl Reader {
    /// # Errors
    /// [`OpenError::NoJournal`], [`OpenError::WrongKey`], and where the file cannot be read. Hashes are
    /// not checked here.
    pub fn open(folder: &Path, key: &Key) -> Result<Self, OpenError> {
        let database = folder.join(DATABASE);
        if !database.exists() {
            return Err(OpenError::NoJournal {
                folder: folder.to_owned(),
            });
        }
        let conn = connect(&database, &Disk::Real, Purpose::Read)
            .map_err(|error| OpenError::unusable(folder, unusable(error)))?;
        let (_, seal) = unlock(&conn, key, folder)?;
        let snapshots = folder.join(SNAPSHOTS);
        Ok(Self::on(conn, Arc::new(seal), snapshots, Disk::Real))
    }

    pub(crate) fn on(conn: Connection, seal: Arc<Seal>, snapshots: PathBuf, disk: Disk) -> Self {
        Self {
            conn,
            seal,
            snapshots,
            _disk: disk,
        }
    }

    /// Compares the journal in `folder` with what was last acknowledged as durable there.
    ///
    /// # Errors
    /// [`ReadError::Damaged`] where its end is missing or is another.
    pub fn check_end(&self, folder: &Path) -> Result<(), ReadError> {
        let marked = marked(folder)
            .map_err(|error| ReadError::Damaged(Fault::new(Place::Head, error.to_string())))?;
        let stored = read_trees(&self.conn)?;
        check_mark(self.view(), &stored, marked)
    }

    /// The journal to read from.
    pub fn view(&self) -> View<'_> {
        View {
            conn: &self.conn,
            seal: &self.seal,
            snapshots: &self.snapshots,
        }
    }

    pub(crate) fn conn(&self) -> &Connection {
        &self.conn
    }
}
