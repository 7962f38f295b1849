//! Slots and release terms, as typed.

use crate::exit::{Failure, OrExit as _, Outcome};
use clap::Args;
use node::party::files;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The most that is read from standard input, in bytes.
const MAX_INPUT: u64 = 1 << 20;

/// Slots that any message may have.
#[derive(Args, Debug, Default)]
#[group(skip)]
pub struct Slots {
    /// Any slot by its name; may be given more than once
    #[arg(long = "slot", value_name = "NAME=VALUE")]
    slots: Vec<String>,
    /// Slots as a JSON object in a file; - is standard input
    #[arg(long = "slots", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Slots {
    pub fn is_given(&self) -> bool {
        !self.slots.is_empty() || self.file.is_some()
    }

    /// What can be read, and what cannot be, and why. Nothing is waited for.
    pub fn understood(&self) -> (Map<String, Value>, BTreeMap<String, String>) {
        let mut not_understood = BTreeMap::new();
        let mut slots = Map::new();
        match self.file.as_deref() {
            None => {}
            Some(path) if path.as_os_str() == "-" => {
                let why = "standard input is not waited for: give a file, or `stop details` later";
                not_understood.insert("--slots".to_owned(), why.to_owned());
            }
            Some(path) => match of_file(path) {
                Ok(read) => slots = read,
                Err(why) => drop(not_understood.insert("--slots".to_owned(), why.text)),
            },
        }
        for pair in &self.slots {
            match pair_of(pair) {
                Ok((name, value)) => drop(slots.insert(name, value)),
                Err(why) => {
                    let name = pair.split('=').next().unwrap_or_default();
                    not_understood.insert(name.chars().take(40).collect(), why.text);
                }
            }
        }
        (slots, not_understood)
    }

    /// # Errors
    /// For what is no pair, or no JSON.
    pub fn read(&self) -> Outcome<Map<String, Value>> {
        let mut slots = match &self.file {
            None => Map::new(),
            Some(path) => of_file(path)?,
        };
        for pair in &self.slots {
            let (name, value) = pair_of(pair)?;
            slots.insert(name, value);
        }
        Ok(slots)
    }
}

fn of_file(path: &Path) -> Outcome<Map<String, Value>> {
    serde_json::from_slice(&bytes(path)?).map_err(|error| {
        Failure::usage(format!(
            "`{}` holds no slots as JSON: {error}",
            path.display()
        ))
    })
}

fn pair_of(pair: &str) -> Outcome<(String, Value)> {
    let (name, value) = pair
        .split_once('=')
        .ok_or_else(|| Failure::usage(format!("`{pair}` is no slot: write NAME=VALUE")))?;
    Ok((name.to_owned(), value_of(value)?))
}

fn bytes(path: &Path) -> Outcome<Vec<u8>> {
    if path.as_os_str() != "-" {
        return files::read_public(path).or_refuse();
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(MAX_INPUT)
        .read_to_end(&mut bytes)
        .or_refuse()?;
    Ok(bytes)
}

/// A value as typed: structured where it looks so, a whole number, or text.
fn value_of(typed: &str) -> Outcome<Value> {
    if typed.starts_with(['{', '[']) {
        return serde_json::from_str(typed)
            .map_err(|error| Failure::usage(format!("`{typed}` is no JSON: {error}")));
    }
    Ok(typed
        .parse::<u64>()
        .map_or_else(|_| json!(typed), |number| json!(number)))
}

/// An area: a circle, a polygon or a corridor.
#[derive(Args, Debug)]
#[group(skip)]
pub struct Drawn {
    /// Centre of a circle, in any customary form
    #[arg(
        long,
        value_name = "POSITION",
        requires = "radius",
        allow_hyphen_values = true
    )]
    centre: Option<String>,
    /// Its radius: 500 m, 1.5 km, 2 NM
    #[arg(long, value_name = "DISTANCE", requires = "centre")]
    radius: Option<String>,
    /// A vertex of a polygon; given for each, in order
    #[arg(long, value_name = "POSITION", conflicts_with_all = ["centre", "point"], allow_hyphen_values = true)]
    vertex: Vec<String>,
    /// A point of a corridor's middle; given for each, in order
    #[arg(
        long,
        value_name = "POSITION",
        requires = "width",
        conflicts_with = "centre",
        allow_hyphen_values = true
    )]
    point: Vec<String>,
    /// The corridor's full width, from edge to edge
    #[arg(long, value_name = "DISTANCE", requires = "point")]
    width: Option<String>,
}

impl Drawn {
    /// As the API takes it; none where nothing is drawn.
    pub fn json(&self) -> Option<Value> {
        match (&self.centre, &self.radius, &self.width) {
            (Some(centre), Some(radius), _) => {
                Some(json!({"circle": {"centre": centre, "radius": radius}}))
            }
            (_, _, Some(width)) => {
                Some(json!({"corridor": {"points": self.point, "width": width}}))
            }
            _polygon_or_none => (!self.vertex.is_empty()).then(|| json!({"polygon": self.vertex})),
        }
    }
}

/// A place, twice: its shape, and bearing and distance from a reference point, from another source.
#[derive(Args, Debug)]
#[group(skip)]
pub struct Area {
    #[command(flatten)]
    drawn: Drawn,
    /// The reference point of the second description, as the arrangement lists it
    #[arg(long, value_name = "NAME", requires_all = ["bearing", "distance"])]
    reference: Option<String>,
    /// True bearing from it; from another source than the shape
    #[arg(long, requires = "reference")]
    bearing: Option<String>,
    /// Distance from it
    #[arg(long, requires = "reference")]
    distance: Option<String>,
}

impl Area {
    /// Adds the two descriptions to `slots`. Neither is worked out from the other.
    pub fn add_to(&self, slots: &mut Map<String, Value>) {
        if let Some(area) = self.drawn.json() {
            slots.insert("area".to_owned(), area);
        }
        if let (Some(reference), Some(bearing), Some(distance)) =
            (&self.reference, &self.bearing, &self.distance)
        {
            let second = json!({"reference": reference, "bearing": bearing, "distance": distance});
            slots.insert("second-description".to_owned(), second);
        }
    }
}

/// Under what something is let go to another party.
#[derive(Args, Debug)]
#[group(skip)]
pub struct Release {
    /// The authority, as the release rules name it
    #[arg(long)]
    authority: String,
    /// The purpose, as the arrangement lists it
    #[arg(long)]
    purpose: String,
    /// The element it is about
    #[arg(long)]
    element: Option<String>,
}

impl Release {
    pub fn json(&self) -> Value {
        match &self.element {
            None => json!({"authority": self.authority, "purpose": self.purpose}),
            Some(element) => {
                json!({"authority": self.authority, "purpose": self.purpose, "element": element})
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_text_a_number_or_structured() {
        let slots = Slots {
            slots: vec![
                "label=alpha=1".into(),
                "count=2".into(),
                "place={\"latitude_e7\":1}".into(),
            ],
            file: None,
        };
        let read = slots.read().unwrap();
        assert_eq!(read["label"], "alpha=1");
        assert_eq!(read["count"], 2);
        assert_eq!(read["place"]["latitude_e7"], 1);
    }

    #[test]
    fn what_is_no_slot_is_refused() {
        for bad in ["label", "place={"] {
            let slots = Slots {
                slots: vec![bad.into()],
                file: None,
            };
            assert_eq!(
                slots.read().unwrap_err().exit,
                crate::exit::Exit::Usage,
                "{bad}"
            );
        }
    }
}
