// Runs a fuzz target on the files of the folders named, once each: what was found once stays tried, by every
// compiler.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  int tried = 0;
  for (int folder = 1; folder < argc; ++folder)
    for (const auto& file : std::filesystem::directory_iterator(argv[folder])) {
      std::ifstream stream(file.path(), std::ios::binary);
      const std::string input(std::istreambuf_iterator<char>(stream), {});
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
      ++tried;
    }
  std::printf("%d inputs tried\n", tried);
  return tried > 0 ? 0 : 1;
}
