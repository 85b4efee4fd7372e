use crate::limits::{LEAST_TIMESCALE, MAX_TICKS};
use crate::rate::constant_rate;
use crate::{Error, Result};

/// How the output counts time: at a constant rate by the number of the picture, else as the source does.
#[derive(Debug)]
pub(crate) struct Clock<'t> {
    /// When the title's pictures are shown, sorted, in ticks of the source.
    times: &'t [i64],
    source: u32,
    pub(crate) timescale: u32,
    rate: Option<Rate>,
}

#[derive(Debug, Clone, Copy)]
struct Rate {
    fraction: (u32, u32),
    /// Ticks of the output from one picture to the next.
    distance: i64,
    /// When the first picture is shown, in ticks of the output.
    base: i64,
}

impl<'t> Clock<'t> {
    pub(crate) fn of(times: &'t [i64], source: u32) -> Self {
        let Some((numerator, denominator)) = constant_rate(times, source) else {
            let factor = LEAST_TIMESCALE.div_ceil(source.max(1));
            return Self { times, source, timescale: source.saturating_mul(factor), rate: None };
        };
        let factor = std::iter::successors(Some(1), |factor: &u32| factor.checked_mul(10));
        let factor =
            factor.take_while(|factor| numerator.saturating_mul(*factor) < LEAST_TIMESCALE).last().map_or(1, |last| last * 10);
        let timescale = numerator.saturating_mul(factor);
        let distance = i64::from(denominator) * i64::from(factor);
        let base = snapped(times.first().copied().unwrap_or(0), source, (numerator, denominator), timescale, distance);
        Self { times, source, timescale, rate: Some(Rate { fraction: (numerator, denominator), distance, base }) }
    }

    pub(crate) fn frame_rate(&self) -> Option<(u32, u32)> {
        self.rate.map(|rate| rate.fraction)
    }

    /// When a picture of the title is shown, in ticks of the output.
    pub(crate) fn picture(&self, number: usize) -> Result<i64> {
        let time = match self.rate {
            Some(rate) => i128::from(rate.base) + index(number) * i128::from(rate.distance),
            None => self.scaled(self.times.get(number).copied().unwrap_or(0)),
        };
        bounded(time)
    }

    /// When the title ends, given when its last picture does in the source.
    pub(crate) fn end(&self, own_end: i64) -> Result<i64> {
        let last = self.times.last().copied().unwrap_or(0);
        let Some(rate) = self.rate else { return bounded(self.scaled(own_end)) };
        let (numerator, denominator) = (i128::from(rate.fraction.0), i128::from(rate.fraction.1));
        let own = i128::from(own_end) - i128::from(last);
        // As long as all others, give or take the rounding of the source's clock.
        let even = (own * numerator - denominator * i128::from(self.source)).abs() <= numerator;
        let distance =
            if even { i128::from(rate.distance) } else { rounded(own * i128::from(self.timescale), self.source).max(1) };
        bounded(i128::from(self.picture(self.times.len().saturating_sub(1))?) + distance)
    }

    fn scaled(&self, ticks: i64) -> i128 {
        i128::from(ticks) * i128::from(self.timescale / self.source.max(1))
    }
}

/// The first picture's time: on the grid of the rate where it is within half a tick of it, else where the source has it.
fn snapped(time: i64, source: u32, rate: (u32, u32), timescale: u32, distance: i64) -> i64 {
    let (numerator, step) = (i128::from(rate.0), i128::from(rate.1) * i128::from(source));
    let number = (i128::from(time) * numerator + step / 2).div_euclid(step.max(1));
    let off = (i128::from(time) * numerator - number * step).abs();
    let ticks = if off * 2 <= numerator {
        number * i128::from(distance)
    } else {
        rounded(i128::from(time) * i128::from(timescale), source)
    };
    i64::try_from(ticks).unwrap_or(i64::MAX)
}

fn rounded(ticks: i128, divisor: u32) -> i128 {
    let divisor = i128::from(divisor.max(1));
    (ticks + divisor / 2).div_euclid(divisor)
}

fn index(number: usize) -> i128 {
    i128::try_from(number).unwrap_or(i128::MAX)
}

fn bounded(ticks: i128) -> Result<i64> {
    let ticks = i64::try_from(ticks).ok().filter(|ticks| (0..MAX_TICKS).contains(ticks));
    ticks.ok_or(Error::Limit("a time of the output"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_rate_counts_in_its_own_ticks() {
        for (rate, timescale, distance) in [(24, 24_000, 1000), (25, 25_000, 1000), (60, 60_000, 1000), (100, 10_000, 100)] {
            let times: Vec<i64> = (0..50).map(|number| number * 12_000 / rate).collect();
            let clock = Clock::of(&times, 12_000);
            assert_eq!((clock.timescale, clock.picture(3).unwrap()), (timescale, 3 * distance), "{rate}");
        }
        let times: Vec<i64> = (5..505).map(|number: i64| (number * 600 * 1001 + 15_000) / 30_000).collect();
        let clock = Clock::of(&times, 600);
        assert_eq!((clock.timescale, clock.frame_rate()), (30_000, Some((30_000, 1001))));
        assert_eq!([0, 499].map(|number| clock.picture(number).unwrap()), [5 * 1001, 504 * 1001]);
    }

    #[test]
    fn a_variable_rate_keeps_the_sources_ticks() {
        let clock = Clock::of(&[3, 10, 11, 40], 600);
        assert_eq!((clock.timescale, clock.frame_rate()), (10_200, None));
        assert_eq!((clock.picture(3).unwrap(), clock.end(100).unwrap()), (680, 1700));
    }

    #[test]
    fn a_start_between_two_pictures_of_the_grid_stays_there() {
        let times: Vec<i64> = (0..100).map(|number| 7 + number * 24).collect();
        assert_eq!(Clock::of(&times, 600).picture(0).unwrap(), 292);
    }

    #[test]
    fn the_last_picture_stands_as_long_as_the_container_says() {
        let times: Vec<i64> = (0..100).map(|number| number * 20).collect();
        let clock = Clock::of(&times, 600);
        assert_eq!([1999, 2000, 2001, 2600].map(|end| clock.end(end).unwrap()), [100_000, 100_000, 100_000, 130_000]);
    }
}
