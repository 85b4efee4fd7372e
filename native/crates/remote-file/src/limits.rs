//! The bounds of what is read of a remote file.

/// Bytes of the first request, which holds the header of most files that are made for streaming.
pub const HEAD: u64 = 64 << 10;

/// Bytes asked for to learn what stands at a place: a box's header, and all of a small one.
pub const WINDOW: u64 = 4 << 10;

/// Bytes of one `moov`: 24 hours of pictures and sound have less.
pub const MAX_MOOV: u64 = 256 << 20;

/// Bytes of one `moof`.
pub const MAX_MOOF: u64 = 16 << 20;

/// Boxes at the top level: each costs a request at most.
pub const MAX_BOXES: usize = 100_000;

/// Bytes between two runs that are read along: cheaper than another request.
pub const GAP: u64 = 64 << 10;

/// Bytes of one request where many bytes are read, so that several connections share them.
pub const PIECE: u64 = 8 << 20;

/// Connections that read at one time.
pub const CONNECTIONS: usize = 6;

/// Failures in a row that are tried again.
pub const RETRIES: u32 = 4;
