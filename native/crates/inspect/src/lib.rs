//! Describes MP4 files: [`probe`] for people and planners, [`index`] with every sample's place, to cut chunks from.

#![forbid(unsafe_code)]

pub mod index;
pub mod probe;
