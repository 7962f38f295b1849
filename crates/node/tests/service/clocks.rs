//! Clocks that are wrong, or jump.

use super::paths::facts;
use crate::support::{self, Screen, configure, folder};
use model::units::{Millis, Timestamp};
use node::events::Told;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

static AHEAD: AtomicI64 = AtomicI64::new(0);

/// The machine's clock, and however much it is set ahead.
fn set_clock() -> Timestamp {
    let ahead = Millis::new(AHEAD.load(Ordering::Relaxed)).unwrap();
    node::clock::now().saturating_add(ahead)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_clock_that_jumps_is_told_to_the_administrator_and_to_the_desk_only_beyond_the_limit() {
    let base = tempfile::tempdir().unwrap();
    let (a, b) = (
        folder(base.path(), "coalition"),
        folder(base.path(), "federation"),
    );
    configure(&a, "\"127.0.0.1:0\"", &[]);
    let first = Screen::start(&a).await;
    configure(&b, "", &first.node.lines);
    let second = Screen::start_by(&b, set_clock).await;
    support::join(&first, &second, &a, &b).await;
    first.is_up().await;
    second.is_up().await;
    let mut heard = second.node.served.shell.events.listen();

    // Within the arrangement's two seconds: the administrator's, not the desk's.
    AHEAD.store(1_500, Ordering::Relaxed);
    let told = async {
        loop {
            if matches!(heard.recv().await.unwrap().as_ref(), Told::Changed { what, .. } if what == "clock-jump")
            {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), told)
        .await
        .unwrap();
    assert_eq!(second.node.served.shell.metrics.clock_jumps.value(), 1);
    first
        .until("/api/lines", |lines| {
            lines[0]["clock_offset_ms"]
                .as_i64()
                .is_some_and(|ms| ms > 1_000)
        })
        .await;
    let noted = facts(&first, "ClockOffsetNoted").await;
    assert_eq!(noted.len(), 1, "{noted:?}");
    assert_eq!(noted[0]["beyond_limit"], false, "{noted:?}");
    assert!(!alarmed(&first).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clocks_further_apart_than_the_arrangement_allows_alarm_both_desks() {
    fn wrong() -> Timestamp {
        node::clock::now().saturating_add(Millis::from_seconds(5))
    }
    let base = tempfile::tempdir().unwrap();
    let (a, b) = (
        folder(base.path(), "coalition"),
        folder(base.path(), "federation"),
    );
    configure(&a, "\"127.0.0.1:0\"", &[]);
    let first = Screen::start(&a).await;
    configure(&b, "", &first.node.lines);
    let second = Screen::start_by(&b, wrong).await;
    support::join(&first, &second, &a, &b).await;
    for screen in [&first, &second] {
        screen
            .until("/api/alarms", |alarms| {
                let alarms = alarms.as_array().unwrap();
                alarms.iter().any(|alarm| alarm["kind"] == "clock-offset")
            })
            .await;
        let noted = facts(screen, "ClockOffsetNoted").await;
        assert_eq!(noted[0]["beyond_limit"], true, "{noted:?}");
    }
}

async fn alarmed(screen: &Screen) -> bool {
    let alarms = screen.get("/api/alarms").await;
    let mut alarms = alarms.as_array().unwrap().iter();
    alarms.any(|alarm| alarm["kind"] == "clock-offset")
}
