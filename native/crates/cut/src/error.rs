/// Why no chunk was cut.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The index is damaged.
    Index(reelway_mp4::Error),
    /// The index has no video track, or not the one asked for.
    NoTrack,
    /// The key frames asked for are not there, or in the wrong order.
    NoSuchRange {
        /// The numbers of the key frames that the index holds.
        held: std::ops::Range<usize>,
    },
    /// No picture of the range is shown.
    NothingShown,
    /// The chunk can't be written as it should.
    Refused(&'static str),
    /// Writing failed.
    Output(reelway_output::Error),
}

/// The result of everything that cuts.
pub type Result<T> = std::result::Result<T, Error>;

impl From<reelway_mp4::Error> for Error {
    fn from(error: reelway_mp4::Error) -> Self {
        Self::Index(error)
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
            Self::Index(error) => error.fmt(f),
            Self::NoTrack => f.write_str("the index has no such video track"),
            Self::NoSuchRange { held } => {
                let std::ops::Range { start, end } = held;
                write!(f, "no such range: the index holds key frames {start} up to {end}, its end, and --from is below --to")
            }
            Self::NothingShown => f.write_str("no picture of the range is shown: an edit list hides them all"),
            Self::Refused(reason) => f.write_str(reason),
            Self::Output(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}
