use crate::{Rendition, Subtitles};

/// All that a title has, joined from the reports of its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Title {
    /// Pictures, then sound.
    pub renditions: Vec<Rendition>,
    /// Subtitles.
    pub subtitles: Vec<Subtitles>,
}

impl Title {
    /// How far all of its pictures and sound go, in seconds.
    pub fn end_seconds(&self) -> f64 {
        self.renditions.iter().map(Rendition::end_seconds).fold(f64::INFINITY, f64::min)
    }
}
