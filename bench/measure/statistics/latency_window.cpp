#include "bench/measure/statistics/latency_window.hpp"

#include <algorithm>
#include <stdexcept>

namespace bookstore::measure {
namespace {

bool earlier(const TaskRecord& a, const TaskRecord& b) { return a.intended < b.intended; }

void require_order(Records records) {
  if (!std::is_sorted(records.begin(), records.end(), earlier))
    throw std::logic_error("task records are not in the order of their intended arrival");
}

bool finished(const TaskRecord& task) { return task.finishes > 0; }

Records inside(Records records, const Window& window) {
  if (window.first + window.count > records.size())
    throw std::logic_error("the window is not of these records");
  return records.subspan(window.first, window.count);
}

// Calls visit for each finished task of the window, and of the kind where one is given.
template <class Visit>
void for_each(Records records, const Window& window, Kind kind, Visit visit) {
  const Records tasks = inside(records, window);
  require_order(tasks);
  for (const TaskRecord& task : tasks)
    if (finished(task) && (!kind || *kind == task.kind)) visit(task);
}

// Of those tasks what `figure` makes of each.
template <class Figure>
std::vector<std::int64_t> collect(Records records, const Window& window, Kind kind, Figure figure) {
  std::vector<std::int64_t> result;
  result.reserve(window.count);
  for_each(records, window, kind, [&](const TaskRecord& task) { result.push_back(figure(task)); });
  return result;
}

double mean_sojourn(Records records) {
  double sum = 0;
  std::size_t count = 0;
  for (const TaskRecord& task : records) {
    if (!finished(task)) continue;
    sum += static_cast<double>(task.finished - task.intended);
    ++count;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

}  // namespace

Window select_window(Records records, double sojourns) {
  if (records.empty()) throw std::logic_error("a run without tasks has no window");
  require_order(records);
  const std::int64_t span = records.back().intended - records.front().intended;
  const std::size_t gaps = std::max<std::size_t>(records.size() - 1, 1);
  const std::int64_t gap = std::max<std::int64_t>(span / static_cast<std::int64_t>(gaps), 1);

  Window window;
  window.end = records.back().intended + gap;
  window.warm_up = std::max(window.end / 10, static_cast<std::int64_t>(sojourns * mean_sojourn(records)));
  window.warm_up_complete = window.warm_up <= window.end / 2;
  window.begin = std::min(window.warm_up, window.end / 2);
  const auto first =
      std::lower_bound(records.begin(), records.end(), TaskRecord{.intended = window.begin}, earlier);
  window.first = static_cast<std::size_t>(first - records.begin());
  window.count = records.size() - window.first;
  return window;
}

Split<std::int64_t> split(const TaskRecord& task) {
  return {.late_at_door = task.released - task.intended,
          .queued_before = task.started - task.released,
          .work = task.work,
          .asked_waits = task.asked_waits,
          .queued_after = task.finished - task.started - task.work - task.asked_waits};
}

std::vector<std::int64_t> latencies(Records records, const Window& window, Kind kind) {
  return collect(records, window, kind, [](const TaskRecord& task) { return task.finished - task.intended; });
}

std::vector<std::int64_t> delays(Records records, const Window& window, Kind kind) {
  return collect(records, window, kind,
                 [](const TaskRecord& task) { return task.finished - task.intended - task.asked_waits; });
}

std::vector<std::int64_t> lateness(Records records, const Window& window, Kind kind) {
  return collect(records, window, kind, [](const TaskRecord& task) { return task.released - task.intended; });
}

std::vector<std::int64_t> wait_lateness(Records records, const Window& window) {
  std::vector<std::int64_t> result;
  for_each(records, window, std::nullopt, [&](const TaskRecord& task) {
    if (task.waits > 0) result.push_back(split(task).queued_after / task.waits);
  });
  return result;
}

Split<double> mean_split(Records records, const Window& window, Kind kind) {
  Split<double> mean;
  double count = 0;
  for_each(records, window, kind, [&](const TaskRecord& task) {
    const auto parts = split(task);
    mean.late_at_door += static_cast<double>(parts.late_at_door);
    mean.queued_before += static_cast<double>(parts.queued_before);
    mean.work += static_cast<double>(parts.work);
    mean.asked_waits += static_cast<double>(parts.asked_waits);
    mean.queued_after += static_cast<double>(parts.queued_after);
    ++count;
  });
  if (count == 0) return mean;
  for (double* part :
       {&mean.late_at_door, &mean.queued_before, &mean.work, &mean.asked_waits, &mean.queued_after})
    *part /= count;
  return mean;
}

DelayParts mean_delay(Records records, const Window& window, std::span<const double> alone) {
  const Split<double> mean = mean_split(records, window);
  std::vector<double> inside;  // time in the steps, by kind
  std::vector<double> tasks;
  double count = 0;
  for_each(records, window, std::nullopt, [&](const TaskRecord& task) {
    if (task.kind >= inside.size()) {
      inside.resize(task.kind + 1);
      tasks.resize(task.kind + 1);
    }
    inside[task.kind] += static_cast<double>(task.work);
    ++tasks[task.kind];
    ++count;
  });
  DelayParts parts{.door = mean.late_at_door, .queue = mean.queued_before, .after_waits = mean.queued_after};
  for (std::size_t kind = 0; kind < inside.size(); ++kind)
    parts.work += kind < alone.size() ? std::min(inside[kind], alone[kind] * tasks[kind]) : inside[kind];
  if (count > 0) parts.work /= count;
  parts.steps = mean.work - parts.work;
  return parts;
}

std::uint64_t backlog(Records records, std::int64_t time) {
  require_order(records);
  const auto end = std::lower_bound(records.begin(), records.end(), TaskRecord{.intended = time}, earlier);
  return static_cast<std::uint64_t>(std::count_if(records.begin(), end, [time](const TaskRecord& task) {
    return !finished(task) || task.finished > time;
  }));
}

std::uint64_t most_at_once(Records records, std::int64_t TaskRecord::*from, std::int64_t TaskRecord::*to) {
  std::vector<std::int64_t> in;
  std::vector<std::int64_t> out;
  for (const TaskRecord& task : records) {
    if (!finished(task)) continue;
    in.push_back(task.*from);
    out.push_back(task.*to);
  }
  std::sort(in.begin(), in.end());
  std::sort(out.begin(), out.end());
  std::size_t most = 0;
  std::size_t gone = 0;
  for (std::size_t come = 0; come < in.size(); ++come) {
    while (gone < out.size() && out[gone] <= in[come]) ++gone;
    most = std::max(most, come + 1 - gone);
  }
  return most;
}

OpenRun observe(Records records, const Window& window, InFlightFrom from) {
  const Records tasks = inside(records, window);
  OpenRun run;
  run.tasks = records.size();
  run.warm_up_complete = window.warm_up_complete;
  run.scheduled = tasks.size();
  for (const TaskRecord& task : records) {
    if (task.finishes == 1) ++run.finished_once;
    if (task.released >= window.begin && task.released < window.end) ++run.released;
  }
  run.backlog_begin = backlog(records, window.begin);
  run.backlog_end = backlog(records, window.end);
  if (window.end > window.begin)
    run.rate = static_cast<double>(tasks.size()) / (static_cast<double>(window.end - window.begin) * 1e-9);
  const auto mean = mean_split(records, window);
  run.mean_stay = (mean.total() - (from == InFlightFrom::release ? mean.late_at_door : 0)) * 1e-9;
  return run;
}

}  // namespace bookstore::measure
