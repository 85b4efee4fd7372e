use std::ffi::OsString;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use clap::Args;

/// Of `confine`: what a program keeps.
#[derive(Debug, Args)]
pub(crate) struct ConfineArguments {
    /// A file or directory that it may read, and run; may be given several times.
    #[arg(long, value_name = "PATH")]
    pub(crate) read: Vec<PathBuf>,
    /// A directory that it may write; may be given several times.
    #[arg(long, value_name = "PATH")]
    pub(crate) write: Vec<PathBuf>,
    /// A directory of which it may read the names; may be given several times.
    #[arg(long, value_name = "PATH")]
    pub(crate) list: Vec<PathBuf>,
    /// A device file that it may use; may be given several times.
    #[arg(long, value_name = "PATH")]
    pub(crate) device: Vec<PathBuf>,
    /// The filter of its system calls: classic BPF, in Base64.
    #[arg(long, value_name = "BASE64", value_parser = filter)]
    pub(crate) filter: Filter,
    /// The program, by its path, and its arguments.
    #[arg(last = true, required = true, value_name = "PROGRAM")]
    pub(crate) command: Vec<OsString>,
}

/// A filter's bytes: a list to the command line would be many values.
#[derive(Debug, Clone)]
pub(crate) struct Filter(pub(crate) Vec<u8>);

fn filter(text: &str) -> Result<Filter, String> {
    BASE64_STANDARD.decode(text).map(Filter).map_err(|error| error.to_string())
}
