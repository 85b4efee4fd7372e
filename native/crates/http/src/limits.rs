//! Every bound on a server's answer.

use std::time::Duration;

/// Redirects followed for one request.
pub const MAX_REDIRECTS: usize = 5;

/// Bytes of one answer's headers.
pub const MAX_HEADER_BYTES: usize = 64 << 10;

/// Longest wait for a name's addresses.
pub const RESOLVE: Duration = Duration::from_secs(10);

/// Longest wait for a connection, TLS included.
pub const CONNECT: Duration = Duration::from_secs(10);

/// Longest wait for an answer to begin.
pub const ANSWER: Duration = Duration::from_secs(30);

/// Longest silence within an answer.
pub const SILENCE: Duration = Duration::from_secs(30);

/// The longest `Retry-After` that is believed.
pub const RETRY_AFTER: Duration = Duration::from_mins(2);

/// Connections kept open for the next request.
pub const IDLE_CONNECTIONS: usize = 64;

/// Bytes read from a socket at once.
pub const READ_BYTES: usize = 256 << 10;

/// The first wait behind a failure; it doubles with each further one.
pub const FIRST_DELAY: Duration = Duration::from_millis(250);

/// The longest wait behind a failure that the server did not ask for.
pub const LONGEST_DELAY: Duration = Duration::from_secs(30);
