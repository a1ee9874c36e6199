#include "bench/backends/tokio/tokio.hpp"

#include <cstdint>

extern "C" {

ForeignHandle bookstore_tokio_make(std::uint32_t workers);
void bookstore_tokio_destroy(ForeignHandle pool);
ForeignHandle bookstore_tokio_open(ForeignHandle pool, const ForeignRun* run);
void bookstore_tokio_start(ForeignHandle running);
void bookstore_tokio_submit(ForeignHandle running, std::uint32_t task, std::uint32_t step);
void bookstore_tokio_close(ForeignHandle running, int failed);

}  // extern "C"

namespace bookstore::backend {

namespace {

constexpr ForeignRuntime runtime_of_rust{.make = bookstore_tokio_make,
                                         .destroy = bookstore_tokio_destroy,
                                         .open = bookstore_tokio_open,
                                         .start = bookstore_tokio_start,
                                         .submit = bookstore_tokio_submit,
                                         .close = bookstore_tokio_close};

}  // namespace

Tokio::Tokio(const Team& team, Load) : Foreign(traits, team, runtime_of_rust) {}

std::string Tokio::runtime() { return BOOKSTORE_TOKIO_VERSION; }

}  // namespace bookstore::backend
