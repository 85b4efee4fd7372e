//! Everything that the engine can do with an MP4; what comes out of it must be readable.

use std::fs::File;
use std::path::Path;

use super::encrypted::package_encrypted;
use crate::support::packaged::{PackagedRendition, packets};
use reelway_cut::{Chunk, Request};
use reelway_inspect::index::Index;
use reelway_inspect::probe::Probe;
use reelway_join::{Part, concat, stitch};
use reelway_mp4::{Movie, Track};
use reelway_output::unwatched;
use reelway_package::{ChunkPlace, Input, Layout, Options, Time};

type Outcome = Result<(), String>;

pub(super) fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Does everything the engine can do with the bytes, some of it beside the file that they came from. Whatever they are, it
/// must come back. An error is that of the first verb that refuses; all are tried.
pub(super) fn exercise(bytes: &[u8], intact: &[u8], scratch: &Path) -> Outcome {
    let movie = Movie::parse(bytes).map_err(words)?;
    let probed = Probe::of(&movie, bytes.len() as u64).map(drop).map_err(words);
    let cut = cut_all(&movie, bytes, scratch);
    let packaged = package(bytes, scratch);
    let chunk = package_chunk(bytes, scratch);
    let joined = join(bytes, intact, scratch);
    // A file with open groups of pictures, or none that are shown, is packaged but not cut or taken for a chunk.
    drop(chunk);
    packaged.and(probed).and(cut).and(joined).and(package_encrypted(bytes, scratch))
}

fn options(layout: Layout, chunk: Option<ChunkPlace>) -> Options {
    let manifests = chunk.is_none();
    Options { segment_seconds: 2.0, layout, hls: manifests, dash: manifests, chunk, ..Options::default() }
}

fn package(bytes: &[u8], scratch: &Path) -> Outcome {
    let inputs = [Input::parse("damaged", bytes).map_err(words)?];
    let output = scratch.join("out");
    for layout in [Layout::SegmentFiles, Layout::SingleFile] {
        let report = reelway_package::package(&inputs, &options(layout, None), &output, &|_, _| {});
        for rendition in report.map_err(|error| nothing_left(scratch, error))?.renditions {
            let read = PackagedRendition::read(&output.join(&rendition.id), "playlist.m3u8");
            assert_eq!(packets(&read.whole(), None).len() as u64, rendition.samples);
        }
        std::fs::remove_dir_all(&output).unwrap();
    }
    Ok(())
}

fn package_chunk(bytes: &[u8], scratch: &Path) -> Outcome {
    let inputs = [Input::parse("damaged", bytes).map_err(words)?];
    let output = scratch.join("out");
    let place = ChunkPlace { first_segment: 7, base: Time { ticks: 12, timescale: 1 }, end: None };
    let report = reelway_package::package(&inputs, &options(Layout::SegmentFiles, Some(place)), &output, &|_, _| {})
        .map_err(|error| nothing_left(scratch, error))?;
    std::fs::remove_dir_all(&output).unwrap();
    reelway_manifest::merge_growing(vec![report.chunk_report().clone()]).map(drop).map_err(words)
}

/// Every chunk of one and of two groups of pictures.
fn cut_all(movie: &Movie<'_>, bytes: &[u8], scratch: &Path) -> Outcome {
    let index = Index::of(movie, bytes.len() as u64).map_err(words)?;
    index.validate().expect("an index that was just made is valid");
    let key_frames = index.tracks.iter().map(|track| track.gops.len()).max().unwrap_or(0);
    let mut outcome = Ok(());
    for (from, to) in (0..key_frames.min(8)).flat_map(|from| [(from, from + 1), (from, from + 2)]) {
        if to <= key_frames {
            outcome = outcome.and(cut(&index, &Request { track: None, from, to }, bytes, scratch));
        }
    }
    outcome
}

fn cut(index: &Index, request: &Request, bytes: &[u8], scratch: &Path) -> Outcome {
    let chunk = match Chunk::plan(index, request) {
        // A border that had to move may leave nothing between it and the next.
        Err(reelway_cut::Error::NothingShown) => return Ok(()),
        planned => planned.map_err(words)?,
    };
    let path = scratch.join("chunk.mp4");
    chunk
        .write_to(&mut File::create(&path).unwrap(), bytes, &unwatched)
        .expect("an index that was just made names bytes that are there");
    let written = std::fs::read(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    assert_eq!(written.len() as u64, chunk.report().bytes);
    assert_eq!(packets(&written, None).len() as u64, chunk.report().pictures + chunk.report().hidden);
    Ok(())
}

/// Alone, and behind and before the file that it was.
fn join(bytes: &[u8], intact: &[u8], scratch: &Path) -> Outcome {
    let part = || Part::file("damaged", bytes).map_err(words);
    let other = || Part::file("intact", intact).map_err(words);
    let output = scratch.join("joined.mp4");
    let alone = finish(stitch(&[part()?], &output, &unwatched), &output, scratch);
    for parts in [[part()?, other()?], [other()?, part()?]] {
        // An edit at a file's start can't be kept inside a joined one: whether files may be joined is not asked here.
        let _ = finish(concat(&parts, &output, &unwatched), &output, scratch);
    }
    alone
}

/// The renditions of a packaged file: each its init segment, then its segments.
pub(super) fn packaged(bytes: &[u8], scratch: &Path) -> Vec<Vec<Vec<u8>>> {
    let inputs = [Input::parse("intact", bytes).unwrap()];
    let output = scratch.join("out");
    let report = reelway_package::package(&inputs, &options(Layout::SegmentFiles, None), &output, &|_, _| {}).unwrap();
    let read = report.renditions.iter().map(|rendition| {
        let PackagedRendition { init, segments, .. } = PackagedRendition::read(&output.join(&rendition.id), "playlist.m3u8");
        std::iter::once(init).chain(segments).collect()
    });
    let read = read.collect();
    std::fs::remove_dir_all(output).unwrap();
    read
}

/// Stitches a rendition from its init segment and its segments.
pub(super) fn stitch_segments(files: &[Vec<u8>], scratch: &Path) -> Outcome {
    let Some((init, segments)) = files.split_first() else { return Err("no files".to_owned()) };
    let part = Part::segments("damaged", init, segments.iter().map(Vec::as_slice).collect()).map_err(words)?;
    let output = scratch.join("joined.mp4");
    finish(stitch(&[part], &output, &unwatched), &output, scratch)
}

/// A joined file has the samples that its report counts; a failed one is not there.
fn finish(joined: reelway_join::Result<reelway_join::Report>, output: &Path, scratch: &Path) -> Outcome {
    let report = joined.map_err(|error| nothing_left(scratch, error))?;
    let written = std::fs::read(output).unwrap();
    std::fs::remove_file(output).unwrap();
    assert_eq!(written.len() as u64, report.bytes);
    let movie = Movie::parse(&written).expect("a readable file");
    let count = |track: &Track<'_>| track.samples().collect::<Result<Vec<_>, _>>().expect("readable samples").len();
    assert!(movie.tracks.iter().map(count).eq(report.tracks.iter().map(|track| track.samples)));
    Ok(())
}

pub(super) fn nothing_left(scratch: &Path, error: impl std::fmt::Display) -> String {
    assert_eq!(std::fs::read_dir(scratch).unwrap().count(), 0, "{error}: something was left behind");
    words(error)
}
