use serde::Serialize;

use crate::package::{Layout, Options, Packaged};
use crate::selection::Ignored;
use crate::{dash, hls};

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
    /// Tracks that were left out.
    pub ignored: Vec<Ignored>,
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

impl Report {
    pub(crate) fn of(packaged: &[Packaged<'_>], ignored: Vec<Ignored>, options: &Options) -> Self {
        let renditions: Vec<_> = packaged.iter().map(ReportedRendition::of).collect();
        Self {
            hls: options.hls.then_some(hls::MULTIVARIANT),
            dash: options.dash.then_some(dash::NAME),
            layout: if options.layout == Layout::SingleFile { "singleFile" } else { "segmentFiles" },
            bytes: renditions.iter().map(|rendition| rendition.bytes).sum(),
            renditions,
            ignored,
        }
    }
}

impl ReportedRendition {
    fn of(packaged: &Packaged<'_>) -> Self {
        let rendition = &packaged.rendition;
        let (bandwidth, average_bandwidth) = hls::rates(packaged);
        let media: u64 = packaged.segments.iter().map(|segment| segment.bytes).sum();
        Self {
            id: rendition.id.clone(),
            input: rendition.source.input,
            track: rendition.track().id,
            codecs: rendition.source.entry.codec.string.clone(),
            segments: packaged.segments.len(),
            samples: rendition.source.scan.samples,
            bytes: media + packaged.init_bytes + packaged.index.map_or(0, |(_, length)| length),
            start_seconds: rendition.segments.first().map_or(0.0, |segment| rendition.seconds(segment.start)),
            end_seconds: rendition.end_seconds(),
            longest_segment_seconds: hls::segment_rates(packaged).iter().map(|(seconds, _)| *seconds).fold(0.0, f64::max),
            bandwidth,
            average_bandwidth,
            independent: rendition.independent(),
        }
    }
}
