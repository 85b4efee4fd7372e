use std::ops::Range;

use reelway_mp4::codec::Family;
use reelway_mp4::{SampleEntry, Scheme};

use crate::av1::Av1;
use crate::h264::H264;
use crate::hevc::Hevc;
use crate::parts::PartsBuilder;
use crate::vp9::Vp9;
use crate::{Encryption, Error, Part, Place, Result};

/// Walks the samples of one segment in decode order.
///
/// Nothing before the segment has a say in what comes out: what headers depend on is in the sample entry, or behind the key
/// frame that the segment begins with. So a segment that is packaged with its chunk is the one that is packaged with the whole.
#[derive(Debug)]
pub struct Protector<'e> {
    encryption: &'e Encryption,
    place: Place,
    layout: Layout,
    next: u32,
}

/// Where coded data lie in samples.
#[derive(Debug)]
enum Layout {
    /// All of a sample is coded data: sound.
    Whole,
    H264(H264),
    Hevc(Hevc),
    Vp9(Box<Vp9>),
    Av1(Box<Av1>),
}

/// How one sample is encrypted.
#[derive(Debug, Clone)]
pub struct ProtectedSample {
    pub(crate) iv: [u8; 8],
    /// Its parts among those of the segment; without them all of it is protected.
    pub(crate) parts: Option<Range<usize>>,
}

impl<'e> Protector<'e> {
    /// For the samples of a segment that this entry describes.
    pub fn new(encryption: &'e Encryption, entry: &SampleEntry<'_>, place: Place) -> Result<Self> {
        let layout = match entry.codec.family {
            Family::Avc => Layout::H264(H264::of(entry)?),
            Family::Hevc => Layout::Hevc(Hevc::of(entry)?),
            Family::Vp9 => Layout::Vp9(Box::default()),
            Family::Av1 => Layout::Av1(Box::new(Av1::of(entry)?)),
            _ if place.is_video() => return Err(Error::Unsupported("a video codec whose headers are not known")),
            _ => Layout::Whole,
        };
        Ok(Self { encryption, place, layout, next: 0 })
    }

    /// Samples have parts: their headers stay clear.
    pub const fn has_parts(&self) -> bool {
        !matches!(self.layout, Layout::Whole)
    }

    /// Samples say something about themselves: an initialization vector, parts, or both.
    pub const fn has_auxiliary(&self) -> bool {
        matches!(self.encryption.scheme(), Scheme::Cenc) || self.has_parts()
    }

    /// Finds how the next sample is to be encrypted; its parts are added to `parts`.
    pub fn protect(&mut self, sample: &[u8], parts: &mut Vec<Part>) -> Result<ProtectedSample> {
        let iv = match self.encryption.scheme() {
            Scheme::Cenc => self.encryption.sample_iv(self.place.of_sample(self.next)),
            Scheme::Cbcs => [0; 8],
        };
        self.next = self.next.checked_add(1).ok_or(Error::Limit("a segment with too many samples"))?;
        let first = parts.len();
        let mut builder = PartsBuilder::new(self.encryption.scheme(), parts);
        match &mut self.layout {
            Layout::Whole => return Ok(ProtectedSample { iv, parts: None }),
            Layout::H264(layout) => layout.map(sample, &mut builder)?,
            Layout::Hevc(layout) => layout.map(sample, &mut builder)?,
            Layout::Vp9(layout) => layout.map(sample, &mut builder)?,
            Layout::Av1(layout) => layout.map(sample, &mut builder)?,
        }
        builder.finish()?;
        Ok(ProtectedSample { iv, parts: Some(first..parts.len()) })
    }

    /// Appends what `senc` says about a sample, and gives its length (ISO/IEC 23001-7 §7.2).
    pub fn write_auxiliary(&self, sample: &ProtectedSample, parts: &[Part], out: &mut Vec<u8>) -> u8 {
        let before = out.len();
        if self.encryption.scheme() == Scheme::Cenc {
            out.extend(sample.iv);
        }
        if let Some(parts) = sample.parts.as_ref().and_then(|range| parts.get(range.clone())) {
            out.extend(u16::try_from(parts.len()).unwrap_or(u16::MAX).to_be_bytes());
            for part in parts {
                out.extend(part.clear.to_be_bytes());
                out.extend(part.protected.to_be_bytes());
            }
        }
        // limits::MAX_PARTS keeps it inside a byte.
        u8::try_from(out.len() - before).unwrap_or(u8::MAX)
    }
}
