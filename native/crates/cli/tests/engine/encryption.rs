//! What is encrypted is the source once it is decrypted: by a decryptor written from the standard, by ffmpeg, and where
//! `SHAKA_PACKAGER` names it by Shaka Packager, which must also agree on what stays clear.

mod arguments;
mod peer;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::support::decrypt::EncryptedRendition;
use crate::support::fixtures::{self, Fixture, LADDER, MATRIX, clip};
use crate::support::packaged::{PackagedRendition, packets};
use crate::support::{frame_hashes, package};
use reelway_mp4::{Movie, TrackKind};

pub(crate) const KEY: &str = "00112233445566778899aabbccddeeff";
pub(crate) const KEY_ID: &str = "0123456789abcdef0123456789abcdef";
const KEY_BYTES: [u8; 16] = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128.to_be_bytes();
pub(crate) const SCHEMES: [&str; 2] = ["cenc", "cbcs"];

/// Flags that encrypt with a scheme.
pub(crate) fn flags(scheme: &str) -> [&str; 10] {
    ["--encrypt", scheme, "--key-id", KEY_ID, "--key", KEY, "--key-uri", "/key", "--segment-duration", "2"]
}

/// Streams whose headers take all turns: several slices, weights, fields, no arithmetic coding, tiles, rows side by side.
fn streams() -> Vec<PathBuf> {
    let input = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=3"];
    let recipes = [
        ("sliced-h264.mp4", "-c:v libx264 -preset medium -bf 3 -g 50 -slices 3 -weightp 2 -x264-params b-pyramid=normal:ref=5"),
        ("baseline-h264.mp4", "-c:v libx264 -profile:v baseline -g 50"),
        ("interlaced-h264.mp4", "-c:v libx264 -preset fast -flags +ildct+ilme -x264-params tff=1:bframes=3:weightb=1 -g 50"),
        ("lossless-h264.mp4", "-c:v libx264 -preset ultrafast -qp 0 -pix_fmt yuv444p -g 50"),
        ("repeated-h264.mp4", "-c:v libx264 -preset fast -x264-params repeat-headers=1:aud=1 -g 25"),
        ("sliced-hevc.mp4", "-c:v libx265 -preset medium -x265-params log-level=none:keyint=50:slices=2:repeat-headers=1"),
        (
            "weighted-hevc.mp4",
            "-c:v libx265 -preset slow -x265-params log-level=none:keyint=50:weightb=1:wpp=1 -pix_fmt yuv422p10le",
        ),
        ("alternate-vp9.mp4", "-c:v libvpx-vp9 -cpu-used 8 -lag-in-frames 25 -auto-alt-ref 1 -g 50"),
        ("444-vp9.mp4", "-c:v libvpx-vp9 -cpu-used 8 -profile:v 1 -pix_fmt yuv444p -g 50 -error-resilient 1"),
        ("tiles-av1.mp4", "-c:v libaom-av1 -cpu-used 8 -tiles 2x2 -g 50"),
        ("grain-av1.mp4", "-c:v libaom-av1 -cpu-used 8 -denoise-noise-level 20 -g 50"),
        ("lossless-av1.mp4", "-c:v libaom-av1 -cpu-used 8 -aom-params lossless=1 -g 50"),
        ("screen-av1.mp4", "-c:v libaom-av1 -cpu-used 8 -aom-params tune-content=screen -pix_fmt gray -g 50"),
    ];
    recipes
        .iter()
        .map(|(name, recipe)| fixtures::make(name, &[&input[..], &recipe.split(' ').collect::<Vec<_>>()].concat()))
        .collect()
}

/// Decrypts each rendition of a folder, and compares its samples with those of its source.
fn assert_decrypts(source: &Path, folder: &Path, scheme: &str, known_ivs: &mut HashSet<Vec<u8>>) {
    let file = std::fs::read(source).unwrap();
    let movie = Movie::parse(&file).unwrap();
    let tracks = |kind| movie.media_tracks().filter(move |track| track.kind == kind && track.samples().next().is_some());
    let videos = tracks(TrackKind::Video).take(1).map(|track| (track, "video-1".to_owned()));
    let audios = tracks(TrackKind::Audio).enumerate().map(|(index, track)| (track, format!("audio-{}", index + 1)));
    for (track, id) in videos.chain(audios) {
        let what = format!("{scheme} {id} of {}", source.display());
        let rendition = PackagedRendition::read(&folder.join(&id), "playlist.m3u8");
        let read = EncryptedRendition::read(&rendition.whole());
        assert_eq!(
            (read.scheme.as_str(), &read.key_id[..]),
            (scheme, &0x0123_4567_89ab_cdef_0123_4567_89ab_cdef_u128.to_be_bytes()[..])
        );
        let picture = track.kind == TrackKind::Video;
        assert_eq!(read.pattern, if scheme == "cbcs" && picture { (1, 9) } else { (0, 0) }, "{what}");
        let expected = packets(&file, Some(track.id));
        assert!(read.decrypt(&KEY_BYTES).iter().eq(expected.iter().map(|packet| &packet.bytes)), "{what}");
        let (protected, all) = read.samples.iter().zip(&expected).fold((0, 0), |(protected, all), (sample, packet)| {
            let here =
                if sample.parts.is_empty() { packet.bytes.len() } else { sample.parts.iter().map(|(_, bytes)| bytes).sum() };
            (protected + here, all + packet.bytes.len())
        });
        assert!(protected * 10 > all * 8, "{what}: {protected} of {all} bytes are protected");
        for sample in read.samples.iter().filter(|_| scheme == "cenc") {
            assert!(sample.parts.iter().all(|(_, protected)| protected % 16 == 0), "{what}: whole blocks");
            assert!(sample.iv.len() == 8 && known_ivs.insert(sample.iv.clone()), "{what}: a vector comes twice");
        }
    }
}

#[test]
fn what_is_decrypted_is_the_source() {
    let sources: Vec<PathBuf> = MATRIX.iter().map(Fixture::path).chain(streams()).collect();
    for source in &sources {
        for scheme in SCHEMES {
            let scratch = tempfile::tempdir().unwrap();
            let folder = package(&[source], scratch.path(), &flags(scheme));
            assert_decrypts(source, &folder, scheme, &mut HashSet::new());
            let one_file = package(&[source], scratch.path(), &[&flags(scheme)[..], &["--single-file"]].concat());
            assert_decrypts(source, &one_file, scheme, &mut HashSet::new());
        }
    }
}

#[test]
fn real_clips_decrypt_to_what_they_were() {
    let clips = ["iphone-hdr-dovi-rot90-editlist.mp4", "gopro-hero.mp4", "av1-hdr10-rot.mp4", "vp9-opus.mp4"];
    for source in clips.iter().filter_map(|name| clip(name)) {
        for scheme in SCHEMES {
            let scratch = tempfile::tempdir().unwrap();
            assert_decrypts(&source, &package(&[&source], scratch.path(), &flags(scheme)), scheme, &mut HashSet::new());
        }
    }
}

#[test]
fn no_vector_comes_twice_in_a_title() {
    let scratch = tempfile::tempdir().unwrap();
    let [large, small] = [LADDER[0].path(), LADDER[1].path()];
    let folder = package(&[&large, &small], scratch.path(), &flags("cenc"));
    let mut known = HashSet::new();
    assert_decrypts(&large, &folder, "cenc", &mut known);
    let second = PackagedRendition::read(&folder.join("video-2"), "playlist.m3u8");
    let second = EncryptedRendition::read(&second.whole());
    assert!(second.samples.into_iter().all(|sample| known.insert(sample.iv)));
}

#[test]
fn ffmpeg_decrypts_it_with_the_key_and_no_other() {
    let names = ["h264-b-frames.mp4", "h264-ac3.mp4", "hevc-10bit-hdr.mp4", "vp9-flac.mp4", "av1-opus.mp4"];
    for fixture in MATRIX.iter().filter(|fixture| names.contains(&fixture.name)) {
        for scheme in SCHEMES {
            let scratch = tempfile::tempdir().unwrap();
            let folder = package(&[&fixture.path()], scratch.path(), &[&flags(scheme)[..], &["--single-file"]].concat());
            let clear = package(&[&fixture.path()], scratch.path(), &["--single-file", "--segment-duration", "2"]);
            for id in ["video-1", "audio-1"] {
                let hashes = |folder: &Path, key: &str, after: &[&str]| {
                    frame_hashes(&folder.join(id).join("media.mp4"), &["-decryption_key", key], "0", after)
                };
                assert_eq!(hashes(&folder, KEY, &[]), hashes(&clear, KEY, &[]), "{} {scheme} {id}", fixture.name);
                // The first packet of an encrypted file also brings its `pssh`, which ffmpeg hashes with it.
                let copied = |folder: &Path, key: &str| hashes(folder, key, &["-c", "copy"]).split_off(1);
                assert_eq!(copied(&folder, KEY), copied(&clear, KEY), "{} {scheme} {id}: packets", fixture.name);
                assert_ne!(copied(&folder, KEY_ID), copied(&clear, KEY), "{} {scheme} {id}", fixture.name);
            }
        }
    }
}
