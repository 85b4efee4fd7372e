//! Outputs that appear whole or not at all, and media gathered into them without a copy in between.
//!
//! An output is written beside its place under a name with `.partial-`, and renamed at the end. What a killed run left there
//! is removed by the next run for the same place.

#![forbid(unsafe_code)]

mod error;
mod file;
mod folder;
mod gather;
mod partial;

pub use error::{Error, Result};
pub use file::OutputFile;
pub use folder::OutputFolder;
pub use gather::{Progress, slice_of, unwatched, write_gathered};
