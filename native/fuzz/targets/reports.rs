//! Chunk reports of any content, as a JSON array: merged whole and growing, and written as playlists and manifest.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use reelway_manifest::{ChunkReport, Growth, Layout, Presentation, dash_manifest, hls_files, merge, merge_growing};

fuzz_target!(|data: &[u8]| {
    let Ok(reports) = serde_json::from_slice::<Vec<ChunkReport>>(data) else { return };
    let growth = Growth { bandwidths: Default::default(), available_since: "2026-01-01T00:00:00Z".to_owned() };
    for (merged, growth) in [(merge(reports.clone()), None), (merge_growing(reports), Some(&growth))] {
        let Ok(title) = merged else { continue };
        for layout in [Layout::SegmentFiles, Layout::SingleFile] {
            let presentation = Presentation {
                renditions: &title.renditions,
                subtitles: &title.subtitles,
                layout,
                target_duration: None,
                growth,
                key_access: None,
            };
            for (name, text) in hls_files(&presentation) {
                assert!(!name.starts_with('/') && !name.contains(".."), "{name}: a file outside the folder");
                assert!([":inf", ":NaN", "=inf", "=NaN"].iter().all(|number| !text.contains(number)), "a number that is none");
            }
            dash_manifest(&presentation);
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    reelway_fuzz::mutate_json(data, size, max_size, seed)
});
