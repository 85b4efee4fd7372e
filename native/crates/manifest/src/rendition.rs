use reelway_mp4::{Colour, TrackEncryption, VideoRange};
use serde::{Deserialize, Serialize};

use crate::Subtitles;

/// The version of the document's form; a reader refuses any other.
const VERSION: u32 = 2;

/// What was written of one chunk of a title, or of a whole track of it: enough to write playlists without the media.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChunkReport {
    version: u32,
    /// Pictures and sound.
    pub renditions: Vec<Rendition>,
    /// Subtitles of the whole title.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subtitles: Vec<Subtitles>,
}

impl ChunkReport {
    /// A report of what was written.
    pub const fn new(renditions: Vec<Rendition>, subtitles: Vec<Subtitles>) -> Self {
        Self { version: VERSION, renditions, subtitles }
    }

    /// The document has the form that this engine knows. To be asked of a document that was read.
    pub const fn is_current(&self) -> bool {
        self.version == VERSION
    }
}

/// A video or audio track as players see it. Times are presentation times in ticks of `timescale`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rendition {
    /// Its folder: `video-1`, `audio-2` …
    pub id: String,
    /// Pictures or sound.
    pub kind: Kind,
    /// RFC 6381 string.
    pub codecs: String,
    /// The codec family's short name: `h264`, `aac` …
    pub family: String,
    /// An enhancement that a player may use instead, in the form of HLS's `SUPPLEMENTAL-CODECS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplemental_codecs: Option<String>,
    /// Ticks per second.
    pub timescale: u32,
    /// ISO 639-2 code; `und` when there is none.
    pub language: String,
    /// How its samples are encrypted; without it they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<TrackEncryption>,
    /// Bytes of the init segment.
    pub init_bytes: u64,
    /// SHA-256 of the init segment, hex: segments of equal ones decode one behind the other.
    pub init_sha256: String,
    /// SHA-256 of the codec's configuration box, hex: tells which encoders fit together.
    pub config_sha256: String,
    /// The segment index; only where the rendition is one file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<ByteRange>,
    /// Shortest and longest distance between two samples in ticks; the last sample's end does not count.
    pub distances: (u32, u32),
    /// In order, without gaps.
    pub segments: Vec<Segment>,
}

/// What a rendition carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Kind {
    /// Pictures.
    #[serde(rename_all = "camelCase")]
    Video {
        /// Coded width and height in pixels.
        coded: (u16, u16),
        /// Width and height to show it at: pixel aspect and rotation applied.
        shown: (u32, u32),
        /// Pixel aspect ratio, width to height.
        pixel_aspect: (u32, u32),
        /// Colour description.
        colour: Option<Colour>,
    },
    /// Sound.
    #[serde(rename_all = "camelCase")]
    Audio {
        /// Channels.
        channels: u16,
        /// Samples per second.
        sample_rate: u32,
    },
}

/// Where something stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ByteRange {
    /// First byte.
    pub offset: u64,
    /// Length.
    pub bytes: u64,
}

/// One segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Segment {
    /// Its number, from 1 at the start of the title.
    pub number: u32,
    /// Presentation time of its earliest sample, not below 0.
    pub start: i64,
    /// Until the next segment's start, or the track's end.
    pub duration: i64,
    /// First byte in its file; 0 where it has a file of its own.
    #[serde(default)]
    pub offset: u64,
    /// Length.
    pub bytes: u64,
    /// Samples.
    pub samples: u64,
    /// Ticks that the samples last together.
    pub sample_ticks: u64,
    /// It starts with a key frame that no later sample is shown before: decoding it needs no other segment.
    pub closed: bool,
    /// Key frames that can be had alone.
    pub key_frames: Vec<KeyFrame>,
}

/// A key frame that a player can fetch by itself: from its fragment's header to its own end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyFrame {
    /// Presentation time.
    pub time: i64,
    /// From the start of the segment.
    pub offset: u64,
    /// Length.
    pub bytes: u64,
}

impl Segment {
    /// Where the next segment starts.
    pub const fn end(&self) -> i64 {
        self.start.saturating_add(self.duration)
    }
}

impl Rendition {
    /// It carries pictures.
    pub const fn is_video(&self) -> bool {
        matches!(self.kind, Kind::Video { .. })
    }

    /// Seconds of so many ticks.
    pub fn seconds(&self, ticks: i64) -> f64 {
        ticks as f64 / f64::from(self.timescale.max(1))
    }

    /// Presentation time of the end, in seconds.
    pub fn end_seconds(&self) -> f64 {
        self.segments.last().map_or(0.0, |segment| self.seconds(segment.end()))
    }

    /// All segments can be decoded on their own.
    pub fn independent(&self) -> bool {
        self.segments.iter().all(|segment| segment.closed)
    }

    /// Seconds and bytes of each segment.
    pub fn segment_rates(&self) -> Vec<(f64, u64)> {
        self.segments.iter().map(|segment| (self.seconds(segment.duration), segment.bytes)).collect()
    }

    /// Peak and average bit rate, measured against the rendition's own target duration.
    pub fn rates(&self) -> (u64, u64) {
        let segments = self.segment_rates();
        let longest = segments.iter().map(|(seconds, _)| *seconds).fold(0.0, f64::max);
        crate::peak_and_average(&segments, longest.ceil())
    }

    /// Samples in all segments.
    pub fn samples(&self) -> u64 {
        self.segments.iter().fold(0, |sum, segment| segment.samples.saturating_add(sum))
    }

    /// Samples per second, on average.
    pub(crate) fn sample_rate(&self) -> f64 {
        let ticks = self.segments.iter().fold(0u64, |sum, segment| segment.sample_ticks.saturating_add(sum));
        if ticks == 0 { 0.0 } else { self.samples() as f64 * f64::from(self.timescale) / ticks as f64 }
    }

    /// Channels; 0 for pictures.
    pub(crate) const fn channels(&self) -> u16 {
        match self.kind {
            Kind::Audio { channels, .. } => channels,
            Kind::Video { .. } => 0,
        }
    }

    pub(crate) const fn video_range(&self) -> VideoRange {
        match self.kind {
            Kind::Video { colour: Some(colour), .. } => colour.range(),
            _ => VideoRange::Sdr,
        }
    }
}
