/// Why subtitles can't be packaged. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The text is not UTF-8.
    Encoding {
        /// The first line that is not.
        line: usize,
    },
    /// Neither `WebVTT`, whose first line is `WEBVTT`, nor `SubRip`, which begins with a cue.
    Format,
    /// A line with `-->` whose times can't be read.
    Timing {
        /// The line.
        line: usize,
    },
    /// Something is larger than [`crate::limits`] allow.
    Limit {
        /// The line where that was noticed.
        line: usize,
        /// What is too large.
        what: &'static str,
    },
    /// Cues overlap so much that their segments would be far larger than the file.
    Overlap,
}

/// The result of everything that reads subtitles.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A stable name for the kind of error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Encoding { .. } => "subtitles_encoding",
            Self::Format => "subtitles_format",
            Self::Timing { .. } => "subtitles_timing",
            Self::Limit { .. } | Self::Overlap => "subtitles_limit",
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Encoding { line } => write!(f, "line {line} is not UTF-8"),
            Self::Format => f.write_str("neither WebVTT (its first line is WEBVTT) nor SubRip (it begins with a cue)"),
            Self::Timing { line } => write!(f, "line {line}: no times that can be read, as 00:01:02.345 --> 00:01:04.000"),
            Self::Limit { line, what } => write!(f, "line {line}: {what}"),
            Self::Overlap => f.write_str("cues overlap so much that their segments would be far larger than the file"),
        }
    }
}

impl std::error::Error for Error {}
