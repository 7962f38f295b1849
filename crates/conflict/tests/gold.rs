//! The pairs of `testdata/conflicts.toml`, which others can read and check.
#![allow(clippy::unwrap_used, reason = "a case that cannot be read fails")]

use conflict::altitude::ellipsoidal;
use conflict::index::Index;
use conflict::matrix::Matrix;
use conflict::pair::{Conflict, between};
use conflict::shape::Shape;
use conflict::volume::Volume;
use model::altitude::{
    AltitudeUnit, FlightLevel, Height, HeightReference, StatedAltitude, StatedBand,
};
use model::arrangement::{Margins, Separation};
use model::kind::Kind;
use model::place::{Area, Circle, Corridor, Polygon, Position};
use model::units::{Millimetres, Millis, Timestamp};
use model::window::Window;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gold {
    margins: StatedMargins,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatedMargins {
    flight_level_m: i32,
    above_ground_m: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    why: String,
    #[serde(default)]
    asked: Asked,
    one: Stated,
    other: Stated,
    conflict: bool,
    apart_mm: Option<i64>,
    #[serde(default)]
    overlap: bool,
    vertical_mm: Option<[i64; 2]>,
    time_ms: Option<i64>,
    uncertain: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Asked {
    between: Option<[Kind; 2]>,
    #[serde(default)]
    horizontal_mm: i64,
    #[serde(default)]
    vertical_mm: i64,
    #[serde(default)]
    time_ms: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    area: String,
    heights: Option<String>,
    time: Option<String>,
    party: Option<String>,
    kind: Option<Kind>,
}

fn mm(mm: i64) -> Millimetres {
    Millimetres::new(mm).unwrap()
}

fn metres(text: &str) -> Millimetres {
    let whole: i32 = text.trim().strip_suffix(" m").unwrap().parse().unwrap();
    Millimetres::from_metres(whole)
}

fn positions(text: &str) -> Vec<Position> {
    let e7 = |degrees: &str| (degrees.parse::<f64>().unwrap() * 1.0e7).round() as i32;
    text.split(';')
        .map(|place| {
            let (latitude, longitude) = place.trim().split_once(' ').unwrap();
            Position::from_e7(e7(latitude), e7(longitude)).unwrap()
        })
        .collect()
}

fn area(text: &str) -> Area {
    if let Some(circle) = text.strip_prefix("circle ") {
        let (centre, radius) = circle.split_once(',').unwrap();
        return Area::Circle(Circle::new(positions(centre)[0], metres(radius)).unwrap());
    }
    if let Some(corridor) = text.strip_prefix("corridor ") {
        let (width, points) = corridor.split_once(':').unwrap();
        return Area::Corridor(Corridor::new(positions(points), metres(width)).unwrap());
    }
    let vertices = text.strip_prefix("polygon:").unwrap();
    Area::Polygon(Polygon::new(positions(vertices)).unwrap())
}

fn altitude(text: &str) -> StatedAltitude {
    match *text.split(" ").collect::<Vec<_>>().as_slice() {
        ["SFC"] => StatedAltitude::Surface,
        ["UNL"] => StatedAltitude::Unlimited,
        [level] => {
            let level = level.strip_prefix("FL").unwrap().parse().unwrap();
            StatedAltitude::FlightLevel(FlightLevel::new(level).unwrap())
        }
        [value, unit, reference] => {
            let unit = match unit {
                "ft" => AltitudeUnit::Feet,
                "m" => AltitudeUnit::Metres,
                other => panic!("unit {other}"),
            };
            let reference = match reference {
                "HAE" => HeightReference::Ellipsoid,
                "MSL" => HeightReference::MeanSeaLevel,
                "AGL" => HeightReference::Ground,
                other => panic!("reference {other}"),
            };
            StatedAltitude::Height(Height::new(value.parse().unwrap(), unit, reference).unwrap())
        }
        [] | [_, _] | [_, _, _, _, ..] => panic!("altitude {text}"),
    }
}

/// `10:00` or `11:00:00.001`, of one day.
fn instant(text: &str) -> Timestamp {
    const DAY: i64 = 1_505_606_400_000;
    let parts: Vec<f64> = text.split(':').map(|part| part.parse().unwrap()).collect();
    let seconds = parts[0] * 3_600.0 + parts[1] * 60.0 + parts.get(2).unwrap_or(&0.0);
    Timestamp::from_unix_ms(DAY + (seconds * 1_000.0).round() as i64).unwrap()
}

fn volume(key: u8, stated: &Stated, party: &str, margins: &Margins) -> Volume<u8> {
    let shape = Shape::new(area(&stated.area)).unwrap();
    let heights = stated.heights.as_deref().unwrap_or("SFC to UNL");
    let (lower, upper) = heights.split_once(" to ").unwrap();
    let band = StatedBand::new(altitude(lower), altitude(upper)).unwrap();
    let time = stated.time.as_deref().unwrap_or("10:00 to 11:00");
    let (from, until) = time.split_once(" to ").unwrap();
    let window = Window::new(instant(from), instant(until)).unwrap();
    Volume {
        key,
        party: stated.party.as_deref().unwrap_or(party).parse().unwrap(),
        kind: stated.kind.unwrap_or(Kind::AirActivity),
        band: ellipsoidal(band, &shape, margins).unwrap(),
        shape,
        span: window.into(),
    }
}

impl Case {
    fn matrix(&self, horizontal: i64) -> Matrix {
        Matrix::new(&[Separation {
            between: self.asked.between.unwrap_or([Kind::AirActivity; 2]),
            horizontal: mm(horizontal),
            vertical: mm(self.asked.vertical_mm),
            time: Millis::new(self.asked.time_ms).unwrap(),
        }])
    }

    /// By the pair and through the index, from either side: all four must say the same.
    fn found(&self, [one, other]: &[Volume<u8>; 2], horizontal: i64) -> Option<Conflict<u8>> {
        let matrix = self.matrix(horizontal);
        let found = between(one, other, &matrix);
        assert_eq!(
            found.is_some(),
            between(other, one, &matrix).is_some(),
            "{}",
            self.name
        );
        for (asked, there) in [(one, other), (other, one)] {
            let index: Index<u8> = [there.clone()].into_iter().collect();
            let through: Vec<_> = index.conflicts(asked, &matrix).collect();
            let pair: Vec<_> = between(asked, there, &matrix).into_iter().collect();
            assert_eq!(through, pair, "{}: the index differs", self.name);
        }
        found
    }

    fn check(&self, margins: &Margins) {
        let pair = [
            volume(1, &self.one, "a", margins),
            volume(2, &self.other, "b", margins),
        ];
        let (name, why) = (&self.name, &self.why);
        let found = self.found(&pair, self.asked.horizontal_mm);
        assert_eq!(found.is_some(), self.conflict, "{name}: {why}");
        if let Some(apart) = self.apart_mm {
            assert!(
                self.found(&pair, apart - 1).is_none(),
                "{name}: {apart} mm, {why}"
            );
            let near = self.found(&pair, apart + 1);
            let gap = near.expect(name).horizontal.gap.as_mm();
            assert!((gap - apart).abs() <= 1, "{name}: {gap} mm against {apart}");
        }
        let Some(found) = found else { return };
        if self.overlap {
            assert!(
                found.horizontal.gap <= Millimetres::ZERO,
                "{name}: {found:?}"
            );
        }
        if let Some([least, most]) = self.vertical_mm {
            let said = (found.vertical.least.as_mm(), found.vertical.most.as_mm());
            assert_eq!(said, (least, most), "{name}");
        }
        if let Some(gap) = self.time_ms {
            assert_eq!(found.time.gap.as_ms(), gap, "{name}");
        }
        if let Some(uncertain) = self.uncertain {
            assert_eq!(found.uncertain, uncertain, "{name}: {found:?}");
        }
    }
}

#[test]
fn each_pair_of_the_gold_set_comes_out_as_it_says() {
    let text = std::fs::read_to_string("testdata/conflicts.toml").unwrap();
    let gold: Gold = toml::from_str(&text).unwrap();
    let margins = Margins {
        flight_level: Millimetres::from_metres(gold.margins.flight_level_m),
        above_ground: Some(Millimetres::from_metres(gold.margins.above_ground_m)),
    };
    assert!(gold.case.len() >= 50, "only {} cases", gold.case.len());
    for case in &gold.case {
        case.check(&margins);
    }
}
