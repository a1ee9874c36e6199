// What everything costs a row in virtual time, by name: nominal, or from a file of what was measured.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "bench/backends/simulated/played.hpp"
#include "bench/seam/team.hpp"

namespace bookstore {

struct Row;

// Nanoseconds by name:
//
// - dispatch, claim, timer, sleep, idle, wake_up, switch_over, slice, lock, lock_handover, handover, as
//   model::ShopCosts says; <name>/<backend> where it is one backend's
// - step/<kind>/<n>: the CPU of the n-th step (from 0) of a kind of task by its short name (rent, return,
//   shelve, coffee, mail, open, close), of default size
// - held/<kind>/<n>: the part of it that is done under locks
//
// Default constructed: nominal ones, estimates that were made before anything was measured.
class Costs {
 public:
  Costs();
  // From a JSON object {"costs": {"<name>": <ns> or {"ns": <ns>, ...}, ...}}; what else is in it is not
  // looked at. `name` stands in the messages. Throws std::invalid_argument.
  Costs(std::string_view text, const std::string& name);

  bool nominal() const { return name_.empty(); }
  // What the row plays. Throws std::invalid_argument for a cost that the row needs and the file has not, with
  // the rows that measure it. `door`: the run has a thread that is the door.
  std::shared_ptr<const backend::Played> played(const Row& row, bool door) const;

 private:
  friend class Lookup;

  std::string name_;
  std::map<std::string, double> ns_;
};

// Throws std::invalid_argument for a file that is not there, too.
std::shared_ptr<const Costs> read_costs(const std::string& path);

}  // namespace bookstore
