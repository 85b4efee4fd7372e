use crate::fragments::FragmentCursor;
use crate::random_access::RandomAccess;
use crate::tables::TableCursor;
use crate::{Error, FourCc, Result, limits};

/// One sample (a coded picture, an audio frame) and where its bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// First byte in the file.
    pub offset: u64,
    /// Length in bytes.
    pub size: u32,
    /// Decode time in ticks of the track.
    pub decode_time: i64,
    /// Duration as the container tells it, in ticks.
    pub duration: u32,
    /// Composition time minus decode time, in ticks (ISO/IEC 14496-12 §8.6.1.3).
    pub composition_offset: i32,
    /// Decoding can start here: a sync sample (§8.6.2).
    pub sync: bool,
    /// Which `stsd` entry describes it, from 0.
    pub description: u32,
}

impl Sample {
    /// Composition time in ticks of the track, before edits.
    pub fn composition_time(&self) -> i64 {
        self.decode_time + i64::from(self.composition_offset)
    }

    /// The sample's bytes; empty when they are not in `file`.
    pub fn bytes<'a>(&self, file: &'a [u8]) -> &'a [u8] {
        let range = usize::try_from(self.offset).ok().and_then(|start| Some(start..start.checked_add(self.size as usize)?));
        range.and_then(|range| file.get(range)).unwrap_or_default()
    }
}

/// Walks a track's samples in decode order. A clone is a bookmark: it walks on from the same place.
///
/// Each sample that comes out lies inside the file, and all of a track's samples together are no larger than it. After an
/// error the walk ends.
#[derive(Debug, Clone)]
pub struct Samples<'a> {
    source: Source<'a>,
    file: &'a [u8],
    random_access: Option<RandomAccess>,
    seen: u64,
    seen_bytes: u64,
    ended: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Source<'a> {
    Tables(TableCursor<'a>),
    Fragments(FragmentCursor<'a>),
    /// The tables of `moov` first, then the fragments.
    Both(TableCursor<'a>, FragmentCursor<'a>),
}

impl<'a> Samples<'a> {
    /// `random_access` finds the key frames in the media where the container does not mark them.
    pub(crate) const fn new(source: Source<'a>, file: &'a [u8], random_access: Option<RandomAccess>) -> Self {
        Self { source, file, random_access, seen: 0, seen_bytes: 0, ended: false }
    }

    fn advance(&mut self) -> Result<Option<Sample>> {
        let next = match &mut self.source {
            Source::Tables(tables) => tables.advance()?,
            Source::Fragments(fragments) => fragments.advance()?,
            Source::Both(tables, fragments) => match tables.advance()? {
                None => {
                    fragments.start_at(tables.decode_time());
                    self.source = Source::Fragments(fragments.clone());
                    return self.advance();
                }
                sample => sample,
            },
        };
        let Some(mut sample) = next else { return Ok(None) };
        self.seen += 1;
        self.seen_bytes = self.seen_bytes.saturating_add(u64::from(sample.size));
        self.check(&sample)?;
        if let Some(random_access) = &self.random_access {
            sample.sync = random_access.is_key_frame(sample.bytes(self.file));
        }
        Ok(Some(sample))
    }

    fn check(&self, sample: &Sample) -> Result<()> {
        let file_length = self.file.len() as u64;
        let place = FourCc::new(b"mdat");
        let end = sample.offset.checked_add(u64::from(sample.size));
        if end.is_none_or(|end| end > file_length) {
            return Err(Error::Truncated { place });
        }
        // Tables may point at the same bytes again and again; a small file must not unfold into a large one.
        if self.seen_bytes > file_length || self.seen > file_length {
            return Err(Error::Limit { place, reason: "samples claim more bytes than the file has" });
        }
        if self.seen > limits::MAX_SAMPLES {
            return Err(Error::Limit { place, reason: "too many samples" });
        }
        if sample.decode_time.unsigned_abs() > limits::MAX_TIME {
            return Err(Error::Limit { place, reason: "a decode time" });
        }
        Ok(())
    }
}

impl Iterator for Samples<'_> {
    type Item = Result<Sample>;

    #[inline]
    fn next(&mut self) -> Option<Result<Sample>> {
        if self.ended {
            return None;
        }
        let next = self.advance().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}
