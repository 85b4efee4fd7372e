//! The sequence parameter set of H.264 (ISO/IEC 14496-10 §7.3.2.1.1), as far as shape and colour go.

use super::usability::{self, Usability};
use super::{Chroma, Picture};
use crate::bits::BitReader;

/// Profiles whose sets tell the chroma format and the bit depth.
const HIGH_PROFILES: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

pub(super) fn read(set: &[u8]) -> Option<Picture> {
    let mut bits = BitReader::new(set);
    let profile = bits.bits(8)?;
    bits.skip(16)?;
    bits.golomb()?;
    let (chroma, bit_depth) = if HIGH_PROFILES.contains(&profile) { samples(&mut bits)? } else { (Chroma::Quarter, 8) };
    bits.golomb()?;
    skip_picture_order(&mut bits)?;
    bits.golomb()?;
    bits.skip(1)?;
    let (columns, rows) = (bits.golomb()?.checked_add(1)?, bits.golomb()?.checked_add(1)?);
    let progressive = bits.bit()?;
    if !progressive {
        bits.skip(1)?;
    }
    bits.skip(1)?;
    let fields = if progressive { 1 } else { 2 };
    let (across, down) = chroma.crop_unit();
    let crop = if bits.bit()? {
        let (left, right, top, bottom) = (bits.golomb()?, bits.golomb()?, bits.golomb()?, bits.golomb()?);
        (left.checked_add(right)?.checked_mul(across)?, top.checked_add(bottom)?.checked_mul(down)?.checked_mul(fields)?)
    } else {
        (0, 0)
    };
    let usability = if bits.bit()? { usability::read(&mut bits)? } else { Usability::default() };
    Some(Picture {
        width: columns.checked_mul(16)?.checked_sub(crop.0)?,
        height: rows.checked_mul(16)?.checked_mul(fields)?.checked_sub(crop.1)?,
        chroma,
        bit_depth,
        progressive,
        pixel_aspect: usability.pixel_aspect,
        full_range: usability.full_range,
        colour: usability.colour,
    })
}

fn samples(bits: &mut BitReader<'_>) -> Option<(Chroma, u8)> {
    let chroma = Chroma::of(bits.golomb()?)?;
    if chroma == Chroma::Full {
        bits.skip(1)?;
    }
    let (luma, colour) = (bits.golomb()?, bits.golomb()?);
    if luma != colour && chroma != Chroma::Monochrome {
        return None;
    }
    bits.skip(1)?;
    if bits.bit()? {
        let lists = if chroma == Chroma::Full { 12 } else { 8 };
        for list in 0..lists {
            if bits.bit()? {
                skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some((chroma, u8::try_from(luma.checked_add(8)?).ok()?))
}

fn skip_scaling_list(bits: &mut BitReader<'_>, size: u32) -> Option<()> {
    let (mut last, mut next) = (8i64, 8i64);
    for _ in 0..size {
        if next != 0 {
            next = (last + bits.signed_golomb()?).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

fn skip_picture_order(bits: &mut BitReader<'_>) -> Option<()> {
    match bits.golomb()? {
        0 => {
            bits.golomb()?;
        }
        1 => {
            bits.skip(1)?;
            bits.golomb()?;
            bits.golomb()?;
            let cycle = bits.golomb().filter(|count| *count < 256)?;
            for _ in 0..cycle {
                bits.golomb()?;
            }
        }
        _ => {}
    }
    Some(())
}
