use super::*;
use model::place::Area;
use model::slot::SlotCode;

fn outline(_: &model::place::Circle) -> Vec<Position> {
    Vec::new()
}

fn read_text(text: &str) -> Result<Sheet, SheetRefused> {
    read(text.as_bytes(), Some(Kind::CautionArea), outline)
}

fn kml(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>{inside}</Document></kml>"
    )
}

const RING: &str =
    "<LinearRing><coordinates>40,35,0 40.1,35,0 40.1,35.1,0 40,35,0</coordinates></LinearRing>";
const RADIUS: &str =
    "<ExtendedData><Data name=\"radius\"><value>500 m</value></Data></ExtendedData>";
const POINT: &str = "<Point><coordinates> 40.176,35.2854,0 </coordinates></Point>";

#[test]
fn placemarks_are_read_with_their_names_and_data() {
    let text = kml(&format!(
        "<Style id=\"s\"><name>no label</name></Style><Folder><Placemark><name>A &amp; B &#1052;</name>\
         <description>plain</description>{RADIUS}{POINT}</Placemark>\
         <Placemark><ExtendedData><SchemaData><SimpleData name=\"label\"><![CDATA[<x>]]></SimpleData></SchemaData></ExtendedData>\
         <Polygon><outerBoundaryIs>{RING}</outerBoundaryIs></Polygon></Placemark></Folder>"
    ));
    let sheet = read_text(&text).unwrap();
    assert!(sheet.is_good(), "{sheet:?}");
    let [first, second] = sheet.drawn.as_slice() else {
        panic!("{sheet:?}")
    };
    assert_eq!(first.slots.text(SlotCode::Label), Some("A & B М"));
    assert_eq!(first.slots.text(SlotCode::Remarks), Some("plain"));
    assert!(matches!(first.slots.area(), Some(Area::Circle(_))));
    assert_eq!(second.slots.text(SlotCode::Label), Some("<x>"));
    assert!(matches!(second.slots.area(), Some(Area::Polygon(ring)) if ring.vertices().len() == 3));
}

#[test]
fn what_no_notice_can_be_is_refused_by_its_placemark_and_field() {
    let hole = format!(
        "<Polygon><outerBoundaryIs>{RING}</outerBoundaryIs><innerBoundaryIs>{RING}</innerBoundaryIs></Polygon>"
    );
    let several = format!("<MultiGeometry>{POINT}{POINT}</MultiGeometry>");
    let long = format!(
        "<Point><coordinates>{}</coordinates></Point>",
        "1".repeat(MAX_COORDINATES + 1)
    );
    for (inside, field, says) in [
        (hole.as_str(), "geometry", "has holes"),
        (several.as_str(), "geometry", "several areas"),
        (long.as_str(), "geometry", "simplify it"),
        (POINT, "radius", "a point needs one"),
        (
            "<LineString><coordinates>here there</coordinates></LineString>",
            "geometry",
            "is no longitude,latitude",
        ),
        (
            "<description><![CDATA[<b>x</b>]]></description>",
            "remarks",
            "holds markup",
        ),
        (
            "<TimeSpan><begin>2026-01-01</begin></TimeSpan>",
            "TimeSpan",
            "give `from` and `until`",
        ),
        ("<name>a\u{202e}b</name>", "label", "direction marks"),
        (
            "<ExtendedData><Data name=\"colour\"><value>red</value></Data></ExtendedData>",
            "colour",
            "is not known",
        ),
    ] {
        let sheet = read_text(&kml(&format!("<Placemark>{inside}</Placemark>"))).unwrap();
        assert!(
            sheet.drawn.is_empty() && sheet.faults.len() == 1,
            "{inside:.200}: {sheet:?}"
        );
        let fault = &sheet.faults[0];
        assert!(
            fault.field == field && fault.why.english().contains(says),
            "{fault:?}"
        );
    }
}

#[test]
fn nothing_that_a_file_names_is_looked_up() {
    let entity = "<!DOCTYPE kml [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><kml><Placemark><name>&x;</name></Placemark></kml>";
    let link =
        kml("<NetworkLink><Link><href>http://192.0.2.1/more.kml</href></Link></NetworkLink>");
    for (text, says) in [
        (entity, "a document type"),
        (link.as_str(), "a network link"),
        (&kml("<Placemark><name>&x;</name></Placemark>"), "an entity"),
    ] {
        let refused = read_text(text).unwrap_err().to_string();
        assert!(refused.contains(says), "{refused}");
    }
}

#[test]
fn elements_lie_so_deep_in_each_other_and_no_deeper() {
    let folders = |count: usize| {
        let inside = format!(
            "{}<Placemark/>{}",
            "<Folder>".repeat(count),
            "</Folder>".repeat(count)
        );
        read_text(&kml(&inside))
    };
    // kml, Document and the placemark lie around and in them.
    assert!(folders(MAX_DEPTH - 3).is_ok());
    assert!(matches!(
        folders(MAX_DEPTH - 2),
        Err(SheetRefused::Forbidden(_))
    ));
}

#[test]
fn what_is_no_kml_is_refused() {
    for (text, says) in [
        ("", "no `kml`"),
        ("PK\u{3}\u{4}", "no `kml`"),
        ("<html><body/></html>", "no `kml`"),
        ("<kml><Document>", "before its last element"),
        ("<kml></Document>", "no KML"),
        ("<kml></kml>", "no placemark"),
    ] {
        let refused = read_text(text).unwrap_err().to_string();
        assert!(refused.contains(says), "{text}: {refused}");
    }
}
