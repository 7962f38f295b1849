//! A party: made, shown, its keys rotated and revoked.

use super::publish;
use crate::exit::{Failure, OrExit as _, Outcome};
use crate::options::Options;
use crate::output::{self, Table, dtg, print};
use clap::{Args, Subcommand, ValueEnum};
use node::clock;
use node::model::dtg::DateTimeGroup;
use node::model::ids::PartyId;
use node::party::create::{NewParty, create};
use node::party::{authority, authority_folder, read_manifest, rotate};
use node::wire::keys::KeyRole;
use node::wire::manifest::{KeyStatus, RevocationReason, SignedManifest};
use node::wire::words::Fingerprint;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub enum Party {
    /// Make a party: its keys, its manifest, its folder
    New(New),
    /// Show the manifest: fingerprint, keys, pins, revocations
    Show,
    /// Make a new key for a role; the old one is retired
    Rotate(Rotate),
    /// Take a key out of trust: lost, or perhaps in other hands
    Revoke(Revoke),
    /// Issue the certificate of this node's screens anew, for these names
    Screens {
        /// Host names and addresses at which the node is reached
        names: Vec<String>,
    },
}

#[derive(Args, Debug)]
pub struct New {
    /// A short name, as the arrangement will have it
    name: PartyId,
    /// Where the root key goes: outside the folder, best on a medium that is then taken out
    #[arg(long, value_name = "FILE")]
    root_key: PathBuf,
    /// Keys for exercises; they cannot be joined with live ones
    #[arg(long)]
    exercise: bool,
    /// Where the journal's key goes, if not into the folder
    #[arg(long, value_name = "FILE")]
    at_rest_key: Option<PathBuf>,
    /// Where peers connect to; may be given more than once
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<SocketAddr>,
    /// Where screens connect to
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7080")]
    http: SocketAddr,
    /// A name at which screens reach this node, for its certificate; may be given more than once
    #[arg(long = "screens", value_name = "HOST")]
    names: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Rotated {
    /// Signs what this party says
    Operational,
    /// Signs checkpoints of this party's logs
    Log,
    /// Signs for what the peers said
    Cosigning,
    /// Opens files that a courier brings
    File,
    /// Of the connections to peers
    Tls,
    /// The authority that this node's screens trust
    Screens,
}

#[derive(Args, Debug)]
pub struct Rotate {
    /// Which key
    #[arg(value_name = "KEY")]
    role: Rotated,
    /// The root key's file, brought for this
    #[arg(long, value_name = "FILE")]
    root_key: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Reason {
    Lost,
    Captured,
    Replaced,
    Other,
}

#[derive(Args, Debug)]
pub struct Revoke {
    /// The key's name, as `party show` prints it
    key: String,
    /// The root key's file, brought for this
    #[arg(long, value_name = "FILE")]
    root_key: PathBuf,
    /// Why it is not to be trusted
    #[arg(long)]
    reason: Reason,
    /// Since when it is not to be trusted, as a date-time group; now if not given
    #[arg(long, value_name = "DTG")]
    since: Option<DateTimeGroup>,
}

impl Party {
    pub fn run(self, options: &Options) -> Outcome {
        match self {
            Party::New(new) => new.run(options),
            Party::Show => show(
                options,
                &read_manifest(&options.party_folder()?).or_refuse()?,
            ),
            Party::Rotate(rotate) => rotate.run(options),
            Party::Revoke(revoke) => revoke.run(options),
            Party::Screens { names } => {
                let folder = options.party_folder()?;
                let party = read_manifest(&folder).or_refuse()?.manifest().party;
                let ca = authority_folder(&folder);
                authority::issue(&ca, party, &names).or_refuse()?;
                let issued = json!({"certificate": ca.join("screens.crt"), "authority": ca.join("authority.crt")});
                options.style().show(&issued, |_| {
                    "the certificate is issued: start the node anew, and give its screens ca/authority.crt".to_owned()
                })
            }
        }
    }
}

impl New {
    fn run(self, options: &Options) -> Outcome {
        let folder = options.folder();
        let inside = |path: &Path| {
            std::path::absolute(path)
                .ok()
                .zip(std::path::absolute(&folder).ok())
        };
        if inside(&self.root_key).is_some_and(|(key, folder)| key.starts_with(folder)) {
            return Err(Failure::refused(
                "the root key does not go into the folder: whoever takes the machine would have it",
            ));
        }
        let configuration = self.configuration()?;
        let created = create(&NewParty {
            name: self.name,
            exercise: self.exercise,
            folder: &folder,
            root_key: &self.root_key,
            at_rest_key: self.at_rest_key.as_deref(),
            names: &self.names,
            configuration: &configuration,
        })
        .or_refuse()?;
        show(options, &created.manifest)?;
        if !options.json {
            print(&format!(
                "\nroot key: {}  (take it out and lock it away; `rotate`, `revoke` and `epoch confirm` need it)\n\
                 next: standclear officer add, standclear serve, standclear card export",
                self.root_key.display()
            ))?;
        }
        Ok(())
    }

    /// What the node of this party is told, with what else may be said.
    fn configuration(&self) -> Outcome<String> {
        let listen: Vec<String> = self
            .listen
            .iter()
            .map(|address| format!("\"{address}\""))
            .collect();
        let at_rest = match &self.at_rest_key {
            None => String::new(),
            Some(path) => {
                let path = std::path::absolute(path).or_refuse()?;
                // JSON and TOML write such a text alike.
                format!("at_rest_key = {}\n", json!(path.to_string_lossy()))
            }
        };
        Ok(format!(
            "# Where peers connect to. Empty: this node only dials.\n\
             listen = [{}]\n{at_rest}\n\
             # Where screens, bells and the command line connect to. Off loopback it speaks HTTPS.\n\
             [http]\n\
             address = \"{}\"\n\
             # certificate = \"server.crt\"   # the operator's own, PEM; else one from this party's authority\n\
             # key = \"server.key\"\n\n\
             # Lines are added here by `standclear line join`.\n",
            listen.join(", "),
            self.http
        ))
    }
}

impl Rotate {
    fn run(self, options: &Options) -> Outcome {
        let folder = options.party_folder()?;
        let role = |role| rotate::rotate(&folder, &self.root_key, role);
        let manifest = match self.role {
            Rotated::Operational => role(KeyRole::Operational),
            Rotated::Log => role(KeyRole::Log),
            Rotated::Cosigning => role(KeyRole::Cosigning),
            Rotated::File => role(KeyRole::File),
            Rotated::Tls => return self.tls(options, &folder),
            Rotated::Screens => {
                let manifest = rotate::rotate_authority(&folder, &self.root_key).or_refuse()?;
                show(options, &manifest)?;
                output::say(
                    "the certificate is for loopback alone: `standclear party screens HOST` issues one for the names that \
                     screens use; then start the node anew, and give every screen and bell the new ca/authority.crt",
                );
                return Ok(());
            }
        };
        changed(options, &manifest.or_refuse()?)
    }

    /// Peers must know the new key before it is used: the running node, which still holds the old one, tells them.
    fn tls(&self, options: &Options, folder: &Path) -> Outcome {
        let manifest = rotate::rotate_tls(folder, &self.root_key).or_refuse()?;
        show(options, &manifest)?;
        let next = match publish(options, &manifest)? {
            Some(lines) => format!(
                "the node tells the new key on {lines} lines, with the old one: once every peer has it, start the node anew"
            ),
            None => "no node runs: send each peer a new card before starting it, or they refuse the new key".to_owned(),
        };
        output::say(&next);
        Ok(())
    }
}

impl Revoke {
    fn run(self, options: &Options) -> Outcome {
        let folder = options.party_folder()?;
        let signed = read_manifest(&folder).or_refuse()?;
        let manifest = signed.manifest();
        let key = manifest
            .keys
            .iter()
            .find(|key| key.id().to_string() == self.key);
        let key = key.ok_or_else(|| {
            Failure::refused(format!(
                "the manifest names no key `{}`: see `standclear party show`",
                self.key
            ))
        })?;
        let last = manifest
            .in_force(key.role)
            .all(|other| other.id() == key.id());
        if last && manifest.status(key, clock::now()) == KeyStatus::Active {
            return Err(Failure::refused(format!(
                "`{}` is the only {} key: put another in its place first, with `standclear party rotate {}`",
                self.key, key.role, key.role
            )));
        }
        let since = self.since.map_or_else(clock::now, |group| group.instant());
        let reason = match self.reason {
            Reason::Lost => RevocationReason::Lost,
            Reason::Captured => RevocationReason::Captured,
            Reason::Replaced => RevocationReason::Replaced,
            Reason::Other => RevocationReason::Other,
        };
        changed(
            options,
            &rotate::revoke(&folder, &self.root_key, key.id(), since, reason).or_refuse()?,
        )
    }
}

fn changed(options: &Options, manifest: &SignedManifest) -> Outcome {
    show(options, manifest)?;
    match options.json {
        true => Ok(()),
        false => print(
            "\nstart the node anew: it then signs with the new keys, and tells every peer before anything else",
        ),
    }
}

fn show(options: &Options, signed: &SignedManifest) -> Outcome {
    options.style().show(&shown(signed), text)
}

fn shown(signed: &SignedManifest) -> Value {
    let manifest = signed.manifest();
    let fingerprint = Fingerprint::of(&manifest.root);
    let status = |status| match status {
        KeyStatus::NotYet => "not yet",
        KeyStatus::Active => "active",
        KeyStatus::Retired => "retired",
        KeyStatus::Revoked => "revoked",
    };
    let keys = manifest.keys.iter().map(|key| {
        json!({
            "role": key.role.to_string(),
            "key": key.id().to_string(),
            "algorithm": key.algorithm,
            "from": key.from.as_unix_ms(),
            "until": key.until.map(|until| until.as_unix_ms()),
            "status": status(manifest.status(key, clock::now())),
        })
    });
    let revocations = manifest.revocations.iter().map(|revoked| {
        json!({"key": revoked.key.to_string(), "since": revoked.since.as_unix_ms(), "reason": revoked.reason.to_string()})
    });
    json!({
        "party": manifest.party.to_string(),
        "nature": if manifest.exercise { "exercise" } else { "live" },
        "version": manifest.version,
        "fingerprint": fingerprint.to_string(),
        "fingerprint_digits": fingerprint.digits(),
        "keys": keys.collect::<Vec<_>>(),
        "pins": manifest.pins.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "revocations": revocations.collect::<Vec<_>>(),
    })
}

fn text(shown: &Value) -> String {
    let word = |of: &Value, name: &str| of[name].as_str().unwrap_or("-").to_owned();
    let time = |of: &Value, name: &str| of[name].as_i64().map_or_else(|| "-".to_owned(), dtg);
    let mut keys = Table::new(&["role", "key", "from", "until", "status"], "no keys");
    for key in shown["keys"].as_array().into_iter().flatten() {
        keys.row([
            word(key, "role"),
            word(key, "key"),
            time(key, "from"),
            time(key, "until"),
            word(key, "status"),
        ]);
    }
    let mut text = format!(
        "{} ({}), manifest {}\nfingerprint: {}\n             {}\n{keys}",
        word(shown, "party"),
        word(shown, "nature"),
        shown["version"],
        word(shown, "fingerprint"),
        word(shown, "fingerprint_digits"),
    );
    for revoked in shown["revocations"].as_array().into_iter().flatten() {
        let (key, since, reason) = (
            word(revoked, "key"),
            time(revoked, "since"),
            word(revoked, "reason"),
        );
        // Writing to a string does not fail.
        let _ = writeln!(text, "revoked: {key} since {since}, {reason}");
    }
    text
}
