//! Stop calls: made, to one party or to all of a desk; taken, answered, lifted, raised in error.

use super::timeline::{AnswerCall, By, Step, Stop};
use super::{Carried, Day, SHOWN_WITHIN, told};
use crate::failed::{Failed, must};
use crate::play::as_the_peer_says;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

impl<'a> Day<'a> {
    pub(super) fn stop(&mut self, step: &'a Step, act: &'a Stop) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        self.screen.act(&format!(
            "{} ({}, {} desk): STOP",
            officer.name, officer.party, act.desk
        ));
        let peers = self.peers(&seat)?;
        let body = json!({"desk": act.desk, "lines": act.lines, "slots": act.slots});
        let began = Instant::now();
        let made = seat.act("/api/calls", &body)?;
        must(made.get("not_understood").is_none(), || {
            format!("not all of the call was understood: {made}")
        })?;
        let all = made["stopped"].as_array().into_iter().flatten();
        let mut calls = Vec::new();
        for on in all {
            let own = seat.text(on, "/call")?;
            let there = peers.get(on["line"].as_str().unwrap_or_default());
            let call = Carried {
                peers: as_the_peer_says(&own),
                own,
                here: officer.party.clone(),
                there: there
                    .ok_or_else(|| seat.lacks(on, "a line of this node"))?
                    .clone(),
            };
            self.board.keep(&call.own);
            self.board.keep(&call.peers);
            calls.push(call);
        }
        // Lines have random identifiers, and the node goes by those.
        calls.sort_by(|one, other| one.there.cmp(&other.there));
        for call in &calls {
            let alarm =
                self.stage
                    .ear(&call.there)?
                    .hear("the stop call", SHOWN_WITHIN, |event| {
                        event["type"] == "alarm"
                            && event["kind"] == "stop-call"
                            && event["entry"] == call.peers.as_str()
                    })?;
            let what = format!(
                "request to the alarm on the screens of {}'s {} desk",
                call.there, act.desk
            );
            let (took, within) = (
                alarm.at - began,
                Duration::from_millis(act.alarm_within_ms.into()),
            );
            self.ledger.measured(&step.name, &what, took, Some(within));
            must(took <= within, || {
                format!(
                    "{what} took {} ms, and at most {} ms are allowed",
                    took.as_millis(),
                    within.as_millis()
                )
            })?;
        }
        self.calls.insert(&step.name, calls);
        self.all_see(&step.name, "sounding")
    }

    /// What each side's screens say of every call of `step`, once they call it `phase`.
    fn all_see(&self, step: &str, phase: &str) -> Result<(), Failed> {
        for call in self.made_calls(step)? {
            self.both_see_call(&call, phase)?;
        }
        Ok(())
    }

    fn both_see_call(&self, call: &Carried, phase: &str) -> Result<(), Failed> {
        for (party, name) in [(&call.here, &call.own), (&call.there, &call.peers)] {
            let what = format!("the call as `{phase}`");
            let shown = self.one(party, &what, "/api/calls", ("call", name), |shown| {
                shown["phase"] == phase
            })?;
            let to = match call.here == *party {
                true => format!(" to {}", call.there),
                false => format!(" from {}", call.here),
            };
            self.screen
                .answer(party, &format!("STOP CALL{to}, {}", told::call(&shown)));
        }
        Ok(())
    }

    fn phase(&self, party: &str, name: &str) -> Result<String, Failed> {
        let shown = self.one(party, "the call", "/api/calls", ("call", name), |_| true)?;
        Ok(shown["phase"].as_str().unwrap_or_default().to_owned())
    }

    pub(super) fn accept(&mut self, act: &'a By) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        let call = self.called(&act.of, &officer.party)?;
        let done = |day: &Self| Ok(day.phase(&call.there, &call.peers)? != "sounding");
        if self.leaves_to_them(&officer.party, "accept", done)? {
            return Ok(());
        }
        self.screen.act(&format!(
            "{} ({}; {}) accepts",
            officer.name, officer.party, officer.about
        ));
        seat.act(&format!("/api/calls/{}/accept", call.peers), &json!({}))?;
        self.both_see_call(&call, "accepted")
    }

    pub(super) fn answer_call(&mut self, act: &'a AnswerCall) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        let call = self.called(&act.of, &officer.party)?;
        let before = self.one(
            &call.there,
            "the call",
            "/api/calls",
            ("call", &call.peers),
            |_| true,
        )?;
        let answers = |shown: &Value| shown["answers"].as_array().map_or(0, Vec::len);
        let done = |day: &Self| {
            let shown = day.one(
                &call.there,
                "the call",
                "/api/calls",
                ("call", &call.peers),
                |_| true,
            )?;
            Ok(answers(&shown) > answers(&before) || shown["phase"] == act.phase.as_str())
        };
        if self.leaves_to_them(&officer.party, "answer-call", done)? {
            return Ok(());
        }
        self.screen.act(&format!(
            "{} ({}): {}",
            officer.name, officer.party, act.answer
        ));
        seat.act(
            &format!("/api/calls/{}/answer", call.peers),
            &json!({"answer": act.answer}),
        )?;
        self.both_see_call(&call, &act.phase)
    }

    pub(super) fn lift(&mut self, act: &'a By) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        let calls = self.made_calls(&act.of)?;
        let done = |day: &Self| {
            let mut all = true;
            for call in &calls {
                all &= day.phase(&call.here, &call.own)?.starts_with("lifted");
            }
            Ok(all)
        };
        if self.leaves_to_them(&officer.party, "lift", done)? {
            return Ok(());
        }
        self.screen
            .act(&format!("{} ({}): lifted", officer.name, officer.party));
        for call in &calls {
            seat.act(&format!("/api/calls/{}/lift", call.own), &json!({}))?;
        }
        self.all_see(&act.of, "lifted by the caller only")
    }

    pub(super) fn resume(&mut self, act: &'a By) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        let call = self.called(&act.of, &officer.party)?;
        let done = |day: &Self| Ok(day.phase(&call.there, &call.peers)? == "lifted by both");
        if self.leaves_to_them(&officer.party, "resume", done)? {
            return Ok(());
        }
        self.screen
            .act(&format!("{} ({}): resumed", officer.name, officer.party));
        seat.act(&format!("/api/calls/{}/resume", call.peers), &json!({}))?;
        self.both_see_call(&call, "lifted by both")
    }

    pub(super) fn raised_in_error(&mut self, act: &'a By) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        self.screen.act(&format!(
            "{} ({}): raised in error",
            officer.name, officer.party
        ));
        for call in self.made_calls(&act.of)? {
            seat.act(&format!("/api/calls/{}/error", call.own), &json!({}))?;
        }
        self.all_see(&act.of, "raised in error")
    }
}
