//! Stop calls: they sound, and waiting for nothing; or the caller knows.

use channel::effect::Alarm;
use channel::input::{Input, LinkInput, PeerFrame};
use model::arrangement::StopTerms;
use model::event::{AlarmCause, Event};
use model::ids::LineId;
use model::line::Side;
use tlog::Hash;

use crate::witness::{OwnCall, Verdict, Witnessed, broken, hash, is_stop_call};

const TOLD: &str = "a_stop_call_always_alarms_or_the_caller_is_told";
const NOTHING: &str = "stop_waits_for_nothing";

/// What may pass beyond the arrangement's time, for the disk and the looking, in ms.
const SLACK: u64 = 4_000;

/// Notes the stop calls that became durable here.
pub fn note_call(node: &mut Witnessed, place: usize) {
    if let Event::MessageSent { entry, header, .. } = &node.facts[place].event
        && is_stop_call(header.kind)
        && node.calls.iter().all(|call| call.entry != *entry)
    {
        node.calls.push(OwnCall {
            entry: *entry,
            waited: 0,
            settled: false,
        });
    }
}

/// Within the arrangement's time (and `disk`, in ms, for what the disk makes wait), counted while the caller's node is up, a call is signed for by the other node, or the
/// caller is told that it is not.
pub fn a_stop_call_always_alarms_or_the_caller_is_told(
    node: &mut Witnessed,
    terms: &StopTerms,
    disk: u64,
    passed: Option<u64>,
) -> Verdict {
    let allowed = terms.undelivered.as_ms().unsigned_abs() + SLACK + disk;
    let mut calls = std::mem::take(&mut node.calls);
    let mut verdict = Ok(());
    for call in calls.iter_mut().filter(|call| !call.settled) {
        let Some(passed) = passed else {
            call.waited = 0;
            continue;
        };
        call.waited += passed;
        call.settled = node.is_delivered(call.entry) || is_told(node, call);
        if !call.settled && call.waited > allowed {
            let words = format!(
                "{:?} was neither delivered nor is the caller told after {} ms",
                call.entry, call.waited
            );
            verdict = broken(TOLD, words);
        }
    }
    node.calls = calls;
    verdict
}

fn is_told(node: &Witnessed, call: &OwnCall) -> bool {
    node.facts.iter().any(|fact| match &fact.event {
        // What is recorded and sounds nowhere tells nobody.
        Event::AlarmRaised {
            alarm: alarm @ AlarmCause::StopNotDelivered { call: of },
            ..
        } => *of == call.entry && node.heard.contains(alarm),
        Event::MessageSent {
            entry,
            content,
            header,
            ..
        } => {
            // Taken back before anyone had to be told.
            header.known_kind() == Some(model::kind::Kind::StopRaisedInError)
                && content
                    .slots()
                    .and_then(|slots| slots.subject())
                    .map(|s| s.entry(entry.log.line, Side::Own))
                    == Some(call.entry)
        }
        _other_fact => false,
    })
}

/// The stop calls in what is about to be stepped: desk, and the leaf of the envelope.
pub fn calls_in(input: &Input) -> Vec<(LineId, Hash)> {
    let Input::Link(LinkInput::Frame {
        frame: PeerFrame::Entries(entries),
        ..
    }) = input
    else {
        return Vec::new();
    };
    let theirs = entries.log.side == Side::Peer;
    let calls = entries
        .entries
        .iter()
        .filter(|arrived| theirs && is_stop_call(arrived.header.kind));
    calls
        .map(|arrived| (entries.log.line, hash(arrived.leaf)))
        .collect()
}

/// A stop call that has come whole sounds in the very step that takes it, whatever else is wrong; unless it has sounded
/// before, or is known from before a restore.
pub fn stop_waits_for_nothing(
    node: &mut Witnessed,
    calls: &[(LineId, Hash)],
    alarms: &[Alarm],
    is_recovering: bool,
) -> Verdict {
    let known = |leaf: &Hash| node.ever.values().any(|ever| ever == leaf);
    let new: Vec<_> = calls
        .iter()
        .filter(|(_, leaf)| !node.sounded.contains(leaf) && !known(leaf))
        .copied()
        .collect();
    // One alarm may stand for several calls to one desk: each line with a new call must sound.
    let silent = new.iter().find(|(line, _)| {
        !alarms.iter().any(|alarm| {
            alarm.line == Some(*line) && matches!(alarm.cause, AlarmCause::StopCall { .. })
        })
    });
    let silent = silent
        .copied()
        .filter(|_| !is_recovering || new.len() == calls.len());
    for (_, leaf) in &new {
        node.sounded.insert(*leaf);
        node.ever_sounded.insert(*leaf);
    }
    match silent {
        None => Ok(()),
        Some((line, _)) => broken(
            NOTHING,
            format!("a stop call on {line} came, and nothing sounded"),
        ),
    }
}

/// When all is well again, each call that is in the caller's journal has sounded at the other node.
pub fn every_call_has_sounded(caller: &Witnessed, called: &Witnessed) -> Verdict {
    for call in &caller.calls {
        let Some(origin) = caller.origin(call.entry.log, called.party) else {
            continue;
        };
        let leaf = caller.ever.get(&(origin, call.entry.index));
        // A call that was lost with the caller's disk before it left was never made.
        let still_there = caller.facts.iter().any(|fact| match &fact.event {
            Event::MessageSent { entry, .. } | Event::MessageReceived { entry, .. } => {
                *entry == call.entry
            }
            _other_fact => false,
        });
        if still_there && leaf.is_some_and(|leaf| !called.ever_sounded.contains(leaf)) {
            return broken(
                TOLD,
                format!("{:?} never sounded at the other node", call.entry),
            );
        }
    }
    Ok(())
}
