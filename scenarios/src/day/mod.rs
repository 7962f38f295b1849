//! Plays a day at the desks of several parties: everything that happens is done by an officer of one of them, over HTTP
//! as their screen would. What comes of it is looked for on the screens of both sides, and said in words.
//!
//! Played straight through, nothing is waited for but the nodes, and anything that comes out otherwise is a failure.
//! Played for a person, there are pauses; whatever they have done already is left to them, and a day that they took
//! another way goes on.

pub mod board;
mod calls;
mod notices;
mod owed;
pub mod page;
pub mod played;
mod record;
pub mod timeline;
mod told;
mod units;

use crate::failed::{Failed, must};
use crate::ledger::Ledger;
use crate::screen::Screen;
use crate::seat::Seat;
use crate::stage::Stage;
use board::Board;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use timeline::{Act, Officer, Step, Timeline};

/// How long what must come of an act may take.
const SHOWN_WITHIN: Duration = Duration::from_secs(10);
/// How often a screen is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// So many pauses the others wait when it is the person's turn.
const PATIENCE: u32 = 8;

/// How fast a day is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As fast as the nodes go.
    Straight,
    /// With pauses in which a person reads, and may act.
    Human(Duration),
}

/// What one line carries of a notice or a call, as each side names it.
#[derive(Clone)]
struct Carried {
    own: String,
    peers: String,
    here: String,
    there: String,
}

/// A notice that was entered, and what became of it.
struct Entered {
    draft: String,
    /// When, in Unix milliseconds: minutes are counted from here.
    base: i64,
    carried: Vec<Carried>,
}

pub struct Day<'a> {
    timeline: &'a Timeline,
    pub stage: Stage,
    pub screen: Screen,
    pub ledger: Ledger,
    board: Arc<Board>,
    pace: Pace,
    notices: BTreeMap<&'a str, Entered>,
    calls: BTreeMap<&'a str, Vec<Carried>>,
    /// Claims and warnings.
    record: BTreeMap<&'a str, Carried>,
}

impl<'a> Day<'a> {
    pub fn new(
        timeline: &'a Timeline,
        stage: Stage,
        screen: Screen,
        board: Arc<Board>,
        pace: Pace,
    ) -> Self {
        Self {
            timeline,
            stage,
            screen,
            ledger: Ledger::default(),
            board,
            pace,
            notices: BTreeMap::new(),
            calls: BTreeMap::new(),
            record: BTreeMap::new(),
        }
    }

    /// Plays every step. Straight through, the first that comes out otherwise ends it.
    ///
    /// # Errors
    /// [`Failed`], with the step's name.
    pub fn play(&mut self) -> Result<(), (String, Failed)> {
        let timeline = self.timeline;
        for step in &timeline.step {
            let when = (!step.added).then_some("2017");
            self.screen.step(when, &step.title.en);
            self.board.step(&step.title, &step.say);
            if let Some(reported) = &step.reported {
                self.screen.fact("reported", reported, "docs/domain.md");
            }
            self.screen.say(&step.say.en);
            self.pause(1);
            self.stage.forget_what_was_told();
            match (self.act(step), self.pace) {
                (Ok(()), _) => {
                    self.screen.held(&step.shows);
                    self.ledger.shown(&step.shows);
                }
                (Err(failed), Pace::Straight) => return Err((step.name.clone(), failed)),
                (Err(failed), Pace::Human(_)) => {
                    self.screen
                        .say(&format!("It went another way here: {failed}"));
                }
            }
        }
        self.board.over();
        Ok(())
    }

    fn act(&mut self, step: &'a Step) -> Result<(), Failed> {
        match &step.act {
            Act::Notice(act) => self.notice(step, act),
            Act::Release(act) => self.release_all_the_same(act),
            Act::Amend(act) => self.amend(act),
            Act::Conflict(act) => self.conflict(act),
            Act::ReadBack(act) => self.read_back(act),
            Act::Acknowledge(act) => self.acknowledge(act),
            Act::Units(act) => self.units(act),
            Act::CheckLine(act) => self.check_line(act),
            Act::Sweep(act) => self.sweep(act),
            Act::Stop(act) => self.stop(step, act),
            Act::Accept(act) => self.accept(act),
            Act::AnswerCall(act) => self.answer_call(act),
            Act::Lift(act) => self.lift(act),
            Act::Resume(act) => self.resume(act),
            Act::RaisedInError(act) => self.raised_in_error(act),
            Act::Claim(act) => self.claim(step, act),
            Act::AnswerClaim(act) => self.answer_claim(act),
            Act::Warn(act) => self.warn(step, act),
            Act::Receive(act) => self.receive(act),
        }
    }

    /// So many pauses, in which a person reads.
    fn pause(&self, times: u32) {
        if let Pace::Human(pause) = self.pace {
            thread::sleep(pause * times);
        }
    }

    /// Waits as long as a person of `party` would take `to` do it, or the person at the demonstration may; whether it was
    /// `done` meanwhile, by them.
    fn leaves_to_them(
        &self,
        party: &str,
        to: &'static str,
        mut done: impl FnMut(&Self) -> Result<bool, Failed>,
    ) -> Result<bool, Failed> {
        let Pace::Human(pause) = self.pace else {
            return Ok(false);
        };
        let began = Instant::now();
        loop {
            if done(self)? {
                self.board.your_turn(None);
                self.screen
                    .act(&format!("{party}: done at its desk, by you"));
                return Ok(true);
            }
            let yours = self.board.is_you(party);
            self.board.your_turn(yours.then_some(to));
            let patience = if yours { PATIENCE } else { 1 };
            if began.elapsed() >= pause * patience {
                self.board.your_turn(None);
                return Ok(false);
            }
            thread::sleep(pause / 20);
        }
    }

    fn officer(&self, name: &str) -> Result<(&'a Officer, Seat), Failed> {
        // Every name was checked when the timeline was read.
        let missing = || Failed::outcome(format!("there is no officer `{name}` in the timeline"));
        let officer = self.timeline.officer(name).ok_or_else(missing)?;
        Ok((officer, self.stage.seat(name)?))
    }

    /// The seat at the node of `party` whose screens are looked at.
    fn look(&self, party: &str) -> Result<Seat, Failed> {
        let missing = || Failed::outcome(format!("there is no party `{party}`"));
        self.stage
            .seat(&self.timeline.party(party).ok_or_else(missing)?.seat)
    }

    /// `asked` as the screens of `party` show it, once that is `meant`.
    fn shown(
        &self,
        party: &str,
        what: &str,
        path: &str,
        meant: impl Fn(&Value) -> bool,
    ) -> Result<Value, Failed> {
        let seat = self.look(party)?;
        let until = Instant::now() + SHOWN_WITHIN;
        loop {
            let shown = seat.read(path)?;
            if meant(&shown) {
                return Ok(shown);
            }
            must(Instant::now() < until, || {
                let shown: String = shown.to_string().chars().take(400).collect();
                format!("{party}'s screens did not show {what} within {SHOWN_WITHIN:?}: {shown}")
            })?;
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Of what the screens of `party` list at `path`, the one that `key` names `entry`, once it is `meant`.
    fn one(
        &self,
        party: &str,
        what: &str,
        path: &str,
        (key, entry): (&str, &str),
        meant: impl Fn(&Value) -> bool,
    ) -> Result<Value, Failed> {
        let found = |shown: &Value| {
            shown
                .as_array()
                .into_iter()
                .flatten()
                .find(|one| one[key] == entry)
                .cloned()
        };
        let shown = self.shown(party, what, path, |shown| {
            found(shown).is_some_and(|one| meant(&one))
        })?;
        found(&shown)
            .ok_or_else(|| Failed::outcome(format!("{party}'s screens do not show `{entry}`")))
    }

    /// Which party each line leads to, by the line's identifier, at the node of `seat`.
    fn peers(&self, seat: &Seat) -> Result<BTreeMap<String, String>, Failed> {
        let lines = seat.read("/api/lines")?;
        let lines = lines.as_array().into_iter().flatten();
        let named = |line: &Value| {
            Some((
                line["line"].as_str()?.to_owned(),
                line["peer"].as_str()?.to_owned(),
            ))
        };
        Ok(lines.filter_map(named).collect())
    }

    fn entered(&self, step: &str) -> Result<&Entered, Failed> {
        let missing = || Failed::outcome(format!("no notice of step `{step}` was let go"));
        self.notices.get(step).ok_or_else(missing)
    }

    /// What `party` is asked by the notice of `step`.
    fn notified(&self, step: &str, party: &str) -> Result<(Carried, i64), Failed> {
        let entered = self.entered(step)?;
        let carried = entered
            .carried
            .iter()
            .find(|carried| carried.there == party);
        let missing =
            || Failed::outcome(format!("the notice of step `{step}` did not go to {party}"));
        Ok((carried.ok_or_else(missing)?.clone(), entered.base))
    }

    fn made_calls(&self, step: &str) -> Result<Vec<Carried>, Failed> {
        let missing = || Failed::outcome(format!("step `{step}` made no call"));
        self.calls.get(step).cloned().ok_or_else(missing)
    }

    /// The call of `step` that came to `party`.
    fn called(&self, step: &str, party: &str) -> Result<Carried, Failed> {
        let mut calls = self.made_calls(step)?.into_iter();
        let found = calls.find(|call| call.there == party);
        found.ok_or_else(|| {
            Failed::outcome(format!("the call of step `{step}` did not go to {party}"))
        })
    }
}
