//! The connections to the service that answers waits.

use std::io::{Error, Result};
use std::mem::{size_of, size_of_val};
use std::net;
use std::os::raw::c_int;
use std::os::unix::io::BorrowedFd;
use std::slice;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::{ForeignAdvanced, ForeignRun, Shared};

#[repr(C)]
struct Request {
    begun: i64,
    wait: i64,
    task: u32,
    step: u32,
    sent: i64,
}

const ANSWER: usize = 2 * size_of::<u32>();

/// What tasks see of them.
pub struct Wires {
    lines: Vec<UnboundedSender<Request>>,
    answered: Vec<Notify>, // by task
}

impl Wires {
    /// Nobody ends it once a connection is lost.
    pub async fn wait(&self, task: u32, at: &ForeignAdvanced) {
        let line = &self.lines[task as usize % self.lines.len()];
        let request = Request { begun: now(), wait: at.wait, task, step: at.step, sent: 0 };
        let _ = line.send(request);
        self.answered[task as usize].notified().await;
    }
}

/// The other side of one of them.
pub struct End {
    reading: OwnedReadHalf,
    writing: WriteHalf,
    line: UnboundedReceiver<Request>,
}

/// Leaves open what it has written to: the stream is the caller's.
struct WriteHalf(Option<OwnedWriteHalf>);

impl Drop for WriteHalf {
    fn drop(&mut self) {
        if let Some(half) = self.0.take() {
            half.forget();
        }
    }
}

/// Within a runtime; None: waits are timers.
pub fn open(told: &ForeignRun) -> Result<(Option<Wires>, Vec<End>)> {
    if told.connection_count == 0 {
        return Ok((None, Vec::new()));
    }
    // SAFETY: as many as the header says, open until the run is.
    let connections = unsafe { slice::from_raw_parts(told.connections, told.connection_count as usize) };
    let mut lines = Vec::new();
    let mut ends = Vec::new();
    for &connection in connections {
        let (reading, writing) = copy_of(connection)?.into_split();
        let (sender, line) = mpsc::unbounded_channel();
        lines.push(sender);
        ends.push(End { reading, writing: WriteHalf(Some(writing)), line });
    }
    let answered = (0..told.tasks).map(|_| Notify::new()).collect();
    Ok((Some(Wires { lines, answered }), ends))
}

/// Whichever stream it is: this type's calls are send and recv, which know no addresses, and a UnixStream's would
/// raise SIGPIPE, which is ignored only where main() is Rust's.
fn copy_of(connection: c_int) -> Result<TcpStream> {
    // SAFETY: open meanwhile.
    let own = unsafe { BorrowedFd::borrow_raw(connection) }.try_clone_to_owned()?;
    let stream = net::TcpStream::from(own);
    stream.set_nonblocking(true)?;
    TcpStream::from_std(stream)
}

fn now() -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it writes there.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    time.tv_sec as i64 * 1_000_000_000 + time.tv_nsec as i64
}

impl End {
    /// Two tasks, which go on until they are aborted or the connection is lost.
    pub(crate) fn serve(self, shared: &Arc<Shared>) -> [JoinHandle<()>; 2] {
        let mut reader = Reader { half: self.reading, shared: shared.clone() };
        let mut writer = Writer { half: self.writing, line: self.line, shared: shared.clone() };
        [
            tokio::spawn(async move {
                let ended = reader.read().await;
                reader.shared.lost(ended);
            }),
            tokio::spawn(async move {
                let ended = writer.write().await;
                writer.shared.lost(ended);
            }),
        ]
    }
}

impl Shared {
    fn lost(&self, ended: Result<()>) {
        let error = ended.err().map_or(0, |error| error.raw_os_error().unwrap_or(libc::EIO));
        (self.told.lost)(self.told.context, error);
    }
}

// Of both, what is shared goes last, as struct fields go: when all that share it have gone, so have the copies.

struct Reader {
    half: OwnedReadHalf,
    shared: Arc<Shared>,
}

impl Reader {
    /// Until the stream ends.
    async fn read(&mut self) -> Result<()> {
        let answered = &self.shared.wires.as_ref().unwrap().answered;
        let mut bytes = vec![0; 1024 * ANSWER];
        let mut held = 0;
        loop {
            let came = self.half.read(&mut bytes[held..]).await?;
            if came == 0 {
                return Ok(());
            }
            let whole = (held + came) / ANSWER * ANSWER;
            for answer in bytes[..whole].chunks_exact(ANSWER) {
                let task = u32::from_ne_bytes([answer[0], answer[1], answer[2], answer[3]]);
                match answered.get(task as usize) {
                    Some(waiting) => waiting.notify_one(),
                    None => return Err(Error::from_raw_os_error(libc::EPROTO)),
                }
            }
            bytes.copy_within(whole..held + came, 0);
            held += came - whole;
        }
    }
}

struct Writer {
    half: WriteHalf,
    line: UnboundedReceiver<Request>,
    shared: Arc<Shared>,
}

impl Writer {
    async fn write(&mut self) -> Result<()> {
        let half = self.half.0.as_mut().unwrap();
        let mut requests = Vec::new();
        while let Some(first) = self.line.recv().await {
            // It would be run right after the task that woke it: what others ask for by its turn goes with that.
            tokio::task::yield_now().await;
            requests.push(first);
            while let Ok(next) = self.line.try_recv() {
                requests.push(next);
            }
            let sent = now();
            requests.iter_mut().for_each(|each| each.sent = sent);
            // SAFETY: no byte of a request is undefined.
            let bytes = unsafe { slice::from_raw_parts(requests.as_ptr().cast(), size_of_val(&requests[..])) };
            half.write_all(bytes).await?;
            requests.clear();
        }
        Ok(())
    }
}
