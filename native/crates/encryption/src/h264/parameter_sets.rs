//! Sequence and picture parameter sets (ISO/IEC 14496-10 §7.3.2), as far as slice headers depend on them.

use std::collections::BTreeMap;

use crate::bits::BitReader;
use crate::{Error, Result};

#[derive(Debug, Default)]
pub(super) struct ParameterSets {
    /// Ids are below 32, and below 256.
    sequences: BTreeMap<u32, SequenceSet>,
    pictures: BTreeMap<u32, PictureSet>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct SequenceSet {
    pub(super) separate_colour_planes: bool,
    /// Chroma is coded with the luma.
    pub(super) has_chroma: bool,
    pub(super) frame_number_bits: u32,
    pub(super) order_count: OrderCount,
    pub(super) frames_only: bool,
}

/// How pictures tell their order (§8.2.1).
#[derive(Debug, Clone, Copy)]
pub(super) enum OrderCount {
    LeastBits(u32),
    Deltas { always_zero: bool },
    DecodeOrder,
}

#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct PictureSet {
    sequence: u32,
    pub(super) arithmetic_coding: bool,
    pub(super) field_order_present: bool,
    pub(super) references: [u32; 2],
    pub(super) weighted_p: bool,
    pub(super) weighted_b: u32,
    pub(super) deblocking_control: bool,
    pub(super) redundant_pictures: bool,
}

/// Profiles whose sequence parameter sets tell the chroma format (§7.3.2.1.1).
const CHROMA_PROFILES: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

impl ParameterSets {
    /// Takes up a unit of type 7 or 8; others change nothing.
    pub(super) fn read(&mut self, unit: &[u8]) -> Result<()> {
        let mut reader = BitReader::of_nal_unit(unit);
        match reader.bits(8)? & 0x1f {
            7 => {
                let (id, set) = sequence(&mut reader)?;
                self.sequences.insert(id, set);
            }
            8 => {
                let (id, set) = picture(&mut reader)?;
                self.pictures.insert(id, set);
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn of_slice(&self, picture_set: u32) -> Result<(&SequenceSet, &PictureSet)> {
        let picture = self.pictures.get(&picture_set).ok_or(MISSING)?;
        Ok((self.sequences.get(&picture.sequence).ok_or(MISSING)?, picture))
    }
}

const MISSING: Error = Error::Unreadable("a slice names a parameter set that is not there");

fn sequence(reader: &mut BitReader<'_>) -> Result<(u32, SequenceSet)> {
    let profile = reader.bits(8)?;
    reader.skip(16)?;
    let id = reader.ue_up_to(31)?;
    let (mut chroma_format, mut separate_colour_planes) = (1, false);
    if CHROMA_PROFILES.contains(&profile) {
        chroma_format = reader.ue_up_to(3)?;
        separate_colour_planes = chroma_format == 3 && reader.flag()?;
        reader.ue()?;
        reader.ue()?;
        reader.flag()?;
        if reader.flag()? {
            let lists = if chroma_format == 3 { 12 } else { 8 };
            for list in 0..lists {
                if reader.flag()? {
                    skip_scaling_list(reader, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    let frame_number_bits = reader.ue_up_to(12)? + 4;
    let order_count = match reader.ue_up_to(2)? {
        0 => OrderCount::LeastBits(reader.ue_up_to(12)? + 4),
        1 => {
            let always_zero = reader.flag()?;
            reader.se()?;
            reader.se()?;
            for _ in 0..reader.ue_up_to(255)? {
                reader.se()?;
            }
            OrderCount::Deltas { always_zero }
        }
        _ => OrderCount::DecodeOrder,
    };
    reader.ue()?;
    reader.flag()?;
    reader.ue()?;
    reader.ue()?;
    let frames_only = reader.flag()?;
    let has_chroma = chroma_format != 0 && !separate_colour_planes;
    Ok((id, SequenceSet { separate_colour_planes, has_chroma, frame_number_bits, order_count, frames_only }))
}

fn skip_scaling_list(reader: &mut BitReader<'_>, size: u32) -> Result<()> {
    let (mut last, mut next) = (8, 8);
    for _ in 0..size {
        if next != 0 {
            next = (last + reader.se()?).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Ok(())
}

fn picture(reader: &mut BitReader<'_>) -> Result<(u32, PictureSet)> {
    let id = reader.ue_up_to(255)?;
    let sequence = reader.ue_up_to(31)?;
    let arithmetic_coding = reader.flag()?;
    let field_order_present = reader.flag()?;
    if reader.ue()? > 0 {
        return Err(Error::Unsupported("H.264 with slice groups"));
    }
    let references = [reader.ue_up_to(31)? + 1, reader.ue_up_to(31)? + 1];
    let weighted_p = reader.flag()?;
    let weighted_b = reader.bits(2)?;
    reader.se()?;
    reader.se()?;
    reader.se()?;
    let deblocking_control = reader.flag()?;
    reader.flag()?;
    let redundant_pictures = reader.flag()?;
    let set = PictureSet {
        sequence,
        arithmetic_coding,
        field_order_present,
        references,
        weighted_p,
        weighted_b,
        deblocking_control,
        redundant_pictures,
    };
    Ok((id, set))
}
