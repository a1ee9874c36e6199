#include "bench/overhead/support/outside.hpp"

#include <stdexcept>
#include <string>

#include "workloads/wrong_result.hpp"

namespace bookstore::overhead {

void hand_over(backend::AnyBackend& backend, HandOverJob<>& job, std::int64_t time,
               backend::SteadyClock clock) {
  backend.visit([&](auto& each) { hand_over(each, job, time, clock); });
}

void prove_handed_over(const OverheadRow& row, const std::vector<HandOver>& records,
                       const backend::BackendTraits& traits) {
  for (std::size_t task = 0; task < records.size(); ++task) {
    const HandOver& record = records[task];
    const std::string which = row.name() + ": task " + std::to_string(task);
    if (record.runs != 1)
      throw workload::WrongResult(which + " ran " + std::to_string(record.runs) + " times");
    if (record.delay() < 0) throw workload::WrongResult(which + " started before it was handed over");
    if ((record.thread == 0) != traits.single_threaded)
      throw std::runtime_error(which + (traits.single_threaded ? " ran on a thread that nobody knows of"
                                                               : " ran on the thread that handed it over"));
  }
}

}  // namespace bookstore::overhead
