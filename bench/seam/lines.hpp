// The lines that tasks stand in until a worker claims them: one for all, one for each kind of training, or
// one for each worker.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/seam/team.hpp"
#include "workloads/job.hpp"

namespace bookstore::backend {

// What several threads write lies so far apart: some processors fetch cache lines of 64 bytes in pairs.
inline constexpr std::size_t apart = 128;

// Which line each worker of a team serves.
class Roster {
 public:
  // Throws std::invalid_argument when two workers have some roles in common and others not.
  explicit Roster(const Team& team);

  std::size_t lines() const { return static_split_ ? line_of_.size() : roles_.size(); }
  // Whether each worker has a line of its own, for its block of the tasks.
  bool static_split() const { return static_split_; }
  std::size_t line_of(int worker) const {
    return line_of_.empty() ? 0 : line_of_[static_cast<std::size_t>(worker)];
  }
  int workers_of(std::size_t line) const;
  // The worker's number, from 0, among those of his line.
  int number_in_line(int worker) const;
  // Throws std::invalid_argument when nobody is trained for the role.
  std::size_t line_for(std::uint32_t role) const;

 private:
  int workers_;
  bool static_split_;
  std::vector<Roles> roles_;
  std::vector<std::size_t> line_of_;  // of a worker; empty: there is one line
};

// Tasks in their order, claimed one by one. Places are 0 .. size() - 1.
class Line {
 public:
  explicit Line(std::uint32_t tasks) : size_(tasks) {}
  explicit Line(std::vector<std::uint32_t> tasks)
      : size_(static_cast<std::uint32_t>(tasks.size())), tasks_(std::move(tasks)), order_(tasks_.data()) {}
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  std::uint32_t size() const { return size_; }
  std::uint32_t task(std::uint32_t place) const { return order()[place]; }

  // Which task stands in which place. A copy of a worker's own stays in registers while steps run, which may
  // write whatever memory there is.
  class Order {
   public:
    explicit Order(const std::uint32_t* tasks) : tasks_(tasks) {}
    std::uint32_t operator[](std::uint32_t place) const { return tasks_ == nullptr ? place : tasks_[place]; }

   private:
    const std::uint32_t* tasks_;
  };
  Order order() const { return Order(order_); }

  // The next place, or size() and beyond when all are claimed. Relaxed: a claim hands over no data.
  std::uint32_t claim() { return next_.fetch_add(1, std::memory_order_relaxed); }
  // Claims that place unless somebody has. Sequentially consistent, as SharedDoor needs.
  bool claim(std::uint32_t place) { return next_.compare_exchange_strong(place, place + 1); }
  std::uint32_t next() const { return next_.load(); }
  // Lets nobody claim any more.
  void close() { next_.store(size_); }

 private:
  std::uint32_t size_;
  std::vector<std::uint32_t> tasks_;
  const std::uint32_t* order_ = nullptr;  // tasks by place; none: the place is the task
  // Alone on its pair of cache lines: every claim writes it.
  alignas(apart) std::atomic<std::uint32_t> next_{0};
};

// The lines of one run.
class Lines {
 public:
  // One line, whoever is trained for what.
  explicit Lines(std::uint32_t tasks) { lines_.emplace_back(tasks); }
  // Throws std::invalid_argument for a task that nobody is trained for.
  template <Job J>
  Lines(const J& job, const Roster& roster) {
    if (roster.static_split()) {
      const auto workers = static_cast<int>(roster.lines());
      for (int worker = 0; worker < workers; ++worker) add_block(block_of(job.size(), worker, workers));
      return;
    }
    if constexpr (RoledJob<J>) {
      if (roster.lines() > 1) {
        std::vector<std::vector<std::uint32_t>> tasks(roster.lines());
        for (std::uint32_t task = 0; task < job.size(); ++task)
          tasks[roster.line_for(job.role(task))].push_back(task);
        for (auto& each : tasks) lines_.emplace_back(std::move(each));
        return;
      }
    }
    // Tasks without a role, or workers who do everything.
    for (std::size_t line = 0; line < roster.lines(); ++line)
      lines_.emplace_back(line == roster.line_for(0) ? job.size() : 0);
  }

  Line& operator[](std::size_t line) { return lines_[line]; }
  std::size_t size() const { return lines_.size(); }
  void close() {
    for (Line& line : lines_) line.close();
  }

 private:
  void add_block(Block block);

  std::deque<Line> lines_;
};

}  // namespace bookstore::backend
