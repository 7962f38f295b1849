//! The logs on both sides of a line, and the signatures that say so.

use model::event::Event;
use model::line::{LogHead, LogRef, Side};
use tlog::Hash;

use crate::witness::{Verdict, Witnessed, broken, hash};

const SAME: &str = "both_hold_the_same_entries";
const COSIGN: &str = "never_cosign_a_smaller_or_contradicting_size";
const FOREVER: &str = "cosigned_is_durable_forever";

/// Notes what became durable, and that a log's places are filled once.
///
/// What one side holds of the other's log is what the other wrote there; two envelopes never leave for one place.
/// `honest`: whether this node, and whether its peer, is. What was said in a party's name under its real keys comes back to
/// it after a loss, and it cannot tell that from what it forgot.
pub fn both_hold_the_same_entries(
    node: &mut Witnessed,
    peer: &Witnessed,
    place: usize,
    honest: [bool; 2],
) -> Verdict {
    let (entry, leaf, came) = match &node.facts[place].event {
        Event::MessageSent { entry, leaf, .. } => (*entry, hash(*leaf), false),
        Event::MessageReceived { entry, leaf, .. } => (*entry, hash(*leaf), true),
        _other_fact => return Ok(()),
    };
    let Some(origin) = node.origin(entry.log, peer.party) else {
        return broken(SAME, format!("{entry:?} is of a log without a name"));
    };
    let key = (origin, entry.index);
    let stored = node.disk.look(|index| {
        let (_, envelope) = index.logs.get(&key.0)?.entries.get(key.1 as usize)?;
        Some(tlog::leaf_hash(envelope))
    });
    if stored != Some(leaf) {
        return broken(
            SAME,
            format!("{entry:?}: the fact and the envelope beside it differ"),
        );
    }
    if came {
        let (truth, is_honest) = match entry.log.side {
            Side::Own => (&node.ever, honest[0]),
            Side::Peer => (&peer.ever, honest[1]),
        };
        if is_honest && truth.get(&key) != Some(&leaf) {
            return broken(
                SAME,
                format!("{entry:?} was taken, and its writer never wrote that there"),
            );
        }
    }
    if entry.log.side == Side::Own {
        let tree = node.own.entry(key.0.clone()).or_default();
        if tree.size() == entry.index {
            tree.push(leaf);
        }
        if came && !honest[0] {
            // Its own lie, that it takes for what it forgot.
            node.left.insert(key.clone(), leaf);
        }
        if node.left.get(&key).is_some_and(|left| *left != leaf) {
            return broken(
                SAME,
                format!("{entry:?} is written anew, and another one has left"),
            );
        }
    }
    node.ever.insert(key, leaf);
    Ok(())
}

/// An entry of ours leaves: the same one as ever in its place.
pub fn leaves(
    node: &mut Witnessed,
    log: LogRef,
    index: u64,
    leaf: Hash,
    peer: &Witnessed,
) -> Verdict {
    if log.side == Side::Peer {
        return Ok(());
    }
    let Some(origin) = node.origin(log, peer.party) else {
        return Ok(());
    };
    let epoch = node.epochs_left.entry(log.line).or_insert(1);
    *epoch = (*epoch).max(log.epoch);
    let before = node.left.insert((origin, index), leaf);
    match before {
        Some(before) if before != leaf => broken(
            SAME,
            format!("two envelopes have left for {log:?} at {index}"),
        ),
        Some(_) | None => Ok(()),
    }
}

/// What was cosigned once is never contradicted: no smaller size, no other root, and the root is the one that the log
/// had.
pub fn never_cosign_a_smaller_or_contradicting_size(
    node: &mut Witnessed,
    peer: &Witnessed,
    log: LogRef,
    head: LogHead,
    peer_is_honest: bool,
) -> Verdict {
    let Some(origin) = node.origin(log, peer.party) else {
        return broken(COSIGN, format!("{log:?} has no name"));
    };
    let root = hash(head.root);
    if let Some((size, before)) = node.cosigned.get(&origin) {
        if head.size < *size {
            return broken(
                COSIGN,
                format!("{origin} was cosigned at {size}, and now at {}", head.size),
            );
        }
        if head.size == *size && root != *before {
            return broken(
                COSIGN,
                format!("{origin} was cosigned at {size} with two roots"),
            );
        }
    }
    let truth = peer.own.get(&origin).and_then(|tree| {
        tlog::proof::root_at(head.size, |level, index| tree.hash(level, index)).ok()
    });
    if peer_is_honest && truth != Some(root) {
        return broken(
            COSIGN,
            format!("{origin} never had that root at {}", head.size),
        );
    }
    node.cosigned.insert(origin, (head.size, root));
    Ok(())
}

/// After any crash, a node holds all that it ever signed for.
pub fn cosigned_is_durable_forever(node: &Witnessed) -> Verdict {
    node.disk.look(|index| {
        for (origin, (size, root)) in &node.cosigned {
            let held = index.logs.get(origin);
            if *size > 0 && held.and_then(|log| log.root_at(*size)) != Some(*root) {
                let there = held.map_or(0, |log| log.tree.size());
                return broken(
                    FOREVER,
                    format!("{origin} was cosigned at {size}, and {there} are there"),
                );
            }
        }
        Ok(())
    })
}
