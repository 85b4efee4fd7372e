//! Subtitles in DASH: whole files beside the segments, one choice each (DASH-IF IOP §6.4.4); of a title that grows, or
//! has grown, segments, since players ask for a whole file only where they know how long it is.

use std::fmt::Write as _;

use crate::names::SUBTITLES;
use crate::{Presentation, Subtitles, TextSegment};

/// Writes a track as an adaptation set.
pub(super) fn write_adaptation_set(out: &mut String, id: usize, subtitles: &Subtitles, presentation: &Presentation<'_>) {
    let label = &subtitles.label;
    let _ = write!(out, "    <AdaptationSet id=\"{id}\" contentType=\"text\" mimeType=\"text/vtt\"");
    if let Some(tag) = label.tag() {
        let _ = write!(out, " lang=\"{tag}\"");
    }
    out.push_str(">\n");
    if let Some(name) = &label.name {
        let _ = writeln!(out, "      <Label>{}</Label>", escaped(name));
    }
    let role = if label.forced { "forced-subtitle" } else { "subtitle" };
    for role in [Some(role), label.default.then_some("main")].into_iter().flatten() {
        let _ = writeln!(out, "      <Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"{role}\"/>");
    }
    let whole = [(subtitles.end_seconds(), subtitles.bytes)];
    // A promised longest segment tells of a title that grew: players go on with what they were told of.
    let in_segments = presentation.growth.is_some() || presentation.target_duration.is_some();
    let (peak, _) = if in_segments { subtitles.rates() } else { crate::peak_and_average(&whole, subtitles.end_seconds()) };
    let (folder, bandwidth) = (&subtitles.id, peak.max(1));
    let _ = writeln!(out, "      <Representation id=\"{folder}\" bandwidth=\"{bandwidth}\">");
    if in_segments {
        write_template(out, subtitles);
    } else {
        let _ = writeln!(out, "        <BaseURL>{folder}/{SUBTITLES}</BaseURL>");
    }
    out.push_str("      </Representation>\n    </AdaptationSet>\n");
}

fn write_template(out: &mut String, subtitles: &Subtitles) {
    let (id, timescale) = (&subtitles.id, subtitles.timescale);
    let _ = writeln!(
        out,
        "        <SegmentTemplate timescale=\"{timescale}\" startNumber=\"1\" media=\"{id}/seg-$Number%05d$.vtt\">\n          <SegmentTimeline>"
    );
    for TextSegment { start, duration, .. } in &subtitles.segments {
        let _ = writeln!(out, "            <S t=\"{start}\" d=\"{duration}\"/>");
    }
    out.push_str("          </SegmentTimeline>\n        </SegmentTemplate>\n");
}

/// Text between tags of XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
