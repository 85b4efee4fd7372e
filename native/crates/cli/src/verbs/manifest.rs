use std::path::PathBuf;

use reelway_manifest::{
    ChunkReport, Growth, Layout, Presentation, Rendition, Subtitles, Title, dash_manifest, hls_files, merge, merge_growing, names,
};
use reelway_output::OutputFolder;
use serde::Serialize;

use super::encryption::{check_key_access, key_access};
use super::progress::{Done, Progress};
use super::{Form, open};
use crate::arguments::ManifestArguments;
use crate::failure::Failure;

pub(crate) fn manifest(options: &ManifestArguments) -> Result<(), Failure> {
    let progress = Progress::new(options.json);
    let reports = read_reports(&options.reports, &progress)?;
    let title = if options.growing { merge_growing(reports)? } else { merge(reports)? };
    let (hls, dash) = options.formats.chosen();
    let access = key_access(&options.key_access)?;
    check_key_access(title.renditions.iter().any(|rendition| rendition.encryption.is_some()), hls, access.as_ref())?;
    let growth = options
        .available_since
        .clone()
        .filter(|_| options.growing)
        .map(|available_since| Growth { bandwidths: options.bandwidth.iter().cloned().collect(), available_since });
    let presentation = Presentation {
        renditions: &title.renditions,
        subtitles: &title.subtitles,
        layout: Layout::SegmentFiles,
        target_duration: options.target_duration,
        growth: growth.as_ref(),
        key_access: access.as_ref(),
    };
    let folder = OutputFolder::create(&options.output)?;
    if hls {
        let text = title.subtitles.iter().map(|subtitles| &subtitles.id);
        for id in title.renditions.iter().map(|rendition| &rendition.id).chain(text) {
            folder.create_dir(id)?;
        }
        for (name, text) in hls_files(&presentation) {
            folder.write_file(&name, text.as_bytes())?;
        }
    }
    if dash {
        folder.write_file(names::DASH, dash_manifest(&presentation).as_bytes())?;
    }
    folder.publish()?;
    progress.end(&Summary::of(&title, options.growing), Form::Pretty)
}

fn read_reports(paths: &[PathBuf], progress: &Progress) -> Result<Vec<ChunkReport>, Failure> {
    let texts = paths.iter().map(|path| Ok((path, open(path)?))).collect::<Result<Vec<_>, Failure>>()?;
    let total = texts.iter().map(|(_, text)| text.len() as u64).sum();
    let mut read = 0;
    let reports = texts.iter().map(|(path, text)| {
        let report = serde_json::from_slice(text);
        read += text.len() as u64;
        progress.show(Done::Bytes(read), total);
        report.map_err(|error| Failure::Input(format!("{}: not a report: {error}", path.display())))
    });
    reports.collect()
}

/// What was listed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'r> {
    growing: bool,
    /// How far the title can be played.
    end_seconds: f64,
    renditions: Vec<Listed<'r>>,
    subtitles: Vec<ListedSubtitles<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'r> {
    id: &'r str,
    segments: usize,
    samples: u64,
    bytes: u64,
    end_seconds: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedSubtitles<'r> {
    id: &'r str,
    segments: usize,
    end_seconds: f64,
}

impl<'r> Summary<'r> {
    fn of(title: &'r Title, growing: bool) -> Self {
        let listed = |rendition: &'r Rendition| Listed {
            id: &rendition.id,
            segments: rendition.segments.len(),
            samples: rendition.samples(),
            bytes: rendition.init_bytes + rendition.segments.iter().map(|segment| segment.bytes).sum::<u64>(),
            end_seconds: rendition.end_seconds(),
        };
        let listed_subtitles = |subtitles: &'r Subtitles| ListedSubtitles {
            id: &subtitles.id,
            segments: subtitles.segments.len(),
            end_seconds: subtitles.end_seconds(),
        };
        Self {
            growing,
            end_seconds: title.end_seconds(),
            renditions: title.renditions.iter().map(listed).collect(),
            subtitles: title.subtitles.iter().map(listed_subtitles).collect(),
        }
    }
}
