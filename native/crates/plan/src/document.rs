use serde::Serialize;

use crate::Whole;

/// The version of the document's form.
pub(crate) const VERSION: u32 = 1;

/// What is to be done with a title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Plan {
    /// It is encoded in chunks.
    Chunks(ChunkPlan),
    /// It must stay in one piece.
    Whole(WholePlan),
}

/// A title that must not be taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WholePlan {
    /// 1.
    pub version: u32,
    /// The video track's id in the source.
    pub track: u32,
    /// Why.
    pub whole: Whole,
}

/// A title in chunks. Times are presentation times of the title in ticks of the output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChunkPlan {
    /// 1.
    pub version: u32,
    /// The video track's id in the source.
    pub track: u32,
    /// Ticks per second of all renditions.
    pub timescale: u32,
    /// Pictures per second as numerator and denominator; none where their distances differ. Picture `n` behind a chunk's start
    /// is then shown exactly `n` times `timescale` × denominator ÷ numerator ticks later, however coarse the source's clock is.
    pub frame_rate: Option<(u32, u32)>,
    /// When the first picture is shown.
    pub start: i64,
    /// When the last one ends.
    pub end: i64,
    /// Pictures of all chunks.
    pub pictures: u64,
    /// Segments of all chunks.
    pub segments: u32,
    /// Whole seconds that no segment exceeds.
    pub target_duration: u64,
    /// In order, without gaps.
    pub chunks: Vec<PlannedChunk>,
}

/// Pictures that are encoded together, apart from all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedChunk {
    /// From 0.
    pub ordinal: u32,
    /// The source's key frame that it begins with, as `cut` counts.
    pub from_key_frame: usize,
    /// The one that it ends before.
    pub to_key_frame: usize,
    /// When its first picture is shown.
    pub start: i64,
    /// When the next chunk's first picture is shown, or the title ends.
    pub end: i64,
    /// Pictures.
    pub pictures: u64,
    /// The number of its first segment in the title, from 1.
    pub first_segment: u32,
    /// Its segments.
    pub segments: Vec<PlannedSegment>,
    /// The pictures, counted from 0 in the chunk, that the encoder must make key frames.
    pub key_frames: Vec<u64>,
    /// The distance of these in pictures, where it is always the same.
    pub grid: Option<u64>,
    /// The first byte of the source that is needed, and one past the last.
    pub source_range: (u64, u64),
    /// Where its slice of the index stands; none where slices were not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slice: Option<Place>,
}

/// A segment of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedSegment {
    /// Its first picture, counted from 0 in the chunk.
    pub first_picture: u64,
    /// When that is shown.
    pub start: i64,
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Place {
    /// First byte.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}
