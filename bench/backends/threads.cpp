#include "bench/backends/threads.hpp"

namespace bookstore::backend {

Threads::Threads(const Team& team, Load) : roster_(team), door_(team.door), pool_(traits, team) {}

}  // namespace bookstore::backend
