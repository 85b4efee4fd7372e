//! `probe`, `index` and `cut` of a URL: the same answers as of the file, for few bytes.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use crate::support::fixtures::{self, MATRIX, clip};
use crate::support::reelway_media;
use crate::support::server::{Reply, Server};
use reelway_inspect::index::Index;
use reelway_mp4::Movie;
use reelway_mp4::write::{MovieTrack, OutputSample, OutputTrack, SampleTable, Shown, write_movie};

fn serving(path: &Path) -> Server {
    let bytes = Arc::new(std::fs::read(path).unwrap());
    Server::start(move |request| Reply::serve(&bytes, request, "\"a\""))
}

fn of_url(verb: &str, server: &Server) -> Output {
    reelway_media(&[verb, "--allow-private", &format!("{}/film?token=secret", server.url)])
}

/// Bytes read and requests made, as the program tells them.
fn traffic(output: &Output) -> (u64, u64) {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let numbers: Vec<u64> = text.split(' ').filter_map(|word| word.parse().ok()).collect();
    (numbers[0], numbers[2])
}

fn same_as_the_file(path: &Path) {
    let server = serving(path);
    for verb in ["probe", "index"] {
        let (file, url) = (reelway_media(&[Path::new(verb), path]), of_url(verb, &server));
        let problem = String::from_utf8_lossy(&url.stderr).into_owned();
        assert!(url.status.success(), "{verb} {}: {problem}", path.display());
        assert!(file.stdout == url.stdout, "{verb} {}", path.display());
    }
}

#[test]
fn a_url_is_described_and_indexed_as_the_file_is() {
    for fixture in MATRIX {
        same_as_the_file(&fixture.path());
    }
    for path in [fixtures::edited(), fixtures::rotated(), fixtures::hevc_open_gop(), fixtures::wide_offsets()] {
        same_as_the_file(&path);
    }
    for name in ["bbb-trailer-720p-mp3.mp4", "sintel-trailer-720p.mp4", "flower-fragmented.mp4", "gopro-hero.mp4"] {
        if let Some(path) = clip(name) {
            same_as_the_file(&path);
        }
    }
}

#[test]
fn a_url_may_come_on_standard_input_where_nobody_else_sees_it() {
    let path = MATRIX[0].path();
    let server = serving(&path);
    let told = |line: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_reelway-media"))
            .args(["index", "-", "--allow-private"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{line}").unwrap();
        child.wait_with_output().unwrap()
    };
    let url = told(&format!("{}/film?token=secret", server.url));
    assert_eq!(url.stdout, reelway_media(&[Path::new("index"), &path]).stdout);
    let file = told(path.to_str().unwrap());
    assert_eq!(file.status.code(), Some(2), "{}", String::from_utf8_lossy(&file.stderr));
}

/// A file of a gigabyte with a hole where its media would be, and its header at one end.
fn large(header_first: bool) -> (PathBuf, Vec<u8>, u64) {
    let flags = if header_first { "+faststart" } else { "0" };
    let name = if header_first { "front.mp4" } else { "back.mp4" };
    let source = MATRIX[0].path();
    let path = fixtures::make(name, &["-i", source.to_str().unwrap(), "-c", "copy", "-movflags", flags]);
    let bytes = std::fs::read(&path).unwrap();
    (path, bytes, 1 << 30)
}

#[test]
fn of_a_gigabyte_a_few_kilobytes_are_read_wherever_the_header_stands() {
    for header_first in [true, false] {
        let (path, bytes, total) = large(header_first);
        // Behind the file, or inside its mdat's end, stands a box that nobody reads.
        let filler = total - bytes.len() as u64;
        let mut boxed = u32::try_from(filler).unwrap().to_be_bytes().to_vec();
        boxed.extend(b"free");
        let moov = bytes.windows(4).position(|four| four == b"moov").unwrap() - 4;
        let at = if header_first { bytes.len() } else { moov };
        let server = Server::start(move |request| {
            let range = request.range(usize::try_from(total).unwrap()).unwrap();
            let byte = |place: usize| match place.checked_sub(at) {
                None => bytes[place],
                Some(inside) if inside < boxed.len() => boxed[inside],
                Some(inside) if inside as u64 >= filler => bytes[place - usize::try_from(filler).unwrap()],
                Some(_) => 0,
            };
            let text = format!("bytes {}-{}/{total}", range.start, range.end - 1);
            Reply { body: range.map(byte).collect(), ..Reply::status(206) }.header("Content-Range", &text)
        });
        let output = of_url("probe", &server);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let (read, requests) = traffic(&output);
        assert!(read < total / 500 && requests <= 5, "{}: {read} bytes in {requests} requests", path.display());
        let probe: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&probe["bytes"], &probe["tracks"][0]["samples"]), (&total.into(), &150.into()));
    }
}

/// Twenty minutes at 25 pictures a second in a gigabyte, with the tables that such a film has, and no media.
fn film() -> (Vec<u8>, u64) {
    let source = std::fs::read(MATRIX[0].path()).unwrap();
    let movie = Movie::parse(&source).unwrap();
    let (mut tables, mut place) = ([SampleTable::default(), SampleTable::default()], 0);
    for half_second in 0..2400_u32 {
        for (kind, table) in tables.iter_mut().enumerate() {
            table.begin_chunk(place);
            // Twelve or thirteen pictures of uneven sizes and places, and 23 or 24 packets of sound.
            let (from, to) = if kind == 0 {
                (half_second * 25 / 2, (half_second + 1) * 25 / 2)
            } else {
                (half_second * 375 / 16, (half_second + 1) * 375 / 16)
            };
            for number in from..to {
                let picture = kind == 0;
                let size = if picture { 30_000 + number * 7919 % 11_000 } else { 300 + number * 31 % 90 };
                let composition_offset = if picture { [1024, 2048, 512, 0][number as usize % 4] } else { 0 };
                let duration = if picture { 512 } else { 1024 };
                table.add(OutputSample { size, duration, composition_offset, sync: !picture || number % 50 == 0 });
                place += u64::from(size);
            }
        }
    }
    let entries: Vec<Vec<u8>> = movie.tracks.iter().map(|track| track.entries[0].canonical()).collect();
    let tracks = movie.tracks.iter().zip(&entries).zip(&tables).map(|((track, entry), samples)| MovieTrack {
        track: OutputTrack::of(track, entry),
        shown: Shown { delay: 0, media_time: 0, duration: 1_200_000 },
        samples,
    });
    let header = write_movie(&tracks.collect::<Vec<_>>(), 1000, place);
    let total = header.len() as u64 + place;
    (header, total)
}

#[test]
fn an_index_of_a_gigabyte_of_film_reads_less_than_two_thousandths_of_it() {
    let (header, total) = film();
    assert!(total > 1 << 30, "{total}");
    let server = Server::start(move |request| {
        let range = request.range(usize::try_from(total).unwrap()).unwrap();
        let text = format!("bytes {}-{}/{total}", range.start, range.end - 1);
        let body = range.map(|place| header.get(place).copied().unwrap_or(0)).collect();
        Reply { body, ..Reply::status(206) }.header("Content-Range", &text)
    });
    let output = of_url("index", &server);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (read, requests) = traffic(&output);
    assert!(read < total / 500 && requests <= 5, "{read} of {total} bytes in {requests} requests");
    let index: Index = serde_json::from_slice(&output.stdout).unwrap();
    index.validate().unwrap();
    let counts: Vec<usize> = index.tracks.iter().map(|track| track.samples().count()).collect();
    assert_eq!((counts, index.tracks[0].gops.len()), (vec![30_000, 56_250], 600));
}

#[test]
fn a_chunk_of_a_url_is_the_files_and_takes_its_own_bytes_alone() {
    let Some(path) = clip("person-139s-432p.mp4") else { return };
    let server = serving(&path);
    let scratch = tempfile::tempdir().unwrap();
    let index = scratch.path().join("index.json");
    std::fs::write(&index, of_url("index", &server).stdout).unwrap();
    let cut = |input: &str, name: &str| {
        let output = scratch.path().join(name);
        let index = index.to_str().unwrap();
        let place = output.to_str().unwrap().to_owned();
        let flags = ["cut", "--index", index, "--from", "1", "--to", "2", "--allow-private", "-o", &place, input];
        let result = reelway_media(&flags);
        assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
        (std::fs::read(output).unwrap(), result)
    };
    let (of_file, _) = cut(path.to_str().unwrap(), "a.mp4");
    let (of_url, result) = cut(&format!("{}/film", server.url), "b.mp4");
    assert!(of_file == of_url);
    let head = 64 << 10;
    let (read, _) = traffic(&result);
    assert!(read < of_file.len() as u64 * 5 / 4 + head, "{read} bytes for a chunk of {}", of_file.len());
}

#[test]
fn what_can_not_be_read_in_parts_is_refused_with_a_reason() {
    let fails = |server: &Server, exit: i32, word: &str| {
        let output = of_url("probe", server);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(exit) && text.contains(word), "{word}: {text}");
        assert!(!text.contains("secret") && output.stdout.is_empty(), "{text}");
    };
    let bytes = std::fs::read(MATRIX[0].path()).unwrap();
    let whole = bytes.clone();
    fails(&Server::start(move |_| Reply { body: whole.clone(), ..Reply::status(200) }), 3, "does not serve ranges");
    fails(&Server::start(|_| Reply::status(404)), 3, "source_not_found");
    fails(&Server::start(|request| Reply::serve(&vec![7; 100_000], request, "\"a\"")), 3, "not an MP4");
    if let Some(path) = clip("no-stss.mp4") {
        fails(&serving(&path), 3, "does not mark its key frames");
    }
    // Changed between two requests.
    let (_, back, _) = large(false);
    let long = [&back[..], &vec![0; 200_000]].concat();
    let server = Server::start(move |request| {
        let etag = if request.number == 0 { "\"a\"" } else { "\"b\"" };
        let padded = [&8_u32.to_be_bytes()[..], b"free", &200_000_u32.to_be_bytes(), b"free", &vec![0; 199_992], &long].concat();
        Reply::serve(&padded, request, etag)
    });
    fails(&server, 3, "source_changed");
    let strict = reelway_media(&["probe", &serving(&MATRIX[0].path()).url]);
    assert_eq!(strict.status.code(), Some(3));
}

#[test]
fn a_remote_file_cut_at_every_hundredth_is_refused_like_the_file() {
    let scratch = tempfile::tempdir().unwrap();
    let names = ["h264-b-frames.mp4", "h264-fragmented.mp4"];
    for fixture in MATRIX.iter().filter(|fixture| names.contains(&fixture.name)) {
        let bytes = std::fs::read(fixture.path()).unwrap();
        for percent in (1..100).step_by(7) {
            let path = scratch.path().join("cut.mp4");
            std::fs::write(&path, &bytes[..bytes.len() * percent / 100]).unwrap();
            let (file, url) = (reelway_media(&[Path::new("probe"), &path]), of_url("probe", &serving(&path)));
            assert_eq!((file.status.code(), file.stdout), (url.status.code(), url.stdout), "{} {percent} %", fixture.name);
        }
    }
}
