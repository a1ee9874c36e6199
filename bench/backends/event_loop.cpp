#include "bench/backends/event_loop.hpp"

#include "bench/backends/limits.hpp"

namespace bookstore::backend {

template <class Deadlines>
EventLoopWith<Deadlines>::EventLoopWith(int workers, Load) {
  require_single_worker(traits, workers);
}

template EventLoopWith<RoundedDeadlines>::EventLoopWith(int workers, Load load);
template EventLoopWith<ExactDeadlines>::EventLoopWith(int workers, Load load);

}  // namespace bookstore::backend
