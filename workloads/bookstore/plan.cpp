#include "workloads/bookstore/plan.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

#include "workloads/bookstore/popularity.hpp"
#include "workloads/random.hpp"

namespace bookstore::workload {

namespace {

constexpr std::size_t at(Kind kind) { return static_cast<std::size_t>(kind); }

//                                                     open coffee mail rent return shelve close
constexpr std::array mixes{
    Mix{"shelving", "CPU only, independent batches: parallelism", {0, 0, 0, 0, 0, 1000, 0}, false},
    Mix{"counter", "customers only: the mix of CPU and wait", {0, 0, 0, 500, 500, 0, 0}, false},
    Mix{"errands", "coffee and mail, nearly all wait: concurrency", {0, 600, 400, 0, 0, 0, 0}, false},
    Mix{"day", "everything, in the essay's order", {0, 6, 4, 450, 450, 90, 0}, true},
};

// Distinct batches; a plan with more shelving tasks uses them again.
constexpr std::uint32_t max_batches = 1024;

constexpr std::uint32_t quarters = 4;

// The share of a kind's tasks that falls into each quarter of the day: coffee in the morning and in the
// afternoon, mail before noon, customers and shelving all day.
constexpr std::array<std::uint32_t, quarters> quarter_shares(Kind kind) {
  switch (kind) {
    case Kind::make_coffee:
      return {1, 0, 1, 0};
    case Kind::check_mail:
      return {1, 1, 0, 0};
    default:
      return {1, 1, 1, 1};
  }
}

}  // namespace

std::span<const Mix> mix_table() { return mixes; }

const Mix& find_mix(std::string_view name) {
  const auto mix = std::ranges::find(mixes, name, &Mix::name);
  if (mix != mixes.end()) return *mix;
  std::string known;
  for (const Mix& each : mixes) known += (known.empty() ? "" : ", ") + std::string(each.name);
  throw std::invalid_argument("unknown workload '" + std::string(name) + "'; known: " + known);
}

std::array<std::uint32_t, kind_count> kind_counts(const Mix& mix, std::uint32_t tasks) {
  std::array<std::uint32_t, kind_count> counts{};
  std::array<std::uint64_t, kind_count> remainders{};
  std::uint32_t placed = 0;
  for (std::size_t k = 0; k < kind_count; ++k) {
    const std::uint64_t thousandths = static_cast<std::uint64_t>(tasks) * mix.per_thousand[k];
    counts[k] = static_cast<std::uint32_t>(thousandths / 1000);
    remainders[k] = thousandths % 1000;
    placed += counts[k];
  }
  for (; placed < tasks; ++placed) {
    const auto largest = std::ranges::max_element(remainders);
    ++counts[static_cast<std::size_t>(largest - remainders.begin())];
    *largest = 0;
  }
  constexpr std::uint32_t short_day = 20;
  for (std::size_t k = 0; k < kind_count && tasks >= short_day; ++k) {
    const std::uint32_t fewest = mix.per_thousand[k] == 0 ? 0 : k == at(Kind::make_coffee) ? 2 : 1;
    for (; counts[k] < fewest; ++counts[k]) --*std::ranges::max_element(counts);
  }
  return counts;
}

std::uint32_t smallest_whole_plan(const Mix& mix) {
  std::uint32_t divisor = 1000;
  for (const std::uint32_t share : mix.per_thousand) divisor = std::gcd(divisor, share);
  return 1000 / divisor;
}

Waits scaled_waits(const Parameters& parameters) {
  return {scaled_wait(parameters, parameters.brew_us), scaled_wait(parameters, parameters.mailbox_us),
          scaled_wait(parameters, parameters.card_us), scaled_wait(parameters, parameters.printer_us)};
}

Wait total_wait(const Waits& waits, Kind kind) {
  switch (kind) {
    case Kind::make_coffee:
      return waits.brew;
    case Kind::check_mail:
      return waits.mailbox;
    case Kind::rent_book:
      return waits.card;
    case Kind::return_book:
      return waits.printer;
    default:
      return 0;
  }
}

Wait longest_wait(const Mix& mix, const Parameters& parameters) {
  const Waits waits = scaled_waits(parameters);
  Wait longest = 0;
  for (std::size_t k = 0; k < kind_count; ++k)
    if (mix.per_thousand[k] > 0) longest = std::max(longest, total_wait(waits, static_cast<Kind>(k)));
  return longest;
}

NominalCost nominal_cost(const Mix& mix, const Parameters& parameters) {
  const Waits waits = scaled_waits(parameters);
  NominalCost cost{};
  for (std::size_t k = 0; k < kind_count; ++k) {
    const double share = mix.per_thousand[k] / 1000.0;
    const Wait wait = total_wait(waits, static_cast<Kind>(k));
    cost.cpu_ns += share * kind_table[k].nominal_cpu_us * 1000 * std::max(parameters.cpu_scale, 0.05);
    cost.wait_ns += share * static_cast<double>(wait);
    cost.waits_per_task += wait > 0 ? share : 0;
  }
  return cost;
}

Plan::Plan(const Mix& mix, const Parameters& parameters)
    : mix_(&mix),
      parameters_(parameters),
      waits_(scaled_waits(parameters)),
      shelves_(static_cast<std::uint32_t>(std::min(parameters.shelves, parameters.titles))) {
  if (parameters.titles > subject_mask)
    throw std::invalid_argument("titles is over " + std::to_string(subject_mask));
  const auto seed = static_cast<std::uint64_t>(parameters.seed);
  catalogue_ = std::make_shared<Catalogue>(seed, static_cast<std::uint32_t>(parameters.titles));
  tasks_.reserve(static_cast<std::size_t>(parameters.tasks));
  SplitMix64 random{mix64(seed + 1)};
  place_kinds(random);
  choose_subjects(random);
}

void Plan::place_kinds(SplitMix64& random) {
  auto left = kind_counts(*mix_, static_cast<std::uint32_t>(parameters_.tasks));
  for (std::uint32_t quarter = 0; quarter < quarters; ++quarter) {
    const std::size_t begin = tasks_.size();
    for (std::size_t k = 0; k < kind_count; ++k) {
      const auto shares = quarter_shares(static_cast<Kind>(k));
      const std::uint32_t still = std::accumulate(shares.begin() + quarter, shares.end(), 0u);
      // Rounded up, so that an odd coffee is made in the morning.
      const std::uint32_t now = still == 0 ? 0 : (left[k] * shares[quarter] + still - 1) / still;
      tasks_.insert(tasks_.end(), now, static_cast<std::uint32_t>(k) << subject_bits);
      left[k] -= now;
    }
    for (std::size_t i = tasks_.size() - begin; i > 1; --i)
      std::swap(tasks_[begin + i - 1], tasks_[begin + random.below(static_cast<std::uint32_t>(i))]);
  }
}

void Plan::choose_subjects(SplitMix64& random) {
  const std::uint32_t titles = catalogue_->size();
  const Popularity popularity(shelves_, parameters_.skew,
                              mix64(static_cast<std::uint64_t>(parameters_.seed)));
  const auto pick_from = [&](std::uint32_t shelf) {
    return first_title(shelf) + random.below(first_title(shelf + 1) - first_title(shelf));
  };
  const auto counts = kind_counts(*mix_, static_cast<std::uint32_t>(parameters_.tasks));
  const std::uint32_t batches = std::min(counts[at(Kind::shelve_books)], max_batches);
  const std::uint32_t batch_size = scaled_units(parameters_, parameters_.batch);
  batches_.reserve(static_cast<std::size_t>(batches) * batch_size);
  for (std::uint32_t b = 0; b < batches; ++b) {
    std::vector<std::uint32_t> from(static_cast<std::size_t>(parameters_.batch_shelves));
    for (std::uint32_t& shelf : from) shelf = popularity.pick(random);
    for (std::uint32_t i = 0; i < batch_size; ++i) batches_.push_back(pick_from(from[i % from.size()]));
  }
  // A few copies that nobody wants; a title may also start with an empty place.
  stock_.resize(titles);
  for (std::uint32_t& copies : stock_) copies = random.below(3);
  lent_.assign(titles, 0);
  std::uint32_t next_batch = 0;
  for (std::uint32_t& task : tasks_) {
    const auto kind = static_cast<Kind>(task >> subject_bits);
    if (kind == Kind::shelve_books) task |= next_batch++ % batches;
    if (kind != Kind::rent_book && kind != Kind::return_book) continue;
    const TitleId title = pick_from(popularity.pick(random));
    task |= title;
    ++(kind == Kind::rent_book ? stock_ : lent_)[title];
  }
}

std::span<const TitleId> Plan::batch(std::uint32_t subject) const {
  const std::size_t size = scaled_units(parameters_, parameters_.batch);
  return {batches_.data() + subject * size, size};
}

TitleId Plan::first_title(std::uint32_t shelf) const {
  return static_cast<TitleId>(static_cast<std::uint64_t>(shelf) * catalogue_->size() / shelves_);
}

std::uint32_t Plan::shelf_of(TitleId title) const {
  // The inverse of first_title: the last shelf that begins at or before the title.
  return static_cast<std::uint32_t>(((static_cast<std::uint64_t>(title) + 1) * shelves_ - 1) /
                                    catalogue_->size());
}

}  // namespace bookstore::workload
