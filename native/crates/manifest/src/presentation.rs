use crate::{Growth, KeyAccess, Rendition, Subtitles};

/// How the media are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One file for each segment.
    SegmentFiles,
    /// One file for each rendition, addressed by byte ranges.
    SingleFile,
}

/// All that players are told of.
#[derive(Debug)]
pub struct Presentation<'r> {
    /// Video and audio, each with its segments.
    pub renditions: &'r [Rendition],
    /// Subtitles, each with its segments; only in segment files may a title grow.
    pub subtitles: &'r [Subtitles],
    /// How the media are laid out.
    pub layout: Layout,
    /// The longest segment that was promised while the title grew, in whole seconds; it must not change (RFC 8216 §4.3.3.1).
    pub target_duration: Option<u64>,
    /// `None` for a title that is whole.
    pub growth: Option<&'r Growth>,
    /// Where players of HLS get the key of encrypted renditions; without it playlists say nothing of encryption.
    pub key_access: Option<&'r KeyAccess>,
}
