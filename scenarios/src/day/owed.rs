//! What is owed at a desk, and how a played officer does it: as a person would, a step at a time. Worked out from what
//! the node's screens show, and from nothing else.

use serde_json::{Map, Value, json};

/// One thing that an officer owes, and the request that does it.
#[derive(Clone, Debug, PartialEq)]
pub struct Owed {
    /// What it is about, as this node names it.
    pub entry: String,
    pub desk: String,
    pub path: String,
    pub body: Value,
    /// What it is, for whoever reads along.
    pub what: &'static str,
    /// How many pauses a person takes for it.
    pub pauses: u32,
}

impl Owed {
    fn new(of: &Value, name: &str, what: &'static str, path: &str, body: Value) -> Option<Self> {
        let entry = of[name].as_str()?;
        let collection = match name {
            "call" => "calls",
            "check" => "checks",
            _a_notice => "notices",
        };
        Some(Self {
            entry: entry.to_owned(),
            desk: of["desk"].as_str()?.to_owned(),
            path: format!("/api/{collection}/{entry}/{path}"),
            body,
            what,
            pauses: 1,
        })
    }
}

/// What this node's screens show.
pub struct Screens {
    pub notices: Value,
    pub conflicts: Value,
    pub checks: Value,
    pub calls: Value,
    /// Small notices that together sweep an area.
    pub sweeps: Value,
}

/// What is owed, calls first; of each thing the next step alone.
pub fn owed(screens: &Screens) -> Vec<Owed> {
    let all = |of: &Value| of.as_array().cloned().unwrap_or_default();
    let calls = all(&screens.calls)
        .into_iter()
        .filter_map(|call| on_call(&call));
    let checks = all(&screens.checks)
        .into_iter()
        .filter_map(|check| on_check(&check));
    let conflicts = all(&screens.conflicts);
    let sweeps = all(&screens.sweeps);
    // Answered one by one they would map what is ours: whoever plays leaves them to a person.
    let is_of_a_sweep = |notice: &Value| {
        let mut of_sweeps = sweeps
            .iter()
            .filter_map(|sweep| sweep["notices"].as_array());
        of_sweeps.any(|notices| notices.contains(&notice["entry"]))
    };
    let notices = all(&screens.notices).into_iter();
    let notices = notices.filter(|notice| !is_of_a_sweep(notice));
    let notices = notices.filter_map(|notice| on_notice(&notice, &conflicts));
    calls.chain(checks).chain(notices).collect()
}

fn on_call(call: &Value) -> Option<Owed> {
    let owe = |what, path, body| Owed::new(call, "call", what, path, body);
    let theirs = call["caller"] == "peer";
    match (theirs, call["phase"].as_str()?) {
        (true, "sounding") => owe("accepts", "accept", json!({})),
        (true, "accepted") => owe(
            "orders the pause",
            "answer",
            json!({"answer": "pause-ordered"}),
        ),
        (true, "pause ordered") => owe(
            "the units have confirmed",
            "answer",
            json!({"answer": "pause-confirmed"}),
        ),
        (true, "lifted by the caller only") => owe("has resumed", "resume", json!({})),
        (
            false,
            "pause confirmed"
            | "not ours"
            | "cannot pause"
            | "unknown"
            | "pause ended early"
            | "resumed by the called party only",
        ) => {
            let lifts = owe("lifts", "lift", json!({}))?;
            Some(Owed { pauses: 4, ..lifts })
        }
        _nothing_owed => None,
    }
}

fn on_check(check: &Value) -> Option<Owed> {
    let number = check["challenge"].as_u64()?;
    let is_open = check["from"] == "peer" && check["answered_at"].is_null();
    let body = json!({"challenge": number, "result": "received-and-read"});
    let owe = || Owed::new(check, "check", "answers the line check", "answer", body);
    is_open.then(owe)?
}

fn on_notice(notice: &Value, conflicts: &[Value]) -> Option<Owed> {
    let is_live = matches!(
        notice["state"].as_str()?,
        "announced" | "active" | "protection not renewed"
    );
    if notice["from"] != "peer" || !is_live {
        return None;
    }
    let owe = |what, path, body| Owed::new(notice, "entry", what, path, body);
    if notice["displayed"].is_null() {
        return owe("looks at the notice", "displayed", json!({}));
    }
    let items = items(notice);
    if notice["read_back"].is_null() && !items.is_empty() {
        return owe("reads it back", "read-back", json!({"items": items}));
    }
    if !notice["answer"].is_null() {
        return None;
    }
    let conflicts = conflicts.iter().any(|one| one["theirs"] == notice["entry"]);
    match conflicts {
        true => owe(
            "objects: it conflicts",
            "answer",
            json!({"answer": "objection"}),
        ),
        false => owe(
            "has no objection",
            "answer",
            json!({"answer": "no-objection"}),
        ),
    }
}

/// The critical items, as an officer types them who read them off the screen.
pub fn items(notice: &Value) -> Map<String, Value> {
    let asked = notice["read_back_items"].as_array().into_iter().flatten();
    let asked = asked.filter_map(Value::as_str);
    let typed = |item: &str| {
        let slots = &notice["slots"];
        let value = match item {
            "place" => json!(anchor(slots)?),
            "band" => slots.pointer("/band/text")?.clone(),
            other => slots.get(other)?.clone(),
        };
        Some((item.to_owned(), value))
    };
    asked.filter_map(typed).collect()
}

/// The point of the area that bearing and distance lead to.
fn anchor(slots: &Value) -> Option<&str> {
    let stated = slots.pointer("/second-description/stated/anchor");
    let number = stated.and_then(|anchor| {
        let of = anchor.as_object()?.values().next()?;
        usize::try_from(of.as_u64()?).ok()
    });
    let number = number.unwrap_or(0);
    let place = slots
        .pointer("/area/circle/centre")
        .or_else(|| slots.pointer(&format!("/area/polygon/{number}")))
        .or_else(|| slots.pointer(&format!("/area/corridor/points/{number}")))?;
    place["decimal"].as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screens() -> Screens {
        Screens {
            notices: json!([]),
            conflicts: json!([]),
            checks: json!([]),
            calls: json!([]),
            sweeps: json!([]),
        }
    }

    fn notice(changed: &Value) -> Value {
        let mut notice = json!({
            "entry": "a.peer.main.1.4", "from": "peer", "state": "announced", "desk": "air", "displayed": null,
            "read_back": null, "answer": null, "read_back_items": ["place", "band", "window"],
            "slots": {
                "area": {"corridor": {"points": [{"decimal": "1, 2"}, {"decimal": "3, 4"}]}},
                "second-description": {"stated": {"anchor": {"vertex": 1}}},
                "band": {"text": "SFC to FL100"},
                "window": {"from": 1, "until": 2}
            }
        });
        for (name, value) in changed.as_object().unwrap() {
            notice[name] = value.clone();
        }
        notice
    }

    fn owed_of(notice: Value) -> Option<(&'static str, Value)> {
        let screens = Screens {
            notices: json!([notice]),
            ..screens()
        };
        owed(&screens).pop().map(|owed| (owed.what, owed.body))
    }

    #[test]
    fn a_notice_is_looked_at_read_back_and_answered_in_that_order() {
        let (what, _) = owed_of(notice(&json!({}))).unwrap();
        assert_eq!(what, "looks at the notice");
        let (what, body) = owed_of(notice(&json!({"displayed": 5}))).unwrap();
        assert_eq!(what, "reads it back");
        let items =
            json!({"place": "3, 4", "band": "SFC to FL100", "window": {"from": 1, "until": 2}});
        assert_eq!(
            body,
            json!({"items": items}),
            "the place that bearing and distance lead to"
        );
        let read = notice(&json!({"displayed": 5, "read_back": 6}));
        assert_eq!(owed_of(read).unwrap().1, json!({"answer": "no-objection"}));
        for settled in [
            json!({"displayed": 5, "read_back": 6, "answer": "concern"}),
            json!({"from": "own"}),
        ] {
            assert_eq!(owed_of(notice(&settled)), None, "{settled}");
        }
        assert_eq!(owed_of(notice(&json!({"state": "withdrawn"}))), None);
    }

    #[test]
    fn whoever_has_a_conflict_objects() {
        let screens = Screens {
            notices: json!([notice(&json!({"displayed": 5, "read_back": 6}))]),
            conflicts: json!([{"theirs": "a.peer.main.1.4"}]),
            ..screens()
        };
        assert_eq!(owed(&screens)[0].body, json!({"answer": "objection"}));
    }

    #[test]
    fn what_sweeps_an_area_is_left_to_a_person() {
        let screens = Screens {
            notices: json!([notice(&json!({}))]),
            sweeps: json!([{"notices": ["a.peer.main.1.3", "a.peer.main.1.4"]}]),
            ..screens()
        };
        assert_eq!(owed(&screens), []);
    }

    #[test]
    fn a_call_is_taken_step_by_step_and_before_all_else() {
        let steps = [
            "sounding",
            "accepted",
            "pause ordered",
            "pause confirmed",
            "lifted by the caller only",
        ];
        let next = steps.map(|phase| {
            let call =
                json!({"call": "a.peer.stop.1.0", "caller": "peer", "desk": "air", "phase": phase});
            let screens = Screens {
                calls: json!([call]),
                notices: json!([notice(&json!({}))]),
                ..screens()
            };
            owed(&screens)[0].path.clone()
        });
        let call = |verb: &str| format!("/api/calls/a.peer.stop.1.0/{verb}");
        let after = "/api/notices/a.peer.main.1.4/displayed".to_owned();
        assert_eq!(
            next,
            [
                call("accept"),
                call("answer"),
                call("answer"),
                after,
                call("resume")
            ]
        );
    }

    #[test]
    fn only_the_others_line_check_is_answered_with_the_number_that_it_showed() {
        let check = |from: &str| json!({"check": "c", "from": from, "desk": "air", "challenge": 42, "answered_at": null});
        let screens = Screens {
            checks: json!([check("own"), check("peer")]),
            ..screens()
        };
        let owed = owed(&screens);
        assert_eq!(owed.len(), 1);
        assert_eq!(owed[0].body["challenge"], 42);
    }
}
