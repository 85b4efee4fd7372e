use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    /// The file's index, as `reelway-media index` wrote it.
    #[arg(long, value_name = "INDEX")]
    pub(crate) index: PathBuf,
    /// Id of the video track; the first one by default.
    #[arg(long, value_name = "ID")]
    pub(crate) track: Option<u32>,
    /// Seconds that a segment should last, 0.5 to 60; two groups of pictures each.
    #[arg(long, value_name = "SECONDS", default_value_t = 4.0)]
    pub(crate) segment_seconds: f64,
    /// Seconds that a chunk should last, 0.5 to 3600; a title of more than 5,000 chunks gets longer ones.
    #[arg(long, value_name = "SECONDS", default_value_t = 24.0)]
    pub(crate) chunk_seconds: f64,
    /// Seconds that the first chunks should last, separated by commas, so that playback can begin early.
    #[arg(long, value_name = "SECONDS", value_delimiter = ',', default_value = "6,6,12")]
    pub(crate) opening: Vec<f64>,
    /// Write the chunks' parts of the index to this file, one behind the other; the plan says where each stands.
    #[arg(long, value_name = "FILE")]
    pub(crate) slices: Option<PathBuf>,
    /// Write JSON lines: progress while working, the result last.
    #[arg(long)]
    pub(crate) json: bool,
}
