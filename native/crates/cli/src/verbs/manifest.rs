use std::path::Path;

use reelway_manifest::{
    ChunkReport, Growth, Layout, Presentation, Rendition, dash_manifest, hls_files, merge, merge_growing, names,
};
use reelway_output::OutputFolder;
use serde::Serialize;

use super::{Form, open, print};
use crate::arguments::ManifestArguments;
use crate::failure::Failure;

pub(crate) fn manifest(options: &ManifestArguments) -> Result<(), Failure> {
    let reports = options.reports.iter().map(|path| read_report(path)).collect::<Result<Vec<_>, _>>()?;
    let renditions = if options.growing { merge_growing(reports)? } else { merge(reports)? };
    let growth = options
        .available_since
        .clone()
        .filter(|_| options.growing)
        .map(|available_since| Growth { bandwidths: options.bandwidth.iter().cloned().collect(), available_since });
    let presentation = Presentation {
        renditions: &renditions,
        layout: Layout::SegmentFiles,
        target_duration: options.target_duration,
        growth: growth.as_ref(),
    };
    let folder = OutputFolder::create(&options.output)?;
    let (hls, dash) = options.formats.chosen();
    if hls {
        for rendition in &renditions {
            folder.create_dir(&rendition.id)?;
        }
        for (name, text) in hls_files(&presentation) {
            folder.write_file(&name, text.as_bytes())?;
        }
    }
    if dash {
        folder.write_file(names::DASH, dash_manifest(&presentation).as_bytes())?;
    }
    folder.publish()?;
    print(&Summary::of(&renditions, options.growing), Form::Pretty)
}

fn read_report(path: &Path) -> Result<ChunkReport, Failure> {
    let text = open(path)?;
    serde_json::from_slice(&text).map_err(|error| Failure::Input(format!("{}: not a report: {error}", path.display())))
}

/// What was listed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'r> {
    growing: bool,
    /// How far the title can be played.
    end_seconds: f64,
    renditions: Vec<Listed<'r>>,
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

impl<'r> Summary<'r> {
    fn of(renditions: &'r [Rendition], growing: bool) -> Self {
        let listed = |rendition: &'r Rendition| Listed {
            id: &rendition.id,
            segments: rendition.segments.len(),
            samples: rendition.samples,
            bytes: rendition.init_bytes + rendition.segments.iter().map(|segment| segment.bytes).sum::<u64>(),
            end_seconds: rendition.end_seconds(),
        };
        let end_seconds = renditions.iter().map(Rendition::end_seconds).fold(f64::INFINITY, f64::min);
        Self { growing, end_seconds, renditions: renditions.iter().map(listed).collect() }
    }
}
