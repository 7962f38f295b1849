//! What can be wrong with a field or a geometry of a row, for whoever reads the list of faults.

use super::{MAX_FIELD, MAX_FIELDS};
use model::kind::Kind;
use model::said::Said;

/// What is wrong with a field, or with what is drawn. The field is named beside it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    // ---- fields
    #[error("is not known: take it out, or give it the name of a field of docs/integrators.md")]
    Unknown,
    #[error(
        "holds {0} bytes, at most {MAX_FIELD} are taken: shorten it, and check that every quote is closed"
    )]
    TooLong(usize),
    #[error("is given twice: take one of them out")]
    Twice,
    #[error("is one field more than the {MAX_FIELDS} that are taken")]
    TooMany,
    #[error("does not belong to a {0}: take it out, or choose another kind")]
    ForeignKind(Kind),
    #[error("is not given: write one of {0}")]
    NoKind(String),
    #[error("`{typed}` is no kind of notice: choose one of {known}")]
    NotAKind { typed: String, known: String },
    #[error("`{0}` is no whole number from zero up")]
    NotWhole(String),
    #[error("is no field of a row: take it out")]
    NoField,
    #[error("`{typed}` is not one of {known}")]
    NotOneOf { typed: String, known: String },
    #[error("is not given, and `{0}` is: give both")]
    OtherGiven(&'static str),
    #[error("is given, and `from` or `until` too: give one or the other")]
    WindowTwice,
    #[error(
        "is not given, and `{0}` is: a second description needs reference, bearing and distance"
    )]
    SecondLacks(String),
    #[error("`{0}` is no anchor: write centre, vertex 0 or point 0, counted from 0")]
    NotAnAnchor(String),
    #[error("position {number}")]
    AtPosition { number: usize, because: Said },
    #[error("is given, and {0} too: say the place once, and take the other out")]
    PlaceTwice(String),
    #[error("is given, and a geometry is drawn too: say the place once, and take the other out")]
    PlaceDrawn,
    #[error("says nothing of {0}: take it out, or give another shape")]
    Unused(&'static str),
    #[error(
        "belongs to a place, and the row gives none: give `lat` and `lon`, a `position`, a `polygon` or a `corridor`"
    )]
    NoPlace,
    #[error("is not given: a point needs one, such as 500 m")]
    NoRadius,
    #[error("is not given: a line needs one, such as 2 km")]
    NoWidth,
    #[error(
        "and `radius` say another circle than the polygon that is drawn: to take the polygon, leave both out; to take the \
         circle, draw it as a point with a radius"
    )]
    OtherCircle,

    // ---- what is drawn
    #[error(
        "a position has a height: leave it out, and give heights in `band`, with unit and reference"
    )]
    HasHeight,
    #[error("a position is longitude, then latitude, in degrees")]
    NotAPair,
    #[error("`{0}` is no angle in degrees")]
    NotAnAngle(String),
    #[error("the ring of the polygon is not closed: repeat its first position as the last")]
    RingOpen,
    #[error(
        "has {cells} cells, and the first line names {columns} columns: check its separators, and that every quote is closed"
    )]
    Cells { cells: usize, columns: usize },
    #[error("is a `{0}`, not a Feature")]
    NotAFeature(String),
    #[error("is no feature ({0}): correct it")]
    FeatureUnreadable(String),
    #[error("is neither text nor a number: write it as text, or take it out")]
    NotText,
    #[error("the polygon has no ring: draw it again")]
    NoRing,
    #[error("the polygon has holes, which no notice has: draw it without")]
    Holes,
    #[error("is a {0}, and a notice has one area: make a feature of each part")]
    SeveralParts(String),
    #[error("`{0}` is no geometry: draw a Polygon, a LineString or a Point")]
    NoGeometry(String),
    #[error("has no `coordinates`: draw it again")]
    NoCoordinates,
    #[error("its `coordinates` are not those of a {kind} ({why}): draw it again")]
    OtherCoordinates { kind: String, why: String },
    #[error("has several areas, and a notice has one: make a placemark of each part")]
    SeveralAreas,
    #[error("is neither Polygon, LineString nor Point: draw it as one of those")]
    OtherGeometry,
    #[error("is not read: give `from` and `until` in the ExtendedData")]
    TimeNotRead,
    #[error("holds over {MAX_FIELD} bytes: shorten it")]
    FieldTooLong,
    #[error("the description holds markup: write plain text, or take it out")]
    Markup,
    #[error("its coordinates are over {0} bytes: simplify it")]
    CoordinatesTooLong(usize),
    #[error("a point has one position: draw it again")]
    SeveralPositions,
    #[error("`{0}` is no longitude,latitude")]
    NoLongitudeLatitude(String),
}

model::says! { Wrong, "sheet":
    "unknown" Unknown;
    "too-long" TooLong(size);
    "twice" Twice;
    "too-many" TooMany;
    "foreign-kind" ForeignKind(kind);
    "no-kind" NoKind(known);
    "not-a-kind" NotAKind { typed, known };
    "not-whole" NotWhole(typed);
    "no-field" NoField;
    "not-one-of" NotOneOf { typed, known };
    "other-given" OtherGiven(other);
    "window-twice" WindowTwice;
    "second-lacks" SecondLacks(given);
    "not-an-anchor" NotAnAnchor(typed);
    "at-position" AtPosition { number, because };
    "place-twice" PlaceTwice(other);
    "place-drawn" PlaceDrawn;
    "unused" Unused(shape);
    "no-place" NoPlace;
    "no-radius" NoRadius;
    "no-width" NoWidth;
    "other-circle" OtherCircle;
    "has-height" HasHeight;
    "not-a-pair" NotAPair;
    "not-an-angle" NotAnAngle(given);
    "ring-open" RingOpen;
    "cells" Cells { cells, columns };
    "not-a-feature" NotAFeature(given);
    "feature-unreadable" FeatureUnreadable(why);
    "not-text" NotText;
    "no-ring" NoRing;
    "holes" Holes;
    "several-parts" SeveralParts(given);
    "no-geometry" NoGeometry(given);
    "no-coordinates" NoCoordinates;
    "other-coordinates" OtherCoordinates { kind, why };
    "several-areas" SeveralAreas;
    "other-geometry" OtherGeometry;
    "time-not-read" TimeNotRead;
    "field-too-long" FieldTooLong;
    "markup" Markup;
    "coordinates-too-long" CoordinatesTooLong(most);
    "several-positions" SeveralPositions;
    "no-longitude-latitude" NoLongitudeLatitude(given);
}
