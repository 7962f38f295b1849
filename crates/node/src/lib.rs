//! The shell: async runtime, HTTP and WebSocket, lines, keys, clock
