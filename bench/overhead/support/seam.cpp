// The registered backends through the seam, in one code alignment.
#include "bench/backends/registry.hpp"
#include "bench/overhead/support/variant.hpp"
#include "workloads/grain.hpp"
#include "workloads/stocktake.hpp"

namespace bookstore::overhead {

namespace {

// Types of this variant's own, so that the backend's loops are too.
struct Job : workload::GrainJob {};
struct CountedTree : workload::ShelfTree {
  using ShelfTree::ShelfTree;
};

template <class Backend>
class Grain : public GrainRunner {
 public:
  explicit Grain(int workers) : backend_(workers) {}

 private:
  void run(workload::GrainJob& job, std::uint32_t) override {
    Job own{job};
    backend_.run(own, backend::AllAtOnce{});
  }

  Backend backend_;
};

template <class Backend>
class Stocktake : public StocktakeRunner {
 public:
  explicit Stocktake(int workers) : backend_(workers) {}

 private:
  std::uint64_t run(const workload::Shelves& shelves, const TreeShape& shape) override {
    const CountedTree tree(shelves, shape.fanout);
    return backend_.count(tree, shape.cutoff == 0 ? no_cutoff : shape.cutoff);
  }

  Backend backend_;
};

}  // namespace

template <>
std::unique_ptr<GrainRunner> make_seam_grain<BOOKSTORE_ALIGNMENT>(std::string_view backend, int workers) {
  std::unique_ptr<GrainRunner> runner;
  backend::with_backend(backend,
                        [&]<class Backend>() { runner = std::make_unique<Grain<Backend>>(workers); });
  return runner;
}

template <>
std::unique_ptr<StocktakeRunner> make_seam_stocktake<BOOKSTORE_ALIGNMENT>(std::string_view backend,
                                                                          int workers) {
  std::unique_ptr<StocktakeRunner> runner;
  backend::with_backend(backend,
                        [&]<class Backend>() { runner = std::make_unique<Stocktake<Backend>>(workers); });
  return runner;
}

}  // namespace bookstore::overhead
