//! Stop calls.

use super::ms;
use super::outcomes::Warning;
use super::values::{SlotsShown, slots};
use crate::names;
use channel::Node;
use model::line::Side;
use model::stop::StopCall;
use model::units::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A stop call.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallShown {
    pub call: String,
    pub line: String,
    pub line_name: String,
    /// own: we called; peer: they did.
    pub caller: String,
    pub desk: String,
    /// Where it stands. An order is never shown as a confirmed pause.
    pub phase: String,
    pub sent_at: i64,
    pub arrived_at: Option<i64>,
    pub delivered: Option<i64>,
    /// When the caller is told that it was not delivered, unless it is by then.
    pub undelivered_at: i64,
    /// That time has come, and it was not: on these numbers the other party's desk is reached.
    pub not_delivered: bool,
    pub telephone: Vec<String>,
    pub accepted_at: Option<i64>,
    pub accepted_name: Option<String>,
    /// In which role; whoever it was spoke for the called party.
    pub accepted_role: Option<String>,
    /// Our officer, where the call came to us. It never leaves this node.
    pub accepted_by: Option<String>,
    pub answers: Vec<AnswerShown>,
    pub owed_until: i64,
    /// The called party ended its pause before the limit: when, why, and the name that it gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndShown>,
    /// When the caller asked for another limit's worth, last; on its own node once the other has signed for it.
    #[serde(default)]
    pub renewed_at: Option<i64>,
    /// The caller has asked for it, and does not know yet whether it came in time.
    #[serde(default)]
    pub renewing_since: Option<i64>,
    /// A renewal came after the limit: the call was made anew by it, and what was answered before counts no more.
    #[serde(default)]
    pub anew_at: Option<i64>,
    #[serde(default)]
    pub lifted_at: Option<i64>,
    #[serde(default)]
    pub resumed_at: Option<i64>,
    #[serde(default)]
    pub raised_in_error_at: Option<i64>,
    pub folded_into: Option<String>,
    /// `null`: details unreadable.
    #[schema(value_type = Object)]
    pub details: Option<SlotsShown>,
    /// What this node itself doubts about the place, on whichever side it is.
    pub warnings: Vec<Warning>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AnswerShown {
    pub at: i64,
    pub answer: String,
    pub reason: Option<String>,
    pub name: Option<String>,
}

/// How a pause was ended by the party that had ordered it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EndShown {
    pub at: i64,
    pub reason: Option<String>,
    pub name: Option<String>,
}

pub fn call(node: &Node, call: &StopCall, now: Timestamp) -> Option<CallShown> {
    let view = node.state().lines.get(&call.entry.log.line)?;
    let terms = &view.arrangement.stop;
    let undelivered_at = ms(call.sent_at) + terms.undelivered.as_ms();
    let answer = |answered: &model::stop::Answered| AnswerShown {
        at: ms(answered.at),
        answer: answered.answer.to_string(),
        reason: answered.reason.map(|reason| reason.to_string()),
        name: answered.name.clone(),
    };
    Some(CallShown {
        call: names::entry(call.entry),
        line: call.entry.log.line.to_string(),
        line_name: view.name.to_string(),
        caller: names::side(call.caller()).to_owned(),
        desk: call.desk.to_string(),
        phase: call.phase(terms, now).name().to_owned(),
        sent_at: ms(call.sent_at),
        arrived_at: call.arrived_at.map(ms),
        delivered: call.delivered.map(ms),
        undelivered_at,
        not_delivered: call.caller() == Side::Own
            && call.delivered.is_none()
            && ms(now) >= undelivered_at
            && !call.is_over(terms, now),
        telephone: node.telephone(call.entry.log.line, call.desk),
        accepted_at: call.accepted.as_ref().map(|accepted| ms(accepted.at)),
        accepted_name: call
            .accepted
            .as_ref()
            .and_then(|accepted| accepted.name.clone()),
        accepted_role: call
            .accepted
            .as_ref()
            .map(|accepted| accepted.role.to_string()),
        accepted_by: call
            .accepted
            .as_ref()
            .and_then(|accepted| accepted.by.map(|by| by.to_string())),
        answers: call.answers.iter().map(answer).collect(),
        owed_until: ms(call.owed_until(terms)),
        ended: call.ended.as_ref().map(|ended| EndShown {
            at: ms(ended.at),
            reason: ended.reason.map(|reason| reason.to_string()),
            name: ended.name.clone(),
        }),
        renewed_at: call.renewed.map(ms),
        renewing_since: call.renewing.map(|(_, at)| ms(at)),
        anew_at: call.anew.map(ms),
        lifted_at: call.lifted.map(ms),
        resumed_at: call.resumed.map(ms),
        raised_in_error_at: call.raised_in_error.map(ms),
        folded_into: call.folded_into.map(names::entry),
        details: (call.details.as_ref())
            .map(|details| slots(details, &view.arrangement.reference_points)),
        warnings: node.doubts(call.entry).iter().map(Warning::from).collect(),
    })
}
