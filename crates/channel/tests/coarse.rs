//! What a rule lets go coarse covers the true area, and tells nothing else of it.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod desk;

use channel::effect::Effect;
use channel::ground;
use conflict::contain::area_inside;
use conflict::description::{Agreement, compare};
use conflict::shape::Shape;
use desk::*;
use model::command::{Command, ReleaseTerms};
use model::kind::Kind;
use model::place::{Area, Circle, Corridor, Polygon};
use model::slot::{SlotCode, Slots, Value};
use model::units::Millimetres;
use proptest::prelude::*;
use release::RuleSet;
use std::sync::LazyLock;

const METADATA: &str = "name = \"own\"\nversion = 3\nsigned-off-by = \"a test\"\nvalid-from = \"010000Z JAN 2000\"\n\
    [[authority]]\nid = \"deconfliction\"\ntext = \"the watch\"\n";

const COARSE: &str = "@id(\"positions-coarse\") @coarsen(\"2 km\")\n\
    permit (principal == Party::\"east\", action == Action::\"area\", resource == Notice::\"position-area\");\n\
    @id(\"sdf-coarser\") @coarsen(\"5km\")\n\
    permit (principal, action in [Action::\"area\", Action::\"band\"], resource is Notice)\n\
    when { context has element && context.element == Element::\"sdf\" };\n";

static RULES: LazyLock<RuleSet> = LazyLock::new(|| {
    let shipped = RuleSet::shipped().unwrap();
    RuleSet::parse(&format!("{}\n{COARSE}", shipped.text()), METADATA).unwrap()
});

/// What is sent of this, or why nothing is.
fn sent(kind: Kind, slots: Slots, element: Option<&str>) -> Result<Slots, String> {
    let mut node = node(RULES.clone());
    let notice = drafted(&mut node, kind, slots).expect("a draft");
    let command = Command::ReleaseNotice {
        in_conflict: model::command::InConflict::Hold,
        notice,
        lines: vec![line()],
        terms: ReleaseTerms {
            authority: "deconfliction".parse().unwrap(),
            purpose: "safety".parse().unwrap(),
            element: element.map(|element| element.parse().unwrap()),
        },
    };
    let shown = node.preview(officer(), &command, at(60)).unwrap().remove(0);
    let effects = commanded(&mut node, at(60), command);
    let went = effects.iter().find_map(|effect| match effect {
        Effect::Send(outgoing) => Some(outgoing.message.view().slots.clone()),
        _other_effect => None,
    });
    assert_eq!(went, shown.goes);
    let why = |denied: &channel::preview::Denied| denied.denial.to_string();
    went.ok_or_else(|| shown.denials.iter().map(why).collect::<Vec<_>>().join("; "))
}

fn with_area(area: Area, second: model::description::SecondDescription) -> Slots {
    let mut slots = notice(0, 0, 500);
    slots.set(SlotCode::Area, Value::Area(area)).unwrap();
    slots.set(SlotCode::Second, Value::Second(second)).unwrap();
    slots
}

fn shape(area: &Area) -> Shape {
    Shape::new(area.clone()).unwrap()
}

/// What must hold of whatever goes coarse: it covers, it says its precision, its descriptions agree, and the other party
/// takes it.
fn holds(true_area: &Area, went: &Slots, metres: i32) {
    let area = went.area().expect("an area");
    assert_ne!(area, true_area);
    if !matches!(area, Area::Corridor(_)) {
        assert_eq!(area_inside(&shape(area), &shape(true_area)), Ok(()));
    }
    let precision = Millimetres::from_metres(metres);
    assert_eq!(
        went.number(SlotCode::Precision),
        Some(precision.as_mm().unsigned_abs())
    );
    let second = went.second().expect("a second description");
    let compared = compare(area, Millimetres::ZERO, &second, airfield()).unwrap();
    // By its own precision alone, which is no finer than the area's, and no vaguer than anybody accepts.
    assert!(matches!(compared, Agreement::Agree { .. }), "{compared:?}");
    assert!(second.distance_precision() >= Millimetres::from_metres(10));
    let arrangement = arrangement();
    ground::check(went, &arrangement, &shape(&arrangement.area)).expect("the other party takes it");
}

/// Up to about 20 km each way of the middle.
fn aside() -> impl Strategy<Value = (i32, i32)> {
    (-2_000_000..2_000_000i32, -2_000_000..2_000_000i32)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_coarse_circle_covers_the_true_one_and_is_described_anew((north, east) in aside(), radius in 200..5_000i32) {
        let slots = notice(north, east, radius);
        let true_area = slots.area().unwrap().clone();
        holds(&true_area, &sent(Kind::PositionArea, slots, None).unwrap(), 2_000);
    }

    #[test]
    fn a_coarse_polygon_covers_the_true_one_and_is_described_anew(
        (north, east) in aside(), one in 2_000..200_000i32, other in 2_000..200_000i32,
    ) {
        let corner = |up: i32, aside: i32| position((MIDDLE.0 + north + up, MIDDLE.1 + east + aside));
        let ring = vec![corner(0, 0), corner(0, one), corner(other, one / 2)];
        let area = Area::Polygon(Polygon::new(ring).unwrap());
        let second = measured_at(&area);
        holds(&area, &sent(Kind::PositionArea, with_area(area.clone(), second), None).unwrap(), 2_000);
    }

    #[test]
    fn two_notices_in_one_square_are_told_apart_by_nothing((north, east) in aside(), radius in 1_100..1_900i32) {
        // The squares are found as the engine finds them; two points are in one where it says so.
        let centre = position((MIDDLE.0 + north, MIDDLE.1 + east));
        let square = |place| conflict::coarsen::square_containing(place, Millimetres::from_metres(2_000)).unwrap();
        for (up, aside) in [(40_000, 0), (0, 50_000), (-60_000, 30_000), (20_000, -40_000)] {
            let (there, aside) = (north + up, east + aside);
            let neighbour = position((MIDDLE.0 + there, MIDDLE.1 + aside));
            let one = sent(Kind::PositionArea, notice(north, east, radius), None).unwrap();
            let other = sent(Kind::PositionArea, notice(there, aside, radius), None).unwrap();
            prop_assert_eq!(one == other, square(centre) == square(neighbour));
        }
    }
}

fn measured_at(area: &Area) -> model::description::SecondDescription {
    let anchor = area.first_anchor();
    let place = area.position_of(anchor).unwrap();
    measured_from(anchor, place)
}

#[test]
fn a_coarse_corridor_is_wider_and_is_described_anew() {
    let points = vec![
        position(MIDDLE),
        position((MIDDLE.0 + 1_000_000, MIDDLE.1 + 500_000)),
    ];
    let area = Area::Corridor(Corridor::new(points, Millimetres::from_metres(1_000)).unwrap());
    let slots = with_area(area.clone(), measured_at(&area));
    let went = sent(Kind::PositionArea, slots, None).unwrap();
    holds(&area, &went, 2_000);
    let Some(Area::Corridor(wide)) = went.area() else {
        panic!("{went:?}")
    };
    // Half a diagonal of a square on each side, at least.
    assert!(
        wide.width() >= Millimetres::from_metres(3_800),
        "{}",
        wide.width()
    );
}

#[test]
fn a_rule_coarsens_what_it_names_and_where_two_apply_the_coarsest_holds() {
    let slots = notice(0, 0, 500);
    let movement = sent(Kind::Movement, slots.clone(), None).unwrap();
    assert_eq!(movement.area(), slots.area(), "another kind goes as it is");
    let named = slots
        .clone()
        .with(SlotCode::Element, Value::Slug("sdf".parse().unwrap()))
        .unwrap();
    let of_sdf = sent(Kind::PositionArea, named, Some("sdf")).unwrap();
    assert_eq!(of_sdf.number(SlotCode::Precision), Some(5_000_000));
    holds(slots.area().unwrap(), &of_sdf, 5_000);
}

#[test]
fn what_was_too_fine_for_the_arrangement_goes_once_a_rule_makes_it_coarse() {
    let fine = notice(0, 0, 5);
    let why = sent(Kind::Movement, fine.clone(), None).unwrap_err();
    assert!(why.contains("give fewer digits"), "{why}");
    let went = sent(Kind::PositionArea, fine.clone(), None).unwrap();
    holds(fine.area().unwrap(), &went, 2_000);
}

#[test]
fn a_precision_stated_more_coarsely_than_the_rule_is_kept() {
    let vague = notice(0, 0, 500)
        .with(SlotCode::Precision, Value::Number(3_000_000))
        .unwrap();
    let went = sent(Kind::PositionArea, vague.clone(), None).unwrap();
    holds(vague.area().unwrap(), &went, 3_000);
}

#[test]
fn a_coarse_area_that_would_reach_out_of_the_arrangements_is_not_sent_and_the_officer_is_told() {
    // 59 km north of the middle of a circle of 60 km.
    let edge = position((MIDDLE.0 + 5_310_000, MIDDLE.1));
    let circle = Area::Circle(Circle::new(edge, Millimetres::from_metres(500)).unwrap());
    let second = measured_at(&circle);
    let why = sent(Kind::PositionArea, with_area(circle, second), None).unwrap_err();
    assert!(
        why.starts_with("the area goes only as coarse as 2"),
        "{why}"
    );
    assert!(why.contains("by positions-coarse"), "{why}");
    assert!(why.contains("outside the arrangement's area"), "{why}");
}

#[test]
fn the_limits_of_a_rule_are_those_of_the_grid() {
    assert_eq!(release::MIN_COARSEN, conflict::coarsen::MIN_PRECISION);
    assert_eq!(release::MAX_COARSEN, conflict::coarsen::MAX_PRECISION);
}

#[test]
fn a_second_description_that_is_vague_itself_is_refused_however_coarse_the_area() {
    use model::description::{Anchor, RawDescription, SecondDescription};
    let place = position(MIDDLE);
    let leg = conflict::geodesy::leg(airfield(), place);
    let with = |bearing_precision, metres| {
        let second = SecondDescription::new(RawDescription {
            reference: "airfield".parse().unwrap(),
            anchor: Anchor::Centre,
            bearing: leg.bearing,
            bearing_precision,
            distance: leg.distance,
            distance_precision: Millimetres::from_metres(metres),
        });
        let mut slots = notice(0, 0, 500);
        slots
            .set(SlotCode::Second, Value::Second(second.unwrap()))
            .unwrap();
        slots
            .set(SlotCode::Precision, Value::Number(5_000_000))
            .unwrap();
        let arrangement = arrangement();
        ground::check(&slots, &arrangement, &shape(&arrangement.area))
            .map_err(|unsound| unsound.words.to_string())
    };
    assert_eq!(with(1_000, 100), Ok(()));
    let vague = with(5_000, 900).unwrap_err();
    assert!(vague.contains("says next to nothing"), "{vague}");
}

#[test]
fn a_second_description_that_leads_kilometres_away_is_refused_however_coarse_the_area() {
    let elsewhere = position((MIDDLE.0 + 200_000, MIDDLE.1));
    let mut slots = notice(0, 0, 500);
    slots
        .set(SlotCode::Second, Value::Second(measured(elsewhere)))
        .unwrap();
    slots
        .set(SlotCode::Precision, Value::Number(5_000_000))
        .unwrap();
    let arrangement = arrangement();
    let refused = ground::check(&slots, &arrangement, &shape(&arrangement.area)).unwrap_err();
    assert!(refused.words.english().contains("2.2"), "{}", refused.words);
}
