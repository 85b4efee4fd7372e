/// Why nothing was packaged.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The input is damaged or not readable by this engine.
    Container(reelway_mp4::Error),
    /// The input is readable, but packaging it would give something wrong.
    Refused(String),
    /// A sample can't be encrypted right.
    Encryption {
        /// The rendition that it belongs to.
        rendition: String,
        /// Why.
        error: reelway_encryption::Error,
    },
    /// Writing failed.
    Output(reelway_output::Error),
}

/// The result of everything that packages.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }
}

impl From<reelway_mp4::Error> for Error {
    fn from(error: reelway_mp4::Error) -> Self {
        Self::Container(error)
    }
}

impl From<reelway_output::Error> for Error {
    fn from(error: reelway_output::Error) -> Self {
        Self::Output(error)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Container(error) => error.fmt(f),
            Self::Refused(reason) => f.write_str(reason),
            Self::Encryption { rendition, error } => write!(f, "{rendition}: {error}"),
            Self::Output(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}
