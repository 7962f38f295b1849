//! What administrators do.

use super::Step;
use crate::effect::{Done, Refusal};
use crate::ground;
use crate::input::{Administration, Disk};
use model::event::{Actor, Event};
use model::line::Side;

impl Step<'_> {
    pub(super) fn administer(&mut self, act: Administration) -> Result<Done, Refusal> {
        if self.node.disk != Disk::Well {
            return Err(Refusal::CannotSend(String::new()));
        }
        let event = match act {
            Administration::PutInForce {
                arrangement,
                name,
                peer,
                signatures,
            } => {
                let line = arrangement.line;
                ground::check_agreed(&arrangement.area).map_err(|refused| {
                    Refusal::Invalid(
                        format!("the arrangement's area cannot be drawn: {refused}").into(),
                    )
                })?;
                if let Some(view) = self.node.state.lines.get(&line) {
                    if arrangement.version <= view.arrangement.version {
                        let older = format!(
                            "version {} of the arrangement is in force, and {} is not newer",
                            view.arrangement.version, arrangement.version
                        );
                        return Err(Refusal::Invalid(older.into()));
                    }
                    if view.peer != peer || view.arrangement.exercise != arrangement.exercise {
                        return Err(Refusal::Invalid(
                            "a line keeps its parties, and stays an exercise or live: draw up a new line".into(),
                        ));
                    }
                }
                if self
                    .node
                    .state
                    .lines
                    .iter()
                    .any(|(id, view)| *id != line && view.name == name)
                {
                    let taken = format!("another line is called `{name}` here: name it otherwise");
                    return Err(Refusal::Invalid(taken.into()));
                }
                if arrangement.peer_of(self.node.party) != Some(peer) {
                    return Err(Refusal::Invalid(
                        "the arrangement is not between this party and that one".into(),
                    ));
                }
                Event::ArrangementInForce {
                    line,
                    name,
                    peer,
                    arrangement,
                    signatures,
                }
            }
            Administration::TakeManifest {
                line,
                side,
                version,
                manifest,
            } => Event::ManifestTaken {
                line,
                side,
                version,
                manifest,
            },
            Administration::OpenEpoch {
                line,
                epoch,
                closes,
                statement,
            } => {
                let lines = &self.node.lines;
                // Nothing is said while the record is compared; at any other time something may have been since.
                if !lines.is_recovering(line) && lines.next_epoch(line) != Some((epoch, closes)) {
                    return Err(Refusal::NotNow(
                        "something was said since the statement was made: open the epoch again"
                            .into(),
                    ));
                }
                Event::EpochOpened {
                    line,
                    side: Side::Own,
                    epoch,
                    closes,
                    confirmed: false,
                    statement,
                }
            }
            Administration::ConfirmEpoch {
                line,
                epoch,
                statement,
            } => Event::EpochConfirmed {
                line,
                side: Side::Own,
                epoch,
                statement,
            },
            Administration::PutRulesInForce => {
                self.rules_in_force();
                return Ok(Done::Done);
            }
            Administration::Restored { size } if self.node.lines.knows_restored(size) => {
                return Ok(Done::Done);
            }
            Administration::Restored { size } => Event::Restored { size },
        };
        self.record(Actor::Administrator, event);
        Ok(Done::Done)
    }

    /// Journals the rules that decide, where the record does not end with them: it must tell what a version said.
    pub(super) fn rules_in_force(&mut self) {
        let rules = &self.node.rules;
        let (version, text) = (rules.metadata().version, rules.text());
        let metadata = rules.metadata_text();
        let known = self.node.state.rules.as_ref().is_some_and(|known| {
            known.version == version && known.rules == *text && known.metadata == *metadata
        });
        if !known {
            let event = Event::RulesInForce {
                version,
                rules: text.clone(),
                metadata: metadata.clone(),
            };
            self.record(Actor::Administrator, event);
        }
    }
}
