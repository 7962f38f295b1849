//! The watch: who keeps it, its handover, the roster, and orders over an officer's shoulder.

use super::at_desk;
use crate::client::Client;
use crate::exit::{Failure, OrExit as _, Outcome};
use crate::options::Options;
use crate::output::{Table, dtg, dtg_or_dash, dtg_seconds, or_dash, plain};
use clap::{Args, Subcommand, ValueEnum};
use node::http::queries::WatchShown;
use node::http::views::Outcome as Said;
use node::http::watch::{DirectedShown, DutyShown, HandoverShown};
use node::model::code::Desk;
use node::model::ids::OfficerId;
use node::party::files;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Watch {
    /// Take the watch of a desk at once, without a handover; what stands open unread is recorded
    Take {
        /// air, ground, protection, senior
        #[arg(long)]
        desk: Desk,
    },
    /// Leave it
    Leave {
        /// air, ground, protection, senior
        #[arg(long)]
        desk: Desk,
    },
    /// Who is on watch, who is due, whether anything would sound, alarms per hour, and line checks due
    Show,
    /// What is open at a desk: what whoever takes its watch over reads
    Handover {
        /// air, ground, protection, senior
        #[arg(long)]
        desk: Desk,
    },
    /// Take the watch over: read what is open, and sign for it
    TakeOver(TakeOver),
    /// Who is due on which watch
    #[command(subcommand)]
    Roster(Roster),
    /// What was done on somebody's order over an officer's shoulder, newest last
    Directed,
}

#[derive(Args, Debug)]
pub struct TakeOver {
    /// air, ground, protection, senior
    #[arg(long)]
    desk: Desk,
    /// Who hands it over, and leaves the watch with this
    #[arg(long, value_name = "OFFICER")]
    from: Option<OfficerId>,
    /// An item that you have read, as `watch handover` names it; may be given more than once
    #[arg(
        long,
        value_name = "ITEM",
        conflicts_with = "read_all",
        required_unless_present = "read_all"
    )]
    read: Vec<String>,
    /// You have read all that `watch handover` shows now; it is shown again with what you sign for
    #[arg(long)]
    read_all: bool,
    /// The desk sounded just now, and you heard it
    #[arg(long)]
    sound_heard: bool,
    /// Is the fallback card at hand? Either answer is recorded
    #[arg(long, value_name = "YES|NO")]
    card_at_hand: YesNo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum YesNo {
    Yes,
    No,
}

#[derive(Debug, Subcommand)]
pub enum Roster {
    /// The duties that are not long over
    List,
    /// Put an officer on the roster; a commander or an administrator does
    Add {
        /// The account
        officer: OfficerId,
        /// air, ground, protection, senior
        #[arg(long)]
        desk: Desk,
        /// A date-time group, or Unix milliseconds
        #[arg(long)]
        from: String,
        /// A date-time group, or Unix milliseconds; at most 7 days later
        #[arg(long)]
        until: String,
    },
    /// Take a duty off it
    Remove {
        /// The duty, as `watch roster list` names it
        duty: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Pin {
    /// Set your own PIN for wall pages: 6 to 12 digits, read from a private file
    Set {
        /// The private file that holds the digits
        file: PathBuf,
    },
    /// Take it away: nobody accepts at a wall page by your name
    Remove,
}

#[derive(Debug, Subcommand)]
pub enum Wall {
    /// A one-time link that enrols a screen as a wall page of a desk, good for 15 minutes
    Add {
        /// A short name: where it hangs
        wall: String,
        /// air, ground, protection, senior
        #[arg(long)]
        desk: Desk,
    },
    /// The wall pages, and whether each sounds
    List,
    /// Take a wall page away, with its screen
    Revoke {
        /// Its name
        wall: String,
    },
}

impl Watch {
    pub fn run(self, options: &Options) -> Outcome {
        at_desk(options, async |client: Client| {
            self.act(options, &client).await
        })
    }

    async fn act(self, options: &Options, client: &Client) -> Outcome {
        let style = options.style();
        match self {
            Watch::Take { desk } => {
                let path = format!("/api/watch/{desk}");
                let said: Said = client.post(&path, &json!({})).await?;
                style.show(&said, |_| {
                    format!(
                        "you are on watch at the {desk} desk, without a handover: read what is open (`standclear watch \
                         handover --desk {desk}`)"
                    )
                })
            }
            Watch::Leave { desk } => {
                let said: Said = client.delete(&format!("/api/watch/{desk}")).await?;
                style.show(&said, |_| {
                    format!("you have left the watch of the {desk} desk")
                })
            }
            Watch::Show => {
                let watch: Vec<WatchShown> = client.get("/api/watch").await?;
                style.show(&watch, |watch| shown(watch))
            }
            Watch::Handover { desk } => {
                let open = open_at(client, desk).await?;
                style.show(&open, listed)
            }
            Watch::TakeOver(take) => take.act(options, client).await,
            Watch::Roster(roster) => roster.act(options, client).await,
            Watch::Directed => {
                let acts: Vec<DirectedShown> = client.get("/api/directed").await?;
                style.show(&acts, |acts| directed(acts))
            }
        }
    }
}

async fn open_at(client: &Client, desk: Desk) -> Outcome<HandoverShown> {
    client.get(&format!("/api/watch/{desk}/handover")).await
}

impl TakeOver {
    async fn act(self, options: &Options, client: &Client) -> Outcome {
        let open = open_at(client, self.desk).await?;
        let items = match self.read_all {
            true => open.items.iter().map(|item| item.item.clone()).collect(),
            false => self.read,
        };
        let body = json!({
            "from": self.from.map(|from| from.to_string()),
            "items": items,
            "sound_heard": self.sound_heard,
            "card_at_hand": self.card_at_hand == YesNo::Yes,
        });
        let path = format!("/api/watch/{}/handover", self.desk);
        let _said: Said = client.post(&path, &body).await?;
        let card = match self.card_at_hand {
            YesNo::Yes => "",
            YesNo::No => "; print the fallback card now: standclear card",
        };
        options.style().show(&open, |open| {
            format!(
                "{}you have the watch of the {} desk, and signed for {} items{card}",
                listed(open),
                self.desk,
                items.len()
            )
        })
    }
}

fn listed(open: &HandoverShown) -> String {
    let mut table = Table::new(&["item", "says", "due"], "nothing is open at this desk\n");
    for item in &open.items {
        table.row([
            item.item.clone(),
            or_dash(item.says.as_deref()),
            item.due.map_or_else(|| "-".to_owned(), dtg_seconds),
        ]);
    }
    let more = match open.left_out {
        0 => String::new(),
        more => format!("and {more} more, which no list holds\n"),
    };
    format!("{table}{more}")
}

fn shown(watch: &[WatchShown]) -> String {
    let head = [
        "desk",
        "on watch",
        "due",
        "sounders",
        "alarms/h",
        "line checks",
    ];
    let mut table = Table::new(&head, "no desk: no arrangement is in force");
    for of in watch {
        let few = usize::from(of.asked) > of.officers.len();
        let on = of.on.iter().map(|on| {
            let how = if on.handed_over { "" } else { " (no handover)" };
            format!("{} since {}{how}", on.officer, dtg(on.since))
        });
        let mut officers = match of.officers.is_empty() {
            true => "NOBODY".to_owned(),
            false => on.collect::<Vec<_>>().join(", "),
        };
        if few {
            officers += &format!(" TOO FEW: {} are agreed", of.asked);
        }
        let due = of.due.iter().map(|duty| {
            let when = if duty.is_due { "until" } else { "from" };
            let at = if duty.is_due { duty.until } else { duty.from };
            format!("{} {when} {}", duty.officer, dtg(at))
        });
        let checks = of.checks.iter().map(|check| match check.due {
            Some(due) => format!("{} DUE by {}", check.line_name, dtg(due)),
            None => format!("{} done {}", check.line_name, dtg_or_dash(check.done)),
        });
        table.row([
            of.desk.clone(),
            officers,
            some(due.collect()),
            match of.sounders.is_empty() {
                true => "NONE: nothing sounds here, run `standclear bell`".to_owned(),
                false => of.sounders.join(", "),
            },
            format!("{} (worst {})", of.alarms_last_hour, of.alarms_worst_hour),
            some(checks.collect()),
        ]);
    }
    table.to_string()
}

fn some(words: Vec<String>) -> String {
    match words.is_empty() {
        true => "-".to_owned(),
        false => words.join(", "),
    }
}

impl Roster {
    async fn act(self, options: &Options, client: &Client) -> Outcome {
        let style = options.style();
        match self {
            Roster::List => {
                let roster: Vec<DutyShown> = client.get("/api/roster").await?;
                style.show(&roster, |roster| {
                    let head = ["duty", "desk", "officer", "from", "until", "now"];
                    let mut table = Table::new(&head, "nobody is on the roster\n");
                    for duty in roster {
                        table.row([
                            duty.duty.clone(),
                            duty.desk.clone(),
                            duty.officer.clone(),
                            dtg(duty.from),
                            dtg(duty.until),
                            if duty.is_due { "due" } else { "" }.to_owned(),
                        ]);
                    }
                    table.to_string()
                })
            }
            Roster::Add {
                officer,
                desk,
                from,
                until,
            } => {
                let body = json!({
                    "officer": officer.as_str(), "desk": desk.name(), "from": from, "until": until,
                });
                let said: Said = client.post("/api/roster", &body).await?;
                style.show(&said, |_| {
                    format!("{officer} is on the roster of the {desk} desk")
                })
            }
            Roster::Remove { duty } => {
                let path = format!("/api/roster/{}", segment(&duty)?);
                let said: Said = client.delete(&path).await?;
                style.show(&said, |_| format!("{} is off the roster", plain(&duty)))
            }
        }
    }
}

fn directed(acts: &[DirectedShown]) -> String {
    let head = ["at", "officer", "records", "ordered by", "words", "dissent"];
    let mut table = Table::new(&head, "nothing was done on an order over a shoulder\n");
    for act in acts {
        table.row([
            dtg_seconds(act.at),
            act.officer.clone(),
            act.acts.to_string(),
            or_dash(act.by.as_deref()),
            or_dash(act.words.as_deref()),
            or_dash(act.dissent.as_deref()),
        ]);
    }
    table.to_string()
}

impl Pin {
    pub fn run(self, options: &Options) -> Outcome {
        at_desk(options, async |client: Client| {
            let style = options.style();
            match self {
                Pin::Set { file } => {
                    let bytes = files::read(&file).or_refuse()?;
                    let pin = String::from_utf8_lossy(&bytes).trim().to_owned();
                    let (): () = client.post("/api/me/pin", &json!({"pin": pin})).await?;
                    style.show(&json!({"pin": "set"}), |_| {
                        "your PIN is set: at a wall page of your desk it accepts stop calls in your name".to_owned()
                    })
                }
                Pin::Remove => {
                    let (): () = client.delete("/api/me/pin").await?;
                    style.show(&json!({"pin": "none"}), |_| {
                        "you have no PIN any more".to_owned()
                    })
                }
            }
        })
    }
}

impl Wall {
    pub fn run(self, options: &Options) -> Outcome {
        at_desk(options, async |client: Client| {
            self.act(options, &client).await
        })
    }

    async fn act(self, options: &Options, client: &Client) -> Outcome {
        use node::http::walls::{WallLink, WallShown};
        let style = options.style();
        match self {
            Wall::Add { wall, desk } => {
                let body = json!({"wall": wall, "desk": desk.name()});
                let link: WallLink = client.post("/api/walls", &body).await?;
                // Behind the `#` it is not sent with the request, so that no log and no proxy sees it.
                let page = format!("{}/wall#enrol={}", options.address()?, link.code);
                let said = json!({
                    "wall": link.wall, "desk": link.desk, "code": link.code, "open": page, "until": link.until,
                });
                style.show(&said, |_| {
                    format!(
                        "{page}\ngood once, until {}: open it on the screen at the wall; the one that it had is then out",
                        dtg(link.until)
                    )
                })
            }
            Wall::List => {
                let walls: Vec<WallShown> = client.get("/api/walls").await?;
                style.show(&walls, |walls| {
                    let head = ["wall", "desk", "screen", "sounds"];
                    let mut table =
                        Table::new(&head, "no wall page: standclear wall add NAME --desk air\n");
                    for wall in walls {
                        table.row([
                            wall.wall.clone(),
                            wall.desk.clone(),
                            wall.screen.clone(),
                            if wall.sounds { "yes" } else { "NO" }.to_owned(),
                        ]);
                    }
                    table.to_string()
                })
            }
            Wall::Revoke { wall } => {
                let path = format!("/api/walls/{}", segment(&wall)?);
                let (): () = client.delete(&path).await?;
                style.show(&json!({"revoked": wall}), |_| {
                    format!("the wall page {} is out", plain(&wall))
                })
            }
        }
    }
}

/// A name as part of an address.
fn segment(name: &str) -> Outcome<&str> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    match !name.is_empty() && name.bytes().all(fits) {
        true => Ok(name),
        false => Err(Failure::refused(format!(
            "`{}` is no such name: list them, and take the name as it is printed",
            plain(name)
        ))),
    }
}
