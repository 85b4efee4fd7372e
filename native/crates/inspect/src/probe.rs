//! What a file is: container, tracks, codecs, times, colour, key frames.

use std::collections::BTreeMap;

use reelway_mp4::{Colour, Edits, Movie, Picture, Result, SampleEntry, Shape, Track, TrackKind, TrackScan, VideoRange};
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
    /// The duration that the movie header claims; 0 where it claims none.
    pub header_seconds: f64,
    /// When it was made, seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<u64>,
    /// The major brand's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minor_version: Option<u32>,
    /// The compatible brands, one after the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compatible_brands: Option<String>,
    /// Title, credits and the like, by the names that other tools use.
    pub tags: BTreeMap<&'static str, String>,
    /// Nothing else is told about the file: no cover, no chapters, no metadata of another kind.
    pub tags_complete: bool,
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
    /// When its first sample is shown, edits applied.
    pub shown_from_seconds: f64,
    /// How long it is shown: what an edit list leaves out counts not.
    pub shown_seconds: f64,
    /// The sum of its samples' durations.
    pub coded_seconds: f64,
    /// The language is told as ISO 639 has it.
    pub language_is_iso: bool,
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
    /// The same, where the container tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared_pixel_aspect: Option<(u32, u32)>,
    /// Width and height of the track's header, before rotation.
    pub display: (f64, f64),
    /// What the codec's parameter sets say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
    /// Clockwise degrees; nothing for a transformation that is no quarter turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<u16>,
    /// Pictures per second, on average.
    pub frame_rate: f64,
    /// All pictures last equally long.
    pub constant_frame_rate: bool,
    /// How long the shortest and the longest picture last, seconds; the last one is left out.
    pub frame_seconds: (f64, f64),
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
    /// Presentation time of each key frame, in ticks; none in a brief description.
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
            header_seconds,
            created_at: movie.tags.created,
            minor_version: movie.tags.minor_version,
            compatible_brands: movie.tags.compatible_brands.clone(),
            tags: movie.tags.words.iter().cloned().collect(),
            tags_complete: movie.tags.complete,
            bit_rate: bit_rate(bytes, duration_seconds),
            tracks,
            unreadable_tracks: movie.skipped.iter().map(|track| format!("track {}: {}", track.index + 1, track.error)).collect(),
        })
    }
}

impl Probe {
    /// Leaves out what grows with the file's length: the times of key frames.
    #[must_use]
    pub fn brief(mut self) -> Self {
        for video in self.tracks.iter_mut().filter_map(|track| track.video.as_mut()) {
            video.key_frames.clear();
        }
        self
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
        let (shown_from, shown_to) = shown(track, &summary);
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
            shown_from_seconds: seconds(shown_from, track.timescale),
            shown_seconds: seconds(shown_to.saturating_sub(shown_from), track.timescale),
            coded_seconds: seconds(summary.coded(), track.timescale),
            language_is_iso: track.language_is_iso(),
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

/// From where to where a track is shown: its samples, as far as the edit list lets them be seen.
fn shown(track: &Track<'_>, summary: &Summary) -> (i64, i64) {
    let from = summary.start.max(track.presentation_start().min(summary.start + summary.length));
    let to = summary.start + summary.length;
    (from, track.presentation_end().map_or(to, |end| end.min(to)).max(from))
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
        declared_pixel_aspect: entry.declared_pixel_aspect(),
        display: (f64::from(track.display.0) / 65536.0, f64::from(track.display.1) / 65536.0),
        picture: Picture::of(entry),
        rotation: track.rotation(),
        frame_rate,
        constant_frame_rate: scan.is_some_and(TrackScan::constant_rate),
        frame_seconds: scan.map_or((0.0, 0.0), |TrackScan { durations: (shortest, longest), .. }| {
            (seconds(i64::from(*shortest), track.timescale), seconds(i64::from(*longest), track.timescale))
        }),
        bit_depth: entry.codec.bit_depth,
        colour,
        range: colour.map_or(VideoRange::Sdr, |colour| colour.range()),
        supplemental_codecs: entry.codec.supplemental.clone(),
        key_frames_marked: track.marks_key_frames(),
        key_frames: scan.map(|scan| scan.key_times.clone()).unwrap_or_default(),
    })
}

impl Summary {
    /// The sum of the samples' durations, in ticks.
    fn coded(&self) -> i64 {
        self.scan.as_ref().map_or(self.length, |scan| scan.end_decode_time - scan.first_decode_time)
    }
}

fn seconds(ticks: i64, timescale: u32) -> f64 {
    ticks as f64 / f64::from(timescale.max(1))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn bit_rate(bytes: u64, seconds: f64) -> u64 {
    if seconds > 0.0 { (bytes as f64 * 8.0 / seconds).round() as u64 } else { 0 }
}
