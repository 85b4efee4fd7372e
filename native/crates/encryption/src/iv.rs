use crate::{Error, Result, limits};

/// A rendition of a title, as initialization vectors count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    /// Pictures, not sound.
    pub video: bool,
    /// Its number among those of its kind.
    pub number: u8,
}

/// A segment of a title: where initialization vectors are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    stream: Stream,
    segment: u32,
}

impl Place {
    /// The segment with this number in the title.
    pub const fn new(stream: Stream, segment: u32) -> Result<Self> {
        if stream.number > limits::MAX_STREAM {
            return Err(Error::Limit("more renditions than initialization vectors can tell apart"));
        }
        if segment > limits::MAX_SEGMENT {
            return Err(Error::Limit("a segment number that initialization vectors have no room for"));
        }
        Ok(Self { stream, segment })
    }

    pub(crate) const fn is_video(self) -> bool {
        self.stream.video
    }

    /// A sample's place as one number that no other sample of the title has: kind and rendition in 8 bits, segment in 24,
    /// sample in 32.
    pub(crate) const fn of_sample(self, sample: u32) -> u64 {
        let kind = if self.stream.video { 0 } else { 1 << 7 };
        ((kind | self.stream.number) as u64) << 56 | (self.segment as u64) << 32 | sample as u64
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_of_a_title_has_a_place_of_its_own() {
        let place = |video, number, segment, sample| Place::new(Stream { video, number }, segment).unwrap().of_sample(sample);
        let mut places = Vec::new();
        for (video, number) in [(true, 0), (true, 1), (true, 127), (false, 0), (false, 1), (false, 127)] {
            for segment in [0, 1, 255, 65_536, limits::MAX_SEGMENT] {
                places.extend([0, 1, 1 << 25, u32::MAX].map(|sample| place(video, number, segment, sample)));
            }
        }
        let all = places.len();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), all);
    }

    #[test]
    fn what_has_no_place_is_refused() {
        assert!(Place::new(Stream { video: true, number: 128 }, 1).is_err());
        assert!(Place::new(Stream { video: true, number: 1 }, 1 << 24).is_err());
    }
}
