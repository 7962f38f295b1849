//! A screen's event socket, by hand (RFC 6455).

use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub struct Socket(TcpStream);

impl Socket {
    /// Opens `/api/events` with `query`; the status where it is refused.
    pub async fn open(address: SocketAddr, token: &str, query: &str) -> Result<Self, u16> {
        Self::open_at(address, token, &format!("/api/events{query}")).await
    }

    /// As [`Socket::open`], at another path.
    pub async fn open_at(address: SocketAddr, token: &str, path: &str) -> Result<Self, u16> {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
        let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
        match status {
            101 => Ok(Self(stream)),
            refused => Err(refused),
        }
    }

    /// The next event; none once the node has closed it.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            let first = self.0.read_u8().await.ok()?;
            let length = match self.0.read_u8().await.ok()? {
                126 => u64::from(self.0.read_u16().await.ok()?),
                127 => self.0.read_u64().await.ok()?,
                short => u64::from(short),
            };
            let mut content = vec![0; usize::try_from(length).unwrap()];
            self.0.read_exact(&mut content).await.ok()?;
            match first & 0x0f {
                1 => return Some(serde_json::from_slice(&content).unwrap()),
                8 => return None,
                9 => {
                    let mut pong = vec![0x8a, 0x80 | u8::try_from(length).unwrap(), 0, 0, 0, 0];
                    pong.extend(content);
                    self.0.write_all(&pong).await.ok()?;
                }
                _other_frame => {}
            }
        }
    }

    /// Says `text` to the node.
    pub async fn say(&mut self, text: &str) {
        let mut frame = vec![0x81, 0x80 | u8::try_from(text.len()).unwrap(), 0, 0, 0, 0];
        frame.extend(text.as_bytes());
        self.0.write_all(&frame).await.unwrap();
    }

    /// Waits for an event that is as wished.
    pub async fn until(&mut self, wished: impl Fn(&Value) -> bool) -> Value {
        let wait = async {
            loop {
                let told = self.next().await.expect("the socket stands");
                if wished(&told) {
                    return told;
                }
            }
        };
        timeout(Duration::from_secs(10), wait).await.unwrap()
    }

    pub async fn ready(&mut self) {
        self.until(|told| told["type"] == "ready").await;
    }
}
