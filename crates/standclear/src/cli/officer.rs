//! Accounts on a node. The folder's owner makes them; a running node sees each change at once.

use super::online;
use crate::exit::{Failure, OrExit as _, Outcome};
use crate::options::Options;
use crate::output::{Table, dtg, or_dash};
use clap::{Args, Subcommand, ValueEnum};
use node::auth::{LINK_FOR, Officers, Right};
use node::clock;
use node::http::identity::Me;
use node::model::code::{Desk, Role};
use node::model::ids::{ElementId, OfficerId};
use node::party::files;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub enum Officer {
    /// Add an account; its token is shown once
    Add(Add),
    /// Who has an account
    List,
    /// Take an account away; tokens, links and sessions end with it
    Remove {
        /// The account
        name: OfficerId,
    },
    /// A one-time link that signs a browser in to the console, good for 15 minutes
    Link {
        /// The account
        name: OfficerId,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Rights {
    /// Acts for desks
    Officer,
    /// May also administer lines, manifests and epochs
    Administrator,
    /// Listens to alarms of a desk, and nothing else
    Bell,
    /// Reads the metrics, and nothing else
    Metrics,
}

#[derive(Args, Debug)]
pub struct Add {
    /// A short name. It stays on this node
    name: OfficerId,
    /// A desk to act for: air, ground, protection, senior; may be given more than once. An officer of the senior desk may
    /// take the calls of every desk
    #[arg(long)]
    desk: Vec<Desk>,
    /// What the account may do
    #[arg(long, default_value = "officer")]
    right: Rights,
    /// In which role they speak; the other party is told the role, never the name. watch: on duty at the desk. liaison:
    /// sent to the other party, or between. commander: decides for the force. interpreter: passes on, and takes and answers
    /// no stop call. represented: an element that this party speaks for, named with --element; such an account sees and does
    /// what is that element's alone
    #[arg(long, default_value = "watch")]
    role: Role,
    /// With --role represented: the element that they speak for, and for no other
    #[arg(long, value_name = "ELEMENT")]
    element: Option<ElementId>,
    /// Write the token into this private file instead of showing it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct SignIn {
    /// The code, as `standclear officer link` shows it
    code: String,
    /// The private file for the session's token
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Officer {
    pub fn run(self, options: &Options) -> Outcome {
        let folder = options.party_folder()?;
        let officers = Officers::in_folder(&folder);
        match self {
            Officer::Add(add) => add.run(options, &officers),
            Officer::List => list(options, &officers),
            Officer::Remove { name } => {
                officers.remove(name).or_refuse()?;
                options
                    .style()
                    .show(&json!({"removed": name.as_str()}), |_| {
                        format!("{name} is removed")
                    })
            }
            Officer::Link { name } => {
                let code = officers.link(name).or_refuse()?;
                let until = clock::now().saturating_add(LINK_FOR).as_unix_ms();
                // Behind the `#` it is not sent with the request, so that no log and no proxy sees it.
                let page = format!("{}/#sign-in={code}", options.address()?);
                let said =
                    json!({"name": name.as_str(), "code": code, "open": page, "until": until});
                options.style().show(&said, |_| {
                    format!(
                        "{page}\ngood once, until {}: open it in a browser; without one, standclear sign-in {code} --out FILE",
                        dtg(until)
                    )
                })
            }
        }
    }
}

impl Add {
    fn run(self, options: &Options, officers: &Officers) -> Outcome {
        let right = match self.right {
            Rights::Officer => Right::Officer,
            Rights::Administrator => Right::Administrator,
            Rights::Bell => Right::Bell,
            Rights::Metrics => Right::Metrics,
        };
        let represented = self.role == Role::Represented;
        let for_desk = !self.desk.is_empty() || right != Right::Officer;
        if represented != self.element.is_some() || (represented && for_desk) {
            return Err(Failure::usage(
                "who speaks for an element has --role represented and --element ELEMENT, and no desk; nobody else has an element",
            ));
        }
        let needs_desk = matches!(right, Right::Officer | Right::Bell) && !represented;
        if needs_desk && self.desk.is_empty() {
            return Err(Failure::usage(
                "name a desk to act for: --desk air, ground, protection or senior",
            ));
        }
        if self.role == Role::Node {
            return Err(Failure::usage(
                "`node` is the role of the node itself: take watch, liaison, commander, interpreter or represented",
            ));
        }
        if let Some(path) = self.out.as_deref().filter(|path| path.exists()) {
            return Err(Failure::refused(format!(
                "`{}` is there already: name another file for the token",
                path.display()
            )));
        }
        let added = match self.element {
            Some(element) => officers.add_represented(self.name, element),
            None => officers.add(self.name, right, self.desk, self.role),
        };
        let token = added.or_refuse()?;
        match &self.out {
            None => {
                let said = json!({"name": self.name.as_str(), "token": token});
                options.style().show(&said, |_| {
                    format!(
                        "{token}\nshown once: give it to {}, who keeps it in a file of mode 0600",
                        self.name
                    )
                })
            }
            Some(path) => write_token(options, self.name.as_str(), path, &token),
        }
    }
}

fn write_token(options: &Options, name: &str, path: &Path, token: &str) -> Outcome {
    files::write_new(path, token.as_bytes()).or_refuse()?;
    let said = json!({"name": name, "token_file": path});
    options.style().show(&said, |_| {
        format!("the token of {name} is in {}", path.display())
    })
}

fn list(options: &Options, officers: &Officers) -> Outcome {
    let shown = |officer: &node::auth::Officer| {
        json!({
            "name": officer.name.as_str(),
            "right": right(officer.right),
            "desks": officer.desks.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "role": officer.role.to_string(),
            "element": officer.element.map(|element| element.to_string()),
        })
    };
    let listed = officers.list().or_refuse()?;
    let all: Vec<_> = listed.iter().map(shown).collect();
    options.style().show(&all, |_| {
        let mut table = Table::new(
            &["name", "right", "desks", "role", "element"],
            "nobody has an account: standclear officer add NAME --desk air",
        );
        for officer in &listed {
            let desks = officer
                .desks
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ");
            table.row([
                officer.name.to_string(),
                right(officer.right).to_owned(),
                desks,
                officer.role.to_string(),
                or_dash(
                    officer
                        .element
                        .map(|element| element.to_string())
                        .as_deref(),
                ),
            ]);
        }
        table.to_string()
    })
}

fn right(right: Right) -> &'static str {
    match right {
        Right::Officer => "officer",
        Right::Administrator => "administrator",
        Right::Bell => "bell",
        Right::Metrics => "metrics",
    }
}

impl SignIn {
    pub fn run(self, options: &Options) -> Outcome {
        if self.out.exists() {
            return Err(Failure::refused(format!(
                "`{}` is there already: name another file for the token",
                self.out.display()
            )));
        }
        let client = options.anonymous()?;
        let me: Me = online(client.post("/api/sessions", &json!({"code": self.code})))?;
        let token = me
            .token
            .ok_or_else(|| Failure::refused("the node gave no session: ask for another code"))?;
        write_token(options, &me.name, &self.out, &token)
    }
}
