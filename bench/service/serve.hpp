// The service's own side: a process that answers waits.
#pragma once

#include <optional>

namespace bookstore::service {

// To be called first in main(): whether this process was started to be the service, which it then is until
// the process that started it ends or has had enough; the value is its exit code.
std::optional<int> serve_if_asked(int argc, char** argv);

}  // namespace bookstore::service
