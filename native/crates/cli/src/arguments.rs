mod confine;
mod encryption;
mod extract;
mod plan;
mod subtitles;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use reelway_package::Time;

pub(crate) use self::confine::ConfineArguments;
pub(crate) use self::encryption::{EncryptionArguments, KeyAccessArguments};
pub(crate) use self::extract::ExtractArguments;
pub(crate) use self::plan::PlanArguments;
pub(crate) use self::subtitles::SubtitleArgument;

const EXIT_CODES: &str = "Exit codes:\n  0  done\n  2  wrong usage\n  3  the input is damaged, refused, or not supported\n  4  reading or writing failed";

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
    /// pictures' first bytes looked at. Times are seconds on the presentation timeline with edit lists applied. Of a URL only
    /// the headers are read, wherever in the file they stand, and stderr says how many bytes that took.
    #[command(after_help = EXIT_CODES)]
    Probe(ProbeArguments),
    /// Write a file's sample index: all that is needed to cut chunks from ranges of it, as compact JSON.
    ///
    /// For each video and audio track: its sample entry, its groups of pictures with their byte ranges, and every sample's
    /// place, size and times in packed columns, about two bytes a sample.
    #[command(after_help = EXIT_CODES)]
    Index(FileArguments),
    /// Plan how a title is encoded in chunks, from its index alone: JSON with every chunk, segment and key frame.
    ///
    /// Chunks begin at key frames of the source that `cut` will not move, nearest to the lengths asked for. Times are the
    /// title's, in ticks of the output's clock. Where pictures come at one rate, however the source's clock rounds it, picture
    /// N of a chunk is shown exactly N × timescale × den / num ticks behind its start: an encoder's filter gets there with
    /// `settb=1/TIMESCALE,setpts=round(PTS/D)*D`, D being that distance. Key frames are then `grid` pictures apart; at a
    /// variable rate `grid` is null and `keyFrames` is what to force.
    ///
    /// A title that must not be taken apart is planned as `whole`, with a code and the reason: `one_key_frame`, `far_key_frames`,
    /// `no_clean_start`, `no_key_frame_flags`, `unordered_pictures`, `several_sample_entries`, `several_edits`, `unknown_codec`,
    /// encrypted.
    ///
    /// With --slices each chunk gets the part of the index that it is cut from, an index of its own in which key frames keep
    /// their numbers: `cut` takes it with the plan's --from and --to, and gives the same bytes.
    #[command(after_help = EXIT_CODES)]
    Plan(PlanArguments),
    /// Cut the pictures between two key frames out of a file, as an MP4 that decodes to exactly those.
    ///
    /// Only the index is read for planning, and of the file only the bytes that the chunk needs, also from a URL. Key frames are counted from 0, as
    /// in the index; --to may be their number, for all up to the end. With open groups of pictures the chunk also holds
    /// pictures that are not shown, hidden by an edit list. Where a key frame can't be a border, because a picture decoded
    /// before it is shown after it, the next one is taken, and the report says so.
    #[command(after_help = EXIT_CODES)]
    Cut(CutArguments),
    /// Take the sound, or single key frames, out of a file as a small MP4, and read nothing else of it.
    ///
    /// With --audio a decoder of the result gives exactly the samples that it gives of the source, at the same times: priming,
    /// edits and a late start are kept. With --key-frames it gives the key frames nearest at or before each of the times, each
    /// once, at their times; those of open groups of pictures get a track each, and the answer says which.
    ///
    /// Of a URL the headers are read, and the bytes that are needed, over several connections; what lies between them is read
    /// along only up to --gap. The default is where another request takes as long as the bytes (20 ms over six connections at
    /// 20 MB/s); --gap 0 reads the fewest bytes, in the most requests.
    #[command(after_help = EXIT_CODES)]
    Extract(ExtractArguments),
    /// Package encoded MP4s as CMAF segments with HLS playlists and a DASH manifest.
    ///
    /// Give one file for each rendition; their key frames must be aligned. The first video track of each file is taken, and
    /// every audio track of the first file that has one, and of files without video. Codecs: H.264, HEVC, AV1, VP9; AAC,
    /// Opus, AC-3, E-AC-3, MP3, FLAC. Nothing is re-encoded: packets, presentation times and sample entries stay the source's.
    ///
    /// A segment ends at the first shared key frame behind the target duration, or where --borders say. The output folder
    /// appears whole, or not at all. Without --hls and --dash both are written.
    ///
    /// Subtitles are `WebVTT` or `SubRip` files on the title's own timeline. For HLS they are cut where the pictures are, for
    /// DASH they stay whole. Without an INPUT, --borders and --end-time say where, and --report tells `manifest` of them.
    ///
    /// With --encrypt pictures and sound are encrypted, and playlists and manifest say so; headers that a player must read stay
    /// clear, and subtitles do. HLS needs --key-uri, and so does `manifest` for the reports of an encrypted title.
    ///
    /// With --chunk the inputs are one encoded chunk of a longer title: segments get the numbers and times of their final
    /// place, byte for byte as if the title had been packaged whole, and manifests are left to `manifest`.
    #[command(after_help = EXIT_CODES)]
    Package(PackageArguments),
    /// Write the playlists and the manifest of a title from the reports of its chunks, without its media.
    ///
    /// Reports may come in any order. Without --growing every segment must be there; chunks that were encoded so that they
    /// can't follow each other are refused. With --growing what stands without a gap from the start is listed, sound no
    /// further than pictures, in playlists that say that more will come.
    #[command(after_help = EXIT_CODES)]
    Manifest(ManifestArguments),
    /// Lay the tracks of one title side by side in one progressive MP4, without re-encoding.
    ///
    /// An INPUT is a rendition's folder, as `package` writes it (init.mp4 and segments in order), or a file. The result plays
    /// before it is there: its header comes first, and its tracks are interleaved.
    #[command(after_help = EXIT_CODES)]
    Stitch(JoinArguments),
    /// Download a file over several connections, and go on where a killed run stopped.
    ///
    /// Beside FILE lie `.FILE.fetch` and a journal of what is missing until all is there; then the digests are checked, the
    /// file is brought to the disk, and it gets its name. A source that has changed since (entity tag, date, length) begins
    /// anew. Connections are added while they bring more, and halved when the server asks for less (429, 503).
    ///
    /// Only https to public addresses is fetched: every address that a name leads to, every redirect, and the far end of
    /// every connection are checked. No proxy of the environment is used.
    #[command(after_help = EXIT_CODES)]
    Fetch(FetchArguments),
    /// Lay whole files with equal codecs one behind the other (episodes), without re-encoding.
    ///
    /// Each file starts where the pictures of the one before end. All need the same tracks in the same order, coded alike.
    #[command(after_help = EXIT_CODES)]
    Concat(JoinArguments),
    /// Become another program that can reach no file, device or system call but what is given here: for the runner's own use.
    #[command(hide = true)]
    Confine(ConfineArguments),
}

#[derive(Debug, Args)]
pub(crate) struct FileArguments {
    /// An MP4 or `QuickTime` file, or the URL of one; `-` takes a URL from the first line of standard input, which other
    /// users of the host can't see.
    #[arg(value_name = "FILE|URL")]
    pub(crate) file: String,
    #[command(flatten)]
    pub(crate) source: UrlArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ProbeArguments {
    #[command(flatten)]
    pub(crate) input: FileArguments,
    /// Leave out the times of the key frames.
    #[arg(long)]
    pub(crate) brief: bool,
}

/// Whom a URL may lead to, and what its server is shown.
#[derive(Debug, Args)]
pub(crate) struct UrlArguments {
    /// Send this header, as `NAME: VALUE`; may be given several times. Other hosts that a redirect leads to don't get it.
    #[arg(long, value_name = "HEADER")]
    pub(crate) header: Vec<String>,
    /// Read only what has this entity tag, quotes included.
    #[arg(long, value_name = "ETAG")]
    pub(crate) if_match: Option<String>,
    /// Allow http, any port, and private addresses: for closed networks and tests.
    #[arg(long)]
    pub(crate) allow_private: bool,
    /// Believe the certificate authorities in this PEM file too, beside Mozilla's, which are built in.
    #[arg(long, value_name = "FILE", env = "SSL_CERT_FILE", hide_env_values = true)]
    pub(crate) ca_file: Option<PathBuf>,
    /// A host of this installation that no URL may lead to; may be given several times.
    #[arg(long, value_name = "HOST")]
    pub(crate) own_host: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct FetchArguments {
    /// What to fetch; `-` takes the first line of standard input, which other users of the host can't see.
    pub(crate) url: String,
    /// The file to write.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) source: UrlArguments,
    /// The MD5 that the bytes must have, in hex.
    #[arg(long, value_name = "HEX", value_parser = hex::<32>)]
    pub(crate) md5: Option<String>,
    /// The SHA-256 that the bytes must have, in hex.
    #[arg(long, value_name = "HEX", value_parser = hex::<64>)]
    pub(crate) sha256: Option<String>,
    /// Refuse what has more bytes.
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_bytes: Option<u64>,
    /// The most connections.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) connections: u8,
    /// Failures in a row, without progress in between, that are tried again.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(crate) retries: u32,
    /// Write JSON lines: progress while working, the result last.
    #[arg(long)]
    pub(crate) json: bool,
    /// Ask before bytes are written: behind an event `room`, which says how many the file will have at most, a line on
    /// standard input lets the work go on, and its end refuses.
    #[arg(long, requires = "json")]
    pub(crate) ask_room: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CutArguments {
    /// The file's index, as `reelway-media index` wrote it.
    #[arg(long, value_name = "INDEX")]
    pub(crate) index: PathBuf,
    /// The key frame to begin with.
    #[arg(long, value_name = "K")]
    pub(crate) from: usize,
    /// The key frame to end before.
    #[arg(long, value_name = "K")]
    pub(crate) to: usize,
    /// Id of the video track; the first one by default.
    #[arg(long, value_name = "ID")]
    pub(crate) track: Option<u32>,
    /// The file that was indexed, or its URL; `-` takes a URL from the first line of standard input.
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

/// Which manifests to write.
#[derive(Debug, Args)]
pub(crate) struct FormatArguments {
    /// Write HLS playlists (main.m3u8).
    #[arg(long)]
    pub(crate) hls: bool,
    /// Write a DASH manifest (manifest.mpd).
    #[arg(long)]
    pub(crate) dash: bool,
}

impl FormatArguments {
    /// Whether to write HLS, and DASH: both where neither is asked for.
    pub(crate) const fn chosen(&self) -> (bool, bool) {
        let both = !self.hls && !self.dash;
        (self.hls || both, self.dash || both)
    }
}

#[derive(Debug, Args)]
pub(crate) struct PackageArguments {
    /// One encoded file for each rendition; audio-only files add audio tracks.
    #[arg(required_unless_present = "subtitles", value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Subtitles of the title, as `FILE[,lang=TAG][,name=TEXT][,default][,forced]`; may be given several times.
    #[arg(long, value_name = "SUBTITLES", conflicts_with = "chunk")]
    pub(crate) subtitles: Vec<SubtitleArgument>,
    /// The folder to make; it must not exist, or be empty.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) formats: FormatArguments,
    /// Seconds that a segment should last, 0.5 to 60.
    #[arg(long, value_name = "SECONDS", default_value_t = 4.0)]
    pub(crate) segment_duration: f64,
    /// Where segments begin: times as TICKS/TIMESCALE on the title's timeline, separated by commas.
    #[arg(long, value_name = "TIME", value_delimiter = ',')]
    pub(crate) borders: Option<Vec<Time>>,
    /// One file for each rendition, addressed by byte ranges, instead of segment files.
    #[arg(long)]
    pub(crate) single_file: bool,
    #[command(flatten)]
    pub(crate) encryption: EncryptionArguments,
    #[command(flatten)]
    pub(crate) key_access: KeyAccessArguments,
    /// The inputs are one chunk of a longer title.
    #[arg(long, requires_all = ["base_time", "report"], conflicts_with_all = ["single_file", "hls", "dash"])]
    pub(crate) chunk: bool,
    /// With --chunk: the number of its first segment, counted from 1.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "chunk", value_parser = clap::value_parser!(u32).range(1..1_000_000))]
    pub(crate) first_segment: u32,
    /// With --chunk: when its first picture is shown, as TICKS/TIMESCALE.
    #[arg(long, value_name = "TIME", requires = "chunk")]
    pub(crate) base_time: Option<Time>,
    /// With --chunk: when the next chunk's first picture is shown. For subtitles alone: where the title ends.
    #[arg(long, value_name = "TIME")]
    pub(crate) end_time: Option<Time>,
    /// Describe the segments in this file, for `manifest`; it appears with the folder, or not at all.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Write JSON lines: progress while working, the result last.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct JoinArguments {
    /// A rendition's folder, or an MP4.
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// The MP4 to write.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Write JSON lines: progress while working, the result last.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ManifestArguments {
    /// Reports that `package --report` wrote.
    #[arg(required = true, value_name = "REPORT")]
    pub(crate) reports: Vec<PathBuf>,
    /// The folder to make; it must not exist, or be empty.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) formats: FormatArguments,
    #[command(flatten)]
    pub(crate) key_access: KeyAccessArguments,
    /// Whole seconds that no segment of the title will exceed; players may not see it change.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) target_duration: Option<u64>,
    /// More will come: list what is there.
    #[arg(long, requires = "available_since")]
    pub(crate) growing: bool,
    /// With --growing: when the title began to be available, as RFC 3339 has it: 2026-11-21T12:00:00Z.
    #[arg(long, value_name = "TIME", requires = "growing", value_parser = rfc_3339)]
    pub(crate) available_since: Option<String>,
    /// With --growing: bits per second that a rendition will not exceed, as ID=BITS; may be given several times.
    #[arg(long, value_name = "ID=BITS", requires = "growing", value_parser = bandwidth)]
    pub(crate) bandwidth: Vec<(String, u64)>,
    /// Write JSON lines: progress while working, the result last.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The form alone: `2026-11-21T12:00:00Z`, with a fraction if need be.
fn rfc_3339(text: &str) -> Result<String, String> {
    let form = "0000-00-00T00:00:00";
    let same = |(letter, place): (char, char)| if place == '0' { letter.is_ascii_digit() } else { letter == place };
    let rest = text.get(form.len()..).filter(|_| text.chars().zip(form.chars()).all(same));
    let fraction = rest.and_then(|rest| rest.strip_suffix('Z'));
    match fraction.map(|fraction| fraction.strip_prefix('.').unwrap_or(fraction)) {
        Some(digits) if digits.len() <= 9 && digits.chars().all(|digit| digit.is_ascii_digit()) => Ok(text.to_owned()),
        _ => Err("a time in UTC is written as 2026-11-21T12:00:00Z".to_owned()),
    }
}

/// `DIGITS` hexadecimal digits.
fn hex<const DIGITS: usize>(text: &str) -> Result<String, String> {
    let digits = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits { Ok(text.to_owned()) } else { Err(format!("{DIGITS} hexadecimal digits are needed")) }
}

fn bandwidth(text: &str) -> Result<(String, u64), String> {
    let parts = text.split_once('=').and_then(|(id, bits)| Some((id.to_owned(), bits.parse().ok()?)));
    parts.ok_or_else(|| "a bandwidth is written as ID=BITS: video-1=3000000".to_owned())
}
