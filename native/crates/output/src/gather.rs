use std::fs::File;
use std::io::{self, IoSlice, Write};

/// The part of a mapped file that a sample table names; `None` where it has no such bytes.
pub fn slice_of(file: &[u8], offset: u64, bytes: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    file.get(start..start.checked_add(usize::try_from(bytes).ok()?)?)
}

/// Writes slices one behind the other at the file's position, a thousand with each system call.
pub fn write_gathered(file: &mut File, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    /// The kernel takes no more in one call (`IOV_MAX`).
    const MOST: usize = 1024;
    while !slices.is_empty() {
        let batch = slices.len().min(MOST);
        match file.write_vectored(slices.get(..batch).unwrap_or_default()) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
