//! What a slot holds, as a person reads it: the same in every language, and never reordered.

use model::dtg::DateTimeGroup;
use model::slot::{SlotCode, Value};
use model::units::{Bearing, Millimetres, Timestamp};
use wire::coordinates;

/// U+2066: from here left to right, whatever stands around it.
pub(crate) const LEFT_TO_RIGHT: char = '\u{2066}';
/// U+2068: from here in the direction of its own first letter.
pub(crate) const ITS_OWN: char = '\u{2068}';
/// U+2069: to here.
const END: char = '\u{2069}';

/// `value`, isolated from the text around it: positions, ranges and times read left to right in every language, and a name
/// in its own direction.
pub fn said(slot: SlotCode, value: &Value) -> String {
    let mark = match value {
        Value::Name(_) | Value::Text(_) => ITS_OWN,
        _of_digits => LEFT_TO_RIGHT,
    };
    isolated(mark, &plain(slot, value))
}

/// `text` between marks, so that what stands around it does not reorder it.
pub(crate) fn isolated(mark: char, text: &str) -> String {
    format!("{mark}{text}{END}")
}

/// The marks of [`said`] taken out again: for a terminal that has one direction.
pub fn without_marks(text: &str) -> String {
    text.replace([LEFT_TO_RIGHT, ITS_OWN, END], "")
}

/// Whether a slot is for the reader, beside what the text itself says.
pub(super) fn shown_slot(slot: SlotCode) -> bool {
    !matches!(
        slot,
        SlotCode::Phrase
            | SlotCode::Marker
            | SlotCode::Authority
            | SlotCode::Subject
            // The words and their language are shown by themselves: the original is the authoritative one.
            | SlotCode::Remarks
            | SlotCode::Language
    )
}

fn plain(slot: SlotCode, value: &Value) -> String {
    match value {
        Value::Code(number) => slot
            .code_name(*number)
            .map_or_else(|| number.to_string(), str::to_owned),
        Value::Slug(name) => name.to_string(),
        Value::Name(text) | Value::Text(text) => text.clone(),
        Value::Number(number) => amount(slot, *number),
        Value::Time(at) => time(*at),
        Value::Window(window) => format!("{} – {}", time(window.from()), time(window.until())),
        Value::Band(band) => band.to_string(),
        Value::Place(place) => {
            let forms = coordinates::forms(place.position, place.precision);
            match forms.mgrs {
                Some(mgrs) => format!("{mgrs} ({})", forms.decimal),
                None => forms.decimal,
            }
        }
        Value::Second(second) => {
            let (reference, bearing) = (second.reference(), second.bearing());
            format!("{reference} {bearing} {}", second.distance())
        }
        Value::Subject(subject) => subject.index.to_string(),
        Value::Area(_) | Value::Times(_) | Value::Items(_) | Value::Evidence(_) => String::new(),
    }
}

fn time(at: Timestamp) -> String {
    DateTimeGroup::of(at).to_string()
}

fn amount(slot: SlotCode, number: u64) -> String {
    let length = || {
        i64::try_from(number)
            .ok()
            .and_then(|mm| Millimetres::new(mm).ok())
    };
    let bearing = || {
        let millidegrees = u32::try_from(number).ok()?;
        Bearing::from_millidegrees(millidegrees).ok()
    };
    let said = match slot {
        SlotCode::Distance | SlotCode::Precision => length().map(|length| length.to_string()),
        SlotCode::Bearing => bearing().map(|bearing| bearing.to_string()),
        // Millimetres a second, cut off, never rounded up.
        SlotCode::Speed => Some(format!("{} km/h", u128::from(number) * 36 / 10_000)),
        _count => None,
    };
    said.unwrap_or_else(|| number.to_string())
}
