//! The sequence parameter set of HEVC (ISO/IEC 23008-2 §7.3.2.2), as far as shape and colour go.

use super::usability::{self, Usability};
use super::{Chroma, Picture};
use crate::bits::BitReader;

/// Bits of `profile_tier_level` for the whole stream, and for one sub-layer's profile.
const GENERAL_LEVEL_BITS: u32 = 96;
const SUB_LAYER_PROFILE_BITS: u32 = 88;
const MAX_SHORT_TERM_SETS: u32 = 64;
const MAX_LONG_TERM_PICTURES: u32 = 32;
const MAX_REFERENCES: u32 = 16;

pub(super) fn read(set: &[u8]) -> Option<Picture> {
    let mut bits = BitReader::new(set);
    bits.skip(4)?;
    let sub_layers = bits.bits(3)?;
    bits.skip(1)?;
    skip_levels(&mut bits, sub_layers)?;
    bits.golomb()?;
    let chroma = Chroma::of(bits.golomb()?)?;
    if chroma == Chroma::Full {
        bits.skip(1)?;
    }
    let (width, height) = (bits.golomb()?, bits.golomb()?);
    let (across, down) = chroma.crop_unit();
    let crop = if bits.bit()? {
        let (left, right, top, bottom) = (bits.golomb()?, bits.golomb()?, bits.golomb()?, bits.golomb()?);
        (left.checked_add(right)?.checked_mul(across)?, top.checked_add(bottom)?.checked_mul(down)?)
    } else {
        (0, 0)
    };
    let (luma, colour) = (bits.golomb()?, bits.golomb()?);
    if luma != colour && chroma != Chroma::Monochrome {
        return None;
    }
    skip_tools(&mut bits, sub_layers)?;
    let usability = if bits.bit()? { usability::read(&mut bits)? } else { Usability::default() };
    Some(Picture {
        width: width.checked_sub(crop.0)?,
        height: height.checked_sub(crop.1)?,
        chroma,
        bit_depth: u8::try_from(luma.checked_add(8)?).ok()?,
        // Fields are coded as pictures of their own, of which the profile's flags tell; interlaced HEVC is next to unknown.
        progressive: progressive(set)?,
        pixel_aspect: usability.pixel_aspect,
        full_range: usability.full_range,
        colour: usability.colour,
    })
}

/// `general_progressive_source_flag` without `general_interlaced_source_flag`; writers that set neither mean frames.
fn progressive(set: &[u8]) -> Option<bool> {
    let flags = set.get(6)?;
    Some(flags & 0x40 == 0)
}

fn skip_levels(bits: &mut BitReader<'_>, sub_layers: u32) -> Option<()> {
    bits.skip(GENERAL_LEVEL_BITS)?;
    let mut present = Vec::new();
    for _ in 0..sub_layers {
        present.push((bits.bit()?, bits.bit()?));
    }
    if sub_layers > 0 {
        bits.skip(2 * 8u32.checked_sub(sub_layers)?)?;
    }
    for (profile, level) in present {
        bits.skip(if profile { SUB_LAYER_PROFILE_BITS } else { 0 })?;
        bits.skip(if level { 8 } else { 0 })?;
    }
    Some(())
}

/// From the picture order count to the flag before the usability information.
fn skip_tools(bits: &mut BitReader<'_>, sub_layers: u32) -> Option<()> {
    let order_bits = bits.golomb().filter(|bits| *bits <= 12)? + 4;
    let ordered = if bits.bit()? { sub_layers + 1 } else { 1 };
    for _ in 0..3 * ordered {
        bits.golomb()?;
    }
    for _ in 0..6 {
        bits.golomb()?;
    }
    if bits.bit()? && bits.bit()? {
        skip_scaling_lists(bits)?;
    }
    bits.skip(2)?;
    if bits.bit()? {
        bits.skip(8)?;
        bits.golomb()?;
        bits.golomb()?;
        bits.skip(1)?;
    }
    let sets = bits.golomb().filter(|count| *count <= MAX_SHORT_TERM_SETS)?;
    for set in 0..sets {
        skip_reference_set(bits, set > 0)?;
    }
    if bits.bit()? {
        let pictures = bits.golomb().filter(|count| *count <= MAX_LONG_TERM_PICTURES)?;
        bits.skip(pictures * (order_bits + 1))?;
    }
    bits.skip(2)
}

/// §7.3.4.
fn skip_scaling_lists(bits: &mut BitReader<'_>) -> Option<()> {
    for size in 0..4u32 {
        let lists = if size == 3 { 2 } else { 6 };
        for _ in 0..lists {
            if !bits.bit()? {
                bits.golomb()?;
                continue;
            }
            let coefficients = 64u32.min(1 << (4 + 2 * size)) + u32::from(size > 1);
            for _ in 0..coefficients {
                bits.golomb()?;
            }
        }
    }
    Some(())
}

/// §7.3.7. Sets that are told by the one before are left to decoders.
fn skip_reference_set(bits: &mut BitReader<'_>, may_follow: bool) -> Option<()> {
    if may_follow && bits.bit()? {
        return None;
    }
    let earlier = bits.golomb().filter(|count| *count <= MAX_REFERENCES)?;
    let later = bits.golomb().filter(|count| *count <= MAX_REFERENCES)?;
    for _ in 0..earlier + later {
        bits.golomb()?;
        bits.skip(1)?;
    }
    Some(())
}
