//! The whole node as a pure state machine: step(now, Input) -> Vec<Effect>
