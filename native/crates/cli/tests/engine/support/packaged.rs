//! Reads a packaged folder back, segment by segment, with the engine's own reader.

use std::path::Path;

use reelway_mp4::{Movie, Sample};

/// One sample, wherever it came from: its bytes, and when it is shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) bytes: Vec<u8>,
    /// Presentation time in ticks.
    pub(crate) time: i64,
    pub(crate) sync: bool,
}

/// The packets of the track with this id, edits applied; of the first track without one.
pub(crate) fn packets(file: &[u8], track: Option<u32>) -> Vec<Packet> {
    let movie = Movie::parse(file).expect("a readable movie");
    let track = movie.tracks.iter().find(|one| track.is_none_or(|id| one.id == id)).expect("the track");
    let shift = track.presentation_shift();
    let samples: Vec<Sample> = track.samples().map(|sample| sample.expect("a readable sample")).collect();
    samples
        .iter()
        .map(|sample| Packet { bytes: sample.bytes(file).to_vec(), time: sample.composition_time() + shift, sync: sample.sync })
        .collect()
}

/// The presentation time at which the track begins to be shown: what it hides before that is not.
pub(crate) fn shown_from(file: &[u8], track: Option<u32>) -> i64 {
    let movie = Movie::parse(file).expect("a readable movie");
    let found = movie.tracks.iter().find(|one| track.is_none_or(|id| one.id == id)).expect("the track");
    let first = packets(file, track).iter().map(|packet| packet.time).min().unwrap_or(0);
    first.max(found.presentation_start())
}

/// A rendition as a player sees it: init segment, then the segments in the order of its HLS playlist, each as bytes.
pub(crate) struct PackagedRendition {
    pub(crate) init: Vec<u8>,
    pub(crate) segments: Vec<Vec<u8>>,
    /// `EXTINF` of each segment.
    pub(crate) durations: Vec<f64>,
}

impl PackagedRendition {
    pub(crate) fn read(folder: &Path, playlist: &str) -> Self {
        let text = std::fs::read_to_string(folder.join(playlist)).expect("the playlist");
        let mut rendition = Self { init: Vec::new(), segments: Vec::new(), durations: Vec::new() };
        let mut range = None;
        for line in text.lines() {
            if let Some(map) = line.strip_prefix("#EXT-X-MAP:URI=\"") {
                let name = map.split('"').next().expect("a URI");
                let range = map.split("BYTERANGE=\"").nth(1).map(|rest| rest.trim_end_matches('"').to_owned());
                rendition.init = read_range(&folder.join(name), range.as_deref());
            } else if let Some(duration) = line.strip_prefix("#EXTINF:") {
                rendition.durations.push(duration.trim_end_matches(',').parse().expect("a duration"));
            } else if let Some(bytes) = line.strip_prefix("#EXT-X-BYTERANGE:") {
                range = Some(bytes.to_owned());
            } else if !line.starts_with('#') {
                rendition.segments.push(read_range(&folder.join(line), range.take().as_deref()));
            }
        }
        rendition
    }

    /// Init segment and all segments as one fragmented file.
    pub(crate) fn whole(&self) -> Vec<u8> {
        let mut whole = self.init.clone();
        self.segments.iter().for_each(|segment| whole.extend_from_slice(segment));
        whole
    }
}

fn read_range(path: &Path, range: Option<&str>) -> Vec<u8> {
    let bytes = std::fs::read(path).expect("a file that the playlist names");
    let Some(range) = range else { return bytes };
    let (length, offset) = range.split_once('@').expect("length@offset");
    let (length, offset): (usize, usize) = (length.parse().expect("a length"), offset.parse().expect("an offset"));
    bytes[offset..offset + length].to_vec()
}
