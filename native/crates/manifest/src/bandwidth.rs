//! Bit rates as HLS and DASH want them told.

/// Peak and average bit rate of a list of segments, each as (seconds, bytes).
///
/// The peak is the highest rate of any run of segments that lasts 0.5 to 1.5 target durations (RFC 8216 §4.1); where no
/// run does, it is the highest rate of one segment.
pub fn peak_and_average(segments: &[(f64, u64)], target_seconds: f64) -> (u64, u64) {
    let mut peak: f64 = 0.0;
    for start in 0..segments.len() {
        let (mut seconds, mut bytes) = (0.0, 0u64);
        for (length, size) in segments.get(start..).unwrap_or_default() {
            seconds += length;
            bytes = bytes.saturating_add(*size);
            if seconds > 1.5 * target_seconds {
                break;
            }
            if seconds >= 0.5 * target_seconds {
                peak = peak.max(rate(bytes, seconds));
            }
        }
    }
    if peak == 0.0 {
        peak = segments.iter().map(|(seconds, bytes)| rate(*bytes, *seconds)).fold(0.0, f64::max);
    }
    let seconds: f64 = segments.iter().map(|(seconds, _)| seconds).sum();
    let bytes = segments.iter().fold(0u64, |sum, (_, bytes)| sum.saturating_add(*bytes));
    let average = rate(bytes, seconds);
    (whole(peak.max(average)), whole(average))
}

fn rate(bytes: u64, seconds: f64) -> f64 {
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
}
