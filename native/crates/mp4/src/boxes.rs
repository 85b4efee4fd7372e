use crate::reader::Reader;
use crate::{Error, FourCc, Result};

/// One box (ISO/IEC 14496-12 §4.2): its type, where it starts, and its payload.
#[derive(Debug, Clone, Copy)]
pub struct BoxView<'a> {
    /// The box's type.
    pub kind: FourCc,
    /// Offset of the first header byte from the start of the walked bytes.
    pub start: usize,
    /// The payload, without the header; shorter than promised when `cut` is set.
    pub payload: &'a [u8],
    /// Header and payload, as they are in the file.
    pub whole: &'a [u8],
    /// The box promises more bytes than there are.
    pub cut: bool,
}

impl<'a> BoxView<'a> {
    pub(crate) fn reader(&self) -> Reader<'a> {
        Reader::new(self.payload, self.kind)
    }

    pub(crate) fn children(&self) -> Boxes<'a> {
        Boxes::new(self.payload)
    }

    /// The box itself, unless it ends behind its parent.
    pub(crate) fn complete(self) -> Result<Self> {
        if self.cut { Err(Error::Truncated { place: self.kind }) } else { Ok(self) }
    }
}

/// Walks the boxes in a run of bytes, one after the other.
///
/// Trailing bytes too short for a header end the walk (`QuickTime` ends some containers with a zero word), and so does a
/// size that can't hold its own header: what stood before stays readable.
#[derive(Debug, Clone)]
pub struct Boxes<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Boxes<'a> {
    /// Walks `bytes` from their start.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Walks `bytes` from the box that starts at `position`.
    pub const fn from(bytes: &'a [u8], position: usize) -> Self {
        Self { bytes, position }
    }

    pub(crate) fn find(&self, kind: FourCc) -> Option<BoxView<'a>> {
        Iterator::find(&mut self.clone(), |found| found.kind == kind)
    }

    /// A child that must be there, whole.
    pub(crate) fn require(&self, kind: FourCc) -> Result<BoxView<'a>> {
        self.find(kind).ok_or(Error::Malformed { place: kind, reason: "the box is missing" })?.complete()
    }
}

impl<'a> Iterator for Boxes<'a> {
    type Item = BoxView<'a>;

    fn next(&mut self) -> Option<BoxView<'a>> {
        let start = self.position;
        let here = self.bytes.get(start..)?;
        let mut header = Reader::new(here, FourCc::new(b"free"));
        let short_size = header.u32().ok()?;
        let kind = header.four_cc().ok()?;
        let (header_length, size) = match short_size {
            0 => (8, here.len()),
            1 => (16, usize::try_from(header.u64().ok()?).ok()?),
            size => (8, usize::try_from(size).ok()?),
        };
        if size < header_length {
            return None;
        }
        let available = size.min(here.len());
        self.position = start.checked_add(available)?;
        Some(BoxView {
            kind,
            start,
            payload: here.get(header_length..available)?,
            whole: here.get(..available)?,
            cut: available < size,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn walks_boxes_with_short_long_and_open_sizes() {
        let mut bytes = vec![0, 0, 0, 9, b'a', b'b', b'c', b'd', 7];
        bytes.extend([0, 0, 0, 1, b'l', b'o', b'n', b'g', 0, 0, 0, 0, 0, 0, 0, 17, 8]);
        bytes.extend([0, 0, 0, 0, b'r', b'e', b's', b't', 9, 9]);
        let found: Vec<_> = Boxes::new(&bytes).map(|b| (b.kind.to_string(), b.start, b.payload.to_vec(), b.cut)).collect();
        assert_eq!(
            found,
            [("abcd".into(), 0, vec![7], false), ("long".into(), 9, vec![8], false), ("rest".into(), 26, vec![9, 9], false)]
        );
    }

    #[test]
    fn marks_a_box_that_promises_more_than_there_is_and_stops_at_an_impossible_size() {
        let cut = Boxes::new(&[0, 0, 0, 99, b'm', b'o', b'o', b'v', 1]).next().unwrap();
        assert!(cut.cut);
        assert_eq!(cut.complete().unwrap_err(), Error::Truncated { place: FourCc::new(b"moov") });
        assert!(Boxes::new(&[0, 0, 0, 7, b'm', b'o', b'o', b'v', 1]).next().is_none());
    }
}
