// A thread for each task, at most n of them at a time.
#include <thread>
#include <vector>

#include "bench/overhead/raw/runner.hpp"

namespace bookstore::overhead {

namespace {

class Grain : public GrainRunner {
 public:
  explicit Grain(int workers) : at_once_(static_cast<std::size_t>(workers)) {}

 private:
  void run(workload::GrainJob& job, std::uint32_t calls) override {
    std::vector<std::jthread> threads(at_once_);  // joins what it holds, whatever ends this function
    for (std::uint32_t call = 0; call < calls; ++call)
      threads[call % at_once_] = std::jthread([&job, call] { do_grain(job, call); });
  }

  std::size_t at_once_;
};

}  // namespace

template <>
std::unique_ptr<GrainRunner> make_grain_twin<BOOKSTORE_ALIGNMENT, Twin::thread_per_task>(int workers) {
  return std::make_unique<Grain>(workers);
}

}  // namespace bookstore::overhead
