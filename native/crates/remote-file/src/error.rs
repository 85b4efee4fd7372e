/// Why a remote file can't be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server, or the way to it.
    Source(reelway_http::Error),
    /// The file's boxes make no sense, or are beyond the limits.
    Container(reelway_mp4::Error),
    /// It can't be read in parts.
    Refused(&'static str),
    /// The temporary file failed.
    Io(std::io::Error),
}

/// The result of everything that reads remote files.
pub type Result<T> = std::result::Result<T, Error>;

impl From<reelway_http::Error> for Error {
    fn from(error: reelway_http::Error) -> Self {
        Self::Source(error)
    }
}

impl From<reelway_mp4::Error> for Error {
    fn from(error: reelway_mp4::Error) -> Self {
        Self::Container(error)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Source(error) => error.fmt(f),
            Self::Container(error) => error.fmt(f),
            Self::Refused(reason) => f.write_str(reason),
            Self::Io(error) => write!(f, "a temporary file: {error}"),
        }
    }
}

impl std::error::Error for Error {}
