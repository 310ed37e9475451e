// Feeds every file of a corpus folder to a fuzz target once, without libFuzzer,
// so that the ordinary suite replays what fuzzing has found.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <system_error>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
    return 2;
  }
  std::error_code error;
  std::set<std::filesystem::path> files;  // sorted: every run in one order
  for (std::filesystem::recursive_directory_iterator it(argv[1], error), end;
       !error && it != end; it.increment(error)) {
    if (it->is_regular_file()) files.insert(it->path());
  }
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)),
                            std::istreambuf_iterator<char>());
    // Named before it is run: a crash shows which input did it.
    std::fprintf(stderr, "%s: %zu B\n", file.filename().c_str(), bytes.size());
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()),
                           bytes.size());
  }
  std::fprintf(stderr, "%zu inputs replayed from %s\n", files.size(), argv[1]);
  return files.empty() ? 1 : 0;  // an empty corpus would prove nothing
}
