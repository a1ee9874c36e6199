#include "bench/shell/command_line.hpp"

#include <CLI/CLI.hpp>
#include <stdexcept>

namespace bookstore {

CommandLine::CommandLine(const std::string& description, const std::string& program)
    : app_(std::make_unique<CLI::App>(description, program)) {
  app_->allow_extras();
}

CommandLine::~CommandLine() = default;

void CommandLine::footer(const std::string& text) { app_->footer(text); }

void CommandLine::flag(const std::string& name, bool& value, const std::string& help) {
  app_->add_flag("--" + name, value, help);
  declared(name, true);
}

void CommandLine::text(const std::string& name, std::string& value, const std::string& help) {
  app_->add_option("--" + name, value, help);
  declared(name);
}

void CommandLine::texts(const std::string& name, std::vector<std::string>& values, const std::string& help) {
  app_->add_option("--" + name, values, help);
  declared(name);
}

void CommandLine::list(const std::string& name, std::vector<std::string>& values, const std::string& help) {
  app_->add_option("--" + name, values, help)->delimiter(',');
  declared(name);
}

void CommandLine::each(const std::string& name, const std::function<void(const std::string&)>& take,
                       const std::string& help) {
  app_->add_option_function<std::string>("--" + name, take, help);
  declared(name);
}

std::optional<int> CommandLine::parse(int argc, char** argv, std::vector<std::string>& rest) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app_->exit(help);
  } catch (const CLI::ParseError& error) {
    throw std::invalid_argument(std::string(error.what()) + "; see --help");
  }
  // An empty value would be taken for an option that was not given.
  for (const auto& [option, is_flag] : declared_)
    for (const std::string& value : app_->get_option("--" + option.name)->results())
      if (value.empty())
        throw std::invalid_argument("--" + option.name + " has no value; give one, or leave it out");
  rest = app_->remaining();
  return std::nullopt;
}

std::vector<GivenOption> CommandLine::given() const {
  std::vector<GivenOption> found;
  for (const auto& [option, is_flag] : declared_) {
    const CLI::Option* const parsed = app_->get_option("--" + option.name);
    if (parsed->count() > 0 && (!is_flag || parsed->as<bool>())) found.push_back(option);
  }
  return found;
}

}  // namespace bookstore
