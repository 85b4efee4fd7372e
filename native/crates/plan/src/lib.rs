//! Plans how a title is encoded in parallel, from the index of its source alone: chunks between key frames that a cut will not
//! move, the output's clock, and in each chunk the pictures at which segments and groups of pictures begin.
//!
//! The plan owns time: every number of the output's segments and every start stands in it before anything is encoded. A title
//! that must not be taken apart is planned whole, with the reason.

#![forbid(unsafe_code)]

mod chunks;
mod clock;
mod document;
mod error;
pub mod limits;
mod planner;
mod rate;
mod segments;
mod whole;

pub use document::{ChunkPlan, Place, Plan, PlannedChunk, PlannedSegment, WholePlan};
pub use error::{Error, Result};
pub use planner::{Options, Planner};
pub use whole::Whole;
