//! Documents from elsewhere, an index or chunks' reports, with values that make no sense.

use super::cases;
use super::dice::Dice;
use crate::support::fixtures::{LADDER, MATRIX};
use reelway_cut::{Chunk, Request};
use reelway_inspect::index::Index;
use reelway_manifest::{ChunkReport, Growth, Layout, Presentation, dash_manifest, hls_files, merge, merge_growing};
use reelway_mp4::Movie;
use reelway_package::{Input, Options, SubtitleInput, SubtitleLabel};
use reelway_webvtt::Document;
use serde_json::Value;

/// Numbers at which arithmetic and conversions turn over.
const NUMBERS: [i64; 9] = [0, 1, -1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 60, i64::MAX, i64::MIN];

/// Changes up to three values somewhere in a document.
fn damage(document: &mut Value, dice: &mut Dice) {
    for _ in 0..=dice.below(3) {
        let mut places = Vec::new();
        leaves(document, String::new(), &mut places);
        let place = &places[dice.below(places.len())];
        let value = document.pointer_mut(place).expect("a place in the document");
        match value {
            Value::String(text) if !text.is_empty() => {
                let at = dice.below(text.len());
                let letter = b"AQgwBCZ09+/\"\n,="[dice.below(15)];
                *text = text.bytes().enumerate().map(|(place, old)| char::from(if place == at { letter } else { old })).collect();
            }
            _ => {
                let old = value.as_i64().unwrap_or(0);
                let near = [old.wrapping_add(1), old.wrapping_sub(1), old.wrapping_mul(2)];
                *value = if dice.below(8) == 0 {
                    Value::from(u64::MAX)
                } else {
                    Value::from([&NUMBERS[..], &near].concat()[dice.below(NUMBERS.len() + near.len())])
                };
            }
        }
    }
}

fn leaves(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().enumerate().for_each(|(at, one)| leaves(one, format!("{place}/{at}"), places)),
        Value::Object(values) => values.iter().for_each(|(key, one)| leaves(one, format!("{place}/{key}"), places)),
        _ => places.push(place),
    }
}

fn cut_all(document: Value) -> Result<(), String> {
    let index: Index = serde_json::from_value(document).map_err(|error| error.to_string())?;
    index.validate().map_err(|error| error.to_string())?;
    let key_frames = index.tracks.first().map_or(0, |track| track.gops.len());
    for (from, to) in (0..key_frames).map(|from| (from, from + 1)).chain([(0, key_frames), (0, usize::MAX)]) {
        let Ok(chunk) = Chunk::plan(&index, &Request { track: None, from, to }) else { continue };
        assert!(chunk.runs().iter().all(|run| run.start <= run.end && run.end <= index.file_bytes));
    }
    Ok(())
}

#[test]
fn a_damaged_index_is_refused_or_cut_inside_the_file() {
    let documents: Vec<Value> = MATRIX[..6]
        .iter()
        .map(|fixture| {
            let bytes = std::fs::read(fixture.path()).unwrap();
            serde_json::to_value(Index::of(&Movie::parse(&bytes).unwrap(), bytes.len() as u64).unwrap()).unwrap()
        })
        .collect();
    let rounds = cases(2000);
    let mut dice = Dice(0x1dec);
    let mut refused = 0;
    for round in 0..rounds {
        let mut document = documents[round % documents.len()].clone();
        assert_eq!(cut_all(document.clone()), Ok(()));
        damage(&mut document, &mut dice);
        refused += usize::from(cut_all(document).is_err());
    }
    assert!(refused > rounds / 2 && refused < rounds, "{refused} of {rounds} were refused");
}

fn list_all(document: Value) -> Result<(), String> {
    let reports: Vec<ChunkReport> = serde_json::from_value(document).map_err(|error| error.to_string())?;
    let growth =
        Growth { bandwidths: [("video-1".to_owned(), u64::MAX)].into(), available_since: "2026-01-01T00:00:00Z".to_owned() };
    let mut outcome = Ok(());
    for (merged, growth) in [(merge(reports.clone()), None), (merge_growing(reports), Some(&growth))] {
        match merged {
            Err(error) => outcome = Err(error.to_string()),
            Ok(title) => {
                let (renditions, subtitles) = (&title.renditions, &title.subtitles);
                let presentation = Presentation {
                    renditions,
                    subtitles,
                    layout: Layout::SegmentFiles,
                    target_duration: None,
                    growth,
                    key_access: None,
                };
                let texts = hls_files(&presentation).into_iter().map(|(_, text)| text).chain([dash_manifest(&presentation)]);
                for text in texts {
                    assert!(!text.contains("NaN") && !text.contains("=inf") && !text.contains(":inf"), "{text}");
                }
            }
        }
    }
    outcome
}

#[test]
fn damaged_reports_are_refused_or_listed() {
    let scratch = tempfile::tempdir().unwrap();
    let files: Vec<Vec<u8>> = LADDER.iter().map(|fixture| std::fs::read(fixture.path()).unwrap()).collect();
    let inputs: Vec<Input<'_>> = files.iter().map(|file| Input::parse("ladder", file).unwrap()).collect();
    let document = Document::parse(b"WEBVTT\n\n00:01.000 --> 00:03.000\nOne").unwrap();
    let label = SubtitleLabel { language: Some("en".to_owned()), name: Some("English".to_owned()), ..SubtitleLabel::default() };
    let subtitles = vec![SubtitleInput { source: "subtitles".to_owned(), document, label }];
    let options = Options { segment_seconds: 2.0, subtitles, ..Options::default() };
    let report = reelway_package::package(&inputs, &options, &scratch.path().join("out"), &|_, _| {}).unwrap();
    let intact = serde_json::to_value([report.chunk_report()]).unwrap();
    assert_eq!(list_all(intact.clone()), Ok(()));
    let rounds = cases(2000);
    let mut dice = Dice(0x5e90);
    let mut refused = 0;
    for _ in 0..rounds {
        let mut document = intact.clone();
        damage(&mut document, &mut dice);
        refused += usize::from(list_all(document).is_err());
    }
    assert!(refused > rounds / 2 && refused < rounds, "{refused} of {rounds} were refused");
}
