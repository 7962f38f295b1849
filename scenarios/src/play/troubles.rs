//! Stop calls while the machines fail: a cut path, a node killed on either side.

use super::{MadeCall, Play};
use crate::failed::{Failed, must};
use crate::scenario::{Step, Stop, Trouble};
use crate::seat::{Answer, Seat};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Within which the caller must be told that the call was not delivered. The arrangement asks for less.
const TOLD_UNDELIVERED_WITHIN: Duration = Duration::from_secs(10);
/// Within which two nodes that were restarted find each other and pass on what waited.
const BACK_WITHIN: Duration = Duration::from_secs(45);

/// How the command line ends where a stop call is not made, for whatever reason (docs/cli.md).
const TELEPHONE: i32 = 4;

impl<'a> Play<'a> {
    pub(super) fn troubled_stop(
        &mut self,
        step: &'a Step,
        act: &'a Stop,
        trouble: Trouble,
    ) -> Result<MadeCall, Failed> {
        match trouble {
            Trouble::PathCut => self.stop_on_a_cut_path(step, act),
            Trouble::CallerKilled { after_ms } => self.stop_as_the_caller_dies(step, act, after_ms),
            Trouble::CallerKilledAfterwards => self.stop_and_the_caller_dies(step, act),
            Trouble::CalledKilled => self.stop_as_the_called_dies(step, act),
        }
    }

    fn stop_on_a_cut_path(&mut self, step: &'a Step, act: &'a Stop) -> Result<MadeCall, Failed> {
        let (officer, seat) = self.seat(&act.by)?;
        self.screen.say("The path is cut.");
        self.stage.cut();
        let began = Instant::now();
        let called = self.call(&seat, &officer.desk)?;
        let call = called.call;
        let alarm = format!("stop-not-delivered:{}", call.own);
        let told = self.stage.ear(&call.caller)?.hear(
            "the call not being delivered",
            TOLD_UNDELIVERED_WITHIN,
            |event| event["type"] == "alarm" && event["alarm"] == alarm.as_str(),
        )?;
        self.measured(
            step,
            "request to the caller being told: not delivered",
            told.at - began,
            Some(TOLD_UNDELIVERED_WITHIN),
        )?;
        must(!called.telephone.is_empty(), || {
            "the caller is given no number to telephone".into()
        })?;
        self.screen.answer(
            &call.caller,
            &format!("NOT DELIVERED: telephone {}", called.telephone.join(", ")),
        );
        self.not_there(&call)?;
        self.screen.say("The path is mended.");
        let mended = Instant::now();
        self.stage.mend();
        self.arrives(step, act, &call, "mended path to the alarm", mended)?;
        self.stage
            .ear(&call.caller)?
            .hear("the end of that alarm", BACK_WITHIN, |event| {
                event["type"] == "alarm-ended" && event["alarm"] == alarm.as_str()
            })?;
        self.screen
            .answer(&call.caller, "delivered; the alarm has ended");
        Ok(call)
    }

    /// The called desk knows nothing of the call yet.
    fn not_there(&self, call: &MadeCall) -> Result<(), Failed> {
        let calls = self.look(&call.called)?.read("/api/calls")?;
        let there = calls
            .as_array()
            .into_iter()
            .flatten()
            .any(|shown| shown["call"] == call.peers.as_str());
        must(!there, || {
            format!("{} has the call, and the path is cut", call.called)
        })
    }

    /// The call alarms at the other desk, in time after `since`, and the caller has the signature for it.
    fn arrives(
        &mut self,
        step: &'a Step,
        act: &'a Stop,
        call: &MadeCall,
        what: &str,
        since: Instant,
    ) -> Result<(), Failed> {
        let alarmed = self.alarm_of(call, BACK_WITHIN)?;
        let within = Duration::from_millis(act.alarm_within_ms.into());
        match alarmed.checked_duration_since(since) {
            Some(took) => self.measured(
                step,
                &format!("{what} at {}", call.called),
                took,
                Some(within),
            )?,
            None => self.screen.answer(&call.called, "it had alarmed before"),
        }
        self.delivered(call)
    }

    /// Waits until the caller's screen says that the other side has signed for it.
    fn delivered(&self, call: &MadeCall) -> Result<(), Failed> {
        let until = Instant::now() + BACK_WITHIN;
        while self.call_at(&call.caller, &call.own)?["delivered"].is_null() {
            must(Instant::now() < until, || {
                format!("{} has no signature for the call", call.caller)
            })?;
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The officer sees no answer, and is told so. After the restart they look, and call again only if their call is not
    /// there.
    fn stop_as_the_caller_dies(
        &mut self,
        step: &'a Step,
        act: &'a Stop,
        after_ms: u32,
    ) -> Result<MadeCall, Failed> {
        let (officer, seat) = self.seat(&act.by)?;
        let caller = officer.party.clone();
        let before = own_calls(&seat)?;
        let numbers = telephone(&seat)?;
        let answered = self.request_and_kill(&seat, &officer.desk, after_ms)?;
        let how = match answered {
            true => "It had answered",
            false => "It gave no answer",
        };
        self.screen.say(&format!(
            "{caller}'s node is killed with -9, {after_ms} ms after the request was sent. {how}."
        ));
        self.told_that_it_is_deaf(step, act, &numbers)?;
        let restarted = Instant::now();
        self.stage.start(&caller)?;
        let seat = self.stage.seat(&act.by)?;
        let after = own_calls(&seat)?;
        let call = match after.difference(&before).next() {
            Some(own) => {
                self.screen.answer(
                    &caller,
                    "started again; the call is in the journal, nothing is to be repeated",
                );
                self.between(&caller, own.clone())?
            }
            None => {
                must(!answered, || {
                    "the node said that it has the call, and has lost it".into()
                })?;
                self.screen.answer(
                    &caller,
                    "started again; the call is not in the journal: the officer calls again",
                );
                self.call(&seat, &officer.desk)?.call
            }
        };
        self.arrives(
            step,
            act,
            &call,
            "start of the caller's node to the alarm",
            restarted,
        )?;
        must(own_calls(&seat)?.len() == before.len() + 1, || {
            "there is more than one call".into()
        })?;
        Ok(call)
    }

    /// Sends the request, and kills the node so much later; whether it had answered.
    fn request_and_kill(&mut self, seat: &Seat, desk: &str, after_ms: u32) -> Result<bool, Failed> {
        let (sent, sending) = mpsc::channel();
        let (seat, body) = (seat.clone(), json!({"desk": desk}));
        seat.sit_down()?;
        let caller = seat.node().to_owned();
        let request = thread::spawn(move || {
            // The other end waits for it.
            let _ = sent.send(());
            matches!(seat.try_to("/api/calls", &body), Ok(Answer::Taken(_)))
        });
        // Where the thread could not say so, the request was made, or never will be: both are looked at.
        let _ = sending.recv();
        thread::sleep(Duration::from_millis(after_ms.into()));
        self.stage.kill(&caller);
        request
            .join()
            .map_err(|_| Failed::outcome("the request was not made"))
    }

    /// With no node, the command line says so at once, and whom to telephone.
    fn told_that_it_is_deaf(
        &mut self,
        step: &'a Step,
        act: &'a Stop,
        numbers: &[String],
    ) -> Result<(), Failed> {
        let officer = self.officer(&act.by)?;
        let typed = ["stop", "--desk", &officer.desk];
        self.screen.act(&format!(
            "{} ({}): standclear {}",
            officer.name,
            officer.party,
            typed.join(" ")
        ));
        let began = Instant::now();
        let (code, says) = self.stage.type_as(&act.by, &typed)?;
        let told = began.elapsed();
        let deaf = says
            .lines()
            .find(|line| line.contains("THIS DESK IS DEAF"))
            .unwrap_or_default();
        let telephone = says
            .lines()
            .find(|line| numbers.iter().all(|number| line.contains(number)));
        let telephone = telephone
            .ok_or_else(|| Failed::outcome(format!("no number to telephone is given: {says}")))?;
        must(code == Some(TELEPHONE) && !deaf.is_empty(), || {
            format!("with its node dead, `standclear stop` ended with {code:?} and said: {says}")
        })?;
        self.screen.answer(
            &officer.party,
            &format!("{} {}", deaf.trim(), telephone.trim()),
        );
        self.measured(
            step,
            "command to the caller being told: this desk is deaf",
            told,
            Some(TOLD_UNDELIVERED_WITHIN),
        )
    }

    /// The node has said that it has the call, which could not leave; after the restart it sends it by itself.
    fn stop_and_the_caller_dies(
        &mut self,
        step: &'a Step,
        act: &'a Stop,
    ) -> Result<MadeCall, Failed> {
        let (officer, seat) = self.seat(&act.by)?;
        self.screen.say("The path is cut.");
        self.stage.cut();
        let call = self.call(&seat, &officer.desk)?.call;
        self.stage.kill(&call.caller);
        self.screen.say(&format!(
            "{}'s node has said that it has the call, and is killed with -9. What was on the path is lost.",
            call.caller
        ));
        self.stage.lose();
        self.not_there(&call)?;
        self.stage.mend();
        let restarted = Instant::now();
        self.stage.start(&call.caller)?;
        self.arrives(
            step,
            act,
            &call,
            "start of the caller's node to the alarm",
            restarted,
        )?;
        Ok(call)
    }

    /// The called node dies as it alarms, before or after the call is on its disk.
    fn stop_as_the_called_dies(
        &mut self,
        step: &'a Step,
        act: &'a Stop,
    ) -> Result<MadeCall, Failed> {
        let (officer, seat) = self.seat(&act.by)?;
        let began = Instant::now();
        let call = self.call(&seat, &officer.desk)?.call;
        let alarmed = self.alarm_of(&call, BACK_WITHIN)?;
        self.stage.kill(&call.called);
        let within = Duration::from_millis(act.alarm_within_ms.into());
        self.measured(
            step,
            &format!("request to the alarm at {}", call.called),
            alarmed - began,
            Some(within),
        )?;
        self.screen.say(&format!(
            "{}'s node is killed with -9 at its alarm, and started again.",
            call.called
        ));
        let restarted = Instant::now();
        self.stage.start(&call.called)?;
        let again = self.alarm_of(&call, BACK_WITHIN)?;
        let took = again.saturating_duration_since(restarted);
        self.measured(
            step,
            &format!(
                "start of the called node to the same alarm at {}",
                call.called
            ),
            took,
            None,
        )?;
        self.delivered(&call)?;
        Ok(call)
    }
}

/// The numbers on which the other side is reached, as the node knows them now.
fn telephone(seat: &Seat) -> Result<Vec<String>, Failed> {
    let lines = seat.read("/api/fallback")?;
    let desks = lines
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|line| line["telephone"].as_array());
    let numbers = desks
        .flatten()
        .filter_map(|desk| desk["numbers"].as_array())
        .flatten();
    let numbers: Vec<String> = numbers
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    must(!numbers.is_empty(), || {
        "the node knows no number to telephone".into()
    })?;
    Ok(numbers)
}

/// The calls that this node has made, as far as they are in view.
fn own_calls(seat: &Seat) -> Result<BTreeSet<String>, Failed> {
    let calls = seat.read("/api/calls")?;
    let own = calls
        .as_array()
        .into_iter()
        .flatten()
        .filter(|call| call["caller"] == "own");
    Ok(own
        .filter_map(|call| call["call"].as_str())
        .map(str::to_owned)
        .collect())
}
