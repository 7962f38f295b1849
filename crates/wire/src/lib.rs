//! Bytes to types and back, one module a format
