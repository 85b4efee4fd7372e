use std::ops::Range;

use reelway_mp4::Sample;

/// Samples of one track that lie one behind the other in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) bytes: Range<u64>,
    pub(crate) samples: u64,
}

/// Adds a sample to the last run, or begins another.
pub(crate) fn extend(runs: &mut Vec<Run>, sample: &Sample) {
    let end = sample.offset + u64::from(sample.size);
    match runs.last_mut() {
        Some(run) if run.bytes.end == sample.offset => {
            run.bytes.end = end;
            run.samples += 1;
        }
        _ => runs.push(Run { bytes: sample.offset..end, samples: 1 }),
    }
}

/// Lays the runs of all tracks out in the order of the source: for each track where its runs come to stand, and the source's
/// bytes in their new order.
pub(crate) fn lay_out(tracks: &[&[Run]]) -> (Vec<Vec<u64>>, Vec<Range<u64>>) {
    let mut all: Vec<(usize, usize, &Run)> = Vec::new();
    for (track, runs) in tracks.iter().enumerate() {
        all.extend(runs.iter().enumerate().map(|(number, run)| (track, number, run)));
    }
    all.sort_by_key(|(_, _, run)| run.bytes.start);
    let mut places: Vec<Vec<u64>> = tracks.iter().map(|runs| vec![0; runs.len()]).collect();
    let (mut position, mut order): (u64, Vec<Range<u64>>) = (0, Vec::new());
    for (track, number, run) in all {
        if let Some(place) = places.get_mut(track).and_then(|places| places.get_mut(number)) {
            *place = position;
        }
        position += run.bytes.end - run.bytes.start;
        match order.last_mut() {
            Some(last) if last.end == run.bytes.start => last.end = run.bytes.end,
            _ => order.push(run.bytes.clone()),
        }
    }
    (places, order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_stand_in_the_order_of_the_source_whichever_track_they_are_of() {
        let run = |start, end| Run { bytes: start..end, samples: 1 };
        let (first, second) = ([run(100, 110), run(5, 8)], [run(110, 130), run(0, 5)]);
        let (places, order) = lay_out(&[&first, &second]);
        assert_eq!(places, [vec![8, 5], vec![18, 0]]);
        assert_eq!(order, [0..8, 100..130]);
    }
}
