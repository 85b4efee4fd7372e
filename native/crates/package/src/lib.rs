//! Packages encoded MP4s as CMAF for HLS and DASH, without touching a media byte.
//!
//! The way of one run: [`Selection`] picks the tracks, `plan` cuts them at key frames that all renditions share, `segments`
//! writes them by gathering the source's mapped bytes behind new headers, `describe` says what was written, for manifests. All
//! of it happens in a folder with a temporary name; [`package`] renames it at the end, or leaves nothing behind.

#![forbid(unsafe_code)]

mod describe;
mod ending;
mod error;
pub mod limits;
mod package;
mod plan;
mod protection;
mod rendition;
mod report;
mod segments;
mod selection;
mod subtitles;
mod timeline;

pub use error::{Error, Result};
pub use package::{ChunkPlace, Options, package};
pub use reelway_encryption::{Encryption, Key};
pub use reelway_manifest::{KeyAccess, Layout, SubtitleLabel};
pub use report::{Report, ReportedRendition, ReportedSubtitles};
pub use selection::{Ignored, Input, Selection};
pub use subtitles::SubtitleInput;
pub use timeline::Time;
