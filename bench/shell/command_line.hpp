// The options of a benchmark binary.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/shell/modes.hpp"

namespace CLI {
class App;
}

namespace bookstore {

// What is declared is written to when the command line is parsed: it must live until then. Only here is the
// library for it included: it takes longer to compile than most files of ours.
class CommandLine {
 public:
  CommandLine(const std::string& description, const std::string& program);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // Below the list of options in --help.
  void footer(const std::string& text);

  // What is declared from here on belongs to this group (Mode::takes); empty: to none.
  void group(const std::string& name) { group_ = name; }

  // --<name>, without a value.
  void flag(const std::string& name, bool& value, const std::string& help);
  // --<name> VALUE.
  void text(const std::string& name, std::string& value, const std::string& help);
  // --<name> VALUE, more than once.
  void texts(const std::string& name, std::vector<std::string>& values, const std::string& help);
  // --<name> A,B.
  void list(const std::string& name, std::vector<std::string>& values, const std::string& help);
  // --<name> VALUE, handed to `take`.
  void each(const std::string& name, const std::function<void(const std::string&)>& take,
            const std::string& help);

  // Puts what is no option of ours into `rest`. A value says that the process is to end with it (--help).
  // Throws std::invalid_argument with one line.
  std::optional<int> parse(int argc, char** argv, std::vector<std::string>& rest);

  // After parse(): our options that were given, in the order of their declaration. A flag that was given as
  // false was not.
  std::vector<GivenOption> given() const;

 private:
  struct Declared {
    GivenOption option;
    bool is_flag;
  };

  void declared(const std::string& name, bool is_flag = false) {
    declared_.push_back({{name, group_}, is_flag});
  }

  std::unique_ptr<CLI::App> app_;
  std::string group_;
  std::vector<Declared> declared_;
};

}  // namespace bookstore
