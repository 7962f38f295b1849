//! What happened, in words.

use super::World;
use channel::effect::{Effect, OwnFrame};
use channel::input::Connection;
use channel::lines::LineOutput;
use model::event::{Arrival, Event};
use model::line::{Fault, LogRef, Side};

impl World {
    pub(super) fn describe(&mut self, who: usize, output: &LineOutput) {
        if let Some(words) = in_words(self, output) {
            self.say(who, &words);
        }
    }
}

fn in_words(world: &World, output: &LineOutput) -> Option<String> {
    let of = |side: Side| match side {
        Side::Own => "our",
        Side::Peer => "their",
    };
    let on = |connection: &Connection| {
        world
            .wires
            .get(&connection.0)
            .map_or("a closed connection".into(), |wire| {
                format!("path {} {}", wire.path, wire.class.lane())
            })
    };
    let log = |log: &LogRef| format!("{} {} (epoch {})", of(log.side), log.lane, log.epoch);
    match output {
        LineOutput::Arrived {
            entry,
            arrived,
            how,
        } => {
            let kind = arrived.header.known_kind()?;
            let how = match how {
                Arrival::Line { .. } => "arrived",
                Arrival::File { .. } => "arrived by file",
                Arrival::Recovered { .. } => "came back",
            };
            Some(format!(
                "{} {how}: {} {}",
                kind,
                log(&entry.log),
                entry.index
            ))
        }
        LineOutput::AlarmEarly {
            entry,
            recorded,
            count,
            ..
        } => {
            let recorded = if *recorded {
                "not in the record yet"
            } else {
                "NOT RECORDED"
            };
            Some(format!(
                "ALARM for {} {}, {recorded}, count {count}",
                log(&entry.log),
                entry.index
            ))
        }
        LineOutput::Say { .. } => None,
        LineOutput::Fact(event) => Some(match event {
            Event::LinkChanged { link, .. } => format!("the link is {}", link.name()),
            Event::FaultNoted { fault, count, .. } => {
                format!("fault noted: {fault}, count {count}")
            }
            Event::MainHalted {
                fault, evidence, ..
            } => {
                format!(
                    "MAIN IS HALTED: {fault}; evidence: {}",
                    String::from_utf8_lossy(&evidence[..evidence.len().min(60)])
                )
            }
            Event::Delivered { log: of, head, .. } => {
                format!("delivered: {} up to {}", log(of), head.size)
            }
            Event::Cosigned { log: of, head } => format!("cosigns {} up to {}", log(of), head.size),
            Event::EpochOpened {
                epoch, confirmed, ..
            } => {
                format!(
                    "takes their epoch {epoch}{}",
                    if *confirmed { "" } else { ", not confirmed" }
                )
            }
            Event::EpochConfirmed { epoch, .. } => {
                format!("takes the confirmation of their epoch {epoch}")
            }
            Event::ManifestTaken { version, .. } => format!("takes their manifest {version}"),
            Event::ClockOffsetNoted {
                offset,
                beyond_limit,
                ..
            } => {
                let limit = if *beyond_limit {
                    "BEYOND the limit"
                } else {
                    "within the limit"
                };
                format!("their clock is {} ms ahead, {limit}", offset.as_ms())
            }
            other => format!("{other:?}"),
        }),
        LineOutput::Effect(effect) => match effect {
            Effect::Transmit {
                connection,
                log: of,
                from,
                until,
            } => Some(format!(
                "sends {} {from}..{until} on {}",
                log(of),
                on(connection)
            )),
            Effect::TransmitFrame {
                connection,
                frame: OwnFrame::Fetch { log: of, from },
            } => Some(format!(
                "asks for {} from {from} on {}",
                log(of),
                on(connection)
            )),
            Effect::TransmitFrame {
                connection,
                frame: OwnFrame::Epoch { .. },
            } => Some(format!("tells its epoch on {}", on(connection))),
            Effect::TransmitFrame {
                connection,
                frame: OwnFrame::Manifest { .. },
            } => Some(format!("tells its manifest on {}", on(connection))),
            Effect::TransmitFrame { .. } | Effect::Cosign { .. } => None,
            Effect::Pause { connection, .. } => {
                Some(format!("reads no more for now on {}", on(connection)))
            }
            Effect::Close { connection, fault } => {
                let why = fault.map_or(String::new(), |fault: Fault| format!(": {fault}"));
                Some(format!("closes {}{why}", on(connection)))
            }
            Effect::EpochNeeded { epoch, closes, .. } => {
                let [a, b, c, d] = closes.map(|head| head.size);
                Some(format!(
                    "opens epoch {epoch}: own logs end at stop {a}, main {b}; theirs held to stop {c}, main {d}"
                ))
            }
            other => Some(format!("{other:?}")),
        },
    }
}
