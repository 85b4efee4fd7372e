use std::path::Path;

use reelway_package::{ChunkPlace, Input, Layout, Options, SubtitleInput, limits};
use reelway_webvtt::Document;

use super::encryption::{check_key_access, encryption, key_access};
use super::progress::{Done, Progress};
use super::{Form, open};
use crate::arguments::{PackageArguments, SubtitleArgument};
use crate::failure::Failure;

pub(crate) fn package(options: &PackageArguments) -> Result<(), Failure> {
    if !limits::SEGMENT_SECONDS.contains(&options.segment_duration) {
        let (least, most) = (limits::SEGMENT_SECONDS.start(), limits::SEGMENT_SECONDS.end());
        return Err(Failure::Usage(format!("--segment-duration: a segment lasts from {least} to {most} seconds")));
    }
    check_places(options)?;
    let settings = options_of(options)?;
    let files = options.inputs.iter().map(|path| open(path)).collect::<Result<Vec<_>, _>>()?;
    let inputs = options
        .inputs
        .iter()
        .zip(&files)
        .map(|(path, file)| Input::parse(path.display().to_string(), file).map_err(|error| name(path, error)))
        .collect::<Result<Vec<_>, _>>()?;
    let progress = Progress::new(options.json);
    let written = |segments, total| progress.show(Done::Segments(segments), total);
    let report = reelway_package::package(&inputs, &settings, &options.output, &written)?;
    progress.end(&report, Form::Pretty)
}

/// What flags mean depends on whether there is anything but subtitles.
fn check_places(options: &PackageArguments) -> Result<(), Failure> {
    let usage = |text: &str| Err(Failure::Usage(text.to_owned()));
    if options.inputs.is_empty() {
        if options.borders.is_none() || options.end_time.is_none() || options.report.is_none() {
            return usage("subtitles alone need --borders, --end-time and --report");
        }
        if options.formats.hls || options.formats.dash || options.single_file {
            return usage("subtitles alone make no title: `manifest` writes the playlists from all reports");
        }
    } else if options.end_time.is_some() && !options.chunk {
        return usage("--end-time is for --chunk, and for subtitles alone");
    }
    Ok(())
}

fn options_of(options: &PackageArguments) -> Result<Options, Failure> {
    // A chunk's manifests are written from its report, and so are those of subtitles.
    let part = options.chunk || options.inputs.is_empty();
    let (hls, dash) = if part { (false, false) } else { options.formats.chosen() };
    let chunk = options.base_time.filter(|_| options.chunk);
    let (encryption, key_access) = (encryption(&options.encryption)?, key_access(&options.key_access)?);
    check_key_access(encryption.is_some(), hls, key_access.as_ref())?;
    Ok(Options {
        segment_seconds: options.segment_duration,
        borders: options.borders.clone(),
        layout: if options.single_file { Layout::SingleFile } else { Layout::SegmentFiles },
        hls,
        dash,
        chunk: chunk.map(|base| ChunkPlace { first_segment: options.first_segment, base, end: options.end_time }),
        subtitles: options.subtitles.iter().map(read_subtitles).collect::<Result<_, _>>()?,
        end: options.end_time,
        report: options.report.clone(),
        encryption,
        key_access,
    })
}

fn read_subtitles(argument: &SubtitleArgument) -> Result<SubtitleInput, Failure> {
    let source = argument.file.display().to_string();
    let document = Document::parse(&open(&argument.file)?)
        .map_err(|error| Failure::Input(format!("{source}: {}: {error}", error.code())))?;
    Ok(SubtitleInput { source, document, label: argument.label.clone() })
}

fn name(path: &Path, error: reelway_package::Error) -> Failure {
    match error {
        reelway_package::Error::Container(error) => Failure::input(path, &error),
        other => other.into(),
    }
}
