use super::track::{Choice, EditEntry, TrackPlace, write_movie_header, write_track};
use super::{BoxWriter, OutputSample, OutputTrack, write_media_header};
use crate::TrackKind;

/// Samples of a track as the tables of a progressive file hold them, gathered one by one in decode order.
///
/// Memory: 4 bytes a sample, and what changes between samples.
#[derive(Debug, Clone, Default)]
pub struct SampleTable {
    sizes: Vec<u32>,
    durations: Vec<(u32, u32)>,
    composition_offsets: Vec<(u32, i32)>,
    /// Numbers of the sync samples, from 1.
    sync: Vec<u32>,
    chunks: Vec<Chunk>,
    duration: u64,
}

#[derive(Debug, Clone, Copy)]
struct Chunk {
    /// From the first media byte.
    offset: u64,
    samples: u32,
}

impl SampleTable {
    /// Begins a chunk: samples that follow lie one behind the other from `offset` on, counted from the first media byte.
    pub fn begin_chunk(&mut self, offset: u64) {
        self.chunks.push(Chunk { offset, samples: 0 });
    }

    /// Adds a sample to the chunk that was begun last.
    pub fn add(&mut self, sample: OutputSample) {
        if self.chunks.is_empty() {
            self.begin_chunk(0);
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.samples += 1;
        }
        self.sizes.push(sample.size);
        extend_run(&mut self.durations, sample.duration);
        extend_run(&mut self.composition_offsets, sample.composition_offset);
        if sample.sync {
            self.sync.push(self.len());
        }
        self.duration += u64::from(sample.duration);
    }

    /// Samples.
    pub fn len(&self) -> u32 {
        // Bounded by limits::MAX_SAMPLES of what is read.
        u32::try_from(self.sizes.len()).unwrap_or(u32::MAX)
    }

    /// Nothing was added yet.
    pub const fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }

    /// Ticks of all samples.
    pub const fn duration(&self) -> u64 {
        self.duration
    }

    fn write(&self, stbl: &mut BoxWriter, media_start: u64, wide: bool) {
        stbl.nest_full(b"stts", 0, 0, |stts| write_runs(stts, &self.durations));
        if self.composition_offsets.iter().any(|(_, offset)| *offset != 0) {
            let signed = self.composition_offsets.iter().any(|(_, offset)| *offset < 0);
            let runs: Vec<_> = self.composition_offsets.iter().map(|(count, offset)| (*count, offset.cast_unsigned())).collect();
            stbl.nest_full(b"ctts", u8::from(signed), 0, |ctts| write_runs(ctts, &runs));
        }
        if self.sync.len() < self.sizes.len() {
            stbl.nest_full(b"stss", 0, 0, |stss| {
                stss.u32(u32::try_from(self.sync.len()).unwrap_or(u32::MAX));
                self.sync.iter().for_each(|number| stss.u32(*number));
            });
        }
        stbl.nest_full(b"stsc", 0, 0, |stsc| write_chunk_lengths(stsc, &self.chunks));
        let constant = self.sizes.first().copied().filter(|first| self.sizes.iter().all(|size| size == first));
        stbl.nest_full(b"stsz", 0, 0, |stsz| {
            stsz.u32(constant.unwrap_or(0));
            stsz.u32(self.len());
            if constant.is_none_or(|size| size == 0) {
                self.sizes.iter().for_each(|size| stsz.u32(*size));
            }
        });
        stbl.nest_full(if wide { b"co64" } else { b"stco" }, 0, 0, |table| {
            table.u32(u32::try_from(self.chunks.len()).unwrap_or(u32::MAX));
            for chunk in &self.chunks {
                let offset = media_start + chunk.offset;
                if wide { table.u64(offset) } else { table.u32(u32::try_from(offset).unwrap_or(u32::MAX)) }
            }
        });
    }
}

fn extend_run<T: PartialEq>(runs: &mut Vec<(u32, T)>, value: T) {
    match runs.last_mut() {
        Some((count, last)) if *last == value => *count += 1,
        _ => runs.push((1, value)),
    }
}

fn write_runs(table: &mut BoxWriter, runs: &[(u32, u32)]) {
    table.u32(u32::try_from(runs.len()).unwrap_or(u32::MAX));
    for (count, value) in runs {
        table.u32(*count);
        table.u32(*value);
    }
}

/// `stsc` (ISO/IEC 14496-12 §8.7.4): an entry where the number of samples in a chunk changes.
fn write_chunk_lengths(stsc: &mut BoxWriter, chunks: &[Chunk]) {
    let mut entries: Vec<(u32, u32)> = Vec::new();
    for (number, chunk) in (1u32..).zip(chunks) {
        if entries.last().is_none_or(|(_, samples)| *samples != chunk.samples) {
            entries.push((number, chunk.samples));
        }
    }
    stsc.u32(u32::try_from(entries.len()).unwrap_or(u32::MAX));
    for (first_chunk, samples) in entries {
        stsc.u32(first_chunk);
        stsc.u32(samples);
        stsc.u32(1);
    }
}

/// Which part of a track's media is shown, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The track starts this much later, in ticks of the movie.
    pub delay: u64,
    /// Composition time shown first, in ticks of the track.
    pub media_time: u64,
    /// How long the media are shown, in ticks of the movie.
    pub duration: u64,
}

/// A track of a progressive file.
#[derive(Debug, Clone)]
pub struct MovieTrack<'a> {
    /// What it is.
    pub track: OutputTrack<'a>,
    /// What of it is shown.
    pub shown: Shown,
    /// Its samples.
    pub samples: &'a SampleTable,
}

/// Writes all that stands before the media of a progressive file: `ftyp`, `moov`, and the header of an `mdat` of
/// `media_bytes` bytes. Players can start before they have the rest ("fast start").
pub fn write_movie(tracks: &[MovieTrack<'_>], movie_timescale: u32, media_bytes: u64) -> Vec<u8> {
    let mut writer = BoxWriter::default();
    writer.nest(b"ftyp", |ftyp| {
        ftyp.raw(b"isom");
        ftyp.u32(0x200);
        for brand in [b"isom", b"iso2", b"mp41"] {
            ftyp.raw(brand);
        }
    });
    // The tables' length does not depend on the offsets in them: written once to know it, once more to say it.
    let narrow = moov(tracks, movie_timescale, 0, false).len() as u64;
    let wide = narrow + writer.len() as u64 + media_bytes + 16 > u64::from(u32::MAX);
    let length = if wide { moov(tracks, movie_timescale, 0, true).len() as u64 } else { narrow };
    let mut media_header = BoxWriter::default();
    write_media_header(&mut media_header, media_bytes);
    let media_start = writer.len() as u64 + length + media_header.len() as u64;
    writer.raw(&moov(tracks, movie_timescale, media_start, wide));
    writer.raw(&media_header.finish());
    writer.finish()
}

fn moov(tracks: &[MovieTrack<'_>], timescale: u32, media_start: u64, wide: bool) -> Vec<u8> {
    let mut writer = BoxWriter::default();
    let duration = tracks.iter().map(|track| track.shown.delay + track.shown.duration).max().unwrap_or(0);
    let next_track_id = u32::try_from(tracks.len()).unwrap_or(u32::MAX - 1) + 1;
    writer.nest(b"moov", |moov| {
        write_movie_header(moov, timescale, duration, next_track_id);
        for (id, track) in (1u32..).zip(tracks) {
            let Shown { delay, media_time, duration } = track.shown;
            let edits =
                [EditEntry { duration: delay, media_time: -1 }, EditEntry { duration, media_time: media_time.cast_signed() }];
            let edits = if delay > 0 { &edits[..] } else { &edits[1..] };
            let choice = choice_of(track, tracks);
            let place = TrackPlace { choice, id, duration: delay + duration, media_duration: track.samples.duration(), edits };
            write_track(moov, &track.track, place, |stbl| track.samples.write(stbl, media_start, wide));
        }
    });
    writer.finish()
}

/// Tracks of one kind stand for each other: sound in another language, say. The first of them plays by itself.
fn choice_of(track: &MovieTrack<'_>, tracks: &[MovieTrack<'_>]) -> Choice {
    let of_its_kind = || tracks.iter().filter(|other| other.track.kind == track.track.kind);
    let group = if track.track.kind == TrackKind::Video { 1 } else { 2 };
    match of_its_kind().next() {
        _ if of_its_kind().count() < 2 => Choice::Alone,
        Some(first) if std::ptr::eq(first, track) => Choice::FirstOf(group),
        _ => Choice::OtherOf(group),
    }
}
