//! The fallback sheet, and the card that two parties exchange before they have a line.

use super::online;
use crate::card::sheet;
use crate::exit::{Failure, OrExit as _, Outcome};
use crate::fallback::{self, Fallback, Kept, Whose};
use crate::options::Options;
use crate::output::{self, dtg, print};
use crate::phrases::Language;
use crate::record::{Entries, Place, facts};
use clap::{Args, Subcommand, ValueEnum};
use node::clock;
use node::http::views::Numbers;
use node::model::event::Event;
use node::party::{Party, files};
use node::wire;
use node::wire::keys::KeyRole;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
pub struct Card {
    #[command(subcommand)]
    exchanged: Option<Exchanged>,
    /// In which language
    #[arg(long, default_value = "all")]
    language: Languages,
    /// Only of this line
    #[arg(long, value_name = "NAME")]
    line: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Languages {
    En,
    Ru,
    Ar,
    All,
}

#[derive(Debug, Subcommand)]
pub enum Exchanged {
    /// Write this party's card for another party: keys and addresses, signed
    Export(Export),
    /// Show a card, and the fingerprint to compare by voice
    Show {
        /// The card's file
        card: PathBuf,
    },
}

#[derive(Args, Debug)]
pub struct Export {
    /// What the party calls itself; its short name if not given
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Where peers reach this node, host:port, the best first; may be given more than once
    #[arg(long, value_name = "ADDRESS")]
    address: Vec<String>,
    /// The file to write; standard output if not given
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Card {
    pub fn run(self, options: &Options) -> Outcome {
        match self.exchanged {
            Some(Exchanged::Export(export)) => export.run(options),
            Some(Exchanged::Show { card }) => show(options, &card),
            None => sheets(options, self.language, self.line.as_deref()),
        }
    }
}

impl Export {
    fn run(self, options: &Options) -> Outcome {
        let party = Party::open(&options.party_folder()?).or_refuse()?;
        let signer = party.operational.signer(KeyRole::Operational).or_refuse()?;
        let name = self.name.unwrap_or_else(|| party.id().to_string());
        let card =
            wire::card::Card::sign(&party.manifest, &name, &self.address, clock::now(), &signer)
                .or_refuse()?;
        match &self.out {
            None => print(&card.to_text()),
            Some(path) => {
                files::write_new(path, card.to_text().as_bytes()).or_refuse()?;
                options.style().show(&shown(&card), text)
            }
        }
    }
}

/// Reads a card's file.
///
/// # Errors
/// Where it is none.
pub fn read(path: &Path) -> Outcome<wire::card::Card> {
    let bytes = files::read_public(path).or_refuse()?;
    wire::card::Card::from_text(&String::from_utf8_lossy(&bytes)).or_refuse()
}

fn show(options: &Options, path: &Path) -> Outcome {
    options.style().show(&shown(&read(path)?), text)
}

/// A card as it is shown.
pub fn shown(card: &wire::card::Card) -> Value {
    let manifest = card.manifest.manifest();
    json!({
        "party": manifest.party.to_string(),
        "name": card.name,
        "nature": if manifest.exercise { "exercise" } else { "live" },
        "manifest": manifest.version,
        "addresses": card.addresses,
        "signed": card.signed.as_unix_ms(),
        "fingerprint": card.fingerprint().to_string(),
        "fingerprint_digits": card.fingerprint().digits(),
    })
}

/// A card for a person.
pub fn text(shown: &Value) -> String {
    let word = |name: &str| output::plain(shown[name].as_str().unwrap_or("-"));
    let addresses: Vec<&str> = shown["addresses"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let addresses = match addresses.is_empty() {
        true => "none: it dials us, or the line is carried by file".to_owned(),
        false => addresses.join(", "),
    };
    format!(
        "{} ({}), {}, manifest {}, signed {}\naddresses: {addresses}\nfingerprint: {}\n             {}\n\
         compare it by voice with someone you know there, before this card is used",
        word("party"),
        word("name"),
        word("nature"),
        shown["manifest"],
        dtg(shown["signed"].as_i64().unwrap_or_default()),
        word("fingerprint"),
        word("fingerprint_digits"),
    )
}

/// Prints the sheets: from the node, or where it is gone from what is kept on this machine.
fn sheets(options: &Options, languages: Languages, line: Option<&str>) -> Outcome {
    let kept = numbers(options)?;
    let lines: Vec<&Fallback> = kept
        .lines
        .iter()
        .filter(|of| line.is_none_or(|name| of.line == name))
        .collect();
    if lines.is_empty() {
        return Err(Failure::refused(match line {
            Some(name) => format!("there is no line `{name}`: see `standclear lines`"),
            None => "there is no line yet, and so no number: see `standclear line join`".to_owned(),
        }));
    }
    if options.json {
        return print(&output::json(&kept)?);
    }
    let languages = match languages {
        Languages::En => vec![Language::En],
        Languages::Ru => vec![Language::Ru],
        Languages::Ar => vec![Language::Ar],
        Languages::All => Language::ALL.to_vec(),
    };
    let of_line = |line: &&Fallback| {
        languages
            .iter()
            .map(|language| sheet(line, *language))
            .collect::<Vec<_>>()
    };
    let sheets: Vec<String> = lines.iter().flat_map(of_line).collect();
    print(&format!(
        "{}\n({})",
        sheets.join("\n\u{2014}\u{2014}\u{2014}\n\n"),
        dtg(kept.at)
    ))
}

fn numbers(options: &Options) -> Outcome<Kept> {
    let asked = match options.client() {
        Ok(client) => online(fallback::refresh(&client)),
        // An administrator at the folder needs no account.
        Err(failure) => options
            .party_folder()
            .map_err(|_| failure)
            .and_then(|folder| from_journal(&folder)),
    };
    match asked {
        Ok(kept) => Ok(kept),
        Err(failure) => {
            let kept = fallback::kept(&options.address()?).ok_or_else(|| failure.clone())?;
            output::say(&format!(
                "standclear: {failure}; these are the numbers of {}",
                dtg(kept.at)
            ));
            Ok(kept)
        }
    }
}

/// The numbers of the arrangements in force, as the journal has them.
fn from_journal(folder: &Path) -> Outcome<Kept> {
    let place = Place::of(folder)?;
    let mut lines = BTreeMap::new();
    facts(&place.reader()?, Entries::LeaveOut, &mut |_, fact| {
        if let Event::ArrangementInForce {
            line,
            name,
            peer,
            arrangement,
            ..
        } = fact.event
        {
            let fallback = arrangement
                .fallback
                .iter()
                .filter(|fallback| fallback.party == peer);
            let telephone = fallback.map(|of| Numbers {
                desk: of.desk.to_string(),
                numbers: of.numbers.clone(),
            });
            let told = Fallback {
                line: name.to_string(),
                own: place.party().to_string(),
                peer: peer.to_string(),
                exercise: arrangement.exercise,
                stop_limit_ms: arrangement.stop.limit.as_ms(),
                telephone: telephone.collect(),
            };
            lines.insert(line, told);
        }
        ControlFlow::Continue(())
    })?;
    Ok(Kept {
        at: clock::now().as_unix_ms(),
        lines: lines.into_values().collect(),
        whose: Whose::Meant,
    })
}
