#include "bench/shell/modes.hpp"

#include <algorithm>
#include <stdexcept>

namespace bookstore {

namespace {

bool takes(const Mode& mode, const GivenOption& option) {
  return option.name == mode.option || std::ranges::count(mode.takes, option.name) > 0 ||
         std::ranges::count(mode.takes, option.group) > 0;
}

// "--a", "--a and --b", "--a, --b and --c"
std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + ("--" + names[i]);
  return text;
}

// The modes that an option, of no use now, is there for; empty: it is of use when nothing else is asked for.
std::vector<std::string> homes_of(const std::vector<Mode>& modes, const GivenOption& option) {
  std::vector<std::string> homes;
  for (const Mode& mode : modes) {
    if (!takes(mode, option)) continue;
    if (mode.option.empty()) return {};
    homes.push_back(mode.option);
  }
  return homes;
}

}  // namespace

const Mode& choose_mode(const std::vector<Mode>& modes, const std::vector<GivenOption>& given) {
  const Mode* chosen = nullptr;
  for (const Mode& mode : modes) {
    if (mode.option.empty() || std::ranges::find(given, mode.option, &GivenOption::name) == given.end())
      continue;
    if (chosen != nullptr)
      throw std::invalid_argument(joined({chosen->option, mode.option}) +
                                  " ask for different things; give one of them");
    chosen = &mode;
  }
  if (chosen == nullptr) chosen = &*std::ranges::find(modes, "", &Mode::option);
  std::vector<std::string> ignored;
  for (const GivenOption& option : given) {
    if (takes(*chosen, option)) continue;
    if (chosen->option.empty())
      throw std::invalid_argument("--" + option.name + " goes with " + joined(homes_of(modes, option)) +
                                  " only; add it");
    ignored.push_back(option.name);
  }
  if (!ignored.empty())
    throw std::invalid_argument("--" + chosen->option + " " + chosen->does + "; leave out " +
                                joined(ignored));
  return *chosen;
}

}  // namespace bookstore
