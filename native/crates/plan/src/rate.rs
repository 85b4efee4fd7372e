//! Whether pictures come at one rate, found in times that a clock has rounded.

/// Rates that sources have, those without a fraction first: of a short clip with a coarse clock both 24 and 24000/1001 may hold.
const USUAL: [(u32, u32); 20] = [
    (24, 1),
    (25, 1),
    (30, 1),
    (50, 1),
    (60, 1),
    (10, 1),
    (12, 1),
    (15, 1),
    (20, 1),
    (48, 1),
    (100, 1),
    (120, 1),
    (240, 1),
    (24_000, 1001),
    (30_000, 1001),
    (60_000, 1001),
    (15_000, 1001),
    (48_000, 1001),
    (120_000, 1001),
    (25, 2),
];

/// Ticks between two pictures below which rounded times say too little about a rate.
const LEAST_DISTANCE: i128 = 4;

/// Pictures per second, as numerator and denominator, where every time is within half a tick of its place at that rate; `None`
/// where the distances differ, or are longer than a second. The times are sorted, without repeats.
pub(crate) fn constant_rate(times: &[i64], timescale: u32) -> Option<(u32, u32)> {
    let (first, last) = (i128::from(*times.first()?), i128::from(*times.last()?));
    let steps = i128::try_from(times.len()).ok()? - 1;
    let length = last - first;
    if steps < 1 || length > steps * i128::from(timescale) {
        return None;
    }
    if length % steps == 0 && is_even(times, length / steps) {
        return reduced(i128::from(timescale), length / steps);
    }
    if length < steps * LEAST_DISTANCE {
        return None;
    }
    let usual = USUAL.iter().copied().find(|rate| holds(times, timescale, *rate));
    usual.or_else(|| {
        // The rates that the first and the last time allow: a tick of rounding in all.
        let ticks = steps * i128::from(timescale);
        let (numerator, denominator) = simplest_between((ticks, length + 1), (ticks, length - 1));
        let rate = (u32::try_from(numerator).ok()?, u32::try_from(denominator).ok()?);
        Some(rate).filter(|rate| holds(times, timescale, *rate))
    })
}

fn is_even(times: &[i64], distance: i128) -> bool {
    times.iter().zip(times.iter().skip(1)).all(|(before, next)| i128::from(*next) - i128::from(*before) == distance)
}

/// All times lie within one tick around a straight line of this rate: rounded to the nearest tick, or always down.
fn holds(times: &[i64], timescale: u32, (numerator, denominator): (u32, u32)) -> bool {
    let (numerator, step) = (i128::from(numerator), i128::from(denominator) * i128::from(timescale));
    let first = times.first().copied().unwrap_or(0);
    let (mut least, mut most) = (0, 0);
    times.iter().enumerate().all(|(number, time)| {
        let off = (i128::from(*time) - i128::from(first)) * numerator - i128::try_from(number).unwrap_or(i128::MAX) * step;
        (least, most) = (off.min(least), off.max(most));
        most - least <= numerator
    })
}

fn reduced(numerator: i128, denominator: i128) -> Option<(u32, u32)> {
    let (mut a, mut b) = (numerator, denominator);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    Some((u32::try_from(numerator / a).ok()?, u32::try_from(denominator / a).ok()?))
}

/// The fraction with the least denominator between two positive ones, of which the first is the smaller.
fn simplest_between(low: (i128, i128), high: (i128, i128)) -> (i128, i128) {
    let whole = low.0 / low.1;
    if low.0 % low.1 == 0 {
        return (whole, 1);
    }
    if whole < high.0 / high.1 {
        return (whole + 1, 1);
    }
    // Both lie between `whole` and `whole + 1`: the same question for what remains, upside down.
    let (denominator, numerator) = simplest_between((high.1, high.0 - whole * high.1), (low.1, low.0 - whole * low.1));
    (whole * denominator + numerator, denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times of pictures at a rate, on a clock that rounds to the nearest tick or down.
    fn times(count: i64, (numerator, denominator): (i64, i64), timescale: i64, nearest: bool) -> Vec<i64> {
        let round = |n: i64| {
            let ticks = n * denominator * timescale * 2 / numerator;
            if nearest { (ticks + 1) / 2 } else { ticks / 2 }
        };
        (0..count).map(round).collect()
    }

    #[test]
    fn a_rate_is_found_behind_the_rounding_of_odd_clocks() {
        let cases: [((u32, u32), u32); 9] = [
            ((30_000, 1001), 600),
            ((24_000, 1001), 600),
            ((24_000, 1001), 1000),
            ((60_000, 1001), 1000),
            ((25, 1), 12_347),
            ((60, 1), 1000),
            ((24_000, 1001), 90_000),
            ((18, 1), 1000),
            ((59, 2), 1000),
        ];
        for (rate, timescale) in cases {
            for nearest in [true, false] {
                let times = times(2000, (rate.0.into(), rate.1.into()), timescale.into(), nearest);
                assert_eq!(constant_rate(&times, timescale), Some(rate), "{rate:?} in {timescale}");
            }
        }
    }

    #[test]
    fn exact_times_give_the_exact_rate() {
        assert_eq!(constant_rate(&[0, 1001, 2002], 24_000), Some((24_000, 1001)));
        assert_eq!(constant_rate(&[0, 3003, 6006], 90_000), Some((30_000, 1001)));
        assert_eq!(constant_rate(&[7, 8, 9, 10], 25), Some((25, 1)));
        assert_eq!(constant_rate(&[0, 494, 988], 12_347), Some((12_347, 494)));
    }

    #[test]
    fn other_times_have_no_rate() {
        let mut dropped = times(500, (25, 1), 12_800, true);
        dropped.remove(250);
        assert_eq!(constant_rate(&dropped, 12_800), None);
        let mut late = times(500, (30_000, 1001), 600, true);
        late.iter_mut().skip(250).for_each(|time| *time += 2);
        assert_eq!(constant_rate(&late, 600), None);
        assert_eq!(constant_rate(&[0, 2000], 1000), None);
        assert_eq!(constant_rate(&[0, 1, 2, 4], 25), None);
        assert_eq!(constant_rate(&[5], 1000), None);
        assert_eq!(constant_rate(&[], 1000), None);
    }
}
