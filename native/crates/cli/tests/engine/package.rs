//! What is packaged is the source: the same packets at the same times, in segments that begin with a key frame, read back
//! by our own reader, by ffmpeg and by mp4-atom.

use std::path::{Path, PathBuf};

use crate::support::fixtures::{self, ENCRYPTED, FOREIGN, LADDER, MATRIX, MISALIGNED, clip};
use crate::support::packaged::{PackagedRendition, packets, shown_from};
use crate::support::{frames, package, reelway_media};
use reelway_mapped_file::MappedFile;
use reelway_mp4::{Movie, TrackKind};

/// Checks a packaged folder against its one source, in every way that needs no decoder.
pub(crate) fn assert_same_packets(source: &Path, folder: &Path) {
    let file = MappedFile::open(source).unwrap();
    let movie = Movie::parse(&file).unwrap();
    let usable = |kind| movie.media_tracks().filter(move |track| track.kind == kind && track.samples().next().is_some());
    let videos = usable(TrackKind::Video).take(1).map(|track| (track, "video-1".to_owned()));
    let audios = usable(TrackKind::Audio).enumerate().map(|(index, track)| (track, format!("audio-{}", index + 1)));
    for (track, id) in videos.chain(audios) {
        let rendition = PackagedRendition::read(&folder.join(&id), "playlist.m3u8");
        let (mut expected, found) = (packets(&file, Some(track.id)), packets(&rendition.whole(), None));
        assert_eq!(
            shown_from(&rendition.whole(), None),
            shown_from(&file, Some(track.id)),
            "{id} of {}: its start",
            source.display()
        );
        let shown_until = track.presentation_end().unwrap_or(i64::MAX);
        // What is decoded behind the last packet that is shown stays away.
        expected.truncate(expected.iter().rposition(|packet| packet.time < shown_until).map_or(0, |last| last + 1));
        assert_eq!(found.len(), expected.len(), "{id} of {}: packets", source.display());
        assert!(found == expected, "{id} of {}: bytes, presentation times or key frames differ", source.display());
        for (number, segment) in rendition.segments.iter().enumerate() {
            let alone = [rendition.init.clone(), segment.clone()].concat();
            assert!(
                packets(&alone, None)[0].sync,
                "{id} of {}: segment {} does not begin with a key frame",
                source.display(),
                number + 1
            );
            assert_mp4_atom_reads(segment);
        }
        assert_mp4_atom_reads(&rendition.init);
        let end = rendition.durations.iter().sum::<f64>();
        let shown: Vec<_> = expected.iter().map(|packet| packet.time.max(0)).filter(|time| *time < shown_until).collect();
        let shown_start = *shown.iter().min().unwrap() as f64 / f64::from(track.timescale);
        let last_start = *shown.iter().max().unwrap() as f64 / f64::from(track.timescale);
        assert!(end >= last_start - shown_start - 0.001, "{id} of {}: playlist ends before its last packet", source.display());
    }
}

/// Every top-level box decodes, with no bytes left over.
fn assert_mp4_atom_reads(bytes: &[u8]) {
    use mp4_atom::{Any, Decode};
    let mut rest = bytes;
    while !rest.is_empty() {
        let atom = Any::decode(&mut rest).expect("mp4-atom decodes what we write");
        assert!(!matches!(atom, Any::Unknown(..)), "a box that mp4-atom does not know");
    }
}

/// How ffmpeg is to read a stream.
#[derive(Clone, Copy, PartialEq)]
enum As {
    Packets,
    Decoded,
}

/// ffmpeg reads the same from the playlist and from the manifest as from the source, at the same times: the first pictures and
/// every sound, with what edit lists hide.
fn assert_same_for_ffmpeg(source: &Path, folders: &[PathBuf], what: As) {
    let file = MappedFile::open(source).unwrap();
    let movie = Movie::parse(&file).unwrap();
    let of_kind = |kind| movie.media_tracks().filter(move |track| track.kind == kind);
    let videos = of_kind(TrackKind::Video).take(1).map(|track| (track, "0:v:0".to_owned()));
    let audios = of_kind(TrackKind::Audio).enumerate().map(|(number, track)| (track, format!("0:a:{number}")));
    for (track, stream) in videos.chain(audios) {
        let clock = format!("1:{}", track.timescale);
        let how: &[&str] = match (what, track.kind) {
            (As::Packets, _) => &["-c", "copy"],
            (As::Decoded, TrackKind::Video) => &["-fps_mode", "passthrough", "-enc_time_base", &clock],
            (As::Decoded, _) => &[],
        };
        let expected = frames(source, &["-ignore_editlist", "1"], &stream, how);
        for manifest in folders.iter().flat_map(|folder| ["main.m3u8", "manifest.mpd"].map(|name| folder.join(name))) {
            let found = frames(&manifest, &[], &stream, how);
            let place = format!("{} {stream} through {}", source.display(), manifest.display());
            let different = found.iter().zip(&expected).position(|(found, expected)| found != expected);
            assert_eq!((found.len(), different), (expected.len(), None), "{place}: how many, and the first that differs");
            assert!(!found.is_empty(), "{place}");
        }
    }
}

fn with_scratch(check: impl FnOnce(&Path)) {
    let scratch = tempfile::tempdir().unwrap();
    check(scratch.path());
}

#[test]
fn packets_and_times_are_the_source_s_for_every_codec_and_container_form() {
    for source in every_source() {
        with_scratch(|scratch| {
            for flags in [&[][..], &["--single-file"]] {
                let folder = package(&[&source], scratch, &[flags, &["--segment-duration", "2"]].concat());
                assert_same_packets(&source, &folder);
            }
        });
    }
}

fn every_source() -> impl Iterator<Item = PathBuf> {
    MATRIX.iter().map(fixtures::Fixture::path).chain(fixtures::special())
}

#[test]
fn ffmpeg_decodes_the_source_s_pictures_and_sound_from_hls_and_dash() {
    for source in every_source() {
        with_scratch(|scratch| {
            let folder = package(&[&source], scratch, &["--segment-duration", "2"]);
            assert_same_for_ffmpeg(&source, &[folder], As::Decoded);
        });
    }
}

#[test]
fn ffmpeg_reads_the_source_s_packets_from_both_layouts() {
    for source in every_source() {
        with_scratch(|scratch| {
            let layouts = [&["--segment-duration", "2"][..], &["--segment-duration", "2", "--single-file"]];
            let folders = layouts.map(|flags| package(&[&source], scratch, flags));
            assert_same_for_ffmpeg(&source, &folders, As::Packets);
        });
    }
}

#[test]
fn real_clips_keep_their_packets_and_times() {
    let clips = [
        "av1-1080p60-6min.mp4",
        "av1-hdr10-rot.mp4",
        "av1-opus.mp4",
        "bbb-4k60-16s.mp4",
        "bbb-trailer-720p-mp3.mp4",
        "bt601-bframes.mov",
        "cursed-vfr-screen.mp4",
        "eac3-51.mp4",
        "empty-track.mp4",
        "flower-540p.mp4",
        "flower-fragmented.mp4",
        "gopro-hero.mp4",
        "hevc-1080p-10s.mp4",
        "iphone-hdr-dovi-rot90-editlist.mp4",
        "multi-audio-51.mp4",
        "no-stss.mp4",
        "person-139s-432p.mp4",
        "podcast-cover.m4a",
        "rotate-bbb-1080p.mp4",
        "sar-2x1.mp4",
        "sintel-trailer-720p.mp4",
        "two-videos-six-streams.mp4",
        "vp9-opus.mp4",
    ];
    for source in clips.into_iter().filter_map(clip) {
        with_scratch(|scratch| assert_same_packets(&source, &package(&[&source], scratch, &[])));
    }
}

#[test]
fn segments_of_known_clips_last_as_long_as_other_packagers_make_them() {
    let known: [(&str, &[f64]); 4] = [
        ("sintel-trailer-720p.mp4", &[9.333, 4.583, 10.417, 7.833, 10.417, 4.917, 4.708]),
        ("bbb-4k60-16s.mp4", &[4.167, 7.533, 4.167]),
        ("hevc-1080p-10s.mp4", &[8.3, 1.7]),
        ("rotate-bbb-1080p.mp4", &[1.875]),
    ];
    for (name, durations) in known {
        let Some(source) = clip(name) else { continue };
        with_scratch(|scratch| {
            let rendition = PackagedRendition::read(&package(&[&source], scratch, &[]).join("video-1"), "playlist.m3u8");
            assert_eq!(rendition.durations.len(), durations.len(), "{name}");
            assert!(
                rendition.durations.iter().zip(durations).all(|(found, known)| (found - known).abs() < 0.001),
                "{name}: {:?}",
                rendition.durations
            );
        });
    }
}

#[test]
fn renditions_of_a_ladder_are_cut_at_the_same_times_and_share_the_sound() {
    with_scratch(|scratch| {
        let paths: Vec<PathBuf> = LADDER.iter().map(fixtures::Fixture::path).collect();
        let folder = package(&[&paths[0], &paths[1]], scratch, &["--segment-duration", "2"]);
        let [large, small] = ["video-1", "video-2"].map(|id| PackagedRendition::read(&folder.join(id), "playlist.m3u8"));
        assert_eq!(large.durations, [2.0, 2.0, 2.0]);
        assert_eq!(small.durations, large.durations);
        let main = std::fs::read_to_string(folder.join("main.m3u8")).unwrap();
        assert_eq!(main.matches("#EXT-X-STREAM-INF").count(), 2);
        assert_eq!(main.matches("TYPE=AUDIO").count(), 1);
        assert!(main.contains("RESOLUTION=320x180") && main.contains("RESOLUTION=160x90"));
    });
}

#[test]
fn playlists_say_what_the_tracks_are() {
    let main_of = |source: &Path| {
        let scratch = tempfile::tempdir().unwrap();
        let folder = package(&[source], scratch.path(), &["--segment-duration", "2"]);
        std::fs::read_to_string(folder.join("main.m3u8")).unwrap()
    };
    let main = |name: &str| main_of(&MATRIX.iter().find(|fixture| fixture.name == name).unwrap().path());
    let hdr = main("hevc-10bit-hdr.mp4");
    assert!(
        hdr.contains("VIDEO-RANGE=PQ")
            && hdr.contains("CODECS=\"hvc1.2.4.L60.90,mp4a.40.2\"")
            && hdr.contains("FRAME-RATE=25.000"),
        "{hdr}"
    );
    let two = main("h264-two-audio.mp4");
    assert!(
        two.contains("NAME=\"en\",LANGUAGE=\"en\",DEFAULT=YES") && two.contains("NAME=\"de\",LANGUAGE=\"de\",DEFAULT=NO"),
        "{two}"
    );
    assert!(main_of(&fixtures::rotated()).contains("RESOLUTION=180x320"));
    assert!(main("av1-opus.mp4").contains(",opus\""));
    assert!(main("vp9-flac.mp4").contains(",fLaC\""));
    assert!(!main("h264-open-gop.mp4").contains("INDEPENDENT-SEGMENTS"));
}

/// What segments of a rendition weigh by its playlist, in bits per second, and the rate of the whole rounded up.
fn rates_of(folder: &Path, id: &str, playlist: &str) -> (Vec<f64>, u64) {
    let rendition = PackagedRendition::read(&folder.join(id), playlist);
    let bits: Vec<f64> = rendition.segments.iter().map(|segment| segment.len() as f64 * 8.0).collect();
    let rates = bits.iter().zip(&rendition.durations).map(|(bits, seconds)| bits / seconds);
    let average = bits.iter().sum::<f64>() / rendition.durations.iter().sum::<f64>();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (rates.collect(), average.ceil() as u64)
}

#[test]
fn average_bandwidth_is_what_the_segments_weigh_and_bandwidth_their_peak() {
    with_scratch(|scratch| {
        let folder = package(&[&LADDER[0].path()], scratch, &["--segment-duration", "2"]);
        let main = std::fs::read_to_string(folder.join("main.m3u8")).unwrap();
        let told = |tag: &str, name: &str| -> u64 {
            let line = main.lines().find(|line| line.starts_with(tag)).unwrap();
            let value = line.split([':', ',']).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            value.unwrap().parse().unwrap()
        };
        let [(pictures, picture_average), (sound, sound_average)] =
            ["video-1", "audio-1"].map(|id| rates_of(&folder, id, "playlist.m3u8"));
        // Playlists tell seconds to six decimals: a bit more or less a second for each of the two.
        let near = |found: u64, expected: u64| assert!(found.abs_diff(expected) <= 2, "{found} for {expected}: {main}");
        near(told("#EXT-X-STREAM-INF", "AVERAGE-BANDWIDTH"), picture_average + sound_average);
        let peak = |rates: &[f64]| rates.iter().copied().fold(0.0, f64::max);
        // Each segment of two seconds is a run of the target duration's length by itself.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        near(told("#EXT-X-STREAM-INF", "BANDWIDTH"), peak(&pictures).ceil() as u64 + peak(&sound).ceil() as u64);
        let (_, key_average) = rates_of(&folder, "video-1", "iframes.m3u8");
        near(told("#EXT-X-I-FRAME-STREAM-INF", "AVERAGE-BANDWIDTH"), key_average);
    });
}

#[test]
fn i_frame_playlists_point_at_decodable_key_frames() {
    let fixture = &MATRIX[0];
    for flags in [&["--segment-duration", "4"][..], &["--segment-duration", "4", "--single-file"]] {
        with_scratch(|scratch| {
            let folder = package(&[&fixture.path()], scratch, flags);
            let source = std::fs::read(fixture.path()).unwrap();
            let keys: Vec<_> = packets(&source, Some(1)).into_iter().filter(|packet| packet.sync).collect();
            let frames = PackagedRendition::read(&folder.join("video-1"), "iframes.m3u8");
            // The range ends with the key frame: its last bytes are the frame's.
            let found: Vec<_> = frames.segments.iter().zip(&keys).map(|(range, key)| range.ends_with(&key.bytes)).collect();
            assert_eq!(found, vec![true; keys.len()]);
            assert_eq!(frames.segments.len(), keys.len());
        });
    }
}

#[test]
fn refuses_what_it_can_not_package_right_and_leaves_nothing() {
    let paths = [LADDER[0].path(), MISALIGNED.path(), FOREIGN.path(), ENCRYPTED.path()];
    let [aligned, misaligned, foreign, encrypted] = paths.each_ref().map(PathBuf::as_path);
    for (inputs, word) in
        [(vec![aligned, misaligned], "not aligned"), (vec![foreign], "not packaged"), (vec![encrypted], "is encrypted")]
    {
        with_scratch(|scratch| {
            let output = scratch.join("out");
            let mut arguments =
                vec![Path::new("package"), Path::new("--segment-duration"), Path::new("1"), Path::new("-o"), &output];
            arguments.extend(inputs);
            let result = reelway_media(&arguments);
            assert_eq!(result.status.code(), Some(3));
            assert!(String::from_utf8_lossy(&result.stderr).contains(word));
            assert_eq!(std::fs::read_dir(scratch).unwrap().count(), 0, "something was left behind");
        });
    }
}

#[test]
fn progress_comes_as_json_lines_with_the_result_last() {
    with_scratch(|scratch| {
        let (fixture, output) = (MATRIX[0].path(), scratch.join("out"));
        let result = reelway_media(&[Path::new("package"), &fixture, Path::new("--json"), Path::new("-o"), &output]);
        let lines: Vec<serde_json::Value> =
            String::from_utf8(result.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (last, progress) = lines.split_last().unwrap();
        assert_eq!((&last["event"], &last["hls"], &last["dash"]), (&"done".into(), &"main.m3u8".into(), &"manifest.mpd".into()));
        assert!(!progress.is_empty() && progress.iter().all(|line| line["event"] == "progress"));
    });
}

#[test]
fn exit_codes_tell_usage_from_input_from_io() {
    with_scratch(|scratch| {
        let text = scratch.join("text.mp4");
        std::fs::write(&text, "this is no movie").unwrap();
        let full = scratch.join("full");
        std::fs::create_dir(&full).unwrap();
        std::fs::write(full.join("kept"), "mine").unwrap();
        let fixture = MATRIX[0].path();
        let code = |arguments: &[&Path]| reelway_media(arguments).status.code();
        assert_eq!(code(&[Path::new("--help")]), Some(0));
        assert_eq!(code(&[Path::new("package")]), Some(2));
        assert_eq!(
            code(&[Path::new("package"), &fixture, Path::new("-o"), &full, Path::new("--segment-duration"), Path::new("0")]),
            Some(2)
        );
        assert_eq!(code(&[Path::new("probe"), &text]), Some(3));
        assert_eq!(code(&[Path::new("probe"), &scratch.join("absent.mp4")]), Some(4));
        assert_eq!(code(&[Path::new("probe"), scratch]), Some(4));
        assert_eq!(code(&[Path::new("package"), &fixture, Path::new("-o"), &full]), Some(4));
        assert_eq!(std::fs::read_to_string(full.join("kept")).unwrap(), "mine");
    });
}

#[test]
fn what_an_edit_ends_is_not_shown_beyond_it() {
    with_scratch(|scratch| {
        let (pictures, sound) = (fixtures::ended_by_an_edit(), fixtures::sound_ended_by_an_edit());
        for (source, id, milliseconds) in [(&pictures, "video-1", 2260), (&sound, "audio-1", 2010)] {
            let file = std::fs::read(source).unwrap();
            let all = packets(&file, None).len();
            for flags in [&["--segment-duration", "1"][..], &["--segment-duration", "1", "--single-file"]] {
                let folder = package(&[source], scratch, flags);
                assert_same_packets(source, &folder);
                let rendition = PackagedRendition::read(&folder.join(id), "playlist.m3u8");
                assert!(packets(&rendition.whole(), None).len() < all, "{id}: the edit hides nothing");
                let told: f64 = rendition.durations.iter().sum();
                assert!((told - f64::from(milliseconds) / 1000.0).abs() < 1e-5, "{id}: {told} instead of {milliseconds} ms");
                let mpd = std::fs::read_to_string(folder.join("manifest.mpd")).unwrap();
                assert!(mpd.contains(&format!("mediaPresentationDuration=\"PT{told:.6}S\"")), "{mpd}");
                std::fs::remove_dir_all(folder).unwrap();
            }
        }
        // The last sound is as long as the edit leaves it, not as long as its packet.
        let folder = package(&[&sound], scratch, &[]);
        let whole = PackagedRendition::read(&folder.join("audio-1"), "playlist.m3u8").whole();
        let movie = Movie::parse(&whole).unwrap();
        let track = &movie.tracks[0];
        let last = track.samples().last().unwrap().unwrap();
        let end = last.composition_time() + track.presentation_shift() + i64::from(last.duration);
        assert_eq!(end, i64::from(track.timescale) * 2010 / 1000);
        assert!(last.duration < 1024);
    });
}

#[test]
fn a_key_frame_that_an_edit_hides_is_no_picture_to_seek_to() {
    with_scratch(|scratch| {
        let source = fixtures::ended_before_an_open_key_frame();
        let folder = package(&[&source], scratch, &["--segment-duration", "4"]);
        assert_same_packets(&source, &folder);
        let list = PackagedRendition::read(&folder.join("video-1"), "iframes.m3u8");
        let told = &list.durations;
        assert!(told.len() == 1 && (told[0] - 1.02).abs() < 1e-5, "{told:?}");
    });
}

#[test]
fn a_chunk_whose_edit_hides_what_it_needs_is_refused() {
    with_scratch(|scratch| {
        let report = scratch.join("report.json");
        let (input, output) = (fixtures::ended_by_an_edit(), scratch.join("out"));
        let arguments = ["package", "--chunk", "--base-time", "0/1", "--report", report.to_str().unwrap()];
        let result = reelway_media(&[&arguments[..], &["-o", output.to_str().unwrap(), input.to_str().unwrap()]].concat());
        assert_eq!(result.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&result.stderr).contains("edit list ends before pictures"));
        assert!(!output.exists() && !report.exists());
    });
}
