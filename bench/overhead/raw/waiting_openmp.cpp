#include <omp.h>

#include <stdexcept>
#include <vector>

#include "bench/overhead/raw/timers.hpp"
#include "bench/overhead/raw/waiting.hpp"

namespace bookstore::overhead {

#ifdef __clang__

namespace {

struct Fulfil {
  void operator()(omp_event_handle_t event) const { omp_fulfill_event(event); }
};

class Detach : public WaitingRunner {
 public:
  explicit Detach(int workers) : workers_(workers) {}

 private:
  void run(WaitingTasks& tasks) override {
    Timers<omp_event_handle_t, Fulfil> own{Fulfil{}};
    auto* const timers = &own;
    auto* const all = &tasks;
    const std::uint32_t size = tasks.size();
    std::vector<char> places(size);
    char* const place = places.data();
#  pragma omp parallel num_threads(workers_) default(none) firstprivate(timers, all, size, place)
#  pragma omp master
    for (std::uint32_t task = 0; task < size; ++task) {
      omp_event_handle_t over;
#  pragma omp task detach(over) depend(out : place[task]) firstprivate(timers, all, task)
      timers->add(all->begin(task), over);
#  pragma omp task depend(in : place[task]) default(none) firstprivate(all, task)
      all->go_on(task);
    }
  }

  int workers_;
};

}  // namespace

std::string detach_fails() { return ""; }
std::unique_ptr<WaitingRunner> make_openmp_detach(int workers) { return std::make_unique<Detach>(workers); }

#else

// With g++ 12's libgomp a hundred such tasks go on; of a thousand it loses some for ever, takes an event for
// fulfilled that is not, or writes where it should not, whoever fulfils them.
std::string detach_fails() {
  return "libgomp loses detached tasks, once 64 a thread are queued; build with clang, whose libomp does not";
}
std::unique_ptr<WaitingRunner> make_openmp_detach(int) { throw std::logic_error(detach_fails()); }

#endif

}  // namespace bookstore::overhead
