//! What each verb does: reads its inputs, calls its crate, prints the result.

mod confine;
mod cut;
mod encryption;
mod extract;
mod fetch;
mod inspect;
mod join;
mod manifest;
mod package;
mod plan;
mod progress;
mod remote;

use std::io::{self, Write};
use std::path::Path;

use reelway_mapped_file::MappedFile;
use serde::Serialize;

use crate::failure::Failure;

pub(crate) use confine::confine;
pub(crate) use cut::cut;
pub(crate) use extract::extract;
pub(crate) use fetch::fetch;
pub(crate) use inspect::{index, probe};
pub(crate) use join::{concat, stitch};
pub(crate) use manifest::manifest;
pub(crate) use package::package;
pub(crate) use plan::plan;

fn open(path: &Path) -> Result<MappedFile, Failure> {
    MappedFile::open(path).map_err(|error| Failure::io(path, &error))
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Over many lines, for people.
    Pretty,
    /// On one line.
    Compact,
}

fn print(document: &impl Serialize, form: Form) -> Result<(), Failure> {
    let text = if form == Form::Pretty { serde_json::to_string_pretty(document) } else { serde_json::to_string(document) };
    let written = text.map_err(io::Error::from).and_then(|text| writeln!(io::stdout().lock(), "{text}"));
    match written {
        // A reader that has seen enough (`| head`) is not an error.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::Io(format!("stdout: {error}"))),
        Ok(()) => Ok(()),
    }
}
