use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use reelway_url_guard::is_public_address;
use ureq::unversioned::transport::{ConnectionDetails, Connector, LazyBuffers, Transport};

use crate::limits;
use crate::transport::Tcp;

/// A connection that was not made, or not kept, since it would lead to an address that is not public.
#[derive(Debug)]
pub(crate) struct NotPublic {
    pub(crate) host: String,
}

impl std::fmt::Display for NotPublic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} does not lead to a public address", self.host)
    }
}

impl std::error::Error for NotPublic {}

/// Opens sockets to public addresses only. Names and literal addresses both come by here.
#[derive(Debug)]
pub(crate) struct GuardedConnector {
    pub(crate) allow_private: bool,
}

impl<In: Transport> Connector<In> for GuardedConnector {
    type Out = Tcp;

    fn connect(&self, details: &ConnectionDetails<'_>, _chained: Option<In>) -> Result<Option<Tcp>, ureq::Error> {
        let refused = || ureq::Error::Other(Box::new(NotPublic { host: details.uri.host().unwrap_or_default().to_owned() }));
        let allowed = |address: IpAddr| self.allow_private || (is_public_address(address) && !is_own_address(address));
        // A name with even one answer that is not public is refused: which answer is used is not ours to choose.
        if !details.addrs.iter().all(|address| allowed(address.ip())) {
            return Err(refused());
        }
        let stream = connect_to_one(&details.addrs, details.timeout.not_zero().map_or(limits::CONNECT, |left| *left))?;
        if !allowed(stream.peer_addr()?.ip()) {
            return Err(refused());
        }
        stream.set_nodelay(true)?;
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(Tcp::new(stream, buffers)))
    }
}

/// Each address gets an equal share of the time that is left.
fn connect_to_one(addresses: &[SocketAddr], time: Duration) -> Result<TcpStream, ureq::Error> {
    let end = Instant::now() + time;
    let mut failure = ureq::Error::HostNotFound;
    for (position, address) in addresses.iter().enumerate() {
        let left = end.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - position).unwrap_or(1).max(1);
        match TcpStream::connect_timeout(address, share.max(Duration::from_millis(10))) {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error.into(),
        }
    }
    Err(failure)
}

/// One of this host's own: the only addresses that a socket can be bound to.
fn is_own_address(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_host_is_known_as_such() {
        assert!(is_own_address(IpAddr::from([127, 0, 0, 1])));
        assert!(!is_own_address(IpAddr::from([192, 0, 2, 1])));
    }
}
