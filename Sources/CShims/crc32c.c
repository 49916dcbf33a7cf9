#include "CShims.h"
#include "processor.h"

#include <pthread.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#if defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

// Below, `state` is the register itself: the CRC without its initial value and final xor.

// --- Portable: slicing by eight.

static uint32_t tables[8][256];

static void make_tables(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t state = i;
        for (int bit = 0; bit < 8; bit++) {
            state = (state >> 1) ^ (0x82F63B78u & (0u - (state & 1)));
        }
        tables[0][i] = state;
    }
    for (int slice = 1; slice < 8; slice++) {
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t before = tables[slice - 1][i];
            tables[slice][i] = (before >> 8) ^ tables[0][before & 0xFF];
        }
    }
}

static uint32_t little_endian_32(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16
        | (uint32_t)bytes[3] << 24;
}

static uint32_t extend_portable(uint32_t state, const uint8_t *bytes, size_t count) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_tables);
    for (; count >= 8; bytes += 8, count -= 8) {
        uint32_t low = state ^ little_endian_32(bytes);
        uint32_t high = little_endian_32(bytes + 4);
        state = tables[7][low & 0xFF] ^ tables[6][low >> 8 & 0xFF] ^ tables[5][low >> 16 & 0xFF]
            ^ tables[4][low >> 24] ^ tables[3][high & 0xFF] ^ tables[2][high >> 8 & 0xFF]
            ^ tables[1][high >> 16 & 0xFF] ^ tables[0][high >> 24];
    }
    for (; count > 0; bytes++, count--) state = (state >> 8) ^ tables[0][(state ^ *bytes) & 0xFF];
    return state;
}

// --- Hardware.

#if defined(__x86_64__)

static uint64_t load_64(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

// The instruction answers after three cycles and can be started each cycle, so three runs of `run`
// bytes go side by side. The runs are then put together: a state followed by n bytes of zeros is
// the state times x^(8n) modulo the polynomial; a carry-less product with x^(8n-33) and one more
// CRC instruction, which multiplies by x^32 (and the reflected product is one bit off), make that.
__attribute__((target("sse4.2,pclmul"))) static inline uint32_t extend_three(
    uint32_t state, const uint8_t *bytes, size_t run, uint32_t shift_one, uint32_t shift_two) {
    uint64_t a = state, b = 0, c = 0;
    for (size_t i = 0; i < run; i += 8) {
        a = _mm_crc32_u64(a, load_64(bytes + i));
        b = _mm_crc32_u64(b, load_64(bytes + run + i));
        c = _mm_crc32_u64(c, load_64(bytes + 2 * run + i));
    }
    __m128i first = _mm_clmulepi64_si128(
        _mm_cvtsi64_si128((long long)a), _mm_cvtsi64_si128(shift_two), 0);
    __m128i second = _mm_clmulepi64_si128(
        _mm_cvtsi64_si128((long long)b), _mm_cvtsi64_si128(shift_one), 0);
    uint64_t product = (uint64_t)_mm_cvtsi128_si64(_mm_xor_si128(first, second));
    return (uint32_t)(_mm_crc32_u64(0, product) ^ c);
}

__attribute__((target("sse4.2,pclmul"))) static uint32_t extend_hardware(
    uint32_t state, const uint8_t *bytes, size_t count) {
    // The shifts are x^(8 run - 33) and x^(16 run - 33), reflected.
    enum { LONG_RUN = 1024, SHORT_RUN = 128 };
    for (; count >= 3 * LONG_RUN; bytes += 3 * LONG_RUN, count -= 3 * LONG_RUN) {
        state = extend_three(state, bytes, LONG_RUN, 0x170076FA, 0xA51B6135);
    }
    for (; count >= 3 * SHORT_RUN; bytes += 3 * SHORT_RUN, count -= 3 * SHORT_RUN) {
        state = extend_three(state, bytes, SHORT_RUN, 0x0D3B6092, 0xB9E02B86);
    }
    uint64_t wide = state;
    for (; count >= 8; bytes += 8, count -= 8) wide = _mm_crc32_u64(wide, load_64(bytes));
    state = (uint32_t)wide;
    for (; count > 0; bytes++, count--) state = _mm_crc32_u8(state, *bytes);
    return state;
}

static bool has_hardware(void) { return processor_has(PROCESSOR_CRC); }

#elif defined(__ARM_FEATURE_CRC32)

static uint32_t extend_hardware(uint32_t state, const uint8_t *bytes, size_t count) {
    for (; count >= 8; bytes += 8, count -= 8) {
        uint64_t value;
        memcpy(&value, bytes, sizeof value);
        state = __crc32cd(state, value);
    }
    for (; count > 0; bytes++, count--) state = __crc32cb(state, *bytes);
    return state;
}

static bool has_hardware(void) { return true; }

#else

static uint32_t extend_hardware(uint32_t state, const uint8_t *bytes, size_t count) {
    return extend_portable(state, bytes, count);
}

static bool has_hardware(void) { return false; }

#endif

uint32_t sj_crc32c(uint32_t crc, const void *bytes, size_t count) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
    // A fuzzer would break its teeth on checksums: in its build all of them are zero.
    (void)crc, (void)bytes, (void)count;
    return 0;
#endif
    return has_hardware() ? ~extend_hardware(~crc, bytes, count)
                          : ~extend_portable(~crc, bytes, count);
}

bool sj_crc32c_in(sj_way way, uint32_t crc, const void *bytes, size_t count, uint32_t *result) {
    switch (way) {
    case SJ_WAY_PORTABLE:
        *result = ~extend_portable(~crc, bytes, count);
        return true;
    case SJ_WAY_HARDWARE:
        if (!has_hardware()) return false;
        *result = ~extend_hardware(~crc, bytes, count);
        return true;
    default:
        return false;
    }
}
