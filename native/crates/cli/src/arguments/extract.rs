use std::path::PathBuf;

use clap::Args;

use super::UrlArguments;

#[derive(Debug, Args)]
pub(crate) struct ExtractArguments {
    /// Take the sound.
    #[arg(long, required_unless_present = "key_frames", conflicts_with = "key_frames")]
    pub(crate) audio: bool,
    /// Take key frames.
    #[arg(long, requires = "at")]
    pub(crate) key_frames: bool,
    /// With --audio: the id of a track, may be given several times; all by default. With --key-frames: the video track's.
    #[arg(long, value_name = "ID")]
    pub(crate) track: Vec<u32>,
    /// With --key-frames: seconds on the title's timeline, separated by commas.
    #[arg(long, value_name = "SECONDS", value_delimiter = ',', requires = "key_frames")]
    pub(crate) at: Vec<f64>,
    /// Of a URL: bytes between two needed ones that are read along rather than asked around.
    #[arg(long, value_name = "BYTES", default_value_t = reelway_remote_file::limits::GAP)]
    pub(crate) gap: u64,
    /// An MP4 or `QuickTime` file, or the URL of one; `-` takes a URL from the first line of standard input.
    #[arg(value_name = "FILE|URL")]
    pub(crate) file: String,
    #[command(flatten)]
    pub(crate) source: UrlArguments,
    /// The MP4 to write.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Write JSON lines: progress while working, the result last.
    #[arg(long)]
    pub(crate) json: bool,
}
