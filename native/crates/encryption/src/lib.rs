//! Common Encryption (ISO/IEC 23001-7) of samples: which bytes of a coded picture stay clear, and AES over the others.
//!
//! [`Encryption`] says with what; a [`Protector`] walks the samples of one segment in decode order and finds each one's parts
//! and initialization vector; [`Encryption::encrypt`] writes a sample with its protected parts encrypted. Codecs' headers are
//! parsed as far as they go, never guessed: what can't be parsed is refused.

#![forbid(unsafe_code)]

mod av1;
mod bits;
mod cipher;
mod encryption;
mod error;
mod h264;
mod hevc;
mod iv;
mod key;
pub mod limits;
mod nal;
mod parts;
mod protector;
mod vp9;
mod writer;

pub use encryption::Encryption;
pub use error::{Error, Result};
pub use iv::{Place, Stream};
pub use key::Key;
pub use parts::Part;
pub use protector::{ProtectedSample, Protector};
pub use writer::EncryptedWriter;
