//! What people type, and the rules that counsel writes.

use model::dtg::DateTimeGroup;
use release::RuleSet;
use wire::coordinates;

/// Positions, heights, bearings, distances, windows, times. What is read is echoed in forms that read as the same.
pub fn coordinates(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(parsed) = coordinates::parse(text) {
        let position = parsed.stated.position;
        let _ = coordinates::forms(position, parsed.stated.precision);
        let full = coordinates::decimal(position, 7);
        let again = coordinates::parse(&full).map(|again| again.stated.position);
        assert_eq!(again, Ok(position), "{full}");
    }
    let _ = coordinates::parse_altitude(text);
    let _ = coordinates::parse_band(text);
    let _ = coordinates::parse_bearing(text);
    let _ = coordinates::parse_distance(text);
    let _ = coordinates::parse_bearing_and_distance(text);
    let _ = coordinates::parse_window(text);
    if let Ok(group) = text.parse::<DateTimeGroup>() {
        assert_eq!(group.to_string().parse(), Ok(group));
    }
}

/// A rule set and its metadata, with a zero byte between them.
pub fn rules(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (rules, metadata) = text.split_once('\0').unwrap_or((text, METADATA));
    let _ = RuleSet::parse(rules, metadata);
}

const METADATA: &str = include_str!("../../crates/release/rules/default.toml");
