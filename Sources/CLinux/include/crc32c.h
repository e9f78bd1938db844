// CRC-32C (Castagnoli, RFC 3720 appendix B.4). The processor's own instruction is several times
// faster than any table, and Swift has no portable way to reach it.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// The CRC of `count` bytes, continued from `crc`: that of the bytes before, or any seed, 0 for
/// none. Uses the instruction of SSE 4.2 or of ARMv8 where there is one, tables elsewhere.
uint32_t clinux_crc32c(uint32_t crc, const void *bytes, size_t count);

/// The same by tables alone, so that a test can compare the two.
uint32_t clinux_crc32c_tables(uint32_t crc, const void *bytes, size_t count);
