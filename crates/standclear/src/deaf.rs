//! What a desk is told when its node is gone: loudly, in every language, with the numbers to telephone.

use crate::fallback::{self, Kept};
use crate::phrases::{Language, Phrases};
use std::fmt::Write as _;

/// The banner of a desk that hears nothing.
pub fn banner(kept: Option<&Kept>, desk: Option<&str>) -> String {
    titled("deaf", "deaf-why", kept, desk)
}

/// The banner of a desk whose node is there and takes nothing more.
pub fn cannot_send(kept: Option<&Kept>, desk: Option<&str>) -> String {
    titled("cannot-send", "card-numbers", kept, desk)
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
    use crate::fallback::Fallback;
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
    }

    #[test]
    fn without_numbers_it_says_where_they_are() {
        assert!(banner(None, None).contains("printed fallback sheet"));
    }
}
