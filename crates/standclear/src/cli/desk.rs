//! Watch, alarms, line checks.
