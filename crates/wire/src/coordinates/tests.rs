use super::*;
use model::place::Position;
use model::units::Millimetres;
use proptest::prelude::*;

fn at(latitude: i32, longitude: i32) -> Position {
    Position::from_e7(latitude, longitude).unwrap()
}

fn read(text: &str) -> Parsed {
    parse(text).unwrap_or_else(|refused| panic!("{text}: {refused}"))
}

fn metres_apart(one: Position, other: Position) -> f64 {
    let (a, b) = (
        one.latitude().as_e7() - other.latitude().as_e7(),
        one.longitude().as_e7() - other.longitude().as_e7(),
    );
    libm::hypot(f64::from(a), f64::from(b)) * 0.011_1
}

/// Along a great circle, on a sphere whose degrees are as long as the longest of the ellipsoid: also where meridians meet.
fn over_the_sphere(one: Position, other: Position) -> f64 {
    let radians = |e7: i32| (f64::from(e7) / 1.0e7).to_radians();
    let (a, b) = (
        radians(one.latitude().as_e7()),
        radians(other.latitude().as_e7()),
    );
    let turn = radians(one.longitude().as_e7()) - radians(other.longitude().as_e7());
    let half = |angle: f64| libm::pow(libm::sin(angle / 2.0), 2.0);
    let chord = half(a - b) + libm::cos(a) * libm::cos(b) * half(turn);
    2.0 * 111_700.0_f64.to_degrees() * libm::asin(libm::sqrt(chord))
}

#[test]
fn what_is_rounded_to_a_pole_reads_back_within_its_precision() {
    let near = at(-895_000_000, 979_432_582);
    let read = read(&decimal(near, 0)).stated;
    assert!(over_the_sphere(near, read.position) * 1_000.0 <= read.precision.as_mm() as f64);
}

#[test]
fn one_place_is_read_in_every_way_it_is_typed() {
    let place = at(353_359_000, 401_408_000);
    let exactly = [
        "35.3359 40.1408",
        "35.3359, 40.1408",
        "35.3359,40.1408",
        "35,3359 40,1408",
        "35,3359, 40,1408",
        "35,3359; 40,1408",
        "35.3359° 40.1408°",
        "N35.3359 E40.1408",
        "35.3359N 40.1408E",
        "35.3359 N, 40.1408 E",
        "40.1408 E 35.3359 N",
        "E40.1408 N35.3359",
        "+35.3359 +40.1408",
        "+35.3359+040.1408",
        "35,3359° С 40,1408° В",
        "35,3359° с.ш. 40,1408° в.д.",
        "С35,3359 В40,1408",
        "٣٥٫٣٣٥٩، ٤٠٫١٤٠٨",
        "۳۵٫۳۳۵۹ ۴۰٫۱۴۰۸",
        "٣٥٫٣٣٥٩ ش ٤٠٫١٤٠٨ ق",
        "٣٥٫٣٣٥٩ شمال ٤٠٫١٤٠٨ شرق",
        "\u{2066}35.3359\u{2069}, \u{2066}40.1408\u{2069}",
        "35°20.154' N 40°08.448' E",
        "35º20,154′ N 40º08,448′ E",
        "N 35 20.154 E 40 08.448",
        "35 20.154, 40 08.448",
        "3520.154N 04008.448E",
        "35°20'09.24\" N 40°08'26.88\" E",
        "35°20’09.24’’N, 40°08’26.88’’E",
        "352009.24N 0400826.88E",
        "35 20 09.24 N 40 08 26.88 E",
        "35:20:09.24N 40:08:26.88E",
        "35:20:09.24 40:08:26.88",
        "N 35:20.154, E 040:08.448",
        "35d20m09.24sN 40d08m26.88sE",
        "35d20m09,24s N, 40d08m26,88s E",
        "35d20.154m, 40d08.448m",
        "(35.3359, 40.1408)",
        "( 35°20.154' N 40°08.448' E )",
    ];
    for text in exactly {
        assert_eq!(read(text).stated.position, place, "{text}");
        assert_eq!(read(text).datum, Datum::Wgs84, "{text}");
    }
    let nearly = [
        "37S FV 03674 10891",
        "37SFV0367410891",
        "37s fv 03674 10891",
        "37 S FV 0367410891",
        "37N 603674 3910891",
        "37 NORTH 603674 3910891",
        "37N 603674E 3910891N",
        "UTM 37N 603674 3910891",
        "utm 37 north 603674 3910891",
        "(37S FV 03674 10891)",
    ];
    for text in nearly {
        let read = read(text);
        assert!(
            metres_apart(read.stated.position, place) < 1.5,
            "{text}: {}",
            read.stated.position
        );
    }
}

#[test]
fn the_south_and_the_west_are_negative() {
    let place = at(-338_600_000, -704_500_000);
    for text in [
        "-33.86 -70.45",
        "33.86S 70.45W",
        "33,86° Ю 70,45° З",
        "٣٣٫٨٦ ج ٧٠٫٤٥ غ",
        "-33.86, -70.45",
    ] {
        assert_eq!(read(text).stated.position, place, "{text}");
    }
}

#[test]
fn the_stated_precision_is_one_in_the_last_digit() {
    let precision = |text: &str| read(text).stated.precision.to_string();
    assert_eq!(precision("35.2550 40.1400"), "14 m");
    assert_eq!(precision("35.25500 40.14000"), "1.443 m");
    assert_eq!(precision("35°15'18\" N 40°08'24\" E"), "40 m");
    assert_eq!(precision("37S FV 03705 01917"), "1.446 m");
    assert_eq!(precision("37S FV 037 019"), "141 m");
    assert_eq!(precision("37S FV 0 0"), "14.15 km");
    assert_eq!(precision("SK-42 X 3905123 Y 7604123"), "26 m");
}

#[test]
fn cyrillic_letters_in_a_grid_reference_are_read_as_they_look() {
    let latin = read("37T EH 0370 0191").stated;
    assert_eq!(read("37Т ЕН 0370 0191").stated, latin);
    assert_eq!(read("37т ен 0370 0191").stated, latin);
    let latin = read("37U CB 9370 0191").stated;
    assert_eq!(read("37U СВ 9370 0191").stated, latin);
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    for text in [
        "35,3359,40,1408",
        "35,40",
        "35 20 40 8",
        "35 20 09 40 08 27",
        "37S 603674 3910891",
        "UTM 37S 603674 3910891",
        // The seconds, or the south?
        "35d20m09s 40d08m27s",
        "35d20m09S 40d08m27E",
        "35.3359 - 40.1408",
        "35.3359-40.1408",
    ] {
        let refused = parse(text).unwrap_err();
        assert!(
            matches!(refused, PositionUnreadable::Ambiguous(..)),
            "{text}: {refused}"
        );
    }
    // Only one reading of S has a place for this northing.
    assert!(
        read("37S 603674 9100000")
            .stated
            .position
            .latitude()
            .as_e7()
            < 0
    );
    assert_eq!(
        parse("35 20 40 8").unwrap_err().to_string(),
        "`35 20 40 8` can be read in more than one way: say which numbers are degrees, minutes and seconds, as in \
         35°20' N 40°08' E"
    );
}

#[test]
fn grid_references_that_name_nothing_are_refused_with_the_reason() {
    use PositionUnreadable as Why;
    let refused = |text: &str| parse(text).unwrap_err();
    assert!(matches!(refused("36S FV 0370 0191"), Why::Column(_)));
    assert!(matches!(refused("37S FK 0370 0191"), Why::Row(_)));
    assert!(matches!(refused("61S FV 0370 0191"), Why::Zone(_)));
    assert!(matches!(refused("37I FV 0370 0191"), Why::Zone(_)));
    assert!(matches!(refused("32X NE 0370 0191"), Why::NoSuchZone(_)));
    assert!(matches!(refused("37S FV 037 0191"), Why::Digits(_, 7)));
    assert!(matches!(refused("37S FV 0370 01911"), Why::Digits(_, 9)));
    assert!(matches!(refused("37S FV 03701 919"), Why::Digits(_, 8)));
    assert!(matches!(refused("37S FV"), Why::Digits(_, 0)));
    assert!(matches!(
        refused("37S FV 037011 019111"),
        Why::Digits(_, 12)
    ));
    assert!(matches!(refused("YXL 6143 4811"), Why::Polar(_)));
    assert!(matches!(refused("37N 50000000 3910891"), Why::Utm(_)));
    assert!(matches!(
        refused("СК-42 X 3905123 Y 604123"),
        Why::GaussKruger(_)
    ));
}

#[test]
fn positions_that_cannot_be_are_refused() {
    use PositionUnreadable as Why;
    let refused = |text: &str| parse(text).unwrap_err();
    assert!(matches!(refused("135.3 40.1"), Why::Place(_)));
    assert!(matches!(refused("35.3 240.1"), Why::Place(_)));
    assert!(matches!(refused("99999999999 40.1"), Why::Place(_)));
    assert!(matches!(
        refused("35°60' N 40°08' E"),
        Why::Sixty(_, "minutes")
    ));
    assert!(matches!(
        refused("35°20'60\" N 40°08'00\" E"),
        Why::Sixty(_, "seconds")
    ));
    assert!(matches!(refused("-35.3 N 40.1 E"), Why::SignAndLetter(_)));
    assert!(matches!(refused("35.3 N 40.1 N"), Why::SameAxis(_)));
    for text in [
        "",
        "here",
        "35.3",
        "35.3 40.1 7 x",
        "35.3359O 40.1408N",
        "NaN NaN",
        "1e5 40",
        "35.5°20' 40°",
    ] {
        assert!(
            matches!(refused(text), Why::Form(_)),
            "{text}: {:?}",
            refused(text)
        );
    }
    assert!(matches!(refused(&"3".repeat(MAX_TEXT + 1)), Why::TooLong));
    assert!(matches!(refused("35.3\u{7}40.1"), Why::Control));
}

#[test]
fn positions_on_the_datum_of_1942_are_moved_and_lose_precision() {
    let read = read("SK-42 35.25500 40.14000");
    assert_eq!(read.datum, Datum::Sk42);
    assert!(metres_apart(read.stated.position, at(352_547_401, 401_388_244)) < 0.05);
    assert!(read.stated.precision > Millimetres::from_metres(25));
    let pair = parse("СК-42: Х=3905123 У=7604123").unwrap();
    assert_eq!((pair.form, pair.datum), (Form::GaussKruger, Datum::Sk42));
    assert!(metres_apart(pair.stated.position, at(352_688_916, 401_431_361)) < 0.05);
    assert_eq!(parse("СК-42 Y 7604123 X 3905123"), Ok(pair));
    assert_eq!(parse("SK42 3905123 7604123"), Ok(pair));
}

#[test]
fn a_position_is_echoed_in_every_form_to_its_precision() {
    let forms = forms(at(352_550_000, 401_400_000), Millimetres::from_metres(15));
    assert_eq!(forms.decimal, "35.2550, 40.1400");
    assert_eq!(forms.decimal_minutes, "35°15.300' N 040°08.400' E");
    assert_eq!(forms.minutes_seconds, "35°15'18.0\" N 040°08'24.0\" E");
    assert_eq!(forms.mgrs.as_deref(), Some("37S FV 037 019"));
    assert_eq!(
        super::forms(at(850_000_000, 0), Millimetres::from_metres(15)).mgrs,
        None
    );
}

fn place() -> impl Strategy<Value = Position> {
    (
        -900_000_000..=900_000_000i32,
        -1_800_000_000..1_800_000_000i32,
    )
        .prop_map(|(a, b)| at(a, b))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn printed_in_full_every_angular_form_reads_back_exactly(position in place()) {
        for printed in [decimal(position, 7), decimal_minutes(position, 6), minutes_seconds(position, 4)] {
            prop_assert_eq!(read(&printed).stated.position, position, "{}", printed);
        }
    }

    #[test]
    fn printed_coarsely_every_form_reads_back_within_its_precision(position in place(), places in 0..7u32) {
        for printed in [decimal(position, places), decimal_minutes(position, places), minutes_seconds(position, places)] {
            let read = read(&printed).stated;
            let apart = over_the_sphere(position, read.position);
            prop_assert!(apart * 1_000.0 <= read.precision.as_mm() as f64 + 10.0, "{}", printed);
        }
    }

    #[test]
    fn a_grid_reference_reads_back_as_itself_at_every_length(position in place(), digits in 1..=5u32) {
        if let Some(printed) = mgrs(position, digits) {
            let again = read(&printed);
            prop_assert_eq!(again.form, Form::Mgrs);
            // A square cut by a zone or band can have its corner outside; then it is printed in the neighbour's name.
            let echoed = mgrs(again.stated.position, digits);
            let same_zone = echoed.as_ref().is_some_and(|echoed| echoed[..3] == printed[..3]);
            prop_assert!(!same_zone || echoed.as_ref() == Some(&printed), "{} {:?}", printed, echoed);
            let apart = metres_apart(at(position.latitude().as_e7(), 0), at(again.stated.position.latitude().as_e7(), 0));
            prop_assert!(apart * 1_000.0 <= again.stated.precision.as_mm() as f64 * 1.01);
        }
    }

    #[test]
    fn no_text_makes_it_panic(
        text in "\\PC*",
        other in "([0-9]{1,18}|[NSEWСЮВЗXY]|°|'|\"|,|\\.| |-|/|;|SK-42|37S|FV|ش|ق|٣٥){0,14}",
    ) {
        let _ = (parse(&text), parse(&other));
    }

    #[test]
    fn what_is_read_can_be_echoed_and_read_again(
        other in "([0-9]{1,4}|[NSEW]|°|'|,|\\.| |-|37S|FV){1,14}",
    ) {
        if let Ok(read) = parse(&other) {
            let forms = forms(read.stated.position, read.stated.precision);
            prop_assert!(parse(&forms.decimal).is_ok());
            prop_assert!(parse(&forms.minutes_seconds).is_ok());
            prop_assert!(parse(&forms.decimal_minutes).is_ok());
        }
    }
}
