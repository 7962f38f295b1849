//! One connection of one line: a task that reads, a task that writes.

use super::outgoing::{Framer, NotSent, Out, Queue};
use super::registry::Ends;
use super::{FIRST_FRAME, Link, STALL};
use crate::clock;
use crate::core::inbox::{From, InboxError, Job};
use crate::trust::ConnectionKeys;
use channel::input::{Class, Connection, Input, LinkInput, PeerFrame};
use model::event::Bytes;
use model::ids::LineId;
use model::line::{Fault, LogRef, Side};
use model::units::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};
use wire::line::{FrameReader, Taken};

/// Bytes read at a time.
const READ: usize = 64 * 1024;
/// Bytes that a slow path must take within [`STALL`].
const WRITE: usize = 16 * 1024;
/// How often the core is told that a frame is coming and is not whole.
const UNDER_WAY: Duration = Duration::from_secs(1);

/// What a connection is for.
#[derive(Clone, Copy, Debug)]
pub struct Purpose {
    pub line: LineId,
    pub class: Class,
    pub path: u8,
}

impl Purpose {
    fn queue(self) -> From {
        match self.class {
            Class::Stop => From::StopLine,
            Class::Main => From::Main,
        }
    }
}

/// Serves a connection until it ends. Both parties are known and pinned by now.
pub async fn serve<S: AsyncRead + AsyncWrite + Send + 'static>(
    link: Arc<Link>,
    purpose: Purpose,
    stream: S,
) {
    let Ends {
        connection,
        out,
        pause,
    } = link.registry.add(purpose.line, purpose.class, purpose.path);
    link.metrics.connections_opened.add(1);
    tracing::info!(
        connection = connection.0,
        line = %purpose.line,
        class = ?purpose.class,
        path = purpose.path,
        "connection opened"
    );
    let (read, write) = tokio::io::split(stream);
    let opened = LinkInput::Opened {
        connection,
        line: purpose.line,
        path: purpose.path,
        class: purpose.class,
    };
    if tell(&link, purpose, opened, None).await.is_ok() {
        let reader = Reader {
            link: link.clone(),
            purpose,
            connection,
            pause,
            keys: ConnectionKeys::default(),
        };
        let ended = tokio::select! {
            ended = reader.run(read) => ended,
            ended = send_all(link.clone(), purpose, out, write) => ended,
        };
        tracing::info!(connection = connection.0, why = ended, "connection closed");
    }
    link.registry.remove(connection);
    link.metrics.connections_closed.add(1);
    // A core that is stopping needs no telling.
    let _ = tell(&link, purpose, LinkInput::Closed { connection }, None).await;
}

async fn tell(
    link: &Link,
    purpose: Purpose,
    input: LinkInput,
    cosignature: Option<Bytes>,
) -> Result<(), InboxError> {
    let job = Job::Input {
        input: Box::new(Input::Link(input)),
        cosignature,
    };
    link.inbox.put(purpose.queue(), job).await
}

struct Reader {
    link: Arc<Link>,
    purpose: Purpose,
    connection: Connection,
    pause: watch::Receiver<Option<Timestamp>>,
    keys: ConnectionKeys,
}

impl Reader {
    async fn run(mut self, mut stream: impl AsyncRead + Unpin) -> &'static str {
        let mut frames = FrameReader::new();
        let mut buffer = vec![0; READ];
        // When more of the frame that has begun must have come; the first is owed whole, and from the start.
        let mut due = Some(Instant::now() + FIRST_FRAME);
        let mut told: Option<Instant> = None;
        let mut greeted = false;
        loop {
            self.wait_while_paused().await;
            let read = stream.read(&mut buffer);
            let read = match due {
                Some(due) => match tokio::time::timeout_at(due, read).await {
                    Ok(read) => read,
                    Err(_late) => {
                        return self.fault(Fault::Stalled, "the peer stalled").await;
                    }
                },
                None => read.await,
            };
            let count = match read {
                Ok(0) => return "the peer closed it",
                Ok(count) => count,
                Err(_broken) => return "it broke",
            };
            let mut rest = &buffer[..count];
            let mut whole = false;
            loop {
                match frames.next(&mut rest) {
                    Ok(Some(frame)) => {
                        whole = true;
                        if self.take(frame).await.is_err() {
                            return "this node is stopping";
                        }
                    }
                    Ok(None) => break,
                    Err(_too_large) => {
                        return self.fault(Fault::TooLarge, "a frame was too large").await;
                    }
                }
            }
            greeted |= whole;
            let inside = frames.is_inside();
            due = match (greeted, inside) {
                (false, _) => due,
                (true, true) => Some(Instant::now() + STALL),
                (true, false) => None,
            };
            let rested = told.is_none_or(|told| told.elapsed() >= UNDER_WAY);
            if greeted && inside && !whole && rested {
                told = Some(Instant::now());
                let connection = self.connection;
                let heard = LinkInput::Heard { connection };
                if tell(&self.link, self.purpose, heard, None).await.is_err() {
                    return "this node is stopping";
                }
            }
        }
    }

    async fn wait_while_paused(&mut self) {
        loop {
            let until = *self.pause.borrow_and_update();
            let left = until.map_or(0, |until| until.since(clock::now()).as_ms());
            if left <= 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(left.unsigned_abs().min(60_000))).await;
        }
    }

    async fn take(&mut self, frame: Vec<u8>) -> Result<(), InboxError> {
        self.link.metrics.frames_received.add(1);
        let line = self.purpose.line;
        let Some(keys) = self.keys.now(&self.link.trust, line) else {
            return Ok(());
        };
        let (link, by) = (self.link.clone(), keys.clone());
        let taken = match self.purpose.class {
            // Small, and ahead of everything: handing it to another thread would take as long as doing it.
            Class::Stop => {
                let taken = wire::line::receive(&frame, &by);
                match is_at_hand(&taken, &link) {
                    true => look_up(taken, line, &link),
                    false => tokio::task::block_in_place(|| look_up(taken, line, &link)),
                }
            }
            Class::Main => {
                let verify = move || look_up(wire::line::receive(&frame, &by), line, &link);
                match self.link.background.run(verify).await {
                    Some(taken) => taken,
                    None => return Err(InboxError::Closed),
                }
            }
        };
        let Taken {
            frames,
            cosignature,
        } = taken;
        let cosignature: Option<Bytes> = cosignature.map(|c| c.to_bytes().as_slice().into());
        self.keys.took(&keys, &frames);
        for frame in frames {
            self.count(&frame);
            let connection = self.connection;
            let input = LinkInput::Frame { connection, frame };
            tell(&self.link, self.purpose, input, cosignature.clone()).await?;
        }
        Ok(())
    }

    fn count(&self, frame: &PeerFrame) {
        match frame {
            PeerFrame::Entries(entries) => {
                self.link
                    .metrics
                    .entries_received
                    .add(entries.entries.len() as u64);
            }
            PeerFrame::Bad { fault, .. } => {
                self.link.metrics.faults.add(1);
                tracing::warn!(connection = self.connection.0, %fault, "what came cannot be taken");
            }
            PeerFrame::Hello(_)
            | PeerFrame::Cosigned { .. }
            | PeerFrame::Heartbeat(_)
            | PeerFrame::Fetch { .. }
            | PeerFrame::Epoch { .. }
            | PeerFrame::Manifest { .. } => {}
        }
    }

    async fn fault(&self, fault: Fault, why: &'static str) -> &'static str {
        let frame = PeerFrame::Bad {
            fault,
            evidence: Vec::new().into(),
        };
        self.count(&frame);
        let connection = self.connection;
        let input = LinkInput::Frame { connection, frame };
        // A core that is stopping needs no telling.
        let _ = tell(&self.link, self.purpose, input, None).await;
        why
    }
}

/// Whether [`look_up`] finds all it needs in memory.
fn is_at_hand(taken: &Taken, link: &Link) -> bool {
    taken.frames.iter().all(|frame| match frame {
        PeerFrame::Hello(_) => false,
        PeerFrame::Cosigned { log, head, .. } => link.stored.has_root_at_hand(*log, head.size),
        PeerFrame::Entries(_)
        | PeerFrame::Heartbeat(_)
        | PeerFrame::Fetch { .. }
        | PeerFrame::Epoch { .. }
        | PeerFrame::Manifest { .. }
        | PeerFrame::Bad { .. } => true,
    })
}

/// Fills in what only our own logs can tell.
pub fn look_up(mut taken: Taken, line: LineId, link: &Link) -> Taken {
    let own = |lane, epoch| LogRef {
        line,
        side: Side::Own,
        lane,
        epoch,
    };
    for frame in &mut taken.frames {
        match frame {
            PeerFrame::Hello(hello) => {
                let lanes = [model::code::Lane::Stop, model::code::Lane::Main];
                for ((held, root), lane) in hello.held.iter().zip(&mut hello.held_roots).zip(lanes)
                {
                    *root = link.stored.root_at(own(lane, held.epoch), held.size);
                }
            }
            PeerFrame::Cosigned {
                log,
                head,
                own_root,
                ..
            } => *own_root = link.stored.root_at(*log, head.size),
            PeerFrame::Entries(_)
            | PeerFrame::Heartbeat(_)
            | PeerFrame::Fetch { .. }
            | PeerFrame::Epoch { .. }
            | PeerFrame::Manifest { .. }
            | PeerFrame::Bad { .. } => {}
        }
    }
    taken
}

async fn send_all(
    link: Arc<Link>,
    purpose: Purpose,
    out: mpsc::Receiver<Out>,
    mut stream: impl AsyncWrite + Unpin,
) -> &'static str {
    let mut framer = Framer::new(link.clone());
    let mut queue = Queue::new(out);
    while let Some(next) = queue.next().await {
        if let Out::Close(fault) = next {
            tracing::info!(line = %purpose.line, ?fault, "this node closes a connection");
            // What was said before the end is to arrive; the peer may be gone already.
            let _ = timeout(STALL, stream.shutdown()).await;
            return "this node closed it";
        }
        let Some(keys) = link.trust.keys(purpose.line) else {
            return "the line has no keys";
        };
        let sent = match next {
            Out::Entries { log, from, until } => {
                entries(&link, &mut framer, log, from, until, &mut stream).await
            }
            other => match framer.single(&other, &keys) {
                Ok(Some(frame)) => write(&link, &mut stream, &frame).await,
                Ok(None) => Ok(()),
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "a frame was not made"
                    );
                    Err("a frame could not be made")
                }
            },
        };
        if let Err(why) = sent {
            return why;
        }
    }
    "it was replaced, or the peer did not read"
}

async fn entries(
    link: &Link,
    framer: &mut Framer,
    log: LogRef,
    from: u64,
    until: u64,
    stream: &mut (impl AsyncWrite + Unpin),
) -> Result<(), &'static str> {
    let mut next = from;
    loop {
        let made = match framer.is_at_hand(log, next, until) {
            true => framer.entries(log, next, until),
            false => tokio::task::block_in_place(|| framer.entries(log, next, until)),
        };
        let (frame, after) = made.map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "entries were not sent"
            );
            if matches!(error, NotSent::Read(store::ReadError::Damaged(_))) {
                link.inbox.put_own(Job::Damaged);
            }
            "its entries could not be read"
        })?;
        write(link, stream, &frame).await?;
        next = after;
        if next >= until {
            return Ok(());
        }
    }
}

async fn write(
    link: &Link,
    stream: &mut (impl AsyncWrite + Unpin),
    frame: &[u8],
) -> Result<(), &'static str> {
    let mut pieces = frame.chunks(WRITE).peekable();
    while let Some(piece) = pieces.next() {
        let written = timeout(STALL, async {
            stream.write_all(piece).await?;
            match pieces.peek() {
                Some(_) => Ok(()),
                None => stream.flush().await,
            }
        });
        match written.await {
            Ok(Ok(())) => {}
            Ok(Err(_broken)) => return Err("it broke"),
            Err(_late) => return Err("the peer did not read"),
        }
    }
    link.metrics.frames_sent.add(1);
    Ok(())
}
