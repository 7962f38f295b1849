//! What a node tells its screens, or a program prints, as it happens, with the instant at which it was heard here.

use crate::failed::Failed;
use crate::seat::Seat;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read};
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

/// An open WebSocket to a node, or the output of a program that prints JSON, a line each. Dropping it closes the former.
pub struct Ear {
    who: String,
    coming: Receiver<Heard>,
    remembered: Vec<Heard>,
    socket: Option<TcpStream>,
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
            who: seat.node().to_owned(),
            coming,
            remembered: Vec::new(),
            socket: Some(socket),
        })
    }

    /// Listens to what `who` prints, until that ends.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn of_output(who: &str, prints: impl Read + Send + 'static) -> Result<Self, Failed> {
        let (sender, coming) = channel();
        thread::Builder::new()
            .name("ear".into())
            .spawn(move || read_lines(prints, &sender))
            .map_err(Failed::system("listen to a program"))?;
        Ok(Self {
            who: who.to_owned(),
            coming,
            remembered: Vec::new(),
            socket: None,
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
                        node: self.who.clone(),
                        what: what.to_owned(),
                        within,
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
        if let Some(socket) = &self.socket {
            // The node may be gone already.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

/// Reads until the program ends. When nobody listens any more it reads on, so that the program never waits for us.
fn read_lines(prints: impl Read, sender: &Sender<Heard>) {
    for line in BufReader::new(prints).lines() {
        let Ok(line) = line else { return };
        let at = Instant::now();
        if let Ok(event) = serde_json::from_str(&line) {
            let _ = sender.send(Heard { at, event });
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_prints_is_heard_in_any_order_until_it_is_forgotten() {
        let prints: &[u8] = b"{\"n\": 1}\nno JSON\n{\"n\": 2}\n";
        let mut ear = Ear::of_output("bell", prints).unwrap();
        let mut hears = |n: u64| {
            ear.hear("a number", Duration::from_millis(500), |event| {
                event["n"] == n
            })
            .is_ok()
        };
        assert_eq!([hears(2), hears(1), hears(3)], [true, true, false]);
        ear.forget();
        let told = ear.hear("a number", Duration::from_millis(10), |event| {
            event["n"] == 1
        });
        assert_eq!(
            told.unwrap_err().to_string(),
            "bell told nothing of a number within 10ms"
        );
    }
}
