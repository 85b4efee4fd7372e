//! Motion of whole frames (AV1 bitstream specification §5.9.24): how long its parameters are does not depend on what they are
//! told against.

use super::tile_info::read_below;
use crate::Result;
use crate::bits::BitReader;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Motion {
    None,
    Translation,
    RotationAndZoom,
    Affine,
}

/// Bits of a parameter: of the matrix and of a translation beside one, and of a translation alone in quarter pixels.
const MATRIX_BITS: u32 = 12;
const TRANSLATION_BITS: u32 = 9;

pub(super) fn skip_global_motion(reader: &mut BitReader<'_>, precise_vectors: bool) -> Result<()> {
    for _ in 0..7 {
        let motion = read_motion(reader)?;
        let matrix = match motion {
            Motion::Affine => 4,
            Motion::RotationAndZoom => 2,
            _ => 0,
        };
        for _ in 0..matrix {
            skip_parameter(reader, MATRIX_BITS)?;
        }
        let bits = if motion == Motion::Translation { TRANSLATION_BITS - u32::from(!precise_vectors) } else { MATRIX_BITS };
        for _ in 0..if motion == Motion::None { 0 } else { 2 } {
            skip_parameter(reader, bits)?;
        }
    }
    Ok(())
}

/// Up to three flags, each of which asks for the next.
fn read_motion(reader: &mut BitReader<'_>) -> Result<Motion> {
    if !reader.flag()? {
        return Ok(Motion::None);
    }
    if reader.flag()? {
        return Ok(Motion::RotationAndZoom);
    }
    Ok(if reader.flag()? { Motion::Translation } else { Motion::Affine })
}

/// §5.9.28: a number of up to `bits` bits and a sign, told in steps of growing size.
fn skip_parameter(reader: &mut BitReader<'_>, bits: u32) -> Result<()> {
    let values = (2 << bits) + 1;
    let (mut step, mut low) = (0, 0);
    loop {
        let step_bits = if step == 0 { 3 } else { 2 + step };
        let size = 1 << step_bits;
        if values <= low + 3 * size {
            return read_below(reader, values - low).map(drop);
        }
        if !reader.flag()? {
            return reader.skip(step_bits);
        }
        step += 1;
        low += size;
    }
}
