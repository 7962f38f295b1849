//! Side-by-side benchmarks: one command, one table
