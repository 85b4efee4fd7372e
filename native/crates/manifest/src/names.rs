//! Names of the files of a packaged title, relative to its folder.

/// The HLS multivariant playlist.
pub const MULTIVARIANT: &str = "main.m3u8";
/// The DASH manifest.
pub const DASH: &str = "manifest.mpd";
/// A rendition's media playlist, in its folder.
pub const MEDIA_PLAYLIST: &str = "playlist.m3u8";
/// A rendition's playlist of key frames, in its folder.
pub const I_FRAME_PLAYLIST: &str = "iframes.m3u8";
/// A rendition's init segment, in its folder.
pub const INIT: &str = "init.mp4";
/// The one media file of a rendition, in its folder, where segments are byte ranges.
pub const MEDIA: &str = "media.mp4";

/// A whole file of subtitles, in its folder.
pub const SUBTITLES: &str = "subtitles.vtt";

/// A segment of subtitles in its folder; segments count from 1.
pub fn text_segment(number: u32) -> String {
    format!("seg-{number:05}.vtt")
}

/// A segment's file in its rendition's folder; segments count from 1.
pub fn segment(number: u32) -> String {
    format!("seg-{number:05}.m4s")
}

/// The name is that of a segment.
pub fn is_segment(name: &str) -> bool {
    let number = name.strip_prefix("seg-").and_then(|rest| rest.strip_suffix(".m4s"));
    number.is_some_and(|digits| digits.len() >= 5 && digits.chars().all(|digit| digit.is_ascii_digit()))
}
