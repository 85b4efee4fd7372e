//! Where the segments of a chunk begin, and the key frames in them: two groups of pictures a segment.

use crate::Result;
use crate::clock::Clock;
use crate::document::PlannedSegment;

/// The pictures of a chunk, by their numbers in the title, and the times that they fill in ticks of the output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) first: usize,
    pub(crate) pictures: usize,
    pub(crate) start: i64,
    pub(crate) end: i64,
}

/// How the pictures of a chunk are grouped.
#[derive(Debug)]
pub(crate) struct Grouping {
    pub(crate) segments: Vec<PlannedSegment>,
    pub(crate) key_frames: Vec<u64>,
    pub(crate) grid: Option<u64>,
}

impl Grouping {
    /// Cuts a chunk into equal parts nearest to the target, which is in ticks of the output.
    pub(crate) fn of(clock: &Clock<'_>, stretch: Stretch, target: i64) -> Result<Self> {
        let duration = stretch.end - stretch.start;
        let wanted = usize::try_from((duration + target / 2) / target.max(1)).unwrap_or(usize::MAX);
        let count = wanted.clamp(1, stretch.pictures.max(1));
        let (starts, key_frames, grid) = match clock.frame_rate() {
            Some(_) => even(stretch.pictures, count),
            None => uneven(clock, stretch, count)?,
        };
        let segment = |picture: &usize| {
            Ok(PlannedSegment { first_picture: *picture as u64, start: clock.picture(stretch.first + picture)? })
        };
        Ok(Self {
            segments: starts.iter().map(segment).collect::<Result<_>>()?,
            key_frames: key_frames.iter().map(|picture| *picture as u64).collect(),
            grid: grid.map(|grid| grid as u64),
        })
    }
}

/// First pictures of the segments, key frames, and the distance of these.
type Starts = (Vec<usize>, Vec<usize>, Option<usize>);

/// At a constant rate groups are counted in pictures: an encoder keeps that without being told each key frame.
fn even(pictures: usize, count: usize) -> Starts {
    let grid = pictures.div_ceil(count.saturating_mul(2)).max(1);
    let mut starts: Vec<usize> = (0..pictures).step_by(grid.saturating_mul(2)).collect();
    // A last segment shorter than half the others stays with the one before.
    if starts.len() > 1 && starts.last().is_some_and(|last| pictures - last < grid) {
        starts.pop();
    }
    (starts, (0..pictures).step_by(grid).collect(), Some(grid))
}

/// Else each begins with the first picture at or behind its place in time; what has no picture of its own is left out.
fn uneven(clock: &Clock<'_>, stretch: Stretch, count: usize) -> Result<Starts> {
    let duration = i128::from(stretch.end) - i128::from(stretch.start);
    let halves = i128::try_from(count.saturating_mul(2)).unwrap_or(i128::MAX);
    let (mut starts, mut key_frames) = (Vec::new(), Vec::new());
    let mut half = 0;
    for picture in 0..stretch.pictures {
        let behind_start = i128::from(clock.picture(stretch.first + picture)?) - i128::from(stretch.start);
        // The halves that begin at or before this picture and behind the one before it.
        let due = half;
        while half < halves && behind_start * halves >= half * duration {
            half += 1;
        }
        if half > due {
            key_frames.push(picture);
            // A whole segment begins with the even ones.
            if (due..half).any(|half| half % 2 == 0) {
                starts.push(picture);
            }
        }
    }
    Ok((starts, key_frames, None))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn of(times: &[i64], end: i64, target: i64) -> (Vec<u64>, Vec<u64>, Option<u64>) {
        let clock = Clock::of(times, 10_000);
        let scale = i64::from(clock.timescale) / 10_000;
        let stretch = Stretch { first: 0, pictures: times.len(), start: times[0] * scale, end: end * scale };
        let segments = Grouping::of(&clock, stretch, target * scale).unwrap();
        (segments.segments.iter().map(|segment| segment.first_picture).collect(), segments.key_frames, segments.grid)
    }

    /// Times of pictures that come 25 times a second.
    fn even_times(count: i64) -> Vec<i64> {
        (0..count).map(|number| number * 400).collect()
    }

    #[test]
    fn two_groups_a_segment_by_count() {
        assert_eq!(of(&even_times(600), 240_000, 40_000).0, [0, 100, 200, 300, 400, 500]);
        assert_eq!(of(&even_times(617), 246_800, 40_000).2, Some(52));
        assert_eq!(of(&even_times(8), 3200, 40_000), (vec![0], vec![0, 4], Some(4)));
        assert_eq!(of(&even_times(1), 400, 40_000), (vec![0], vec![0], None));
    }

    #[test]
    fn no_stub_at_the_end_of_a_chunk() {
        // One picture a second: groups of three, and one picture left over.
        let slow: Vec<i64> = (0..25).map(|number| number * 10_000).collect();
        assert_eq!(of(&slow, 250_000, 40_000), (vec![0, 6, 12, 18], (0..25).step_by(3).collect(), Some(3)));
    }

    #[test]
    fn pictures_at_uneven_times_begin_segments_where_time_says() {
        let times = [0, 9000, 10_000, 21_000, 39_000, 41_000, 60_000, 79_999];
        assert_eq!(of(&times, 80_000, 40_000), (vec![0, 5], vec![0, 3, 5, 6], None));
        // A picture that stands for many segments begins one.
        assert_eq!(of(&[0, 1, 200_000], 210_000, 40_000), (vec![0, 2], vec![0, 2], None));
    }
}
