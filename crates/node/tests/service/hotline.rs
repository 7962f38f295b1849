//! Two desks speak in phrases: each reads its own language, reads back, cancels, corrects, and has words translated.

use crate::support::{self, Folder, Screen, http};
use model::code::{Desk, Role};
use node::auth::{Officers, Right};
use node::phrases::said::without_marks;
use serde_json::{Value, json};

const TERMS: [&str; 2] = ["deconfliction", "flight-safety"];

fn terms() -> Value {
    json!({"authority": TERMS[0], "purpose": TERMS[1]})
}

fn said(body: &Value) -> String {
    let entry = body["said"][0].as_str();
    let entry = entry.or_else(|| body["released"][0]["entry"].as_str());
    entry.unwrap_or_else(|| panic!("{body:#}")).to_owned()
}

/// The same entry as the other node names it.
fn theirs(entry: &str) -> String {
    match entry.contains(".own.") {
        true => entry.replace(".own.", ".peer."),
        false => entry.replace(".peer.", ".own."),
    }
}

async fn says(screen: &Screen, phrase: &str, more: Value) -> (u16, Value) {
    let mut body = json!({"line": "air-line", "desk": "air", "phrase": phrase});
    let fields = body.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    screen.post("/api/hotline", body).await
}

async fn must_say(screen: &Screen, phrase: &str, more: Value) -> String {
    let (status, body) = says(screen, phrase, more).await;
    assert_eq!(status, 200, "{body:#}");
    said(&body)
}

/// That phrase as `screen` reads it in `language`, once it is `wished`.
async fn reads(
    screen: &Screen,
    entry: &str,
    language: &str,
    wished: impl Fn(&Value) -> bool,
) -> Value {
    let find = |all: &Value| {
        let all = all.as_array().unwrap().iter();
        all.clone().find(|of| of["entry"] == entry).cloned()
    };
    let path = format!("/api/hotline?language={language}");
    let all = screen
        .until(&path, |all| find(all).is_some_and(|of| wished(&of)))
        .await;
    find(&all).unwrap()
}

fn account(folder: &Folder, name: &str, desk: Desk, role: Role) -> String {
    let officers = Officers::in_folder(&folder.path);
    (officers.add(name.parse().unwrap(), Right::Officer, vec![desk], role)).unwrap()
}

fn active() -> Value {
    json!({
        "slots": {
            "place": "37S FV 0700 0900", "window": "171200Z SEP 36 to 171800Z SEP 36", "count": 2,
        },
        "terms": terms(),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_desk_reads_its_own_language_from_the_same_signed_code_and_slots() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    let entry = must_say(&first, "A01", active()).await;
    let there = theirs(&entry);
    let russian = reads(&second, &there, "ru", |_| true).await;
    let arabic = reads(&second, &there, "ar", |_| true).await;
    let english = reads(&first, &entry, "en", |of| !of["delivered"].is_null()).await;
    for shown in [&russian, &arabic, &english] {
        assert_eq!(
            [
                &shown["code"],
                &shown["marker"],
                &shown["known"],
                &shown["reviewed"]
            ],
            [
                &json!("A01"),
                &json!("information"),
                &json!(true),
                &Value::Null
            ]
        );
        let text = shown["text"].as_str().unwrap();
        assert!(
            text.contains("\u{2066}171200Z SEP 36 – 171800Z SEP 36\u{2069}"),
            "{text}"
        );
        assert_eq!(shown["slots"]["count"], 2);
    }
    assert!(
        russian["text"]
            .as_str()
            .unwrap()
            .starts_with("Наша авиация")
    );
    assert!(arabic["text"].as_str().unwrap().starts_with("طائراتنا"));
    assert!(
        without_marks(english["text"].as_str().unwrap())
            .starts_with("We have aircraft active near 37S FV")
    );
    // A language that is not there is read in English, and that is said.
    let unknown = reads(&second, &there, "xx", |_| true).await;
    assert_eq!(unknown["language"], "en");
    let (status, _) = http(
        second.node.http,
        "GET",
        "/api/hotline?language=..%2Fen",
        &second.officer,
        None,
    )
    .await;
    assert_eq!(status, 422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_phrase_is_displayed_read_back_amiss_corrected_and_read_back_again() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    let entry = must_say(&first, "A01", active()).await;
    let there = theirs(&entry);
    let heard = reads(&second, &there, "en", |_| true).await;
    assert_eq!(heard["read_back_items"], json!(["place", "window"]));
    let path = |what: &str| format!("/api/hotline/{there}/{what}");
    assert_eq!(second.post(&path("displayed"), json!({})).await.0, 200);
    let items = |place: &str, count: u64| json!({"items": {"place": place, "window": "171200Z SEP 36 to 171800Z SEP 36", "count": count}});
    // Ten kilometres off, and one aircraft too many: it goes, so that whoever said it sees what was understood.
    let (status, body) = second
        .post(&path("read-back"), items("37S FV 1700 0900", 3))
        .await;
    assert_eq!(status, 200, "{body:#}");
    let seen = reads(&first, &entry, "en", |of| !of["read_backs"][0].is_null()).await;
    let back = &seen["read_backs"][0];
    assert_eq!(
        [&back["matches"], &back["differs"]],
        [&json!(false), &json!(["place", "count"])],
        "{back:#}"
    );
    assert!(seen["displayed"].is_i64());
    // Whoever said it says that it is wrong, and what is right.
    must_say(&first, "R09", json!({"subject": entry})).await;
    let correction = json!({"subject": entry, "slots": {"count": 3}});
    let correction = must_say(&first, "K04", correction).await;
    let corrected = reads(&second, &there, "en", |of| of["state"] == "corrected").await;
    assert_eq!(corrected["corrections"], json!([theirs(&correction)]));
    let (status, _) = second
        .post(&path("read-back"), items("37S FV 0700 0900", 2))
        .await;
    assert_eq!(status, 200);
    let seen = reads(&first, &entry, "en", |of| {
        of["read_backs"].as_array().unwrap().len() == 2
    })
    .await;
    assert_eq!(seen["read_backs"][1]["matches"], true, "{seen:#}");
    // Not all of it is no read-back.
    let (status, _) = second
        .post(&path("read-back"), json!({"items": {"count": 2}}))
        .await;
    assert_eq!(status, 200);
    let seen = reads(&first, &entry, "en", |of| {
        of["read_backs"].as_array().unwrap().len() == 3
    })
    .await;
    assert_eq!(
        [
            &seen["read_backs"][2]["matches"],
            &seen["read_backs"][2]["lacks"]
        ],
        [&json!(false), &json!(["place", "window"])]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_question_is_answered_by_a_phrase_that_names_it_and_taken_back_by_its_own_side_alone() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    let mut socket = support::socket::Socket::open(second.node.http, &second.officer, "")
        .await
        .unwrap();
    socket.ready().await;
    let question = must_say(&first, "L01", json!({})).await;
    let there = theirs(&question);
    let told = socket
        .until(|told| told["what"] == "phrase" || told["id"] == there.as_str())
        .await;
    assert_eq!(told["type"], "changed", "{told:#}");
    reads(&second, &there, "en", |_| true).await;
    let answer = must_say(&second, "L02", json!({"subject": there})).await;
    let answered = reads(&first, &question, "en", |of| !of["answers"][0].is_null()).await;
    assert_eq!(answered["answers"], json!([theirs(&answer)]));
    let (status, refused) = says(&second, "C04", json!({"subject": there})).await;
    assert_eq!(status, 422, "{refused:#}");
    assert!(
        refused.to_string().contains("only a phrase of our own"),
        "{refused:#}"
    );
    let before = node::clock::now().as_unix_ms();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    must_say(&first, "C04", json!({"subject": question})).await;
    let cancelled = reads(&second, &there, "en", |of| of["state"] == "cancelled").await;
    assert!(cancelled["cancelled_at"].is_i64() && cancelled["cancelled_by"].is_string());
    // The record knows what was known before that.
    let then = second
        .get(&format!("/api/state?at={before}&language=ru"))
        .await;
    let asked = &then["phrases"][0];
    assert_eq!(
        [&asked["entry"], &asked["state"], &asked["text"]],
        [
            &json!(there),
            &json!("standing"),
            &json!("Как вы принимаете эту линию?")
        ]
    );
    assert_eq!(then["phrases"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_no_phrase_is_refused_and_what_says_where_goes_by_the_rules() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, b) = support::pair(base.path()).await;
    first.is_up().await;
    for (phrase, more, words) in [
        ("Z99", json!({}), "there is no phrase"),
        ("A01", json!({}), "needs its `place`"),
        ("R01", json!({}), "needs its `subject`"),
        (
            "L01",
            json!({"slots": {"place": "37S FV 0700 0900"}}),
            "has no `place`",
        ),
        (
            "L01",
            json!({"slots": {"marker": "answer"}}),
            "leave it out",
        ),
        ("L01", json!({"slots": {"target": "x"}}), "target"),
        (
            "L01",
            json!({"desk": "protection-of-all"}),
            "protection-of-all",
        ),
        (
            "L09",
            json!({"slots": {"remarks": "words", "language": "en"}, "terms": terms()}),
            "no free text",
        ),
    ] {
        let (status, refused) = says(&first, phrase, more).await;
        assert_eq!(status, 422, "{refused:#}");
        assert!(refused.to_string().contains(words), "{words}: {refused:#}");
    }
    let mut nowhere = active();
    nowhere.as_object_mut().unwrap().remove("terms");
    let (_, refused) = says(&first, "A01", nowhere).await;
    assert!(
        refused.to_string().contains("name the authority"),
        "{refused:#}"
    );
    // Under another authority the rules let nothing go, and say under which they would.
    let mut other = active();
    other["terms"]["authority"] = json!("general");
    let (status, denied) = says(&first, "A01", other.clone()).await;
    assert_eq!(status, 403, "{denied:#}");
    assert_eq!(
        denied["released"][0]["authorities"],
        json!(["deconfliction"])
    );
    // A preview says the same, and nothing is said by it.
    let asks = |more: Value, phrase: &str| {
        let mut body = json!({"line": "air-line", "desk": "air", "phrase": phrase});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let (status, shown) = first
        .post("/api/phrases/preview", asks(active(), "A01"))
        .await;
    assert_eq!(status, 200, "{shown:#}");
    assert_eq!(
        [&shown["standing"], &shown["code"]],
        [&json!(false), &json!("A01")]
    );
    assert!(
        shown["by_rules"]["received"]["slots"]["place"].is_object(),
        "{shown:#}"
    );
    assert!(
        shown["texts"]["ru"]
            .as_str()
            .unwrap()
            .starts_with("Наша авиация")
    );
    let (_, shown) = first.post("/api/phrases/preview", asks(other, "A01")).await;
    assert_eq!(
        [&shown["by_rules"]["received"], &shown["texts"]],
        [&Value::Null, &json!({})]
    );
    let (_, shown) = first
        .post("/api/phrases/preview", asks(json!({}), "L01"))
        .await;
    assert_eq!(
        [&shown["standing"], &shown["by_rules"]],
        [&json!(true), &Value::Null]
    );
    assert_eq!(first.get("/api/hotline").await, json!([]));
    // A place finer than agreed goes as the square that contains it.
    let mut fine = active();
    fine["slots"]["place"] = json!("37S FV 07012 09034");
    let entry = must_say(&first, "A01", fine).await;
    let shown = reads(&second, &theirs(&entry), "en", |_| true).await;
    let precision = shown["slots"]["place"]["precision_mm"].as_i64().unwrap();
    assert!(precision >= 100_000, "{shown:#}");

    // Another desk's officer speaks for neither desk; an interpreter for nobody, and reads all.
    let pilot = account(&b, "pilot", Desk::Ground, Role::Watch);
    let tongue = account(&b, "tongue", Desk::Air, Role::Interpreter);
    for token in [&pilot, &tongue] {
        let body = asks(json!({}), "L01");
        let (status, refused) =
            http(second.node.http, "POST", "/api/hotline", token, Some(&body)).await;
        assert_eq!(status, 403, "{refused:#}");
        let path = format!("/api/hotline/{}/displayed", theirs(&entry));
        let (status, _) = http(second.node.http, "POST", &path, token, Some(&json!({}))).await;
        assert_eq!(status, 403);
        let (status, read) = http(second.node.http, "GET", "/api/hotline", token, None).await;
        assert_eq!((status, read.as_array().unwrap().len()), (200, 1));
    }
    let east = represented(&second, &b).await;
    for path in ["/api/hotline", "/api/phrases"] {
        let (status, _) = http(second.node.http, "GET", path, &east, None).await;
        assert_eq!(status, 403, "{path}");
    }
}

async fn represented(screen: &Screen, folder: &Folder) -> String {
    let (status, body) = screen
        .post(
            "/api/elements",
            json!({"element": "east", "name": "East Clinic"}),
        )
        .await;
    assert_eq!(status, 200, "{body:#}");
    let officers = Officers::in_folder(&folder.path);
    let name = "eve".parse().unwrap();
    officers
        .add_represented(name, "east".parse().unwrap())
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn own_words_are_translated_beside_the_original_challenged_and_corrected() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, b) = support::pair_where(base.path(), |text| {
        text.replace("free_text = false", "free_text = true")
    })
    .await;
    first.is_up().await;
    let words = json!({
        "slots": {"remarks": "Мы ждём колонну до темноты", "language": "ru"}, "terms": terms(),
    });
    let entry = must_say(&first, "L09", words).await;
    let there = theirs(&entry);
    let heard = reads(&second, &there, "en", |_| true).await;
    assert_eq!(
        heard["original"],
        json!({"language": "ru", "text": "Мы ждём колонну до темноты"})
    );
    let tongue = account(&b, "tongue", Desk::Air, Role::Interpreter);
    let as_interpreter = |path: String, body: Value| {
        let tongue = tongue.clone();
        let http_at = second.node.http;
        async move { http(http_at, "POST", &path, &tongue, Some(&body)).await }
    };
    let translation = |text: &str, amends: Option<&str>| {
        json!({
            "language": "en", "text": text, "name": "Lt Petrova", "amends": amends, "terms": terms(),
        })
    };
    let path = format!("/api/hotline/{there}/translation");
    let (status, body) = as_interpreter(
        path.clone(),
        translation("We wait for the convoy in the dark", None),
    )
    .await;
    assert_eq!(status, 200, "{body:#}");
    let first_try = said(&body);
    let seen = reads(&first, &entry, "en", |of| !of["translations"][0].is_null()).await;
    let shown = &seen["translations"][0];
    assert_eq!(
        [
            &shown["name"],
            &shown["by"],
            &shown["state"],
            &shown["from"]
        ],
        [
            &json!("Lt Petrova"),
            &Value::Null,
            &json!("standing"),
            &json!("peer")
        ]
    );
    // The side that said it challenges it; the original does not move.
    let challenge = format!("/api/hotline/{}/challenge", theirs(&first_try));
    let body = json!({"text": "until dark, not in the dark", "terms": terms()});
    let (status, body) = first.post(&challenge, body).await;
    assert_eq!(status, 200, "{body:#}");
    let challenged = |of: &Value| of["translations"][0]["state"] == "challenged";
    reads(&second, &there, "en", challenged).await;
    let better = translation("We wait for the convoy until dark", Some(&first_try));
    let (status, body) = as_interpreter(path, better).await;
    assert_eq!(status, 200, "{body:#}");
    let seen = reads(&first, &entry, "en", |of| {
        of["translations"][0]["state"] == "corrected"
    })
    .await;
    assert_eq!(
        seen["translations"][1]["text"],
        "We wait for the convoy until dark"
    );
    assert_eq!(seen["original"]["text"], "Мы ждём колонну до темноты");
    // Here it is known which account wrote it; there it is not.
    let here = reads(&second, &there, "en", |_| true).await;
    assert_eq!(here["translations"][1]["by"], "tongue");
    assert_eq!(seen["translations"][1]["by"], Value::Null);
    // What is not in words has nothing to translate.
    let coded = must_say(&first, "L01", json!({})).await;
    reads(&second, &theirs(&coded), "en", |_| true).await;
    let path = format!("/api/hotline/{}/translation", theirs(&coded));
    let (status, refused) = as_interpreter(path, translation("How?", None)).await;
    assert_eq!(status, 422);
    assert!(refused.to_string().contains("has none"), "{refused:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_language_that_is_put_into_the_folder_is_read_while_the_node_runs() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, a, _b) = support::pair(base.path()).await;
    let shown = first.get("/api/phrases").await;
    assert_eq!(shown["languages"].as_array().unwrap().len(), 3);
    assert!(shown["phrases"].as_array().unwrap().len() >= 80);
    assert_eq!(shown["groups"].as_array().unwrap().len(), 13);
    let folder = a.path.join("phrases");
    std::fs::create_dir(&folder).unwrap();
    let text = "language = فارسی\ndirection = rtl\nr01 = فهمیدیم.\n    .reviewed = Dr Rahimi, 2026-11-20\n";
    std::fs::write(folder.join("fa.ftl"), text).unwrap();
    let shown = first.get("/api/phrases").await;
    let of = |code: &str| {
        let mut all = shown["phrases"].as_array().unwrap().iter();
        all.find(|phrase| phrase["code"] == code).unwrap()["texts"]["fa"].clone()
    };
    assert_eq!(
        [
            &of("R01")["text"],
            &of("R01")["reviewed"],
            &of("R01")["is_english"]
        ],
        [
            &json!("فهمیدیم."),
            &json!("Dr Rahimi, 2026-11-20"),
            &json!(false)
        ]
    );
    assert_eq!(of("R02")["is_english"], true);
    let language = &shown["languages"][2];
    assert_eq!(
        [
            &language["code"],
            &language["right_to_left"],
            &language["reviewed"]
        ],
        [&json!("fa"), &json!(true), &json!(1)]
    );
}
