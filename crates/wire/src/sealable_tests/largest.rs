//! The largest of everything, and a little more.

use super::*;

fn far(index: usize) -> Position {
    // Each number takes the most bytes that a coordinate can.
    let step = i32::try_from(index).unwrap();
    Position::from_e7(-800_000_000 - step, -1_700_000_000 - step).unwrap()
}

fn largest(slot: SlotCode) -> Value {
    let text = |bytes: usize| "я".repeat(bytes / 2);
    let slug = || "a".repeat(model::ids::MAX_SLUG);
    match slot.shape() {
        Shape::Code => Value::Code(
            (0..1_000)
                .rev()
                .find(|n| slot.code_name(*n).is_some())
                .unwrap(),
        ),
        Shape::Slug => Value::Slug(slug().parse().unwrap()),
        Shape::Name => Value::Name(text(MAX_NAME)),
        Shape::Text => Value::Text(text(MAX_TEXT)),
        Shape::Number => Value::Number(u64::MAX),
        Shape::Time => Value::Time(Timestamp::MAX),
        Shape::Area => {
            let ring = (0..MAX_VERTICES).map(far).collect();
            Value::Area(Area::Polygon(Polygon::new(ring).unwrap()))
        }
        Shape::Place => Value::Place(StatedPosition {
            position: far(9),
            precision: Millimetres::MAX,
        }),
        Shape::Times => {
            let times = (0..MAX_TIMES as u64).rev();
            Value::Times(times.map(|i| (u64::MAX - i, Timestamp::MAX)).collect())
        }
        Shape::Items => {
            let items = [SlotCode::Place, SlotCode::Second, SlotCode::Band];
            assert_eq!(items.len(), MAX_ITEMS);
            Value::Items(items.map(|slot| (slot, largest(slot))).to_vec())
        }
        Shape::Evidence => {
            let file = |n| model::slot::Evidence {
                digest: model::line::Digest([n; 32]),
                media: model::code::MediaType::Text,
                size: u64::MAX,
            };
            Value::Evidence((0..model::slot::MAX_EVIDENCE as u8).map(file).collect())
        }
        // All of one size, or nearly: any will do.
        Shape::Window | Shape::Band | Shape::Second | Shape::Subject => {
            use proptest::strategy::ValueTree;
            let mut runner = proptest::test_runner::TestRunner::deterministic();
            any_value(slot).new_tree(&mut runner).unwrap().current()
        }
    }
}

fn full(kind: Kind) -> Slots {
    kind.slots().iter().fold(Slots::new(), |slots, slot| {
        slots.with(*slot, largest(*slot)).unwrap()
    })
}

#[test]
fn every_kind_with_the_largest_value_in_every_slot_is_sealed_opened_and_kept() {
    for &kind in Kind::ALL {
        let message = crate::testing::message(kind, full(kind));
        seals(&message, entry(crate::testing::lane_of(kind), u64::MAX));
        keeps(
            &fact(Event::NoticeDrafted {
                notice: NoticeId::from_random([1; 16]),
                kind,
                desk: Desk::Senior,
                content: Content::Open(full(kind)),
            }),
            None,
        );
    }
}

/// A ring of as many vertices as are carried, that any map can draw, inside of the arrangement's area.
fn round(vertices: usize) -> Slots {
    let vertex = |index: usize| {
        let angle = index as f64 / vertices as f64 * std::f64::consts::TAU;
        let degrees = |centre: f64, offset: f64| ((centre + offset) * 1e7) as i32;
        Position::from_e7(
            degrees(35.2, 0.1 * angle.sin()),
            degrees(40.2, 0.1 * angle.cos()),
        )
        .unwrap()
    };
    let ring = Polygon::new((0..vertices).map(vertex).collect()).unwrap();
    where_and_when()
        .with(SlotCode::Area, Value::Area(Area::Polygon(ring)))
        .and_then(|slots| slots.with(SlotCode::Remarks, largest(SlotCode::Remarks)))
        .and_then(|slots| slots.with(SlotCode::Label, largest(SlotCode::Label)))
        .and_then(|slots| slots.with(SlotCode::Precision, Value::Number(200_000)))
        .unwrap()
}

#[test]
fn a_notice_of_ten_thousand_vertices_with_the_longest_texts_is_drafted_released_and_sealed() {
    let mut watch = Watch::new(RuleSet::shipped().unwrap());
    let notice = NoticeId::from_random([6; 16]);
    assert!(watch.does(Command::DraftNotice {
        notice,
        kind: Kind::AirActivity,
        desk: Desk::Air,
        slots: round(MAX_VERTICES),
    }));
    assert!(watch.does(Command::ReleaseNotice {
        notice,
        lines: vec![line()],
        terms: terms(),
        in_conflict: model::command::InConflict::Release,
    }));
}

#[test]
fn what_is_over_a_limit_never_becomes_a_command() {
    let ring: Vec<Position> = (0..=MAX_VERTICES).map(far).collect();
    let words = Polygon::new(ring).unwrap_err().to_string();
    assert_eq!(
        words,
        "polygon has 10001 vertices, at most 10000 are carried: simplify it"
    );
    let long = Value::Text("t".repeat(MAX_TEXT + 1));
    let refused = Slots::new().with(SlotCode::Remarks, long).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "slot `remarks` holds 2001, at most 2000 are carried: shorten it"
    );
}

#[test]
fn words_that_are_too_long_are_refused_before_anything_is_journalled() {
    let watch = Watch::new(RuleSet::shipped().unwrap());
    let remarks = |bytes: usize| {
        Some(Remarks {
            text: "t".repeat(bytes),
            terms: terms(),
        })
    };
    let name = |bytes: usize| Some("n".repeat(bytes));
    let answer = |name, remarks| Command::AnswerNotice {
        entry: watch.notice,
        answer: Answer::Concern,
        name,
        remarks,
    };
    assert!(watch.decides(&answer(name(MAX_NAME), remarks(MAX_TEXT))));
    assert!(!watch.decides(&answer(name(MAX_NAME + 1), None)));
    assert!(!watch.decides(&answer(None, remarks(MAX_TEXT + 1))));
}

#[test]
fn an_arrangement_as_long_as_one_may_be_is_kept() {
    let text = arrangement_text();
    let padded = |bytes: usize| format!("{text}#{}", " ".repeat(bytes - text.len() - 1));
    let largest = crate::arrangement::parse(&padded(MAX_DOCUMENT)).unwrap();
    keeps(
        &fact(Event::ArrangementInForce {
            line: line(),
            name: "a".repeat(model::ids::MAX_SLUG).parse().unwrap(),
            peer: Side::other().party(),
            arrangement: Arc::new(largest),
            signatures: vec![7; 2 * 512 + 16].into(),
        }),
        None,
    );
    assert!(crate::arrangement::parse(&padded(MAX_DOCUMENT + 1)).is_err());
}

#[test]
fn a_decision_that_every_rule_of_the_largest_rule_set_had_a_part_in_is_kept() {
    let rule = |number: usize| {
        let name = format!("{number:0>width$}", width = release::MAX_RULE_ID - 1);
        let head = "principal == Party::\"russia\"";
        format!("@id(\"r{name}\")\npermit({head}, action, resource is Notice);\n")
    };
    let text: String = (0..release::MAX_RULES).map(rule).collect();
    let mut watch = Watch::new(rules(&text));
    let (notice, lines) = (watch.draft, vec![line()]);
    assert!(watch.does(Command::ReleaseNotice {
        notice,
        lines,
        terms: terms(),
        in_conflict: model::command::InConflict::Release,
    }));
    let forbid = text.replace("permit", "forbid");
    let mut watch = Watch::new(rules(&forbid));
    let (notice, lines) = (watch.draft, vec![line()]);
    // Denied, and that is journalled.
    assert!(watch.does(Command::ReleaseNotice {
        notice,
        lines,
        terms: terms(),
        in_conflict: model::command::InConflict::Release,
    }));
}

#[test]
fn whatever_the_peer_says_is_kept_and_what_is_not_admitted_is_refused() {
    let mut watch = Watch::new(RuleSet::shipped().unwrap());
    let mut next = [2, 2];
    for &kind in Kind::ALL {
        let index = &mut next[usize::from(crate::testing::lane_of(kind) == Lane::Main)];
        let entry = watch.hears(&crate::testing::message(kind, full(kind)), *index);
        *index += 1;
        if kind.is_notice() {
            // No map can draw that ring.
            let notices = &watch.node.state().notices;
            let notice = notices.get(&entry).expect("it is in the record");
            assert!(notice.refused.is_some(), "{kind}");
        }
    }
}
