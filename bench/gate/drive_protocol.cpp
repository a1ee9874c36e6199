#include "bench/gate/drive_protocol.hpp"

#include <iostream>
#include <stdexcept>

#include "bench/shell/json_text.hpp"
#include "bench/shell/numbers.hpp"

namespace bookstore {

namespace {

constexpr double most_planted = 10;

}  // namespace

void DriveOptions::check() const {
  const auto needs_drive = [this](const std::string& value, const std::string& option) {
    if (!drive && !value.empty()) throw std::invalid_argument(option + " goes with --drive only; add it");
  };
  needs_drive(plant_slowdown, "--plant-slowdown");
  needs_drive(instructions, "--instructions");
  planted();
}

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

void answer(const nlohmann::json& line) {
  std::cout << to_text(line) << std::endl;
  if (!std::cout) throw std::runtime_error("the reader of the answers went away");
}

void serve(const DrivenRow& row) {
  answer({{"ready", true}, {"row", row.name}, {"digest", hexadecimal(row.digest)}, {"tasks", row.tasks}});
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "quit") return;
    if (line != "run") throw std::invalid_argument("--drive was told '" + line + "'; it knows run and quit");
    answer(row.run_batch());
  }
}

}  // namespace bookstore
