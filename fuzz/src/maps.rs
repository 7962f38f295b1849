//! Notices as tables and map files. What is read is written, and reads as the same.

use model::kind::Kind;
use model::place::{Circle, Position};
use model::slot::SlotCode;
use wire::sheet::{MAX_FAULTS, Sheet, SheetRefused, Shown};

/// Drawn without geometry: the same for the same circle is all that counts.
fn outline(circle: &Circle) -> Vec<Position> {
    let beside = |north: i32| {
        let latitude = circle.centre().latitude().as_e7();
        let latitude = if latitude > 0 {
            latitude - north
        } else {
            latitude + north
        };
        // INVARIANT: nearer to the equator than a position.
        Position::from_e7(latitude, circle.centre().longitude().as_e7()).expect("a position")
    };
    vec![beside(1), beside(2), beside(3)]
}

fn hold(read: &Result<Sheet, SheetRefused>) {
    let Ok(sheet) = read else { return };
    assert!(sheet.faults.len() <= MAX_FAULTS);
    assert!(!sheet.drawn.is_empty() || !sheet.is_good());
    let notices: Vec<Shown> = sheet
        .drawn
        .iter()
        .map(|drawn| Shown {
            kind: drawn.kind,
            slots: drawn.slots.clone(),
            facts: Vec::new(),
        })
        .collect();
    if notices.is_empty() {
        return;
    }
    let geojson = wire::geojson::write(&notices, &[], None, outline);
    same(
        sheet,
        wire::geojson::read(geojson.as_bytes(), None, outline),
    );
    let kml = wire::kml::write(&notices, &[], None, outline);
    // Two characters have no way into XML, and are written as another.
    if !kml.contains('\u{fffd}') && !has_line_ends(&notices) {
        same(sheet, wire::kml::read(kml.as_bytes(), None, outline));
    }
}

/// White space at an end of a line is XML's own to change.
fn has_line_ends(notices: &[Shown]) -> bool {
    let texts = notices.iter().flat_map(|shown| {
        [SlotCode::Label, SlotCode::Contact, SlotCode::Remarks].map(|slot| shown.slots.text(slot))
    });
    texts
        .flatten()
        .any(|text| text.contains(['\r', '\u{85}', '\u{2028}']))
}

fn same(before: &Sheet, after: Result<Sheet, SheetRefused>) {
    let after = after.expect("what was written is read");
    assert!(after.is_good(), "{:?}", after.faults);
    let slots = |sheet: &Sheet| {
        let each = sheet
            .drawn
            .iter()
            .map(|drawn| (drawn.kind, drawn.slots.clone()));
        each.collect::<Vec<_>>()
    };
    assert_eq!(slots(before), slots(&after));
}

pub fn csv(data: &[u8]) {
    hold(&wire::csv::read(data, Some(Kind::ProtectedSite)));
}

pub fn geojson(data: &[u8]) {
    hold(&wire::geojson::read(data, Some(Kind::CautionArea), outline));
}

pub fn kml(data: &[u8]) {
    hold(&wire::kml::read(data, Some(Kind::CautionArea), outline));
}
