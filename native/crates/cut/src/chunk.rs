use std::fs::File;
use std::io::IoSlice;
use std::ops::Range;

use reelway_inspect::index::Index;
use reelway_mp4::limits::MAX_TIME;
use reelway_mp4::write::{MovieTrack, OutputSample, OutputTrack, SampleTable, Shown, write_movie};
use reelway_mp4::{Sample, TrackKind};
use reelway_output::{Progress, slice_of, write_gathered};

use crate::pictures::{Pictures, Span};
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
    /// Plans a chunk from a file's index, or from a slice of it, which must have been validated. The file is not needed for it.
    pub fn plan(index: &Index, request: &Request) -> Result<Self> {
        let pictures = Pictures::of(index, request.track)?;
        let track = pictures.track();
        if let Some(obstacle) = track.obstacle {
            return Err(Error::Refused(obstacle.reason()));
        }
        let held = pictures.key_frames();
        if request.from >= request.to || request.from < held.start || request.to > held.end {
            return Err(Error::NoSuchRange { held });
        }
        let mut moved = Vec::new();
        let (from, to) = (pictures.border(request.from, &mut moved), pictures.border(request.to, &mut moved));
        let shown = pictures.span(from, to).ok_or(Error::NothingShown)?;
        let samples = pictures.samples().get(shown.samples.clone()).unwrap_or_default();
        let Media { table, runs, shown: edit } = Media::of(samples, &shown)?;
        let entry = track.sample_entry_bytes().ok_or(Error::Refused("the index holds no readable sample entry"))?;
        let output = MovieTrack {
            track: OutputTrack {
                kind: TrackKind::Video,
                timescale: track.timescale,
                language: &track.language,
                matrix: track.matrix,
                display: track.display,
                entry: &entry,
            },
            shown: edit,
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
            source_range: covered(&runs),
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

    /// Writes the chunk from a mapped source; `progress` is told of all bytes of the chunk.
    pub fn write_to(&self, file: &mut File, source: &[u8], progress: Progress<'_>) -> std::io::Result<()> {
        let media = self.runs.iter().map(|run| slice_of(source, run.start, run.end - run.start));
        let slices = std::iter::once(Some(&*self.header)).chain(media);
        let mut slices = slices
            .map(|slice| slice.map(IoSlice::new))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the source is shorter than its index says"))?;
        write_gathered(file, &mut slices, progress)
    }
}

/// What a chunk holds behind its first boxes.
struct Media {
    table: SampleTable,
    /// Where it lies in the source, in the order of decoding.
    runs: Vec<Range<u64>>,
    shown: Shown,
}

impl Media {
    fn of(samples: &[Sample], span: &Span) -> Result<Self> {
        let (table, runs, delay) = tables(samples)?;
        let first_decode_time = samples.first().map_or(0, |sample| sample.decode_time);
        let media_time = positive(span.start - first_decode_time + delay)?;
        Ok(Self { table, runs, shown: Shown { delay: 0, media_time, duration: positive(span.end - span.start)? } })
    }
}

impl Pictures<'_> {
    /// The first byte of the source that a chunk needs, and one past the last. An error where it can't be cut.
    pub fn source_range(&self, span: &Span) -> Result<(u64, u64)> {
        let samples = self.samples().get(span.samples.clone()).unwrap_or_default();
        Ok(covered(&Media::of(samples, span)?.runs))
    }
}

fn covered(runs: &[Range<u64>]) -> (u64, u64) {
    (runs.iter().map(|run| run.start).min().unwrap_or(0), runs.iter().map(|run| run.end).max().unwrap_or(0))
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
