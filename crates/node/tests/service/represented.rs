//! One node speaks for two aid organisations to two belligerents: each organisation sees its own and nothing else, and its
//! stop call reaches both at once.

use crate::support::socket::Socket;
use crate::support::{self, Folder, Screen, http, request};
use model::ids::LineId;
use node::auth::Officers;
use node::http::scope::OPEN;
use node::party::Party;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

const LINES: [(&str, &str); 2] = [
    ("4c494e45000000000000000000000002", "west-line"),
    ("4c494e45000000000000000000000003", "east-line"),
];

/// What belongs to the organisation in the west alone: its names, where it is, what its site is called.
const OF_WEST: [&str; 6] = [
    "aid-west",
    "Western Hands",
    "KVW",
    "35.4222",
    "354222000",
    "40.2222",
];

/// An organisation's officer, at the UN's node.
struct Aid {
    at: SocketAddr,
    token: String,
}

impl Aid {
    async fn get(&self, path: &str) -> (u16, Value) {
        http(self.at, "GET", path, &self.token, None).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        http(self.at, "POST", path, &self.token, Some(&body)).await
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body.as_array().unwrap().clone()
    }

    /// Until the list has so many.
    async fn until(&self, path: &str, count: usize) -> Vec<Value> {
        for _ in 0..500 {
            let list = self.list(path).await;
            if list.len() == count {
                return list;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{path} never had {count}: {:#?}", self.list(path).await);
    }
}

/// The UN's node, the two belligerents, and an officer of each organisation.
struct Three {
    un: Screen,
    coalition: Screen,
    russia: Screen,
    folder: Folder,
    east: Aid,
    west: Aid,
}

/// One has every desk, the other none for protection.
fn arrangement(of: usize, a: &Folder, b: &Folder) -> String {
    let (line, name) = LINES[of];
    let parties = [a, b].map(|of| Party::open(&of.path).unwrap().id());
    let line: LineId = line.parse().unwrap();
    let text = wire::arrangement::template(line, name.parse().unwrap(), parties, true);
    let mut text = support::filled_in(&text).replace(
        "single_description = []",
        "single_description = [\"protected-site\", \"air-activity\"]",
    );
    if of == 1 {
        // No desk for protection there, and no numbers for it.
        text = text.replace(", \"protection\", \"senior\"]", "]");
        let of_desk = |part: &&str| {
            !["protection", "senior"]
                .iter()
                .any(|desk| part.contains(desk))
        };
        let mut parts = text.split("[[fallback]]");
        let first = parts.next().unwrap();
        let kept = parts
            .filter(of_desk)
            .map(|part| format!("[[fallback]]{part}"));
        text = format!("{first}{}", kept.collect::<String>());
    }
    support::signed(&text, [a, b])
}

fn configure(folder: &Folder, listen: &str, lines: &[&str], dial: &[SocketAddr]) {
    let dial: Vec<String> = dial.iter().map(|to| format!("\"{to}\"")).collect();
    let lines = lines.iter().map(|name| {
        format!(
            "[[line]]\nname = \"{name}\"\ndial = [{}]\n",
            dial.join(", ")
        )
    });
    let text = format!(
        "listen = [{listen}]\n[http]\naddress = \"127.0.0.1:0\"\n{}",
        lines.collect::<String>()
    );
    std::fs::write(folder.path.join("node.toml"), text).unwrap();
}

impl Three {
    async fn start(base: &Path) -> Self {
        let [folder, a, b] =
            ["un-aid", "coalition", "russia"].map(|name| support::folder(base, name));
        let names = LINES.map(|(_, name)| name);
        configure(&folder, "\"127.0.0.1:0\"", &names, &[]);
        let officers = Officers::in_folder(&folder.path);
        let tokens = ["east", "west"].map(|of| {
            let element = format!("aid-{of}").parse().unwrap();
            let name = format!("field-{of}").parse().unwrap();
            officers.add_represented(name, element).unwrap()
        });
        let un = Screen::start(&folder).await;
        configure(&a, "", &names[..1], &un.node.lines);
        configure(&b, "", &names[1..], &un.node.lines);
        let (coalition, russia) = (Screen::start(&a).await, Screen::start(&b).await);
        for (of, (peer, of_peer)) in [(&coalition, &a), (&russia, &b)].into_iter().enumerate() {
            let text = arrangement(of, &folder, of_peer);
            for (screen, other) in [(&un, of_peer), (peer, &folder)] {
                let body = json!({"arrangement": text, "peer_card": support::card(other)});
                let (status, answer) = screen.administer("/api/admin/arrangement", body).await;
                assert_eq!(status, 200, "{answer:#}");
            }
        }
        un.until("/api/lines", |lines| {
            let lines = lines.as_array().unwrap();
            lines.len() == 2 && lines.iter().all(|line| line["link"] == "up")
        })
        .await;
        for (element, name) in [
            ("aid-east", "Eastern Relief"),
            ("aid-west", "Western Hands"),
        ] {
            let body = json!({"element": element, "name": name});
            let (status, answer) = un.post("/api/elements", body).await;
            assert_eq!(status, 200, "{answer:#}");
        }
        let [east, west] = tokens.map(|token| Aid {
            at: un.node.http,
            token,
        });
        Self {
            un,
            coalition,
            russia,
            folder,
            east,
            west,
        }
    }

    async fn drafts(&self, by: &Aid, label: &str, centre: &str) -> String {
        let (status, drafted) = by.post("/api/drafts", site(label, centre)).await;
        assert_eq!(status, 200, "{drafted:#}");
        drafted["draft"].as_str().unwrap().to_owned()
    }

    async fn consents(&self, by: &Aid, draft: &str, line: &str, given: bool) {
        let body = json!({"line": line, "given": given});
        let (status, answer) = by.post(&format!("/api/drafts/{draft}/consent"), body).await;
        assert_eq!(status, 200, "{answer:#}");
    }

    async fn releases(&self, draft: &str, lines: &[&str]) -> (u16, Value) {
        let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
        let body = json!({"lines": lines, "terms": terms, "in_conflict": true});
        let path = format!("/api/drafts/{draft}/release");
        self.un.post(&path, body).await
    }
}

fn site(label: &str, centre: &str) -> Value {
    let now = node::clock::now().as_unix_ms();
    json!({"kind": "protected-site", "slots": {
        "area": {"circle": {"centre": centre, "radius": "500 m"}},
        "window": {"from": now, "until": now + 48 * 3_600_000},
        "precision": "100 m",
        "site": "hospital",
        "label": label,
    }})
}

fn alarmed<'a>(alarms: &'a Value, kind: &str) -> Option<&'a Value> {
    let alarms = alarms.as_array().unwrap();
    alarms.iter().find(|alarm| alarm["kind"] == kind)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_site_goes_where_its_organisation_consents_and_is_to_be_taken_back_when_it_does_not() {
    let base = tempfile::tempdir().unwrap();
    let three = Three::start(base.path()).await;
    let draft = three
        .drafts(&three.east, "EAST-QZX", "35.3111 N 40.1111 E")
        .await;
    let shown = three.un.get("/api/drafts").await;
    assert_eq!(shown[0]["element"], "aid-east", "{shown:#}");
    assert_eq!(shown[0]["desk"], "protection", "{shown:#}");
    let mut others = site("EAST-QZX", "35.3111 N 40.1111 E");
    others["slots"]["element"] = json!("aid-west");
    let (status, refused) = three.east.post("/api/drafts", others).await;
    assert_eq!(status, 422, "{refused:#}");

    let (status, refused) = three.releases(&draft, &["west-line"]).await;
    assert_eq!(status, 422, "{refused:#}");
    let why = refused["detail"].as_str().unwrap();
    assert!(
        why.contains("`aid-east` has not consented") && why.contains("line west-line"),
        "{why}"
    );
    // Before it consents it sees to what.
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let (status, preview) = three
        .east
        .post(
            &format!("/api/drafts/{draft}/preview"),
            json!({"lines": ["west-line"], "terms": terms}),
        )
        .await;
    assert_eq!(status, 200, "{preview:#}");
    assert_eq!(preview[0]["consent_missing"], true);
    assert_eq!(preview[0]["received"]["slots"]["label"], "EAST-QZX");
    let held = preview[0]["held_back"].to_string();
    assert!(held.contains("has not consented to be named"), "{held}");

    three.consents(&three.east, &draft, "west-line", true).await;
    let (status, refused) = three.releases(&draft, &["west-line", "east-line"]).await;
    assert_eq!(status, 422, "one of two: {refused:#}");
    let (status, released) = three.releases(&draft, &["west-line"]).await;
    assert_eq!(status, 200, "{released:#}");
    let at_peer = |notices: &Value| notices[0]["slots"]["label"] == "EAST-QZX";
    three.coalition.until("/api/notices", at_peer).await;
    let notices = three.east.until("/api/notices", 1).await;
    assert_eq!(notices[0]["element"], "aid-east");
    assert_eq!(notices[0]["consent_withdrawn"], false);
    assert!(three.west.list("/api/notices").await.is_empty());
    let named = format!(
        "/api/notices?entries={}",
        notices[0]["entry"].as_str().unwrap()
    );
    assert_eq!(
        three.east.list(&named).await[0]["entry"],
        notices[0]["entry"]
    );
    assert!(three.west.list(&named).await.is_empty(), "nor by its name");
    assert!(three.west.list("/api/drafts").await.is_empty());

    three
        .consents(&three.east, &draft, "west-line", false)
        .await;
    let withdrawn = |alarms: &Value| alarmed(alarms, "consent-withdrawn").is_some();
    three.un.until("/api/alarms", withdrawn).await;
    let notices = three.un.get("/api/notices").await;
    assert_eq!(notices[0]["consent_withdrawn"], true, "{notices:#}");
    assert_eq!(notices[0]["state"], "active", "nothing is said by itself");
    let (status, _) = three.releases(&draft, &["west-line"]).await;
    assert_eq!(status, 422);
    let (status, answer) = three
        .un
        .post(
            &format!("/api/drafts/{draft}/withdraw"),
            json!({"reason": "cancelled"}),
        )
        .await;
    assert_eq!(status, 200, "{answer:#}");
    let over = |alarms: &Value| alarmed(alarms, "consent-withdrawn").is_none();
    three.un.until("/api/alarms", over).await;
    let gone = |notices: &Value| notices[0]["state"] == "withdrawn";
    three.coalition.until("/api/notices", gone).await;

    // The journal says who consented to what, how and when, also to a node that begins anew.
    assert!(three.un.node.stop().await);
    let un = Screen::start(&three.folder).await;
    let drafts = un.get("/api/drafts").await;
    assert_eq!(drafts[0]["consents"][0]["given"], false, "{drafts:#}");
    assert_eq!(drafts[0]["consents"][0]["how"], "by-its-officer");
    let record = un.get("/api/record").await.to_string();
    assert!(record.contains("SiteConsent") && record.contains("field-east"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_call_of_an_organisation_reaches_both_desks_with_what_it_consents_to_on_each() {
    let base = tempfile::tempdir().unwrap();
    let three = Three::start(base.path()).await;
    let consent = json!({"line": "east-line", "place": true, "named": true});
    let path = "/api/elements/aid-east/consent";
    let (status, answer) = three.east.post(path, consent.clone()).await;
    assert_eq!(status, 200, "{answer:#}");
    let (status, _) = three.west.post(path, consent).await;
    assert_eq!(status, 404, "nobody else's");
    // A desk on its behalf says how it was told.
    let (status, refused) = three
        .un
        .post(path, json!({"line": "west-line", "place": false}))
        .await;
    assert_eq!(status, 422, "{refused:#}");

    let place = "35.3111 N 40.1111 E";
    let call =
        json!({"slots": {"place": place, "stop-cause": "air-strike", "element": "aid-west"}});
    let (status, said) = three.east.post("/api/calls", call).await;
    assert_eq!(status, 200, "{said:#}");
    let stopped = said["stopped"].as_array().unwrap();
    assert_eq!(stopped.len(), 2, "{said:#}");
    assert!(
        stopped.iter().all(|on| on["on_its_way"] == true),
        "{said:#}"
    );
    let called = |calls: &Value| calls[0]["caller"] == "peer";
    let coalition = three.coalition.until("/api/calls", called).await;
    let russia = three.russia.until("/api/calls", called).await;
    let details = |calls: &Value| calls[0]["details"].clone();
    assert_eq!(details(&coalition)["stop-cause"], "air-strike");
    for slot in ["place", "element"] {
        assert!(details(&coalition)[slot].is_null(), "{coalition:#}");
    }
    assert_eq!(details(&russia)["element"], "aid-east", "{russia:#}");
    assert!(!details(&russia)["place"].is_null(), "{russia:#}");
    assert_eq!(coalition[0]["desk"], "protection");
    assert_eq!(russia[0]["desk"], "ground", "it has no protection desk");

    // The desk that speaks for it is told at once, once for both lines.
    let told = |alarms: &Value| alarmed(alarms, "element-called").is_some();
    let alarms = three.un.until("/api/alarms", told).await;
    let alarm = alarmed(&alarms, "element-called").unwrap();
    assert_eq!(alarm["alarm"], "element-called:aid-east");
    let none: Vec<Value> = three.east.list("/api/alarms").await;
    assert!(
        alarmed(&json!(none), "element-called").is_none(),
        "the desk's"
    );

    // It goes on with its own, and with nobody else's.
    let calls = three.east.until("/api/calls", 2).await;
    assert!(three.west.list("/api/calls").await.is_empty());
    let name = calls[0]["call"].as_str().unwrap();
    let (status, _) = three.west.get(&format!("/api/calls/{name}")).await;
    assert_eq!(status, 404);
    let (status, _) = three
        .west
        .post(&format!("/api/calls/{name}/lift"), json!({}))
        .await;
    assert_eq!(status, 404);
    for step in ["renew", "lift"] {
        let path = format!("/api/calls/{name}/{step}");
        let (status, answer) = three.east.post(&path, json!({})).await;
        assert_eq!(status, 200, "{step}: {answer:#}");
    }
    let (status, proof) = three.east.get(&format!("/api/entries/{name}/proof")).await;
    assert_eq!(status, 200, "{proof:#}");
    let own = calls[1]["call"].as_str().unwrap();
    let (status, answer) = three
        .east
        .post(&format!("/api/calls/{own}/error"), json!({}))
        .await;
    assert_eq!(status, 200, "{answer:#}");
}

/// Every path of the description, with West's things in the places where something is named.
fn asked(path: &str, named: &[String; 3]) -> Vec<String> {
    let [call, notice, theirs] = named;
    let filled = path
        .replace("{line}", "west-line")
        .replace("{desk}", "protection")
        .replace("{alarm}", "element-called:aid-west")
        .replace("{element}", "aid-west")
        .replace("{format}", "geojson")
        .replace("{z}/{x}/{y}", "0/0/0");
    match path.contains("{entry}") {
        true => [call, notice, theirs]
            .map(|entry| filled.replace("{entry}", entry))
            .to_vec(),
        false => vec![filled],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn not_a_byte_of_another_organisation_or_of_a_belligerent_is_served_to_an_organisation() {
    let base = tempfile::tempdir().unwrap();
    let three = Three::start(base.path()).await;
    let mut socket = Socket::open(three.east.at, &three.east.token, "")
        .await
        .unwrap();
    // Both have a draft, a notice and a stop call on each line, and the coalition tells where it flies.
    let east = three
        .drafts(&three.east, "EAST-QZX", "35.3111 N 40.1111 E")
        .await;
    let west = three
        .drafts(&three.west, "WEST-KVW", "35.4222 N 40.2222 E")
        .await;
    let [in_west, in_east] = ["35.4222 N 40.2222 E", "35.3111 N 40.1111 E"];
    for (by, draft, at) in [(&three.west, &west, in_west), (&three.east, &east, in_east)] {
        three.consents(by, draft, "west-line", true).await;
        let (status, released) = three.releases(draft, &["west-line"]).await;
        assert_eq!(status, 200, "{released:#}");
        let body = json!({"slots": {"place": at}});
        let (status, said) = by.post("/api/calls", body).await;
        assert_eq!(status, 200, "{said:#}");
    }
    let now = node::clock::now().as_unix_ms();
    let flight = json!({"kind": "air-activity", "desk": "air", "slots": {
        "area": {"circle": {"centre": "35.3777 N 40.1777 E", "radius": "2 km"}},
        "band": "SFC to 3000 ft MSL",
        "window": {"from": now, "until": now + 3_600_000},
        "precision": "100 m", "label": "PATROL-JNB",
    }});
    let (_, drafted) = three.coalition.post("/api/drafts", flight).await;
    let path = format!("/api/drafts/{}/release", drafted["draft"].as_str().unwrap());
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let body = json!({"lines": ["west-line"], "terms": terms, "in_conflict": true});
    let (status, released) = three.coalition.post(&path, body).await;
    assert_eq!(status, 200, "{released:#}");
    let (status, said) = three
        .coalition
        .post("/api/calls", json!({"desk": "protection"}))
        .await;
    assert_eq!(status, 200, "{said:#}");
    let all = |notices: &Value| notices.as_array().unwrap().len() == 3;
    let notices = three.un.until("/api/notices", all).await;
    let of = |label: &str| {
        let notices = notices.as_array().unwrap();
        let found = notices.iter().find(|n| n["slots"]["label"] == label);
        found.unwrap()["entry"].as_str().unwrap().to_owned()
    };
    let calls = three.west.until("/api/calls", 2).await;
    let wests_call = calls[0]["call"].as_str().unwrap().to_owned();
    let named = [wests_call.clone(), of("WEST-KVW"), of("PATROL-JNB")];
    let east_calls = three.east.until("/api/calls", 2).await;
    assert!(
        east_calls.iter().all(|call| call["folded_into"].is_null()),
        "what it rings with is West's: {east_calls:#?}"
    );

    let mut needles: Vec<String> = OF_WEST.map(str::to_owned).to_vec();
    needles.extend(["PATROL-JNB".to_owned(), "35.3777".to_owned(), west.clone()]);
    needles.extend(named.clone());
    needles.extend(
        calls
            .iter()
            .map(|call| call["call"].as_str().unwrap().to_owned()),
    );
    let clean = |what: &str, served: &[u8]| {
        let text = String::from_utf8_lossy(served);
        for needle in &needles {
            // Whoever asks for it by its name knows the name.
            assert!(
                what.contains(needle.as_str()) || !text.contains(needle.as_str()),
                "{what} served `{needle}`: {text}"
            );
        }
    };
    let described = serde_json::to_value(node::http::openapi::describe()).unwrap();
    let mut walked = 0;
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let method = method.to_uppercase();
            if path == "/api/events" {
                continue;
            }
            for asked in asked(&path.replace("{draft}", &west), &named) {
                let asked = match path.as_str() {
                    "/api/state" => format!("{asked}?at={now}"),
                    "/api/export/{format}" => format!("{asked}?drafts=true"),
                    "/api/import/{format}" => format!("{asked}?desk=protection"),
                    _plain => asked,
                };
                let token = &three.east.token;
                let kind = "application/json";
                let answer = request(three.east.at, &method, &asked, token, kind, b"{}").await;
                let (status, head, body) = answer;
                let what = format!("{method} {asked}");
                walked += 1;
                clean(&what, head.as_bytes());
                clean(&what, &body);
                let is_open = OPEN
                    .iter()
                    .any(|(open, at)| open.as_str() == method && at == path);
                let for_all = path == "/healthz" || what == "POST /api/sessions";
                // What is for a unit's telephone, or a wall page, knows no officers.
                let is_of =
                    |device: &str| path == device || path.starts_with(&format!("{device}/"));
                if is_of("/api/unit") || is_of("/api/wall") {
                    assert!([401, 422].contains(&status), "{what}: {status}");
                    continue;
                }
                let expected_403 = !is_open && !for_all;
                assert_eq!(status == 403, expected_403, "{what}: {status}");
                let names_one = asked.contains(&west) || named.iter().any(|n| asked.contains(n));
                assert!(!(names_one && status == 200), "{what}: {status}");
            }
        }
    }
    assert!(walked > 60, "{walked}");
    // The state of any past time, and its own as a map.
    let later = node::clock::now().as_unix_ms();
    let (status, state) = three.east.get(&format!("/api/state?at={later}")).await;
    assert_eq!(status, 200, "{state:#}");
    clean("state", state.to_string().as_bytes());
    assert_eq!(state["notices"].as_array().unwrap().len(), 1, "{state:#}");
    // Two, and the two that were made when every path was asked.
    assert_eq!(state["calls"].as_array().unwrap().len(), 4, "{state:#}");
    let (status, map) = three.east.get("/api/export/geojson?drafts=true").await;
    assert_eq!(status, 200, "{map:#}");
    assert!(map.to_string().contains("EAST-QZX"));
    clean("map", map.to_string().as_bytes());

    // What it heard all the while: its own, and nothing of the others.
    let (status, _) = three
        .east
        .post(
            &format!(
                "/api/calls/{}/lift",
                east_calls[0]["call"].as_str().unwrap()
            ),
            json!({}),
        )
        .await;
    assert_eq!(status, 200);
    let own = east_calls[0]["call"].clone();
    let mut heard = Vec::new();
    loop {
        let next = tokio::time::timeout(Duration::from_secs(20), socket.next());
        let told = next.await.unwrap().unwrap();
        clean("events", told.to_string().as_bytes());
        let lifted = told["what"] == "stop-lifted";
        heard.push(told);
        if lifted {
            break;
        }
    }
    let of_own = |what: &str| {
        heard
            .iter()
            .any(|told| told["what"] == what && told["id"] == own)
    };
    assert!(of_own("stop-call") && of_own("stop-lifted"), "{heard:#?}");
    let kinds = ["stop-call", "air-activity"];
    for told in &heard {
        assert_ne!(told["what"], kinds[1], "{told}");
    }
    assert_eq!(
        heard
            .iter()
            .filter(|told| told["what"] == "stop-call")
            .count(),
        4,
        "its own: {heard:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_that_speaks_for_nobody_is_refused_everything() {
    let base = tempfile::tempdir().unwrap();
    let folder = support::folder(base.path(), "un-aid");
    configure(&folder, "", &[], &[]);
    let officers = Officers::in_folder(&folder.path);
    let added = officers.add(
        "nobody".parse().unwrap(),
        node::auth::Right::Officer,
        Vec::new(),
        model::code::Role::Represented,
    );
    assert!(added.is_err(), "an element is needed");
    let token = officers
        .add_represented("field".parse().unwrap(), "aid-east".parse().unwrap())
        .unwrap();
    // A file of an earlier version has such accounts, and they named no element.
    let path = folder.path.join("officers.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("element = \"aid-east\""), "{text}");
    std::fs::write(&path, text.replace("element = \"aid-east\"\n", "")).unwrap();
    let un = Screen::start(&folder).await;
    for (method, path) in [
        ("GET", "/api/me"),
        ("GET", "/api/calls"),
        ("POST", "/api/calls"),
    ] {
        let (status, refused) = http(un.node.http, method, path, &token, Some(&json!({}))).await;
        assert_eq!(status, 403, "{path}: {refused:#}");
        let why = refused["detail"].as_str().unwrap();
        assert!(why.contains("--element"), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_organisation_that_is_unenrolled_is_out_and_its_sites_stay() {
    let base = tempfile::tempdir().unwrap();
    let three = Three::start(base.path()).await;
    let draft = three
        .drafts(&three.east, "EAST-QZX", "35.3111 N 40.1111 E")
        .await;
    three.consents(&three.east, &draft, "west-line", true).await;
    assert_eq!(three.releases(&draft, &["west-line"]).await.0, 200);
    let there = |notices: &Value| notices[0]["slots"]["label"] == "EAST-QZX";
    three.coalition.until("/api/notices", there).await;
    let mut socket = Socket::open(three.east.at, &three.east.token, "")
        .await
        .unwrap();

    let path = "/api/elements/aid-east";
    let (at, officer) = (three.un.node.http, three.un.officer.clone());
    assert_eq!(
        http(at, "DELETE", path, &three.west.token, None).await.0,
        403
    );
    let unknown = http(at, "DELETE", "/api/elements/nobody", &officer, None).await;
    assert_eq!(unknown.0, 422, "{:#}", unknown.1);
    let (status, done) = http(at, "DELETE", path, &officer, None).await;
    assert_eq!((status, &done["accounts"]), (200, &json!(["field-east"])));
    // Its officer is out at once, stop calls and all that was open with them; the other's is not.
    for path in ["/api/me", "/api/notices"] {
        assert_eq!(three.east.get(path).await.0, 401);
    }
    assert_eq!(three.east.post("/api/calls", json!({})).await.0, 401);
    assert_eq!(three.west.get("/api/me").await.0, 200);
    let closes = async { while socket.next().await.is_some() {} };
    let closed = tokio::time::timeout(Duration::from_secs(10), closes).await;
    assert!(closed.is_ok(), "the event socket is closed");

    let shown = three.un.get("/api/elements").await;
    assert_eq!(shown[0]["element"], "aid-east");
    assert!(shown[0]["ended"].is_i64(), "{shown:#}");
    let notices = three.un.get("/api/notices").await;
    assert_eq!(notices[0]["state"], "active", "{notices:#}");
    let there = three.coalition.get("/api/notices").await;
    assert_eq!(there[0]["state"], "active", "{there:#}");
    let (status, refused) = three.releases(&draft, &["east-line"]).await;
    assert!(
        status == 422 && refused.to_string().contains("is not enrolled"),
        "{refused:#}"
    );
    // So it is for a node that begins anew, and its record says who did it.
    assert!(three.un.node.stop().await);
    let un = Screen::start(&three.folder).await;
    assert!(un.get("/api/elements").await[0]["ended"].is_i64());
    let record = un.get("/api/record").await;
    let ended = (record.as_array().unwrap().iter())
        .find(|record| !record["fact"]["event"]["ElementUnenrolled"].is_null());
    assert_eq!(ended.unwrap()["fact"]["by"]["Officer"], "duty");
}
