//! Packages encoded MP4s as CMAF for HLS and DASH, without touching a media byte.
//!
//! The way of one run: [`Selection`] picks the tracks, `plan` cuts them at key frames that all renditions share, `segments`
//! writes them by gathering the source's mapped bytes behind new headers, `hls` and `dash` describe what was written. All
//! of it happens in a folder with a temporary name; [`package`] renames it at the end, or leaves nothing behind.

#![forbid(unsafe_code)]

mod bandwidth;
mod dash;
mod error;
mod hls;
mod language;
pub mod limits;
mod output_folder;
mod package;
mod plan;
mod rendition;
mod report;
mod segments;
mod selection;

pub use error::{Error, Result};
pub use package::{Layout, Options, package};
pub use report::{Report, ReportedRendition};
pub use selection::{Ignored, Input, Selection};
