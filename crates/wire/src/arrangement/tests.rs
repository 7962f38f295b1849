use model::code::{Desk, Level};
use model::kind::Kind;
use model::place::Area;
use proptest::prelude::*;

use super::*;
use crate::testing::{Side, arrangement_text, at, line};

/// The message about the filled-in template with `from` written as `to`.
fn refused(from: &str, to: &str) -> String {
    let text = arrangement_text();
    assert!(text.contains(from), "{from}");
    parse(&text.replacen(from, to, 1))
        .expect_err(to)
        .to_string()
}

#[test]
fn the_template_reads_once_people_have_filled_it_in() {
    let arrangement = parse(&arrangement_text()).unwrap();
    assert_eq!(arrangement.line, line());
    assert!(arrangement.exercise);
    assert!(matches!(arrangement.area, Area::Polygon(_)));
    assert_eq!(arrangement.desks.len(), 4);
    assert_eq!(arrangement.separations[0].horizontal.as_mm(), 9_260_000);
    assert_eq!(
        arrangement.separations[2].between,
        [Kind::HazardArea, Kind::PositionArea]
    );
    assert_eq!(arrangement.stop.climb[0].level, Level::TwoStar);
    assert_eq!(arrangement.stop.limit.as_ms(), 1_800_000);
    assert_eq!(arrangement.line_checks, [360, 1080]);
    assert_eq!(arrangement.margins.above_ground, None);
    let russia = Side::other().party();
    assert_eq!(
        arrangement.numbers(russia, Desk::Senior),
        ["+44 1632 960000"]
    );
    assert_eq!(&*arrangement.document, arrangement_text());
}

#[test]
fn the_template_alone_is_refused_for_what_only_people_know() {
    let parties = [Side::one().party(), Side::other().party()];
    let bare = template(line(), "euphrates".parse().unwrap(), parties, false);
    let message = parse(&bare).unwrap_err().to_string();
    assert_eq!(message, "`area`: give one of circle, polygon");
}

#[test]
fn errors_name_the_key_and_what_is_allowed() {
    for (from, to, expected) in [
        (
            "version = 1",
            "version = 0",
            "`version` is 0: give a whole number from 1",
        ),
        (
            "version = 1",
            "version = 1.5",
            "`version` is a number with a point: give a whole number from 1",
        ),
        (
            "version = 1",
            "",
            "`version` is missing: give a whole number from 1",
        ),
        (
            "accept = \"15 s\"",
            "accept = \"1 s\"",
            "`stop.accept` is \"1 s\": give a time such as \"90 s\", from 5 s to 10 min",
        ),
        (
            "accept = \"15 s\"",
            "acept = \"15 s\"",
            "`stop.acept` is not known: use accept, answer, confirm, limit, undelivered, climb",
        ),
        (
            "\"hazard-area\"]",
            "\"kill-box\"]",
            "`separation[1].between[1]` is \"kill-box\": give two kinds of notice",
        ),
        (
            "\"hazard-area\"]",
            "\"stop-call\"]",
            "`separation[1].between[1]` is \"stop-call\": give two kinds of notice",
        ),
        (
            "nature = \"exercise\"",
            "nature = \"test\"",
            "`nature` is \"test\": give \"exercise\" or \"live\"",
        ),
        (
            "free_text = false",
            "free_text = \"no\"",
            "`free_text` is \"no\": give true or false",
        ),
        (
            "free_text = false",
            "free_text = false\nwatch_officers = 0",
            "`watch_officers` is 0: give a whole number from 1 to 9",
        ),
        (
            "free_text = false",
            "free_text = false\nwatch_officers = 10",
            "`watch_officers` is 10: give a whole number from 1 to 9",
        ),
        (
            "russia = [\"en\"]",
            "russia = []",
            "`languages.russia`: give at least one of en, ru, ar",
        ),
        (
            "russia = [\"en\"]",
            "france = [\"en\"]",
            "`languages.france` is not known: use coalition, russia",
        ),
        (
            "\"35.50, 39.80\"",
            "\"95.50, 39.80\"",
            "`area.polygon[0]` is \"95.50, 39.80\": give a list",
        ),
    ] {
        let message = refused(from, to);
        let expected = expected.replace(
            "give a list",
            "give positions such as \"35.2855, 40.1757\": latitude, then longitude, in degrees",
        );
        assert_eq!(message, expected);
    }
}

#[test]
fn the_parts_must_fit_each_other() {
    for (from, to, expected) in [
        (
            "\"coalition\", \"russia\"",
            "\"russia\", \"russia\"",
            "`parties`: give two different parties",
        ),
        (
            "numbers = [\"+44 1632 960000\"]",
            "numbers = []",
            "`fallback`: the air desk of coalition has no telephone number: give one",
        ),
        (
            "desks = [\"air\", \"ground\", \"protection\", \"senior\"]",
            "desks = [\"air\"]",
            "`fallback`: `ground` is no desk of this arrangement",
        ),
        (
            "\"35.2854, 40.1760\"",
            "\"40.1760, 35.2854\"",
            "`reference_point`: `airfield` at 40.1760000, 35.2854000 is far outside the area: check that latitude and longitude are not swapped",
        ),
        (
            "[\"air-activity\", \"hazard-area\"]",
            "[\"air-activity\", \"air-activity\"]",
            "`separation`: air-activity and air-activity are kept apart twice: give each pair once",
        ),
        (
            "level = \"three-star\"",
            "level = \"two-star\"",
            "`stop.climb`: give the levels in order, each higher and later than the one before",
        ),
        (
            "level = \"two-star\"",
            "level = \"desk\"",
            "`stop.climb`: the alarm begins at the desk: give the levels above it",
        ),
        (
            "[\"06:00Z\", \"18:00Z\"]",
            "[\"18:00Z\", \"06:00Z\"]",
            "`line_checks`: give each time once, the earliest first",
        ),
        (
            "party = \"russia\"",
            "party = \"france\"",
            "`fallback`: `france` is no party of this arrangement",
        ),
    ] {
        assert_eq!(refused(from, to), expected);
    }
}

#[test]
fn a_circle_is_an_area_and_a_corridor_is_none() {
    let polygon =
        "polygon = [\"35.50, 39.80\", \"35.50, 40.60\", \"34.90, 40.60\", \"34.90, 39.80\"]";
    let with = |area: &str| parse(&arrangement_text().replacen(polygon, area, 1));
    let circle = "circle = { centre = \"35.3359, 40.1459\", radius = \"40 km\" }";
    assert!(matches!(with(circle).unwrap().area, Area::Circle(_)));
    let corridor = "corridor = { points = [\"35.5, 39.8\", \"34.9, 40.6\"], width = \"20 km\" }";
    let refused = with(corridor).unwrap_err().to_string();
    assert!(refused.contains("a polygon around it"), "{refused}");
    assert!(with(&format!("{circle}\n{corridor}")).is_err());
    let wide = "circle = { centre = \"35.3359, 40.1459\", radius = \"501 km\" }";
    assert!(
        with(wide)
            .unwrap_err()
            .to_string()
            .starts_with("`area.circle`: radius of 501.00 km")
    );
}

#[test]
fn an_area_that_cannot_be_drawn_is_refused_before_anybody_signs_it() {
    let filled = arrangement_text();
    for (area, why) in [
        (
            r#"polygon = ["35.5, 39.8", "34.9, 40.6", "35.5, 40.6", "34.9, 39.8"]"#,
            "cross",
        ),
        (r#"polygon = ["35.5, 40", "34.9, 40", "34.5, 40"]"#, ""),
    ] {
        let from = filled.find("[area]").unwrap();
        let until = from + filled[from..].find("\n\n").unwrap();
        let text = format!("{}[area]\n{area}{}", &filled[..from], &filled[until..]);
        let refused = SignedArrangement::from_text(&text).unwrap_err();
        let words = format!("{refused:?}");
        assert!(words.contains("\"area\"") && words.contains(why), "{words}");
    }
}

#[test]
fn a_text_is_read_up_to_its_limits() {
    let text = arrangement_text();
    let filled = format!("{text}#{}", " ".repeat(MAX_DOCUMENT - text.len() - 1));
    assert!(parse(&filled).is_ok());
    assert_eq!(
        parse(&format!("{filled} ")),
        Err(ArrangementRefused::TooLarge {
            given: MAX_DOCUMENT + 1
        })
    );
    let points = |count: usize| {
        let point = |n| {
            format!("[[reference_point]]\nid = \"p{n}\"\nname = \"P\"\nposition = \"35, 40\"\n")
        };
        text.replacen(
            "[deadlines]",
            &format!("{}[deadlines]", (1..count).map(point).collect::<String>()),
            1,
        )
    };
    assert_eq!(
        parse(&points(MAX_LISTED)).unwrap().reference_points.len(),
        MAX_LISTED
    );
    assert!(matches!(
        parse(&points(MAX_LISTED + 1)),
        Err(ArrangementRefused::TooMany { .. })
    ));
    let numbers = |count| format!("numbers = [{}]", vec!["\"112 333\""; count].join(", "));
    let with = |count| parse(&text.replacen("numbers = [\"+44 1632 960000\"]", &numbers(count), 1));
    assert!(with(MAX_NUMBERS).is_ok());
    assert!(with(MAX_NUMBERS + 1).is_err());
    assert_eq!(
        parse(&text.replace('\n', "\r\n")),
        Err(ArrangementRefused::LineEnds)
    );
    assert!(matches!(
        parse("version = "),
        Err(ArrangementRefused::NotToml(_))
    ));
}

#[test]
fn a_reference_point_may_lie_across_the_date_line() {
    let text = arrangement_text()
        .replace(
            "\"35.50, 39.80\", \"35.50, 40.60\", \"34.90, 40.60\", \"34.90, 39.80\"",
            "\"1, 179\", \"1, -179\", \"-1, 180\"",
        )
        .replace("\"35.2854, 40.1760\"", "\"0, -179.9\"");
    assert!(parse(&text).is_ok());
    assert!(parse(&text.replace("-179.9", "0")).is_err());
}

// ---- signatures

fn signed_by(sides: &[&Side]) -> SignedArrangement {
    let mut signed = SignedArrangement::from_text(&arrangement_text()).unwrap();
    for side in sides {
        let signature = sign(signed.arrangement(), side.party(), at(3), &side.signer).unwrap();
        signed.add(signature).unwrap();
    }
    signed
}

#[test]
fn both_parties_sign_the_text_and_a_person_can_still_read_it() {
    let (one, other) = (Side::one(), Side::other());
    let signed = signed_by(&[&one, &other]);
    let text = signed.to_text();
    assert!(text.starts_with(&arrangement_text()));
    let again = SignedArrangement::from_text(&text).unwrap();
    assert_eq!(again, signed);
    let kept = again.verify([&other.keys(), &one.keys()]).unwrap();
    let signatures = read_signatures(&kept).unwrap();
    assert_eq!(signatures, signed.signatures());
    assert!(signatures[0].is_by(&one.keys(), again.arrangement()));
}

#[test]
fn a_missing_doubled_or_foreign_signature_is_refused() {
    let (one, other) = (Side::one(), Side::other());
    let keys = [&one.keys(), &other.keys()];
    let half = SignedArrangement::from_text(&signed_by(&[&one]).to_text()).unwrap();
    assert_eq!(
        half.verify(keys),
        Err(SignedRefused::NotSigned {
            party: other.party()
        })
    );
    let mut twice = signed_by(&[&one]);
    let again = sign(twice.arrangement(), one.party(), at(4), &one.signer).unwrap();
    assert_eq!(
        twice.add(again),
        Err(SignedRefused::Twice { party: one.party() })
    );
    // One party signs in the other's name.
    let mut forged = signed_by(&[&one]);
    let signature = sign(forged.arrangement(), other.party(), at(4), &one.signer).unwrap();
    forged.add(signature).unwrap();
    assert_eq!(
        forged.verify(keys),
        Err(SignedRefused::Wrong {
            party: other.party()
        })
    );
    let stranger = "nobody".parse().unwrap();
    assert_eq!(
        sign(forged.arrangement(), stranger, at(4), &one.signer),
        Err(SignedRefused::NotAParty { party: stranger })
    );
}

#[test]
fn a_text_changed_after_signing_is_refused() {
    let (one, other) = (Side::one(), Side::other());
    let text = signed_by(&[&one, &other]).to_text();
    for (from, to) in [
        ("\"15 s\"", "\"16 s\""),
        ("# The arrangement", "#  The arrangement"),
    ] {
        let changed = SignedArrangement::from_text(&text.replacen(from, to, 1)).unwrap();
        assert_eq!(
            changed.verify([&one.keys(), &other.keys()]),
            Err(SignedRefused::Wrong { party: one.party() })
        );
    }
}

#[test]
fn exercise_keys_do_not_sign_a_live_line() {
    let (one, other) = (Side::one(), Side::other());
    let live = arrangement_text().replacen("nature = \"exercise\"", "nature = \"live\"", 1);
    let live = SignedArrangement::from_text(&live).unwrap();
    assert!(matches!(
        live.verify([&one.keys(), &other.keys()]),
        Err(SignedRefused::Exercise { .. })
    ));
}

#[test]
fn a_text_that_holds_the_marker_is_not_signed() {
    let text = format!(
        "{}# -----BEGIN STANDCLEAR SIGNATURES-----\n",
        arrangement_text()
    );
    assert!(matches!(
        SignedArrangement::unsigned(parse(&text).unwrap()),
        Err(SignedRefused::Marker)
    ));
    let huge = " ".repeat(MAX_DOCUMENT + MAX_SIGNATURES_TEXT + 1);
    assert!(matches!(
        SignedArrangement::from_text(&huge),
        Err(SignedRefused::TooLarge { .. })
    ));
}

proptest! {
    #[test]
    fn arbitrary_text_is_read_or_refused(text in "\\PC{0,300}") {
        let _ = parse(&text);
        let _ = SignedArrangement::from_text(&text);
    }

    #[test]
    fn a_changed_arrangement_is_read_or_refused(at: proptest::sample::Index, to in any::<char>()) {
        let mut text: Vec<char> = arrangement_text().chars().collect();
        let at = at.index(text.len());
        text[at] = to;
        let _ = parse(&text.into_iter().collect::<String>());
    }
}
