use std::time::{Duration, SystemTime};

use crate::limits;

/// How long a `Retry-After` asks to wait (RFC 9110 §10.2.3), bounded.
///
/// A date is counted from the answer's own `Date`: clocks differ, and the server's is the one that it means.
pub(crate) fn retry_after(text: &str, answered: Option<&str>) -> Option<Duration> {
    let wait = if let Ok(seconds) = text.trim().parse() {
        Duration::from_secs(seconds)
    } else {
        let until = httpdate::parse_http_date(text.trim()).ok()?;
        let now = answered.and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or_else(SystemTime::now);
        // What lies in the past asks for no wait.
        until.duration_since(now).unwrap_or_default()
    };
    Some(wait.min(limits::RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_believed_within_reason() {
        assert_eq!(retry_after("7", None), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("999999999", None), Some(limits::RETRY_AFTER));
        assert_eq!(retry_after("soon", None), None);
    }

    #[test]
    fn a_date_is_counted_from_the_servers_own() {
        let answered = Some("Wed, 21 Oct 2026 07:28:00 GMT");
        assert_eq!(retry_after("Wed, 21 Oct 2026 07:28:09 GMT", answered), Some(Duration::from_secs(9)));
        assert_eq!(retry_after("Wednesday, 21-Oct-26 07:28:09 GMT", answered), Some(Duration::from_secs(9)));
        assert_eq!(retry_after("Wed, 21 Oct 2026 09:28:00 GMT", answered), Some(limits::RETRY_AFTER));
        assert_eq!(retry_after("Wed, 21 Oct 2026 07:00:00 GMT", answered), Some(Duration::ZERO));
        // Without one, from the clock here.
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT", None), Some(Duration::ZERO));
    }
}
