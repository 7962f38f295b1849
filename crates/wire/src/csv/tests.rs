use super::*;
use model::slot::SlotCode;

const HEAD: &str = "label,site,lat,lon,radius,reference,bearing,distance,from,until,remarks";
const GOOD: &str =
    "Clinic 7,clinic,35.2854 N,40.1760 E,200 m,airfield,224,4.7 km,171200Z SEP 26,171200Z OCT 26,";

fn read_text(text: &str) -> Result<Sheet, SheetRefused> {
    read(text.as_bytes(), Some(Kind::ProtectedSite))
}

fn faults(text: &str) -> Vec<(u64, String, String)> {
    let sheet = read_text(text).unwrap();
    sheet
        .faults
        .into_iter()
        .map(|fault| (fault.at, fault.field, fault.why.to_string()))
        .collect()
}

#[test]
fn a_table_is_read_with_commas_semicolons_or_tabs() {
    let comma = format!("{HEAD}\n{GOOD}\n");
    let with = read_text(&comma).unwrap();
    assert_eq!((with.drawn.len(), with.faults.as_slice()), (1, &[][..]));
    assert_eq!(with.drawn[0].slots.text(SlotCode::Label), Some("Clinic 7"));
    assert_eq!(with.drawn[0].at, 2);
    for other in [
        comma.replace(',', ";"),
        comma.replace(',', "\t"),
        comma.replace('\n', "\r\n"),
        format!("\u{feff}{comma}"),
    ] {
        assert_eq!(read_text(&other).unwrap(), with, "{other}");
    }
    // A decimal comma, where semicolons separate.
    let decimal = comma
        .replace(',', ";")
        .replace("35.2854", "35,2854")
        .replace("4.7", "4,7");
    assert_eq!(read_text(&decimal).unwrap(), with);
}

#[test]
fn one_bad_line_in_thousands_is_named_with_its_column_and_what_to_do() {
    let mut lines = vec![GOOD.to_owned(); 3_000];
    lines[1_717] = GOOD.replace("35.2854 N", "somewhere");
    let table = format!("{HEAD}\n{}\n", lines.join("\n"));
    let sheet = read_text(&table).unwrap();
    assert_eq!(sheet.drawn.len(), 2_999);
    let [fault] = sheet.faults.as_slice() else {
        panic!("{:?}", sheet.faults)
    };
    // The first line names the columns.
    assert_eq!((fault.at, fault.field.as_str()), (1_719, "lat"));
    assert!(
        fault
            .why
            .english()
            .contains("is no position: type one such as"),
        "{}",
        fault.why
    );
}

#[test]
fn every_bad_cell_of_a_line_is_told_and_hides_no_other() {
    let bad =
        "Clinic 7,castle,35.2854 N,40.1760 E,200,airfield,224 M,,171200Z SEP 26,171200Z AUG 26,";
    let told = faults(&format!("{HEAD}\n{GOOD}\n{bad}\n{GOOD}\n"));
    let columns: Vec<_> = told
        .iter()
        .map(|(at, field, _)| (*at, field.as_str()))
        .collect();
    assert_eq!(
        columns,
        [(3, "radius"), (3, "distance"), (3, "until"), (3, "site")],
        "{told:?}"
    );
    assert!(
        told[0].2.contains("has no unit: add m, km or NM"),
        "{told:?}"
    );
    assert!(
        told[1].2.contains("needs reference, bearing and distance"),
        "{told:?}"
    );
    assert!(
        told[3]
            .2
            .contains("`castle` is not one of unspecified, hospital, clinic"),
        "{told:?}"
    );
}

#[test]
fn a_text_that_would_show_other_than_it_is_or_is_too_long_is_refused_by_its_column() {
    let line = |remarks: &str| format!("{HEAD}\n{GOOD}{remarks}\n");
    for (remarks, says) in [
        (
            "a\u{202e}b".to_owned(),
            "control and direction marks are refused",
        ),
        (
            "a\u{200b}b".to_owned(),
            "control and direction marks are refused",
        ),
        ("x".repeat(2_001), "at most 2000 are carried"),
        ("x".repeat(sheet::MAX_FIELD + 1), "at most 65536 are taken"),
    ] {
        let told = faults(&line(&remarks));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].1 == "remarks" && told[0].2.contains(says),
            "{told:?}"
        );
    }
    assert!(faults(&line("<b>&amp;</b>")).is_empty());
}

#[test]
fn columns_that_are_not_known_or_there_twice_are_refused_by_name() {
    let refused = |head: &str| {
        read_text(&format!("{head}\n{GOOD}\n"))
            .unwrap_err()
            .to_string()
    };
    let unknown = refused("label,latitude");
    assert!(
        unknown.contains("column 2, `latitude`, is not known") && unknown.contains("lat, lon"),
        "{unknown}"
    );
    // A Cyrillic letter that looks Latin.
    assert!(refused("l\u{0430}bel").contains("is not known"));
    assert!(refused("label,label").contains("is there twice"));
    assert!(matches!(read_text(""), Err(SheetRefused::Empty("line"))));
    assert!(matches!(read_text(HEAD), Err(SheetRefused::Empty("line"))));
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let table = format!("{HEAD}\n\n{GOOD}\n\r\n\n{}\n", GOOD.replace("200 m", "2"));
    assert_eq!(faults(&table)[0].0, 6);
    let quoted = format!(
        "{HEAD}\n{GOOD}\"one\ntwo\"\n{}\n",
        GOOD.replace("200 m", "2")
    );
    assert_eq!(faults(&quoted)[0].0, 4);
}

#[test]
fn a_line_with_more_or_fewer_cells_than_columns_is_named() {
    let told = faults(&format!("{HEAD}\n{GOOD},more\n{GOOD}\nClinic 8\n"));
    let lines: Vec<_> = told
        .iter()
        .map(|(at, field, _)| (*at, field.as_str()))
        .collect();
    assert_eq!(lines, [(2, ""), (4, "")]);
    assert!(
        told[0].2.contains("12 cells") && told[0].2.contains("11 columns"),
        "{told:?}"
    );
}

#[test]
fn a_quote_that_is_never_closed_is_named_at_its_line() {
    let rest = format!("{GOOD}\n").repeat(900);
    let told = faults(&format!("{HEAD}\n{GOOD}\n{GOOD}\"never\n{rest}"));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].0 == 3 && told[0].2.contains("every quote is closed"),
        "{told:?}"
    );
}

#[test]
fn faults_are_told_up_to_their_limit_and_counted_beyond() {
    let bad = format!("{}\n", GOOD.replace("clinic", "castle")).repeat(sheet::MAX_FAULTS + 7);
    let sheet = read_text(&format!("{HEAD}\n{bad}")).unwrap();
    assert_eq!(
        (sheet.faults.len(), sheet.more_faults),
        (sheet::MAX_FAULTS, 7)
    );
}

#[test]
fn a_place_is_said_in_one_way() {
    let told = faults("lat,lon,position,radius\n35.2,40.1,35.2 40.1,500 m\n");
    assert!(
        told[0].1 == "position" && told[0].2.contains("say the place once"),
        "{told:?}"
    );
    let mgrs = read_text("position,radius\n37S FV 0370 0191,500 m\n").unwrap();
    assert!(mgrs.drawn[0].slots.area().is_some());
    let told = faults("lat,lon\n35.2,40.1\n");
    assert!(told[0].1 == "radius", "{told:?}");
    let corridor = read_text("corridor,width\n35.2 40.1 | 35.3 40.2 | 35.4 40.2,2 km\n").unwrap();
    assert!(matches!(
        corridor.drawn[0].slots.area(),
        Some(model::place::Area::Corridor(_))
    ));
    let told = faults("polygon\n35.2 40.1 | here | 35.4 40.2\n");
    assert!(told[0].2.starts_with("position 2: "), "{told:?}");
}

#[test]
fn a_centre_is_a_place_like_any_other_and_hides_no_other_fault() {
    let head = "label,site,lat,lon,centre,radius,band";
    let table = |line: &str| format!("{head}\n{line}\n");
    let read = read_text(&table("One,clinic,,,\"35.33, 40.17\",200 m,")).unwrap();
    assert!(read.drawn[0].slots.area().is_some(), "{:?}", read.faults);
    let told = faults(&table("Two,castle,35.33,40.17,\"35.33, 40.17\",200 m,high"));
    let fields: Vec<&str> = told.iter().map(|(_, field, _)| field.as_str()).collect();
    assert_eq!(fields, ["centre", "band", "site"]);
    assert!(told[0].2.contains("`lat` too"), "{told:?}");
    // A radius without a place is told what it lacks.
    let told = faults(&table("Three,clinic,,,,200 m,"));
    assert_eq!(told[0].1, "radius");
    assert!(told[0].2.contains("belongs to a place"), "{told:?}");
}
