//! Writes segments: new headers, and the source's bytes gathered by one system call per thousand runs.

use std::fs::File;
use std::io::IoSlice;
use std::ops::Range;

use reelway_encryption::{EncryptedWriter, Encryption};
use reelway_manifest::{KeyFrame, Segment};
use reelway_mp4::Sample;
use reelway_mp4::write::{BoxWriter, OutputSample, write_fragment, write_segment_type};
use reelway_output::{slice_of, unwatched, write_gathered};

use crate::protection::{self, EncryptedSamples, SegmentProtector};
use crate::rendition::{DecodeClock, PlannedSegment, Rendition};
use crate::{Error, Result, limits};

/// What a segment consists of, in order.
#[derive(Debug)]
enum Piece {
    Header(Range<usize>),
    Media {
        offset: u64,
        bytes: u64,
    },
    /// Samples of an encrypted rendition, by their place in the segment.
    Encrypted(Range<usize>),
}

/// A segment ready to be written: headers built, media only named.
#[derive(Debug)]
pub(crate) struct BuiltSegment {
    headers: Vec<u8>,
    pieces: Vec<Piece>,
    encrypted: EncryptedSamples,
    pub(crate) described: Segment,
    pub(crate) distances: Distances,
}

/// Seconds from one fragment's key frame to the next one that gets a fragment of its own.
const KEY_FRAME_SPACING_SECONDS: f64 = 0.5;

impl BuiltSegment {
    /// Builds the headers of one segment; each key frame of a video begins a fragment.
    pub(crate) fn build(rendition: &Rendition<'_>, segment: &PlannedSegment<'_>, with_type: bool) -> Result<Self> {
        let mut clock = SegmentClock::of(rendition, segment)?;
        let mut builder = Builder::new(rendition, segment.number)?;
        if with_type {
            write_segment_type(&mut builder.headers);
            builder.pieces.push(Piece::Header(0..builder.headers.len()));
            builder.bytes = builder.headers.len() as u64;
        }
        let mut samples = segment.samples.clone();
        let mut left = segment.count;
        let mut current = samples.next().transpose()?;
        let (mut distances, mut sample_ticks) = (Distances::default(), 0);
        while let Some(sample) = current {
            left = left.saturating_sub(1);
            let next = if left > 0 { samples.next().transpose()? } else { None };
            let timed = clock.time(&sample, next.as_ref())?;
            distances.add(timed.output.duration, next.is_none());
            sample_ticks += u64::from(timed.output.duration);
            builder.add(&sample, timed)?;
            current = next;
        }
        builder.close_fragment()?;
        let described = Segment {
            number: segment.number,
            start: segment.start(),
            duration: segment.end - segment.start(),
            offset: 0,
            bytes: builder.bytes,
            samples: segment.count,
            sample_ticks,
            closed: segment.closed,
            // One behind the end of an edit stands there for the pictures before it, and is shown to nobody.
            key_frames: builder.key_frames.into_iter().filter(|key| key.time < segment.end).collect(),
        };
        let encrypted = builder.protector.map_or_else(EncryptedSamples::default, SegmentProtector::finish);
        Ok(Self { headers: builder.headers.finish(), pieces: builder.pieces, encrypted, described, distances })
    }

    /// Writes headers and media to `file` at its position.
    pub(crate) fn write_to(&self, file: &mut File, rendition: &Rendition<'_>) -> std::io::Result<()> {
        let source = rendition.source.file;
        if let Some(protection) = &rendition.protection {
            return self.write_encrypted(file, &protection.encryption, source);
        }
        let slices = self.pieces.iter().map(|piece| {
            let bytes = match piece {
                Piece::Header(range) => self.headers.get(range.clone()),
                Piece::Media { offset, bytes } => slice_of(source, *offset, *bytes),
                Piece::Encrypted(_) => None,
            };
            bytes.map(IoSlice::new).ok_or(std::io::ErrorKind::UnexpectedEof.into())
        });
        let mut slices = slices.collect::<std::io::Result<Vec<_>>>()?;
        write_gathered(file, &mut slices, &unwatched)
    }

    /// Encrypted bytes are new ones: they go through a buffer, and headers with them.
    fn write_encrypted(&self, file: &mut File, encryption: &Encryption, source: &[u8]) -> std::io::Result<()> {
        let mut out = EncryptedWriter::new(file);
        for piece in &self.pieces {
            match piece {
                Piece::Header(range) => out.clear(self.headers.get(range.clone()).unwrap_or_default())?,
                Piece::Encrypted(samples) => self.encrypted.write(samples.clone(), encryption, source, &mut out)?,
                Piece::Media { .. } => return Err(std::io::ErrorKind::InvalidInput.into()),
            }
        }
        out.finish()
    }
}

/// Shortest and longest distance between samples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Distances {
    pub(crate) shortest: u32,
    pub(crate) longest: u32,
    /// The segment's last one, which is the track's end where the segment is the track's last.
    pub(crate) last: u32,
}

impl Default for Distances {
    fn default() -> Self {
        Self { shortest: u32::MAX, longest: 0, last: 0 }
    }
}

impl Distances {
    fn add(&mut self, duration: u32, last: bool) {
        if last {
            self.last = duration;
        } else {
            self.shortest = self.shortest.min(duration);
            self.longest = self.longest.max(duration);
        }
    }
}

/// A sample's times in the output.
#[derive(Debug, Clone, Copy)]
struct TimedSample {
    output: OutputSample,
    decode_time: i64,
    presentation_time: i64,
}

/// Gives the samples of one segment their times, one by one in decode order.
struct SegmentClock {
    /// To a composition time of the source, for the output's presentation time.
    to_presentation: i64,
    skip: i64,
    /// Decode time of the sample behind the last one.
    end: i64,
    decode: Decode,
}

enum Decode {
    Sorted(std::vec::IntoIter<i64>, i64),
    Moved(i64),
}

impl SegmentClock {
    fn of(rendition: &Rendition<'_>, segment: &PlannedSegment<'_>) -> Result<Self> {
        let to_presentation = rendition.track().presentation_shift() + rendition.timeline.shift;
        let skip = rendition.timeline.skip;
        let (decode, end) = match rendition.decode_clock {
            DecodeClock::Moved(ticks) => (Decode::Moved(ticks), segment.end_decode_time + ticks),
            DecodeClock::Sorted => {
                let count = usize::try_from(segment.count).unwrap_or(usize::MAX);
                let times =
                    segment.samples.clone().take(count).map(|sample| Ok(sample?.composition_time() + to_presentation + skip));
                let mut times = times.collect::<Result<Vec<_>>>()?;
                times.sort_unstable();
                // A segment that starts before the edit ends where the next one starts all the same; a picture that only
                // others need may stand behind the end.
                let end = times.last().map_or(0, |latest| latest + 1).max(segment.end + skip);
                let mut times = times.into_iter();
                let first = times.next().unwrap_or_default();
                (Decode::Sorted(times, first), end)
            }
        };
        Ok(Self { to_presentation, skip, end, decode })
    }

    fn time(&mut self, sample: &Sample, next: Option<&Sample>) -> Result<TimedSample> {
        let (decode_time, next_decode_time) = match &mut self.decode {
            Decode::Moved(ticks) => (sample.decode_time + *ticks, next.map_or(self.end, |next| next.decode_time + *ticks)),
            Decode::Sorted(times, current) => {
                let next = times.next().unwrap_or(self.end);
                (std::mem::replace(current, next), next)
            }
        };
        let presentation_time = sample.composition_time() + self.to_presentation;
        let output = OutputSample {
            size: sample.size,
            duration: u32::try_from(next_decode_time - decode_time).map_err(|_| Error::refused("a sample lasts too long"))?,
            composition_offset: i32::try_from(presentation_time + self.skip - decode_time)
                .map_err(|_| Error::refused("a composition offset does not fit its 32 bits"))?,
            sync: sample.sync,
        };
        Ok(TimedSample { output, decode_time, presentation_time })
    }
}

struct Builder<'r, 'a> {
    rendition: &'r Rendition<'a>,
    sequence: u32,
    headers: BoxWriter,
    pieces: Vec<Piece>,
    key_frames: Vec<KeyFrame>,
    bytes: u64,
    fragment: Vec<OutputSample>,
    runs: Vec<(u64, u64)>,
    fragment_bytes: u64,
    fragment_start: i64,
    fragment_time: i64,
    protector: Option<SegmentProtector<'r>>,
}

impl<'r, 'a> Builder<'r, 'a> {
    fn new(rendition: &'r Rendition<'a>, number: u32) -> Result<Self> {
        let protector = rendition.protection.as_ref().map(|with| SegmentProtector::new(with, rendition.source.entry, number));
        let protector = protector.transpose().map_err(protection::failed(&rendition.id))?;
        Ok(Self {
            rendition,
            sequence: number,
            headers: BoxWriter::default(),
            pieces: Vec::new(),
            key_frames: Vec::new(),
            bytes: 0,
            fragment: Vec::new(),
            runs: Vec::new(),
            fragment_bytes: 0,
            fragment_start: 0,
            fragment_time: 0,
            protector,
        })
    }

    fn add(&mut self, sample: &Sample, timed: TimedSample) -> Result<()> {
        let elapsed = self.rendition.seconds(timed.decode_time - self.fragment_start);
        let begins = self.rendition.is_video() && sample.sync && elapsed >= KEY_FRAME_SPACING_SECONDS;
        if begins || self.fragment.len() == limits::MAX_FRAGMENT_SAMPLES {
            self.close_fragment()?;
        }
        if self.fragment.is_empty() {
            self.fragment_start = timed.decode_time;
            self.fragment_time = timed.presentation_time;
        }
        self.fragment.push(timed.output);
        self.fragment_bytes += u64::from(sample.size);
        if let Some(protector) = &mut self.protector {
            let added = protector.add(sample, self.rendition.source.file);
            return added.map_err(protection::failed(&self.rendition.id));
        }
        match self.runs.last_mut() {
            Some((offset, bytes)) if *offset + *bytes == sample.offset => *bytes += u64::from(sample.size),
            _ => self.runs.push((sample.offset, u64::from(sample.size))),
        }
        Ok(())
    }

    fn close_fragment(&mut self) -> Result<()> {
        let Some(first) = self.fragment.first().copied() else { return Ok(()) };
        let decode_time =
            u64::try_from(self.fragment_start).map_err(|_| Error::refused("a decode time before the presentation's start"))?;
        let before = self.headers.len();
        let encryption = self.protector.as_ref().and_then(SegmentProtector::auxiliary);
        write_fragment(&mut self.headers, self.sequence, decode_time, &self.fragment, self.fragment_bytes, encryption.as_ref());
        let header = before..self.headers.len();
        let header_bytes = header.len() as u64;
        if self.rendition.is_video() && first.sync && self.fragment_time >= 0 {
            let bytes = header_bytes + u64::from(first.size);
            self.key_frames.push(KeyFrame { time: self.fragment_time, offset: self.bytes, bytes });
        }
        self.pieces.push(Piece::Header(header));
        if let Some(protector) = &mut self.protector {
            self.pieces.push(Piece::Encrypted(protector.end_fragment()));
        }
        self.pieces
            .extend(self.runs.drain(..).filter(|(_, bytes)| *bytes > 0).map(|(offset, bytes)| Piece::Media { offset, bytes }));
        self.bytes += header_bytes + self.fragment_bytes;
        self.fragment.clear();
        self.fragment_bytes = 0;
        Ok(())
    }
}
