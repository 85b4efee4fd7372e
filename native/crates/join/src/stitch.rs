use std::path::Path;

use reelway_output::Progress;

use crate::movie::{self, Report};
use crate::part::Part;
use crate::track::Joined;
use crate::{Error, Result};

/// Lays the tracks of one title side by side in a new file: one video, the sounds behind it. `progress` is told of its bytes.
pub fn stitch(parts: &[Part<'_>], output: &Path, progress: Progress<'_>) -> Result<Report> {
    let (mut tracks, mut slices) = (Vec::new(), Vec::new());
    for part in parts {
        for track in part.tracks()? {
            tracks.extend(Joined::read(part, track, slices.len())?);
        }
        slices.extend(part.bytes.iter().copied());
    }
    if tracks.is_empty() {
        return Err(Error::refused("no samples to stitch"));
    }
    tracks.sort_by_key(|track| track.source.kind != reelway_mp4::TrackKind::Video);
    movie::write(&tracks, &slices, output, progress)
}
