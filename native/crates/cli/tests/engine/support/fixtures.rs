//! Inputs: small files made by ffmpeg, once per build folder, and real clips where they are at hand.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// A file to make: its name and ffmpeg's arguments after the two generated inputs (video 0, audio 1, audio 2).
pub(crate) struct Fixture {
    pub(crate) name: &'static str,
    arguments: &'static str,
}

/// Six seconds at 320x180 and 25 pictures a second unless the arguments say otherwise.
pub(crate) const MATRIX: &[Fixture] = &[
    Fixture { name: "h264-b-frames.mp4", arguments: "-map 0 -map 1 -c:v libx264 -preset ultrafast -bf 3 -g 50 -c:a aac" },
    Fixture {
        name: "h264-open-gop.mp4",
        arguments: "-map 0 -c:v libx264 -preset medium -bf 3 -x264-params keyint=25:open-gop=1:b-pyramid=normal",
    },
    Fixture {
        name: "h264-variable-gop.mp4",
        arguments: "-map 0 -map 1 -c:v libx264 -preset ultrafast -force_key_frames 0.4,1.88,4.04,5.2 -c:a aac",
    },
    Fixture {
        name: "h264-odd-timescale.mp4",
        arguments: "-map 0 -map 1 -c:v libx264 -preset ultrafast -g 30 -video_track_timescale 12347 -c:a aac",
    },
    Fixture {
        name: "h264-vfr.mp4",
        arguments: "-map 0 -vf select=not(mod(n\\,3))+not(mod(n\\,7)) -fps_mode vfr -c:v libx264 -preset ultrafast -bf 2 -g 20",
    },
    Fixture {
        name: "h264-fragmented.mp4",
        arguments: "-map 0 -map 1 -c:v libx264 -preset ultrafast -bf 2 -g 50 -c:a aac -movflags frag_keyframe+empty_moov+default_base_moof",
    },
    Fixture {
        name: "h264-fragmented-absolute.mp4",
        arguments: "-map 0 -map 1 -c:v libx264 -preset ultrafast -bf 2 -g 50 -c:a aac -movflags frag_keyframe+empty_moov",
    },
    Fixture {
        name: "h264-hybrid.mp4",
        arguments: "-map 0 -map 1 -c:v libx264 -preset ultrafast -bf 2 -g 50 -c:a aac -movflags frag_keyframe",
    },
    Fixture {
        name: "h264-faststart.mp4",
        arguments: "-map 0 -map 1 -c:v libx264 -preset ultrafast -g 50 -c:a aac -movflags faststart",
    },
    Fixture {
        name: "h264-two-audio.mp4",
        arguments: "-map 0 -map 1 -map 2 -c:v libx264 -preset ultrafast -g 50 -c:a aac -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu",
    },
    Fixture { name: "h264-mp3.mp4", arguments: "-map 0 -map 1 -c:v libx264 -preset ultrafast -g 50 -c:a libmp3lame" },
    Fixture { name: "h264-ac3.mp4", arguments: "-map 0 -map 1 -c:v libx264 -preset ultrafast -g 50 -c:a ac3" },
    Fixture { name: "h264-eac3.mp4", arguments: "-map 0 -map 1 -c:v libx264 -preset ultrafast -g 50 -c:a eac3" },
    Fixture {
        name: "hevc-10bit-hdr.mp4",
        arguments: "-map 0 -map 1 -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -tag:v hvc1 -x265-params log-level=none:keyint=50:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -c:a aac",
    },
    Fixture {
        name: "vp9-flac.mp4",
        arguments: "-map 0 -map 1 -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 50 -c:a flac -strict experimental",
    },
    Fixture { name: "av1-opus.mp4", arguments: "-map 0 -map 1 -c:v libsvtav1 -preset 12 -g 50 -c:a libopus" },
];

/// The same pictures at two sizes and with aligned key frames.
pub(crate) const LADDER: &[Fixture] = &[
    Fixture { name: "ladder-180p.mp4", arguments: "-map 0 -map 1 -c:v libx264 -preset ultrafast -g 50 -sc_threshold 0 -c:a aac" },
    Fixture {
        name: "ladder-90p.mp4",
        arguments: "-map 0 -map 1 -s 160x90 -c:v libx264 -preset ultrafast -g 50 -sc_threshold 0 -video_track_timescale 90000 -c:a aac",
    },
];

/// Key frames that meet the others' only at the start.
pub(crate) const MISALIGNED: Fixture = Fixture {
    name: "misaligned.mp4",
    arguments: "-map 0 -s 160x90 -c:v libx264 -preset ultrafast -g 26 -keyint_min 26 -sc_threshold 0",
};

/// A codec that is not packaged.
pub(crate) const FOREIGN: Fixture = Fixture { name: "mpeg4.mp4", arguments: "-map 0 -c:v mpeg4" };

/// Tests of one process ask for the same file from several threads; one makes it, the others wait.
static MAKING: Mutex<()> = Mutex::new(());

/// Encrypted with a key that nobody tells us.
pub(crate) const ENCRYPTED: Fixture = Fixture {
    name: "encrypted.mp4",
    arguments: "-map 0 -c:v libx264 -preset ultrafast -encryption_scheme cenc-aes-ctr -encryption_key 00112233445566778899aabbccddeeff -encryption_kid 0123456789abcdef0123456789abcdef",
};

impl Fixture {
    /// The file; made on first use.
    pub(crate) fn path(&self) -> PathBuf {
        let mut arguments = vec!["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=6"];
        arguments.extend(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=6"]);
        arguments.extend(["-f", "lavfi", "-i", "sine=frequency=880:sample_rate=48000:duration=6"]);
        arguments.extend(self.arguments.split(' '));
        make(self.name, &arguments)
    }
}

/// A file that ffmpeg makes from these arguments, once.
pub(crate) fn make(name: &str, arguments: &[&str]) -> PathBuf {
    let _making = MAKING.lock();
    // Other arguments make another file: what an older version of the test left is not taken for it.
    let mut recipe = DefaultHasher::new();
    arguments.hash(&mut recipe);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fixtures/{:016x}", recipe.finish()));
    let path = folder.join(name);
    if !path.exists() {
        std::fs::create_dir_all(&folder).expect("a folder for fixtures");
        // Other processes may make it too; the last rename wins.
        let partial = folder.join(format!("{}-{name}", std::process::id()));
        let status = Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error", "-y"])
            .args(arguments)
            .arg(&partial)
            .status()
            .expect("ffmpeg starts");
        assert!(status.success(), "ffmpeg makes {name}");
        std::fs::rename(&partial, &path).expect("the fixture gets its name");
    }
    path
}

/// Files of a form that none of the matrix has: edits, rotation, late sound, open groups of HEVC, wide offsets.
pub(crate) fn special() -> [PathBuf; 5] {
    [edited(), rotated(), late_sound(), hevc_open_gop(), wide_offsets()]
}

/// A file whose edit list hides its first pictures: the tail of another, copied from between two key frames.
pub(crate) fn edited() -> PathBuf {
    let source = MATRIX[0].path();
    make("edited.mp4", &["-ss", "2.5", "-i", source.to_str().expect("a plain path"), "-c", "copy"])
}

/// A file whose sound starts late, and has priming before that: an empty edit, and an edit that hides a packet.
pub(crate) fn late_sound() -> PathBuf {
    let picture = ["-f", "lavfi", "-i", "testsrc2=size=64x36:rate=25:duration=4"];
    let tone = ["-itsoffset", "0.731", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=3"];
    let codec = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-shortest"];
    let whole = make("late-sound.mp4", &[&picture[..], &tone, &codec].concat());
    // ffmpeg starts such a track earlier and hides nothing; others write it so: empty up to the sound, then the first packet hidden.
    patched(&whole, "primed.mp4", |bytes| {
        let at = bytes
            .windows(8)
            .position(|eight| eight == [0, 0, 2, 0xc3, 0xff, 0xff, 0xff, 0xff])
            .expect("the empty edit of 707 ms");
        bytes[at..at + 4].copy_from_slice(&731_u32.to_be_bytes());
        bytes[at + 16..at + 20].copy_from_slice(&1024_u32.to_be_bytes());
    })
}

/// A file whose sound starts late, by clocks whose smallest common one is finer than readers take: 65,521 and 44,100.
pub(crate) fn clocks_apart() -> PathBuf {
    let picture = ["-f", "lavfi", "-i", "testsrc2=size=64x36:rate=25:duration=2"];
    let tone = ["-itsoffset", "0.731", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=1"];
    let codec = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-video_track_timescale", "65521"];
    make("clocks-apart.mp4", &[&picture[..], &tone, &codec].concat())
}

/// A file whose edit list ends before its pictures do: the last one in decode order is hidden, and so is one that shown ones
/// are decoded from.
pub(crate) fn ended_by_an_edit() -> PathBuf {
    let source = MATRIX[0].path();
    let whole = make("ended.mp4", &["-i", source.to_str().expect("a plain path"), "-an", "-t", "2.28", "-c", "copy"]);
    with_edit_end(&whole, 2260)
}

/// A file whose edit list ends between a key frame of an open group and the pictures that are shown before it: at 1.02 s.
pub(crate) fn ended_before_an_open_key_frame() -> PathBuf {
    let open = ["-x264-params", "keyint=26:min-keyint=26:scenecut=0:open-gop=1:bframes=1:b-adapt=0"];
    let picture = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2", "-c:v", "libx264"];
    with_edit_end(&make("open-ended.mp4", &[&picture[..], &open].concat()), 1020)
}

/// Sound whose edit list ends within a packet, with more packets behind it.
pub(crate) fn sound_ended_by_an_edit() -> PathBuf {
    let source = MATRIX[0].path();
    let whole = make("ended-sound.mp4", &["-i", source.to_str().expect("a plain path"), "-vn", "-c", "copy"]);
    with_edit_end(&whole, 2010)
}

/// A copy whose first track's edit list shows so many milliseconds.
fn with_edit_end(whole: &Path, milliseconds: u32) -> PathBuf {
    patched(whole, &format!("{milliseconds}.mp4"), |bytes| {
        let at = bytes.windows(4).position(|four| four == b"elst").expect("an edit list");
        bytes[at + 12..at + 16].copy_from_slice(&milliseconds.to_be_bytes());
    })
}

/// A file whose chunk offsets have 64 bits, as those of files beyond 4 GiB.
pub(crate) fn wide_offsets() -> PathBuf {
    // Its header stands behind the media, which stay where they are.
    patched(&MATRIX[0].path(), "co64.mp4", |bytes| *bytes = widened(bytes))
}

/// Boxes with each `stco` written as `co64` (ISO/IEC 14496-12 §8.7.5).
fn widened(boxes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = boxes;
    while !rest.is_empty() {
        let size = usize::try_from(u32::from_be_bytes(rest[..4].try_into().expect("a size"))).expect("it fits");
        let (one, behind) = rest.split_at(size);
        let (kind, content) = (&one[4..8], &one[8..]);
        let (kind, content) = match kind {
            b"moov" | b"trak" | b"mdia" | b"minf" | b"stbl" => (kind, widened(content)),
            b"stco" => {
                let offsets = content[8..].chunks_exact(4).flat_map(|offset| [&[0; 4], offset].concat());
                (&b"co64"[..], content[..8].iter().copied().chain(offsets).collect())
            }
            _ => (kind, content.to_vec()),
        };
        out.extend(u32::try_from(content.len() + 8).expect("it fits").to_be_bytes());
        out.extend(kind);
        out.extend(content);
        rest = behind;
    }
    out
}

/// A copy with some bytes changed, beside the file.
fn patched(whole: &Path, extension: &str, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
    let path = whole.with_extension(extension);
    let mut bytes = std::fs::read(whole).expect("the fixture");
    change(&mut bytes);
    let partial = path.with_extension(format!("{:?}", std::thread::current().id()));
    std::fs::write(&partial, bytes).expect("a copy of the fixture");
    std::fs::rename(&partial, &path).expect("the copy gets its name");
    path
}

/// HEVC whose groups of pictures are open: pictures behind a key frame are shown before it.
pub(crate) fn hevc_open_gop() -> PathBuf {
    let x265 = "log-level=none:keyint=25:min-keyint=25:open-gop=1:scenecut=0:bframes=4:b-pyramid=1";
    let input = "testsrc2=size=320x180:rate=25:duration=6";
    make("hevc-open-gop.mp4", &["-f", "lavfi", "-i", input, "-c:v", "libx265", "-preset", "medium", "-x265-params", x265])
}

/// A file to be shown turned by a quarter: 270 degrees clockwise, as ffmpeg counts the other way round.
pub(crate) fn rotated() -> PathBuf {
    let source = MATRIX[0].path();
    make("rotated.mov", &["-i", source.to_str().expect("a plain path"), "-c", "copy", "-metadata:s:v", "rotate=90"])
}

/// A real clip from `REELWAY_CLIPS`, or from the folder `shared/media/open` beside the project; `None`, with a word on
/// stderr, where there is none.
pub(crate) fn clip(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/media/open");
    let folder = std::env::var_os("REELWAY_CLIPS").map_or(beside, PathBuf::from);
    let path = folder.join(name);
    if !path.exists() {
        eprintln!("skipped: no clip {name} (set REELWAY_CLIPS to the folder of clips)");
    }
    path.exists().then_some(path)
}
