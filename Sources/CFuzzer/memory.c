// Stands before the C library's allocator, so that whatever Swift, its runtime or a parser in C
// asks for is counted: an allocation that is never touched has no other trace.
#include "cfuzzer.h"

#ifdef IPAMD_FUZZ

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>

extern void *__libc_malloc(size_t count);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t count);
extern void *__libc_memalign(size_t alignment, size_t count);
extern void __libc_free(void *memory);

// libFuzzer's own thread allocates too, hence atomics; exact order between threads is no matter.
static atomic_long live;
static atomic_long peak;

// The fuzzer's callbacks for coverage may not be called before it has begun.
#define UNCOVERED __attribute__((no_sanitize("coverage")))

UNCOVERED static void *taken(void *memory) {
    if (memory == NULL) return NULL;
    long size = (long)malloc_usable_size(memory);
    long now = atomic_fetch_add_explicit(&live, size, memory_order_relaxed) + size;
    if (now > atomic_load_explicit(&peak, memory_order_relaxed))
        atomic_store_explicit(&peak, now, memory_order_relaxed);
    return memory;
}

UNCOVERED static void given(void *memory) {
    if (memory == NULL) return;
    long size = (long)malloc_usable_size(memory);
    atomic_fetch_sub_explicit(&live, size, memory_order_relaxed);
}

UNCOVERED void *malloc(size_t count) { return taken(__libc_malloc(count)); }

UNCOVERED void *calloc(size_t count, size_t size) { return taken(__libc_calloc(count, size)); }

UNCOVERED void *realloc(void *old, size_t count) {
    long size = old == NULL ? 0 : (long)malloc_usable_size(old);
    void *memory = __libc_realloc(old, count);
    if (memory != NULL || count == 0)
        atomic_fetch_sub_explicit(&live, size, memory_order_relaxed);
    return taken(memory);
}

UNCOVERED void *memalign(size_t alignment, size_t count) {
    return taken(__libc_memalign(alignment, count));
}

UNCOVERED void *aligned_alloc(size_t alignment, size_t count) {
    return taken(__libc_memalign(alignment, count));
}

UNCOVERED int posix_memalign(void **memory, size_t alignment, size_t count) {
    void *found = taken(__libc_memalign(alignment, count));
    if (found == NULL) return ENOMEM;
    *memory = found;
    return 0;
}

UNCOVERED void free(void *memory) {
    given(memory);
    __libc_free(memory);
}

void cfuzzer_memory_reset(void) {
    atomic_store_explicit(&live, 0, memory_order_relaxed);
    atomic_store_explicit(&peak, 0, memory_order_relaxed);
}

size_t cfuzzer_memory_peak(void) {
    return (size_t)atomic_load_explicit(&peak, memory_order_relaxed);
}

#else

void cfuzzer_memory_reset(void) {}

size_t cfuzzer_memory_peak(void) { return 0; }

#endif
