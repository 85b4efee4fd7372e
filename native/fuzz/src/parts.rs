/// Stands between the files of an input that is made of several.
const BORDER: &[u8] = b"\0reelway-next-file\0";

/// One input out of several files.
pub fn join_parts(parts: &[&[u8]]) -> Vec<u8> {
    parts.join(BORDER)
}

/// The files of an input, four at most.
pub fn split_parts(mut input: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while parts.len() < 3 {
        let Some(at) = input.windows(BORDER.len()).position(|bytes| bytes == BORDER) else { break };
        parts.push(&input[..at]);
        input = &input[at + BORDER.len()..];
    }
    parts.push(input);
    parts
}
