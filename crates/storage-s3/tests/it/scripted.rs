//! A server that sends given bytes, for faults below the HTTP level.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Behaviour of the server on one connection.
#[derive(Debug, Clone)]
pub(crate) enum Script {
    /// Sends these bytes and closes the connection.
    Send(Vec<u8>),
    /// Sends these bytes and leaves the connection open.
    Stall(Vec<u8>),
    /// Sends nothing and leaves the connection open.
    Silence,
}

/// Handles each connection with the next script, and all further ones with the last script.
#[derive(Debug)]
pub(crate) struct ScriptedServer {
    pub(crate) endpoint: String,
    connections: Arc<AtomicUsize>,
    accept_task: JoinHandle<()>,
}

impl ScriptedServer {
    pub(crate) async fn start(scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        let accept_task = tokio::spawn(async move {
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
                    Script::Send(bytes) => {
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
            accept_task,
        }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.accept_task.abort();
    }
}

/// A response to a GET request that announces `length` bytes and sends `body`.
pub(crate) fn object(length: usize, body: &str) -> Script {
    let head = format!(
        "HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    Script::Send([head.as_bytes(), body.as_bytes()].concat())
}
