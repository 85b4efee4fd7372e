use reelway_mp4::codec::Family;
use reelway_mp4::{Error as Mp4Error, FourCc, Movie, Track};

use crate::{Error, RemoteFile, Result, limits};

/// A box's type and where it lies.
struct Found {
    kind: [u8; 4],
    /// One past its last byte.
    end: u64,
}

impl RemoteFile<'_> {
    /// Loads what a reader of the file's headers looks at: its `moov` wherever it stands, all `moof`, and the little of the
    /// media that some codecs need.
    ///
    /// A file with its header at either end costs a handful of requests; a fragmented one costs one for each fragment.
    /// Files that do not mark their key frames are refused: to find them, all pictures would have to be read.
    pub fn load_headers(&mut self) -> Result<()> {
        self.load_tables()?;
        self.refuse_unmarked_key_frames()
    }

    /// The same for whoever does not care which pictures are key frames: no file is refused for not marking them.
    pub fn load_tables(&mut self) -> Result<()> {
        let mut position = 0;
        for count in 0.. {
            if count == limits::MAX_BOXES {
                return Err(Mp4Error::Limit { place: FourCc::new(b"moof"), reason: "too many boxes" }.into());
            }
            let Some(found) = self.box_at(position)? else { break };
            let most = match &found.kind {
                b"moov" => limits::MAX_MOOV,
                b"moof" => limits::MAX_MOOF,
                b"ftyp" => limits::WINDOW,
                _ => 0,
            };
            if most > 0 {
                if found.end - position > most {
                    return Err(Mp4Error::Limit { place: FourCc(found.kind), reason: "its size" }.into());
                }
                self.load(position..found.end)?;
            }
            position = found.end;
        }
        self.load_first_frames()
    }

    /// The box that starts at a place; `None` where the walk ends, as it does for a reader of the whole file.
    fn box_at(&mut self, position: u64) -> Result<Option<Found>> {
        if position >= self.len() {
            return Ok(None);
        }
        self.load(position..position.saturating_add(limits::WINDOW))?;
        let mut header = [0; 16];
        let count = self.read_at(&mut header, position)?;
        let [a, b, c, d, kind @ .., _, _, _, _, _, _, _, _] = header;
        let [_, _, _, _, _, _, _, _, large @ ..] = header;
        let left = self.len() - position;
        let (header_length, size) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (8, left),
            1 => (16, u64::from_be_bytes(large)),
            size => (8, u64::from(size)),
        };
        if (count as u64) < header_length || size < header_length {
            return Ok(None);
        }
        Ok(Some(Found { kind, end: position + size.min(left) }))
    }

    fn refuse_unmarked_key_frames(&self) -> Result<()> {
        let map = self.map()?;
        let movie = Movie::parse(&map)?;
        let unmarked = |track: &Track<'_>| !track.marks_key_frames() && is_in(track, &[Family::Avc, Family::Hevc]);
        if movie.media_tracks().any(unmarked) {
            return Err(Error::Refused("the file does not mark its key frames: fetch it first"));
        }
        Ok(())
    }

    fn load_first_frames(&mut self) -> Result<()> {
        let map = self.map()?;
        let movie = Movie::parse(&map)?;
        let mut first_frames = Vec::new();
        for track in movie.media_tracks() {
            // Its channel count stands in the first frame alone.
            if is_in(track, &[Family::Mp3])
                && let Some(sample) = track.samples().next()
            {
                let sample = sample?;
                first_frames.push(sample.offset..sample.offset + u64::from(sample.size));
            }
        }
        self.load_all(&first_frames)
    }
}

fn is_in(track: &Track<'_>, families: &[Family]) -> bool {
    track.entries.iter().any(|entry| families.contains(&entry.codec.family))
}
