//! The command line: what may be typed, and what each command does.

mod arrangement;
mod bell;
mod calls;
mod card;
mod desk;
mod element;
mod epoch;
mod incident;
mod line;
mod map;
mod notice;
mod officer;
mod party;
mod phrase;
mod receipt;
mod record;
mod serve;
mod sites;
mod stop;
mod terms;
mod unit;
mod watch;

use crate::exit::{Exit, Failure, OrExit as _, Outcome};
use crate::fallback;
use crate::options::Options;
use clap::{CommandFactory as _, Parser, Subcommand};
use node::http::administer::Taken;
use node::http::views::base64;
use node::party::files::FileError;
use node::wire::manifest::SignedManifest;
use serde_json::json;
use std::future::Future;
use std::path::Path;
use std::{fs, io};

/// Standclear: a deconfliction channel between parties that share ground and sky, but not a side
#[derive(Debug, Parser)]
#[command(name = "standclear", version, max_term_width = 100, after_help = AFTER)]
pub struct Cli {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Command,
}

const AFTER: &str = "\
To stop them:  standclear stop --desk air
Exit codes:    0 done, 1 refused, 2 not understood, 3 no node answers (this desk is deaf), 4 not sent: telephone,
               5 a record or file is damaged";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the node of a party's folder
    Serve(serve::Serve),
    /// Make a party; show, rotate and revoke its keys
    #[command(subcommand)]
    Party(party::Party),
    /// Print the fallback sheet; export and show the card that parties exchange
    Card(card::Card),
    /// Draw up, check, sign, show and put in force what a line runs under
    #[command(subcommand)]
    Arrangement(arrangement::Arrangement),
    /// Set up a line; check, suspend and open it; carry it by file
    #[command(subcommand)]
    Line(line::Line),
    /// Accounts on this node
    #[command(subcommand)]
    Officer(officer::Officer),
    /// Use up a one-time sign-in code
    SignIn(officer::SignIn),
    /// Epochs of this party's logs, after a restore or a halt
    #[command(subcommand)]
    Epoch(epoch::Epoch),
    /// The journal
    #[command(subcommand)]
    Log(record::Log),
    /// Copy the journal of a node, running or not, into a folder
    Backup(record::Backup),
    /// Put a backup in the place of a lost journal
    Restore(record::Restore),
    /// Write what proves something to a stranger
    #[command(subcommand)]
    Prove(record::Prove),
    /// What this node knew at a past time
    State(record::State),

    /// Stop them: one gesture. Or go on with a stop call
    Stop(stop::Stop),
    /// The stop calls in view, or one of them
    Calls(calls::Calls),
    /// The alarms that stand
    Alarms,
    /// Turn the tone of an alarm off; that accepts nothing
    Silence(desk::OfAlarm),
    /// Acknowledge an alarm that asks only to be known
    Ack(desk::OfAlarm),
    /// Notices: draft, release, read, answer
    #[command(subcommand)]
    Notice(notice::Notice),
    /// Say a phrase of the hotline
    Say(Box<phrase::Say>),
    /// What was said in phrases, by both sides, in the reader's language
    Hotline(phrase::Hotline),
    /// Phrases of the hotline: list, read back, translate
    #[command(subcommand)]
    Phrase(phrase::Phrase),
    /// The texts of the phrases in every language
    #[command(subcommand)]
    Phrases(phrase::Phrases),
    /// On the record: claims of either side, answers and statements
    #[command(subcommand)]
    Claim(incident::Claim),
    /// On the record: formal warnings
    #[command(subcommand)]
    Warning(incident::Warning),
    /// Files of evidence, which stay here and are named by their hash
    #[command(subcommand)]
    Evidence(incident::Evidence),
    /// Those whom this party speaks for: enrol them, and note what they consent to
    #[command(subcommand)]
    Element(element::Element),
    /// Downstream units: enrol them, see who is silent, relay, print a sheet
    #[command(subcommand)]
    Unit(unit::Unit),
    /// The lines: link, standing and last check are three things
    Lines,
    /// The watch: who is on it and due, its handover, the roster
    #[command(subcommand)]
    Watch(watch::Watch),
    /// Wall pages: screens that only show and sound one desk's alarms
    #[command(subcommand)]
    Wall(watch::Wall),
    /// Your PIN for wall pages
    #[command(subcommand)]
    Pin(watch::Pin),
    /// What happens, as it happens
    Events(desk::Events),
    /// Sound the alarms of a desk on this machine
    Bell(bell::Bell),
}

impl Cli {
    /// Does what was typed.
    ///
    /// # Errors
    /// Why it was not done, and with which exit code to end.
    pub fn run(self) -> Outcome {
        let options = &self.options;
        match self.command {
            Command::Serve(serve) => serve.run(options),
            Command::Party(party) => party.run(options),
            Command::Card(card) => card.run(options),
            Command::Arrangement(arrangement) => arrangement.run(options),
            Command::Line(line) => line.run(options),
            Command::Officer(officer) => officer.run(options),
            Command::SignIn(sign_in) => sign_in.run(options),
            Command::Epoch(epoch) => epoch.run(options),
            Command::Log(log) => log.run(options),
            Command::Backup(backup) => backup.run(options),
            Command::Restore(restore) => restore.run(options),
            Command::Prove(prove) => prove.run(options),
            Command::State(state) => state.run(options),
            Command::Stop(stop) => stop.run(options),
            Command::Calls(calls) => calls.run(options),
            Command::Alarms => desk::alarms(options),
            Command::Silence(alarm) => alarm.silence(options),
            Command::Ack(alarm) => alarm.acknowledge(options),
            Command::Notice(notice) => notice.run(options),
            Command::Say(say) => say.run(options),
            Command::Hotline(hotline) => hotline.run(options),
            Command::Phrase(phrase) => phrase.run(options),
            Command::Phrases(phrases) => phrases.run(options),
            Command::Claim(claim) => claim.run(options),
            Command::Warning(warning) => warning.run(options),
            Command::Evidence(evidence) => evidence.run(options),
            Command::Element(element) => element.run(options),
            Command::Unit(unit) => unit.run(options),
            Command::Lines => line::lines(options),
            Command::Watch(watch) => watch.run(options),
            Command::Wall(wall) => wall.run(options),
            Command::Pin(pin) => pin.run(options),
            Command::Events(events) => events.run(options),
            Command::Bell(bell) => bell.run(options),
        }
    }
}

pub use stop::not_made;

/// Whether what was typed was to be a new stop call, also where it cannot be parsed.
pub fn is_new_stop_call(typed: &[String]) -> bool {
    const WITH_VALUE: [&str; 7] = [
        "--folder",
        "--node",
        "--token-file",
        "--ca",
        "--directed-by",
        "--words",
        "--dissent",
    ];
    let mut words = typed.iter().map(String::as_str);
    let mut command = None;
    while let Some(word) = words.next() {
        if WITH_VALUE.contains(&word) {
            words.next();
        } else if !word.starts_with('-') {
            command = Some(word);
            break;
        }
    }
    let steps = Cli::command();
    let steps = steps.find_subcommand("stop").map(|stop| {
        let names = stop
            .get_subcommands()
            .map(|step| step.get_name().to_owned());
        names.collect::<Vec<_>>()
    });
    let steps = steps.unwrap_or_default();
    command == Some("stop") && !words.any(|word| steps.iter().any(|step| step == word))
}

/// Reads a file that was named on the command line; `too_large` says of one beyond `max` bytes what to do.
fn read_named(path: &Path, max: usize, too_large: impl FnOnce(u64) -> String) -> Outcome<Vec<u8>> {
    let refused = |cause: io::Error| {
        let path = path.to_owned();
        match cause.kind() {
            io::ErrorKind::NotFound => FileError::Missing { path },
            _other => FileError::Disk { path, cause },
        }
    };
    let size = fs::metadata(path).map_err(refused).or_refuse()?.len();
    match size > max as u64 {
        true => Err(Failure::refused(too_large(size))),
        false => fs::read(path).map_err(refused).or_refuse(),
    }
}

/// Runs what speaks to a node.
fn online<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.or_refuse()?.block_on(work)
}

/// Runs an officer's command; afterwards the telephone numbers on this machine are brought up to date.
fn at_desk<F: Future<Output = Outcome>>(
    options: &Options,
    work: impl FnOnce(crate::client::Client) -> F,
) -> Outcome {
    let client = options.client()?;
    online(async {
        let done = work(client.clone()).await;
        match &done {
            Ok(()) => fallback::keep_fresh(&client).await,
            Err(failure) if failure.exit == Exit::Unreachable => {}
            // A node that refuses is there. Why not is told already; that its numbers are not kept either is no news.
            Err(_refused) => drop(fallback::refresh_old(&client).await),
        }
        done
    })
}

/// Gives a running node a newer manifest, of this party or of a peer, which it then tells its peers, or acts on. Answers
/// with the number of lines; none where no node runs.
fn publish(options: &Options, manifest: &SignedManifest) -> Outcome<Option<usize>> {
    let body = json!({"manifest": base64(manifest.bytes())});
    let taken: Outcome<Taken> = options
        .administrator()
        .and_then(|client| online(client.post("/api/admin/manifest", &body)));
    match taken {
        Ok(taken) => Ok(Some(taken.lines.len())),
        Err(failure) if failure.exit == Exit::Unreachable => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The one of `names` that `typed` means: itself, or the only one that it ends (or, for identifiers, begins).
fn named(typed: &str, names: &[String], what: &str) -> Outcome<String> {
    if names.iter().any(|name| name == typed) {
        return Ok(typed.to_owned());
    }
    let ends = |name: &&String| {
        let before = name.strip_suffix(typed);
        before.is_some_and(|before| before.ends_with('.'))
            || (typed.len() >= 4 && name.starts_with(typed))
    };
    let mut found = names.iter().filter(ends);
    match (found.next(), found.next()) {
        (Some(name), None) => Ok(name.clone()),
        (Some(_), Some(_)) => Err(Failure::refused(format!(
            "`{typed}` means more than one {what}: write more of its name"
        ))),
        (None, _) => Err(Failure::refused(format!(
            "there is no {what} `{typed}` here: list them first"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    /// Every command, with those it is under.
    fn commands(of: &clap::Command, under: &str, all: &mut Vec<String>) {
        for command in of.get_subcommands() {
            let name = format!("{under}{}", command.get_name());
            commands(command, &format!("{name} "), all);
            let only_a_group = command.has_subcommands() && command.is_subcommand_required_set();
            if !only_a_group {
                all.push(name);
            }
        }
    }

    #[test]
    fn every_command_and_every_exit_code_is_in_the_documents() {
        let document = include_str!("../../../../docs/cli.md");
        let mut all = Vec::new();
        commands(&Cli::command(), "", &mut all);
        assert!(all.len() > 50, "{all:?}");
        for command in all {
            let there = ["`", " "]
                .iter()
                .any(|end| document.contains(&format!("| `{command}{end}")));
            assert!(there, "docs/cli.md does not list `{command}`");
        }
        for exit in [
            Exit::Done,
            Exit::Refused,
            Exit::Usage,
            Exit::Unreachable,
            Exit::Telephone,
            Exit::Damaged,
        ] {
            assert!(
                document.contains(&format!("| {} |", exit as u8)),
                "docs/cli.md does not list {exit:?}"
            );
        }
    }

    #[test]
    fn every_command_and_every_argument_is_explained() {
        fn unexplained(of: &clap::Command, under: &str, all: &mut Vec<String>) {
            let name = format!("{under} {}", of.get_name());
            if of.get_about().is_none() {
                all.push(name.clone());
            }
            let arguments = of.get_arguments();
            let bare = arguments.filter(|argument| argument.get_help().is_none());
            all.extend(bare.map(|argument| format!("{name} {}", argument.get_id())));
            of.get_subcommands()
                .for_each(|command| unexplained(command, &name, all));
        }
        let mut all = Vec::new();
        unexplained(&Cli::command(), "", &mut all);
        assert!(all.is_empty(), "{all:#?}");
    }

    #[test]
    fn a_stop_call_is_known_as_one_also_where_it_cannot_be_parsed() {
        let is = |typed: &str| {
            let words: Vec<String> = typed.split_whitespace().map(str::to_owned).collect();
            is_new_stop_call(&words)
        };
        assert!(is("stop"));
        assert!(is("stop --desk nowhere"));
        assert!(is("--folder stop-them --json stop --dsk air"));
        assert!(!is("stop answer perhaps"));
        assert!(!is("calls stop"));
        assert!(!is("--node stop lines --bad"));
    }

    #[test]
    fn a_short_name_means_the_only_one_that_it_ends() {
        let names = ["aa.own.stop.1.7".to_owned(), "bb.peer.stop.1.7".to_owned()];
        assert_eq!(named("peer.stop.1.7", &names, "call").unwrap(), names[1]);
        assert_eq!(named(&names[0], &names, "call").unwrap(), names[0]);
        assert!(
            named("stop.1.7", &names, "call")
                .unwrap_err()
                .text
                .contains("more than one")
        );
        assert!(named("eer.stop.1.7", &names, "call").is_err());
        assert!(named("7.7", &names, "call").is_err());
    }
}
