//! Tiles in a group (AV1 bitstream specification §5.11.1).

use super::tile_info::TileInfo;
use crate::bits::BitReader;
use crate::parts::PartsBuilder;
use crate::{Error, Result};

/// Names the parts of a group; true when the frame's last tile is in it.
pub(super) fn map(group: &[u8], info: &TileInfo, parts: &mut PartsBuilder<'_>) -> Result<bool> {
    let mut reader = BitReader::new(group);
    let (mut first, mut last) = (0, info.tiles - 1);
    if info.tiles > 1 && reader.flag()? {
        (first, last) = (reader.bits(info.number_bits)?, reader.bits(info.number_bits)?);
    }
    let header = reader.bytes_read();
    if first > last || last >= info.tiles {
        return Err(Error::Unreadable("tiles that the frame does not have"));
    }
    parts.clear(header);
    let mut rest = group.get(header..).ok_or(TORN)?;
    for _ in first..last {
        let (size, behind) = rest.split_at_checked(info.size_bytes).ok_or(TORN)?;
        let size = size.iter().rev().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)) + 1;
        let (tile, behind) = behind.split_at_checked(size).ok_or(TORN)?;
        parts.clear(info.size_bytes);
        parts.protect_blocks(tile.len())?;
        rest = behind;
    }
    parts.protect_blocks(rest.len())?;
    Ok(last + 1 == info.tiles)
}

const TORN: Error = Error::Unreadable("a tile ends behind its group");
