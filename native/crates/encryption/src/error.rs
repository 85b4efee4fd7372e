/// Why a sample can't be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The coded picture's headers end too early or contradict the codec's syntax.
    Unreadable(&'static str),
    /// The picture is coded in a way whose headers this engine does not know.
    Unsupported(&'static str),
    /// A bound of [`crate::limits`] is exceeded.
    Limit(&'static str),
    /// The initialization vector has another length than the scheme needs.
    IvLength {
        /// Bytes that it needs.
        needed: usize,
    },
    /// What was given for a key is none.
    Key,
}

/// The result of everything that encrypts.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A stable name for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "picture_unreadable",
            Self::Unsupported(_) => "picture_unsupported",
            Self::Limit(_) => "encryption_limit",
            Self::IvLength { .. } => "iv_length",
            Self::Key => "key_invalid",
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(what) => write!(f, "to be encrypted, a picture must be readable, and this is not: {what}"),
            Self::Unsupported(what) | Self::Limit(what) => write!(f, "not encrypted: {what}"),
            Self::IvLength { needed } => write!(f, "the scheme needs an initialization vector of {needed} bytes"),
            // What was given may be a key with a slip in it: it is not repeated.
            Self::Key => f.write_str("a key has 16 bytes: 32 hexadecimal digits, or a file of 16 bytes"),
        }
    }
}

impl std::error::Error for Error {}
