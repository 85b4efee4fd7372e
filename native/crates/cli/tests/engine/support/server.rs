//! An HTTP server whose answers a test writes: right ones, and all kinds of wrong ones.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What came in.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// How many requests came before.
    pub(crate) number: usize,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The range asked for, of a source of `length` bytes.
    pub(crate) fn range(&self, length: usize) -> Option<Range<usize>> {
        let (start, end) = self.header("range")?.strip_prefix("bytes=")?.split_once('-')?;
        let end = if end.is_empty() { length } else { (end.parse::<usize>().ok()? + 1).min(length) };
        Some(start.parse().ok()?..end)
    }
}

/// What goes out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Bytes of the body that are sent before the connection is cut.
    pub(crate) cut_at: Option<usize>,
    /// Bytes per second.
    pub(crate) rate: Option<usize>,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The right answer to a request for a range of `bytes`, or for all of them.
    pub(crate) fn serve(bytes: &[u8], request: &Request, etag: &str) -> Self {
        let reply = Self::status(200).header("ETag", etag);
        match request.range(bytes.len()) {
            Some(range) if range.start < bytes.len() => {
                let text = format!("bytes {}-{}/{}", range.start, range.end - 1, bytes.len());
                Self { status: 206, body: bytes[range].to_vec(), ..reply.header("Content-Range", &text) }
            }
            Some(_) => Self { status: 416, ..reply.header("Content-Range", &format!("bytes */{}", bytes.len())) },
            None => Self { body: bytes.to_vec(), ..reply },
        }
    }
}

/// A running server; it ends with the test.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(answer, None)
    }

    /// The same with a certificate, as `localhost`.
    pub(crate) fn start_tls(config: Arc<ServerConfig>, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(answer, Some(config))
    }

    fn listen(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static, config: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let url = if config.is_some() { format!("https://localhost:{}", address.port()) } else { format!("http://{address}") };
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer, config) = (Arc::clone(&log), Arc::clone(&answer), config.clone());
                std::thread::spawn(move || match config {
                    None => serve(stream, &log, &*answer),
                    Some(config) => {
                        let connection = ServerConnection::new(config).unwrap();
                        serve(StreamOwned::new(connection, stream), &log, &*answer);
                    }
                });
            }
        });
        Self { url, seen }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

/// Serves one connection, which ends when its stream is dropped.
fn serve(stream: impl Read + Write, log: &Mutex<Vec<Request>>, answer: &dyn Fn(&Request) -> Reply) {
    let mut reader = BufReader::new(stream);
    while let Some(mut request) = read_request(&mut reader) {
        let mut seen = log.lock().unwrap();
        request.number = seen.len();
        seen.push(request.clone());
        drop(seen);
        if write_reply(reader.get_mut(), &answer(&request)).is_err() {
            break;
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_lowercase(), value.to_owned())),
            None => return Some(Request { path, headers, number: 0 }),
        }
    }
}

fn write_reply(stream: &mut impl Write, reply: &Reply) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {} X\r\n", reply.status)?;
    for (name, value) in &reply.headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    if !reply.headers.iter().any(|(name, _)| name == "Content-Length" || name == "Connection") {
        write!(stream, "Content-Length: {}\r\n", reply.body.len())?;
    }
    stream.write_all(b"\r\n")?;
    let body = &reply.body[..reply.cut_at.unwrap_or(usize::MAX).min(reply.body.len())];
    let piece = reply.rate.map_or(usize::MAX, |rate| (rate / 50).max(1));
    for bytes in body.chunks(piece) {
        stream.write_all(bytes)?;
        if reply.rate.is_some() {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    let closes = reply.cut_at.is_some() || reply.headers.iter().any(|(name, _)| name == "Connection");
    if closes { Err(std::io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
}
