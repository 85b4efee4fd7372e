//! Joins what was encoded apart into one progressive MP4, without re-encoding.
//!
//! [`stitch`] takes the tracks of one title, each as a file or as an init segment with its segments, and lays them side by
//! side. [`concat`] takes whole files with equal codecs and lays them one behind the other. Both give a file that starts to
//! play before it is there (`moov` first), its tracks interleaved, with composition offsets that are not negative.

#![forbid(unsafe_code)]

mod concat;
mod error;
mod movie;
mod part;
mod stitch;
mod track;

pub use concat::concat;
pub use error::{Error, Result};
pub use movie::{JoinedTrack, Report};
pub use part::Part;
pub use reelway_output::Progress;
pub use stitch::stitch;
