//! Picture parameter sets (ISO/IEC 23008-2 §7.3.2.3), as far as slice headers depend on them.

use super::sequence_set::skip_scaling_lists;
use crate::bits::BitReader;
use crate::{Error, Result};

#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct PictureSet {
    pub(super) sequence: u32,
    pub(super) dependent_slices: bool,
    pub(super) output_flag: bool,
    pub(super) extra_bits: u32,
    pub(super) cabac_init: bool,
    pub(super) references: [u32; 2],
    pub(super) chroma_qp_offsets: bool,
    pub(super) weighted_p: bool,
    pub(super) weighted_b: bool,
    /// Tiles, or rows that are decoded side by side: slices tell where each begins.
    pub(super) entry_points: bool,
    pub(super) filter_across_slices: bool,
    pub(super) deblocking_override: bool,
    pub(super) deblocking_disabled: bool,
    pub(super) lists_modification: bool,
    pub(super) slice_extension: bool,
    pub(super) chroma_qp_offset_lists: bool,
}

impl PictureSet {
    pub(super) fn read(reader: &mut BitReader<'_>) -> Result<(u32, Self)> {
        let id = reader.ue_up_to(63)?;
        let sequence = reader.ue_up_to(15)?;
        let dependent_slices = reader.flag()?;
        let output_flag = reader.flag()?;
        let extra_bits = reader.bits(3)?;
        reader.flag()?;
        let cabac_init = reader.flag()?;
        let references = [reader.ue_up_to(14)? + 1, reader.ue_up_to(14)? + 1];
        reader.se()?;
        reader.flag()?;
        let transform_skip = reader.flag()?;
        if reader.flag()? {
            reader.ue()?;
        }
        reader.se()?;
        reader.se()?;
        let chroma_qp_offsets = reader.flag()?;
        let weighted_p = reader.flag()?;
        let weighted_b = reader.flag()?;
        reader.flag()?;
        let tiles = reader.flag()?;
        let rows_side_by_side = reader.flag()?;
        if tiles {
            skip_tiles(reader)?;
        }
        let filter_across_slices = reader.flag()?;
        let (mut deblocking_override, mut deblocking_disabled) = (false, false);
        if reader.flag()? {
            deblocking_override = reader.flag()?;
            deblocking_disabled = reader.flag()?;
            if !deblocking_disabled {
                reader.se()?;
                reader.se()?;
            }
        }
        if reader.flag()? {
            skip_scaling_lists(reader)?;
        }
        let lists_modification = reader.flag()?;
        reader.ue()?;
        let slice_extension = reader.flag()?;
        let chroma_qp_offset_lists = reader.flag()? && read_extensions(reader, transform_skip)?;
        let set = Self {
            sequence,
            dependent_slices,
            output_flag,
            extra_bits,
            cabac_init,
            references,
            chroma_qp_offsets,
            weighted_p,
            weighted_b,
            entry_points: tiles || rows_side_by_side,
            filter_across_slices,
            deblocking_override,
            deblocking_disabled,
            lists_modification,
            slice_extension,
            chroma_qp_offset_lists,
        };
        Ok((id, set))
    }
}

fn skip_tiles(reader: &mut BitReader<'_>) -> Result<()> {
    // Table A.8: no level allows more than 20 columns and 22 rows; larger ones are refused by the picture's size anyway.
    let (columns, rows) = (reader.ue_up_to(1 << 12)?, reader.ue_up_to(1 << 12)?);
    if !reader.flag()? {
        for _ in 0..columns + rows {
            reader.ue()?;
        }
    }
    reader.flag()?;
    Ok(())
}

/// Whether slices may choose among lists of chroma offsets: the one extension that slice headers show and that is known here.
fn read_extensions(reader: &mut BitReader<'_>, transform_skip: bool) -> Result<bool> {
    let range = reader.flag()?;
    if reader.bits(3)? != 0 {
        return Err(Error::Unsupported("HEVC with several layers, depth or screen content coding"));
    }
    reader.skip(4)?;
    if !range {
        return Ok(false);
    }
    if transform_skip {
        reader.ue()?;
    }
    reader.flag()?;
    reader.flag()
}
