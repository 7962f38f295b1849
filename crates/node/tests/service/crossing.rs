//! What each says before it has heard what the other said meanwhile: both end with the same, and nothing is lost.

use crate::support::{self, Screen};
use serde_json::{Value, json};

async fn carry(from: &Screen, to: &Screen) {
    let file = packed(from).await;
    take(to, &file).await;
}

async fn packed(from: &Screen) -> Vec<u8> {
    let (status, file) = from.file("/api/admin/lines/air-line/export", b"").await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&file));
    file
}

async fn take(to: &Screen, file: &[u8]) {
    let (status, answer) = to.file("/api/admin/lines/air-line/import", file).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
}

/// Both couriers leave before either arrives.
async fn cross(first: &Screen, second: &Screen) {
    let (forth, back) = (packed(first).await, packed(second).await);
    take(second, &forth).await;
    take(first, &back).await;
    // And the receipts of it.
    carry(first, second).await;
    carry(second, first).await;
}

async fn release(screen: &Screen, draft: &str) {
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let body = json!({"lines": ["air-line"], "terms": terms, "in_conflict": true});
    let path = format!("/api/drafts/{draft}/release");
    let (status, answer) = screen.post(&path, body).await;
    assert_eq!(status, 200, "{answer:#}");
}

/// A notice of `first` that `second` holds: the draft, and its name on either side.
async fn told(first: &Screen, second: &Screen) -> (String, String, String) {
    let (_, drafted) = first.post("/api/drafts", support::notice()).await;
    let draft = drafted["draft"].as_str().unwrap().to_owned();
    release(first, &draft).await;
    carry(first, second).await;
    let entry = |told: Value| told[0]["entry"].as_str().unwrap().to_owned();
    let ours = first.until("/api/notices", |all| !all[0].is_null()).await;
    let theirs = second.until("/api/notices", |all| !all[0].is_null()).await;
    (draft, entry(ours), entry(theirs))
}

async fn answer(screen: &Screen, notice: &str, answer: &str) -> (u16, Value) {
    let path = format!("/api/notices/{notice}/displayed");
    screen.post(&path, json!({})).await;
    let path = format!("/api/notices/{notice}/answer");
    screen.post(&path, json!({"answer": answer})).await
}

/// One notice of a list, by its name.
fn of<'a>(all: &'a Value, entry: &str) -> &'a Value {
    let mut all = all.as_array().unwrap().iter();
    all.find(|notice| notice["entry"] == entry).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_answer_that_crosses_the_withdrawal_of_its_notice_stands_on_both_sides() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair_by_file(base.path()).await;
    let (draft, ours, theirs) = told(&first, &second).await;
    let withdrawn = json!({"reason": "cancelled"});
    let path = format!("/api/drafts/{draft}/withdraw");
    assert_eq!(first.post(&path, withdrawn).await.0, 200);
    assert_eq!(answer(&second, &theirs, "objection").await.0, 200);
    cross(&first, &second).await;
    for (screen, entry) in [(&first, &ours), (&second, &theirs)] {
        let ended = |all: &Value| {
            let notice = of(all, entry);
            notice["state"] == "withdrawn" && notice["answer"] == "objection"
        };
        let all = screen.until("/api/notices", ended).await;
        assert!(of(&all, entry)["refused"].is_null(), "{all:#}");
    }
    // Once it is known to be no more, it is not answered any longer; what was said of it stands.
    let (status, refused) = answer(&second, &theirs, "no-objection").await;
    assert_eq!(
        (status, refused["code"].as_str()),
        (422, Some("invalid")),
        "{refused:#}"
    );
    assert!(
        refused["detail"].as_str().unwrap().contains("withdrawn"),
        "{refused:#}"
    );
    let again = json!({"reason": "cancelled"});
    assert_eq!(first.post(&path, again).await.0, 422);
    let after = second.get("/api/notices").await;
    assert_eq!(of(&after, &theirs)["answer"], "objection");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_answer_that_crosses_an_amendment_is_one_to_what_it_was_and_none_to_what_it_is() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair_by_file(base.path()).await;
    let (draft, ours, theirs) = told(&first, &second).await;
    let changed = json!({"draft": draft, "desk": "air", "kind": "air-activity", "slots": {"band": "SFC to 4000 ft MSL"}});
    let (status, kept) = first.post("/api/drafts", changed).await;
    assert_eq!(status, 200, "{kept:#}");
    release(&first, &draft).await;
    assert_eq!(answer(&second, &theirs, "no-objection").await.0, 200);
    cross(&first, &second).await;
    for (screen, entry) in [(&first, &ours), (&second, &theirs)] {
        let amended = |all: &Value| {
            let old = of(all, entry);
            old["answer"] == "no-objection" && old["amended_by"].is_string()
        };
        let all = screen.until("/api/notices", amended).await;
        let new = of(&all, of(&all, entry)["amended_by"].as_str().unwrap());
        assert!(new["answer"].is_null(), "{all:#}");
        assert!(
            new["displayed"].is_null() && new["read_back"].is_null(),
            "{all:#}"
        );
        assert!(
            new["refused"].is_null() && of(&all, entry)["refused"].is_null(),
            "{all:#}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_amendment_and_its_withdrawal_on_their_way_together_end_both_notices() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair_by_file(base.path()).await;
    let (draft, _ours, theirs) = told(&first, &second).await;
    let changed = json!({"draft": draft, "desk": "air", "kind": "air-activity", "slots": {"band": "SFC to 4000 ft MSL"}});
    let (status, kept) = first.post("/api/drafts", changed).await;
    assert_eq!(status, 200, "{kept:#}");
    release(&first, &draft).await;
    let path = format!("/api/drafts/{draft}/withdraw");
    let withdrawn = json!({"reason": "given-in-error"});
    assert_eq!(first.post(&path, withdrawn).await.0, 200);
    assert_eq!(answer(&second, &theirs, "concern").await.0, 200);
    cross(&first, &second).await;
    for screen in [&first, &second] {
        let over = |all: &Value| {
            let all = all.as_array().unwrap();
            let live = all
                .iter()
                .filter(|notice| notice["state"] != "withdrawn" && notice["state"] != "amended");
            all.len() == 2 && live.count() == 0
        };
        let all = screen.until("/api/notices", over).await;
        assert!(
            all.as_array()
                .unwrap()
                .iter()
                .all(|notice| notice["refused"].is_null()),
            "{all:#}"
        );
    }
    let (status, refused) = answer(&second, &theirs, "no-objection").await;
    assert_eq!(status, 422, "{refused:#}");
}
