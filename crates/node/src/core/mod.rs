//! The node's heart without its nerves: steps the state machine, makes what it wants durable, then lets it be seen.
//!
//! INVARIANT: durable, then said. [`Driver`] turns each step into [`Work`] in order; [`Writer`] makes a piece of work
//! durable and only then hands its effects to [`Outside`]. The one exception is the alarm of an incoming stop call,
//! which [`Driver`] hands over at once.
//!
//! Driver and writer are plain calls over any [`store::Journal`], so that the simulator runs them too. [`run`] puts
//! them on two threads; [`inbox`] is how everything else reaches them.

pub mod driver;
pub mod inbox;
pub mod recent;
pub mod replay;
pub mod run;
pub mod work;
pub mod writer;

pub use driver::Driver;
pub use inbox::Inbox;
pub use work::{Deed, Outside, Work};
pub use writer::Writer;
