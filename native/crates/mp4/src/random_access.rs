use crate::SampleEntry;
use crate::codec::Family;

/// Finds out from the coded pictures whether decoding can start there: for files without a sync table, where the
/// container claims it of every sample.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RandomAccess {
    hevc: bool,
    length_size: usize,
}

impl RandomAccess {
    /// A rule for the track's codec, where its pictures can be told apart by their NAL unit types.
    pub(crate) fn of(entries: &[SampleEntry<'_>]) -> Option<Self> {
        let codec = &entries.first()?.codec;
        let hevc = match codec.family {
            Family::Avc => false,
            Family::Hevc => true,
            _ => return None,
        };
        Some(Self { hevc, length_size: usize::from(codec.nal_length?) })
    }

    pub(crate) fn is_key_frame(&self, picture: &[u8]) -> bool {
        self.first_slice(picture).is_some_and(|kind| if self.hevc { (16..=23).contains(&kind) } else { kind == 5 })
    }

    /// A decoder forgets all pictures before this one, and their order: IDR, and in HEVC also BLA.
    pub(crate) fn begins_sequence(&self, picture: &[u8]) -> bool {
        self.first_slice(picture).is_some_and(|kind| if self.hevc { (16..=20).contains(&kind) } else { kind == 5 })
    }

    /// The NAL unit type of the first coded slice, which decides: all slices of a random access picture are of one type.
    fn first_slice(&self, mut picture: &[u8]) -> Option<u8> {
        while let Some((length, rest)) = picture.split_at_checked(self.length_size) {
            let length = length.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
            let header = rest.first()?;
            let kind = if self.hevc { (header >> 1) & 0x3f } else { header & 0x1f };
            if if self.hevc { kind < 32 } else { (1..=5).contains(&kind) } {
                return Some(kind);
            }
            picture = rest.get(length..).unwrap_or_default();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_avc_picture_is_a_key_frame_when_its_first_slice_is_idr() {
        let avc = RandomAccess { hevc: false, length_size: 2 };
        assert!(avc.is_key_frame(&[0, 1, 0x09, 0, 2, 0x65, 0]));
        assert!(!avc.is_key_frame(&[0, 1, 0x09, 0, 2, 0x41, 0]));
        assert!(!avc.is_key_frame(&[0, 200, 0x09]));
    }

    #[test]
    fn an_hevc_picture_is_a_key_frame_when_its_first_slice_is_irap() {
        let hevc = RandomAccess { hevc: true, length_size: 4 };
        assert!(hevc.is_key_frame(&[0, 0, 0, 2, 0x40, 1, 0, 0, 0, 2, 0x2a, 1]));
        assert!(!hevc.is_key_frame(&[0, 0, 0, 2, 0x02, 1]));
        assert!(hevc.begins_sequence(&[0, 0, 0, 2, 0x26, 1]) && !hevc.begins_sequence(&[0, 0, 0, 2, 0x2a, 1]));
    }
}
