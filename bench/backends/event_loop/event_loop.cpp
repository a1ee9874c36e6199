#include "bench/backends/event_loop/event_loop.hpp"

#include "bench/seam/limits.hpp"

namespace bookstore::backend {

template <class WaitEnds>
EventLoopWith<WaitEnds>::EventLoopWith(int workers, Load) {
  require_single_worker(traits, workers);
}

template EventLoopWith<RoundedWaits>::EventLoopWith(int workers, Load load);
template EventLoopWith<ExactWaits>::EventLoopWith(int workers, Load load);

}  // namespace bookstore::backend
