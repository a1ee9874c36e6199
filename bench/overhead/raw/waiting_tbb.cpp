#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task.h>
#include <oneapi/tbb/task_arena.h>

#include <latch>

#include "bench/overhead/raw/timers.hpp"
#include "bench/overhead/raw/waiting.hpp"

namespace bookstore::overhead {

namespace {

using oneapi::tbb::task::suspend_point;

struct Resume {
  void operator()(suspend_point point) const { oneapi::tbb::task::resume(point); }
};

class Suspend : public WaitingRunner {
 public:
  explicit Suspend(int workers)
      : control_(oneapi::tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(workers) + 1),
        arena_(workers, 0) {
    arena_.initialize();
  }

 private:
  void run(WaitingTasks& tasks) override {
    Timers<suspend_point, Resume> timers{Resume{}};
    std::latch finished(tasks.size());
    for (std::uint32_t task = 0; task < tasks.size(); ++task)
      arena_.enqueue([&tasks, &timers, &finished, task] {
        const std::int64_t end = tasks.begin(task);
        oneapi::tbb::task::suspend([&timers, end](suspend_point point) { timers.add(end, point); });
        tasks.go_on(task);
        finished.count_down();
      });
    finished.wait();
  }

  oneapi::tbb::global_control control_;
  oneapi::tbb::task_arena arena_;
};

}  // namespace

std::unique_ptr<WaitingRunner> make_tbb_suspend(int workers) { return std::make_unique<Suspend>(workers); }

}  // namespace bookstore::overhead
