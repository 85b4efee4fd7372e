//! Subtitles of any bytes: what is read is written as something that reads the same, whole and in segments.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reelway_webvtt::{Document, Segments};

fuzz_target!(|data: &[u8]| {
    let Ok(document) = Document::parse(data) else { return };
    assert!(document.cues().all(|cue| cue.start < cue.end && !cue.text.contains("\n\n")));
    let whole = Document::parse(document.to_string().as_bytes()).expect("what was written is read");
    assert!(whole == Document { dropped: 0, ..document.clone() }, "the same document");

    // Segments of uneven lengths up to a minute, and none.
    let borders = [0, 500, 4000, 4001, 8000, 60_000];
    let times: Vec<_> = borders.windows(2).map(|pair| pair[0]..pair[1]).collect();
    assert!(Segments::of(&document, &[]).is_ok());
    let Ok(segments) = Segments::of(&document, &times) else { return };
    let texts: Vec<String> = segments.texts().collect();
    assert_eq!(texts.len(), times.len());
    for (text, time) in texts.iter().zip(&times) {
        let read = Document::parse(text.as_bytes()).expect("a segment is read");
        let shown = document.cues().filter(|cue| cue.start < time.end && cue.end > time.start);
        let late = document.cues().filter(|cue| time.end == 60_000 && cue.start >= time.end);
        assert_eq!(read.cues().count(), shown.count() + late.count());
    }
});
