//! What every command may be told: which folder, which node, as whom, and how to say it.

use crate::client::{Address, Client, Trust};
use crate::exit::{Exit, Failure, OrExit as _, Outcome};
use crate::output::Style;
use clap::Args;
use node::config::Config;
use node::http::views::base64;
use node::party::files;
use serde_json::json;
use std::env;
use std::path::{Path, PathBuf};

/// The file of a party's folder in which a running node says where its screens reach it.
pub const ADDRESS_FILE: &str = "address";

#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Say results as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// The party's folder [STANDCLEAR_FOLDER, or here]
    #[arg(long, global = true, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// The node [STANDCLEAR_NODE, or the folder's, or http://127.0.0.1:7080]
    #[arg(long, global = true, value_name = "URL")]
    node: Option<String>,
    /// A private file with the token to sign in with [STANDCLEAR_TOKEN holds one, STANDCLEAR_TOKEN_FILE names one]
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Certificates (PEM) that may have signed the node's, for https [STANDCLEAR_CA]
    #[arg(long, global = true, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Somebody orders this over your shoulder: who, by name and office. It is recorded with what you do, and stays here
    #[arg(long, global = true, value_name = "WHO", requires = "words")]
    directed_by: Option<String>,
    /// With --directed-by: in which words
    #[arg(long, global = true, value_name = "WORDS", requires = "directed_by")]
    words: Option<String>,
    /// With --directed-by: why you would not do it
    #[arg(long, global = true, value_name = "WORDS", requires = "directed_by")]
    dissent: Option<String>,
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

impl Options {
    /// What a command line that could not be parsed says about the folder and the node, as far as it can be read.
    pub fn told(typed: &[String]) -> Self {
        let value = |name: &str| {
            let with = format!("--{name}=");
            let after = typed
                .iter()
                .skip_while(|word| **word != format!("--{name}"));
            let joined = typed.iter().find_map(|word| word.strip_prefix(&with));
            joined
                .or(after.map(String::as_str).nth(1))
                .map(str::to_owned)
        };
        Self {
            json: typed.iter().any(|word| word == "--json"),
            folder: value("folder").map(PathBuf::from),
            node: value("node"),
            token_file: None,
            ca: None,
            directed_by: None,
            words: None,
            dissent: None,
        }
    }

    pub fn style(&self) -> Style {
        match self.json {
            true => Style::Json,
            false => Style::Text,
        }
    }

    pub fn folder(&self) -> PathBuf {
        let named = self.folder.clone();
        named
            .or_else(|| variable("STANDCLEAR_FOLDER").map(PathBuf::from))
            .unwrap_or_else(|| ".".into())
    }

    /// The node that is meant, where anything says which: an option, the environment, or the folder of its party.
    pub fn meant(&self) -> Option<Address> {
        let folder = self.folder();
        let says = self.node.is_some()
            || variable("STANDCLEAR_NODE").is_some()
            || folder.join(ADDRESS_FILE).exists()
            || folder.join("manifest").exists();
        says.then(|| self.address().ok()).flatten()
    }

    /// The folder, checked to be a party's and to be its owner's alone.
    ///
    /// # Errors
    /// Where it is not.
    pub fn party_folder(&self) -> Outcome<PathBuf> {
        let folder = self.folder();
        // First: the rights of a folder that was never meant are nothing to mend.
        if folder.is_dir() && matches!(folder.join("manifest").try_exists(), Ok(false)) {
            return Err(Failure::refused(format!(
                "`{}` is no party's folder, and this command works in one, whatever node is named: name it with \
                 --folder, or make one with `standclear party new`",
                folder.display()
            )));
        }
        files::check_folder(&folder).or_refuse()?;
        Ok(folder)
    }

    /// # Errors
    /// [`crate::exit::Exit::Usage`] for what is no address.
    pub fn address(&self) -> Outcome<Address> {
        if let Some(named) = self.node.clone().or_else(|| variable("STANDCLEAR_NODE")) {
            return named.parse();
        }
        let folder = self.folder();
        if let Ok(bytes) = files::read(&folder.join(ADDRESS_FILE)) {
            return String::from_utf8_lossy(&bytes).trim().parse();
        }
        let config = match folder.join("manifest").exists() {
            true => Config::read(&folder).or_refuse()?,
            false => Config::default(),
        };
        let http = &config.http;
        let plain = http.address.ip().is_loopback() && !http.tls && http.certificate.is_none();
        let scheme = if plain { "http" } else { "https" };
        format!("{scheme}://{}", http.address).parse()
    }

    /// The node, as an officer or a bell.
    ///
    /// # Errors
    /// Where there is no token, or its file may be read by others.
    pub fn client(&self) -> Outcome<Client> {
        let token = self.token()?.ok_or_else(|| {
            Failure::refused(
                "not signed in: put your token in STANDCLEAR_TOKEN, or name its private file with --token-file; \
                 `standclear officer add` gives one",
            )
        })?;
        self.client_with(Some(token))
    }

    /// The node, as an administrator: with the folder's own token, or one given.
    ///
    /// # Errors
    /// As [`Options::client`].
    pub fn administrator(&self) -> Outcome<Client> {
        let own = self.folder().join("admin.token");
        match self.token_file.is_none() && own.exists() {
            true => self.client_with(Some(read_token(&own)?)),
            false if self.never_ran() => Err(Failure::new(
                Exit::Unreachable,
                format!(
                    "no node has run in `{}` yet: start it with `standclear serve`, which makes admin.token where that is missing",
                    self.folder().display()
                ),
            )),
            false => self.client(),
        }
    }

    /// Whether this is the folder of a party whose node has not made its token yet, and nothing else was named.
    fn never_ran(&self) -> bool {
        let named = [
            "STANDCLEAR_NODE",
            "STANDCLEAR_TOKEN",
            "STANDCLEAR_TOKEN_FILE",
        ];
        self.node.is_none()
            && self.token_file.is_none()
            && named.into_iter().all(|name| variable(name).is_none())
            && self.folder().join("manifest").exists()
    }

    /// The node, with no token.
    ///
    /// # Errors
    /// Where the address or the authority is of no use.
    pub fn anonymous(&self) -> Outcome<Client> {
        self.client_with(None)
    }

    fn client_with(&self, token: Option<String>) -> Outcome<Client> {
        let address = self.address()?;
        let client = Client::new(address, token, &self.trust())?;
        Ok(client.directed(self.order()).says(self.style()))
    }

    /// On whose order it is done, if on anybody's: as the node is told.
    fn order(&self) -> Option<String> {
        let by = self.directed_by.as_deref()?;
        let order = json!({"by": by, "words": self.words, "dissent": self.dissent});
        Some(base64(&order.to_string().into_bytes().into()))
    }

    /// How the node is known: by what was named, or by what is in the folder. A node of this folder is on this machine.
    fn trust(&self) -> Trust {
        let named = self.ca.clone();
        if let Some(named) = named.or_else(|| variable("STANDCLEAR_CA").map(PathBuf::from)) {
            return Trust::Authority(Some(named));
        }
        let folder = self.folder();
        let own = folder.join("ca/authority.crt");
        let own = own.exists().then_some(own);
        if self.node.is_some() || variable("STANDCLEAR_NODE").is_some() {
            return Trust::Authority(own);
        }
        // A node.toml that cannot be read any more must not keep a desk from its running node.
        let config = Config::read(&folder).ok();
        match (config.and_then(|config| config.http.certificate), own) {
            (Some(certificate), _) => Trust::Certificate(folder.join(certificate)),
            (None, Some(own)) => Trust::OwnAuthority(own),
            (None, None) => Trust::Authority(None),
        }
    }

    fn token(&self) -> Outcome<Option<String>> {
        if let Some(path) = &self.token_file {
            return read_token(path).map(Some);
        }
        if let Some(token) = variable("STANDCLEAR_TOKEN") {
            return Ok(Some(token.trim().to_owned()));
        }
        let named = variable("STANDCLEAR_TOKEN_FILE").map(PathBuf::from);
        named.map(|path| read_token(&path)).transpose()
    }
}

fn read_token(path: &Path) -> Outcome<String> {
    let bytes = files::read(path).or_refuse()?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}
