//! Two parties, a line between them, and things to say, for the tests of this crate.

use model::altitude::{
    AltitudeUnit, FlightLevel, Height, HeightReference, StatedAltitude, StatedBand,
};
use model::code::{Desk, Lane, Role, Urgency};
use model::description::{Anchor, RawDescription, SecondDescription};
use model::ids::{LineId, PartyId, Slug};
use model::kind::Kind;
use model::line::{Digest, EntryRef, LogHead, LogRef, Seen, SubjectRef};
use model::message::Message;
use model::place::{Area, Circle, Corridor, Polygon, Position, StatedPosition};
use model::slot::{MAX_ITEMS, Shape, SlotCode, Slots, Value};
use model::units::{Bearing, Millimetres, Timestamp};
use model::window::Window;
use proptest::collection::vec;
use proptest::prelude::*;
use sha2::Digest as _;

use crate::keys::{KeyRole, Secret, Signer};
use crate::line::envelope::{self, Place, Sealed};
use crate::line::keys::{LineKeys, PartyKeys};
use crate::manifest::{Manifest, SignedManifest};

pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_474_127_700_000 + ms).unwrap()
}

pub(crate) fn line() -> LineId {
    LineId::from_random([0x11; 16])
}

/// Bytes that look random and are the same on every run.
pub(crate) fn random(mut seed: u64) -> impl FnMut(&mut [u8]) {
    move |bytes| {
        for chunk in bytes.chunks_mut(32) {
            seed += 1;
            let hash = sha2::Sha256::digest(seed.to_be_bytes());
            chunk.copy_from_slice(&hash[..chunk.len()]);
        }
    }
}

/// A party with its keys.
pub(crate) struct Side {
    pub root: Secret,
    pub secrets: Vec<Secret>,
    pub manifest: SignedManifest,
    pub signer: Signer,
}

impl Side {
    pub fn one() -> Self {
        Self::new("coalition", 1)
    }

    pub fn other() -> Self {
        Self::new("russia", 101)
    }

    fn new(party: &str, seed: u8) -> Self {
        let party: PartyId = party.parse().unwrap();
        let secret = |role: KeyRole| {
            let seed = [seed + role.number() as u8; 32];
            Secret::new(role, party, true, at(-1000), seed)
        };
        let root = secret(KeyRole::Root);
        let roles = KeyRole::ALL.iter().filter(|role| **role != KeyRole::Root);
        let secrets: Vec<_> = roles.map(|role| secret(*role)).collect();
        let manifest = Manifest::first(&secrets, &root, vec![Digest([seed; 32])]).unwrap();
        let manifest = manifest.sign(&root.signer(KeyRole::Root).unwrap()).unwrap();
        let signer = secrets[0].signer(KeyRole::Operational).unwrap();
        Self {
            root,
            secrets,
            manifest,
            signer,
        }
    }

    pub fn party(&self) -> PartyId {
        self.root.party
    }

    pub fn secret(&self, role: KeyRole) -> &Secret {
        self.secrets
            .iter()
            .find(|secret| secret.role == role)
            .unwrap()
    }

    pub fn root_signer(&self) -> Signer {
        self.root.signer(KeyRole::Root).unwrap()
    }

    pub fn keys(&self) -> PartyKeys {
        PartyKeys::in_force(&self.manifest)
    }
}

/// What the other side holds of the line.
pub(crate) fn others_keys() -> LineKeys {
    LineKeys::new(line(), Side::other().keys(), Side::one().keys())
}

pub(crate) fn head(epoch: u32, size: u64) -> LogHead {
    let root = match size {
        0 => Digest(tlog::EMPTY_ROOT.0),
        size => Digest([size as u8; 32]),
    };
    LogHead { epoch, size, root }
}

pub(crate) fn seen() -> Seen {
    Seen {
        own_other: head(1, 5),
        peer_stop: head(2, 0),
        peer_main: head(2, 70_000),
    }
}

pub(crate) fn entry(lane: Lane, index: u64) -> EntryRef {
    let log = LogRef {
        line: line(),
        side: model::line::Side::Own,
        lane,
        epoch: 1,
    };
    EntryRef { log, index }
}

pub(crate) fn message(kind: Kind, slots: Slots) -> Message {
    Message {
        line: line(),
        kind,
        purpose: "flight-safety".parse().unwrap(),
        role: Role::Watch,
        urgency: Urgency::Priority,
        desk: Desk::Air,
        slots,
    }
}

pub(crate) fn lane_of(kind: Kind) -> Lane {
    kind.lane().unwrap_or(Lane::Stop)
}

/// Sealed by side one for the other.
pub(crate) fn seal(message: &Message, index: u64) -> Sealed {
    let (one, other) = (Side::one(), Side::other());
    let seen = seen();
    let place = Place {
        entry: entry(lane_of(message.kind), index),
        sent_at: at(0),
        seen: &seen,
        from: one.party(),
        to: other.party(),
    };
    envelope::seal_view(message, &place, &one.signer, &mut random(index)).unwrap()
}

fn position(latitude: i32, longitude: i32) -> Position {
    Position::from_e7(latitude, longitude).unwrap()
}

/// The usual: a circle with both descriptions.
pub(crate) fn circle_notice() -> Message {
    let area = Circle::new(
        position(353_359_000, 401_459_000),
        Millimetres::from_metres(5_000),
    );
    let second = RawDescription {
        reference: "airfield".parse().unwrap(),
        anchor: Anchor::Centre,
        bearing: Bearing::from_millidegrees(224_100).unwrap(),
        bearing_precision: 500,
        distance: Millimetres::from_metres(4_670),
        distance_precision: Millimetres::from_metres(50),
    };
    let level = |level| StatedAltitude::FlightLevel(FlightLevel::new(level).unwrap());
    let band = StatedBand::new(StatedAltitude::Surface, level(240)).unwrap();
    let window = Window::new(at(0), at(7_200_000)).unwrap();
    let slots = [
        (SlotCode::Element, Value::Slug("cjtf".parse().unwrap())),
        (SlotCode::Area, Value::Area(Area::Circle(area.unwrap()))),
        (
            SlotCode::Second,
            Value::Second(SecondDescription::new(second).unwrap()),
        ),
        (SlotCode::Band, Value::Band(band)),
        (SlotCode::Window, Value::Window(window)),
        (SlotCode::Label, Value::Name("PATROL NORTH 2".into())),
        (SlotCode::Precision, Value::Number(100_000)),
        (SlotCode::AirActivity, Value::Code(2)),
        (SlotCode::Count, Value::Number(2)),
    ];
    let slots = slots
        .into_iter()
        .fold(Slots::new(), |slots, (slot, value)| {
            slots.with(slot, value).unwrap()
        });
    message(Kind::AirActivity, slots)
}

// ---- anything that can be said

pub(crate) fn any_time() -> impl Strategy<Value = Timestamp> {
    (0..=Timestamp::MAX.as_unix_ms()).prop_map(|ms| Timestamp::from_unix_ms(ms).unwrap())
}

pub(crate) fn any_slug() -> impl Strategy<Value = Slug> {
    "[a-z][a-z0-9-]{0,30}".prop_map(|text| text.parse().unwrap())
}

pub(crate) fn any_head() -> impl Strategy<Value = LogHead> {
    (any::<u32>(), any::<u64>(), any::<[u8; 32]>()).prop_map(|(epoch, size, root)| LogHead {
        epoch,
        size,
        root: Digest(root),
    })
}

fn any_length(most: i64) -> impl Strategy<Value = Millimetres> {
    (0..=most).prop_map(|mm| Millimetres::new(mm).unwrap())
}

fn any_position() -> impl Strategy<Value = Position> {
    (-900_000_000..=900_000_000, -1_800_000_000..=1_800_000_000)
        .prop_map(|(latitude, longitude)| position(latitude, longitude))
}

fn any_altitude() -> impl Strategy<Value = StatedAltitude> {
    let height = (
        -500..30_000i32,
        prop_oneof![Just(AltitudeUnit::Feet), Just(AltitudeUnit::Metres)],
        prop_oneof![
            Just(HeightReference::Ellipsoid),
            Just(HeightReference::MeanSeaLevel),
            Just(HeightReference::Ground)
        ],
    );
    let height = height.prop_filter_map("under ground", |(value, unit, reference)| {
        Height::new(value, unit, reference)
            .map(StatedAltitude::Height)
            .ok()
    });
    prop_oneof![
        Just(StatedAltitude::Surface),
        Just(StatedAltitude::Unlimited),
        (0..=999u16).prop_map(|l| StatedAltitude::FlightLevel(FlightLevel::new(l).unwrap())),
        height,
    ]
}

fn any_area() -> impl Strategy<Value = Area> {
    let circle = (any_position(), 1_000..=500_000_000i64).prop_map(|(centre, radius)| {
        Area::Circle(Circle::new(centre, Millimetres::new(radius).unwrap()).unwrap())
    });
    let polygon = vec(any_position(), 3..40).prop_filter_map("repeats", |points| {
        Polygon::new(points).map(Area::Polygon).ok()
    });
    let corridor = (vec(any_position(), 2..20), 1_000..=200_000_000i64);
    let corridor = corridor.prop_filter_map("stands still", |(points, width)| {
        let corridor = Corridor::new(points, Millimetres::new(width).unwrap());
        corridor.map(Area::Corridor).ok()
    });
    prop_oneof![circle, polygon, corridor]
}

fn any_second() -> impl Strategy<Value = SecondDescription> {
    let anchor = prop_oneof![
        Just(Anchor::Centre),
        any::<u16>().prop_map(Anchor::Vertex),
        any::<u16>().prop_map(Anchor::Point)
    ];
    let parts = (any_slug(), anchor, 0..360_000u32, 1..=5_000u32);
    let lengths = (any_length(1_000_000_000), 1..=20_000_000i64);
    (parts, lengths).prop_map(
        |((reference, anchor, bearing, good), (distance, precision))| {
            SecondDescription::new(RawDescription {
                reference: model::ids::ReferencePointId::new(reference),
                anchor,
                bearing: Bearing::from_millidegrees(bearing).unwrap(),
                bearing_precision: good,
                distance,
                distance_precision: Millimetres::new(precision).unwrap(),
            })
            .unwrap()
        },
    )
}

pub(crate) fn any_lane() -> impl Strategy<Value = Lane> {
    prop_oneof![Just(Lane::Stop), Just(Lane::Main)]
}

fn any_subject() -> impl Strategy<Value = SubjectRef> {
    (any::<bool>(), any_lane(), any::<u32>(), any::<u64>()).prop_map(
        |(senders, lane, epoch, index)| SubjectRef {
            senders,
            lane,
            epoch,
            index,
        },
    )
}

pub(crate) fn any_value(slot: SlotCode) -> BoxedStrategy<Value> {
    let known: Vec<u16> = (0..200).filter(|n| slot.code_name(*n).is_some()).collect();
    match slot.shape() {
        Shape::Code => proptest::sample::select(known)
            .prop_map(Value::Code)
            .boxed(),
        Shape::Slug => any_slug().prop_map(Value::Slug).boxed(),
        Shape::Name => "[a-zA-Zа-я0-9 ]{0,60}".prop_map(Value::Name).boxed(),
        Shape::Text => "[a-zA-Zа-яا-ي0-9 \n]{0,300}".prop_map(Value::Text).boxed(),
        Shape::Number => any::<u64>().prop_map(Value::Number).boxed(),
        Shape::Time => any_time().prop_map(Value::Time).boxed(),
        Shape::Window => (any_time(), 0..10_000_000i64)
            .prop_map(|(from, span)| {
                let until = from.saturating_add(model::units::Millis::new(span).unwrap());
                Value::Window(Window::new(from, until).unwrap())
            })
            .boxed(),
        Shape::Band => (any_altitude(), any_altitude())
            .prop_filter_map("upside down", |(lower, upper)| {
                StatedBand::new(lower, upper).map(Value::Band).ok()
            })
            .boxed(),
        Shape::Area => any_area().prop_map(Value::Area).boxed(),
        Shape::Place => (any_position(), any_length(1_000_000))
            .prop_map(|(position, precision)| {
                Value::Place(StatedPosition {
                    position,
                    precision,
                })
            })
            .boxed(),
        Shape::Second => any_second().prop_map(Value::Second).boxed(),
        Shape::Subject => any_subject().prop_map(Value::Subject).boxed(),
        Shape::Times => proptest::collection::btree_map(any::<u64>(), any_time(), 0..20)
            .prop_map(|times| Value::Times(times.into_iter().collect()))
            .boxed(),
        Shape::Evidence => {
            let media = proptest::sample::select(model::code::MediaType::ALL);
            let file = (any::<[u8; 32]>(), media, any::<u64>());
            let file = file.prop_map(|(digest, media, size)| model::slot::Evidence {
                digest: model::line::Digest(digest),
                media,
                size,
            });
            let files = vec(file, 0..=model::slot::MAX_EVIDENCE);
            files.prop_map(Value::Evidence).boxed()
        }
        Shape::Items => {
            let slots = [
                SlotCode::Count,
                SlotCode::Place,
                SlotCode::Window,
                SlotCode::Band,
            ];
            let item = proptest::sample::select(slots.to_vec())
                .prop_flat_map(|slot| (Just(slot), any_value(slot)));
            vec(item, 0..=MAX_ITEMS).prop_map(Value::Items).boxed()
        }
    }
}

pub(crate) fn any_kind() -> impl Strategy<Value = Kind> {
    proptest::sample::select(Kind::ALL.to_vec())
}

/// Some of the slots of `kind`, filled.
pub(crate) fn any_slots(kind: Kind) -> impl Strategy<Value = Slots> {
    proptest::sample::subsequence(kind.slots().to_vec(), 0..=kind.slots().len())
        .prop_flat_map(|slots| {
            let values: Vec<_> = slots.iter().map(|slot| any_value(*slot)).collect();
            (Just(slots), values)
        })
        .prop_map(|(slots, values)| {
            let filled = slots.into_iter().zip(values);
            filled.fold(Slots::new(), |slots, (slot, value)| {
                slots.with(slot, value).unwrap()
            })
        })
}

pub(crate) fn any_message() -> impl Strategy<Value = Message> {
    any_kind().prop_flat_map(|kind| any_slots(kind).prop_map(move |slots| message(kind, slots)))
}

const POLYGON: &str =
    "[area]\npolygon = [\"35.50, 39.80\", \"35.50, 40.60\", \"34.90, 40.60\", \"34.90, 39.80\"]";

/// The template, with what only people can know filled in.
pub(crate) fn arrangement_text() -> String {
    let (one, other) = (Side::one().party(), Side::other().party());
    let name = "euphrates".parse().unwrap();
    crate::arrangement::template(line(), name, [one, other], true)
        .replace("numbers = []", "numbers = [\"+44 1632 960000\"]")
        .replace("[area]", POLYGON)
        .replace("# [[reference_point]]\n# id", "[[reference_point]]\nid")
        .replace("# name = \"Deir", "name = \"Deir")
        .replace("# position =", "position =")
}
