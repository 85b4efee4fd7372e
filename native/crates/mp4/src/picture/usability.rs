//! The start of the video usability information, which H.264 and HEVC share (ISO/IEC 14496-10 §E.1.1, 23008-2 §E.2.1).

use crate::bits::BitReader;

/// What it says of shape and colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usability {
    pub(super) pixel_aspect: Option<(u32, u32)>,
    pub(super) full_range: Option<bool>,
    pub(super) colour: Option<(u16, u16, u16)>,
}

/// Pixel aspect ratios by `aspect_ratio_idc`, from 1.
const ASPECTS: [(u32, u32); 16] = [
    (1, 1),
    (12, 11),
    (10, 11),
    (16, 11),
    (40, 33),
    (24, 11),
    (20, 11),
    (32, 11),
    (80, 33),
    (18, 11),
    (15, 11),
    (64, 33),
    (160, 99),
    (4, 3),
    (3, 2),
    (2, 1),
];
const EXTENDED_ASPECT: u32 = 255;

pub(super) fn read(bits: &mut BitReader<'_>) -> Option<Usability> {
    let mut found = Usability::default();
    if bits.bit()? {
        let idc = bits.bits(8)?;
        let pair = if idc == EXTENDED_ASPECT {
            Some((bits.bits(16)?, bits.bits(16)?))
        } else {
            idc.checked_sub(1).and_then(|at| ASPECTS.get(at as usize).copied())
        };
        found.pixel_aspect = pair.filter(|(width, height)| *width > 0 && *height > 0);
    }
    if bits.bit()? {
        bits.skip(1)?;
    }
    if bits.bit()? {
        bits.skip(3)?;
        found.full_range = Some(bits.bit()?);
        if bits.bit()? {
            let mut code = || u16::try_from(bits.bits(8)?).ok();
            found.colour = Some((code()?, code()?, code()?));
        }
    }
    Some(found)
}
