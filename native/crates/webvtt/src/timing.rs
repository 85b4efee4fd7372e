//! Times of cues, as `WebVTT` (W3C, §6.3) and `SubRip` write them.

use crate::limits::MAX_TIME;

/// What stands between the times of a cue.
pub(crate) const ARROW: &str = "-->";

/// The times of a cue in milliseconds, and what follows them on the line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Timing<'t> {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) rest: &'t str,
}

impl<'t> Timing<'t> {
    /// Reads `00:01:02.345 --> 00:01:04.000 …`; hours may be missing, and a comma may stand for the point.
    pub(crate) fn parse(line: &'t str) -> Option<Self> {
        let (start, after) = line.split_once(ARROW)?;
        let after = after.trim_start();
        let (end, rest) = after.split_once(char::is_whitespace).unwrap_or((after, ""));
        Some(Self { start: milliseconds(start.trim())?, end: milliseconds(end)?, rest: rest.trim() })
    }
}

/// `[HOURS:]MM:SS.mmm`, with one to nine digits behind the point or comma.
fn milliseconds(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once(['.', ','])?;
    let parts: Vec<u64> = whole.splitn(4, ':').map(number).collect::<Option<_>>()?;
    let (hours, minutes, seconds) = match *parts.as_slice() {
        [minutes, seconds] => (0, minutes, seconds),
        [hours, minutes, seconds] => (hours, minutes, seconds),
        _ => return None,
    };
    if minutes > 59 || seconds > 59 || number(fraction).is_none() {
        return None;
    }
    let thousandths: String = fraction.chars().chain("00".chars()).take(3).collect();
    let time = ((hours.checked_mul(60)? + minutes) * 60 + seconds) * 1000 + number(&thousandths)?;
    Some(time).filter(|time| *time <= MAX_TIME)
}

/// Nine digits at most: no sum of such numbers overflows.
fn number(digits: &str) -> Option<u64> {
    let plain = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

/// `HH:MM:SS.mmm`.
pub(crate) fn timestamp(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    format!("{:02}:{:02}:{:02}.{:03}", seconds / 3600, seconds / 60 % 60, seconds % 60, milliseconds % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_both_formats_write_them() {
        for (text, expected) in [
            ("01:02.345", 62_345),
            ("00:01:02,345", 62_345),
            ("100:00:00.000", 360_000_000),
            ("1:2:3.4", 3_723_400),
            ("00:00:00.123456", 123),
            ("00:00:05,05", 5_050),
        ] {
            assert_eq!(milliseconds(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "5.000",
            "00:61.000",
            "00:00:60.000",
            "00:00:01",
            "-0:01.000",
            "00:00:01.",
            "1:2:3:4.0",
            "9999:00:00.000",
            "00:00:+1.0",
        ] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }

    #[test]
    fn a_timing_line_has_two_times_and_a_rest() {
        let parsed = |line| Timing::parse(line).map(|timing| (timing.start, timing.end, timing.rest));
        assert_eq!(parsed("00:01.000 --> 00:02.000"), Some((1000, 2000, "")));
        assert_eq!(parsed(" 00:01.000-->00:02.000\tline:0  align:start "), Some((1000, 2000, "line:0  align:start")));
        assert_eq!(parsed("00:01.000 -> 00:02.000"), None);
        assert_eq!(parsed("a --> b"), None);
    }

    #[test]
    fn a_time_is_written_as_it_is_read() {
        assert_eq!(timestamp(360_062_345), "100:01:02.345");
        assert_eq!(milliseconds(&timestamp(62_345)), Some(62_345));
    }
}
