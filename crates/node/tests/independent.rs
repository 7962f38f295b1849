//! The whole logs of a real line, checked by tests/independent/verify.go, which shares no code with us.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

#[path = "../../../tests/independent/build.rs"]
mod build;
mod support;

use model::code::Lane;
use model::line::{LogRef, Side};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;
use store::NoteSlot;
use support::{LINE, Screen};

/// Stop calls and notices that each side makes.
const CALLS: u64 = 40;
const NOTICES: u64 = 80;
/// Entries that the four logs have together at least: each call and notice, and that some were received.
const AT_LEAST: u64 = 2 * (CALLS + NOTICES) + 4;

/// The exit code of the verifier, and what it says.
fn verify(program: &Path, folder: &Path) -> (i32, String) {
    let output = Command::new(program).arg(folder).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
}

fn log(side: Side, lane: Lane) -> LogRef {
    LogRef {
        line: LINE.parse().unwrap(),
        side,
        lane,
        epoch: 1,
    }
}

fn logs() -> [LogRef; 4] {
    let lanes = [Lane::Stop, Lane::Main];
    let of = |side| lanes.map(|lane| log(side, lane));
    let ([a, b], [c, d]) = (of(Side::Own), of(Side::Peer));
    [a, b, c, d]
}

/// The newest checkpoint that whoever receives the log has cosigned.
fn cosigned(screen: &Screen, log: LogRef) -> Option<(u64, Vec<u8>)> {
    let slot = match log.side {
        Side::Own => NoteSlot::Cosigned,
        Side::Peer => NoteSlot::PeerCosigned,
    };
    screen.node.served.stored.note(log, slot)
}

/// Everything that `screen`'s node holds of a log, as tests/independent/README.md has it; answers with its size.
fn export(screen: &Screen, log: LogRef, earlier: &(u64, Vec<u8>), to: &Path) -> u64 {
    fs::create_dir(to).unwrap();
    let served = &screen.node.served;
    let (size, checkpoint) = cosigned(screen, log).unwrap();
    let keys = served.trust.keys(log.line).unwrap();
    let mut vkeys = format!("log {}\n", keys.log_keys(log)[0]);
    for cosigner in keys.party(log.side.other()).cosigners() {
        vkeys += &format!("cosigner {cosigner}\n");
    }
    fs::write(to.join("vkeys"), vkeys).unwrap();

    let (mut entries, mut leaves) = (Vec::new(), Vec::new());
    let mut next = 0;
    while next < size {
        let count = usize::try_from(size - next).unwrap();
        let found = served.stored.entries(log, next, count, 1 << 20).unwrap();
        assert!(!found.is_empty(), "entry {next} is there");
        for entry in &found {
            tlog::tile::push_entry(&mut entries, &entry.envelope).unwrap();
            leaves.extend_from_slice(tlog::leaf_hash(&entry.envelope).as_bytes());
        }
        next += found.len() as u64;
    }
    fs::write(to.join("entries"), entries).unwrap();
    fs::write(to.join("leaves"), leaves).unwrap();
    fs::write(to.join("checkpoint"), &checkpoint).unwrap();
    fs::write(to.join("earlier.checkpoint"), &earlier.1).unwrap();
    let origin = served.stored.origin(log).unwrap();
    for old in [1, earlier.0, size / 2, size - 1] {
        let hashes = served
            .stored
            .with(|view| view.prove_consistency(&origin, old, size))
            .unwrap();
        let hashes: String = hashes.iter().map(|hash| format!("{hash}\n")).collect();
        let proof = format!(
            "old {old}\n{hashes}\n{}",
            String::from_utf8_lossy(&checkpoint)
        );
        fs::write(to.join(format!("{old}.consistency")), proof).unwrap();
    }
    let hashes = served
        .stored
        .with(|view| view.prove_inclusion(&origin, size, size / 2))
        .unwrap();
    let note = String::from_utf8(checkpoint).unwrap();
    let proof = tlog::TlogProof::new(size / 2, hashes, note).unwrap();
    fs::write(to.join("middle.tlog-proof"), proof.encode()).unwrap();
    size
}

/// `calls` stop calls and `notices` notices of `screen`.
async fn speak(screen: &Screen, calls: u64, notices: u64) {
    for _ in 0..calls {
        let (status, answer) = screen.post("/api/calls", json!({"desk": "air"})).await;
        assert_eq!(status, 200, "{answer:#}");
    }
    let release = json!({
        "lines": ["air-line"],
        "terms": {"authority": "deconfliction", "purpose": "flight-safety"},
        // Both sides declare the same, again and again.
        "in_conflict": true,
    });
    for _ in 0..notices {
        let (status, drafted) = screen.post("/api/drafts", support::notice()).await;
        assert_eq!(status, 200, "{drafted:#}");
        let path = format!("/api/drafts/{}/release", drafted["draft"].as_str().unwrap());
        let (status, answer) = screen.post(&path, release.clone()).await;
        assert_eq!(status, 200, "{answer:#}");
    }
}

/// Waits until each log of both sides is signed for at least so far.
async fn signed_for(first: &Screen, second: &Screen, stop: u64, main: u64) {
    let begun = std::time::Instant::now();
    for log in logs() {
        let wanted = match log.lane {
            Lane::Stop => stop,
            Lane::Main => main,
        };
        for screen in [first, second] {
            loop {
                let held = cosigned(screen, log).map_or(0, |(size, _)| size);
                if held >= wanted {
                    break;
                }
                assert!(
                    begun.elapsed().as_secs() < 60,
                    "{log:?}: {held} of {wanted}"
                );
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_whole_logs_of_a_line_are_verified_by_a_stranger_and_one_altered_byte_is_named() {
    let base = tempfile::tempdir().unwrap();
    let Some(program) = build::verifier(base.path()) else {
        return;
    };
    let (first, second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    second.is_up().await;
    tokio::join!(
        speak(&first, CALLS / 2, NOTICES / 2),
        speak(&second, CALLS / 2, NOTICES / 2)
    );
    signed_for(&first, &second, CALLS / 2, NOTICES / 2).await;
    let earlier = |screen: &Screen| logs().map(|log| cosigned(screen, log).unwrap());
    let earlier = [earlier(&first), earlier(&second)];
    tokio::join!(
        speak(&first, CALLS / 2, NOTICES / 2),
        speak(&second, CALLS / 2, NOTICES / 2)
    );
    signed_for(&first, &second, CALLS, NOTICES).await;

    for (name, screen, earlier) in [
        ("first", &first, &earlier[0]),
        ("second", &second, &earlier[1]),
    ] {
        let mut all = 0;
        for (number, (log, earlier)) in logs().into_iter().zip(earlier).enumerate() {
            let folder = base.path().join(format!("{name}-{number}"));
            let size = export(screen, log, earlier, &folder);
            all += size;
            let (code, said) = verify(&program, &folder);
            assert_eq!(code, 0, "{name}, {log:?}: {said}");
            let good = format!("{size} entries verified\n1 proof files, ");
            assert!(said.starts_with(&good), "{name}, {log:?}: {said}");
            assert!(said.contains("1 earlier checkpoints"), "{said}");
            one_altered_byte_is_named(&program, &folder, size);
        }
        assert!(all >= AT_LEAST, "{name}: {all} entries");
    }
}

fn one_altered_byte_is_named(program: &Path, folder: &Path, size: u64) {
    let flip = |file: &str, at: usize| {
        let path = folder.join(file);
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    let entries = fs::read(folder.join("entries")).unwrap();
    let altered = size * 2 / 3;
    let mut at = 0;
    for _ in 0..altered {
        at += 2 + usize::from(u16::from_be_bytes([entries[at], entries[at + 1]]));
    }
    let of_checkpoint = fs::read(folder.join("checkpoint")).unwrap().len() - 40;
    for (file, at, culprit) in [
        ("entries", at + 2 + 50, format!("entry {altered}: altered")),
        ("leaves", 32 * 3 + 7, "leaves: ".to_owned()),
        // Within the cosignature.
        ("checkpoint", of_checkpoint, "checkpoint: ".to_owned()),
        ("earlier.checkpoint", 40, "earlier.checkpoint: ".to_owned()),
        ("middle.tlog-proof", 60, "middle.tlog-proof: ".to_owned()),
    ] {
        flip(file, at);
        let (code, said) = verify(program, folder);
        assert_eq!(code, 1, "{file}: {said}");
        assert!(
            said.starts_with(&format!("FAILED: {culprit}")),
            "{file}: {said}"
        );
        flip(file, at);
    }
    assert_eq!(verify(program, folder).0, 0);
}
