use std::path::PathBuf;

/// Writing failed.
#[derive(Debug)]
pub struct Error {
    /// The file or folder at fault.
    pub path: PathBuf,
    /// What the system said.
    pub error: std::io::Error,
}

/// The result of everything that writes.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Puts a path to a system error.
    pub fn at(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self { path, error }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.error)
    }
}

impl std::error::Error for Error {}
