// Which shared library serves a symbol in this process: what the linker was given is not always what was
// loaded (LD_PRELOAD, LD_LIBRARY_PATH, another package with the same soname).
#pragma once

#include <dlfcn.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace bookstore::backend {

// The file, symbolic links followed, of the library whose `symbol` this process calls; empty when there is no
// such symbol, or it is linked into the binary where nobody looks it up by its name.
inline std::string library_of(const char* symbol) {
  void* const address = dlsym(RTLD_DEFAULT, symbol);
  Dl_info info{};
  if (address == nullptr || dladdr(address, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code unreadable;
  const auto path = std::filesystem::canonical(info.dli_fname, unreadable);
  return unreadable ? info.dli_fname : path.string();
}

}  // namespace bookstore::backend
