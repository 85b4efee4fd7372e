use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use reelway_http::{Authorities, Client, Source, UrlPolicy};

/// Gives the whole answer, status line and all, to a request for a range of bytes.
type Answer = Box<dyn FnMut(Range<u64>) -> Vec<u8> + Send>;

/// A server on the loopback, and a client that may ask it. Each answer is the last of its connection.
pub struct Server {
    pub client: Client,
    url: String,
    answer: Arc<Mutex<Answer>>,
}

impl Server {
    /// Starts one; it lives as long as the process.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/film", listener.local_addr().expect("its address"));
        let answer: Arc<Mutex<Answer>> = Arc::new(Mutex::new(Box::new(|_| Vec::new())));
        let shared = Arc::clone(&answer);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A download asks over several connections at once.
                std::thread::spawn(move || serve(stream, &shared));
            }
        });
        let policy = UrlPolicy { allow_private: true, ..UrlPolicy::default() };
        Self { client: Client::new(policy, Authorities::default()), url, answer }
    }

    /// Sets what it says from now on, and names what it serves.
    pub fn answering(&self, answer: impl FnMut(Range<u64>) -> Vec<u8> + Send + 'static) -> Source {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(answer);
        Source::new(&self.url, self.client.policy()).expect("a URL that may be asked")
    }

    /// Serves a file as a server should.
    pub fn serving(&self, file: &[u8]) -> Source {
        let file = file.to_vec();
        self.answering(move |range| {
            let length = file.len() as u64;
            let end = range.end.min(length);
            if range.start >= end {
                return format!("HTTP/1.1 416 X\r\nContent-Range: bytes */{length}\r\nContent-Length: 0\r\n\r\n").into_bytes();
            }
            let (from, to) = (range.start as usize, end as usize);
            let said = format!(
                "HTTP/1.1 206 X\r\nETag: \"a\"\r\nContent-Range: bytes {from}-{}/{length}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                to - 1,
                to - from
            );
            [said.as_bytes(), &file[from..to]].concat()
        })
    }
}

/// Reads one request and answers it.
fn serve(stream: TcpStream, answer: &Mutex<Answer>) {
    let mut reader = BufReader::new(&stream);
    let mut range = 0..u64::MAX;
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if line == "\r\n" => break,
            Ok(_) => {}
        }
        let asked = line.to_lowercase();
        if let Some((start, end)) = asked.strip_prefix("range: bytes=").and_then(|asked| asked.trim().split_once('-')) {
            let end = end.parse().map_or(u64::MAX, |last: u64| last.saturating_add(1));
            range = start.parse().expect("a start")..end;
        }
    }
    let bytes = answer.lock().unwrap_or_else(PoisonError::into_inner)(range);
    // A client that has seen enough hangs up.
    let _ = (&stream).write_all(&bytes).and_then(|()| stream.shutdown(Shutdown::Both));
}
