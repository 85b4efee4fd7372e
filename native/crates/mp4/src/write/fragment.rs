use super::init::TRACK_ID;
use super::protection::write_auxiliary;
use super::{AuxiliaryInformation, BoxWriter, OutputSample};

/// Sample flags (ISO/IEC 14496-12 §8.8.3.1): depends on no other sample.
const SYNC: u32 = 0x0200_0000;
/// Depends on others, and is no sync sample.
const NON_SYNC: u32 = 0x0101_0000;

const DEFAULT_BASE_IS_MOOF: u32 = 0x2_0000;
const HAS_DEFAULT_DURATION: u32 = 0x8;
const HAS_DEFAULT_SIZE: u32 = 0x10;
const HAS_DEFAULT_FLAGS: u32 = 0x20;

const HAS_DATA_OFFSET: u32 = 0x1;
const HAS_FIRST_FLAGS: u32 = 0x4;
const HAS_DURATIONS: u32 = 0x100;
const HAS_SIZES: u32 = 0x200;
const HAS_FLAGS: u32 = 0x400;
const HAS_COMPOSITION: u32 = 0x800;

/// Writes `styp` of a CMAF segment.
pub fn write_segment_type(writer: &mut BoxWriter) {
    writer.nest(b"styp", |styp| {
        styp.raw(b"msdh");
        styp.u32(0);
        styp.raw(b"msdh");
        styp.raw(b"msix");
        styp.raw(b"cmfs");
    });
}

/// Writes `moof` and the header of the `mdat` that its samples' bytes must follow.
///
/// What is equal for all samples stands once, in `tfhd`. `media_bytes` is the sum of the sizes; `encryption` is what the
/// samples of an encrypted track say about it.
pub fn write_fragment(
    writer: &mut BoxWriter,
    sequence: u32,
    decode_time: u64,
    samples: &[OutputSample],
    media_bytes: u64,
    encryption: Option<&AuxiliaryInformation<'_>>,
) {
    let Some((first, rest)) = samples.split_first() else { return };
    let same_duration = rest.iter().all(|sample| sample.duration == first.duration);
    let same_size = rest.iter().all(|sample| sample.size == first.size);
    let rest_sync = rest.first().unwrap_or(first).sync;
    let same_flags_after_first = rest.iter().all(|sample| sample.sync == rest_sync);
    let no_composition = samples.iter().all(|sample| sample.composition_offset == 0);
    let flags_of = |sync: bool| if sync { SYNC } else { NON_SYNC };

    let moof_start = writer.len();
    let mut data_offset_at = 0;
    writer.nest(b"moof", |moof| {
        moof.nest_full(b"mfhd", 0, 0, |mfhd| mfhd.u32(sequence));
        moof.nest(b"traf", |traf| {
            let tfhd_flags = DEFAULT_BASE_IS_MOOF
                | if same_duration { HAS_DEFAULT_DURATION } else { 0 }
                | if same_size { HAS_DEFAULT_SIZE } else { 0 }
                | HAS_DEFAULT_FLAGS;
            traf.nest_full(b"tfhd", 0, tfhd_flags, |tfhd| {
                tfhd.u32(TRACK_ID);
                if same_duration {
                    tfhd.u32(first.duration);
                }
                if same_size {
                    tfhd.u32(first.size);
                }
                tfhd.u32(flags_of(rest_sync));
            });
            traf.nest_full(b"tfdt", 1, 0, |tfdt| tfdt.u64(decode_time));
            let first_flags = same_flags_after_first && first.sync != rest_sync;
            let trun_flags = HAS_DATA_OFFSET
                | if first_flags { HAS_FIRST_FLAGS } else { 0 }
                | if same_duration { 0 } else { HAS_DURATIONS }
                | if same_size { 0 } else { HAS_SIZES }
                | if same_flags_after_first { 0 } else { HAS_FLAGS }
                | if no_composition { 0 } else { HAS_COMPOSITION };
            traf.nest_full(b"trun", 1, trun_flags, |trun| {
                trun.u32(u32::try_from(samples.len()).unwrap_or(u32::MAX));
                data_offset_at = trun.len();
                trun.u32(0);
                if first_flags {
                    trun.u32(flags_of(first.sync));
                }
                for sample in samples {
                    if !same_duration {
                        trun.u32(sample.duration);
                    }
                    if !same_size {
                        trun.u32(sample.size);
                    }
                    if !same_flags_after_first {
                        trun.u32(flags_of(sample.sync));
                    }
                    if !no_composition {
                        trun.i32(sample.composition_offset);
                    }
                }
            });
            if let Some(encryption) = encryption {
                write_auxiliary(traf, encryption, moof_start);
            }
        });
    });
    let moof_length = writer.len() - moof_start;
    write_media_header(writer, media_bytes);
    let header_length = writer.len() - moof_start - moof_length;
    writer.patch_u32(data_offset_at, u32::try_from(moof_length + header_length).unwrap_or(u32::MAX));
}

/// Writes the header of an `mdat` that so many bytes follow.
pub fn write_media_header(writer: &mut BoxWriter, media_bytes: u64) {
    if let Ok(size) = u32::try_from(media_bytes + 8) {
        writer.u32(size);
        writer.raw(b"mdat");
    } else {
        writer.u32(1);
        writer.raw(b"mdat");
        writer.u64(media_bytes + 16);
    }
}
