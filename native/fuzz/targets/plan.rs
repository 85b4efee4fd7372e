//! An index document of any content: an error, a reason to leave the title whole, or a plan whose sums hold and whose chunks
//! `cut` gives alike from the index and from their slices of it.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use reelway_cut::{Chunk, Request};
use reelway_inspect::index::Index;
use reelway_plan::{ChunkPlan, Options, Plan, Planner};

fuzz_target!(|data: &[u8]| {
    let Ok(index) = serde_json::from_slice::<Index>(data) else { return };
    if index.validate().is_err() {
        return;
    }
    for (segment_seconds, chunk_seconds, opening_seconds) in [(4.0, 24.0, vec![6.0, 6.0, 12.0]), (0.5, 0.5, Vec::new())] {
        let options = Options { track: None, segment_seconds, chunk_seconds, opening_seconds };
        let Ok(planner) = Planner::of(&index, &options) else { return };
        let Ok(Plan::Chunks(plan)) = planner.plan() else { continue };
        check(&plan);
        for chunk in &plan.chunks {
            let slice = planner.slice(chunk).expect("a slice of each chunk");
            slice.validate().expect("a valid slice");
            let request = Request { track: None, from: chunk.from_key_frame, to: chunk.to_key_frame };
            let whole = Chunk::plan(&index, &request).map(|chunk| (chunk.header().to_vec(), chunk.report().clone()));
            let sliced = Chunk::plan(&slice, &request).map(|chunk| (chunk.header().to_vec(), chunk.report().clone()));
            match (whole, sliced) {
                (Ok(whole), Ok(sliced)) => {
                    assert!(whole == sliced, "the slice gives another chunk");
                    assert_eq!((whole.1.pictures, whole.1.source_range), (chunk.pictures, chunk.source_range));
                    assert!(whole.1.moved.is_empty(), "a planned border was moved");
                }
                // The sample entry is the document's, and may be unreadable.
                (whole, sliced) => assert!(whole.is_err() && sliced.is_err(), "one of them can't be cut"),
            }
        }
    }
});

fn check(plan: &ChunkPlan) {
    let (mut time, mut pictures, mut segments, mut key_frame) = (plan.start, 0, 1, None);
    assert!(plan.chunks.len() <= 5000 && plan.timescale >= 10_000);
    for chunk in &plan.chunks {
        assert!(key_frame.is_none_or(|before| before == chunk.from_key_frame), "key frames between two chunks");
        assert_eq!((chunk.start, chunk.first_segment), (time, segments));
        assert!(chunk.pictures > 0 && chunk.end > chunk.start);
        assert!(chunk.key_frames.first() == Some(&0) && chunk.key_frames.is_sorted_by(|a, b| a < b));
        assert!(chunk.key_frames.last() < Some(&chunk.pictures));
        let starts = chunk.segments.iter().map(|segment| segment.start);
        assert!(starts.clone().next() == Some(chunk.start) && starts.chain([chunk.end]).is_sorted_by(|a, b| a < b));
        assert!(chunk.segments.iter().all(|segment| chunk.key_frames.contains(&segment.first_picture)));
        segments += u32::try_from(chunk.segments.len()).expect("a count");
        pictures += chunk.pictures;
        (time, key_frame) = (chunk.end, Some(chunk.to_key_frame));
    }
    assert_eq!((time, pictures, segments - 1), (plan.end, plan.pictures, plan.segments));
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    reelway_fuzz::mutate_json(data, size, max_size, seed)
});
