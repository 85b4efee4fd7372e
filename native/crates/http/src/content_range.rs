use std::ops::Range;

/// What a `Content-Range` says (RFC 9110 §14.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContentRange {
    /// The bytes in the answer; `None` for `bytes */LENGTH`.
    pub(crate) range: Option<Range<u64>>,
    /// Bytes of the whole; `None` for `*`.
    pub(crate) length: Option<u64>,
}

impl ContentRange {
    /// Reads the header; `None` when it makes no sense.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (range, length) = text.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
        let length = if length == "*" { None } else { Some(number(length)?) };
        if range == "*" {
            return Some(Self { range: None, length });
        }
        let (first, last) = range.split_once('-')?;
        let (start, end) = (number(first)?, number(last)?.checked_add(1)?);
        let sensible = start < end && length.is_none_or(|length| end <= length);
        sensible.then_some(Self { range: Some(start..end), length })
    }
}

/// Digits alone: the standard parser takes a sign too.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_makes_sense_and_nothing_else() {
        let parsed = |range, length| Some(ContentRange { range, length });
        assert_eq!(ContentRange::parse("bytes 0-9/100"), parsed(Some(0..10), Some(100)));
        assert_eq!(ContentRange::parse("bytes 5-5/*"), parsed(Some(5..6), None));
        assert_eq!(ContentRange::parse("bytes */7"), parsed(None, Some(7)));
        for text in [
            "",
            "bytes",
            "bytes 5-4/9",
            "bytes 0-9/9",
            "bytes -5/9",
            "bytes +1-2/9",
            "items 0-1/2",
            "bytes 0-18446744073709551615/*",
        ] {
            assert_eq!(ContentRange::parse(text), None, "{text}");
        }
    }
}
