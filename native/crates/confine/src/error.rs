/// Why a program could not be confined.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The kernel has no Landlock, or it is turned off.
    Unsupported,
    /// The kernel did not take the rules for files.
    Files(String),
    /// The filter is none, or the kernel did not take it.
    Filter(String),
}

impl Error {
    /// A stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unsupported => "unsupported",
            Self::Files(_) => "files",
            Self::Filter(_) => "filter",
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsupported => f.write_str("this kernel has no Landlock, or it is turned off"),
            Self::Files(reason) => write!(f, "the rules for files: {reason}"),
            Self::Filter(reason) => write!(f, "the filter of system calls: {reason}"),
        }
    }
}

impl std::error::Error for Error {}
