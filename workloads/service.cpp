#include "workloads/service.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "workloads/digest.hpp"
#include "workloads/grain.hpp"
#include "workloads/random.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore::workload {

namespace {

// What one in ten thousand exceeds, in means: -ln 0.0001, and exp(3.719 - 1/2).
constexpr double rare_exponential = 9.21;
constexpr double rare_lognormal = 25.0;

constexpr double most_wait_ns = 1e15;  // twelve days: waits can be added up

// By additions and multiplications alone, so that it is the same on every machine: Taylor's series of a
// small part of x, then squarings. Good to 13 digits for |x| up to 30.
double portable_exp(double x) {
  constexpr int squarings = 12;
  const double part = x / (1 << squarings);
  double sum = 1;
  for (int term = 8; term > 0; --term) sum = 1 + sum * part / term;
  for (int i = 0; i < squarings; ++i) sum *= sum;
  return sum;
}

// With mean 1.
double draw(SplitMix64& random, Spread spread) {
  switch (spread) {
    case Spread::exponential:
      return exponential(random);
    case Spread::lognormal:
      return portable_exp(normal(random) - 0.5);
    case Spread::constant:
      break;
  }
  return 1;
}

// At least one, unless it is nothing.
std::uint32_t whole(double value) {
  return static_cast<std::uint32_t>(std::clamp(std::round(value), value > 0 ? 1.0 : 0.0,
                                               double{std::numeric_limits<std::uint32_t>::max()}));
}

}  // namespace

double ServiceShape::cpu_ns() const {
  double sum = 0;
  for (const ServiceStep& step : steps) sum += static_cast<double>(step.cpu_ns);
  return sum;
}

double ServiceShape::wait_ns() const {
  double sum = 0;
  for (const ServiceStep& step : steps) sum += static_cast<double>(step.wait_ns);
  return sum;
}

std::uint32_t ServiceShape::waits() const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(steps, [](const ServiceStep& step) { return step.wait_ns > 0; }));
}

double ServiceShape::longest_wait_ns() const {
  std::int64_t longest = 0;
  for (const ServiceStep& step : steps) longest = std::max(longest, step.wait_ns);
  const double rare = spread == Spread::constant      ? 1
                      : spread == Spread::exponential ? rare_exponential
                                                      : rare_lognormal;
  return rare * static_cast<double>(longest);
}

std::uint32_t ServiceShape::steps_to_run() const {
  return static_cast<std::uint32_t>(steps.size()) + (steps.back().wait_ns > 0 ? 1 : 0);
}

ServicePlan::ServicePlan(const ServiceShape& shape, const ServiceSize& size, double links_per_ns)
    : tasks_(size.tasks),
      seed_(size.seed),
      steps_(shape.steps_to_run()),
      stride_(shape.spread == Spread::constant ? 0 : steps_) {
  const std::uint32_t drawn = all_alike() ? 1 : tasks_;
  parts_.resize(std::size_t{drawn} * steps_);
  for (std::uint32_t task = 0; task < drawn; ++task) {
    SplitMix64 random{mix64(mix64(seed_) + task)};
    Wait waits = 0;
    for (std::size_t step = 0; step < shape.steps.size(); ++step) {
      Part& part = parts_[std::size_t{task} * steps_ + step];
      const auto [cpu_ns, wait_ns] = shape.steps[step];
      const double work_ns = static_cast<double>(cpu_ns) * size.cpu_scale * draw(random, shape.spread);
      part.work_ns = whole(work_ns);
      part.links = whole(work_ns * links_per_ns);
      const double wait = static_cast<double>(wait_ns) * size.wait_scale * draw(random, shape.spread);
      part.wait = step + 1 < steps_ ? static_cast<Wait>(std::min(std::round(wait), most_wait_ns)) : done;
      waits += std::max<Wait>(part.wait, 0);
    }
    longest_waits_ = std::max(longest_waits_, waits);
  }
}

std::uint64_t ServicePlan::beginning(std::uint32_t task) const { return mix64(mix64(seed_ + 1) + task); }

double ServicePlan::bytes_per_task(const ServiceShape& shape) {
  return shape.spread == Spread::constant ? 0 : double{sizeof(Part)} * shape.steps_to_run();
}

Service::Service(const ServicePlan& plan) : plan_(plan), slips_(plan.size()) {
  for (std::uint32_t task = 0; task < plan.size(); ++task) slips_[task].value = plan.beginning(task);
}

Wait Service::step(std::uint32_t task, std::uint32_t step) {
  Slip& slip = slips_[task];
  if (slip.steps != step || step >= plan_.steps())
    throw std::logic_error("task " + std::to_string(task) + " ran step " + std::to_string(step) + " after " +
                           std::to_string(slip.steps) + " steps");
  slip.value = follow_links(slip.value, plan_.links(task, step));
  const Wait wait = plan_.wait(task, step);
  slip.waited += static_cast<std::uint64_t>(std::max<Wait>(wait, 0));
  ++slip.steps;
  return wait;
}

void Service::Audit::prove(bool all_done) const {
  if (all_done && finished != planned)
    throw WrongResult(std::to_string(finished) + " of " + std::to_string(planned) + " tasks finished");
}

Service::Audit Service::audit() const {
  const auto finished =
      std::ranges::count_if(slips_, [this](const Slip& slip) { return slip.steps == plan_.steps(); });
  return {.planned = size(), .finished = static_cast<std::uint32_t>(finished)};
}

std::uint64_t Service::digest() const {
  Digest digest;
  for (std::uint32_t task = 0; task < size(); ++task) {
    const Slip& slip = slips_[task];
    std::uint64_t links = 0;
    for (std::uint32_t step = 0; step < slip.steps; ++step) links += plan_.links(task, step);
    digest.add(before_links(slip.value, links));
    digest.add(slip.waited);
    digest.add(slip.steps);
  }
  return digest.value();
}

}  // namespace bookstore::workload
