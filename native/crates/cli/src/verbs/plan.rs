use std::io::Write;
use std::path::Path;

use reelway_output::OutputFile;
use reelway_plan::{ChunkPlan, Options, Place, Plan, Planner};

use super::Form;
use super::cut::read_index;
use super::progress::{Done, Progress};
use crate::arguments::PlanArguments;
use crate::failure::Failure;

pub(crate) fn plan(options: &PlanArguments) -> Result<(), Failure> {
    let index = read_index(&options.index)?;
    let wanted = Options {
        track: options.track,
        segment_seconds: options.segment_seconds,
        chunk_seconds: options.chunk_seconds,
        opening_seconds: options.opening.clone(),
    };
    let planner = Planner::of(&index, &wanted)?;
    let progress = Progress::new(options.json);
    let mut plan = planner.plan()?;
    if let (Plan::Chunks(chunks), Some(path)) = (&mut plan, &options.slices) {
        write_slices(path, &planner, chunks, &progress)?;
    }
    progress.end(&plan, Form::Compact)
}

/// Writes the slices one behind the other, and puts their places into the plan.
fn write_slices(path: &Path, planner: &Planner<'_>, plan: &mut ChunkPlan, progress: &Progress) -> Result<(), Failure> {
    let mut output = OutputFile::create(path)?;
    let (mut offset, total) = (0, plan.chunks.len() as u64);
    for (done, chunk) in (1..).zip(&mut plan.chunks) {
        let text = serde_json::to_vec(&planner.slice(chunk)?).map_err(|error| Failure::io(path, &error.into()))?;
        let failed = output.failed();
        output.file().write_all(&text).map_err(failed)?;
        let length = text.len() as u64;
        chunk.slice = Some(Place { offset, length });
        offset += length;
        progress.show(Done::Chunks(done), total);
    }
    Ok(output.publish()?)
}
