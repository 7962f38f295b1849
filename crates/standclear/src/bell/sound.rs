//! The tones, made here, and the programs that play them.
