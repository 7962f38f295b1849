//! Whoever loses the account, or the desk, is no longer on watch: the officers' file is changed beside a running node, and
//! a watch by somebody who cannot sign in would be a desk with nobody at it.

use crate::server::Served;
use model::code::{Desk, Role};
use model::command::{Acting, Command};
use model::ids::OfficerId;
use model::state::State;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks at the officers' file.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Looks at the watches after a change: a request that signed in just before it may take a watch just after.
const LOOKS: u8 = 2;

/// Takes those off the watch who may not be on it, when the node starts and whenever the officers' file has changed.
pub async fn keep(served: Arc<Served>) {
    let mut seen = None;
    let mut looks = LOOKS;
    loop {
        let changed = served.auth.changed();
        if changed != seen {
            seen = changed;
            looks = LOOKS;
        }
        if looks > 0 {
            looks -= 1;
            let Ok(on_watch) = served.shell.ask(|node| on_watch(node.state())).await else {
                return;
            };
            for (desk, officer) in on_watch {
                if served.auth.may_watch(officer, desk) {
                    continue;
                }
                take_off(&served, desk, officer).await;
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn on_watch(state: &State) -> Vec<(Desk, OfficerId)> {
    let desks = state.watch.iter();
    desks
        .flat_map(|(desk, officers)| officers.iter().map(|officer| (*desk, *officer)))
        .collect()
}

async fn take_off(served: &Served, desk: Desk, officer: OfficerId) {
    let acting = Acting {
        officer,
        role: Role::Watch,
        element: None,
    };
    let left = served.shell.command(acting, Command::LeaveWatch { desk });
    match left.await {
        Ok(_done) => tracing::warn!(
            desk = desk.name(),
            "an officer without an account for this desk is off its watch"
        ),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "an officer without an account stays on watch");
        }
    }
}
