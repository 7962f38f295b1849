//! Altitudes and bands as they are typed.

use model::altitude::{
    AltitudeRefused, AltitudeUnit, FlightLevel, Height, HeightReference, StatedAltitude, StatedBand,
};
use thiserror::Error;

use super::text::{MAX_TEXT, Unsuitable, excerpt, plain};

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AltitudeUnreadable {
    #[error(
        "the text is over {MAX_TEXT} bytes long, or holds control characters: type one altitude"
    )]
    Unsuitable,
    #[error("`{0}` is no altitude: type one such as FL240, 1500 ft MSL, 500 m AGL, SFC or UNL")]
    Form(String),
    #[error("`{0}` has no unit: add ft or m")]
    NoUnit(String),
    #[error("`{0}` does not say what it is measured from: add MSL, AGL or HAE")]
    NoReference(String),
    #[error("`{0}` is no whole number: give whole feet or metres, without separators")]
    NotWhole(String),
    #[error("`{0}` is no band: type two altitudes with TO between them, such as SFC to FL240")]
    Band(String),
    #[error("the altitude is not possible")]
    Altitude(#[from] AltitudeRefused),
}

model::says! { AltitudeUnreadable, "altitude-typed":
    "unsuitable" Unsuitable;
    "form" Form(typed);
    "no-unit" NoUnit(typed);
    "no-reference" NoReference(typed);
    "not-whole" NotWhole(typed);
    "band" Band(typed);
    "impossible" Altitude(because);
}

impl From<Unsuitable> for AltitudeUnreadable {
    fn from(_: Unsuitable) -> Self {
        Self::Unsuitable
    }
}

/// Reads `FL240`, `1500 ft MSL`, `500 m AGL`, `120 m HAE`, `SFC`, `UNL`. Value, unit and reference must all be there.
pub fn parse_altitude(text: &str) -> Result<StatedAltitude, AltitudeUnreadable> {
    read(&plain(text)?)
}

/// Reads two altitudes with `to` between them.
pub fn parse_band(text: &str) -> Result<StatedBand, AltitudeUnreadable> {
    let plain = plain(text)?;
    let halves = [" TO ", " - ", "/", " ДО ", " إلى "]
        .iter()
        .find_map(|word| plain.split_once(word));
    let (lower, upper) = halves.ok_or_else(|| AltitudeUnreadable::Band(excerpt(text)))?;
    let (lower, upper) = (read(lower.trim())?, read(upper.trim())?);
    // Only ground below the sea lies above a height below it.
    let above_it = match lower {
        StatedAltitude::Height(height) => height.value() > 0,
        StatedAltitude::FlightLevel(_) | StatedAltitude::Unlimited => true,
        StatedAltitude::Surface => false,
    };
    if upper == StatedAltitude::Surface && above_it {
        return Err(AltitudeRefused::Inverted { lower, upper }.into());
    }
    Ok(StatedBand::new(lower, upper)?)
}

fn read(plain: &str) -> Result<StatedAltitude, AltitudeUnreadable> {
    match plain {
        "SFC" | "GND" | "SURFACE" | "GROUND" => return Ok(StatedAltitude::Surface),
        "UNL" | "UNLTD" | "UNLIMITED" => return Ok(StatedAltitude::Unlimited),
        _ => {}
    }
    if let Some(level) = plain.strip_prefix("FL") {
        let level = level.trim_start();
        if level.is_empty() || level.len() > 3 || !level.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(AltitudeUnreadable::Form(excerpt(plain)));
        }
        let level = level
            .parse()
            .map_err(|_| AltitudeUnreadable::Form(excerpt(plain)))?;
        return Ok(StatedAltitude::FlightLevel(FlightLevel::new(level)?));
    }
    height(plain).map(StatedAltitude::Height)
}

fn height(plain: &str) -> Result<Height, AltitudeUnreadable> {
    let end = plain.find(|c: char| !(c.is_ascii_digit() || "+-.,' ".contains(c)));
    let (number, rest) = plain.split_at(end.unwrap_or(plain.len()));
    if !number.contains(|c: char| c.is_ascii_digit()) {
        return Err(AltitudeUnreadable::Form(excerpt(plain)));
    }
    let value: i32 = number
        .trim()
        .parse()
        .map_err(|_| AltitudeUnreadable::NotWhole(excerpt(plain)))?;
    let (word, rest) = rest.split_at(rest.find(' ').unwrap_or(rest.len()));
    let unit = match word {
        "FT" | "FT." | "FEET" | "FOOT" | "ФУТ" | "ФУТОВ" => AltitudeUnit::Feet,
        "M" | "М" | "METRES" | "METERS" | "METRE" | "METER" => AltitudeUnit::Metres,
        _ => return Err(AltitudeUnreadable::NoUnit(excerpt(plain))),
    };
    let reference = match rest.trim() {
        "MSL" | "AMSL" => HeightReference::MeanSeaLevel,
        "AGL" => HeightReference::Ground,
        "HAE" => HeightReference::Ellipsoid,
        "" => return Err(AltitudeUnreadable::NoReference(excerpt(plain))),
        _ => return Err(AltitudeUnreadable::Form(excerpt(plain))),
    };
    Ok(Height::new(value, unit, reference)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn altitudes_are_read_as_people_type_them() {
        let known = [
            ("fl240", "FL240"),
            ("FL 95", "FL095"),
            ("1500 ft msl", "1500 ft MSL"),
            ("1500ft amsl", "1500 ft MSL"),
            ("500 m AGL", "500 m AGL"),
            ("٥٠٠ m AGL", "500 m AGL"),
            ("500 м agl", "500 m AGL"),
            ("−20 m HAE", "-20 m HAE"),
            ("gnd", "SFC"),
            ("unltd", "UNL"),
        ];
        for (typed, echoed) in known {
            assert_eq!(
                parse_altitude(typed).unwrap().to_string(),
                echoed,
                "{typed}"
            );
        }
        assert_eq!(
            parse_band("sfc to FL240").unwrap().to_string(),
            "SFC to FL240"
        );
        assert_eq!(
            parse_band("1500 ft MSL / 3000 ft MSL").unwrap().to_string(),
            "1500 ft MSL to 3000 ft MSL"
        );
    }

    #[test]
    fn what_is_left_out_is_asked_for() {
        assert!(matches!(
            parse_altitude("1500 MSL"),
            Err(AltitudeUnreadable::NoUnit(_))
        ));
        assert!(matches!(
            parse_altitude("1500"),
            Err(AltitudeUnreadable::NoUnit(_))
        ));
        assert!(matches!(
            parse_altitude("1500 ft"),
            Err(AltitudeUnreadable::NoReference(_))
        ));
        assert!(matches!(
            parse_altitude("1,500 ft MSL"),
            Err(AltitudeUnreadable::NotWhole(_))
        ));
        assert!(matches!(
            parse_altitude("99999999999 ft MSL"),
            Err(AltitudeUnreadable::NotWhole(_))
        ));
        assert!(matches!(
            parse_altitude("FL2400"),
            Err(AltitudeUnreadable::Form(_))
        ));
        assert!(matches!(
            parse_band("SFC"),
            Err(AltitudeUnreadable::Band(_))
        ));
        assert!(matches!(
            parse_band("FL240 to FL100"),
            Err(AltitudeUnreadable::Altitude(_))
        ));
    }

    #[test]
    fn a_band_down_to_the_surface_is_upside_down() {
        for typed in [
            "3000 ft MSL to SFC",
            "FL100 to SFC",
            "500 m AGL to SFC",
            "20 m HAE to GND",
        ] {
            let refused = parse_band(typed).unwrap_err();
            let AltitudeUnreadable::Altitude(cause) = &refused else {
                panic!("{typed}: {refused}");
            };
            assert!(
                cause.to_string().starts_with("the band is upside down"),
                "{typed}: {cause}"
            );
        }
        assert!(parse_band("-430 m MSL to SFC").is_ok());
        assert!(parse_band("SFC to SFC").is_ok());
    }

    proptest! {
        #[test]
        fn a_printed_altitude_reads_back(value in -3_000..300_000i32, unit: bool, reference in 0..3) {
            let unit = if unit { AltitudeUnit::Feet } else { AltitudeUnit::Metres };
            let reference = [HeightReference::Ellipsoid, HeightReference::MeanSeaLevel, HeightReference::Ground]
                [reference as usize];
            if let Ok(height) = Height::new(value, unit, reference) {
                let stated = StatedAltitude::Height(height);
                prop_assert_eq!(parse_altitude(&stated.to_string()), Ok(stated));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*", other in "(FL|SFC|UNL|[0-9]{1,6}|ft|m|MSL|AGL| |to|-|\\.){0,9}") {
            let _ = (parse_altitude(&text), parse_band(&text), parse_altitude(&other), parse_band(&other));
        }
    }
}
