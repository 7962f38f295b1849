//! An officer's seat at their node: requests over HTTP, as any screen makes them.

use crate::failed::Failed;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use ureq::Agent;

/// The longest answer that is read, in bytes.
pub const MAX_ANSWER: u64 = 8 << 20;
/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What came of a request that may be refused.
#[derive(Debug)]
pub enum Answer {
    Taken(Value),
    /// The node's own words.
    Refused(String),
}

#[derive(Clone)]
pub struct Seat {
    agent: Agent,
    node: String,
    address: SocketAddr,
    token: String,
}

impl Seat {
    /// A seat that keeps its connections open, as a screen does.
    pub fn new(node: &str, address: SocketAddr, token: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // Each step by itself: with a time for the whole, looking up the address takes a thread of its own, each time.
            .timeout_connect(Some(ANSWER_WITHIN))
            .timeout_send_request(Some(ANSWER_WITHIN))
            .timeout_send_body(Some(ANSWER_WITHIN))
            .timeout_recv_response(Some(ANSWER_WITHIN))
            .timeout_recv_body(Some(ANSWER_WITHIN))
            .proxy(None)
            .build();
        Self {
            agent: config.new_agent(),
            node: node.to_owned(),
            address,
            token: token.to_owned(),
        }
    }

    /// # Errors
    /// [`Failed::NoAnswer`], [`Failed::Refused`].
    pub fn read(&self, path: &str) -> Result<Value, Failed> {
        let request = self
            .agent
            .get(self.url(path))
            .header("Authorization", self.bearer());
        self.taken(self.answer(request.call())?)
    }

    /// A page as any browser gets it, with no account.
    ///
    /// # Errors
    /// [`Failed::NoAnswer`].
    pub fn page(&self, path: &str) -> Result<String, Failed> {
        let failed = |cause: ureq::Error| Failed::NoAnswer {
            node: self.node.clone(),
            says: cause.to_string(),
        };
        let mut came = self.agent.get(self.url(path)).call().map_err(failed)?;
        let body = came.body_mut().with_config().limit(MAX_ANSWER);
        body.read_to_string().map_err(failed)
    }

    /// Does what must be taken.
    ///
    /// # Errors
    /// [`Failed::NoAnswer`], [`Failed::Refused`].
    pub fn act(&self, path: &str, body: &Value) -> Result<Value, Failed> {
        let answer = self.try_to(path, body)?;
        self.taken(answer)
    }

    /// Does what may be refused.
    ///
    /// # Errors
    /// [`Failed::NoAnswer`].
    pub fn try_to(&self, path: &str, body: &Value) -> Result<Answer, Failed> {
        let request = self
            .agent
            .post(self.url(path))
            .header("Authorization", self.bearer());
        self.answer(request.send_json(body))
    }

    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens the connection if none is open, so that what is measured next does not count it.
    ///
    /// # Errors
    /// [`Failed::NoAnswer`], [`Failed::Refused`].
    pub fn sit_down(&self) -> Result<(), Failed> {
        self.read("/api/me").map(|_| ())
    }

    /// Whose node it is.
    pub fn node(&self) -> &str {
        &self.node
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn taken(&self, answer: Answer) -> Result<Value, Failed> {
        match answer {
            Answer::Taken(value) => Ok(value),
            Answer::Refused(says) => Err(Failed::Refused {
                node: self.node.clone(),
                says,
            }),
        }
    }

    fn answer(
        &self,
        came: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Answer, Failed> {
        let failed = |cause: ureq::Error| Failed::NoAnswer {
            node: self.node.clone(),
            says: cause.to_string(),
        };
        let mut came = came.map_err(failed)?;
        let text = came
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER)
            .read_to_string()
            .map_err(failed)?;
        let value: Value = match text.is_empty() {
            true => Value::Null,
            false => serde_json::from_str(&text).map_err(|cause| Failed::NoAnswer {
                node: self.node.clone(),
                says: format!("its answer is no JSON: {cause}"),
            })?,
        };
        match came.status().is_success() {
            true => Ok(Answer::Taken(value)),
            false => Ok(Answer::Refused(match value["detail"].as_str() {
                Some(says) => says.to_owned(),
                None => format!("status {}", came.status()),
            })),
        }
    }

    /// The text at `pointer` (RFC 6901) of an answer.
    ///
    /// # Errors
    /// [`Failed::Lacks`].
    pub fn text(&self, answer: &Value, pointer: &str) -> Result<String, Failed> {
        match answer.pointer(pointer).and_then(Value::as_str) {
            Some(text) => Ok(text.to_owned()),
            None => Err(self.lacks(answer, pointer)),
        }
    }

    pub fn lacks(&self, answer: &Value, what: &str) -> Failed {
        Failed::Lacks {
            node: self.node.clone(),
            what: what.to_owned(),
            answer: answer.to_string().chars().take(400).collect(),
        }
    }
}
