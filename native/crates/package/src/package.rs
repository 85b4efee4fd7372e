use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use reelway_mp4::write::{BoxWriter, SegmentReference, segment_index_length, write_segment_index};

use crate::output_folder::OutputFolder;
use crate::plan::Plan;
use crate::rendition::{PlannedSegment, Rendition};
use crate::report::Report;
use crate::segments::{BuiltSegment, WrittenSegment};
use crate::selection::{Input, Selection};
use crate::{Error, Result, dash, hls, limits};

/// How the media are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One file for each segment.
    SegmentFiles,
    /// One file for each rendition, addressed by byte ranges.
    SingleFile,
}

/// What to make.
#[derive(Debug, Clone)]
pub struct Options {
    /// Seconds that a segment should last; it ends at the first key frame behind that.
    pub segment_seconds: f64,
    /// Segment files or byte ranges.
    pub layout: Layout,
    /// Write HLS playlists.
    pub hls: bool,
    /// Write a DASH manifest.
    pub dash: bool,
}

/// A rendition whose media are written.
#[derive(Debug)]
pub(crate) struct Packaged<'a> {
    pub(crate) rendition: Rendition<'a>,
    pub(crate) segments: Vec<WrittenSegment>,
    /// Bytes of the init segment.
    pub(crate) init_bytes: u64,
    /// First byte and length of the segment index; only in the single-file layout.
    pub(crate) index: Option<(u64, u64)>,
}

/// Packages `inputs` into the new folder `output`.
///
/// `progress` is called with (segments written, segments in all), from several threads. On an error nothing remains.
pub fn package(inputs: &[Input<'_>], options: &Options, output: &Path, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<Report> {
    if !limits::SEGMENT_SECONDS.contains(&options.segment_seconds) {
        return Err(Error::refused(format!(
            "a segment lasts from {} to {} seconds",
            limits::SEGMENT_SECONDS.start(),
            limits::SEGMENT_SECONDS.end()
        )));
    }
    let selection = Selection::of(inputs)?;
    let plan = Plan::of(&selection, options.segment_seconds)?;
    let renditions = renditions(&selection, &plan)?;

    let folder = OutputFolder::create(output)?;
    for rendition in &renditions {
        folder.create_dir(&rendition.id)?;
    }
    let count = Counter { done: AtomicU64::new(0), total: total_segments(&renditions), report: progress };
    let packaged = match options.layout {
        Layout::SegmentFiles => write_segment_files(renditions, &folder, &count)?,
        Layout::SingleFile => renditions
            .into_par_iter()
            .map(|rendition| write_single_file(rendition, &folder, &count))
            .collect::<Result<Vec<_>>>()?,
    };
    if options.hls {
        hls::write(&packaged, options.layout, &folder)?;
    }
    if options.dash {
        folder.write_file(dash::NAME, dash::manifest(&packaged, options.layout).as_bytes())?;
    }
    let report = Report::of(&packaged, selection.ignored.clone(), options);
    folder.publish()?;
    Ok(report)
}

fn renditions<'a>(selection: &'a Selection<'a>, plan: &Plan) -> Result<Vec<Rendition<'a>>> {
    let video = selection.video.iter().zip(&plan.video).enumerate();
    let audio = selection.audio.iter().zip(&plan.audio).enumerate();
    let video = video.map(|(index, (source, borders))| Rendition::plan(format!("video-{}", index + 1), source, borders));
    video
        .chain(audio.map(|(index, (source, borders))| Rendition::plan(format!("audio-{}", index + 1), source, borders)))
        .collect()
}

fn total_segments(renditions: &[Rendition<'_>]) -> u64 {
    renditions.iter().map(|rendition| rendition.segments.len() as u64).sum()
}

struct Counter<'p> {
    done: AtomicU64,
    total: u64,
    report: &'p (dyn Fn(u64, u64) + Sync),
}

impl Counter<'_> {
    fn one_more(&self) {
        (self.report)(self.done.fetch_add(1, Ordering::Relaxed) + 1, self.total);
    }
}

/// Name of the init segment in a rendition's folder.
pub(crate) const INIT: &str = "init.mp4";
/// Name of the one media file in a rendition's folder.
pub(crate) const MEDIA: &str = "media.mp4";

/// Name of a segment, counted from 0, in a rendition's folder.
pub(crate) fn segment_name(index: usize) -> String {
    format!("seg-{:05}.m4s", index + 1)
}

fn write_segment_files<'a>(
    renditions: Vec<Rendition<'a>>,
    folder: &OutputFolder,
    count: &Counter<'_>,
) -> Result<Vec<Packaged<'a>>> {
    let jobs: Vec<(&Rendition<'a>, usize, &PlannedSegment<'a>)> = renditions
        .iter()
        .flat_map(|rendition| rendition.segments.iter().enumerate().map(move |(index, segment)| (rendition, index, segment)))
        .collect();
    let mut written = jobs
        .into_par_iter()
        .map(|(rendition, index, segment)| {
            let name = format!("{}/{}", rendition.id, segment_name(index));
            let built = BuiltSegment::build(rendition, segment, sequence(index), true)?;
            let mut file = folder.create_file(&name)?;
            built.write_to(&mut file, rendition.source.file).map_err(folder.failed(&name))?;
            count.one_more();
            Ok(built.written)
        })
        .collect::<Result<Vec<_>>>()?
        .into_iter();
    renditions
        .into_iter()
        .map(|rendition| {
            let init = rendition.init_segment();
            folder.write_file(&format!("{}/{INIT}", rendition.id), &init)?;
            let segments = written.by_ref().take(rendition.segments.len()).collect();
            Ok(Packaged { rendition, segments, init_bytes: init.len() as u64, index: None })
        })
        .collect()
}

/// Init segment, segment index, then all segments; the index is filled in last, when the sizes are known.
fn write_single_file<'a>(rendition: Rendition<'a>, folder: &OutputFolder, count: &Counter<'_>) -> Result<Packaged<'a>> {
    let name = format!("{}/{MEDIA}", rendition.id);
    let mut file = folder.create_file(&name)?;
    let init = rendition.init_segment();
    let index_length = segment_index_length(rendition.segments.len());
    let mut offset = init.len() as u64 + index_length as u64;
    file.write_all(&init).map_err(folder.failed(&name))?;
    file.seek(SeekFrom::Start(offset)).map_err(folder.failed(&name))?;
    let mut segments = Vec::with_capacity(rendition.segments.len());
    for (index, segment) in rendition.segments.iter().enumerate() {
        let mut built = BuiltSegment::build(&rendition, segment, sequence(index), false)?;
        built.write_to(&mut file, rendition.source.file).map_err(folder.failed(&name))?;
        built.written.offset = offset;
        offset += built.written.bytes;
        segments.push(built.written);
        count.one_more();
    }
    let index = segment_index(&rendition, &segments)?;
    file.seek(SeekFrom::Start(init.len() as u64)).map_err(folder.failed(&name))?;
    file.write_all(&index).map_err(folder.failed(&name))?;
    let init_bytes = init.len() as u64;
    Ok(Packaged { rendition, segments, init_bytes, index: Some((init_bytes, index.len() as u64)) })
}

fn segment_index(rendition: &Rendition<'_>, segments: &[WrittenSegment]) -> Result<Vec<u8>> {
    let references = segments
        .iter()
        .map(|segment| {
            let size = u32::try_from(segment.bytes).ok().filter(|size| *size < 1 << 31);
            let duration = u32::try_from(segment.duration).ok();
            size.zip(duration).map(|(size, duration)| SegmentReference { size, duration, closed: segment.closed })
        })
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| Error::refused("a segment is too large for a segment index"))?;
    let earliest = segments.first().map_or(0, |segment| segment.start.unsigned_abs());
    let mut writer = BoxWriter::default();
    write_segment_index(&mut writer, rendition.timescale(), earliest, &references);
    Ok(writer.finish())
}

fn sequence(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1)
}
