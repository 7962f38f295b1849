//! Altitude bands: as stated, and what they mean above the WGS-84 ellipsoid.
//!
//! Value, unit and reference are always together. The derivation, which needs a geoid and the arrangement's
//! margins, is `conflict::altitude`.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::units::Millimetres;

/// Lowest and highest altitude that can be stated, 1 km below to 100 km above its reference.
pub const MIN_ALTITUDE: Millimetres = Millimetres::from_metres(-1_000);
pub const MAX_ALTITUDE: Millimetres = Millimetres::from_metres(100_000);
/// Highest flight level, in hundreds of feet.
pub const MAX_FLIGHT_LEVEL: u16 = 999;

/// Why something is no altitude, or no band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AltitudeRefused {
    #[error(
        "altitude of {value} {unit} is not between {MIN_ALTITUDE} and {MAX_ALTITUDE}: check its unit, or say UNL"
    )]
    OutOfRange { value: i32, unit: AltitudeUnit },
    #[error("{value} {unit} above ground is under the ground: say SFC, or give another reference")]
    UnderGround { value: i32, unit: AltitudeUnit },
    #[error("flight level `{0}` is over {MAX_FLIGHT_LEVEL}: check it, or say UNL")]
    FlightLevel(u16),
    #[error("the band is upside down: its lower limit {lower} is above its upper limit {upper}")]
    Inverted {
        lower: StatedAltitude,
        upper: StatedAltitude,
    },
    #[error(
        "UNL can only be the upper limit of a band: give its lower limit as a height, a flight level or SFC"
    )]
    UnlimitedBelow,
    #[error("the interval is upside down: {floor} is above {ceiling}")]
    InvertedInterval {
        floor: Millimetres,
        ceiling: Millimetres,
    },
    #[error("an uncertainty of {0} is negative: give its size")]
    NegativeUncertainty(Millimetres),
}

crate::says! { AltitudeRefused, "altitude":
    "out-of-range" OutOfRange { value, unit };
    "under-ground" UnderGround { value, unit };
    "flight-level" FlightLevel(level);
    "inverted" Inverted { lower, upper };
    "unlimited-below" UnlimitedBelow;
    "inverted-interval" InvertedInterval { floor, ceiling };
    "negative-uncertainty" NegativeUncertainty(given);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AltitudeUnit {
    /// International feet, exactly 304.8 mm.
    Feet,
    Metres,
}

impl AltitudeUnit {
    /// Tenths of a millimetre in one: the finest unit in which both are whole.
    const fn tenths(self) -> i64 {
        match self {
            Self::Feet => 3_048,
            Self::Metres => 10_000,
        }
    }
}

impl fmt::Display for AltitudeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Feet => "ft",
            Self::Metres => "m",
        })
    }
}

/// What a height is measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeightReference {
    /// HAE: height above the WGS-84 ellipsoid.
    Ellipsoid,
    /// MSL: height above mean sea level, that is above the geoid.
    MeanSeaLevel,
    /// AGL: height above the ground below.
    Ground,
}

impl fmt::Display for HeightReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ellipsoid => "HAE",
            Self::MeanSeaLevel => "MSL",
            Self::Ground => "AGL",
        })
    }
}

/// A height with its unit and reference; within `MIN_ALTITUDE..=MAX_ALTITUDE`, above ground not under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawHeight", into = "RawHeight")]
pub struct Height {
    value: i32,
    unit: AltitudeUnit,
    reference: HeightReference,
}

#[derive(Serialize, Deserialize)]
struct RawHeight {
    value: i32,
    unit: AltitudeUnit,
    reference: HeightReference,
}

impl Height {
    pub fn new(
        value: i32,
        unit: AltitudeUnit,
        reference: HeightReference,
    ) -> Result<Self, AltitudeRefused> {
        let height = Self {
            value,
            unit,
            reference,
        };
        let tenths = height.tenths();
        if tenths < MIN_ALTITUDE.as_mm() * 10 || tenths > MAX_ALTITUDE.as_mm() * 10 {
            return Err(AltitudeRefused::OutOfRange { value, unit });
        }
        if reference == HeightReference::Ground && value < 0 {
            return Err(AltitudeRefused::UnderGround { value, unit });
        }
        Ok(height)
    }

    pub const fn value(self) -> i32 {
        self.value
    }

    pub const fn unit(self) -> AltitudeUnit {
        self.unit
    }

    pub const fn reference(self) -> HeightReference {
        self.reference
    }

    /// Above its own reference, rounded down to a whole millimetre.
    pub fn millimetres_down(self) -> Millimetres {
        // INVARIANT: the constructor keeps the value within 100 km.
        Millimetres::new(self.tenths().div_euclid(10)).unwrap_or(MIN_ALTITUDE)
    }

    /// Above its own reference, rounded up to a whole millimetre.
    pub fn millimetres_up(self) -> Millimetres {
        let up = -(-self.tenths()).div_euclid(10);
        Millimetres::new(up).unwrap_or(MAX_ALTITUDE)
    }

    /// Above its own reference, in tenths of a millimetre: exactly.
    pub const fn tenths(self) -> i64 {
        self.value as i64 * self.unit.tenths()
    }
}

impl TryFrom<RawHeight> for Height {
    type Error = AltitudeRefused;
    fn try_from(raw: RawHeight) -> Result<Self, AltitudeRefused> {
        Self::new(raw.value, raw.unit, raw.reference)
    }
}

impl From<Height> for RawHeight {
    fn from(height: Height) -> Self {
        Self {
            value: height.value,
            unit: height.unit,
            reference: height.reference,
        }
    }
}

/// Hundreds of feet on the standard pressure of 1013.25 hPa: a pressure, not a height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct FlightLevel(u16);

impl FlightLevel {
    pub const fn new(level: u16) -> Result<Self, AltitudeRefused> {
        if level > MAX_FLIGHT_LEVEL {
            return Err(AltitudeRefused::FlightLevel(level));
        }
        Ok(Self(level))
    }

    pub const fn as_hundreds_of_feet(self) -> u16 {
        self.0
    }

    /// Pressure altitude: what an altimeter at standard setting reads there. A height only within a margin.
    pub const fn pressure_altitude(self) -> Millimetres {
        Millimetres::from_metres(0).saturating_add(match Millimetres::new(self.0 as i64 * 30_480) {
            Ok(height) => height,
            Err(_) => MAX_ALTITUDE,
        })
    }
}

impl TryFrom<u16> for FlightLevel {
    type Error = AltitudeRefused;
    fn try_from(level: u16) -> Result<Self, AltitudeRefused> {
        Self::new(level)
    }
}

impl From<FlightLevel> for u16 {
    fn from(level: FlightLevel) -> u16 {
        level.0
    }
}

/// One limit of a band, exactly as it was stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatedAltitude {
    /// SFC: the ground or water below.
    Surface,
    /// UNL: no upper limit.
    Unlimited,
    FlightLevel(FlightLevel),
    Height(Height),
}

/// `SFC`, `UNL`, `FL240`, `1500 ft MSL`.
impl fmt::Display for StatedAltitude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Surface => f.write_str("SFC"),
            Self::Unlimited => f.write_str("UNL"),
            Self::FlightLevel(level) => write!(f, "FL{:03}", level.0),
            Self::Height(height) => {
                write!(f, "{} {} {}", height.value, height.unit, height.reference)
            }
        }
    }
}

/// A band as stated, both limits included. Limits of one reference are in order; of two references they need not be
/// comparable here, and `conflict::altitude` refuses what turns out to be upside down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawBand", into = "RawBand")]
pub struct StatedBand {
    lower: StatedAltitude,
    upper: StatedAltitude,
}

#[derive(Serialize, Deserialize)]
struct RawBand {
    lower: StatedAltitude,
    upper: StatedAltitude,
}

impl StatedBand {
    pub fn new(lower: StatedAltitude, upper: StatedAltitude) -> Result<Self, AltitudeRefused> {
        if lower == StatedAltitude::Unlimited {
            return Err(AltitudeRefused::UnlimitedBelow);
        }
        if known_above(lower, upper) {
            return Err(AltitudeRefused::Inverted { lower, upper });
        }
        Ok(Self { lower, upper })
    }

    pub const fn lower(self) -> StatedAltitude {
        self.lower
    }

    pub const fn upper(self) -> StatedAltitude {
        self.upper
    }

    /// Whether a limit is a flight level, so that any height derived from it is uncertain.
    pub const fn hangs_on_pressure(self) -> bool {
        matches!(self.lower, StatedAltitude::FlightLevel(_))
            || matches!(self.upper, StatedAltitude::FlightLevel(_))
    }
}

/// Whether `lower` is above `upper` for certain, without geoid, terrain or weather.
fn known_above(lower: StatedAltitude, upper: StatedAltitude) -> bool {
    use StatedAltitude::{FlightLevel, Height, Surface, Unlimited};
    match (lower, upper) {
        (Height(lower), Height(upper)) => {
            lower.reference == upper.reference && lower.tenths() > upper.tenths()
        }
        (FlightLevel(lower), FlightLevel(upper)) => lower > upper,
        (Height(lower), Surface) => lower.reference == HeightReference::Ground && lower.value > 0,
        (FlightLevel(_), Height(_) | Surface) | (Height(_), FlightLevel(_)) => false,
        (Surface | Unlimited, _) | (_, Unlimited) => false,
    }
}

impl TryFrom<RawBand> for StatedBand {
    type Error = AltitudeRefused;
    fn try_from(raw: RawBand) -> Result<Self, AltitudeRefused> {
        Self::new(raw.lower, raw.upper)
    }
}

impl From<StatedBand> for RawBand {
    fn from(band: StatedBand) -> Self {
        Self {
            lower: band.lower,
            upper: band.upper,
        }
    }
}

/// `SFC to FL240`.
impl fmt::Display for StatedBand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.lower, self.upper)
    }
}

/// Heights above the ellipsoid in millimetres, already widened outward by `uncertainty`; `floor <= ceiling`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawInterval", into = "RawInterval")]
pub struct HeightInterval {
    floor: Millimetres,
    ceiling: Millimetres,
    uncertainty: Millimetres,
}

#[derive(Serialize, Deserialize)]
struct RawInterval {
    floor: Millimetres,
    ceiling: Millimetres,
    uncertainty: Millimetres,
}

impl HeightInterval {
    /// Stands for SFC: under every place on the ground (the lowest, the Dead Sea's shore, is at about -410 m HAE).
    pub const LOWEST: Millimetres = Millimetres::from_metres(-2_000);
    /// Stands for UNL: above everything that flies.
    pub const HIGHEST: Millimetres = Millimetres::from_metres(1_000_000);

    pub fn new(
        floor: Millimetres,
        ceiling: Millimetres,
        uncertainty: Millimetres,
    ) -> Result<Self, AltitudeRefused> {
        if floor > ceiling {
            return Err(AltitudeRefused::InvertedInterval { floor, ceiling });
        }
        if uncertainty < Millimetres::ZERO {
            return Err(AltitudeRefused::NegativeUncertainty(uncertainty));
        }
        Ok(Self {
            floor,
            ceiling,
            uncertainty,
        })
    }

    pub const fn floor(self) -> Millimetres {
        self.floor
    }

    pub const fn ceiling(self) -> Millimetres {
        self.ceiling
    }

    /// The larger of what floor and ceiling were moved outward by.
    pub const fn uncertainty(self) -> Millimetres {
        self.uncertainty
    }

    /// Whether the two share a height; touching counts.
    pub fn overlaps(self, other: Self) -> bool {
        self.floor <= other.ceiling && other.floor <= self.ceiling
    }
}

impl TryFrom<RawInterval> for HeightInterval {
    type Error = AltitudeRefused;
    fn try_from(raw: RawInterval) -> Result<Self, AltitudeRefused> {
        Self::new(raw.floor, raw.ceiling, raw.uncertainty)
    }
}

impl From<HeightInterval> for RawInterval {
    fn from(interval: HeightInterval) -> Self {
        Self {
            floor: interval.floor,
            ceiling: interval.ceiling,
            uncertainty: interval.uncertainty,
        }
    }
}

/// Heights as stated by the party, and what they mean above the WGS-84 ellipsoid; both ends included.
///
/// Made by `conflict::altitude::ellipsoidal`; what was derived is stored, so that a replay never derives again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AltitudeBand {
    stated: StatedBand,
    ellipsoidal: HeightInterval,
}

impl AltitudeBand {
    /// Joins a stated band with the interval derived from it; the caller answers for the derivation.
    pub const fn new(stated: StatedBand, ellipsoidal: HeightInterval) -> Self {
        Self {
            stated,
            ellipsoidal,
        }
    }

    pub const fn stated(self) -> StatedBand {
        self.stated
    }

    pub const fn ellipsoidal(self) -> HeightInterval {
        self.ellipsoidal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feet(value: i32, reference: HeightReference) -> StatedAltitude {
        StatedAltitude::Height(Height::new(value, AltitudeUnit::Feet, reference).unwrap())
    }

    fn metres(value: i32, reference: HeightReference) -> StatedAltitude {
        StatedAltitude::Height(Height::new(value, AltitudeUnit::Metres, reference).unwrap())
    }

    fn level(level: u16) -> StatedAltitude {
        StatedAltitude::FlightLevel(FlightLevel::new(level).unwrap())
    }

    #[test]
    fn an_inverted_band_is_refused_across_units() {
        use HeightReference::MeanSeaLevel;
        assert!(StatedBand::new(feet(1_000, MeanSeaLevel), metres(305, MeanSeaLevel)).is_ok());
        let refused = StatedBand::new(feet(1_001, MeanSeaLevel), metres(305, MeanSeaLevel));
        assert_eq!(
            refused.unwrap_err().to_string(),
            "the band is upside down: its lower limit 1001 ft MSL is above its upper limit 305 m MSL"
        );
        assert!(StatedBand::new(level(240), level(100)).is_err());
    }

    #[test]
    fn limits_of_different_references_are_not_compared_here() {
        use HeightReference::{Ellipsoid, Ground, MeanSeaLevel};
        assert!(StatedBand::new(level(240), feet(1_000, MeanSeaLevel)).is_ok());
        assert!(StatedBand::new(metres(500, Ellipsoid), metres(100, MeanSeaLevel)).is_ok());
        assert!(StatedBand::new(metres(1, Ground), StatedAltitude::Surface).is_err());
    }

    #[test]
    fn unlimited_is_no_lower_limit() {
        assert!(StatedBand::new(StatedAltitude::Unlimited, StatedAltitude::Unlimited).is_err());
        assert!(StatedBand::new(StatedAltitude::Surface, StatedAltitude::Unlimited).is_ok());
        assert!(StatedBand::new(StatedAltitude::Surface, StatedAltitude::Surface).is_ok());
    }

    #[test]
    fn heights_keep_to_their_range() {
        use AltitudeUnit::{Feet, Metres};
        use HeightReference::{Ground, MeanSeaLevel};
        assert!(Height::new(100_000, Metres, MeanSeaLevel).is_ok());
        assert!(Height::new(100_001, Metres, MeanSeaLevel).is_err());
        assert!(Height::new(-1_000, Metres, MeanSeaLevel).is_ok());
        assert!(Height::new(i32::MIN, Feet, MeanSeaLevel).is_err());
        assert!(Height::new(-1, Feet, Ground).is_err());
        assert!(FlightLevel::new(MAX_FLIGHT_LEVEL).is_ok());
        assert!(FlightLevel::new(MAX_FLIGHT_LEVEL + 1).is_err());
    }

    #[test]
    fn feet_round_outward() {
        let height = Height::new(1, AltitudeUnit::Feet, HeightReference::Ellipsoid).unwrap();
        assert_eq!(height.millimetres_down().as_mm(), 304);
        assert_eq!(height.millimetres_up().as_mm(), 305);
        let below = Height::new(-1, AltitudeUnit::Feet, HeightReference::Ellipsoid).unwrap();
        assert_eq!(below.millimetres_down().as_mm(), -305);
        assert_eq!(below.millimetres_up().as_mm(), -304);
    }
}
