//! What encrypted tracks say about their encryption (ISO/IEC 23001-7 §7, §8, §11).

use super::BoxWriter;
use crate::{Bytes16, Scheme, TrackEncryption, TrackKind};

/// The common system: a list of key ids for whoever has their keys.
pub const COMMON_SYSTEM: &str = "1077efec-c0b2-4d02-ace3-3c1e52e2fb4b";
const COMMON_SYSTEM_ID: [u8; 16] =
    [0x10, 0x77, 0xef, 0xec, 0xc0, 0xb2, 0x4d, 0x02, 0xac, 0xe3, 0x3c, 0x1e, 0x52, 0xe2, 0xfb, 0x4b];

/// Blocks of a picture that are encrypted with `cbcs`, and those behind each that are not.
const PICTURE_PATTERN: u8 = 1 << 4 | 9;
/// Bytes of a sample's own initialization vector.
const SAMPLE_IV: u8 = 8;

/// The sample entry of the encrypted track: its type says so, and a box at its end what it was and with what.
pub fn protected_entry(entry: &[u8], kind: TrackKind, encryption: &TrackEncryption) -> Vec<u8> {
    let mut writer = BoxWriter::default();
    let (header, payload) = entry.split_at_checked(8).unwrap_or((entry, &[]));
    writer.nest(if kind == TrackKind::Video { b"encv" } else { b"enca" }, |protected| {
        protected.raw(payload);
        protected.nest(b"sinf", |sinf| {
            sinf.nest(b"frma", |frma| frma.raw(header.get(4..).unwrap_or_default()));
            sinf.nest_full(b"schm", 0, 0, |schm| {
                schm.raw(encryption.scheme.name().as_bytes());
                schm.u32(0x0001_0000);
            });
            sinf.nest(b"schi", |schi| write_track_encryption(schi, kind, encryption));
        });
    });
    writer.finish()
}

fn write_track_encryption(schi: &mut BoxWriter, kind: TrackKind, encryption: &TrackEncryption) {
    // Version 1 has room for a pattern.
    let patterned = encryption.scheme == Scheme::Cbcs;
    schi.nest_full(b"tenc", u8::from(patterned), 0, |tenc| {
        let pattern = if patterned && kind == TrackKind::Video { PICTURE_PATTERN } else { 0 };
        let sample_iv = if encryption.constant_iv.is_some() { 0 } else { SAMPLE_IV };
        tenc.raw(&[0, pattern, 1, sample_iv]);
        tenc.raw(&encryption.key_id.0);
        if let Some(Bytes16(iv)) = encryption.constant_iv {
            tenc.raw(&[16]);
            tenc.raw(&iv);
        }
    });
}

/// Writes the `pssh` that names the key for the common system.
pub fn write_key_box(writer: &mut BoxWriter, key_id: Bytes16) {
    writer.nest_full(b"pssh", 1, 0, |pssh| {
        pssh.raw(&COMMON_SYSTEM_ID);
        pssh.u32(1);
        pssh.raw(&key_id.0);
        pssh.u32(0);
    });
}

/// What the samples of a fragment say about their encryption.
#[derive(Debug, Clone, Copy)]
pub struct AuxiliaryInformation<'a> {
    /// All samples', one behind the other.
    pub entries: &'a [u8],
    /// The length of each.
    pub sizes: &'a [u8],
    /// They name clear and protected parts.
    pub has_parts: bool,
}

/// `senc` names parts.
const HAS_PARTS: u32 = 2;

/// Writes `saiz`, `saio` and `senc`; `fragment` is where the fragment's `moof` begins.
pub(super) fn write_auxiliary(traf: &mut BoxWriter, information: &AuxiliaryInformation<'_>, fragment: usize) {
    let count = u32::try_from(information.sizes.len()).unwrap_or(u32::MAX);
    let same = information.sizes.first().copied().filter(|first| information.sizes.iter().all(|size| size == first));
    traf.nest_full(b"saiz", 0, 0, |saiz| {
        saiz.raw(&[same.unwrap_or(0)]);
        saiz.u32(count);
        if same.is_none() {
            saiz.raw(information.sizes);
        }
    });
    let mut offset_at = 0;
    traf.nest_full(b"saio", 0, 0, |saio| {
        saio.u32(1);
        offset_at = saio.len();
        saio.u32(0);
    });
    let mut entries_at = 0;
    traf.nest_full(b"senc", 0, if information.has_parts { HAS_PARTS } else { 0 }, |senc| {
        senc.u32(count);
        entries_at = senc.len();
        senc.raw(information.entries);
    });
    traf.patch_u32(offset_at, u32::try_from(entries_at - fragment).unwrap_or(u32::MAX));
}
