//! How the command ends: one enum of exit codes, which docs/cli.md lists, and what is said when it fails.

use node::http::problem::chain;
use std::error::Error;
use std::fmt;
use std::process::ExitCode;

/// What a script that calls us may branch on. The numbers never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It was done, or shown.
    Done = 0,
    /// The node, the folder or a file refused; nothing was changed.
    Refused = 1,
    /// The command line was not understood.
    Usage = 2,
    /// No node answers at the address given: this desk is deaf.
    Unreachable = 3,
    /// A stop call was not made or did not go out, for whatever reason; the node cannot send; or a bell ended deaf:
    /// telephone.
    Telephone = 4,
    /// A journal, a file or a proof is damaged, or does not verify.
    Damaged = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command was not done: what happened, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub exit: Exit,
    pub text: String,
    pub banner: Banner,
}

/// What is said before the reason, in every language and with the numbers to telephone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Banner {
    None,
    Deaf,
    CannotSend,
    /// A stop call was not made.
    NotSent,
    /// A stop call was not made, for no node answers.
    DeafNotSent,
}

impl Failure {
    pub fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self {
            exit,
            text: text.into(),
            banner: match exit {
                Exit::Unreachable => Banner::Deaf,
                Exit::Done | Exit::Refused | Exit::Usage | Exit::Telephone | Exit::Damaged => {
                    Banner::None
                }
            },
        }
    }

    /// The node is there, and takes nothing more.
    pub fn cannot_send(text: impl Into<String>) -> Self {
        Self {
            banner: Banner::CannotSend,
            ..Self::new(Exit::Telephone, text)
        }
    }

    pub fn refused(text: impl Into<String>) -> Self {
        Self::new(Exit::Refused, text)
    }

    pub fn usage(text: impl Into<String>) -> Self {
        Self::new(Exit::Usage, text)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What a command ends with.
pub type Outcome<T = ()> = Result<T, Failure>;

/// Ends a command for an error of a library, with the whole chain of its causes.
pub trait OrExit<T> {
    /// # Errors
    /// The same, as a [`Failure`] that ends with `exit`.
    fn or_exit(self, exit: Exit) -> Outcome<T>;

    /// # Errors
    /// The same, as a refusal.
    fn or_refuse(self) -> Outcome<T>
    where
        Self: Sized,
    {
        self.or_exit(Exit::Refused)
    }
}

impl<T, E: Error + 'static> OrExit<T> for Result<T, E> {
    fn or_exit(self, exit: Exit) -> Outcome<T> {
        self.map_err(|error| Failure::new(exit, chain(&error)))
    }
}
