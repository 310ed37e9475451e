/* Preloaded into a process, ends it with SIGKILL at its Nth flush to disk:
   every commit of a store is one, so this is a power cut at each commit
   point, without a word in the product. DATELINE_KILL_AT: N, from 1;
   DATELINE_KILL_AFTER=1: when the flush is done, otherwise before it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int flushes;

static int is_last(void) {
  const char* const at = getenv("DATELINE_KILL_AT");
  return at != NULL && atomic_fetch_add(&flushes, 1) + 1 == atoi(at);
}

static int flush(const char* name, int file) {
  int (*const real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  const int last = is_last();
  if (last && getenv("DATELINE_KILL_AFTER") == NULL) kill(getpid(), SIGKILL);
  const int result = real(file);
  if (last) kill(getpid(), SIGKILL);
  return result;
}

int fsync(int file) { return flush("fsync", file); }
int fdatasync(int file) { return flush("fdatasync", file); }
