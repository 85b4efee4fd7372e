//! Sequence parameter sets (ISO/IEC 23008-2 §7.3.2.2), as far as slice headers depend on them.

use super::reference_sets::ReferenceSet;
use crate::bits::BitReader;
use crate::{Error, Result};

#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct SequenceSet {
    pub(super) separate_colour_planes: bool,
    /// Chroma is coded with the luma.
    pub(super) has_chroma: bool,
    pub(super) order_count_bits: u32,
    /// Coding tree blocks of a picture.
    pub(super) blocks: u32,
    pub(super) sample_adaptive_offset: bool,
    pub(super) reference_sets: Vec<ReferenceSet>,
    pub(super) long_term: Option<LongTerm>,
    pub(super) temporal_motion_vectors: bool,
}

/// Long-term pictures that slices may name: whether each is used by the picture that names it.
#[derive(Debug)]
pub(super) struct LongTerm {
    pub(super) used: Vec<bool>,
}

/// Profiles whose slice headers have fields of the screen content extensions.
const SCREEN_CONTENT_PROFILES: std::ops::RangeInclusive<u32> = 9..=11;

impl SequenceSet {
    pub(super) fn read(reader: &mut BitReader<'_>) -> Result<(u32, Self)> {
        reader.skip(4)?;
        let sub_layers = reader.bits(3)?;
        reader.flag()?;
        skip_profile_and_levels(reader, sub_layers)?;
        let id = reader.ue_up_to(15)?;
        let chroma_format = reader.ue_up_to(3)?;
        let separate_colour_planes = chroma_format == 3 && reader.flag()?;
        let (width, height) = (reader.ue_up_to(1 << 16)?, reader.ue_up_to(1 << 16)?);
        if reader.flag()? {
            for _ in 0..4 {
                reader.ue()?;
            }
        }
        reader.ue()?;
        reader.ue()?;
        let order_count_bits = reader.ue_up_to(12)? + 4;
        let described = if reader.flag()? { sub_layers + 1 } else { 1 };
        for _ in 0..described * 3 {
            reader.ue()?;
        }
        let block_bits = reader.ue_up_to(3)? + 3 + reader.ue_up_to(3)?;
        let blocks = width.div_ceil(1 << block_bits) * height.div_ceil(1 << block_bits);
        for _ in 0..4 {
            reader.ue()?;
        }
        if reader.flag()? && reader.flag()? {
            skip_scaling_lists(reader)?;
        }
        reader.flag()?;
        let sample_adaptive_offset = reader.flag()?;
        if reader.flag()? {
            reader.skip(8)?;
            reader.ue()?;
            reader.ue()?;
            reader.flag()?;
        }
        let count = reader.ue_up_to(64)?;
        let mut reference_sets = Vec::new();
        for _ in 0..count {
            let set = ReferenceSet::read(reader, &reference_sets, false)?;
            reference_sets.push(set);
        }
        let long_term = if reader.flag()? { Some(LongTerm::read(reader, order_count_bits)?) } else { None };
        let temporal_motion_vectors = reader.flag()?;
        let has_chroma = chroma_format != 0 && !separate_colour_planes;
        let set = Self {
            separate_colour_planes,
            has_chroma,
            order_count_bits,
            blocks,
            sample_adaptive_offset,
            reference_sets,
            long_term,
            temporal_motion_vectors,
        };
        Ok((id, set))
    }
}

impl LongTerm {
    fn read(reader: &mut BitReader<'_>, order_count_bits: u32) -> Result<Self> {
        let mut used = Vec::new();
        for _ in 0..reader.ue_up_to(32)? {
            reader.skip(order_count_bits)?;
            used.push(reader.flag()?);
        }
        Ok(Self { used })
    }
}

/// §7.3.3.
fn skip_profile_and_levels(reader: &mut BitReader<'_>, sub_layers: u32) -> Result<()> {
    reader.skip(3)?;
    let profile = reader.bits(5)?;
    let compatible = reader.bits(32)?;
    let screen_content = SCREEN_CONTENT_PROFILES.clone().any(|number| profile == number || compatible >> (31 - number) & 1 == 1);
    if screen_content {
        return Err(Error::Unsupported("HEVC with screen content coding"));
    }
    reader.skip(48 + 8)?;
    let mut present = Vec::new();
    for _ in 0..sub_layers {
        present.push((reader.flag()?, reader.flag()?));
    }
    if sub_layers > 0 {
        reader.skip(2 * (8 - sub_layers))?;
    }
    for (profile, level) in present {
        reader.skip(if profile { 88 } else { 0 } + if level { 8 } else { 0 })?;
    }
    Ok(())
}

/// §7.3.4.
pub(super) fn skip_scaling_lists(reader: &mut BitReader<'_>) -> Result<()> {
    for size in 0..4 {
        let lists = if size == 3 { 2 } else { 6 };
        for _ in 0..lists {
            if !reader.flag()? {
                reader.ue()?;
                continue;
            }
            if size > 1 {
                reader.se()?;
            }
            for _ in 0..64.min(1 << (4 + 2 * size)) {
                reader.se()?;
            }
        }
    }
    Ok(())
}
