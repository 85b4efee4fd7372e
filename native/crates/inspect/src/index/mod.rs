//! The sample index: where every sample of a file's video and audio is, in a compact JSON document.
//!
//! With it a chunk is cut from ranges of the file, without its header. JSON, because planners read its key frames; the
//! long columns are packed into base64 strings, about two bytes a sample.

mod base64;
mod columns;
mod obstacle;
mod slice;

use reelway_mp4::codec::Family;
use reelway_mp4::{Error, FourCc, Movie, Result, Sample, Track, TrackKind, limits};
use serde::{Deserialize, Serialize};

use columns::Columns;
pub use obstacle::Obstacle;

/// The version of the document's form; a reader refuses any other.
pub const VERSION: u32 = 1;

/// The handler of video tracks.
const VIDEO: &str = "vide";

/// A file's index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Index {
    /// [`VERSION`].
    pub version: u32,
    /// Bytes of the file, to notice that it is another one.
    pub file_bytes: u64,
    /// Video and audio tracks.
    pub tracks: Vec<IndexedTrack>,
}

/// One track of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IndexedTrack {
    /// Its id in the file.
    pub id: u32,
    /// `vide` or `soun`.
    pub handler: String,
    /// RFC 6381 string.
    pub codecs: String,
    /// Ticks per second; all times are in these.
    pub timescale: u32,
    /// ISO 639-2 code.
    pub language: String,
    /// Display matrix of the track header.
    pub matrix: [i32; 9],
    /// Display width and height of the track header, 16.16.
    pub display: (u32, u32),
    /// Add it to a composition time to get the presentation time.
    pub presentation_shift: i64,
    /// The presentation time from which on nothing more is shown; none where all is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presentation_end: Option<i64>,
    /// The `stsd` entry, base64; the first one that samples use.
    pub sample_entry: String,
    /// Why no part of the track can be told from its samples alone; none where it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Obstacle>,
    /// The number, in the whole track, of the first key frame here: above 0 only in a slice of an index.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub first_key_frame: u32,
    /// Groups of pictures in decode order; empty for audio.
    pub gops: Vec<Gop>,
    /// All samples, packed.
    pub samples: Columns,
}

/// A key frame and what follows it up to the next one, in decode order.
///
/// A chunk from this key frame's time to the next one's holds the samples up to the last one shown before the next key
/// frame: with open GOPs that takes the next key frame along, and pictures after it that are shown before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Gop {
    /// Number of its first sample, from 0 in this document.
    pub first_sample: u64,
    /// Presentation time of the key frame.
    pub time: i64,
    /// Earliest presentation time in the group; below `time` when the group is open.
    pub earliest: i64,
    /// The byte range that covers its samples: first byte, and one past the last.
    pub from_byte: u64,
    /// One past the last byte.
    pub to_byte: u64,
}

impl Index {
    /// Indexes the video and audio tracks of a movie. Tracks without samples are left out, and so is sound in codecs that the
    /// engine does not package: PCM has a sample for each audio frame, and is read by decoders, not cut.
    pub fn of(movie: &Movie<'_>, file_bytes: u64) -> Result<Self> {
        let tracks = movie.media_tracks().filter(|track| is_indexed(track)).map(IndexedTrack::of).collect::<Result<Vec<_>>>()?;
        Ok(Self { version: VERSION, file_bytes, tracks: tracks.into_iter().flatten().collect() })
    }

    /// Checks what no type can: the version, that every sample lies in the file at a time that can be reckoned with, and that
    /// the groups of pictures are the samples' own. To be called on a document that was read.
    pub fn validate(&self) -> Result<()> {
        let place = FourCc::new(b"indx");
        if self.version != VERSION {
            return Err(Error::Unsupported { place, reason: "the document's version" });
        }
        for track in &self.tracks {
            if track.timescale == 0 {
                return Err(Error::Malformed { place, reason: "timescale 0" });
            }
            let too_far = |time: i64| time.unsigned_abs() > limits::MAX_TIME;
            if too_far(track.presentation_shift) || track.presentation_end.is_some_and(too_far) {
                return Err(Error::Limit { place, reason: "an edit's time" });
            }
            let key_frames = u64::from(track.first_key_frame).saturating_add(track.gops.len() as u64);
            if key_frames > limits::MAX_SAMPLES || track.samples.count > limits::MAX_SAMPLES {
                return Err(Error::Limit { place, reason: "too many samples" });
            }
            let mut gops = Vec::new();
            for (number, sample) in track.samples().enumerate() {
                let sample = sample?;
                if sample.offset.checked_add(u64::from(sample.size)).is_none_or(|end| end > self.file_bytes) {
                    return Err(Error::Truncated { place });
                }
                if too_far(sample.decode_time) {
                    return Err(Error::Limit { place, reason: "a decode time" });
                }
                if track.handler == VIDEO {
                    extend_gops(&mut gops, number as u64, &sample, track.presentation_shift);
                }
            }
            if gops != track.gops {
                return Err(Error::Malformed { place, reason: "groups of pictures that are not the samples'" });
            }
        }
        Ok(())
    }
}

impl IndexedTrack {
    fn of(track: &Track<'_>) -> Result<Option<Self>> {
        let mut columns = columns::Packer::default();
        let mut gops: Vec<Gop> = Vec::new();
        let shift = track.presentation_shift();
        let mut description = None;
        let mut description_changes = false;
        for (number, sample) in track.samples().enumerate() {
            let sample = sample?;
            description_changes |= *description.get_or_insert(sample.description) != sample.description;
            columns.add(&sample)?;
            if track.kind == TrackKind::Video {
                extend_gops(&mut gops, number as u64, &sample, shift);
            }
        }
        let Some(entry) = description.and_then(|index| track.entries.get(index as usize)) else { return Ok(None) };
        Ok(Some(Self {
            id: track.id,
            handler: track.handler.to_string(),
            codecs: entry.codec.string.clone(),
            timescale: track.timescale,
            language: track.language.clone(),
            matrix: track.matrix,
            display: track.display,
            presentation_shift: shift,
            presentation_end: track.presentation_end(),
            sample_entry: base64::encode(&entry.bytes),
            obstacle: Obstacle::of(track, entry, description_changes),
            first_key_frame: 0,
            gops,
            samples: columns.finish(),
        }))
    }

    /// The samples, as the file's own tables give them (the description is always 0).
    pub fn samples(&self) -> impl Iterator<Item = Result<Sample>> + '_ {
        self.samples.unpack()
    }

    /// The `stsd` entry's bytes; `None` when the document is damaged.
    pub fn sample_entry_bytes(&self) -> Option<Vec<u8>> {
        base64::decode(&self.sample_entry)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_indexed(track: &Track<'_>) -> bool {
    track.kind == TrackKind::Video || track.entries.iter().any(|entry| entry.codec.family != Family::Other)
}

fn extend_gops(gops: &mut Vec<Gop>, number: u64, sample: &Sample, shift: i64) {
    let time = sample.composition_time() + shift;
    let end = sample.offset + u64::from(sample.size);
    match gops.last_mut() {
        Some(gop) if !sample.sync => {
            gop.earliest = gop.earliest.min(time);
            gop.from_byte = gop.from_byte.min(sample.offset);
            gop.to_byte = gop.to_byte.max(end);
        }
        // What stands before the first key frame can't be decoded and belongs to no group.
        None if !sample.sync => {}
        _ => gops.push(Gop { first_sample: number, time, earliest: time, from_byte: sample.offset, to_byte: end }),
    }
}
