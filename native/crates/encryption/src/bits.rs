use crate::{Error, Result};

/// Reads most significant bit first, and knows how many bytes of the source that took.
#[derive(Debug, Clone)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    /// The next byte to load.
    next: usize,
    current: u8,
    left: u8,
    /// Zero bytes in a row before `next`; counted only where the source has emulation prevention.
    zeros: Option<u8>,
}

const ENDS: Error = Error::Unreadable("its headers end too early");

impl<'a> BitReader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0, current: 0, left: 0, zeros: None }
    }

    /// Reads a NAL unit: a 3 behind two zero bytes is no data (ISO/IEC 14496-10 §7.4.1).
    pub(crate) const fn of_nal_unit(bytes: &'a [u8]) -> Self {
        Self { zeros: Some(0), ..Self::new(bytes) }
    }

    /// Bytes of the source that were read, the one in which the last bit stands included.
    pub(crate) const fn bytes_read(&self) -> usize {
        self.next
    }

    fn load(&mut self) -> Result<()> {
        let mut byte = *self.bytes.get(self.next).ok_or(ENDS)?;
        if let Some(zeros) = self.zeros {
            let mut zeros = zeros;
            if zeros >= 2 && byte == 3 {
                self.next += 1;
                zeros = 0;
                byte = *self.bytes.get(self.next).ok_or(ENDS)?;
            }
            self.zeros = Some(if byte == 0 { zeros.saturating_add(1) } else { 0 });
        }
        self.next += 1;
        self.current = byte;
        self.left = 8;
        Ok(())
    }

    pub(crate) fn flag(&mut self) -> Result<bool> {
        if self.left == 0 {
            self.load()?;
        }
        self.left -= 1;
        Ok(self.current >> self.left & 1 == 1)
    }

    /// An unsigned number of up to 32 bits.
    pub(crate) fn bits(&mut self, count: u32) -> Result<u32> {
        let mut value = 0;
        let mut wanted = count.min(32);
        while wanted > 0 {
            if self.left == 0 {
                self.load()?;
            }
            let taken = wanted.min(u32::from(self.left));
            self.left -= u8::try_from(taken).unwrap_or(0);
            let bits = u32::from(self.current >> self.left) & ((1 << taken) - 1);
            value = (value << taken) | bits;
            wanted -= taken;
        }
        Ok(value)
    }

    pub(crate) fn skip(&mut self, mut count: u32) -> Result<()> {
        while count > 0 {
            let taken = count.min(32);
            self.bits(taken)?;
            count -= taken;
        }
        Ok(())
    }

    /// ue(v), an unsigned Exp-Golomb number (ISO/IEC 14496-10 §9.1).
    pub(crate) fn ue(&mut self) -> Result<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return Err(Error::Unreadable("a number of more than 32 bits"));
            }
        }
        Ok(((1u32 << zeros) - 1).saturating_add(self.bits(zeros)?))
    }

    /// ue(v) of at most `most`.
    pub(crate) fn ue_up_to(&mut self, most: u32) -> Result<u32> {
        let value = self.ue()?;
        if value > most { Err(Error::Unreadable("a number is out of its range")) } else { Ok(value) }
    }

    /// se(v), a signed Exp-Golomb number.
    pub(crate) fn se(&mut self) -> Result<i64> {
        let code = i64::from(self.ue()?);
        Ok(if code & 1 == 1 { code / 2 + 1 } else { -(code / 2) })
    }
}

/// Bits that tell `values` values apart: Ceil(Log2(values)).
pub(crate) const fn bits_for(values: u32) -> u32 {
    if values < 2 { 0 } else { 32 - (values - 1).leading_zeros() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_out_as_the_standard_says() {
        let mut reader = BitReader::new(&[0b1010_0110, 0b0100_0010, 0b1000_0000]);
        assert_eq!((reader.ue(), reader.ue(), reader.ue(), reader.ue()), (Ok(0), Ok(1), Ok(2), Ok(3)));
        assert_eq!(reader.bytes_read(), 2);
        let mut reader = BitReader::new(&[0b1010_0110, 0b0100_0010, 0b1000_0000]);
        assert_eq!((reader.se(), reader.se(), reader.se(), reader.se()), (Ok(0), Ok(1), Ok(-1), Ok(2)));
        assert_eq!(BitReader::new(&[0x12, 0x34, 0x56, 0x78, 0x9a]).bits(32), Ok(0x1234_5678));
        assert_eq!(BitReader::new(&[0; 9]).ue(), Err(Error::Unreadable("a number of more than 32 bits")));
        assert_eq!([0, 1, 2, 3, 4, 5, 8, 9].map(bits_for), [0, 0, 1, 2, 2, 3, 3, 4]);
    }

    #[test]
    fn emulation_prevention_is_read_over_and_counted() {
        let bytes = [0, 0, 3, 1, 0, 0, 3, 0, 0, 3, 2];
        let mut reader = BitReader::of_nal_unit(&bytes);
        assert_eq!(reader.bits(24), Ok(1));
        assert_eq!(reader.bytes_read(), 4);
        assert_eq!(reader.bits(32), Ok(0));
        assert_eq!((reader.bits(8), reader.bytes_read()), (Ok(2), 11));
        assert!(reader.flag().is_err());
    }
}
