use std::fs::File;
use std::io::IoSlice;
use std::ops::Range;

use reelway_inspect::index::{Index, IndexedTrack};
use reelway_mp4::limits::MAX_TIME;
use reelway_mp4::write::{MovieTrack, OutputSample, OutputTrack, SampleTable, Shown, write_movie};
use reelway_mp4::{Sample, TrackKind};
use reelway_output::{slice_of, write_gathered};

use crate::borders::Borders;
use crate::{Error, Report, Result};

/// What to cut.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// Id of the video track; the first one without it.
    pub track: Option<u32>,
    /// The key frame to begin with, counted from 0.
    pub from: usize,
    /// The key frame to end before; the number of key frames stands for the end.
    pub to: usize,
}

/// A chunk ready to be written: its header, and which bytes of the source follow it.
#[derive(Debug)]
pub struct Chunk {
    header: Vec<u8>,
    runs: Vec<Range<u64>>,
    report: Report,
}

impl Chunk {
    /// Plans a chunk from a file's index, which must have been validated. The file is not needed for it.
    pub fn plan(index: &Index, request: &Request) -> Result<Self> {
        let video = |track: &&IndexedTrack| track.handler == "vide" && request.track.is_none_or(|id| track.id == id);
        let track = index.tracks.iter().find(video).ok_or(Error::NoTrack)?;
        let key_frames = track.gops.len();
        if request.from >= request.to || request.to > key_frames {
            return Err(Error::NoSuchRange { key_frames });
        }
        let samples = track.samples().collect::<reelway_mp4::Result<Vec<_>>>()?;
        let borders = Borders::of(&track.gops, &samples, track.presentation_shift);
        let mut moved = Vec::new();
        let (from, to) = (borders.nearest(request.from, &mut moved), borders.nearest(request.to, &mut moved));
        let window = Window::of(track, from, to);
        let samples = window.samples(track, from, &samples);
        let shown = Span::of(&samples, &window).ok_or(Error::NothingShown)?;

        let (table, runs, delay) = tables(&samples)?;
        let entry = track.sample_entry_bytes().ok_or(Error::Refused("the index holds no readable sample entry"))?;
        let first_decode_time = samples.first().map_or(0, |sample| sample.decode_time);
        let media_time = shown.start - first_decode_time + delay;
        let output = MovieTrack {
            track: OutputTrack {
                kind: TrackKind::Video,
                timescale: track.timescale,
                language: &track.language,
                matrix: track.matrix,
                display: track.display,
                entry: &entry,
            },
            shown: Shown { delay: 0, media_time: positive(media_time)?, duration: positive(shown.end - shown.start)? },
            samples: &table,
        };
        let media_bytes = runs.iter().map(|run| run.end - run.start).sum::<u64>();
        let header = write_movie(&[output], track.timescale, media_bytes);
        let report = Report {
            track: track.id,
            timescale: track.timescale,
            from_key_frame: from,
            to_key_frame: to,
            start: shown.start,
            end: shown.end,
            pictures: shown.pictures,
            hidden: samples.len() as u64 - shown.pictures,
            bytes: header.len() as u64 + media_bytes,
            source_range: (
                runs.iter().map(|run| run.start).min().unwrap_or(0),
                runs.iter().map(|run| run.end).max().unwrap_or(0),
            ),
            moved,
        };
        Ok(Self { header, runs, report })
    }

    /// What it holds.
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// The bytes of the source that follow the header, in order.
    pub fn runs(&self) -> &[Range<u64>] {
        &self.runs
    }

    /// What stands before the media.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// Writes the chunk from a mapped source.
    pub fn write_to(&self, file: &mut File, source: &[u8]) -> std::io::Result<()> {
        let media = self.runs.iter().map(|run| slice_of(source, run.start, run.end - run.start));
        let slices = std::iter::once(Some(&*self.header)).chain(media);
        let mut slices = slices
            .map(|slice| slice.map(IoSlice::new))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the source is shorter than its index says"))?;
        write_gathered(file, &mut slices)
    }
}

/// The presentation times that a chunk shows: `start` included, `end` not.
struct Window {
    start: i64,
    end: Option<i64>,
    /// It reaches to the end of the track.
    last: bool,
}

impl Window {
    fn of(track: &IndexedTrack, from: usize, to: usize) -> Self {
        // The first chunk also shows what comes before the first key frame's time; nothing is shown before the edit.
        let start = if from == 0 { 0 } else { track.gops.get(from).map_or(0, |gop| gop.time.max(0)) };
        let next = track.gops.get(to).map(|gop| gop.time);
        let end = [next, track.presentation_end].into_iter().flatten().min();
        Self { start, end, last: next.is_none() }
    }

    fn shows(&self, time: i64) -> bool {
        time >= self.start && self.end.is_none_or(|end| time < end)
    }

    /// From the chunk's first key frame up to the last sample in decode order that it shows.
    fn samples(&self, track: &IndexedTrack, from: usize, all: &[Sample]) -> Vec<Sample> {
        let first = track.gops.get(from).map_or(0, |gop| usize::try_from(gop.first_sample).unwrap_or(usize::MAX));
        let rest = all.get(first..).unwrap_or_default();
        let shown = |sample: &Sample| self.shows(sample.composition_time() + track.presentation_shift);
        let length = rest.iter().rposition(shown).map_or(0, |last| last + 1);
        rest.iter().take(length).map(|sample| in_presentation(sample, track.presentation_shift)).collect()
    }
}

/// The sample on the presentation timeline: its composition time is its presentation time.
fn in_presentation(sample: &Sample, shift: i64) -> Sample {
    Sample { decode_time: sample.decode_time + shift, ..*sample }
}

/// What is shown of a chunk.
struct Span {
    start: i64,
    end: i64,
    pictures: u64,
}

impl Span {
    fn of(samples: &[Sample], window: &Window) -> Option<Self> {
        let shown = samples.iter().filter(|sample| window.shows(sample.composition_time()));
        let start = shown.clone().map(Sample::composition_time).min()?;
        let last = shown.clone().max_by_key(|sample| sample.composition_time())?;
        let own_end = last.composition_time() + i64::from(last.duration.max(1));
        // Inside the track the last picture stands until the next chunk's first; at its end, as long as the container says.
        let end = match window.end {
            Some(end) if window.last => end.min(own_end),
            Some(end) => end,
            None => own_end,
        };
        Some(Self { start, end, pictures: shown.count() as u64 })
    }
}

/// The sample tables, the source's runs in the order of decoding, and by how much composition times lie behind.
///
/// Decode times move back far enough that no composition offset is negative: readers differ about those.
fn tables(samples: &[Sample]) -> Result<(SampleTable, Vec<Range<u64>>, i64)> {
    const TOO_FAR: Error = Error::Refused("a composition offset or a duration does not fit its 32 bits");
    let delay = samples.iter().map(|sample| -i64::from(sample.composition_offset)).max().unwrap_or(0).max(0);
    let mut table = SampleTable::default();
    let mut runs: Vec<Range<u64>> = Vec::new();
    table.begin_chunk(0);
    for (position, sample) in samples.iter().enumerate() {
        let duration = samples.get(position + 1).map_or(i64::from(sample.duration), |next| next.decode_time - sample.decode_time);
        let end = sample.offset + u64::from(sample.size);
        match runs.last_mut() {
            Some(run) if run.end == sample.offset => run.end = end,
            _ => runs.push(sample.offset..end),
        }
        table.add(OutputSample {
            size: sample.size,
            duration: u32::try_from(duration).map_err(|_| TOO_FAR)?,
            composition_offset: i32::try_from(i64::from(sample.composition_offset) + delay).map_err(|_| TOO_FAR)?,
            sync: sample.sync,
        });
    }
    Ok((table, runs, delay))
}

fn positive(ticks: i64) -> Result<u64> {
    let ticks = u64::try_from(ticks).map_err(|_| Error::Refused("a time before the chunk's start"))?;
    if ticks > MAX_TIME { Err(Error::Refused("a time that is too large")) } else { Ok(ticks) }
}
