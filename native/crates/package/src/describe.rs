//! What was written, in the words of the manifests.

use reelway_manifest::Rendition;
use sha2::{Digest, Sha256};

use crate::package::Packaged;
use crate::segments::Distances;

pub(crate) fn rendition(packaged: &Packaged<'_>) -> Rendition {
    let planned = &packaged.rendition;
    let codec = &planned.source.entry.codec;
    Rendition {
        id: planned.id.clone(),
        kind: planned.kind(),
        codecs: codec.string.clone(),
        family: codec.family.name().to_owned(),
        supplemental_codecs: codec.supplemental.clone(),
        timescale: planned.timescale(),
        language: planned.track().language.clone(),
        encryption: planned.protection.as_ref().map(|protection| protection.encryption.track()),
        init_bytes: packaged.init.len() as u64,
        init_sha256: sha256(&packaged.init),
        config_sha256: sha256(planned.source.entry.configuration()),
        index: packaged.index,
        distances: between_samples(&packaged.distances),
        segments: packaged.segments.clone(),
    }
}

/// Shortest and longest over the segments; the very last sample's duration is what its writer chose, and does not count.
fn between_samples(segments: &[Distances]) -> (u32, u32) {
    let (all_but_last, last) = segments.split_at(segments.len().saturating_sub(1));
    let ends = all_but_last.iter().map(|segment| segment.last);
    let inside = all_but_last.iter().chain(last).filter(|segment| segment.longest > 0);
    let shortest = inside.clone().map(|segment| segment.shortest).chain(ends.clone()).min();
    let longest = inside.map(|segment| segment.longest).chain(ends).max();
    // One sample alone has no distance but its own duration.
    let only = last.first().map_or(0, |segment| segment.last);
    (shortest.unwrap_or(only), longest.unwrap_or(only))
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
