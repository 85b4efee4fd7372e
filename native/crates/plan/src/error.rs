/// Why there is no plan.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The index is damaged, has no such video track, or names pictures that can't be cut.
    Cut(reelway_cut::Error),
    /// A length that was asked for is out of range.
    Options(&'static str),
    /// The title goes beyond what a plan can tell.
    Limit(&'static str),
}

/// The result of everything that plans.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Cut(_) => "index_unusable",
            Self::Options(_) => "options_invalid",
            Self::Limit(_) => "limit_exceeded",
        }
    }
}

impl From<reelway_cut::Error> for Error {
    fn from(error: reelway_cut::Error) -> Self {
        Self::Cut(error)
    }
}

impl From<reelway_mp4::Error> for Error {
    fn from(error: reelway_mp4::Error) -> Self {
        Self::Cut(error.into())
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cut(error) => error.fmt(f),
            Self::Options(reason) => f.write_str(reason),
            Self::Limit(reason) => write!(f, "over the limit: {reason}"),
        }
    }
}

impl std::error::Error for Error {}
