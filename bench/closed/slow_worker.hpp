// A team of which the first worker is slower than the others.
#pragma once

#include <cstdint>
#include <deque>

#include "bench/rows/row.hpp"
#include "workloads/job.hpp"

namespace bookstore {

// Whenever the first worker of the backend runs a step it runs it in every twin too: the same work, on things
// of their own, which nobody asks for. The waits are the job's. Precondition: all steps of a task are run by
// one worker, as they are in blocking backends and in event loops that keep their tasks.
template <Job J, class Backend>
class SlowFirstWorker {
 public:
  SlowFirstWorker(J& job, std::deque<J>& twins, const Backend& backend)
      : job_(job), twins_(twins), backend_(backend) {}

  std::uint32_t size() const { return job_.size(); }
  Wait step(std::uint32_t task, std::uint32_t step) {
    if (backend_.worker() == 0)
      for (J& twin : twins_) twin.step(task, step);
    return job_.step(task, step);
  }
  void foresee(std::uint32_t task) const requires ForeseeingJob<J> { job_.foresee(task); }
  std::uint32_t role(std::uint32_t task) const requires RoledJob<J> { return job_.role(task); }

 private:
  J& job_;
  std::deque<J>& twins_;
  const Backend& backend_;
};

// Calls run(job): with the shop itself, or, where the row's first worker is slow, with its twins beside it.
// So rows whose workers are alike pay for nothing.
template <class Backend, class Shop, class Run>
void with_worker_speeds(const Row& row, const Backend& backend, Shop& shop, const Run& run) {
  if (row.slow > 1) {
    std::deque<Shop> twins;
    for (int twin = 1; twin < row.slow; ++twin) twins.emplace_back(shop.plan()).open();
    SlowFirstWorker slow(shop, twins, backend);
    return run(slow);
  }
  run(shop);
}

}  // namespace bookstore
