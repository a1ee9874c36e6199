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
}

void CommandLine::text(const std::string& name, std::string& value, const std::string& help) {
  app_->add_option("--" + name, value, help);
}

void CommandLine::texts(const std::string& name, std::vector<std::string>& values, const std::string& help) {
  app_->add_option("--" + name, values, help);
}

void CommandLine::list(const std::string& name, std::vector<std::string>& values, const std::string& help) {
  app_->add_option("--" + name, values, help)->delimiter(',');
}

void CommandLine::each(const std::string& name, const std::function<void(const std::string&)>& take,
                       const std::string& help) {
  app_->add_option_function<std::string>("--" + name, take, help);
}

std::optional<int> CommandLine::parse(int argc, char** argv, std::vector<std::string>& rest) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app_->exit(help);
  } catch (const CLI::ParseError& error) {
    throw std::invalid_argument(std::string(error.what()) + "; see --help");
  }
  rest = app_->remaining();
  return std::nullopt;
}

}  // namespace bookstore
