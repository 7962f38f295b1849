//! The procedures of docs/administrators.md, each under its name there.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use support::{Party, Two, run, until};

fn with_root(party: &Party, args: &[&str]) -> support::Ran {
    run(party
        .standclear(args)
        .arg("--root-key")
        .arg(party.root_key()))
}

/// A stop call of the first reaches the second, and is proved; and the other way round.
fn speaks(two: &Two) {
    for (from, to) in [(&two.first, &two.second), (&two.second, &two.first)] {
        let before = to.ask(&["calls"]).as_array().unwrap().len();
        calls(from);
        until("the call is there", || {
            (to.ask(&["calls"]).as_array()?.len() > before).then_some(())
        });
        until("it is signed for", || {
            from.ask(&["calls"]).as_array()?.last()?["delivered"].as_i64()
        });
    }
    for party in [&two.first, &two.second] {
        party.run(&["log", "verify"]).done();
    }
}

/// A stop call. Just after a restart the path may not be up yet, or be compared first: then it is said, and waits or is
/// repeated.
fn calls(from: &Party) {
    until("the call is taken", || {
        let ran = from.officer(&["stop", "--desk", "air", "--no-wait"]);
        assert!([0, 4].contains(&ran.code), "{ran:?}");
        assert!(ran.code == 0 || ran.err.contains("telephone"), "{ran:?}");
        (ran.code == 0 || ran.out.contains("it waits as")).then_some(())
    });
}

/// The next version of `text`, which the second draws up and both sign; the first signs first.
fn signed_anew(two: &Two, text: &Path) -> PathBuf {
    let next = text.with_extension("next.toml");
    let mut new = two.second.standclear(&["arrangement", "new", "--from"]);
    run(new.arg(text).arg("--out").arg(&next))
        .done()
        .says("signed by nobody");
    let changed = fs::read_to_string(&next).unwrap();
    assert!(changed.contains("limit = \"30 min\""), "{changed}");
    fs::write(&next, changed.replace("\"30 min\"", "\"20 min\"")).unwrap();
    for party in [&two.first, &two.second] {
        run(party.standclear(&["arrangement", "sign"]).arg(&next)).done();
    }
    next
}

fn puts_in_force(two: &Two, text: &Path, version: u32) {
    for party in [&two.first, &two.second] {
        run(party.standclear(&["line", "join"]).arg(text))
            .done()
            .says(&format!("version {version} of the arrangement is in force"));
        assert_eq!(party.ask(&["lines"])[0]["arrangement"], version);
    }
}

#[test]
fn changed_arrangement() {
    let two = Two::joined();
    let text = two.base.path().join("air-line.toml");
    let next = signed_anew(&two, &text);
    // A text of two others is not this party's to change.
    let mut foreign = fs::read_to_string(&next).unwrap();
    foreign = foreign[..foreign.find("-----BEGIN").unwrap()].replace("russia", "turkiye");
    let foreign_text = two.base.path().join("foreign.toml");
    fs::write(&foreign_text, foreign).unwrap();
    let mut new = two.second.standclear(&["arrangement", "new", "--from"]);
    run(new
        .arg(&foreign_text)
        .arg("--out")
        .arg(two.base.path().join("no")))
    .ends(1)
    .says("is no party of");
    puts_in_force(&two, &next, 2);
    two.first.officer(&["lines"]).done().says("version");
    speaks(&two);
    // The pause is as long as the changed text says.
    let shown = two
        .first
        .run(&["arrangement", "show", next.to_str().unwrap(), "--json"]);
    assert_eq!(shown.done().json()["stop"]["limit_s"], 20 * 60);
    run(two.first.standclear(&["line", "join"]).arg(&text)).ends(1);
    assert_eq!(two.first.ask(&["lines"])[0]["arrangement"], 2);
}

#[test]
fn key_rotation() {
    let mut two = Two::joined();
    speaks(&two);
    for role in ["log", "tls", "screens"] {
        let mut rotate = two.first.standclear(&["party", "rotate", role]);
        run(rotate.arg("--root-key").arg(two.second.root_key()))
            .ends(1)
            .says("is not the root key of this party");
    }
    for role in ["operational", "log", "cosigning", "file"] {
        let before = two.first.key(role);
        with_root(&two.first, &["party", "rotate", role]).done();
        assert_ne!(two.first.key(role), before, "{role}");
    }
    two.first.restart();
    two.first.is_up();
    speaks(&two);
    // The other party has added no new card; its node was told.
    let text = two.base.path().join("air-line.toml");
    puts_in_force(&two, &signed_anew(&two, &text), 2);
    // What was said before still verifies, under the keys that were good then.
    let proof = two.base.path().join("proof");
    run(two
        .first
        .standclear(&["prove", "received", "own.stop.1.0", "--out"])
        .arg(&proof))
    .done();
}

#[test]
fn tls_key_rotation() {
    let mut two = Two::joined();
    with_root(&two.first, &["party", "rotate", "tls"])
        .done()
        .says("on 1 lines");
    until("the other party has the new key", || {
        let peers = two.second.run(&["line", "peers", "--json"]).done().json();
        (peers[0]["manifest"] == 2).then_some(())
    });
    two.first.restart();
    two.first.is_up();
    two.second.is_up();
    speaks(&two);
}

#[test]
fn revocation() {
    let mut two = Two::joined();
    speaks(&two);
    let old = two.first.key("operational");
    // The last key of its role cannot be revoked before there is another.
    with_root(&two.first, &["party", "revoke", &old, "--reason", "lost"])
        .ends(1)
        .says("rotate");
    with_root(&two.first, &["party", "rotate", "operational"]).done();
    with_root(&two.first, &["party", "revoke", &old, "--reason", "lost"])
        .done()
        .says("revoked");
    with_root(
        &two.first,
        &["party", "revoke", "0000000000000000", "--reason", "lost"],
    )
    .ends(1)
    .says("names no key");
    two.first.restart();
    two.first.is_up();
    speaks(&two);
    // The arrangement stays in force; put in force anew, it is signed anew.
    until("the other party knows that it was revoked", || {
        let peers = two.second.run(&["line", "peers", "--json"]).done().json();
        (peers[0]["manifest"] == 3).then_some(())
    });
    let text = two.base.path().join("air-line.toml");
    for party in [&two.first, &two.second] {
        run(party.standclear(&["arrangement", "show"]).arg(&text))
            .done()
            .says("REVOKED");
        run(party.standclear(&["line", "join"]).arg(&text))
            .ends(1)
            .says("the key with which `coalition` signed was revoked since");
    }
    puts_in_force(&two, &signed_anew(&two, &text), 2);
}

/// What was said while the other party could not be reached, under a key that is revoked before it can be.
#[test]
fn what_waits_under_a_key_that_is_revoked_is_delivered_under_the_new_ones() {
    let mut two = Two::joined();
    speaks(&two);
    assert_eq!(two.second.stop(), 0);
    let ran = two.first.officer(&["stop", "--desk", "air", "--no-wait"]);
    assert!([0, 4].contains(&ran.code), "{ran:?}");
    for _ in 0..3 {
        let check = ["line", "check", "air-line", "--desk", "air"];
        two.first.officer(&check);
    }
    let waiting = two.first.ask(&["lines"])[0]["waiting"].clone();
    assert_eq!(waiting, serde_json::json!([1, 3]));
    // The signing key alone, then the log's as well.
    for roles in [&["operational"][..], &["operational", "log"]] {
        for role in roles {
            let old = two.first.key(role);
            with_root(&two.first, &["party", "rotate", role]).done();
            with_root(&two.first, &["party", "revoke", &old, "--reason", "lost"]).done();
        }
        two.first.restart();
    }
    two.second.serve();
    two.first.is_up();
    until("all of it is signed for", || {
        let line = two.first.ask(&["lines"])[0].clone();
        (line["waiting"] == serde_json::json!([0, 0])).then_some(())
    });
    let phase =
        |party: &Party| party.ask(&["calls"]).as_array().unwrap().last().unwrap()["phase"].clone();
    assert_eq!(phase(&two.second), "sounding");
    two.second.officer(&["stop", "accept"]).done();
    until("the acceptance is there", || {
        (phase(&two.first) == "accepted").then_some(())
    });
    speaks(&two);
}

#[test]
fn lost_signing_key() {
    let mut two = Two::joined();
    speaks(&two);
    assert_eq!(two.first.stop(), 0);
    let key = two.first.folder.join("keys/operational.key");
    let old = two.first.key("operational");
    fs::remove_file(&key).unwrap();
    two.first.run(&["serve"]).ends(1).says("operational.key");
    with_root(&two.first, &["party", "rotate", "operational"]).done();
    with_root(&two.first, &["party", "revoke", &old, "--reason", "lost"]).done();
    two.first.serve();
    two.first.is_up();
    speaks(&two);
}

/// A section of the administrators' document.
fn section(heading: &str) -> &'static str {
    let document = include_str!("../../../docs/administrators.md");
    let from = document.split_once(&format!("\n## {heading}")).unwrap().1;
    from.split_once("\n## ")
        .map_or(from, |(section, _)| section)
}

/// Copies what "Every day" has one copy, and nothing that it does not name.
fn keeps_copies(party: &Party, into: &Path) {
    let said = section("Every day");
    for name in ["keys", "peers", "manifest", "node.toml"] {
        let named = [format!("`{name}`"), format!("`{name}/`")];
        assert!(named.iter().any(|name| said.contains(name)), "{name}");
        copied(&party.folder.join(name), &into.join(name));
    }
}

/// Everything but the root key is in other hands, and the machine is gone: on another one all keys are made anew from
/// copies, the old ones revoked, and what the captured tokens and certificates opened stays shut.
#[test]
fn captured_laptop() {
    let mut two = Two::joined();
    // The journal's key lies apart, as the document has it.
    let apart = two.base.path().join("journal.key");
    assert_eq!(two.first.stop(), 0);
    fs::rename(two.first.folder.join("keys/at-rest.key"), &apart).unwrap();
    let said = format!("at_rest_key = \"{}\"\n", apart.display());
    two.first.configure(|text| said + &text);
    two.first.serve();
    two.first.is_up();
    speaks(&two);
    // The backup holds a call that was not delivered then.
    assert_eq!(two.second.stop(), 0);
    two.first.officer(&["stop", "--desk", "air", "--no-wait"]);
    let backup = two.base.path().join("backup");
    run(two.first.standclear(&["backup"]).arg(&backup)).done();
    two.second.serve();
    two.first.is_up();
    // And what is said after it comes back from the other party, by whichever key.
    speaks(&two);
    let copies = two.base.path().join("copies");
    fs::create_dir(&copies).unwrap();
    keeps_copies(&two.first, &copies);

    let captured: Vec<String> = ["operational", "log", "cosigning", "file"]
        .map(|role| two.first.key(role))
        .to_vec();
    let authority = fs::read(two.first.folder.join("ca/authority.crt")).unwrap();
    let (admin, duty) = (
        two.first.file("captured-admin"),
        two.first.file("captured-duty"),
    );
    fs::rename(two.first.folder.join("admin.token"), &admin).unwrap();
    fs::rename(two.first.token_file(), &duty).unwrap();
    two.first.kill();
    fs::remove_dir_all(&two.first.folder).unwrap();
    let standing = |party: &Party, word: &str| {
        party.officer(&["line", word, "air-line"]).done();
    };
    standing(&two.second, "suspend");

    // Another machine: an empty folder, what there are copies of, and no more.
    fs::rename(&copies, &two.first.folder).unwrap();
    fs::set_permissions(&two.first.folder, fs::Permissions::from_mode(0o700)).unwrap();
    run(two.first.standclear(&["restore"]).arg(&backup)).done();
    for role in ["operational", "log", "cosigning", "file"] {
        with_root(&two.first, &["party", "rotate", role]).done();
    }
    for key in &captured {
        with_root(
            &two.first,
            &["party", "revoke", key, "--reason", "captured"],
        )
        .done();
    }
    // Twice: the first keeps the captured pin beside the new one, the second drops it.
    with_root(&two.first, &["party", "rotate", "tls"]).done();
    with_root(&two.first, &["party", "rotate", "tls"])
        .done()
        .says("new card");
    two.first
        .run(&["party", "screens", "coalition.example"])
        .ends(1)
        .says("party rotate screens");
    with_root(&two.first, &["party", "rotate", "screens"]).done();
    let issued = two
        .first
        .run(&["party", "screens", "coalition.example", "--json"])
        .done()
        .json();
    let anew = fs::read(issued["authority"].as_str().unwrap()).unwrap();
    assert_ne!(anew, authority);
    run(two
        .first
        .standclear(&[
            "officer", "add", "duty", "--desk", "air", "--desk", "ground", "--out",
        ])
        .arg(two.first.token_file()))
    .done();
    // The other party takes the new card, which the same root key signed, before anything else is heard.
    run(two
        .second
        .standclear(&["line", "add"])
        .arg(two.first.card()))
    .done()
    .says("on 1 lines");
    two.first.serve();
    two.first.is_up();
    confirmed(&two.first);
    standing(&two.first, "open");
    standing(&two.second, "open");
    until("both hold the line to be open", || {
        let lines = two.first.ask(&["lines"]);
        (lines[0]["standing_own"] == "open" && lines[0]["standing_peer"] == "open").then_some(())
    });
    speaks(&two);
    for (captured, asks) in [(&admin, &["epoch", "list"][..]), (&duty, &["calls"][..])] {
        run(two.first.standclear(asks).arg("--token-file").arg(captured))
            .ends(1)
            .says("no valid token");
    }
    // The document says every command that was needed.
    let said = section("Captured laptop").replace("\n   ", " ");
    for command in [
        "restore BACKUP",
        "party rotate operational",
        "party revoke KEY --reason captured",
        "party rotate tls",
        "party rotate screens",
        "party screens HOST",
        "officer add",
        "card export",
        "line add",
        "serve",
        "epoch confirm --root-key FILE",
    ] {
        assert!(said.contains(&format!("standclear {command}")), "{command}");
    }
}

fn confirmed(party: &Party) {
    until("the new epoch is there", || {
        let epochs = run(&mut party.standclear(&["epoch", "list", "--json"]))
            .done()
            .json();
        (!epochs.as_array()?.is_empty()).then_some(())
    });
    with_root(party, &["epoch", "confirm"])
        .done()
        .says("confirmed");
    with_root(party, &["epoch", "confirm"])
        .done()
        .says("nothing waits");
}

#[test]
fn restored_backup() {
    let mut two = Two::joined();
    speaks(&two);
    let backup = two.base.path().join("backup");
    run(two.first.standclear(&["backup"]).arg(&backup)).done();
    // What is said after the backup is what the restored node must get back from the other party.
    speaks(&two);
    two.first.kill();
    fs::remove_dir_all(two.first.folder.join("journal")).unwrap();
    run(two.first.standclear(&["restore"]).arg(&backup))
        .done()
        .says("restored and verified");
    two.first.serve();
    two.first.is_up();
    // Until the root key confirms the new epoch, stop calls go and nothing else.
    calls(&two.first);
    for (party, waits) in [(&two.first, [true, false]), (&two.second, [false, true])] {
        until("who waits for a root key is said", || {
            let line = party.ask(&["lines"])[0].clone();
            (line["waits_for_root"] == serde_json::json!(waits)).then_some(())
        });
    }
    confirmed(&two.first);
    speaks(&two);
    let calls = two.first.ask(&["calls"]);
    let epochs = calls
        .as_array()
        .unwrap()
        .iter()
        .filter(|call| call["call"].as_str().unwrap().contains(".own.stop.2."));
    assert!(epochs.count() >= 1, "{calls:#}");
    // What was signed for before the restore, and lost with it, is proved again.
    let proof = two.base.path().join("proof-of-what-was-lost");
    run(two
        .first
        .standclear(&["prove", "received", "own.stop.1.1", "--out"])
        .arg(&proof))
    .done();
    // The restore is one restore, however often the node starts after it.
    let epochs = |party: &Party| {
        let listed = run(&mut party.standclear(&["epoch", "list", "--json"])).done();
        listed.json().as_array().unwrap().len()
    };
    let before = epochs(&two.first);
    for _start in 0..2 {
        two.first.restart();
        two.first.is_up();
        speaks(&two);
        assert_eq!(epochs(&two.first), before);
    }
}

fn copied(from: &Path, to: &Path) {
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .args([from, to])
        .status()
        .unwrap();
    assert!(copied.success());
}

/// A line check goes over `main`, and is answered.
fn main_goes_on(from: &Party, to: &Party) {
    let before = to.ask(&["line", "checks"]).as_array().unwrap().len();
    until("a line check is taken", || {
        let ran = from.officer(&["line", "check", "air-line", "--desk", "air"]);
        (ran.code == 0).then_some(())
    });
    until("the line check is there", || {
        (to.ask(&["line", "checks"]).as_array()?.len() > before).then_some(())
    });
}

/// A snapshot of the whole folder is put back and speaks before it hears the other party: what it says stands where the
/// other holds something else.
#[test]
fn main_is_halted() {
    let mut two = Two::joined();
    speaks(&two);
    main_goes_on(&two.first, &two.second);
    assert_eq!(two.first.stop(), 0);
    let (folder, snapshot) = (two.first.folder.clone(), two.base.path().join("snapshot"));
    copied(&folder, &snapshot);
    two.first.serve();
    two.first.is_up();
    calls(&two.first);
    main_goes_on(&two.first, &two.second);
    until("all of it is signed for", || {
        let line = two.first.ask(&["lines"])[0].clone();
        (line["waiting"] == serde_json::json!([0, 0])).then_some(())
    });
    assert_eq!(two.first.stop(), 0);
    assert_eq!(two.second.stop(), 0);

    fs::remove_dir_all(&folder).unwrap();
    copied(&snapshot, &folder);
    two.first.serve();
    // More than the other party holds, on both lanes, and other than that.
    for _ in 0..2 {
        two.first.officer(&["stop", "--desk", "ground"]).ends(4);
        let check = ["line", "check", "air-line", "--desk", "ground"];
        two.first.officer(&check);
    }
    two.second.serve();
    for party in [&two.first, &two.second] {
        until("main is halted", || {
            (party.ask(&["lines"])[0]["main_halted"] == true).then_some(())
        });
    }
    let check = ["line", "check", "air-line", "--desk", "air"];
    two.second.officer(&check).ends(1).says("halted");
    calls(&two.second);

    for (party, reason) in [(&two.first, "restored"), (&two.second, "keys-changed")] {
        let open = ["epoch", "open", "air-line", "--reason", reason, "--json"];
        let opened = until("the record is compared", || {
            let ran = party.run(&open);
            assert!(ran.code == 0 || ran.err.contains("compared"), "{ran:?}");
            (ran.code == 0).then(|| ran.json())
        });
        // The one that lost something had opened one by itself.
        assert!(opened["epoch"].as_u64().unwrap() >= 2, "{opened}");
        with_root(party, &["epoch", "confirm"])
            .done()
            .says("confirmed");
    }
    main_goes_on(&two.first, &two.second);
    main_goes_on(&two.second, &two.first);
    speaks(&two);
    // It holds after a restart, and on connections of a new life.
    two.first.restart();
    two.second.restart();
    two.first.is_up();
    main_goes_on(&two.first, &two.second);
    main_goes_on(&two.second, &two.first);
    speaks(&two);
    for party in [&two.first, &two.second] {
        assert_eq!(party.ask(&["lines"])[0]["main_halted"], false);
    }
}

/// Starts a node that is not to start.
fn does_not_start(party: &Party, more: &[&str], why: &str) {
    let mut words = vec!["serve"];
    words.extend(more);
    party.run(&words).ends(1).says(why);
}

#[test]
fn lost_journal() {
    let mut two = Two::joined();
    speaks(&two);
    two.first.kill();
    let journal = two.first.folder.join("journal");
    does_not_start(&two.first, &["--new-journal"], "the journal is there");
    fs::rename(&journal, two.base.path().join("lost")).unwrap();
    does_not_start(&two.first, &[], "restore BACKUP");
    does_not_start(&two.first, &[], "--new-journal");
    assert!(!journal.exists(), "a refusal begins no journal");
    // A journal that was begun empty in its place is the same loss.
    let mut node = support::Process::start(
        two.first
            .standclear(&["serve", "--new-journal", "--json"])
            .stderr(std::process::Stdio::inherit()),
    );
    node.hears("node");
    assert_eq!(node.interrupt(), 0);
    two.first.serve();
    // The arrangement was in the journal: it is put in force again, and everything said before comes back.
    let text = two.base.path().join("air-line.toml");
    run(two.first.standclear(&["line", "join"]).arg(&text)).done();
    two.first.is_up();
    until("what was said before is fetched back", || {
        (two.first.ask(&["calls"]).as_array()?.len() >= 2).then_some(())
    });
    calls(&two.first);
    confirmed(&two.first);
    speaks(&two);
    let said = two.first.ask(&["calls"]);
    let anew = said.as_array().unwrap().iter();
    let anew = anew.filter(|call| call["call"].as_str().unwrap().contains(".own.stop.2."));
    assert!(anew.count() >= 1, "nothing is numbered twice: {said:#}");
    two.first.run(&["log", "verify"]).done();
    two.second.run(&["log", "verify"]).done();
}

#[test]
fn an_old_copy_of_the_journal_that_was_put_back_by_hand_is_refused() {
    let mut two = Two::joined();
    assert_eq!(two.first.stop(), 0);
    let (journal, copy) = (
        two.first.folder.join("journal"),
        two.base.path().join("copy"),
    );
    copied(&journal, &copy);
    two.first.serve();
    two.first.is_up();
    speaks(&two);
    assert_eq!(two.first.stop(), 0);
    fs::remove_dir_all(&journal).unwrap();
    copied(&copy, &journal);
    does_not_start(&two.first, &[], "an old copy was put in its place");
}

/// A line that a courier carries: a stop call on it says at once that it must be telephoned.
#[test]
fn line_by_file() {
    let two = Two::apart();
    two.first.add(&two.second);
    two.second.add(&two.first);
    let text = two.arrangement();
    for party in [&two.first, &two.second] {
        run(party.standclear(&["line", "join", "--by-file"]).arg(&text)).done();
    }
    assert_eq!(two.first.ask(&["lines"])[0]["link"], "by file");
    let swapped = ["stop", "--desk", "air", "--place", "40.1459N 35.3359E"];
    let said = two
        .first
        .officer(&swapped)
        .ends(4)
        .says("NOT SENT: TELEPHONE")
        .says(support::NUMBER)
        .says("own.stop.1.0: say by telephone what stands here")
        .says("place")
        .says("look swapped");
    // Nothing that could be taken for a promise.
    for promise in ["on its way", "it waits", "SENT,"] {
        assert!(!said.out.contains(promise), "{said:?}");
    }
    let last = said.err.lines().last();
    assert_eq!(last, Some("standclear: not sent: telephone"), "{said:?}");
    assert!(!said.err.contains("by itself"), "{said:?}");
    let details = two
        .first
        .officer(&["stop", "details", "--cause", "artillery"])
        .ends(4)
        .says(support::NUMBER);
    assert!(!details.err.contains("themselves"), "{details:?}");
    carry(&two.first, &two.second, &two.base.path().join("there"));
    two.second.call_is("sounding");
    carry(&two.second, &two.first, &two.base.path().join("back"));
    two.first.call_is("sounding");
    (two.first)
        .run(&["line", "import", "air-line", "no-such-file"])
        .ends(1)
        .says("there is no `no-such-file`: check the name");
    // For us alone, and only whole.
    let file = two.base.path().join("there");
    run(two
        .first
        .standclear(&["line", "import", "air-line"])
        .arg(&file))
    .ends(1);
    // Cut short it is known to be damaged; with one bit flipped, nobody can tell whether it was ours to open.
    let whole = std::fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    flipped[60] ^= 1;
    let cut = whole[..whole.len() - 1].to_vec();
    for (bad, exit, says) in [
        (
            cut,
            5,
            "the file was damaged or cut short: ask for it again",
        ),
        (
            flipped,
            1,
            "or it was damaged on the way; ask for it to be exported again",
        ),
    ] {
        let damaged = two.base.path().join("damaged");
        std::fs::write(&damaged, &bad).unwrap();
        run(two
            .second
            .standclear(&["line", "import", "air-line"])
            .arg(&damaged))
        .ends(exit)
        .says(says);
    }
}

/// A file that a courier carries meanwhile is read with the key it was encrypted to, until that is revoked.
#[test]
fn file_key_rotation() {
    let two = Two::apart();
    two.first.add(&two.second);
    two.second.add(&two.first);
    let text = two.arrangement();
    for party in [&two.first, &two.second] {
        run(party.standclear(&["line", "join", "--by-file"]).arg(&text)).done();
    }
    two.first.officer(&["stop", "--desk", "air"]).ends(4);
    let under_way = two.base.path().join("under-way");
    run(two
        .first
        .standclear(&["line", "export", "air-line"])
        .arg(&under_way))
    .done();
    let retired = two.second.key("file");
    let root_key = two.second.root_key();
    let with_root = |words: &[&str]| {
        run(two
            .second
            .standclear(words)
            .arg("--root-key")
            .arg(&root_key))
        .done()
    };
    with_root(&["party", "rotate", "file"]);
    with_root(&["party", "rotate", "file"]);
    let import = || {
        run(two
            .second
            .standclear(&["line", "import", "air-line"])
            .arg(&under_way))
    };
    import().done();
    two.second.call_is("sounding");
    with_root(&["party", "revoke", &retired, "--reason", "captured"]);
    import()
        .ends(1)
        .says("its key is revoked or gone")
        .says("exported again");
}

fn carry(from: &Party, to: &Party, file: &Path) {
    run(from.standclear(&["line", "export", "air-line"]).arg(file)).done();
    run(to.standclear(&["line", "import", "air-line"]).arg(file)).done();
}
