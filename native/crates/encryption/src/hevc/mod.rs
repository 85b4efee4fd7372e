//! HEVC (ISO/IEC 23008-2): slice segment headers stay clear, slice data is protected.

mod parameter_sets;
mod picture_set;
mod reference_sets;
mod sequence_set;
mod slice_header;

use reelway_mp4::SampleEntry;

use crate::nal::{units_of_configuration, walk};
use crate::parts::PartsBuilder;
use crate::{Error, Result};
use parameter_sets::ParameterSets;

/// Finds the slice data in access units; parameter sets come from the sample entry and from the samples.
#[derive(Debug)]
pub(crate) struct Hevc {
    length_size: usize,
    sets: ParameterSets,
}

/// Bytes of `hvcC` before its arrays, box header included.
const HVCC_FIELDS: usize = 8 + 22;

impl Hevc {
    pub(crate) fn of(entry: &SampleEntry<'_>) -> Result<Self> {
        let length_size = usize::from(entry.codec.nal_length.ok_or(Error::Unreadable("hvcC tells no length size"))?);
        let mut sets = ParameterSets::default();
        let (arrays, mut rest) = entry.configuration().get(HVCC_FIELDS..).and_then(<[u8]>::split_first).unwrap_or((&0, &[]));
        for _ in 0..*arrays {
            let Some(([_, high, low], units)) = rest.split_first_chunk::<3>() else { break };
            rest = units;
            for unit in units_of_configuration(&mut rest, usize::from(u16::from_be_bytes([*high, *low]))) {
                sets.read(unit)?;
            }
        }
        Ok(Self { length_size, sets })
    }

    pub(crate) fn map(&mut self, sample: &[u8], parts: &mut PartsBuilder<'_>) -> Result<()> {
        let sets = &mut self.sets;
        walk(sample, self.length_size, parts, |unit| {
            let Some([first, second]) = unit.first_chunk() else { return Ok(None) };
            let (kind, layer) = (first >> 1 & 0x3f, (first & 1) << 5 | second >> 3);
            match kind {
                0..=31 if layer > 0 => Err(Error::Unsupported("HEVC with several layers")),
                0..=9 | 16..=21 => slice_header::length(unit, kind, sets).map(Some),
                10..=15 | 22..=31 => Err(Error::Unsupported("HEVC slices of a reserved type")),
                33 | 34 if layer == 0 => sets.read(unit).map(|()| None),
                _ => Ok(None),
            }
        })
    }
}
