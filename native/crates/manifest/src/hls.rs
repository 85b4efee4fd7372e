//! HLS playlists (RFC 8216, second edition) for what was written.

mod key;
mod subtitles;

use std::fmt::Write as _;

use crate::names::{I_FRAME_PLAYLIST, INIT, MEDIA, MEDIA_PLAYLIST, MULTIVARIANT, segment as segment_name};
use crate::{Kind, Layout, Presentation, Rendition, language, peak_and_average};

/// All playlists of a title: names relative to its folder, and texts.
pub fn hls_files(presentation: &Presentation<'_>) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for rendition in presentation.renditions {
        let id = &rendition.id;
        files.push((format!("{id}/{MEDIA_PLAYLIST}"), media_playlist(rendition, presentation)));
        if has_i_frames(rendition) {
            files.push((format!("{id}/{I_FRAME_PLAYLIST}"), i_frame_playlist(rendition, presentation)));
        }
    }
    for subtitles in presentation.subtitles {
        files.push((format!("{}/{MEDIA_PLAYLIST}", subtitles.id), subtitles::playlist(subtitles, presentation)));
    }
    files.push((MULTIVARIANT.to_owned(), multivariant(presentation)));
    files
}

fn has_i_frames(rendition: &Rendition) -> bool {
    rendition.segments.iter().any(|segment| !segment.key_frames.is_empty())
}

/// Whole seconds that no duration exceeds. Where they were promised, durations are held to it as players do, which is to the
/// nearest second (RFC 8216 §4.3.3.1): sound is cut between its own frames, a little off the pictures' borders.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn target_duration(promised: Option<u64>, seconds: impl Iterator<Item = f64>) -> u64 {
    let longest = seconds.fold(0.0, f64::max);
    match promised {
        Some(promised) => promised.max(longest.round() as u64),
        // A length that is whole but for the last bit of a float is not to be rounded up.
        None => (longest - 1e-6).ceil().max(1.0) as u64,
    }
}

fn playlist_start(out: &mut String, presentation: &Presentation<'_>, seconds: impl Iterator<Item = f64>) {
    let target = target_duration(presentation.target_duration, seconds);
    let kind = if presentation.growth.is_some() { "EVENT" } else { "VOD" };
    let _ = writeln!(
        out,
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:{kind}"
    );
    if presentation.growth.is_some() {
        // Players begin a list without an end near its end, as if it were live.
        out.push_str("#EXT-X-START:TIME-OFFSET=0\n");
    }
}

fn media_start(out: &mut String, rendition: &Rendition, presentation: &Presentation<'_>, i_frames_only: bool) {
    if i_frames_only {
        out.push_str("#EXT-X-I-FRAMES-ONLY\n");
    } else if rendition.independent() {
        out.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
    }
    let _ = match presentation.layout {
        Layout::SegmentFiles => writeln!(out, "#EXT-X-MAP:URI=\"{INIT}\""),
        Layout::SingleFile => writeln!(out, "#EXT-X-MAP:URI=\"{MEDIA}\",BYTERANGE=\"{}@0\"", rendition.init_bytes),
    };
    // Behind the map: init segments are not encrypted, and a key before one would hold for it too.
    key::write_key(out, rendition, presentation);
}

fn playlist_end(out: &mut String, presentation: &Presentation<'_>) {
    if presentation.growth.is_none() {
        out.push_str("#EXT-X-ENDLIST\n");
    }
}

fn media_playlist(rendition: &Rendition, presentation: &Presentation<'_>) -> String {
    let mut out = String::new();
    playlist_start(&mut out, presentation, rendition.segments.iter().map(|segment| rendition.seconds(segment.duration)));
    media_start(&mut out, rendition, presentation, false);
    for segment in &rendition.segments {
        let _ = writeln!(out, "#EXTINF:{:.6},", rendition.seconds(segment.duration));
        let _ = match presentation.layout {
            Layout::SegmentFiles => writeln!(out, "{}", segment_name(segment.number)),
            Layout::SingleFile => writeln!(out, "#EXT-X-BYTERANGE:{}@{}\n{MEDIA}", segment.bytes, segment.offset),
        };
    }
    playlist_end(&mut out, presentation);
    out
}

/// One key frame: which segment, its place in the file, and how long until the next one.
struct IFrame {
    segment: u32,
    offset: u64,
    bytes: u64,
    seconds: f64,
}

fn i_frames(rendition: &Rendition) -> Vec<IFrame> {
    let flat: Vec<_> =
        rendition.segments.iter().flat_map(|segment| segment.key_frames.iter().map(move |key| (segment, *key))).collect();
    let end = rendition.segments.last().map_or(0, crate::Segment::end);
    let ends = flat.iter().skip(1).map(|(_, key)| key.time).chain([end]);
    flat.iter()
        .zip(ends)
        .map(|((segment, key), end)| IFrame {
            segment: segment.number,
            offset: segment.offset + key.offset,
            bytes: key.bytes,
            seconds: rendition.seconds(end - key.time),
        })
        .collect()
}

fn i_frame_playlist(rendition: &Rendition, presentation: &Presentation<'_>) -> String {
    let frames = i_frames(rendition);
    let mut out = String::new();
    playlist_start(&mut out, presentation, frames.iter().map(|frame| frame.seconds));
    media_start(&mut out, rendition, presentation, true);
    for frame in frames {
        let name = if presentation.layout == Layout::SingleFile { MEDIA.to_owned() } else { segment_name(frame.segment) };
        let _ = writeln!(out, "#EXTINF:{:.6},\n#EXT-X-BYTERANGE:{}@{}\n{name}", frame.seconds, frame.bytes, frame.offset);
    }
    playlist_end(&mut out, presentation);
    out
}

/// Renditions of one codec and channel count, which a player may switch among by language.
struct AudioGroup<'r> {
    id: String,
    codecs: String,
    members: Vec<&'r Rendition>,
    rates: Rates,
}

fn audio_groups<'r>(presentation: &Presentation<'r>) -> Vec<AudioGroup<'r>> {
    let mut groups: Vec<AudioGroup<'r>> = Vec::new();
    for rendition in presentation.renditions.iter().filter(|rendition| !rendition.is_video()) {
        let rates = Rates::of(rendition, presentation);
        let id = format!("{}-{}", rendition.family, rendition.channels());
        match groups.iter_mut().find(|group| group.id == id) {
            Some(group) => {
                group.members.push(rendition);
                group.rates = group.rates.max(rates);
                if !group.codecs.split(',').any(|string| string == rendition.codecs) {
                    group.codecs = format!("{},{}", group.codecs, rendition.codecs);
                }
            }
            None => groups.push(AudioGroup { id, codecs: rendition.codecs.clone(), members: vec![rendition], rates }),
        }
    }
    groups
}

/// Bits per second to announce. Of a title that grows, nobody knows the average yet.
#[derive(Debug, Clone, Copy, Default)]
struct Rates {
    peak: u64,
    average: Option<u64>,
}

impl Rates {
    fn of(rendition: &Rendition, presentation: &Presentation<'_>) -> Self {
        let (peak, average) = rendition.rates();
        match presentation.growth {
            None => Self { peak, average: Some(average) },
            Some(growth) => Self { peak: growth.bandwidth(rendition, peak), average: None },
        }
    }

    fn max(self, other: Self) -> Self {
        Self { peak: self.peak.max(other.peak), average: self.average.max(other.average) }
    }

    fn plus(self, other: Self) -> Self {
        let average = self.average.map(|average| average.saturating_add(other.average.unwrap_or(0)));
        Self { peak: self.peak.saturating_add(other.peak), average }
    }
}

impl std::fmt::Display for Rates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BANDWIDTH={}", self.peak)?;
        self.average.map_or(Ok(()), |average| write!(f, ",AVERAGE-BANDWIDTH={average}"))
    }
}

fn multivariant(presentation: &Presentation<'_>) -> String {
    let mut out = String::from("#EXTM3U\n#EXT-X-VERSION:7\n");
    if presentation.renditions.iter().all(Rendition::independent) {
        out.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
    }
    key::write_session_keys(&mut out, presentation);
    let groups = audio_groups(presentation);
    for group in &groups {
        write_audio_group(&mut out, group);
    }
    subtitles::write_group(&mut out, presentation);
    let videos: Vec<_> = presentation.renditions.iter().filter(|rendition| rendition.is_video()).collect();
    for group in groups.iter().map(Some).chain(groups.is_empty().then_some(None)) {
        for video in &videos {
            write_variant(&mut out, video, group, presentation);
        }
        if let (true, Some(group)) = (videos.is_empty(), group) {
            write_audio_variant(&mut out, group, presentation);
        }
    }
    for video in videos.iter().filter(|video| has_i_frames(video)) {
        write_i_frame_variant(&mut out, video, presentation);
    }
    out
}

fn write_audio_group(out: &mut String, group: &AudioGroup<'_>) {
    let mut names: Vec<String> = Vec::new();
    for (index, rendition) in group.members.iter().enumerate() {
        let tag = language::tag(&rendition.language);
        let mut name = tag.unwrap_or("main").to_owned();
        let same = names.iter().filter(|known| **known == name || known.starts_with(&format!("{name} "))).count();
        if same > 0 {
            name = format!("{name} {}", same + 1);
        }
        let _ = write!(out, "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{}\",NAME=\"{name}\"", group.id);
        if let Some(tag) = tag {
            let _ = write!(out, ",LANGUAGE=\"{tag}\"");
        }
        let (default, uri) = (if index == 0 { "YES" } else { "NO" }, format!("{}/{MEDIA_PLAYLIST}", rendition.id));
        let _ = writeln!(out, ",DEFAULT={default},AUTOSELECT=YES,CHANNELS=\"{}\",URI=\"{uri}\"", rendition.channels());
        names.push(name);
    }
}

fn write_variant(out: &mut String, video: &Rendition, audio: Option<&AudioGroup<'_>>, presentation: &Presentation<'_>) {
    let sound = audio.map_or_else(Rates::default, |group| group.rates);
    let rates = Rates::of(video, presentation).plus(sound).plus(subtitles::rates(presentation));
    let codecs = audio.map_or_else(String::new, |group| format!(",{}", group.codecs));
    let _ = write!(out, "#EXT-X-STREAM-INF:{rates},CODECS=\"{}{codecs}\"", video.codecs);
    write_picture_attributes(out, video);
    let _ = write!(out, ",FRAME-RATE={:.3}", video.sample_rate());
    if let Some(group) = audio {
        let _ = write!(out, ",AUDIO=\"{}\"", group.id);
    }
    subtitles::write_reference(out, presentation);
    let _ = writeln!(out, ",CLOSED-CAPTIONS=NONE\n{}/{MEDIA_PLAYLIST}", video.id);
}

/// What variants and I-frame variants both say about their pictures.
fn write_picture_attributes(out: &mut String, video: &Rendition) {
    if let Some(supplemental) = &video.supplemental_codecs {
        let _ = write!(out, ",SUPPLEMENTAL-CODECS=\"{supplemental}\"");
    }
    if let Kind::Video { shown: (width, height), .. } = video.kind {
        let _ = write!(out, ",RESOLUTION={width}x{height},VIDEO-RANGE={}", video.video_range().as_str());
    }
}

fn write_audio_variant(out: &mut String, group: &AudioGroup<'_>, presentation: &Presentation<'_>) {
    let Some(first) = group.members.first() else { return };
    let (rates, codecs, group_id, id) = (group.rates.plus(subtitles::rates(presentation)), &group.codecs, &group.id, &first.id);
    let _ = write!(out, "#EXT-X-STREAM-INF:{rates},CODECS=\"{codecs}\",AUDIO=\"{group_id}\"");
    subtitles::write_reference(out, presentation);
    let _ = writeln!(out, "\n{id}/{MEDIA_PLAYLIST}");
}

fn write_i_frame_variant(out: &mut String, video: &Rendition, presentation: &Presentation<'_>) {
    let frames: Vec<(f64, u64)> = i_frames(video).iter().map(|frame| (frame.seconds, frame.bytes)).collect();
    let longest = frames.iter().map(|(seconds, _)| *seconds).fold(0.0, f64::max);
    let (peak, average) = peak_and_average(&frames, longest.ceil());
    let rates = Rates { peak, average: presentation.growth.is_none().then_some(average) };
    let _ = write!(out, "#EXT-X-I-FRAME-STREAM-INF:{rates},CODECS=\"{}\"", video.codecs);
    write_picture_attributes(out, video);
    let _ = writeln!(out, ",URI=\"{}/{I_FRAME_PLAYLIST}\"", video.id);
}

#[cfg(test)]
mod tests {
    use super::target_duration;

    #[test]
    fn a_promise_is_kept_by_what_rounds_to_it_and_without_one_all_is_rounded_up() {
        let target = |promised, seconds: &[f64]| target_duration(promised, seconds.iter().copied());
        assert_eq!(target(Some(4), &[3.99, 4.02]), 4);
        assert_eq!(target(Some(4), &[4.5]), 5);
        assert_eq!(target(Some(6), &[4.0]), 6);
        assert_eq!(target(None, &[3.99, 4.02]), 5);
        assert_eq!(target(None, &[4.000_000_000_1]), 4);
        assert_eq!(target(None, &[]), 1);
    }
}
