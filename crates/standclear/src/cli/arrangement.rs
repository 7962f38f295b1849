//! The arrangement of a line: drawn up, checked, signed by both, put in force.

use super::line::Join;
use crate::exit::{Exit, Failure, OrExit as _, Outcome};
use crate::options::Options;
use crate::output::{self, Table, dtg};
use crate::record::newest;
use clap::{Args, Subcommand};
use node::model::arrangement::Arrangement as Text;
use node::model::ids::{LineId, LineName, PartyId};
use node::party::{Party, files, read_manifest};
use node::wire::arrangement::{SignedArrangement, SignedRefused, Verdict, sign, template};
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
    #[arg(long, value_name = "PARTY", required_unless_present = "from")]
    with: Option<PartyId>,
    /// What both call the line
    #[arg(long, required_unless_present = "from")]
    name: Option<LineName>,
    /// A text to change: its next version, which nobody has signed yet, on the same line
    #[arg(long, value_name = "FILE", conflicts_with_all = ["with", "name"])]
    from: Option<PathBuf>,
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
                if let Ok(folder) = options.party_folder() {
                    is_of_their_nature(&folder, signed.arrangement())?;
                }
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
                    .show(&shown(&read(&file)?, folder.as_deref())?, text)
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
        let (with, name) = match (self.from, self.with, self.name) {
            (Some(from), _, _) => return next_version(options, &from, &self.out, own.party),
            (None, Some(with), Some(name)) => (with, name),
            (None, _, _) => {
                return Err(Failure::new(
                    Exit::Usage,
                    "give --with and --name, or --from",
                ));
            }
        };
        if with == own.party {
            return Err(Failure::refused(format!(
                "`{with}` is this party itself: name the other one",
            )));
        }
        let line = LineId::from_random(random::bytes().or_refuse()?);
        let text = template(line, name, [own.party, with], own.exercise);
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

/// Writes the text of `from` with the next version and without signatures.
fn next_version(options: &Options, from: &Path, out: &Path, own: PartyId) -> Outcome {
    let signed = read(from)?;
    let before = signed.arrangement();
    if !before.parties.contains(&own) {
        return Err(Failure::refused(format!(
            "`{own}` is no party of `{}`: name a text of this party's",
            from.display()
        )));
    }
    let version = before.version.checked_add(1).ok_or_else(|| {
        Failure::refused(format!(
            "version {} of `{}` is the last that there can be: begin a new line",
            before.version,
            from.display()
        ))
    })?;
    let raised = with_version(&before.document, version);
    let text = SignedArrangement::from_text(&raised).ok();
    let text = text.filter(|next| next.arrangement().version == version);
    if text.is_none() {
        return Err(Failure::refused(format!(
            "no line `version = {}` was found in `{}`: write it so, on a line of its own above the sections",
            before.version,
            from.display()
        )));
    }
    files::write_new(out, raised.as_bytes()).or_refuse()?;
    let line = before.line.to_string();
    let said = json!({"line": line, "version": version, "file": out});
    options.style().show(&said, |_| {
        format!(
            "{}: version {version}, signed by nobody: change what is to change; then both sign it, and both put it in force",
            out.display()
        )
    })
}

/// The text with another version where the first line states one.
fn with_version(text: &str, version: u32) -> String {
    let states = |line: &str| {
        let value = line.trim_start().strip_prefix("version");
        value.is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let mut raised = String::with_capacity(text.len() + 1);
    let mut stated = false;
    for line in text.split_inclusive('\n') {
        match !stated && states(line) {
            true => {
                stated = true;
                // What stands behind it is kept: the comment, the end of the line.
                let (before, after) = line.split_once('=').unwrap_or((line, ""));
                let rest = after
                    .trim_start()
                    .trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
                raised.push_str(&format!("{before}= {version}{rest}"));
            }
            false => raised.push_str(line),
        }
    }
    raised
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
        for signature in signed.signatures() {
            let Some(keys) = keys(&folder, signature.party)? else {
                continue;
            };
            let party = signature.party;
            match signature.verdict(&keys, arrangement) {
                Verdict::Right => {}
                Verdict::Revoked => return Err(SignedRefused::Revoked { party }).or_refuse(),
                Verdict::Wrong => {
                    return Err(Failure::refused(format!(
                        "this is not the text that `{party}` signed, or they signed it with a key that is newer than what is \
                         held of them here: get their new card (`standclear line add`), compare the texts, and have them sign \
                         what both mean"
                    )));
                }
            }
        }
        let signer = party.operational.signer(KeyRole::Operational).or_refuse()?;
        let signature = sign(arrangement, party.id(), clock::now(), &signer).or_refuse()?;
        signed.add(signature).or_refuse()?;
        match &self.out {
            Some(path) => files::write_new(path, signed.to_text().as_bytes()).or_refuse()?,
            None => files::replace(&self.file, signed.to_text().as_bytes()).or_refuse()?,
        }
        options.style().show(&shown(&signed, Some(&folder))?, text)
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

/// The keys of a party that are in force as this folder knows them: its own, or those of another party whose card was
/// added, by the newest manifest of it that is held.
fn keys(folder: &Path, party: PartyId) -> Outcome<Option<PartyKeys>> {
    let own = read_manifest(folder).or_refuse()?;
    if own.manifest().party == party {
        return Ok(Some(PartyKeys::in_force(&own)));
    }
    let path = super::line::card_path(folder, party);
    if !path.exists() {
        return Ok(None);
    }
    let newest = newest(folder, super::card::read(&path)?.manifest)?;
    Ok(Some(PartyKeys::in_force(&newest)))
}

/// That the keys of its parties are for what the text is for, as far as their cards are here.
fn is_of_their_nature(folder: &Path, text: &Text) -> Outcome {
    let word = |exercise| if exercise { "exercise" } else { "live" };
    let own = read_manifest(folder).or_refuse()?;
    let own = own.manifest();
    for party in text.parties {
        let path = super::line::card_path(folder, party);
        let exercise = match party == own.party {
            true => own.exercise,
            false if path.exists() => super::card::read(&path)?.manifest.manifest().exercise,
            false => continue,
        };
        if exercise != text.exercise {
            let (of_text, of_keys) = (word(text.exercise), word(exercise));
            return Err(Failure::refused(format!(
                "the text says nature = \"{of_text}\", and the keys of `{party}` are {of_keys} keys: exercise and live \
                 cannot be joined; write \"{of_keys}\", or draw it up between parties whose keys are {of_text} keys"
            )));
        }
    }
    Ok(())
}

fn shown(signed: &SignedArrangement, folder: Option<&Path>) -> Outcome<Value> {
    let arrangement = signed.arrangement();
    let mut signatures = Vec::new();
    for signature in signed.signatures() {
        let keys = folder.map_or(Ok(None), |folder| keys(folder, signature.party))?;
        let verdict = match keys.map(|keys| signature.verdict(&keys, arrangement)) {
            None => "its card was not added here",
            Some(Verdict::Right) => "right",
            Some(Verdict::Revoked) => "REVOKED: both sign a higher version",
            Some(Verdict::Wrong) => "WRONG",
        };
        signatures.push(
            json!({"party": signature.party.to_string(), "signed": signature.signed.as_unix_ms(), "signature": verdict}),
        );
    }
    Ok(json!({
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
        "signatures": signatures,
    }))
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
