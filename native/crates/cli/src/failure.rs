use std::path::Path;
use std::process::ExitCode;

/// Why a verb failed, by class of exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// 2: the command line makes no sense.
    Usage(String),
    /// 3: the input is damaged, unsupported or refused.
    Input(String),
    /// 4: the system refused a read or a write.
    Io(String),
}

const USAGE: u8 = 2;
const INPUT: u8 = 3;
const IO: u8 = 4;

impl Failure {
    pub(crate) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::Io(format!("{}: {error}", path.display()))
    }

    pub(crate) fn input(path: &Path, error: &reelway_mp4::Error) -> Self {
        Self::Input(format!("{}: {}: {error}", error.code(), path.display()))
    }

    /// Tells the user, and gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        let (code, text) = match self {
            Self::Usage(text) => (USAGE, text),
            Self::Input(text) => (INPUT, text),
            Self::Io(text) => (IO, text),
        };
        // File names are the uploader's: no control character of theirs reaches the terminal.
        let clean: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        eprintln!("reelway-media: {clean}");
        ExitCode::from(code)
    }
}

impl From<reelway_package::Error> for Failure {
    fn from(error: reelway_package::Error) -> Self {
        match error {
            reelway_package::Error::Output(_) => Self::Io(error.to_string()),
            reelway_package::Error::Encryption { error: cause, .. } => Self::Input(format!("{}: {error}", cause.code())),
            _ => Self::Input(error.to_string()),
        }
    }
}

impl From<reelway_cut::Error> for Failure {
    fn from(error: reelway_cut::Error) -> Self {
        match error {
            reelway_cut::Error::Output(_) => Self::Io(error.to_string()),
            reelway_cut::Error::NoTrack | reelway_cut::Error::NoSuchRange { .. } => Self::Usage(error.to_string()),
            _ => Self::Input(error.to_string()),
        }
    }
}

impl From<reelway_plan::Error> for Failure {
    fn from(error: reelway_plan::Error) -> Self {
        match error {
            reelway_plan::Error::Cut(error) => error.into(),
            reelway_plan::Error::Options(_) => Self::Usage(format!("{}: {error}", error.code())),
            _ => Self::Input(format!("{}: {error}", error.code())),
        }
    }
}

impl From<reelway_extract::Error> for Failure {
    fn from(error: reelway_extract::Error) -> Self {
        let text = format!("{}: {error}", error.code());
        match error {
            reelway_extract::Error::NoTrack | reelway_extract::Error::Request(_) => Self::Usage(text),
            _ => Self::Input(text),
        }
    }
}

impl From<reelway_join::Error> for Failure {
    fn from(error: reelway_join::Error) -> Self {
        match error {
            reelway_join::Error::Output(_) => Self::Io(error.to_string()),
            _ => Self::Input(error.to_string()),
        }
    }
}

impl From<reelway_http::Error> for Failure {
    fn from(error: reelway_http::Error) -> Self {
        let text = format!("{}: {error}", error.code());
        match error {
            // What a server denies, or answers wrongly, no further try of the same request will change.
            reelway_http::Error::Network(_) | reelway_http::Error::Protocol(_) => Self::Io(text),
            error if error.is_passing() => Self::Io(text),
            _ => Self::Input(text),
        }
    }
}

impl From<reelway_fetch::Error> for Failure {
    fn from(error: reelway_fetch::Error) -> Self {
        let text = format!("{}: {error}", error.code());
        match error {
            reelway_fetch::Error::Source(error) => error.into(),
            reelway_fetch::Error::Io { .. } | reelway_fetch::Error::Busy(_) | reelway_fetch::Error::NoRoom { .. } => {
                Self::Io(text)
            }
            _ => Self::Input(text),
        }
    }
}

impl From<reelway_manifest::Error> for Failure {
    fn from(error: reelway_manifest::Error) -> Self {
        Self::Input(error.to_string())
    }
}

impl From<reelway_output::Error> for Failure {
    fn from(error: reelway_output::Error) -> Self {
        Self::Io(error.to_string())
    }
}

/// Help and version are no failures; anything else on the command line is.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    // A closed pipe on the way out changes nothing about the outcome.
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
}
