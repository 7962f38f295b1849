//! What all are asked about: the same for one seed on every machine.

use conflict::altitude::ellipsoidal;
use conflict::geodesy::destination;
use conflict::matrix::Matrix;
use conflict::shape::Shape;
use conflict::tracks::{Motion, Track};
use conflict::volume::Volume;
use model::altitude::{AltitudeUnit, Height, HeightReference, StatedAltitude, StatedBand};
use model::arrangement::{Margins, Separation};
use model::ids::PartyId;
use model::kind::Kind;
use model::place::{Area, Circle, Corridor, Polygon, Position};
use model::units::{Bearing, Millimetres, Millis, Timestamp};
use model::window::Window;
use std::error::Error;

/// 16 September 2017, 22:13:20 UTC.
const BEGINS: i64 = 1_505_600_000_000;
const DAY_MS: f64 = 86_400_000.0;

/// Volumes over a square of `side` km around 35.33N 40.14E and over `days`: 65 % polygons of 4 to 12 vertices, 30 % circles,
/// 5 % corridors 20 to 120 km long; radius lognormal, median 1 km; duration lognormal, median 30 minutes; from
/// up to 12 km above the ellipsoid, up to 1.5 km high.
#[derive(Clone, Copy)]
pub struct Workload {
    pub volumes: u32,
    pub queries: u32,
    pub seed: u64,
    pub side: f64,
    pub days: f64,
}

pub type Drawn = Result<Volume<u32>, Box<dyn Error>>;

impl Workload {
    pub fn volumes(self) -> impl Iterator<Item = Drawn> {
        let mut draw = Draw(self.seed.max(1));
        (0..self.volumes).map(move |key| draw.volume(key, self, "russia"))
    }

    /// Of the other party, with keys above all of those.
    pub fn queries(self) -> Result<Vec<Volume<u32>>, Box<dyn Error>> {
        let mut draw = Draw((self.seed ^ 0x5eed_0000_0000_0000).max(1));
        let keys = self.volumes..self.volumes + self.queries;
        keys.map(|key| draw.volume(key, self, "coalition"))
            .collect()
    }

    /// Own tracks over a square of `side` km around the same place and up to 12 km high, at 50 to 250 m/s on any course; two of
    /// three keep their height, the others climb or sink by up to 10 m/s.
    pub fn tracks(
        self,
        count: u32,
        side: f64,
        now: Timestamp,
    ) -> Result<Vec<Track<u32>>, Box<dyn Error>> {
        let tracks = self.moving(count, side).zip(0..);
        tracks.map(|(moving, key)| moving.track(key, now)).collect()
    }

    /// As `tracks`, in lines of latitude, longitude (1e-7 degree), height (mm), course (1e-3 degree), speed and climb (mm/s).
    pub fn listed(self, count: u32, side: f64) -> String {
        let moving = self.moving(count, side);
        moving
            .map(|Moving(given)| given.map(|one| one.to_string()).join(" ") + "\n")
            .collect()
    }

    fn moving(self, count: u32, side: f64) -> impl Iterator<Item = Moving> {
        let mut draw = Draw((self.seed ^ 0x7ac5).max(1));
        (0..count).map(move |_| draw.moving(side))
    }

    /// What meets in space and time conflicts.
    pub fn matrix() -> Matrix {
        Matrix::new(&[Separation {
            between: [Kind::AirActivity; 2],
            horizontal: Millimetres::ZERO,
            vertical: Millimetres::ZERO,
            time: Millis::ZERO,
        }])
    }

    /// The instant half way.
    pub fn amid(self) -> Result<Timestamp, Box<dyn Error>> {
        Ok(Timestamp::from_unix_ms(
            BEGINS + (self.days * DAY_MS / 2.0) as i64,
        )?)
    }
}

/// A track in whole numbers, in the order of `Workload::listed`.
struct Moving([i64; 6]);

impl Moving {
    fn track(self, key: u32, now: Timestamp) -> Result<Track<u32>, Box<dyn Error>> {
        let [latitude, longitude, height, course, speed, climb] = self.0;
        let position = Position::from_e7(i32::try_from(latitude)?, i32::try_from(longitude)?)?;
        let length = Millimetres::new;
        let course = Bearing::from_millidegrees(u32::try_from(course)?)?;
        let place = (position, length(height)?);
        let motion = Motion::new(place, course, length(speed)?, length(climb)?, now)?;
        Ok(Track { key, motion })
    }
}

/// The same numbers in each run (xorshift64*).
struct Draw(u64);

impl Draw {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    /// Lognormal, by its median and the deviation of its logarithm.
    fn around(&mut self, median: f64, deviation: f64) -> f64 {
        let normal = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
        median * (deviation * normal).exp()
    }

    fn moving(&mut self, side: f64) -> Moving {
        let (up, aside) = (side / 222.0, side / 181.4);
        let latitude = (35.33 + self.between(-up, up)) * 1.0e7;
        let longitude = (40.14 + self.between(-aside, aside)) * 1.0e7;
        let height = self.between(0.0, 12_000_000.0);
        let (course, speed) = (
            self.between(0.0, 360_000.0),
            self.between(50_000.0, 250_000.0),
        );
        let climb = self.between(-30_000.0, 30_000.0);
        let climb = if climb.abs() < 10_000.0 { climb } else { 0.0 };
        Moving([latitude, longitude, height, course, speed, climb].map(|one| one as i64))
    }

    fn volume(&mut self, key: u32, over: Workload, party: &str) -> Drawn {
        let half = over.side / 2.0;
        let (up, aside) = (half / 111.0, half / 90.7);
        let e7 = |degrees: f64| (degrees * 1.0e7) as i32;
        let latitude = e7(35.33 + self.between(-up, up));
        let middle = Position::from_e7(latitude, e7(40.14 + self.between(-aside, aside)))?;
        let shape = self.shape(middle)?;
        let from = BEGINS + self.between(0.0, over.days * DAY_MS) as i64;
        let lasts = self.around(1_800_000.0, 0.8).min(2.0e8) as i64;
        let at = Timestamp::from_unix_ms;
        let span = Window::new(at(from)?, at(from + lasts)?)?.into();
        let low = self.between(0.0, 12_000.0) as i32;
        let high = low + self.between(50.0, 1_500.0) as i32;
        let height = |metres: i32| {
            Height::new(metres, AltitudeUnit::Metres, HeightReference::Ellipsoid)
                .map(StatedAltitude::Height)
        };
        let margins = Margins {
            flight_level: Millimetres::ZERO,
            above_ground: None,
        };
        let band = ellipsoidal(
            StatedBand::new(height(low)?, height(high)?)?,
            &shape,
            &margins,
        )?;
        let party: PartyId = party.parse()?;
        Ok(Volume {
            key,
            party,
            kind: Kind::AirActivity,
            shape,
            band,
            span,
        })
    }

    fn shape(&mut self, middle: Position) -> Result<Shape, Box<dyn Error>> {
        let radius = self.around(1_000.0, 0.8).clamp(50.0, 20_000.0);
        let kind = self.unit();
        let area = if kind < 0.65 {
            let count = self.between(4.0, 13.0) as u32;
            let vertices = (0..count).map(|index| {
                let far = radius * self.between(0.5, 1.0);
                stepped(middle, f64::from(index) * 360.0 / f64::from(count), far)
            });
            Area::Polygon(Polygon::new(vertices.collect::<Result<_, _>>()?)?)
        } else if kind < 0.95 {
            Area::Circle(Circle::new(middle, metres(radius)?)?)
        } else {
            let azimuth = self.between(0.0, 360.0);
            let leg = self.between(5_000.0, 30_000.0);
            let (mut points, mut last) = (vec![middle], middle);
            for _ in 0..4 {
                last = stepped(last, azimuth + self.between(-20.0, 20.0), leg)?;
                points.push(last);
            }
            Area::Corridor(Corridor::new(
                points,
                metres(self.between(500.0, 4_000.0))?,
            )?)
        };
        Ok(Shape::new(area)?)
    }
}

fn metres(metres: f64) -> Result<Millimetres, Box<dyn Error>> {
    Ok(Millimetres::new((metres * 1_000.0) as i64)?)
}

fn stepped(from: Position, azimuth: f64, far: f64) -> Result<Position, Box<dyn Error>> {
    let turned = ((azimuth * 1_000.0) as i64).rem_euclid(360_000) as u32;
    Ok(destination(
        from,
        Bearing::from_millidegrees(turned)?,
        metres(far)?,
    ))
}
