use crate::FourCc;
use crate::boxes::{BoxView, Boxes};
use crate::reader::Reader;

/// What a file says about itself in words: its brands, and the titles and credits of the iTunes list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    /// Seconds since 1970 at which the movie says it was made.
    pub created: Option<u64>,
    /// The major brand's version.
    pub minor_version: Option<u32>,
    /// The compatible brands, one after the other.
    pub compatible_brands: Option<String>,
    /// Names, as other tools spell them, and what stands there.
    pub words: Vec<(&'static str, String)>,
    /// There is nothing else: no other kind of metadata, no cover, no chapter list, no words that can't be read.
    pub complete: bool,
}

/// Entries of the iTunes list whose value is a text.
const NAMES: [(&[u8; 4], &str); 17] = [
    (b"\xa9nam", "title"),
    (b"\xa9ART", "artist"),
    (b"aART", "album_artist"),
    (b"\xa9alb", "album"),
    (b"\xa9day", "date"),
    (b"\xa9gen", "genre"),
    (b"\xa9too", "encoder"),
    (b"\xa9cmt", "comment"),
    (b"\xa9wrt", "composer"),
    (b"\xa9lyr", "lyrics"),
    (b"\xa9grp", "grouping"),
    (b"cprt", "copyright"),
    (b"\xa9cpy", "copyright"),
    (b"\xa9xyz", "location"),
    (b"desc", "description"),
    (b"ldes", "synopsis"),
    (b"tvsh", "show"),
];
/// What stands in a movie without saying anything in words.
const SILENT: [&[u8; 4]; 6] = [b"mvhd", b"trak", b"mvex", b"iods", b"free", b"skip"];
/// The same at the top of a file.
const SILENT_AT_TOP: [&[u8; 4]; 13] =
    [b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"free", b"skip", b"wide", b"emsg", b"prft", b"pdin"];
/// Seconds from 1904, where the format's clock begins, to 1970.
const EPOCH: u64 = 2_082_844_800;
const TEXT: u32 = 1;
/// Words beyond are not read: titles are short, lyrics a few kilobytes.
const MAX_WORDS_BYTES: usize = 64 << 10;

impl Tags {
    pub(crate) fn of(file: &[u8], moov: &Boxes<'_>) -> Self {
        let mut tags = Self { complete: true, ..Self::default() };
        for found in Boxes::new(file).take_while(|found| found.kind != FourCc::new(b"moof")) {
            tags.complete &= SILENT_AT_TOP.contains(&&found.kind.0);
            if found.kind == FourCc::new(b"ftyp") && tags.compatible_brands.is_none() {
                tags.read_brands(found.payload);
            }
        }
        for found in moov.clone() {
            match &found.kind.0 {
                b"mvhd" => tags.created = created(&found),
                b"udta" => tags.read_user_data(&found.children()),
                kind => tags.complete &= SILENT.contains(&kind),
            }
        }
        tags
    }

    fn read_brands(&mut self, ftyp: &[u8]) {
        let mut reader = Reader::new(ftyp, FourCc::new(b"ftyp"));
        let version = reader.skip(4).and_then(|()| reader.u32());
        let brands = String::from_utf8(reader.rest().to_vec());
        self.complete &= version.is_ok() && brands.as_ref().is_ok_and(|text| !text.contains('\0'));
        self.minor_version = version.ok();
        self.compatible_brands = brands.ok();
    }

    fn read_user_data(&mut self, boxes: &Boxes<'_>) {
        for found in boxes.clone() {
            match &found.kind.0 {
                b"meta" => self.complete &= self.read_list(&found).is_some(),
                b"free" | b"skip" => {}
                _ => self.complete = false,
            }
        }
    }

    /// The iTunes list: a `meta` of handler `mdir`. `None` where something in it is not read.
    fn read_list(&mut self, meta: &BoxView<'_>) -> Option<()> {
        let mut reader = meta.reader();
        reader.full_box().ok()?;
        let boxes = Boxes::new(reader.rest());
        if boxes.find(FourCc::new(b"hdlr"))?.payload.get(8..12)? != b"mdir" {
            return None;
        }
        let mut complete = true;
        for item in boxes.find(FourCc::new(b"ilst"))?.children() {
            match text_of(&item) {
                Some(pair) => self.words.push(pair),
                None => complete = false,
            }
        }
        complete.then_some(())
    }
}

/// An entry's name and text.
fn text_of(item: &BoxView<'_>) -> Option<(&'static str, String)> {
    let (_, name) = NAMES.iter().find(|(kind, _)| **kind == item.kind.0)?;
    let mut values = item.children();
    let value = values.next()?.complete().ok()?;
    if value.kind != FourCc::new(b"data") || values.next().is_some() || value.payload.len() > MAX_WORDS_BYTES {
        return None;
    }
    let mut reader = value.reader();
    if reader.u32().ok()? != TEXT {
        return None;
    }
    reader.skip(4).ok()?;
    let text = String::from_utf8(reader.rest().to_vec()).ok()?;
    (!text.contains('\0')).then_some((name, text))
}

/// The movie header's time of creation; 0 is none.
fn created(mvhd: &BoxView<'_>) -> Option<u64> {
    let mut reader = mvhd.reader();
    let (version, _) = reader.full_box().ok()?;
    let since_1904 = if version == 1 { reader.u64().ok()? } else { u64::from(reader.u32().ok()?) };
    // Writers that count from 1970 are older than the format's clock.
    Some(since_1904.checked_sub(EPOCH).unwrap_or(since_1904)).filter(|_| since_1904 > 0)
}
