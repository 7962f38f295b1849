use super::*;
use crate::{csv, geojson, kml};
use model::altitude::StatedBand;
use model::description::{Anchor, RawDescription, SecondDescription};
use model::place::DEGREE_E7;
use model::slot::{SlotCode, Value};
use model::units::{Bearing, Millimetres, Timestamp};
use model::window::Window;
use proptest::prelude::*;

/// Not round, but for each circle the same.
pub(crate) fn outline(circle: &Circle) -> Vec<Position> {
    let at = |north: i32, east: i32| {
        let step = (circle.radius().as_mm() / 1_000).min(10_000_000) as i32;
        let latitude = circle.centre().latitude().as_e7() + north * step;
        Position::from_e7(latitude, circle.centre().longitude().as_e7() + east * step).unwrap()
    };
    vec![at(1, 0), at(0, -1), at(-1, 0), at(0, 1)]
}

fn position() -> impl Strategy<Value = Position> {
    let (south, west) = (-60 * DEGREE_E7, -170 * DEGREE_E7);
    (south..-south, west..-west)
        .prop_map(|(latitude, longitude)| Position::from_e7(latitude, longitude).unwrap())
}

fn area() -> impl Strategy<Value = Area> {
    let length = || (1_000..20_000_000_i64).prop_map(|mm| Millimetres::new(mm).unwrap());
    prop_oneof![
        (position(), length())
            .prop_map(|(centre, radius)| Area::Circle(Circle::new(centre, radius).unwrap())),
        proptest::collection::btree_set(position(), 3..9)
            .prop_map(|all| Area::Polygon(Polygon::new(all.into_iter().collect()).unwrap())),
        (proptest::collection::btree_set(position(), 2..9), length()).prop_map(|(all, width)| {
            Area::Corridor(Corridor::new(all.into_iter().collect(), width).unwrap())
        }),
    ]
}

fn slots() -> impl Strategy<Value = Slots> {
    let second = (
        0..360_000_u32,
        1..5_000_u32,
        0..900_000_000_i64,
        1..20_000_000_i64,
    );
    let window = (0..2_000_000_000_000_i64, 0..30_000_000_000_i64);
    let text = "[ -~а-яء-ي<>&\"']{0,60}";
    (
        area(),
        second,
        window,
        text,
        text,
        0..3_usize,
        1..900_000_i64,
    )
        .prop_map(
            |(
                area,
                (bearing, bearing_precision, distance, distance_precision),
                (from, long),
                label,
                remarks,
                band,
                precision,
            )| {
                let mm = |mm| Millimetres::new(mm).unwrap();
                let second = SecondDescription::new(RawDescription {
                    reference: "airfield".parse().unwrap(),
                    anchor: match &area {
                        Area::Circle(_) => Anchor::Centre,
                        Area::Polygon(_) => Anchor::Vertex(2),
                        Area::Corridor(_) => Anchor::Point(1),
                    },
                    bearing: Bearing::from_millidegrees(bearing).unwrap(),
                    bearing_precision,
                    distance: mm(distance),
                    distance_precision: mm(distance_precision),
                });
                let at = |ms| Timestamp::from_unix_ms(ms).unwrap();
                let band: StatedBand = crate::coordinates::parse_band(
                    ["SFC to FL240", "1500 ft MSL to 3000 m HAE", "SFC to UNL"][band],
                )
                .unwrap();
                let mut slots = Slots::new();
                for (slot, value) in [
                    (SlotCode::Area, Value::Area(area)),
                    (SlotCode::Second, Value::Second(second.unwrap())),
                    (
                        SlotCode::Window,
                        Value::Window(Window::new(at(from), at(from + long)).unwrap()),
                    ),
                    (SlotCode::Band, Value::Band(band)),
                    (SlotCode::Precision, Value::Number(precision as u64)),
                    (SlotCode::Site, Value::Code(1)),
                    (SlotCode::ReviewBy, Value::Time(at(from))),
                ] {
                    slots.set(slot, value).unwrap();
                }
                for (slot, text) in [
                    (SlotCode::Label, label.trim()),
                    (SlotCode::Remarks, remarks.trim()),
                ] {
                    let value = match slot {
                        SlotCode::Label => Value::Name(text.to_owned()),
                        _remarks => Value::Text(text.to_owned()),
                    };
                    if !text.is_empty() {
                        slots.set(slot, value).unwrap();
                    }
                }
                slots
            },
        )
}

fn shown(slots: &Slots) -> Shown {
    Shown {
        kind: Kind::ProtectedSite,
        slots: slots.clone(),
        facts: vec![
            ("notice", "own.main.1.4".into()),
            ("state", "active".into()),
        ],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn what_is_written_as_geojson_or_kml_is_read_as_the_same_volumes_and_slots(each in proptest::collection::vec(slots(), 1..5)) {
        let notices: Vec<Shown> = each.iter().map(shown).collect();
        for sheet in [
            geojson::read(geojson::write(&notices, &[("protected_sites", 3)], Some("EXERCISE · УЧЕНИЕ · تمرين"), outline).as_bytes(), None, outline),
            kml::read(kml::write(&notices, &[("protected_sites", 3)], Some("EXERCISE · УЧЕНИЕ · تمرين"), outline).as_bytes(), None, outline),
        ] {
            let sheet = sheet.unwrap();
            prop_assert!(sheet.is_good(), "{:?}", sheet.faults);
            let read: Vec<_> = sheet.drawn.into_iter().map(|drawn| (drawn.kind, drawn.slots)).collect();
            let written: Vec<_> = each.iter().map(|slots| (Kind::ProtectedSite, slots.clone())).collect();
            prop_assert_eq!(read, written);
        }
    }

    #[test]
    fn fields_of_a_table_are_read_as_the_slots_they_were_written_from(slots in slots()) {
        let mut fields = typed(&slots);
        let dotted = |positions: &[Position]| {
            let each: Vec<String> = positions.iter().map(|position| crate::coordinates::decimal(*position, 7)).collect();
            each.join(" | ")
        };
        match slots.area().unwrap() {
            Area::Circle(_) => fields.iter_mut().filter(|(name, _)| *name == "centre").for_each(|(name, _)| *name = "position"),
            Area::Polygon(polygon) => fields.push(("polygon", dotted(polygon.vertices()))),
            Area::Corridor(corridor) => fields.push(("corridor", dotted(corridor.points()))),
        }
        let mut table = ::csv::Writer::from_writer(Vec::new());
        table.write_record(fields.iter().map(|(name, _)| name)).unwrap();
        table.write_record(fields.iter().map(|(_, text)| text)).unwrap();
        let table = table.into_inner().unwrap();
        let sheet = csv::read(&table, Some(Kind::ProtectedSite)).unwrap();
        prop_assert!(sheet.is_good(), "{:?}", sheet.faults);
        prop_assert_eq!(&sheet.drawn[0].slots, &slots);
    }
}

#[test]
fn markup_in_a_text_goes_out_escaped() {
    let script = "<script>alert('1')</script> & more";
    let slots = Slots::new()
        .with(SlotCode::Remarks, Value::Text(script.into()))
        .unwrap();
    let slots = slots
        .with(SlotCode::Label, Value::Name("<img src=x>".into()))
        .unwrap();
    let notices = [shown(&slots)];
    for text in [
        geojson::write(&notices, &[], None, outline),
        kml::write(&notices, &[], None, outline),
    ] {
        assert!(
            !text.contains("<script") && !text.contains("<img"),
            "{text}"
        );
    }
    let read = geojson::read(
        geojson::write(&notices, &[], None, outline).as_bytes(),
        None,
        outline,
    )
    .unwrap();
    assert_eq!(read.drawn[0].slots.text(SlotCode::Remarks), Some(script));
}

#[test]
fn a_file_is_taken_at_its_limit_and_refused_beyond() {
    let over = vec![b' '; MAX_IMPORT + 1];
    assert_eq!(
        csv::read(&over, None),
        Err(SheetRefused::TooLarge(MAX_IMPORT + 1))
    );
    assert_eq!(
        geojson::read(&over, None, outline),
        Err(SheetRefused::TooLarge(MAX_IMPORT + 1))
    );
    assert_eq!(
        kml::read(&over, None, outline),
        Err(SheetRefused::TooLarge(MAX_IMPORT + 1))
    );
    assert_eq!(
        csv::read(&over[..MAX_IMPORT], None),
        Err(SheetRefused::Empty("line"))
    );
    assert!(matches!(
        geojson::read(b"\xff", None, outline),
        Err(SheetRefused::NotUtf8(0))
    ));
}

#[test]
fn so_many_rows_are_taken_and_not_one_more() {
    let site = |rows: usize| vec![shown(&Slots::new()); rows];
    let table = |rows: usize| format!("kind\n{}", "no-fire-area\n".repeat(rows));
    for rows in [MAX_ROWS, MAX_ROWS + 1] {
        let read = [
            csv::read(table(rows).as_bytes(), None),
            geojson::read(
                geojson::write(&site(rows), &[], None, outline).as_bytes(),
                None,
                outline,
            ),
            kml::read(
                kml::write(&site(rows), &[], None, outline).as_bytes(),
                None,
                outline,
            ),
        ];
        for read in read {
            match rows > MAX_ROWS {
                true => assert!(matches!(read, Err(SheetRefused::TooManyRows(_)))),
                false => assert_eq!(read.unwrap().drawn.len(), MAX_ROWS),
            }
        }
    }
}

#[test]
fn a_row_without_a_second_description_gives_a_draft_without_one() {
    let table = "lat,lon,radius\n35.2854,40.1760,500 m\n";
    let sheet = csv::read(table.as_bytes(), Some(Kind::ProtectedSite)).unwrap();
    assert!(sheet.drawn[0].slots.area().is_some());
    assert_eq!(sheet.drawn[0].slots.second(), None);
    let json = r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[40.176,35.2854]},"properties":{"radius":"500 m"}}"#;
    let sheet = geojson::read(json.as_bytes(), Some(Kind::ProtectedSite), outline).unwrap();
    assert!(sheet.drawn[0].slots.area().is_some() && sheet.drawn[0].slots.second().is_none());
}

#[test]
fn a_polygon_that_was_moved_is_not_taken_for_the_circle_that_is_written_beside_it() {
    let circle = Circle::new(
        Position::from_e7(352_854_000, 401_760_000).unwrap(),
        Millimetres::from_metres(500),
    );
    let slots = Slots::new()
        .with(SlotCode::Area, Value::Area(Area::Circle(circle.unwrap())))
        .unwrap();
    let text = geojson::write(&[shown(&slots)], &[], None, outline);
    assert!(
        geojson::read(text.as_bytes(), None, outline)
            .unwrap()
            .is_good()
    );
    let moved = text.replace("500 m", "600 m");
    let sheet = geojson::read(moved.as_bytes(), None, outline).unwrap();
    assert_eq!(sheet.faults[0].field, "centre", "{:?}", sheet.faults);
    assert!(sheet.faults[0].why.english().contains("another circle"));
    // As programs write that keep six decimals.
    let cut = text.replace("[40.176,", "[40.1760005,");
    assert!(
        geojson::read(cut.as_bytes(), None, outline)
            .unwrap()
            .is_good()
    );
}

#[test]
fn what_is_no_live_operation_says_so_in_the_file_and_live_ones_say_nothing() {
    let notices = [shown(&Slots::new())];
    let marking = "EXERCISE · УЧЕНИЕ · تمرين";
    for (marked, live) in [
        (
            geojson::write(&notices, &[], Some(marking), outline),
            geojson::write(&notices, &[], None, outline),
        ),
        (
            kml::write(&notices, &[], Some(marking), outline),
            kml::write(&notices, &[], None, outline),
        ),
    ] {
        assert!(marked.contains(marking), "{marked}");
        assert!(
            !live.contains("marking") && !live.contains("EXERCISE"),
            "{live}"
        );
    }
}
