use std::fmt::Write as _;

use super::{Codec, Family};
use crate::boxes::Boxes;
use crate::{Error, FourCc, Result};

/// ISO/IEC 14496-15 Annex E.3: profile space and number, compatibility flags reversed, tier and level, constraint bytes.
pub(super) fn read(format: FourCc, boxes: &Boxes<'_>) -> Result<Codec> {
    let place = FourCc::new(b"hvcC");
    let mut reader = boxes.require(place)?.reader();
    if reader.u8()? != 1 {
        return Err(Error::Malformed { place, reason: "version is not 1" });
    }
    let packed = reader.u8()?;
    let compatibility = reader.u32()?.reverse_bits();
    let constraints = reader.bytes(6)?;
    let level = reader.u8()?;
    reader.skip(4)?;
    let luma_depth = (reader.u8()? & 7) + 8;
    reader.skip(3)?;
    let nal_length = (reader.u8()? & 3) + 1;

    let space = ["", "A", "B", "C"].get(usize::from(packed >> 6)).copied().unwrap_or_default();
    let tier = if packed & 0x20 != 0 { 'H' } else { 'L' };
    let mut string = format!("{format}.{space}{}.{compatibility:x}.{tier}{level}", packed & 0x1f);
    let used = constraints.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    for byte in constraints.iter().take(used) {
        let _ = write!(string, ".{byte:x}");
    }
    Ok(Codec { bit_depth: Some(luma_depth), nal_length: Some(nal_length), ..Codec::new(Family::Hevc, string) })
}
