package main

/*
#include <time.h>

#include "../../../seam/foreign.h"

static void date(struct ForeignRequest* requests, size_t count) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  for (size_t each = 0; each < count; ++each)
    requests[each].sent = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void lost(const struct ForeignRun* run, int error) {
  run->lost(run->context, error);
}
*/
import "C"

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// The connections to the service that answers waits.
type wires struct {
	told     *C.struct_ForeignRun
	all      []*wire
	answered []chan struct{} // by task: each holds one
	closed   atomic.Bool
	serving  sync.WaitGroup
}

// One of them. Whoever puts down the first request wakes the writer.
type wire struct {
	of     *wires
	conn   net.Conn
	raw    syscall.RawConn
	lock   sync.Mutex
	queued []C.struct_ForeignRequest
	wake   chan struct{} // holds one
}

// nil: the system gives no more descriptors.
func openWires(told *C.struct_ForeignRun) *wires {
	w := &wires{told: told, answered: make([]chan struct{}, told.tasks)}
	for task := range w.answered {
		w.answered[task] = make(chan struct{}, 1)
	}
	for _, connection := range unsafe.Slice(told.connections, told.connection_count) {
		conn, err := copyOf(int(connection))
		if err != nil {
			w.close()
			return nil
		}
		raw, _ := conn.(syscall.Conn).SyscallConn()
		each := &wire{of: w, conn: conn, raw: raw, wake: make(chan struct{}, 1)}
		w.all = append(w.all, each)
		w.serving.Add(2)
		go w.serve(each.read)
		go w.serve(each.write)
	}
	return w
}

func copyOf(connection int) (net.Conn, error) {
	copied, err := syscall.Dup(connection)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(copied), "")
	defer file.Close()
	return net.FileConn(file) // which copies it again
}

func (w *wires) serve(until func() error) {
	defer w.serving.Done()
	if err := until(); err != nil && !w.closed.Load() {
		var number syscall.Errno
		if !errors.As(err, &number) && err != io.EOF {
			number = syscall.EIO
		}
		C.lost(w.told, C.int(number))
	}
}

// Returns when the wait is over, or the run is.
func (w *wires) wait(request C.struct_ForeignRequest) {
	wire := w.all[int(request.task)%len(w.all)]
	wire.lock.Lock()
	wire.queued = append(wire.queued, request)
	first := len(wire.queued) == 1
	wire.lock.Unlock()
	if first {
		select {
		case wire.wake <- struct{}{}:
		default:
		}
	}
	<-w.answered[request.task]
}

// When no task runs steps any more: those that wait go on, and see that.
func (w *wires) close() {
	w.closed.Store(true)
	for _, wire := range w.all {
		wire.conn.Close()
		select {
		case wire.wake <- struct{}{}:
		default:
		}
	}
	w.serving.Wait()
	for _, answered := range w.answered {
		select {
		case answered <- struct{}{}:
		default:
		}
	}
}

const answerSize = C.sizeof_struct_ForeignAnswer

// Until the stream ends.
func (w *wire) read() error {
	bytes := make([]byte, 1024*answerSize)
	held := 0
	for {
		came, err := w.conn.Read(bytes[held:])
		if err != nil {
			return err
		}
		held += came
		whole := held - held%answerSize
		for at := 0; at < whole; at += answerSize {
			answer := (*C.struct_ForeignAnswer)(unsafe.Pointer(&bytes[at]))
			if int(answer.task) >= len(w.of.answered) {
				return syscall.EPROTO
			}
			select {
			case w.of.answered[answer.task] <- struct{}{}:
			default:
				return syscall.EPROTO
			}
		}
		held = copy(bytes, bytes[whole:held])
	}
}

func (w *wire) write() error {
	var requests []C.struct_ForeignRequest
	for range w.wake {
		if w.of.closed.Load() {
			return nil
		}
		// It would be run right after the goroutine that woke it: what others ask for by its turn goes with that.
		runtime.Gosched()
		w.lock.Lock()
		w.queued, requests = requests[:0], w.queued
		w.lock.Unlock()
		if len(requests) == 0 {
			continue
		}
		C.date(&requests[0], C.size_t(len(requests)))
		size := len(requests) * C.sizeof_struct_ForeignRequest
		if err := w.send(unsafe.Slice((*byte)(unsafe.Pointer(&requests[0])), size)); err != nil {
			return err
		}
	}
	return nil
}

// A Write of net's would raise SIGPIPE, which Go ignores only where it handles signals.
func (w *wire) send(bytes []byte) error {
	var sent int
	var failed error
	err := w.raw.Write(func(descriptor uintptr) bool {
		for len(bytes) > 0 {
			sent, failed = syscall.SendmsgN(int(descriptor), bytes, nil, nil, syscall.MSG_NOSIGNAL)
			switch failed {
			case nil:
				bytes = bytes[sent:]
			case syscall.EINTR:
			case syscall.EAGAIN:
				return false
			default:
				return true
			}
		}
		failed = nil
		return true
	})
	if err != nil {
		return err
	}
	return failed
}
