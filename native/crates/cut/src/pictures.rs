use std::ops::Range;

use reelway_inspect::index::{Gop, Index, IndexedTrack};
use reelway_mp4::Sample;

use crate::borders::Borders;
use crate::report::Moved;
use crate::{Error, Result};

/// A video track ready to be cut: its samples on the presentation timeline, and where the borders of chunks may be.
#[derive(Debug)]
pub struct Pictures<'i> {
    track: &'i IndexedTrack,
    samples: Vec<Sample>,
    /// For each sample the earliest time from it on, in decode order.
    earliest_from: Vec<i64>,
    borders: Borders,
    first_key_frame: usize,
}

/// What is between two borders. Times are presentation times in ticks of the track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The samples that decoding it takes, by their place in decode order.
    pub samples: Range<usize>,
    /// When the first picture is shown.
    pub start: i64,
    /// When the last picture ends.
    pub end: i64,
    /// Pictures that are shown.
    pub pictures: u64,
}

impl<'i> Pictures<'i> {
    /// Reads a video track of an index, the first one without an id. The index must have been validated.
    pub fn of(index: &'i Index, id: Option<u32>) -> Result<Self> {
        let video = |track: &&IndexedTrack| track.handler == "vide" && id.is_none_or(|id| track.id == id);
        let track = index.tracks.iter().find(video).ok_or(Error::NoTrack)?;
        let shift = track.presentation_shift;
        let in_presentation = |sample: Sample| Sample { decode_time: sample.decode_time + shift, ..sample };
        let samples = track.samples().map(|sample| sample.map(in_presentation)).collect::<reelway_mp4::Result<Vec<_>>>()?;
        let mut earliest_from: Vec<i64> = samples.iter().map(Sample::composition_time).collect();
        let mut earliest = i64::MAX;
        for time in earliest_from.iter_mut().rev() {
            earliest = earliest.min(*time);
            *time = earliest;
        }
        let first_key_frame = usize::try_from(track.first_key_frame).unwrap_or(usize::MAX);
        let borders = Borders::of(first_key_frame, &track.gops, &samples);
        Ok(Self { track, samples, earliest_from, borders, first_key_frame })
    }

    /// The track.
    pub const fn track(&self) -> &'i IndexedTrack {
        self.track
    }

    /// Its samples in decode order; their composition times are presentation times.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// The earliest presentation time of this sample and all behind it in decode order; `None` behind the end.
    pub fn earliest_from(&self, sample: usize) -> Option<i64> {
        self.earliest_from.get(sample).copied()
    }

    /// The numbers of its key frames.
    pub fn key_frames(&self) -> Range<usize> {
        self.first_key_frame..self.first_key_frame + self.track.gops.len()
    }

    /// A key frame and what follows it.
    pub fn gop(&self, key_frame: usize) -> Option<&'i Gop> {
        self.track.gops.get(key_frame.checked_sub(self.first_key_frame)?)
    }

    /// The key frames at which a chunk may begin and end: what a cut will not move.
    pub fn borders(&self) -> impl Iterator<Item = usize> {
        self.borders.clean()
    }

    /// The border to use for a key frame: itself, or the next one that can be one, and then `moved` says so.
    pub(crate) fn border(&self, key_frame: usize, moved: &mut Vec<Moved>) -> usize {
        self.borders.nearest(key_frame, moved)
    }

    /// What is between two borders, of which the second may be the end; `None` when nothing of it is shown.
    pub fn span(&self, from: usize, to: usize) -> Option<Span> {
        let window = self.window(from, to);
        let samples = self.samples_of(from, window);
        let shown =
            samples.clone().filter_map(|at| self.samples.get(at)).filter(|sample| window.shows(sample.composition_time()));
        let start = shown.clone().map(Sample::composition_time).min()?;
        let last = shown.clone().max_by_key(|sample| sample.composition_time())?;
        let own_end = last.composition_time() + i64::from(last.duration.max(1));
        // Inside the track the last picture stands until the next chunk's first; at its end, as long as the container says.
        let end = match window.end {
            Some(end) if window.last => end.min(own_end),
            Some(end) => end,
            None => own_end,
        };
        Some(Span { start, end, pictures: shown.count() as u64, samples })
    }

    fn window(&self, from: usize, to: usize) -> Window {
        // The first chunk also shows what comes before the first key frame's time; nothing is shown before the edit.
        let start = if from == 0 { 0 } else { self.gop(from).map_or(0, |gop| gop.time.max(0)) };
        let next = self.gop(to).map(|gop| gop.time);
        let end = [next, self.track.presentation_end].into_iter().flatten().min();
        Window { start, end, last: next.is_none() }
    }

    /// From the first key frame up to the last sample in decode order that is shown.
    fn samples_of(&self, from: usize, window: Window) -> Range<usize> {
        let first = self.gop(from).map_or(usize::MAX, |gop| usize::try_from(gop.first_sample).unwrap_or(usize::MAX));
        let mut behind = self.earliest_from.partition_point(|earliest| window.end.is_none_or(|end| *earliest < end));
        let shown = |at: usize| self.samples.get(at).is_some_and(|sample| window.shows(sample.composition_time()));
        while behind > first && !shown(behind - 1) {
            behind -= 1;
        }
        first.min(behind)..behind
    }
}

/// The presentation times that a chunk shows: `start` included, `end` not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    start: i64,
    end: Option<i64>,
    /// It reaches to the end of the track.
    last: bool,
}

impl Window {
    fn shows(self, time: i64) -> bool {
        time >= self.start && self.end.is_none_or(|end| time < end)
    }
}
