//! Tokio's side of bench/seam/foreign.h.

mod wires;

use std::os::raw::{c_int, c_void};
use std::sync::{mpsc, Arc};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use wires::Wires;

#[repr(C)]
pub struct ForeignAdvanced {
    wait: i64,
    step: u32,
}

const DONE: i64 = -1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct ForeignRun {
    context: *mut c_void,
    advance: extern "C" fn(context: *mut c_void, task: u32, step: u32) -> ForeignAdvanced,
    tasks: u32,
    in_flight: u32,
    connections: *const c_int,
    connection_count: u32,
    lost: extern "C" fn(context: *mut c_void, error: c_int),
}

// SAFETY: advance() and lost() may be called from any thread, as the header says.
unsafe impl Send for ForeignRun {}
unsafe impl Sync for ForeignRun {}

/// A pool: without a runtime from a failed run until the next one.
pub struct Pool {
    workers: usize,
    runtime: Option<Runtime>,
}

impl Pool {
    /// With all that its users enable: one that may wait for sockets sleeps in another way than one that may not.
    fn runtime(&mut self) -> Option<&Runtime> {
        if self.runtime.is_none() {
            self.runtime = Builder::new_multi_thread().worker_threads(self.workers).enable_all().build().ok();
        }
        self.runtime.as_ref()
    }
}

/// What all tasks of a run share; when the last of them has gone, so has `_all_gone`.
pub(crate) struct Shared {
    told: ForeignRun,
    wires: Option<Wires>,
    slots: Option<Semaphore>,
    _all_gone: mpsc::SyncSender<()>,
}

pub struct Running {
    pool: *mut Pool,
    shared: Option<Arc<Shared>>,
    served_by: Vec<JoinHandle<()>>,
    all_gone: mpsc::Receiver<()>,
}

impl Running {
    fn runtime(&self) -> &Runtime {
        // SAFETY: the pool outlives its runs, and has a runtime while one is open.
        unsafe { (*self.pool).runtime.as_ref().unwrap() }
    }
    fn shared(&self) -> Arc<Shared> {
        self.shared.clone().unwrap()
    }
}

/// All that happens to a task from that step on.
async fn serve(shared: Arc<Shared>, task: u32, mut step: u32) {
    loop {
        let told = &shared.told;
        let at = (told.advance)(told.context, task, step);
        if at.wait <= 0 {
            if let (DONE, Some(slots)) = (at.wait, &shared.slots) {
                slots.add_permits(1);
            }
            return;
        }
        match &shared.wires {
            Some(wires) => wires.wait(task, &at).await,
            None => tokio::time::sleep(Duration::from_nanos(at.wait as u64)).await,
        }
        step = at.step;
    }
}

/// Makes them all at once. To yield in between would be to wait until this worker has nothing else to do, while the
/// others have nothing at all.
async fn serve_all(shared: Arc<Shared>) {
    for task in 0..shared.told.tasks {
        if let Some(slots) = &shared.slots {
            slots.acquire().await.unwrap().forget();
        }
        tokio::spawn(serve(shared.clone(), task, 0));
    }
}

#[no_mangle]
pub extern "C" fn bookstore_tokio_make(workers: u32) -> usize {
    let mut pool = Box::new(Pool { workers: workers as usize, runtime: None });
    if pool.runtime().is_none() {
        return 0;
    }
    Box::into_raw(pool) as usize
}

/// # Safety
/// `pool` is one that was made, and is not used again.
#[no_mangle]
pub unsafe extern "C" fn bookstore_tokio_destroy(pool: usize) {
    drop(Box::from_raw(pool as *mut Pool));
}

/// # Safety
/// `pool` was made, `told` outlives the run.
#[no_mangle]
pub unsafe extern "C" fn bookstore_tokio_open(pool: usize, told: *const ForeignRun) -> usize {
    let pool = pool as *mut Pool;
    let told = *told;
    let runtime = match (*pool).runtime() {
        Some(runtime) => runtime,
        None => return 0,
    };
    let _within = runtime.enter();
    let (wires, ends) = match wires::open(&told) {
        Ok(opened) => opened,
        Err(_) => return 0,
    };
    let (sender, all_gone) = mpsc::sync_channel(1);
    let slots = (told.in_flight < told.tasks).then(|| Semaphore::new(told.in_flight as usize));
    let shared = Arc::new(Shared { told, wires, slots, _all_gone: sender });
    let served_by = ends.into_iter().flat_map(|end| end.serve(&shared)).collect();
    Box::into_raw(Box::new(Running { pool, shared: Some(shared), served_by, all_gone })) as usize
}

/// # Safety
/// `running` was opened.
#[no_mangle]
pub unsafe extern "C" fn bookstore_tokio_start(running: usize) {
    let running = &*(running as *const Running);
    // A task spawned from here would go through the queue of those from outside, and wake a worker each.
    running.runtime().spawn(serve_all(running.shared()));
}

/// # Safety
/// `running` was opened.
#[no_mangle]
pub unsafe extern "C" fn bookstore_tokio_submit(running: usize, task: u32, step: u32) {
    let running = &*(running as *const Running);
    running.runtime().spawn(serve(running.shared(), task, step));
}

/// # Safety
/// `running` was opened, and is not used again.
#[no_mangle]
pub unsafe extern "C" fn bookstore_tokio_close(running: usize, failed: c_int) {
    let mut running = Box::from_raw(running as *mut Running);
    running.shared = None;
    for each in &running.served_by {
        each.abort();
    }
    if failed != 0 {
        // Those that wait go with the runtime, once whoever runs a step has come back from it.
        (*running.pool).runtime = None;
    }
    // An error says that nobody is left who could send.
    let _ = running.all_gone.recv();
}
