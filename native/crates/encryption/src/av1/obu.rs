//! Open bitstream units (AV1 bitstream specification §5.3).

use crate::{Error, Result};

pub(super) const SEQUENCE_HEADER: u8 = 1;
pub(super) const FRAME_HEADER: u8 = 3;
pub(super) const TILE_GROUP: u8 = 4;
pub(super) const FRAME: u8 = 6;
pub(super) const TILE_LIST: u8 = 8;

#[derive(Debug)]
pub(super) struct Obu<'a> {
    pub(super) kind: u8,
    pub(super) layer: Layer,
    /// Bytes of the unit's own header and size.
    pub(super) header: usize,
    pub(super) payload: &'a [u8],
}

/// Temporal and spatial id.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Layer {
    pub(super) temporal: u8,
    pub(super) spatial: u8,
}

/// Walks the units of a sample; after an error the walk ends.
pub(super) struct Obus<'a>(&'a [u8]);

impl<'a> Obus<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn take(&mut self) -> Result<Obu<'a>> {
        let start = self.0;
        let (first, mut rest) = start.split_first().ok_or(TORN)?;
        let mut layer = Layer::default();
        if first & 4 != 0 {
            let (extension, behind) = rest.split_first().ok_or(TORN)?;
            layer = Layer { temporal: extension >> 5, spatial: extension >> 3 & 3 };
            rest = behind;
        }
        // Only the last unit may go without a size.
        let size = if first & 2 != 0 { leb128(&mut rest)? } else { rest.len() };
        let header = start.len() - rest.len();
        let (payload, behind) = rest.split_at_checked(size).ok_or(TORN)?;
        self.0 = behind;
        Ok(Obu { kind: first >> 3 & 15, layer, header, payload })
    }
}

impl<'a> Iterator for Obus<'a> {
    type Item = Result<Obu<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let taken = self.take();
        if taken.is_err() {
            self.0 = &[];
        }
        Some(taken)
    }
}

const TORN: Error = Error::Unreadable("an AV1 unit ends behind its sample");

fn leb128(bytes: &mut &[u8]) -> Result<usize> {
    let mut value = 0u64;
    for place in 0..8 {
        let (byte, rest) = bytes.split_first().ok_or(TORN)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return usize::try_from(value).map_err(|_| TORN);
        }
    }
    Err(TORN)
}
