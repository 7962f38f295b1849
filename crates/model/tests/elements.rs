//! Elements: nothing of theirs is told without their consent, and their stop calls wait for none.
#![expect(
    clippy::unwrap_used,
    reason = "part of tests, outside the functions that clippy knows as such"
)]

#[expect(dead_code, reason = "made for two desks; here one speaks on two lines")]
mod two;

use model::arrangement::Arrangement;
use model::code::{ConsentGiven, Desk, Lane, Role, WithdrawalReason};
use model::command::{Acting, Command, InConflict, ReleaseTerms};
use model::decide::{CommandRefused, Decided};
use model::element::{MAX_DRAFTS_OF_ELEMENT, TELLS_NAME, TELLS_PLACE};
use model::event::{Actor, AlarmCause, Event, Fact};
use model::ids::{ElementId, LineId, NoticeId};
use model::kind::Kind;
use model::line::{Digest, EntryRef, LogRef, Side};
use model::message::{Content, Header, Message};
use model::place::{Area, Circle, Position, StatedPosition};
use model::slot::{SlotCode, Slots, Value};
use model::state::State;
use model::units::{Millimetres, Millis, Timestamp};
use model::window::Window;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const LINES: [LineId; 2] = [
    LineId::from_random(*b"un-aid-coalition"),
    LineId::from_random(*b"un-aid-to-russia"),
];
const DESKS: [Desk; 2] = [Desk::Protection, Desk::Ground];
const DRAFT: NoticeId = NoticeId::from_random([7; 16]);
const OTHER_DRAFT: NoticeId = NoticeId::from_random([8; 16]);

/// A UN node that speaks for two organisations on two lines.
struct Node {
    state: State,
    now: Timestamp,
    said: u64,
}

fn east() -> ElementId {
    "aid-east".parse().unwrap()
}

fn west() -> ElementId {
    "aid-west".parse().unwrap()
}

fn of_desk() -> Acting {
    Acting {
        officer: "duty".parse().unwrap(),
        role: Role::Watch,
        element: None,
    }
}

fn of_element(element: ElementId) -> Acting {
    Acting {
        officer: "field".parse().unwrap(),
        role: Role::Represented,
        element: Some(element),
    }
}

fn terms() -> ReleaseTerms {
    ReleaseTerms {
        authority: "deconfliction".parse().unwrap(),
        purpose: "safety".parse().unwrap(),
        element: None,
    }
}

fn arrangement(of: usize) -> Arrangement {
    let common = two::arrangement();
    let peers = ["coalition", "russia"];
    Arrangement {
        line: LINES[of],
        parties: ["un-aid".parse().unwrap(), peers[of].parse().unwrap()],
        // One has the protection desk, the other has none.
        desks: vec![Desk::Air, DESKS[of]],
        single_description: Kind::NOTICES.to_vec(),
        ..common
    }
}

fn site(element: ElementId, metres: i32, now: Timestamp) -> Slots {
    let centre = Position::from_e7(353_359_000, 401_408_000).unwrap();
    let circle = Circle::new(centre, Millimetres::from_metres(metres)).unwrap();
    let until = now.saturating_add(Millis::from_seconds(3_600));
    let window = Window::new(now, until).unwrap();
    Slots::new()
        .with(SlotCode::Element, Value::Slug(element.slug()))
        .and_then(|slots| slots.with(SlotCode::Area, Value::Area(Area::Circle(circle))))
        .and_then(|slots| slots.with(SlotCode::Window, Value::Window(window)))
        .unwrap()
}

fn place() -> Slots {
    let position = Position::from_e7(353_359_000, 401_408_000).unwrap();
    let stated = StatedPosition {
        position,
        precision: Millimetres::from_metres(100),
    };
    Slots::new()
        .with(SlotCode::Place, Value::Place(stated))
        .and_then(|slots| slots.with(SlotCode::StopCause, Value::Code(1)))
        .and_then(|slots| slots.with(SlotCode::Contact, Value::Name("channel 5".into())))
        .unwrap()
}

impl Node {
    fn new() -> Self {
        let mut node = Self {
            state: State::default(),
            now: Timestamp::from_unix_ms(two::START).unwrap(),
            said: 0,
        };
        for (of, line) in LINES.into_iter().enumerate() {
            let arrangement = Arc::new(arrangement(of));
            let event = Event::ArrangementInForce {
                line,
                name: ["west", "east"][of].parse().unwrap(),
                peer: arrangement.parties[1],
                arrangement,
                signatures: Arc::from(&b""[..]),
            };
            node.fact(Actor::Administrator, event);
        }
        for element in [east(), west()] {
            let name = format!("{element}, field office");
            let enrol = Command::EnrolElement { element, name };
            node.does(of_desk(), enrol).unwrap();
        }
        node
    }

    fn fact(&mut self, by: Actor, event: Event) {
        let fact = Fact {
            at: self.now,
            by,
            event,
        };
        self.state.apply(&fact);
    }

    /// What was said, with the entries that carry it.
    fn does(
        &mut self,
        acting: Acting,
        command: Command,
    ) -> Result<Vec<(EntryRef, Message)>, CommandRefused> {
        let steps = self.state.decide(acting, &command, self.now)?;
        let by = Actor::Officer(acting.officer);
        let mut all = Vec::new();
        for step in steps {
            let (message, notice) = match step {
                Decided::Fact(event) => {
                    self.fact(by, event);
                    continue;
                }
                Decided::Denied(event, refused) => {
                    self.fact(by, event);
                    return Err(refused);
                }
                Decided::SayStanding(message) => (message, None),
                Decided::SayByRules {
                    message, notice, ..
                } => (message, notice),
            };
            let entry = self.say(by, &message, notice);
            if let Command::StopForElement { element, .. } = &command {
                let (call, element) = (entry, *element);
                self.fact(by, Event::CalledForElement { call, element });
            }
            all.push((entry, message));
        }
        self.timers();
        Ok(all)
    }

    fn say(&mut self, by: Actor, message: &Message, notice: Option<NoticeId>) -> EntryRef {
        let log = LogRef {
            line: message.line,
            side: Side::Own,
            lane: message.kind.lane().unwrap_or(Lane::Main),
            epoch: 1,
        };
        self.said += 1;
        let entry = EntryRef {
            log,
            index: self.said,
        };
        let header = Header {
            kind: message.kind.number(),
            purpose: message.purpose,
            role: message.role,
            urgency: message.urgency,
            desk: message.desk,
            sent_at: self.now,
        };
        let event = Event::MessageSent {
            entry,
            leaf: Digest([0; 32]),
            header,
            content: Content::Open(message.slots.clone()),
            authority: "test".parse().unwrap(),
            notice,
        };
        self.fact(by, event);
        entry
    }

    fn timers(&mut self) {
        for _round in 0..3 {
            for event in self.state.due(self.now).events {
                self.fact(Actor::Node, event);
            }
        }
    }

    fn drafts(&mut self, by: Acting, draft: NoticeId, slots: Slots) -> Result<(), CommandRefused> {
        let command = Command::DraftNotice {
            notice: draft,
            kind: Kind::ProtectedSite,
            desk: Desk::Protection,
            slots,
        };
        self.does(by, command).map(|_| ())
    }

    fn consents(&mut self, by: Acting, line: LineId, given: bool) -> Result<(), CommandRefused> {
        let how = by.element.is_none().then_some(ConsentGiven::ByTelephone);
        let command = Command::ConsentToSite {
            notice: DRAFT,
            line,
            given,
            how,
        };
        self.does(by, command).map(|_| ())
    }

    fn releases(
        &mut self,
        by: Acting,
        lines: &[LineId],
    ) -> Result<Vec<(EntryRef, Message)>, CommandRefused> {
        let command = Command::ReleaseNotice {
            notice: DRAFT,
            lines: lines.to_vec(),
            terms: terms(),
            in_conflict: InConflict::Hold,
        };
        self.does(by, command)
    }

    fn stops(&mut self, element: ElementId) -> Vec<(EntryRef, Message)> {
        let command = Command::StopForElement {
            element,
            lines: Vec::new(),
            slots: place(),
        };
        self.does(of_element(element), command).unwrap()
    }
}

#[test]
fn a_site_goes_only_where_its_element_has_consented() {
    let mut node = Node::new();
    let now = node.now;
    node.drafts(of_element(east()), DRAFT, site(east(), 500, now))
        .unwrap();
    let refused = node.releases(of_desk(), &LINES[..1]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "element `aid-east` has not consented that this is told on line west, as it says now: ask it, and note the consent \
         (`standclear element consent`), or leave that line out"
    );
    node.consents(of_element(east()), LINES[0], true).unwrap();
    assert!(node.releases(of_desk(), &LINES).is_err(), "one line of two");
    let said = node.releases(of_desk(), &LINES[..1]).unwrap();
    assert_eq!(said.len(), 1);
    assert_eq!(node.state.element_of_notice(said[0].0), Some(east()));
    assert_eq!(
        said[0].1.slots.value(SlotCode::Element),
        None,
        "it did not consent to be named"
    );
}

#[test]
fn a_draft_that_says_something_else_needs_consent_again() {
    let mut node = Node::new();
    let now = node.now;
    let slots = site(east(), 500, now);
    node.drafts(of_desk(), DRAFT, slots.clone()).unwrap();
    node.consents(of_desk(), LINES[0], true).unwrap();
    // Drafted as it was: nothing else is said.
    node.drafts(of_desk(), DRAFT, slots).unwrap();
    assert!(node.releases(of_desk(), &LINES[..1]).is_ok());
    node.drafts(of_desk(), DRAFT, site(east(), 900, now))
        .unwrap();
    assert!(matches!(
        node.releases(of_desk(), &LINES[..1]),
        Err(CommandRefused::NoConsent { .. })
    ));
}

#[test]
fn a_draft_stays_its_elements_and_cannot_be_told_as_nobodys() {
    let mut node = Node::new();
    let now = node.now;
    node.drafts(of_desk(), DRAFT, site(east(), 500, now))
        .unwrap();
    let mut nobodys = site(east(), 500, now);
    nobodys.remove(SlotCode::Element);
    for slots in [nobodys, site(west(), 500, now)] {
        let refused = node.drafts(of_desk(), DRAFT, slots).unwrap_err();
        assert_eq!(refused, CommandRefused::DraftOfElement(east()));
    }
}

#[test]
fn consent_withdrawn_asks_the_desk_to_take_back_what_was_said_and_says_nothing_by_itself() {
    let mut node = Node::new();
    let now = node.now;
    node.drafts(of_element(east()), DRAFT, site(east(), 500, now))
        .unwrap();
    for line in LINES {
        node.consents(of_element(east()), line, true).unwrap();
    }
    node.releases(of_desk(), &LINES[..1]).unwrap();
    let (line, desk) = (LINES[0], Desk::Protection);
    let alarm = AlarmCause::ConsentWithdrawn { line, desk };
    node.consents(of_element(east()), LINES[1], false).unwrap();
    let (none, nowhere) = (LINES[1], desk);
    let told_there = AlarmCause::ConsentWithdrawn {
        line: none,
        desk: nowhere,
    };
    assert!(
        !node.state.alarms.contains_key(&told_there),
        "nothing was told there"
    );
    let before = node.said;
    node.consents(of_element(east()), line, false).unwrap();
    assert!(node.state.alarms.contains_key(&alarm));
    assert_eq!(node.said, before, "a person withdraws it");
    assert!(node.releases(of_desk(), &LINES[..1]).is_err());
    let acknowledge = Command::AcknowledgeAlarm { alarm };
    assert_eq!(
        node.does(of_desk(), acknowledge),
        Err(CommandRefused::NotDismissable)
    );
    let reason = WithdrawalReason::Cancelled;
    let notice = DRAFT;
    node.does(of_desk(), Command::WithdrawNotice { notice, reason })
        .unwrap();
    assert!(!node.state.alarms.contains_key(&alarm));
}

#[test]
fn a_stop_call_goes_on_every_line_and_carries_what_is_consented_to_there() {
    let mut node = Node::new();
    let (element, line) = (east(), LINES[1]);
    let consent = Command::ConsentToStopCalls {
        element,
        line,
        place: Some(true),
        named: None,
        how: None,
    };
    node.does(of_element(element), consent).unwrap();
    let said = node.stops(element);
    let desks: Vec<Desk> = said.iter().map(|(_, message)| message.desk).collect();
    assert_eq!(desks, DESKS, "protection where it is agreed, else ground");
    let has = |of: usize, slot| said[of].1.slots.value(slot).is_some();
    assert!(!has(0, SlotCode::Place) && has(1, SlotCode::Place));
    for of in [0, 1] {
        assert!(!has(of, SlotCode::Element) && !has(of, SlotCode::Contact));
        assert!(
            has(of, SlotCode::StopCause),
            "whatever tells nobody's place"
        );
        assert_eq!(node.state.element_of_call(said[of].0), Some(element));
    }
    let named = Command::ConsentToStopCalls {
        element,
        line,
        place: None,
        named: Some(true),
        how: Some(ConsentGiven::InPerson),
    };
    node.does(of_desk(), named).unwrap();
    let said = node.stops(element);
    let slots = &said[1].1.slots;
    assert_eq!(slots.text(SlotCode::Element), Some("aid-east"));
    assert!(slots.value(SlotCode::Place).is_some(), "it stays as it was");
}

#[test]
fn an_element_that_was_never_enrolled_can_call_all_the_same() {
    let mut node = Node::new();
    let said = node.stops("aid-new".parse().unwrap());
    assert_eq!(said.len(), 2);
    let tells = TELLS_PLACE.iter().chain(&TELLS_NAME);
    for slot in tells {
        assert_eq!(said[0].1.slots.value(*slot), None, "{slot}");
    }
}

#[test]
fn the_desk_is_alarmed_once_for_a_call_on_every_line_until_somebody_knows() {
    let mut node = Node::new();
    node.stops(east());
    let alarm = AlarmCause::ElementCalled { element: east() };
    assert_eq!(node.state.alarms[&alarm].desk, Desk::Ground);
    let called = |node: &Node| {
        let alarms = node.state.alarms.keys();
        let called = alarms.filter(|cause| matches!(cause, AlarmCause::ElementCalled { .. }));
        called.count()
    };
    assert_eq!(called(&node), 1);
    node.does(of_desk(), Command::AcknowledgeAlarm { alarm })
        .unwrap();
    assert_eq!(called(&node), 0);
    node.stops(east());
    assert_eq!(called(&node), 1, "another call is another occasion");
}

#[test]
fn details_and_the_desks_own_calls_stay_within_consent_too() {
    let mut node = Node::new();
    let said = node.stops(east());
    let details = Command::StopDetails {
        call: said[0].0,
        slots: place(),
    };
    let told = node.does(of_element(east()), details.clone()).unwrap();
    assert_eq!(told[0].1.slots.value(SlotCode::Place), None);
    let only_place = Command::StopDetails {
        call: said[0].0,
        slots: Slots::new()
            .with(
                SlotCode::Place,
                place().value(SlotCode::Place).unwrap().clone(),
            )
            .unwrap(),
    };
    assert_eq!(
        node.does(of_desk(), only_place).unwrap_err(),
        CommandRefused::DetailsWithoutConsent
    );
    let for_them = place()
        .with(SlotCode::Element, Value::Slug(east().slug()))
        .unwrap();
    let stop = Command::Stop {
        lines: vec![LINES[0]],
        desk: Desk::Protection,
        slots: for_them,
    };
    let said = node.does(of_desk(), stop).unwrap();
    assert_eq!(said[0].1.slots.value(SlotCode::Place), None);
    // What the desk says for itself is its own.
    let stop = Command::Stop {
        lines: vec![LINES[0]],
        desk: Desk::Protection,
        slots: place(),
    };
    let said = node.does(of_desk(), stop).unwrap();
    assert!(said[0].1.slots.value(SlotCode::Place).is_some());
}

#[test]
fn an_elements_officer_does_what_is_its_own_and_nothing_else() {
    let mut node = Node::new();
    let now = node.now;
    let theirs = node.stops(west());
    node.drafts(of_element(west()), OTHER_DRAFT, site(west(), 400, now))
        .unwrap();
    node.drafts(of_element(east()), DRAFT, site(east(), 500, now))
        .unwrap();
    node.consents(of_desk(), LINES[0], true).unwrap();
    let call = theirs[0].0;
    let refused = [
        (Command::LiftStop { call }, CommandRefused::UnknownCall),
        (
            Command::StopDetails {
                call,
                slots: place(),
            },
            CommandRefused::UnknownCall,
        ),
        (
            Command::DiscardNotice {
                notice: OTHER_DRAFT,
            },
            CommandRefused::UnknownDraft,
        ),
        (
            Command::StopForElement {
                element: west(),
                lines: Vec::new(),
                slots: Slots::new(),
            },
            CommandRefused::OtherElement(east()),
        ),
        (
            Command::ReleaseNotice {
                notice: DRAFT,
                lines: vec![LINES[0]],
                terms: terms(),
                in_conflict: InConflict::Hold,
            },
            CommandRefused::Role(Role::Represented),
        ),
        (
            Command::TakeWatch {
                desk: Desk::Protection,
            },
            CommandRefused::Role(Role::Represented),
        ),
        (
            Command::EnrolElement {
                element: east(),
                name: "East".into(),
            },
            CommandRefused::Role(Role::Represented),
        ),
    ];
    for (command, why) in refused {
        let found = node.does(of_element(east()), command.clone());
        assert_eq!(found.unwrap_err(), why, "{command:?}");
    }
    let moved = node.drafts(of_element(east()), DRAFT, site(west(), 500, now));
    assert_eq!(moved.unwrap_err(), CommandRefused::OtherElement(east()));
    let taken = node.drafts(of_element(east()), OTHER_DRAFT, site(east(), 500, now));
    assert_eq!(taken.unwrap_err(), CommandRefused::UnknownDraft);
    // Its own it goes on with.
    let own = node.stops(east());
    for (command, kind) in [
        (Command::RenewStop { call: own[0].0 }, Kind::StopRenewal),
        (Command::LiftStop { call: own[0].0 }, Kind::StopLifted),
        (
            Command::StopRaisedInError { call: own[1].0 },
            Kind::StopRaisedInError,
        ),
    ] {
        let said = node.does(of_element(east()), command).unwrap();
        assert_eq!(said[0].1.kind, kind);
        assert_eq!(said[0].1.role, Role::Represented);
    }
}

#[test]
fn the_desk_says_how_it_was_told_and_cannot_speak_as_the_elements_officer() {
    let mut node = Node::new();
    let now = node.now;
    node.drafts(of_desk(), DRAFT, site(east(), 500, now))
        .unwrap();
    for how in [None, Some(ConsentGiven::ByItsOfficer)] {
        let command = Command::ConsentToSite {
            notice: DRAFT,
            line: LINES[0],
            given: true,
            how,
        };
        let refused = node.does(of_desk(), command).unwrap_err();
        assert_eq!(refused, CommandRefused::HowMissing);
    }
    node.consents(of_element(east()), LINES[0], true).unwrap();
    let (_, consent) = node.state.elements.of_site(DRAFT).next().unwrap();
    assert_eq!(consent.noted.how, ConsentGiven::ByItsOfficer);
    assert_eq!(consent.noted.by, Actor::Officer("field".parse().unwrap()));
}

#[test]
fn the_number_of_elements_and_the_length_of_a_name_are_bounded() {
    let mut node = Node::new();
    let enrol = |element: String, name: String| Command::EnrolElement {
        element: element.parse().unwrap(),
        name,
    };
    for name in [
        "",
        " ",
        "a\u{202e}b",
        &"x".repeat(model::slot::MAX_NAME + 1),
    ] {
        let refused = node.does(of_desk(), enrol("aid-x".into(), name.into()));
        assert!(refused.is_err(), "{name:?}");
    }
    let name = "x".repeat(model::slot::MAX_NAME);
    for number in 2..model::element::MAX_ELEMENTS {
        node.does(of_desk(), enrol(format!("aid-{number}"), name.clone()))
            .unwrap();
    }
    let over = node.does(of_desk(), enrol("aid-over".into(), name.clone()));
    assert_eq!(over.unwrap_err(), CommandRefused::TooManyElements);
    // One that is there can be named otherwise.
    node.does(of_desk(), enrol("aid-east".into(), name))
        .unwrap();
}

#[test]
fn an_element_has_so_many_drafts_and_takes_no_others_room() {
    let mut node = Node::new();
    let now = node.now;
    let number = |of: usize| {
        let mut bytes = [1; 16];
        bytes[..8].copy_from_slice(&(of as u64).to_be_bytes());
        NoticeId::from_random(bytes)
    };
    let slots = site(east(), 500, now);
    let drafted = |draft: usize, slots: &Slots| Event::NoticeDrafted {
        notice: number(draft),
        kind: Kind::ProtectedSite,
        desk: Desk::Protection,
        content: Content::Open(slots.clone()),
    };
    for draft in 1..MAX_DRAFTS_OF_ELEMENT {
        node.fact(Actor::Node, drafted(draft, &slots));
    }
    node.drafts(of_element(east()), number(0), slots.clone())
        .unwrap();
    let over = node.drafts(of_element(east()), DRAFT, slots.clone());
    assert_eq!(
        over.unwrap_err(),
        CommandRefused::TooManyDraftsOfElement(east())
    );
    // Those that are there can be changed, and others have their own room.
    node.drafts(of_element(east()), number(0), site(east(), 900, now))
        .unwrap();
    node.drafts(of_element(west()), OTHER_DRAFT, site(west(), 400, now))
        .unwrap();
}

/// What two organisations, their desk and chance may do, one after the other.
#[derive(Clone, Debug)]
enum Act {
    Draft(bool, i32),
    Consent(bool, usize, bool),
    Release(usize),
    StopConsent(bool, usize, bool, bool),
    Stop(bool),
    Withdraw,
    Discard,
}

fn any_act() -> impl Strategy<Value = Act> {
    let line = 0..LINES.len();
    prop_oneof![
        (any::<bool>(), 100..103_i32).prop_map(|(by, metres)| Act::Draft(by, metres)),
        (any::<bool>(), line.clone(), any::<bool>())
            .prop_map(|(by, line, given)| Act::Consent(by, line, given)),
        line.clone().prop_map(Act::Release),
        (any::<bool>(), line, any::<bool>(), any::<bool>())
            .prop_map(|(of, line, place, named)| Act::StopConsent(of, line, place, named)),
        any::<bool>().prop_map(Act::Stop),
        Just(Act::Withdraw),
        Just(Act::Discard),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_is_told_beyond_what_was_consented_to(acts in proptest::collection::vec(any_act(), 1..40)) {
        let mut node = Node::new();
        // What the test itself knows to be consented to.
        let mut told: BTreeSet<LineId> = BTreeSet::new();
        let mut drafted: Option<i32> = None;
        let mut calls: BTreeMap<(ElementId, LineId), (bool, bool)> = BTreeMap::new();
        for act in acts {
            let now = node.now;
            match act {
                Act::Draft(by_desk, metres) => {
                    let by = if by_desk { of_desk() } else { of_element(east()) };
                    node.drafts(by, DRAFT, site(east(), metres, now)).unwrap();
                    if drafted.replace(metres) != Some(metres) {
                        told.clear();
                    }
                }
                Act::Consent(by_desk, line, given) => {
                    let by = if by_desk { of_desk() } else { of_element(east()) };
                    let noted = node.consents(by, LINES[line], given);
                    prop_assert_eq!(noted.is_ok(), drafted.is_some());
                    if noted.is_ok() && given {
                        told.insert(LINES[line]);
                    } else {
                        told.remove(&LINES[line]);
                    }
                }
                Act::Release(line) => {
                    let line = LINES[line];
                    let ground = node.state.lines[&line].arrangement.desks.contains(&Desk::Protection);
                    let may = drafted.is_some() && told.contains(&line);
                    match node.releases(of_desk(), &[line]) {
                        Ok(said) => {
                            prop_assert!(may);
                            let named = calls.get(&(east(), line)).is_some_and(|(_, named)| *named);
                            let is_named = said[0].1.slots.value(SlotCode::Element).is_some();
                            prop_assert_eq!(is_named, named);
                        }
                        // The second line has no protection desk.
                        Err(CommandRefused::NoDesk { .. }) => prop_assert!(may && !ground),
                        Err(_) => prop_assert!(!may),
                    }
                }
                Act::StopConsent(of, line, place, named) => {
                    let element = if of { east() } else { west() };
                    let command = Command::ConsentToStopCalls {
                        element,
                        line: LINES[line],
                        place: Some(place),
                        named: Some(named),
                        how: None,
                    };
                    node.does(of_element(element), command).unwrap();
                    calls.insert((element, LINES[line]), (place, named));
                }
                Act::Stop(of) => {
                    let element = if of { east() } else { west() };
                    let said = node.stops(element);
                    prop_assert_eq!(said.len(), LINES.len());
                    for (entry, message) in said {
                        let key = (element, message.line);
                        let (place, named) = calls.get(&key).copied().unwrap_or_default();
                        let has = |slot: &SlotCode| message.slots.value(*slot).is_some();
                        prop_assert_eq!(TELLS_PLACE.iter().any(has), place);
                        prop_assert_eq!(TELLS_NAME.iter().any(has), named);
                        prop_assert_eq!(node.state.element_of_call(entry), Some(element));
                    }
                }
                Act::Withdraw => {
                    let reason = WithdrawalReason::Cancelled;
                    let _not_in_force = node.does(of_desk(), Command::WithdrawNotice { notice: DRAFT, reason });
                }
                Act::Discard => {
                    if node.does(of_element(east()), Command::DiscardNotice { notice: DRAFT }).is_ok() {
                        drafted = None;
                        told.clear();
                        prop_assert_eq!(node.state.elements.of_site(DRAFT).count(), 0);
                    }
                }
            }
            // The alarm stands just where something is told that is no longer consented to.
            let alarms = node.state.alarms.keys();
            let stands = alarms.filter(|cause| matches!(cause, AlarmCause::ConsentWithdrawn { .. })).count();
            let wanted: BTreeSet<LineId> = node.state.told_without_consent(node.now).map(|n| n.line()).collect();
            prop_assert_eq!(stands, wanted.len());
        }
    }
}

#[test]
fn an_element_that_is_unenrolled_keeps_its_sites_and_is_told_of_nowhere_anew() {
    let mut node = Node::new();
    let now = node.now;
    node.drafts(of_element(east()), DRAFT, site(east(), 500, now))
        .unwrap();
    for line in LINES {
        node.consents(of_element(east()), line, true).unwrap();
    }
    let said = node.releases(of_desk(), &LINES[..1]).unwrap()[0].0;
    let unenrol = |element| Command::UnenrolElement { element };
    let by_itself = node.does(of_element(east()), unenrol(east()));
    assert_eq!(
        by_itself.unwrap_err(),
        CommandRefused::Role(Role::Represented)
    );
    node.does(of_desk(), unenrol(east())).unwrap();

    // What was told stands, however long it lasts, and nobody is asked to take it back.
    assert!(node.state.notices[&said].is_live(node.now));
    let asks = |alarm: &AlarmCause| matches!(alarm, AlarmCause::ConsentWithdrawn { .. });
    assert!(!node.state.alarms.keys().any(asks));
    node.now = node.now.saturating_add(Millis::from_seconds(90 * 86_400));
    node.timers();
    let late = Command::LeaveWatch { desk: Desk::Air };
    node.does(of_desk(), late).unwrap();
    assert!(
        node.state.notices[&said].is_live(node.now),
        "not renewed, and drawn"
    );
    assert_eq!(node.state.element_of_notice(said), Some(east()));

    // What was consented to is over, and no draft of it is told as anybody's.
    let gone = CommandRefused::NotEnrolled(east());
    assert_eq!(node.releases(of_desk(), &LINES[1..]).unwrap_err(), gone);
    assert_eq!(node.consents(of_desk(), LINES[1], true).unwrap_err(), gone);
    let mut nobodys = site(east(), 500, now);
    nobodys.remove(SlotCode::Element);
    let refused = node.drafts(of_desk(), DRAFT, nobodys).unwrap_err();
    assert_eq!(refused, CommandRefused::DraftOfElement(east()));
    let refused = node.drafts(of_element(east()), OTHER_DRAFT, site(east(), 500, now));
    assert_eq!(refused.unwrap_err(), gone);
    assert_eq!(node.does(of_desk(), unenrol(east())).unwrap_err(), gone);
    // A person can take it back.
    let withdraw = Command::WithdrawNotice {
        notice: DRAFT,
        reason: WithdrawalReason::Cancelled,
    };
    node.does(of_desk(), withdraw).unwrap();

    // Enrolled anew, it begins anew: nothing that it once consented to holds.
    let name = "Eastern Relief".to_owned();
    let enrol = Command::EnrolElement {
        element: east(),
        name,
    };
    node.does(of_desk(), enrol).unwrap();
    assert_eq!(node.state.elements.element(east()).unwrap().ended, None);
    assert!(!node.state.elements.may_tell(DRAFT, LINES[1]));
}

#[test]
fn an_element_of_which_nothing_stands_is_forgotten_and_makes_room() {
    let mut node = Node::new();
    let command = Command::UnenrolElement { element: west() };
    let consent = Command::ConsentToStopCalls {
        element: west(),
        line: LINES[0],
        place: Some(true),
        named: Some(true),
        how: Some(ConsentGiven::ByLetter),
    };
    node.does(of_desk(), consent).unwrap();
    node.does(of_desk(), command).unwrap();
    assert!(node.state.elements.element(west()).is_none());
    assert_eq!(node.state.elements.len(), 1);
    assert!(!node.state.elements.may_place(west(), LINES[0]));
}
