//! Subtitles in HLS: one group that every variant refers to, and a playlist for each track (RFC 8216 §3.5, §4.4.6.1).

use std::fmt::Write as _;

use super::{Rates, playlist_end, playlist_start};
use crate::names::{MEDIA_PLAYLIST, SUBTITLES, text_segment};
use crate::{Layout, Presentation, Subtitles};

const GROUP: &str = "subtitles";

/// A track's playlist; where media are single files, the whole text is the one segment.
pub(super) fn playlist(subtitles: &Subtitles, presentation: &Presentation<'_>) -> String {
    let segments: Vec<(f64, String)> = match presentation.layout {
        Layout::SegmentFiles => {
            let named = subtitles.segments.iter().map(|one| (subtitles.seconds(one.duration), text_segment(one.number)));
            named.collect()
        }
        Layout::SingleFile => {
            let start = subtitles.segments.first().map_or(0, |first| first.start);
            vec![(subtitles.end_seconds() - subtitles.seconds(start), SUBTITLES.to_owned())]
        }
    };
    let mut out = String::new();
    playlist_start(&mut out, presentation, segments.iter().map(|(seconds, _)| *seconds));
    for (seconds, name) in segments {
        let _ = writeln!(out, "#EXTINF:{seconds:.6},\n{name}");
    }
    playlist_end(&mut out, presentation);
    out
}

/// The group's members, each under a name of its own.
pub(super) fn write_group(out: &mut String, presentation: &Presentation<'_>) {
    let mut names: Vec<String> = Vec::new();
    for subtitles in presentation.subtitles {
        let label = &subtitles.label;
        let wanted = label.name.as_deref().or(label.tag()).unwrap_or("subtitles").to_owned();
        let mut name = wanted.clone();
        let mut number = 1;
        while names.contains(&name) {
            number += 1;
            name = format!("{wanted} {number}");
        }
        let _ = write!(out, "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"{GROUP}\",NAME=\"{name}\"");
        if let Some(tag) = label.tag() {
            let _ = write!(out, ",LANGUAGE=\"{tag}\"");
        }
        // A player that chooses by the viewer's language needs to be told one.
        let auto = label.default || label.tag().is_some();
        let yes_no = |yes| if yes { "YES" } else { "NO" };
        let (default, auto, forced) = (yes_no(label.default), yes_no(auto), yes_no(label.forced));
        let uri = format!("{}/{MEDIA_PLAYLIST}", subtitles.id);
        let _ = writeln!(out, ",DEFAULT={default},AUTOSELECT={auto},FORCED={forced},URI=\"{uri}\"");
        names.push(name);
    }
}

/// What a variant says of them.
pub(super) fn write_reference(out: &mut String, presentation: &Presentation<'_>) {
    if !presentation.subtitles.is_empty() {
        let _ = write!(out, ",SUBTITLES=\"{GROUP}\"");
    }
}

/// What the one that is shown adds to a variant's bit rates.
pub(super) fn rates(presentation: &Presentation<'_>) -> Rates {
    let rates = presentation.subtitles.iter().map(|subtitles| {
        let (peak, average) = subtitles.rates();
        Rates { peak, average: presentation.growth.is_none().then_some(average) }
    });
    rates.fold(Rates::default(), Rates::max)
}
