//! Film grain (AV1 bitstream specification §5.9.30).

use super::frame_header::FrameType;
use super::sequence_header::Colour;
use crate::Result;
use crate::bits::BitReader;

pub(super) fn skip_film_grain(reader: &mut BitReader<'_>, frame_type: FrameType, colour: Colour) -> Result<()> {
    if !reader.flag()? {
        return Ok(());
    }
    reader.skip(16)?;
    if frame_type == FrameType::Inter && !reader.flag()? {
        return reader.skip(3);
    }
    let luma_points = reader.bits(4)?;
    reader.skip(16 * luma_points)?;
    let from_luma = !colour.monochrome && reader.flag()?;
    let no_chroma = colour.monochrome || from_luma || (colour.subsampled_x && colour.subsampled_y && luma_points == 0);
    let mut chroma_points = [0; 2];
    if !no_chroma {
        for points in &mut chroma_points {
            *points = reader.bits(4)?;
            reader.skip(16 * *points)?;
        }
    }
    reader.skip(2)?;
    let lag = reader.bits(2)?;
    let luma_coefficients = 2 * lag * (lag + 1);
    if luma_points > 0 {
        reader.skip(8 * luma_coefficients)?;
    }
    let chroma_coefficients = luma_coefficients + u32::from(luma_points > 0);
    for points in chroma_points {
        if from_luma || points > 0 {
            reader.skip(8 * chroma_coefficients)?;
        }
    }
    reader.skip(4)?;
    for points in chroma_points {
        if points > 0 {
            reader.skip(8 + 8 + 9)?;
        }
    }
    reader.skip(2)
}
