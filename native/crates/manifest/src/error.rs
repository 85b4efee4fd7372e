/// Why reports don't make a title.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A report has another form than this engine writes.
    Version,
    /// There is nothing to list.
    Empty,
    /// A chunk was encoded so that it can't follow the others of its rendition.
    Mismatch {
        /// The rendition.
        rendition: String,
        /// The first segment of the chunk that differs.
        segment: u32,
        /// What differs.
        what: &'static str,
    },
    /// Segments are missing, or are there twice.
    Gap {
        /// The rendition.
        rendition: String,
        /// The number that was expected.
        expected: u32,
        /// The number that is there.
        found: u32,
    },
    /// A segment does not start where the one before it ends.
    Time {
        /// The rendition.
        rendition: String,
        /// The segment.
        segment: u32,
    },
    /// A rendition's pictures end elsewhere than the others'.
    Unequal {
        /// The rendition.
        rendition: String,
    },
    /// Bounds of a document are exceeded, or a value in it makes no sense.
    Refused(&'static str),
}

/// The result of everything that joins reports.
pub type Result<T> = std::result::Result<T, Error>;

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Version => f.write_str("the report was written by another version of the engine"),
            Self::Empty => f.write_str("the reports hold no segment that can be listed"),
            Self::Mismatch { rendition, segment, what } => {
                write!(f, "{rendition}: the chunk that starts with segment {segment} can't follow the others: {what} differs")
            }
            Self::Gap { rendition, expected, found } => {
                write!(f, "{rendition}: segment {found} where segment {expected} should be")
            }
            Self::Time { rendition, segment } => {
                write!(f, "{rendition}: segment {segment} does not start where the one before it ends")
            }
            Self::Unequal { rendition } => write!(f, "{rendition}: its pictures end elsewhere than the other renditions'"),
            Self::Refused(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Error {}
