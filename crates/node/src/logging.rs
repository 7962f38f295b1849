//! Structured logs on standard error: opaque identifiers, never a position, a name or a slot.

use tracing_subscriber::EnvFilter;

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Text,
    Json,
}

/// Starts logging, once a process. What is logged is chosen by `STANDCLEAR_LOG` (as `RUST_LOG` elsewhere); `info` if not.
pub fn start(style: Style) {
    let filter =
        EnvFilter::try_from_env("STANDCLEAR_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second start in one process changes nothing.
    let _ = match style {
        Style::Text => builder.with_ansi(false).try_init(),
        Style::Json => builder.json().try_init(),
    };
}
