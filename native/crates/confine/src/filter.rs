use seccompiler::{apply_filter, sock_filter};

use crate::Error;

/// One instruction: struct `sock_filter` of linux/filter.h.
const INSTRUCTION_BYTES: usize = 8;

pub(crate) fn apply(filter: &[u8]) -> Result<(), Error> {
    let (instructions, rest) = filter.as_chunks::<INSTRUCTION_BYTES>();
    if instructions.is_empty() || !rest.is_empty() {
        return Err(Error::Filter("it is no whole number of instructions".to_owned()));
    }
    let program: Vec<sock_filter> = instructions.iter().copied().map(instruction).collect();
    apply_filter(&program).map_err(|error| Error::Filter(error.to_string()))
}

fn instruction([code_0, code_1, jt, jf, k_0, k_1, k_2, k_3]: [u8; INSTRUCTION_BYTES]) -> sock_filter {
    sock_filter { code: u16::from_ne_bytes([code_0, code_1]), jt, jf, k: u32::from_ne_bytes([k_0, k_1, k_2, k_3]) }
}
