use std::time::Duration;

use reelway_url_guard::Refusal;

/// Why a request gave no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The URL, or one that it was redirected to, may not be used.
    Refused(Refusal),
    /// The host does not lead to a public address.
    AddressRefused {
        /// The host's name.
        host: String,
    },
    /// The redirects don't end, or one leads nowhere.
    Redirect(&'static str),
    /// The server said no.
    Status {
        /// The HTTP status.
        status: u16,
        /// How long the server asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The server's answer contradicts itself or the request.
    Protocol(&'static str),
    /// The source is not the one that it was.
    Changed,
    /// The connection could not be made, broke, or fell silent.
    Network(String),
}

/// The result of everything that asks a server.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(_) | Self::AddressRefused { .. } => "source_forbidden",
            Self::Redirect(_) => "bad_redirect",
            Self::Status { status: 401 | 403, .. } => "source_denied",
            Self::Status { status: 404 | 410, .. } => "source_not_found",
            Self::Status { status: 412, .. } => "precondition_failed",
            Self::Status { .. } => "source_status",
            Self::Protocol(_) => "source_protocol",
            Self::Changed => "source_changed",
            Self::Network(_) => "network",
        }
    }

    /// The same request may succeed a little later.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Network(_) | Self::Protocol(_) => true,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            _ => false,
        }
    }

    /// The server asks for fewer requests.
    pub const fn is_overload(&self) -> bool {
        matches!(self, Self::Status { status: 429 | 503, .. })
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "the URL {refusal}"),
            Self::AddressRefused { host } => write!(f, "{host} does not lead to a public address"),
            Self::Redirect(reason) | Self::Protocol(reason) => f.write_str(reason),
            Self::Status { status, .. } => write!(f, "the server answered with status {status}"),
            Self::Changed => f.write_str("the source has changed while it was read"),
            Self::Network(reason) => write!(f, "the connection failed: {reason}"),
        }
    }
}

impl std::error::Error for Error {}
