//! Disks that fill, and folders that two want.

use crate::support::{self, Screen};
use node::http::problem::chain;
use node::server::Node;
use serde_json::json;
use std::path::Path;

fn size_of(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_disk_stops_notices_and_no_stop_call_and_goes_on_when_there_is_room() {
    let base = tempfile::tempdir().unwrap();
    let disk = store::faults::FaultyDisk::new();
    let on = disk.clone();
    let (first, second, _a, b) = support::pair_on(base.path(), move |options| options.on(on)).await;
    first.is_up().await;
    second.is_up().await;
    let journal = b.path.join("journal");
    disk.set_quota(Some((&journal, size_of(&journal))));
    let refused = loop {
        let (status, answer) = second.post("/api/drafts", support::notice()).await;
        if status != 200 {
            break (status, answer);
        }
    };
    assert_eq!(
        (refused.0, refused.1["code"].as_str()),
        (503, Some("disk-full")),
        "{:#}",
        refused.1
    );
    assert!(
        refused.1["detail"].as_str().unwrap().contains("555 0100"),
        "{:#}",
        refused.1
    );
    let (status, answer) = second.post("/api/calls", json!({"desk": "air"})).await;
    assert_eq!(
        (status, &answer["stopped"][0]["on_its_way"]),
        (200, &json!(true)),
        "{answer:#}"
    );
    first
        .until("/api/calls", |calls| calls[0]["caller"] == "peer")
        .await;
    let (status, said) = support::http(second.node.http, "GET", "/healthz", "", None).await;
    assert_eq!((status, said.as_str()), (503, Some("disk full\n")));
    has_alarm(&second, "notices-stopped", true).await;

    let told = support::head(&second, "/api/calls").await;
    assert!(told.contains("standclear-desk: notices-stopped"), "{told}");

    disk.set_quota(None);
    has_alarm(&second, "notices-stopped", false).await;
    let (status, answer) = second.post("/api/drafts", support::notice()).await;
    assert_eq!(status, 200, "{answer:#}");
    let (status, _) = support::http(second.node.http, "GET", "/healthz", "", None).await;
    assert_eq!(status, 200);
}

async fn has_alarm(screen: &Screen, kind: &str, wanted: bool) {
    screen
        .until("/api/alarms", |alarms| {
            let mut alarms = alarms.as_array().unwrap().iter();
            alarms.any(|alarm| alarm["kind"] == kind) == wanted
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_nodes_on_one_folder_the_second_does_not_start_and_says_why() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, a, _b) = support::pair(base.path()).await;
    let refused = Node::start(&a.path)
        .await
        .err()
        .expect("the folder is taken");
    let text = chain(&refused);
    assert!(text.contains("in use by process"), "{text}");
    first.is_up().await;
    let (status, answer) = first.post("/api/calls", json!({"desk": "air"})).await;
    assert_eq!(status, 200, "{answer:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn positions_are_sealed_at_rest_under_a_key_that_lies_elsewhere() {
    let base = tempfile::tempdir().unwrap();
    let elsewhere = base.path().join("other-disk");
    node::party::files::make_folder(&elsewhere).unwrap();
    let key = elsewhere.join("at-rest.key");
    let a = support::folder_with(base.path(), "coalition", Some(&key));
    assert!(!a.path.join("keys/at-rest.key").exists());
    let text = format!("at_rest_key = {key:?}\n[http]\naddress = \"127.0.0.1:0\"\n");
    std::fs::write(a.path.join("node.toml"), text).unwrap();
    let screen = Screen::start(&a).await;
    let b = support::folder(base.path(), "federation");
    let body = json!({"arrangement": support::arrangement(&a, &b), "peer_card": support::card(&b)});
    let (status, answer) = screen.administer("/api/admin/arrangement", body).await;
    assert_eq!(status, 200, "{answer:#}");
    let mut notice = support::notice();
    notice["slots"]["label"] = json!("SEALEDNAME");
    let (status, answer) = screen.post("/api/drafts", notice).await;
    assert_eq!(status, 200, "{answer:#}");
    assert!(
        screen
            .get("/api/drafts")
            .await
            .to_string()
            .contains("SEALEDNAME")
    );
    assert!(screen.node.stop().await);
    for file in std::fs::read_dir(a.path.join("journal")).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let leaks = |needle: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
        assert!(!leaks(b"SEALEDNAME"), "{}", path.display());
        // The latitude in 1e-7 degree, as it stands in records.
        assert!(!leaks(&353_304_000_i32.to_be_bytes()), "{}", path.display());
    }
    std::fs::remove_file(&key).unwrap();
    let refused = Node::start(&a.path)
        .await
        .err()
        .expect("without its key the journal stays shut");
    assert!(
        chain(&refused).contains("at-rest.key"),
        "{}",
        chain(&refused)
    );
}
