use reelway_mp4::write::{FragmentSample, InitTrack, write_init};
use reelway_mp4::{Sample, Samples, Shape, Track, TrackKind, VideoRange};

use crate::selection::Selected;
use crate::{Error, Result};

/// One track on its way out: where it lives, how its clock moves, and which segments it gets.
#[derive(Debug)]
pub(crate) struct Rendition<'a> {
    /// Folder and id: `video-1`, `audio-2` …
    pub(crate) id: String,
    pub(crate) source: &'a Selected<'a>,
    pub(crate) clock: Clock,
    pub(crate) segments: Vec<PlannedSegment<'a>>,
}

/// How source times become output times, in ticks of the track.
///
/// Presentation times stay the source's. Decode times move so that the first segment's begin with its earliest
/// presentation time, and composition offsets take up the difference; they may be negative (`cmf2`). Where samples stand
/// before the source's edit, all times move up by `skip`, and the edit list in the init segment takes it off again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) decode_shift: i64,
    pub(crate) composition_shift: i64,
    pub(crate) skip: i64,
}

impl Clock {
    fn of(source: &Selected<'_>) -> Self {
        let skip = source.scan.start.min(0).abs();
        let decode_shift = source.scan.start + skip - source.scan.first_decode_time;
        Self { decode_shift, composition_shift: source.track.presentation_shift() + skip - decode_shift, skip }
    }
}

/// A segment before it is written.
#[derive(Debug)]
pub(crate) struct PlannedSegment<'a> {
    /// A bookmark before its first sample.
    pub(crate) samples: Samples<'a>,
    pub(crate) count: u64,
    /// Decode time, in the source, of the sample behind its last one.
    pub(crate) end_decode_time: i64,
    /// Earliest presentation time, not below 0: what is before the edit is not shown.
    pub(crate) start: i64,
    /// The next segment's start, or the track's end.
    pub(crate) end: i64,
    /// No sample is shown before its first one: decoding it needs no other segment.
    pub(crate) closed: bool,
}

impl<'a> Rendition<'a> {
    pub(crate) fn plan(id: String, source: &'a Selected<'a>, borders: &[i64]) -> Result<Self> {
        let clock = Clock::of(source);
        Ok(Self { id, source, clock, segments: plan_segments(source, borders)? })
    }

    pub(crate) const fn track(&self) -> &'a Track<'a> {
        self.source.track
    }

    pub(crate) fn is_video(&self) -> bool {
        self.track().kind == TrackKind::Video
    }

    pub(crate) const fn timescale(&self) -> u32 {
        self.track().timescale
    }

    pub(crate) fn seconds(&self, ticks: i64) -> f64 {
        ticks as f64 / f64::from(self.timescale())
    }

    /// Presentation time of the rendition's end, in seconds.
    pub(crate) fn end_seconds(&self) -> f64 {
        self.segments.last().map_or(0.0, |segment| self.seconds(segment.end))
    }

    pub(crate) fn init_segment(&self) -> Vec<u8> {
        let track = self.track();
        write_init(&InitTrack {
            kind: track.kind,
            timescale: track.timescale,
            language: &track.language,
            matrix: track.matrix,
            display: track.display,
            entry: &self.source.entry.bytes,
            skip: self.clock.skip.unsigned_abs(),
        })
    }

    /// A source sample as a fragment holds it; `duration` runs to the next sample.
    #[inline]
    pub(crate) fn fragment_sample(&self, sample: &Sample, duration: u32) -> Result<FragmentSample> {
        let offset = i64::from(sample.composition_offset) + self.clock.composition_shift;
        let composition_offset =
            i32::try_from(offset).map_err(|_| Error::refused("a composition offset does not fit its 32 bits"))?;
        Ok(FragmentSample { size: sample.size, duration, composition_offset, sync: sample.sync })
    }

    /// Coded size, and the size to show it at: pixel aspect and rotation applied.
    pub(crate) fn sizes(&self) -> ((u16, u16), (u32, u32)) {
        let Shape::Visual { width, height, pixel_aspect: (horizontal, vertical), .. } = self.source.entry.shape else {
            return ((0, 0), (0, 0));
        };
        let stretched = u64::from(width) * u64::from(horizontal) / u64::from(vertical.max(1));
        let shown = (u32::try_from(stretched).unwrap_or(u32::from(width)).max(1), u32::from(height));
        let sideways = matches!(self.track().rotation(), Some(90 | 270));
        ((width, height), if sideways { (shown.1, shown.0) } else { shown })
    }

    pub(crate) const fn video_range(&self) -> VideoRange {
        match self.source.entry.shape {
            Shape::Visual { colour: Some(colour), .. } => colour.range(),
            _ => VideoRange::Sdr,
        }
    }

    pub(crate) const fn audio_shape(&self) -> (u16, u32) {
        match self.source.entry.shape {
            Shape::Audio { channels, sample_rate } => (channels, sample_rate),
            _ => (0, 0),
        }
    }

    /// Pictures per second, on average over the track.
    pub(crate) fn frame_rate(&self) -> f64 {
        let length = self.source.scan.end_decode_time - self.source.scan.first_decode_time;
        if length <= 0 { 0.0 } else { self.source.scan.samples as f64 * f64::from(self.timescale()) / length as f64 }
    }

    /// All segments can be decoded on their own.
    pub(crate) fn independent(&self) -> bool {
        self.segments.iter().all(|segment| segment.closed)
    }
}

/// Cuts a track: video at the key frames that the borders name, audio at the first sample on or behind each border.
fn plan_segments<'a>(source: &'a Selected<'a>, borders: &[i64]) -> Result<Vec<PlannedSegment<'a>>> {
    let shift = source.track.presentation_shift();
    let video = source.track.kind == TrackKind::Video;
    let mut borders = borders.iter().copied().peekable();
    let mut segments: Vec<PlannedSegment<'a>> = Vec::new();
    let mut samples = source.track.samples();
    let mut first_time = 0;
    loop {
        let bookmark = samples.clone();
        let Some(sample) = samples.next().transpose()? else { break };
        let time = sample.composition_time() + shift;
        let begins = match borders.peek() {
            Some(border) if video => sample.sync && time == *border,
            Some(border) => time >= *border,
            None => false,
        };
        if begins {
            // Several borders may fall between two audio samples; they make one segment, not empty ones.
            while borders.next_if(|border| *border <= time).is_some() {}
        }
        match segments.last_mut() {
            Some(current) if !begins => {
                current.count += 1;
                current.start = current.start.min(time);
                current.closed &= time >= first_time;
            }
            before => {
                if let Some(before) = before {
                    before.end_decode_time = sample.decode_time;
                }
                first_time = time;
                let end_decode_time = source.scan.end_decode_time;
                segments.push(PlannedSegment {
                    samples: bookmark,
                    count: 1,
                    end_decode_time,
                    start: time,
                    end: source.scan.end,
                    closed: true,
                });
            }
        }
    }
    for segment in &mut segments {
        segment.start = segment.start.max(0);
    }
    let starts: Vec<i64> = segments.iter().skip(1).map(|segment| segment.start).collect();
    for (segment, next) in segments.iter_mut().zip(starts) {
        segment.end = next;
    }
    if segments.iter().any(|segment| segment.end <= segment.start) {
        return Err(Error::refused("pictures are shown in an order that crosses a key frame"));
    }
    Ok(segments)
}
