// A job, or a probe, whose type is forgotten: what is run once a process, or looked at step by step anyway,
// need not be compiled again for every backend.
#pragma once

#include <cstdint>

#include "bench/seam/probes.hpp"
#include "bench/seam/steps.hpp"
#include "workloads/job.hpp"

namespace bookstore::backend {

// Stands for a job, which outlives it. Each step costs a call through a pointer, 1.5 to 2 ns.
class AnyJob {
 public:
  template <Job J>
  explicit AnyJob(J& job) : job_(&job), calls_(&calls_of<J>) {}

  std::uint32_t size() const { return calls_->size(job_); }
  Wait step(std::uint32_t task, std::uint32_t step) { return calls_->step(job_, task, step); }
  std::uint32_t role(std::uint32_t task) const { return calls_->role(job_, task); }

 private:
  struct Calls {
    std::uint32_t (*size)(const void* job);
    Wait (*step)(void* job, std::uint32_t task, std::uint32_t step);
    std::uint32_t (*role)(const void* job, std::uint32_t task);
  };
  template <class J>
  static constexpr Calls calls_of{
      [](const void* job) -> std::uint32_t { return static_cast<const J*>(job)->size(); },
      [](void* job, std::uint32_t task, std::uint32_t step) {
        return static_cast<J*>(job)->step(task, step);
      },
      [](const void* job, std::uint32_t task) -> std::uint32_t {
        if constexpr (RoledJob<J>) return static_cast<const J*>(job)->role(task);
        return 0;
      }};

  void* job_;
  const Calls* calls_;
};

// Stands for a probe that threads may share, and that outlives it.
class AnyProbe {
 public:
  template <class P>
  explicit AnyProbe(P* probe) : probe_(probe), calls_(&calls_of<P>) {}

  void before(std::uint32_t task, std::uint32_t step) { calls_->before(probe_, task, step); }
  void after(std::uint32_t task, std::uint32_t step, Wait wait) { calls_->after(probe_, task, step, wait); }
  void released(std::uint32_t task, std::int64_t time) { calls_->released(probe_, task, time); }

 private:
  struct Calls {
    void (*before)(void* probe, std::uint32_t task, std::uint32_t step);
    void (*after)(void* probe, std::uint32_t task, std::uint32_t step, Wait wait);
    void (*released)(void* probe, std::uint32_t task, std::int64_t time);
  };
  template <class P>
  static constexpr Calls calls_of{
      [](void* probe, std::uint32_t task, std::uint32_t step) { static_cast<P*>(probe)->before(task, step); },
      [](void* probe, std::uint32_t task, std::uint32_t step, Wait wait) {
        static_cast<P*>(probe)->after(task, step, wait);
      },
      [](void* probe, std::uint32_t task, std::int64_t time) {
        static_cast<P*>(probe)->released(task, time);
      }};

  void* probe_;
  const Calls* calls_;
};

// A job that shows its own steps to a probe, wherever it is run. Of an open run it shows no release.
// Precondition: threads may share the probe.
template <Job J, Probe P>
class Probed {
 public:
  Probed(J& job, P probe) : job_(job), probe_(probe) {}

  std::uint32_t size() const { return job_.size(); }
  Wait step(std::uint32_t task, std::uint32_t step) { return run_step(job_, probe_, task, step); }
  std::uint32_t role(std::uint32_t task) const requires RoledJob<J> { return job_.role(task); }

 private:
  J& job_;
  P probe_;
};

}  // namespace bookstore::backend
