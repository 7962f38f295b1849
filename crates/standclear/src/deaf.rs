//! What a desk is told when its node is gone: loudly, in every language, with the numbers to telephone.

use crate::fallback::{self, Kept};
use crate::phrases::{Language, Phrases};
use serde_json::Value;
use std::fmt::Write as _;

/// The banner of a desk that hears nothing.
pub fn banner(kept: Option<&Kept>, desk: Option<&str>) -> String {
    titled("deaf", "deaf-why", kept, desk)
}

/// The banner of a desk whose node is there and takes nothing more.
pub fn cannot_send(kept: Option<&Kept>, desk: Option<&str>) -> String {
    titled("cannot-send", "card-numbers", kept, desk)
}

/// The banner of an alarm that is told in every language: its kind and line, and the numbers where a telephone helps.
/// `None`: it needs no banner.
pub fn told(alarm: &Value) -> Option<String> {
    let telephone: Vec<&str> = (alarm["telephone"].as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    let line = alarm["line_name"].as_str().or(alarm["line"].as_str());
    let line = line.unwrap_or("-");
    let (title, slots): (_, &[(&str, &str)]) = match alarm["kind"].as_str().unwrap_or("-") {
        "stop-not-delivered" => ("not-delivered", &[("line", line)]),
        "link-down" => ("link-down", &[("line", line)]),
        "cannot-send" => ("cannot-send", &[]),
        "notices-stopped" => return Some(in_every_language("notices-stopped", &[])),
        _kind if telephone.is_empty() => return None,
        kind => {
            let numbers = in_every_language("telephone", &[("numbers", &telephone.join(", "))]);
            return Some(format!("ALARM {kind}, line {line}\n{numbers}"));
        }
    };
    Some(in_every_language(title, slots) + &telephone_at(&telephone))
}

/// The banner of a stop call that did not reach `line`.
pub fn not_delivered(line: &str, telephone: &[&str]) -> String {
    in_every_language("not-delivered", &[("line", line)]) + &telephone_at(telephone)
}

/// What an officer's desk says where nothing would sound.
pub fn no_sounder(desk: &str) -> String {
    let say = |language| {
        let phrases = Phrases::of(language);
        phrases.say("no-sounder", &[("desk", &phrases.desk(desk))])
    };
    let said = Language::ALL.map(say).join(" / ");
    format!("*** {said} *** run `standclear bell --desk {desk}`")
}

/// While notices are stopped and stop calls go.
pub fn notices_stopped() -> String {
    in_every_language("notices-stopped", &[])
}

fn in_every_language(title: &str, slots: &[(&str, &str)]) -> String {
    let say = |language| format!("*** {} ***\n", Phrases::of(language).say(title, slots));
    Language::ALL.map(say).concat()
}

fn telephone_at(numbers: &[&str]) -> String {
    match numbers.is_empty() {
        true => format!(
            "    {}\n",
            Phrases::of(Language::En).say("card-no-number", &[])
        ),
        false => format!(
            "    {}\n",
            Phrases::of(Language::En).say("telephone", &[("numbers", &numbers.join(", "))])
        ),
    }
}

/// The banner of a stop call that was not made.
pub fn not_sent(kept: Option<&Kept>) -> String {
    titled("not-sent", "card-numbers", kept, None)
}

/// Both: the call was not made, and none would be heard.
pub fn deaf_not_sent(kept: Option<&Kept>) -> String {
    let mut text = String::new();
    for language in Language::ALL {
        let phrases = Phrases::of(language);
        // Writing to a string does not fail.
        let _ = writeln!(text, "*** {} ***", phrases.say("not-sent", &[]));
    }
    text + &banner(kept, None)
}

fn titled(title: &str, why: &str, kept: Option<&Kept>, desk: Option<&str>) -> String {
    let mut text = String::new();
    for language in Language::ALL {
        let phrases = Phrases::of(language);
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "*** {} ***\n    {}",
            phrases.say(title, &[]),
            phrases.say(why, &[])
        );
    }
    text + &fallback::numbers(kept, desk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fallback::{Fallback, Whose};
    use node::http::views::Numbers;

    #[test]
    fn a_deaf_desk_is_told_in_three_languages_with_its_numbers() {
        let kept = Kept {
            at: 1_474_127_700_000,
            lines: vec![Fallback {
                line: "air-line".into(),
                own: "russia".into(),
                peer: "coalition".into(),
                exercise: false,
                stop_limit_ms: 1_800_000,
                telephone: ["air", "ground"]
                    .map(|desk| Numbers {
                        desk: desk.into(),
                        numbers: vec![format!("+1 {desk}")],
                    })
                    .to_vec(),
            }],
            whose: Whose::Meant,
        };
        let told = banner(Some(&kept), Some("air"));
        for needed in [
            "THIS DESK IS DEAF",
            "ЭТОТ ПОСТ НЕ СЛЫШИТ",
            "هذا المكتب لا يسمع",
            "+1 air",
            "171555Z SEP 16",
        ] {
            assert!(told.contains(needed), "{told}");
        }
        assert!(!told.contains("+1 ground"));
        assert!(
            told.contains("air-line: coalition air desk: +1 air"),
            "{told}"
        );
        assert!(!told.contains("which node was meant"), "{told}");
        let newest = Kept {
            whose: Whose::Newest,
            ..kept
        };
        let told = banner(Some(&newest), None);
        assert!(told.contains("of the node of russia"), "{told}");
    }

    #[test]
    fn without_numbers_it_says_where_they_are() {
        assert!(banner(None, None).contains("printed fallback sheet"));
    }
}
