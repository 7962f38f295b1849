//! How entries and alarms are named in the API, the command line and the logs: opaque, stable, safe in a URL.
//!
//! An entry is `<line>.<own|peer>.<stop|main>.<epoch>.<index>`, with the line as 32 hex digits.

use model::code::{Desk, Lane};
use model::event::{AlarmCause, StopStage};
use model::ids::LineId;
use model::line::{EntryRef, LogRef, Side};
use model::said::{Message, Said, Says};

/// Why a name was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no {1}: take the name as the node prints it")]
pub struct NotAName(String, &'static str);

impl Says for NotAName {
    const MESSAGES: &'static [Message] = &[Message {
        id: "not-a-name",
        slots: &["typed", "what"],
    }];

    fn said(&self) -> Said {
        Said::of("not-a-name", self)
            .with("typed", &self.0)
            .with("what", &self.1)
    }
}

pub fn side(side: Side) -> &'static str {
    match side {
        Side::Own => "own",
        Side::Peer => "peer",
    }
}

pub fn line(line: LineId) -> String {
    line.to_string()
}

pub fn log(log: LogRef) -> String {
    format!("{}.{}.{}.{}", log.line, side(log.side), log.lane, log.epoch)
}

pub fn entry(entry: EntryRef) -> String {
    format!("{}.{}", log(entry.log), entry.index)
}

/// # Errors
/// Where `name` is not what [`log`] prints.
pub fn parse_log(name: &str) -> Result<LogRef, NotAName> {
    parts_of_log(&mut name.split('.'))
        .filter(|found| log(*found) == name)
        .ok_or_else(|| refused(name, "log"))
}

/// # Errors
/// Where `name` is not what [`entry`] prints.
pub fn parse_entry(name: &str) -> Result<EntryRef, NotAName> {
    let mut parts = name.split('.');
    parts_of_log(&mut parts)
        .zip(parts.next().and_then(|index| index.parse().ok()))
        .map(|(log, index)| EntryRef { log, index })
        .filter(|found| entry(*found) == name)
        .ok_or_else(|| refused(name, "entry"))
}

/// As JSON: the name, or `null`.
pub mod entry_or_none {
    use super::{EntryRef, entry, parse_entry};
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(of: &Option<EntryRef>, to: S) -> Result<S::Ok, S::Error> {
        of.map(entry).serialize(to)
    }

    /// # Errors
    /// Where it is not what [`entry`] prints.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<EntryRef>, D::Error> {
        let name = Option::<String>::deserialize(from)?;
        let parsed = name.map(|name| parse_entry(&name)).transpose();
        parsed.map_err(D::Error::custom)
    }
}

fn refused(name: &str, what: &'static str) -> NotAName {
    NotAName(name.chars().take(100).collect(), what)
}

fn parts_of_log<'a>(parts: &mut impl Iterator<Item = &'a str>) -> Option<LogRef> {
    let line: LineId = parts.next()?.parse().ok()?;
    let side = match parts.next()? {
        "own" => Side::Own,
        "peer" => Side::Peer,
        _neither => return None,
    };
    let lane: Lane = parts.next()?.parse().ok()?;
    let epoch = parts.next()?.parse().ok()?;
    Some(LogRef {
        line,
        side,
        lane,
        epoch,
    })
}

const fn stage(stage: StopStage) -> &'static str {
    match stage {
        StopStage::Accept => "accept",
        StopStage::Answer => "answer",
        StopStage::Confirm => "confirm",
    }
}

fn parse_stage(name: &str) -> Option<StopStage> {
    [StopStage::Accept, StopStage::Answer, StopStage::Confirm]
        .into_iter()
        .find(|s| stage(*s) == name)
}

/// `<kind>` or `<kind>:<what it is about>`.
pub fn alarm(cause: &AlarmCause) -> String {
    let kind = crate::events::kind_of(cause);
    match cause {
        AlarmCause::StopCall { call }
        | AlarmCause::StopNotDelivered { call }
        | AlarmCause::StopEnded { call }
        | AlarmCause::StopLimit { call } => format!("{kind}:{}", entry(*call)),
        AlarmCause::StopObligationMissed { call, stage: at }
        | AlarmCause::StopAnswerDue { call, stage: at } => {
            format!("{kind}:{}:{}", stage(*at), entry(*call))
        }
        AlarmCause::LinkDown { line }
        | AlarmCause::ClockOffset { line }
        | AlarmCause::MainHalted { line }
        | AlarmCause::LineCheckDue { line } => format!("{kind}:{line}"),
        AlarmCause::AnswerDue { line, desk }
        | AlarmCause::Conflict { line, desk }
        | AlarmCause::ConsentWithdrawn { line, desk }
        | AlarmCause::PhraseWaits { line, desk }
        | AlarmCause::ClaimToRead { line, desk }
        | AlarmCause::ClaimAnswerDue { line, desk }
        | AlarmCause::WarningToAcknowledge { line, desk } => {
            format!("{kind}:{desk}:{line}")
        }
        AlarmCause::NoSounder { desk }
        | AlarmCause::UnitsSilent { desk }
        | AlarmCause::WallLocked { desk }
        | AlarmCause::WatchTooFew { desk } => {
            format!("{kind}:{desk}")
        }
        AlarmCause::CannotSend => kind.to_owned(),
        AlarmCause::ElementCalled { element } => format!("{kind}:{element}"),
    }
}

/// # Errors
/// Where `name` is not what [`alarm`] prints.
pub fn parse_alarm(name: &str) -> Result<AlarmCause, NotAName> {
    let mut parts = name.split(':');
    let kind = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    cause(kind, &rest).ok_or_else(|| refused(name, "alarm"))
}

fn cause(kind: &str, rest: &[&str]) -> Option<AlarmCause> {
    let call = |name: &str| parse_entry(name).ok();
    let line = |name: &str| name.parse::<LineId>().ok();
    let desk = |name: &str| name.parse::<Desk>().ok();
    Some(match (kind, rest) {
        ("stop-call", [of]) => AlarmCause::StopCall { call: call(of)? },
        ("stop-not-delivered", [of]) => AlarmCause::StopNotDelivered { call: call(of)? },
        ("stop-ended", [of]) => AlarmCause::StopEnded { call: call(of)? },
        ("stop-limit", [of]) => AlarmCause::StopLimit { call: call(of)? },
        ("stop-obligation-missed", [at, of]) => AlarmCause::StopObligationMissed {
            call: call(of)?,
            stage: parse_stage(at)?,
        },
        ("stop-answer-due", [at, of]) => AlarmCause::StopAnswerDue {
            call: call(of)?,
            stage: parse_stage(at)?,
        },
        ("link-down", [of]) => AlarmCause::LinkDown { line: line(of)? },
        ("clock-offset", [of]) => AlarmCause::ClockOffset { line: line(of)? },
        ("main-halted", [of]) => AlarmCause::MainHalted { line: line(of)? },
        ("line-check-due", [of]) => AlarmCause::LineCheckDue { line: line(of)? },
        ("answer-due", [of_desk, of]) => AlarmCause::AnswerDue {
            line: line(of)?,
            desk: desk(of_desk)?,
        },
        ("conflict", [of_desk, of]) => AlarmCause::Conflict {
            line: line(of)?,
            desk: desk(of_desk)?,
        },
        ("claim-to-read", [of_desk, of]) => AlarmCause::ClaimToRead {
            line: line(of)?,
            desk: desk(of_desk)?,
        },
        ("claim-answer-due", [of_desk, of]) => AlarmCause::ClaimAnswerDue {
            line: line(of)?,
            desk: desk(of_desk)?,
        },
        ("warning-to-acknowledge", [of_desk, of]) => AlarmCause::WarningToAcknowledge {
            line: line(of)?,
            desk: desk(of_desk)?,
        },
        ("no-sounder", [of]) => AlarmCause::NoSounder { desk: desk(of)? },
        ("units-silent", [of]) => AlarmCause::UnitsSilent { desk: desk(of)? },
        ("wall-locked", [of]) => AlarmCause::WallLocked { desk: desk(of)? },
        ("watch-too-few", [of]) => AlarmCause::WatchTooFew { desk: desk(of)? },
        ("cannot-send", []) => AlarmCause::CannotSend,
        ("element-called", [of]) => AlarmCause::ElementCalled {
            element: of.parse().ok()?,
        },
        ("consent-withdrawn", [of_desk, of]) => AlarmCause::ConsentWithdrawn {
            line: line(of)?,
            desk: desk(of_desk)?,
        },
        ("phrase-waits", [of_desk, of]) => AlarmCause::PhraseWaits {
            line: line(of)?,
            desk: desk(of_desk)?,
        },
        _no_such_alarm => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> EntryRef {
        EntryRef {
            log: LogRef {
                line: LineId::from_random([0xab; 16]),
                side: Side::Peer,
                lane: Lane::Stop,
                epoch: 2,
            },
            index: 17,
        }
    }

    #[test]
    fn every_name_is_read_back_as_what_it_names() {
        let (call, line, desk) = (call(), call().log.line, Desk::Air);
        assert_eq!(parse_entry(&entry(call)), Ok(call));
        assert_eq!(parse_log(&log(call.log)), Ok(call.log));
        for cause in [
            AlarmCause::StopCall { call },
            AlarmCause::StopNotDelivered { call },
            AlarmCause::StopObligationMissed {
                call,
                stage: StopStage::Accept,
            },
            AlarmCause::StopAnswerDue {
                call,
                stage: StopStage::Confirm,
            },
            AlarmCause::StopEnded { call },
            AlarmCause::StopLimit { call },
            AlarmCause::LinkDown { line },
            AlarmCause::ClockOffset { line },
            AlarmCause::MainHalted { line },
            AlarmCause::NoSounder { desk },
            AlarmCause::AnswerDue { line, desk },
            AlarmCause::LineCheckDue { line },
            AlarmCause::Conflict {
                line,
                desk: Desk::Air,
            },
            AlarmCause::CannotSend,
            AlarmCause::ElementCalled {
                element: "aid-east".parse().unwrap(),
            },
            AlarmCause::ConsentWithdrawn { line, desk },
            AlarmCause::UnitsSilent { desk },
            AlarmCause::WallLocked { desk },
            AlarmCause::WatchTooFew { desk },
            AlarmCause::PhraseWaits { line, desk },
            AlarmCause::ClaimToRead { line, desk },
            AlarmCause::ClaimAnswerDue { line, desk },
            AlarmCause::WarningToAcknowledge { line, desk },
        ] {
            assert_eq!(parse_alarm(&alarm(&cause)), Ok(cause));
        }
    }

    #[test]
    fn a_second_spelling_is_refused() {
        let name = entry(call());
        for bad in [
            "",
            "x",
            &name.replace(".17", ".017"),
            &name.to_uppercase(),
            &format!("{name}.1"),
        ] {
            assert!(parse_entry(bad).is_err(), "{bad}");
        }
    }
}
