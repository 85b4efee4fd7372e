//! The bounds of an extract.

/// Times that may be asked for at once.
pub const MAX_TIMES: usize = 10_000;

/// Ticks per second that the movie header of a sound's file may get; above it the source's is kept.
pub const MAX_MOVIE_TIMESCALE: u64 = (1 << 31) - 1;
