//! A server that answers with given bytes, for faults below HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What happens to one connection.
#[derive(Debug, Clone)]
pub(crate) enum Script {
    /// These bytes, then the end.
    Answer(Vec<u8>),
    /// These bytes, then nothing for ever.
    Stall(Vec<u8>),
    /// Nothing, for ever.
    Silence,
}

/// Takes each connection by the next script; the last one is for all that follow.
#[derive(Debug)]
pub(crate) struct ScriptedServer {
    pub(crate) endpoint: String,
    connections: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl ScriptedServer {
    pub(crate) async fn start(scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        let accepting = tokio::spawn(async move {
            let mut silent = Vec::new();
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let number = counter.fetch_add(1, Ordering::SeqCst);
                let script = scripts.get(number).or(scripts.last()).unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    match socket.read_u8().await {
                        Ok(byte) => head.push(byte),
                        Err(_) => break,
                    }
                }
                match script {
                    Script::Answer(bytes) => {
                        let _ = socket.write_all(bytes).await;
                        let _ = socket.shutdown().await;
                    }
                    Script::Stall(bytes) => {
                        let _ = socket.write_all(bytes).await;
                        silent.push(socket);
                    }
                    Script::Silence => silent.push(socket),
                }
            }
        });
        Self {
            endpoint,
            connections,
            accepting,
        }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// An answer to GET that announces `length` bytes and has `body`.
pub(crate) fn object(length: usize, body: &str) -> Script {
    let head = format!(
        "HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    Script::Answer([head.as_bytes(), body.as_bytes()].concat())
}
