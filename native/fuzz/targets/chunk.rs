//! An MP4 of any bytes packaged as one chunk of a title: its report reads back, and the manifests of it are written.
//!
//! The first 16 bytes are the chunk's place: base time, end time (none for 0), first segment.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reelway_fuzz::Scratch;
use reelway_manifest::{ChunkReport, Growth, Layout, Presentation, dash_manifest, hls_files, merge_growing};
use reelway_package::{ChunkPlace, Input, Options, Time, package};

fuzz_target!(|data: &[u8]| {
    let Some((place, file)) = data.split_at_checked(16) else { return };
    let number = |at: usize| u32::from_le_bytes([place[at], place[at + 1], place[at + 2], place[at + 3]]);
    let time = |at: usize, timescale: u32| Time { ticks: i64::from(number(at)), timescale: timescale.max(1) };
    let end = Some(time(8, number(4))).filter(|end| end.ticks != 0);
    let chunk = ChunkPlace { first_segment: number(12) % 1_000_000 + 1, base: time(0, number(4)), end };
    let Ok(input) = Input::parse("input", file) else { return };
    let scratch = Scratch::new();
    let options = Options { segment_seconds: 1.0, chunk: Some(chunk), ..Options::default() };
    let Ok(report) = package(&[input], &options, &scratch.join("out"), &|_, _| {}) else {
        assert!(scratch.names().is_empty(), "something was left behind");
        return;
    };
    let report = report.chunk_report();
    let text = serde_json::to_vec(report).expect("a report in JSON");
    let read = serde_json::from_slice::<ChunkReport>(&text).expect("the document of a report is read");
    assert!(read == *report);
    let Ok(title) = merge_growing(vec![read]) else { return };
    let growth = Growth { bandwidths: Default::default(), available_since: "2026-01-01T00:00:00Z".to_owned() };
    let presentation = Presentation {
        renditions: &title.renditions,
        subtitles: &title.subtitles,
        layout: Layout::SegmentFiles,
        target_duration: Some(6),
        growth: Some(&growth),
        key_access: None,
    };
    hls_files(&presentation);
    dash_manifest(&presentation);
});
