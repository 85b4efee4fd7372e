//! Bounds of one packaging run.

/// Segments of one rendition: what a `sidx` can count. At 4 s that is 72 hours.
pub const MAX_SEGMENTS: usize = 65_535;

/// Segments of all renditions together: each costs a file, and less than a kilobyte of memory while it is planned.
pub const MAX_TOTAL_SEGMENTS: usize = 131_072;

/// Renditions of one run, audio included.
pub const MAX_RENDITIONS: usize = 64;

/// Seconds that a segment may be asked to last.
pub const SEGMENT_SECONDS: std::ops::RangeInclusive<f64> = 0.5..=60.0;

/// Samples in one fragment; beyond it the fragment is closed, so that headers stay small whatever the input is.
pub const MAX_FRAGMENT_SAMPLES: usize = 65_536;

/// Samples of a segment whose presentation times are sorted to make its decode times: 8 bytes each while it is written.
pub const MAX_SORTED_SAMPLES: u64 = 1 << 20;
