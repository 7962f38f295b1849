//! The record: counted, proved to a stranger, verified offline.

use super::Play;
use crate::failed::{Failed, must};
use crate::scenario::Prove;
use crate::seat::Seat;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The kind of a stop call, as its number in every envelope; it never changes.
const STOP_CALL: u64 = 1;
/// Records asked for at a time.
const PAGE: usize = 1_000;
/// Records that a journal of a replay may have.
pub const MAX_RECORDS: usize = 200_000;

/// How often a journal holds each stop call.
#[derive(Default)]
struct Counted {
    sent: BTreeMap<String, usize>,
    received: BTreeMap<String, usize>,
    alarms: BTreeMap<String, usize>,
}

impl Play<'_> {
    pub(super) fn count(&mut self) -> Result<(), Failed> {
        let mut journals = BTreeMap::new();
        for party in &self.scenario.party {
            journals.insert(party.name.as_str(), counted(&self.look(&party.name)?)?);
        }
        for (step, call) in &self.calls {
            let (here, there) = (
                &journals[call.caller.as_str()],
                &journals[call.called.as_str()],
            );
            let count =
                |of: &BTreeMap<String, usize>, name: &str| of.get(name).copied().unwrap_or(0);
            let found = [
                count(&here.sent, &call.own),
                count(&there.received, &call.peers),
                count(&there.alarms, &call.peers),
            ];
            must(found == [1, 1, 1], || {
                format!(
                    "the call of step `{step}`: sent, received, alarmed {found:?} times in the journals, not once each"
                )
            })?;
        }
        for (party, journal) in &journals {
            let made = self
                .calls
                .values()
                .filter(|call| call.caller == *party)
                .count();
            let came = self
                .calls
                .values()
                .filter(|call| call.called == *party)
                .count();
            must(
                (journal.sent.len(), journal.received.len()) == (made, came),
                || format!("{party}'s journal holds a stop call that nobody made"),
            )?;
            self.screen.answer(
                party,
                &format!("its journal: {made} stop calls made, {came} received, {came} alarms"),
            );
        }
        Ok(())
    }

    pub(super) fn prove(&mut self, act: &Prove) -> Result<(), Failed> {
        let (officer, seat) = self.seat(&act.by)?;
        let own = self.made_call(&act.of)?.own.clone();
        let folder = self.stage.prove(&seat, &own)?;
        self.screen.act(&format!(
            "{} ({}): standclear prove received {own}",
            officer.name, officer.party
        ));
        let verifier = self.stage.verifier().to_owned();
        let roots = self.stage.roots()?;
        let (good, says) = verify(&verifier, &folder, &roots)?;
        self.print("verify.py", &says);
        must(good, || {
            "the independent verifier refuses a good proof".into()
        })?;
        let (file, at) = alter(&folder)?;
        self.screen
            .act(&format!("one byte of {file} is altered, the one at {at}"));
        let (good, says) = verify(&verifier, &folder, &roots)?;
        self.print("verify.py", &says);
        let named = says.contains("FAILED") && says.contains(&file);
        must(!good && named, || {
            format!("the verifier does not name `{file}`, of which a byte was altered")
        })
    }

    pub(super) fn verify(&mut self) -> Result<(), Failed> {
        for party in &self.scenario.party {
            self.stage.kill(&party.name);
        }
        self.screen
            .say("Both nodes are killed with -9; nothing runs.");
        for party in &self.scenario.party {
            let found = self.stage.verify_journal(&party.name)?;
            must(found["sound"] == true, || {
                format!("{}'s journal is not whole: {found}", party.name)
            })?;
            let logs = found["logs"].as_array().map_or(0, Vec::len);
            self.screen.answer(
                &party.name,
                &format!(
                    "standclear log verify: {} records, and {} entries in {logs} logs of the line, verified; {} faults",
                    found["records"], found["entries"], found["fault_count"]
                ),
            );
        }
        Ok(())
    }

    fn print(&self, who: &str, says: &str) {
        for line in says.lines().filter(|line| !line.trim().is_empty()) {
            self.screen.answer(who, line);
        }
    }
}

/// Reads the whole journal of a node.
fn counted(seat: &Seat) -> Result<Counted, Failed> {
    let mut counted = Counted::default();
    let mut from = 0;
    loop {
        let page = seat.read(&format!("/api/record?from={from}&count={PAGE}"))?;
        let records = page.as_array().ok_or_else(|| seat.lacks(&page, "a list"))?;
        for record in records {
            add(&mut counted, &record["fact"]["event"]);
        }
        from += records.len();
        must(from <= MAX_RECORDS, || {
            format!("{}'s journal has over {MAX_RECORDS} records", seat.node())
        })?;
        if records.len() < PAGE {
            return Ok(counted);
        }
    }
}

fn add(counted: &mut Counted, event: &Value) {
    let call = |said: &Value| match said["header"]["kind"].as_u64() {
        Some(STOP_CALL) => entry_name(&said["entry"]),
        Some(_) | None => None,
    };
    let alarm = || entry_name(event.pointer("/AlarmRaised/alarm/StopCall/call")?);
    let found = [
        (&mut counted.sent, call(&event["MessageSent"])),
        (&mut counted.received, call(&event["MessageReceived"])),
        (&mut counted.alarms, alarm()),
    ];
    for (of, name) in found {
        if let Some(name) = name {
            *of.entry(name).or_default() += 1;
        }
    }
}

/// An entry of a record, named as the API names it.
fn entry_name(entry: &Value) -> Option<String> {
    let log = &entry["log"];
    let line: String = log["line"]
        .as_array()?
        .iter()
        .map(|byte| byte.as_u64().map(|byte| format!("{byte:02x}")))
        .collect::<Option<_>>()?;
    let side = log["side"].as_str()?.to_lowercase();
    Some(format!(
        "{line}.{side}.{}.{}.{}",
        log["lane"].as_str()?,
        log["epoch"].as_u64()?,
        entry["index"].as_u64()?
    ))
}

/// Whether the independent verifier finds the folder good, and what it says.
/// As a stranger does who has the cards of both parties, in whose place `roots` stand.
fn verify(verifier: &Path, folder: &Path, roots: &[String]) -> Result<(bool, String), Failed> {
    let mut run = Command::new("python3");
    run.arg(verifier).arg(folder);
    for root in roots {
        run.arg("--root").arg(root);
    }
    let output = run.output().map_err(Failed::system("run python3"))?;
    let mut says = String::from_utf8_lossy(&output.stdout).into_owned();
    says.push_str(&String::from_utf8_lossy(&output.stderr));
    Ok((output.status.success(), says))
}

/// Alters one byte in the middle of the first entry in the folder; which file, and where.
fn alter(folder: &Path) -> Result<(String, usize), Failed> {
    let path = first_entry(folder)?;
    let what = format!("alter `{}`", path.display());
    let mut bytes = std::fs::read(&path).map_err(Failed::system(&what))?;
    let at = bytes.len() / 2;
    let byte = bytes
        .get_mut(at)
        .ok_or_else(|| Failed::outcome("the proof's entry is empty"))?;
    *byte ^= 1;
    std::fs::write(&path, bytes).map_err(Failed::system(&what))?;
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok((name, at))
}

fn first_entry(folder: &Path) -> Result<PathBuf, Failed> {
    let listed = std::fs::read_dir(folder).map_err(Failed::system(format!(
        "read the proof in `{}`",
        folder.display()
    )))?;
    let mut entries: Vec<PathBuf> = listed.filter_map(|file| Some(file.ok()?.path())).collect();
    entries.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "entry")
    });
    entries.sort();
    entries
        .into_iter()
        .next()
        .ok_or_else(|| Failed::outcome("the proof holds no entry"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_journal_is_counted_call_by_call() {
        let entry = json!({"log": {"line": vec![171; 16], "side": "Peer", "lane": "stop", "epoch": 1}, "index": 7});
        let name = format!("{}.peer.stop.1.7", "ab".repeat(16));
        assert_eq!(entry_name(&entry), Some(name.clone()));
        let mut counted = Counted::default();
        add(
            &mut counted,
            &json!({"MessageReceived": {"entry": entry, "header": {"kind": 1}}}),
        );
        add(
            &mut counted,
            &json!({"MessageReceived": {"entry": entry, "header": {"kind": 2}}}),
        );
        add(
            &mut counted,
            &json!({"AlarmRaised": {"alarm": {"StopCall": {"call": entry}}, "desk": "air"}}),
        );
        add(
            &mut counted,
            &json!({"AlarmRaised": {"alarm": "CannotSend", "desk": "air"}}),
        );
        add(&mut counted, &json!("MainResumed"));
        assert_eq!(counted.received, BTreeMap::from([(name.clone(), 1)]));
        assert_eq!(counted.alarms, BTreeMap::from([(name, 1)]));
        assert!(counted.sent.is_empty());
    }

    #[test]
    fn one_byte_of_the_entry_is_altered_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.entry"), b"abcde").unwrap();
        std::fs::write(folder.path().join("a.tlog-proof"), b"proof").unwrap();
        assert_eq!(alter(folder.path()).unwrap(), ("a.entry".to_owned(), 2));
        assert_eq!(
            std::fs::read(folder.path().join("a.entry")).unwrap(),
            b"abbde"
        );
        assert_eq!(
            std::fs::read(folder.path().join("a.tlog-proof")).unwrap(),
            b"proof"
        );
    }
}
