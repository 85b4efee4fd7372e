use serde::Serialize;

/// What a cut gave. Times are presentation times of the source in ticks of the track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The track's id in the source.
    pub track: u32,
    /// Ticks per second, of the source's track and of the chunk.
    pub timescale: u32,
    /// The key frames that were used, counted from 0; `to` may be their number: up to the end.
    pub from_key_frame: usize,
    /// See `from_key_frame`.
    pub to_key_frame: usize,
    /// When the first picture is shown; in the chunk that is 0.
    pub start: i64,
    /// When the last picture ends.
    pub end: i64,
    /// Pictures that are shown: what a decoder must give.
    pub pictures: u64,
    /// Samples in the chunk that are there for others' sake and not shown.
    pub hidden: u64,
    /// Bytes of the chunk.
    pub bytes: u64,
    /// First byte of the source that is needed, and one past the last.
    pub source_range: (u64, u64),
    /// Borders that could not be where they were asked for.
    pub moved: Vec<Moved>,
}

/// A border that was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moved {
    /// The key frame asked for.
    pub asked: usize,
    /// The one used instead.
    pub used: usize,
    /// Why.
    pub reason: &'static str,
}
