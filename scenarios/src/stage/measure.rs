//! What only measurements ask of a stage.

use super::{Stage, not_running};
use crate::failed::Failed;
use std::path::Path;

impl Stage {
    /// Ends the node of `party` in order, as an administrator does.
    ///
    /// # Errors
    /// Where it cannot be asked to.
    pub fn end(&mut self, party: &str) -> Result<(), Failed> {
        self.crew
            .end_in_order(party)
            .map_err(Failed::system("end a node"))?;
        self.party_mut(party)?.node = None;
        Ok(())
    }

    /// Memory of the node of `party` that is in use now (its resident set), in bytes.
    ///
    /// # Errors
    /// Where the node does not run, or the system does not say.
    pub fn resident(&self, party: &str) -> Result<u64, Failed> {
        let pid = self.crew.pid(party).ok_or_else(|| not_running(party))?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))
            .map_err(Failed::system("read a node's memory"))?;
        let in_use = |line: &str| -> Option<u64> {
            let kilobytes = line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB")?;
            kilobytes.trim().parse().ok()
        };
        status
            .lines()
            .find_map(in_use)
            .map(|kilobytes| kilobytes * 1_024)
            .ok_or_else(|| Failed::outcome("the system does not say how much memory a node uses"))
    }

    /// The folder of `party`.
    ///
    /// # Errors
    /// Where there is no such party.
    pub fn folder(&self, party: &str) -> Result<&Path, Failed> {
        Ok(self.party(party)?.program.folder())
    }
}
