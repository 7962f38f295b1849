//! The limits and periods of the line protocol (docs/line-protocol.md, "Bounds" and "Heartbeat"). Periods are in
//! milliseconds.

/// The protocol version spoken here, and the only one so far.
pub const VERSION: u16 = 1;

/// Connections of one line, both classes and all paths together.
pub const MAX_CONNECTIONS: usize = 16;
/// Paths of one line: they are numbered below this.
pub const MAX_PATHS: u8 = 8;
/// Entries in one frame.
pub const MAX_FRAME_ENTRIES: usize = 256;
/// Entries of `main` sent beyond what is cosigned. `stop` has no such bound: it waits for nothing.
pub const MAX_IN_FLIGHT: u64 = 1_024;
/// Entries of `main` that the window must have moved on by before more go that are not the last: each run costs a checkpoint,
/// a cosignature and a commit on either side.
pub const WINDOW_STEP: u64 = MAX_IN_FLIGHT / 4;
/// Bytes (envelopes and openings) taken from a peer within a minute, by lane.
pub const MAX_STOP_BYTES_A_MINUTE: u64 = 8 << 20;
pub const MAX_MAIN_BYTES_A_MINUTE: u64 = 64 << 20;
/// Requests of a peer to send again or give back, each worth up to [`MAX_IN_FLIGHT`] entries, within a minute.
pub const MAX_FETCHES_A_MINUTE: u32 = 1_200;
/// Entries of each of the peer's logs whose leaf and root are at hand. What is older is verified offline.
pub const MAX_RECENT: usize = 4_096;
/// Of the last closed epochs so many entries are at hand; of those before, only how they ended.
pub const MAX_RECENT_CLOSED: usize = 256;
pub const MAX_CLOSED: usize = 4;
/// Heads of each of our own logs that are at hand, by sizes that the peer may have seen.
pub const MAX_HEADS: usize = 1_024;
/// Heads that a peer named and that cannot be checked yet. Beyond, the newcomer is left to offline verification.
pub const MAX_WAITING_HEADS: usize = 256;
/// Signed checkpoints of one log, of sizes that are not reached yet.
pub const MAX_WAITING_CHECKPOINTS: usize = 16;
/// Stop calls that sounded without being taken, remembered so that the same envelope sounds once.
pub const MAX_EARLY: usize = 1_024;
/// Epochs of one side of one line.
pub const MAX_EPOCHS: usize = 1_024;
/// Evidence kept with a fault, and with what halts `main` (an envelope or a checkpoint fits whole).
pub const MAX_FAULT_EVIDENCE: usize = 1_024;
pub const MAX_HALT_EVIDENCE: usize = 32 * 1_024;

/// Each connection carries a heartbeat this often.
pub const BEAT_EVERY: u64 = 5_000;
/// A connection without a word for so long is dead; so is one whose Hello does not come.
pub const DEAD_AFTER: u64 = 15_000;
/// The least time between two requests to send again.
pub const ASK_EVERY: u64 = 1_000;
/// A recovery that has not moved for so long opens its epoch with what it has.
pub const RECOVERY_PATIENCE: u64 = 30_000;
/// Faults and bytes are counted over this.
pub const MINUTE: u64 = 60_000;
/// A link that dropped within [`MINUTE`] must hold for so long before it is noted as better.
pub const SETTLED_AFTER: u64 = 5_000;
/// Clock offset worth an administrator's attention.
pub const NOTABLE_OFFSET: i64 = 1_000;
/// No step counts for more elapsed time than this, however far the clock jumped. The node wakes at least every
/// [`BEAT_EVERY`] while anything here depends on time; with a heartbeat's wait before it, a jump must stay well below
/// [`DEAD_AFTER`].
pub const MAX_ELAPSED: i64 = 6_000;
