//! Places: entered, refused, told, read back, taken back.

use super::{MadeNotice, Play, TOLD_WITHIN, as_the_peer_says, kilometres, now};
use crate::failed::{Failed, must};
use crate::scenario::{Distance, Entry, Notice, ReadBack, Step, Withdraw};
use crate::seat::{Answer, Seat};
use serde_json::{Map, Value, json};
use std::time::Instant;

impl<'a> Play<'a> {
    pub(super) fn notice(&mut self, step: &'a Step, act: &'a Notice) -> Result<(), Failed> {
        let (officer, seat) = self.seat(&act.by)?;
        let second = &act.second;
        self.screen.act(&format!(
            "{} ({}) enters: a circle of {} around {} [{}]; and {}° {} from {} [{}]",
            officer.name,
            officer.party,
            act.radius,
            act.centre,
            act.centre_from,
            second.bearing,
            second.distance,
            second.reference,
            second.from
        ));
        let slots = slots(act);
        let body = json!({"kind": act.kind, "desk": officer.desk, "slots": slots});
        let answer = seat.try_to("/api/drafts", &body)?;
        if !self.expected(&seat, &answer, &act.expect)? {
            return Ok(());
        }
        let Answer::Taken(drafted) = answer else {
            return Ok(());
        };
        let draft = seat.text(&drafted, "/draft")?;
        let heard = slots
            .into_iter()
            .filter(|(slot, _)| ["band", "window"].contains(&slot.as_str()));
        self.release(step, act, &seat, draft, heard.collect())
    }

    /// Lets the draft go, and waits until the other side has signed for it.
    fn release(
        &mut self,
        step: &'a Step,
        act: &'a Notice,
        seat: &Seat,
        draft: String,
        heard: Map<String, Value>,
    ) -> Result<(), Failed> {
        let terms = json!({"authority": act.authority, "purpose": act.purpose});
        let body = json!({"lines": [self.stage.line()], "terms": terms});
        let began = Instant::now();
        let released = seat.act(&format!("/api/drafts/{draft}/release"), &body)?;
        let own = seat.text(&released, "/released/0/entry")?;
        let peers = as_the_peer_says(&own);
        let (here, there) = (seat.node().to_owned(), self.other(seat.node())?);
        let arrived = self
            .stage
            .ear(&there)?
            .hear("the notice", TOLD_WITHIN, |event| {
                event["id"] == peers.as_str()
            })?;
        self.measured(
            step,
            "release to the notice on the other side's screens",
            arrived.at - began,
            None,
        )?;
        let signed = self.stage.hear_delivered(&here, &own, TOLD_WITHIN)?;
        self.measured(
            step,
            "release to the other side's signature for it",
            signed - began,
            None,
        )?;
        let shown = self.shown(&there, &peers)?;
        must(shown["refused"].is_null(), || {
            format!("{there} refused the notice: {}", shown["refused"])
        })?;
        self.screen.answer(
            &there,
            &format!(
                "an {} of {here} is on the screen, {}",
                act.kind,
                shown["state"].as_str().unwrap_or("?")
            ),
        );
        self.notices.insert(
            &step.name,
            MadeNotice {
                draft,
                own,
                peers,
                by: here,
                heard,
            },
        );
        Ok(())
    }

    /// Whether it was to be taken, and was; a refusal must name a distance in the range.
    fn expected(&self, seat: &Seat, answer: &Answer, expect: &Entry) -> Result<bool, Failed> {
        match (answer, expect) {
            (Answer::Taken(_), Entry::Taken) => Ok(true),
            (Answer::Refused(says), Entry::Taken) => Err(Failed::Refused {
                node: seat.node().to_owned(),
                says: says.clone(),
            }),
            (Answer::Taken(_), Entry::Refused { .. }) => Err(Failed::Taken {
                node: seat.node().to_owned(),
                what: "a place that is kilometres off".into(),
            }),
            (
                Answer::Refused(says),
                Entry::Refused {
                    apart_km: [least, most],
                },
            ) => {
                self.screen.answer(seat.node(), &format!("REFUSED. {says}"));
                let km = kilometres(says)
                    .ok_or_else(|| Failed::outcome("the refusal names no distance"))?;
                must((*least..=*most).contains(&km), || {
                    format!(
                        "the refusal names {km} km, and it should be between {least} and {most} km"
                    )
                })?;
                Ok(false)
            }
        }
    }

    /// A notice as the screens of `party` show it.
    fn shown(&self, party: &str, entry: &str) -> Result<Value, Failed> {
        let seat = self.look(party)?;
        let all = seat.read("/api/notices")?;
        let found = all
            .as_array()
            .into_iter()
            .flatten()
            .find(|notice| notice["entry"] == entry);
        found.cloned().ok_or_else(|| seat.lacks(&all, entry))
    }

    /// Each node measures for itself; both must find the same.
    pub(super) fn distance(&mut self, act: &'a Distance) -> Result<(), Failed> {
        let made = self.made_notice(&act.of)?;
        let there = self.other(&made.by)?;
        let mut both = Vec::new();
        for (party, entry) in [(&made.by, &made.own), (&there, &made.peers)] {
            let shown = self.shown(party, entry)?;
            let says = measured(&shown, &act.reference).ok_or_else(|| {
                Failed::outcome(format!(
                    "{party} does not measure how far it is from {}",
                    act.reference
                ))
            })?;
            self.screen
                .answer(party, &format!("measured on the shape: {says}"));
            let km = kilometres(&says)
                .ok_or_else(|| Failed::outcome(format!("{party} names no distance")))?;
            let [least, most] = act.km;
            must((least..=most).contains(&km), || {
                format!("{party} finds {km} km, not between {least} and {most} km")
            })?;
            both.push(says);
        }
        must(both[0] == both[1], || {
            format!("the two sides find different distances: {both:?}")
        })
    }

    pub(super) fn read_back(&mut self, act: &'a ReadBack) -> Result<(), Failed> {
        let (officer, seat) = self.seat(&act.by)?;
        let made = self.made_notice(&act.of)?;
        let (own, peers, by) = (made.own.clone(), made.peers.clone(), made.by.clone());
        let mut items = made.heard.clone();
        items.insert("place".to_owned(), json!(act.place));
        self.screen.act(&format!(
            "{} ({}) enters height and window again, and the place: {} [{}]",
            officer.name, officer.party, act.place, act.place_from
        ));
        let path = format!("/api/notices/{peers}");
        seat.act(&format!("{path}/displayed"), &json!({}))?;
        let answer = seat.try_to(&format!("{path}/read-back"), &json!({"items": items}))?;
        if self.expected(&seat, &answer, &act.expect)? {
            self.stage
                .ear(&by)?
                .hear("the read-back", TOLD_WITHIN, |event| {
                    event["what"] == "read-back"
                })?;
            let shown = self.shown(&by, &own)?;
            must(shown["read_back"].is_i64(), || {
                format!("{by} does not show that the notice was read back")
            })?;
            self.screen.answer(&by, "read back, and equal");
        }
        Ok(())
    }

    pub(super) fn withdraw(&mut self, act: &'a Withdraw) -> Result<(), Failed> {
        let (officer, seat) = self.seat(&act.by)?;
        let made = self.made_notice(&act.of)?;
        let (draft, own, peers) = (made.draft.clone(), made.own.clone(), made.peers.clone());
        let (here, there) = (made.by.clone(), self.other(&made.by)?);
        self.screen.act(&format!(
            "{} ({}) takes it back: {}",
            officer.name, officer.party, act.reason
        ));
        seat.act(
            &format!("/api/drafts/{draft}/withdraw"),
            &json!({"reason": act.reason}),
        )?;
        self.stage
            .ear(&there)?
            .hear("the withdrawal", TOLD_WITHIN, |event| {
                event["what"] == "withdrawal"
            })?;
        for (party, entry) in [(&here, &own), (&there, &peers)] {
            let state = self.shown(party, entry)?["state"]
                .as_str()
                .unwrap_or("not shown")
                .to_owned();
            must(state == "withdrawn", || {
                format!("{party} shows the notice as {state}, not as withdrawn")
            })?;
            self.screen.answer(party, &state);
        }
        Ok(())
    }
}

fn slots(act: &Notice) -> Map<String, Value> {
    let minutes = |minutes: u32| i64::from(minutes) * 60_000;
    let opens = now() + minutes(act.opens_in_minutes);
    let mut slots: Map<String, Value> = act
        .codes
        .iter()
        .map(|(name, code)| (name.clone(), json!(code)))
        .collect();
    let second = &act.second;
    slots.extend([
        ("area".to_owned(), json!({"circle": {"centre": act.centre, "radius": act.radius}})),
        ("precision".to_owned(), json!(act.precision)),
        (
            "second-description".to_owned(),
            json!({"reference": second.reference, "bearing": second.bearing, "distance": second.distance, "anchor": "centre"}),
        ),
        ("band".to_owned(), json!(act.band)),
        ("window".to_owned(), json!({"from": opens, "until": opens + minutes(act.lasts_minutes)})),
    ]);
    slots
}

/// Where a node finds the notice, from `reference`: measured there, on the shape.
fn measured(shown: &Value, reference: &str) -> Option<String> {
    let found = &shown["measured"];
    let text = found["text"]
        .as_str()
        .filter(|_| found["reference"] == reference);
    text.map(str::to_owned)
}
