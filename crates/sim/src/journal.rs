//! The journal on a simulated disk, under the same contract as the one on SQLite: a batch is there whole when `append`
//! has returned, or not at all.

use std::ops::ControlFlow;
use std::sync::Arc;

use store::view::{LogState, Openings};
use store::{
    AppendError, Batch, DestroyError, Head, Health, Journal, KeepSnapshot, NoteRow, NoteSlot,
    Opening, Origin, ReadError, Room, Snapshot, SnapshotError, Stored, StoredEntry,
};
use tlog::{Hash, proof};

use crate::disk::{Disk, RESERVE};
use crate::index::Index;

/// One process's handle on its disk.
#[derive(Debug)]
pub struct MemoryJournal {
    disk: Disk,
    failed: Option<Arc<str>>,
    found_full: bool,
}

impl MemoryJournal {
    pub fn open(disk: &Disk) -> Self {
        Self {
            disk: disk.clone(),
            failed: None,
            found_full: false,
        }
    }

    fn fail(&mut self, cause: Arc<str>) -> AppendError {
        self.failed = Some(cause.clone());
        AppendError::Failed { cause }
    }

    fn of_log<T>(
        &self,
        log: &Origin,
        read: impl FnOnce(&crate::index::Log) -> T,
    ) -> Result<T, ReadError> {
        self.disk
            .look(|index| index.logs.get(log).map(read))
            .ok_or_else(|| ReadError::NoSuchLog { log: log.clone() })
    }
}

fn is_state(index: &Index, at: Head) -> bool {
    let read = |level, place| index.tree.hash(level, place);
    at.size <= index.tree.size() && proof::root_at(at.size, read).is_ok_and(|root| root == at.root)
}

impl Journal for MemoryJournal {
    fn head(&self) -> Head {
        self.disk.look(Index::head)
    }

    fn append(&mut self, expected: Head, batch: &Batch) -> Result<Head, AppendError> {
        if let Some(cause) = &self.failed {
            return Err(AppendError::Failed {
                cause: cause.clone(),
            });
        }
        let actual = self.head();
        if expected != actual {
            return Err(AppendError::Moved { expected, actual });
        }
        batch.check().map_err(AppendError::Refused)?;
        self.disk
            .look(|index| index.check(&batch.records))
            .map_err(AppendError::Refused)?;
        if batch.is_empty() {
            return Ok(actual);
        }
        // As on SQLite: once full, only what may use the reserve is tried until someone resumes.
        if self.found_full && batch.room == Room::Main {
            return Err(AppendError::DiskFull);
        }
        let written = self.disk.inner().write(batch);
        match written {
            Ok(()) => Ok(self.head()),
            Err(AppendError::Failed { cause }) => Err(self.fail(cause)),
            Err(AppendError::DiskFull) => {
                self.found_full = true;
                Err(AppendError::DiskFull)
            }
            Err(other) => Err(other),
        }
    }

    fn health(&self) -> Health {
        match &self.failed {
            Some(cause) => Health::Failed {
                cause: cause.clone(),
            },
            None if self.found_full => Health::DiskFull {
                reserve: self.disk.inner().reserve,
            },
            None => Health::Well,
        }
    }

    fn try_resume(&mut self) -> Result<(), AppendError> {
        if let Some(cause) = &self.failed {
            return Err(AppendError::Failed {
                cause: cause.clone(),
            });
        }
        let mut inner = self.disk.inner();
        if inner.full {
            return Err(AppendError::DiskFull);
        }
        inner.reserve = RESERVE;
        self.found_full = false;
        Ok(())
    }

    fn read(
        &self,
        from: u64,
        openings: Openings,
        visit: &mut dyn FnMut(Stored) -> ControlFlow<()>,
    ) -> Result<u64, ReadError> {
        self.disk.look(|index| {
            let mut seq = from;
            for row in index.rows.iter().skip(from as usize) {
                let opening = match (openings, index.opening(seq)) {
                    (Openings::Skip, Opening::Clear(_)) => Opening::Skipped,
                    (_, opening) => opening,
                };
                let stored = Stored {
                    seq,
                    at: row.at,
                    head: row.head.clone(),
                    opening,
                    entry: row.entry.clone(),
                };
                seq += 1;
                if visit(stored).is_break() {
                    break;
                }
            }
            Ok(seq)
        })
    }

    fn size_at(&self, at: i64) -> Result<u64, ReadError> {
        self.disk.look(|index| {
            let later = index.rows.iter().position(|row| row.at > at);
            Ok(later.unwrap_or(index.rows.len()) as u64)
        })
    }

    fn entries(
        &self,
        log: &Origin,
        from: u64,
        max_count: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredEntry>, ReadError> {
        self.disk.look(|index| {
            let Some(found) = index.logs.get(log) else {
                return Ok(Vec::new());
            };
            let mut bytes = 0;
            let mut entries = Vec::new();
            for (place, (seq, envelope)) in found.entries.iter().enumerate().skip(from as usize) {
                let opening = index.opening(*seq);
                bytes += envelope.len();
                bytes += if let Opening::Clear(opening) = &opening {
                    opening.len()
                } else {
                    0
                };
                if entries.len() == max_count || (bytes > max_bytes && !entries.is_empty()) {
                    break;
                }
                entries.push(StoredEntry {
                    log: log.clone(),
                    index: place as u64,
                    seq: *seq,
                    envelope: envelope.clone(),
                    opening,
                });
            }
            Ok(entries)
        })
    }

    fn logs(&self) -> Result<Vec<LogState>, ReadError> {
        self.disk.look(|index| {
            let states = index.logs.iter().map(|(origin, log)| LogState {
                log: origin.clone(),
                head: Head {
                    size: log.tree.size(),
                    root: log.tree.root(),
                },
            });
            Ok(states.collect())
        })
    }

    fn notes(&self, log: &Origin) -> Result<Vec<NoteRow>, ReadError> {
        self.disk.look(|index| {
            let notes = NoteSlot::ALL
                .iter()
                .filter_map(|slot| index.notes.get(&(log.clone(), *slot)));
            Ok(notes.cloned().collect())
        })
    }

    fn root_at(&self, log: &Origin, size: u64) -> Result<Hash, ReadError> {
        self.of_log(log, |log| {
            if size > log.tree.size() {
                let (from, to) = (size, log.tree.size());
                return Err(proof::ProveError::NotEarlier { from, to });
            }
            proof::root_at(size, |level, index| log.tree.hash(level, index))
        })?
        .map_err(ReadError::NoProof)
    }

    fn prove_inclusion(&self, log: &Origin, size: u64, index: u64) -> Result<Vec<Hash>, ReadError> {
        let prove = |log: &crate::index::Log| {
            proof::prove_inclusion(size, index, |level, index| log.tree.hash(level, index))
        };
        self.of_log(log, prove)?.map_err(ReadError::NoProof)
    }

    fn prove_consistency(&self, log: &Origin, from: u64, to: u64) -> Result<Vec<Hash>, ReadError> {
        let prove = |log: &crate::index::Log| {
            proof::prove_consistency(from, to, |level, index| log.tree.hash(level, index))
        };
        self.of_log(log, prove)?.map_err(ReadError::NoProof)
    }

    fn destroy_openings(&mut self, seqs: &[u64]) -> Result<(), DestroyError> {
        let index = &mut self.disk.inner().index;
        if let Some(&seq) = seqs
            .iter()
            .find(|seq| index.opening(**seq) == Opening::None)
        {
            return Err(DestroyError::NoOpening { seq });
        }
        index.destroyed.extend(seqs);
        Ok(())
    }

    fn begin_snapshot(&self, at: Head) -> Result<KeepSnapshot, SnapshotError> {
        if let Some(cause) = &self.failed {
            return Err(SnapshotError::Failed {
                cause: cause.clone(),
            });
        }
        if !is_state(&self.disk.inner().index, at) {
            return Err(SnapshotError::NotAState { at });
        }
        let disk = self.disk.clone();
        Ok(Box::new(move |state| {
            let mut inner = disk.inner();
            if inner.full {
                return Err(SnapshotError::DiskFull);
            }
            if !inner.step() {
                return Err(SnapshotError::Failed {
                    cause: "the power is gone".into(),
                });
            }
            inner.snapshots.push(Snapshot {
                at,
                state: state.to_vec(),
            });
            let old = inner.snapshots.len().saturating_sub(2);
            inner.snapshots.drain(..old);
            Ok(())
        }))
    }

    fn latest_snapshot(&self) -> Result<Option<Snapshot>, ReadError> {
        let inner = self.disk.inner();
        let good = inner
            .snapshots
            .iter()
            .rev()
            .find(|kept| is_state(&inner.index, kept.at));
        Ok(good.cloned())
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
