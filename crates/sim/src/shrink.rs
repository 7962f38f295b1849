//! A smaller schedule that breaks the same law.

use crate::plan::Plan;
use crate::world;

/// Runs that are spent on it at most.
const MAX_RUNS: usize = 400;

/// Leaves out faults and acts, many at a time and then one by one, as long as `law` is still broken.
pub fn shrink(plan: &Plan, law: &str) -> Plan {
    let mut smallest = plan.clone();
    let mut runs = 0;
    let mut still_broken = |candidate: &Plan| {
        runs += 1;
        let outcome = world::run(candidate, false);
        let same =
            outcome.is_ok_and(|outcome| outcome.broken.is_some_and(|broken| broken.law == law));
        (same, runs < MAX_RUNS)
    };
    let mut piece = smallest.faults.len().max(smallest.acts.len()).max(1);
    loop {
        let mut progress = false;
        for of_acts in [false, true] {
            let mut from = 0;
            while from < length(&smallest, of_acts) {
                let candidate = without(&smallest, of_acts, from, piece);
                let (same, may_go_on) = still_broken(&candidate);
                match same {
                    true => {
                        smallest = candidate;
                        progress = true;
                    }
                    false => from += piece,
                }
                if !may_go_on {
                    return smallest;
                }
            }
        }
        match (piece, progress) {
            (1, false) => return smallest,
            (1, true) => {}
            (_, _) => piece = piece.div_ceil(2),
        }
    }
}

fn length(plan: &Plan, of_acts: bool) -> usize {
    if of_acts {
        plan.acts.len()
    } else {
        plan.faults.len()
    }
}

fn without(plan: &Plan, of_acts: bool, from: usize, count: usize) -> Plan {
    let mut smaller = plan.clone();
    let until = (from + count).min(length(plan, of_acts));
    match of_acts {
        true => drop(smaller.acts.drain(from..until)),
        false => drop(smaller.faults.drain(from..until)),
    }
    smaller
}
