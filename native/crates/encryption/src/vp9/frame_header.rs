//! The length of an uncompressed header (VP9 bitstream specification §6.2, §7.2).

use crate::bits::BitReader;
use crate::{Error, Result};

/// Sizes of the eight pictures that frames may refer to.
pub(super) type References = [Option<Size>; 8];

#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    width: u32,
}

const SYNC_CODE: u32 = 0x49_8342;
/// The colour space that has no range: RGB.
const RGB: u32 = 7;

/// Bytes of the header; the pictures that the frame replaces are noted. A frame that only shows another is all header.
pub(super) fn length(frame: &[u8], references: &mut References) -> Result<usize> {
    let mut reader = BitReader::new(frame);
    if reader.bits(2)? != 2 {
        return Err(Error::Unreadable("a VP9 frame without its marker"));
    }
    let profile = reader.bits(1)? | reader.bits(1)? << 1;
    if profile == 3 {
        reader.flag()?;
    }
    if reader.flag()? {
        return Ok(frame.len());
    }
    let key = !reader.flag()?;
    let shown = reader.flag()?;
    let error_resilient = reader.flag()?;
    let (size, refreshed);
    if key {
        sync(&mut reader)?;
        skip_colour(&mut reader, profile)?;
        size = read_size(&mut reader)?;
        refreshed = 0xff;
    } else {
        let intra_only = !shown && reader.flag()?;
        if !error_resilient {
            reader.skip(2)?;
        }
        if intra_only {
            sync(&mut reader)?;
            if profile > 0 {
                skip_colour(&mut reader, profile)?;
            }
            refreshed = reader.bits(8)?;
            size = read_size(&mut reader)?;
        } else {
            refreshed = reader.bits(8)?;
            size = read_prediction(&mut reader, references)?;
        }
    }
    if !error_resilient {
        reader.skip(2)?;
    }
    reader.skip(2)?;
    skip_loop_filter(&mut reader)?;
    reader.skip(8)?;
    for _ in 0..3 {
        skip_if(&mut reader, 5)?;
    }
    skip_segmentation(&mut reader)?;
    skip_tiles(&mut reader, size)?;
    reader.skip(16)?;
    for (index, place) in references.iter_mut().enumerate() {
        if refreshed >> index & 1 == 1 {
            *place = Some(size);
        }
    }
    Ok(reader.bytes_read())
}

fn sync(reader: &mut BitReader<'_>) -> Result<()> {
    if reader.bits(24)? == SYNC_CODE { Ok(()) } else { Err(Error::Unreadable("a VP9 key frame without its sync code")) }
}

fn skip_if(reader: &mut BitReader<'_>, bits: u32) -> Result<()> {
    if reader.flag()? { reader.skip(bits) } else { Ok(()) }
}

fn skip_colour(reader: &mut BitReader<'_>, profile: u32) -> Result<()> {
    if profile >= 2 {
        reader.flag()?;
    }
    let odd_profile = profile & 1 == 1;
    if reader.bits(3)? == RGB { reader.skip(u32::from(odd_profile)) } else { reader.skip(if odd_profile { 4 } else { 1 }) }
}

/// Size, and the size to show it at.
fn read_size(reader: &mut BitReader<'_>) -> Result<Size> {
    let width = reader.bits(16)? + 1;
    reader.skip(16)?;
    skip_if(reader, 32)?;
    Ok(Size { width })
}

fn read_prediction(reader: &mut BitReader<'_>, references: &References) -> Result<Size> {
    let mut named = [0; 3];
    for index in &mut named {
        *index = reader.bits(3)?;
        reader.flag()?;
    }
    let mut size = None;
    for index in named {
        if reader.flag()? {
            let known = references.get(index as usize).copied().flatten();
            size = Some(known.ok_or(Error::Unreadable("a VP9 frame refers to one that is not there"))?);
            break;
        }
    }
    let size = if let Some(size) = size {
        skip_if(reader, 32)?;
        size
    } else {
        read_size(reader)?
    };
    reader.flag()?;
    if !reader.flag()? {
        reader.skip(2)?;
    }
    Ok(size)
}

fn skip_loop_filter(reader: &mut BitReader<'_>) -> Result<()> {
    reader.skip(6 + 3)?;
    if reader.flag()? && reader.flag()? {
        for _ in 0..4 + 2 {
            skip_if(reader, 7)?;
        }
    }
    Ok(())
}

fn skip_segmentation(reader: &mut BitReader<'_>) -> Result<()> {
    if !reader.flag()? {
        return Ok(());
    }
    if reader.flag()? {
        for _ in 0..7 {
            skip_if(reader, 8)?;
        }
        if reader.flag()? {
            for _ in 0..3 {
                skip_if(reader, 8)?;
            }
        }
    }
    if reader.flag()? {
        reader.flag()?;
        for _ in 0..8 {
            // Values of 8, 6, 2 and 0 bits, the first two with a sign.
            for bits in [9, 7, 2, 0] {
                skip_if(reader, bits)?;
            }
        }
    }
    Ok(())
}

fn skip_tiles(reader: &mut BitReader<'_>, size: Size) -> Result<()> {
    let blocks = size.width.div_ceil(64);
    let least = crate::bits::bits_for(blocks.div_ceil(64));
    let most = (1u32..31).take_while(|log2| blocks >> log2 >= 4).last().unwrap_or(0);
    for _ in least..most.max(least) {
        if !reader.flag()? {
            break;
        }
    }
    if reader.flag()? {
        reader.flag()?;
    }
    Ok(())
}
