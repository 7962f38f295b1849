//! What is wrong with what an officer gave, beside what the model, the geometry and the readers of coordinates refuse.

use model::code::Desk;
use model::ids::{OfficerId, UnitId};
use model::said::Said;
use model::slot::SlotCode;
use model::units::Millimetres;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    // ---- slots
    /// The slot stands beside why.
    #[error("slot `{slot}`")]
    Slot { slot: SlotCode, because: Said },
    #[error("write text")]
    WriteText,
    #[error("give a whole number from zero up")]
    GiveNumber,
    #[error("give `{0}`")]
    Give(&'static str),
    #[error("give `{0}` as a whole number")]
    GiveWhole(String),
    #[error("give `{0}` as text")]
    GiveText(String),
    #[error("give `{0}` as a distance, such as 500 m")]
    GiveDistance(String),
    #[error("give `{0}` as a list of positions")]
    GiveList(String),
    #[error("give a `circle`, a `polygon` or a `corridor`")]
    GiveShape,
    #[error("`{0}` is no angle")]
    NoAngle(String),
    #[error(
        "a place is typed to within {precision}, which does not say where an area of {size} is: give more digits"
    )]
    TooCoarse {
        precision: Millimetres,
        size: Millimetres,
    },
    #[error("a stop call has no such slot: it has {}", listed(.0))]
    NoSlotOfStop(Vec<SlotCode>),
    #[error("a bearing is below {0} thousandths of a degree")]
    BearingTooLarge(u64),
    #[error("it is written by the node alone: leave it out")]
    ByNodeAlone,
    #[error("no code is that high")]
    CodeTooHigh,
    #[error("`{0}` is no speed: write 60 km/h, 35 kt or 20 m/s")]
    NoSpeed(String),
    #[error("give Unix milliseconds, or a date-time group such as 171430Z SEP 16")]
    GiveTime,
    #[error("count the points of the area from 0")]
    CountFromZero,
    #[error("give `vertex` or `point`")]
    GiveAnchor,
    #[error("the anchor is `centre`, {{\"vertex\": 0}} or {{\"point\": 0}}")]
    NoAnchor,

    // ---- commands
    #[error("`{typed}` is no kind of notice: choose one of {known}")]
    NotAKind { typed: String, known: String },
    #[error("no line is in force: telephone the desk that speaks for you")]
    NoLine,
    #[error("name the desk: air, ground, protection or senior")]
    NameTheDesk,
    #[error("at most {0} lines are named at a time: name fewer")]
    TooManyLines(usize),
    #[error("no details were given; the call itself stands")]
    NoDetails,
    #[error("no details were sent, the call itself stands: {}", joined(.0))]
    DetailsNotUnderstood(Vec<Said>),
    #[error(
        "`{officer}` has no account that keeps the watch of the {desk} desk: name one that has (`standclear officer list`)"
    )]
    MayNotWatch { officer: OfficerId, desk: Desk },
    #[error(
        "`{code}` is no code of what unit {unit} is asked now: have it read the code again, letter by letter, and make sure \
         that its sheet is the newest"
    )]
    NoSuchCode { code: String, unit: UnitId },
    #[error("slot `{0}`: leave it out, it is not given here")]
    NotGivenHere(SlotCode),
    #[error("what it speaks of was said on another line: no line knows of another")]
    OtherLine,
    #[error(
        "the plan has {count} volumes, and at most {most} are checked at once: check it in parts"
    )]
    PlanTooLarge { count: usize, most: usize },
    #[error("volume {number}, counted from 0")]
    Volume { number: usize, because: Said },
    #[error(
        "there is room for {room} more drafts, and the file has {count}: discard those that are not needed"
    )]
    NoRoom { room: usize, count: usize },
    #[error(
        "{count} faults were found, and nothing was drafted: {}; ask with `check=true` for all of them, or with \
         `partial=true` to draft the {good} {row}s that are good",
        joined(.first)
    )]
    Faulty {
        count: u64,
        first: Vec<Said>,
        good: usize,
        row: &'static str,
    },
    /// The row and the field, if it is one.
    #[error("{row} {at} {why}")]
    Row {
        row: &'static str,
        at: u64,
        why: Said,
    },
    #[error("{row} {at}, `{field}`: {why}")]
    Field {
        row: &'static str,
        at: u64,
        field: String,
        why: Said,
    },
}

model::says! { Unfit, "given":
    "slot" Slot { slot, because };
    "write-text" WriteText;
    "give-number" GiveNumber;
    "give" Give(what);
    "give-whole" GiveWhole(what);
    "give-text" GiveText(what);
    "give-distance" GiveDistance(what);
    "give-list" GiveList(what);
    "give-shape" GiveShape;
    "no-angle" NoAngle(what);
    "too-coarse" TooCoarse { precision, size };
    "no-slot-of-stop" NoSlotOfStop(slots);
    "bearing-too-large" BearingTooLarge(most);
    "by-node-alone" ByNodeAlone;
    "code-too-high" CodeTooHigh;
    "no-speed" NoSpeed(typed);
    "give-time" GiveTime;
    "count-from-zero" CountFromZero;
    "give-anchor" GiveAnchor;
    "no-anchor" NoAnchor;
    "not-a-kind" NotAKind { typed, known };
    "no-line" NoLine;
    "name-the-desk" NameTheDesk;
    "too-many-lines" TooManyLines(most);
    "no-details" NoDetails;
    "details-not-understood" DetailsNotUnderstood(why);
    "may-not-watch" MayNotWatch { officer, desk };
    "no-such-code" NoSuchCode { code, unit };
    "not-given-here" NotGivenHere(slot);
    "other-line" OtherLine;
    "plan-too-large" PlanTooLarge { count, most };
    "volume" Volume { number, because };
    "no-room" NoRoom { room, count };
    "faulty" Faulty { count, first, good, row };
    "row" Row { row, at, why };
    "field-of-row" Field { row, at, field, why };
}

fn listed(slots: &[SlotCode]) -> String {
    let names: Vec<String> = slots.iter().map(SlotCode::to_string).collect();
    names.join(", ")
}

fn joined(said: &[Said]) -> String {
    let each: Vec<&str> = said.iter().map(Said::english).collect();
    each.join("; ")
}
