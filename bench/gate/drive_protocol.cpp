#include "bench/gate/drive_protocol.hpp"

#include <array>
#include <istream>
#include <ostream>
#include <stdexcept>
#include <string_view>

#include "bench/shell/json_text.hpp"
#include "bench/shell/numbers.hpp"

namespace bookstore {

namespace {

constexpr double most_planted = 10;

}  // namespace

double DriveOptions::planted() const {
  if (plant_slowdown.empty() || plant_slowdown == "0") return 0;
  const double value = parse_positive("plant_slowdown", plant_slowdown);
  if (value > most_planted)
    throw std::invalid_argument("plant_slowdown is '" + plant_slowdown +
                                "'; give a fraction such as 0.05, at most 10");
  return value;
}

void add_drive_options(CommandLine& line, DriveOptions& options) {
  line.flag("drive", options.drive, "Run one row batch by batch, as the standard input asks (run, quit)");
  line.text("plant-slowdown", options.plant_slowdown,
            "With --drive: lengthen all work and all waits by this fraction");
}

nlohmann::json time_batch(std::int64_t least_ns, std::uint32_t tasks,
                          const std::function<std::int64_t()>& run) {
  std::int64_t ns = 0;
  std::int64_t runs = 0;
  while (ns < least_ns || runs == 0) {
    ns += run();
    ++runs;
  }
  const std::int64_t all_tasks = runs * tasks;
  return {{"ns_per_task", static_cast<double>(ns) / static_cast<double>(all_tasks)},
          {"runs", runs},
          {"tasks", all_tasks}};
}

void answer(const nlohmann::json& line, std::ostream& out) {
  out << to_text(line) << std::endl;
  if (!out) throw std::runtime_error("the reader of the answers went away");
}

void serve(const DrivenRow& row, std::istream& in, std::ostream& out) {
  answer({{"ready", true}, {"row", row.name}, {"digest", hexadecimal(row.digest)}, {"tasks", row.tasks}},
         out);
  // No more of a line is read than is needed to see that it is none of ours: the input may be anything.
  std::array<char, 64> line{};
  while (in.getline(line.data(), line.size()) || in.gcount() > 0) {
    const std::string_view told(line.data());
    if (told == "quit") return;
    if (told != "run")
      throw std::invalid_argument("--drive was told '" + std::string(told) + "'; it knows run and quit");
    answer(row.run_batch(), out);
  }
}

}  // namespace bookstore
