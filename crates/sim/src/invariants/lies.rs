//! A peer that lies leaves evidence, and harms `main` alone; one that does not is never accused.

use model::event::{Event, Fact};
use model::ids::LineId;
use model::line::Fault;

use crate::witness::{Verdict, Witnessed, broken};

const EVIDENCE: &str = "equivocation_is_evidence";
const FALSE: &str = "no_false_accusation";

/// A contradiction that has arrived, where both had said hello, is in the journal, with what proves it, and `main` is halted.
/// What comes before a hello is refused unread, and kept as a fault.
pub fn equivocation_is_evidence(node: &Witnessed) -> Verdict {
    for (line, lie) in &node.lied_to {
        let halted = node
            .facts
            .iter()
            .any(|fact| matches!(&fact.event, Event::MainHalted { line: of, .. } if of == line));
        if !halted {
            return broken(EVIDENCE, format!("{line} was lied to, and main goes on"));
        }
        if !is_kept(&node.facts, *line, lie) {
            return broken(
                EVIDENCE,
                format!("the lie told on {line} ({} bytes) is not kept", lie.len()),
            );
        }
    }
    Ok(())
}

/// Whether the journal holds what proves a lie.
pub fn is_kept(facts: &[Fact], line: LineId, lie: &[u8]) -> bool {
    facts.iter().any(|fact| match &fact.event {
        Event::MainHalted {
            line: of, evidence, ..
        }
        | Event::FaultNoted {
            line: of, evidence, ..
        } => *of == line && contains(evidence, lie),
        _other_fact => false,
    })
}

fn contains(kept: &[u8], lie: &[u8]) -> bool {
    // A fault keeps less than a halt does.
    let shown = &lie[..lie.len().min(kept.len())];
    !shown.is_empty() && kept.windows(shown.len()).any(|window| window == shown)
}

/// Between honest parties nothing looks like a lie, whatever the network, the disks and the clocks do.
pub fn no_false_accusation(fact: &Fact) -> Verdict {
    match &fact.event {
        Event::MainHalted {
            line,
            fault,
            evidence,
        } => {
            let said = String::from_utf8_lossy(&evidence[..evidence.len().min(160)]).into_owned();
            broken(
                FALSE,
                format!("main of {line} is halted for {fault}: {said}"),
            )
        }
        Event::FaultNoted { line, fault, .. } => match fault {
            // Keys are rotated behind a manifest that tells of them, and TLS keeps damage out.
            Fault::Equivocation
            | Fault::SplitView
            | Fault::Flood
            | Fault::WrongSignature
            | Fault::WrongLane
            | Fault::WrongLine
            | Fault::TooLarge
            | Fault::NotDeterministic
            | Fault::Malformed
            | Fault::WrongCommitment
            | Fault::WrongProof
            | Fault::NoCommonVersion
            | Fault::WrongManifest => broken(FALSE, format!("{line}: {fault} is noted")),
            // A restored node, or a slow one, does that.
            Fault::WrongSequence
            | Fault::WrongEpoch
            | Fault::WrongParty
            | Fault::WrongCheckpoint
            | Fault::WrongCosignature
            | Fault::Stalled
            | Fault::Replayed
            | Fault::BehindOurRecord
            | Fault::EpochNotConfirmed => Ok(()),
        },
        _other_fact => Ok(()),
    }
}
