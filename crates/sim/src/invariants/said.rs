//! What leaves a node: only what is durable, and only what was released.

use channel::effect::{Done, Effect, OwnFrame};
use model::code::Lane;
use model::command::Command;
use model::event::{Event, Fact};
use model::ids::{LineId, PartyId};
use model::line::{LogHead, LogRef, Side};
use model::slot::SlotCode;
use node::core::Deed;
use release::standing_authority;
use store::Origin;
use tlog::{Hash, leaf_hash};

use crate::witness::{Seen, Verdict, What, Witnessed, broken, hash};

const DURABLE: &str = "nothing_said_before_durable";
const RELEASED: &str = "released_only";

/// No byte leaves, no alarm but that of a stop call sounds, nobody is answered, before the batch with its cause is on
/// disk.
///
/// `line`: that of the connection, where the deed names one.
pub fn nothing_said_before_durable(
    node: &Witnessed,
    peer: PartyId,
    line: Option<LineId>,
    seen: &Seen,
) -> Verdict {
    let facts = &node.facts[..node.facts.len().min(seen.durable as usize)];
    let deed = match &seen.what {
        What::AlarmNow(_) => return Ok(()),
        What::Recorded(fact) => {
            let there = facts.iter().rev().any(|durable| durable == fact);
            return match there {
                true => Ok(()),
                false => broken(
                    DURABLE,
                    format!("a screen is told of {fact:?}, which is not durable"),
                ),
            };
        }
        What::Deed(deed) => deed,
    };
    let reaches = |log: LogRef, size: u64, what: &str| {
        let held = held(node, peer, log, seen.durable).0;
        match size <= held {
            true => Ok(()),
            false => broken(
                DURABLE,
                format!("{what} of {log:?} up to {size}, and {held} are durable"),
            ),
        }
    };
    match deed {
        Deed::Cosigned { log, head, .. } => {
            is_durable(node, peer, *log, *head, seen.durable, "cosigned")
        }
        Deed::Effect(effect) => match effect {
            Effect::Transmit { log, until, .. } => reaches(*log, *until, "entries leave"),
            Effect::TransmitFrame { frame, .. } => match line {
                Some(line) => own_frame(node, peer, line, frame, facts, seen.durable),
                // The connection is gone: nothing leaves.
                None => Ok(()),
            },
            // Counted: that it was raised once before is no cause for its sounding again.
            Effect::Alarm(alarm) if alarm.recorded => {
                let raised = since(node, facts).filter(|fact| match &fact.event {
                    Event::AlarmRaised { alarm: cause, .. }
                    | Event::AlarmClimbed { alarm: cause, .. } => *cause == alarm.cause,
                    _other_fact => false,
                });
                let before = node.life.sounded.get(&alarm.cause).copied().unwrap_or(0);
                match before < raised.count() {
                    true => Ok(()),
                    false => broken(
                        DURABLE,
                        format!("an alarm sounds that is not durable: {alarm:?}"),
                    ),
                }
            }
            // On a disk that has failed nothing is durable any more, and the screen says so.
            Effect::AlarmEnded(cause) if !node.life.failed => {
                let ended = since(node, facts).filter(
                    |fact| matches!(&fact.event, Event::AlarmEnded { alarm } if alarm == cause),
                );
                let before = node.life.ended.get(cause).copied().unwrap_or(0);
                match before < ended.count() {
                    true => Ok(()),
                    false => broken(
                        DURABLE,
                        format!("an alarm falls silent, and that is not durable: {cause:?}"),
                    ),
                }
            }
            Effect::Reply {
                request,
                answer: Ok(Done::Done),
            } => match node.life.asked.get(request) {
                Some(command) if !is_done(command, || since(node, facts)) => broken(
                    DURABLE,
                    format!(
                        "an officer is told that it is done, and it is not durable: {command:?}"
                    ),
                ),
                Some(_) | None => Ok(()),
            },
            Effect::Reply {
                answer: Ok(done), ..
            } => answered(done, &reaches),
            Effect::Append(_)
            | Effect::Send(_)
            | Effect::AlarmNow(_)
            | Effect::Alarm(_)
            | Effect::AlarmEnded(_)
            | Effect::Cosign { .. }
            | Effect::Pause { .. }
            | Effect::Close { .. }
            | Effect::EpochNeeded { .. }
            | Effect::Look(_)
            | Effect::Reply { .. }
            | Effect::WakeAt(_) => Ok(()),
        },
    }
}

/// What became durable since the process began.
fn since<'a>(node: &Witnessed, facts: &'a [Fact]) -> impl Iterator<Item = &'a Fact> {
    facts.iter().skip(node.life.began)
}

/// Whether `facts` hold what `command` comes to, of those that say nothing to anyone: whoever is told that one is done
/// is told no entry that could be looked for.
fn is_done<'a, F: Iterator<Item = &'a Fact>>(command: &Command, facts: impl Fn() -> F) -> bool {
    let any = |is: &dyn Fn(&Event) -> bool| facts().any(|fact| is(&fact.event));
    match command {
        Command::TakeWatch { desk } => {
            any(&|event| matches!(event, Event::WatchTaken { desk: of, .. } if of == desk))
        }
        Command::LeaveWatch { desk } => {
            any(&|event| matches!(event, Event::WatchLeft { desk: of, .. } if of == desk))
        }
        Command::DraftNotice { notice, .. } => {
            any(&|event| matches!(event, Event::NoticeDrafted { notice: of, .. } if of == notice))
        }
        Command::DiscardNotice { notice } => {
            any(&|event| matches!(event, Event::NoticeDiscarded { notice: of } if of == notice))
        }
        Command::SilenceAlarm { alarm } => {
            any(&|event| matches!(event, Event::AlarmSilenced { alarm: of } if of == alarm))
        }
        Command::AcknowledgeAlarm { alarm } => {
            any(&|event| matches!(event, Event::AlarmEnded { alarm: of } if of == alarm))
        }
        // What was so already is done without a record.
        _another => true,
    }
}

fn answered(done: &Done, reaches: &dyn Fn(LogRef, u64, &str) -> Verdict) -> Verdict {
    let entries: Vec<_> = match done {
        Done::Done => Vec::new(),
        Done::Said(entries) => entries.clone(),
        Done::Detailed(entry, _) => vec![*entry],
        Done::Stopped(stops) => stops.iter().flatten().map(|stop| stop.call).collect(),
        Done::Released(lines) => lines
            .iter()
            .filter_map(|(_, entry)| entry.clone().ok())
            .collect(),
    };
    entries
        .into_iter()
        .try_for_each(|entry| reaches(entry.log, entry.index + 1, "an officer is told"))
}

fn own_frame(
    node: &Witnessed,
    peer: PartyId,
    line: LineId,
    frame: &OwnFrame,
    facts: &[Fact],
    durable: u64,
) -> Verdict {
    let heads = |side, heads: [LogHead; 2], what: &str| {
        [Lane::Stop, Lane::Main]
            .into_iter()
            .zip(heads)
            .try_for_each(|(lane, head)| {
                let epoch = head.epoch;
                let log = LogRef {
                    line,
                    side,
                    lane,
                    epoch,
                };
                is_durable(node, peer, log, head, durable, what)
            })
    };
    let has = |found: bool, what: &str| match found {
        true => Ok(()),
        false => broken(DURABLE, format!("{what} leaves, and is not durable")),
    };
    match frame {
        OwnFrame::Hello(hello) => {
            heads(Side::Own, hello.own, "a hello names own logs")?;
            heads(Side::Peer, hello.held, "a hello names what is held")
        }
        OwnFrame::Heartbeat(heartbeat) => {
            heads(Side::Own, heartbeat.own, "a heartbeat names own logs")
        }
        OwnFrame::Fetch { .. } => Ok(()),
        OwnFrame::Epoch { statement } => {
            let said = |fact: &Fact| match &fact.event {
                Event::EpochOpened {
                    statement: kept, ..
                }
                | Event::EpochConfirmed {
                    statement: kept, ..
                } => kept == statement,
                _other_fact => false,
            };
            has(facts.iter().any(said), "an epoch statement")
        }
        OwnFrame::Manifest { manifest } => {
            let taken = |fact: &Fact| matches!(&fact.event, Event::ManifestTaken { manifest: kept, .. } if kept == manifest);
            has(facts.iter().any(taken), "a manifest")
        }
    }
}

/// How many entries of a log the first `durable` records hold, and the root of `size` of them.
fn held(
    node: &Witnessed,
    peer: PartyId,
    log: LogRef,
    durable: u64,
) -> (u64, impl Fn(u64) -> Option<Hash>) {
    let origin = node.origin(log, peer);
    let size = node.disk.look(|index| {
        let log = origin.as_ref().and_then(|origin| index.logs.get(origin))?;
        Some(log.entries.partition_point(|(seq, _)| *seq < durable) as u64)
    });
    let disk = node.disk.clone();
    let root = move |size: u64| match size {
        0 => Some(tlog::EMPTY_ROOT),
        _ => disk.look(|index| index.logs.get(origin.as_ref()?)?.root_at(size)),
    };
    (size.unwrap_or(0), root)
}

fn is_durable(
    node: &Witnessed,
    peer: PartyId,
    log: LogRef,
    head: LogHead,
    durable: u64,
    what: &str,
) -> Verdict {
    let (size, root) = held(node, peer, log, durable);
    if head.size > size {
        return broken(
            DURABLE,
            format!("{what}: {log:?} at {}, and {size} are durable", head.size),
        );
    }
    match root(head.size) == Some(hash(head.root)) {
        true => Ok(()),
        false => broken(
            DURABLE,
            format!(
                "{what}: {log:?} at {} with a root that it never had",
                head.size
            ),
        ),
    }
}

/// What is on the wire is what the journal holds, byte for byte.
pub fn sent_as_stored(node: &Witnessed, origin: &Origin, index: u64, envelope: &[u8]) -> Verdict {
    let stored = node.disk.look(|disk| {
        let entry = disk.logs.get(origin)?.entries.get(index as usize)?;
        Some(leaf_hash(&entry.1))
    });
    match stored == Some(leaf_hash(envelope)) {
        true => Ok(()),
        false => broken(
            DURABLE,
            format!("entry {index} of {origin} leaves otherwise than it is stored"),
        ),
    }
}

/// Whatever is said has the standing release of its kind, or a decision of the rules just before it that let it go; and
/// what was withheld is not in it.
pub fn released_only(node: &Witnessed, place: usize) -> Verdict {
    let fact = &node.facts[place];
    let Event::MessageSent {
        entry,
        header,
        content,
        authority,
        notice,
        ..
    } = &fact.event
    else {
        return Ok(());
    };
    let Some(kind) = header.known_kind() else {
        return broken(
            RELEASED,
            format!("{entry:?} is of a kind that nobody knows"),
        );
    };
    let slots = content.slots();
    let has = |slot| slots.is_some_and(|slots| slots.value(slot).is_some());
    if *authority == standing_authority() {
        let standing = kind.has_standing_release() && !has(SlotCode::Remarks);
        return match standing {
            true => Ok(()),
            false => broken(
                RELEASED,
                format!("{entry:?}, a {kind}, has no standing release"),
            ),
        };
    }
    let line = entry.log.line;
    let decision = node.facts[..place]
        .iter()
        .rev()
        .find_map(|before| match &before.event {
            Event::ReleaseDecided {
                line: of,
                kind: about,
                notice: for_notice,
                decision,
            } if (*of, *about, *for_notice) == (line, kind, *notice) && before.by == fact.by => {
                Some(decision)
            }
            _other_fact => None,
        });
    let Some(decision) = decision.filter(|decision| decision.allowed) else {
        return broken(RELEASED, format!("{entry:?}, a {kind}, was never let go"));
    };
    match decision.withheld.iter().find(|slot| has(**slot)) {
        None => Ok(()),
        Some(slot) => broken(
            RELEASED,
            format!("{entry:?}, a {kind}, carries `{slot}`, which was withheld"),
        ),
    }
}
