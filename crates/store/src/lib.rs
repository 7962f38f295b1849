//! The journal on SQLite: group commit, a log over the journal, crash-stop, reserved space
