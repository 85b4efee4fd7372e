//! HLS playlists (RFC 8216, second edition) for what was written.

use std::fmt::Write as _;

use crate::bandwidth::peak_and_average;
use crate::output_folder::OutputFolder;
use crate::package::{INIT, Layout, MEDIA, Packaged, segment_name};
use crate::rendition::Rendition;
use crate::{Result, language};

/// Name of the multivariant playlist.
pub(crate) const MULTIVARIANT: &str = "main.m3u8";
const MEDIA_PLAYLIST: &str = "playlist.m3u8";
const I_FRAME_PLAYLIST: &str = "iframes.m3u8";

/// Writes the multivariant playlist and each rendition's playlists.
pub(crate) fn write(packaged: &[Packaged<'_>], layout: Layout, folder: &OutputFolder) -> Result<()> {
    for one in packaged {
        let id = &one.rendition.id;
        folder.write_file(&format!("{id}/{MEDIA_PLAYLIST}"), media_playlist(one, layout).as_bytes())?;
        if has_i_frames(one) {
            folder.write_file(&format!("{id}/{I_FRAME_PLAYLIST}"), i_frame_playlist(one, layout).as_bytes())?;
        }
    }
    folder.write_file(MULTIVARIANT, multivariant(packaged).as_bytes())
}

fn has_i_frames(packaged: &Packaged<'_>) -> bool {
    packaged.segments.iter().any(|segment| !segment.key_frames.is_empty())
}

/// Seconds and bytes of each segment.
pub(crate) fn segment_rates(packaged: &Packaged<'_>) -> Vec<(f64, u64)> {
    packaged.segments.iter().map(|segment| (packaged.rendition.seconds(segment.duration), segment.bytes)).collect()
}

/// The longest duration, rounded up to whole seconds.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn target_duration(seconds: impl Iterator<Item = f64>) -> u64 {
    // A length that is whole but for the last bit of a float is not to be rounded up.
    (seconds.fold(0.0, f64::max) - 1e-6).ceil().max(1.0) as u64
}

fn playlist_start(out: &mut String, packaged: &Packaged<'_>, layout: Layout, target: u64, i_frames_only: bool) {
    let _ = writeln!(
        out,
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD"
    );
    if i_frames_only {
        out.push_str("#EXT-X-I-FRAMES-ONLY\n");
    } else if packaged.rendition.independent() {
        out.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
    }
    let _ = match layout {
        Layout::SegmentFiles => writeln!(out, "#EXT-X-MAP:URI=\"{INIT}\""),
        Layout::SingleFile => writeln!(out, "#EXT-X-MAP:URI=\"{MEDIA}\",BYTERANGE=\"{}@0\"", packaged.init_bytes),
    };
}

fn media_playlist(packaged: &Packaged<'_>, layout: Layout) -> String {
    let rendition = &packaged.rendition;
    let mut out = String::new();
    let target = target_duration(packaged.segments.iter().map(|segment| rendition.seconds(segment.duration)));
    playlist_start(&mut out, packaged, layout, target, false);
    for (index, segment) in packaged.segments.iter().enumerate() {
        let _ = writeln!(out, "#EXTINF:{:.6},", rendition.seconds(segment.duration));
        let _ = match layout {
            Layout::SegmentFiles => writeln!(out, "{}", segment_name(index)),
            Layout::SingleFile => writeln!(out, "#EXT-X-BYTERANGE:{}@{}\n{MEDIA}", segment.bytes, segment.offset),
        };
    }
    out.push_str("#EXT-X-ENDLIST\n");
    out
}

/// One key frame: which segment, its place in the file, and how long until the next one.
struct IFrame {
    segment: usize,
    offset: u64,
    bytes: u64,
    seconds: f64,
}

fn i_frames(packaged: &Packaged<'_>) -> Vec<IFrame> {
    let rendition = &packaged.rendition;
    let all = packaged.segments.iter().enumerate();
    let flat: Vec<_> =
        all.flat_map(|(index, segment)| segment.key_frames.iter().map(move |key| (index, segment.offset, *key))).collect();
    let ends =
        flat.iter().skip(1).map(|(_, _, key)| key.time).chain([rendition.segments.last().map_or(0, |segment| segment.end)]);
    flat.iter()
        .zip(ends)
        .map(|((segment, segment_offset, key), end)| IFrame {
            segment: *segment,
            offset: segment_offset + key.offset,
            bytes: key.bytes,
            seconds: rendition.seconds(end - key.time),
        })
        .collect()
}

fn i_frame_playlist(packaged: &Packaged<'_>, layout: Layout) -> String {
    let frames = i_frames(packaged);
    let mut out = String::new();
    playlist_start(&mut out, packaged, layout, target_duration(frames.iter().map(|frame| frame.seconds)), true);
    for frame in frames {
        let name = if layout == Layout::SingleFile { MEDIA.to_owned() } else { segment_name(frame.segment) };
        let _ = writeln!(out, "#EXTINF:{:.6},\n#EXT-X-BYTERANGE:{}@{}\n{name}", frame.seconds, frame.bytes, frame.offset);
    }
    out.push_str("#EXT-X-ENDLIST\n");
    out
}

/// Renditions of one codec and channel count, which a player may switch among by language.
struct AudioGroup<'p, 'a> {
    id: String,
    codecs: String,
    members: Vec<&'p Packaged<'a>>,
    peak: u64,
    average: u64,
}

fn audio_groups<'p, 'a>(packaged: &'p [Packaged<'a>]) -> Vec<AudioGroup<'p, 'a>> {
    let mut groups: Vec<AudioGroup<'p, 'a>> = Vec::new();
    for one in packaged.iter().filter(|one| !one.rendition.is_video()) {
        let codec = &one.rendition.source.entry.codec;
        let (peak, average) = rates(one);
        let id = format!("{}-{}", codec.family.name(), one.rendition.audio_shape().0);
        match groups.iter_mut().find(|group| group.id == id) {
            Some(group) => {
                group.members.push(one);
                group.peak = group.peak.max(peak);
                group.average = group.average.max(average);
                if !group.codecs.split(',').any(|string| string == codec.string) {
                    group.codecs = format!("{},{}", group.codecs, codec.string);
                }
            }
            None => groups.push(AudioGroup { id, codecs: codec.string.clone(), members: vec![one], peak, average }),
        }
    }
    groups
}

/// Peak and average bit rate, measured against the rendition's own target duration.
pub(crate) fn rates(packaged: &Packaged<'_>) -> (u64, u64) {
    let segments = segment_rates(packaged);
    let longest = segments.iter().map(|(seconds, _)| *seconds).fold(0.0, f64::max);
    peak_and_average(&segments, longest.ceil())
}

fn multivariant(packaged: &[Packaged<'_>]) -> String {
    let mut out = String::from("#EXTM3U\n#EXT-X-VERSION:7\n");
    if packaged.iter().all(|one| one.rendition.independent()) {
        out.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
    }
    let groups = audio_groups(packaged);
    for group in &groups {
        write_audio_group(&mut out, group);
    }
    let videos: Vec<_> = packaged.iter().filter(|one| one.rendition.is_video()).collect();
    for group in groups.iter().map(Some).chain(groups.is_empty().then_some(None)) {
        for video in &videos {
            write_variant(&mut out, video, group);
        }
        if let (true, Some(group)) = (videos.is_empty(), group) {
            write_audio_variant(&mut out, group);
        }
    }
    for video in videos.iter().filter(|video| has_i_frames(video)) {
        write_i_frame_variant(&mut out, video);
    }
    out
}

fn write_audio_group(out: &mut String, group: &AudioGroup<'_, '_>) {
    let mut names: Vec<String> = Vec::new();
    for (index, member) in group.members.iter().enumerate() {
        let rendition = &member.rendition;
        let tag = language::tag(&rendition.track().language);
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
        let _ = writeln!(out, ",DEFAULT={default},AUTOSELECT=YES,CHANNELS=\"{}\",URI=\"{uri}\"", rendition.audio_shape().0);
        names.push(name);
    }
}

fn write_variant(out: &mut String, video: &Packaged<'_>, audio: Option<&AudioGroup<'_, '_>>) {
    let rendition = &video.rendition;
    let (peak, average) = rates(video);
    let audio_rates = audio.map_or((0, 0), |group| (group.peak, group.average));
    let codecs = audio.map_or_else(String::new, |group| format!(",{}", group.codecs));
    let _ = write!(
        out,
        "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{}{codecs}\"",
        peak + audio_rates.0,
        average + audio_rates.1,
        rendition.source.entry.codec.string
    );
    write_picture_attributes(out, rendition);
    let _ = write!(out, ",FRAME-RATE={:.3}", rendition.frame_rate());
    if let Some(group) = audio {
        let _ = write!(out, ",AUDIO=\"{}\"", group.id);
    }
    let _ = writeln!(out, ",CLOSED-CAPTIONS=NONE\n{}/{MEDIA_PLAYLIST}", rendition.id);
}

/// What variants and I-frame variants both say about their pictures.
fn write_picture_attributes(out: &mut String, rendition: &Rendition<'_>) {
    if let Some(supplemental) = &rendition.source.entry.codec.supplemental {
        let _ = write!(out, ",SUPPLEMENTAL-CODECS=\"{supplemental}\"");
    }
    let (_, (width, height)) = rendition.sizes();
    let _ = write!(out, ",RESOLUTION={width}x{height},VIDEO-RANGE={}", rendition.video_range().as_str());
}

fn write_audio_variant(out: &mut String, group: &AudioGroup<'_, '_>) {
    let Some(first) = group.members.first() else { return };
    let _ = writeln!(
        out,
        "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{}\",AUDIO=\"{}\"\n{}/{MEDIA_PLAYLIST}",
        group.peak, group.average, group.codecs, group.id, first.rendition.id
    );
}

fn write_i_frame_variant(out: &mut String, video: &Packaged<'_>) {
    let frames: Vec<(f64, u64)> = i_frames(video).iter().map(|frame| (frame.seconds, frame.bytes)).collect();
    let longest = frames.iter().map(|(seconds, _)| *seconds).fold(0.0, f64::max);
    let (peak, average) = peak_and_average(&frames, longest.ceil());
    let rendition = &video.rendition;
    let codec = &rendition.source.entry.codec.string;
    let _ = write!(out, "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS=\"{codec}\"");
    write_picture_attributes(out, rendition);
    let _ = writeln!(out, ",URI=\"{}/{I_FRAME_PLAYLIST}\"", rendition.id);
}
