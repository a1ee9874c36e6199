// Go's side of bench/seam/foreign.h.
package main

/*
#include <time.h>

#include "../../../seam/foreign.h"

struct Advanced {
  struct ForeignAdvanced at;
  int64_t begun;  // the wait, where it is over a connection
};

static struct Advanced advance(const struct ForeignRun* run, uint32_t task, uint32_t step) {
  struct Advanced advanced = {run->advance(run->context, task, step), 0};
  if (advanced.at.wait > 0 && run->connection_count > 0) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    advanced.begun = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
  }
  return advanced;
}
*/
import "C"

import (
	"runtime"
	"runtime/cgo"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// One run. Once closed it outlives what it was told of, for goroutines that still sleep.
type run struct {
	told   *C.struct_ForeignRun
	places chan struct{} // holds one for each task that runs steps
	slots  chan struct{} // holds one for each task in flight; nil: there may be any number
	closed atomic.Bool   // set by whoever has all places
	end    chan struct{} // closed with it
	wires  *wires        // nil: waits are timers
}

// All that happens to a task from that step on.
func (r *run) serve(task, step C.uint32_t) {
	for {
		r.places <- struct{}{}
		if r.closed.Load() {
			<-r.places
			return
		}
		advanced := C.advance(r.told, task, step)
		<-r.places
		at := advanced.at
		if at.wait <= 0 {
			if at.wait == C.foreign_done && r.slots != nil {
				<-r.slots
			}
			return
		}
		if r.wires != nil {
			r.wires.wait(C.struct_ForeignRequest{begun: advanced.begun, wait: at.wait, task: task, step: at.step})
		} else {
			time.Sleep(time.Duration(at.wait))
		}
		step = at.step
	}
}

// Some tasks run before the next are made: stacks for all at once would cost more than they do.
const madeAtOnce = 64

func (r *run) serveAll(tasks C.uint32_t) {
	for task := C.uint32_t(0); task < tasks && !r.closed.Load(); task++ {
		if r.slots != nil {
			select {
			case r.slots <- struct{}{}:
			case <-r.end:
				return
			}
		}
		if task%madeAtOnce == 0 {
			runtime.Gosched()
		}
		go r.serve(task, 0)
	}
}

//export bookstore_go_make
func bookstore_go_make(workers C.uint32_t) C.ForeignHandle {
	return C.ForeignHandle(cgo.NewHandle(int(workers)))
}

//export bookstore_go_destroy
func bookstore_go_destroy(pool C.ForeignHandle) {
	cgo.Handle(pool).Delete()
	// The runtime stays, but what it has grown to goes, as other pools' memory does.
	debug.FreeOSMemory()
}

//export bookstore_go_open
func bookstore_go_open(pool C.ForeignHandle, told *C.struct_ForeignRun) C.ForeignHandle {
	workers := cgo.Handle(pool).Value().(int)
	// The process has one number of processors, in Go's sense, for all pools; to set it stops the world.
	if runtime.GOMAXPROCS(0) != workers {
		const spare = 10000 // threads that Go allows by itself
		debug.SetMaxThreads(workers + spare)
		runtime.GOMAXPROCS(workers)
	}
	r := &run{told: told, places: make(chan struct{}, workers), end: make(chan struct{})}
	if told.in_flight < told.tasks {
		r.slots = make(chan struct{}, told.in_flight)
	}
	if told.connection_count > 0 {
		if r.wires = openWires(told); r.wires == nil {
			return 0
		}
	}
	return C.ForeignHandle(cgo.NewHandle(r))
}

//export bookstore_go_start
func bookstore_go_start(running C.ForeignHandle) {
	r := cgo.Handle(running).Value().(*run)
	go r.serveAll(r.told.tasks)
}

//export bookstore_go_submit
func bookstore_go_submit(running C.ForeignHandle, task, step C.uint32_t) {
	go cgo.Handle(running).Value().(*run).serve(task, step)
}

//export bookstore_go_close
func bookstore_go_close(running C.ForeignHandle, failed C.int) {
	r := cgo.Handle(running).Value().(*run)
	for i := 0; i < cap(r.places); i++ {
		r.places <- struct{}{}
	}
	r.closed.Store(true)
	close(r.end)
	for i := 0; i < cap(r.places); i++ {
		<-r.places
	}
	if r.wires != nil {
		r.wires.close()
	}
	cgo.Handle(running).Delete()
}

func main() {}
