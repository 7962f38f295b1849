use super::*;
use crate::sheet::MAX_FAULTS;
use model::place::Area;

fn outline(_: &model::place::Circle) -> Vec<Position> {
    Vec::new()
}

fn read_text(text: &str) -> Result<Sheet, SheetRefused> {
    read(text.as_bytes(), Some(Kind::CautionArea), outline)
}

fn feature_of(geometry: &str, properties: &str) -> String {
    format!(r#"{{"type":"Feature","geometry":{geometry},"properties":{properties}}}"#)
}

fn fault(geometry: &str, properties: &str) -> (String, String) {
    let sheet = read_text(&feature_of(geometry, properties)).unwrap();
    assert!(
        sheet.drawn.is_empty() && sheet.faults.len() == 1,
        "{sheet:?}"
    );
    (
        sheet.faults[0].field.clone(),
        sheet.faults[0].why.to_string(),
    )
}

const RING: &str = "[[40.0,35.0],[40.1,35.0],[40.1,35.1],[40.0,35.0]]";

#[test]
fn a_polygon_a_point_with_a_radius_and_a_line_with_a_width_are_areas() {
    let of = |geometry: &str, properties: &str| {
        let sheet = read_text(&feature_of(geometry, properties)).unwrap();
        assert!(sheet.is_good(), "{sheet:?}");
        sheet.drawn[0].slots.area().unwrap().clone()
    };
    let polygon = of(
        &format!(r#"{{"type":"Polygon","coordinates":[{RING}]}}"#),
        "{}",
    );
    assert!(matches!(polygon, Area::Polygon(ring) if ring.vertices().len() == 3));
    let circle = of(
        r#"{"type":"Point","coordinates":[40.1760001,35.2854,0]}"#,
        r#"{"radius":"500 m","label":null}"#,
    );
    let Area::Circle(circle) = circle else {
        panic!()
    };
    assert_eq!(circle.centre().to_string(), "35.2854000, 40.1760001");
    let line = of(
        r#"{"type":"LineString","coordinates":[[40,35],[41,35]]}"#,
        r#"{"width":"2 km"}"#,
    );
    assert!(matches!(line, Area::Corridor(_)));
}

#[test]
fn what_no_notice_can_be_is_refused_by_its_feature_and_field() {
    let point = r#"{"type":"Point","coordinates":[40.1,35.2]}"#;
    for (geometry, properties, field, says) in [
        (point, "{}", "radius", "a point needs one"),
        (point, r#"{"radius":500}"#, "radius", "has no unit"),
        (
            point,
            r#"{"radius":"500 m","colour":"red"}"#,
            "colour",
            "is not known",
        ),
        (
            point,
            r#"{"radius":"500 m","radius":"900 m"}"#,
            "radius",
            "is given twice",
        ),
        (
            point,
            r#"{"radius":"500 m","label":["x"]}"#,
            "label",
            "neither text nor a number",
        ),
        (
            point,
            r#"{"radius":"500 m","label":"a\u202eb"}"#,
            "label",
            "direction marks",
        ),
        (
            point,
            r#"{"radius":"500 m","width":"1 km"}"#,
            "width",
            "says nothing of a circle",
        ),
        (
            point,
            r#"{"radius":"500 m","position":"35.2 40.1"}"#,
            "position",
            "say the place once",
        ),
        (
            r#"{"type":"Point","coordinates":[40.1,35.2,900]}"#,
            r#"{"radius":"500 m"}"#,
            "geometry",
            "give heights in `band`",
        ),
        (
            r#"{"type":"Point","coordinates":[40.1]}"#,
            r#"{"radius":"500 m"}"#,
            "geometry",
            "longitude, then latitude",
        ),
        (
            r#"{"type":"Point","coordinates":[35.2,140.1]}"#,
            r#"{"radius":"500 m"}"#,
            "geometry",
            "not swapped",
        ),
        (
            r#"{"type":"Point","coordinates":[1e300,1]}"#,
            r#"{"radius":"500 m"}"#,
            "geometry",
            "is no angle",
        ),
        (
            r#"{"type":"MultiPolygon","coordinates":[]}"#,
            "{}",
            "geometry",
            "a feature of each part",
        ),
        (
            r#"{"type":"Polygon","coordinates":[[[1,2],[3,4],[5,6],[7,8]]]}"#,
            "{}",
            "geometry",
            "is not closed",
        ),
        (
            r#"{"type":"Polygon"}"#,
            "{}",
            "geometry",
            "has no `coordinates`",
        ),
        (
            &format!(r#"{{"type":"Polygon","coordinates":[{RING},{RING}]}}"#),
            "{}",
            "geometry",
            "has holes",
        ),
        (
            r#"{"type":"Sphere","coordinates":[1,2]}"#,
            "{}",
            "geometry",
            "is no geometry",
        ),
    ] {
        let (named, why) = fault(geometry, properties);
        assert!(
            named == field && why.contains(says),
            "{geometry} {properties}: {named}: {why}"
        );
    }
}

#[test]
fn one_bad_feature_hides_no_other() {
    let good = feature_of("null", r#"{"label":"x"}"#);
    let text = format!(
        r#"{{"features":[{good},{{"type":"Thing"}},7,{good}],"type":"FeatureCollection","bbox":[1,2]}}"#
    );
    let sheet = read_text(&text).unwrap();
    assert_eq!(
        sheet.drawn.iter().map(|drawn| drawn.at).collect::<Vec<_>>(),
        [1, 4]
    );
    assert_eq!(
        sheet
            .faults
            .iter()
            .map(|fault| fault.at)
            .collect::<Vec<_>>(),
        [2, 3]
    );
    assert!(sheet.faults.len() < MAX_FAULTS);
}

#[test]
fn what_is_no_collection_of_features_on_this_datum_is_refused() {
    for (text, says) in [
        ("{", "no GeoJSON"),
        ("[]", "no GeoJSON"),
        ("PK\u{3}\u{4}", "no GeoJSON"),
        ("{}", "no `type`"),
        (r#"{"type":"Topology"}"#, "`Topology`"),
        (
            r#"{"type":"FeatureCollection","features":[]}"#,
            "holds no feature",
        ),
        (
            r#"{"type":"FeatureCollection","features":[],"features":[]}"#,
            "is there twice",
        ),
        (
            r#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:28407"}},"features":[{"type":"Feature"}]}"#,
            "another datum",
        ),
    ] {
        let refused = read_text(text).unwrap_err().to_string();
        assert!(refused.contains(says), "{text}: {refused}");
    }
    let deep = format!(
        r#"{{"type":"FeatureCollection","features":[{}1{}]}}"#,
        "[".repeat(9_999),
        "]".repeat(9_999)
    );
    let _refused_or_faulty = read_text(&deep);
}
