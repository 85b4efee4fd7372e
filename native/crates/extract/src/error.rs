/// Why nothing was extracted.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The source is damaged or not readable by this engine.
    Container(reelway_mp4::Error),
    /// The source has no such track.
    NoTrack,
    /// What is asked for makes no sense.
    Request(&'static str),
    /// The source is readable, but what is asked for can't be taken out of it as it is shown.
    Refused(&'static str),
}

/// The result of everything that extracts.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Container(error) => error.code(),
            Self::NoTrack => "track_not_found",
            Self::Request(_) => "request_invalid",
            Self::Refused(_) => "not_extractable",
        }
    }
}

impl From<reelway_mp4::Error> for Error {
    fn from(error: reelway_mp4::Error) -> Self {
        Self::Container(error)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Container(error) => error.fmt(f),
            Self::NoTrack => f.write_str("the source has no such track"),
            Self::Request(reason) | Self::Refused(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Error {}
