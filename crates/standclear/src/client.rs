//! The node's HTTP API, spoken over loopback, or over HTTPS elsewhere.
