/// Why nothing was joined.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// An input is damaged or not readable by this engine.
    Container {
        /// The input.
        name: String,
        /// What is wrong with it.
        error: reelway_mp4::Error,
    },
    /// The inputs are readable, but joining them would give something wrong.
    Refused(String),
    /// Writing failed.
    Output(reelway_output::Error),
}

/// The result of everything that joins.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }

    /// Puts an input's name to an error.
    pub(crate) fn within(name: &str) -> impl Fn(reelway_mp4::Error) -> Self {
        let name = name.to_owned();
        move |error| Self::Container { name: name.clone(), error }
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
            Self::Container { name, error } => write!(f, "{name}: {error}"),
            Self::Refused(reason) => f.write_str(reason),
            Self::Output(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}
