//! The shell: async runtime, HTTP and WebSocket, lines, keys, clock.
//!
//! | Module | What |
//! |---|---|
//! | [`core`] | the state machine, the disk, and what may be seen when; no runtime needed |
//! | [`shell`], [`events`], [`sounders`], [`directory`], [`state_of_desk`] | what carries effects out: replies, alarms, screens, bells |
//! | [`link`] | lines on the network |
//! | [`gate`] | who may wait at a listener before anyone knows who they are |
//! | [`http`], [`auth`] | the API and the console, and who may use them |
//! | [`basemap`], [`maps`], [`gazetteer`] | the map below the console's, those of the operator, and places by name |
//! | [`phrases`] | the hotline's catalogue, and its texts in every language |
//! | [`party`], [`config`] | the folder: keys, manifest, configuration |
//! | [`trust`] | whose signature counts on which line |
//! | [`background`], [`looks`] | threads for what must not be in the way; closer looks at what may conflict |
//! | [`server`] | a node, put together |
//! | [`clock`], [`random`], [`names`], [`metrics`], [`logging`] | what the parts share |

pub mod auth;
pub mod background;
pub mod basemap;
pub mod clock;
pub mod config;
pub mod core;
pub mod directory;
pub mod events;
pub mod evidence;
pub mod gate;
pub mod gazetteer;
pub mod http;
pub mod link;
pub mod logging;
pub mod looks;
pub mod maps;
pub mod metrics;
pub mod names;
mod on_watch;
pub mod party;
pub mod phrases;
pub mod random;
pub mod said;
pub mod server;
pub mod shell;
pub mod sounders;
pub mod state_of_desk;
pub mod telephones;
pub mod trust;
pub mod walls;

// The command line stands on this crate alone, and takes from here what it needs of those below.
pub use {channel, model, store, tlog, wire};
