use serde::{Deserialize, Serialize};

use crate::language;

/// The longest name, in characters.
const MAX_NAME: usize = 120;

/// Subtitles as players see them: one whole file, and the same cues in segments. Times are presentation times in ticks of
/// `timescale`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Subtitles {
    /// Its folder: `subtitles-1` …
    pub id: String,
    /// Language and name.
    pub label: SubtitleLabel,
    /// Ticks per second.
    pub timescale: u32,
    /// Bytes of the whole file.
    pub bytes: u64,
    /// In order, without gaps.
    pub segments: Vec<TextSegment>,
}

/// What a viewer and a player choose subtitles by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubtitleLabel {
    /// BCP 47 tag, or an ISO 639-2 code; `None` when the language is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What a viewer is shown; without it the language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Shown unless the viewer chooses otherwise.
    pub default: bool,
    /// Only what a viewer who understands the sound still needs: signs, other languages.
    pub forced: bool,
}

/// One segment of subtitles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TextSegment {
    /// Its number, from 1 at the start of the title.
    pub number: u32,
    /// When it starts.
    pub start: i64,
    /// Until the next segment's start, or the title's end.
    pub duration: i64,
    /// Length.
    pub bytes: u64,
}

impl TextSegment {
    /// Where the next segment starts.
    pub const fn end(&self) -> i64 {
        self.start.saturating_add(self.duration)
    }
}

impl Subtitles {
    /// Seconds of so many ticks.
    pub fn seconds(&self, ticks: i64) -> f64 {
        ticks as f64 / f64::from(self.timescale.max(1))
    }

    /// Presentation time of the end, in seconds.
    pub fn end_seconds(&self) -> f64 {
        self.segments.last().map_or(0.0, |segment| self.seconds(segment.end()))
    }

    /// Seconds and bytes of each segment.
    pub(crate) fn segment_rates(&self) -> Vec<(f64, u64)> {
        self.segments.iter().map(|segment| (self.seconds(segment.duration), segment.bytes)).collect()
    }

    /// Peak and average bit rate of the segments.
    pub(crate) fn rates(&self) -> (u64, u64) {
        let segments = self.segment_rates();
        let longest = segments.iter().map(|(seconds, _)| *seconds).fold(0.0, f64::max);
        crate::peak_and_average(&segments, longest.ceil())
    }
}

impl SubtitleLabel {
    /// Language and name can stand in playlists: a tag's letters, and a line of text without quotation marks.
    pub fn is_valid(&self) -> bool {
        self.language.as_deref().is_none_or(is_language_tag) && self.name.as_deref().is_none_or(is_name)
    }

    /// The tag that players are told.
    pub(crate) fn tag(&self) -> Option<&str> {
        self.language.as_deref().and_then(language::tag)
    }
}

/// The form of a BCP 47 tag: subtags of one to eight letters and digits, the first of letters alone.
fn is_language_tag(text: &str) -> bool {
    let mut subtags = text.split('-');
    let first =
        subtags.next().is_some_and(|first| (2..=8).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic()));
    let rest = |subtag: &str| (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 35 && first && subtags.all(rest)
}

/// A quoted string of a playlist has no escapes (RFC 8216 §4.2).
fn is_name(text: &str) -> bool {
    let plain = |letter: char| letter != '"' && !letter.is_control() && !('\u{2028}'..='\u{2029}').contains(&letter);
    !text.trim().is_empty() && text.chars().count() <= MAX_NAME && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_what_playlists_can_hold() {
        let label = |language: &str, name: &str| SubtitleLabel {
            language: Some(language.to_owned()),
            name: Some(name.to_owned()),
            ..SubtitleLabel::default()
        };
        for (language, name) in [("en", "English"), ("zh-Hant-TW", "繁體中文"), ("eng", "Bob & Co <SDH>")] {
            assert!(label(language, name).is_valid(), "{language} {name}");
        }
        for (language, name) in [
            ("e", "a"),
            ("en_US", "a"),
            ("en-", "a"),
            ("1a", "a"),
            ("en", ""),
            ("en", " "),
            ("en", "a\"b"),
            ("en", "a\nb"),
            ("en-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa", "a"),
        ] {
            assert!(!label(language, name).is_valid(), "{language} {name}");
        }
    }
}
