//! `node.toml`: what an administrator chooses. Everything else is in the manifest, the arrangements and the journal.

use crate::party::files::{self, FileError};
use model::ids::LineName;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// Lines of one node, and addresses of one line.
pub const MAX_LINES: usize = 1_000;
pub const MAX_PATHS: usize = 8;

/// The configuration. Relative paths are within the party's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where peers connect to. Empty: this node only dials.
    pub listen: Vec<SocketAddr>,
    pub http: Http,
    /// The key that seals positions in the journal.
    pub at_rest_key: PathBuf,
    pub journal: PathBuf,
    /// Bytes kept for the stop lane when the disk is full.
    pub reserve: u64,
    pub line: Vec<Line>,
}

/// Screens, bells and the command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    pub address: SocketAddr,
    /// PEM files of the operator's own certificate; without them, one from the party's authority. Not used on loopback
    /// unless `tls` is set.
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// HTTPS on loopback too.
    pub tls: bool,
    /// The one page beside this node's own that may show the console in a frame, by its address: `http://` and this. For
    /// demonstrations: only on loopback, of a node whose own address is on loopback.
    pub framed_by: Option<SocketAddr>,
}

/// How one line is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub name: LineName,
    /// The peer's addresses (`host:port`), the best first. Path 0 is the first.
    #[serde(default)]
    pub dial: Vec<String>,
    /// How many paths there are, dialled or accepted; at least those dialled.
    #[serde(default)]
    pub paths: u8,
    /// Addresses that the peer dials from, if they are known: room is kept for them that no stranger can take. A node
    /// also knows the addresses that it dials, and those that peers have come from since it started.
    #[serde(default)]
    pub accept_from: Vec<IpAddr>,
    /// Carried by file: no connection is expected, none is missed.
    #[serde(default)]
    pub by_file: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            http: Http::default(),
            at_rest_key: "keys/at-rest.key".into(),
            journal: "journal".into(),
            reserve: store::Options::DEFAULT_RESERVE,
            line: Vec::new(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 7080)),
            certificate: None,
            key: None,
            tls: false,
            framed_by: None,
        }
    }
}

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("`{path}` cannot be understood")]
    Text {
        path: PathBuf,
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("line `{0}` is configured twice: leave one")]
    Twice(LineName),
    #[error("line `{line}` has {given} addresses, at most {MAX_PATHS} are dialled: leave some out")]
    TooManyPaths { line: LineName, given: usize },
    #[error("{given} lines are configured, at most {MAX_LINES} are served: leave some out")]
    TooManyLines { given: usize },
    #[error(
        "line `{line}` is accepted from {given} addresses, at most {MAX_PATHS} are kept room for: leave some out"
    )]
    TooManySources { line: LineName, given: usize },
    #[error("line `{0}` is carried by file and yet has addresses: choose one")]
    FileAndDial(LineName),
    #[error("`{0}` is no address: write `host:port`")]
    Address(String),
    #[error("a certificate needs its key, and a key its certificate: name both or neither")]
    HalfCertificate,
    #[error(
        "a page at `{0}` may not show the console in a frame: that is for demonstrations on one machine, where both it and \
         `address` are on loopback; leave `framed_by` out"
    )]
    Framed(SocketAddr),
}

impl Config {
    /// Reads `node.toml` of a party's folder; a missing one gives the defaults.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let path = folder.join("node.toml");
        let bytes = match files::read_public(&path) {
            Ok(bytes) => bytes,
            Err(FileError::Missing { .. }) => return Ok(Self::default()),
            Err(error) => return Err(error.into()),
        };
        let refused = |cause: Box<dyn std::error::Error + Send + Sync>| ConfigError::Text {
            path: path.clone(),
            cause,
        };
        let text = std::str::from_utf8(&bytes).map_err(|cause| refused(cause.into()))?;
        let config: Self = toml::from_str(text).map_err(|cause| refused(cause.into()))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.line.len() > MAX_LINES {
            return Err(ConfigError::TooManyLines {
                given: self.line.len(),
            });
        }
        if self.http.certificate.is_some() != self.http.key.is_some() {
            return Err(ConfigError::HalfCertificate);
        }
        if let Some(by) = self.http.framed_by
            && [by, self.http.address]
                .iter()
                .any(|address| !address.ip().is_loopback())
        {
            return Err(ConfigError::Framed(by));
        }
        for (at, line) in self.line.iter().enumerate() {
            if self.line[..at].iter().any(|other| other.name == line.name) {
                return Err(ConfigError::Twice(line.name));
            }
            if line.dial.len() > MAX_PATHS || usize::from(line.paths) > MAX_PATHS {
                return Err(ConfigError::TooManyPaths {
                    line: line.name,
                    given: line.dial.len().max(line.paths.into()),
                });
            }
            if line.accept_from.len() > MAX_PATHS {
                return Err(ConfigError::TooManySources {
                    line: line.name,
                    given: line.accept_from.len(),
                });
            }
            if line.by_file && !line.dial.is_empty() {
                return Err(ConfigError::FileAndDial(line.name));
            }
            if let Some(bad) = line.dial.iter().find(|address| !is_address(address)) {
                return Err(ConfigError::Address(bad.clone()));
            }
        }
        Ok(())
    }

    pub fn line(&self, name: LineName) -> Option<&Line> {
        self.line.iter().find(|line| line.name == name)
    }
}

impl Line {
    /// How many paths are expected; none for a line by file.
    pub fn paths(&self) -> u8 {
        match self.by_file {
            true => 0,
            false => self
                .paths
                .max(self.dial.len().try_into().unwrap_or(u8::MAX))
                .max(1),
        }
    }
}

fn is_address(text: &str) -> bool {
    text.rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("node.toml"), text).unwrap();
        Config::read(folder.path())
    }

    #[test]
    fn a_missing_file_gives_a_node_on_loopback() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::read(folder.path()).unwrap();
        assert!(config.http.address.ip().is_loopback());
        assert!(config.listen.is_empty());
    }

    #[test]
    fn so_many_lines_are_served_and_not_one_more() {
        let lines = |count: usize| -> String {
            let line = |number| format!("[[line]]\nname = \"line-{number}\"\n");
            (0..count).map(line).collect()
        };
        assert_eq!(read(&lines(MAX_LINES)).unwrap().line.len(), MAX_LINES);
        let refused = read(&lines(MAX_LINES + 1));
        assert!(
            matches!(refused, Err(ConfigError::TooManyLines { given }) if given == MAX_LINES + 1)
        );
    }

    #[test]
    fn a_line_has_as_many_paths_as_it_says_or_dials() {
        let config = read("[[line]]\nname = \"a\"\ndial = [\"h:1\", \"h:2\"]\n[[line]]\nname = \"b\"\n[[line]]\nname = \"c\"\nby_file = true\n").unwrap();
        let paths: Vec<u8> = config.line.iter().map(Line::paths).collect();
        assert_eq!(paths, [2, 1, 0]);
    }

    #[test]
    fn the_example_of_the_document_is_read_and_names_every_setting() {
        let document = include_str!("../../../docs/administrators.md");
        let (_, section) = document.split_once("## Settings").unwrap();
        let (_, example) = section.split_once("```toml\n").unwrap();
        let (example, _) = example.split_once("```").unwrap();
        let config = read(example).unwrap();
        let unsaid = Config::default();
        assert_ne!(config.listen, unsaid.listen);
        assert_ne!(config.at_rest_key, unsaid.at_rest_key);
        assert_eq!(
            config.reserve, unsaid.reserve,
            "the document says the default"
        );
        assert!(config.http.tls && config.http.key.is_some());
        assert_eq!(config.line[0].paths(), 2);
        assert_eq!(config.line[1].paths(), 0);
        let whole = toml::Table::try_from(&config).unwrap();
        let settings = |of: &toml::Table| of.keys().cloned().collect::<Vec<String>>();
        let mut all = settings(&whole);
        all.extend(settings(whole["http"].as_table().unwrap()));
        all.extend(settings(whole["line"][0].as_table().unwrap()));
        for setting in all {
            let says = |line: &str| {
                line.starts_with(&format!("{setting} = ")) || line.contains(&format!("[{setting}]"))
            };
            assert!(
                example.lines().any(says),
                "`{setting}` is not in the document"
            );
        }
    }

    #[test]
    fn only_a_page_on_loopback_may_frame_a_node_on_loopback() {
        let framed = |address: &str, by: &str| {
            read(&format!(
                "[http]\naddress = \"{address}\"\nframed_by = \"{by}\""
            ))
        };
        for (address, by) in [("127.0.0.1:1", "127.0.0.1:2"), ("[::1]:1", "[::1]:2")] {
            let read = framed(address, by).unwrap();
            assert_eq!(read.http.framed_by, by.parse().ok());
        }
        for (address, by) in [
            ("127.0.0.1:1", "192.0.2.1:2"),
            ("0.0.0.0:1", "127.0.0.1:2"),
            ("127.0.0.1:1", "0.0.0.0:2"),
            ("192.0.2.1:1", "192.0.2.1:2"),
        ] {
            let refused = framed(address, by).unwrap_err();
            assert!(matches!(refused, ConfigError::Framed(_)), "{address} {by}");
        }
        for no_address in [
            "*",
            "http://127.0.0.1:2",
            "127.0.0.1:2; script-src *",
            "localhost:2",
            "127.0.0.1",
        ] {
            assert!(framed("127.0.0.1:1", no_address).is_err(), "{no_address}");
        }
        assert_eq!(Config::default().http.framed_by, None);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for bad in [
            "listens = []",
            "[[line]]\nname = \"a\"\n[[line]]\nname = \"a\"",
            "[[line]]\nname = \"a\"\ndial = [\"h\"]",
            "[[line]]\nname = \"a\"\ndial = [\"h:1\"]\nby_file = true",
            "[[line]]\nname = \"a\"\npaths = 9",
            "[http]\ncertificate = \"x\"",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
