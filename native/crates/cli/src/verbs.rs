use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;

use reelway_inspect::index::Index;
use reelway_inspect::probe::Probe;
use reelway_mapped_file::MappedFile;
use reelway_mp4::Movie;
use reelway_package::{Input, Layout, Options, limits};
use serde::Serialize;

use crate::arguments::{FileArguments, PackageArguments};
use crate::failure::Failure;

pub(crate) fn probe(options: &FileArguments) -> Result<(), Failure> {
    let file = open(&options.file)?;
    let movie = Movie::parse(&file).map_err(|error| Failure::input(&options.file, &error))?;
    let probe = Probe::of(&movie, file.len() as u64).map_err(|error| Failure::input(&options.file, &error))?;
    print(&probe, true)
}

pub(crate) fn index(options: &FileArguments) -> Result<(), Failure> {
    let file = open(&options.file)?;
    let movie = Movie::parse(&file).map_err(|error| Failure::input(&options.file, &error))?;
    let index = Index::of(&movie, file.len() as u64).map_err(|error| Failure::input(&options.file, &error))?;
    print(&index, false)
}

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
    let both = !options.hls && !options.dash;
    let package_options = Options {
        segment_seconds: options.segment_duration,
        layout: if options.single_file { Layout::SingleFile } else { Layout::SegmentFiles },
        hls: options.hls || both,
        dash: options.dash || both,
    };
    let shown_percent = Mutex::new(None);
    let progress = |done: u64, total: u64| {
        if options.json {
            show_progress(&shown_percent, done, total);
        }
    };
    let report = reelway_package::package(&inputs, &package_options, &options.output, &progress)?;
    if options.json { print(&Line::Done { report: &report }, false) } else { print(&report, true) }
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
        report: &'r reelway_package::Report,
    },
}

/// One line for each percent at most: a title of hours has thousands of segments.
fn show_progress(shown_percent: &Mutex<Option<u64>>, segments: u64, total: u64) {
    let percent = segments.saturating_mul(100) / total.max(1);
    let Ok(mut shown) = shown_percent.lock() else { return };
    if shown.is_none_or(|before| percent > before) {
        *shown = Some(percent);
        // Progress that nobody reads any more is no reason to stop the work.
        let _ = print(&Line::Progress { segments, total }, false);
    }
}

fn open(path: &Path) -> Result<MappedFile, Failure> {
    MappedFile::open(path).map_err(|error| Failure::io(path, &error))
}

fn name(path: &Path, error: reelway_package::Error) -> Failure {
    match error {
        reelway_package::Error::Container(error) => Failure::input(path, &error),
        other => other.into(),
    }
}

fn print(document: &impl Serialize, pretty: bool) -> Result<(), Failure> {
    let text = if pretty { serde_json::to_string_pretty(document) } else { serde_json::to_string(document) };
    let written = text.map_err(io::Error::from).and_then(|text| writeln!(io::stdout().lock(), "{text}"));
    match written {
        // A reader that has seen enough (`| head`) is not an error.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::Io(format!("stdout: {error}"))),
        Ok(()) => Ok(()),
    }
}
