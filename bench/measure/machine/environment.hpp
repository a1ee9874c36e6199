// What a figure depends on beside the code: recorded with every run.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace bookstore::measure {

// Key and value, in a fixed order; a value that cannot be read is "unknown". Read when called: call it under
// the mask that the rows run under.
using Environment = std::vector<std::pair<std::string, std::string>>;
Environment read_environment();

// The same, the runtimes that serve the backends as the caller knows them, and the machine's name and its
// cores before a mask was put on: the context of every result.
Environment read_context(const std::string& runtimes);

// What the CPUs are called: by /proc/cpuinfo, and where that has numbers only (ARM) by implementer, part and
// the device tree's name of the board. All below `root`, which is another than "/" in tests only.
std::string cpu_model(const std::filesystem::path& root);

// A name for results of this machine: CPU model, number of usable CPUs and, where it pays for fewer, the CPU
// quota; fit for a folder.
std::string machine_name(int cores);

}  // namespace bookstore::measure
