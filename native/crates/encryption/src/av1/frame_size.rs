//! Sizes of frames (AV1 bitstream specification §5.9.5 to §5.9.9).

use super::sequence_header::SequenceHeader;
use super::state::Frames;
use crate::Result;
use crate::bits::BitReader;

#[derive(Debug, Clone, Copy)]
pub(super) struct FrameSize {
    /// As it is coded.
    pub(super) width: u32,
    pub(super) upscaled_width: u32,
    pub(super) height: u32,
}

impl FrameSize {
    /// The sequence's size, or with `own` one that the header tells.
    pub(super) fn read(reader: &mut BitReader<'_>, sequence: &SequenceHeader, own: bool) -> Result<Self> {
        let (mut width, mut height) = (sequence.width, sequence.height);
        if own {
            (width, height) = (reader.bits(sequence.width_bits)? + 1, reader.bits(sequence.height_bits)? + 1);
        }
        Self::scaled(reader, sequence, width, height)
    }

    /// A reference's size, or one that the header tells.
    pub(super) fn read_from_references(
        reader: &mut BitReader<'_>,
        sequence: &SequenceHeader,
        frames: &Frames,
        references: &[u32; 7],
    ) -> Result<Self> {
        for place in references {
            if reader.flag()? {
                let reference = frames.at(*place)?;
                return Self::scaled(reader, sequence, reference.upscaled_width, reference.height);
            }
        }
        let size = Self::read(reader, sequence, true)?;
        Self::skip_render_size(reader)?;
        Ok(size)
    }

    fn scaled(reader: &mut BitReader<'_>, sequence: &SequenceHeader, upscaled_width: u32, height: u32) -> Result<Self> {
        let denominator = if sequence.super_resolution && reader.flag()? { reader.bits(3)? + 9 } else { 8 };
        let width = (upscaled_width * 8 + denominator / 2) / denominator;
        Ok(Self { width, upscaled_width, height })
    }

    pub(super) fn skip_render_size(reader: &mut BitReader<'_>) -> Result<()> {
        if reader.flag()? { reader.skip(32) } else { Ok(()) }
    }

    pub(super) const fn is_upscaled(&self) -> bool {
        self.width != self.upscaled_width
    }
}
