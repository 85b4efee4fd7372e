//! Shuts a program in before it opens what a stranger made: its files by Landlock, its system calls by a filter.
//!
//! Both need no rights, no namespaces and no other program, so they hold where a container's engine refuses the rest
//! (docs/sandbox.md). Neither can be undone: what the program becomes, and all that it starts, stays inside.

#![forbid(unsafe_code)]

mod error;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod filter;

use std::path::PathBuf;

pub use error::Error;

/// What stays open. Paths that are not there are passed over.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Files and directories that may be read, and run.
    pub reads: Vec<PathBuf>,
    /// Directories in which files and directories may be made, written and removed; nothing there can be run.
    pub writes: Vec<PathBuf>,
    /// Directories of which the names may be read, but not what has them.
    pub lists: Vec<PathBuf>,
    /// Device files that may be read, written and given commands.
    pub devices: Vec<PathBuf>,
    /// The filter of system calls: classic BPF, eight bytes an instruction in this machine's order (seccomp(2)).
    pub filter: Vec<u8>,
}

/// Confines the calling thread, and with it everything that it starts or becomes, to what `reach` leaves open.
///
/// For programs with a single thread: others that run already stay free. Signals and abstract sockets beyond the program are
/// closed where the kernel can do that (Linux 6.12).
///
/// # Errors
///
/// [`Error::Unsupported`] where the kernel has no Landlock; [`Error::Files`] and [`Error::Filter`] where it takes the rules or
/// the filter not. The thread may be confined in part by then, and should end.
#[cfg(target_os = "linux")]
pub fn confine(reach: &Reach) -> Result<(), Error> {
    // The files first: to open them takes calls that the filter may refuse.
    files::close(reach)?;
    filter::apply(&reach.filter)
}

/// Refuses: there is no Landlock but Linux's.
///
/// # Errors
///
/// Always [`Error::Unsupported`].
#[cfg(not(target_os = "linux"))]
pub fn confine(_: &Reach) -> Result<(), Error> {
    Err(Error::Unsupported)
}
