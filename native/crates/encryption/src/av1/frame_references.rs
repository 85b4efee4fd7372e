//! Which frames an inter frame refers to, where it names two only (AV1 bitstream specification §7.8), and whether two of
//! them may be taken together without a word (§5.9.22).

use super::sequence_header::SequenceHeader;

/// How far `a` is behind `b`, order hints being counted modulo a power of two (§5.9.3).
pub(super) const fn relative_distance(bits: u32, a: u32, b: u32) -> i32 {
    if bits == 0 {
        return 0;
    }
    let difference = a.cast_signed() - b.cast_signed();
    let sign = 1 << (bits - 1);
    (difference & (sign - 1)) - (difference & sign)
}

/// The seven references' names as places in their list; LAST2 and LAST3 are 1 and 2.
const LAST: usize = 0;
const GOLDEN: usize = 3;
const BACKWARD: usize = 4;
const ALTERNATE_2: usize = 5;
const ALTERNATE: usize = 6;

/// The frames that are not chosen yet, with how far each is behind the current one.
struct Free(Vec<(u32, i32)>);

impl Free {
    fn take(&mut self, found: Option<(u32, i32)>) -> Option<u32> {
        self.0.retain(|one| Some(*one) != found);
        found.map(|(place, _)| place)
    }

    /// Of equal ones the last is the latest, and the first the earliest.
    fn latest(&mut self, behind: bool) -> Option<u32> {
        let side = self.0.iter().filter(|(_, distance)| (*distance >= 0) == behind);
        self.take(side.max_by_key(|(_, distance)| *distance).copied())
    }

    fn earliest_behind(&mut self) -> Option<u32> {
        let side = self.0.iter().filter(|(_, distance)| *distance >= 0);
        self.take(side.min_by_key(|(_, distance)| *distance).copied())
    }
}

/// Places of the seven references. `distances` says how far the frame at each place is behind the current one.
pub(super) fn choose_references(distances: &[i32; 8], last: u32, golden: u32) -> [u32; 7] {
    let mut free = Free((0..).zip(*distances).filter(|(place, _)| *place != last && *place != golden).collect());
    let alternate = free.latest(true);
    let backward = free.earliest_behind();
    let alternate_2 = free.earliest_behind();
    let mut chosen = [None; 7];
    for (name, place) in
        [(LAST, Some(last)), (GOLDEN, Some(golden)), (ALTERNATE, alternate), (BACKWARD, backward), (ALTERNATE_2, alternate_2)]
    {
        if let Some(reference) = chosen.get_mut(name) {
            *reference = place;
        }
    }
    for reference in chosen.iter_mut().filter(|reference| reference.is_none()) {
        *reference = free.latest(false);
    }
    let earliest = (0..).zip(*distances).min_by_key(|(_, distance)| *distance).map_or(0, |(place, _)| place);
    chosen.map(|reference| reference.unwrap_or(earliest))
}

/// Two references on both sides of the frame, or two before it, may be taken together: then the header has a flag for it.
pub(super) fn has_skip_mode(sequence: &SequenceHeader, order_hints: &[u32; 8], references: &[u32; 7], order_hint: u32) -> bool {
    let bits = sequence.order_hint_bits;
    if bits == 0 {
        return false;
    }
    let hints = references.iter().filter_map(|place| order_hints.get(*place as usize)).copied();
    let distances: Vec<i32> = hints.map(|hint| relative_distance(bits, hint, order_hint)).collect();
    let before = || distances.iter().copied().filter(|distance| *distance < 0);
    let Some(nearest) = before().max() else { return false };
    distances.iter().any(|distance| *distance > 0) || before().any(|distance| distance < nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_turn_over() {
        assert_eq!(relative_distance(7, 3, 126), 5);
        assert_eq!(relative_distance(7, 126, 3), -5);
        assert_eq!(relative_distance(0, 9, 1), 0);
    }

    #[test]
    fn references_are_chosen_by_how_far_they_are() {
        // Before at -8 … -1, behind at 2 and 6.
        let distances = [-8, -4, -2, -1, 2, 6, -6, 4];
        assert_eq!(choose_references(&distances, 3, 0), [3, 2, 1, 0, 4, 7, 5]);
        // All before: the names for those behind take what is left, latest first.
        assert_eq!(choose_references(&[-8, -7, -6, -5, -4, -3, -2, -1], 7, 0), [7, 6, 5, 0, 4, 3, 2]);
        // Nothing but one frame at all places: once all are taken, the earliest stands in.
        assert_eq!(choose_references(&[-1; 8], 0, 0), [0, 7, 6, 0, 5, 4, 3]);
    }
}
