//! Bit rates as HLS and DASH want them told.

use std::collections::VecDeque;
use std::ops::Range;

/// Peak and average bit rate of a list of segments, each as (seconds, bytes).
///
/// The peak is the highest rate of any run of segments that lasts 0.5 to 1.5 target durations (RFC 8216 §4.1); where no
/// run does, it is the highest rate of one segment. Time goes with the number of segments, whatever they last.
pub fn peak_and_average(segments: &[(f64, u64)], target_seconds: f64) -> (u64, u64) {
    let mut peak = peak_of_runs(segments, target_seconds);
    if peak == 0.0 {
        peak = segments.iter().map(|segment| rate_of(std::slice::from_ref(segment))).fold(0.0, f64::max);
    }
    let average = rate_of(segments);
    (whole(peak.max(average)), whole(average))
}

/// Sums of durations that meet a bound but for the last bits of a float meet it.
const ROUNDING_SECONDS: f64 = 1e-6;

/// The highest rate of the runs that last long enough and not too long; 0 where there is none.
///
/// Each round finds the run that has the most beyond the best rate so far, which is one of a higher rate if there is any
/// (Dinkelbach's method): a handful of rounds, of one pass each.
fn peak_of_runs(segments: &[(f64, u64)], target_seconds: f64) -> f64 {
    let mut peak = 0.0;
    loop {
        let found = richest_run(segments, target_seconds, peak).map_or(0.0, rate_of);
        if found <= peak {
            return peak;
        }
        peak = found;
    }
}

/// A place between segments.
#[derive(Debug, Clone, Copy)]
struct Mark {
    /// Segments before it.
    position: usize,
    /// Seconds of these.
    seconds: f64,
    /// Their bits beyond what a rate comes to.
    surplus: f64,
}

/// The places before, between and behind the segments.
fn marks(segments: &[(f64, u64)], rate: f64) -> impl Iterator<Item = Mark> {
    let start = Mark { position: 0, seconds: 0.0, surplus: 0.0 };
    let ends = segments.iter().scan(start, move |mark, (seconds, bytes)| {
        // Key frames may be shown in another order than they are decoded in: no time passes between such.
        let seconds = seconds.max(0.0);
        mark.position += 1;
        mark.seconds += seconds;
        mark.surplus += *bytes as f64 * 8.0 - rate * seconds;
        Some(*mark)
    });
    std::iter::once(start).chain(ends)
}

/// The run of 0.5 to 1.5 target durations that has the most bits beyond `rate`.
fn richest_run(segments: &[(f64, u64)], target_seconds: f64, rate: f64) -> Option<&[(f64, u64)]> {
    let (least, most) = (0.5 * target_seconds - ROUNDING_SECONDS, 1.5 * target_seconds + ROUNDING_SECONDS);
    let mut starts = marks(segments, rate).peekable();
    // Starts that are far enough from the end in question: the front one is the best, each behind it a worse one that stays longer.
    let mut candidates: VecDeque<Mark> = VecDeque::new();
    let mut best: Option<(f64, Range<usize>)> = None;
    for end in marks(segments, rate).skip(1) {
        while let Some(start) = starts.next_if(|start| start.position < end.position && end.seconds - start.seconds >= least) {
            while candidates.pop_back_if(|before| before.surplus >= start.surplus).is_some() {}
            candidates.push_back(start);
        }
        while candidates.pop_front_if(|start| end.seconds - start.seconds > most).is_some() {}
        if let Some(start) = candidates.front() {
            let surplus = end.surplus - start.surplus;
            if best.as_ref().is_none_or(|(known, _)| surplus > *known) {
                best = Some((surplus, start.position..end.position));
            }
        }
    }
    best.and_then(|(_, run)| segments.get(run))
}

/// Bits per second of segments together.
fn rate_of(segments: &[(f64, u64)]) -> f64 {
    let seconds: f64 = segments.iter().map(|(seconds, _)| seconds).sum();
    let bytes = segments.iter().fold(0u64, |sum, (_, bytes)| sum.saturating_add(*bytes));
    if seconds > 0.0 { bytes as f64 * 8.0 / seconds } else { 0.0 }
}

/// Rounded up, so that what is promised is enough.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(rate: f64) -> u64 {
    rate.ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_last_segment_does_not_make_the_peak() {
        let segments = [(4.0, 4_000), (4.0, 8_000), (0.1, 2_000)];
        assert_eq!(peak_and_average(&segments, 4.0).0, 19_513);
    }

    #[test]
    fn a_single_short_segment_gives_its_own_rate() {
        assert_eq!(peak_and_average(&[(1.0, 1_000)], 4.0), (8_000, 8_000));
    }

    #[test]
    fn the_peak_is_that_of_the_best_run_of_all() {
        let mut state = 7u64;
        let mut roll = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for round in 0..2000 {
            let segments: Vec<(f64, u64)> = (0..roll(40)).map(|_| (roll(48) as f64 / 8.0, roll(5000))).collect();
            let target = if round % 2 == 0 { longest(&segments).ceil() } else { 3.0 };
            assert_eq!(whole(peak_of_runs(&segments, target)), whole(by_trying_all(&segments, target)), "{segments:?}");
        }
    }

    #[test]
    fn a_million_key_frames_at_one_time_take_no_longer_than_others() {
        let mut segments = vec![(0.0, 100); 1 << 20];
        segments.push((60.0, 100));
        assert_eq!(peak_and_average(&segments, 60.0).0, 13_981_027);
        let crowded = vec![(1.0 / 65_536.0, 100); 1 << 20];
        assert_eq!(peak_and_average(&crowded, 10.0), (52_428_800, 52_428_800));
    }

    fn longest(segments: &[(f64, u64)]) -> f64 {
        segments.iter().map(|(seconds, _)| *seconds).fold(0.0, f64::max)
    }

    fn by_trying_all(segments: &[(f64, u64)], target: f64) -> f64 {
        let ends = (0..segments.len()).flat_map(|from| (from + 1..=segments.len()).map(move |to| from..to));
        let runs = ends.filter_map(|run| segments.get(run));
        let lasts = |run: &&[(f64, u64)]| {
            let seconds: f64 = run.iter().map(|(seconds, _)| seconds).sum();
            (0.5 * target..=1.5 * target).contains(&seconds)
        };
        runs.filter(lasts).map(rate_of).fold(0.0, f64::max)
    }
}
