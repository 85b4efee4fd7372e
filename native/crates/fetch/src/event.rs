use serde::Serialize;

use crate::Digests;

/// What happens while a file is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "event")]
#[non_exhaustive]
pub enum Event {
    /// The server has answered.
    Started {
        /// Bytes of the source, where the server says.
        total: Option<u64>,
        /// Bytes that an earlier run has left.
        resumed_bytes: u64,
        /// The server serves ranges: several connections, and resuming.
        ranges: bool,
        /// What the server calls the source.
        content_type: Option<String>,
    },
    /// The file is about to have this many bytes: the room for them is asked for.
    Room {
        /// Bytes of the whole file.
        bytes: u64,
    },
    /// Bytes have come; twice a second at most.
    Progress {
        /// Bytes that are there.
        bytes: u64,
        /// Bytes of the source, where the server says.
        total: Option<u64>,
        /// Connections at work.
        connections: usize,
        /// Bytes per second since the last such event.
        bytes_per_second: u64,
    },
    /// A request failed, and is made again.
    Retry {
        /// The failure's stable name.
        code: &'static str,
        /// Milliseconds until then.
        delay_ms: u64,
    },
    /// The source is not the one that parts had been fetched of: all begins anew.
    Restarted,
}

/// What was fetched.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes of it that an earlier run had left.
    pub resumed_bytes: u64,
    /// The server serves ranges.
    pub ranges: bool,
    /// Requests that were answered.
    pub requests: u64,
    /// Failures that were tried again.
    pub retries: u64,
    /// Most connections at work at one time.
    pub peak_connections: usize,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Digests that were asked for.
    #[serde(flatten)]
    pub digests: Digests,
}
