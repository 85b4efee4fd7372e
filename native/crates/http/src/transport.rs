use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout, Transport};

/// A socket with ureq's buffers.
#[derive(Debug)]
pub(crate) struct Tcp {
    stream: TcpStream,
    buffers: Held,
    /// What the socket's timeouts are now: setting them costs a system call.
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
}

/// Buffers without their content in debug output.
struct Held(LazyBuffers);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("..")
    }
}

impl Tcp {
    pub(crate) const fn new(stream: TcpStream, buffers: LazyBuffers) -> Self {
        Self { stream, buffers: Held(buffers), read_timeout: None, write_timeout: None }
    }
}

impl Transport for Tcp {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers.0
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let timeout = timeout.for_write();
        let wanted = timeout.not_zero().map(|time| *time);
        if wanted != self.write_timeout {
            self.stream.set_write_timeout(wanted)?;
            self.write_timeout = wanted;
        }
        let output = self.buffers.0.output().get(..amount).unwrap_or_default();
        self.stream.write_all(output).map_err(|error| named(error, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let timeout = timeout.for_read();
        let wanted = timeout.not_zero().map(|time| *time);
        if wanted != self.read_timeout {
            self.stream.set_read_timeout(wanted)?;
            self.read_timeout = wanted;
        }
        let count = loop {
            match self.stream.read(self.buffers.0.input_append_buf()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result.map_err(|error| named(error, timeout))?,
            }
        };
        self.buffers.0.input_appended(count);
        Ok(count > 0)
    }

    fn is_open(&mut self) -> bool {
        // An idle connection has nothing to say; whatever it says, it is not used again.
        let probe = self.stream.set_nonblocking(true).and_then(|()| self.stream.peek(&mut [0]));
        let silent = matches!(probe, Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        silent && self.stream.set_nonblocking(false).is_ok()
    }
}

fn named(error: io::Error, timeout: NextTimeout) -> ureq::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ureq::Error::Timeout(timeout.reason),
        _ => ureq::Error::Io(error),
    }
}
