//! How the command ends: one enum of exit codes, which docs/cli.md lists.

use std::process::ExitCode;

/// What a command line that calls us may branch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It was done, or shown.
    Done = 0,
    /// The node, the folder or the other party refused; nothing was changed.
    Refused = 1,
    /// The command line was not understood.
    Usage = 2,
    /// No node answers at the address given.
    Unreachable = 3,
    /// A stop call did not go out, a desk is deaf, or the node cannot send: telephone.
    Telephone = 4,
    /// A journal, a file or a proof is damaged, or does not verify.
    Damaged = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
