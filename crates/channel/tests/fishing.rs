//! Sweeps are found, and honest traffic is none.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod desk;

use channel::fishing::{MIN_SQUARES, Sweep, sweeps};
use desk::*;
use model::code::{Desk, Lane, RefusalReason, Role, Urgency};
use model::event::{Actor, Arrival, Event, Fact};
use model::kind::Kind;
use model::line::{Digest, EntryRef, LogRef, Side};
use model::message::{Content, Header};
use model::units::Timestamp;
use release::RuleSet;

/// About 4 km, in 1e-7 degree: north, and east at this latitude.
const NORTH: i32 = 361_750;
const EAST: i32 = 439_945;

struct Notice {
    at: Timestamp,
    side: Side,
    kind: Kind,
    place: (i32, i32),
    radius: i32,
    refused: Option<RefusalReason>,
}

fn theirs(row: i32, column: i32) -> Notice {
    Notice {
        at: at(60),
        side: Side::Peer,
        kind: Kind::HazardArea,
        place: (row * NORTH, column * EAST),
        radius: 500,
        refused: None,
    }
}

/// What is found, at the hour, once these came one after the other.
fn found(notices: Vec<Notice>) -> Vec<Sweep> {
    let mut node = node(RuleSet::shipped().unwrap());
    for (index, given) in notices.into_iter().enumerate() {
        let entry = EntryRef {
            log: LogRef {
                line: line(),
                side: given.side,
                lane: Lane::Main,
                epoch: 1,
            },
            index: index as u64,
        };
        let header = Header {
            kind: given.kind.number(),
            purpose: "safety".parse().unwrap(),
            role: Role::Watch,
            urgency: Urgency::Routine,
            desk: Desk::Air,
            sent_at: given.at,
        };
        let content = Content::Open(notice(given.place.0, given.place.1, given.radius));
        let event = match given.side {
            Side::Peer => Event::MessageReceived {
                entry,
                leaf: Digest([index as u8; 32]),
                header,
                content,
                arrived: Arrival::Line { at: given.at },
                refused: given.refused,
            },
            Side::Own => Event::MessageSent {
                entry,
                leaf: Digest([index as u8; 32]),
                header,
                content,
                authority: "deconfliction".parse().unwrap(),
                notice: None,
            },
        };
        let fact = Fact {
            at: given.at,
            by: Actor::Peer,
            event,
        };
        node.fold(&fact);
    }
    sweeps(node.state(), at(3_600))
}

fn grid(rows: i32, columns: i32) -> Vec<Notice> {
    (0..rows)
        .flat_map(|row| (0..columns).map(move |column| theirs(row, column)))
        .collect()
}

#[test]
fn small_notices_that_sweep_an_area_are_found_from_the_ninth_square_on() {
    let all = found(grid(3, 3));
    assert_eq!(all.len(), 1);
    let sweep = &all[0];
    assert_eq!((sweep.kind, sweep.line), (Kind::HazardArea, line()));
    assert_eq!((sweep.squares, sweep.notices.len()), (MIN_SQUARES, 9));
    assert_eq!((sweep.from, sweep.until), (at(60), at(60)));
    let mut eight = grid(3, 3);
    eight.pop();
    assert_eq!(found(eight), []);
}

#[test]
fn a_sweep_with_gaps_is_found_as_long_as_its_squares_meet_and_fill_half() {
    let mut board = grid(5, 5);
    board.retain(|notice| (notice.place.0 / NORTH + notice.place.1 / EAST) % 2 == 0);
    assert_eq!(found(board)[0].squares, 13);
}

#[test]
fn honest_traffic_is_no_sweep() {
    let convoy = (0..12).map(|leg| theirs(0, leg)).collect();
    assert_eq!(found(convoy), [], "a convoy along a road");
    let diagonal = (0..12).map(|leg| theirs(leg, leg)).collect();
    assert_eq!(found(diagonal), [], "and across the grid");
    let again = (0..40).map(|_| theirs(1, 1)).collect();
    assert_eq!(found(again), [], "the same place again and again");
    let scattered = (0..4).flat_map(|row| (0..4).map(move |column| theirs(row * 3, column * 3)));
    assert_eq!(found(scattered.collect()), [], "places that do not meet");
    let mut large = grid(3, 3);
    large.iter_mut().for_each(|notice| notice.radius = 2_001);
    assert_eq!(found(large), [], "areas that are not small");
}

#[test]
fn what_was_refused_is_ours_of_another_kind_or_of_another_day_is_not_counted() {
    let mut refused = grid(3, 3);
    refused[4].refused = Some(RefusalReason::OutsideArea);
    assert_eq!(found(refused), []);
    let mut ours = grid(3, 3);
    ours[4].side = Side::Own;
    assert_eq!(found(ours), []);
    let mut mixed = grid(3, 3);
    mixed[4].kind = Kind::Movement;
    assert_eq!(found(mixed), []);
    let mut old = grid(3, 3);
    old[4].at = at(3_600 - 24 * 3_600 - 1);
    assert_eq!(found(old), []);
    let mut just = grid(3, 3);
    just[4].at = at(3_600 - 24 * 3_600);
    assert_eq!(found(just).len(), 1);
}
