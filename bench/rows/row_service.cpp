#include "bench/rows/row_service.hpp"

#include <utility>

#include "bench/measure/machine/mask.hpp"
#include "bench/measure/probes/cost.hpp"

namespace bookstore {

namespace {

int port = 0;

}  // namespace

void listen_at(int where) { port = where; }

RowService::RowService(const Row& row, std::uint32_t tasks, std::function<int()> worker)
    : RowService(row.name(), row.waits, tasks, row.workers, std::move(worker)) {}

RowService::RowService(const std::string& row, backend::WaitsBy by, std::uint32_t tasks, int connections,
                       std::function<int()> worker)
    : row_(row),
      cpus_(measure::cpus_outside_mask()),
      service_(by, tasks, cpus_, port),
      connections_(static_cast<std::size_t>(connections)),
      sockets_(guarded([&] { return service_.connect(connections_); }), std::move(worker)) {
  if (cpus_.empty()) measure::count_child(service_.process());
}

RowService::~RowService() {
  if (cpus_.empty())
    measure::count_child(0);
  else
    measure::leave_out_child(service_.cpu_ns());
}

ServiceFigures RowService::figures() {
  const service::Reply account = service_.report();
  return {.account = account, .connections = connections_, .outside = account.outside};
}

}  // namespace bookstore
