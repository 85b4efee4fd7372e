//! Writes boxes: only those that a packaged file needs.

mod box_writer;
mod fragment;
mod init;
mod segment_index;

pub use box_writer::{BoxWriter, leaf};
pub use fragment::{FragmentSample, write_fragment, write_segment_type};
pub use init::{InitTrack, write_init};
pub use segment_index::{SegmentReference, segment_index_length, write_segment_index};
