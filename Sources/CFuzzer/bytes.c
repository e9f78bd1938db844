// Loops over bytes for the slow reader of state directories.
#include "cfuzzer.h"

#ifdef IPAMD_FUZZ
#define UNCOVERED __attribute__((no_sanitize("coverage")))
#else
#define UNCOVERED
#endif

// Castagnoli's polynomial, its bits from the highest power to the lowest.
static const uint32_t polynomial = 0x82f63b78;

UNCOVERED static uint32_t entry(uint32_t byte) {
    for (int bit = 0; bit < 8; bit++) byte = byte & 1 ? byte >> 1 ^ polynomial : byte >> 1;
    return byte;
}

// Made before main, when there is one thread.
static uint32_t table[256];

UNCOVERED __attribute__((constructor)) static void make_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) table[byte] = entry(byte);
}

UNCOVERED uint32_t cfuzzer_crc32c(uint32_t crc, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    crc = ~crc;
    while (count-- > 0) crc = crc >> 8 ^ table[(crc ^ *next++) & 0xff];
    return ~crc;
}

UNCOVERED bool cfuzzer_is_all_zeros(const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    while (count-- > 0)
        if (*next++ != 0) return false;
    return true;
}
