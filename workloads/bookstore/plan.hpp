// The plan of a run: which task comes when, on which book. A pure function of the workload and its
// parameters.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "workloads/bookstore/catalogue.hpp"
#include "workloads/bookstore/kinds.hpp"
#include "workloads/bookstore/parameters.hpp"
#include "workloads/random.hpp"

namespace bookstore::workload {

// A named workload: its mix of task kinds, and whether opening and closing are part of what is timed.
struct Mix {
  std::string_view name;
  std::string_view isolates;
  std::array<std::uint32_t, kind_count> per_thousand;  // by Kind
  bool opens_and_closes;
};

std::span<const Mix> mix_table();

// Throws std::invalid_argument, naming the known workloads.
const Mix& find_mix(std::string_view name);

// What the task kinds wait, after scaling, in nanoseconds.
struct Waits {
  Wait brew, mailbox, card, printer;
};

// Immutable after construction; any number of threads may read it.
//
// The outcome of a day does not depend on who does what when: every book that is rented has a copy on its
// shelf from the start, every book that comes back was lent before the day, every batch to shelve stands
// ready.
class Plan {
 public:
  // Throws std::invalid_argument when the parameters do not fit together (more titles than a plan can
  // number).
  Plan(const Mix& mix, const Parameters& parameters);

  const Mix& mix() const { return *mix_; }
  const Parameters& parameters() const { return parameters_; }
  const Catalogue& catalogue() const { return *catalogue_; }
  const Waits& waits() const { return waits_; }

  std::uint32_t size() const { return static_cast<std::uint32_t>(tasks_.size()); }
  Kind kind(std::uint32_t task) const { return static_cast<Kind>(tasks_[task] >> subject_bits); }
  // The title of a rent_book or return_book, the batch of a shelve_books; else zero.
  std::uint32_t subject(std::uint32_t task) const { return tasks_[task] & subject_mask; }
  std::span<const TitleId> batch(std::uint32_t subject) const;

  std::uint32_t shelves() const { return shelves_; }
  std::uint32_t shelf_of(TitleId title) const;
  TitleId first_title(std::uint32_t shelf) const;  // also valid for shelf == shelves()

  // What a plan of many tasks takes for each of them.
  static constexpr double bytes_per_task = sizeof(std::uint32_t);

  // Copies on the shelf and copies lent before the day, by title.
  std::span<const std::uint32_t> stock() const { return stock_; }
  std::span<const std::uint32_t> lent() const { return lent_; }

 private:
  static constexpr std::uint32_t subject_bits = 29;
  static constexpr std::uint32_t subject_mask = (1u << subject_bits) - 1;

  void place_kinds(SplitMix64& random);
  void choose_subjects(SplitMix64& random);

  const Mix* mix_;
  Parameters parameters_;
  Waits waits_;
  std::shared_ptr<const Catalogue> catalogue_;
  std::uint32_t shelves_;
  std::vector<std::uint32_t> tasks_;  // kind in the top bits, subject below
  std::vector<TitleId> batches_;      // batch after batch
  std::vector<std::uint32_t> stock_, lent_;
};

// How many tasks of each kind a plan of `tasks` tasks has: the mix by largest remainder. In a plan of at
// least 20 tasks every kind of the mix occurs, coffee twice: a short day is still the essay's day.
std::array<std::uint32_t, kind_count> kind_counts(const Mix& mix, std::uint32_t tasks);

// The smallest number of tasks that a mix divides without remainder.
std::uint32_t smallest_whole_plan(const Mix& mix);

// The wait of all steps of one task of this kind together.
Wait total_wait(const Waits& waits, Kind kind);

// CPU and wait per task of a mix, in nanoseconds: estimates before anything is measured.
struct NominalCost {
  double cpu_ns;
  double wait_ns;
  double waits_per_task;
};
NominalCost nominal_cost(const Mix& mix, const Parameters& parameters);

Waits scaled_waits(const Parameters& parameters);

// The longest wait that any task of the mix asks for.
Wait longest_wait(const Mix& mix, const Parameters& parameters);

}  // namespace bookstore::workload
