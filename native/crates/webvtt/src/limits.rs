//! Every bound that subtitles are held to.

/// Bytes of one file: a film's subtitles are about a hundred kilobytes.
pub const MAX_BYTES: usize = 16 << 20;

/// Bytes of one line.
pub const MAX_LINE_BYTES: usize = 16 << 10;

/// Cues, notes and definitions of one file.
pub const MAX_BLOCKS: usize = 100_000;

/// Bytes of all style and region blocks of a file, which stand in each of its segments.
pub const MAX_DEFINITION_BYTES: usize = 64 << 10;

/// Milliseconds that a cue's time may tell: a thousand hours.
pub const MAX_TIME: u64 = 1000 * 3_600_000;

/// Bytes of all segments of one file together: cues that last for hours stand in every segment of them.
pub const MAX_SEGMENTED_BYTES: u64 = 256 << 20;
