use std::io::{self, Read};
use std::ops::Range;

use ureq::BodyReader;

use crate::Identity;

/// Which bytes of the source an answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// These, out of a source of known or unknown length.
    Part(Range<u64>),
    /// All of them: the server does not serve ranges. The length is the source's, where it is known.
    Whole(Option<u64>),
}

/// A server's answer: what it holds, and its bytes.
pub struct Answer {
    /// What the source is now.
    pub identity: Identity,
    /// Which bytes follow.
    pub extent: Extent,
    /// What the server calls them.
    pub content_type: Option<String>,
    pub(crate) body: BodyReader<'static>,
    /// Bytes still to come, where the answer said how many.
    pub(crate) left: Option<u64>,
}

impl Answer {
    /// The next bytes; 0 at the end of what was promised. An answer that ends before is an error.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.left == Some(0) {
            return Ok(0);
        }
        let count = self.body.read(buffer)?;
        match &mut self.left {
            Some(_) if count == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            Some(left) => {
                *left = left.checked_sub(count as u64).ok_or_else(too_much)?;
                // Read to its very end, the connection serves the next request.
                if *left == 0 && self.body.read(&mut [0])? > 0 {
                    return Err(too_much());
                }
            }
            None => {}
        }
        Ok(count)
    }
}

fn too_much() -> io::Error {
    io::Error::other("more bytes than the server promised")
}
