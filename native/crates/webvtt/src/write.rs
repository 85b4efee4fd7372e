//! `WebVTT` as text.

use crate::timing::timestamp;
use crate::{Block, Cue, Document};

/// Presentation times of media and of cues are the same (RFC 8216 §3.5).
pub(crate) const HEADER: &str = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n";

impl std::fmt::Display for Document {
    /// The whole of it as one `WebVTT` file, for HLS and for DASH.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(HEADER)?;
        for block in &self.blocks {
            match block {
                Block::Definition(text) | Block::Comment(text) => writeln!(f, "\n{text}")?,
                Block::Cue(cue) => write!(f, "\n{cue}")?,
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for Cue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(id) = &self.id {
            writeln!(f, "{id}")?;
        }
        write!(f, "{} --> {}", timestamp(self.start), timestamp(self.end))?;
        if !self.settings.is_empty() {
            write!(f, " {}", self.settings)?;
        }
        writeln!(f, "\n{}", self.text)
    }
}
