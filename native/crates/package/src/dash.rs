//! A DASH manifest (ISO/IEC 23009-1) for what was written: static, one period.

use std::fmt::Write as _;

use reelway_mp4::codec::Family;
use reelway_mp4::{Shape, VideoRange};

use crate::hls::rates;
use crate::language;
use crate::package::{INIT, Layout, MEDIA, Packaged};
use crate::rendition::Rendition;
use crate::segments::WrittenSegment;

/// Name of the manifest.
pub(crate) const NAME: &str = "manifest.mpd";

/// The manifest's text. Every value in it is a number, a code or a name of ours: nothing needs escaping.
pub(crate) fn manifest(packaged: &[Packaged<'_>], layout: Layout) -> String {
    let seconds = packaged.iter().map(|one| one.rendition.end_seconds()).fold(0.0, f64::max);
    let longest = packaged.iter().flat_map(crate::hls::segment_rates).map(|(seconds, _)| seconds).fold(0.0, f64::max);
    let profile = match layout {
        Layout::SegmentFiles => "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019",
        Layout::SingleFile => "urn:mpeg:dash:profile:isoff-on-demand:2011,urn:mpeg:dash:profile:cmaf:2019",
    };
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" profiles=\"{profile}\" type=\"static\" \
         mediaPresentationDuration=\"PT{seconds:.6}S\" maxSegmentDuration=\"PT{longest:.6}S\" minBufferTime=\"PT{longest:.6}S\">\n  <Period id=\"0\" start=\"PT0S\">\n"
    );
    for (id, set) in adaptation_sets(packaged).iter().enumerate() {
        write_adaptation_set(&mut out, id, set, layout);
    }
    out.push_str("  </Period>\n</MPD>\n");
    out
}

/// What a player may switch between: one codec family; for audio also one language and channel count.
fn adaptation_sets<'p, 'a>(packaged: &'p [Packaged<'a>]) -> Vec<Vec<&'p Packaged<'a>>> {
    type Key<'k> = (bool, Family, VideoRange, &'k str, u16);
    fn key<'k>(one: &'k Packaged<'_>) -> Key<'k> {
        let rendition = &one.rendition;
        let video = rendition.is_video();
        let language = if video { "" } else { rendition.track().language.as_str() };
        (video, rendition.source.entry.codec.family, rendition.video_range(), language, rendition.audio_shape().0)
    }
    let mut sets: Vec<Vec<&'p Packaged<'a>>> = Vec::new();
    for one in packaged {
        match sets.iter_mut().find(|set| set.first().is_some_and(|first| key(first) == key(one))) {
            // Two sounds of one kind are two choices (a commentary), not two bit rates of one.
            Some(set) if one.rendition.is_video() => set.push(one),
            _ => sets.push(vec![one]),
        }
    }
    sets
}

fn write_adaptation_set(out: &mut String, id: usize, set: &[&Packaged<'_>], layout: Layout) {
    let Some(first) = set.first().map(|one| &one.rendition) else { return };
    let kind = if first.is_video() { "video" } else { "audio" };
    let _ =
        write!(out, "    <AdaptationSet id=\"{id}\" contentType=\"{kind}\" mimeType=\"{kind}/mp4\" segmentAlignment=\"true\"");
    let independent = set.iter().all(|one| one.rendition.independent());
    let _ = write!(out, " startWithSAP=\"{}\"", if independent { 1 } else { 3 });
    if layout == Layout::SingleFile {
        let _ = write!(out, " subsegmentAlignment=\"true\" subsegmentStartsWithSAP=\"{}\"", if independent { 1 } else { 3 });
    }
    if let (false, Some(tag)) = (first.is_video(), language::tag(&first.track().language)) {
        let _ = write!(out, " lang=\"{tag}\"");
    }
    out.push_str(">\n");
    write_colour(out, first);
    out.push_str("      <Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"main\"/>\n");
    for one in set {
        write_representation(out, one, layout);
    }
    out.push_str("    </AdaptationSet>\n");
}

/// Colour that a player must understand to show the pictures right (ISO/IEC 23091-2 descriptors).
fn write_colour(out: &mut String, rendition: &Rendition<'_>) {
    let Shape::Visual { colour: Some(colour), .. } = rendition.source.entry.shape else { return };
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

fn write_representation(out: &mut String, packaged: &Packaged<'_>, layout: Layout) {
    let rendition = &packaged.rendition;
    let entry = rendition.source.entry;
    let (peak, _) = rates(packaged);
    let _ = write!(out, "      <Representation id=\"{}\" bandwidth=\"{peak}\" codecs=\"{}\"", rendition.id, entry.codec.string);
    match entry.shape {
        Shape::Visual { width, height, pixel_aspect: (horizontal, vertical), .. } => {
            let _ = write!(out, " width=\"{width}\" height=\"{height}\" frameRate=\"{}\"", frame_rate(rendition));
            let _ = writeln!(out, " sar=\"{horizontal}:{vertical}\">");
        }
        Shape::Audio { channels, sample_rate } => {
            let _ = writeln!(out, " audioSamplingRate=\"{sample_rate}\">");
            let _ = writeln!(
                out,
                "        <AudioChannelConfiguration schemeIdUri=\"urn:mpeg:dash:23003:3:audio_channel_configuration:2011\" value=\"{channels}\"/>"
            );
        }
        Shape::Other => out.push_str(">\n"),
    }
    match layout {
        Layout::SegmentFiles => write_template(out, packaged),
        Layout::SingleFile => write_base(out, packaged),
    }
    out.push_str("      </Representation>\n");
}

/// Whole pictures per second, or thousandths where they are not whole.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn frame_rate(rendition: &Rendition<'_>) -> String {
    let rate = rendition.frame_rate();
    let durations = rendition.source.scan.durations;
    if rendition.source.scan.constant_rate() && durations.0 == durations.1 && durations.0 > 0 {
        let (timescale, duration) = (rendition.timescale(), durations.0);
        let divisor = greatest_common_divisor(timescale, duration);
        return if divisor == duration {
            format!("{}", timescale / divisor)
        } else {
            format!("{}/{}", timescale / divisor, duration / divisor)
        };
    }
    format!("{}/1000", (rate * 1000.0).round().max(1.0) as u64)
}

const fn greatest_common_divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn write_template(out: &mut String, packaged: &Packaged<'_>) {
    let (id, timescale) = (&packaged.rendition.id, packaged.rendition.timescale());
    let _ = writeln!(
        out,
        "        <SegmentTemplate timescale=\"{timescale}\" startNumber=\"1\" initialization=\"{id}/{INIT}\" media=\"{id}/seg-$Number%05d$.m4s\">\n          <SegmentTimeline>"
    );
    let mut segments = packaged.segments.iter().peekable();
    let mut expected = None;
    while let Some(segment) = segments.next() {
        let mut repeats = 0;
        let mut end = segment.start + segment.duration;
        while let Some(same) = segments.next_if(|next: &&WrittenSegment| next.duration == segment.duration && next.start == end) {
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

fn write_base(out: &mut String, packaged: &Packaged<'_>) {
    let (id, timescale) = (&packaged.rendition.id, packaged.rendition.timescale());
    let (start, length) = packaged.index.unwrap_or_default();
    let _ = writeln!(
        out,
        "        <BaseURL>{id}/{MEDIA}</BaseURL>\n        <SegmentBase timescale=\"{timescale}\" indexRange=\"{start}-{}\" indexRangeExact=\"true\">\n          <Initialization range=\"0-{}\"/>\n        </SegmentBase>",
        (start + length).saturating_sub(1),
        packaged.init_bytes.saturating_sub(1)
    );
}
