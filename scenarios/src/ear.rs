//! What a node tells its screens as it happens, with the instant at which it was heard here.

use crate::failed::Failed;
use crate::seat::Seat;
use serde_json::Value;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::http::HeaderValue;
use tungstenite::{Message, WebSocket};

/// Events that are remembered; the oldest are forgotten first.
pub const MAX_REMEMBERED: usize = 10_000;
/// How long the node may take to let us listen.
const OPEN_WITHIN: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub struct Heard {
    pub at: Instant,
    pub event: Value,
}

/// An open WebSocket to a node. Dropping it closes it.
pub struct Ear {
    node: String,
    coming: Receiver<Heard>,
    remembered: Vec<Heard>,
    socket: TcpStream,
}

impl Ear {
    /// Listens to the node of `seat`, as its officer.
    ///
    /// # Errors
    /// [`Failed::System`], [`Failed::NoAnswer`].
    pub fn open(seat: &Seat) -> Result<Self, Failed> {
        let failed = |says: String| Failed::NoAnswer {
            node: seat.node().to_owned(),
            says,
        };
        let io = |cause: std::io::Error| failed(cause.to_string());
        let socket = TcpStream::connect_timeout(&seat.address(), OPEN_WITHIN).map_err(io)?;
        socket.set_nodelay(true).map_err(io)?;
        socket.set_read_timeout(Some(OPEN_WITHIN)).map_err(io)?;
        let mut request = format!("ws://{}/api/events", seat.address())
            .into_client_request()
            .map_err(|cause| failed(cause.to_string()))?;
        let bearer =
            HeaderValue::from_str(&seat.bearer()).map_err(|cause| failed(cause.to_string()))?;
        request.headers_mut().insert("Authorization", bearer);
        let own = socket.try_clone().map_err(io)?;
        let (open, _) =
            tungstenite::client(request, own).map_err(|cause| failed(cause.to_string()))?;
        socket.set_read_timeout(None).map_err(io)?;
        let (sender, coming) = channel();
        thread::Builder::new()
            .name("ear".into())
            .spawn(move || listen(open, &sender))
            .map_err(io)?;
        Ok(Self {
            node: seat.node().to_owned(),
            coming,
            remembered: Vec::new(),
            socket,
        })
    }

    /// The first event since [`Ear::forget`] that is `meant`; waits for it.
    ///
    /// # Errors
    /// [`Failed::NotTold`] of `what`.
    pub fn hear(
        &mut self,
        what: &str,
        within: Duration,
        meant: impl Fn(&Value) -> bool,
    ) -> Result<Heard, Failed> {
        if let Some(heard) = self.remembered.iter().find(|heard| meant(&heard.event)) {
            return Ok(heard.clone());
        }
        let until = Instant::now() + within;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.coming.recv_timeout(left) {
                Ok(heard) => {
                    self.remember(heard.clone());
                    if meant(&heard.event) {
                        return Ok(heard);
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    return Err(Failed::NotTold {
                        node: self.node.clone(),
                        what: what.to_owned(),
                        seconds: within.as_secs(),
                    });
                }
            }
        }
    }

    /// Forgets all that was told so far.
    pub fn forget(&mut self) {
        while self.coming.try_recv().is_ok() {}
        self.remembered.clear();
    }

    fn remember(&mut self, heard: Heard) {
        if self.remembered.len() == MAX_REMEMBERED {
            self.remembered.remove(0);
        }
        self.remembered.push(heard);
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        // The node may be gone already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

/// Reads until the node ends, or nobody listens.
fn listen(mut open: WebSocket<TcpStream>, sender: &Sender<Heard>) {
    while let Ok(message) = open.read() {
        let at = Instant::now();
        let Message::Text(text) = message else {
            continue;
        };
        let Ok(event) = serde_json::from_str(&text) else {
            continue;
        };
        if sender.send(Heard { at, event }).is_err() {
            return;
        }
    }
}
