//! The newest entries of each log in memory, so that what was just written is sent without reading it back.

use model::event::Bytes;
use model::line::{Digest, LogRef};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of envelopes and openings kept for one log.
pub const MAX_RECENT_BYTES: usize = 4 << 20;
/// Heads kept for one log.
const MAX_HEADS: usize = 1_024;
/// Heads between the ends of batches that were asked for, kept for one log.
const MAX_ASKED: usize = 256;

/// An entry as it travels.
#[derive(Clone, Debug)]
pub struct Sealed {
    pub envelope: Bytes,
    /// Empty where it was destroyed.
    pub opening: Bytes,
}

#[derive(Default)]
struct Log {
    first: u64,
    entries: VecDeque<Sealed>,
    bytes: usize,
    /// Size and root after each batch.
    heads: VecDeque<(u64, Digest)>,
    /// Others, as they were worked out.
    asked: VecDeque<(u64, Digest)>,
}

/// Only durable entries are in here.
#[derive(Default)]
pub struct Recent {
    logs: Mutex<BTreeMap<LogRef, Log>>,
}

impl Recent {
    /// Entry `index` is durable. Indexes of a log come in order.
    pub fn add(&self, log: LogRef, index: u64, entry: Sealed) {
        let mut logs = self.logs();
        let log = logs.entry(log).or_default();
        if log.entries.is_empty() || log.first + log.entries.len() as u64 != index {
            *log = Log {
                first: index,
                heads: std::mem::take(&mut log.heads),
                asked: std::mem::take(&mut log.asked),
                ..Log::default()
            };
        }
        log.bytes += entry.envelope.len() + entry.opening.len();
        log.entries.push_back(entry);
        while log.bytes > MAX_RECENT_BYTES && log.entries.len() > 1 {
            if let Some(old) = log.entries.pop_front() {
                log.first += 1;
                log.bytes -= old.envelope.len() + old.opening.len();
            }
        }
    }

    /// The log is durable up to `size`, where its root is `root`.
    pub fn reached(&self, log: LogRef, size: u64, root: Digest) {
        let mut logs = self.logs();
        let heads = &mut logs.entry(log).or_default().heads;
        heads.push_back((size, root));
        if heads.len() > MAX_HEADS {
            heads.pop_front();
        }
    }

    /// The log had `root` at `size`, which somebody asked for.
    pub fn asked(&self, log: LogRef, size: u64, root: Digest) {
        let mut logs = self.logs();
        let asked = &mut logs.entry(log).or_default().asked;
        asked.push_back((size, root));
        if asked.len() > MAX_ASKED {
            asked.pop_front();
        }
    }

    /// The root at `size`, if that was the end of a recent batch or was asked for lately.
    pub fn root_at(&self, log: LogRef, size: u64) -> Option<Digest> {
        let logs = self.logs();
        let log = logs.get(&log)?;
        if let Ok(at) = log.heads.binary_search_by_key(&size, |(size, _)| *size) {
            return Some(log.heads[at].1);
        }
        let mut asked = log.asked.iter().rev();
        asked.find(|(of, _)| *of == size).map(|(_, root)| *root)
    }

    /// Whether entry `index` is here.
    pub fn has(&self, log: LogRef, index: u64) -> bool {
        let logs = self.logs();
        logs.get(&log)
            .is_some_and(|log| index >= log.first && index - log.first < log.entries.len() as u64)
    }

    /// Entries from `from` on, at most `count` and `bytes` of them but at least one; `None` where the first is not
    /// here any more.
    pub fn entries(
        &self,
        log: LogRef,
        from: u64,
        count: usize,
        bytes: usize,
    ) -> Option<Vec<Sealed>> {
        let logs = self.logs();
        let log = logs.get(&log)?;
        let at = usize::try_from(from.checked_sub(log.first)?).ok()?;
        if at >= log.entries.len() {
            return None;
        }
        let mut taken = Vec::new();
        let mut room = bytes;
        for entry in log.entries.iter().skip(at).take(count) {
            let size = entry.envelope.len() + entry.opening.len();
            if size > room && !taken.is_empty() {
                break;
            }
            room = room.saturating_sub(size);
            taken.push(entry.clone());
        }
        Some(taken)
    }

    fn logs(&self) -> MutexGuard<'_, BTreeMap<LogRef, Log>> {
        // Entries are added whole: whatever a panic elsewhere left is valid.
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::code::Lane;
    use model::ids::LineId;
    use model::line::Side;

    const BIG: usize = MAX_RECENT_BYTES / 4;

    fn log() -> LogRef {
        LogRef {
            line: LineId::from_random([1; 16]),
            side: Side::Own,
            lane: Lane::Main,
            epoch: 1,
        }
    }

    fn entry(size: usize) -> Sealed {
        Sealed {
            envelope: vec![0; size].into(),
            opening: Vec::new().into(),
        }
    }

    #[test]
    fn the_newest_entries_stay_and_the_oldest_go_at_the_limit() {
        let recent = Recent::default();
        for index in 0..6 {
            recent.add(log(), index, entry(BIG));
        }
        assert!(
            recent.entries(log(), 1, 9, BIG).is_none(),
            "the oldest are gone"
        );
        assert_eq!(
            [1, 2, 5, 6].map(|index| recent.has(log(), index)),
            [false, true, true, false]
        );
        assert_eq!(recent.entries(log(), 2, 9, usize::MAX).unwrap().len(), 4);
        assert_eq!(recent.entries(log(), 2, 9, 2 * BIG).unwrap().len(), 2);
        assert_eq!(
            recent.entries(log(), 2, 9, 1).unwrap().len(),
            1,
            "at least one"
        );
        assert!(recent.entries(log(), 6, 9, 1).is_none());
    }

    #[test]
    fn a_gap_starts_the_run_anew() {
        let recent = Recent::default();
        recent.add(log(), 0, entry(1));
        recent.add(log(), 5, entry(1));
        assert!(recent.entries(log(), 0, 9, 9).is_none());
        assert_eq!(recent.entries(log(), 5, 9, 9).unwrap().len(), 1);
    }

    #[test]
    fn a_root_is_known_where_a_batch_ended() {
        let recent = Recent::default();
        recent.reached(log(), 3, Digest([3; 32]));
        recent.reached(log(), 7, Digest([7; 32]));
        assert_eq!(recent.root_at(log(), 7), Some(Digest([7; 32])));
        assert_eq!(recent.root_at(log(), 5), None);
        recent.asked(log(), 5, Digest([5; 32]));
        assert_eq!(recent.root_at(log(), 5), Some(Digest([5; 32])));
    }
}
