//! Lines, as their desks see them.

use super::ms;
use channel::Node;
use channel::lines::PathState;
use model::code::{Desk, Lane};
use model::ids::LineId;
use model::line::Side;
use model::state::{LineView, State};
use model::units::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A line as its desks see it: link, standing and last check are three things.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LineShown {
    pub line: String,
    pub name: String,
    pub peer: String,
    pub exercise: bool,
    pub arrangement: u32,
    pub desks: Vec<String>,
    /// up, degraded, down, by file.
    pub link: String,
    pub link_since: i64,
    pub standing_own: String,
    pub standing_peer: String,
    pub last_check: Option<i64>,
    pub main_halted: bool,
    /// Ours, theirs: a new epoch was opened, after a restore say, and its root key has not confirmed it; until then that side
    /// says nothing but what belongs to stop calls.
    #[serde(default)]
    pub waits_for_root: [bool; 2],
    /// Stop calls ever made on it: ours, theirs. Both sides count alike.
    pub calls_own: u64,
    pub calls_peer: u64,
    /// Of those, the ones that are not over: ours, theirs.
    #[serde(default)]
    pub calls_open: [u64; 2],
    pub connections: usize,
    pub last_heard: Option<i64>,
    pub clock_offset_ms: Option<i64>,
    /// How long a word takes there and back: the quickest of the last eight measurements.
    #[serde(default)]
    pub round_trip_ms: Option<i64>,
    /// Every way to the other party that there is now.
    #[serde(default)]
    pub paths: Vec<PathShown>,
    /// Of the entries in `waiting` those that were sent, and not yet signed for: stop, main.
    #[serde(default)]
    pub in_flight: [u64; 2],
    /// Entries of ours that wait or are on their way: stop, main.
    pub waiting: [u64; 2],
    /// Entries of ours that the peer has signed for: stop, main.
    pub delivered: [u64; 2],
    pub telephone: Vec<Numbers>,
}

/// One way to the other party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PathShown {
    /// From 0, the best first.
    pub path: u8,
    /// A stop call can go over it.
    pub stop: bool,
    /// Everything else can.
    pub main: bool,
}

/// On which numbers a desk of the other party is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Numbers {
    pub desk: String,
    pub numbers: Vec<String>,
}

pub fn numbers(view: &LineView) -> Vec<Numbers> {
    view.arrangement
        .fallback
        .iter()
        .filter(|fallback| fallback.party == view.peer)
        .map(|fallback| Numbers {
            desk: fallback.desk.to_string(),
            numbers: fallback.numbers.clone(),
        })
        .collect()
}

/// The stop calls that are not over, line by line: ours, theirs.
pub fn open_calls(state: &State, now: Timestamp) -> BTreeMap<LineId, [u64; 2]> {
    let mut open: BTreeMap<LineId, [u64; 2]> = BTreeMap::new();
    for call in state.calls.values() {
        let line = call.entry.log.line;
        let arrangement = state.arrangement(line);
        if arrangement.is_some_and(|arrangement| !call.is_over(&arrangement.stop, now)) {
            let [own, peer] = open.entry(line).or_default();
            match call.caller() {
                Side::Own => *own += 1,
                Side::Peer => *peer += 1,
            }
        }
    }
    open
}

impl From<PathState> for PathShown {
    fn from(of: PathState) -> Self {
        Self {
            path: of.path,
            stop: of.stop,
            main: of.main,
        }
    }
}

const LANES: [Lane; 2] = [Lane::Stop, Lane::Main];

/// `calls_open` as [`open_calls`] has them.
pub fn line(node: &Node, line: LineId, view: &LineView, calls_open: [u64; 2]) -> LineShown {
    let lines = node.lines();
    let waiting = |lane| {
        let queue = lines.queue(line, lane);
        queue.queued + queue.in_flight
    };
    let delivered = |lane| lines.delivered(line, lane).map_or(0, |head| head.size);
    let in_flight = |lane| lines.queue(line, lane).in_flight;
    let clock = lines.clock_offset(line);
    LineShown {
        line: line.to_string(),
        name: view.name.to_string(),
        peer: view.peer.to_string(),
        exercise: view.arrangement.exercise,
        arrangement: view.arrangement.version,
        desks: view.arrangement.desks.iter().map(Desk::to_string).collect(),
        link: lines.link(line).unwrap_or(view.link).name().to_owned(),
        link_since: ms(view.link_since),
        standing_own: view.standing_own.0.to_string(),
        standing_peer: view.standing_peer.0.to_string(),
        last_check: view.last_check.map(ms),
        main_halted: view.halt.is_some(),
        waits_for_root: lines.waits_for_root(line),
        calls_own: view.calls_own,
        calls_peer: view.calls_peer,
        calls_open,
        connections: lines.connections(line),
        last_heard: lines.last_heard(line).map(ms),
        clock_offset_ms: clock.map(|found| found.offset.as_ms()),
        round_trip_ms: clock.map(|found| found.round_trip.as_ms()),
        paths: lines.paths(line).into_iter().map(PathShown::from).collect(),
        in_flight: LANES.map(in_flight),
        waiting: [waiting(Lane::Stop), waiting(Lane::Main)],
        delivered: [delivered(Lane::Stop), delivered(Lane::Main)],
        telephone: numbers(view),
    }
}
