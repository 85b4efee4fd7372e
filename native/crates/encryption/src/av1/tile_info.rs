//! How a frame is cut into tiles (AV1 bitstream specification §5.9.15).

use super::frame_size::FrameSize;
use super::sequence_header::SequenceHeader;
use crate::bits::{BitReader, bits_for};
use crate::{Error, Result};

#[derive(Debug, Clone, Copy)]
pub(super) struct TileInfo {
    pub(super) tiles: u32,
    /// Bits that tell tiles apart.
    pub(super) number_bits: u32,
    /// Bytes of the size before each tile but a group's last.
    pub(super) size_bytes: usize,
}

const MAX_TILE_WIDTH: u32 = 4096;
const MAX_TILE_AREA: u32 = 4096 * 2304;
/// Columns, and rows, of one frame.
const MAX_TILES: u32 = 64;

impl TileInfo {
    pub(super) fn read(reader: &mut BitReader<'_>, sequence: &SequenceHeader, size: &FrameSize) -> Result<Self> {
        let block_bits = if sequence.large_blocks { 7 } else { 6 };
        // Frames are counted in units of 8 by 8 pixels first.
        let blocks = |pixels: u32| (pixels.div_ceil(8) * 8).div_ceil(1 << block_bits);
        let (columns, rows) = (blocks(size.width), blocks(size.height));
        let widest = MAX_TILE_WIDTH >> block_bits;
        let largest = MAX_TILE_AREA >> (2 * block_bits);
        let least_column_bits = log2_of(widest, columns);
        let least_bits = least_column_bits.max(log2_of(largest, rows.saturating_mul(columns)));
        let (tile_columns, column_bits, tile_rows, row_bits);
        if reader.flag()? {
            (tile_columns, column_bits) = read_uniform(reader, columns, least_column_bits)?;
            (tile_rows, row_bits) = read_uniform(reader, rows, least_bits.saturating_sub(column_bits))?;
        } else {
            let (count, widest_used) = read_explicit(reader, columns, widest)?;
            let area = rows.saturating_mul(columns);
            let area = if least_bits > 0 { area >> (least_bits + 1) } else { area };
            tile_columns = count;
            (tile_rows, _) = read_explicit(reader, rows, (area / widest_used).max(1))?;
            (column_bits, row_bits) = (bits_for(tile_columns), bits_for(tile_rows));
        }
        let number_bits = column_bits + row_bits;
        let mut size_bytes = 0;
        if number_bits > 0 {
            reader.skip(number_bits)?;
            size_bytes = reader.bits(2)? as usize + 1;
        }
        Ok(Self { tiles: tile_columns * tile_rows, number_bits, size_bytes })
    }
}

/// The smallest power that `unit` must be doubled by to reach `target`.
const fn log2_of(unit: u32, target: u32) -> u32 {
    bits_for(target.div_ceil(unit))
}

/// Tiles of one size: how many, and the bits for them.
fn read_uniform(reader: &mut BitReader<'_>, blocks: u32, least_bits: u32) -> Result<(u32, u32)> {
    let most_bits = bits_for(blocks.min(MAX_TILES));
    let mut bits = least_bits;
    while bits < most_bits && reader.flag()? {
        bits += 1;
    }
    let size = (blocks + (1u32 << bits) - 1) >> bits;
    Ok((blocks.div_ceil(size.max(1)), bits))
}

/// Tiles whose sizes are told one by one: how many, and the largest size.
fn read_explicit(reader: &mut BitReader<'_>, blocks: u32, most: u32) -> Result<(u32, u32)> {
    let (mut count, mut largest, mut left) = (0, 1, blocks);
    while left > 0 {
        let size = read_below(reader, left.min(most))? + 1;
        count += 1;
        largest = largest.max(size);
        left = left.saturating_sub(size);
        if count > MAX_TILES {
            return Err(Error::Unreadable("more tiles than AV1 allows"));
        }
    }
    Ok((count, largest))
}

/// ns(n), a number below `values` (§4.10.7).
pub(super) fn read_below(reader: &mut BitReader<'_>, values: u32) -> Result<u32> {
    let width = 32 - values.leading_zeros();
    let short = (1u32 << width.min(31)).saturating_sub(values);
    let value = reader.bits(width.saturating_sub(1))?;
    if value < short {
        return Ok(value);
    }
    Ok((value << 1) + u32::from(reader.flag()?) - short)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_below_a_bound_take_as_few_bits_as_they_can() {
        // Of five values, the first three take two bits.
        let mut reader = BitReader::new(&[0b0001_1011, 0b0111_0000]);
        let values: Vec<u32> = (0..5).map(|_| read_below(&mut reader, 5).unwrap()).collect();
        assert_eq!(values, [0, 1, 2, 3, 4]);
        assert_eq!(read_below(&mut reader, 1), Ok(0));
    }

    #[test]
    fn equal_tiles_may_be_fewer_than_their_bits_can_tell() {
        // Five blocks in four columns: two blocks each, so three columns.
        assert_eq!(read_uniform(&mut BitReader::new(&[0b1100_0000]), 5, 0), Ok((3, 2)));
    }
}
