//! NAL units as samples and configuration boxes hold them: each behind its length.

use crate::parts::PartsBuilder;
use crate::{Error, Result};

/// Walks the NAL units of a sample; `header_of` gives the clear bytes at the start of a unit, `None` where all of it stays
/// clear.
pub(crate) fn walk(
    sample: &[u8],
    length_size: usize,
    parts: &mut PartsBuilder<'_>,
    mut header_of: impl FnMut(&[u8]) -> Result<Option<usize>>,
) -> Result<()> {
    let mut rest = sample;
    while !rest.is_empty() {
        let (length, behind) = rest.split_at_checked(length_size).ok_or(TORN)?;
        let length = length.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
        let (unit, next) = behind.split_at_checked(length).ok_or(TORN)?;
        parts.clear(length_size);
        match header_of(unit)? {
            Some(header) if header <= unit.len() => {
                parts.clear(header);
                parts.protect(unit.len() - header)?;
            }
            _ => parts.clear(unit.len()),
        }
        rest = next;
    }
    Ok(())
}

const TORN: Error = Error::Unreadable("a NAL unit ends behind its sample");

/// Splits `count` units, each behind a length of 16 bits, off the front of a configuration box's bytes.
pub(crate) fn units_of_configuration<'a>(bytes: &mut &'a [u8], count: usize) -> Vec<&'a [u8]> {
    let mut units = Vec::new();
    for _ in 0..count {
        let Some((length, rest)) = bytes.split_first_chunk::<2>() else { break };
        let Some((unit, rest)) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length))) else { break };
        units.push(unit);
        *bytes = rest;
    }
    units
}
