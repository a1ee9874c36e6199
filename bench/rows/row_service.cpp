#include "bench/rows/row_service.hpp"

#include <algorithm>
#include <utility>

#include "bench/measure/machine/mask.hpp"

namespace bookstore {

namespace {

int port = 0;

}  // namespace

void listen_at(int where) { port = where; }

RowService::RowService(const Row& row, std::uint32_t tasks, std::function<int()> worker)
    : RowService(row.waits, tasks, row.workers, std::move(worker)) {}

RowService::RowService(backend::WaitsBy by, std::uint32_t tasks, int connections, std::function<int()> worker)
    : cpus_(measure::cpus_outside_mask()),
      service_(by, tasks, cpus_, port),
      connections_(static_cast<std::size_t>(connections)),
      sockets_(service_.connect(connections_), std::move(worker)) {}

ServiceFigures RowService::figures(measure::Cost& cost) {
  ServiceFigures figures{
      .account = service_.report(), .connections = connections_, .outside = !cpus_.empty()};
  if (!figures.outside) cost.others_ns = std::max<std::int64_t>(0, cost.others_ns - figures.account.cpu_ns);
  return figures;
}

}  // namespace bookstore
