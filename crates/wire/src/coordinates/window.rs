//! Time windows as they are typed.

use model::dtg::{DateTimeGroup, GroupRefused};
use model::window::{Window, WindowRefused};
use thiserror::Error;

use super::text::{MAX_TEXT, Unsuitable, excerpt, plain};

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WindowUnreadable {
    #[error("the text is over {MAX_TEXT} bytes long, or holds control characters: type one window")]
    Unsuitable,
    #[error(
        "`{0}` is no window: type two date-time groups with TO between them, such as 171500Z SEP 16 to 171800Z SEP 16"
    )]
    Form(String),
    #[error("a date-time group of the window is not readable")]
    Group(#[from] GroupRefused),
    #[error("the window is not possible")]
    Window(#[from] WindowRefused),
}

model::says! { WindowUnreadable, "window-typed":
    "unsuitable" Unsuitable;
    "form" Form(typed);
    "group" Group(because);
    "impossible" Window(because);
}

impl From<Unsuitable> for WindowUnreadable {
    fn from(_: Unsuitable) -> Self {
        Self::Unsuitable
    }
}

/// Reads two date-time groups with `to` between them; both instants belong to the window.
pub fn parse_window(text: &str) -> Result<Window, WindowUnreadable> {
    let plain = plain(text)?;
    let halves = [" TO ", "-", "/", " ДО ", " إلى "]
        .iter()
        .find_map(|word| plain.split_once(word));
    let (from, until) = halves.ok_or_else(|| WindowUnreadable::Form(excerpt(text)))?;
    let (from, until): (DateTimeGroup, DateTimeGroup) = (from.parse()?, until.parse()?);
    Ok(Window::new(from.instant(), until.instant())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_two_groups() {
        let read = parse_window("171500Z SEP 16 to 171800Z SEP 16").unwrap();
        assert_eq!(read.until().since(read.from()).as_ms(), 3 * 3_600_000);
        assert_eq!(parse_window("171500Z SEP 16 – ١٧١٨٠٠Z SEP 16"), Ok(read));
        assert!(matches!(
            parse_window("171500Z SEP 16"),
            Err(WindowUnreadable::Form(_))
        ));
        assert!(matches!(
            parse_window("171800Z SEP 16 to 171500Z SEP 16"),
            Err(WindowUnreadable::Window(WindowRefused::Inverted { .. }))
        ));
        assert!(matches!(
            parse_window("171500Z SEP 16 to 1800Z"),
            Err(WindowUnreadable::Group(_))
        ));
    }
}
