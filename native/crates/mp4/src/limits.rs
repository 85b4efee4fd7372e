//! Every bound that the reader holds its input to. Beyond one, a file is refused with [`crate::Error::Limit`].

/// Tracks in one movie; the media box of the runner allows ffmpeg the same number of streams.
pub const MAX_TRACKS: usize = 64;

/// Sample descriptions (`stsd` entries) of one track.
pub const MAX_SAMPLE_ENTRIES: u32 = 32;

/// Bytes of one `stsd` entry: the largest real ones carry an ICC profile of a few hundred kilobytes.
pub const MAX_SAMPLE_ENTRY_BYTES: usize = 4 << 20;

/// Ticks per second of a track or movie; real files stay below 2^31.
pub const MAX_TIMESCALE: u32 = 1 << 31;

/// Edits in one list: files made by cutting tools have a handful.
pub const MAX_EDITS: u32 = 4096;

/// Samples of one track: 24 hours at 300 pictures a second are 26 million.
pub const MAX_SAMPLES: u64 = 1 << 25;

/// Key frames of one track, which are kept in memory: 9 hours of nothing else at 60 a second.
pub const MAX_KEY_FRAMES: usize = 1 << 21;

/// Decode time of a sample, in ticks; keeps every later sum inside an `i64`.
pub const MAX_TIME: u64 = 1 << 60;
