/* Preloaded into the hub's processes and PostgreSQL by benchmarks/slow_disk.py: every fsync and
   fdatasync takes SLOW_SYNC_US microseconds more, as on block storage over a network. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

typedef int (*sync_call)(int);

static void linger(void) {
  const char *given = getenv("SLOW_SYNC_US");
  long micros = given ? atol(given) : 0;
  struct timespec pause = {micros / 1000000, (micros % 1000000) * 1000};
  if (micros > 0) nanosleep(&pause, NULL);
}

int fsync(int file) {
  int done = ((sync_call)dlsym(RTLD_NEXT, "fsync"))(file);
  linger();
  return done;
}

int fdatasync(int file) {
  int done = ((sync_call)dlsym(RTLD_NEXT, "fdatasync"))(file);
  linger();
  return done;
}
