//! What stated altitudes mean above the ellipsoid, and whether two bands share a height.

use model::altitude::{
    AltitudeBand, AltitudeRefused, HeightInterval, HeightReference, StatedAltitude, StatedBand,
};
use model::arrangement::Margins;
use model::units::Millimetres;
use thiserror::Error;

use crate::geoid;
use crate::shape::Shape;

/// Nothing on the ground is lower than this above mean sea level (the shore of the Dead Sea is at about -430 m).
pub const LOWEST_GROUND: Millimetres = Millimetres::from_metres(-450);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BandRefused {
    #[error(
        "`{0}` hangs on the height of the ground, and the arrangement states none: give the limit above mean sea level"
    )]
    NoGround(StatedAltitude),
    #[error(
        "the band is upside down over this area: its lower limit {lower} is above its upper limit {upper}"
    )]
    Inverted {
        lower: StatedAltitude,
        upper: StatedAltitude,
    },
    #[error("the band leaves the heights that are carried: give limits that are flown")]
    Interval(#[from] AltitudeRefused),
}

/// Where a stated limit may lie above the ellipsoid, in millimetres.
#[derive(Debug, Clone, Copy)]
struct Reach {
    low: Millimetres,
    high: Millimetres,
}

impl Reach {
    const fn exact(at: Millimetres) -> Self {
        Self { low: at, high: at }
    }

    fn half(self) -> Millimetres {
        let doubled = self.high.saturating_sub(self.low).as_mm();
        Millimetres::new((doubled + 1) / 2).unwrap_or(Millimetres::MAX)
    }
}

/// Derives the ellipsoidal interval of a band over an area, rounded outward, with its uncertainty.
///
/// Mean sea level goes through the geoid. A flight level is its pressure altitude above mean sea level, give or take the
/// arrangement's margin. The ground lies between [`LOWEST_GROUND`] and the arrangement's `above_ground`, which is the
/// highest ground of its area above mean sea level. SFC as a lower limit and UNL as an upper need none of this.
///
/// Refused if the ground is needed and not stated, or if the lower limit is for certain above the upper one.
pub fn ellipsoidal(
    stated: StatedBand,
    within: &Shape,
    margins: &Margins,
) -> Result<AltitudeBand, BandRefused> {
    let sea = sea_level(within);
    let lower = match stated.lower() {
        StatedAltitude::Surface => Reach::exact(HeightInterval::LOWEST),
        limit => reach(limit, sea, margins)?,
    };
    let upper = reach(stated.upper(), sea, margins)?;
    let both_on_pressure = matches!(
        (stated.lower(), stated.upper()),
        (
            StatedAltitude::FlightLevel(_),
            StatedAltitude::FlightLevel(_)
        )
    );
    // Flight levels are in order already, whatever the weather makes of their heights.
    if lower.low > upper.high && !both_on_pressure {
        return Err(BandRefused::Inverted {
            lower: stated.lower(),
            upper: stated.upper(),
        });
    }
    let uncertainty = lower.half().max(upper.half());
    let interval = HeightInterval::new(lower.low, upper.high, uncertainty)?;
    Ok(AltitudeBand::new(stated, interval))
}

/// Mean sea level above the ellipsoid anywhere in an area.
fn sea_level(within: &Shape) -> Reach {
    let (low, high) = geoid::range(within.extent());
    let whole = |metres: f64| {
        Millimetres::new(libm::round(metres * 1_000.0) as i64).unwrap_or(Millimetres::ZERO)
    };
    Reach {
        low: whole(low).saturating_sub(geoid::UNCERTAINTY),
        high: whole(high).saturating_add(geoid::UNCERTAINTY),
    }
}

fn reach(limit: StatedAltitude, sea: Reach, margins: &Margins) -> Result<Reach, BandRefused> {
    let above = |base: Reach, low: Millimetres, high: Millimetres| Reach {
        low: base.low.saturating_add(low),
        high: base.high.saturating_add(high),
    };
    let ground = || {
        let highest = margins.above_ground.ok_or(BandRefused::NoGround(limit))?;
        Ok::<_, BandRefused>(above(sea, LOWEST_GROUND, highest.max(LOWEST_GROUND)))
    };
    Ok(match limit {
        StatedAltitude::Surface => ground()?,
        StatedAltitude::Unlimited => Reach::exact(HeightInterval::HIGHEST),
        StatedAltitude::FlightLevel(level) => {
            let (height, margin) = (level.pressure_altitude(), margins.flight_level);
            above(
                sea,
                height.saturating_sub(margin),
                height.saturating_add(margin),
            )
        }
        StatedAltitude::Height(height) => {
            let (low, high) = (height.millimetres_down(), height.millimetres_up());
            match height.reference() {
                HeightReference::Ellipsoid => Reach { low, high },
                HeightReference::MeanSeaLevel => above(sea, low, high),
                HeightReference::Ground => above(ground()?, low, high),
            }
        }
    })
}

/// Whether two bands share a height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vertical {
    Apart,
    Overlap,
    /// They do if a flight level lies as far off as the arrangement's margin allows for.
    Uncertain,
}

/// Compares two bands; touching is an overlap.
///
/// Flight levels against flight levels compare as pressure, for certain. A flight level against a height compares by the
/// derived intervals, which hold the arrangement's margin.
pub fn compare(one: AltitudeBand, other: AltitudeBand) -> Vertical {
    if let (Some(one), Some(other)) = (pressures(one.stated()), pressures(other.stated())) {
        return if one[0] <= other[1] && other[0] <= one[1] {
            Vertical::Overlap
        } else {
            Vertical::Apart
        };
    }
    let uncertain = one.stated().hangs_on_pressure() || other.stated().hangs_on_pressure();
    match (one.ellipsoidal().overlaps(other.ellipsoidal()), uncertain) {
        (false, _) => Vertical::Apart,
        (true, true) => Vertical::Uncertain,
        (true, false) => Vertical::Overlap,
    }
}

/// Both limits in hundreds of feet of pressure altitude, if they are flight levels or unbounded.
fn pressures(band: StatedBand) -> Option<[u16; 2]> {
    let limit = |altitude: StatedAltitude, unbounded: StatedAltitude, value: u16| match altitude {
        StatedAltitude::FlightLevel(level) => Some(level.as_hundreds_of_feet()),
        StatedAltitude::Surface | StatedAltitude::Unlimited => {
            (altitude == unbounded).then_some(value)
        }
        StatedAltitude::Height(_) => None,
    };
    Some([
        limit(band.lower(), StatedAltitude::Surface, 0)?,
        limit(band.upper(), StatedAltitude::Unlimited, u16::MAX)?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::altitude::{AltitudeUnit, FlightLevel, Height};
    use model::place::{Area, Circle, Position};

    fn strike_area() -> Shape {
        let centre = Position::from_e7(352_550_000, 401_400_000).unwrap();
        Shape::new(Area::Circle(
            Circle::new(centre, Millimetres::from_metres(1_500)).unwrap(),
        ))
        .unwrap()
    }

    fn metres(value: i32, reference: HeightReference) -> StatedAltitude {
        StatedAltitude::Height(Height::new(value, AltitudeUnit::Metres, reference).unwrap())
    }

    fn level(level: u16) -> StatedAltitude {
        StatedAltitude::FlightLevel(FlightLevel::new(level).unwrap())
    }

    fn margins(above_ground: Option<i32>) -> Margins {
        Margins {
            flight_level: Millimetres::from_metres(600),
            above_ground: above_ground.map(Millimetres::from_metres),
        }
    }

    fn derived(lower: StatedAltitude, upper: StatedAltitude) -> Result<AltitudeBand, BandRefused> {
        ellipsoidal(
            StatedBand::new(lower, upper).unwrap(),
            &strike_area(),
            &margins(Some(400)),
        )
    }

    #[test]
    fn mean_sea_level_is_lifted_by_the_geoid_and_widened_by_its_uncertainty() {
        use HeightReference::MeanSeaLevel;
        let band = derived(metres(1_000, MeanSeaLevel), metres(2_000, MeanSeaLevel)).unwrap();
        let sea = geoid::height(Position::from_e7(352_550_000, 401_400_000).unwrap()).as_mm();
        let interval = band.ellipsoidal();
        let (floor, ceiling) = (interval.floor().as_mm(), interval.ceiling().as_mm());
        assert!(floor <= 1_000_000 + sea - 6_000 && floor > 1_000_000 + sea - 7_000);
        assert!(ceiling >= 2_000_000 + sea + 6_000 && ceiling < 2_000_000 + sea + 7_000);
        assert!(interval.uncertainty().as_mm() >= 6_000 && interval.uncertainty().as_mm() < 7_000);
    }

    #[test]
    fn heights_above_the_ellipsoid_stay_as_they_are() {
        use HeightReference::Ellipsoid;
        let interval = derived(metres(100, Ellipsoid), metres(200, Ellipsoid))
            .unwrap()
            .ellipsoidal();
        assert_eq!(interval.floor(), Millimetres::from_metres(100));
        assert_eq!(interval.ceiling(), Millimetres::from_metres(200));
        assert_eq!(interval.uncertainty(), Millimetres::ZERO);
    }

    #[test]
    fn above_ground_is_refused_where_no_ground_is_stated() {
        let band = StatedBand::new(
            StatedAltitude::Surface,
            metres(500, HeightReference::Ground),
        )
        .unwrap();
        let refused = ellipsoidal(band, &strike_area(), &margins(None)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "`500 m AGL` hangs on the height of the ground, and the arrangement states none: give the limit above mean sea level"
        );
        let interval = ellipsoidal(band, &strike_area(), &margins(Some(400)))
            .unwrap()
            .ellipsoidal();
        assert_eq!(interval.floor(), HeightInterval::LOWEST);
        assert!(interval.ceiling() > Millimetres::from_metres(900));
        let ground = StatedBand::new(StatedAltitude::Surface, StatedAltitude::Surface).unwrap();
        assert!(ellipsoidal(ground, &strike_area(), &margins(None)).is_err());
        assert!(ellipsoidal(ground, &strike_area(), &margins(Some(400))).is_ok());
    }

    #[test]
    fn a_band_that_is_upside_down_over_the_area_is_refused() {
        use HeightReference::{Ellipsoid, MeanSeaLevel};
        assert!(derived(metres(500, Ellipsoid), metres(100, MeanSeaLevel)).is_err());
        assert!(derived(level(240), metres(1_000, MeanSeaLevel)).is_err());
        assert!(derived(metres(1_000, MeanSeaLevel), level(240)).is_ok());
    }

    #[test]
    fn flight_levels_compare_as_pressure_and_against_heights_uncertainly() {
        use HeightReference::MeanSeaLevel;
        let low = derived(StatedAltitude::Surface, level(100)).unwrap();
        let high = derived(level(110), StatedAltitude::Unlimited).unwrap();
        assert_eq!(compare(low, high), Vertical::Apart);
        let touching = derived(level(100), level(200)).unwrap();
        assert_eq!(compare(low, touching), Vertical::Overlap);
        // FL110 is 3,353 m of pressure altitude: 3,000 m may be as high on a day of low pressure, 2,000 m may not.
        let near = derived(metres(2_000, MeanSeaLevel), metres(3_000, MeanSeaLevel)).unwrap();
        let clear = derived(metres(1_000, MeanSeaLevel), metres(2_000, MeanSeaLevel)).unwrap();
        assert_eq!(compare(high, near), Vertical::Uncertain);
        assert_eq!(compare(high, clear), Vertical::Apart);
        assert_eq!(compare(near, clear), Vertical::Overlap);
    }
}
