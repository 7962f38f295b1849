//! The arrangement of a line: drawn up, checked, signed by both, put in force.

use super::line::Join;
use crate::exit::{Failure, OrExit as _, Outcome};
use crate::options::Options;
use crate::output::{self, Table, dtg};
use clap::{Args, Subcommand};
use node::model::arrangement::Arrangement as Text;
use node::model::ids::{LineId, LineName, PartyId};
use node::party::{Party, files, read_manifest};
use node::wire::arrangement::{SignedArrangement, sign, template};
use node::wire::keys::KeyRole;
use node::wire::line::PartyKeys;
use node::{clock, random};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub enum Arrangement {
    /// Begin a text: with a party whose card was added
    New(New),
    /// Check a text, and say the first thing that is wrong with it
    Check {
        /// The text's file
        file: PathBuf,
    },
    /// Show what a text says, and who has signed it
    Show {
        /// The text's file
        file: PathBuf,
    },
    /// Sign a text, byte for byte
    Sign(Sign),
    /// Put a text that both have signed in force, as `line join` does
    Put(Join),
}

#[derive(Args, Debug)]
pub struct New {
    /// The other party
    #[arg(long, value_name = "PARTY")]
    with: PartyId,
    /// What both call the line
    #[arg(long)]
    name: LineName,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Args, Debug)]
pub struct Sign {
    /// The text's file, signed by the other party or not yet
    file: PathBuf,
    /// Where the signed text goes; in the file's place if not given
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Arrangement {
    pub fn run(self, options: &Options) -> Outcome {
        match self {
            Arrangement::New(new) => new.run(options),
            Arrangement::Check { file } => {
                let signed = read(&file)?;
                let said = json!({"sound": true, "line": signed.arrangement().line.to_string(), "version": signed.arrangement().version});
                let version = signed.arrangement().version;
                options.style().show(&said, |_| {
                    format!(
                        "{}: sound, version {version}, {} signatures",
                        file.display(),
                        signed.signatures().len()
                    )
                })
            }
            Arrangement::Show { file } => {
                let folder = options.party_folder().ok();
                options
                    .style()
                    .show(&shown(&read(&file)?, folder.as_deref()), text)
            }
            Arrangement::Sign(sign) => sign.run(options),
            Arrangement::Put(join) => join.run(options),
        }
    }
}

impl New {
    fn run(self, options: &Options) -> Outcome {
        let folder = options.party_folder()?;
        let manifest = read_manifest(&folder).or_refuse()?;
        let own = manifest.manifest();
        if self.with == own.party {
            return Err(Failure::refused(format!(
                "`{}` is this party itself: name the other one",
                self.with
            )));
        }
        let line = LineId::from_random(random::bytes().or_refuse()?);
        let text = template(line, self.name, [own.party, self.with], own.exercise);
        files::write_new(&self.out, text.as_bytes()).or_refuse()?;
        let said = json!({"line": line.to_string(), "file": self.out});
        options.style().show(&said, |_| {
            format!(
                "{}: fill in the area, the reference points and the telephone numbers; then `standclear arrangement check`",
                self.out.display()
            )
        })
    }
}

impl Sign {
    fn run(self, options: &Options) -> Outcome {
        let folder = options.party_folder()?;
        let party = Party::open(&folder).or_refuse()?;
        let mut signed = read(&self.file)?;
        let arrangement = signed.arrangement();
        if arrangement.exercise != party.exercise() {
            return Err(Failure::refused(
                "exercise and live cannot be joined: the arrangement is for one, this party's keys for the other",
            ));
        }
        let altered = signed.signatures().iter().find(|signature| {
            keys(&folder, signature.party).is_some_and(|of| !signature.is_by(&of, arrangement))
        });
        if let Some(signature) = altered {
            return Err(Failure::refused(format!(
                "this is not the text that `{}` signed: it was changed since, or signed with a key that their card here does \
                 not name; compare the texts, and have them sign what both mean",
                signature.party
            )));
        }
        let signer = party.operational.signer(KeyRole::Operational).or_refuse()?;
        let signature = sign(arrangement, party.id(), clock::now(), &signer).or_refuse()?;
        signed.add(signature).or_refuse()?;
        match &self.out {
            Some(path) => files::write_new(path, signed.to_text().as_bytes()).or_refuse()?,
            None => files::replace(&self.file, signed.to_text().as_bytes()).or_refuse()?,
        }
        options.style().show(&shown(&signed, Some(&folder)), text)
    }
}

/// Reads a text, with or without signatures.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(path: &Path) -> Outcome<SignedArrangement> {
    let bytes = files::read_public(path).or_refuse()?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::refused(format!(
            "`{}` is no text in UTF-8: save it as such",
            path.display()
        ))
    })?;
    SignedArrangement::from_text(&text).or_refuse()
}

/// The keys of a party as this folder knows them: its own, or those on a card that was added.
fn keys(folder: &Path, party: PartyId) -> Option<PartyKeys> {
    let own = read_manifest(folder).ok()?;
    if own.manifest().party == party {
        return Some(PartyKeys::of_record(&own));
    }
    let card = super::card::read(&super::line::card_path(folder, party)).ok()?;
    Some(PartyKeys::of_record(&card.manifest))
}

fn shown(signed: &SignedArrangement, folder: Option<&Path>) -> Value {
    let arrangement = signed.arrangement();
    let signatures = signed.signatures().iter().map(|signature| {
        let keys = folder.and_then(|folder| keys(folder, signature.party));
        let verdict = match keys {
            None => "its card was not added here",
            Some(keys) if signature.is_by(&keys, arrangement) => "right",
            Some(_) => "WRONG",
        };
        json!({"party": signature.party.to_string(), "signed": signature.signed.as_unix_ms(), "signature": verdict})
    });
    json!({
        "line": arrangement.line.to_string(),
        "name": arrangement.name.to_string(),
        "version": arrangement.version,
        "nature": if arrangement.exercise { "exercise" } else { "live" },
        "parties": arrangement.parties.map(|party| party.to_string()),
        "desks": arrangement.desks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "purposes": arrangement.purposes.iter().map(|purpose| purpose.id.to_string()).collect::<Vec<_>>(),
        "reference_points": arrangement.reference_points.iter().map(|point| point.name.clone()).collect::<Vec<_>>(),
        "stop": stop_terms(arrangement),
        "fallback": fallback(arrangement),
        "signatures": signatures.collect::<Vec<_>>(),
    })
}

fn stop_terms(arrangement: &Text) -> Value {
    let stop = &arrangement.stop;
    let seconds = |span: node::model::units::Millis| span.as_ms() / 1_000;
    json!({
        "accept_s": seconds(stop.accept),
        "answer_s": seconds(stop.answer),
        "confirm_s": seconds(stop.confirm),
        "limit_s": seconds(stop.limit),
        "undelivered_s": seconds(stop.undelivered),
    })
}

fn fallback(arrangement: &Text) -> Vec<Value> {
    let shown = |of: &node::model::arrangement::Fallback| json!({"party": of.party.to_string(), "desk": of.desk.to_string(), "numbers": of.numbers});
    arrangement.fallback.iter().map(shown).collect()
}

fn text(shown: &Value) -> String {
    let word = |of: &Value, name: &str| output::plain(of[name].as_str().unwrap_or("-"));
    let list = |of: &Value| -> String {
        let words: Vec<String> = of
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(output::plain)
            .collect();
        words.join(", ")
    };
    let mut numbers = Table::new(&["party", "desk", "telephone"], "no telephone numbers");
    for of in shown["fallback"].as_array().into_iter().flatten() {
        numbers.row([word(of, "party"), word(of, "desk"), list(&of["numbers"])]);
    }
    let mut signatures = Table::new(&["signed by", "at", "signature"], "nobody has signed\n");
    for of in shown["signatures"].as_array().into_iter().flatten() {
        let at = of["signed"].as_i64().map_or_else(|| "-".to_owned(), dtg);
        signatures.row([word(of, "party"), at, word(of, "signature")]);
    }
    let stop = &shown["stop"];
    format!(
        "line {} ({}), version {}, {}, between {}\n{}\ndesks: {}\npurposes: {}\nreference points: {}\n\
         a stop call: accepted within {} s, answered {} s, confirmed {} s; a pause of {} s unless renewed\n{numbers}{signatures}",
        word(shown, "name"),
        word(shown, "line"),
        shown["version"],
        word(shown, "nature").to_uppercase(),
        list(&shown["parties"]),
        "both sign this text byte for byte; any change needs both signatures anew and a higher version",
        list(&shown["desks"]),
        list(&shown["purposes"]),
        list(&shown["reference_points"]),
        stop["accept_s"],
        stop["answer_s"],
        stop["confirm_s"],
        stop["limit_s"],
    )
}
