use std::path::{Path, PathBuf};

use reelway_join::{Part, Report};
use reelway_manifest::names;
use reelway_mapped_file::MappedFile;

use super::progress::{Done, Progress};
use super::{Form, open};
use crate::arguments::JoinArguments;
use crate::failure::Failure;

pub(crate) fn stitch(options: &JoinArguments) -> Result<(), Failure> {
    join(options, |parts, progress| reelway_join::stitch(parts, &options.output, progress))
}

pub(crate) fn concat(options: &JoinArguments) -> Result<(), Failure> {
    join(options, |parts, progress| reelway_join::concat(parts, &options.output, progress))
}

fn join(
    options: &JoinArguments,
    way: impl FnOnce(&[Part<'_>], reelway_join::Progress<'_>) -> reelway_join::Result<Report>,
) -> Result<(), Failure> {
    let inputs = options.inputs.iter().map(|path| MappedPart::open(path)).collect::<Result<Vec<_>, _>>()?;
    let parts = inputs.iter().map(MappedPart::part).collect::<Result<Vec<_>, _>>()?;
    let progress = Progress::new(options.json);
    let report = way(&parts, &|bytes, total| progress.show(Done::Bytes(bytes), total))?;
    progress.end(&report, Form::Pretty)
}

/// An input, mapped: a file, or a rendition's folder.
struct MappedPart {
    name: String,
    first: MappedFile,
    /// `None` for a file.
    segments: Option<Vec<MappedFile>>,
}

impl MappedPart {
    fn open(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        if !path.is_dir() {
            return Ok(Self { name, first: open(path)?, segments: None });
        }
        let segments = segment_paths(path)?.iter().map(|segment| open(segment)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { name, first: open(&path.join(names::INIT))?, segments: Some(segments) })
    }

    fn part(&self) -> Result<Part<'_>, Failure> {
        Ok(match &self.segments {
            None => Part::file(&*self.name, &self.first)?,
            Some(segments) => Part::segments(&*self.name, &self.first, segments.iter().map(|segment| &**segment).collect())?,
        })
    }
}

/// The segments of a rendition's folder, from the first one on without a gap.
fn segment_paths(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::io(folder, &error))?;
    let count =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).filter(|name| names::is_segment(name)).count();
    let numbers = 1..=u32::try_from(count).unwrap_or(u32::MAX);
    let paths: Vec<PathBuf> = numbers.map(|number| folder.join(names::segment(number))).collect();
    match paths.iter().find(|path| !path.exists()) {
        Some(missing) => Err(Failure::Input(format!("{}: the segment is missing", missing.display()))),
        None if paths.is_empty() => Err(Failure::Input(format!("{}: no segments", folder.display()))),
        None => Ok(paths),
    }
}
