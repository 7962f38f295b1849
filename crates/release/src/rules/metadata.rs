//! What stands beside the rules: which they are, who signed them off, when they hold, and their authorities.

use model::dtg::{DateTimeGroup, GroupRefused};
use model::ids::{AuthorityId, Slug};
use model::place::{Area, Circle, PlaceRefused, Polygon, Position};
use model::units::{Millimetres, Timestamp};
use serde::Deserialize;

/// The longest metadata, in bytes.
pub const MAX_METADATA_TEXT: usize = 64 * 1024;
/// The most authorities of one rule set.
pub const MAX_AUTHORITIES: usize = 64;
/// The most areas that rules can name.
pub const MAX_AREAS: usize = 64;
/// The longest text of an authority, or of who signed off, in bytes of UTF-8.
pub const MAX_AUTHORITY_TEXT: usize = 500;

/// Which rules these are. Read from TOML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    pub name: Slug,
    /// Rises with every change, however small; the first is 1. Every decision in the record names it.
    pub version: u32,
    /// Who answers for these rules, as a reader of the record will look for them.
    pub signed_off_by: String,
    pub valid_from: Timestamp,
    /// The last instant; `None`: until they are replaced.
    pub valid_until: Option<Timestamp>,
    /// Under which something may be released at all; at least one, each once.
    pub authorities: Vec<Authority>,
    /// Which rules can name, each once.
    pub areas: Vec<NamedArea>,
}

/// An area that rules can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedArea {
    pub id: Slug,
    /// A circle or a polygon.
    pub area: Area,
}

/// An authority, and what it is in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    pub id: AuthorityId,
    pub text: String,
}

/// Why metadata were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataRefused {
    #[error(
        "the metadata are {given} bytes long, at most {MAX_METADATA_TEXT} are read: shorten them"
    )]
    TooLong { given: usize },
    #[error("the metadata cannot be read{}: {problem}", at_line(*.line))]
    Text {
        line: Option<usize>,
        problem: String,
    },
    #[error("a version of 0 is none: the first version of a rule set is 1")]
    VersionZero,
    #[error("`{field}` is no time: write a date-time group such as 010000Z JAN 2027")]
    Time {
        field: &'static str,
        #[source]
        cause: GroupRefused,
    },
    #[error("the rules end before they begin: check `valid-from` and `valid-until`")]
    Inverted,
    #[error("no authority is listed: name at least one under which something may be released")]
    NoAuthority,
    #[error("{given} authorities are listed, at most {MAX_AUTHORITIES} are read: leave some out")]
    TooManyAuthorities { given: usize },
    #[error("authority `{0}` is listed twice: leave one of them out")]
    AuthorityTwice(AuthorityId),
    #[error("`{0}` is what every standing release is under: give the authority another name")]
    Reserved(AuthorityId),
    #[error(
        "{given} areas are listed, at most {MAX_AREAS} are read: leave out those that no rule names"
    )]
    TooManyAreas { given: usize },
    #[error("area `{0}` is listed twice: leave one of them out")]
    AreaTwice(Slug),
    #[error(
        "area `{0}` is neither a circle nor a polygon: write `circle = {{ centre = [35.33, 40.14], radius-m = 5000 }}` or \
         `polygon = [[35.3, 40.1], ...]`, latitude first"
    )]
    AreaForm(Slug),
    #[error("area `{id}` cannot be drawn")]
    Area {
        id: Slug,
        #[source]
        cause: PlaceRefused,
    },
    /// Found by geometry, which this crate does not know.
    #[error("area `{id}` cannot be drawn: {why}")]
    Undrawable { id: Slug, why: String },
    #[error("`{field}` is empty, or over {MAX_AUTHORITY_TEXT} bytes long: write what fits")]
    Words { field: &'static str },
}

fn at_line(line: Option<usize>) -> String {
    line.map(|line| format!(", line {line}"))
        .unwrap_or_default()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Raw {
    name: Slug,
    version: u32,
    signed_off_by: String,
    valid_from: String,
    valid_until: Option<String>,
    #[serde(default)]
    authority: Vec<RawAuthority>,
    #[serde(default)]
    area: Vec<RawArea>,
}

/// Degrees, latitude first.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawArea {
    id: Slug,
    circle: Option<RawCircle>,
    polygon: Option<Vec<[f64; 2]>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawCircle {
    centre: [f64; 2],
    radius_m: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAuthority {
    id: AuthorityId,
    text: String,
}

impl Metadata {
    /// Reads and checks the TOML beside a rule set.
    ///
    /// # Errors
    /// Where it is over its limits, no such TOML, or contradicts itself.
    pub fn parse(text: &str) -> Result<Self, MetadataRefused> {
        if text.len() > MAX_METADATA_TEXT {
            return Err(MetadataRefused::TooLong { given: text.len() });
        }
        let raw: Raw = toml::from_str(text).map_err(|error| MetadataRefused::Text {
            line: error.span().map(|span| super::line_of(text, span.start)),
            problem: error.message().to_owned(),
        })?;
        if raw.version == 0 {
            return Err(MetadataRefused::VersionZero);
        }
        words("signed-off-by", &raw.signed_off_by)?;
        let valid_from = time("valid-from", &raw.valid_from)?;
        let valid_until = match raw.valid_until {
            Some(text) => Some(time("valid-until", &text)?),
            None => None,
        };
        if valid_until.is_some_and(|until| until < valid_from) {
            return Err(MetadataRefused::Inverted);
        }
        Ok(Self {
            name: raw.name,
            version: raw.version,
            signed_off_by: raw.signed_off_by,
            valid_from,
            valid_until,
            authorities: authorities(raw.authority)?,
            areas: areas(raw.area)?,
        })
    }

    /// Whether a release may be decided by these rules at `now`; both ends included.
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.valid_from <= now && self.valid_until.is_none_or(|until| now <= until)
    }

    pub fn lists(&self, authority: AuthorityId) -> bool {
        self.authorities.iter().any(|listed| listed.id == authority)
    }
}

fn authorities(raw: Vec<RawAuthority>) -> Result<Vec<Authority>, MetadataRefused> {
    match raw.len() {
        0 => return Err(MetadataRefused::NoAuthority),
        given if given > MAX_AUTHORITIES => {
            return Err(MetadataRefused::TooManyAuthorities { given });
        }
        _few => {}
    }
    let mut listed: Vec<Authority> = Vec::with_capacity(raw.len());
    for RawAuthority { id, text } in raw {
        words("authority.text", &text)?;
        if id.as_str() == crate::STANDING_RELEASE {
            return Err(MetadataRefused::Reserved(id));
        }
        if listed.iter().any(|earlier| earlier.id == id) {
            return Err(MetadataRefused::AuthorityTwice(id));
        }
        listed.push(Authority { id, text });
    }
    Ok(listed)
}

fn areas(raw: Vec<RawArea>) -> Result<Vec<NamedArea>, MetadataRefused> {
    if raw.len() > MAX_AREAS {
        return Err(MetadataRefused::TooManyAreas { given: raw.len() });
    }
    let mut listed: Vec<NamedArea> = Vec::with_capacity(raw.len());
    for given in raw {
        let id = given.id;
        if listed.iter().any(|earlier| earlier.id == id) {
            return Err(MetadataRefused::AreaTwice(id));
        }
        let drawn = match (given.circle, given.polygon) {
            (Some(circle), None) => position(circle.centre).and_then(|centre| {
                let radius = Millimetres::from_metres(circle.radius_m.clamp(0, MAX_METRES));
                Circle::new(centre, radius).map(Area::Circle)
            }),
            (None, Some(ring)) => {
                let vertices: Result<Vec<Position>, PlaceRefused> =
                    ring.into_iter().map(position).collect();
                vertices.and_then(Polygon::new).map(Area::Polygon)
            }
            (Some(_), Some(_)) | (None, None) => return Err(MetadataRefused::AreaForm(id)),
        };
        let area = drawn.map_err(|cause| MetadataRefused::Area { id, cause })?;
        listed.push(NamedArea { id, area });
    }
    Ok(listed)
}

/// More than any radius that is carried, and no overflow as millimetres.
const MAX_METRES: i32 = 1_000_000;

/// Degrees to 1e-7 degree. What is no angle, not a number included, is beyond every limit.
fn position([latitude, longitude]: [f64; 2]) -> Result<Position, PlaceRefused> {
    let e7 = |degrees: f64| match degrees.abs() <= 200.0 {
        true => (degrees * 1e7).round() as i32,
        false => i32::MAX,
    };
    Position::from_e7(e7(latitude), e7(longitude))
}

fn time(field: &'static str, text: &str) -> Result<Timestamp, MetadataRefused> {
    text.parse::<DateTimeGroup>()
        .map(DateTimeGroup::instant)
        .map_err(|cause| MetadataRefused::Time { field, cause })
}

fn words(field: &'static str, text: &str) -> Result<(), MetadataRefused> {
    let good = !text.trim().is_empty() && text.len() <= MAX_AUTHORITY_TEXT;
    good.then_some(()).ok_or(MetadataRefused::Words { field })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "name = \"line\"\nversion = 3\nsigned-off-by = \"counsel\"\n";
    const ONE: &str = "[[authority]]\nid = \"watch\"\ntext = \"the watch\"\n";

    fn parse(middle: &str, authorities: &str) -> Result<Metadata, MetadataRefused> {
        Metadata::parse(&format!("{HEAD}{middle}{authorities}"))
    }

    const FROM: &str = "valid-from = \"010000Z JAN 26\"\n";

    #[test]
    fn rules_hold_from_their_first_to_their_last_instant() {
        let metadata = parse(&format!("{FROM}valid-until = \"020000Z JAN 26\"\n"), ONE).unwrap();
        let day = 86_400_000;
        let from = metadata.valid_from.as_unix_ms();
        let holds = |ms| metadata.in_force(Timestamp::from_unix_ms(ms).unwrap());
        assert_eq!(
            [from - 1, from, from + day, from + day + 1].map(holds),
            [false, true, true, false]
        );
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let refused = |middle: &str, authorities: &str| parse(middle, authorities).unwrap_err();
        assert_eq!(
            refused(&format!("{FROM}valid-until = \"010000Z JAN 25\"\n"), ONE),
            MetadataRefused::Inverted
        );
        assert_eq!(refused(FROM, ""), MetadataRefused::NoAuthority);
        assert!(matches!(
            refused(FROM, &format!("{ONE}{ONE}")),
            MetadataRefused::AuthorityTwice(_)
        ));
        assert!(matches!(
            refused(FROM, &ONE.replace("watch\"\n", "standing-release\"\n")),
            MetadataRefused::Reserved(_)
        ));
        assert!(matches!(
            refused("valid-from = \"tomorrow\"\n", ONE),
            MetadataRefused::Time {
                field: "valid-from",
                ..
            }
        ));
        assert!(matches!(
            refused(FROM, &ONE.replace("the watch", " ")),
            MetadataRefused::Words { .. }
        ));
        let zero = format!("{HEAD}{FROM}{ONE}").replace("version = 3", "version = 0");
        assert_eq!(Metadata::parse(&zero), Err(MetadataRefused::VersionZero));
    }

    #[test]
    fn a_field_that_is_not_known_is_refused_with_its_line() {
        let refused = parse(&format!("{FROM}expires = \"never\"\n"), ONE).unwrap_err();
        assert!(
            refused
                .to_string()
                .starts_with("the metadata cannot be read, line 5: unknown field `expires`"),
            "{refused}"
        );
    }

    #[test]
    fn authorities_are_read_up_to_their_limit() {
        let listed = |count: usize| {
            let all: String = (0..count)
                .map(|n| ONE.replace("\"watch\"", &format!("\"watch-{n}\"")))
                .collect();
            parse(FROM, &all)
        };
        assert_eq!(
            listed(MAX_AUTHORITIES).unwrap().authorities.len(),
            MAX_AUTHORITIES
        );
        assert_eq!(
            listed(MAX_AUTHORITIES + 1),
            Err(MetadataRefused::TooManyAuthorities {
                given: MAX_AUTHORITIES + 1
            })
        );
    }

    #[test]
    fn areas_are_circles_or_polygons_each_once_and_up_to_their_limit() {
        let area = |id: usize| {
            format!(
                "[[area]]\nid = \"a-{id}\"\npolygon = [[35.3, 40.1], [35.4, 40.1], [35.4, 40.3]]\n"
            )
        };
        let listed = |count: usize| {
            let all: String = (0..count).map(area).collect();
            parse(FROM, &format!("{ONE}{all}"))
        };
        assert_eq!(listed(MAX_AREAS).unwrap().areas.len(), MAX_AREAS);
        assert_eq!(
            listed(MAX_AREAS + 1),
            Err(MetadataRefused::TooManyAreas {
                given: MAX_AREAS + 1
            })
        );
        let refused = |areas: &str| parse(FROM, &format!("{ONE}{areas}")).unwrap_err();
        assert!(matches!(
            refused(&format!("{}{}", area(0), area(0))),
            MetadataRefused::AreaTwice(_)
        ));
        let circle =
            "[[area]]\nid = \"river\"\ncircle = { centre = [35.33, 40.14], radius-m = 5000 }\n";
        let read = parse(FROM, &format!("{ONE}{circle}")).unwrap();
        let centre = Position::from_e7(353_300_000, 401_400_000).unwrap();
        let expected = Circle::new(centre, Millimetres::from_metres(5_000)).unwrap();
        assert_eq!(read.areas[0].area, Area::Circle(expected));
        assert!(matches!(
            refused("[[area]]\nid = \"x\"\n"),
            MetadataRefused::AreaForm(_)
        ));
        for (given, bad) in [
            ("35.33", "95.0"),
            ("35.33", "nan"),
            ("35.33", "inf"),
            ("5000", "0"),
            ("5000", "2000000000"),
        ] {
            let refused = refused(&circle.replace(given, bad));
            assert!(
                matches!(refused, MetadataRefused::Area { .. }),
                "{bad}: {refused}"
            );
        }
    }

    #[test]
    fn texts_are_read_up_to_their_limits() {
        let text = |bytes: usize| parse(FROM, &ONE.replace("the watch", &"w".repeat(bytes)));
        assert!(text(MAX_AUTHORITY_TEXT).is_ok());
        assert!(text(MAX_AUTHORITY_TEXT + 1).is_err());
        let padded = |bytes: usize| {
            let text = format!("{HEAD}{FROM}{ONE}");
            Metadata::parse(&format!("{text}#{}", " ".repeat(bytes - text.len() - 1)))
        };
        assert!(padded(MAX_METADATA_TEXT).is_ok());
        assert_eq!(
            padded(MAX_METADATA_TEXT + 1),
            Err(MetadataRefused::TooLong {
                given: MAX_METADATA_TEXT + 1
            })
        );
    }
}
