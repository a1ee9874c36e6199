// The kinds of task that the essay's clerk knows, and shelving.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace bookstore::workload {

enum class Kind : std::uint8_t {
  open_shop,
  make_coffee,
  check_mail,
  rent_book,
  return_book,
  shelve_books,
  close_shop,
};

inline constexpr std::size_t kind_count = 7;
inline constexpr std::uint32_t most_steps_of_a_kind = 2;

struct KindInfo {
  std::string_view name;
  std::string_view figure;  // what stands for it in the names of figures: latency_<figure>_p99_us
  // What its steps cost together on a 2.6 GHz server core, in microseconds; used only to choose how many
  // tasks a run gets, never in a result.
  double nominal_cpu_us;
};

inline constexpr std::array<KindInfo, kind_count> kind_table{{
    {"open_shop", "open", 2000},
    {"make_coffee", "coffee", 13.5},
    {"check_mail", "mail", 20},
    {"rent_book", "rent", 6.5},
    {"return_book", "return", 4},
    {"shelve_books", "shelve", 11.5},
    {"close_shop", "close", 20},
}};

// What a clerk may be trained for.
enum class Role : std::uint32_t { desk, back_office };

constexpr Role role_of(Kind kind) {
  return kind == Kind::make_coffee || kind == Kind::check_mail || kind == Kind::shelve_books
             ? Role::back_office
             : Role::desk;
}

constexpr const KindInfo& info(Kind kind) { return kind_table[static_cast<std::size_t>(kind)]; }

}  // namespace bookstore::workload
