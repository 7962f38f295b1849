//! Many schedules from many seeds; or one, told in full. docs/simulator.md says how to read what this prints.
//!
//! `SIM_SCHEDULES` says how many (default 1,000), `SIM_FIRST` the first seed (default 0), `SIM_FAILURES` after how many
//! broken ones to stop (default 5), `SIM_SEED` the only one.

use sim::plan::Plan;
use sim::shrink::shrink;
use sim::world::{Outcome, run};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many times the progress is told.
const TOLD: u64 = 20;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} must be a number, not `{text}`")),
    )
}

/// What a person needs to see of a schedule that broke a law.
fn report(plan: &Plan, outcome: &Outcome) -> String {
    let mut text = String::new();
    let Some(broken) = &outcome.broken else {
        return text;
    };
    let _ = writeln!(
        text,
        "seed {} breaks {}: {}",
        plan.seed, broken.law, broken.words
    );
    let smaller = shrink(plan, broken.law);
    let told = run(&smaller, false).expect("the keys were made before");
    let _ = writeln!(text, "faults that are needed: {:#?}", smaller.faults);
    let _ = writeln!(
        text,
        "acts that are needed: {} of {}",
        smaller.acts.len(),
        plan.acts.len()
    );
    let _ = writeln!(text, "the end of it:");
    for line in told
        .trace
        .iter()
        .rev()
        .take(60)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
    {
        let _ = writeln!(text, "{line}");
    }
    let _ = writeln!(
        text,
        "all of it: SIM_SEED={} cargo test -p sim one_schedule -- --nocapture",
        plan.seed
    );
    text
}

/// Says how many are done. Straight to the terminal: `cargo test` would keep it until the end.
fn tell(done: u64, count: u64, broken: usize) {
    let step = (count / TOLD).max(1);
    if done.is_multiple_of(step) || done == count {
        let _nobody_listens = writeln!(
            std::io::stderr(),
            "schedules: {done} of {count} done, {broken} broken"
        );
    }
}

#[test]
fn no_schedule_breaks_a_law() {
    let count = number("SIM_SCHEDULES").unwrap_or(1_000);
    let first = number("SIM_FIRST").unwrap_or(0);
    let most = number("SIM_FAILURES").unwrap_or(5);
    if number("SIM_SEED").is_some() {
        return;
    }
    let (next, done) = (AtomicU64::new(first), AtomicU64::new(0));
    let failures = Mutex::new(BTreeMap::new());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let enough = failures.lock().unwrap().len() as u64 >= most;
                    if seed >= first + count || enough {
                        return;
                    }
                    let plan = Plan::new(seed);
                    let outcome = run(&plan, false).expect("every seed gives keys");
                    let mut failures = failures.lock().unwrap();
                    if let Some(broken) = &outcome.broken {
                        let told =
                            format_args!("seed {seed} breaks {}: {}", broken.law, broken.words);
                        let _nobody_listens = writeln!(std::io::stderr(), "{told}");
                        failures.insert(seed, (plan, outcome));
                    }
                    tell(
                        done.fetch_add(1, Ordering::Relaxed) + 1,
                        count,
                        failures.len(),
                    );
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    if let Some((plan, outcome)) = failures.values().next() {
        let others: Vec<String> = failures
            .values()
            .skip(1)
            .filter_map(|(plan, outcome)| outcome.broken.as_ref().map(|broken| (plan.seed, broken)))
            .map(|(seed, broken)| format!("seed {seed} breaks {}: {}", broken.law, broken.words))
            .collect();
        panic!("{}\nothers:\n{}", report(plan, outcome), others.join("\n"));
    }
}

/// Tells one schedule in full: `SIM_SEED=n`. Without it, the first one is run and not told.
#[test]
fn one_schedule() {
    let Some(seed) = number("SIM_SEED") else {
        assert!(run(&Plan::new(0), true).expect("keys").broken.is_none());
        return;
    };
    let plan = Plan::new(seed);
    println!("{plan:#?}");
    let outcome = run(&plan, true).expect("every seed gives keys");
    for line in &outcome.trace {
        println!("{line}");
    }
    if let Some(broken) = &outcome.broken {
        panic!("seed {seed} breaks {}: {}", broken.law, broken.words);
    }
}

/// A lie that cannot be made is skipped like one that nobody is there to hear, and the laws about lies look at nothing.
#[test]
fn every_kind_of_lie_is_told() {
    let mut kinds = std::collections::BTreeSet::new();
    for plan in (0..400).map(Plan::new).filter(|plan| plan.lying) {
        let told = run(&plan, false).expect("every seed gives keys").lies_told;
        // Its name, without the class.
        let name = |lie: &sim::plan::Lie| format!("{lie:?}").split(' ').next().map(str::to_owned);
        kinds.extend(told.iter().filter_map(name));
        if kinds.len() == 8 {
            return;
        }
    }
    panic!("only these are ever told: {kinds:?}");
}

#[test]
fn the_same_seed_does_the_same_to_the_last_byte() {
    for seed in [3, 17, 40] {
        let plan = Plan::new(seed);
        let (one, other) = (
            run(&plan, true).expect("keys"),
            run(&plan, true).expect("keys"),
        );
        assert_eq!(one.trace, other.trace, "seed {seed}");
        assert_eq!(
            one.sum, other.sum,
            "seed {seed}: bytes differ that the trace does not show"
        );
    }
    let (one, other) = (
        run(&Plan::new(3), false).expect("keys"),
        run(&Plan::new(4), false).expect("keys"),
    );
    assert_ne!(one.sum, other.sum);
}
