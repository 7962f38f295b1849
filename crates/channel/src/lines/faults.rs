//! Faults are journalled once for each cause, peer and minute, with a count.

use super::bounds::{MAX_FAULT_EVIDENCE, MINUTE};
use model::event::{Bytes, Event};
use model::ids::LineId;
use model::line::Fault;
use std::collections::BTreeMap;

/// The first of a cause is noted at once. Those of the minute after it are noted together when it ends, and begin the
/// next minute.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    counted: BTreeMap<Fault, Counted>,
}

#[derive(Clone, Debug)]
struct Counted {
    since: u64,
    more: u32,
    evidence: Bytes,
}

impl Faults {
    pub fn note(&mut self, up: u64, line: LineId, fault: Fault, evidence: &[u8]) -> Option<Event> {
        let evidence = shortened(evidence, MAX_FAULT_EVIDENCE);
        if let Some(counted) = self.counted.get_mut(&fault) {
            if counted.more == 0 {
                counted.evidence = evidence;
            }
            counted.more = counted.more.saturating_add(1);
            return None;
        }
        let counted = Counted {
            since: up,
            more: 0,
            evidence: shortened(&[], 0),
        };
        self.counted.insert(fault, counted);
        Some(Event::FaultNoted {
            line,
            fault,
            count: 1,
            evidence,
        })
    }

    /// What the minutes that are over have counted.
    pub fn summed(&mut self, up: u64, line: LineId) -> Vec<Event> {
        let over = |counted: &Counted| up >= counted.since + MINUTE;
        let events = self
            .counted
            .iter()
            .filter(|(_, counted)| over(counted) && counted.more > 0)
            .map(|(fault, counted)| Event::FaultNoted {
                line,
                fault: *fault,
                count: counted.more,
                evidence: counted.evidence.clone(),
            })
            .collect();
        self.counted.retain(|_, counted| {
            let again = over(counted) && counted.more > 0;
            if again {
                counted.since = up;
                counted.more = 0;
            }
            again || !over(counted)
        });
        events
    }

    pub fn due(&self) -> Option<u64> {
        self.counted
            .values()
            .map(|counted| counted.since + MINUTE)
            .min()
    }
}

pub(super) fn shortened(bytes: &[u8], most: usize) -> Bytes {
    bytes[..bytes.len().min(most)].into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_noted_once_at_first_and_once_a_minute_after() {
        let line = LineId::from_random([1; 16]);
        let mut faults = Faults::default();
        let mut count =
            |up, evidence: &[u8]| match faults.note(up, line, Fault::Malformed, evidence) {
                Some(Event::FaultNoted { count, .. }) => Some(count),
                _none => None,
            };
        assert_eq!(count(0, b"a"), Some(1));
        assert_eq!(count(10, b"b"), None);
        assert_eq!(count(20, b"c"), None);
        assert_eq!(faults.summed(MINUTE - 1, line), vec![]);
        let summed = faults.summed(MINUTE, line);
        let expected = Event::FaultNoted {
            line,
            fault: Fault::Malformed,
            count: 2,
            evidence: b"b".as_slice().into(),
        };
        assert_eq!(summed, vec![expected]);
        assert_eq!(faults.note(MINUTE + 1, line, Fault::Malformed, b"d"), None);
        assert_eq!(faults.summed(2 * MINUTE, line).len(), 1);
        assert_eq!(faults.summed(3 * MINUTE, line), vec![]);
        assert!(
            faults
                .note(3 * MINUTE, line, Fault::Malformed, b"e")
                .is_some()
        );
    }

    #[test]
    fn evidence_is_cut_at_its_limit() {
        assert_eq!(shortened(&[7; 9], 8).len(), 8);
        assert_eq!(shortened(&[7; 8], 8).len(), 8);
    }
}
