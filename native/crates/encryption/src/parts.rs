use reelway_mp4::Scheme;

use crate::{Error, Result, limits};

/// A run of clear bytes and the protected ones behind it: a subsample (ISO/IEC 23001-7 §7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Bytes that stay as they are.
    pub clear: u16,
    /// Bytes that are encrypted.
    pub protected: u32,
}

/// Bytes of an AES block.
const BLOCK: usize = 16;

/// Gathers the parts of one sample from front to back.
#[derive(Debug)]
pub(crate) struct PartsBuilder<'p> {
    scheme: Scheme,
    parts: &'p mut Vec<Part>,
    first: usize,
    clear: u64,
}

impl<'p> PartsBuilder<'p> {
    pub(crate) const fn new(scheme: Scheme, parts: &'p mut Vec<Part>) -> Self {
        let first = parts.len();
        Self { scheme, parts, first, clear: 0 }
    }

    pub(crate) const fn clear(&mut self, bytes: usize) {
        self.clear += bytes as u64;
    }

    /// Coded data behind a header. With `cenc` whole blocks at their end, so that no block is shared between two parts; with
    /// `cbcs` all of them, as its pattern leaves an incomplete block at the end clear by itself.
    pub(crate) fn protect(&mut self, bytes: usize) -> Result<()> {
        match self.scheme {
            Scheme::Cenc => self.protect_blocks(bytes),
            Scheme::Cbcs => self.push(bytes),
        }
    }

    /// Coded data of which whole blocks at the end are protected with either scheme.
    pub(crate) fn protect_blocks(&mut self, bytes: usize) -> Result<()> {
        self.clear(bytes % BLOCK);
        self.push(bytes - bytes % BLOCK)
    }

    fn push(&mut self, bytes: usize) -> Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        while self.clear > limits::MAX_CLEAR {
            self.clear -= limits::MAX_CLEAR;
            self.parts.push(Part { clear: u16::MAX, protected: 0 });
        }
        let clear = u16::try_from(self.clear).unwrap_or(u16::MAX);
        let protected = u32::try_from(bytes).map_err(|_| Error::Limit("a sample of more than 4 GiB"))?;
        self.parts.push(Part { clear, protected });
        self.clear = 0;
        if self.parts.len() - self.first > limits::MAX_PARTS { Err(TOO_MANY) } else { Ok(()) }
    }

    /// Ends the sample.
    pub(crate) fn finish(mut self) -> Result<()> {
        while self.clear > 0 {
            let clear = self.clear.min(limits::MAX_CLEAR);
            self.clear -= clear;
            self.parts.push(Part { clear: u16::try_from(clear).unwrap_or(u16::MAX), protected: 0 });
            if self.parts.len() - self.first > limits::MAX_PARTS {
                return Err(TOO_MANY);
            }
        }
        Ok(())
    }
}

const TOO_MANY: Error = Error::Limit("a picture of more than 40 slices or tiles");

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parts(scheme: Scheme, runs: &[(usize, usize)]) -> Result<Vec<(u16, u32)>> {
        let mut parts = Vec::new();
        let mut builder = PartsBuilder::new(scheme, &mut parts);
        for (clear, protected) in runs {
            builder.clear(*clear);
            builder.protect(*protected)?;
        }
        builder.finish()?;
        Ok(parts.into_iter().map(|part| (part.clear, part.protected)).collect())
    }

    #[test]
    fn cenc_protects_whole_blocks_and_cbcs_all_behind_the_header() {
        assert_eq!(parts(Scheme::Cenc, &[(10, 33), (5, 15), (0, 16)]), Ok(vec![(11, 32), (20, 16)]));
        assert_eq!(parts(Scheme::Cbcs, &[(10, 33), (5, 15)]), Ok(vec![(10, 33), (5, 15)]));
    }

    #[test]
    fn long_clear_runs_are_split_and_too_many_parts_refused() {
        assert_eq!(parts(Scheme::Cenc, &[(70_000, 16)]), Ok(vec![(65_535, 0), (4_465, 16)]));
        assert_eq!(parts(Scheme::Cenc, &[(5, 16), (131_071, 0)]), Ok(vec![(5, 16), (65_535, 0), (65_535, 0), (1, 0)]));
        assert_eq!(parts(Scheme::Cenc, &[(1, 16); 40]).unwrap().len(), 40);
        assert_eq!(parts(Scheme::Cenc, &[(1, 16); 41]), Err(TOO_MANY));
        assert_eq!(parts(Scheme::Cenc, &[(65_535 * 41, 0)]), Err(TOO_MANY));
    }
}
