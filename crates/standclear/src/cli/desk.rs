//! The desk: alarms, watch, what happens as it happens.

use super::calls::accepted;
use super::{at_desk, named, online};
use crate::client::Client;
use crate::deaf;
use crate::exit::{Exit, Failure, Outcome};
use crate::options::Options;
use crate::output::{self, Table, dtg_seconds};
use clap::Args;
use futures_util::StreamExt as _;
use node::http::views::{CallShown, Outcome as Said};
use node::model::code::Desk;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

#[derive(Args, Debug)]
pub struct OfAlarm {
    /// The alarm, as `standclear alarms` shows it, or the end of its name
    alarm: String,
}

#[derive(Args, Debug)]
pub struct Events {
    /// Only alarms of this desk, and all that is no alarm
    #[arg(long)]
    desk: Option<Desk>,
}

/// The alarms that stand.
///
/// # Errors
/// Where the node is gone or refuses.
pub fn alarms(options: &Options) -> Outcome {
    at_desk(options, async |client: Client| {
        let alarms: Vec<Value> = client.get("/api/alarms").await?;
        options.style().show(&alarms, |alarms| {
            let head = [
                "alarm", "desk", "level", "since", "count", "recorded", "place",
            ];
            let mut table = Table::new(&head, "no alarm stands");
            let banners: String = alarms
                .iter()
                .filter(|alarm| {
                    alarm["telephone"]
                        .as_array()
                        .is_some_and(|numbers| !numbers.is_empty())
                })
                .filter_map(deaf::told)
                .collect();
            for alarm in alarms {
                table.row([
                    word(alarm, "alarm"),
                    word(alarm, "desk"),
                    word(alarm, "level"),
                    dtg_seconds(alarm["at"].as_i64().unwrap_or_default()),
                    alarm["count"].to_string(),
                    if alarm["recorded"] == true {
                        "yes"
                    } else {
                        "NOT RECORDED"
                    }
                    .to_owned(),
                    if alarm["place_in_doubt"] == true {
                        "IN DOUBT: see the call"
                    } else {
                        ""
                    }
                    .to_owned(),
                ]);
            }
            output::plain(&banners) + &table.to_string()
        })
    })
}

fn word(of: &Value, name: &str) -> String {
    of[name].as_str().unwrap_or("-").to_owned()
}

impl OfAlarm {
    pub fn silence(self, options: &Options) -> Outcome {
        self.act(options, "silence", "the tone is off; nothing is accepted")
    }

    pub fn acknowledge(self, options: &Options) -> Outcome {
        self.act(options, "acknowledge", "acknowledged")
    }

    fn act(self, options: &Options, step: &str, done: &str) -> Outcome {
        at_desk(options, async |client: Client| {
            let alarm = match node::names::parse_alarm(&self.alarm) {
                Ok(_) => self.alarm.clone(),
                Err(_) => {
                    let alarms: Vec<Value> = client.get("/api/alarms").await?;
                    let names: Vec<String> =
                        alarms.iter().map(|alarm| word(alarm, "alarm")).collect();
                    match named(&self.alarm, &names, "alarm") {
                        Ok(alarm) => alarm,
                        Err(failure) => return Err(ended(&client, &self.alarm, failure).await),
                    }
                }
            };
            let said: Said = client
                .post(&format!("/api/alarms/{alarm}/{step}"), &json!({}))
                .await?;
            options.style().show(&said, |_| done.to_owned())
        })
    }
}

/// Where what was named is a call whose alarm has ended: who took it and when.
async fn ended(client: &Client, typed: &str, failure: Failure) -> Failure {
    let calls: Outcome<Vec<CallShown>> = client.get("/api/calls").await;
    let calls = calls.unwrap_or_default();
    let names: Vec<String> = calls.iter().map(|call| call.call.clone()).collect();
    let Ok(name) = named(typed, &names, "stop call") else {
        return failure;
    };
    let call = calls.iter().find(|call| call.call == name);
    match call.map(|call| (call, accepted(call))) {
        Some((call, Some(accepted))) => Failure::refused(format!(
            "its alarm has ended: accepted {accepted}; the call is now {}",
            call.phase
        )),
        Some((call, None)) => Failure::refused(format!(
            "no alarm of it stands under that name: the call is {}; see `standclear alarms`",
            call.phase
        )),
        None => failure,
    }
}

impl Events {
    pub fn run(self, options: &Options) -> Outcome {
        let client = options.client()?;
        let query = self
            .desk
            .map_or_else(String::new, |desk| format!("desk={desk}"));
        online(async {
            let mut socket = client.listen(&query).await?;
            let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
            loop {
                let message = tokio::select! {
                    message = socket.next() => message,
                    _ = &mut interrupted => return Ok(()),
                };
                match message {
                    Some(Ok(Message::Text(text))) => show(options, text.as_str())?,
                    Some(Ok(
                        Message::Ping(_)
                        | Message::Pong(_)
                        | Message::Binary(_)
                        | Message::Frame(_),
                    )) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => {
                        return Err(Failure::new(
                            Exit::Unreachable,
                            "the node has gone: look whether it runs, then listen again",
                        ));
                    }
                }
            }
        })
    }
}

fn show(options: &Options, text: &str) -> Outcome {
    if options.json {
        return output::print(text);
    }
    let Ok(event) = serde_json::from_str::<Value>(text) else {
        return output::print(&output::plain(text));
    };
    let now = dtg_seconds(node::clock::now().as_unix_ms());
    let line = match event["type"].as_str() {
        Some("alarm") => format!(
            "ALARM {} at the {} desk, level {}, count {}{}{}",
            word(&event, "alarm"),
            word(&event, "desk"),
            word(&event, "level"),
            event["count"],
            if event["recorded"] == true {
                ""
            } else {
                ", NOT RECORDED"
            },
            if event["place_in_doubt"] == true {
                ", PLACE IN DOUBT"
            } else {
                ""
            }
        ),
        Some("alarm-ended") => format!("ended {}", word(&event, "alarm")),
        Some("ready") => "listening: all that stands was told".to_owned(),
        Some("start-over") => "fell behind: listen again".to_owned(),
        Some(_) | None => format!("{} {}", word(&event, "what"), word(&event, "id")),
    };
    output::print(&format!("{now}  {}", output::plain(&line)))
}
