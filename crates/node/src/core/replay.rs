//! From the journal to a node: the latest snapshot, then the facts after it.

use super::driver::Driver;
use super::recent::Recent;
use super::writer::{Kept, SNAPSHOT_VERSION, Seals, Writer};
use crate::trust::Trust;
use channel::Configuration;
use channel::Node;
use model::event::{Event, Fact};
use model::line::{LogHead, LogRef};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use store::{Journal, Opening, Openings, ReadError, Stored};
use wire::record::RecordError;

/// Why a node cannot be made from its journal.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("the journal cannot be read")]
    Read(#[from] ReadError),
    #[error(
        "record {seq} of the journal cannot be understood: verify the journal, or run the version that wrote it"
    )]
    Record {
        seq: u64,
        #[source]
        cause: RecordError,
    },
}

/// A node as its journal left it.
pub struct Replayed<J> {
    pub driver: Driver,
    pub writer: Writer<J>,
    /// The durable heads of all logs: the node's first input.
    pub heads: Vec<(LogRef, LogHead)>,
    /// Records that were folded one by one.
    pub folded: u64,
}

/// Folds `journal`.
///
/// # Errors
/// [`ReplayError`].
pub fn replay<J: Journal>(
    journal: J,
    configuration: impl Fn() -> Configuration,
    seals: Seals,
    trust: Arc<Trust>,
    recent: Arc<Recent>,
) -> Result<Replayed<J>, ReplayError> {
    let snapshot = journal.latest_snapshot()?;
    let mut writer = Writer::new(journal, seals, trust, recent);
    let mut logs = BTreeSet::new();
    let resumed = snapshot.and_then(|snapshot| {
        let kept: Kept = postcard::from_bytes(&snapshot.state).ok()?;
        if kept.version != SNAPSHOT_VERSION || writer.resume(&kept).is_err() {
            tracing::warn!(
                "the latest snapshot is of another form: the journal is read from its beginning"
            );
            return None;
        }
        logs.extend(kept.logs);
        Some((snapshot.at.size, Node::resume(configuration(), kept.node)))
    });
    let (from, mut node) = resumed.unwrap_or_else(|| (0, Node::new(configuration())));
    let mut facts = Vec::new();
    let mut next = from;
    loop {
        next = read_some(writer.journal(), next, &mut facts)?;
        if facts.is_empty() {
            break;
        }
        for fact in facts.drain(..) {
            logs.extend(log_of(&fact));
            node.fold(&fact);
            writer.fold(&fact);
        }
    }
    let heads = writer.begin(logs)?;
    Ok(Replayed {
        driver: Driver::new(node),
        writer,
        heads,
        folded: next - from,
    })
}

/// Facts read before they are folded.
const AT_A_TIME: usize = 4_096;

fn read_some<J: Journal>(
    journal: &J,
    from: u64,
    facts: &mut Vec<Fact>,
) -> Result<u64, ReplayError> {
    let mut refused = None;
    let next = journal.read(from, Openings::Include, &mut |stored| {
        match fact_of(&stored) {
            Ok(fact) => facts.push(fact),
            Err(cause) => {
                refused = Some(ReplayError::Record {
                    seq: stored.seq,
                    cause,
                });
                return ControlFlow::Break(());
            }
        }
        match facts.len() < AT_A_TIME {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    })?;
    refused.map_or(Ok(next), Err)
}

/// The fact in a record.
///
/// # Errors
/// Where it is none of this version.
pub fn fact_of(stored: &Stored) -> Result<Fact, RecordError> {
    let opening = match &stored.opening {
        Opening::Clear(bytes) => Some(bytes.as_slice()),
        Opening::None | Opening::Destroyed | Opening::Skipped => None,
    };
    wire::record::decode(&stored.head, opening)
}

fn log_of(fact: &Fact) -> Option<LogRef> {
    match &fact.event {
        Event::MessageSent { entry, .. } | Event::MessageReceived { entry, .. } => Some(entry.log),
        _other_fact => None,
    }
}
