//! Downstream units: who has what, who is silent. None of it leaves this node.

use super::terms::Drawn;
use super::{at_desk, named};
use crate::client::Client;
use crate::exit::{Failure, Outcome};
use crate::options::Options;
use crate::output::{Table, dtg, dtg_or_dash, dtg_seconds, millimetres, or_dash, plain};
use clap::{Args, Subcommand};
use node::http::units::page::AskedShown;
use node::http::units::sheet::SheetShown;
use node::http::units::{ConcernedShown, DownstreamShown, Enrolled, LinkShown, UnitShown};
use node::http::views::{NoticeShown, Outcome as Said};
use node::model::code::{Desk, Downstream};
use serde_json::{Value, json};
use std::fmt::Write as _;

#[derive(Debug, Subcommand)]
pub enum Unit {
    /// Enrol a unit: what meets its area is asked of it from here on
    Enrol(Described),
    /// The units, their telephones, and of how much each is silent
    List,
    /// Say anew what a unit is called, its desk and its area
    Change {
        /// The unit's number, as `unit list` shows it
        unit: String,
        #[command(flatten)]
        described: Described,
    },
    /// Stand a unit down: nothing more is asked of it, and its telephone is out
    StandDown {
        /// The unit's number
        unit: String,
    },
    /// A one-time link that enrols a telephone for a unit, good for 15 minutes; an earlier telephone is then out
    Link {
        /// The unit's number
        unit: String,
    },
    /// Take the telephone away from a unit
    Unlink {
        /// The unit's number
        unit: String,
    },
    /// Who has each notice and stop call; the silent ones in front
    Receipts {
        /// Of this notice or call alone: its name, or the end of it
        of: Option<String>,
    },
    /// Print the sheet of a unit without a telephone, with a code beside each notice to read back by radio
    Sheet {
        /// The unit's number
        unit: String,
    },
    /// Record that a unit told you that it has something
    Relay(Relay),
    /// Tell the other party whether all units have its notice: never which, and "all" only where it is so
    Tell {
        /// The notice, or the end of its name
        notice: String,
        /// all-units, not-all-yet
        said: Downstream,
    },
}

#[derive(Args, Debug)]
pub struct Described {
    /// How it is called by radio. It stays on this node
    name: String,
    /// The desk that it is under: air, ground, protection, senior
    #[arg(long)]
    desk: Desk,
    #[command(flatten)]
    area: Drawn,
}

#[derive(Args, Debug)]
pub struct Relay {
    /// The unit's number
    unit: String,
    /// The code that the unit read from its sheet; it says what the unit has
    #[arg(long, conflicts_with = "has", required_unless_present = "has")]
    code: Option<String>,
    /// Without a sheet: the notice or stop call that the unit said it has, or the end of its name
    #[arg(long, value_name = "NOTICE")]
    has: Option<String>,
}

impl Described {
    fn json(&self) -> Outcome<Value> {
        let area = self.area.json().ok_or_else(|| {
            Failure::usage(
                "say where the unit is and can do harm: --centre and --radius, --vertex, or --point and --width",
            )
        })?;
        Ok(json!({"name": self.name, "desk": self.desk.name(), "area": area}))
    }
}

impl Unit {
    pub fn run(self, options: &Options) -> Outcome {
        at_desk(options, async |client: Client| {
            self.act(options, &client).await
        })
    }

    async fn act(self, options: &Options, client: &Client) -> Outcome {
        let style = options.style();
        match self {
            Unit::Enrol(described) => {
                let enrolled: Enrolled = client.post("/api/units", &described.json()?).await?;
                style.show(&enrolled, |enrolled| {
                    format!(
                        "{} is unit {unit}: give it a telephone's page (`standclear unit link {unit}`) or a sheet \
                         (`standclear unit sheet {unit}`)",
                        plain(&described.name),
                        unit = enrolled.unit
                    )
                })
            }
            Unit::List => {
                let units: Vec<UnitShown> = client.get("/api/units").await?;
                style.show(&units, |units| listed(units))
            }
            Unit::Change { unit, described } => {
                let path = format!("/api/units/{}", segment(&unit)?);
                let said: Said = client.post(&path, &described.json()?).await?;
                style.show(&said, |_| format!("unit {unit} is changed"))
            }
            Unit::StandDown { unit } => {
                let path = format!("/api/units/{}", segment(&unit)?);
                let said: Said = client.delete(&path).await?;
                style.show(&said, |_| format!("unit {unit} is stood down"))
            }
            Unit::Link { unit } => {
                let path = format!("/api/units/{}/link", segment(&unit)?);
                let link: LinkShown = client.post(&path, &json!({})).await?;
                // Behind the `#` it is not sent with the request, so that no log and no proxy sees it.
                let page = format!("{}/unit#enrol={}", options.address()?, link.code);
                let said = json!({"unit": link.unit, "code": link.code, "open": page, "until": link.until});
                style.show(&said, |_| {
                    format!(
                        "{page}\ngood once, until {}: open it on the unit's telephone; the one that it had is then out",
                        dtg(link.until)
                    )
                })
            }
            Unit::Unlink { unit } => {
                let path = format!("/api/units/{}/link", segment(&unit)?);
                let (): () = client.delete(&path).await?;
                style.show(&json!({"unit": unit}), |_| {
                    format!("unit {unit} has no telephone any more")
                })
            }
            Unit::Receipts { of } => receipts(options, client, of.as_deref()).await,
            Unit::Sheet { unit } => {
                let path = format!("/api/units/{}/sheet", segment(&unit)?);
                let sheet: SheetShown = client.get(&path).await?;
                style.show(&sheet, printed)
            }
            Unit::Relay(relay) => relay.act(options, client).await,
            Unit::Tell { notice, said } => {
                let notices: Vec<NoticeShown> = client.get("/api/notices").await?;
                let names: Vec<String> = notices.into_iter().map(|notice| notice.entry).collect();
                let notice = named(&notice, &names, "notice")?;
                let path = format!("/api/notices/{notice}/downstream");
                let told: Said = client.post(&path, &json!({"said": said.name()})).await?;
                style.show(&told, |_| format!("the other party is told: {said}"))
            }
        }
    }
}

/// A number as part of an address: nothing else can be a unit's.
fn segment(unit: &str) -> Outcome<&str> {
    let is_number =
        !unit.is_empty() && unit.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match is_number {
        true => Ok(unit),
        false => Err(Failure::refused(format!(
            "`{}` is no unit's number: `standclear unit list` shows them",
            plain(unit)
        ))),
    }
}

impl Relay {
    async fn act(&self, options: &Options, client: &Client) -> Outcome {
        let body = match (&self.code, &self.has) {
            (Some(code), _) => json!({"code": code}),
            (None, has) => {
                let all: Vec<DownstreamShown> = client.get("/api/downstream").await?;
                let typed = has.as_deref().unwrap_or_default();
                json!({"subject": subject(&all, typed)?.subject})
            }
        };
        let path = format!("/api/units/{}/receipts", segment(&self.unit)?);
        let said: Said = client.post(&path, &body).await?;
        options.style().show(&said, |_| {
            format!("recorded: unit {} has it, relayed by you", self.unit)
        })
    }
}

fn subject<'a>(all: &'a [DownstreamShown], typed: &str) -> Outcome<&'a DownstreamShown> {
    let names: Vec<String> = all.iter().map(|of| of.entry.clone()).collect();
    let name = named(typed, &names, "notice or call that concerns a unit")?;
    let found = all.iter().find(|of| of.entry == name);
    found.ok_or_else(|| Failure::refused(format!("nothing called `{typed}` concerns a unit")))
}

async fn receipts(options: &Options, client: &Client, of: Option<&str>) -> Outcome {
    let mut all: Vec<DownstreamShown> = client.get("/api/downstream").await?;
    if let Some(of) = of {
        let entry = subject(&all, of)?.entry.clone();
        all.retain(|shown| shown.entry == entry);
    }
    options.style().show(&all, |all| {
        let head = [
            "notice or call",
            "what",
            "unit",
            "name",
            "receipt",
            "due",
            "told",
        ];
        let mut table = Table::new(
            &head,
            "nothing concerns a unit: standclear unit enrol NAME\n",
        );
        for of in all {
            for unit in &of.units {
                table.row([
                    of.entry.clone(),
                    of.what.clone(),
                    unit.unit.clone(),
                    or_dash(unit.name.as_deref()),
                    receipt(unit),
                    dtg_seconds(unit.due),
                    or_dash(of.told.as_deref()),
                ]);
            }
        }
        table.to_string()
    })
}

fn receipt(unit: &ConcernedShown) -> String {
    match &unit.receipt {
        Some(receipt) => {
            let read = if receipt.read_back {
                ", code read back"
            } else {
                ""
            };
            format!("{} {}{read}", dtg_seconds(receipt.at), receipt.words)
        }
        None if unit.overdue => "SILENT, OVERDUE".to_owned(),
        None => "SILENT".to_owned(),
    }
}

fn listed(units: &[UnitShown]) -> String {
    let head = ["unit", "name", "desk", "telephone", "silent of", "enrolled"];
    let mut table = Table::new(&head, "no unit is enrolled: standclear unit enrol NAME\n");
    for unit in units {
        table.row([
            unit.unit.clone(),
            or_dash(unit.name.as_deref()),
            unit.desk.clone(),
            unit.telephone.clone(),
            unit.silent.to_string(),
            dtg_seconds(unit.enrolled_at),
        ]);
    }
    table.to_string()
}

/// The sheet, for printing.
fn printed(sheet: &SheetShown) -> String {
    let mut text = String::new();
    let name = sheet.name.as_deref().unwrap_or("-");
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "{}SHEET OF UNIT {} ({}), {} desk of {}",
        if sheet.exercise { "EXERCISE  " } else { "" },
        sheet.unit,
        plain(name),
        sheet.desk,
        sheet.own
    );
    let _ = writeln!(
        text,
        "as of {}. What changes later is not on it.",
        dtg_seconds(sheet.at)
    );
    if let Some(middle) = &sheet.middle {
        let _ = writeln!(
            text,
            "Bearings and distances are from the middle of your area: {}",
            forms(middle)
        );
    }
    if sheet.paused {
        text.push_str("\nTHIS UNIT IS TO PAUSE NOW. Tell it by radio: a sheet is too slow.\n");
    }
    if sheet.items.is_empty() {
        text.push_str("\nNothing concerns this unit.\n");
    }
    for item in &sheet.items {
        let _ = writeln!(text, "\n{}. {}", item.number, title(&item.asked));
        text.push_str(&body(&item.asked));
        let _ = writeln!(
            text,
            "   READ BACK: {}   {}",
            item.number,
            spaced(&item.code)
        );
    }
    text.push_str(
        "\nRead number and code back by radio. The officer of your desk enters the code: then it is known that you have it.\n",
    );
    text
}

fn title(asked: &AskedShown) -> String {
    let whose = if asked.from == "own" {
        "ours"
    } else {
        "of the other party"
    };
    let kind = asked.kind.to_uppercase();
    match asked.standing.as_str() {
        "withdrawn" => format!(
            "WITHDRAWN {}: {kind} {whose}, holds no more",
            dtg_or_dash(asked.withdrawn_at)
        ),
        _in_force => format!("{kind} {whose} ({})", asked.party),
    }
}

fn body(asked: &AskedShown) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "   from {} until {}",
        dtg_or_dash(asked.window_from),
        dtg_or_dash(asked.window_until)
    );
    for (slot, says) in &asked.says {
        let _ = writeln!(text, "   {slot}: {says}");
    }
    if let Some(band) = &asked.band {
        let _ = writeln!(text, "   heights: {}", plain(band));
    }
    if let (Some(bearing), Some(distance)) = (asked.bearing, asked.distance_mm) {
        let _ = writeln!(
            text,
            "   bearing {:03} true, {} from you; it reaches {} from its middle",
            rounded_bearing(bearing),
            kilometres(distance),
            millimetres(asked.reach_mm)
        );
    }
    if let Some(place) = &asked.place {
        let _ = writeln!(text, "   {}", forms(place));
    }
    text
}

/// To the whole degree: for finding it, not for aiming.
fn rounded_bearing(millidegrees: u32) -> u32 {
    (millidegrees + 500) / 1_000 % 360
}

fn kilometres(mm: i64) -> String {
    match mm {
        ..10_000_000 => format!("{} m", (mm + 500) / 1_000),
        _far => format!("{}.{} km", mm / 1_000_000, mm % 1_000_000 / 100_000),
    }
}

fn forms(place: &Value) -> String {
    let form = |name: &str| place.get(name).and_then(Value::as_str).map(plain);
    let both = [form("mgrs"), form("decimal")];
    both.into_iter().flatten().collect::<Vec<_>>().join("   ")
}

/// `CDF GH`: as it is read aloud.
fn spaced(code: &str) -> String {
    let (first, rest) = code.split_at(code.len().min(3));
    format!("{first} {rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_aloud_is_short_and_whole() {
        assert_eq!(spaced("CDFGH"), "CDF GH");
        assert_eq!(rounded_bearing(359_600), 0);
        assert_eq!(rounded_bearing(224_400), 224);
        assert_eq!(kilometres(4_712_400), "4712 m");
        assert_eq!(kilometres(14_760_000), "14.7 km");
    }

    #[test]
    fn only_a_number_goes_into_an_address() {
        assert!(segment("u12").is_ok());
        for bad in ["", "u1/link", "u1?x", "../units"] {
            assert!(segment(bad).is_err(), "{bad}");
        }
    }
}
