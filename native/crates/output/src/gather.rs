use std::fs::File;
use std::io::{self, IoSlice, Write};

/// The part of a mapped file that a sample table names; `None` where it has no such bytes.
pub fn slice_of(file: &[u8], offset: u64, bytes: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    file.get(start..start.checked_add(usize::try_from(bytes).ok()?)?)
}

/// Who is told how a write goes on: bytes written, and bytes in all.
pub type Progress<'p> = &'p dyn Fn(u64, u64);

/// For writes that nobody waits for.
pub const fn unwatched(_: u64, _: u64) {}

/// Writes slices one behind the other at the file's position, up to a thousand with each system call, and tells `progress` after each.
pub fn write_gathered(file: &mut File, mut slices: &mut [IoSlice<'_>], progress: Progress<'_>) -> io::Result<()> {
    let total = slices.iter().map(|slice| slice.len() as u64).sum();
    let mut done = 0;
    // Empty ones at the front, which a call would answer as it does a full disk.
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        match write_batch(file, slices) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                IoSlice::advance_slices(&mut slices, written);
                done += written as u64;
                progress(done, total);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// One system call: as many slices as one takes, or the beginning of a long one.
fn write_batch(file: &mut File, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    /// The kernel takes no more slices in one call (`IOV_MAX`).
    const MOST_SLICES: usize = 1024;
    /// Enough that calls cost nothing, and little enough that a write of gigabytes is seen to go on.
    const MOST_BYTES: usize = 16 << 20;
    let mut bytes = 0;
    let fits = |slice: &&IoSlice<'_>| {
        bytes += slice.len();
        bytes <= MOST_BYTES
    };
    match slices.iter().take(MOST_SLICES).take_while(fits).count() {
        0 => file.write(slices.first().and_then(|first| first.get(..MOST_BYTES)).unwrap_or_default()),
        count => file.write_vectored(slices.get(..count).unwrap_or_default()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn long_and_short_slices_are_written_in_order_and_each_step_is_told() {
        let place = tempfile::NamedTempFile::new().unwrap();
        let long: Vec<u8> = (0..40_u32 << 20).map(|at| at.to_le_bytes()[2]).collect();
        let short = [7; 3];
        let steps = RefCell::new(Vec::new());
        let mut slices: Vec<IoSlice<'_>> = std::iter::repeat_n(IoSlice::new(&short), 2000).collect();
        slices.insert(1500, IoSlice::new(&long));
        slices.insert(1500, IoSlice::new(&[]));
        slices.insert(0, IoSlice::new(&[]));
        slices.push(IoSlice::new(&[]));
        let mut file = place.reopen().unwrap();
        write_gathered(&mut file, &mut slices, &|done, total| steps.borrow_mut().push((done, total))).unwrap();
        let total = long.len() as u64 + 6000;
        assert!(std::fs::read(place.path()).unwrap() == [&[7; 4500][..], &long, &[7; 1500]].concat());
        let steps = steps.into_inner();
        assert!(steps.is_sorted() && steps.len() >= 5, "{steps:?}");
        assert_eq!(steps.last(), Some(&(total, total)));
        write_gathered(&mut file, &mut [IoSlice::new(&[])], &unwatched).unwrap();
    }
}
