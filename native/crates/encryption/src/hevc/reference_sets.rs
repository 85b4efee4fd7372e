//! Short-term reference picture sets (ISO/IEC 23008-2 §7.3.7, §7.4.8).

use crate::bits::BitReader;
use crate::{Error, Result};

/// Pictures that a picture and those behind it may refer to.
#[derive(Debug, Clone, Default)]
pub(super) struct ReferenceSet {
    /// Before the picture, nearest first.
    before: Vec<Reference>,
    /// Behind it, nearest first.
    behind: Vec<Reference>,
}

#[derive(Debug, Clone, Copy)]
struct Reference {
    /// Distance in order counts, with its sign.
    distance: i64,
    used: bool,
}

/// Pictures on one side.
const MAX_REFERENCES: u32 = 16;

impl ReferenceSet {
    /// References that the picture itself uses.
    pub(super) fn used(&self) -> usize {
        self.before.iter().chain(&self.behind).filter(|reference| reference.used).count()
    }

    /// Reads the set behind `known`; a slice's own may be told from any of them.
    pub(super) fn read(reader: &mut BitReader<'_>, known: &[Self], in_slice: bool) -> Result<Self> {
        if !known.is_empty() && reader.flag()? {
            return Self::from_another(reader, known, in_slice);
        }
        let (before, behind) = (reader.ue_up_to(MAX_REFERENCES)?, reader.ue_up_to(MAX_REFERENCES)?);
        Ok(Self { before: side(reader, before, -1)?, behind: side(reader, behind, 1)? })
    }

    fn from_another(reader: &mut BitReader<'_>, known: &[Self], in_slice: bool) -> Result<Self> {
        let back = if in_slice { reader.ue()? as usize + 1 } else { 1 };
        let other = known.len().checked_sub(back).and_then(|index| known.get(index)).ok_or(NO_SUCH)?;
        let negative = reader.flag()?;
        let size = i64::from(reader.ue_up_to(1 << 15)?) + 1;
        let delta = if negative { -size } else { size };
        // The other set's pictures in its order, and itself: each may be taken over, moved by the delta.
        let others = other.before.iter().chain(&other.behind).map(|reference| reference.distance).chain([0]);
        let mut taken = Vec::new();
        for distance in others {
            let used = reader.flag()?;
            let kept = used || reader.flag()?;
            taken.push((Reference { distance: distance + delta, used }, kept));
        }
        let kept = |sign: i64| {
            let mut nearest_first: Vec<Reference> = taken
                .iter()
                .filter(|(reference, kept)| *kept && reference.distance * sign > 0)
                .map(|(reference, _)| *reference)
                .collect();
            nearest_first.sort_by_key(|reference| reference.distance.abs());
            nearest_first
        };
        let set = Self { before: kept(-1), behind: kept(1) };
        let most = MAX_REFERENCES as usize;
        if set.before.len() > most || set.behind.len() > most { Err(NO_SUCH) } else { Ok(set) }
    }
}

const NO_SUCH: Error = Error::Unreadable("a set of reference pictures makes no sense");

fn side(reader: &mut BitReader<'_>, count: u32, sign: i64) -> Result<Vec<Reference>> {
    let mut distance = 0;
    let mut references = Vec::new();
    for _ in 0..count {
        distance += sign * (i64::from(reader.ue_up_to(1 << 15)?) + 1);
        references.push(Reference { distance, used: reader.flag()? });
    }
    Ok(references)
}
