//! Which characters a text may have.

use super::{SlotCode, SlotRefusal};

/// The most marks over and under one letter: Arabic has two, Vietnamese taken apart two; piled up they bury other lines.
pub const MAX_MARKS: usize = 4;

/// Control characters, and marks that reorder, hide or bury text, are refused: a screen must show what was signed.
pub(super) fn carried(slot: SlotCode, text: &str, lines: bool) -> Result<(), SlotRefusal> {
    let mut marks = 0;
    for c in text.chars() {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        let control = c.is_control() && !(lines && c == '\n');
        if control || is_invisible(c) || marks > MAX_MARKS {
            return Err(SlotRefusal::ForbiddenCharacter(slot));
        }
    }
    Ok(())
}

/// What shows nothing, or changes how what stands beside it is shown: the default ignorable characters of Unicode, the
/// separators of lines and paragraphs, and the blank of Braille.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// A mark that is drawn over or under the letter before it, of those that can be piled up on letters of any alphabet, and
/// of the Arabic and Hebrew ones.
const fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036f}' | '\u{0483}'..='\u{0489}' | '\u{0591}'..='\u{05bd}' | '\u{0610}'..='\u{061a}'
        | '\u{064b}'..='\u{065f}' | '\u{0670}' | '\u{06d6}'..='\u{06dc}' | '\u{06df}'..='\u{06e4}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::{Slots, Value};

    #[test]
    fn a_text_that_would_show_other_than_it_was_signed_is_refused() {
        let mut slots = Slots::new();
        let buried = format!("a{}", "\u{0335}".repeat(MAX_MARKS + 1));
        for bad in [
            "a\u{202e}b",
            "a\u{200b}b",
            "a\u{0007}b",
            "a\u{2029}b",
            "\u{3164}",
            "a\u{fe0f}",
            &buried,
        ] {
            assert_eq!(
                slots.set(SlotCode::Remarks, Value::Text(bad.into())),
                Err(SlotRefusal::ForbiddenCharacter(SlotCode::Remarks)),
                "{bad:?}"
            );
        }
        let most = format!("a{}", "\u{0335}".repeat(MAX_MARKS));
        for good in [most.as_str(), "مُدَرَّسَةٌ", "và Việt", "№ 4, 35° — «да»"]
        {
            let taken = slots.set(SlotCode::Remarks, Value::Text(good.into()));
            assert!(taken.is_ok(), "{good}");
        }
        assert!(
            slots
                .set(SlotCode::Remarks, Value::Text("первая\nвторая".into()))
                .is_ok()
        );
    }
}
