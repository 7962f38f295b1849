//! Heights of a volume in few bytes, which lie beside its time: they part most of what boxes cannot tell apart.

use model::altitude::AltitudeBand;
use model::units::Millimetres;

/// Above the ellipsoid in metres, rounded outward.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heights {
    floor: i32,
    ceiling: i32,
}

/// Two bands are never nearer, by the references that they share, than their derived intervals are less this, in metres: mean
/// sea level under one lies less than 200 m higher than under the other, anywhere on Earth.
const SEA_LEVELS: i64 = 220;

impl Heights {
    pub fn of(band: AltitudeBand) -> Self {
        let metres = |mm: i64| mm.clamp(-1_000_000_000, 1_000_000_000) as i32;
        let (floor, ceiling) = (
            band.ellipsoidal().floor().as_mm(),
            band.ellipsoidal().ceiling().as_mm(),
        );
        Self {
            floor: metres(floor.div_euclid(1_000)),
            ceiling: metres(ceiling.div_euclid(1_000) + 1),
        }
    }

    /// Whether the band may hold one of the heights between two, in millimetres.
    pub fn may_hold(self, low: i64, high: i64) -> bool {
        i64::from(self.floor) * 1_000 <= high && low <= i64::from(self.ceiling) * 1_000
    }

    /// Whether two bands may be no more than `asked` apart.
    pub fn may_meet(self, other: Self, asked: Millimetres) -> bool {
        let apart = i64::from(
            self.floor
                .saturating_sub(other.ceiling)
                .max(other.floor.saturating_sub(self.ceiling)),
        );
        apart - SEA_LEVELS <= asked.as_mm() / 1_000 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::altitude::{Ground, ellipsoidal, gap};
    use crate::shape::Shape;
    use model::altitude::{
        AltitudeUnit, FlightLevel, Height, HeightReference, StatedAltitude, StatedBand,
    };
    use model::arrangement::Margins;
    use model::place::{Area, Circle, Position};
    use proptest::prelude::*;

    fn limit() -> impl Strategy<Value = StatedAltitude> {
        let references = [
            HeightReference::Ellipsoid,
            HeightReference::MeanSeaLevel,
            HeightReference::Ground,
        ];
        let height = (0..1_500i32, prop::sample::select(references.to_vec()));
        prop_oneof![
            1 => Just(StatedAltitude::Surface),
            1 => Just(StatedAltitude::Unlimited),
            3 => (0..50u16).prop_map(|level| StatedAltitude::FlightLevel(FlightLevel::new(level).unwrap())),
            9 => height.prop_map(|(metres, reference)| {
                StatedAltitude::Height(Height::new(metres, AltitudeUnit::Metres, reference).unwrap())
            }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]
        #[test]
        fn heights_that_are_held_part_nothing_that_may_conflict(
            limits in prop::array::uniform4(limit()), asked in 0..400_000i64, margin in 0..100i32,
        ) {
            // South of India, where the sea is lowest above the ellipsoid, and off New Guinea, where it is highest.
            let places = [(47_000_000, 788_000_000), (-50_000_000, 1_450_000_000)];
            let shape = |(latitude, longitude): (i32, i32)| {
                let centre = Position::from_e7(latitude, longitude).unwrap();
                Shape::new(Area::Circle(Circle::new(centre, Millimetres::from_metres(500)).unwrap())).unwrap()
            };
            let margins = Margins {
                flight_level: Millimetres::from_metres(margin),
                above_ground: Some(Millimetres::from_metres(margin - 450)),
            };
            let band = |lower, upper, place| ellipsoidal(StatedBand::new(lower, upper).ok()?, &shape(place), &margins).ok();
            let [a, b, c, d] = limits;
            let asked = Millimetres::new(asked).unwrap();
            for (one, other) in [(places[0], places[1]), (places[1], places[0])] {
                let (Some(one), Some(other)) = (band(a, b, one), band(c, d, other)) else { return Ok(()) };
                for ground in [Ground::Shared, Ground::Differing] {
                    let may = Heights::of(one).may_meet(Heights::of(other), asked);
                    prop_assert!(may || gap(one, other, ground).least > asked);
                }
            }
        }
    }
}
