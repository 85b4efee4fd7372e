//! A DASH manifest (ISO/IEC 23009-1) for what was written: one period, static, or dynamic while the title grows.

mod protection;
mod subtitles;

use std::fmt::Write as _;

use reelway_mp4::{TrackEncryption, VideoRange};

use crate::names::{INIT, MEDIA};
use crate::{Kind, Layout, Presentation, Rendition, Segment, language};

/// Seconds after which players ask again for the manifest of a title that grows.
const UPDATE_SECONDS: u32 = 2;

/// The manifest's text. But for the names of subtitles, every value in it is a number, a code or a name of ours.
pub fn dash_manifest(presentation: &Presentation<'_>) -> String {
    let renditions = presentation.renditions;
    let seconds = renditions.iter().map(Rendition::end_seconds).fold(0.0, f64::max);
    let longest = renditions.iter().flat_map(Rendition::segment_rates).map(|(seconds, _)| seconds).fold(0.0, f64::max);
    let profile = match presentation.layout {
        Layout::SegmentFiles => "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019",
        Layout::SingleFile => "urn:mpeg:dash:profile:isoff-on-demand:2011,urn:mpeg:dash:profile:cmaf:2019",
    };
    let encrypted = renditions.iter().any(|rendition| rendition.encryption.is_some());
    let cenc = if encrypted { protection::NAMESPACE } else { "" };
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" {cenc}profiles=\"{profile}\" "
    );
    let _ = match presentation.growth {
        None => write!(
            out,
            "type=\"static\" mediaPresentationDuration=\"PT{seconds:.6}S\" maxSegmentDuration=\"PT{longest:.6}S\" \
             minBufferTime=\"PT{longest:.6}S\""
        ),
        Some(growth) => {
            let longest = presentation.target_duration.map_or(longest, |target| longest.max(target as f64));
            write!(
                out,
                "type=\"dynamic\" availabilityStartTime=\"{}\" minimumUpdatePeriod=\"PT{UPDATE_SECONDS}S\" \
                 maxSegmentDuration=\"PT{longest:.6}S\" minBufferTime=\"PT{longest:.6}S\"",
                growth.available_since
            )
        }
    };
    out.push_str(">\n  <Period id=\"0\" start=\"PT0S\">\n");
    let sets = adaptation_sets(renditions);
    for (id, set) in sets.iter().enumerate() {
        write_adaptation_set(&mut out, id, set, presentation);
    }
    for (id, subtitles) in (sets.len()..).zip(presentation.subtitles) {
        subtitles::write_adaptation_set(&mut out, id, subtitles, presentation);
    }
    out.push_str("  </Period>\n</MPD>\n");
    out
}

/// What a player may switch between: one codec family and key; for audio also one language and channel count.
fn adaptation_sets(renditions: &[Rendition]) -> Vec<Vec<&Rendition>> {
    type Key<'k> = (bool, &'k str, VideoRange, &'k str, u16, Option<TrackEncryption>);
    fn key(rendition: &Rendition) -> Key<'_> {
        let video = rendition.is_video();
        let language = if video { "" } else { rendition.language.as_str() };
        (video, &rendition.family, rendition.video_range(), language, rendition.channels(), rendition.encryption)
    }
    let mut sets: Vec<Vec<&Rendition>> = Vec::new();
    for one in renditions {
        match sets.iter_mut().find(|set| set.first().is_some_and(|first| key(first) == key(one))) {
            // Two sounds of one kind are two choices (a commentary), not two bit rates of one.
            Some(set) if one.is_video() => set.push(one),
            _ => sets.push(vec![one]),
        }
    }
    sets
}

fn write_adaptation_set(out: &mut String, id: usize, set: &[&Rendition], presentation: &Presentation<'_>) {
    let Some(first) = set.first() else { return };
    let kind = if first.is_video() { "video" } else { "audio" };
    let _ =
        write!(out, "    <AdaptationSet id=\"{id}\" contentType=\"{kind}\" mimeType=\"{kind}/mp4\" segmentAlignment=\"true\"");
    let sap = if set.iter().all(|one| one.independent()) { 1 } else { 3 };
    let _ = write!(out, " startWithSAP=\"{sap}\"");
    if presentation.layout == Layout::SingleFile {
        let _ = write!(out, " subsegmentAlignment=\"true\" subsegmentStartsWithSAP=\"{sap}\"");
    }
    if let (false, Some(tag)) = (first.is_video(), language::tag(&first.language)) {
        let _ = write!(out, " lang=\"{tag}\"");
    }
    out.push_str(">\n");
    if let Some(encryption) = &first.encryption {
        protection::write(out, encryption);
    }
    write_colour(out, first);
    out.push_str("      <Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"main\"/>\n");
    for one in set {
        write_representation(out, one, presentation);
    }
    out.push_str("    </AdaptationSet>\n");
}

/// Colour that a player must understand to show the pictures right (ISO/IEC 23091-2 descriptors).
fn write_colour(out: &mut String, rendition: &Rendition) {
    let Kind::Video { colour: Some(colour), .. } = rendition.kind else { return };
    if rendition.video_range() == VideoRange::Sdr {
        return;
    }
    for (name, value) in [
        ("ColourPrimaries", colour.primaries),
        ("TransferCharacteristics", colour.transfer),
        ("MatrixCoefficients", colour.matrix),
    ] {
        let _ = writeln!(out, "      <EssentialProperty schemeIdUri=\"urn:mpeg:mpegB:cicp:{name}\" value=\"{value}\"/>");
    }
}

fn write_representation(out: &mut String, rendition: &Rendition, presentation: &Presentation<'_>) {
    let (peak, _) = rendition.rates();
    let bandwidth = presentation.growth.map_or(peak, |growth| growth.bandwidth(rendition, peak));
    let _ =
        write!(out, "      <Representation id=\"{}\" bandwidth=\"{bandwidth}\" codecs=\"{}\"", rendition.id, rendition.codecs);
    match rendition.kind {
        Kind::Video { coded: (width, height), pixel_aspect: (horizontal, vertical), .. } => {
            let _ = write!(out, " width=\"{width}\" height=\"{height}\" frameRate=\"{}\"", frame_rate(rendition));
            let _ = writeln!(out, " sar=\"{horizontal}:{vertical}\">");
        }
        Kind::Audio { channels, sample_rate } => {
            let _ = writeln!(out, " audioSamplingRate=\"{sample_rate}\">");
            let _ = writeln!(
                out,
                "        <AudioChannelConfiguration schemeIdUri=\"urn:mpeg:dash:23003:3:audio_channel_configuration:2011\" value=\"{channels}\"/>"
            );
        }
    }
    match presentation.layout {
        Layout::SegmentFiles => write_template(out, rendition),
        Layout::SingleFile => write_base(out, rendition),
    }
    out.push_str("      </Representation>\n");
}

/// Whole pictures per second, or a fraction; thousandths where the distances differ.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn frame_rate(rendition: &Rendition) -> String {
    let (shortest, longest) = rendition.distances;
    if shortest == longest && shortest > 0 {
        let divisor = greatest_common_divisor(rendition.timescale, shortest);
        let (pictures, seconds) = (rendition.timescale / divisor, shortest / divisor);
        return if seconds == 1 { format!("{pictures}") } else { format!("{pictures}/{seconds}") };
    }
    format!("{}/1000", (rendition.sample_rate() * 1000.0).round().max(1.0) as u64)
}

const fn greatest_common_divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn write_template(out: &mut String, rendition: &Rendition) {
    let (id, timescale) = (&rendition.id, rendition.timescale);
    let first = rendition.segments.first().map_or(1, |segment| segment.number);
    let _ = writeln!(
        out,
        "        <SegmentTemplate timescale=\"{timescale}\" startNumber=\"{first}\" initialization=\"{id}/{INIT}\" media=\"{id}/seg-$Number%05d$.m4s\">\n          <SegmentTimeline>"
    );
    let mut segments = rendition.segments.iter().peekable();
    let mut expected = None;
    while let Some(segment) = segments.next() {
        let mut repeats = 0;
        let mut end = segment.end();
        while let Some(same) = segments.next_if(|next: &&Segment| next.duration == segment.duration && next.start == end) {
            repeats += 1;
            end += same.duration;
        }
        let start = if expected == Some(segment.start) { String::new() } else { format!(" t=\"{}\"", segment.start) };
        let repeat = if repeats > 0 { format!(" r=\"{repeats}\"") } else { String::new() };
        let _ = writeln!(out, "            <S{start} d=\"{}\"{repeat}/>", segment.duration);
        expected = Some(end);
    }
    out.push_str("          </SegmentTimeline>\n        </SegmentTemplate>\n");
}

fn write_base(out: &mut String, rendition: &Rendition) {
    let (id, timescale) = (&rendition.id, rendition.timescale);
    let (start, length) = rendition.index.map_or((0, 0), |index| (index.offset, index.bytes));
    let _ = writeln!(
        out,
        "        <BaseURL>{id}/{MEDIA}</BaseURL>\n        <SegmentBase timescale=\"{timescale}\" indexRange=\"{start}-{}\" indexRangeExact=\"true\">\n          <Initialization range=\"0-{}\"/>\n        </SegmentBase>",
        (start + length).saturating_sub(1),
        rendition.init_bytes.saturating_sub(1)
    );
}
