//! Lines on the network: listeners, diallers, connections. Bytes in, verified frames out to the core, and back.
//!
//! Nothing here decides anything: what a frame leads to is `channel`'s, what its bytes mean is `wire`'s.

pub mod connection;
pub mod dial;
pub mod listen;
pub mod outgoing;
pub mod registry;
pub mod stored;
pub mod tls;

use crate::background::Background;
use crate::core::Inbox;
use crate::core::recent::Recent;
use crate::gate::Gate;
use crate::metrics::{Metrics, Minutely};
use crate::trust::Trust;
use registry::Registry;
use rustls::{ClientConfig, ServerConfig};
use std::sync::Arc;
use std::time::Duration;
use stored::StoredLogs;
use wire::keys::{Secret, Signer};

/// How long reaching a peer's address and being greeted there may take.
pub const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the TLS handshake of whoever dials us may take, and how long that and the preamble. Short: until then nobody
/// knows who it is.
pub const TLS_WITHIN: Duration = Duration::from_secs(4);
pub const GREET: Duration = Duration::from_secs(5);
/// How long a peer's first frame may take.
pub const FIRST_FRAME: Duration = Duration::from_secs(5);
/// How long nothing may come of a frame that has begun, and how long a piece of one may take to be written.
pub const STALL: Duration = Duration::from_secs(10);

/// What every connection needs.
pub struct Link {
    pub inbox: Arc<Inbox>,
    pub trust: Arc<Trust>,
    pub recent: Arc<Recent>,
    pub stored: Arc<StoredLogs>,
    pub registry: Arc<Registry>,
    pub metrics: Arc<Metrics>,
    pub operational: Signer,
    pub log: Secret,
    pub accepting: Arc<ServerConfig>,
    pub dialling: Arc<ClientConfig>,
    /// Whoever has not shown a peer's key yet.
    pub gate: Arc<Gate>,
    pub strangers: Minutely,
    /// Where frames of `main` are verified.
    pub background: Background,
}
