//! A server that answers anything to a request for a range: an error, or the bytes that were asked for and no others.
//!
//! The first byte chooses the status, the next two the range; what follows are headers and body as they go over the wire.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use reelway_fuzz::Server;
use reelway_http::{Error, Extent, limits};

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);

/// Redirects are left out: they could lead anywhere.
const STATUSES: [u16; 8] = [206, 206, 206, 200, 416, 412, 429, 503];

fuzz_target!(|data: &[u8]| {
    let [status, start, length, rest @ ..] = data else { return };
    let (status, start) = (STATUSES[usize::from(*status) % STATUSES.len()], u64::from(*start));
    let end = start + 1 + u64::from(*length);
    let said = [format!("HTTP/1.1 {status} X\r\n").as_bytes(), rest].concat();
    let source = SERVER.answering(move |_| said.clone());
    match SERVER.client.get(&source, start, Some(end), None) {
        Ok(mut answer) => {
            let promised = match &answer.extent {
                Extent::Part(range) => {
                    assert!(range.start == start && range.start < range.end && range.end <= end, "{range:?}");
                    assert!(answer.identity.length.is_none_or(|length| range.end <= length), "{:?}", answer.identity);
                    Some(range.end - range.start)
                }
                Extent::Whole(length) => *length,
            };
            let (mut buffer, mut came) = ([0; 4096], 0);
            let ended = loop {
                match answer.read(&mut buffer) {
                    Ok(0) => break true,
                    Ok(count) => came += count as u64,
                    Err(_) => break false,
                }
            };
            assert!(promised.is_none_or(|promised| came <= promised && (!ended || came == promised)), "{came} of {promised:?}");
        }
        Err(Error::Status { retry_after, .. }) => {
            assert!(retry_after.is_none_or(|wait| wait <= limits::RETRY_AFTER), "{retry_after:?}");
        }
        Err(_) => {}
    }
});
