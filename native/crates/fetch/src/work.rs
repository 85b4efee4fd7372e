use std::ops::Range;

/// Who fetches what: ranges that nobody fetches, and those that are being fetched.
#[derive(Debug)]
pub(crate) struct Work {
    free: Vec<Range<u64>>,
    /// What is left of each piece in progress.
    active: Vec<Piece>,
    next_id: u64,
    /// Smallest piece that is worth a request.
    least: u64,
}

#[derive(Debug)]
struct Piece {
    id: u64,
    left: Range<u64>,
}

/// A piece to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) id: u64,
    pub(crate) range: Range<u64>,
}

impl Work {
    /// Ranges in order.
    pub(crate) fn new(missing: Vec<Range<u64>>, least: u64) -> Self {
        Self { free: missing.into_iter().rev().collect(), active: Vec::new(), next_id: 0, least }
    }

    pub(crate) const fn set_least(&mut self, least: u64) {
        self.least = least;
    }

    /// A piece for one more connection: one that nobody fetches, or the far half of the largest in progress.
    pub(crate) fn take(&mut self) -> Option<Taken> {
        let range = match self.free.pop() {
            Some(range) => range,
            None => self.split_largest()?,
        };
        let id = self.next_id;
        self.next_id += 1;
        self.active.push(Piece { id, left: range.clone() });
        Some(Taken { id, range })
    }

    fn split_largest(&mut self) -> Option<Range<u64>> {
        let largest = self.active.iter_mut().max_by_key(|piece| length(&piece.left))?;
        let bytes = length(&largest.left);
        if bytes < self.least.saturating_mul(2) {
            return None;
        }
        let middle = largest.left.start + bytes / 2;
        let taken = middle..largest.left.end;
        largest.left.end = middle;
        Some(taken)
    }

    /// What is left of a piece: others may have taken its end.
    pub(crate) fn left(&self, id: u64) -> Range<u64> {
        self.active.iter().find(|piece| piece.id == id).map_or(0..0, |piece| piece.left.clone())
    }

    /// Bytes up to `position` are written.
    pub(crate) fn advance(&mut self, id: u64, position: u64) {
        if let Some(piece) = self.active.iter_mut().find(|piece| piece.id == id) {
            piece.left.start = position.min(piece.left.end).max(piece.left.start);
        }
    }

    /// A piece is done, or given up: what is left of it is anybody's.
    pub(crate) fn release(&mut self, id: u64) {
        if let Some(place) = self.active.iter().position(|piece| piece.id == id) {
            let piece = self.active.swap_remove(place);
            if !piece.left.is_empty() {
                self.free.push(piece.left);
            }
        }
    }

    pub(crate) fn active(&self) -> usize {
        self.active.len()
    }

    /// All ranges that are not written, in order and joined.
    pub(crate) fn missing(&self) -> Vec<Range<u64>> {
        let left = self.free.iter().cloned().chain(self.active.iter().map(|piece| piece.left.clone()));
        let mut ranges: Vec<Range<u64>> = left.filter(|range| !range.is_empty()).collect();
        ranges.sort_unstable_by_key(|range| range.start);
        let mut joined: Vec<Range<u64>> = Vec::new();
        for range in ranges {
            match joined.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => joined.push(range),
            }
        }
        joined
    }

    pub(crate) fn missing_bytes(&self) -> u64 {
        self.free.iter().map(length).sum::<u64>() + self.active.iter().map(|piece| length(&piece.left)).sum::<u64>()
    }

    pub(crate) fn is_done(&self) -> bool {
        self.missing_bytes() == 0
    }
}

fn length(range: &Range<u64>) -> u64 {
    range.end.saturating_sub(range.start)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_halved_for_newcomers_and_cover_everything_once() {
        let mut work = Work::new(vec![0..1000], 100);
        let pieces: Vec<Taken> = std::iter::from_fn(|| work.take()).collect();
        assert_eq!(pieces.len(), 8, "{pieces:?}");
        let mut bytes = [0_u8; 1000];
        for piece in &pieces {
            let left = work.left(piece.id);
            (left.start..left.end).for_each(|at| *bytes.get_mut(usize::try_from(at).unwrap()).unwrap() += 1);
        }
        assert!(bytes.iter().all(|count| *count == 1));
        assert_eq!(work.missing(), [0..1000]);
    }

    #[test]
    fn what_is_written_is_no_longer_missing_and_what_is_given_up_is_taken_again() {
        let mut work = Work::new(vec![0..100, 200..300], 64);
        let first = work.take().unwrap();
        let second = work.take().unwrap();
        assert_eq!((first.range.clone(), second.range.clone()), (0..100, 200..300));
        work.advance(first.id, 40);
        work.release(second.id);
        assert_eq!(work.missing(), [40..100, 200..300]);
        assert_eq!(work.take().unwrap().range, 200..300);
        work.advance(first.id, 150);
        assert_eq!(work.left(first.id), 100..100);
        work.release(first.id);
        assert_eq!((work.missing(), work.missing_bytes()), (vec![200..300], 100));
    }

    #[test]
    fn a_writer_that_runs_past_its_piece_claims_nothing_of_the_thiefs() {
        let mut work = Work::new(vec![0..1000], 100);
        let first = work.take().unwrap();
        work.advance(first.id, 400);
        let thief = work.take().unwrap();
        assert_eq!(thief.range, 700..1000);
        work.advance(first.id, 750);
        assert_eq!(work.missing(), [700..1000]);
    }
}
