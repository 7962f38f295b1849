//! What a node says with its answers is wrong with it: told to the officer once, whatever was asked.

use crate::client::Address;
use crate::output::{self, Style};
use crate::{deaf, fallback};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The most that is read of one answer.
const MAX_NOTES: usize = 16;

/// What was told already by this command.
#[derive(Clone)]
pub struct Notes {
    style: Style,
    told: Arc<Mutex<BTreeSet<String>>>,
}

impl Notes {
    pub fn new(style: Style) -> Self {
        Self {
            style,
            told: Arc::default(),
        }
    }

    /// `said_anyway`: that nothing can be sent is said by the refusal itself.
    pub fn tell(&self, node: &Address, state: &str, said_anyway: bool) {
        for note in state.split(',').map(str::trim).take(MAX_NOTES) {
            if note == "cannot-send" && said_anyway {
                continue;
            }
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.insert(note.to_owned()) {
                self.say(node, note);
            }
        }
    }

    fn say(&self, node: &Address, note: &str) {
        let text = match (self.style, note.split_once(':')) {
            (Style::Json, _) => json!({"desk": note}).to_string(),
            (Style::Text, Some(("no-sounder", desk))) => deaf::no_sounder(desk),
            (Style::Text, _) if note == "cannot-send" => {
                deaf::cannot_send(fallback::kept(node).as_ref(), None)
            }
            (Style::Text, _) if note == "notices-stopped" => deaf::notices_stopped(),
            // A newer node knows more that may be wrong.
            (Style::Text, _) => format!("the node says: {note}"),
        };
        output::say(&output::plain(text.trim_end()));
    }
}
