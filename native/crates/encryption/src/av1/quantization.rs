//! Quantizers, and how they change inside a frame (AV1 bitstream specification §5.9.12, §5.9.17, §5.9.18).

use super::segmentation::Segmentation;
use super::sequence_header::Colour;
use crate::Result;
use crate::bits::BitReader;

#[derive(Debug)]
pub(super) struct Quantization {
    base: u32,
    /// No coefficient is quantized otherwise than the base says.
    plain: bool,
}

impl Quantization {
    pub(super) fn read(reader: &mut BitReader<'_>, colour: Colour) -> Result<Self> {
        let base = reader.bits(8)?;
        let mut plain = read_delta(reader)?;
        if !colour.monochrome {
            let differ = colour.separate_chroma_quantizers && reader.flag()?;
            for _ in 0..if differ { 4 } else { 2 } {
                plain &= read_delta(reader)?;
            }
        }
        if reader.flag()? {
            reader.skip(8)?;
            if colour.separate_chroma_quantizers {
                reader.skip(4)?;
            }
        }
        Ok(Self { base, plain })
    }

    /// What tells how quantizers and loop filters change inside the frame.
    pub(super) fn skip_deltas(&self, reader: &mut BitReader<'_>, block_copy: bool) -> Result<()> {
        if self.base > 0 && reader.flag()? {
            reader.skip(2)?;
            if !block_copy && reader.flag()? {
                reader.skip(3)?;
            }
        }
        Ok(())
    }

    /// Nothing of the frame is quantized.
    pub(super) fn is_lossless(&self, segmentation: &Segmentation) -> bool {
        self.plain && segmentation.quantizers(self.base).all(|quantizer| quantizer == 0)
    }
}

/// True where the delta is none, or zero.
fn read_delta(reader: &mut BitReader<'_>) -> Result<bool> {
    Ok(!reader.flag()? || reader.bits(7)? == 0)
}
