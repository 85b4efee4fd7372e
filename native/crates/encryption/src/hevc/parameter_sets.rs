use std::collections::BTreeMap;

use super::picture_set::PictureSet;
use super::sequence_set::SequenceSet;
use crate::bits::BitReader;
use crate::{Error, Result};

/// The parameter sets that slices may name: ids are below 16, and below 64.
#[derive(Debug, Default)]
pub(super) struct ParameterSets {
    sequences: BTreeMap<u32, SequenceSet>,
    pictures: BTreeMap<u32, PictureSet>,
}

impl ParameterSets {
    /// Takes up a unit of type 33 or 34; others change nothing.
    pub(super) fn read(&mut self, unit: &[u8]) -> Result<()> {
        let mut reader = BitReader::of_nal_unit(unit);
        match reader.bits(16)? >> 9 & 0x3f {
            33 => {
                let (id, set) = SequenceSet::read(&mut reader)?;
                self.sequences.insert(id, set);
            }
            34 => {
                let (id, set) = PictureSet::read(&mut reader)?;
                self.pictures.insert(id, set);
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn of_slice(&self, picture_set: u32) -> Result<(&SequenceSet, &PictureSet)> {
        let picture = self.pictures.get(&picture_set).ok_or(MISSING)?;
        Ok((self.sequences.get(&picture.sequence).ok_or(MISSING)?, picture))
    }
}

const MISSING: Error = Error::Unreadable("a slice names a parameter set that is not there");
