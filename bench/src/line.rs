//! Two nodes on one line: stop calls at rest and under load, notices as fast as they go.

use crate::Scale;
use crate::bare;
use crate::table::{Row, Table, quantiles};
use scenarios::crew::Crew;
use scenarios::failed::Failed;
use scenarios::scenario::Scenario;
use scenarios::screen::Screen;
use scenarios::seat::Seat;
use scenarios::stage::{Places, Stage};
use serde_json::{Value, json};
use std::error::Error;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitCode};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const CALLER: &str = "duty";
const NOTIFIER: &str = "planner";
const CALLED_PARTY: &str = "coalition";
const CALLER_PARTY: &str = "russia";
const HEARD_WITHIN: Duration = Duration::from_secs(30);
const DRAINED_WITHIN: Duration = Duration::from_secs(300);
/// So that no call waits for the record of the one before.
const BETWEEN_CALLS: Duration = Duration::from_millis(30);
/// Times that notices are queued again while stop calls are measured. What is measured by then is what there is.
const MOST_ROUNDS: usize = 4;
/// Requests under way at once while notices are made.
const HANDS: usize = 8;

/// # Errors
/// Whatever a node refuses or does not do in time.
pub fn measure(
    scale: Scale,
    scenario: &Scenario,
    places: &Places,
    table: &mut Table,
) -> Result<(), Box<dyn Error>> {
    let mut stage = Stage::set_up(Crew::new()?, scenario, places, &Screen::quiet())?;
    let times = calls(&mut stage, scale.calls, || Ok(true))?;
    add(table, times, "nothing else goes on", "5 ms (aim 2)");
    beside(table, &places.folder, scale.calls, "nothing else goes on")?;

    stage.cut();
    notices(&stage, scale.notices)?;
    stage.mend();
    let drained = drained(&stage, scale.notices)?;
    table.add(Row {
        what: format!(
            "notices of a 1.5 km circle: queued to verified cosignature, {} of them",
            scale.notices
        ),
        median: "–".into(),
        p99: "–".into(),
        rate: Some(format!(
            "{:.0}/s",
            scale.notices as f64 / drained.as_secs_f64()
        )),
        reach: Some("5,000/s (aim 25,000)".into()),
        note: Some(
            "from the first cosignature to the last; both nodes and this program on the same cores"
                .into(),
        ),
    });

    let times = calls_under_load(&mut stage, scale, &places.folder)?;
    let what = format!(
        "while {} notices drain and another process writes and syncs 4 MiB blocks",
        scale.notices
    );
    add(table, times, &what, "25 ms (aim 10)");
    let load = Load::start(&places.folder)?;
    let when = "while another process writes and syncs 4 MiB blocks";
    beside(table, &places.folder, scale.calls, when)?;
    drop(load);
    verify(&mut stage, table)
}

/// Stop calls only while notices drain: when all have gone, as many are queued again, the path cut meanwhile.
fn calls_under_load(
    stage: &mut Stage,
    scale: Scale,
    folder: &Path,
) -> Result<Times, Box<dyn Error>> {
    let mut all = Times::default();
    for _round in 0..MOST_ROUNDS {
        stage.cut();
        notices(stage, scale.notices)?;
        let behind = AtomicBool::new(true);
        let seat = stage.seat(NOTIFIER)?;
        let line = stage.line().to_owned();
        let load = Load::start(folder)?;
        stage.mend();
        until_they_move(&seat, &line, scale.notices)?;
        let times = thread::scope(|scope| {
            scope.spawn(|| watch_the_drain(&seat, &line, &behind));
            calls(stage, scale.calls - all.alarm.len(), || {
                Ok(behind.load(Ordering::Relaxed))
            })
        });
        drop(load);
        all.extend(times?);
        if all.alarm.len() >= scale.calls {
            break;
        }
    }
    Ok(all)
}

/// Waits until the line is up again and the first of `queued` notices are signed for.
fn until_they_move(seat: &Seat, line: &str, queued: usize) -> Result<(), Failed> {
    let until = Instant::now() + DRAINED_WITHIN;
    while waiting(seat, line)? >= queued as u64 && Instant::now() < until {
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Says that nothing waits any more once all notices are signed for.
fn watch_the_drain(seat: &Seat, line: &str, behind: &AtomicBool) {
    let until = Instant::now() + DRAINED_WITHIN;
    while Instant::now() < until {
        // A node that does not answer ends the measurement at the next call.
        let left = waiting(seat, line).unwrap_or(0);
        if left == 0 {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    behind.store(false, Ordering::Relaxed);
}

/// Entries of the main lane that wait for the peer's signature.
fn waiting(seat: &Seat, line: &str) -> Result<u64, Failed> {
    let lines = seat.read("/api/lines")?;
    let mut all = lines.as_array().into_iter().flatten();
    let found = all.find(|found| found["name"] == line);
    found
        .and_then(|found| found.pointer("/waiting/1")?.as_u64())
        .ok_or_else(|| seat.lacks(&lines, "/waiting/1"))
}

#[derive(Default)]
struct Times {
    alarm: Vec<Duration>,
    receipt: Vec<Duration>,
}

impl Times {
    fn extend(&mut self, more: Self) {
        self.alarm.extend(more.alarm);
        self.receipt.extend(more.receipt);
    }
}

fn add(table: &mut Table, mut times: Times, when: &str, reach: &str) {
    for (what, times) in [
        (
            "request to the alarm event at the other node",
            &mut times.alarm,
        ),
        (
            "request to the receipt, durable in both journals",
            &mut times.receipt,
        ),
    ] {
        let count = times.len();
        let (median, p99) = quantiles(times);
        table.add(Row {
            what: format!("stop call: {what}; {when}"),
            median,
            p99,
            rate: None,
            reach: Some(reach.into()),
            note: Some(format!("{count} calls, one after the other")),
        });
    }
}

/// What bare programs need for the same exchange, in the same minute.
fn beside(
    table: &mut Table,
    folder: &Path,
    count: usize,
    when: &str,
) -> Result<(), Box<dyn Error>> {
    let (mut alarms, mut receipts) = bare::exchanges(folder, count)?;
    for (what, times) in [
        ("one synced append and a TCP round", &mut alarms),
        ("three synced appends and a TCP round", &mut receipts),
    ] {
        let (median, p99) = quantiles(times);
        table.add(Row {
            what: format!("beside it, two bare programs: {what}; {when}"),
            median,
            p99,
            rate: None,
            reach: None,
            note: Some("no signatures, encryption, database or screens".into()),
        });
    }
    Ok(())
}

/// Makes `count` stop calls one after the other while `go_on`; each is taken back before the next.
fn calls(
    stage: &mut Stage,
    count: usize,
    go_on: impl Fn() -> Result<bool, Failed>,
) -> Result<Times, Failed> {
    let seat = stage.seat(CALLER)?;
    let mut times = Times::default();
    while times.alarm.len() < count && go_on()? {
        stage.forget_what_was_told();
        let began = Instant::now();
        let answer = seat.act("/api/calls", &json!({"desk": "air"}))?;
        let call = seat.text(&answer, "/stopped/0/call")?;
        let theirs = call.replace(".own.", ".peer.");
        let alarm = stage
            .ear(CALLED_PARTY)?
            .hear("the alarm", HEARD_WITHIN, |event| {
                event["type"] == "alarm" && event["entry"] == theirs.as_str()
            })?;
        let signed = stage.hear_delivered(CALLER_PARTY, &call, HEARD_WITHIN)?;
        times.alarm.push(alarm.at - began);
        times.receipt.push(signed - began);
        seat.act(&format!("/api/calls/{call}/error"), &json!({}))?;
        let alarm = format!("stop-call:{theirs}");
        stage
            .ear(CALLED_PARTY)?
            .hear("the end of the alarm", HEARD_WITHIN, |event| {
                event["type"] == "alarm-ended" && event["alarm"] == alarm.as_str()
            })?;
        // Until the record of that is written on both sides, too.
        thread::sleep(BETWEEN_CALLS);
    }
    Ok(times)
}

/// Drafts and releases `count` notices.
///
/// # Errors
/// Whatever the node refuses.
pub fn notices(stage: &Stage, count: usize) -> Result<(), Failed> {
    let seat = stage.seat(NOTIFIER)?;
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let hands: Vec<_> = (0..HANDS)
            .map(|_| {
                let (seat, next, line) = (seat.clone(), &next, stage.line());
                scope.spawn(move || {
                    while next.fetch_add(1, Ordering::Relaxed) < count {
                        notice(&seat, line)?;
                    }
                    Ok(())
                })
            })
            .collect();
        hands.into_iter().try_for_each(|hand| {
            hand.join()
                .unwrap_or_else(|_| Err(Failed::outcome("a thread that made notices ended")))
        })
    })
}

fn notice(seat: &Seat, line: &str) -> Result<(), Failed> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let opens = i64::try_from(now.as_millis()).unwrap_or(0) + 3_600_000;
    let slots = json!({
        "area": {"circle": {"centre": "35.255, 40.140", "radius": "1500 m"}},
        "precision": "100 m",
        "second-description": {"reference": "airfield", "bearing": "224.2", "distance": "4.70 km", "anchor": "centre"},
        "band": "SFC to FL250",
        "window": {"from": opens, "until": opens + 3_600_000},
    });
    let body = json!({"kind": "air-activity", "desk": "air", "slots": slots});
    let drafted = seat.act("/api/drafts", &body)?;
    let draft = seat.text(&drafted, "/draft")?;
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let released = seat.act(
        &format!("/api/drafts/{draft}/release"),
        &json!({"lines": [line], "terms": terms}),
    )?;
    seat.text(&released, "/released/0/entry").map(|_| ())
}

/// Entries of the notifier's main lane that the peer has signed for.
fn delivered(stage: &Stage) -> Result<u64, Failed> {
    let seat = stage.seat(NOTIFIER)?;
    let line = stage.line_at(&seat)?;
    line.pointer("/delivered/1")
        .and_then(Value::as_u64)
        .ok_or_else(|| seat.lacks(&line, "/delivered/1"))
}

/// From the first that is signed for to the last.
fn drained(stage: &Stage, count: usize) -> Result<Duration, Box<dyn Error>> {
    let base = delivered(stage)?;
    let began = Instant::now();
    let mut first = None;
    loop {
        let now = delivered(stage)?;
        if now > base && first.is_none() {
            first = Some(Instant::now());
        }
        if now >= base + count as u64 {
            return Ok(first.unwrap_or(began).elapsed());
        }
        if began.elapsed() > DRAINED_WITHIN {
            return Err("the notices did not drain in time".into());
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Offline, both cores, every signature: the journal that the rest of this run has filled.
fn verify(stage: &mut Stage, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let until = Instant::now() + DRAINED_WITHIN;
    let seat = stage.seat(NOTIFIER)?;
    while waiting(&seat, stage.line())? > 0 {
        if Instant::now() > until {
            return Err("the notices did not drain in time".into());
        }
        thread::sleep(Duration::from_millis(100));
    }
    stage.end(CALLED_PARTY)?;
    let began = Instant::now();
    let said = stage.verify_journal(CALLED_PARTY)?;
    let took = began.elapsed();
    let entries = said["entries"]
        .as_u64()
        .ok_or("`log verify` does not say how many entries it verified")?;
    table.add(Row {
        what: format!(
            "offline verification of a journal with {entries} entries, program start included"
        ),
        median: format!("{:.2} s", took.as_secs_f64()),
        p99: "–".into(),
        rate: Some(format!(
            "{:.0} entries/s",
            entries as f64 / took.as_secs_f64()
        )),
        reach: Some("40,000/s (aim 50,000)".into()),
        note: Some("journal, openings, both directions, every signature".into()),
    });
    Ok(())
}

/// Another process that writes and syncs; ended with this.
struct Load(Child);

impl Load {
    fn start(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let own = std::env::current_exe()?;
        Ok(Self(
            Command::new(own)
                .arg("--write-and-sync")
                .arg(folder)
                .spawn()?,
        ))
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // Either fails only where it is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Writes and syncs 4 MiB blocks, over 256 MiB again and again, for ten minutes at most.
pub fn write_and_sync(folder: &Path) -> ExitCode {
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::tempfile_in(folder)?;
        let block = vec![0x5a; 4 << 20];
        let until = Instant::now() + Duration::from_secs(600);
        while Instant::now() < until {
            file.seek(SeekFrom::Start(0))?;
            for _ in 0..64 {
                file.write_all(&block)?;
                file.sync_data()?;
            }
        }
        Ok(())
    };
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("bench: the writing process: {failed}");
            ExitCode::from(1)
        }
    }
}
