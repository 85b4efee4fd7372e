use std::ops::Range;

use crate::write::HEADER;
use crate::{Cue, Document, Error, Result, limits};

/// A document laid out on a title's segments: each holds all cues that are shown in its time, with their own times
/// (RFC 8216 §3.5), so a cue that is shown across a border stands on both sides of it.
#[derive(Debug)]
pub struct Segments<'d> {
    /// What each segment begins with.
    head: String,
    cues: Vec<Vec<&'d Cue>>,
}

impl<'d> Segments<'d> {
    /// Lays cues out on segments, which follow each other: their times in milliseconds, a part of one rounded outward.
    ///
    /// What is shown behind the last segment stands in it all the same. Refuses cues that overlap without measure.
    pub fn of(document: &'d Document, times: &[Range<u64>]) -> Result<Self> {
        let mut head = HEADER.to_owned();
        for definition in document.definitions() {
            head.push('\n');
            head.push_str(definition);
            head.push('\n');
        }
        let mut bytes = (head.len() as u64).saturating_mul(times.len() as u64);
        let mut cues: Vec<Vec<&Cue>> = vec![Vec::new(); times.len()];
        for cue in document.cues() {
            let first = times.partition_point(|segment| segment.end <= cue.start).min(times.len().saturating_sub(1));
            let behind = times.partition_point(|segment| segment.start < cue.end).max(first + 1);
            let length = cue.to_string().len() as u64 + 1;
            bytes = bytes.saturating_add(length.saturating_mul((behind - first) as u64));
            if bytes > limits::MAX_SEGMENTED_BYTES {
                return Err(Error::Overlap);
            }
            for segment in cues.iter_mut().take(behind).skip(first) {
                segment.push(cue);
            }
        }
        if bytes > limits::MAX_SEGMENTED_BYTES {
            return Err(Error::Overlap);
        }
        Ok(Self { head, cues })
    }

    /// The text of each segment, in order.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.cues.iter().map(|cues| {
            let mut text = self.head.clone();
            for cue in cues {
                text.push('\n');
                text.push_str(&cue.to_string());
            }
            text
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    fn texts(vtt: &str, times: &[Range<u64>]) -> Vec<String> {
        Segments::of(&Document::parse(vtt.as_bytes()).unwrap(), times).unwrap().texts().collect()
    }

    #[test]
    fn a_cue_stands_in_each_segment_that_shows_it_with_its_own_times() {
        let vtt = "WEBVTT\n\nSTYLE\n::cue{}\n\n00:01.000 --> 00:04.000\nOne\n\n00:03.000 --> 00:05.000 line:0\nTwo\n\n00:20.000 --> 00:21.000\nLate\n";
        let head = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\nSTYLE\n::cue{}\n";
        let (one, two) = ("\n00:00:01.000 --> 00:00:04.000\nOne\n", "\n00:00:03.000 --> 00:00:05.000 line:0\nTwo\n");
        let late = "\n00:00:20.000 --> 00:00:21.000\nLate\n";
        let found = texts(vtt, &[0..4000, 4000..8000, 8000..10_000]);
        assert_eq!(found, [format!("{head}{one}{two}"), format!("{head}{two}"), format!("{head}{late}")]);
    }

    #[test]
    fn every_segment_reads_back() {
        let vtt = "WEBVTT\n\nNOTE mine\n\na\n00:01.000 --> 00:04.000\n<v Ann>One\nTwo\n";
        for text in texts(vtt, &[0..2000, 2000..3000]) {
            let document = Document::parse(text.as_bytes()).unwrap();
            assert_eq!((document.cues().count(), document.dropped), (1, 0));
        }
        let document = Document::parse(vtt.as_bytes()).unwrap();
        assert_eq!(Document::parse(document.to_string().as_bytes()).unwrap(), document);
    }

    #[test]
    fn cues_that_overlap_without_measure_are_refused() {
        let cue = format!("00:00.000 --> 900:00:00.000\n{}\n\n", "a".repeat(1000));
        let document = Document::parse(format!("WEBVTT\n\n{}", cue.repeat(100)).as_bytes()).unwrap();
        let times: Vec<_> = (0..10_000).map(|number| number * 4000..(number + 1) * 4000).collect();
        assert_eq!(Segments::of(&document, &times).err(), Some(Error::Overlap));
        assert!(Segments::of(&document, &[]).is_ok());
    }
}
