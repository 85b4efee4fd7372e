use reelway_inspect::index::Index;
use reelway_inspect::probe::Probe;
use reelway_mp4::Movie;

use super::{Form, open, print};
use crate::arguments::FileArguments;
use crate::failure::Failure;

pub(crate) fn probe(options: &FileArguments) -> Result<(), Failure> {
    let file = open(&options.file)?;
    let movie = Movie::parse(&file).map_err(|error| Failure::input(&options.file, &error))?;
    let probe = Probe::of(&movie, file.len() as u64).map_err(|error| Failure::input(&options.file, &error))?;
    print(&probe, Form::Pretty)
}

pub(crate) fn index(options: &FileArguments) -> Result<(), Failure> {
    let file = open(&options.file)?;
    let movie = Movie::parse(&file).map_err(|error| Failure::input(&options.file, &error))?;
    let index = Index::of(&movie, file.len() as u64).map_err(|error| Failure::input(&options.file, &error))?;
    print(&index, Form::Compact)
}
