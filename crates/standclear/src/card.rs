//! The fallback sheet: numbers, stop script, read-back. It lies printed beside the telephone.

use crate::fallback::Fallback;
use crate::phrases::{Language, Phrases};
use std::fmt::Write as _;

/// The sheet of one line in one language.
pub fn sheet(line: &Fallback, language: Language) -> String {
    let phrases = Phrases::of(language);
    let minutes = (line.stop_limit_ms / 60_000).to_string();
    let slots = [
        ("line", line.line.as_str()),
        ("own", line.own.as_str()),
        ("peer", line.peer.as_str()),
        ("minutes", minutes.as_str()),
    ];
    let say = |name: &str| phrases.say(name, &slots);
    let nature = if line.exercise {
        "card-exercise"
    } else {
        "card-live"
    };
    let mut text = String::new();
    let mut put = |indent: &str, words: &str| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{indent}{words}");
    };
    put("", &format!("{}   {}", say("card-title"), say(nature)));
    put("", &say("card-line"));
    put(
        "",
        &format!("[{}] {}", phrases.language().code(), say("reviewed")),
    );
    put("", "");
    put("", &say("card-numbers"));
    for numbers in &line.telephone {
        // A number stands alone on its line, so that a right-to-left text beside it turns nothing round.
        put("  ", &format!("{}:", phrases.desk(&numbers.desk)));
        numbers
            .numbers
            .iter()
            .for_each(|number| put("      ", number));
        if numbers.numbers.is_empty() {
            put("      ", &say("card-no-number"));
        }
    }
    if line.telephone.is_empty() {
        put("  ", &say("card-no-number"));
    }
    put("", "");
    put("", &say("card-script-title"));
    for script in ["card-script", "card-script-place", "card-script-desk"] {
        put("  ", &say(script));
    }
    put("", "");
    put("", &say("card-readback-title"));
    put("  ", &say("card-readback"));
    put("", "");
    put("", &say("card-obligation"));
    put("", &say("card-record"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use node::http::views::Numbers;

    fn line() -> Fallback {
        Fallback {
            line: "air-line".into(),
            own: "russia".into(),
            peer: "coalition".into(),
            exercise: true,
            stop_limit_ms: 1_800_000,
            telephone: vec![Numbers {
                desk: "air".into(),
                numbers: vec!["+974 4458 0000".into()],
            }],
        }
    }

    #[test]
    fn a_sheet_has_numbers_script_and_obligation_in_every_language() {
        for language in Language::ALL {
            let sheet = sheet(&line(), language);
            for needed in ["+974 4458 0000", "russia", "30", "air-line"] {
                assert!(sheet.contains(needed), "{needed} in {sheet}");
            }
            assert!(
                !sheet.contains("[en] ") || language == Language::En,
                "{sheet}"
            );
        }
    }

    #[test]
    fn a_line_with_no_number_says_so() {
        let mut line = line();
        line.telephone.clear();
        assert!(sheet(&line, Language::En).contains("no number is agreed"));
    }

    #[test]
    fn a_telephone_number_stands_alone_on_its_line() {
        let sheet = sheet(&line(), Language::Ar);
        assert!(
            sheet.lines().any(|line| line.trim() == "+974 4458 0000"),
            "{sheet}"
        );
    }
}
