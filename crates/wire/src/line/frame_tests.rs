use channel::input::Echo;
use proptest::prelude::*;

use super::*;
use crate::line::keys::{LineKeys, PartyKeys};
use crate::testing::{Side as Of, at, head, line};

fn ones_keys() -> LineKeys {
    let (one, other) = (Of::one(), Of::other());
    LineKeys::new(
        line(),
        PartyKeys::in_force(&one.manifest),
        PartyKeys::in_force(&other.manifest),
    )
}

pub(crate) fn sample_hello() -> Hello {
    Hello {
        versions: vec![3, 1],
        manifest: 4,
        held_manifest: 2,
        sent_at: at(7),
        own: [head(2, 7), head(2, 99_000)],
        held: [head(1, 3), head(1, 0)],
        delivered: [head(2, 6), head(2, 98_000)],
        held_roots: [None, None],
    }
}

fn body_of(frame: &[u8]) -> &[u8] {
    let (prefix, body) = frame.split_first_chunk::<PREFIX>().unwrap();
    assert_eq!(u32::from_be_bytes(*prefix) as usize, body.len());
    body
}

#[test]
fn frames_are_of_few_sizes() {
    let signer = Of::one().signer;
    let heartbeat = |ms| {
        OwnFrame::Heartbeat(Heartbeat {
            sent_at: at(ms),
            echo: Echo {
                sent_at: at(0),
                arrived_at: at(ms),
            },
            own: [head(1, 1), head(1, 2)],
        })
    };
    let log = LogRef {
        line: line(),
        side: Side::Own,
        lane: Lane::Main,
        epoch: 1,
    };
    let fetch = OwnFrame::Fetch { log, from: 10 };
    let hello = OwnFrame::Hello(sample_hello());
    for frame in [heartbeat(0), heartbeat(100_000), fetch, hello] {
        let bytes = own(&frame, &ones_keys(), &signer).unwrap();
        assert_eq!(body_of(&bytes).len(), 512, "{frame:?}");
    }
}

#[test]
fn a_frame_is_taken_at_its_limits_and_refused_beyond() {
    let log = LogRef {
        line: line(),
        side: Side::Own,
        lane: Lane::Main,
        epoch: 1,
    };
    let made = |count: usize, envelope: usize, opening: usize, note: usize| {
        let (envelope, opening) = (vec![1; envelope], vec![2; opening]);
        let items = vec![(&envelope[..], &opening[..]); count];
        entries(log, &items, Some(&vec![3; note]))
    };
    for (count, envelope, opening, note) in [
        (MAX_ENTRIES, 512, 512, 100),
        (1, MAX_ENVELOPE, MAX_OPENING, MAX_CHECKPOINT),
        (3, 1024, MAX_OPENING, 10),
        (0, 0, 0, 1),
    ] {
        let frame = made(count, envelope, opening, note).unwrap();
        let Ok(Parsed::Entries(parsed)) = parse(body_of(&frame)) else {
            panic!("{count} entries");
        };
        assert_eq!(parsed.entries.len(), count);
        assert_eq!(parsed.checkpoint.map(<[u8]>::len), Some(note));
    }
    assert!(made(MAX_ENTRIES + 1, 512, 512, 1).is_err());
    assert!(made(1, MAX_ENVELOPE + 1, 1, 1).is_err());
    assert!(made(1, 1, MAX_OPENING + 1, 1).is_err());
    assert!(made(1, 1, 1, MAX_CHECKPOINT + 1).is_err());
    assert!(matches!(
        made(4, 512, MAX_OPENING, 1),
        Err(FrameError::TooLarge { .. })
    ));
    assert!(parse(&vec![0; MAX_FRAME + 4096]).is_err());
    let mut hello = sample_hello();
    hello.versions = (0..=MAX_VERSIONS as u16).rev().collect();
    assert!(self::hello(&hello).is_err());
}

#[test]
fn as_many_entries_go_into_a_frame_as_its_bounds_allow() {
    assert_eq!(fits([300 * 1024, 10]), 1);
    assert_eq!(fits([100 * 1024, 100 * 1024, 100 * 1024]), 2);
    assert_eq!(fits(std::iter::repeat_n(10, 1000)), MAX_ENTRIES);
    assert_eq!(fits([10, 10]), 2);
}

#[test]
fn an_unknown_frame_is_skipped_unless_it_is_required() {
    let made = |required: bool| {
        let mut writer = Writer::new();
        writer.array(4).uint(77u8).bool(required);
        writer.array(2).text("later").uint(1u8);
        assert!(pad::pad(&mut writer, 0, CLASSES));
        writer.into_bytes()
    };
    assert!(matches!(parse(&made(false)), Ok(Parsed::Skipped(77))));
    assert!(parse(&made(true)).is_err());
}

#[test]
fn versions_come_highest_first() {
    let mut hello = sample_hello();
    hello.versions = vec![1, 2];
    let frame = self::hello(&hello).unwrap();
    assert!(parse(body_of(&frame)).is_err());
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_no_frame(bytes in proptest::collection::vec(any::<u8>(), 512)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn a_changed_frame_is_read_or_refused(at in 0usize..512, to: u8) {
        let frame = hello(&sample_hello()).unwrap();
        let mut body = body_of(&frame).to_vec();
        body[at] = to;
        let _ = parse(&body);
    }
}
