//! Nothing that leaves a node, and no time at which it does, depends on plans that were not released. `SIM_PLANS` says over how
//! many seeds (default 40).

use sim::plan::{Plan, Plans};
use sim::world::{Outcome, run};

fn with(seed: u64, plans: Plans) -> Outcome {
    let mut plan = Plan::new(seed);
    plan.plans = Some(plans);
    run(&plan, false).expect("every seed gives keys")
}

#[test]
fn every_byte_and_every_time_is_the_same_whatever_is_planned() {
    let count = std::env::var("SIM_PLANS").map_or(40, |text| text.parse().expect("a number"));
    for seed in 0..count {
        let near = with(seed, Plans::AmongTheNotices);
        let far = with(seed, Plans::FarAway);
        assert!(near.broken.is_none() && far.broken.is_none(), "seed {seed}");
        assert_ne!(near.sum, far.sum, "seed {seed}: the plans differ");
        assert_eq!(near.said, far.said, "seed {seed}: what leaves does not");
        assert_eq!(near.ended, far.ended, "seed {seed}");
    }
}
