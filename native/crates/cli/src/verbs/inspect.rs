use reelway_inspect::index::Index;
use reelway_inspect::probe::Probe;
use reelway_mp4::Movie;
use reelway_remote_file::RemoteFile;

use super::remote::{name_of, open_input};
use super::{Form, print};
use crate::arguments::{FileArguments, ProbeArguments};
use crate::failure::Failure;

pub(crate) fn probe(options: &ProbeArguments) -> Result<(), Failure> {
    let ProbeArguments { input, brief } = options;
    let file = open_input(&input.file, &input.source, headers)?;
    let name = name_of(&input.file);
    let movie = Movie::parse(&file).map_err(|error| Failure::input(&name, &error))?;
    let probe = Probe::of(&movie, file.len() as u64).map_err(|error| Failure::input(&name, &error))?;
    print(&if *brief { probe.brief() } else { probe }, Form::Pretty)
}

pub(crate) fn index(options: &FileArguments) -> Result<(), Failure> {
    let file = open_input(&options.file, &options.source, headers)?;
    let name = name_of(&options.file);
    let movie = Movie::parse(&file).map_err(|error| Failure::input(&name, &error))?;
    let index = Index::of(&movie, file.len() as u64).map_err(|error| Failure::input(&name, &error))?;
    print(&index, Form::Compact)
}

fn headers(remote: &mut RemoteFile<'_>) -> reelway_remote_file::Result<()> {
    remote.load_headers()
}
