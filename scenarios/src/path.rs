//! The path between two nodes: a small TCP relay on loopback that can be cut.
//!
//! A cut path passes nothing on and closes nothing, as a path does that loses every packet: each side still believes in
//! its connection. When it is mended, what was under way arrives, as TCP's repetitions would bring it; unless it was
//! lost with the connections that carried it.
//!
//! It can also do worse: see [`Trouble`]. What it carries is TLS, so bytes that are lost, doubled, swapped or altered are
//! for the nodes to notice.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Bytes that a cut path may hold for each direction beyond what the system's sockets hold.
const CHUNK: usize = 64 * 1024;
/// Connections that one path carries; beyond it the newest are closed.
pub const MAX_CONNECTIONS: usize = 64;
/// How long the relay waits for the node behind it.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// What a path does to what it carries, while it lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trouble {
    #[default]
    None,
    /// Every piece comes so much later.
    Late(Duration),
    /// One piece in so many is not what was sent.
    Bytes { every: u32, how: Havoc },
    /// Nothing comes back, or nothing goes there, and nothing is closed.
    HalfOpen(Direction),
    /// Connections end after so many bytes, in the midst of what they carry.
    EndAfter(u64),
    /// New connections are taken, and nothing is ever said on them.
    Silent,
    /// New connections are reset as soon as something is said on them.
    Reset,
}

/// What becomes of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Havoc {
    Lost,
    Doubled,
    /// It comes after the next one.
    Swapped,
    /// One bit of it.
    Altered,
}

/// Seen from the node that dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    There,
    Back,
}

#[derive(Default)]
struct State {
    cut: bool,
    trouble: Trouble,
    closed: bool,
    /// How often all that was under way was lost.
    losses: u64,
    /// The node behind the path; it has a new port after each start.
    target: Option<SocketAddr>,
    open: Vec<TcpStream>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is one assignment: whatever a panic elsewhere left is valid.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    /// Waits while the path is cut; `false` where what was begun after `losses` is lost, or the path closed.
    fn pass(&self, losses: u64) -> bool {
        let mut state = self.state();
        while state.cut && !state.closed && state.losses == losses {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        !state.closed && state.losses == losses
    }

    /// Waits while nothing passes in `direction`; `false` where what was begun after `losses` is lost.
    fn pass_half(&self, direction: Direction, losses: u64) -> bool {
        let mut state = self.state();
        while state.trouble == Trouble::HalfOpen(direction)
            && !state.closed
            && state.losses == losses
        {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        !state.closed && state.losses == losses
    }

    fn end_connections(&self, change: impl FnOnce(&mut State)) {
        self.change(|state| {
            change(state);
            for stream in state.open.drain(..) {
                // It may be closed already.
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
    }
}

/// One path to one node. Dropping it closes its connections.
pub struct Path {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Path {
    /// Listens on a free port of loopback.
    ///
    /// # Errors
    /// Where loopback gives no port.
    pub fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let relay = shared.clone();
        thread::Builder::new()
            .name("path".into())
            .spawn(move || accept(&listener, &relay))?;
        Ok(Self { shared, address })
    }

    /// Where to dial to reach the node behind it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn leads_to(&self, node: SocketAddr) {
        self.shared.change(|state| state.target = Some(node));
    }

    pub fn cut(&self) {
        self.shared.change(|state| state.cut = true);
    }

    pub fn mend(&self) {
        self.shared.change(|state| state.cut = false);
    }

    /// From now on, for what is under way as well. [`Trouble::None`] ends it.
    pub fn suffers(&self, trouble: Trouble) {
        self.shared.change(|state| state.trouble = trouble);
    }

    /// Ends every connection; what is under way on them is lost.
    pub fn lose(&self) {
        self.shared.end_connections(|state| state.losses += 1);
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        self.shared.end_connections(|state| state.closed = true);
        // Wakes the thread that accepts, which then sees that the path is closed.
        let _ = TcpStream::connect_timeout(&self.address, CONNECT_WITHIN);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for near in listener.incoming() {
        if shared.state().closed {
            return;
        }
        let Ok(near) = near else { continue };
        let shared = shared.clone();
        // A path that cannot carry a connection closes it; the node dials again.
        let _ = thread::Builder::new()
            .name("path".into())
            .spawn(move || relay(near, &shared));
    }
}

/// Carries one connection until either side ends it.
fn relay(near: TcpStream, shared: &Arc<Shared>) -> Option<()> {
    let losses = shared.state().losses;
    if !shared.pass(losses) {
        return None;
    }
    let trouble = shared.state().trouble;
    match trouble {
        Trouble::Silent => return hold(near, shared, losses),
        // A socket that is closed with something unread on it resets the connection.
        Trouble::Reset => return near.peek(&mut [0]).ok().map(drop),
        Trouble::None
        | Trouble::Late(_)
        | Trouble::Bytes { .. }
        | Trouble::HalfOpen(_)
        | Trouble::EndAfter(_) => {}
    }
    let target = shared.state().target?;
    let far = TcpStream::connect_timeout(&target, CONNECT_WITHIN).ok()?;
    near.set_nodelay(true).ok()?;
    far.set_nodelay(true).ok()?;
    let ends = [near.try_clone().ok()?, far.try_clone().ok()?];
    {
        let mut state = shared.state();
        state.open.retain(|stream| stream.peer_addr().is_ok());
        if state.closed || state.losses != losses || state.open.len() + 2 > 2 * MAX_CONNECTIONS {
            return None;
        }
        state.open.extend(ends);
    }
    let back = (far.try_clone().ok()?, near.try_clone().ok()?);
    let other = shared.clone();
    let backward = thread::Builder::new()
        .name("path".into())
        .spawn(move || copy(back.0, back.1, &other, losses, Direction::Back));
    copy(near, far, shared, losses, Direction::There);
    backward.ok()?.join().ok()
}

/// Passes bytes on in one direction, and the end of the connection in both.
fn copy(
    mut from: TcpStream,
    mut to: TcpStream,
    shared: &Shared,
    losses: u64,
    direction: Direction,
) {
    let mut bytes = vec![0; CHUNK];
    let mut carried = Carried::default();
    loop {
        let read = match from.read(&mut bytes) {
            Ok(0) | Err(_) => break,
            Ok(read) => read,
        };
        if !shared.pass(losses) || !shared.pass_half(direction, losses) {
            break;
        }
        let trouble = shared.state().trouble;
        let Some(pieces) = carried.through(trouble, &bytes[..read]) else {
            break;
        };
        if pieces.iter().any(|piece| to.write_all(piece).is_err()) {
            break;
        }
    }
    // A cut path does not say that the other end is gone, either.
    shared.pass(losses);
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

/// Takes a connection and says nothing on it, for as long as that is the trouble.
fn hold(near: TcpStream, shared: &Shared, losses: u64) -> Option<()> {
    let mut state = shared.state();
    while state.trouble == Trouble::Silent && !state.closed && state.losses == losses {
        state = shared
            .changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner);
    }
    near.shutdown(Shutdown::Both).ok()
}

/// What one direction of a connection has carried.
#[derive(Default)]
struct Carried {
    pieces: u32,
    bytes: u64,
    /// Comes after the next piece.
    behind: Option<Vec<u8>>,
}

impl Carried {
    /// What of `piece` comes out at the other end, in order; `None` where the connection ends.
    fn through(&mut self, trouble: Trouble, piece: &[u8]) -> Option<Vec<Vec<u8>>> {
        self.pieces = self.pieces.wrapping_add(1);
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
        match trouble {
            Trouble::Bytes { every, how } if self.pieces.is_multiple_of(every.max(1)) => {
                return Some(self.havoc(how, piece));
            }
            Trouble::EndAfter(most) if self.bytes > most => return None,
            Trouble::Late(late) => thread::sleep(late),
            Trouble::None
            | Trouble::Bytes { .. }
            | Trouble::HalfOpen(_)
            | Trouble::EndAfter(_)
            | Trouble::Silent
            | Trouble::Reset => {}
        }
        Some(self.and_what_is_behind(piece.to_vec()))
    }

    fn and_what_is_behind(&mut self, piece: Vec<u8>) -> Vec<Vec<u8>> {
        [Some(piece), self.behind.take()]
            .into_iter()
            .flatten()
            .collect()
    }

    fn havoc(&mut self, how: Havoc, piece: &[u8]) -> Vec<Vec<u8>> {
        match how {
            Havoc::Lost => Vec::new(),
            Havoc::Doubled => vec![piece.to_vec(), piece.to_vec()],
            Havoc::Swapped => self.behind.replace(piece.to_vec()).into_iter().collect(),
            Havoc::Altered => {
                let mut altered = piece.to_vec();
                let middle = altered.len() / 2;
                if let Some(byte) = altered.get_mut(middle) {
                    *byte ^= 1;
                }
                vec![altered]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn through(trouble: Trouble, pieces: &[&str]) -> Vec<String> {
        let mut carried = Carried::default();
        let out = pieces
            .iter()
            .map_while(|piece| carried.through(trouble, piece.as_bytes()));
        out.flatten()
            .map(|piece| String::from_utf8(piece).unwrap())
            .collect()
    }

    #[test]
    fn pieces_are_lost_doubled_swapped_and_altered() {
        let pieces = ["a", "b", "c", "d"];
        let bytes = |how| through(Trouble::Bytes { every: 2, how }, &pieces);
        assert_eq!(bytes(Havoc::Lost), ["a", "c"]);
        assert_eq!(bytes(Havoc::Doubled), ["a", "b", "b", "c", "d", "d"]);
        assert_eq!(bytes(Havoc::Swapped), ["a", "c", "b"]);
        assert_eq!(bytes(Havoc::Altered), ["a", "c", "c", "e"]);
        assert_eq!(through(Trouble::EndAfter(2), &pieces), ["a", "b"]);
    }

    #[test]
    fn a_half_open_path_passes_on_in_one_direction_and_closes_nothing() {
        let path = Path::open().unwrap();
        path.leads_to(echo());
        let mut stream = TcpStream::connect(path.address()).unwrap();
        let answers = reading(&stream);
        path.suffers(Trouble::HalfOpen(Direction::Back));
        stream.write_all(b"on").unwrap();
        assert!(answers.recv_timeout(Duration::from_millis(200)).is_err());
        path.suffers(Trouble::None);
        assert_eq!(answers.recv_timeout(Duration::from_secs(5)), Ok(*b"on"));
    }

    #[test]
    fn a_silent_path_takes_connections_and_one_that_resets_ends_them() {
        let path = Path::open().unwrap();
        path.leads_to(echo());
        path.suffers(Trouble::Silent);
        let mut stream = TcpStream::connect(path.address()).unwrap();
        let answers = reading(&stream);
        stream.write_all(b"on").unwrap();
        assert!(answers.recv_timeout(Duration::from_millis(200)).is_err());
        path.suffers(Trouble::Reset);
        let mut stream = TcpStream::connect(path.address()).unwrap();
        stream.write_all(b"on").unwrap();
        let ended = stream.read(&mut [0; 2]);
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    }

    /// A node that sends back what it reads.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut from = stream.unwrap();
                let mut to = from.try_clone().unwrap();
                thread::spawn(move || io::copy(&mut from, &mut to));
            }
        });
        address
    }

    fn reading(stream: &TcpStream) -> mpsc::Receiver<[u8; 2]> {
        let mut stream = stream.try_clone().unwrap();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = [0; 2];
            while stream.read_exact(&mut bytes).is_ok() && sender.send(bytes).is_ok() {}
        });
        receiver
    }

    #[test]
    fn what_is_sent_on_a_cut_path_arrives_once_when_it_is_mended() {
        let path = Path::open().unwrap();
        path.leads_to(echo());
        let mut stream = TcpStream::connect(path.address()).unwrap();
        let answers = reading(&stream);
        stream.write_all(b"on").unwrap();
        assert_eq!(answers.recv_timeout(Duration::from_secs(5)), Ok(*b"on"));
        path.cut();
        stream.write_all(b"of").unwrap();
        assert!(answers.recv_timeout(Duration::from_millis(200)).is_err());
        path.mend();
        assert_eq!(answers.recv_timeout(Duration::from_secs(5)), Ok(*b"of"));
        assert!(
            answers.recv_timeout(Duration::from_millis(100)).is_err(),
            "and only once"
        );
    }

    #[test]
    fn what_was_under_way_is_lost_with_its_connection() {
        let path = Path::open().unwrap();
        path.leads_to(echo());
        let mut stream = TcpStream::connect(path.address()).unwrap();
        let answers = reading(&stream);
        path.cut();
        stream.write_all(b"of").unwrap();
        thread::sleep(Duration::from_millis(50));
        path.lose();
        path.mend();
        assert!(answers.recv_timeout(Duration::from_millis(200)).is_err());
        let mut again = TcpStream::connect(path.address()).unwrap();
        let answers = reading(&again);
        again.write_all(b"on").unwrap();
        assert_eq!(answers.recv_timeout(Duration::from_secs(5)), Ok(*b"on"));
    }

    #[test]
    fn a_closed_path_ends_its_connections() {
        let path = Path::open().unwrap();
        path.leads_to(echo());
        let mut stream = TcpStream::connect(path.address()).unwrap();
        stream.write_all(b"on").unwrap();
        stream.read_exact(&mut [0; 2]).unwrap();
        drop(path);
        assert_eq!(stream.read(&mut [0; 2]).unwrap_or(0), 0);
    }

    #[test]
    fn a_path_that_leads_nowhere_closes_what_dials_it() {
        let path = Path::open().unwrap();
        let mut stream = TcpStream::connect(path.address()).unwrap();
        assert_eq!(stream.read(&mut [0; 2]).unwrap_or(0), 0);
    }
}
