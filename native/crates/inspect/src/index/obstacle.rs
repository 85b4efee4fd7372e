use reelway_mp4::codec::Family;
use reelway_mp4::{SampleEntry, Track, TrackKind};
use serde::{Deserialize, Serialize};

/// What keeps a track from being taken apart by its index, though a decoder of the whole file may manage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// The samples are encrypted.
    Encrypted,
    /// The coding changes on the way: samples use several `stsd` entries.
    SeveralSampleEntries,
    /// An edit list shows several parts of the media one after the other.
    SeveralEdits,
    /// Nothing says which pictures are key frames.
    NoKeyFrameFlags,
    /// Of a codec that the engine does not know, nothing proves that pictures marked as key frames are some: phones marked
    /// H.263 pictures that are none.
    UnknownCodec,
}

/// Sample entries of codecs in which every picture stands alone, so that no table needs to say so.
const ALL_KEY_FRAMES: [&[u8; 4]; 16] = [
    b"apch", b"apcn", b"apcs", b"apco", b"ap4h", b"ap4x", b"jpeg", b"mjpa", b"mjpb", b"png ", b"AVdn", b"AVdh", b"CFHD", b"2vuy",
    b"v210", b"raw ",
];

impl Obstacle {
    pub(super) fn of(track: &Track<'_>, entry: &SampleEntry<'_>, description_changes: bool) -> Option<Self> {
        let all_are = track.kind != TrackKind::Video || ALL_KEY_FRAMES.contains(&&entry.format.0);
        // H.264 and HEVC tell their key frames in the media, where the index has looked.
        let tells = track.marks_key_frames() || matches!(entry.codec.family, Family::Avc | Family::Hevc);
        if entry.encrypted {
            Some(Self::Encrypted)
        } else if description_changes {
            Some(Self::SeveralSampleEntries)
        } else if track.edits.further_edits > 0 {
            Some(Self::SeveralEdits)
        } else if !all_are && entry.codec.family == Family::Other {
            Some(Self::UnknownCodec)
        } else if !all_are && !tells {
            Some(Self::NoKeyFrameFlags)
        } else {
            None
        }
    }

    /// The reason in plain words.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Encrypted => "the pictures are encrypted",
            Self::SeveralSampleEntries => "the coding of the pictures changes on the way",
            Self::SeveralEdits => "the track is edited together from several parts",
            Self::UnknownCodec => "nothing proves the key frames of this codec",
            Self::NoKeyFrameFlags => "the file does not say which pictures are key frames",
        }
    }
}
