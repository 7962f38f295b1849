//! How a node starts: with nothing, and with a million events.

use crate::Scale;
use crate::table::{Row, Table};
use model::code::Desk;
use model::event::{Actor, Event, Fact};
use model::units::Timestamp;
use node::config::Config;
use node::party::read_at_rest_key;
use scenarios::crew::Crew;
use scenarios::scenario::Scenario;
use scenarios::screen::Screen;
use scenarios::stage::{Places, Stage};
use std::error::Error;
use std::path::Path;
use std::time::Instant;
use store::{Batch, Journal, MAX_BATCH_RECORDS, Options, Record, Store};

const PARTY: &str = "coalition";
const OTHER: &str = "russia";

/// # Errors
/// Whatever a node refuses or does not do in time.
pub fn measure(
    scale: Scale,
    scenario: &Scenario,
    places: &Places,
    table: &mut Table,
) -> Result<(), Box<dyn Error>> {
    let mut stage = Stage::set_up(Crew::new()?, scenario, places, &Screen::quiet())?;
    table.add(Row {
        what: "memory of a node with one line and nothing said".into(),
        median: format!("{} MB", stage.resident(PARTY)? / 1_000_000),
        p99: "–".into(),
        rate: None,
        reach: Some("under 60 MB".into()),
        note: Some("resident set".into()),
    });
    // What is live when it starts again: notices as officers make them.
    crate::line::notices(&stage, scale.notices)?;
    stage.end(PARTY)?;
    // The other node holds the same notices, and few enough records that it reads all of them again.
    stage.end(OTHER)?;
    let records = fill(stage.folder(OTHER)?, scale.events / 10)?;
    let began = Instant::now();
    stage.start(OTHER)?;
    let took = began.elapsed();
    stage.end(OTHER)?;
    table.add(Row {
        what: format!(
            "start with {records} records, all read again with their openings and envelopes"
        ),
        median: format!("{:.2} s", took.as_secs_f64()),
        p99: "–".into(),
        rate: None,
        reach: None,
        note: Some(format!(
            "what a start does of up to {} records, beside the snapshot",
            node::server::MAX_READ_AT_START
        )),
    });
    fill(stage.folder(PARTY)?, scale.events)?;
    // The first start reads all, and leaves a snapshot when it ends in order.
    let began = Instant::now();
    stage.start(PARTY)?;
    let whole = began.elapsed();
    stage.end(PARTY)?;
    let began = Instant::now();
    stage.start(PARTY)?;
    let took = began.elapsed();
    table.add(Row {
        what: format!(
            "start with {} events more in the journal and {} live notices, from the last snapshot, hashes checked",
            scale.events, scale.notices
        ),
        median: format!("{:.2} s", took.as_secs_f64()),
        p99: "–".into(),
        rate: None,
        reach: Some("5 s".into()),
        note: Some(format!("without a snapshot: {:.2} s", whole.as_secs_f64())),
    });
    Ok(())
}

/// Adds `count` events to the journal in a party's folder, through the store: what a node would have written. Answers with
/// how many records there are then.
fn fill(folder: &Path, count: u64) -> Result<u64, Box<dyn Error>> {
    let config = Config::read(folder)?;
    let key = read_at_rest_key(&folder.join(&config.at_rest_key))?;
    let mut store = Store::open(Options::new(folder.join(&config.journal), key))?;
    let officer = "planner".parse()?;
    let mut made = 0;
    while made < count {
        let now = Timestamp::from_unix_ms(1_790_000_000_000 + i64::try_from(made)?)?;
        let room = MAX_BATCH_RECORDS.min(usize::try_from(count - made)?);
        let mut records = Vec::with_capacity(room);
        for place in 0..room {
            let event = match place % 2 {
                0 => Event::WatchTaken {
                    desk: Desk::Air,
                    officer,
                },
                _ => Event::WatchLeft {
                    desk: Desk::Air,
                    officer,
                },
            };
            let fact = Fact {
                at: now,
                by: Actor::Officer(officer),
                event,
            };
            let encoded = wire::record::encode(&fact, None, &[0; wire::record::SALT])?;
            records.push(Record {
                at: now.as_unix_ms(),
                head: encoded.head,
                opening: encoded.opening,
                entry: None,
            });
        }
        made += u64::try_from(records.len())?;
        let batch = Batch {
            records,
            ..Batch::default()
        };
        store.append(store.head(), &batch)?;
    }
    Ok(store.head().size)
}
