//! The alarms that stand at the desk, as the node told them.

use super::sound::Tone;
use crate::deaf;
use crate::output::plain;
use crate::phrases::{Language, Phrases};
use serde_json::Value;
use std::collections::BTreeMap;

/// What the node said.
pub enum Heard {
    Alarm(Alarm),
    Silenced(String),
    Ended(String),
    /// All that stands was told.
    Ready,
    StartOver,
    /// An arrangement was put in force: other numbers may be agreed, or a line more.
    Arrangement,
    /// Nothing that sounds.
    Other,
}

/// An alarm as it was told last.
pub struct Alarm {
    pub event: Value,
    silenced: bool,
}

impl Heard {
    pub fn read(text: &str) -> Self {
        let Ok(event) = serde_json::from_str::<Value>(text) else {
            return Heard::Other;
        };
        let alarm = || event["alarm"].as_str().unwrap_or_default().to_owned();
        match event["type"].as_str() {
            Some("alarm") => {
                let silenced = event["silenced"] == true;
                Heard::Alarm(Alarm { event, silenced })
            }
            Some("alarm-silenced") => Heard::Silenced(alarm()),
            Some("alarm-ended") => Heard::Ended(alarm()),
            Some("ready") => Heard::Ready,
            Some("start-over") => Heard::StartOver,
            Some("changed") if event["what"] == "arrangement" => Heard::Arrangement,
            Some(_) | None => Heard::Other,
        }
    }
}

/// All that stand.
#[derive(Default)]
pub struct Alarms {
    standing: BTreeMap<String, Alarm>,
    /// Told since the connection opened, before the node said that this is all.
    told: Option<BTreeMap<String, ()>>,
}

impl Alarms {
    pub fn add(&mut self, alarm: Alarm) {
        let name = alarm.name().to_owned();
        self.told.get_or_insert_default().insert(name.clone(), ());
        self.standing.insert(name, alarm);
    }

    /// Whether it stands as it was but for a doubt about the place, which a siren or a pager has no use for.
    pub fn only_doubt_is_new(&self, alarm: &Alarm) -> bool {
        let same = |held: &Alarm| {
            ["count", "level"]
                .iter()
                .all(|name| held.event[name] == alarm.event[name])
        };
        let held = self.standing.get(alarm.name());
        held.is_some_and(|held| same(held) && !held.is_place_doubted() && alarm.is_place_doubted())
    }

    pub fn silence(&mut self, name: &str) {
        if let Some(alarm) = self.standing.get_mut(name) {
            alarm.silenced = true;
        }
    }

    /// Whether it stood.
    pub fn remove(&mut self, name: &str) -> bool {
        self.standing.remove(name).is_some()
    }

    /// What was not told again ended while nobody listened.
    pub fn settle(&mut self) {
        let told = self.told.take().unwrap_or_default();
        self.standing.retain(|name, _| told.contains_key(name));
    }

    /// The most urgent that sounds.
    pub fn tone(&self) -> Option<Tone> {
        self.standing
            .values()
            .filter(|alarm| !alarm.silenced)
            .map(Alarm::tone)
            .max()
    }
}

impl Alarm {
    fn word(&self, name: &str) -> &str {
        self.event[name].as_str().unwrap_or("-")
    }

    pub fn name(&self) -> &str {
        self.word("alarm")
    }

    /// What the line is called here; a node of an earlier version says only its identifier.
    fn line(&self) -> &str {
        let name = self.event["line_name"].as_str();
        name.unwrap_or_else(|| self.word("line"))
    }

    /// Whether this node doubts the place that was given. Where it is, nobody is told here.
    fn is_place_doubted(&self) -> bool {
        self.event["place_in_doubt"] == true
    }

    fn tone(&self) -> Tone {
        if self.event["priority_one"] != true {
            return Tone::Attention;
        }
        Tone::Stop(match self.word("level") {
            "two-star" => 1,
            "three-star" => 2,
            "four-star" => 3,
            _desk_or_unknown => 0,
        })
    }

    /// For a person: a stop call in every language.
    pub fn words(&self) -> String {
        let (line, party) = (self.line(), self.word("party"));
        let recorded = match self.event["recorded"] == true {
            true => String::new(),
            false => format!(", {}", Phrases::of(Language::En).say("not-recorded", &[])),
        };
        let counts = format!(
            "line {line}, level {}, count {}{recorded}",
            self.word("level"),
            self.event["count"]
        );
        let text = match self.word("kind") {
            "stop-call" => {
                let title = |language| {
                    let phrases = Phrases::of(language);
                    let desk = phrases.desk(self.word("desk"));
                    let slots = [("party", party), ("desk", desk.as_str())];
                    format!(
                        "*** {} ***  {}",
                        phrases.say("alarm-stop", &slots),
                        phrases.say("alarm-stop-action", &[])
                    )
                };
                let doubt = match self.is_place_doubted() {
                    true => Language::ALL
                        .map(|language| {
                            format!("\n  {}", Phrases::of(language).say("place-in-doubt", &[]))
                        })
                        .concat(),
                    false => String::new(),
                };
                format!(
                    "{}\n  {counts}{doubt}\n  standclear stop accept",
                    Language::ALL.map(title).join("\n  ")
                )
            }
            kind => match deaf::told(&self.event) {
                Some(banner) => banner.trim_end().to_owned(),
                None => format!("ALARM {kind}: {}, {counts}", self.name()),
            },
        };
        plain(&text)
    }

    /// What a siren or a pager may know: names and codes, never a position.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![
            ("STANDCLEAR_LINE", self.line().to_owned()),
            ("STANDCLEAR_COUNT", self.event["count"].to_string()),
        ];
        for (variable, name) in [
            ("STANDCLEAR_ALARM", "alarm"),
            ("STANDCLEAR_KIND", "kind"),
            ("STANDCLEAR_DESK", "desk"),
            ("STANDCLEAR_LEVEL", "level"),
        ] {
            all.push((variable, self.word(name).to_owned()));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn alarm(name: &str, priority_one: bool, level: &str) -> Alarm {
        let event = json!({"type": "alarm", "alarm": name, "kind": "stop-call", "desk": "air", "level": level, "count": 1,
            "line": "aa", "line_name": "air-line", "party": "coalition", "recorded": true, "priority_one": priority_one});
        match Heard::read(&event.to_string()) {
            Heard::Alarm(alarm) => alarm,
            _other => panic!("no alarm"),
        }
    }

    #[test]
    fn the_most_urgent_alarm_is_the_one_that_sounds() {
        let mut alarms = Alarms::default();
        assert_eq!(alarms.tone(), None);
        alarms.add(alarm("link", false, "desk"));
        assert_eq!(alarms.tone(), Some(Tone::Attention));
        alarms.add(alarm("stop", true, "two-star"));
        assert_eq!(alarms.tone(), Some(Tone::Stop(1)));
        alarms.silence("stop");
        assert_eq!(alarms.tone(), Some(Tone::Attention));
        alarms.add(alarm("stop", true, "three-star"));
        assert_eq!(
            alarms.tone(),
            Some(Tone::Stop(2)),
            "what climbs sounds again"
        );
        assert!(alarms.remove("stop") && !alarms.remove("stop"));
    }

    #[test]
    fn an_alarm_that_ended_while_nobody_listened_sounds_no_more() {
        let mut alarms = Alarms::default();
        alarms.add(alarm("a", true, "desk"));
        alarms.settle();
        assert!(alarms.tone().is_some());
        alarms.add(alarm("b", false, "desk"));
        alarms.settle();
        assert_eq!(alarms.tone(), Some(Tone::Attention));
    }

    #[test]
    fn a_hook_is_told_names_and_codes_and_nothing_else() {
        let names: Vec<&str> = alarm("a", true, "desk")
            .environment()
            .iter()
            .map(|(name, _)| *name)
            .collect();
        assert_eq!(names.len(), 6);
        assert!(
            names
                .iter()
                .all(|name| !name.contains("PLACE") && !name.contains("POSITION"))
        );
    }

    #[test]
    fn a_place_in_doubt_is_told_in_every_language_and_runs_no_siren_again() {
        let mut alarms = Alarms::default();
        alarms.add(alarm("a", true, "desk"));
        let mut doubted = alarm("a", true, "desk");
        doubted.event["place_in_doubt"] = json!(true);
        assert!(alarms.only_doubt_is_new(&doubted));
        for needed in ["in doubt", "сомнение", "مشكوك"] {
            let words = doubted.words();
            assert!(words.contains(needed), "{words}");
        }
        alarms.add(doubted);
        let mut repeated = alarm("a", true, "two-star");
        repeated.event["place_in_doubt"] = json!(true);
        assert!(!alarms.only_doubt_is_new(&repeated), "it climbed");
    }

    #[test]
    fn a_stop_call_is_told_in_every_language() {
        let words = alarm("a", true, "desk").words();
        for needed in [
            "STOP CALL from coalition",
            "СТОП-ВЫЗОВ",
            "نداء إيقاف",
            "air-line",
        ] {
            assert!(words.contains(needed), "{words}");
        }
    }

    #[test]
    fn what_a_telephone_helps_with_is_told_in_every_language_with_the_line_and_the_numbers() {
        let told = |kind: &str| {
            let mut alarm = alarm("a", true, "desk");
            alarm.event["kind"] = json!(kind);
            alarm.event["telephone"] = json!(["+1 555 0100"]);
            alarm.words()
        };
        for (kind, needed) in [
            (
                "stop-not-delivered",
                ["NOT DELIVERED", "НЕ ДОСТАВЛЕН", "لم يُسلَّم"],
            ),
            ("link-down", ["IS DOWN", "НЕ РАБОТАЕТ", "معطَّل"]),
        ] {
            let words = told(kind);
            assert!(
                needed.iter().all(|needed| words.contains(needed)),
                "{words}"
            );
            assert!(words.contains("air-line") && words.contains("+1 555 0100"));
        }
        assert!(told("stop-obligation-missed").contains("+1 555 0100"));
    }

    #[test]
    fn a_full_disk_is_told_as_one_that_still_lets_stop_calls_go() {
        let mut full = alarm("cannot-send", false, "desk");
        full.event["kind"] = json!("notices-stopped");
        let words = full.words();
        assert!(words.contains("STOP CALLS STILL GO") && !words.contains("CANNOT SEND"));
        full.event["kind"] = json!("cannot-send");
        assert!(full.words().contains("THIS DESK CANNOT SEND"));
    }
}
