//! What the page beside the desks says now, and which party the person who looks at it plays.

use super::timeline::Words;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Default)]
pub struct Board(Mutex<State>);

#[derive(Default)]
struct State {
    shown: Shown,
    opened: bool,
    /// Entries, by either side's name, that the timeline still sees to.
    kept: BTreeSet<String>,
}

/// What the page shows beside the desks.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Shown {
    /// From 1; 0 before the first.
    pub step: usize,
    pub steps: usize,
    pub title: Words,
    pub say: Words,
    /// The party that the person plays; none: all are played.
    pub you: Option<String>,
    /// What it is their turn to do, while the others wait: the act's name in a timeline.
    pub your_turn: Option<&'static str>,
    /// The timeline is at its end; whoever is not played by the person goes on answering.
    pub over: bool,
}

impl Board {
    /// A page of `steps` on which the person plays `you`.
    pub fn new(steps: usize, you: Option<String>) -> Self {
        let shown = Shown {
            steps,
            you,
            ..Shown::default()
        };
        Self(Mutex::new(State {
            shown,
            ..State::default()
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is whole: whatever a panic elsewhere left is valid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn shown(&self) -> Shown {
        self.state().shown.clone()
    }

    pub fn step(&self, title: &Words, say: &Words) {
        let mut state = self.state();
        state.shown.step += 1;
        state.shown.title = title.clone();
        state.shown.say = say.clone();
    }

    pub fn plays(&self, party: Option<String>) {
        self.state().shown.you = party;
    }

    /// Whether the person plays `party`.
    pub fn is_you(&self, party: &str) -> bool {
        self.state().shown.you.as_deref() == Some(party)
    }

    pub fn your_turn(&self, to: Option<&'static str>) {
        self.state().shown.your_turn = to;
    }

    pub fn open(&self) {
        self.state().opened = true;
    }

    pub fn is_open(&self) -> bool {
        self.state().opened
    }

    /// The timeline sees to what `entry` asks of anyone.
    pub fn keep(&self, entry: &str) {
        self.state().kept.insert(entry.to_owned());
    }

    pub fn is_kept(&self, entry: &str) -> bool {
        self.state().kept.contains(entry)
    }

    /// The timeline is at its end, and sees to nothing any more.
    pub fn over(&self) {
        let mut state = self.state();
        state.shown.over = true;
        state.shown.your_turn = None;
        state.kept.clear();
    }
}
