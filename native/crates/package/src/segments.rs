//! Writes segments: new headers, and the source's bytes gathered by one system call per thousand runs.

use std::fs::File;
use std::io::{IoSlice, Write};
use std::ops::Range;

use reelway_mp4::write::{BoxWriter, FragmentSample, write_fragment, write_segment_type};

use crate::rendition::{PlannedSegment, Rendition};
use crate::{Error, Result, limits};

/// A segment as it was written.
#[derive(Debug, Clone)]
pub(crate) struct WrittenSegment {
    /// Presentation time, and how long until the next segment's, in ticks.
    pub(crate) start: i64,
    pub(crate) duration: i64,
    /// Where it stands in its file.
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
    pub(crate) closed: bool,
    pub(crate) key_frames: Vec<KeyFrame>,
}

/// A key frame that a player can fetch by itself: from its fragment's header to its own end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyFrame {
    /// Presentation time in ticks.
    pub(crate) time: i64,
    /// From the start of the segment.
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
}

/// What a segment consists of, in order.
#[derive(Debug)]
enum Piece {
    Header(Range<usize>),
    Media { offset: u64, bytes: u64 },
}

/// A segment ready to be written: headers built, media only named.
#[derive(Debug)]
pub(crate) struct BuiltSegment {
    headers: Vec<u8>,
    pieces: Vec<Piece>,
    pub(crate) written: WrittenSegment,
}

/// Seconds from one fragment's key frame to the next one that gets a fragment of its own.
const KEY_FRAME_SPACING_SECONDS: f64 = 0.5;

impl BuiltSegment {
    /// Builds the headers of one segment. `number` counts from 1; each key frame of a video begins a fragment.
    pub(crate) fn build(rendition: &Rendition<'_>, segment: &PlannedSegment<'_>, number: u32, with_type: bool) -> Result<Self> {
        let mut builder = Builder::new(rendition, number);
        if with_type {
            write_segment_type(&mut builder.headers);
            builder.pieces.push(Piece::Header(0..builder.headers.len()));
            builder.bytes = builder.headers.len() as u64;
        }
        let mut samples = segment.samples.clone();
        let mut left = segment.count;
        let mut current = samples.next().transpose()?;
        while let Some(sample) = current {
            left = left.saturating_sub(1);
            let next = if left > 0 { samples.next().transpose()? } else { None };
            let end = next.as_ref().map_or(segment.end_decode_time, |next| next.decode_time);
            let duration = u32::try_from(end - sample.decode_time).map_err(|_| Error::refused("a sample lasts too long"))?;
            builder.add(&sample, duration)?;
            current = next;
        }
        builder.close_fragment()?;
        let written = WrittenSegment {
            start: segment.start,
            duration: segment.end - segment.start,
            offset: 0,
            bytes: builder.bytes,
            closed: segment.closed,
            key_frames: builder.key_frames,
        };
        Ok(Self { headers: builder.headers.finish(), pieces: builder.pieces, written })
    }

    /// Writes headers and media to `file` at its position.
    pub(crate) fn write_to(&self, file: &mut File, source: &[u8]) -> std::io::Result<()> {
        let slices = self.pieces.iter().map(|piece| {
            let bytes = match piece {
                Piece::Header(range) => self.headers.get(range.clone()),
                Piece::Media { offset, bytes } => slice_of(source, *offset, *bytes),
            };
            bytes.map(IoSlice::new).ok_or(std::io::ErrorKind::UnexpectedEof.into())
        });
        let mut slices = slices.collect::<std::io::Result<Vec<_>>>()?;
        write_all_vectored(file, &mut slices)
    }
}

fn slice_of(source: &[u8], offset: u64, bytes: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    source.get(start..start.checked_add(usize::try_from(bytes).ok()?)?)
}

fn write_all_vectored(file: &mut File, mut slices: &mut [IoSlice<'_>]) -> std::io::Result<()> {
    /// The kernel takes no more in one call (`IOV_MAX`).
    const MOST: usize = 1024;
    while !slices.is_empty() {
        let batch = slices.len().min(MOST);
        match file.write_vectored(slices.get(..batch).unwrap_or_default()) {
            Ok(0) => return Err(std::io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

struct Builder<'r, 'a> {
    rendition: &'r Rendition<'a>,
    sequence: u32,
    headers: BoxWriter,
    pieces: Vec<Piece>,
    key_frames: Vec<KeyFrame>,
    bytes: u64,
    fragment: Vec<FragmentSample>,
    runs: Vec<(u64, u64)>,
    fragment_bytes: u64,
    fragment_start: i64,
    fragment_time: i64,
}

impl<'r, 'a> Builder<'r, 'a> {
    fn new(rendition: &'r Rendition<'a>, number: u32) -> Self {
        Self {
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
        }
    }

    fn add(&mut self, sample: &reelway_mp4::Sample, duration: u32) -> Result<()> {
        let decode_time = sample.decode_time + self.rendition.clock.decode_shift;
        let elapsed = self.rendition.seconds(decode_time - self.fragment_start);
        let begins = self.rendition.is_video() && sample.sync && elapsed >= KEY_FRAME_SPACING_SECONDS;
        if begins || self.fragment.len() == limits::MAX_FRAGMENT_SAMPLES {
            self.close_fragment()?;
        }
        if self.fragment.is_empty() {
            self.fragment_start = decode_time;
            self.fragment_time = sample.composition_time() + self.rendition.track().presentation_shift();
        }
        self.fragment.push(self.rendition.fragment_sample(sample, duration)?);
        self.fragment_bytes += u64::from(sample.size);
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
        write_fragment(&mut self.headers, self.sequence, decode_time, &self.fragment, self.fragment_bytes);
        let header = before..self.headers.len();
        let header_bytes = header.len() as u64;
        if self.rendition.is_video() && first.sync && self.fragment_time >= 0 {
            let bytes = header_bytes + u64::from(first.size);
            self.key_frames.push(KeyFrame { time: self.fragment_time, offset: self.bytes, bytes });
        }
        self.pieces.push(Piece::Header(header));
        self.pieces
            .extend(self.runs.drain(..).filter(|(_, bytes)| *bytes > 0).map(|(offset, bytes)| Piece::Media { offset, bytes }));
        self.bytes += header_bytes + self.fragment_bytes;
        self.fragment.clear();
        self.fragment_bytes = 0;
        Ok(())
    }
}
