//! The laws, each a function that says by name what was broken.
//!
//! | Law | Where |
//! |---|---|
//! | `nothing_said_before_durable`, `released_only` | [`said`] |
//! | `replay_gives_the_same_state`, `nothing_twice`, `epochs_only_grow` | [`record`] |
//! | `both_hold_the_same_entries`, `never_cosign_a_smaller_or_contradicting_size`, `cosigned_is_durable_forever` | [`logs`] |
//! | `a_stop_call_always_alarms_or_the_caller_is_told`, `stop_waits_for_nothing` | [`stops`] |
//! | `equivocation_is_evidence`, `no_false_accusation` | [`lies`] |
//! | `converges`, `states_agree`, `an_open_call_sounds`, `a_dead_line_alarms` | [`end`] |

pub mod end;
pub mod lies;
pub mod logs;
pub mod record;
pub mod said;
pub mod stops;
