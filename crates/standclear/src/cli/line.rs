//! Lines: another party's card added, an arrangement put in force, checked, suspended, carried by file.

use super::{arrangement, at_desk, card, named, online, publish, read_named};
use crate::client::Client;
use crate::exit::{Failure, OrExit as _, Outcome};
use crate::fallback;
use crate::options::Options;
use crate::output::{Table, dtg, dtg_or_dash, dtg_seconds, is_interactive, or_dash, say};
use crate::record::{Parties, Place, spinner};
use clap::{Args, Subcommand};
use hyper::Method;
use node::config::Config;
use node::http::administer::{Imported, InForce};
use node::http::queries::{CheckShown, SweepShown};
use node::http::views::{LineShown, Outcome as Said};
use node::model::code::Desk;
use node::model::ids::{LineId, LineName, PartyId};
use node::party::{files, read_manifest};
use node::wire::manifest::SignedManifest;
use node::wire::words::Fingerprint;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub enum Line {
    /// Add another party's card, once its fingerprint was compared by voice
    Add(Add),
    /// Put an arrangement that both have signed in force, and connect
    Join(Join),
    /// Write what the other party does not hold yet into a file for a courier
    Export {
        /// What the line is called here
        line: String,
        /// A new file; only the other party can read it
        file: PathBuf,
    },
    /// Take in a file that a courier brought
    Import {
        /// What the line is called here
        line: String,
        /// The file as it came
        file: PathBuf,
    },
    /// Check a line: the other desk reads a number back
    Check {
        /// What the line is called here
        line: String,
        /// Whose desk is to answer: air, ground, protection, senior
        #[arg(long)]
        desk: Desk,
    },
    /// The other parties, their fingerprints, and which manifest of theirs is held
    Peers,
    /// The line checks in view, with the numbers to read back
    Checks,
    /// Answer a line check with the number that it shows
    AnswerCheck(AnswerCheck),
    /// Say that this party holds the line to be suspended; that stops nothing that is safety of life
    Suspend(Standing),
    /// Say that this party holds the line to be open
    Open(Standing),
}

#[derive(Args, Debug)]
pub struct Add {
    /// The card's file, as the other party sent it
    card: PathBuf,
    /// The fingerprint as the other party read it by voice: sixteen words, or forty digits
    #[arg(long, value_name = "WORDS")]
    fingerprint: Option<String>,
}

#[derive(Args, Debug)]
pub struct Join {
    /// The text with both signatures
    file: PathBuf,
    /// What the line is called on this node, if not as in the text
    #[arg(long)]
    name: Option<LineName>,
    /// Where to connect to, host:port, the best first; as on the card if not given
    #[arg(long, value_name = "ADDRESS")]
    dial: Vec<String>,
    /// Do not connect: the other party does
    #[arg(long, conflicts_with = "dial")]
    wait: bool,
    /// The line is carried by file alone
    #[arg(long, conflicts_with_all = ["dial", "wait"])]
    by_file: bool,
}

#[derive(Args, Debug)]
pub struct AnswerCheck {
    /// The check's entry, or the end of its name
    check: String,
    /// The six digits, as read and entered by hand
    number: u64,
    /// It came, but not as it should
    #[arg(long)]
    trouble: bool,
}

#[derive(Args, Debug)]
pub struct Standing {
    /// What the line is called here
    line: String,
    /// Since when, as a date-time group; now if not given
    #[arg(long, value_name = "DTG")]
    since: Option<String>,
}

impl Line {
    pub fn run(self, options: &Options) -> Outcome {
        match self {
            Line::Add(add) => add.run(options),
            Line::Join(join) => join.run(options),
            Line::Export { line, file } => export(options, &line, &file),
            Line::Import { line, file } => import(options, &line, &file),
            Line::Check { line, desk } => at_desk(options, async move |client| {
                let body = json!({"desk": desk.name()});
                let said: Said = client
                    .post(&format!("/api/lines/{line}/checks"), &body)
                    .await?;
                options.style().show(&said, |said| {
                    format!(
                        "sent as {}; the other desk reads its number back",
                        said.said.join(", ")
                    )
                })
            }),
            Line::Peers => peers(options),
            Line::Checks => checks(options),
            Line::AnswerCheck(answer) => answer.run(options),
            Line::Suspend(standing) => standing.run(options, "suspended"),
            Line::Open(standing) => standing.run(options, "open"),
        }
    }
}

/// Where the card of a party lies whose fingerprint was compared.
pub fn card_path(folder: &Path, party: PartyId) -> PathBuf {
    folder.join("peers").join(format!("{party}.card"))
}

impl Add {
    fn run(self, options: &Options) -> Outcome {
        let folder = options.party_folder()?;
        let own = read_manifest(&folder).or_refuse()?;
        let own = own.manifest();
        let offered = card::read(&self.card)?;
        let manifest = offered.manifest.manifest();
        if manifest.party == own.party {
            return Err(Failure::refused(
                "this is our own card: add the other party's",
            ));
        }
        if manifest.exercise != own.exercise {
            return Err(Failure::refused(
                "exercise and live keys cannot be joined: one card is for exercises, the other is live",
            ));
        }
        let path = card_path(&folder, manifest.party);
        let held = path.exists().then(|| card::read(&path)).transpose()?;
        match &held {
            // The root key is the one that was compared before.
            Some(held) => {
                if let Some(heard) = &self.fingerprint {
                    same(heard, &offered)?;
                }
                held.manifest
                    .successor(offered.manifest.bytes())
                    .or_refuse()?;
            }
            None => self.compare(&offered)?,
        }
        files::make_folder(&folder.join("peers")).or_refuse()?;
        files::replace(&path, offered.to_text().as_bytes()).or_refuse()?;
        let told = match &held {
            Some(_) => publish(options, &offered.manifest)?,
            None => Some(0),
        };
        let party = manifest.party;
        let words = match (held.is_some(), told) {
            (false, _) => {
                format!("{party} is added: draw up an arrangement, or sign the one you are sent")
            }
            (true, Some(lines)) => {
                format!("the card of {party} is the newer one now, on {lines} lines")
            }
            // No line rests on the older card.
            (true, None) if Config::read(&folder).or_refuse()?.line.is_empty() => {
                format!("the card of {party} is kept: the node will know it when a line is joined")
            }
            (true, None) => format!(
                "the card of {party} is kept; no node runs: start it, and add the card again"
            ),
        };
        options.style().show(&card::shown(&offered), |_| words)
    }

    /// That a person compared the fingerprint.
    fn compare(&self, offered: &node::wire::card::Card) -> Outcome {
        let heard = match &self.fingerprint {
            Some(heard) => heard.clone(),
            None if is_interactive() => {
                say(&card::text(&card::shown(offered)));
                say(
                    "type the sixteen words, or the forty digits, as the other party reads them to you:",
                );
                let mut line = String::new();
                std::io::stdin().lock().read_line(&mut line).or_refuse()?;
                line
            }
            None => {
                return Err(Failure::refused(
                    "compare the fingerprint by voice first: `standclear card show`, then give what you heard with --fingerprint",
                ));
            }
        };
        same(&heard, offered)
    }
}

/// That what was heard is the fingerprint of the card, whatever stands between its words or digits.
fn same(heard: &str, offered: &node::wire::card::Card) -> Outcome {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let fingerprint = offered.fingerprint();
    let same = match heard.contains(char::is_alphabetic) {
        true => {
            let words = heard
                .split(|c: char| !c.is_alphabetic())
                .filter(|word| !word.is_empty())
                .map(str::to_lowercase);
            words.eq(fingerprint.words().into_iter().map(str::to_owned))
        }
        false => digits(heard) == digits(&fingerprint.digits()),
    };
    match same {
        true => Ok(()),
        false => Err(Failure::refused(
            "what you heard is not the card's fingerprint: the card is not theirs, or was changed on its way; get it again, another way",
        )),
    }
}

impl Join {
    pub fn run(&self, options: &Options) -> Outcome {
        let folder = options.party_folder()?;
        let signed = arrangement::read(&self.file)?;
        let text = signed.arrangement();
        let own = read_manifest(&folder).or_refuse()?.manifest().party;
        let peer = text.peer_of(own).ok_or_else(|| {
            Failure::refused(format!(
                "`{own}` is no party of this arrangement: name the one that both have signed"
            ))
        })?;
        let path = card_path(&folder, peer);
        if !path.exists() {
            return Err(Failure::refused(format!(
                "the card of `{peer}` was not added: `standclear line add CARD` first"
            )));
        }
        let card = card::read(&path)?;
        let client = options.administrator()?;
        let name = self.name.unwrap_or(text.name);
        let before = self.configure(&folder, name, own < peer, &card.addresses)?;
        let body = json!({"arrangement": signed.to_text(), "peer_card": card.to_text(), "name": name.as_str()});
        let put: Outcome<InForce> = online(client.post("/api/admin/arrangement", &body));
        let put = match (put, before) {
            (Ok(put), _) => put,
            (Err(failure), Some(before)) => {
                files::replace(&folder.join("node.toml"), before.as_bytes()).or_refuse()?;
                return Err(failure);
            }
            (Err(failure), None) => return Err(failure),
        };
        options.style().show(&put, |put| {
            format!(
                "version {} of the arrangement is in force on line `{}` with {}",
                put.version, put.name, put.peer
            )
        })
    }

    /// Says in node.toml how the line is reached, unless it says so already; answers with the text before.
    ///
    /// If both could dial, the party whose name comes first does: two connections for one path help nobody.
    fn configure(
        &self,
        folder: &Path,
        name: LineName,
        first: bool,
        on_card: &[String],
    ) -> Outcome<Option<String>> {
        let config = Config::read(folder).or_refuse()?;
        if config.line(name).is_some() {
            return Ok(None);
        }
        let dial = match self.dial.is_empty() {
            false => self.dial.as_slice(),
            true if self.wait || self.by_file => &[],
            true if config.listen.is_empty() || first => on_card,
            true => &[],
        };
        let path = folder.join("node.toml");
        let before = match files::read_public(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(files::FileError::Missing { .. }) => String::new(),
            Err(error) => return Err(error).or_refuse(),
        };
        let mut after = before.clone();
        // Writing to a string does not fail; JSON and TOML write such lists alike.
        let _ = write!(
            after,
            "\n[[line]]\nname = \"{name}\"\ndial = {}\nby_file = {}\n",
            json!(dial),
            self.by_file
        );
        files::replace(&path, after.as_bytes()).or_refuse()?;
        match Config::read(folder) {
            Ok(_) => Ok(Some(before)),
            Err(error) => {
                files::replace(&path, before.as_bytes()).or_refuse()?;
                Err(error).or_refuse()
            }
        }
    }
}

fn export(options: &Options, line: &str, file: &Path) -> Outcome {
    let client = options.administrator()?;
    let spinner = spinner("collecting");
    let bytes = online(client.request(
        Method::POST,
        &format!("/api/admin/lines/{line}/export"),
        None,
    ));
    spinner.finish_and_clear();
    let bytes = bytes?;
    files::write_new(file, &bytes).or_refuse()?;
    let said = json!({"file": file, "bytes": bytes.len()});
    options.style().show(&said, |_| {
        format!(
            "{}: {} bytes, encrypted to the other party",
            file.display(),
            bytes.len()
        )
    })
}

fn import(options: &Options, line: &str, file: &Path) -> Outcome {
    let bytes = read_named(file, node::wire::file::MAX_FILE, |_size| {
        format!(
            "`{}` is too large to be a file of a line: name the one that `standclear line export` wrote",
            file.display()
        )
    })?;
    let client = options.administrator()?;
    let body = Some(("application/octet-stream", bytes));
    let spinner = spinner("taking it in");
    let answer = online(client.request(
        Method::POST,
        &format!("/api/admin/lines/{line}/import"),
        body,
    ));
    spinner.finish_and_clear();
    let answer = answer?;
    let imported: Imported = serde_json::from_slice(&answer).or_refuse()?;
    options.style().show(&imported, |imported| {
        format!(
            "{} frames taken in, written {}: now export an answer, which carries our receipt",
            imported.frames,
            dtg(imported.created)
        )
    })
}

fn peers(options: &Options) -> Outcome {
    let place = Place::of(&options.party_folder()?)?;
    let parties = Parties::of(&place.reader()?)?;
    let shown = |(line, peer): (LineId, &SignedManifest)| {
        let manifest = peer.manifest();
        json!({
            "line": line.to_string(),
            "peer": manifest.party.to_string(),
            "manifest": manifest.version,
            "fingerprint": Fingerprint::of(&manifest.root).to_string(),
        })
    };
    let all: Vec<Value> = parties.all().map(shown).collect();
    options.style().show(&all, |all| {
        let word = |of: &Value, name: &str| of[name].as_str().unwrap_or("-").to_owned();
        let mut table = Table::new(&["line", "peer", "manifest", "fingerprint"], "no line yet");
        for of in all {
            table.row([
                word(of, "line"),
                word(of, "peer"),
                of["manifest"].to_string(),
                word(of, "fingerprint"),
            ]);
        }
        table.to_string()
    })
}

fn checks(options: &Options) -> Outcome {
    at_desk(options, async |client: Client| {
        let checks: Vec<CheckShown> = client.get("/api/checks").await?;
        options.style().show(&checks, |checks| {
            let mut table = Table::new(
                &[
                    "check", "by", "desk", "sent", "number", "answered", "result",
                ],
                "no line check",
            );
            for check in checks {
                table.row([
                    check.check.clone(),
                    if check.from == "own" { "us" } else { "them" }.to_owned(),
                    check.desk.clone(),
                    dtg_seconds(check.sent_at),
                    check
                        .challenge
                        .map_or_else(|| "-".to_owned(), |number| format!("{number:06}")),
                    dtg_or_dash(check.answered_at),
                    or_dash(check.result.as_deref()),
                ]);
            }
            table.to_string()
        })
    })
}

impl AnswerCheck {
    fn run(self, options: &Options) -> Outcome {
        at_desk(options, async |client: Client| {
            let check = match node::names::parse_entry(&self.check) {
                Ok(_) => self.check.clone(),
                Err(_) => {
                    let checks: Vec<CheckShown> = client.get("/api/checks").await?;
                    let names: Vec<String> = checks.into_iter().map(|check| check.check).collect();
                    named(&self.check, &names, "line check")?
                }
            };
            let result = if self.trouble {
                "trouble"
            } else {
                "received-and-read"
            };
            let body = json!({"challenge": self.number, "result": result});
            let said: Said = client
                .post(&format!("/api/checks/{check}/answer"), &body)
                .await?;
            options
                .style()
                .show(&said, |_| "the check is answered".to_owned())
        })
    }
}

impl Standing {
    fn run(self, options: &Options, standing: &str) -> Outcome {
        at_desk(options, async |client: Client| {
            let mut body = json!({"standing": standing});
            if let Some(since) = &self.since {
                body["since"] = json!(since);
            }
            let said: Said = client
                .post(&format!("/api/lines/{}/standing", self.line), &body)
                .await?;
            options.style().show(&said, |_| format!("the other party is told that the line is {standing}; stop calls go on either way"))
        })
    }
}

/// The lines.
///
/// # Errors
/// Where the node is gone or refuses.
pub fn lines(options: &Options) -> Outcome {
    let client = options.client()?;
    online(async {
        let lines: Vec<LineShown> = client.get("/api/lines").await?;
        let sweeps: Vec<SweepShown> = client.get("/api/fishing").await?;
        options
            .style()
            .show(&lines, |lines| text(lines) + &fishing(&sweeps))?;
        fallback::keep_fresh(&client).await;
        Ok(())
    })
}

fn fishing(sweeps: &[SweepShown]) -> String {
    let of = |sweep: &SweepShown| {
        format!(
            "{}: {} small notices ({}) of the other party together sweep {} squares of 4 km, {} to {}: it may be fishing; see \
             `notice answer --preview` before you object\n",
            sweep.line_name,
            sweep.notices.len(),
            sweep.kind,
            sweep.squares,
            dtg_seconds(sweep.from),
            dtg_seconds(sweep.until),
        )
    };
    sweeps.iter().map(of).collect()
}

fn text(lines: &[LineShown]) -> String {
    let head = [
        "line",
        "peer",
        "nature",
        "version",
        "link",
        "ours",
        "theirs",
        "last check",
        "waiting",
        "open calls",
        "calls ever",
        "clock",
        "telephone",
    ];
    let mut table = Table::new(&head, "no line yet: see docs/administrators.md");
    for line in lines {
        let numbers = line
            .telephone
            .iter()
            .map(|of| format!("{} {}", of.desk, of.numbers.join(" or ")));
        let mut link = line.link.clone();
        let [ours, theirs] = line.waits_for_root;
        for (is_so, said) in [
            (line.main_halted, ", MAIN HALTED"),
            (ours, ", NO NOTICES until our root key confirms"),
            (
                theirs,
                ", NO NOTICES OF THEIRS until their root key confirms",
            ),
        ] {
            if is_so {
                link.push_str(said);
            }
        }
        table.row([
            line.name.clone(),
            line.peer.clone(),
            if line.exercise { "EXERCISE" } else { "live" }.to_owned(),
            line.arrangement.to_string(),
            link,
            line.standing_own.clone(),
            line.standing_peer.clone(),
            dtg_or_dash(line.last_check),
            format!("{} stop, {} main", line.waiting[0], line.waiting[1]),
            format!("{} out, {} in", line.calls_open[0], line.calls_open[1]),
            format!("{} out, {} in", line.calls_own, line.calls_peer),
            line.clock_offset_ms
                .map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms")),
            numbers.collect::<Vec<_>>().join("; "),
        ]);
    }
    table.to_string()
}
