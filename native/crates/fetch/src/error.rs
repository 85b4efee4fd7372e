/// Why nothing was fetched.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server, or the way to it.
    Source(reelway_http::Error),
    /// The source is larger than allowed.
    TooLarge {
        /// Bytes that were allowed.
        most: u64,
    },
    /// The bytes are not those that were expected.
    Digest {
        /// `md5` or `sha256`.
        algorithm: &'static str,
        /// What they hash to, in hex.
        found: String,
    },
    /// The caller has no room for so many bytes.
    NoRoom {
        /// Bytes that were asked for.
        bytes: u64,
    },
    /// Another run fetches to the same place.
    Busy(std::path::PathBuf),
    /// Reading or writing here failed.
    Io {
        /// The file at fault.
        path: std::path::PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

/// The result of everything that fetches.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Source(error) => error.code(),
            Self::TooLarge { .. } => "source_too_large",
            Self::Digest { .. } => "digest_mismatch",
            Self::NoRoom { .. } => "no_room",
            Self::Busy(_) => "busy",
            Self::Io { .. } => "io",
        }
    }

    /// Puts a path to a system error.
    pub(crate) fn at(path: impl Into<std::path::PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, error }
    }
}

impl From<reelway_http::Error> for Error {
    fn from(error: reelway_http::Error) -> Self {
        Self::Source(error)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Source(error) => error.fmt(f),
            Self::TooLarge { most } => write!(f, "the source has more than {most} bytes"),
            Self::Digest { algorithm, found } => write!(f, "the {algorithm} of what came is {found}, not the one expected"),
            Self::NoRoom { bytes } => write!(f, "there is no room for {bytes} bytes"),
            Self::Busy(path) => write!(f, "{}: another run fetches to this place", path.display()),
            Self::Io { path, error } => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for Error {}
