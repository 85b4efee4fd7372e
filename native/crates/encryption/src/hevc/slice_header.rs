//! The length of a slice segment header (ISO/IEC 23008-2 §7.3.6).

use super::parameter_sets::ParameterSets;
use super::picture_set::PictureSet;
use super::reference_sets::ReferenceSet;
use super::sequence_set::SequenceSet;
use crate::bits::{BitReader, bits_for};
use crate::{Error, Result};

/// Pictures that decoding can start at, with two reserved types (§7.4.2.2).
const RANDOM_ACCESS: std::ops::RangeInclusive<u8> = 16..=23;
/// Pictures that nothing before them is referred to from.
const INSTANT_REFRESH: [u8; 2] = [19, 20];

/// Long-term pictures that one slice names, and places where decoding can start in it: more than any level allows.
const MAX_LONG_TERM: u32 = 33;
const MAX_ENTRY_POINTS: u32 = 1 << 16;

/// Bytes of a slice segment's unit of this type up to its slice data, which begins on a byte.
pub(super) fn length(unit: &[u8], kind: u8, sets: &ParameterSets) -> Result<usize> {
    let mut reader = BitReader::of_nal_unit(unit);
    reader.skip(16)?;
    let first = reader.flag()?;
    if RANDOM_ACCESS.contains(&kind) {
        reader.flag()?;
    }
    let (sequence, picture) = sets.of_slice(reader.ue_up_to(63)?)?;
    let mut dependent = false;
    if !first {
        dependent = picture.dependent_slices && reader.flag()?;
        reader.skip(bits_for(sequence.blocks))?;
    }
    if !dependent {
        skip_independent(&mut reader, kind, sequence, picture)?;
    }
    if picture.entry_points {
        let count = reader.ue_up_to(MAX_ENTRY_POINTS)?;
        if count > 0 {
            let bits = reader.ue_up_to(31)? + 1;
            for _ in 0..count {
                reader.skip(bits)?;
            }
        }
    }
    if picture.slice_extension {
        let bytes = reader.ue_up_to(256)?;
        reader.skip(8 * bytes)?;
    }
    if !reader.flag()? {
        return Err(Error::Unreadable("a slice header does not end where it should"));
    }
    Ok(reader.bytes_read())
}

/// What a dependent slice segment takes over from the slice before it.
fn skip_independent(reader: &mut BitReader<'_>, kind: u8, sequence: &SequenceSet, picture: &PictureSet) -> Result<()> {
    reader.skip(picture.extra_bits)?;
    let slice_type = reader.ue_up_to(2)?;
    let lists = [2, 1, 0].get(slice_type as usize).copied().unwrap_or(0);
    if picture.output_flag {
        reader.flag()?;
    }
    if sequence.separate_colour_planes {
        reader.skip(2)?;
    }
    let (mut used, mut temporal_vectors) = (0, false);
    if !INSTANT_REFRESH.contains(&kind) {
        reader.skip(sequence.order_count_bits)?;
        used = read_references(reader, sequence)?;
        temporal_vectors = sequence.temporal_motion_vectors && reader.flag()?;
    }
    let mut filtered = false;
    if sequence.sample_adaptive_offset {
        filtered = reader.flag()?;
        filtered |= sequence.has_chroma && reader.flag()?;
    }
    if lists > 0 {
        skip_prediction(reader, lists, used, temporal_vectors, sequence, picture)?;
    }
    reader.se()?;
    if picture.chroma_qp_offsets {
        reader.se()?;
        reader.se()?;
    }
    if picture.chroma_qp_offset_lists {
        reader.flag()?;
    }
    let mut deblocking_disabled = picture.deblocking_disabled;
    if picture.deblocking_override && reader.flag()? {
        deblocking_disabled = reader.flag()?;
        if !deblocking_disabled {
            reader.se()?;
            reader.se()?;
        }
    }
    if picture.filter_across_slices && (filtered || !deblocking_disabled) {
        reader.flag()?;
    }
    Ok(())
}

/// Reads which pictures may be referred to, and counts those that this picture refers to.
fn read_references(reader: &mut BitReader<'_>, sequence: &SequenceSet) -> Result<usize> {
    let known = &sequence.reference_sets;
    let mut used = if reader.flag()? {
        let index = reader.bits(bits_for(u32::try_from(known.len()).unwrap_or(0)))?;
        let set =
            known.get(index as usize).ok_or(Error::Unreadable("a slice names a set of reference pictures that is not there"))?;
        set.used()
    } else {
        ReferenceSet::read(reader, known, true)?.used()
    };
    let Some(long_term) = &sequence.long_term else { return Ok(used) };
    let candidates = u32::try_from(long_term.used.len()).unwrap_or(0);
    let from_sequence = if candidates > 0 { reader.ue_up_to(MAX_LONG_TERM)? } else { 0 };
    let own = reader.ue_up_to(MAX_LONG_TERM)?;
    for number in 0..from_sequence + own {
        let is_used = if number < from_sequence {
            let index = reader.bits(bits_for(candidates))?;
            long_term.used.get(index as usize).copied().unwrap_or(false)
        } else {
            reader.skip(sequence.order_count_bits)?;
            reader.flag()?
        };
        used += usize::from(is_used);
        if reader.flag()? {
            reader.ue()?;
        }
    }
    Ok(used)
}

fn skip_prediction(
    reader: &mut BitReader<'_>,
    lists: usize,
    used: usize,
    temporal_vectors: bool,
    sequence: &SequenceSet,
    picture: &PictureSet,
) -> Result<()> {
    let mut references = picture.references;
    if reader.flag()? {
        for count in references.iter_mut().take(lists) {
            *count = reader.ue_up_to(14)? + 1;
        }
    }
    if picture.lists_modification && used > 1 {
        let bits = bits_for(u32::try_from(used).unwrap_or(0));
        for count in references.iter().take(lists) {
            if reader.flag()? {
                reader.skip(bits * count)?;
            }
        }
    }
    if lists == 2 {
        reader.flag()?;
    }
    if picture.cabac_init {
        reader.flag()?;
    }
    if temporal_vectors {
        let [first, second] = references;
        let from_first = lists == 1 || reader.flag()?;
        if (if from_first { first } else { second }) > 1 {
            reader.ue()?;
        }
    }
    if if lists == 2 { picture.weighted_b } else { picture.weighted_p } {
        skip_weights(reader, references.iter().take(lists), sequence.has_chroma)?;
    }
    reader.ue()?;
    Ok(())
}

/// §7.3.6.3.
fn skip_weights<'r>(reader: &mut BitReader<'_>, lists: impl Iterator<Item = &'r u32>, has_chroma: bool) -> Result<()> {
    reader.ue()?;
    if has_chroma {
        reader.se()?;
    }
    for count in lists {
        let mut luma = Vec::new();
        for _ in 0..*count {
            luma.push(reader.flag()?);
        }
        let mut chroma = vec![false; luma.len()];
        if has_chroma {
            for weighted in &mut chroma {
                *weighted = reader.flag()?;
            }
        }
        for (luma, chroma) in luma.into_iter().zip(chroma) {
            for _ in 0..if luma { 2 } else { 0 } + if chroma { 4 } else { 0 } {
                reader.se()?;
            }
        }
    }
    Ok(())
}
