//! When all is well again: nothing waits, and both sides see the same.

use std::collections::{BTreeMap, BTreeSet};

use channel::Node;
use model::code::Lane;
use model::event::AlarmCause;
use model::hotline::Phrase;
use model::ids::LineId;
use model::incident::{Further, Incident};
use model::line::{EntryRef, LinkState, LogRef, Side};
use model::notice::Notice;
use model::stop::Phase;
use model::units::Timestamp;

use crate::witness::{Verdict, broken};

const AGREE: &str = "states_agree";
const SOUNDS: &str = "an_open_call_sounds";
const DEAD: &str = "a_dead_line_alarms";

/// Why the line has not settled yet, as one of its two nodes sees it; `None`: it has.
pub fn unsettled(node: &Node, peer: &Node, line: LineId) -> Option<String> {
    let lines = node.lines();
    if lines.link(line) != Some(LinkState::Up) {
        return Some(format!("link is {:?}", lines.link(line)));
    }
    if lines.is_recovering(line) {
        return Some("it is recovering".into());
    }
    if let Some(fault) = lines.halted(line) {
        return Some(format!("main is halted: {fault}"));
    }
    for lane in [Lane::Stop, Lane::Main] {
        if let Err(closed) = lines.next_entry(line, lane) {
            return Some(format!("{lane} is closed: {closed}"));
        }
        let queue = lines.queue(line, lane);
        if (queue.queued, queue.in_flight) != (0, 0) {
            return Some(format!(
                "{lane} has {} queued, {} in flight",
                queue.queued, queue.in_flight
            ));
        }
        let (own, held) = (lines.own_head(line, lane), peer.lines().held(line, lane));
        if own != held {
            return Some(format!("own {lane} is {own:?}, the other holds {held:?}"));
        }
        let receipt = lines.delivered(line, lane);
        if own.is_some_and(|own| own.size > 0) && own != receipt {
            return Some(format!("own {lane} is {own:?}, delivered is {receipt:?}"));
        }
    }
    None
}

/// What stands in the state under an entry, seen from `Side::Own`'s node.
fn mirrored(entry: EntryRef) -> EntryRef {
    EntryRef {
        log: LogRef {
            side: entry.log.side.other(),
            ..entry.log
        },
        index: entry.index,
    }
}

/// Every call has the same phase on both sides (but the caller may hold its limit to be reached before the called party
/// does: it never counts on more), every notice the same state and receipts, every line the same standing.
pub fn states_agree(one: &Node, other: &Node, now: Timestamp) -> Verdict {
    calls_agree(one, other, now)?;
    notices_agree(one, other, now)?;
    for (line, view) in &one.state().lines {
        let Some(theirs) = other.state().lines.get(line) else {
            return broken(AGREE, format!("line {line} is known to one alone"));
        };
        if (view.standing_own, view.standing_peer) != (theirs.standing_peer, theirs.standing_own) {
            return broken(
                AGREE,
                format!(
                    "standings of {line}: {:?} and {:?}",
                    view.standing_own, theirs.standing_peer
                ),
            );
        }
        for (entry, check) in &view.checks {
            let answered = theirs
                .checks
                .get(&mirrored(*entry))
                .map(|check| check.answered);
            if answered.is_some_and(|answered| answered != check.answered) {
                return broken(
                    AGREE,
                    format!(
                        "line check {entry:?}: {:?} and {answered:?}",
                        check.answered
                    ),
                );
            }
        }
        phrases_agree(one, other, *line)?;
        incidents_agree(one, other, *line)?;
    }
    Ok(())
}

/// What became of each phrase that both have in view.
fn phrases_agree(one: &Node, other: &Node, line: LineId) -> Verdict {
    let became = |phrase: &Phrase, mirror: bool| {
        let named = |entry: EntryRef| if mirror { mirrored(entry) } else { entry };
        let all = |entries: &[EntryRef]| entries.iter().copied().map(named).collect::<Vec<_>>();
        let translations = phrase.translations.iter();
        let mut translations: Vec<_> = translations
            .filter(|of| of.refused.is_none())
            .map(|of| (named(of.entry), of.amended_by.map(named)))
            .collect();
        translations.sort();
        let backs = phrase.read_backs.iter();
        format!(
            "{:?} displayed {}, read back {:?}, answers {:?}, corrections {:?}, cancelled {:?}, translations {translations:?}",
            phrase.refused,
            phrase.displayed.is_some(),
            backs.map(|back| &back.items).collect::<Vec<_>>(),
            all(&phrase.answers),
            all(&phrase.corrections),
            phrase.cancelled.map(|cancelled| named(cancelled.by)),
        )
    };
    for phrase in one.state().hotline.of_line(line) {
        let theirs = other.state().hotline.phrases.get(&mirrored(phrase.entry));
        let (Some(theirs), false) = (theirs, phrase.left_behind) else {
            continue;
        };
        let (ours, theirs) = (became(phrase, false), became(theirs, true));
        if ours != theirs {
            let entry = phrase.entry;
            return broken(AGREE, format!("phrase {entry:?}: {ours} and {theirs}"));
        }
    }
    Ok(())
}

/// What was said of each claim and warning that both have in view.
fn incidents_agree(one: &Node, other: &Node, line: LineId) -> Verdict {
    let became = |of: &Incident, mirror: bool| {
        let named = |entry: EntryRef| if mirror { mirrored(entry) } else { entry };
        let stand = |all: &[Further]| {
            let stand = all.iter().filter(|of| of.refused.is_none());
            stand
                .map(|of| (named(of.entry), of.answer()))
                .collect::<Vec<_>>()
        };
        // How those of the two sides interleave is not the same on both.
        let mut statements = stand(of.statements());
        statements.sort();
        format!(
            "{:?} displayed {}, due {:?}, answers {:?}, statements {statements:?}, received {:?}, withdrawn {:?}",
            of.refused,
            of.displayed.is_some(),
            of.due(),
            stand(of.answers()),
            of.received().map(|of| named(of.entry)),
            of.withdrawn.map(|by| (named(by.entry), by.reason)),
        )
    };
    for of in one.state().incidents.of_line(line) {
        let theirs = other.state().incidents.said.get(&mirrored(of.entry));
        let (Some(theirs), false) = (theirs, of.left_behind) else {
            continue;
        };
        let (ours, theirs) = (became(of, false), became(theirs, true));
        if ours != theirs {
            let entry = of.entry;
            return broken(AGREE, format!("incident {entry:?}: {ours} and {theirs}"));
        }
    }
    Ok(())
}

fn calls_agree(one: &Node, other: &Node, now: Timestamp) -> Verdict {
    let phases = |node: &Node, mirror: bool| {
        let calls = node.state().calls.values();
        let seen = calls.filter_map(|call| {
            let view = node.state().lines.get(&call.entry.log.line)?;
            let entry = if mirror {
                mirrored(call.entry)
            } else {
                call.entry
            };
            // What either log alone decides. How the two interleave is not the same on both sides.
            let answers = call.answers.iter();
            let answers = answers.map(|said| (said.at, said.answer, said.reason, &said.name));
            let accepted = call.accepted.as_ref().map(|taken| (taken.at, &taken.name));
            let said = format!(
                "accepted {accepted:?}, answered {:?}, renewed {}, details {:?}",
                answers.collect::<Vec<_>>(),
                call.renewed.is_some(),
                call.details,
            );
            Some((
                entry,
                (call.phase(&view.arrangement.stop, now).name(), said),
            ))
        });
        seen.collect::<BTreeMap<EntryRef, (&str, String)>>()
    };
    let (mut ours, mut theirs) = (phases(one, false), phases(other, true));
    let reached = Phase::LimitReached.name();
    for (entry, ours) in &mut ours {
        let Some(theirs) = theirs.get_mut(entry) else {
            continue;
        };
        // Where the clocks are apart, the caller may take a renewal for late that came in time: it never counts on more.
        if is_anew(one, *entry) != is_anew(other, mirrored(*entry)) {
            ours.clone_from(theirs);
            continue;
        }
        let (caller, called) = match entry.log.side {
            Side::Own => (ours, theirs),
            Side::Peer => (theirs, ours),
        };
        if caller.0 == reached {
            called.0 = reached;
        }
    }
    match differing(&ours, &theirs) {
        None => Ok(()),
        Some((entry, ours, theirs)) => {
            broken(AGREE, format!("call {entry:?}: {ours:?} and {theirs:?}"))
        }
    }
}

/// Whether a renewal that came too late made the call anew.
fn is_anew(node: &Node, call: EntryRef) -> bool {
    let call = node.state().calls.get(&call);
    call.is_some_and(|call| call.anew.is_some())
}

/// Each call of theirs that nobody has accepted, and that they have not taken back, sounds: by itself, or as one with another.
pub fn an_open_call_sounds(node: &Node) -> Verdict {
    let state = node.state();
    let open = state.calls.values().filter(|call| {
        call.caller() == Side::Peer
            && call.accepted.is_none()
            && call.lifted.is_none()
            && call.raised_in_error.is_none()
            && state.lines.contains_key(&call.entry.log.line)
    });
    for call in open {
        let alarm = AlarmCause::StopCall {
            call: call.folded_into.unwrap_or(call.entry),
        };
        if !state.alarms.contains_key(&alarm) {
            return broken(
                SOUNDS,
                format!("{:?} stands open, and is silent", call.entry),
            );
        }
    }
    Ok(())
}

fn notices_agree(one: &Node, other: &Node, now: Timestamp) -> Verdict {
    let words = |notice: &Notice| {
        let receipts = &notice.receipts;
        let shown = receipts.displayed.map(|receipt| receipt.at);
        let read = receipts.read_back.map(|receipt| receipt.at);
        let answered = receipts.answered.as_ref().map(|answered| {
            (
                answered.at,
                answered.answer,
                &answered.name,
                &answered.remarks,
            )
        });
        format!(
            "{}, displayed {shown:?}, read back {read:?}, answered {answered:?}, downstream {:?}, of {:?}",
            notice.state(now).name(),
            receipts.downstream,
            notice.content,
        )
    };
    let seen = |node: &Node, mirror: bool| {
        let notices = node.state().notices.values();
        let seen = notices.map(|notice| {
            let entry = if mirror {
                mirrored(notice.entry)
            } else {
                notice.entry
            };
            (entry, words(notice))
        });
        seen.collect::<BTreeMap<EntryRef, String>>()
    };
    let (ours, theirs) = (seen(one, false), seen(other, true));
    match differing(&ours, &theirs) {
        None => Ok(()),
        Some((entry, ours, theirs)) => {
            broken(AGREE, format!("notice {entry:?}: {ours:?} and {theirs:?}"))
        }
    }
}

type Difference<'a, T> = (EntryRef, Option<&'a T>, Option<&'a T>);

fn differing<'a, T: PartialEq>(
    ours: &'a BTreeMap<EntryRef, T>,
    theirs: &'a BTreeMap<EntryRef, T>,
) -> Option<Difference<'a, T>> {
    let entries = ours.keys().chain(theirs.keys());
    let mut pairs = entries.map(|entry| (*entry, ours.get(entry), theirs.get(entry)));
    pairs.find(|(_, ours, theirs)| ours != theirs)
}

/// A line over which nothing has come for a minute has an alarm at every node that is up, and the desk hears it.
pub fn a_dead_line_alarms(
    node: &Node,
    sounding: &BTreeSet<AlarmCause>,
    line: LineId,
    silent_for: u64,
) -> Verdict {
    let cause = AlarmCause::LinkDown { line };
    let missing = match node.state().alarms.contains_key(&cause) {
        true if sounding.contains(&cause) => return Ok(()),
        true => "its alarm does not sound",
        false => "no alarm stands",
    };
    match silent_for < 60_000 {
        true => Ok(()),
        false => broken(
            DEAD,
            format!("nothing has come over {line} for {silent_for} ms, and {missing}"),
        ),
    }
}

/// Whose entry it is, for a trace.
pub fn side_word(side: Side) -> &'static str {
    match side {
        Side::Own => "own",
        Side::Peer => "peer's",
    }
}
