//! The bounds of a plan.

use std::ops::RangeInclusive;

/// Seconds that a segment may be asked to last.
pub const SEGMENT_SECONDS: RangeInclusive<f64> = 0.5..=60.0;

/// Seconds that a chunk may be asked to last.
pub const CHUNK_SECONDS: RangeInclusive<f64> = 0.5..=3600.0;

/// Chunks of the opening that may have lengths of their own.
pub const MAX_OPENING: usize = 16;

/// Chunks of a title; a longer one gets longer chunks.
pub const MAX_CHUNKS: usize = 5000;

/// Segments of a title: what the packager takes of one rendition.
pub const MAX_SEGMENTS: usize = 65_535;

/// Times of the output: what every reader of JSON keeps exactly.
pub const MAX_TICKS: i64 = 1 << 53;

/// Seconds below which a chunk behind the opening costs more than it brings.
pub const LEAST_CHUNK_SECONDS: f64 = 8.0;

/// Seconds that chunks at the end come down to.
pub const CLOSING_CHUNK_SECONDS: f64 = 6.0;

/// Seconds between two borders from which on they are far apart.
pub const FAR_SECONDS: i64 = 60;

/// Ticks per second that the output has at least.
pub const LEAST_TIMESCALE: u32 = 10_000;
