use std::ops::Range;

/// The runs in file order, joined where no more than `gap` bytes lie between them: [`crate::limits::GAP`] where nothing else is wanted.
pub fn merge_runs(runs: &[Range<u64>], gap: u64) -> Vec<Range<u64>> {
    let mut sorted: Vec<Range<u64>> = runs.iter().filter(|run| !run.is_empty()).cloned().collect();
    sorted.sort_unstable_by_key(|run| run.start);
    let mut merged: Vec<Range<u64>> = Vec::new();
    for run in sorted {
        match merged.last_mut() {
            Some(last) if run.start <= last.end.saturating_add(gap) => last.end = last.end.max(run.end),
            _ => merged.push(run),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    #[test]
    fn small_gaps_are_read_along_and_large_ones_are_not() {
        let far = 10 + limits::GAP + 1;
        assert_eq!(merge_runs(&[far..far + 5, 0..4, 6..10, 2..7, 8..8], limits::GAP), [0..10, far..far + 5]);
    }
}
