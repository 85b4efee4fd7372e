//! Files that no encoder makes: the pictures of another, written anew by the engine's own writer, elsewhere or at other times.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use reelway_mp4::write::{MovieTrack, OutputSample, OutputTrack, SampleTable, Shown, write_movie};
use reelway_mp4::{Movie, Sample, TrackKind};

/// The pictures of a file.
pub(crate) struct Remade<'f> {
    file: &'f [u8],
    source: Vec<Sample>,
    pub(crate) samples: Vec<OutputSample>,
}

impl<'f> Remade<'f> {
    pub(crate) fn of(file: &'f [u8]) -> Self {
        let movie = Movie::parse(file).unwrap();
        let track = movie.tracks.iter().find(|track| track.kind == TrackKind::Video).unwrap();
        let source: Vec<Sample> = track.samples().map(Result::unwrap).collect();
        let behind = source.iter().skip(1).map(|sample| sample.decode_time).chain([i64::MAX]);
        let samples = source.iter().zip(behind).map(|(sample, next)| OutputSample {
            size: sample.size,
            duration: u32::try_from(next - sample.decode_time).unwrap_or(sample.duration),
            composition_offset: sample.composition_offset,
            sync: sample.sync,
        });
        Self { file, samples: samples.collect(), source }
    }

    /// The places of the key frames among the samples.
    pub(crate) fn keys(&self) -> Vec<usize> {
        (0..self.samples.len()).filter(|at| self.samples[*at].sync).collect()
    }

    /// Writes them as a file with a hole of so many bytes before one sample: it takes room on the disk for what is read alone.
    pub(crate) fn write(&self, place: &Path, hole: Option<(usize, u64)>) {
        let movie = Movie::parse(self.file).unwrap();
        let track = movie.tracks.iter().find(|track| track.kind == TrackKind::Video).unwrap();
        let mut table = SampleTable::default();
        let mut media_bytes = 0;
        let hole_before = |number| hole.filter(|(before, _)| *before == number).map(|(_, bytes)| bytes);
        for (number, sample) in self.samples.iter().enumerate() {
            if number == 0 || hole_before(number).is_some() {
                media_bytes += hole_before(number).unwrap_or(0);
                table.begin_chunk(media_bytes);
            }
            table.add(*sample);
            media_bytes += u64::from(sample.size);
        }
        let entry = track.entries[0].canonical();
        let output = OutputTrack::of(track, &entry);
        let shown = Shown { delay: 0, media_time: self.first_shown(), duration: table.duration() };
        let header = write_movie(&[MovieTrack { track: output, shown, samples: &table }], track.timescale, media_bytes);
        let mut file = File::create(place).unwrap();
        file.write_all(&header).unwrap();
        for (number, sample) in self.source.iter().enumerate() {
            if let Some(bytes) = hole_before(number) {
                file.seek(SeekFrom::Current(i64::try_from(bytes).unwrap())).unwrap();
            }
            file.write_all(sample.bytes(self.file)).unwrap();
        }
    }

    /// The earliest composition time, decoding from 0.
    fn first_shown(&self) -> u64 {
        let mut decode_time = 0;
        let times = self.samples.iter().map(|sample| {
            let time = decode_time + i64::from(sample.composition_offset);
            decode_time += i64::from(sample.duration);
            time
        });
        u64::try_from(times.min().unwrap()).unwrap()
    }
}
