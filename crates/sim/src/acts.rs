//! What officers do: something that makes sense in the state as it is, and now and then something that does not.

use channel::Node;
use conflict::geodesy::{destination, leg};
use model::altitude::{FlightLevel, StatedAltitude, StatedBand};
use model::code::{
    Answer, Certainty, ClaimAnswer, ClaimKind, Desk, Downstream, Level, LineCheckResult, Marker,
    Role, Standing, StopAnswer, StopCause, StopReason, StopWhom, WarningKind, WithdrawalReason,
};
use model::command::{Acting, Command, IncidentCommand, ReleaseTerms, Remarks};
use model::description::{Anchor, RawDescription, SecondDescription};
use model::event::AlarmCause;
use model::hotline::Phrase;
use model::ids::{LineId, NoticeId};
use model::kind::Kind;
use model::line::{EntryRef, Side};
use model::notice::Notice;
use model::place::{Area, Circle, Position, StatedPosition};
use model::slot::{SlotCode, Slots, Value};
use model::units::{Bearing, Millimetres, Millis, Timestamp};
use model::window::Window;

use crate::party::{DESKS, airfield, line_id};
use crate::plan::Plans;
use crate::rng::Rng;

/// How many plans are drafted, and the draw for them.
const PLANS: u64 = 20;
/// Of a plan's identifier each byte but the last.
const PLAN: u8 = 0xee;

/// Set in a draw: a notice drafted and released in one go, one of many.
pub const BURST: u64 = 1 << 63;

/// What an officer asks for now, one after the other. `draw` chooses.
pub fn choose(node: &Node, now: Timestamp, lines: usize, draw: u64) -> Vec<Command> {
    let mut office = Office {
        node,
        now,
        lines,
        rng: Rng::new(draw),
        beyond: 0,
    };
    let chosen = match draw & BURST {
        0 => office.any(),
        _ => office.draft_and_release(),
    };
    chosen.unwrap_or_default()
}

/// Drafts of plans that nobody ever releases.
pub fn plans(node: &Node, now: Timestamp, where_: Plans) -> Vec<Command> {
    let mut office = Office {
        node,
        now,
        lines: 1,
        rng: Rng::new(PLANS),
        beyond: match where_ {
            Plans::AmongTheNotices => 0,
            Plans::FarAway => 80_000,
        },
    };
    let plan = |number: u8| {
        let mut id = [PLAN; 16];
        id[15] = number;
        let kind = *office.rng.pick(&Kind::NOTICES)?;
        Some(Command::DraftNotice {
            notice: NoticeId::from_random(id),
            kind,
            desk: office.desk(),
            slots: office.notice(kind)?,
        })
    };
    (0..PLANS as u8).filter_map(plan).collect()
}

/// The simulated officers leave plans alone: what they do is to be the same whatever is planned.
fn is_plan(notice: &NoticeId) -> bool {
    notice.as_bytes()[..15] == [PLAN; 15]
}

/// An officer on watch.
pub fn officer() -> Acting {
    Acting {
        // INVARIANT: a short name.
        officer: "watch-officer".parse().expect("a short name"),
        role: Role::Watch,
        element: None,
    }
}

struct Office<'a> {
    node: &'a Node,
    now: Timestamp,
    lines: usize,
    rng: Rng,
    /// How much farther than usual places lie, in metres.
    beyond: i32,
}

impl Office<'_> {
    fn any(&mut self) -> Option<Vec<Command>> {
        let one = |command: Option<Command>| command.map(|command| vec![command]);
        match self.rng.below(27) {
            0..=3 => one(self.stop()),
            4..=9 => one(self.on_call()),
            10..=12 => self.draft_and_release(),
            13 => one(self.withdraw()),
            14..=16 => one(self.on_notice()),
            17 => one(Some(Command::CheckLine {
                line: self.line(),
                desk: self.desk(),
                challenge: self.rng.between(100_000, 999_999),
            })),
            18 => one(self.answer_check()),
            19 => one(self.standing()),
            20 => one(self.alarm()),
            21 => one(self.phrase()),
            22 => one(self.on_phrase()),
            23 => one(self.on_the_record()),
            24..=25 => one(self.on_incident()),
            _ => one(Some(match self.rng.chance(500) {
                true => Command::TakeWatch { desk: self.desk() },
                false => Command::LeaveWatch { desk: self.desk() },
            })),
        }
    }

    fn line(&mut self) -> LineId {
        line_id(self.rng.index(self.lines))
    }

    fn desk(&mut self) -> Desk {
        match self.rng.chance(20) {
            true => Desk::Senior,
            false => DESKS[self.rng.index(DESKS.len())],
        }
    }

    fn name(&mut self) -> Option<String> {
        self.rng.chance(500).then(|| "Major Popov".to_owned())
    }

    fn terms() -> ReleaseTerms {
        ReleaseTerms {
            // INVARIANT: both are short names.
            authority: "deconfliction".parse().expect("a short name"),
            purpose: "safety".parse().expect("a short name"),
            element: None,
        }
    }

    fn remarks(&mut self) -> Option<Remarks> {
        self.rng.chance(200).then(|| Remarks {
            text: "as spoken of by telephone".into(),
            terms: Self::terms(),
        })
    }

    // ---- stop calls

    fn stop(&mut self) -> Option<Command> {
        let slots = match self.rng.below(3) {
            0 => Slots::new(),
            1 => Slots::new()
                .with(
                    SlotCode::StopWhom,
                    Value::Code(StopWhom::OwnForces.number()),
                )
                .and_then(|slots| {
                    slots.with(
                        SlotCode::StopCause,
                        Value::Code(StopCause::AirStrike.number()),
                    )
                })
                .ok()?,
            _ => {
                let position = self.place();
                let precision = Millimetres::from_metres(100);
                Slots::new()
                    .with(
                        SlotCode::Place,
                        Value::Place(StatedPosition {
                            position,
                            precision,
                        }),
                    )
                    .ok()?
            }
        };
        let lines = match self.rng.chance(300) {
            true => Vec::new(),
            false => vec![self.line()],
        };
        Some(Command::Stop {
            lines,
            desk: self.desk(),
            slots,
        })
    }

    fn call(&mut self, side: Side) -> Option<EntryRef> {
        let calls: Vec<EntryRef> = self
            .node
            .state()
            .calls
            .keys()
            .filter(|call| call.log.side == side)
            .copied()
            .collect();
        self.rng.pick(&calls).copied()
    }

    fn on_call(&mut self) -> Option<Command> {
        let ours = self.rng.chance(350);
        let call = self.call(if ours { Side::Own } else { Side::Peer })?;
        Some(match (ours, self.rng.below(8)) {
            (true, 0 | 1) => Command::RenewStop { call },
            (true, 2 | 3) => Command::StopDetails {
                call,
                slots: Slots::new()
                    .with(SlotCode::Contact, Value::Name("channel 16".into()))
                    .ok()?,
            },
            (true, 4..=6) => Command::LiftStop { call },
            (true, _) => Command::StopRaisedInError { call },
            (false, 0..=2) => Command::AcceptStop {
                call,
                name: self.name(),
            },
            (false, 3 | 4) => self.answer(call),
            (false, 5) => Command::EndPause {
                call,
                reason: StopReason::VerifiedOtherwise,
                name: self.name(),
            },
            (false, _) => Command::ResumeAfterStop { call },
        })
    }

    fn answer(&mut self, call: EntryRef) -> Command {
        let answer = self
            .rng
            .pick(StopAnswer::ALL)
            .copied()
            .unwrap_or(StopAnswer::PauseOrdered);
        let reason =
            matches!(answer, StopAnswer::CannotPause).then_some(StopReason::TroopsInContact);
        Command::AnswerStop {
            call,
            answer,
            reason,
            name: self.name(),
        }
    }

    // ---- notices

    fn place(&mut self) -> Position {
        let bearing =
            Bearing::from_millidegrees(self.rng.below(360_000) as u32).unwrap_or(Bearing::NORTH);
        let metres = self.rng.between(500, 60_000) as i32 + self.beyond;
        destination(airfield(), bearing, Millimetres::from_metres(metres))
    }

    fn draft_and_release(&mut self) -> Option<Vec<Command>> {
        let again = self
            .node
            .state()
            .drafts
            .keys()
            .filter(|draft| !is_plan(draft))
            .copied()
            .collect::<Vec<NoticeId>>();
        let amends = self
            .rng
            .chance(200)
            .then(|| self.rng.pick(&again).copied())
            .flatten();
        let notice = amends.unwrap_or_else(|| NoticeId::from_random(self.rng.bytes()));
        let kind = *self.rng.pick(&Kind::NOTICES)?;
        let draft = Command::DraftNotice {
            notice,
            kind,
            desk: self.desk(),
            slots: self.notice(kind)?,
        };
        let release = Command::ReleaseNotice {
            notice,
            lines: vec![self.line()],
            terms: Self::terms(),
            in_conflict: model::command::InConflict::Release,
        };
        Some(match self.rng.below(10) {
            0 => vec![draft],
            1 => vec![draft, Command::DiscardNotice { notice }],
            _ => vec![draft, release],
        })
    }

    fn notice(&mut self, kind: Kind) -> Option<Slots> {
        let centre = self.place();
        let radius = Millimetres::from_metres(self.rng.between(100, 5_000) as i32);
        let from = self
            .now
            .saturating_add(Millis::from_seconds(self.rng.between(0, 3_600) as u32));
        let until = from.saturating_add(Millis::from_seconds(self.rng.between(60, 7_200) as u32));
        let level = FlightLevel::new(self.rng.between(50, 300) as u16).ok()?;
        let band =
            StatedBand::new(StatedAltitude::Surface, StatedAltitude::FlightLevel(level)).ok()?;
        let seen = leg(airfield(), centre);
        let second = SecondDescription::new(RawDescription {
            // INVARIANT: a short name.
            reference: "airfield".parse().expect("a short name"),
            anchor: Anchor::Centre,
            bearing: seen.bearing,
            bearing_precision: 100,
            distance: seen.distance,
            distance_precision: Millimetres::from_metres(50),
        });
        let mut slots = Slots::new()
            .with(
                SlotCode::Area,
                Value::Area(Area::Circle(Circle::new(centre, radius).ok()?)),
            )
            .ok()?;
        slots
            .set(
                SlotCode::Window,
                Value::Window(Window::new(from, until).ok()?),
            )
            .ok()?;
        slots.set(SlotCode::Band, Value::Band(band)).ok()?;
        // Now and then an incomplete draft, which is refused on release.
        if kind != Kind::CautionArea && !self.rng.chance(60) {
            slots
                .set(SlotCode::Second, Value::Second(second.ok()?))
                .ok()?;
        }
        if self.rng.chance(300) {
            // No shipped rule lets a contact go: it is withheld.
            slots
                .set(SlotCode::Contact, Value::Name("extension 7".into()))
                .ok()?;
        }
        if self.rng.chance(300) {
            slots
                .set(SlotCode::Label, Value::Name("Harrier".into()))
                .ok()?;
        }
        if self.rng.chance(150) {
            slots
                .set(SlotCode::Remarks, Value::Text("after dusk".into()))
                .ok()?;
        }
        Some(slots)
    }

    fn withdraw(&mut self) -> Option<Command> {
        let drafts = self.node.state().drafts.keys();
        let drafts: Vec<NoticeId> = drafts.filter(|of| !is_plan(of)).copied().collect();
        let notice = *self.rng.pick(&drafts)?;
        let reason = self.rng.pick(WithdrawalReason::ALL).copied()?;
        Some(Command::WithdrawNotice { notice, reason })
    }

    fn on_notice(&mut self) -> Option<Command> {
        let theirs = |notice: &&Notice| notice.side() == Side::Peer;
        let notices: Vec<&Notice> = self.node.state().notices.values().filter(theirs).collect();
        let notice = *self.rng.pick(&notices)?;
        let entry = notice.entry;
        Some(match self.rng.below(4) {
            0 => Command::Displayed { entry },
            3 => Command::TellDownstream {
                entry,
                said: self.rng.pick(Downstream::ALL).copied()?,
            },
            1 => {
                let slots = notice.content.slots()?;
                let items = [SlotCode::Window, SlotCode::Band].into_iter();
                let items = items.filter_map(|slot| Some((slot, slots.value(slot)?.clone())));
                Command::ReadBack {
                    entry,
                    items: items.collect(),
                }
            }
            _ => Command::AnswerNotice {
                entry,
                answer: self.rng.pick(Answer::ALL).copied()?,
                name: self.name(),
                remarks: self.remarks(),
            },
        })
    }

    // ---- the hotline

    /// Says something, of what was said before or not, with a place or without.
    fn phrase(&mut self) -> Option<Command> {
        let line = self.line();
        let said: Vec<EntryRef> = (self.node.state().hotline.of_line(line))
            .map(|phrase| phrase.entry)
            .collect();
        let marker = *self.rng.pick(Marker::ALL)?;
        let mut slots = Slots::new()
            .with(SlotCode::Phrase, Value::Slug("a01".parse().ok()?))
            .and_then(|slots| slots.with(SlotCode::Marker, Value::Code(marker.number())))
            .ok()?;
        if let Some(subject) = self.rng.pick(&said) {
            let subject = Value::Subject(subject.as_subject());
            slots.set(SlotCode::Subject, subject).ok()?;
        }
        if self.rng.chance(300) {
            let language = Value::Slug("en".parse().ok()?);
            slots
                .set(SlotCode::Remarks, Value::Text("as spoken of".into()))
                .and_then(|()| slots.set(SlotCode::Language, language))
                .ok()?;
        }
        if self.rng.chance(300) {
            let place = StatedPosition {
                position: airfield(),
                precision: Millimetres::from_metres(100),
            };
            slots.set(SlotCode::Place, Value::Place(place)).ok()?;
        }
        Some(Command::SayPhrase {
            line,
            desk: self.desk(),
            slots,
            terms: Some(Self::terms()),
        })
    }

    /// Shown, read back rightly or not, translated, challenged.
    fn on_phrase(&mut self) -> Option<Command> {
        let line = self.line();
        let phrases: Vec<&Phrase> = self.node.state().hotline.of_line(line).collect();
        let phrase = *self.rng.pick(&phrases)?;
        let entry = phrase.entry;
        let translations: Vec<EntryRef> = (phrase.translations.iter()).map(|of| of.entry).collect();
        Some(match self.rng.below(4) {
            0 => Command::Displayed { entry },
            1 => Command::ReadBack {
                entry,
                items: vec![(SlotCode::Count, Value::Number(self.rng.below(3)))],
            },
            2 => Command::TranslatePhrase {
                entry,
                amends: self.rng.pick(&translations).copied(),
                language: "ru".parse().ok()?,
                text: "слова".to_owned(),
                name: self.name(),
                terms: Self::terms(),
            },
            _ => Command::ChallengeTranslation {
                entry: self.rng.pick(&translations).copied()?,
                text: "other words".to_owned(),
                name: self.name(),
                terms: Self::terms(),
            },
        })
    }

    // ---- on the record

    /// A claim about what has happened, or a warning; now and then a claim about what has not.
    fn on_the_record(&mut self) -> Option<Command> {
        let centre = self.place();
        let radius = Millimetres::from_metres(self.rng.between(200, 3_000) as i32);
        let seen = leg(airfield(), centre);
        let second = SecondDescription::new(RawDescription {
            // INVARIANT: a short name.
            reference: "airfield".parse().expect("a short name"),
            anchor: Anchor::Centre,
            bearing: seen.bearing,
            bearing_precision: 100,
            distance: seen.distance,
            distance_precision: Millimetres::from_metres(50),
        });
        let circle = Area::Circle(Circle::new(centre, radius).ok()?);
        let mut slots = Slots::new()
            .with(SlotCode::Area, Value::Area(circle))
            .and_then(|slots| slots.with(SlotCode::Precision, Value::Number(100_000)))
            .ok()?;
        if !self.rng.chance(60) {
            slots
                .set(SlotCode::Second, Value::Second(second.ok()?))
                .ok()?;
        }
        if self.rng.chance(300) {
            let whose = Value::Name("a force that is disowned".into());
            slots.set(SlotCode::Whose, whose).ok()?;
        }
        if self.rng.chance(200) {
            slots
                .set(SlotCode::Remarks, Value::Text("as was seen".into()))
                .ok()?;
            slots
                .set(SlotCode::Language, Value::Slug("en".parse().ok()?))
                .ok()?;
        }
        let (line, desk, terms) = (self.line(), self.desk(), Self::terms());
        let mut code = |slot, number: u16| slots.set(slot, Value::Code(number)).ok();
        Some(Command::Incident(match self.rng.chance(400) {
            true => {
                code(SlotCode::Warning, self.rng.pick(WarningKind::ALL)?.number())?;
                code(SlotCode::Level, self.rng.pick(Level::ALL)?.number())?;
                IncidentCommand::Warn {
                    line,
                    desk,
                    slots,
                    terms,
                }
            }
            false => {
                code(SlotCode::Claim, self.rng.pick(ClaimKind::ALL)?.number())?;
                code(SlotCode::Certainty, self.rng.pick(Certainty::ALL)?.number())?;
                let ahead = if self.rng.chance(50) { 600 } else { 0 };
                let until = self.now.saturating_add(Millis::from_seconds(ahead));
                let from = Timestamp::from_unix_ms(self.now.as_unix_ms() - 600_000).ok()?;
                let window = Value::Window(Window::new(from, until).ok()?);
                slots.set(SlotCode::Window, window).ok()?;
                IncidentCommand::Claim {
                    line,
                    desk,
                    slots,
                    terms,
                }
            }
        }))
    }

    /// Shown, answered, answered otherwise, said more of, withdrawn, acknowledged: by whomever, in whichever order.
    fn on_incident(&mut self) -> Option<Command> {
        let line = self.line();
        let all: Vec<EntryRef> = (self.node.state().incidents.of_line(line))
            .map(|of| of.entry)
            .collect();
        let entry = *self.rng.pick(&all)?;
        Some(Command::Incident(match self.rng.below(7) {
            0 => return Some(Command::Displayed { entry }),
            1 | 2 => IncidentCommand::Answer {
                entry,
                answer: *self.rng.pick(ClaimAnswer::ALL)?,
                name: self.name(),
                words: None,
            },
            3 => IncidentCommand::Withdraw {
                entry,
                reason: *self.rng.pick(WithdrawalReason::ALL)?,
            },
            4 => IncidentCommand::State {
                entry,
                slots: Slots::new()
                    .with(
                        SlotCode::Certainty,
                        Value::Code(self.rng.pick(Certainty::ALL)?.number()),
                    )
                    .ok()?,
                terms: Self::terms(),
            },
            _ => IncidentCommand::Receive {
                entry,
                name: self.name(),
            },
        }))
    }

    // ---- the line itself

    fn answer_check(&mut self) -> Option<Command> {
        let line = self.line();
        let view = self.node.state().lines.get(&line)?;
        let open = |entry: &&EntryRef| {
            entry.log.side == Side::Peer
                && view
                    .checks
                    .get(entry)
                    .is_some_and(|check| check.answered.is_none())
        };
        let checks: Vec<EntryRef> = view.checks.keys().filter(open).copied().collect();
        let entry = *self.rng.pick(&checks)?;
        Some(Command::AnswerLineCheck {
            entry,
            challenge: view.checks.get(&entry)?.challenge?,
            result: LineCheckResult::Loud,
        })
    }

    fn standing(&mut self) -> Option<Command> {
        let standing = match self.rng.chance(600) {
            true => Standing::Suspended,
            false => Standing::Open,
        };
        Some(Command::SetStanding {
            line: self.line(),
            standing,
            since: self.now,
            remarks: self.remarks(),
        })
    }

    fn alarm(&mut self) -> Option<Command> {
        let standing: Vec<AlarmCause> = self.node.state().alarms.keys().copied().collect();
        let alarm = *self.rng.pick(&standing)?;
        Some(match self.rng.chance(500) {
            true => Command::SilenceAlarm { alarm },
            false => Command::AcknowledgeAlarm { alarm },
        })
    }
}
