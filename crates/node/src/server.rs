//! A node that runs: opens the folder, replays the journal, starts the core, the links and the web server.

use crate::auth::pins::Tries;
use crate::auth::{Auth, Officers};
use crate::background::Background;
use crate::clock;
use crate::config::{Config, ConfigError};
use crate::core::inbox::Job;
use crate::core::recent::Recent;
use crate::core::replay::{self, ReplayError, Replayed};
use crate::core::run::{self, Running};
use crate::core::writer::Seals;
use crate::core::{Inbox, Outside};
use crate::evidence::EvidenceFiles;
use crate::gate::Gate;
use crate::http::serve;
use crate::http::sockets::Listeners;
use crate::link::connection::Purpose;
use crate::link::registry::Registry;
use crate::link::stored::StoredLogs;
use crate::link::{Link, dial, listen, tls};
use crate::looks::{self, Looks};
use crate::maps::Maps;
use crate::metrics::{Metrics, Minutely};
use crate::party::{self, Party, PartyError};
use crate::phrases::Phrases;
use crate::random;
use crate::shell::Shell;
use crate::telephones::{TelephoneError, Telephones};
use crate::trust::Trust;
use crate::walls::{WallError, Walls};
use channel::Configuration;
use channel::input::{Administration, Class, Disk, Input, LinkInput};
use model::ids::{LineId, LineName};
use model::line::Side;
use model::units::Timestamp;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use store::{Check, OpenError, Options, Store};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use wire::keys::{KeyRole, SecretRefused};

/// The longest journal, in records, of which everything is read again before the node starts. It takes microseconds a record;
/// of a longer one, the records since its latest snapshot: officers wait for a line, and `log verify` reads the rest.
pub const MAX_READ_AT_START: u64 = 200_000;

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the configuration cannot be used")]
    Config(#[from] ConfigError),
    #[error("the party's folder cannot be used")]
    Party(#[from] PartyError),
    #[error("a private key cannot be used")]
    Secret(#[from] SecretRefused),
    #[error("the journal cannot be opened")]
    Journal(#[from] OpenError),
    #[error("the journal cannot be replayed")]
    Replay(#[from] ReplayError),
    #[error("the journal cannot be read")]
    Read(#[from] store::ReadError),
    #[error("the release rules cannot be used")]
    Rules(#[from] release::RulesRefused),
    #[error(
        "the TLS key of the lines cannot be used: make another with `standclear party rotate tls`"
    )]
    Tls(#[from] rustls::Error),
    #[error("cannot listen on {address}: is another program there?")]
    Listen {
        address: SocketAddr,
        #[source]
        cause: io::Error,
    },
    #[error("the certificate of the web server cannot be used: see `http` in node.toml")]
    Web(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(transparent)]
    Telephones(#[from] TelephoneError),
    #[error(transparent)]
    Walls(#[from] WallError),
    #[error("the system gives no thread: end other programs, or raise the limits of this user")]
    Thread(#[from] io::Error),
}

/// What the web server's handlers share.
pub struct Served {
    pub folder: PathBuf,
    pub shell: Arc<Shell>,
    pub auth: Auth,
    pub telephones: Telephones,
    /// Their texts, in the languages that are there now.
    pub phrases: Phrases,
    pub walls: Walls,
    pub evidence: EvidenceFiles,
    /// The operator's, beside the one of the binary.
    pub maps: Maps,
    /// Wrong PINs at wall pages.
    pub pins: Tries,
    pub admin_token: String,
    pub trust: Arc<Trust>,
    pub stored: Arc<StoredLogs>,
    pub link: Arc<Link>,
    pub cosigner: tlog::CosignerSigner,
    /// Whether the web server speaks HTTPS.
    pub https: bool,
    /// The one page beside the console itself that may show it in a frame.
    pub framed_by: Option<SocketAddr>,
    pub listeners: Listeners,
    /// Becomes true when the node stops.
    pub closing: watch::Sender<bool>,
}

/// A running node.
pub struct Node {
    pub served: Arc<Served>,
    pub http: SocketAddr,
    /// Whether the web server speaks HTTPS.
    pub https: bool,
    pub lines: Vec<SocketAddr>,
    /// Lines of `node.toml` of which the journal knows no arrangement: it is older than they are.
    pub unknown_lines: Vec<LineName>,
    core: Running,
    tasks: Vec<JoinHandle<()>>,
}

impl Node {
    /// Starts the node of a party's folder. Needs a runtime of several threads.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(folder: &Path) -> Result<Self, StartError> {
        Self::start_on(folder, |options| options).await
    }

    /// As [`Node::start`], with the journal's options changed: tests put it on a disk that fails on demand.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start_on(
        folder: &Path,
        change: impl FnOnce(Options) -> Options,
    ) -> Result<Self, StartError> {
        Self::start_by(folder, change, clock::now).await
    }

    /// As [`Node::start_on`], by another clock than the machine's: tests set it wrong.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start_by(
        folder: &Path,
        change: impl FnOnce(Options) -> Options,
        clock: fn() -> Timestamp,
    ) -> Result<Self, StartError> {
        let config = Config::read(folder)?;
        let party = Party::open(folder)?;
        let at_rest = party::read_at_rest_key(&folder.join(&config.at_rest_key))?;
        let mut options = Options::new(folder.join(&config.journal), at_rest);
        options.check = Check::UpTo(MAX_READ_AT_START);
        options.reserve = config.reserve;
        let store = Store::open(change(options))?;
        let reader = store.reader()?;
        let restored = store.restored();

        let trust = Arc::new(Trust::new(party.manifest.clone()));
        let recent = Arc::new(Recent::default());
        let operational = party.operational.signer(KeyRole::Operational)?;
        let seals = Seals {
            operational: operational.clone(),
            log: party.log.clone(),
            cosigner: wire::line::keys::cosigner(party.id(), &party.cosigning)?,
            random: Box::new(|bytes| random::fill(bytes).is_ok()),
        };
        let rules = rules(folder)?;
        let offered = rules.clone();
        let configuration = || Configuration {
            party: party.id(),
            rules: rules.clone(),
        };
        let Replayed {
            driver,
            writer,
            heads,
            folded,
        } = replay::replay(store, configuration, seals, trust.clone(), recent.clone())?;
        tracing::info!(folded, "the journal is replayed");
        if let Some(held) = &driver.node().state().rules {
            offered.may_follow(held.version, &held.rules, &held.metadata)?;
        }
        // Whoever was armed when the node last ended is not armed now, until it says so again.
        let sounders: Vec<Input> = (driver.node().state().sounders.iter())
            .flat_map(|(desk, armed)| armed.iter().map(|sounder| (*desk, *sounder)))
            .map(|(desk, sounder)| Input::Sounder {
                desk,
                sounder,
                armed: false,
            })
            .collect();
        let names: Vec<(LineId, LineName)> = (driver.node().state().lines.iter())
            .map(|(line, view)| (*line, view.name))
            .collect();

        let is_known = |name: LineName| names.iter().any(|(_, known)| *known == name);
        let configured = config.line.iter().map(|line| line.name);
        let unknown_lines = configured.filter(|name| !is_known(*name)).collect();

        let inbox = Arc::new(Inbox::default());
        let metrics = Arc::new(Metrics::default());
        let registry = Arc::new(Registry::default());
        let gate = Gate::new(listen::ROOM);
        let sources = config.line.iter().flat_map(|line| &line.accept_from);
        sources.for_each(|address| gate.know(*address));
        let stored = Arc::new(StoredLogs::new(reader, recent.clone(), trust.clone()));
        stored.check_waiting(driver.node().lines(), &heads)?;
        let link = Arc::new(Link {
            inbox: inbox.clone(),
            trust: trust.clone(),
            recent,
            stored: stored.clone(),
            registry: registry.clone(),
            metrics: metrics.clone(),
            operational: operational.clone(),
            log: party.log.clone(),
            accepting: tls::accepting(&party.tls, trust.pins())?,
            dialling: tls::dialling(&party.tls, trust.pins())?,
            gate,
            strangers: Minutely::default(),
            background: Background::on_all_cores()?,
        });
        let shell = Arc::new(Shell::new(
            inbox.clone(),
            metrics,
            registry,
            party.id(),
            operational,
            Looks::start()?,
        ));
        for (line, view) in &driver.node().state().lines {
            shell.directory.put(*line, view.name, &view.arrangement);
        }
        let stopped = driver.node().state().main_stopped.is_some();
        shell.state_of_desk.resume(stopped);
        let listeners = bind_all(&config.listen).await?;
        let web = serve::bind(&config.http, folder, &party).await?;

        let shared = run::Shared {
            inbox,
            outside: shell.clone() as Arc<dyn Outside>,
            clock,
            folded,
        };
        let core = run::start(driver, writer, shared)?;
        shell.tell(Input::Durable { heads });
        sounders.into_iter().for_each(|lost| shell.tell(lost));
        // It may have been full when the node last ran; if it still is, the first batch finds out.
        shell.tell(Input::Disk(Disk::Well));
        if let Some(size) = restored {
            let act = Administration::Restored { size };
            shell.tell_administration(act);
        }
        shell.tell_administration(Administration::PutRulesInForce);
        for (line, manifest) in trust.own_to_take() {
            shell.tell_administration(Administration::TakeManifest {
                line,
                side: Side::Own,
                version: manifest.manifest().version,
                manifest: manifest.bytes().clone(),
            });
        }
        let served = Arc::new(Served {
            folder: folder.to_owned(),
            shell: shell.clone(),
            auth: Auth::new(Officers::in_folder(folder)),
            telephones: Telephones::in_folder(folder)?,
            phrases: Phrases::of(folder),
            walls: Walls::in_folder(folder)?,
            evidence: EvidenceFiles::new(folder),
            maps: Maps::in_folder(folder),
            pins: Tries::default(),
            admin_token: party::admin_token(folder)?,
            trust,
            stored,
            link: link.clone(),
            cosigner: wire::line::keys::cosigner(party.id(), &party.cosigning)?,
            https: web.is_tls(),
            framed_by: config.http.framed_by,
            listeners: Listeners::default(),
            closing: watch::Sender::new(false),
        });

        // The log says what cannot be shown before anyone asks; nobody waits for it.
        let looks = served.clone();
        tokio::task::spawn_blocking(move || looks.maps.look());
        let lines = listeners
            .iter()
            .filter_map(|l| l.local_addr().ok())
            .collect();
        let mut tasks: Vec<JoinHandle<()>> = listeners
            .into_iter()
            .map(|listener| tokio::spawn(listen::accept_all(link.clone(), listener)))
            .collect();
        tasks.push(tokio::spawn(watch_clock(shell.clone(), clock)));
        tasks.push(tokio::spawn(looks::keep(shell.clone())));
        let diallers = Diallers {
            folder: folder.to_owned(),
            link,
            shell,
            running: BTreeMap::new(),
            told: BTreeMap::new(),
        };
        tasks.push(tokio::spawn(diallers.run(config.clone(), names)));
        tasks.push(tokio::spawn(crate::on_watch::keep(served.clone())));
        let (http, https) = (web.address, web.is_tls());
        tasks.push(tokio::spawn(web.serve(served.clone())));
        Ok(Self {
            served,
            http,
            https,
            lines,
            unknown_lines,
            core,
            tasks,
        })
    }

    /// Tells the node that its journal was begun anew after an earlier one was lost: on every line it compares what the
    /// peer holds, fetches that back and opens a new epoch before it says anything.
    pub fn begin_anew(&self) {
        let act = Administration::Restored { size: 0 };
        self.served.shell.tell_administration(act);
    }

    /// Stops: what was taken in is written, the rest is refused.
    pub async fn stop(self) -> bool {
        for task in &self.tasks {
            task.abort();
        }
        self.served.closing.send_replace(true);
        self.served.shell.inbox.put_own(Job::Stop);
        self.served.shell.registry.close_all(None);
        let core = self.core;
        tokio::task::spawn_blocking(move || core.wait())
            .await
            .unwrap_or(false)
    }
}

/// Tells the administrator whenever the clock jumps.
async fn watch_clock(shell: Arc<Shell>, clock: fn() -> Timestamp) {
    let mut watch = clock::Watch::new(clock(), Instant::now());
    loop {
        tokio::time::sleep(clock::LOOK_EVERY).await;
        if let Some(jump) = watch.jumped(clock(), Instant::now()) {
            shell.clock_jumped(jump);
        }
    }
}

/// The release rules: those in the folder, or the ones that are shipped.
fn rules(folder: &Path) -> Result<release::RuleSet, StartError> {
    let (rules, metadata) = (folder.join("rules.cedar"), folder.join("rules.toml"));
    if !rules.exists() {
        return Ok(release::RuleSet::shipped()?);
    }
    let read = |path: &Path| -> Result<String, StartError> {
        let bytes = party::files::read_public(path).map_err(PartyError::from)?;
        String::from_utf8(bytes).map_err(|_| {
            PartyError::from(party::files::FileError::Content {
                path: path.to_owned(),
                what: "text in UTF-8",
                then: "save it as such",
            })
            .into()
        })
    };
    let rules = release::RuleSet::parse(&read(&rules)?, &read(&metadata)?)?;
    channel::ground::check_areas(&rules).map_err(release::RulesRefused::from)?;
    Ok(rules)
}

async fn bind_all(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, StartError> {
    let mut listeners = Vec::new();
    for &address in addresses {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|cause| StartError::Listen { address, cause })?;
        listeners.push(listener);
    }
    Ok(listeners)
}

/// Dials what is configured for the lines that are in force, and looks again whenever either changes.
struct Diallers {
    folder: PathBuf,
    link: Arc<Link>,
    shell: Arc<Shell>,
    running: BTreeMap<(LineId, u8, Class), (String, JoinHandle<()>)>,
    told: BTreeMap<LineId, u8>,
}

impl Diallers {
    async fn run(mut self, mut config: Config, mut names: Vec<(LineId, LineName)>) {
        loop {
            self.settle(&config, &names);
            self.shell.lines_changed.notified().await;
            match Config::read(&self.folder) {
                Ok(read) => config = read,
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "node.toml is not read again"
                    );
                }
            }
            let asked = self.shell.ask(|node| {
                let lines = &node.state().lines;
                lines
                    .iter()
                    .map(|(line, view)| (*line, view.name))
                    .collect()
            });
            match asked.await {
                Ok(found) => names = found,
                Err(_stopping) => return,
            }
        }
    }

    fn settle(&mut self, config: &Config, names: &[(LineId, LineName)]) {
        let mut wanted: BTreeMap<(LineId, u8, Class), String> = BTreeMap::new();
        for (line, name) in names {
            let configured = config.line(*name);
            let count = configured.map_or(1, crate::config::Line::paths);
            if self.told.insert(*line, count) != Some(count) {
                let paths = LinkInput::Paths { line: *line, count };
                self.shell.tell(Input::Link(paths));
            }
            let addresses = configured.map_or(&[][..], |line| &line.dial);
            for (path, address) in (0..).zip(addresses) {
                for class in [Class::Stop, Class::Main] {
                    wanted.insert((*line, path, class), address.clone());
                }
            }
        }
        self.running.retain(|of, (address, task)| {
            let keep = wanted.get(of) == Some(address) && !task.is_finished();
            if !keep {
                task.abort();
            }
            keep
        });
        for ((line, path, class), address) in wanted {
            self.running.entry((line, path, class)).or_insert_with(|| {
                let purpose = Purpose { line, class, path };
                let task = dial::keep_dialling(self.link.clone(), purpose, address.clone());
                (address, tokio::spawn(task))
            });
        }
    }
}

impl Drop for Diallers {
    fn drop(&mut self) {
        for (_, task) in self.running.values() {
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// The example in docs/release.md, between the fences of `language`.
    fn example(language: &str) -> &'static str {
        let document = include_str!("../../../docs/release.md");
        let (_, from) = document.split_once(&format!("```{language}\n")).unwrap();
        from.split_once("```").unwrap().0
    }

    #[test]
    fn rules_in_the_folder_take_the_place_of_the_shipped_ones() {
        let folder = tempfile::tempdir().unwrap();
        let shipped = rules(folder.path()).unwrap();
        assert_eq!(shipped.metadata().version, 4);
        fs::write(folder.path().join("rules.cedar"), example("cedar")).unwrap();
        let half = rules(folder.path()).err().unwrap();
        let said = crate::http::problem::chain(&half);
        assert!(said.contains("rules.toml"), "{said}");
        fs::write(folder.path().join("rules.toml"), example("toml")).unwrap();
        let own = rules(folder.path()).unwrap();
        assert_eq!(own.metadata().version, 5);
        assert!(own.text().contains("no-hospital-names"));
    }
}
