//! The bounds of a download.

use std::time::Duration;

/// Connections that a download begins with, where its length feeds as many.
pub const FIRST_CONNECTIONS: usize = 6;

/// Connections that it may grow to, unless the caller says otherwise.
pub const DEFAULT_CONNECTIONS: usize = 32;

/// Connections that a caller may ask for.
pub const MAX_CONNECTIONS: usize = 64;

/// Bytes that are worth a request of their own, however fast the server.
pub const LEAST_PIECE: u64 = 256 << 10;

/// Bytes read and written at once.
pub const BUFFER: usize = 256 << 10;

/// How often the journal is written: what a crash costs at most.
pub const JOURNAL_INTERVAL: Duration = Duration::from_secs(2);

/// Bytes of a journal: thousands of missing ranges.
pub const MAX_JOURNAL_BYTES: u64 = 1 << 20;

/// Failures in a row, without progress in between, that are tried again unless the caller says otherwise.
pub const DEFAULT_RETRIES: u32 = 5;

/// Bytes that count as progress: a server that breaks each connection after a handful does not keep a download alive.
pub const PROGRESS_BYTES: u64 = 64 << 10;

/// How often a download begins anew because its source changed under it.
pub const MAX_RESTARTS: u32 = 2;

/// Room for a source of unknown length is asked for in such steps, bytes.
pub const ROOM_STEP: u64 = 64 << 20;
