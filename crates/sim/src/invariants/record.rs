//! The journal: it gives the same state again, holds nothing twice, and its epochs only grow.

use channel::Node;
use channel::look::Found;
use model::event::{Event, Fact};
use model::ids::PartyId;
use model::kind::Kind;
use model::line::Side;

use crate::witness::{Verdict, Witnessed, broken, is_stop_call};

const SAME: &str = "replay_gives_the_same_state";
const TWICE: &str = "nothing_twice";
const EPOCHS: &str = "epochs_only_grow";

/// A call sounds; so does its call, made anew by a renewal that comes after the limit, and a call that rang with one that its
/// caller took back.
fn may_sound(kind: u16) -> bool {
    let again = [Kind::StopRenewal, Kind::StopLifted, Kind::StopRaisedInError];
    is_stop_call(kind) || again.iter().any(|of| of.number() == kind)
}

/// A node folded anew from the journal knows what the running one knows, when nothing is under way.
pub fn replay_gives_the_same_state(running: &Node, replayed: &Node) -> Verdict {
    if running.state() != replayed.state() {
        let difference = first_difference(
            &format!("{:#?}", running.state()),
            &format!("{:#?}", replayed.state()),
        );
        return broken(SAME, format!("the states differ: {difference}"));
    }
    let (one, other) = (
        running.lines().durable_part(),
        replayed.lines().durable_part(),
    );
    if one != other {
        let difference = first_difference(&format!("{one:#?}"), &format!("{other:#?}"));
        return broken(SAME, format!("the lines differ: {difference}"));
    }
    Ok(())
}

/// What two notices in force come too near by is journalled on each side, once all is at rest.
pub fn every_conflict_is_found(node: &Node) -> Verdict {
    let state = node.state();
    let theirs = state.notices.keys().filter(|of| of.log.side == Side::Peer);
    for look in theirs.filter_map(|notice| node.look(*notice)) {
        let missing = |found: &&Found| state.conflict(found.pair).is_none();
        if let Some(found) = look.found().iter().find(missing)
            && state.has_room_for_conflicts()
        {
            return broken(
                "every_conflict_is_found",
                format!("{:?} is not journalled", found.pair),
            );
        }
    }
    Ok(())
}

fn first_difference(one: &str, other: &str) -> String {
    let mut pairs = one.lines().zip(other.lines()).enumerate();
    let differs = pairs.find(|(_, (one, other))| one != other);
    let Some((at, (left, right))) = differs else {
        return "one is longer".into();
    };
    let above: Vec<&str> = one
        .lines()
        .take(at)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .take(8)
        .collect();
    let above: Vec<&str> = above.into_iter().rev().map(str::trim).collect();
    format!(
        "running `{}`, replayed `{}`, after `{}`",
        left.trim(),
        right.trim(),
        above.join(" ")
    )
}

/// No entry is journalled twice; a call's alarm is raised at most once for each call; what is cosigned or delivered is
/// noted only as it grows.
pub fn nothing_twice(node: &mut Witnessed, place: usize) -> Verdict {
    let fact: &Fact = &node.facts[place];
    let counted = &mut node.counted;
    match &fact.event {
        Event::MessageSent { entry, header, .. } | Event::MessageReceived { entry, header, .. } => {
            if !counted.entries.insert(*entry) {
                return broken(TWICE, format!("{entry:?} is in the journal twice"));
            }
            if entry.log.side == Side::Peer && may_sound(header.kind) {
                *counted
                    .calls
                    .entry((entry.log.line, header.desk))
                    .or_default() += 1;
            }
        }
        Event::AlarmRaised {
            alarm: model::event::AlarmCause::StopCall { call },
            desk,
        } => {
            let key = (call.log.line, *desk);
            let raised = counted.raised.entry(key).or_default();
            *raised += 1;
            let calls = counted.calls.get(&key).copied().unwrap_or(0);
            if *raised > calls {
                return broken(
                    TWICE,
                    format!("{raised} alarms for {calls} calls to {desk}: {call:?}"),
                );
            }
        }
        Event::Cosigned { log, head } => {
            let before = counted.cosigned.insert(*log, head.size);
            if before.is_some_and(|before| before >= head.size) {
                return broken(
                    TWICE,
                    format!(
                        "{log:?} was noted as cosigned at {before:?}, and again at {}",
                        head.size
                    ),
                );
            }
        }
        Event::Delivered { log, head, .. } => {
            let before = counted.delivered.insert(*log, head.size);
            if before.is_some_and(|before| before >= head.size) {
                return broken(
                    TWICE,
                    format!(
                        "{log:?} was noted as delivered at {before:?}, and again at {}",
                        head.size
                    ),
                );
            }
        }
        _other_fact => {}
    }
    Ok(())
}

/// Epochs open one after the other, and nothing is said in one when anything of a later one has left, whatever was lost.
pub fn epochs_only_grow(node: &mut Witnessed, peer: PartyId, place: usize) -> Verdict {
    let fact: &Fact = &node.facts[place];
    match &fact.event {
        Event::EpochOpened {
            line, side, epoch, ..
        } => {
            let opened = match side {
                Side::Own => &mut node.counted.own_epochs,
                Side::Peer => &mut node.counted.peer_epochs,
            };
            let before = opened.insert(*line, *epoch).unwrap_or(1);
            match *epoch > before {
                true => Ok(()),
                false => broken(
                    EPOCHS,
                    format!("{side:?} epoch {epoch} opens after {before}"),
                ),
            }
        }
        Event::MessageSent { entry, .. } => {
            let key = node
                .origin(entry.log, peer)
                .map(|origin| (origin, entry.index));
            if key.is_some_and(|key| node.ever.contains_key(&key)) {
                // It was said before whatever came later.
                return Ok(());
            }
            let latest = node
                .counted
                .own_epochs
                .get(&entry.log.line)
                .copied()
                .unwrap_or(1);
            let left = node.epochs_left.get(&entry.log.line).copied().unwrap_or(1);
            match entry.log.epoch >= latest.max(left) {
                true => Ok(()),
                false => broken(
                    EPOCHS,
                    format!("{entry:?} is said after epoch {}", latest.max(left)),
                ),
            }
        }
        _other_fact => Ok(()),
    }
}
