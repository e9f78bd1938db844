#include "include/crc32c.h"

#include <pthread.h>
#include <string.h>

#if defined(__aarch64__)
#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

/// The polynomial 0x1EDC6F41, least significant bit first.
#define POLYNOMIAL 0x82F63B78u

/// tables[0] is the CRC of one byte; tables[n] that of one byte and n zero bytes after it, so
/// that eight bytes are eight look-ups that do not wait for each other.
static uint32_t tables[8][256];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void make_tables(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) ? POLYNOMIAL : 0);
        tables[0][byte] = crc;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (int n = 1; n < 8; n++)
            tables[n][byte] = (tables[n - 1][byte] >> 8) ^ tables[0][tables[n - 1][byte] & 0xff];
}

uint32_t clinux_crc32c_tables(uint32_t crc, const void *bytes, size_t count)
{
    const unsigned char *next = bytes;
    pthread_once(&tables_once, make_tables);
    crc = ~crc;
    for (; count >= 8; count -= 8, next += 8) {
        uint32_t low = crc ^ ((uint32_t)next[0] | (uint32_t)next[1] << 8
                              | (uint32_t)next[2] << 16 | (uint32_t)next[3] << 24);
        crc = tables[7][low & 0xff] ^ tables[6][(low >> 8) & 0xff]
            ^ tables[5][(low >> 16) & 0xff] ^ tables[4][low >> 24]
            ^ tables[3][next[4]] ^ tables[2][next[5]] ^ tables[1][next[6]] ^ tables[0][next[7]];
    }
    for (; count > 0; count--, next++)
        crc = (crc >> 8) ^ tables[0][(crc ^ *next) & 0xff];
    return ~crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2")))
static uint32_t crc32c_instruction(uint32_t crc, const unsigned char *next, size_t count)
{
    uint64_t wide = (uint32_t)~crc;
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    uint32_t narrow = (uint32_t)wide;
    for (; count > 0; count--, next++)
        narrow = __builtin_ia32_crc32qi(narrow, *next);
    return ~narrow;
}

static int has_instruction(void) { return __builtin_cpu_supports("sse4.2"); }

#elif defined(__aarch64__)

__attribute__((target("crc")))
static uint32_t crc32c_instruction(uint32_t crc, const unsigned char *next, size_t count)
{
    crc = ~crc;
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        crc = __crc32cd(crc, word);
    }
    for (; count > 0; count--, next++)
        crc = __crc32cb(crc, *next);
    return ~crc;
}

static int has_instruction(void) { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }

#else

static uint32_t crc32c_instruction(uint32_t crc, const unsigned char *next, size_t count)
{
    return clinux_crc32c_tables(crc, next, count);
}

static int has_instruction(void) { return 0; }

#endif

uint32_t clinux_crc32c(uint32_t crc, const void *bytes, size_t count)
{
    return has_instruction() ? crc32c_instruction(crc, bytes, count)
                             : clinux_crc32c_tables(crc, bytes, count);
}
