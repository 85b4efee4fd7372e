use reelway_manifest::Kind;
use reelway_mp4::write::{OutputTrack, Start, protected_entry, write_init};
use reelway_mp4::{Samples, Shape, Track, TrackKind};

use crate::protection::Protection;
use crate::selection::Selected;
use crate::timeline::Timeline;
use crate::{Error, Result, limits};

/// One track on its way out: where it lives, how its clock moves, and which segments it gets.
#[derive(Debug)]
pub(crate) struct Rendition<'a> {
    /// Folder and id: `video-1`, `audio-2` …
    pub(crate) id: String,
    pub(crate) source: &'a Selected<'a>,
    pub(crate) timeline: Timeline,
    pub(crate) decode_clock: DecodeClock,
    /// The sample entry as the init segment holds it.
    pub(crate) entry: Vec<u8>,
    pub(crate) segments: Vec<PlannedSegment<'a>>,
    pub(crate) protection: Option<Protection>,
}

/// How decode times are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecodeClock {
    /// The sorted presentation times of each segment: a segment's first decode time is its earliest presentation time, and
    /// what stands before a segment has no say in it. For pictures whose segments are all closed.
    Sorted,
    /// The source's, moved by so many ticks that the first segment begins with its earliest presentation time.
    Moved(i64),
}

/// A segment before it is written. Times are presentation times of the output.
#[derive(Debug)]
pub(crate) struct PlannedSegment<'a> {
    pub(crate) number: u32,
    /// A bookmark before its first sample.
    pub(crate) samples: Samples<'a>,
    pub(crate) count: u64,
    /// Decode time, in the source, of the sample behind its last one.
    pub(crate) end_decode_time: i64,
    /// Earliest presentation time; below 0 where samples stand before the edit.
    pub(crate) earliest: i64,
    /// The next segment's start, or the track's end.
    pub(crate) end: i64,
    /// No sample is shown before its first one: decoding it needs no other segment.
    pub(crate) closed: bool,
}

impl PlannedSegment<'_> {
    /// Where it starts in playlists: what is before the edit is not shown.
    pub(crate) fn start(&self) -> i64 {
        self.earliest.max(0)
    }
}

impl<'a> Rendition<'a> {
    /// Cuts a track at `borders`, presentation times of the output; its first segment gets the number `first`.
    pub(crate) fn plan(id: String, source: &'a Selected<'a>, timeline: Timeline, borders: &[i64], first: u32) -> Result<Self> {
        let segments = plan_segments(source, &timeline, borders, first)?;
        let sortable = |segment: &PlannedSegment<'_>| segment.closed && segment.count <= limits::MAX_SORTED_SAMPLES;
        let decode_clock = if source.track.kind == TrackKind::Video && segments.iter().all(sortable) {
            DecodeClock::Sorted
        } else {
            DecodeClock::Moved(source.scan.start + timeline.shift + timeline.skip - source.scan.first_decode_time)
        };
        Ok(Self { id, source, timeline, decode_clock, entry: source.entry.canonical(), segments, protection: None })
    }

    /// The same, encrypted.
    pub(crate) fn protected(mut self, protection: Option<Protection>) -> Self {
        if let Some(protection) = &protection {
            self.entry = protected_entry(&self.entry, self.track().kind, &protection.encryption.track());
        }
        Self { protection, ..self }
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

    pub(crate) fn init_segment(&self) -> Vec<u8> {
        let track = self.track();
        let output = OutputTrack::of(track, &self.entry);
        let key_id = self.protection.as_ref().map(|protection| protection.encryption.track().key_id);
        let start = match (self.timeline.skip, self.timeline.late) {
            (0, 0) => Start::Whole,
            (0, late) => Start::Late(late.unsigned_abs()),
            (skip, _) => Start::Skips(skip.unsigned_abs()),
        };
        write_init(&output, start, key_id)
    }

    /// What players are told of the pictures or the sound.
    pub(crate) fn kind(&self) -> Kind {
        match self.source.entry.shape {
            Shape::Visual { width, height, pixel_aspect: (horizontal, vertical), colour } => {
                let stretched = u64::from(width) * u64::from(horizontal) / u64::from(vertical.max(1));
                let shown = (u32::try_from(stretched).unwrap_or(u32::from(width)).max(1), u32::from(height));
                let sideways = matches!(self.track().rotation(), Some(90 | 270));
                Kind::Video {
                    coded: (width, height),
                    shown: if sideways { (shown.1, shown.0) } else { shown },
                    pixel_aspect: (horizontal, vertical),
                    colour,
                }
            }
            Shape::Audio { channels, sample_rate } => Kind::Audio { channels, sample_rate },
            Shape::Other => Kind::Audio { channels: 0, sample_rate: 0 },
        }
    }
}

/// Cuts a track: video at the key frames that the borders name, audio at the first sample on or behind each border.
fn plan_segments<'a>(
    source: &'a Selected<'a>,
    timeline: &Timeline,
    borders: &[i64],
    first: u32,
) -> Result<Vec<PlannedSegment<'a>>> {
    let shift = source.track.presentation_shift() + timeline.shift;
    let track_end = timeline.end.unwrap_or(source.scan.end + timeline.shift);
    let video = source.track.kind == TrackKind::Video;
    let mut borders = borders.iter().copied().peekable();
    let mut segments: Vec<PlannedSegment<'a>> = Vec::new();
    let mut samples = source.track.samples();
    let mut first_time = 0;
    for _ in 0..source.scan.samples {
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
                current.earliest = current.earliest.min(time);
                current.closed &= time >= first_time;
            }
            before => {
                let number = before.as_ref().map_or(first, |before| before.number.saturating_add(1));
                if let Some(before) = before {
                    before.end_decode_time = sample.decode_time;
                }
                first_time = time;
                segments.push(PlannedSegment {
                    number,
                    samples: bookmark,
                    count: 1,
                    end_decode_time: source.scan.end_decode_time,
                    earliest: time,
                    end: track_end,
                    closed: true,
                });
            }
        }
    }
    let starts: Vec<i64> = segments.iter().skip(1).map(PlannedSegment::start).collect();
    for (segment, next) in segments.iter_mut().zip(starts) {
        segment.end = next;
    }
    if segments.iter().any(|segment| segment.end <= segment.start()) {
        return Err(Error::refused("pictures are shown in an order that crosses a key frame, or behind the end"));
    }
    Ok(segments)
}
