use crate::FourCc;

/// Why a file is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The file holds no box that makes it an MP4 (no `moov`).
    NotMp4,
    /// A box or a sample ends behind the end of what should hold it.
    Truncated {
        /// The box, or `mdat` for samples.
        place: FourCc,
    },
    /// A box contradicts the format or another box.
    Malformed {
        /// The box at fault.
        place: FourCc,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The file is legal but beyond what this engine reads.
    Unsupported {
        /// The box at fault.
        place: FourCc,
        /// What is not supported.
        reason: &'static str,
    },
    /// A count or size beyond the bounds in [`crate::limits`].
    Limit {
        /// The box at fault.
        place: FourCc,
        /// Which limit.
        reason: &'static str,
    },
}

/// The result of everything that reads.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotMp4 => "not_mp4",
            Self::Truncated { .. } => "truncated",
            Self::Malformed { .. } => "malformed",
            Self::Unsupported { .. } => "unsupported",
            Self::Limit { .. } => "limit",
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotMp4 => write!(f, "not an MP4 file: no moov box"),
            Self::Truncated { place } => write!(f, "{place}: ends too early"),
            Self::Malformed { place, reason } => write!(f, "{place}: {reason}"),
            Self::Unsupported { place, reason } => write!(f, "{place}: not supported: {reason}"),
            Self::Limit { place, reason } => write!(f, "{place}: over the limit: {reason}"),
        }
    }
}

impl std::error::Error for Error {}
