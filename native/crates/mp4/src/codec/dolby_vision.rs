use crate::FourCc;
use crate::boxes::Boxes;

/// The `SUPPLEMENTAL-CODECS` value of a stream whose base layer plays without Dolby Vision: profiles 8 and 10, with the
/// brand that tells what the base layer is (HDR10, SDR or HLG).
pub(super) fn supplemental(format: FourCc, boxes: &Boxes<'_>) -> Option<String> {
    let config = [b"dvvC", b"dvcC", b"dvwC"].iter().find_map(|kind| boxes.find(FourCc::new(kind)))?;
    let &[_, _, high, low, compatibility, ..] = config.payload else { return None };
    let profile = high >> 1;
    let level = ((high & 1) << 5) | (low >> 3);
    let entry = match (&format.0, profile) {
        (b"hvc1", 8) => "dvh1",
        (b"hev1", 8) => "dvhe",
        (b"av01", 10) => "dav1",
        _ => return None,
    };
    let brand = match compatibility >> 4 {
        1 => "db1p",
        2 => "db2g",
        4 => "db4h",
        _ => return None,
    };
    Some(format!("{entry}.{profile:02}.{level:02}/{brand}"))
}
