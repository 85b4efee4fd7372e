use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use reelway_encryption::Encryption;
use reelway_manifest::{ByteRange, KeyAccess, Layout, Presentation, Segment, dash_manifest, hls_files, names};
use reelway_mp4::write::{BoxWriter, SegmentReference, segment_index_length, write_segment_index};
use reelway_output::{OutputFile, OutputFolder};

use crate::plan::Plan;
use crate::protection::{Protection, check_key_access};
use crate::rendition::{PlannedSegment, Rendition};
use crate::report::Report;
use crate::segments::{BuiltSegment, Distances};
use crate::selection::{Input, Selection};
use crate::subtitles::{Grid, SubtitleInput};
use crate::timeline::{Time, Timelines};
use crate::{Error, Result, describe, limits, subtitles};

/// What to make.
#[derive(Debug, Clone)]
pub struct Options {
    /// Seconds that a segment should last; it ends at the first key frame behind that.
    pub segment_seconds: f64,
    /// Where segments begin, planned beforehand; without it, at key frames a target duration apart.
    pub borders: Option<Vec<Time>>,
    /// Segment files or byte ranges.
    pub layout: Layout,
    /// Write HLS playlists.
    pub hls: bool,
    /// Write a DASH manifest.
    pub dash: bool,
    /// The inputs are one chunk of a longer title.
    pub chunk: Option<ChunkPlace>,
    /// Subtitles of the whole title. Without any other input they are laid out on `borders`, up to `end`.
    pub subtitles: Vec<SubtitleInput>,
    /// For subtitles alone: where the title ends.
    pub end: Option<Time>,
    /// Describe the segments in this file, which appears with the folder.
    pub report: Option<PathBuf>,
    /// With what pictures and sound are encrypted; subtitles are not.
    pub encryption: Option<Encryption>,
    /// Where players of HLS get the key; playlists of an encrypted title need it.
    pub key_access: Option<KeyAccess>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_seconds: 4.0,
            borders: None,
            layout: Layout::SegmentFiles,
            hls: false,
            dash: false,
            chunk: None,
            subtitles: Vec::new(),
            end: None,
            report: None,
            encryption: None,
            key_access: None,
        }
    }
}

/// Where a chunk stands in its title.
#[derive(Debug, Clone, Copy)]
pub struct ChunkPlace {
    /// The number of its first segment, from 1.
    pub first_segment: u32,
    /// When its first picture is shown.
    pub base: Time,
    /// When the next chunk's first picture is shown; without it the last picture's own duration tells.
    pub end: Option<Time>,
}

/// A rendition whose media are written.
#[derive(Debug)]
pub(crate) struct Packaged<'a> {
    pub(crate) rendition: Rendition<'a>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) distances: Vec<Distances>,
    /// Bytes of the init segment.
    pub(crate) init: Vec<u8>,
    /// The segment index; only in the single-file layout.
    pub(crate) index: Option<ByteRange>,
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
    if inputs.is_empty() && options.subtitles.is_empty() {
        return Err(Error::refused("nothing to package"));
    }
    subtitles::check(&options.subtitles)?;
    check_key_access(options.encryption.is_some(), options.hls, options.key_access.is_some())?;
    let selection = Selection::of(inputs)?;
    let renditions = renditions(&selection, options)?;

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
    let described: Vec<_> = packaged.iter().map(describe::rendition).collect();
    let subtitles = if options.subtitles.is_empty() {
        Vec::new()
    } else {
        subtitles::write(options, &Grid::of(&described, options)?, &folder)?
    };
    let presentation = Presentation {
        renditions: &described,
        subtitles: &subtitles,
        layout: options.layout,
        target_duration: None,
        growth: None,
        key_access: options.key_access.as_ref(),
    };
    if options.hls {
        for (name, text) in hls_files(&presentation) {
            folder.write_file(&name, text.as_bytes())?;
        }
    }
    if options.dash {
        folder.write_file(names::DASH, dash_manifest(&presentation).as_bytes())?;
    }
    let report = Report::of(&packaged, described, subtitles, selection.ignored.clone(), options);
    publish(folder, output, &report, options.report.as_deref())?;
    Ok(report)
}

/// Lets the folder and its report appear together.
fn publish(folder: OutputFolder, output: &Path, report: &Report, place: Option<&Path>) -> Result<()> {
    let Some(place) = place else { return Ok(folder.publish()?) };
    let text = serde_json::to_vec(report.chunk_report()).map_err(|error| reelway_output::Error::at(place)(error.into()))?;
    if let Some(inside) = place.strip_prefix(output).ok().and_then(Path::to_str) {
        folder.write_file(inside, &text)?;
        return Ok(folder.publish()?);
    }
    let mut file = OutputFile::create(place)?;
    let failed = file.failed();
    file.file().write_all(&text).map_err(failed)?;
    Ok(folder.publish_with(file)?)
}

fn renditions<'a>(selection: &'a Selection<'a>, options: &Options) -> Result<Vec<Rendition<'a>>> {
    let timelines = Timelines::of(selection, options.chunk.as_ref())?;
    let plan = match &options.borders {
        Some(borders) => Plan::at_borders(selection, &timelines, borders, options.segment_seconds)?,
        None => Plan::at_key_frames(selection, &timelines, options.segment_seconds)?,
    };
    let first = options.chunk.map_or(1, |chunk| chunk.first_segment);
    let video = selection.video.iter().zip(&timelines.video).zip(&plan.video).enumerate();
    let audio = selection.audio.iter().zip(&timelines.audio).zip(&plan.audio).enumerate();
    let protection = |video, number| options.encryption.as_ref().map(|encryption| Protection::of(encryption, video, number));
    let video = video.map(|(index, one)| (format!("video-{}", index + 1), protection(true, index), one));
    let audio = audio.map(|(index, one)| (format!("audio-{}", index + 1), protection(false, index), one));
    let all = video.chain(audio).map(|(id, protection, ((source, timeline), borders))| {
        Ok(Rendition::plan(id, source, *timeline, borders, first)?.protected(protection))
    });
    let renditions = all.collect::<Result<Vec<_>>>()?;
    let open = |rendition: &&Rendition<'_>| rendition.is_video() && rendition.segments.iter().any(|segment| !segment.closed);
    match renditions.iter().find(open).filter(|_| options.chunk.is_some()) {
        Some(rendition) => Err(Error::refused(format!("{}: a chunk's segments must decode each on its own", rendition.id))),
        None => Ok(renditions),
    }
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

fn write_segment_files<'a>(
    renditions: Vec<Rendition<'a>>,
    folder: &OutputFolder,
    count: &Counter<'_>,
) -> Result<Vec<Packaged<'a>>> {
    let jobs: Vec<(&Rendition<'a>, &PlannedSegment<'a>)> =
        renditions.iter().flat_map(|rendition| rendition.segments.iter().map(move |segment| (rendition, segment))).collect();
    let mut written = jobs
        .into_par_iter()
        .map(|(rendition, segment)| {
            let name = format!("{}/{}", rendition.id, names::segment(segment.number));
            let built = BuiltSegment::build(rendition, segment, true)?;
            let mut file = folder.create_file(&name)?;
            built.write_to(&mut file, rendition).map_err(folder.failed(&name))?;
            count.one_more();
            Ok((built.described, built.distances))
        })
        .collect::<Result<Vec<_>>>()?
        .into_iter();
    renditions
        .into_iter()
        .map(|rendition| {
            let init = rendition.init_segment();
            folder.write_file(&format!("{}/{}", rendition.id, names::INIT), &init)?;
            let (segments, distances) = written.by_ref().take(rendition.segments.len()).unzip();
            Ok(Packaged { rendition, segments, distances, init, index: None })
        })
        .collect()
}

/// Init segment, segment index, then all segments; the index is filled in last, when the sizes are known.
fn write_single_file<'a>(rendition: Rendition<'a>, folder: &OutputFolder, count: &Counter<'_>) -> Result<Packaged<'a>> {
    let name = format!("{}/{}", rendition.id, names::MEDIA);
    let mut file = folder.create_file(&name)?;
    let init = rendition.init_segment();
    let index_length = segment_index_length(rendition.segments.len());
    let mut offset = init.len() as u64 + index_length as u64;
    file.write_all(&init).map_err(folder.failed(&name))?;
    file.seek(SeekFrom::Start(offset)).map_err(folder.failed(&name))?;
    let (mut segments, mut distances) = (Vec::with_capacity(rendition.segments.len()), Vec::new());
    for segment in &rendition.segments {
        let mut built = BuiltSegment::build(&rendition, segment, false)?;
        built.write_to(&mut file, &rendition).map_err(folder.failed(&name))?;
        built.described.offset = offset;
        offset += built.described.bytes;
        segments.push(built.described);
        distances.push(built.distances);
        count.one_more();
    }
    let index = segment_index(&rendition, &segments)?;
    file.seek(SeekFrom::Start(init.len() as u64)).map_err(folder.failed(&name))?;
    file.write_all(&index).map_err(folder.failed(&name))?;
    let index = ByteRange { offset: init.len() as u64, bytes: index.len() as u64 };
    Ok(Packaged { rendition, segments, distances, init, index: Some(index) })
}

fn segment_index(rendition: &Rendition<'_>, segments: &[Segment]) -> Result<Vec<u8>> {
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
