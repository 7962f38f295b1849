//! What waits for a batch, and what becomes of it when the journal has failed.

use super::Pending;
use crate::core::work::{Answer, Deed, Outside};
use channel::effect::{Effect, Refusal};

pub(super) enum Held {
    Effect(Box<Effect>),
    Answer(Answer),
}

impl Held {
    pub(super) fn is_for_a_connection(&self) -> bool {
        match self {
            Self::Answer(_) => false,
            Self::Effect(effect) => match **effect {
                Effect::Transmit { .. }
                | Effect::TransmitFrame { .. }
                | Effect::Cosign { .. }
                | Effect::Pause { .. }
                | Effect::Close { .. } => true,
                Effect::Append(_)
                | Effect::Send(_)
                | Effect::AlarmNow(_)
                | Effect::Alarm(_)
                | Effect::AlarmEnded(_)
                | Effect::EpochNeeded { .. }
                | Effect::Look(_)
                | Effect::Reply { .. }
                | Effect::WakeAt(_) => false,
            },
        }
    }
}

/// The effects, with entries that follow each other on a connection as one run: so it ends where the batch does, whose
/// root is at hand.
pub(super) fn joined(held: Vec<Held>) -> Vec<Effect> {
    let mut all: Vec<Effect> = Vec::with_capacity(held.len());
    for held in held {
        let Held::Effect(effect) = held else {
            continue;
        };
        match (all.last_mut(), *effect) {
            (
                Some(Effect::Transmit {
                    connection,
                    log,
                    until,
                    ..
                }),
                Effect::Transmit {
                    connection: on,
                    log: of,
                    from,
                    until: end,
                },
            ) if (*connection, *log, *until) == (on, of, from) && end >= from => *until = end,
            (_, effect) => all.push(effect),
        }
    }
    all
}

/// What waited for a batch that never became durable.
pub(super) fn release_after_failure(pending: Pending, outside: &dyn Outside) {
    for held in pending.held {
        match held {
            // Whoever waits for it is told that there is no answer.
            Held::Answer(answer) => drop(answer),
            Held::Effect(effect) => show_failed(*effect, outside),
        }
    }
}

/// A journal that has failed: alarms still sound, marked, and whoever waits is told. Nothing else is done.
pub(super) fn show_failed(effect: Effect, outside: &dyn Outside) {
    match effect {
        Effect::Alarm(alarm) => {
            outside.do_now(Deed::Effect(Effect::Alarm(channel::effect::Alarm {
                recorded: false,
                ..alarm
            })))
        }
        Effect::AlarmEnded(_) | Effect::WakeAt(_) => outside.do_now(Deed::Effect(effect)),
        Effect::Reply { request, answer } => {
            let answer = answer.and_then(|_| Err(Refusal::CannotSend("the other party".into())));
            outside.do_now(Deed::Effect(Effect::Reply { request, answer }));
        }
        Effect::Append(_)
        | Effect::Send(_)
        | Effect::AlarmNow(_)
        | Effect::Transmit { .. }
        | Effect::TransmitFrame { .. }
        | Effect::Cosign { .. }
        | Effect::Pause { .. }
        | Effect::Close { .. }
        | Effect::EpochNeeded { .. }
        | Effect::Look(_) => {}
    }
}
