// service: tasks of a shape that the user gives, a list of steps of so much CPU work and so long a wait. No
// shop: what a way of running tasks makes of such ones.
//
// A step's work is grain's chain of arithmetic, which each task goes on with from step to step. The chain can
// be followed back (before_links): whatever a task took, its chain must lead back to where the task began. So
// the digest proves every link of the work and yet does not depend on how many links a machine does in a
// nanosecond.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "workloads/job.hpp"

namespace bookstore::workload {

// CPU work, then a wait (0: the task goes on at once), in nanoseconds; means, where they are drawn.
struct ServiceStep {
  std::int64_t cpu_ns = 0;
  std::int64_t wait_ns = 0;

  friend bool operator==(const ServiceStep&, const ServiceStep&) = default;
};

// How work and waits of single tasks lie about their means.
enum class Spread {
  constant,
  exponential,
  lognormal,  // of sigma 1: the standard deviation is 1.31 times the mean
};

struct ServiceShape {
  static constexpr std::size_t most_steps = 16;

  std::vector<ServiceStep> steps{{20'000, 1'000'000}};
  Spread spread = Spread::constant;

  // Of a task; means.
  double cpu_ns() const;
  double wait_ns() const;
  std::uint32_t waits() const;
  // The longest wait of a step; where waits are drawn, one that one in ten thousand exceeds.
  double longest_wait_ns() const;
  // Steps that a backend runs: one more where the last step ends in a wait, after which the task is done.
  std::uint32_t steps_to_run() const;
};

// What is done to a shape's times to make a plan of it.
struct ServiceSize {
  std::uint32_t tasks = 1000;
  std::uint64_t seed = 1;
  double cpu_scale = 1;
  double wait_scale = 1;
};

// How many links each step of each task has and how long it waits. A pure function of shape, size and
// links_per_ns; each work and each wait is drawn by itself. Immutable, and shared by all runs.
class ServicePlan {
 public:
  // Precondition: 1 to most_steps steps.
  ServicePlan(const ServiceShape& shape, const ServiceSize& size, double links_per_ns);

  std::uint32_t size() const { return tasks_; }
  std::uint32_t steps() const { return steps_; }
  std::uint32_t links(std::uint32_t task, std::uint32_t step) const { return part(task, step).links; }
  Wait wait(std::uint32_t task, std::uint32_t step) const { return part(task, step).wait; }
  // What the links are to take.
  std::int64_t work_ns(std::uint32_t task, std::uint32_t step) const { return part(task, step).work_ns; }
  // The waits of one task together, of the one that waits longest.
  Wait longest_waits() const { return longest_waits_; }
  // Where a task's chain begins.
  std::uint64_t beginning(std::uint32_t task) const;
  // Whether every task takes what every other does.
  bool all_alike() const { return stride_ == 0; }

  // What a plan of many tasks of that shape takes for each of them.
  static double bytes_per_task(const ServiceShape& shape);

 private:
  struct Part {
    std::uint32_t links = 0;
    std::uint32_t work_ns = 0;
    Wait wait = done;
  };

  const Part& part(std::uint32_t task, std::uint32_t step) const {
    return parts_[std::size_t{task} * stride_ + step];
  }

  std::uint32_t tasks_;
  std::uint64_t seed_;
  std::uint32_t steps_;
  std::uint32_t stride_;     // from task to task; 0: all have the first one's parts
  std::vector<Part> parts_;  // by task and step; the last of a task waits for nothing
  Wait longest_waits_ = 0;
};

// The tasks of a plan as a job; steps of different tasks may run at the same time. It has the members of a
// shop, so that a run is measured and proved as one of the bookstore's is.
class Service {
 public:
  using Plan = ServicePlan;
  using Unlocked = Service;

  static double bytes_per_task() { return sizeof(Slip); }

  explicit Service(const ServicePlan& plan);

  void open() {}
  // Throws WrongResult unless all tasks are finished, if they are to be.
  void close(bool all_done = true) const { audit().prove(all_done); }

  std::uint32_t size() const { return plan_.size(); }
  Wait step(std::uint32_t task, std::uint32_t step);

  // As TimedJob.
  std::int64_t work_ns(std::uint32_t task, std::uint32_t step) const { return plan_.work_ns(task, step); }

  const ServicePlan& plan() const { return plan_; }

  struct Audit {
    std::uint32_t planned;
    std::uint32_t finished;
    // Throws WrongResult.
    void prove(bool all_done) const;
  };
  Audit audit() const;

  // 64 bits over the steps, the asked waits and the work of every task: equal after every order in which a
  // plan can be done, and on every machine.
  std::uint64_t digest() const;

 private:
  // Written by its task alone. Of a cache line of its own: tasks whose numbers are close are run by different
  // workers at about the same time.
  struct alignas(64) Slip {
    std::uint64_t value = 0;   // of the task's chain
    std::uint64_t waited = 0;  // the waits that were asked for, together
    std::uint64_t steps = 0;   // that were run
  };

  const ServicePlan& plan_;
  std::vector<Slip> slips_;
};

}  // namespace bookstore::workload
