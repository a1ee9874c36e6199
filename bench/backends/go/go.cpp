#include "bench/backends/go/go.hpp"

#include <dlfcn.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <system_error>

#include "bench/seam/limits.hpp"

namespace bookstore::backend {

namespace {

// The library, which the binary has in itself: it is copied and installed as one file.
asm(R"(
  .section .rodata
  .global bookstore_go_library, bookstore_go_library_end
bookstore_go_library:
  .incbin ")" BOOKSTORE_GO_LIBRARY R"("
bookstore_go_library_end:
  .previous
)");
extern "C" {
extern const char bookstore_go_library[];
extern const char bookstore_go_library_end[];
}

// What Go maps when it starts (malloc.go and mpagealloc_64bit.go of its runtime: summaries of all addresses,
// and its first arena), and then some; and its threads beside the workers: the monitor, those that collect
// garbage, the one that makes threads.
constexpr std::size_t addresses = std::size_t{1200} << 20;
constexpr int spare_threads = 8;

// Addresses that nobody else has while it lives.
class Room {
 public:
  explicit Room(std::size_t bytes)
      : bytes_(bytes),
        begin_(mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    if (begin_ == MAP_FAILED)
      throw LimitReached("go: its runtime wants " + std::to_string(bytes >> 20) +
                         " MB of addresses; raise ulimit -v, or ask for fewer backends");
  }
  ~Room() { munmap(begin_, bytes_); }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

 private:
  std::size_t bytes_;
  void* begin_;
};

template <class Function>
void find(void* from, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(from, name));
  if (function == nullptr) throw std::logic_error(std::string("go: its library lacks ") + name);
}

// A file without a name: what stands in a binary cannot be loaded from there.
void* load_library() {
  const int file = memfd_create("bookstore_go.so", MFD_CLOEXEC);
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  const auto size = static_cast<std::size_t>(bookstore_go_library_end - bookstore_go_library);
  const bool written = file >= 0 && write(file, bookstore_go_library, size) == static_cast<ssize_t>(size);
  void* const library = written ? dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) : nullptr;
  if (library == nullptr) {
    const std::string reason = written ? dlerror() : std::generic_category().message(errno);
    if (file >= 0) close(file);
    throw LimitReached("go: its runtime cannot be loaded (" + reason + "); ask for another backend");
  }
  close(file);
  return library;
}

// What a signal did it still does, but for the one by which Go preempts: its handlers would end the process
// with 2 where a step is at fault, and would have it write on into a pipe that nobody reads.
class KeptSignals {
 public:
  KeptSignals() {
    for (std::size_t signal = 1; signal < actions_.size(); ++signal)
      sigaction(static_cast<int>(signal), nullptr, &actions_[signal]);
  }
  ~KeptSignals() {
    for (std::size_t signal = 1; signal < actions_.size(); ++signal)
      if (signal != SIGURG) sigaction(static_cast<int>(signal), &actions_[signal], nullptr);
  }
  KeptSignals(const KeptSignals&) = delete;
  KeptSignals& operator=(const KeptSignals&) = delete;

 private:
  std::array<struct sigaction, 32> actions_{};  // the numbers above are nobody's but the C library's
};

ForeignRuntime load() {
  const KeptSignals kept;
  void* const from = load_library();
  ForeignRuntime runtime{};
  find(from, "bookstore_go_make", runtime.make);
  find(from, "bookstore_go_destroy", runtime.destroy);
  find(from, "bookstore_go_open", runtime.open);
  find(from, "bookstore_go_start", runtime.start);
  find(from, "bookstore_go_submit", runtime.submit);
  find(from, "bookstore_go_close", runtime.close);
  // It starts in a thread of its own; the first call waits for that.
  runtime.destroy(runtime.make(1));
  return runtime;
}

// What Go is refused later ends the process.
void require_start(int workers) {
  const Room room(addresses);
  require_startable(Go::traits.name, workers + spare_threads);
}

const ForeignRuntime& loaded(const Team& team) {
  require_threads(Go::traits, team.workers);
  require_wishes(Go::traits, team);
  static bool started = false;
  if (!started) require_start(team.workers);
  static const ForeignRuntime runtime = load();
  started = true;
  return runtime;
}

}  // namespace

Go::Go(const Team& team, Load) : Foreign(traits, team, loaded(team)) {}

std::string Go::runtime() { return BOOKSTORE_GO_VERSION; }

}  // namespace bookstore::backend
