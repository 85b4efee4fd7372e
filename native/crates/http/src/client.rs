use reelway_url_guard::{UrlPolicy, guard_url};
use ureq::http::{Request, Response, StatusCode, header};
use ureq::tls::TlsConfig;
use ureq::unversioned::resolver::{DefaultResolver, Resolver};
use ureq::unversioned::transport::{Connector, RustlsConnector};
use ureq::{Agent, Body};
use url::Url;

use crate::connector::{GuardedConnector, NotPublic};
use crate::content_range::ContentRange;
use crate::retry_after::retry_after;
use crate::{Answer, Authorities, Error, Extent, Identity, Result, Source, limits};

/// Asks servers for bytes. Connections are kept and shared by all threads that use it.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    policy: UrlPolicy,
}

impl Client {
    /// A client under a policy; names are resolved as the system does it.
    pub fn new(policy: UrlPolicy, authorities: Authorities) -> Self {
        Self::with_resolver(policy, authorities, DefaultResolver::default())
    }

    fn with_resolver(policy: UrlPolicy, authorities: Authorities, resolver: impl Resolver) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(concat!("reelway-media/", env!("CARGO_PKG_VERSION")))
            .accept("*/*")
            // The bytes are counted and hashed as they are stored: no coding on the way.
            .accept_encoding("identity")
            .tls_config(TlsConfig::builder().root_certs(authorities.roots()).build())
            .max_response_header_size(limits::MAX_HEADER_BYTES)
            .input_buffer_size(limits::READ_BYTES)
            .max_idle_connections(limits::IDLE_CONNECTIONS)
            .max_idle_connections_per_host(limits::IDLE_CONNECTIONS)
            .timeout_resolve(Some(limits::RESOLVE))
            .timeout_connect(Some(limits::CONNECT))
            .timeout_recv_response(Some(limits::ANSWER))
            .timeout_per_read(Some(limits::SILENCE))
            .timeout_per_write(Some(limits::SILENCE))
            .build();
        let connector = GuardedConnector { allow_private: policy.allow_private };
        let connector = Connector::<()>::chain(connector, RustlsConnector::default());
        Self { agent: Agent::with_parts(config, connector, resolver), policy }
    }

    /// What URLs this client follows.
    pub const fn policy(&self) -> &UrlPolicy {
        &self.policy
    }

    /// Asks for a range of a source; `end` may lie behind the source's end, or be unknown.
    ///
    /// `known` is what the source was before: an answer about anything else is [`Error::Changed`].
    pub fn get(&self, source: &Source, start: u64, end: Option<u64>, known: Option<&Identity>) -> Result<Answer> {
        let response = match source.resolved() {
            None => self.follow(source, source.url.clone(), start, end, known)?,
            Some(url) => {
                let response = self.follow(source, url, start, end, known)?;
                // An address that a redirect gave may be good for a while only: the source's own is asked again.
                if matches!(response.status().as_u16(), 401 | 403 | 404 | 410) {
                    source.set_resolved(None);
                    self.follow(source, source.url.clone(), start, end, known)?
                } else {
                    response
                }
            }
        };
        let answer = answer(response, start, end)?;
        if known.is_some_and(|known| !known.agrees_with(&answer.identity)) {
            return Err(Error::Changed);
        }
        Ok(answer)
    }

    /// Sends the request, and again to wherever it is sent on to.
    fn follow(
        &self,
        source: &Source,
        mut url: Url,
        start: u64,
        end: Option<u64>,
        known: Option<&Identity>,
    ) -> Result<Response<Body>> {
        for _ in 0..=limits::MAX_REDIRECTS {
            let response = self.send(source, &url, start, end, known)?;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                if url != source.url {
                    source.set_resolved(Some(url));
                }
                return Ok(response);
            }
            let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let next =
                location.and_then(|location| url.join(location).ok()).ok_or(Error::Redirect("a redirect leads nowhere"))?;
            let mut next = guard_url(next.as_str(), &self.policy).map_err(Error::Refused)?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(Error::Redirect("a redirect leads from https to http"));
            }
            next.set_fragment(None);
            url = next;
        }
        Err(Error::Redirect("too many redirects"))
    }

    fn send(&self, source: &Source, url: &Url, start: u64, end: Option<u64>, known: Option<&Identity>) -> Result<Response<Body>> {
        let range = match end {
            Some(end) => format!("bytes={start}-{}", end.saturating_sub(1)),
            None => format!("bytes={start}-"),
        };
        let mut request = Request::get(url.as_str()).header(header::RANGE, range);
        if url.origin() == source.origin() {
            for (name, value) in &source.headers {
                request = request.header(name, value);
            }
        }
        if let Some(etag) = &source.if_match {
            request = request.header(header::IF_MATCH, etag);
        } else if let Some(etag) = known.and_then(Identity::strong_etag) {
            request = request.header(header::IF_MATCH, etag);
        }
        let request = request.body(()).map_err(|_| Error::Refused(reelway_url_guard::Refusal::Malformed))?;
        let response = self.agent.run(request).map_err(network)?;
        let changed = source.if_match.is_none() && known.is_some();
        if response.status() == StatusCode::PRECONDITION_FAILED && changed {
            return Err(Error::Changed);
        }
        Ok(response)
    }
}

/// Judges a response to a request for `start..end`.
fn answer(response: Response<Body>, start: u64, end: Option<u64>) -> Result<Answer> {
    let (parts, body) = response.into_parts();
    let header = |name: header::HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if header(header::CONTENT_ENCODING).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Err(Error::Protocol("the server codes what should come as it is"));
    }
    let promised = header(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    let range = header(header::CONTENT_RANGE).map(ContentRange::parse);
    let (extent, length, left) = match (parts.status.as_u16(), range) {
        (200, _) => (Extent::Whole(promised), promised, promised),
        (206, Some(Some(ContentRange { range: Some(range), length }))) => {
            let wanted = range.start == start && end.is_none_or(|end| range.end <= end);
            let bytes = range.end - range.start;
            if !wanted {
                return Err(Error::Protocol("the server sends another range than it was asked for"));
            }
            if promised.is_some_and(|promised| promised != bytes) {
                return Err(Error::Protocol("the answer's length is not that of its range"));
            }
            (Extent::Part(range), length, Some(bytes))
        }
        (206, _) => return Err(Error::Protocol("a part without a word on which")),
        // An empty source has no range that could be asked for.
        (416, Some(Some(ContentRange { range: None, length: Some(0) }))) if start == 0 => {
            (Extent::Whole(Some(0)), Some(0), Some(0))
        }
        (status, _) => {
            let retry_after = header(header::RETRY_AFTER).and_then(|text| retry_after(text, header(header::DATE)));
            return Err(Error::Status { status, retry_after });
        }
    };
    let identity = Identity::of(&parts.headers, length);
    let content_type = header(header::CONTENT_TYPE).map(str::to_owned);
    Ok(Answer { identity, extent, content_type, body: body.into_reader(), left })
}

fn network(error: ureq::Error) -> Error {
    match error {
        ureq::Error::Other(inner) => match inner.downcast::<NotPublic>() {
            Ok(refused) => Error::AddressRefused { host: refused.host },
            Err(other) => Error::Network(other.to_string()),
        },
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => Error::Refused(reelway_url_guard::Refusal::Malformed),
        ureq::Error::Io(inner) => Error::Network(inner.to_string()),
        other => Error::Network(other.to_string()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::net::{SocketAddr, TcpListener};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use ureq::config::Config;
    use ureq::http::Uri;
    use ureq::unversioned::resolver::ResolvedSocketAddrs;
    use ureq::unversioned::transport::NextTimeout;

    use super::*;

    /// A name whose addresses change from one look to the next.
    #[derive(Debug)]
    struct FlipFlop {
        answers: Vec<Vec<SocketAddr>>,
        looks: AtomicUsize,
    }

    impl Resolver for FlipFlop {
        fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> std::result::Result<ResolvedSocketAddrs, ureq::Error> {
            let look = self.looks.fetch_add(1, Ordering::Relaxed);
            let mut found = self.empty();
            self.answers.get(look % self.answers.len()).unwrap().iter().for_each(|address| found.push(*address));
            Ok(found)
        }
    }

    #[test]
    fn a_name_that_leads_to_a_private_address_is_refused_whatever_else_it_leads_to() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let inside = listener.local_addr().unwrap();
        // Nothing answers there; documentation addresses would be refused themselves.
        let outside: SocketAddr = "192.88.98.1:443".parse().unwrap();
        for answers in [vec![vec![inside]], vec![vec![outside, inside]], vec![vec![inside, outside]]] {
            let resolver = FlipFlop { answers, looks: AtomicUsize::new(0) };
            let client = Client::with_resolver(UrlPolicy::default(), Authorities::default(), resolver);
            let source = Source::new("https://films.example.com/film", &UrlPolicy::default()).unwrap();
            for _ in 0..3 {
                let Err(error) = client.get(&source, 0, None, None) else { panic!("it was answered") };
                assert_eq!(error, Error::AddressRefused { host: "films.example.com".to_owned() });
                assert_eq!(error.code(), "source_forbidden");
            }
        }
        assert!(listener.accept().is_err(), "nobody has knocked");
    }

    #[test]
    fn the_guard_holds_for_literals_that_no_resolver_sees() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        // The text rule is off here, so that the connection's own rule is what is tried.
        let free = UrlPolicy { allow_private: true, ..UrlPolicy::default() };
        let source = Source::new(&url, &free).unwrap();
        let Err(error) = Client::new(UrlPolicy::default(), Authorities::default()).get(&source, 0, None, None) else {
            panic!("it was answered")
        };
        assert_eq!(error.code(), "source_forbidden");
        assert!(listener.accept().is_err(), "nobody has knocked");
    }
}
