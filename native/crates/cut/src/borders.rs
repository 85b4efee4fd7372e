use reelway_inspect::index::Gop;
use reelway_mp4::Sample;

use crate::report::Moved;

/// Which key frames make a border: those that everything decoded before them is also shown before.
///
/// Any other would tear pictures from what they are decoded from.
#[derive(Debug)]
pub(crate) struct Borders {
    /// The number of the first key frame here.
    first: usize,
    clean: Vec<bool>,
}

impl Borders {
    /// Looks at the presentation times of all samples, in decode order. The first group has the number `first`.
    pub(crate) fn of(first: usize, gops: &[Gop], samples: &[Sample]) -> Self {
        let mut latest_before = i64::MIN;
        let mut position = 0;
        let clean = gops
            .iter()
            .map(|gop| {
                let start = usize::try_from(gop.first_sample).unwrap_or(usize::MAX).min(samples.len());
                for sample in samples.get(position..start).unwrap_or_default() {
                    latest_before = latest_before.max(sample.composition_time());
                }
                position = start.max(position);
                latest_before < gop.time
            })
            .collect();
        Self { first, clean }
    }

    /// The key frames that can be a border.
    pub(crate) fn clean(&self) -> impl Iterator<Item = usize> {
        (self.first..).zip(&self.clean).filter(|(_, clean)| **clean).map(|(number, _)| number)
    }

    /// The border to use for the one asked for: itself, or the next one behind it that is clean; the end always is.
    ///
    /// Whoever asks for the same key frame as the end of one chunk and the start of the next gets the same answer.
    pub(crate) fn nearest(&self, asked: usize, moved: &mut Vec<Moved>) -> usize {
        let rest = self.clean.iter().skip(asked.saturating_sub(self.first));
        let used = rest.take_while(|clean| !**clean).count() + asked;
        if used != asked {
            moved.push(Moved { asked, used, reason: "a picture decoded before this key frame is shown after it" });
        }
        used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(time: i64, sync: bool) -> Sample {
        Sample { offset: 0, size: 1, decode_time: time, duration: 1, composition_offset: 0, sync, description: 0 }
    }

    #[test]
    fn a_border_that_would_tear_pictures_apart_moves_to_the_next_one() {
        let times = [(0, true), (5, false), (4, true), (6, false), (8, true)];
        let samples: Vec<Sample> = times.iter().map(|(time, sync)| sample(*time, *sync)).collect();
        let gop = |first_sample, time| Gop { first_sample, time, earliest: time, from_byte: 0, to_byte: 1 };
        let borders = Borders::of(7, &[gop(0, 0), gop(2, 4), gop(4, 8)], &samples);
        let mut moved = Vec::new();
        assert_eq!([7, 8, 9, 10].map(|asked| borders.nearest(asked, &mut moved)), [7, 9, 9, 10]);
        assert_eq!(moved.len(), 1);
        assert!(borders.clean().eq([7, 9]));
    }
}
