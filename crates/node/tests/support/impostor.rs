//! A peer that holds the right keys and says what it likes.

use super::{Folder, LINE, arrangement};
use channel::effect::{Outgoing, OwnFrame};
use channel::input::{Class, Hello};
use model::arrangement::Arrangement;
use model::code::{Desk, Lane, Role, Urgency};
use model::event::Actor;
use model::kind::Kind;
use model::line::{Digest, EntryRef, LogHead, LogRef, Seen, Side};
use model::message::Message;
use model::slot::Slots;
use node::link::tls::{self, Pin, Pins};
use node::party::{Party, read_manifest};
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use wire::keys::KeyRole;
use wire::line::{LineKeys, PartyKeys, Preamble, frame};
use wire::manifest::SignedManifest;

pub const STOP: LogRef = LogRef {
    line: model::ids::LineId::from_random(*b"LINE\0\0\0\0\0\0\0\0\0\0\0\x01"),
    side: Side::Own,
    lane: Lane::Stop,
    epoch: 1,
};

/// The peer of the node whose folder is `to`.
pub struct Impostor {
    party: Party,
    to: SignedManifest,
    arrangement: Arrangement,
}

pub type Stream = TlsStream<TcpStream>;

fn empty() -> LogHead {
    LogHead {
        epoch: 1,
        size: 0,
        root: Digest(tlog::EMPTY_ROOT.0),
    }
}

impl Impostor {
    pub fn new(of: &Folder, to: &Folder) -> Self {
        assert_eq!(STOP.line, LINE.parse().unwrap());
        let signed = wire::arrangement::SignedArrangement::from_text(&arrangement(to, of)).unwrap();
        Self {
            party: Party::open(&of.path).unwrap(),
            to: read_manifest(&to.path).unwrap(),
            arrangement: signed.arrangement().clone(),
        }
    }

    /// Connects as far as TLS goes.
    pub async fn dial(&self, address: SocketAddr) -> Stream {
        let pins = Pins::default();
        pins.set(self.to.manifest().pins.iter().map(|pin| Pin(pin.0)));
        let connector = TlsConnector::from(tls::dialling(&self.party.tls, pins).unwrap());
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("standclear.invalid").unwrap();
        connector.connect(name, stream).await.unwrap()
    }

    /// Connects as a peer does, up to its `Hello`.
    pub async fn greet(&self, address: SocketAddr) -> Stream {
        let mut stream = self.dial(address).await;
        let preamble = Preamble {
            line: STOP.line,
            class: Class::Stop,
            path: 0,
        };
        stream.write_all(&preamble.to_bytes()).await.unwrap();
        let hello = Hello {
            versions: wire::line::PROTOCOL_VERSIONS.to_vec(),
            manifest: self.party.manifest.manifest().version,
            held_manifest: self.to.manifest().version,
            sent_at: node::clock::now(),
            own: [empty(); 2],
            held: [empty(); 2],
            delivered: [empty(); 2],
            held_roots: [None; 2],
        };
        let keys = LineKeys::new(
            STOP.line,
            PartyKeys::in_force(&self.party.manifest),
            PartyKeys::in_force(&self.to),
        );
        let signer = self.party.operational.signer(KeyRole::Operational).unwrap();
        let hello = frame::own(&OwnFrame::Hello(hello), &keys, &signer).unwrap();
        stream.write_all(&hello).await.unwrap();
        stream
    }

    /// The first entry of our stop log, signed as such: a stop call to `desk`.
    pub fn first_call(&self, desk: Desk) -> Vec<u8> {
        let to = self.to.manifest().party;
        let message = Message {
            line: STOP.line,
            kind: Kind::StopCall,
            purpose: self.arrangement.purposes[0].id,
            role: Role::Watch,
            urgency: Urgency::Immediate,
            desk,
            slots: Slots::new(),
        };
        let outgoing = Outgoing {
            entry: EntryRef {
                log: STOP,
                index: 0,
            },
            at: node::clock::now(),
            by: Actor::Node,
            message: release::standing(&self.arrangement, to, message).unwrap(),
            notice: None,
        };
        let seen = Seen {
            own_other: empty(),
            peer_stop: empty(),
            peer_main: empty(),
        };
        let us = self.party.id();
        let signer = self.party.operational.signer(KeyRole::Operational).unwrap();
        let mut random = |bytes: &mut [u8]| node::random::fill(bytes).unwrap();
        let sealed = wire::line::seal(&outgoing, &seen, us, to, &signer, &mut random).unwrap();
        let log =
            wire::line::keys::log_signer(STOP.line, us, STOP.lane, 1, &self.party.log).unwrap();
        let origin = wire::line::origin(STOP.line, us, STOP.lane, 1);
        // The root of a log of one entry is its leaf.
        let head = tlog::Checkpoint::new(&origin, 1, tlog::Hash(sealed.leaf.0)).unwrap();
        let note = head.sign(&log).unwrap();
        let parts = [(&sealed.envelope[..], &sealed.opening[..])];
        frame::entries(STOP, &parts, Some(note.as_bytes())).unwrap()
    }
}

/// Waits until the other end closes.
pub async fn closed(stream: &mut Stream, within: Duration) -> bool {
    let mut buffer = vec![0; 64 * 1024];
    let read_all = async { while let Ok(1..) = stream.read(&mut buffer).await {} };
    timeout(within, read_all).await.is_ok()
}
