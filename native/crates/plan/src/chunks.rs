//! Where chunks begin: at the borders nearest to the lengths asked for.

use crate::limits::{CLOSING_CHUNK_SECONDS, LEAST_CHUNK_SECONDS, MAX_CHUNKS};

/// A key frame of the source that a chunk can begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Border {
    pub(crate) key_frame: usize,
    /// Its place in decode order.
    pub(crate) first_sample: usize,
    /// Its presentation time in ticks of the source.
    pub(crate) time: i64,
}

/// The lengths to aim for, in ticks of the source.
#[derive(Debug, Clone)]
pub(crate) struct Targets {
    opening: Vec<Target>,
    rest: Target,
    /// What the last chunks come down to, so that those who work on them end at about the same time.
    closing: Target,
}

#[derive(Debug, Clone, Copy)]
struct Target {
    length: i64,
    /// No chunk is shorter where key frames allow.
    least: i64,
}

impl Targets {
    pub(crate) fn new(opening_seconds: &[f64], chunk_seconds: f64, timescale: u32) -> Self {
        let target = |seconds: f64, least: f64| Target { length: ticks(seconds, timescale), least: ticks(least, timescale) };
        // Whoever asks for less than the least wants short chunks.
        let least = if chunk_seconds < LEAST_CHUNK_SECONDS { chunk_seconds / 2.0 } else { LEAST_CHUNK_SECONDS };
        let opening = opening_seconds.iter().map(|seconds| target(*seconds, seconds / 2.0)).collect();
        let closing = chunk_seconds.min(CLOSING_CHUNK_SECONDS);
        Self { opening, rest: target(chunk_seconds, least), closing: target(closing, closing * 0.75) }
    }

    /// For the chunk with this number, where so much of the title is left: half of that at most.
    fn of(&self, ordinal: usize, left: i64) -> Target {
        let half = left / 2;
        self.opening.get(ordinal).copied().unwrap_or(match self.rest.length {
            length if length <= half => self.rest,
            _ => Target { length: half.max(self.closing.length).min(self.rest.length), least: self.closing.least },
        })
    }
}

fn ticks(seconds: f64, timescale: u32) -> i64 {
    #[allow(clippy::cast_possible_truncation)] // bounded by the limits: an hour at 2^31 ticks a second
    let ticks = (seconds * f64::from(timescale)).round() as i64;
    ticks.max(1)
}

/// The borders at which chunks begin; the first of all is always one. `start` and `end` are the title's.
pub(crate) fn choose(borders: &[Border], start: i64, end: i64, mut targets: Targets) -> Vec<Border> {
    loop {
        let chosen = nearest(borders, start, end, &targets);
        if chosen.len() <= MAX_CHUNKS {
            return chosen;
        }
        targets.rest.length = targets.rest.length.saturating_mul(2);
    }
}

fn nearest(borders: &[Border], start: i64, end: i64, targets: &Targets) -> Vec<Border> {
    let Some((first, mut left)) = borders.split_first() else { return Vec::new() };
    let mut chosen = vec![*first];
    let mut begin = first.time.max(start);
    loop {
        let target = targets.of(chosen.len() - 1, end.saturating_sub(begin));
        left = skip_before(left, begin.saturating_add(target.least));
        let ideal = begin.saturating_add(target.length);
        let behind = skip_before(left, ideal);
        let before = left.len().checked_sub(behind.len() + 1).and_then(|at| left.get(at));
        let candidates = [before, behind.first()].into_iter().flatten();
        let Some(best) = candidates.min_by_key(|border| border.time.abs_diff(ideal)) else { break };
        if end.abs_diff(ideal) <= best.time.abs_diff(ideal) {
            break;
        }
        chosen.push(*best);
        begin = best.time;
        left = skip_before(left, begin.saturating_add(1));
    }
    let left = end.saturating_sub(begin);
    let tail = targets.of(chosen.len() - 1, left);
    if chosen.len() > 1 && left < tail.least.max(tail.length / 2) {
        chosen.pop();
    }
    chosen
}

fn skip_before(borders: &[Border], time: i64) -> &[Border] {
    borders.get(borders.partition_point(|border| border.time < time)..).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::cast_possible_wrap)]
mod tests {
    use super::*;

    /// Milliseconds of the chunks of a title with borders at these.
    fn lengths(times: &[i64], end: i64, opening: &[f64], chunk: f64) -> Vec<i64> {
        let borders: Vec<Border> = times
            .iter()
            .enumerate()
            .map(|(key_frame, time)| Border { key_frame, first_sample: key_frame, time: *time })
            .collect();
        let chosen = choose(&borders, 0, end, Targets::new(opening, chunk, 1000));
        let starts = chosen.iter().map(|border| border.time);
        starts.clone().zip(starts.skip(1).chain([end])).map(|(from, to)| to - from).collect()
    }

    fn every(step: i64, end: i64) -> Vec<i64> {
        (0..end).step_by(usize::try_from(step).unwrap_or(1)).collect()
    }

    #[test]
    fn the_opening_and_the_closing_are_short_and_the_rest_as_long_as_asked() {
        assert_eq!(
            lengths(&every(2000, 120_000), 120_000, &[6.0, 6.0, 12.0], 24.0),
            [6000, 6000, 12_000, 24_000, 24_000, 24_000, 12_000, 6000, 6000]
        );
        assert_eq!(lengths(&every(5000, 60_000), 60_000, &[6.0], 24.0), [5000, 25_000, 15_000, 5000, 5000, 5000]);
    }

    #[test]
    fn a_stub_at_the_end_is_joined_to_the_chunk_before() {
        assert_eq!(lengths(&every(1000, 59_000), 59_000, &[], 24.0), [24_000, 17_000, 9000, 9000]);
        assert_eq!(lengths(&every(1000, 60_000), 60_000, &[], 24.0), [24_000, 18_000, 9000, 9000]);
        assert_eq!(lengths(&every(1000, 20_000), 20_000, &[6.0, 6.0], 12.0), [6000, 6000, 8000]);
        assert_eq!(lengths(&every(1000, 19_000), 19_000, &[6.0, 6.0], 12.0), [6000, 6000, 7000]);
        assert_eq!(lengths(&every(1000, 8000), 8000, &[], 12.0), [8000]);
        assert_eq!(lengths(&every(1000, 3000), 3000, &[6.0, 6.0], 24.0), [3000]);
    }

    #[test]
    fn no_chunk_behind_the_opening_is_short_where_key_frames_allow() {
        assert_eq!(lengths(&[0, 7000, 50_000], 90_000, &[], 24.0), [50_000, 40_000]);
        assert_eq!(lengths(&[0, 40, 20_000], 60_000, &[6.0], 24.0), [20_000, 40_000]);
        assert_eq!(lengths(&every(1000, 8000), 8000, &[], 2.0), [2000; 4]);
    }

    #[test]
    fn a_title_of_many_hours_gets_longer_chunks() {
        let end = 200 * 3600 * 1000;
        let chunks = lengths(&every(2000, end), end, &[6.0, 6.0, 12.0], 24.0);
        assert_eq!(chunks.iter().sum::<i64>(), end);
        assert!(chunks.len() <= MAX_CHUNKS && chunks.len() > MAX_CHUNKS / 3, "{}", chunks.len());
        assert_eq!(chunks.iter().take(3).copied().collect::<Vec<_>>(), [6000, 6000, 12_000]);
    }
}
