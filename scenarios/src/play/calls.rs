//! Stop calls: made, heard, taken, answered, lifted.

use super::{MadeCall, Play, TOLD_WITHIN, as_the_peer_says};
use crate::failed::{Failed, must};
use crate::scenario::{self, Details, OnCall, Standing, Step, Stop};
use crate::seat::Seat;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What a node said when it was asked to call.
pub(super) struct Called {
    pub call: MadeCall,
    pub on_its_way: bool,
    pub telephone: Vec<String>,
}

impl<'a> Play<'a> {
    pub(super) fn stop(&mut self, step: &'a Step, act: &'a Stop) -> Result<(), Failed> {
        let officer = self.officer(&act.by)?;
        self.screen.act(&format!(
            "{} ({}, {} desk): STOP",
            officer.name, officer.party, officer.desk
        ));
        let call = match act.trouble {
            None => self.plain_stop(step, act)?,
            Some(trouble) => self.troubled_stop(step, act, trouble)?,
        };
        self.calls.insert(&step.name, call);
        match act.taken_back {
            true => self.take_back(step, act),
            false => Ok(()),
        }
    }

    /// Nothing is in the way.
    fn plain_stop(&mut self, step: &'a Step, act: &'a Stop) -> Result<MadeCall, Failed> {
        let (officer, seat) = self.seat(&act.by)?;
        let desk = &officer.desk;
        seat.sit_down()?;
        let began = Instant::now();
        let called = self.call(&seat, desk)?;
        let answered = began.elapsed();
        must(called.on_its_way, || {
            "the caller's node says that the call is not on its way".into()
        })?;
        let call = called.call;
        let there = call.called.clone();
        let alarmed = self.alarm_of(&call, TOLD_WITHIN)?;
        let rung = self.bell_of(&call, desk)?;
        let signed = self
            .stage
            .hear_delivered(&call.caller, &call.own, TOLD_WITHIN)?;
        let within = Some(Duration::from_millis(act.alarm_within_ms.into()));
        for (what, at, within) in [
            (
                format!("request to the alarm on the screens of {there}'s {desk} desk"),
                alarmed,
                within,
            ),
            (
                format!("request to the bell of {there}'s {desk} desk"),
                rung,
                within,
            ),
            (
                format!("request to {there}'s signature for it on the caller's screen"),
                signed,
                None,
            ),
        ] {
            self.measured(step, &what, at - began, within)?;
        }
        self.measured(
            step,
            "request to the answer: on the caller's disk, and on its way",
            answered,
            None,
        )?;
        self.phase(&there, &call.peers, "sounding")?;
        Ok(call)
    }

    /// When the bell of the called desk had it.
    fn bell_of(&mut self, call: &MadeCall, desk: &str) -> Result<Instant, Failed> {
        let bell = self.stage.bell(&call.called, desk)?;
        let rung = bell.hear("the stop call", TOLD_WITHIN, |event| {
            event["type"] == "alarm" && event["entry"] == call.peers.as_str()
        })?;
        Ok(rung.at)
    }

    /// Makes a stop call on the one line there is.
    pub(super) fn call(&self, seat: &Seat, desk: &str) -> Result<Called, Failed> {
        let answer = seat.act("/api/calls", &json!({"desk": desk}))?;
        self.called(seat, &answer)
    }

    fn called(&self, seat: &Seat, answer: &Value) -> Result<Called, Failed> {
        let own = seat.text(answer, "/stopped/0/call")?;
        let numbers = answer
            .pointer("/stopped/0/telephone")
            .and_then(Value::as_array);
        Ok(Called {
            on_its_way: answer.pointer("/stopped/0/on_its_way") == Some(&Value::Bool(true)),
            telephone: numbers
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            call: self.between(seat.node(), own)?,
        })
    }

    /// The call that `caller` names `own`.
    pub(super) fn between(&self, caller: &str, own: String) -> Result<MadeCall, Failed> {
        Ok(MadeCall {
            peers: as_the_peer_says(&own),
            own,
            caller: caller.to_owned(),
            called: self.other(caller)?,
        })
    }

    /// When the called desk's alarm was heard.
    pub(super) fn alarm_of(
        &mut self,
        call: &MadeCall,
        within: Duration,
    ) -> Result<Instant, Failed> {
        let heard =
            self.stage
                .ear(&call.called)?
                .hear("an alarm of the stop call", within, |event| {
                    event["type"] == "alarm"
                        && event["kind"] == "stop-call"
                        && event["entry"] == call.peers.as_str()
                })?;
        Ok(heard.at)
    }

    /// What was shown was only the call: the caller says so, and the alarm ends at the other desk.
    fn take_back(&mut self, step: &'a Step, act: &'a Stop) -> Result<(), Failed> {
        let seat = self.stage.seat(&act.by)?;
        let call = self.made_call(&step.name)?;
        let (own, peers, called) = (call.own.clone(), call.peers.clone(), call.called.clone());
        seat.act(&format!("/api/calls/{own}/error"), &json!({}))?;
        self.alarm_ends(&called, &peers)?;
        self.phase(&called, &peers, "raised in error")?;
        self.screen.answer(
            &called,
            "the caller says that it was raised in error; the alarm has ended",
        );
        Ok(())
    }

    fn alarm_ends(&mut self, party: &str, call: &str) -> Result<Instant, Failed> {
        let alarm = format!("stop-call:{call}");
        let ended = self
            .stage
            .ear(party)?
            .hear("the end of the alarm", TOLD_WITHIN, |event| {
                event["type"] == "alarm-ended" && event["alarm"] == alarm.as_str()
            })?;
        Ok(ended.at)
    }

    /// The call as the screens of `party` show it.
    pub(super) fn call_at(&self, party: &str, call: &str) -> Result<Value, Failed> {
        self.look(party)?.read(&format!("/api/calls/{call}"))
    }

    /// Checks what the screens of `party` say about the call, in one word.
    fn phase(&self, party: &str, call: &str, phase: &str) -> Result<(), Failed> {
        let shown = self.call_at(party, call)?["phase"]
            .as_str()
            .unwrap_or("nothing")
            .to_owned();
        must(shown == phase, || {
            format!("{party}'s screens say `{shown}` of the call, not `{phase}`")
        })
    }

    pub(super) fn details(&mut self, step: &'a Step, act: &'a Details) -> Result<(), Failed> {
        let (officer, seat) = self.seat(&act.by)?;
        let call = self.made_call(&act.of)?;
        let (own, peers, called) = (call.own.clone(), call.peers.clone(), call.called.clone());
        self.screen.act(&format!(
            "{} ({}): {}, {}, {}",
            officer.name, officer.party, act.whom, act.cause, act.place
        ));
        let body =
            json!({"slots": {"place": act.place, "stop-whom": act.whom, "stop-cause": act.cause}});
        let began = Instant::now();
        let said = seat.act(&format!("/api/calls/{own}/details"), &body)?;
        let told = self
            .stage
            .ear(&called)?
            .hear("the details", TOLD_WITHIN, |event| {
                event["what"] == "stop-details"
            })?;
        self.measured(
            step,
            &format!("request to the details at {called}'s desk"),
            told.at - began,
            None,
        )?;
        let shown = self.call_at(&called, &peers)?;
        let says = |name: &str| {
            shown
                .pointer(&format!("/details/{name}"))
                .and_then(Value::as_str)
                .unwrap_or("nothing")
                .to_owned()
        };
        let (whom, cause, place) = (says("stop-whom"), says("stop-cause"), says("place/decimal"));
        must((&whom, &cause) == (&act.whom, &act.cause), || {
            format!("{called} shows {whom}, {cause}")
        })?;
        self.doubts(
            act.doubted,
            &officer.party,
            said.pointer("/stopped/0/warnings/0/text"),
        )?;
        self.doubts(act.doubted, &called, shown.pointer("/warnings/0/text"))?;
        must(shown["accepted_at"].is_null(), || {
            "the call was accepted before its details came".into()
        })?;
        self.screen.answer(
            &called,
            &format!(
                "{whom}, {cause}, at {place} ({}); nobody has accepted yet",
                says("place/mgrs")
            ),
        );
        Ok(())
    }

    /// What a node says of the place by itself: a doubt, or none.
    fn doubts(&mut self, expected: bool, party: &str, said: Option<&Value>) -> Result<(), Failed> {
        let said = said.and_then(Value::as_str);
        must(said.is_some() == expected, || {
            format!("{party} says of the place: {said:?}")
        })?;
        if let Some(said) = said {
            self.screen.answer(party, &format!("WARNING: {said}"));
        }
        Ok(())
    }

    pub(super) fn accept(&mut self, step: &'a Step, act: &'a OnCall) -> Result<(), Failed> {
        let (officer, seat) = self.seat(&act.by)?;
        let call = self.made_call(&act.of)?;
        let (own, peers) = (call.own.clone(), call.peers.clone());
        let (caller, called) = (call.caller.clone(), call.called.clone());
        for other in self
            .scenario
            .officer
            .iter()
            .filter(|other| other.party == called && other.name != officer.name)
        {
            self.screen.say(&format!("{}: {}", other.name, other.about));
        }
        self.screen.act(&format!(
            "{} ({}; {}) accepts",
            officer.name, officer.party, officer.about
        ));
        let began = Instant::now();
        seat.act(&format!("/api/calls/{peers}/accept"), &json!({}))?;
        let ended = self.alarm_ends(&called, &peers)?;
        let seen = self.told_of(&caller, "stop-acceptance")?;
        self.measured(
            step,
            "acceptance to the end of the alarm",
            ended - began,
            None,
        )?;
        self.measured(
            step,
            "acceptance to the caller's screen",
            seen - began,
            None,
        )?;
        self.phase(&called, &peers, "accepted")?;
        self.phase(&caller, &own, "accepted")
    }

    fn told_of(&mut self, party: &str, what: &str) -> Result<Instant, Failed> {
        Ok(self
            .stage
            .ear(party)?
            .hear(what, TOLD_WITHIN, |event| event["what"] == what)?
            .at)
    }

    pub(super) fn answer(
        &mut self,
        step: &'a Step,
        act: &'a scenario::Answer,
    ) -> Result<(), Failed> {
        let (officer, seat) = self.seat(&act.by)?;
        let call = self.made_call(&act.of)?;
        let (own, peers, caller) = (call.own.clone(), call.peers.clone(), call.caller.clone());
        self.screen.act(&format!(
            "{} ({}): {}",
            officer.name, officer.party, act.answer
        ));
        let began = Instant::now();
        seat.act(
            &format!("/api/calls/{peers}/answer"),
            &json!({"answer": act.answer}),
        )?;
        let seen = self.told_of(&caller, "stop-answer")?;
        self.measured(step, "answer to the caller's screen", seen - began, None)?;
        self.screen.answer(&caller, &act.phase);
        self.phase(&caller, &own, &act.phase)
    }

    pub(super) fn lift(&mut self, act: &'a OnCall) -> Result<(), Failed> {
        let (officer, seat) = self.seat(&act.by)?;
        let own = self.made_call(&act.of)?.own.clone();
        self.screen
            .act(&format!("{} ({}): lifted", officer.name, officer.party));
        seat.act(&format!("/api/calls/{own}/lift"), &json!({}))?;
        self.both_say(&act.of, "stop-lifted", "lifted by the caller only")
    }

    pub(super) fn resume(&mut self, act: &'a OnCall) -> Result<(), Failed> {
        let (officer, seat) = self.seat(&act.by)?;
        let peers = self.made_call(&act.of)?.peers.clone();
        self.screen
            .act(&format!("{} ({}): resumed", officer.name, officer.party));
        seat.act(&format!("/api/calls/{peers}/resume"), &json!({}))?;
        self.both_say(&act.of, "stop-resumed", "lifted by both")
    }

    /// Once both have been told of `what`, both screens say `phase`.
    fn both_say(&mut self, of: &str, what: &str, phase: &str) -> Result<(), Failed> {
        let call = self.made_call(of)?;
        let sides = [
            (call.caller.clone(), call.own.clone()),
            (call.called.clone(), call.peers.clone()),
        ];
        for (party, name) in sides {
            self.told_of(&party, what)?;
            self.phase(&party, &name, phase)?;
            self.screen.answer(&party, phase);
        }
        Ok(())
    }

    pub(super) fn standing(&mut self, act: &'a Standing) -> Result<(), Failed> {
        let (officer, seat) = self.seat(&act.by)?;
        self.screen.act(&format!(
            "{} ({}): the line is {}",
            officer.name, officer.party, act.standing
        ));
        let line = self.stage.line().to_owned();
        seat.act(
            &format!("/api/lines/{line}/standing"),
            &json!({"standing": act.standing}),
        )?;
        let other = self.other(&officer.party)?;
        for (party, whose) in [
            (officer.party.clone(), "standing_own"),
            (other, "standing_peer"),
        ] {
            self.told_of(&party, "standing")?;
            let shown = self.stage.line_at(&self.look(&party)?)?;
            let says = shown[whose].as_str().unwrap_or("nothing").to_owned();
            must(says == act.standing, || {
                format!("{party} shows the line as {says}")
            })?;
            self.screen
                .answer(&party, &format!("{} says: {says}", officer.party));
        }
        Ok(())
    }
}
