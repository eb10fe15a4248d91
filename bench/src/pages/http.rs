//! The least of HTTP/1.1 that times a server: one connection that stays, one request at a time, the whole body read.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Failure;

/// A connection to the server.
pub struct Connection {
    stream: TcpStream,
    port: u16,
    buffer: Vec<u8>,
}

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body, still packed if it was asked for packed.
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects to `port` on this machine.
    pub async fn open(port: u16) -> Result<Self, Failure> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, port, buffer: vec![] })
    }

    /// Asks for `path`; packed with gzip unless `plain`.
    pub async fn get(&mut self, path: &str, cookie: &str, plain: bool) -> Result<Answer, Failure> {
        let encoding = if plain { "identity" } else { "gzip" };
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncookie: {cookie}\r\naccept: text/html\r\naccept-encoding: {encoding}\r\n\r\n",
            self.port
        );
        self.ask(request.as_bytes()).await
    }

    /// Sends a whole request and reads its answer.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer, Failure> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head_ends = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..head_ends]).to_lowercase();
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok()).ok_or("no status")?;
        let value = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let body = if let Some(length) = value("content-length:") {
            let length: usize = length.parse().map_err(|_| "no length")?;
            while self.buffer.len() < head_ends + length {
                self.more().await?;
            }
            self.buffer[head_ends..head_ends + length].to_vec()
        } else if value("transfer-encoding:") == Some("chunked") {
            self.chunks(head_ends).await?
        } else {
            vec![]
        };
        Ok(Answer { status, body })
    }

    async fn more(&mut self) -> Result<(), Failure> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }

    async fn chunks(&mut self, mut at: usize) -> Result<Vec<u8>, Failure> {
        let mut body = vec![];
        loop {
            let line_ends = loop {
                if let Some(found) = find(&self.buffer[at..], b"\r\n") {
                    break at + found;
                }
                self.more().await?;
            };
            let size = String::from_utf8_lossy(&self.buffer[at..line_ends]).into_owned();
            let size = usize::from_str_radix(size.trim(), 16).map_err(|_| "no size of a chunk")?;
            let begins = line_ends + 2;
            while self.buffer.len() < begins + size + 2 {
                self.more().await?;
            }
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&self.buffer[begins..begins + size]);
            at = begins + size + 2;
        }
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
