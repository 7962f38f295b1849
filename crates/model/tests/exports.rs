//! A peer's protected sites leave a node as a file by two officers or not at all.
#![expect(
    clippy::unwrap_used,
    reason = "part of tests, outside the functions that clippy knows as such"
)]

#[expect(dead_code, reason = "made for whole stories")]
mod two;

use model::code::{Desk, Role};
use model::command::{Acting, Command, InConflict, ReleaseTerms};
use model::decide::{CommandRefused, Decided};
use model::description::{Anchor, RawDescription, SecondDescription};
use model::event::{Actor, Event, Fact};
use model::export::{ALLOWED_FOR, ASKED_FOR, ExportDenial, ExportState, MAX_EXPORTS, MAX_WHY};
use model::ids::{ExportId, LineId, NoticeId, OfficerId};
use model::kind::Kind;
use model::line::Digest;
use model::place::{Area, Circle, Position};
use model::slot::{SlotCode, Slots, Value};
use model::units::{Bearing, Millimetres, Millis, Timestamp};
use model::window::Window;
use proptest::prelude::*;
use two::{LINE, Two, Who};

const OFFICERS: [&str; 3] = ["smith", "jones", "baker"];

fn officer(of: usize) -> OfficerId {
    OFFICERS[of].parse().unwrap()
}

fn id(number: u8) -> ExportId {
    ExportId::from_random([number; 16])
}

/// Russia has told the coalition of a hospital, and of a no-fire area around a school; and of one around nothing.
fn with_sites() -> Two {
    let mut two = Two::new();
    let centre = Position::from_e7(353_359_000, 401_408_000).unwrap();
    let circle = Circle::new(centre, Millimetres::from_metres(2_000)).unwrap();
    let until = two.now.saturating_add(Millis::from_seconds(72 * 3_600));
    let window = Window::new(two.now, until).unwrap();
    let second = SecondDescription::new(RawDescription {
        reference: "airfield".parse().unwrap(),
        anchor: Anchor::Centre,
        bearing: Bearing::NORTH,
        bearing_precision: 1,
        distance: Millimetres::from_metres(6_000),
        distance_precision: Millimetres::from_metres(1),
    });
    let slots = Slots::new()
        .with(SlotCode::Area, Value::Area(Area::Circle(circle)))
        .and_then(|slots| slots.with(SlotCode::Window, Value::Window(window)))
        .and_then(|slots| slots.with(SlotCode::Second, Value::Second(second.unwrap())))
        .unwrap();
    let site = |code| {
        slots
            .clone()
            .with(SlotCode::Site, Value::Code(code))
            .unwrap()
    };
    let all = [
        (Kind::ProtectedSite, site(1)),
        (Kind::NoFireArea, site(4)),
        (Kind::NoFireArea, slots.clone()),
    ];
    for (number, (kind, slots)) in (1..).zip(all) {
        let notice = NoticeId::from_random([number; 16]);
        let draft = Command::DraftNotice {
            notice,
            kind,
            desk: Desk::Ground,
            slots,
        };
        two.does(Who::Russia, "ivanov", draft);
        let release = Command::ReleaseNotice {
            notice,
            lines: vec![LINE],
            terms: ReleaseTerms {
                authority: "test".parse().unwrap(),
                purpose: "safety".parse().unwrap(),
                element: None,
            },
            in_conflict: InConflict::Release,
        };
        two.does(Who::Russia, "ivanov", release);
    }
    assert_eq!(two.coalition.notices.len(), 3);
    two
}

/// What an officer of the coalition does: the event that is journalled, and the refusal.
fn does(two: &mut Two, of: usize, command: Command) -> (Option<Event>, Result<(), CommandRefused>) {
    let acting = Acting {
        officer: officer(of),
        role: Role::Watch,
        element: None,
    };
    let now = two.now;
    let mut steps = match two.coalition.decide(acting, &command, now) {
        Ok(steps) => steps,
        Err(refused) => return (None, Err(refused)),
    };
    assert_eq!(steps.len(), 1);
    let (event, result) = match steps.remove(0) {
        Decided::Fact(event) => (event, Ok(())),
        Decided::Denied(event, refused) => (event, Err(refused)),
        said => panic!("{said:?}"),
    };
    let fact = Fact {
        at: now,
        by: Actor::Officer(acting.officer),
        event: event.clone(),
    };
    two.coalition.apply(&fact);
    (Some(event), result)
}

fn asks(number: u8) -> Command {
    Command::AskExport {
        export: id(number),
        line: LINE,
        why: "a printed list for the corps".into(),
    }
}

fn allows(number: u8) -> Command {
    Command::AllowExport { export: id(number) }
}

fn refuses(number: u8) -> Command {
    Command::RefuseExport { export: id(number) }
}

fn takes(number: u8) -> Command {
    Command::CarryOutExport {
        export: id(number),
        sites: 2,
        digest: Digest([7; 32]),
    }
}

#[track_caller]
fn is_denied(two: &mut Two, of: usize, command: Command, why: ExportDenial) {
    let (event, result) = does(two, of, command);
    assert_eq!(result, Err(CommandRefused::Export(why)));
    let Some(Event::ExportRefused { why: kept, .. }) = event else {
        panic!("{event:?}");
    };
    assert_eq!(kept, why, "the attempt is in the journal");
}

fn state(two: &Two, number: u8) -> ExportState {
    two.coalition
        .exports
        .get(id(number))
        .unwrap()
        .state(two.now)
}

#[test]
fn the_sites_leave_once_where_one_officer_asks_and_another_allows() {
    let mut two = with_sites();
    let (event, asked) = does(&mut two, 0, asks(1));
    assert_eq!(asked, Ok(()));
    // The no-fire area around nothing is none.
    assert!(
        matches!(event, Some(Event::ExportAsked { sites: 2, .. })),
        "{event:?}"
    );
    is_denied(&mut two, 0, takes(1), ExportDenial::NotAllowed);
    is_denied(&mut two, 0, allows(1), ExportDenial::OwnAsk);
    is_denied(&mut two, 0, takes(1), ExportDenial::NotAllowed);
    assert_eq!(does(&mut two, 1, allows(1)).1, Ok(()));
    assert_eq!(
        does(&mut two, 2, allows(1)).1,
        Err(CommandRefused::ExportAllowed)
    );
    is_denied(&mut two, 1, takes(1), ExportDenial::OtherOfficer);
    let (event, taken) = does(&mut two, 0, takes(1));
    assert_eq!(taken, Ok(()));
    let carried_out = Event::ExportCarriedOut {
        export: id(1),
        sites: 2,
        digest: Some(Digest([7; 32])),
    };
    assert_eq!(event, Some(carried_out));
    is_denied(&mut two, 0, takes(1), ExportDenial::Over);
    let export = two.coalition.exports.get(id(1)).unwrap();
    assert_eq!(
        (export.by, export.allowed_by()),
        (officer(0), Some(officer(1)))
    );
    assert_eq!(state(&two, 1), ExportState::CarriedOut);
}

#[test]
fn an_allowance_lapses_and_so_does_what_nobody_allowed() {
    let mut two = with_sites();
    let just_before = Millis::new(ALLOWED_FOR.as_ms() - 1).unwrap();
    let one = Millis::new(1).unwrap();
    for number in [1, 2] {
        does(&mut two, 0, asks(number)).1.unwrap();
        does(&mut two, 1, allows(number)).1.unwrap();
    }
    two.now = two.now.saturating_add(just_before);
    assert_eq!(does(&mut two, 0, takes(1)).1, Ok(()));
    two.now = two.now.saturating_add(one);
    assert_eq!(state(&two, 2), ExportState::Lapsed);
    is_denied(&mut two, 0, takes(2), ExportDenial::Lapsed);
    assert_eq!(
        does(&mut two, 1, refuses(2)).1,
        Err(CommandRefused::ExportOver)
    );

    does(&mut two, 0, asks(3)).1.unwrap();
    two.now = two.now.saturating_add(ASKED_FOR);
    is_denied(&mut two, 1, allows(3), ExportDenial::Lapsed);
    is_denied(&mut two, 0, takes(3), ExportDenial::Lapsed);
}

#[test]
fn what_was_refused_or_taken_back_is_over() {
    let mut two = with_sites();
    for (number, of, why) in [
        (1, 1, ExportDenial::ByOfficer),
        (2, 0, ExportDenial::TakenBack),
    ] {
        does(&mut two, 0, asks(number)).1.unwrap();
        let (event, refused) = does(&mut two, of, refuses(number));
        assert_eq!(refused, Ok(()));
        assert_eq!(
            event,
            Some(Event::ExportRefused {
                export: id(number),
                why
            })
        );
        is_denied(&mut two, 2, allows(number), ExportDenial::Over);
        is_denied(&mut two, 0, takes(number), ExportDenial::Over);
        assert_eq!(
            does(&mut two, 1, refuses(number)).1,
            Err(CommandRefused::ExportOver)
        );
    }
    // What was allowed can still be stopped.
    does(&mut two, 0, asks(3)).1.unwrap();
    does(&mut two, 1, allows(3)).1.unwrap();
    does(&mut two, 2, refuses(3)).1.unwrap();
    is_denied(&mut two, 0, takes(3), ExportDenial::Over);
}

#[test]
fn what_is_asked_needs_a_reason_a_line_a_site_and_room() {
    let mut two = with_sites();
    let with = |line: LineId, why: &str| Command::AskExport {
        export: id(200),
        line,
        why: why.into(),
    };
    let mut refused = |command| does(&mut two, 0, command).1.unwrap_err();
    assert_eq!(refused(with(LINE, " ")), CommandRefused::ExportWithoutWhy);
    let nowhere = LineId::from_random([9; 16]);
    assert_eq!(
        refused(with(nowhere, "x")),
        CommandRefused::UnknownLine(nowhere)
    );
    for bad in ["a\u{202e}b", &"w".repeat(MAX_WHY + 1)] {
        assert!(matches!(refused(with(LINE, bad)), CommandRefused::Slot(_)));
    }
    for unknown in [allows(250), refuses(250), takes(250)] {
        assert_eq!(refused(unknown), CommandRefused::UnknownExport);
    }
    assert_eq!(
        does(&mut two, 0, with(LINE, &"w".repeat(MAX_WHY))).1,
        Ok(())
    );
    let most = u8::try_from(MAX_EXPORTS).unwrap();
    for number in 1..most {
        does(&mut two, 0, asks(number)).1.unwrap();
    }
    assert_eq!(
        does(&mut two, 0, asks(most)).1,
        Err(CommandRefused::TooManyExports)
    );
    // One that is over makes room.
    does(&mut two, 1, refuses(7)).1.unwrap();
    does(&mut two, 0, asks(most)).1.unwrap();
    assert!(two.coalition.exports.get(id(7)).is_none());
    assert_eq!(two.coalition.exports.iter().count(), MAX_EXPORTS);

    let mut bare = Two::new();
    assert_eq!(
        does(&mut bare, 0, asks(1)).1,
        Err(CommandRefused::NothingToExport)
    );
}

#[test]
fn neither_an_element_nor_anybody_but_an_officer_takes_part() {
    let mut two = with_sites();
    let represented = Acting {
        officer: "field".parse().unwrap(),
        role: Role::Represented,
        element: Some("aid-east".parse().unwrap()),
    };
    let now = two.now;
    for command in [asks(1), allows(1), refuses(1), takes(1)] {
        let refused = two.coalition.decide(represented, &command, now);
        assert_eq!(refused, Err(CommandRefused::Role(Role::Represented)));
    }
    does(&mut two, 0, asks(1)).1.unwrap();
    // An administrator's act is no officer's, and changes nothing, even if it stood in the journal.
    two.coalition.apply(&Fact {
        at: now,
        by: Actor::Administrator,
        event: Event::ExportAllowed { export: id(1) },
    });
    is_denied(&mut two, 0, takes(1), ExportDenial::NotAllowed);
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Ask,
    Allow,
    Refuse,
    Take,
}

fn any_act() -> impl Strategy<Value = (Act, usize, u8, u32)> {
    let acts = prop_oneof![
        Just(Act::Ask),
        Just(Act::Allow),
        Just(Act::Refuse),
        Just(Act::Take),
        Just(Act::Take)
    ];
    (
        acts,
        0..OFFICERS.len(),
        1..4_u8,
        prop_oneof![Just(0), Just(400), Just(800), Just(50_000)],
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Read off the journal alone, whatever three officers try in whatever order.
    #[test]
    fn nothing_leaves_but_by_two_officers_in_time_and_once(acts in proptest::collection::vec(any_act(), 1..60)) {
        let mut two = with_sites();
        let mut journal: Vec<(Timestamp, OfficerId, Event)> = Vec::new();
        for (act, of, number, seconds) in acts {
            two.now = two.now.saturating_add(Millis::from_seconds(seconds));
            let command = match act {
                // An identifier is chosen anew each time by the shell.
                Act::Ask if two.coalition.exports.get(id(number)).is_some() => continue,
                Act::Ask => asks(number),
                Act::Allow => allows(number),
                Act::Refuse => refuses(number),
                Act::Take => takes(number),
            };
            let (event, _) = does(&mut two, of, command);
            journal.extend(event.map(|event| (two.now, officer(of), event)));
        }
        for (at, (when, who, event)) in journal.iter().enumerate() {
            let Event::ExportCarriedOut { export, .. } = event else { continue };
            let before = &journal[..at];
            let asked = before.iter().find_map(|(_, by, event)| match event {
                Event::ExportAsked { export: of, .. } if of == export => Some(*by),
                _other => None,
            });
            let allowed = before.iter().find_map(|(at, by, event)| match event {
                Event::ExportAllowed { export: of } if of == export => Some((*at, *by)),
                _other => None,
            });
            let (allowed_at, allowed_by) = allowed.unwrap();
            prop_assert_eq!(asked, Some(*who));
            prop_assert_ne!(allowed_by, *who);
            prop_assert!(*when < allowed_at.saturating_add(ALLOWED_FOR));
            let is_over = before.iter().any(|(_, _, event)| match event {
                Event::ExportCarriedOut { export: of, .. } => of == export,
                Event::ExportRefused { export: of, why } => of == export && why.ends(),
                _other => false,
            });
            prop_assert!(!is_over);
        }
    }
}
