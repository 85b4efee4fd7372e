use std::collections::BTreeMap;

use crate::Rendition;

/// What must be promised of a title before all of it is there, because playlists may not change their word later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    /// Bits per second that each rendition will not exceed, by its id.
    pub bandwidths: BTreeMap<String, u64>,
    /// When the first segment could be had, as an RFC 3339 time: players of DASH count from there. Only DASH needs it.
    pub available_since: String,
}

impl Growth {
    /// The promised peak, or what has been seen where that is more or nothing was promised.
    pub(crate) fn bandwidth(&self, rendition: &Rendition, seen: u64) -> u64 {
        self.bandwidths.get(&rendition.id).copied().unwrap_or(0).max(seen)
    }
}
