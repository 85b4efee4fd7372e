use std::path::Path;

use reelway_cut::{Chunk, Request};
use reelway_inspect::index::Index;
use reelway_output::OutputFile;
use reelway_remote_file::{limits, merge_runs};

use super::progress::{Progress, Transfer};
use super::remote::{name_of, open_input};
use super::{Form, open};
use crate::arguments::CutArguments;
use crate::failure::Failure;

pub(crate) fn cut(options: &CutArguments) -> Result<(), Failure> {
    let index = read_index(&options.index)?;
    let chunk = Chunk::plan(&index, &Request { track: options.track, from: options.from, to: options.to })?;
    let needed = merge_runs(chunk.runs(), limits::GAP);
    let (progress, transfer) = (Progress::new(options.json), Transfer::default());
    transfer.will_write(chunk.report().bytes);
    let source = open_input(&options.file, &options.source, |remote| {
        // Another file: nothing of it is needed to say so.
        let read = |bytes, total| transfer.read(bytes, total, &progress);
        if remote.len() == index.file_bytes { remote.load_watched(&needed, &read) } else { Ok(()) }
    })?;
    if source.len() as u64 != index.file_bytes {
        let name = name_of(&options.file);
        return Err(Failure::Input(format!("{}: not the file that was indexed: its length differs", name.display())));
    }
    let mut output = OutputFile::create(&options.output)?;
    let failed = output.failed();
    chunk.write_to(output.file(), &source, &|bytes, _| transfer.write(bytes, &progress)).map_err(failed)?;
    output.publish()?;
    progress.end(chunk.report(), Form::Pretty)
}

/// Reads an index, or a slice of one, and checks it.
pub(super) fn read_index(path: &Path) -> Result<Index, Failure> {
    let text = open(path)?;
    let index: Index =
        serde_json::from_slice(&text).map_err(|error| Failure::Input(format!("{}: not an index: {error}", path.display())))?;
    index.validate().map_err(|error| Failure::input(path, &error))?;
    Ok(index)
}
