#include "workloads/bookstore/catalogue.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <tuple>

#include "workloads/random.hpp"

namespace bookstore::workload {

namespace {

constexpr std::uint32_t titles_per_author = 4;
constexpr std::uint32_t sections = 16;
constexpr std::uint32_t vocabulary = 1024;
constexpr std::uint32_t words_per_title = 2;

// A pronounceable word of three syllables; distinct for distinct numbers below 15^6.
std::string word(std::uint32_t number) {
  static constexpr std::string_view consonants = "bdfgklmnprstvwz";
  static constexpr std::string_view vowels = "aeiou";
  std::string text;
  for (int syllable = 0; syllable < 3 || number > 0; ++syllable) {
    text += consonants[number % consonants.size()];
    number /= static_cast<std::uint32_t>(consonants.size());
    text += vowels[number % vowels.size()];
    number /= static_cast<std::uint32_t>(vowels.size());
  }
  return text;
}

// The longest title that edit_distance compares without allocating.
constexpr std::size_t max_title_length = 64;

}  // namespace

bool stands_before(const Title& a, const Title& b) {
  return std::tie(a.section, a.author, a.name) < std::tie(b.section, b.author, b.name);
}

Catalogue::Catalogue(std::uint64_t seed, std::uint32_t titles) {
  if (titles == 0) throw std::invalid_argument("titles is 0; a catalogue needs at least one");
  titles_.reserve(titles);
  for (std::uint32_t i = 0; i < titles; ++i) {
    const std::uint32_t author = i / titles_per_author;
    SplitMix64 random{mix64(seed) ^ author};
    const std::uint32_t section = random.below(sections);
    // Consecutive vocabulary numbers: no two titles of an author share a word, so that one wrong letter never
    // makes one title look more like another.
    const std::uint32_t first = random.below(vocabulary) + (i % titles_per_author) * words_per_title;
    std::string name = word(first % vocabulary);
    for (std::uint32_t w = 1; w < words_per_title; ++w) name += ' ' + word((first + w) % vocabulary);
    titles_.push_back({section, word(vocabulary + author), std::move(name)});
  }
  std::sort(titles_.begin(), titles_.end(), stands_before);
}

Memory Catalogue::remember(TitleId id, std::uint64_t noise) const {
  const Title& title = titles_[id];
  Memory memory{title.author, title.name};
  memory.name[noise % memory.name.size()] = '?';
  return memory;
}

void Index::build(const Catalogue& catalogue) {
  std::vector<TitleId> order(catalogue.size());
  for (TitleId id = 0; id < catalogue.size(); ++id) order[id] = id;
  std::sort(order.begin(), order.end(), [&](TitleId a, TitleId b) {
    return std::tie(catalogue[a].author, a) < std::tie(catalogue[b].author, b);
  });
  entries_.clear();
  for (const TitleId id : order) {
    if (entries_.empty() || entries_.back().author != catalogue[id].author)
      entries_.push_back({catalogue[id].author, {}});
    entries_.back().titles.push_back(id);
  }
}

TitleId Index::find(const Catalogue& catalogue, const Memory& memory) const {
  const auto entry = std::ranges::lower_bound(entries_, memory.author, {}, &Entry::author);
  if (entry == entries_.end() || entry->author != memory.author) return catalogue.size();
  TitleId best = catalogue.size();
  std::size_t best_distance = max_title_length + 1;
  for (const TitleId id : entry->titles) {
    const std::size_t distance = edit_distance(catalogue[id].name, memory.name);
    if (distance < best_distance) {
      best = id;
      best_distance = distance;
    }
  }
  return best;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  if (a.size() > max_title_length || b.size() > max_title_length)
    throw std::length_error("edit_distance takes at most 64 letters a side");
  std::array<std::uint8_t, max_title_length + 1> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<std::uint8_t>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::uint8_t diagonal = row[0];
    row[0] = static_cast<std::uint8_t>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      const int insert_or_delete = std::min(row[j], row[j - 1]) + 1;
      diagonal = row[j];
      row[j] = static_cast<std::uint8_t>(std::min(substitute, insert_or_delete));
    }
  }
  return row[b.size()];
}

}  // namespace bookstore::workload
