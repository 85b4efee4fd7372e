use reelway_manifest::{ChunkReport, Layout, Rendition, SubtitleLabel, Subtitles, names};
use serde::Serialize;

use crate::package::{Options, Packaged};
use crate::selection::Ignored;
use crate::subtitles::SubtitleInput;

/// What a run made.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The HLS multivariant playlist, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hls: Option<&'static str>,
    /// The DASH manifest, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dash: Option<&'static str>,
    /// `segmentFiles` or `singleFile`.
    pub layout: &'static str,
    /// Bytes of all media files.
    pub bytes: u64,
    /// What was made of which track.
    pub renditions: Vec<ReportedRendition>,
    /// What was made of which subtitles.
    pub subtitles: Vec<ReportedSubtitles>,
    /// Tracks that were left out.
    pub ignored: Vec<Ignored>,
    #[serde(skip)]
    for_manifest: ChunkReport,
}

/// One rendition of a report.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportedRendition {
    /// Its folder.
    pub id: String,
    /// The input it came from, from 0.
    pub input: usize,
    /// The track's id in it.
    pub track: u32,
    /// RFC 6381 string.
    pub codecs: String,
    /// Segments.
    pub segments: usize,
    /// Samples in all of them.
    pub samples: u64,
    /// Bytes, the init segment included.
    pub bytes: u64,
    /// First presentation time shown.
    pub start_seconds: f64,
    /// Last presentation time shown.
    pub end_seconds: f64,
    /// Seconds of the longest segment.
    pub longest_segment_seconds: f64,
    /// Peak bits per second.
    pub bandwidth: u64,
    /// Average bits per second.
    pub average_bandwidth: u64,
    /// Each segment can be decoded on its own.
    pub independent: bool,
}

/// One track of subtitles of a report.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportedSubtitles {
    /// Its folder.
    pub id: String,
    /// Its language and name.
    #[serde(flatten)]
    pub label: SubtitleLabel,
    /// Cues.
    pub cues: usize,
    /// Blocks of the source that no player would show.
    pub dropped: usize,
    /// Segments.
    pub segments: usize,
    /// Bytes of the whole file.
    pub bytes: u64,
}

impl Report {
    pub(crate) fn of(
        packaged: &[Packaged<'_>],
        described: Vec<Rendition>,
        subtitles: Vec<Subtitles>,
        ignored: Vec<Ignored>,
        options: &Options,
    ) -> Self {
        let renditions: Vec<_> =
            packaged.iter().zip(&described).map(|(packaged, described)| ReportedRendition::of(packaged, described)).collect();
        let reported = options.subtitles.iter().zip(&subtitles);
        Self {
            hls: options.hls.then_some(names::MULTIVARIANT),
            dash: options.dash.then_some(names::DASH),
            layout: if options.layout == Layout::SingleFile { "singleFile" } else { "segmentFiles" },
            bytes: renditions.iter().map(|rendition| rendition.bytes).sum(),
            renditions,
            subtitles: reported.map(|(input, described)| ReportedSubtitles::of(input, described)).collect(),
            ignored,
            for_manifest: ChunkReport::new(described, subtitles),
        }
    }

    /// The segments one by one, for whoever writes the title's manifests.
    pub const fn chunk_report(&self) -> &ChunkReport {
        &self.for_manifest
    }
}

impl ReportedSubtitles {
    fn of(input: &SubtitleInput, described: &Subtitles) -> Self {
        Self {
            id: described.id.clone(),
            label: described.label.clone(),
            cues: input.document.cues().count(),
            dropped: input.document.dropped,
            segments: described.segments.len(),
            bytes: described.bytes,
        }
    }
}

impl ReportedRendition {
    fn of(packaged: &Packaged<'_>, described: &Rendition) -> Self {
        let source = packaged.rendition.source;
        let (bandwidth, average_bandwidth) = described.rates();
        let media: u64 = described.segments.iter().map(|segment| segment.bytes).sum();
        Self {
            id: described.id.clone(),
            input: source.input,
            track: source.track.id,
            codecs: described.codecs.clone(),
            segments: described.segments.len(),
            samples: described.samples(),
            bytes: media + described.init_bytes + described.index.map_or(0, |index| index.bytes),
            start_seconds: described.segments.first().map_or(0.0, |segment| described.seconds(segment.start)),
            end_seconds: described.end_seconds(),
            longest_segment_seconds: described.segment_rates().iter().map(|(seconds, _)| *seconds).fold(0.0, f64::max),
            bandwidth,
            average_bandwidth,
            independent: described.independent(),
        }
    }
}
