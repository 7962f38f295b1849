//! Golden files: bytes that every later version must read, and make again from the same things.
//!
//! They are frozen. A test that fails here says that a format was changed: add a version instead. Lines are `name hex
//! [hex]`. New ones are written by `WIRE_GOLDEN=write cargo test -p wire golden`, which changes none that is there.

use std::fs;
use std::path::PathBuf;

use channel::effect::OwnFrame;
use channel::input::{Echo, Heartbeat};
use model::code::Lane;
use model::event::{Actor, AlarmCause, Event, Fact};
use model::kind::Kind;
use model::message::{Content, Message};
use model::slot::Slots;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::card::Card;
use crate::epoch::{self, EpochReason, Statement};
use crate::file::{self, FileHeader};
use crate::hex;
use crate::keys::{KeyRole, Secret};
use crate::line::frame::{self, own};
use crate::line::keys::{LineKeys, cosigner};
use crate::line::{Preamble, open, receive};
use crate::manifest::SignedManifest;
use crate::record;
use crate::testing::{Side, any_slots, at, circle_notice, entry, head, line, message, seal};

/// A line of a golden file: a name, and one or two byte strings.
type Lines = Vec<(String, Vec<Vec<u8>>)>;

fn path(name: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/golden").join(name)
}

fn read(name: &str) -> Lines {
    let text = fs::read_to_string(path(name)).unwrap_or_default();
    let line = |line: &str| {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default().to_owned();
        (name, words.map(|hex| hex::decode(hex).unwrap()).collect())
    };
    text.lines().map(line).collect()
}

/// The lines of a file; in writing mode, with those of `made` that are not there yet.
fn golden(name: &str, made: impl FnOnce() -> Lines) -> Lines {
    let mut kept = read(name);
    if std::env::var("WIRE_GOLDEN").is_ok_and(|value| value == "write") {
        let is_new = |(name, _): &(String, _)| !kept.iter().any(|(kept, _)| kept == name);
        let new: Lines = made().into_iter().filter(is_new).collect();
        kept.extend(new);
        let text: String = kept
            .iter()
            .map(|(name, parts)| {
                let parts = parts.iter().map(|part| format!(" {}", hex::encode(part)));
                format!("{name}{}\n", parts.collect::<String>())
            })
            .collect();
        fs::create_dir_all(path("")).unwrap();
        fs::write(path(name), text).unwrap();
    }
    assert!(!kept.is_empty(), "{name} is there");
    kept
}

/// As [`golden`], where what is made now must be what is in the file.
fn same(name: &str, made: Lines) -> Lines {
    let kept = golden(name, || made.clone());
    for (key, parts) in &made {
        let found = kept.iter().find(|(kept, _)| kept == key);
        let (_, expected) = found.unwrap_or_else(|| panic!("{key} is not in {name}"));
        assert!(parts == expected, "{key} of {name} is made otherwise now");
    }
    kept
}

/// A message of each kind with whatever its slots may hold, the same on every run.
fn said() -> Vec<Message> {
    let filled = |kind: Kind| {
        let seed = [kind.number() as u8; 32];
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let slots = any_slots(kind).new_tree(&mut runner).unwrap().current();
        message(kind, slots)
    };
    Kind::ALL.iter().map(|kind| filled(*kind)).collect()
}

#[test]
fn envelopes_and_openings() {
    let lines = || {
        let bare = message(Kind::StopCall, Slots::new());
        let all = said().into_iter().chain([bare, circle_notice()]);
        let line = |(index, message): (u64, Message)| {
            let sealed = seal(&message, index);
            let parts = vec![sealed.envelope.to_vec(), sealed.opening.to_vec()];
            (format!("{index}-{}", message.kind), parts)
        };
        (0..).zip(all).map(line).collect()
    };
    let (from, to) = (Side::one().keys(), Side::other().party());
    let mut meaning = String::new();
    for (name, parts) in golden("envelopes.hex", lines) {
        let arrived = open(&parts[0], &parts[1], line(), &from, to).unwrap();
        let Content::Open(slots) = arrived.content else {
            panic!("{name}: {:?}", arrived.unreadable);
        };
        meaning += &format!("{name} {:?}\n{:?}\n", arrived.header, arrived.seen);
        for (slot, value) in slots.iter() {
            meaning += &format!("  {slot} {value:?}\n");
        }
        let kind = arrived.header.known_kind().unwrap();
        let again = seal(&message(kind, slots), arrived.index);
        assert_eq!(&parts[0][..], &again.envelope[..], "{name}");
        assert_eq!(&parts[1][..], &again.opening[..], "{name}");
    }
    means("envelopes.txt", &meaning);
}

/// What the bytes mean, in words: reading and writing could be changed together, and the bytes stay as they are.
fn means(name: &str, meaning: &str) {
    let kept = fs::read_to_string(path(name)).unwrap_or_default();
    if kept.is_empty() && std::env::var("WIRE_GOLDEN").is_ok_and(|value| value == "write") {
        return fs::write(path(name), meaning).unwrap();
    }
    for (kept, meaning) in kept.lines().zip(meaning.lines()) {
        assert_eq!(kept, meaning, "{name}");
    }
    assert!(kept == *meaning, "{name} is of another length");
}

#[test]
fn records() {
    let salt = [7; record::SALT];
    // Every event, as it is made now: one without its golden bytes is found, as is one that says another thing.
    let lines = {
        let line = |(index, (event, opening)): (usize, (_, Option<model::event::Bytes>))| {
            let (at, by) = (at(0), Actor::Node);
            let fact = Fact { at, by, event };
            let encoded = record::encode(&fact, opening.as_deref(), &salt).unwrap();
            let parts = [Some(encoded.head), encoded.opening].into_iter().flatten();
            (format!("event-{index}"), parts.collect())
        };
        let events = record::samples::every_event().into_iter();
        events.enumerate().map(line).collect()
    };
    for (name, parts) in same("records.hex", lines) {
        let opening = parts.get(1);
        let fact = record::decode(&parts[0], opening.map(Vec::as_slice)).unwrap();
        let again = record::encode(&fact, opening.map(Vec::as_slice), &salt).unwrap();
        assert_eq!(
            (&again.head, again.opening.as_ref()),
            (&parts[0], opening),
            "{name}"
        );
    }
}

/// What became of those whom the party speaks for.
#[test]
fn records_of_elements() {
    same_records("elements.hex", record::element_tests::every_event());
}

/// What was asked to leave, and what became of that.
#[test]
fn records_of_exports() {
    same_records("exports.hex", record::export_tests::every_event());
}

#[test]
fn records_of_watches() {
    same_records("watch.hex", record::watch_tests::every_event());
}

#[test]
fn records_of_incidents() {
    let (line, desk) = (line(), model::code::Desk::Ground);
    let causes = [
        (
            "alarm-claim-to-read",
            AlarmCause::ClaimToRead { line, desk },
        ),
        (
            "alarm-claim-answer-due",
            AlarmCause::ClaimAnswerDue { line, desk },
        ),
        (
            "alarm-warning-to-acknowledge",
            AlarmCause::WarningToAcknowledge { line, desk },
        ),
    ];
    let raised = causes.map(|(name, alarm)| (name, Event::AlarmRaised { alarm, desk }));
    same_records("incidents.hex", raised.to_vec());
}

fn same_records(file: &str, events: Vec<(&str, Event)>) {
    let salt = [7; record::SALT];
    let line = |(name, event): (&str, _)| {
        let (at, by) = (at(0), Actor::Node);
        let fact = Fact { at, by, event };
        let encoded = record::encode(&fact, None, &salt).unwrap();
        let parts = [Some(encoded.head), encoded.opening].into_iter().flatten();
        (name.to_owned(), parts.collect())
    };
    let lines = events.into_iter().map(line);
    for (name, parts) in same(file, lines.collect()) {
        let opening = parts.get(1).map(Vec::as_slice);
        let fact = record::decode(&parts[0], opening).unwrap();
        let again = record::encode(&fact, None, &salt).unwrap();
        assert_eq!(
            (&again.head, again.opening.as_deref()),
            (&parts[0], opening),
            "{name}"
        );
    }
}

#[test]
fn frames() {
    let (one, other) = (Side::one(), Side::other());
    let keys = LineKeys::new(line(), one.keys(), other.keys());
    let log = entry(Lane::Main, 0).log;
    let heartbeat = Heartbeat {
        sent_at: at(5),
        echo: Echo {
            sent_at: at(1),
            arrived_at: at(2),
        },
        own: [head(1, 3), head(1, 0)],
    };
    let mut newer = one.manifest.manifest().clone();
    newer.version = 2;
    let manifest = newer.sign(&one.root_signer()).unwrap().bytes().clone();
    let (statement, confirmed) = statements();
    let frames = [
        ("hello", OwnFrame::Hello(frame::tests::sample_hello())),
        ("heartbeat", OwnFrame::Heartbeat(heartbeat)),
        ("fetch", OwnFrame::Fetch { log, from: 12 }),
        ("epoch", OwnFrame::Epoch { statement }),
        (
            "epoch-confirmed",
            OwnFrame::Epoch {
                statement: confirmed,
            },
        ),
        ("manifest", OwnFrame::Manifest { manifest }),
    ];
    let made = |(name, frame): (&str, OwnFrame)| {
        (
            name.to_owned(),
            vec![own(&frame, &keys, &one.signer).unwrap()],
        )
    };
    let mut lines: Lines = frames.into_iter().map(made).collect();
    let sealed = seal(&circle_notice(), 0);
    let entries = frame::entries(log, &[(&sealed.envelope, &sealed.opening)], None).unwrap();
    lines.push(("entries".into(), vec![entries]));
    let theirs = model::line::LogRef {
        side: model::line::Side::Peer,
        ..log
    };
    let signer = cosigner(one.party(), one.secret(KeyRole::Cosigning)).unwrap();
    let checkpoint = keys.checkpoint(theirs, head(1, 3)).unwrap();
    let cosignature = signer.cosign(&checkpoint, 1_474_127_800).unwrap();
    let cosigned = frame::cosigned(theirs, head(1, 3), &cosignature).unwrap();
    lines.push(("cosigned".into(), vec![cosigned]));

    let theirs = LineKeys::new(line(), other.keys(), one.keys());
    for (name, parts) in same("frames.hex", lines) {
        let taken = receive(&parts[0][frame::PREFIX..], &theirs);
        use channel::input::PeerFrame::Bad;
        assert!(!matches!(taken.frames[..], [] | [Bad { .. }]), "{name}");
    }
}

fn statements() -> (model::event::Bytes, model::event::Bytes) {
    let one = Side::one();
    let statement = Statement {
        line: line(),
        from: one.party(),
        epoch: 2,
        opened: at(4),
        closes: [head(1, 1), head(1, 2), head(1, 3), head(1, 4)],
        reason: EpochReason::Restored,
    };
    let open = statement.sign(&one.signer);
    let confirmed = epoch::confirm(&open, &one.root_signer()).unwrap();
    (open, confirmed)
}

#[test]
fn documents() {
    let one = Side::one();
    let mut full = one.manifest.manifest().clone();
    full.authority = Some(model::line::Digest([8; 32]));
    let fresh = Secret::new(KeyRole::Operational, one.party(), true, at(6), [66; 32]);
    full.rotate(crate::manifest::NamedKey::of(&fresh).unwrap(), at(7));
    full.revoke(
        one.signer.id(),
        at(9),
        crate::manifest::RevocationReason::Captured,
    );
    let full = full.sign(&one.root_signer()).unwrap();
    let addresses = ["node.example:7443".to_owned()];
    let card = Card::sign(&one.manifest, "Coalition", &addresses, at(5), &one.signer).unwrap();
    let preamble = Preamble {
        line: line(),
        class: channel::input::Class::Stop,
        path: 1,
    };
    let secret = one.secret(KeyRole::File).to_text().unwrap();
    let lines = vec![
        ("manifest".into(), vec![one.manifest.bytes().to_vec()]),
        ("manifest-full".into(), vec![full.bytes().to_vec()]),
        ("card".into(), vec![card.to_text().into_bytes()]),
        ("preamble".into(), vec![preamble.to_bytes().to_vec()]),
        ("private-key".into(), vec![secret.as_bytes().to_vec()]),
    ];
    for (name, parts) in same("documents.hex", lines) {
        let text = || String::from_utf8(parts[0].clone()).unwrap();
        match name.as_str() {
            "manifest" | "manifest-full" => {
                SignedManifest::open(&parts[0], one.manifest.root()).unwrap();
            }
            "card" => assert_eq!(Card::from_text(&text()), Ok(card.clone())),
            "preamble" => {
                let bytes = parts[0].as_slice().try_into().unwrap();
                assert_eq!(Preamble::from_bytes(bytes), Ok(preamble));
            }
            "private-key" => assert_eq!(
                &Secret::from_text(&text()).unwrap(),
                one.secret(KeyRole::File)
            ),
            other => panic!("{other} is not checked"),
        }
    }
}

/// A file is too long for hex: its first chunk's start stands for it, and its SHA-256 for the rest.
#[test]
fn files() {
    let (one, other) = (Side::one(), Side::other());
    let header = FileHeader {
        line: line(),
        from: one.party(),
        to: other.party(),
        created: at(3),
    };
    let frames = [own(
        &OwnFrame::Hello(frame::tests::sample_hello()),
        &LineKeys::new(line(), one.keys(), other.keys()),
        &one.signer,
    )
    .unwrap()];
    let recipient = other.manifest.manifest().file_key().unwrap();
    let made = file::encrypt(&header, &frames, recipient, &[5; 32]).unwrap();
    let hash = <sha2::Sha256 as sha2::Digest>::digest(&made).to_vec();
    same(
        "files.hex",
        vec![("file".into(), vec![made[..200].to_vec(), hash])],
    );
}

#[test]
fn arrangements() {
    let text = include_str!("../tests/golden/arrangement.toml");
    let signed = crate::arrangement::SignedArrangement::from_text(text).unwrap();
    assert_eq!(signed.to_text(), text);
    signed
        .verify([&Side::one().keys(), &Side::other().keys()])
        .unwrap();
    // What it means, in full.
    let mut meaning = signed.arrangement().clone();
    meaning.document = "".into();
    let meaning = format!("{meaning:#?}\n");
    // A key that came later says nothing where it is not in the text.
    let meaning = meaning.replace("    watch_officers: None,\n", "");
    assert_eq!(meaning, include_str!("../tests/golden/arrangement.txt"));
}
