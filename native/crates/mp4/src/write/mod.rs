//! Writes boxes: only those that a packaged file needs.

mod box_writer;
mod fragment;
mod init;
mod movie;
mod protection;
mod sample;
mod segment_index;
mod track;

pub use box_writer::{BoxWriter, leaf};
pub use fragment::{write_fragment, write_media_header, write_segment_type};
pub use init::{Start, write_init};
pub use movie::{MovieTrack, SampleTable, Shown, write_movie};
pub use protection::{AuxiliaryInformation, COMMON_SYSTEM, protected_entry, write_key_box};
pub use sample::OutputSample;
pub use segment_index::{SegmentReference, segment_index_length, write_segment_index};
pub use track::OutputTrack;
