//! What the node says to an officer is in the language that the request asks for.

use crate::support::{self, Screen, request};
use serde_json::{Value, json};

/// Sends `body` as `kind`, asking for an answer in `language`.
async fn ask(
    screen: &Screen,
    language: &str,
    method: &str,
    path: &str,
    body: &[u8],
    kind: &str,
) -> (u16, Value) {
    // One header more behind the kind of the body.
    let kind = format!("{kind}\r\nAccept-Language: {language}");
    let answer = request(screen.node.http, method, path, &screen.officer, &kind, body).await;
    (answer.0, serde_json::from_slice(&answer.2).unwrap())
}

async fn post(screen: &Screen, language: &str, path: &str, body: Value) -> (u16, Value) {
    let body = body.to_string();
    ask(
        screen,
        language,
        "POST",
        path,
        body.as_bytes(),
        "application/json",
    )
    .await
}

async fn get(screen: &Screen, language: &str, path: &str) -> Value {
    ask(screen, language, "GET", path, b"", "application/json")
        .await
        .1
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Whether a person who reads no Latin letters can read it: names, codes and coordinates stay.
fn is_in(language: &str, said: &str) -> bool {
    let letters = |of: fn(char) -> bool| said.chars().filter(|c| of(*c)).count();
    match language {
        "ru" => {
            letters(|c| ('\u{400}'..'\u{500}').contains(&c)) > letters(|c| c.is_ascii_alphabetic())
        }
        _arabic => {
            letters(|c| ('\u{600}'..'\u{700}').contains(&c)) > letters(|c| c.is_ascii_alphabetic())
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refusal_is_in_the_readers_language_with_the_same_code_and_names_its_slot() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    let mut bad = support::notice();
    bad["slots"]["area"] = json!({"circle": {"centre": "52.0, 13.0", "radius": "500 m"}});
    let (status, plain) = first.post("/api/drafts", bad.clone()).await;
    assert_eq!((status, plain["language"].as_str()), (422, Some("en")));
    assert!(
        text(&plain["detail"]).contains("outside the arrangement's area"),
        "{plain:#}"
    );
    for language in ["ru", "ar"] {
        let (status, said) = post(&first, language, "/api/drafts", bad.clone()).await;
        assert_eq!((status, &said["code"]), (422, &plain["code"]));
        assert_eq!(
            (text(&said["language"]), text(&said["slot"])),
            (language, "area")
        );
        assert!(is_in(language, text(&said["detail"])), "{said:#}");
        assert!(
            text(&said["detail"]).contains("52.0000000, 13.0000000"),
            "{said:#}"
        );
    }
    // A language that nobody here speaks is answered as none is.
    let (_, french) = post(&first, "fr", "/api/drafts", bad).await;
    assert_eq!(french["detail"], plain["detail"]);
    // What only programs meet is English, and says so.
    let (_, odd) = post(&first, "ru", "/api/drafts", json!({"kind": 1})).await;
    assert_eq!(
        (text(&odd["code"]), text(&odd["language"])),
        ("not-as-described", "en")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_doubt_about_the_place_of_a_stop_call_is_said_to_both_desks_in_their_own_language() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    // Latitude and longitude the other way round.
    let body = json!({"desk": "air", "slots": {"place": "40.1459, 35.3359", "count": "many"}});
    let (status, told) = post(&first, "ru", "/api/calls", body).await;
    assert_eq!(status, 200, "{told:#}");
    let warning = &told["stopped"][0]["warnings"][0];
    assert!(is_in("ru", text(&warning["text"])), "{warning:#}");
    assert!(
        text(&warning["text"]).contains("переставлены"),
        "{warning:#}"
    );
    assert_eq!(warning["perhaps"], "35.3359N 40.1459E");
    assert!(
        is_in("ru", text(&told["not_understood"]["count"])),
        "{told:#}"
    );
    second
        .until("/api/calls", |calls| !calls[0]["details"].is_null())
        .await;
    let seen = get(&second, "ar", "/api/calls").await;
    let doubt = text(&seen[0]["warnings"][0]["text"]);
    assert!(is_in("ar", doubt), "{doubt}");
    // It travels as the square that contains it.
    assert!(doubt.contains("\u{2066}40.14"), "{doubt}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_held_back_and_why_is_in_the_readers_language() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    let mut drafted = support::notice();
    drafted["slots"]["contact"] = json!("Captain Example");
    let (_, drafted) = first.post("/api/drafts", drafted).await;
    let of = |what: &str| format!("/api/drafts/{}/{what}", text(&drafted["draft"]));
    let terms = json!({"lines": ["air-line"], "terms": {"authority": "deconfliction", "purpose": "flight-safety"}});
    for language in ["ru", "ar"] {
        let (_, shown) = post(&first, language, &of("preview"), terms.clone()).await;
        let measured = text(&shown[0]["received"]["measured"]["text"]);
        assert!(
            is_in(language, measured) || measured.contains("airfield"),
            "{measured}"
        );
        let second = text(&shown[0]["received"]["slots"]["second-description"]["text"]);
        let vertex = match language {
            "ru" => "центр: 000°",
            _arabic => "المركز",
        };
        assert!(
            second.contains(vertex) && second.contains("Deir ez-Zor"),
            "{second}"
        );
        for held in shown[0]["held_back"].as_array().unwrap() {
            assert!(is_in(language, text(&held["why"])), "{held:#}");
            assert!(is_in(language, text(&held["advice"])), "{held:#}");
        }
        let wrong = json!({"lines": ["air-line"], "terms": {"authority": "nobody", "purpose": "flight-safety"}});
        let (status, denied) = post(&first, language, &of("release"), wrong).await;
        assert_eq!(status, 403, "{denied:#}");
        // The other party by its name, and no line by its digits.
        let detail = text(&denied["detail"]);
        assert!(
            is_in(language, detail) && detail.contains("federation"),
            "{detail}"
        );
        assert!(
            is_in(language, text(&denied["released"][0]["why"][0])),
            "{denied:#}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_that_is_wrong_in_a_file_is_told_line_by_line_in_the_readers_language() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    let table = "label,site,lat,lon,centre,radius,band\n\
                 One,clinic,somewhere,40.17,,200 m,high\n\
                 Two,castle,35.33,40.17,\"35.33, 40.17\",200 m,\n\
                 Three,clinic,,,\"35.33, 40.17\",far,\n\
                 Four,clinic,10.5,40.17,,200 m,\n";
    let path = "/api/import/csv?desk=protection&kind=protected-site&check=true";
    for language in ["ru", "ar"] {
        let (status, told) =
            ask(&first, language, "POST", path, table.as_bytes(), "text/csv").await;
        assert_eq!(status, 200, "{told:#}");
        let faults = told["faults"].as_array().unwrap();
        let at: Vec<_> = faults
            .iter()
            .map(|fault| (fault["at"].as_u64().unwrap(), text(&fault["field"])))
            .collect();
        let wished = [
            (2, "lat"),
            (2, "band"),
            (3, "centre"),
            (3, "site"),
            (4, "radius"),
            (5, "area"),
        ];
        assert_eq!(at, wished, "{told:#}");
        for fault in faults {
            let why = text(&fault["why"]);
            // Examples to type and the names of columns are Latin wherever they are read.
            let own = |c: char| matches!(c, '\u{400}'..='\u{4ff}' | '\u{600}'..='\u{6ff}');
            assert!(why.chars().filter(|c| own(*c)).count() > 5, "{fault:#}");
        }
        let (status, problem) = ask(
            &first,
            language,
            "POST",
            path.trim_end_matches("&check=true"),
            table.as_bytes(),
            "text/csv",
        )
        .await;
        assert_eq!(
            (status, text(&problem["language"])),
            (422, language),
            "{problem:#}"
        );
    }
}
