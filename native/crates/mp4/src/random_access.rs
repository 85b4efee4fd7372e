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

    pub(crate) fn is_key_frame(&self, mut picture: &[u8]) -> bool {
        while let Some((length, rest)) = picture.split_at_checked(self.length_size) {
            let length = length.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
            let Some(header) = rest.first() else { return false };
            let (coded, key) = if self.hevc {
                let kind = (header >> 1) & 0x3f;
                (kind < 32, (16..=23).contains(&kind))
            } else {
                let kind = header & 0x1f;
                ((1..=5).contains(&kind), kind == 5)
            };
            // The first coded slice decides: all slices of a random access picture are of one type.
            if coded {
                return key;
            }
            picture = rest.get(length..).unwrap_or_default();
        }
        false
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
    }
}
