//! H.264 (ISO/IEC 14496-10): slice headers stay clear, slice data is protected.

mod parameter_sets;
mod slice_header;

use reelway_mp4::SampleEntry;

use crate::nal::{units_of_configuration, walk};
use crate::parts::PartsBuilder;
use crate::{Error, Result};
use parameter_sets::ParameterSets;

/// Finds the slice data in access units; parameter sets come from the sample entry and from the samples.
#[derive(Debug)]
pub(crate) struct H264 {
    length_size: usize,
    sets: ParameterSets,
}

/// Bytes of `avcC` before its list of sequence parameter sets, box header included.
const AVCC_FIELDS: usize = 8 + 5;

impl H264 {
    pub(crate) fn of(entry: &SampleEntry<'_>) -> Result<Self> {
        let length_size = usize::from(entry.codec.nal_length.ok_or(Error::Unreadable("avcC tells no length size"))?);
        let mut sets = ParameterSets::default();
        let mut rest = entry.configuration().get(AVCC_FIELDS..).unwrap_or_default();
        for mask in [0x1f, 0xff] {
            let Some((count, units)) = rest.split_first() else { break };
            rest = units;
            for unit in units_of_configuration(&mut rest, usize::from(count & mask)) {
                sets.read(unit)?;
            }
        }
        Ok(Self { length_size, sets })
    }

    pub(crate) fn map(&mut self, sample: &[u8], parts: &mut PartsBuilder<'_>) -> Result<()> {
        let sets = &mut self.sets;
        walk(sample, self.length_size, parts, |unit| {
            let Some(first) = unit.first() else { return Ok(None) };
            match first & 0x1f {
                1 | 5 => slice_header::length(unit, sets).map(Some),
                2..=4 => Err(Error::Unsupported("H.264 with data partitioning")),
                20 | 21 => Err(Error::Unsupported("H.264 with scalable or several views' layers")),
                7 | 8 => sets.read(unit).map(|()| None),
                _ => Ok(None),
            }
        })
    }
}
