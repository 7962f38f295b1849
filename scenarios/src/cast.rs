//! Whom a stage is set up with: parties, who sits at their desks, and what each two of them have agreed.

use crate::scenario::Scenario;
use serde::Deserialize;
use std::net::SocketAddr;

/// The most parties of one stage: each is a node, with bells, on this machine.
pub const MAX_PARTIES: usize = 4;

#[derive(Debug)]
pub struct Cast {
    pub parties: Vec<Member>,
    pub officers: Vec<Sitting>,
    /// One line each.
    pub agreements: Vec<Agreement>,
    /// The page that may show the consoles of all of them in frames, if there is one.
    pub framed_by: Option<SocketAddr>,
}

#[derive(Debug)]
pub struct Member {
    pub name: String,
    pub about: String,
}

/// An officer.
#[derive(Debug)]
pub struct Sitting {
    pub name: String,
    pub party: String,
    /// At least one.
    pub desks: Vec<String>,
    pub role: String,
    /// Whether they are on watch, at every desk of theirs, from the beginning.
    pub on_watch: bool,
}

/// What two parties sign.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    pub between: [String; 2],
    /// Of the arrangement. The set-up fills in [`LINE_ID`](crate::scenario::LINE_ID), which is chosen at random.
    pub text: String,
}

impl Agreement {
    pub fn is_of(&self, party: &str) -> bool {
        self.between.iter().any(|one| one == party)
    }
}

impl Cast {
    /// Of a scenario between two parties.
    pub fn of(scenario: &Scenario) -> Self {
        let parties = scenario.party.iter().map(|party| Member {
            name: party.name.clone(),
            about: party.about.clone(),
        });
        let officers = scenario.officer.iter().map(|officer| Sitting {
            name: officer.name.clone(),
            party: officer.party.clone(),
            desks: vec![officer.desk.clone()],
            role: officer.role.clone(),
            on_watch: officer.on_watch,
        });
        Self {
            parties: parties.collect(),
            officers: officers.collect(),
            // A scenario that was read is between exactly two.
            agreements: vec![Agreement {
                between: [0, 1].map(|at| scenario.party[at].name.clone()),
                text: scenario.arrangement.text.clone(),
            }],
            framed_by: None,
        }
    }
}
