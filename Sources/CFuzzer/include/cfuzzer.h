// libFuzzer as far as ipamfuzz calls it, and a count of the memory that a run takes.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// libFuzzer's main loop. Linked in by `-sanitize=fuzzer` alone.
int LLVMFuzzerRunDriver(
    int *count, char ***arguments, int (*run)(const uint8_t *bytes, size_t count));

/// libFuzzer's own mutations, for the inside of what a mutator of ours has taken apart.
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t count, size_t most);

/// Begins to count anew.
void cfuzzer_memory_reset(void);

/// The most bytes that were allocated at a time since then, beyond those that were before.
///
/// Only a build of `.ci/fuzz` counts; elsewhere this is 0.
size_t cfuzzer_memory_peak(void);

/// CRC-32C by a table that is made from its polynomial. Outside the fuzzer's sight: a loop over
/// bytes has thousands of comparisons that say nothing.
uint32_t cfuzzer_crc32c(uint32_t crc, const void *bytes, size_t count);

/// Whether all bytes are 0, also outside its sight.
bool cfuzzer_is_all_zeros(const void *bytes, size_t count);
