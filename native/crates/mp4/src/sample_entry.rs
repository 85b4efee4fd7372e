use std::borrow::Cow;

use crate::boxes::{BoxView, Boxes};
use crate::codec::{self, Codec};
use crate::reader::Reader;
use crate::{Colour, Error, FourCc, Result, limits};

/// One `stsd` entry: how a track's samples are coded.
#[derive(Debug, Clone)]
pub struct SampleEntry<'a> {
    /// The entry's own type: `avc1`, `hev1`, `mp4a` …
    pub format: FourCc,
    /// Sizes or channels.
    pub shape: Shape,
    /// The codec and its RFC 6381 string.
    pub codec: Codec,
    /// The entry as an ISO file holds it: the source's bytes, except where `QuickTime` has a form of its own.
    pub bytes: Cow<'a, [u8]>,
    /// The samples are encrypted (`encv`, `enca`).
    pub encrypted: bool,
}

/// What the entry says about pictures or sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A visual entry.
    Visual {
        /// Coded width in pixels.
        width: u16,
        /// Coded height in pixels.
        height: u16,
        /// Pixel aspect ratio, width to height.
        pixel_aspect: (u32, u32),
        /// Colour description, from `colr` or the codec's configuration.
        colour: Option<Colour>,
    },
    /// An audio entry.
    Audio {
        /// Channels, from the codec's configuration where it tells.
        channels: u16,
        /// Samples per second.
        sample_rate: u32,
    },
    /// Anything else.
    Other,
}

const STSD: FourCc = FourCc::new(b"stsd");
/// Bytes of a visual entry before its boxes, without the 8 of the header.
const VISUAL_FIELDS: usize = 78;
/// The same of an audio entry.
const AUDIO_FIELDS: usize = 28;

impl<'a> SampleEntry<'a> {
    pub(crate) fn parse_all(stsd: &BoxView<'a>, handler: FourCc) -> Result<Vec<Self>> {
        let mut reader = stsd.reader();
        let (version, _) = reader.full_box()?;
        let count = reader.u32()?;
        if count > limits::MAX_SAMPLE_ENTRIES {
            return Err(Error::Limit { place: STSD, reason: "too many entries" });
        }
        let entries: Vec<_> = Boxes::new(reader.rest())
            .take(count as usize)
            .map(|entry| Self::parse(&entry.complete()?, handler, version))
            .collect::<Result<_>>()?;
        if entries.len() == count as usize { Ok(entries) } else { Err(Error::Truncated { place: STSD }) }
    }

    fn parse(entry: &BoxView<'a>, handler: FourCc, stsd_version: u8) -> Result<Self> {
        if entry.whole.len() > limits::MAX_SAMPLE_ENTRY_BYTES {
            return Err(Error::Limit { place: STSD, reason: "size of an entry" });
        }
        match &handler.0 {
            b"vide" => Self::parse_visual(entry),
            b"soun" => Self::parse_audio(entry, stsd_version),
            _ => Ok(Self {
                format: entry.kind,
                shape: Shape::Other,
                codec: Codec::other(entry.kind),
                bytes: Cow::Borrowed(entry.whole),
                encrypted: false,
            }),
        }
    }

    /// The entry as files of ours hold it: without what says nothing about decoding and differs from writer to writer
    /// (bit rates, the name of the compressor), so that equal encodes have equal init segments.
    pub fn canonical(&self) -> Vec<u8> {
        let fields = self.fields();
        let payload = self.bytes.get(8..).unwrap_or_default();
        let mut out = payload.get(..fields).unwrap_or(payload).to_vec();
        if matches!(self.shape, Shape::Visual { .. }) {
            for unused in [8..24, 42..74] {
                out.get_mut(unused).into_iter().for_each(|bytes| bytes.fill(0));
            }
        }
        let boxes = Boxes::new(payload.get(fields..).unwrap_or_default());
        // Each with its true size: one that promises more than there is, or all there is, would swallow what is written behind it.
        for found in boxes.filter(|found| found.kind != FourCc::new(b"btrt") && !found.cut) {
            out.extend(crate::write::leaf(found.kind, found.payload));
        }
        crate::write::leaf(self.format, &out)
    }

    /// The box that configures the decoder (`avcC`, `esds` …), whole; empty where the entry has none.
    pub fn configuration(&self) -> &[u8] {
        let payload = self.bytes.get(8..).unwrap_or_default();
        let kinds = [b"avcC", b"hvcC", b"av1C", b"vpcC", b"esds", b"dOps", b"dac3", b"dec3", b"dfLa"];
        let boxes = Boxes::new(payload.get(self.fields()..).unwrap_or_default());
        boxes.filter(|found| kinds.contains(&&found.kind.0)).map(|found| found.whole).next().unwrap_or_default()
    }

    /// The pixel aspect ratio that a box of the container tells (`pasp`), width to height.
    pub fn declared_pixel_aspect(&self) -> Option<(u32, u32)> {
        let payload = self.bytes.get(8..)?;
        pixel_aspect(&Boxes::new(payload.get(self.fields()..)?))
    }

    /// Bytes of the entry's own fields, before its boxes.
    const fn fields(&self) -> usize {
        match self.shape {
            Shape::Visual { .. } => VISUAL_FIELDS,
            Shape::Audio { .. } => AUDIO_FIELDS,
            Shape::Other => 8,
        }
    }

    fn parse_visual(entry: &BoxView<'a>) -> Result<Self> {
        let mut reader = entry.reader();
        reader.skip(24)?;
        let (width, height) = (reader.u16()?, reader.u16()?);
        reader.skip(VISUAL_FIELDS - 28)?;
        let boxes = Boxes::new(reader.rest());
        let container_colour = boxes.find(FourCc::new(b"colr")).and_then(|colr| parse_colr(colr.reader()).ok().flatten());
        let codec = codec::visual(entry.kind, &boxes, container_colour)?;
        Ok(Self {
            format: entry.kind,
            shape: Shape::Visual {
                width,
                height,
                pixel_aspect: pixel_aspect(&boxes).unwrap_or((1, 1)),
                colour: container_colour.or(codec.colour),
            },
            codec,
            bytes: iso_form(entry, entry.payload.get(..VISUAL_FIELDS).unwrap_or_default(), reader.rest(), 0),
            encrypted: entry.kind == FourCc::new(b"encv"),
        })
    }

    fn parse_audio(entry: &BoxView<'a>, stsd_version: u8) -> Result<Self> {
        let mut reader = entry.reader();
        reader.skip(8)?;
        let version = reader.u16()?;
        reader.skip(6)?;
        let entry_channels = reader.u16()?;
        reader.skip(6)?;
        let entry_rate = reader.u32()? >> 16;
        // QuickTime's sound descriptions grow by version; ISO's version 1 lives in a version 1 `stsd` and does not.
        let extra = match (stsd_version, version) {
            (0, 1) => 16,
            (0, 2) => 36,
            _ => 0,
        };
        reader.skip(extra)?;
        let mut boxes = reader.rest();
        let mut wrapped = false;
        if let Some(wave) = Boxes::new(boxes).find(FourCc::new(b"wave"))
            && Boxes::new(wave.payload).find(FourCc::new(b"esds")).is_some()
        {
            boxes = wave.payload;
            wrapped = true;
        }
        let codec = codec::audio(entry.kind, &Boxes::new(boxes))?;
        let channels = codec.channels.unwrap_or(entry_channels);
        let sample_rate = codec.sample_rate.unwrap_or(entry_rate);
        let bytes = if extra > 0 || wrapped {
            Cow::Owned(iso_audio_entry(entry.kind, channels, sample_rate, &Boxes::new(boxes)))
        } else {
            iso_form(entry, entry.payload.get(..AUDIO_FIELDS).unwrap_or_default(), boxes, extra)
        };
        Ok(Self {
            format: entry.kind,
            shape: Shape::Audio { channels, sample_rate },
            codec,
            bytes,
            encrypted: entry.kind == FourCc::new(b"enca"),
        })
    }
}

/// The entry itself, unless it ends in bytes that are no box: `QuickTime` closes the list with a zero word, on which
/// strict readers fail.
fn iso_form<'a>(entry: &BoxView<'a>, fields: &[u8], boxes: &[u8], skipped: usize) -> Cow<'a, [u8]> {
    let used = Boxes::new(boxes).last().map_or(0, |last| last.start + last.whole.len());
    let own_reference = fields.get(6..8) == Some(&[0, 1]);
    if used == boxes.len() && own_reference && skipped == 0 {
        return Cow::Borrowed(entry.whole);
    }
    let mut payload = fields.to_vec();
    if let Some(reference) = payload.get_mut(6..8) {
        reference.copy_from_slice(&[0, 1]);
    }
    payload.extend_from_slice(boxes.get(..used).unwrap_or_default());
    Cow::Owned(crate::write::leaf(entry.kind, &payload))
}

/// An ISO audio entry (version 0) around the configuration boxes of a `QuickTime` one.
fn iso_audio_entry(format: FourCc, channels: u16, sample_rate: u32, boxes: &Boxes<'_>) -> Vec<u8> {
    let mut payload = vec![0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    payload.extend(channels.to_be_bytes());
    payload.extend([0, 16, 0, 0, 0, 0]);
    payload.extend((u32::from(u16::try_from(sample_rate).unwrap_or(0)) << 16).to_be_bytes());
    for found in boxes.clone().filter(|found| !found.cut) {
        if matches!(&found.kind.0, b"esds" | b"dac3" | b"dec3" | b"dOps" | b"dfLa" | b"btrt") {
            payload.extend_from_slice(found.whole);
        }
    }
    crate::write::leaf(format, &payload)
}

fn pixel_aspect(boxes: &Boxes<'_>) -> Option<(u32, u32)> {
    let mut reader = boxes.find(FourCc::new(b"pasp"))?.reader();
    let pair = (reader.u32().ok()?, reader.u32().ok()?);
    (pair.0 > 0 && pair.1 > 0).then_some(pair)
}

/// Reads a `colr` of the kinds that carry code points; ICC profiles give `None`.
fn parse_colr(mut reader: Reader<'_>) -> Result<Option<Colour>> {
    let kind = reader.four_cc()?;
    let is_iso = kind == FourCc::new(b"nclx");
    if !is_iso && kind != FourCc::new(b"nclc") {
        return Ok(None);
    }
    let (primaries, transfer, matrix) = (reader.u16()?, reader.u16()?, reader.u16()?);
    let full_range = is_iso && reader.u8()? & 0x80 != 0;
    Ok(Some(Colour { primaries, transfer, matrix, full_range }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::write::leaf;

    #[test]
    fn a_box_without_an_end_swallows_nothing_that_is_written_behind_a_canonical_entry() {
        let mut fields = vec![0; VISUAL_FIELDS];
        fields[7] = 1;
        fields.extend(leaf(FourCc::new(b"avcC"), &[1, 100, 0, 31, 255]));
        let mut open = leaf(FourCc::new(b"pasp"), &[0, 0, 0, 1, 0, 0, 0, 1]);
        open[..4].fill(0);
        fields.extend(open);
        let bytes = leaf(FourCc::new(b"avc1"), &fields);
        let view = Boxes::new(&bytes).next().unwrap();
        let mut canonical = SampleEntry::parse_visual(&view).unwrap().canonical();
        canonical.extend(leaf(FourCc::new(b"sinf"), &[]));
        let kinds: Vec<_> = Boxes::new(&canonical[8 + VISUAL_FIELDS..]).map(|found| found.kind.to_string()).collect();
        assert_eq!(kinds, ["avcC", "pasp", "sinf"]);
    }
}
