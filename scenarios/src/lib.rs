//! Situations that run between real nodes: processes of their own, set up by the command line and driven over HTTP and
//! WebSocket, as their users do. `replay` plays scenarios; the benchmarks use the same stage.

pub mod arguments;
pub mod cast;
pub mod crew;
pub mod day;
pub mod ear;
pub mod failed;
pub mod ledger;
pub mod path;
pub mod play;
pub mod program;
pub mod scenario;
pub mod screen;
pub mod seat;
pub mod stage;
pub mod written;
