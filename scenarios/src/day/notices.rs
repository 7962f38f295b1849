//! Notices and line checks: entered, let go, held against each other, read back, answered.

use super::timeline::{Acknowledge, Amend, By, CheckLine, Conflict, Notice, ReadBack, Step, Sweep};
use super::{Carried, Day, Entered, owed, told};
use crate::failed::{Failed, must};
use crate::play::{as_the_peer_says, kilometres, now};
use crate::seat::{Answer, Seat};
use serde_json::{Map, Value, json};

impl<'a> Day<'a> {
    pub(super) fn notice(&mut self, step: &'a Step, act: &'a Notice) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        let base = now();
        let mut slots = act.slots.clone();
        slots.insert("window".into(), window(base, act.minutes));
        self.screen.act(&format!(
            "{} ({}) enters {}",
            officer.name,
            officer.party,
            in_short(&act.kind)
        ));
        let body = json!({"kind": act.kind, "desk": act.desk, "slots": slots});
        let drafted = seat.act("/api/drafts", &body)?;
        let draft = seat.text(&drafted, "/draft")?;
        let entered = Entered {
            draft: draft.clone(),
            base,
            carried: Vec::new(),
        };
        self.notices.insert(&step.name, entered);
        let body = json!({"lines": act.lines, "terms": terms(act)});
        if act.held {
            return self.held(&seat, &draft, &body);
        }
        let carried = self.release(&seat, &draft, &body)?;
        self.carries(&step.name, carried)
    }

    /// The node must hold the draft back, and say why.
    fn held(&self, seat: &Seat, draft: &str, body: &Value) -> Result<(), Failed> {
        let answer = seat.try_to(&format!("/api/drafts/{draft}/release"), body)?;
        let Answer::Refused(says) = answer else {
            let what = "a notice that conflicts".into();
            return Err(Failed::Taken {
                node: seat.node().to_owned(),
                what,
            });
        };
        must(says.contains("conflict"), || {
            format!("{} refused it for another reason: {says}", seat.node())
        })?;
        self.screen.answer(
            seat.node(),
            "HELD: it conflicts with what the other party has declared",
        );
        Ok(())
    }

    /// Lets a draft go; what each line carries of it.
    fn release(&self, seat: &Seat, draft: &str, body: &Value) -> Result<Vec<Carried>, Failed> {
        let released = seat.act(&format!("/api/drafts/{draft}/release"), body)?;
        let peers = self.peers(seat)?;
        let all = released["released"].as_array().into_iter().flatten();
        let carried = all.map(|on| {
            let own = seat.text(on, "/entry")?;
            let there = peers.get(on["line"].as_str().unwrap_or_default());
            let there = there.ok_or_else(|| seat.lacks(on, "a line of this node"))?;
            self.board.keep(&own);
            let carried = Carried {
                peers: as_the_peer_says(&own),
                own,
                here: seat.node().to_owned(),
                there: there.clone(),
            };
            self.board.keep(&carried.peers);
            Ok(carried)
        });
        carried.collect()
    }

    /// Keeps what was let go for the notice of `step`, and says what each side sees.
    fn carries(&mut self, step: &str, carried: Vec<Carried>) -> Result<(), Failed> {
        let missing = || Failed::outcome(format!("step `{step}` entered no notice"));
        let entered = self.notices.get_mut(step).ok_or_else(missing)?;
        entered.carried = carried;
        self.both_see(step, |shown| shown["refused"].is_null())?;
        self.nobody_else_sees(step)
    }

    /// What each side's screens say of the notice of `step`, once it is `meant` there.
    fn both_see(&self, step: &str, meant: impl Fn(&Value) -> bool + Copy) -> Result<(), Failed> {
        let entered = self.entered(step)?;
        for (number, carried) in entered.carried.iter().enumerate() {
            let sides = [
                (&carried.here, &carried.own),
                (&carried.there, &carried.peers),
            ];
            // To the one who said it, what was said on several lines is one notice; its receipts are each line's.
            for (party, entry) in sides.iter().skip(usize::from(number > 0)) {
                let shown = self.notice_at(party, entry, meant)?;
                self.screen
                    .answer(party, &told::notice(&shown, entered.base));
            }
        }
        Ok(())
    }

    /// Lines are bilateral: at a party to which the notice did not go, there is no trace of it.
    fn nobody_else_sees(&self, step: &str) -> Result<(), Failed> {
        let entered = self.entered(step)?;
        let knows = |party: &str| {
            let mut carried = entered.carried.iter();
            carried.any(|carried| carried.here == party || carried.there == party)
        };
        let Some(carried) = entered.carried.first() else {
            return Ok(());
        };
        // To the millisecond no other notice has the same.
        let window =
            self.notice_at(&carried.here, &carried.own, |_| true)?["slots"]["window"].clone();
        for party in self
            .timeline
            .party
            .iter()
            .filter(|party| !knows(&party.name))
        {
            let all = self.look(&party.name)?.read("/api/notices")?;
            let mut all = all.as_array().into_iter().flatten();
            let trace = all.any(|notice| notice["slots"]["window"] == window);
            must(!trace, || {
                format!("{} sees a notice that was not meant for it", party.name)
            })?;
            self.screen
                .answer(&party.name, "nothing: it went on another line");
        }
        Ok(())
    }

    pub(super) fn notice_at(
        &self,
        party: &str,
        entry: &str,
        meant: impl Fn(&Value) -> bool,
    ) -> Result<Value, Failed> {
        self.one(party, "the notice", "/api/notices", ("entry", entry), meant)
    }

    pub(super) fn release_all_the_same(&mut self, act: &'a By) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        let draft = self.entered(&act.of)?.draft.clone();
        let mut body = self.released_as(&act.of)?;
        body["in_conflict"] = json!(true);
        self.screen.act(&format!(
            "{} ({}) lets it go all the same, and says so",
            officer.name, officer.party
        ));
        let carried = self.release(&seat, &draft, &body)?;
        self.carries(&act.of, carried)
    }

    /// On which lines and under which terms the notice of `step` goes.
    fn released_as(&self, step: &str) -> Result<Value, Failed> {
        let found = self.timeline.step.iter().find(|other| other.name == step);
        match found.map(|step| &step.act) {
            Some(super::Act::Notice(act)) => Ok(json!({"lines": act.lines, "terms": terms(act)})),
            Some(_) | None => Err(Failed::outcome(format!("step `{step}` enters no notice"))),
        }
    }

    pub(super) fn amend(&mut self, act: &'a Amend) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        let entered = self.entered(&act.of)?;
        let (draft, base, before) = (entered.draft.clone(), entered.base, entered.carried.clone());
        let amended = |day: &Self| {
            let mut amended = false;
            for carried in &before {
                let shown = day.notice_at(&carried.here, &carried.own, |_| true)?;
                amended |= shown["state"] == "amended" || shown["state"] == "withdrawn";
            }
            Ok(amended)
        };
        if self.leaves_to_them(&officer.party, "amend", amended)? {
            return Ok(());
        }
        let [from, until] = act.minutes;
        self.screen.act(&format!(
            "{} ({}) shifts its window: +{from} to +{until} min",
            officer.name, officer.party
        ));
        let found = self.timeline.step.iter().find(|other| other.name == act.of);
        let Some(super::Act::Notice(notice)) = found.map(|step| &step.act) else {
            return Err(Failed::outcome("only a notice is amended"));
        };
        let slots = json!({"window": window(base, act.minutes)});
        let body =
            json!({"kind": notice.kind, "desk": notice.desk, "slots": slots, "draft": draft});
        seat.act("/api/drafts", &body)?;
        let carried = self.release(&seat, &draft, &self.released_as(&act.of)?)?;
        for earlier in &before {
            self.notice_at(&earlier.there, &earlier.peers, |shown| {
                shown["state"] == "amended"
            })?;
        }
        self.carries(&act.of, carried)
    }

    pub(super) fn conflict(&mut self, act: &'a Conflict) -> Result<(), Failed> {
        let (base, one) = (
            self.entered(&act.of)?.base,
            self.entered(&act.of)?.carried.clone(),
        );
        let other = self.entered(&act.with)?.carried.clone();
        let pair = |of: &Carried, with: &Carried| [of.own.clone(), with.peers.clone()];
        let (Some(one), Some(other)) = (one.first(), other.first()) else {
            return Err(Failed::outcome(
                "a notice that did not go conflicts with nothing",
            ));
        };
        for (party, [ours, theirs]) in [
            (&one.here, pair(one, other)),
            (&other.here, pair(other, one)),
        ] {
            let found = |shown: &Value| {
                let mut all = shown.as_array().into_iter().flatten();
                all.find(|found| {
                    found["ours"] == ours.as_str() && found["theirs"] == theirs.as_str()
                })
                .cloned()
            };
            let what = if act.stands {
                "the conflict"
            } else {
                "the end of the conflict"
            };
            let shown = self.shown(party, what, "/api/conflicts", |shown| {
                found(shown).is_some() == act.stands
            })?;
            match found(&shown) {
                Some(found) => self.screen.answer(party, &told::conflict(&found, base)),
                None => self.screen.answer(party, "no conflict"),
            }
        }
        Ok(())
    }

    pub(super) fn read_back(&mut self, act: &'a ReadBack) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        let (carried, _) = self.notified(&act.of, &officer.party)?;
        self.look_at(&seat, &carried)?;
        let answer = self.reads_back(&seat, &carried, &act.place)?;
        self.screen.act(&format!(
            "{} ({}) enters height and window again, and the place: {}",
            officer.name, officer.party, act.place
        ));
        match (answer, act.apart_km) {
            (Answer::Taken(_), None) => self.both_see(&act.of, |shown| shown["read_back"].is_i64()),
            (Answer::Taken(_), Some(_)) => Err(Failed::Taken {
                node: officer.party.clone(),
                what: "a place that is kilometres off".into(),
            }),
            (Answer::Refused(says), None) => Err(Failed::Refused {
                node: officer.party.clone(),
                says,
            }),
            (Answer::Refused(says), Some([least, most])) => {
                self.screen
                    .answer(&officer.party, &format!("REFUSED. {says}"));
                let km = kilometres(&says)
                    .ok_or_else(|| Failed::outcome("the refusal names no distance"))?;
                must((least..=most).contains(&km), || {
                    format!("the refusal names {km} km, not between {least} and {most} km")
                })
            }
        }
    }

    fn look_at(&self, seat: &Seat, carried: &Carried) -> Result<(), Failed> {
        let shown = self.notice_at(&carried.there, &carried.peers, |_| true)?;
        if shown["displayed"].is_null() {
            seat.act(
                &format!("/api/notices/{}/displayed", carried.peers),
                &json!({}),
            )?;
        }
        Ok(())
    }

    /// Enters the critical items again: `place` as typed, the rest as heard.
    fn reads_back(&self, seat: &Seat, carried: &Carried, place: &str) -> Result<Answer, Failed> {
        let shown = self.notice_at(&carried.there, &carried.peers, |_| true)?;
        let mut items = owed::items(&shown);
        items.insert("place".into(), json!(place));
        seat.try_to(
            &format!("/api/notices/{}/read-back", carried.peers),
            &json!({"items": items}),
        )
    }

    pub(super) fn acknowledge(&mut self, act: &'a Acknowledge) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        let (carried, _) = self.notified(&act.of, &officer.party)?;
        let answered = |shown: &Value| !shown["answer"].is_null();
        let done = |day: &Self| {
            day.notice_at(&carried.there, &carried.peers, |_| true)
                .map(|shown| answered(&shown))
        };
        if !self.leaves_to_them(&officer.party, "acknowledge", done)? {
            self.look_at(&seat, &carried)?;
            // Whoever sits there may have begun.
            let shown = self.notice_at(&carried.there, &carried.peers, |_| true)?;
            if let Some(place) = act
                .place
                .as_deref()
                .filter(|_| shown["read_back"].is_null())
                && let Answer::Refused(says) = self.reads_back(&seat, &carried, place)?
            {
                let node = officer.party.clone();
                return Err(Failed::Refused { node, says });
            }
            let body = json!({"answer": act.answer});
            seat.act(&format!("/api/notices/{}/answer", carried.peers), &body)?;
            self.screen.act(&format!(
                "{} ({}) has it on the screen, reads it back, answers {}",
                officer.name, officer.party, act.answer
            ));
        }
        let sides = [
            (&carried.here, &carried.own),
            (&carried.there, &carried.peers),
        ];
        for (party, entry) in sides {
            let shown = self.notice_at(party, entry, answered)?;
            self.screen
                .answer(party, &told::notice(&shown, self.entered(&act.of)?.base));
        }
        Ok(())
    }

    pub(super) fn check_line(&mut self, act: &'a CheckLine) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        let (other, there) = self.officer(&act.answered_by)?;
        self.screen.act(&format!(
            "{} ({}) checks the {} desk of the line",
            officer.name, officer.party, act.desk
        ));
        let said = seat.act(
            &format!("/api/lines/{}/checks", act.line),
            &json!({"desk": act.desk}),
        )?;
        let own = seat.text(&said, "/said/0")?;
        let peers = as_the_peer_says(&own);
        self.board.keep(&peers);
        let came = |check: &Value| check["challenge"].is_u64();
        let check = self.one(
            &other.party,
            "the line check",
            "/api/checks",
            ("check", &peers),
            came,
        )?;
        self.screen.answer(
            &other.party,
            "a number on the screen, to be entered by hand",
        );
        let answered = |check: &Value| check["answered_at"].is_i64();
        let done = |day: &Self| {
            let check = day.one(
                &other.party,
                "the line check",
                "/api/checks",
                ("check", &peers),
                |_| true,
            )?;
            Ok(answered(&check))
        };
        if !self.leaves_to_them(&other.party, "check-line", done)? {
            let body = json!({"challenge": check["challenge"], "result": "received-and-read"});
            there.act(&format!("/api/checks/{peers}/answer"), &body)?;
            self.screen
                .act(&format!("{} ({}) enters it", other.name, other.party));
        }
        let shown = self.one(
            &officer.party,
            "the answer to the line check",
            "/api/checks",
            ("check", &own),
            answered,
        )?;
        self.screen.answer(
            &officer.party,
            shown["result"].as_str().unwrap_or("no result"),
        );
        Ok(())
    }

    pub(super) fn sweep(&mut self, act: &'a Sweep) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        let base = now();
        self.screen.act(&format!(
            "{} ({}) enters {} small {} notices, side by side",
            officer.name,
            officer.party,
            act.places.len(),
            act.kind
        ));
        let mut there = String::new();
        for [centre, bearing, distance] in &act.places {
            let mut slots: Map<String, Value> = act.slots.clone();
            let second = json!({"reference": act.reference, "bearing": bearing, "distance": distance, "anchor": "centre"});
            slots.extend([
                (
                    "area".to_owned(),
                    json!({"circle": {"centre": centre, "radius": act.radius}}),
                ),
                ("second-description".to_owned(), second),
                ("window".to_owned(), window(base, act.minutes)),
            ]);
            let body = json!({"kind": act.kind, "desk": act.desk, "slots": slots});
            let drafted = seat.act("/api/drafts", &body)?;
            let draft = seat.text(&drafted, "/draft")?;
            let terms = json!({"authority": act.authority, "purpose": act.purpose});
            let carried =
                self.release(&seat, &draft, &json!({"lines": act.lines, "terms": terms}))?;
            there = carried
                .first()
                .map_or(there, |carried| carried.there.clone());
        }
        let many = |shown: &Value| {
            let mut sweeps = shown.as_array().into_iter().flatten();
            sweeps
                .find(|sweep| sweep["kind"] == act.kind.as_str())
                .cloned()
        };
        let all_of_them = |shown: &Value| {
            let notices = many(shown).and_then(|sweep| sweep["notices"].as_array().map(Vec::len));
            notices == Some(act.places.len())
        };
        let shown = self.shown(
            &there,
            "that they sweep an area",
            "/api/fishing",
            all_of_them,
        )?;
        let squares = many(&shown).map_or(Value::Null, |sweep| sweep["squares"].clone());
        let notices = act.places.len();
        self.screen.answer(
            &there,
            &format!(
                "{notices} small {} notices of {} sweep {squares} squares of 4 km together",
                act.kind, officer.party
            ),
        );
        Ok(())
    }
}

fn terms(act: &Notice) -> Value {
    let mut terms = json!({"authority": act.authority, "purpose": act.purpose});
    if let Some(element) = &act.element {
        terms["element"] = json!(element);
    }
    terms
}

fn window(base: i64, [from, until]: [u32; 2]) -> Value {
    let at = |minutes: u32| base + i64::from(minutes) * 60_000;
    json!({"from": at(from), "until": at(until)})
}

/// A kind with its article.
fn in_short(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {kind}")
}
