//! The length of a slice header (ISO/IEC 14496-10 §7.3.3).

use super::parameter_sets::{OrderCount, ParameterSets};
use crate::bits::BitReader;
use crate::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SliceType {
    P,
    B,
    I,
    SwitchingP,
    SwitchingI,
}

/// Bytes of a slice's unit up to its slice data, the byte that both share included.
pub(super) fn length(unit: &[u8], sets: &ParameterSets) -> Result<usize> {
    let mut reader = BitReader::of_nal_unit(unit);
    let first = reader.bits(8)?;
    let (reference, key) = (first >> 5 & 3 != 0, first & 0x1f == 5);
    reader.ue()?;
    let slice_type = match reader.ue_up_to(9)? % 5 {
        0 => SliceType::P,
        1 => SliceType::B,
        2 => SliceType::I,
        3 => SliceType::SwitchingP,
        _ => SliceType::SwitchingI,
    };
    let (sequence, picture) = sets.of_slice(reader.ue_up_to(255)?)?;
    if sequence.separate_colour_planes {
        reader.skip(2)?;
    }
    reader.skip(sequence.frame_number_bits)?;
    let field = !sequence.frames_only && reader.flag()?;
    if field {
        reader.flag()?;
    }
    if key {
        reader.ue()?;
    }
    let bottom_delta = picture.field_order_present && !field;
    match sequence.order_count {
        OrderCount::LeastBits(bits) => {
            reader.skip(bits)?;
            if bottom_delta {
                reader.se()?;
            }
        }
        OrderCount::Deltas { always_zero: false } => {
            reader.se()?;
            if bottom_delta {
                reader.se()?;
            }
        }
        _ => {}
    }
    if picture.redundant_pictures {
        reader.ue()?;
    }
    if slice_type == SliceType::B {
        reader.flag()?;
    }
    let predicted = !matches!(slice_type, SliceType::I | SliceType::SwitchingI);
    let lists = if slice_type == SliceType::B { 2 } else { usize::from(predicted) };
    let mut references = picture.references;
    if predicted && reader.flag()? {
        for count in references.iter_mut().take(lists) {
            *count = reader.ue_up_to(31)? + 1;
        }
    }
    for _ in 0..lists {
        skip_list_modification(&mut reader)?;
    }
    let weighted = match slice_type {
        SliceType::P | SliceType::SwitchingP => picture.weighted_p,
        SliceType::B => picture.weighted_b == 1,
        _ => false,
    };
    if weighted {
        skip_weights(&mut reader, references.iter().take(lists).sum(), sequence.has_chroma)?;
    }
    if reference {
        skip_reference_marking(&mut reader, key)?;
    }
    if picture.arithmetic_coding && predicted {
        reader.ue()?;
    }
    reader.se()?;
    if matches!(slice_type, SliceType::SwitchingP | SliceType::SwitchingI) {
        if slice_type == SliceType::SwitchingP {
            reader.flag()?;
        }
        reader.se()?;
    }
    if picture.deblocking_control && reader.ue()? != 1 {
        reader.se()?;
        reader.se()?;
    }
    Ok(reader.bytes_read())
}

/// Operations in one list; each takes bits, so the unit's end bounds them too.
const MAX_OPERATIONS: usize = 256;
const ENDLESS: Error = Error::Unreadable("a slice header's list has no end");

/// §7.3.3.1, one list.
fn skip_list_modification(reader: &mut BitReader<'_>) -> Result<()> {
    if !reader.flag()? {
        return Ok(());
    }
    for _ in 0..MAX_OPERATIONS {
        if reader.ue_up_to(3)? == 3 {
            return Ok(());
        }
        reader.ue()?;
    }
    Err(ENDLESS)
}

/// §7.3.3.2; the lists' entries one behind the other.
fn skip_weights(reader: &mut BitReader<'_>, entries: u32, has_chroma: bool) -> Result<()> {
    reader.ue()?;
    if has_chroma {
        reader.ue()?;
    }
    for _ in 0..entries {
        if reader.flag()? {
            reader.se()?;
            reader.se()?;
        }
        if has_chroma && reader.flag()? {
            for _ in 0..4 {
                reader.se()?;
            }
        }
    }
    Ok(())
}

/// §7.3.3.3.
fn skip_reference_marking(reader: &mut BitReader<'_>, key: bool) -> Result<()> {
    if key {
        return reader.skip(2);
    }
    if !reader.flag()? {
        return Ok(());
    }
    for _ in 0..MAX_OPERATIONS {
        let operands = match reader.ue_up_to(6)? {
            0 => return Ok(()),
            3 => 2,
            5 => 0,
            _ => 1,
        };
        for _ in 0..operands {
            reader.ue()?;
        }
    }
    Err(ENDLESS)
}
