//! A plan held against what the other party has declared, through the HTTP API of a real node.

use crate::Scale;
use crate::table::{Row, Table, quantiles};
use channel::effect::Outgoing;
use model::altitude::{AltitudeUnit, Height, HeightReference, StatedAltitude, StatedBand};
use model::arrangement::Arrangement;
use model::code::{Desk, Lane, Role, Urgency};
use model::event::{Actor, Arrival, Event, Fact};
use model::ids::{LineId, PartyId};
use model::kind::Kind;
use model::line::{Digest, EntryRef, LogHead, LogRef, Seen, Side};
use model::message::{Content, Message};
use model::place::{Area, Circle, Polygon, Position};
use model::slot::{SlotCode, Slots, Value};
use model::units::{Millimetres, Millis, Timestamp};
use model::window::Window;
use node::config::Config;
use node::core::replay::fact_of;
use node::party::{Party, read_at_rest_key};
use release::{Geometry, RuleSet, Terms};
use scenarios::crew::Crew;
use scenarios::scenario::Scenario;
use scenarios::screen::Screen;
use scenarios::stage::{Places, Stage};
use serde_json::json;
use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use store::{Batch, Entry, Journal, MAX_BATCH_RECORDS, Openings, Options, Origin, Record, Store};
use wire::keys::KeyRole;

const PARTY: &str = "coalition";
const PEER: &str = "russia";
const PLANNER: &str = "planner";
/// Volumes of one plan.
const VOLUMES: usize = 20;
/// Over how long what is declared is spread, from a day from now.
const WEEK: u64 = 7 * 86_400;

/// # Errors
/// Whatever a node refuses or does not do in time.
pub fn measure(
    scale: Scale,
    scenario: &Scenario,
    places: &Places,
    table: &mut Table,
) -> Result<(), Box<dyn Error>> {
    let mut stage = Stage::set_up(Crew::new()?, scenario, places, &Screen::quiet())?;
    stage.end(PEER)?;
    stage.end(PARTY)?;
    let mut chance = Chance(0x5eed);
    let began = Instant::now();
    let folders = [stage.folder(PARTY)?, stage.folder(PEER)?];
    declare(folders, scale.declared, &mut chance)?;
    let declared = began.elapsed();
    let began = Instant::now();
    stage.start(PARTY)?;
    let started = began.elapsed();
    let seat = stage.seat(PLANNER)?;
    let (mut times, mut found) = (Vec::new(), 0);
    for _plan in 0..scale.plans {
        let volumes: Vec<_> = (0..VOLUMES).map(|_| typed(&mut chance)).collect();
        let body = json!({"volumes": volumes});
        let began = Instant::now();
        let checked = seat.act("/api/conflicts/check", &body)?;
        times.push(began.elapsed());
        found += checked["conflicts"].as_array().map_or(0, Vec::len);
    }
    if found == 0 {
        return Err("no plan met anything: what is declared is not there".into());
    }
    let (median, p99) = quantiles(&mut times);
    table.add(Row {
        what: format!(
            "plan of {VOLUMES} volumes held against {} live ones, request to answer",
            scale.declared
        ),
        median,
        p99,
        rate: None,
        reach: Some("p99 20 ms".into()),
        note: Some(format!(
            "{} plans, one after the other, {:.1} conflicts each; signed by the other party's key and put into the journal \
             in {} s, not sent; the node began in {:.1} s",
            scale.plans,
            found as f64 / scale.plans.max(1) as f64,
            declared.as_secs(),
            started.as_secs_f64()
        )),
    });
    Ok(())
}

/// The line as the party's journal has it.
struct Line {
    line: LineId,
    peer: PartyId,
    party: PartyId,
    arrangement: Arc<Arrangement>,
    /// How far the peer's log of `main` has come here.
    size: u64,
}

/// Puts `count` notices of the peer into the party's journal, as its node would have written them.
fn declare(
    [folder, of_peer]: [&Path; 2],
    count: usize,
    chance: &mut Chance,
) -> Result<(), Box<dyn Error>> {
    let config = Config::read(folder)?;
    let key = read_at_rest_key(&folder.join(&config.at_rest_key))?;
    let mut store = Store::open(Options::new(folder.join(&config.journal), key))?;
    let party = Party::open(folder)?.id();
    let line = line_of(&store, party)?;
    let peer = Party::open(of_peer)?;
    let signer = peer.operational.signer(KeyRole::Operational)?;
    let mut rules = RuleSet::shipped()?;
    let now = node::clock::now();
    let purpose = line.arrangement.purposes.first().ok_or("no purpose")?.id;
    let empty = LogHead {
        epoch: 1,
        size: 0,
        root: Digest([0; 32]),
    };
    let seen = Seen {
        own_other: empty,
        peer_stop: empty,
        peer_main: empty,
    };
    let log = |side| LogRef {
        line: line.line,
        side,
        lane: Lane::Main,
        epoch: 1,
    };
    let origin = Origin::new(&wire::line::origin(line.line, line.peer, Lane::Main, 1))?;
    let geometry = Geometry {
        coarsen: &|_, _| Err("the shipped rules coarsen nothing".into()),
        lies: &|_, _| None,
    };
    let terms = Terms {
        authority: "deconfliction".parse()?,
        element: None,
        now,
    };
    let mut records = Vec::with_capacity(MAX_BATCH_RECORDS);
    for index in (line.size..).take(count) {
        let message = Message {
            line: line.line,
            kind: Kind::AirActivity,
            purpose,
            role: Role::Watch,
            urgency: Urgency::Routine,
            desk: Desk::Air,
            slots: declared(chance, now)?,
        };
        let evaluated = rules.evaluate(&line.arrangement, &message, party, &terms, &geometry);
        let released = evaluated
            .released
            .ok_or_else(|| format!("not released: {:?}", evaluated.denials))?;
        let outgoing = Outgoing {
            entry: EntryRef {
                log: log(Side::Own),
                index,
            },
            at: now,
            by: Actor::Node,
            message: released,
            notice: None,
        };
        let mut random = |bytes: &mut [u8]| bytes.fill_with(|| chance.next() as u8);
        let sealed = wire::line::envelope::seal(
            &outgoing,
            &seen,
            line.peer,
            line.party,
            &signer,
            &mut random,
        )?;
        let fact = Fact {
            at: now,
            by: Actor::Peer,
            event: Event::MessageReceived {
                entry: EntryRef {
                    log: log(Side::Peer),
                    index,
                },
                leaf: sealed.leaf,
                header: sealed.header.clone(),
                content: Content::Open(outgoing.message.view().slots.clone()),
                arrived: Arrival::Line { at: now },
                refused: None,
            },
        };
        let encoded = wire::record::encode(&fact, Some(&sealed.opening), &[0; wire::record::SALT])?;
        records.push(Record {
            at: now.as_unix_ms(),
            head: encoded.head,
            opening: encoded.opening,
            entry: Some(Entry {
                log: origin.clone(),
                index,
                envelope: sealed.envelope.to_vec(),
            }),
        });
        if records.len() == MAX_BATCH_RECORDS / 4 {
            append(&mut store, &mut records)?;
        }
    }
    append(&mut store, &mut records)
}

fn append(store: &mut Store, records: &mut Vec<Record>) -> Result<(), Box<dyn Error>> {
    let batch = Batch {
        records: std::mem::take(records),
        ..Batch::default()
    };
    store.append(store.head(), &batch)?;
    Ok(())
}

fn line_of(store: &Store, party: PartyId) -> Result<Line, Box<dyn Error>> {
    let (mut found, mut unread) = (None, None);
    let mut size = 0;
    store.read(0, Openings::Include, &mut |stored| {
        match fact_of(&stored) {
            Ok(fact) => match fact.event {
                Event::ArrangementInForce {
                    line,
                    peer,
                    arrangement,
                    ..
                } => found = Some((line, peer, arrangement)),
                Event::MessageReceived { entry, .. } if entry.log.lane == Lane::Main => {
                    size = entry.index + 1;
                }
                _other => {}
            },
            Err(error) => unread = Some(error),
        }
        ControlFlow::Continue(())
    })?;
    if let Some(error) = unread {
        return Err(error.into());
    }
    let (line, peer, arrangement) = found.ok_or("there is no line in force")?;
    Ok(Line {
        line,
        peer,
        party,
        arrangement,
        size,
    })
}

/// Chosen by chance, the same on every run (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// At least `from`, below `until`.
    fn between(&mut self, from: i64, until: i64) -> i64 {
        from + (self.next() % (until - from).unsigned_abs().max(1)) as i64
    }
}

/// One volume: two thirds are polygons of 4 to 12 corners, the others circles, of 0.5 to 2 km, half an hour to two.
struct Drawn {
    /// In 1e-7 degree.
    centre: [i64; 2],
    metres: i64,
    /// None: a circle.
    corners: i64,
    /// In feet, above mean sea level.
    feet: [i64; 2],
    /// Seconds from a day from now.
    seconds: [i64; 2],
}

impl Drawn {
    /// Over some 60 by 60 km within the arrangement's area.
    fn by(chance: &mut Chance) -> Self {
        let lower = chance.between(0, 200) * 100;
        let opens = chance.between(0, WEEK as i64);
        let is_circle = chance.between(0, 3) == 0;
        Self {
            centre: [
                chance.between(350_800_000, 355_800_000),
                chance.between(398_500_000, 404_500_000),
            ],
            metres: chance.between(500, 2_000),
            corners: match is_circle {
                true => 0,
                false => chance.between(4, 13),
            },
            feet: [lower, lower + chance.between(10, 50) * 100],
            seconds: [opens, opens + chance.between(1_800, 7_200)],
        }
    }

    /// Against the clock, a regular one: it crosses itself nowhere.
    fn ring(&self) -> Vec<[i64; 2]> {
        let corner = |corner: i64| {
            let turn = corner as f64 / self.corners as f64 * std::f64::consts::TAU;
            let metres = self.metres as f64;
            // 90 m are 1e4 of 1e-7 degree of latitude, near enough; here a degree of longitude is 0.815 of that.
            let north = turn.sin() * metres * 90.0;
            let east = turn.cos() * metres * 90.0 / 0.815;
            [self.centre[0] + north as i64, self.centre[1] + east as i64]
        };
        (0..self.corners).map(corner).collect()
    }
}

fn position([latitude, longitude]: [i64; 2]) -> Result<Position, Box<dyn Error>> {
    Ok(Position::from_e7(
        latitude.try_into()?,
        longitude.try_into()?,
    )?)
}

/// As the other party says it.
fn declared(chance: &mut Chance, now: Timestamp) -> Result<Slots, Box<dyn Error>> {
    let drawn = Drawn::by(chance);
    let area = match drawn.corners {
        0 => {
            let radius = Millimetres::new(drawn.metres * 1_000)?;
            Area::Circle(Circle::new(position(drawn.centre)?, radius)?)
        }
        _corners => {
            let ring: Vec<Position> =
                (drawn.ring().into_iter().map(position)).collect::<Result<_, _>>()?;
            Area::Polygon(Polygon::new(ring)?)
        }
    };
    let at = |seconds: i64| -> Result<Timestamp, Box<dyn Error>> {
        Ok(now.saturating_add(Millis::new((86_400 + seconds) * 1_000)?))
    };
    let feet = |feet: i64| -> Result<StatedAltitude, Box<dyn Error>> {
        let height = Height::new(
            feet.try_into()?,
            AltitudeUnit::Feet,
            HeightReference::MeanSeaLevel,
        )?;
        Ok(StatedAltitude::Height(height))
    };
    let window = Window::new(at(drawn.seconds[0])?, at(drawn.seconds[1])?)?;
    let band = StatedBand::new(feet(drawn.feet[0])?, feet(drawn.feet[1])?)?;
    Ok(Slots::new()
        .with(SlotCode::Area, Value::Area(area))?
        .with(SlotCode::Window, Value::Window(window))?
        .with(SlotCode::Band, Value::Band(band))?
        .with(SlotCode::Precision, Value::Number(100_000))?)
}

/// As an officer types it.
fn typed(chance: &mut Chance) -> serde_json::Value {
    let drawn = Drawn::by(chance);
    let words = |[latitude, longitude]: [i64; 2]| {
        format!(
            "{:.6}, {:.6}",
            latitude as f64 / 1e7,
            longitude as f64 / 1e7
        )
    };
    let area = match drawn.corners {
        0 => {
            json!({"circle": {"centre": words(drawn.centre), "radius": format!("{} m", drawn.metres)}})
        }
        _corners => {
            let ring: Vec<String> = drawn.ring().into_iter().map(words).collect();
            json!({"polygon": ring})
        }
    };
    let opens = node::clock::now().as_unix_ms() + 86_400_000;
    let [from, until] = drawn.seconds.map(|seconds| opens + seconds * 1_000);
    let [lower, upper] = drawn.feet;
    // Kept 3 km and 10 minutes apart from air activities in this scenario.
    json!({"kind": "position-area", "slots": {
        "area": area,
        "band": format!("{lower} ft MSL to {upper} ft MSL"),
        "window": {"from": from, "until": until},
    }})
}
