//! Sounds the alarms of a desk on this machine.

use super::online;
use crate::bell;
use crate::exit::Outcome;
use crate::options::Options;
use clap::Args;
use node::model::code::Desk;
use node::model::ids::SounderId;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub struct Bell {
    /// Whose alarms to sound
    #[arg(long)]
    desk: Desk,
    /// What this sounder is called at the node
    #[arg(long, default_value = "bell")]
    name: SounderId,
    /// Run this command for each alarm that begins or climbs: a siren, a pager. It is told by STANDCLEAR_ALARM,
    /// STANDCLEAR_KIND, STANDCLEAR_DESK, STANDCLEAR_LEVEL, STANDCLEAR_LINE, STANDCLEAR_COUNT; never where
    #[arg(long, value_name = "COMMAND")]
    run: Option<String>,
    /// The program that plays a sound file, instead of one that is found
    #[arg(long, value_name = "PROGRAM")]
    player: Option<PathBuf>,
}

impl Bell {
    pub fn run(self, options: &Options) -> Outcome {
        // It is told of every alarm, and of nothing twice.
        let client = options.client()?.silent();
        let wanted = bell::Wanted {
            desk: self.desk,
            name: self.name,
            run: self.run,
            player: self.player,
            style: options.style(),
        };
        online(bell::run(client, wanted))
    }
}
