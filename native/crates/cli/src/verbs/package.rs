use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use reelway_output::OutputFile;
use reelway_package::{ChunkPlace, Input, Layout, Options, Report, limits};
use serde::Serialize;

use super::{Form, open, print};
use crate::arguments::PackageArguments;
use crate::failure::Failure;

pub(crate) fn package(options: &PackageArguments) -> Result<(), Failure> {
    if !limits::SEGMENT_SECONDS.contains(&options.segment_duration) {
        let (least, most) = (limits::SEGMENT_SECONDS.start(), limits::SEGMENT_SECONDS.end());
        return Err(Failure::Usage(format!("--segment-duration: a segment lasts from {least} to {most} seconds")));
    }
    let files = options.inputs.iter().map(|path| open(path)).collect::<Result<Vec<_>, _>>()?;
    let inputs = options
        .inputs
        .iter()
        .zip(&files)
        .map(|(path, file)| Input::parse(path.display().to_string(), file).map_err(|error| name(path, error)))
        .collect::<Result<Vec<_>, _>>()?;
    let shown_percent = Mutex::new(None);
    let progress = |done: u64, total: u64| {
        if options.json {
            show_progress(&shown_percent, done, total);
        }
    };
    let report = reelway_package::package(&inputs, &options_of(options), &options.output, &progress)?;
    if options.json { print(&Line::Done { report: &report }, Form::Compact) } else { print(&report, Form::Pretty) }?;
    options.report.as_deref().map_or(Ok(()), |path| write_report(path, report))
}

fn options_of(options: &PackageArguments) -> Options {
    // A chunk's manifests are written from its report.
    let (hls, dash) = if options.chunk { (false, false) } else { options.formats.chosen() };
    let chunk = options.base_time.filter(|_| options.chunk);
    Options {
        segment_seconds: options.segment_duration,
        borders: options.borders.clone(),
        layout: if options.single_file { Layout::SingleFile } else { Layout::SegmentFiles },
        hls,
        dash,
        chunk: chunk.map(|base| ChunkPlace { first_segment: options.first_segment, base, end: options.end_time }),
    }
}

fn write_report(path: &Path, report: Report) -> Result<(), Failure> {
    let text = serde_json::to_vec(&report.into_chunk_report()).map_err(|error| Failure::io(path, &error.into()))?;
    let mut output = OutputFile::create(path)?;
    let failed = output.failed();
    output.file().write_all(&text).map_err(failed)?;
    Ok(output.publish()?)
}

/// A line of `--json` output.
#[derive(Serialize)]
#[serde(rename_all = "camelCase", tag = "event")]
enum Line<'r> {
    Progress {
        segments: u64,
        total: u64,
    },
    Done {
        #[serde(flatten)]
        report: &'r Report,
    },
}

/// One line for each percent at most: a title of hours has thousands of segments.
fn show_progress(shown_percent: &Mutex<Option<u64>>, segments: u64, total: u64) {
    let percent = segments.saturating_mul(100) / total.max(1);
    let Ok(mut shown) = shown_percent.lock() else { return };
    if shown.is_none_or(|before| percent > before) {
        *shown = Some(percent);
        // Progress that nobody reads any more is no reason to stop the work.
        let _ = print(&Line::Progress { segments, total }, Form::Compact);
    }
}

fn name(path: &Path, error: reelway_package::Error) -> Failure {
    match error {
        reelway_package::Error::Container(error) => Failure::input(path, &error),
        other => other.into(),
    }
}
