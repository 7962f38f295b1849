//! On the record: claims and their answers, warnings and their receipts.

use super::timeline::{AnswerClaim, By, Claim, OnRecord, Step};
use super::{Carried, Day};
use crate::failed::Failed;
use crate::play::{as_the_peer_says, now};
use serde_json::{Value, json};

impl<'a> Day<'a> {
    pub(super) fn claim(&mut self, step: &'a Step, act: &'a Claim) -> Result<(), Failed> {
        let minute = 60_000;
        let [from, until] = act.minutes_ago.map(|ago| now() - i64::from(ago) * minute);
        let mut slots = act.said.slots.clone();
        slots.insert("window".to_owned(), json!({"from": from, "until": until}));
        let said = self.said(step, &act.said, "/api/claims", &slots)?;
        let meant = |of: &Value| of["state"] == "standing";
        let there = self.one(
            &said.there,
            "the claim",
            "/api/claims",
            ("entry", &said.peers),
            meant,
        )?;
        let what = there.pointer("/slots/claim").and_then(Value::as_str);
        self.screen.answer(
            &said.there,
            &format!(
                "CLAIM: {}; no answer yet, and none is inferred",
                what.unwrap_or_default()
            ),
        );
        self.record.insert(&step.name, said);
        Ok(())
    }

    pub(super) fn answer_claim(&mut self, act: &'a AnswerClaim) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        let claim = self.recorded(&act.of)?;
        let path = "/api/claims";
        let answered = |of: &Value| of["answer"].is_string();
        let done = |day: &Self| {
            let shown = day.one(
                &claim.there,
                "the claim",
                path,
                ("entry", &claim.peers),
                |_| true,
            )?;
            Ok(answered(&shown))
        };
        if self.leaves_to_them(&officer.party, "answer-claim", done)? {
            return Ok(());
        }
        self.screen.act(&format!(
            "{} ({}): {}",
            officer.name, officer.party, act.answer
        ));
        seat.act(
            &format!("/api/claims/{}/displayed", claim.peers),
            &json!({}),
        )?;
        let body = json!({"answer": act.answer});
        seat.act(&format!("/api/claims/{}/answer", claim.peers), &body)?;
        let meant = |of: &Value| of["answer"] == act.answer.as_str();
        for (party, entry) in [(&claim.here, &claim.own), (&claim.there, &claim.peers)] {
            let shown = self.one(party, "the answer", path, ("entry", entry), meant)?;
            let us = if shown["from"] == "own" {
                "we claim"
            } else {
                "they claim"
            };
            self.screen
                .answer(party, &format!("{us}; answered {}", act.answer));
        }
        Ok(())
    }

    pub(super) fn warn(&mut self, step: &'a Step, act: &'a OnRecord) -> Result<(), Failed> {
        let said = self.said(step, act, "/api/warnings", &act.slots)?;
        let meant = |of: &Value| of["state"] == "standing";
        let there = self.one(
            &said.there,
            "the warning",
            "/api/warnings",
            ("entry", &said.peers),
            meant,
        )?;
        let kind = "warning-to-acknowledge";
        self.shown(&said.there, "its alarm", "/api/alarms", |alarms| {
            let mut alarms = alarms.as_array().into_iter().flatten();
            alarms.any(|alarm| alarm["kind"] == kind && alarm["desk"] == act.desk.as_str())
        })?;
        let of = |slot: &str| there["slots"][slot].as_str().unwrap_or_default().to_owned();
        self.screen.answer(
            &said.there,
            &format!("ALARM: WARNING, {}: {}", of("level"), of("warning")),
        );
        self.record.insert(&step.name, said);
        Ok(())
    }

    pub(super) fn receive(&mut self, act: &'a By) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        let warning = self.recorded(&act.of)?;
        let path = "/api/warnings";
        let received = |of: &Value| !of["received"].is_null();
        let done = |day: &Self| {
            let shown = day.one(
                &warning.there,
                "the warning",
                path,
                ("entry", &warning.peers),
                |_| true,
            )?;
            Ok(received(&shown))
        };
        if self.leaves_to_them(&officer.party, "receive", done)? {
            return Ok(());
        }
        self.screen.act(&format!(
            "{} ({}): received; this is not agreement",
            officer.name, officer.party
        ));
        seat.act(
            &format!("/api/warnings/{}/received", warning.peers),
            &json!({}),
        )?;
        for (party, entry) in [
            (&warning.here, &warning.own),
            (&warning.there, &warning.peers),
        ] {
            self.one(party, "its receipt", path, ("entry", entry), received)?;
            self.screen.answer(party, "received, not agreed");
        }
        Ok(())
    }

    /// Says it on its line, and how both sides call it.
    fn said(
        &self,
        step: &Step,
        act: &OnRecord,
        path: &str,
        slots: &serde_json::Map<String, Value>,
    ) -> Result<Carried, Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        self.screen.act(&format!(
            "{} ({}, {} desk), on the record: {}",
            officer.name, officer.party, act.desk, step.name
        ));
        let terms = json!({"authority": act.authority, "purpose": act.purpose});
        let body = json!({"line": act.line, "desk": act.desk, "slots": slots, "terms": terms});
        let made = seat.act(path, &body)?;
        let own = seat.text(&made, "/released/0/entry")?;
        let line = seat.text(&made, "/released/0/line")?;
        let there = self.peers(&seat)?.remove(&line);
        let said = Carried {
            peers: as_the_peer_says(&own),
            own,
            here: officer.party.clone(),
            there: there.ok_or_else(|| seat.lacks(&made, "a line of this node"))?,
        };
        self.board.keep(&said.own);
        self.board.keep(&said.peers);
        Ok(said)
    }

    fn recorded(&self, step: &str) -> Result<Carried, Failed> {
        let missing = || Failed::outcome(format!("step `{step}` said nothing on the record"));
        self.record.get(step).cloned().ok_or_else(missing)
    }
}
