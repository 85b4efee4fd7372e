//! Encrypted samples of one segment: found while its headers are built, written when their bytes are.

use std::fs::File;
use std::ops::Range;

use reelway_encryption::{EncryptedWriter, Encryption, Part, Place, ProtectedSample, Protector, Stream};
use reelway_mp4::write::AuxiliaryInformation;
use reelway_mp4::{Sample, SampleEntry};
use reelway_output::slice_of;

use crate::{Error, Result};

/// With what a rendition is encrypted, and which one of its title it is.
#[derive(Debug, Clone)]
pub(crate) struct Protection {
    pub(crate) encryption: Encryption,
    pub(crate) stream: Stream,
}

impl Protection {
    /// The protection of the rendition of this kind and number.
    pub(crate) fn of(encryption: &Encryption, video: bool, number: usize) -> Self {
        // limits::MAX_RENDITIONS fits; a larger one is refused where a segment's place is made of it.
        let number = u8::try_from(number).unwrap_or(u8::MAX);
        Self { encryption: encryption.clone(), stream: Stream { video, number } }
    }
}

/// Finds how the samples of one segment are encrypted, fragment by fragment.
pub(crate) struct SegmentProtector<'p> {
    protector: Protector<'p>,
    samples: EncryptedSamples,
    fragment: usize,
    entries: Vec<u8>,
    sizes: Vec<u8>,
}

/// The samples of a segment in order, and the parts of all of them.
#[derive(Debug, Default)]
pub(crate) struct EncryptedSamples {
    samples: Vec<(u64, u32, ProtectedSample)>,
    parts: Vec<Part>,
}

impl<'p> SegmentProtector<'p> {
    pub(crate) fn new(protection: &'p Protection, entry: &SampleEntry<'_>, segment: u32) -> reelway_encryption::Result<Self> {
        let place = Place::new(protection.stream, segment)?;
        let protector = Protector::new(&protection.encryption, entry, place)?;
        let samples = EncryptedSamples::default();
        Ok(Self { protector, samples, fragment: 0, entries: Vec::new(), sizes: Vec::new() })
    }

    pub(crate) fn add(&mut self, sample: &Sample, file: &[u8]) -> reelway_encryption::Result<()> {
        let EncryptedSamples { samples, parts } = &mut self.samples;
        let protected = self.protector.protect(sample.bytes(file), parts)?;
        if self.protector.has_auxiliary() {
            self.sizes.push(self.protector.write_auxiliary(&protected, parts, &mut self.entries));
        }
        samples.push((sample.offset, sample.size, protected));
        Ok(())
    }

    /// What the samples since the last fragment say about themselves, where they do.
    pub(crate) fn auxiliary(&self) -> Option<AuxiliaryInformation<'_>> {
        let has_parts = self.protector.has_parts();
        let information = AuxiliaryInformation { entries: &self.entries, sizes: &self.sizes, has_parts };
        self.protector.has_auxiliary().then_some(information)
    }

    /// Ends a fragment, and names its samples.
    pub(crate) fn end_fragment(&mut self) -> Range<usize> {
        self.entries.clear();
        self.sizes.clear();
        let samples = self.fragment..self.samples.samples.len();
        self.fragment = samples.end;
        samples
    }

    pub(crate) fn finish(self) -> EncryptedSamples {
        self.samples
    }
}

impl EncryptedSamples {
    /// Writes some of the samples, encrypted.
    pub(crate) fn write(
        &self,
        range: Range<usize>,
        encryption: &Encryption,
        source: &[u8],
        out: &mut EncryptedWriter<&mut File>,
    ) -> std::io::Result<()> {
        for (offset, size, protected) in self.samples.get(range).unwrap_or_default() {
            let bytes = slice_of(source, *offset, u64::from(*size)).ok_or(std::io::ErrorKind::UnexpectedEof)?;
            encryption.encrypt(protected, &self.parts, bytes, out)?;
        }
        Ok(())
    }
}

/// An error of the rendition with this id.
pub(crate) fn failed(id: &str) -> impl Fn(reelway_encryption::Error) -> Error {
    move |error| Error::Encryption { rendition: id.to_owned(), error }
}

/// HLS names where keys are had; a playlist can't be written without.
pub(crate) fn check_key_access(encrypted: bool, hls: bool, has_access: bool) -> Result<()> {
    if encrypted && hls && !has_access {
        return Err(Error::refused("HLS playlists of an encrypted title must say where players get its key"));
    }
    Ok(())
}
