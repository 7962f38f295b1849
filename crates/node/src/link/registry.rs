//! The connections that stand, by number, and how the core reaches them.

use super::outgoing::Out;
use channel::input::{Class, Connection};
use model::ids::LineId;
use model::units::Timestamp;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, watch};

/// Connections of one line; beyond it the oldest of the same path and class is closed.
pub const MAX_CONNECTIONS: usize = 16;
/// Things to send that wait on one connection. The node keeps far fewer in flight: more is a peer that does not read.
pub const MAX_OUT: usize = 1_024;

struct Open {
    line: LineId,
    class: Class,
    path: u8,
    out: mpsc::Sender<Out>,
    pause: watch::Sender<Option<Timestamp>>,
}

/// The receiving ends of a new connection.
pub struct Ends {
    pub connection: Connection,
    pub out: mpsc::Receiver<Out>,
    pub pause: watch::Receiver<Option<Timestamp>>,
}

#[derive(Default)]
pub struct Registry {
    next: AtomicU64,
    open: Mutex<BTreeMap<Connection, Open>>,
}

impl Registry {
    /// Takes a new connection in; may close an older one.
    pub fn add(&self, line: LineId, class: Class, path: u8) -> Ends {
        let connection = Connection(self.next.fetch_add(1, Ordering::Relaxed) + 1);
        let (out_to, out) = mpsc::channel(MAX_OUT);
        let (pause_to, pause) = watch::channel(None);
        let mut open = self.open();
        let of_line = open.iter().filter(|(_, other)| other.line == line);
        if of_line.count() >= MAX_CONNECTIONS {
            let oldest = open
                .iter()
                .find(|(_, other)| other.line == line && other.class == class && other.path == path)
                .or_else(|| open.iter().find(|(_, other)| other.line == line))
                .map(|(connection, _)| *connection);
            if let Some(oldest) = oldest {
                // Its tasks end when their channel does.
                open.remove(&oldest);
            }
        }
        let entry = Open {
            line,
            class,
            path,
            out: out_to,
            pause: pause_to,
        };
        open.insert(connection, entry);
        Ends {
            connection,
            out,
            pause,
        }
    }

    pub fn remove(&self, connection: Connection) {
        self.open().remove(&connection);
    }

    /// Queues `out` on `connection`. A connection that takes no more is dropped.
    pub fn send(&self, connection: Connection, out: Out) {
        let mut open = self.open();
        if let Some(found) = open.get(&connection)
            && found.out.try_send(out).is_err()
        {
            open.remove(&connection);
        }
    }

    pub fn pause(&self, connection: Connection, until: Timestamp) {
        if let Some(open) = self.open().get(&connection) {
            open.pause.send_replace(Some(until));
        }
    }

    /// Closes every connection of `line`, or of all.
    pub fn close_all(&self, line: Option<LineId>) {
        self.open()
            .retain(|_, open| line.is_some_and(|line| open.line != line));
    }

    pub fn count(&self) -> usize {
        self.open().len()
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<Connection, Open>> {
        // Entries are whole: whatever a panic elsewhere left is valid.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> LineId {
        LineId::from_random([1; 16])
    }

    #[test]
    fn beyond_the_limit_the_oldest_of_the_same_path_and_class_goes() {
        let registry = Registry::default();
        let mut first = registry.add(line(), Class::Stop, 0);
        let mut other = registry.add(line(), Class::Main, 0);
        let _rest: Vec<Ends> = (2..MAX_CONNECTIONS)
            .map(|_| registry.add(line(), Class::Stop, 0))
            .collect();
        assert_eq!(registry.count(), MAX_CONNECTIONS);
        let _new = registry.add(line(), Class::Main, 0);
        assert_eq!(registry.count(), MAX_CONNECTIONS);
        assert!(matches!(
            other.out.try_recv(),
            Err(mpsc::error::TryRecvError::Disconnected)
        ));
        assert!(matches!(
            first.out.try_recv(),
            Err(mpsc::error::TryRecvError::Empty)
        ));
    }

    #[test]
    fn a_connection_that_takes_no_more_is_dropped() {
        let registry = Registry::default();
        let ends = registry.add(line(), Class::Stop, 0);
        for _ in 0..=MAX_OUT {
            registry.send(ends.connection, Out::Close(None));
        }
        assert_eq!(registry.count(), 0);
    }
}
