//! What filters a decoded frame (AV1 bitstream specification §5.9.11, §5.9.19, §5.9.20).

use super::sequence_header::SequenceHeader;
use crate::Result;
use crate::bits::BitReader;

pub(super) fn skip_loop_filter(reader: &mut BitReader<'_>, planes: u32) -> Result<()> {
    let (vertical, horizontal) = (reader.bits(6)?, reader.bits(6)?);
    if planes > 1 && (vertical > 0 || horizontal > 0) {
        reader.skip(12)?;
    }
    reader.skip(3)?;
    if reader.flag()? && reader.flag()? {
        // Deltas of eight references and two modes.
        for _ in 0..8 + 2 {
            if reader.flag()? {
                reader.skip(7)?;
            }
        }
    }
    Ok(())
}

pub(super) fn skip_directional_enhancement(reader: &mut BitReader<'_>, planes: u32) -> Result<()> {
    reader.skip(2)?;
    let strengths = 1 << reader.bits(2)?;
    reader.skip(strengths * if planes > 1 { 12 } else { 6 })
}

pub(super) fn skip_restoration(reader: &mut BitReader<'_>, sequence: &SequenceHeader) -> Result<()> {
    let (mut luma, mut chroma) = (false, false);
    for plane in 0..sequence.colour.planes() {
        let restored = reader.bits(2)? != 0;
        if plane == 0 { luma = restored } else { chroma |= restored }
    }
    if luma || chroma {
        // Large blocks have two unit sizes to choose from, small ones three.
        if reader.flag()? && !sequence.large_blocks {
            reader.flag()?;
        }
        if sequence.colour.subsampled_x && sequence.colour.subsampled_y && chroma {
            reader.flag()?;
        }
    }
    Ok(())
}
