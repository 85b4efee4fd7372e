use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

const EXIT_CODES: &str = "Exit codes:\n  0  done\n  2  wrong usage\n  3  the input is damaged, not supported or not an MP4\n  4  reading or writing failed";

/// Reads MP4 and `QuickTime` files and packages them for HLS and DASH, without re-encoding.
#[derive(Debug, Parser)]
#[command(name = "reelway-media", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Describe a file: container, tracks, codec strings, times, colour and key frames, as JSON.
    ///
    /// Reads the header and the sample tables, not the media; only where a file does not mark its key frames are the
    /// pictures' first bytes looked at. Times are seconds on the presentation timeline with edit lists applied.
    #[command(after_help = EXIT_CODES)]
    Probe(FileArguments),
    /// Write a file's sample index: all that is needed to cut chunks from ranges of it, as compact JSON.
    ///
    /// For each video and audio track: its sample entry, its groups of pictures with their byte ranges, and every sample's
    /// place, size and times in packed columns, about two bytes a sample.
    #[command(after_help = EXIT_CODES)]
    Index(FileArguments),
    /// Package encoded MP4s as CMAF segments with HLS playlists and a DASH manifest.
    ///
    /// Give one file for each rendition; their key frames must be aligned. The first video track of each file is taken, and
    /// every audio track of the first file that has one, and of files without video. Codecs: H.264, HEVC, AV1, VP9; AAC,
    /// Opus, AC-3, E-AC-3, MP3, FLAC. Nothing is re-encoded: packets, presentation times and sample entries stay the source's.
    ///
    /// A segment ends at the first shared key frame behind the target duration. The output folder appears whole, or not at
    /// all. Without --hls and --dash both are written.
    #[command(after_help = EXIT_CODES)]
    Package(PackageArguments),
}

#[derive(Debug, Args)]
pub(crate) struct FileArguments {
    /// An MP4 or `QuickTime` file.
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // Each is a flag of its own on the command line.
pub(crate) struct PackageArguments {
    /// One encoded file for each rendition; audio-only files add audio tracks.
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// The folder to make; it must not exist, or be empty.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Write HLS playlists (main.m3u8).
    #[arg(long)]
    pub(crate) hls: bool,
    /// Write a DASH manifest (manifest.mpd).
    #[arg(long)]
    pub(crate) dash: bool,
    /// Seconds that a segment should last, 0.5 to 60.
    #[arg(long, value_name = "SECONDS", default_value_t = 4.0)]
    pub(crate) segment_duration: f64,
    /// One file for each rendition, addressed by byte ranges, instead of segment files.
    #[arg(long)]
    pub(crate) single_file: bool,
    /// Write JSON lines: progress while working, the result last.
    #[arg(long)]
    pub(crate) json: bool,
}
