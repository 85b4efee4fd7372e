//! Takes a part of a file out of it as a progressive MP4, without a decoder: its sound, or single key frames.
//!
//! What is taken is planned from the sample tables alone; of the media only the runs that the plan names are needed. Times stay
//! those of the title: what the source hides stays hidden, and what begins late begins late.

#![forbid(unsafe_code)]

mod error;
mod extract;
mod key_frames;
pub mod limits;
mod runs;
mod sound;

pub use error::{Error, Result};
pub use extract::Extract;
pub use key_frames::{ExtractedKeyFrame, KeyFrames, key_frames};
pub use sound::{ExtractedSound, Sound, sound};
