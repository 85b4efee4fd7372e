//! What a file is: container, tracks, codecs, times, colour, key frames.

use reelway_mp4::{Colour, Edits, Movie, Result, SampleEntry, Shape, Track, TrackKind, TrackScan, VideoRange};
use serde::Serialize;

/// A file's description. Times are seconds on the presentation timeline, edits applied.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Probe {
    /// `mp4`, or `mov` for `QuickTime`.
    pub container: &'static str,
    /// The major brand, if the file names one.
    pub brand: Option<String>,
    /// Bytes of the file.
    pub bytes: u64,
    /// The file continues in movie fragments.
    pub fragmented: bool,
    /// The header stands before the media: playback and ranged reads can start at once.
    pub header_first: bool,
    /// From the earliest start to the latest end of video and audio; the header's word where there is neither.
    pub duration_seconds: f64,
    /// Bits per second of the whole file over its duration.
    pub bit_rate: u64,
    /// The tracks, in file order.
    pub tracks: Vec<ProbedTrack>,
    /// Metadata tracks that could not be read, and why.
    pub unreadable_tracks: Vec<String>,
}

/// One track of a probe.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbedTrack {
    /// Its id in the file.
    pub id: u32,
    /// `video`, `audio`, `text`, `chapters` or `other`.
    pub kind: &'static str,
    /// The sample entry's type.
    pub format: String,
    /// The codec's short name; `other` for what the engine does not package.
    pub codec: &'static str,
    /// RFC 6381 string.
    pub codecs: String,
    /// The samples are encrypted.
    pub encrypted: bool,
    /// ISO 639-2 code.
    pub language: String,
    /// The track is to be used.
    pub enabled: bool,
    /// Ticks per second.
    pub timescale: u32,
    /// Samples.
    pub samples: u64,
    /// Bytes of all samples.
    pub bytes: u64,
    /// First presentation time; below 0 where samples stand before the edit.
    pub start_seconds: f64,
    /// From the first presentation time to the last sample's end.
    pub duration_seconds: f64,
    /// Average bits per second.
    pub bit_rate: u64,
    /// The edit list, if it says anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edits: Option<Edits>,
    /// Pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<ProbedVideo>,
    /// Sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio: Option<ProbedAudio>,
}

/// What is special about pictures.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbedVideo {
    /// Coded width in pixels.
    pub width: u16,
    /// Coded height in pixels.
    pub height: u16,
    /// Pixel aspect ratio, width to height.
    pub pixel_aspect: (u32, u32),
    /// Clockwise degrees; nothing for a transformation that is no quarter turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<u16>,
    /// Pictures per second, on average.
    pub frame_rate: f64,
    /// All pictures last equally long.
    pub constant_frame_rate: bool,
    /// Bits per component, where the configuration tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bit_depth: Option<u8>,
    /// Colour description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<Colour>,
    /// Dynamic range.
    pub range: VideoRange,
    /// A Dolby Vision enhancement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplemental_codecs: Option<String>,
    /// The container marks its key frames; otherwise they were found in the pictures.
    pub key_frames_marked: bool,
    /// Presentation time of each key frame, in ticks.
    pub key_frames: Vec<i64>,
}

/// What is special about sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbedAudio {
    /// Channels.
    pub channels: u16,
    /// Samples per second.
    pub sample_rate: u32,
}

impl Probe {
    /// Describes a movie of `bytes` bytes. Walks the sample tables, never the media.
    pub fn of(movie: &Movie<'_>, bytes: u64) -> Result<Self> {
        let tracks = movie.tracks.iter().map(ProbedTrack::of).collect::<Result<Vec<_>>>()?;
        let spans = tracks.iter().filter(|track| matches!(track.kind, "video" | "audio") && track.samples > 0);
        let start = spans.clone().map(|track| track.start_seconds).fold(f64::INFINITY, f64::min).max(0.0);
        let end = spans.map(|track| track.start_seconds + track.duration_seconds).fold(0.0, f64::max);
        let header_seconds = seconds(movie.header_duration.cast_signed(), movie.timescale);
        let duration_seconds = if end > start { end - start } else { header_seconds };
        Ok(Self {
            container: if movie.brand.is_none_or(|brand| &brand.0 == b"qt  ") { "mov" } else { "mp4" },
            brand: movie.brand.map(|brand| brand.to_string()),
            bytes,
            fragmented: movie.fragmented,
            header_first: movie.header_first,
            duration_seconds,
            bit_rate: bit_rate(bytes, duration_seconds),
            tracks,
            unreadable_tracks: movie.skipped.iter().map(|track| format!("track {}: {}", track.index + 1, track.error)).collect(),
        })
    }
}

impl ProbedTrack {
    fn of(track: &Track<'_>) -> Result<Self> {
        let kind = match (track.kind, track.is_chapters) {
            (_, true) => "chapters",
            (TrackKind::Video, _) => "video",
            (TrackKind::Audio, _) => "audio",
            (TrackKind::Text, _) => "text",
            (TrackKind::Other, _) => "other",
        };
        let summary = Summary::of(track)?;
        let entry = track.entries.get(summary.description as usize).or(track.entries.first());
        let duration_seconds = seconds(summary.length, track.timescale);
        Ok(Self {
            id: track.id,
            kind,
            format: entry.map_or(track.handler, |entry| entry.format).to_string(),
            codec: entry.map_or("other", |entry| entry.codec.family.name()),
            codecs: entry.map_or_else(String::new, |entry| entry.codec.string.clone()),
            encrypted: entry.is_some_and(|entry| entry.encrypted),
            language: track.language.clone(),
            enabled: track.enabled,
            timescale: track.timescale,
            samples: summary.samples,
            bytes: summary.bytes,
            start_seconds: seconds(summary.start, track.timescale),
            duration_seconds,
            bit_rate: bit_rate(summary.bytes, duration_seconds),
            edits: (track.edits != Edits::default()).then_some(track.edits),
            video: entry.and_then(|entry| video(track, entry, &summary)),
            audio: entry.and_then(|entry| match entry.shape {
                Shape::Audio { channels, sample_rate } => Some(ProbedAudio { channels, sample_rate }),
                _ => None,
            }),
        })
    }
}

/// The figures of a track: from a walk over video and audio, from the header for anything else.
struct Summary {
    samples: u64,
    bytes: u64,
    start: i64,
    length: i64,
    description: u32,
    scan: Option<TrackScan>,
}

impl Summary {
    fn of(track: &Track<'_>) -> Result<Self> {
        let media = matches!(track.kind, TrackKind::Video | TrackKind::Audio);
        let header = Self {
            samples: u64::from(track.table_samples()),
            bytes: track.constant_size_bytes().unwrap_or(0),
            start: track.presentation_shift(),
            length: track.header_duration.cast_signed(),
            description: 0,
            scan: None,
        };
        // PCM has a sample per audio frame, millions of equal ones, about which the header says all.
        if !media || (track.kind == TrackKind::Audio && track.constant_size_bytes().is_some_and(|bytes| bytes > 0)) {
            return Ok(header);
        }
        Ok(match TrackScan::of(track)? {
            None => Self { samples: 0, bytes: 0, length: 0, ..header },
            Some(scan) => Self {
                samples: scan.samples,
                bytes: scan.bytes,
                start: scan.start,
                length: scan.length(),
                description: scan.description,
                scan: Some(scan),
            },
        })
    }
}

fn video(track: &Track<'_>, entry: &SampleEntry<'_>, summary: &Summary) -> Option<ProbedVideo> {
    let Shape::Visual { width, height, pixel_aspect, colour } = entry.shape else { return None };
    let scan = summary.scan.as_ref();
    let frame_rate = scan.map_or(0.0, |scan| {
        let length = scan.end_decode_time - scan.first_decode_time;
        if length > 0 { scan.samples as f64 * f64::from(track.timescale) / length as f64 } else { 0.0 }
    });
    Some(ProbedVideo {
        width,
        height,
        pixel_aspect,
        rotation: track.rotation(),
        frame_rate,
        constant_frame_rate: scan.is_some_and(TrackScan::constant_rate),
        bit_depth: entry.codec.bit_depth,
        colour,
        range: colour.map_or(VideoRange::Sdr, |colour| colour.range()),
        supplemental_codecs: entry.codec.supplemental.clone(),
        key_frames_marked: track.marks_key_frames(),
        key_frames: scan.map(|scan| scan.key_times.clone()).unwrap_or_default(),
    })
}

fn seconds(ticks: i64, timescale: u32) -> f64 {
    ticks as f64 / f64::from(timescale.max(1))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn bit_rate(bytes: u64, seconds: f64) -> u64 {
    if seconds > 0.0 { (bytes as f64 * 8.0 / seconds).round() as u64 } else { 0 }
}
