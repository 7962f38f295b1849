//! What stated altitudes mean above the ellipsoid, and how far apart two bands are.

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

model::says! { BandRefused, "band":
    "no-ground" NoGround(altitude);
    "inverted" Inverted { lower, upper };
    "interval" Interval(because);
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

/// Whether two volumes stand on the same ground wherever both are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Only where they overlap on the ground is asked about: heights above ground compare as stated.
    Shared,
    /// They are kept apart on the ground too: the ground under one says nothing of that under the other.
    Differing,
}

/// How far apart two bands are: below 0, how far one would have to be moved up or down until they only touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerticalGap {
    /// With each limit that is not known exactly at its worst.
    pub least: Millimetres,
    /// With each of them at its best.
    pub most: Millimetres,
    /// Whether this hangs on a flight level that was measured against a height, by the arrangement's margin.
    pub pressure_against_height: bool,
}

/// How far apart two bands are.
///
/// Each lower limit is held against the other band's upper limit. Two flight levels compare as pressure altitude, two
/// heights above one reference as stated (above ground: on shared ground only), both exactly. All else compares by the
/// derived intervals, which hold the arrangement's margins. SFC below and UNL above are under and over everything.
pub fn gap(one: AltitudeBand, other: AltitudeBand, ground: Ground) -> VerticalGap {
    let (up, down) = (rise(one, other, ground), rise(other, one, ground));
    VerticalGap {
        least: up.least.max(down.least),
        most: up.most.max(down.most),
        pressure_against_height: up.pressure_against_height || down.pressure_against_height,
    }
}

/// From the upper limit of `below` up to the lower limit of `above`.
fn rise(below: AltitudeBand, above: AltitudeBand, ground: Ground) -> VerticalGap {
    use StatedAltitude::{FlightLevel, Height, Surface, Unlimited};
    let (lower, upper) = (above.stated().lower(), below.stated().upper());
    let exactly = |mm: i64| {
        let gap = Millimetres::new(mm).unwrap_or(Millimetres::MIN);
        VerticalGap {
            least: gap,
            most: gap,
            pressure_against_height: false,
        }
    };
    let derived = |pressure_against_height: bool| {
        let (above, below) = (above.ellipsoidal(), below.ellipsoidal());
        let least = above.floor().saturating_sub(below.ceiling());
        // A limit lies within twice the half-width that it was moved outward by.
        let unknown = above.uncertainty().saturating_add(below.uncertainty());
        VerticalGap {
            least,
            most: least.saturating_add(unknown).saturating_add(unknown),
            pressure_against_height,
        }
    };
    // Under or over everything: by how much is a matter of convention, and certain.
    let boundless = || VerticalGap {
        most: derived(false).least,
        ..derived(false)
    };
    match (lower, upper) {
        (Surface, _) | (_, Unlimited) => boundless(),
        (FlightLevel(lower), FlightLevel(upper)) => {
            exactly(lower.pressure_altitude().as_mm() - upper.pressure_altitude().as_mm())
        }
        (Height(lower), Height(upper)) if lower.reference() == upper.reference() => {
            match (lower.reference(), ground) {
                (HeightReference::Ground, Ground::Differing) => derived(false),
                (HeightReference::Ground, Ground::Shared)
                | (HeightReference::Ellipsoid | HeightReference::MeanSeaLevel, _) => {
                    exactly((lower.tenths() - upper.tenths()).div_euclid(10))
                }
            }
        }
        (Height(lower), Surface)
            if lower.reference() == HeightReference::Ground && ground == Ground::Shared =>
        {
            exactly(lower.tenths().div_euclid(10))
        }
        (Height(_), FlightLevel(_)) | (FlightLevel(_), Height(_) | Surface) => derived(true),
        (Height(_), Height(_) | Surface) => derived(false),
        // No lower limit: `StatedBand` refuses it. Above everything, as it says.
        (Unlimited, _) => derived(false),
    }
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

    fn apart(one: AltitudeBand, other: AltitudeBand) -> VerticalGap {
        let gap = gap(one, other, Ground::Differing);
        assert_eq!(gap, super::gap(other, one, Ground::Differing));
        gap
    }

    #[test]
    fn flight_levels_compare_as_pressure_and_against_heights_by_the_margin() {
        use HeightReference::MeanSeaLevel;
        let low = derived(StatedAltitude::Surface, level(100)).unwrap();
        let high = derived(level(110), StatedAltitude::Unlimited).unwrap();
        let exact = apart(low, high);
        // 1,000 ft of pressure altitude, though the derived intervals overlap by over a kilometre.
        assert_eq!(
            (exact.least.as_mm(), exact.most.as_mm()),
            (304_800, 304_800)
        );
        assert!(!exact.pressure_against_height);
        let touching = derived(level(100), level(200)).unwrap();
        assert_eq!(apart(low, touching).least, Millimetres::ZERO);
        // FL110 is 3,353 m of pressure altitude: 3,000 m may be as high on a day of low pressure, 2,000 m may not.
        let near = derived(metres(2_000, MeanSeaLevel), metres(3_000, MeanSeaLevel)).unwrap();
        let clear = derived(metres(1_000, MeanSeaLevel), metres(2_000, MeanSeaLevel)).unwrap();
        let uncertain = apart(high, near);
        assert!(uncertain.least < Millimetres::ZERO && uncertain.most > Millimetres::ZERO);
        assert!(uncertain.pressure_against_height);
        assert!(apart(high, clear).least > Millimetres::from_metres(700));
        assert_eq!(apart(near, clear).least, Millimetres::ZERO);
    }

    #[test]
    fn a_level_of_a_mixed_band_still_compares_as_pressure_with_a_level() {
        use HeightReference::MeanSeaLevel;
        let mixed = derived(metres(600, MeanSeaLevel), level(100)).unwrap();
        let above = derived(level(105), level(200)).unwrap();
        assert_eq!(apart(mixed, above).least.as_mm(), 152_400);
    }

    #[test]
    fn heights_above_one_reference_compare_as_stated_in_any_unit() {
        use HeightReference::{Ellipsoid, MeanSeaLevel};
        let feet = |value| {
            StatedAltitude::Height(Height::new(value, AltitudeUnit::Feet, MeanSeaLevel).unwrap())
        };
        // 5,000 ft are exactly 1,524 m, and 5,001 ft are 304.8 mm more.
        let below = derived(feet(1_000), metres(1_524, MeanSeaLevel)).unwrap();
        assert_eq!(
            apart(below, derived(feet(5_000), feet(6_000)).unwrap()).least,
            Millimetres::ZERO
        );
        let gap = apart(below, derived(feet(5_001), feet(6_000)).unwrap());
        assert_eq!((gap.least.as_mm(), gap.most.as_mm()), (304, 304));
        // Against the ellipsoid the geoid's uncertainty comes in: 6 m to either side.
        let sea = geoid::height(Position::from_e7(352_550_000, 401_400_000).unwrap());
        let clear = 1_524 + (sea.as_mm() / 1_000) as i32 + 6;
        let over = |by: i32| derived(metres(clear + by, Ellipsoid), metres(9_000, Ellipsoid));
        let gap = apart(below, over(-3).unwrap());
        assert!(gap.least < Millimetres::ZERO && gap.most > Millimetres::ZERO);
        assert!(apart(below, over(3).unwrap()).least > Millimetres::ZERO);
        assert!(apart(below, over(-15).unwrap()).most < Millimetres::ZERO);
    }

    #[test]
    fn heights_above_ground_compare_as_stated_on_shared_ground_only() {
        let agl = |value| metres(value, HeightReference::Ground);
        let low = derived(StatedAltitude::Surface, agl(120)).unwrap();
        let high = derived(agl(150), agl(200)).unwrap();
        assert_eq!(gap(low, high, Ground::Shared).least.as_mm(), 30_000);
        let gap_elsewhere = gap(low, high, Ground::Differing);
        assert!(gap_elsewhere.least < Millimetres::ZERO && gap_elsewhere.most > Millimetres::ZERO);
        let on_ground = derived(StatedAltitude::Surface, StatedAltitude::Surface).unwrap();
        assert_eq!(gap(on_ground, high, Ground::Shared).least.as_mm(), 150_000);
        assert!(gap(on_ground, low, Ground::Shared).most <= Millimetres::ZERO);
    }

    #[test]
    fn the_surface_and_no_limit_are_certain() {
        let all = derived(StatedAltitude::Surface, StatedAltitude::Unlimited).unwrap();
        let sea = metres(10, HeightReference::MeanSeaLevel);
        for other in [
            derived(level(10), level(20)),
            derived(StatedAltitude::Surface, sea),
        ] {
            let gap = apart(all, other.unwrap());
            assert!(gap.most < Millimetres::ZERO && !gap.pressure_against_height);
        }
    }
}
