/// Why a URL is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// It is no URL, or one that parsers read differently.
    Malformed,
    /// It has more characters than allowed.
    TooLong,
    /// It is not `https`.
    Scheme,
    /// Its port is none of the usual ones for `https`.
    Port,
    /// It carries a name or a password.
    Credentials,
    /// It names an address, not a host.
    AddressLiteral,
    /// Its host can't be on the public internet.
    PrivateName,
    /// It leads back to this installation.
    OwnHost,
}

impl Refusal {
    /// A stable name, shared with the control plane.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLong => "too_long",
            Self::Scheme => "scheme",
            Self::Port => "port",
            Self::Credentials => "credentials",
            Self::AddressLiteral => "address_literal",
            Self::PrivateName => "private_name",
            Self::OwnHost => "own_host",
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Malformed => "must be a URL such as https://example.com/path",
            Self::TooLong => "is too long",
            Self::Scheme => "must begin with https://",
            Self::Port => "must use port 443 or 8443",
            Self::Credentials => "must not carry a name or password",
            Self::AddressLiteral => "must name a host, not an IP address",
            Self::PrivateName => "must name a host on the public internet",
            Self::OwnHost => "must not lead back to this service",
        })
    }
}

impl std::error::Error for Refusal {}
