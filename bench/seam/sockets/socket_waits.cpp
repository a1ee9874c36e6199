#include "bench/seam/sockets/socket_waits.hpp"

#include <utility>

namespace bookstore::backend {

Sockets::Sockets(std::vector<Connection> connections, std::function<int()> worker)
    : worker_(std::move(worker)) {
  for (Connection& each : connections) places_.emplace_back(std::move(each));
}

void Sockets::send_in_turn(Request request) {
  Place& place = place_of(worker_());
  // Before it is sent: who is woken by the answer sees that one is awaited.
  place.awaited.fetch_add(1);
  const std::scoped_lock guard(place.sending);
  place.connection.send({&request, 1});
}

void Sockets::fetch(std::vector<Answer>& answers) {
  for (Place& place : places_) {
    if (place.awaited.load() == 0) continue;
    const std::size_t before = answers.size();
    place.connection.receive(answers);
    place.awaited.fetch_sub(answers.size() - before);
  }
  if (!answers.empty()) return;
  // One that is lost while nothing is awaited of it would wake its reader for ever.
  for (Place& place : places_) place.connection.receive(answers);
}

AnswerAlarm::AnswerAlarm(int sleepers, const SocketWaits& waiter) : SteadyAlarm(sleepers) {
  for (int sleeper = 0; sleeper < sleepers; ++sleeper)
    watch(sleeper, waiter.sockets().of(sleeper).descriptor());
}

BegunRequests::BegunRequests(const SocketWaits& waiter, TimerQueue<Resumption>&)
    : BegunRequests(waiter, waiter.sockets().here()) {}

BegunRequests::BegunRequests(const SocketWaits& waiter, Connection& connection)
    : waiter_(waiter), connection_(connection), now_(waiter.clock().now()) {
  alarm_.watch(0, connection_.descriptor());
}

void BegunRequests::send_begun() {
  connection_.send(requests_);
  requests_.clear();
}

void BegunRequests::look() {
  steps_to_look_ = steps_between_looks;
  send_begun();
  connection_.receive(answers_);
  now_ = waiter_.clock().now();
}

}  // namespace bookstore::backend
