// Asio: tasks posted to an io_context that the caller and n - 1 threads run.
#include <asio.hpp>
#include <thread>
#include <vector>

#include "bench/overhead/raw/runner.hpp"

namespace bookstore::overhead {

namespace {

class Grain : public GrainRunner {
 public:
  explicit Grain(int workers) : context_(workers), workers_(workers) {}

 private:
  void run(workload::GrainJob& job, std::uint32_t calls) override {
    context_.restart();
    auto guard = asio::make_work_guard(context_);
    std::vector<std::thread> others;
    for (int worker = 1; worker < workers_; ++worker) others.emplace_back([this] { context_.run(); });
    for (std::uint32_t call = 0; call < calls; ++call)
      asio::post(context_, [&job, call] { do_grain(job, call); });
    guard.reset();
    context_.run();
    for (std::thread& other : others) other.join();
  }

  asio::io_context context_;
  int workers_;
};

}  // namespace

template <>
std::unique_ptr<GrainRunner> make_grain_twin<BOOKSTORE_ALIGNMENT, Twin::asio>(int workers) {
  return std::make_unique<Grain>(workers);
}

}  // namespace bookstore::overhead
