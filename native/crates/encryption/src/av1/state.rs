//! What frames leave for those that refer to them (AV1 bitstream specification §7.20, §7.21).

use super::frame_header::FrameHeader;
use super::segmentation::Segmentation;
use crate::{Error, Result};

/// One of the eight places for frames that later ones may refer to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference {
    pub(super) key: bool,
    pub(super) upscaled_width: u32,
    pub(super) height: u32,
    pub(super) order_hint: u32,
    pub(super) segmentation: Segmentation,
}

#[derive(Debug, Default)]
pub(super) struct Frames {
    places: [Option<Reference>; 8],
    /// Kept beside the frames: a frame may tell the order of one that was lost.
    order_hints: [u32; 8],
}

impl Frames {
    pub(super) fn at(&self, place: u32) -> Result<&Reference> {
        let known = self.places.get(place as usize).and_then(Option::as_ref);
        known.ok_or(Error::Unreadable("an AV1 frame refers to one that is not there"))
    }

    pub(super) const fn order_hints(&self) -> &[u32; 8] {
        &self.order_hints
    }

    /// The frame at this place is of another order than the one that is told: it was lost.
    pub(super) fn tell_order_hint(&mut self, place: usize, order_hint: u32) {
        if let (Some(known), Some(reference)) = (self.order_hints.get_mut(place), self.places.get_mut(place)) {
            if *known != order_hint {
                *reference = None;
            }
            *known = order_hint;
        }
    }

    pub(super) const fn forget_order_hints(&mut self) {
        self.order_hints = [0; 8];
    }

    pub(super) fn refresh(&mut self, frame: &FrameHeader) {
        self.put(frame.refreshed, &frame.leaves);
    }

    /// A key frame that is shown again takes all places (§7.21).
    pub(super) fn show_again(&mut self, place: u32) -> Result<()> {
        let shown = *self.at(place)?;
        if shown.key {
            self.put(0xff, &shown);
        }
        Ok(())
    }

    fn put(&mut self, places: u32, frame: &Reference) {
        for (index, (place, order_hint)) in self.places.iter_mut().zip(&mut self.order_hints).enumerate() {
            if places >> index & 1 == 1 {
                (*place, *order_hint) = (Some(*frame), frame.order_hint);
            }
        }
    }
}
