//! Segments of a frame with quantizers of their own (AV1 bitstream specification §5.9.14).

use crate::Result;
use crate::bits::BitReader;

/// What each segment adds to the base quantizer, where it does: all that later header fields depend on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Segmentation {
    deltas: [Option<i32>; 8],
}

/// Bits of a segment's features, signs included.
const FEATURE_BITS: [u32; 8] = [9, 7, 7, 7, 7, 3, 0, 0];

impl Segmentation {
    /// `inherited` is that of the frame's primary reference, where it has one.
    pub(super) fn read(reader: &mut BitReader<'_>, inherited: Option<Self>) -> Result<Self> {
        if !reader.flag()? {
            return Ok(Self::default());
        }
        if let Some(inherited) = inherited {
            if reader.flag()? {
                reader.flag()?;
            }
            if !reader.flag()? {
                return Ok(inherited);
            }
        }
        let mut read = Self::default();
        for delta in &mut read.deltas {
            for (feature, bits) in FEATURE_BITS.into_iter().enumerate() {
                if !reader.flag()? {
                    continue;
                }
                if feature == 0 {
                    // su(9): the highest bit is the sign.
                    let value = reader.bits(9)?.cast_signed();
                    *delta = Some(if value >= 256 { value - 512 } else { value });
                } else {
                    reader.skip(bits)?;
                }
            }
        }
        Ok(read)
    }

    /// The quantizers of all segments; a frame without segments is one.
    pub(super) fn quantizers(&self, base: u32) -> impl Iterator<Item = i32> {
        let base = base.cast_signed();
        self.deltas.into_iter().map(move |delta| (base + delta.unwrap_or(0)).clamp(0, 255))
    }
}
