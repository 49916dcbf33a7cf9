#include "sha256.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

const uint32_t sha256_constants[64] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};

// --- Plain C. The eight variables do not move: each round names them in a turned order. The message
// schedule is kept in a ring of sixteen words, computed as the rounds need it.

#define ROTATE(x, n) ((x) >> (n) | (x) << (32 - (n)))
#define SUM_A(x) (ROTATE(x, 2) ^ ROTATE(x, 13) ^ ROTATE(x, 22))
#define SUM_E(x) (ROTATE(x, 6) ^ ROTATE(x, 11) ^ ROTATE(x, 25))
#define SIGMA_0(x) (ROTATE(x, 7) ^ ROTATE(x, 18) ^ (x) >> 3)
#define SIGMA_1(x) (ROTATE(x, 17) ^ ROTATE(x, 19) ^ (x) >> 10)

#define ROUND(a, b, c, d, e, f, g, h, word, i)                                                     \
    do {                                                                                           \
        uint32_t first = h + SUM_E(e) + ((e & (f ^ g)) ^ g) + sha256_constants[i] + (word);        \
        d += first;                                                                                \
        h = first + SUM_A(a) + ((a & b) | ((a | b) & c));                                          \
    } while (0)

#define LOADED(i) (w[i] = load_big_endian_32(blocks + 4 * (i)))
#define SCHEDULED(i)                                                                               \
    (w[i & 15] += SIGMA_0(w[(i + 1) & 15]) + w[(i + 9) & 15] + SIGMA_1(w[(i + 14) & 15]))

#define EIGHT_ROUNDS(WORD, i)                                                                      \
    do {                                                                                           \
        ROUND(a, b, c, d, e, f, g, h, WORD((i)), (i));                                             \
        ROUND(h, a, b, c, d, e, f, g, WORD((i) + 1), (i) + 1);                                     \
        ROUND(g, h, a, b, c, d, e, f, WORD((i) + 2), (i) + 2);                                     \
        ROUND(f, g, h, a, b, c, d, e, WORD((i) + 3), (i) + 3);                                     \
        ROUND(e, f, g, h, a, b, c, d, WORD((i) + 4), (i) + 4);                                     \
        ROUND(d, e, f, g, h, a, b, c, WORD((i) + 5), (i) + 5);                                     \
        ROUND(c, d, e, f, g, h, a, b, WORD((i) + 6), (i) + 6);                                     \
        ROUND(b, c, d, e, f, g, h, a, WORD((i) + 7), (i) + 7);                                     \
    } while (0)

static inline uint32_t load_big_endian_32(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8
        | (uint32_t)bytes[3];
}

// Inlined into each of its two callers, and so compiled for the processor that each names.
static inline __attribute__((always_inline)) void compress(
    uint32_t state[8], const uint8_t *blocks, size_t count) {
    for (; count > 0; blocks += 64, count--) {
        uint32_t w[16];
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
        EIGHT_ROUNDS(LOADED, 0);
        EIGHT_ROUNDS(LOADED, 8);
        EIGHT_ROUNDS(SCHEDULED, 16);
        EIGHT_ROUNDS(SCHEDULED, 24);
        EIGHT_ROUNDS(SCHEDULED, 32);
        EIGHT_ROUNDS(SCHEDULED, 40);
        EIGHT_ROUNDS(SCHEDULED, 48);
        EIGHT_ROUNDS(SCHEDULED, 56);
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }
}

void sha256_compress_portable(uint32_t state[8], const uint8_t *blocks, size_t count) {
    compress(state, blocks, count);
}

#if defined(__x86_64__)

// RORX rotates without moving its source first.
__attribute__((target("bmi2"))) void sha256_compress_rotate(
    uint32_t state[8], const uint8_t *blocks, size_t count) {
    compress(state, blocks, count);
}

// --- SHA-NI. The instructions want the state as ABEF and CDGH, highest word first.

#define HARDWARE __attribute__((target("sha,sse4.1")))

typedef struct {
    __m128i abef, cdgh;
} hardware_state;

HARDWARE static inline __attribute__((always_inline)) hardware_state loaded(
    const uint32_t state[8]) {
    __m128i dcba = _mm_loadu_si128((const __m128i *)&state[0]);
    __m128i hgfe = _mm_loadu_si128((const __m128i *)&state[4]);
    __m128i cdab = _mm_shuffle_epi32(dcba, 0xB1);
    __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1B);
    hardware_state result = {
        .abef = _mm_alignr_epi8(cdab, efgh, 8), .cdgh = _mm_blend_epi16(efgh, cdab, 0xF0)};
    return result;
}

HARDWARE static inline __attribute__((always_inline)) void store(
    uint32_t state[8], hardware_state from) {
    __m128i feba = _mm_shuffle_epi32(from.abef, 0x1B);
    __m128i dchg = _mm_shuffle_epi32(from.cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)&state[0], _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)&state[4], _mm_alignr_epi8(dchg, feba, 8));
}

HARDWARE static inline __attribute__((always_inline)) void load_block(
    __m128i w[4], const uint8_t *block) {
    const __m128i big_endian = _mm_set_epi64x(0x0C0D0E0F08090A0B, 0x0405060700010203);
    for (int i = 0; i < 4; i++) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(block + 16 * i));
        w[i] = _mm_shuffle_epi8(bytes, big_endian);
    }
}

// Four rounds; from the fifth turn on, four words of the schedule first.
HARDWARE static inline __attribute__((always_inline)) void four_rounds(
    hardware_state *state, __m128i w[4], int turn) {
    __m128i now = w[turn & 3];
    if (turn >= 4) {
        __m128i last = w[(turn + 3) & 3];
        now = _mm_sha256msg1_epu32(now, w[(turn + 1) & 3]);
        now = _mm_add_epi32(now, _mm_alignr_epi8(last, w[(turn + 2) & 3], 4));
        now = _mm_sha256msg2_epu32(now, last);
        w[turn & 3] = now;
    }
    const __m128i *constants = (const __m128i *)&sha256_constants[4 * turn];
    __m128i sum = _mm_add_epi32(now, _mm_loadu_si128(constants));
    state->cdgh = _mm_sha256rnds2_epu32(state->cdgh, state->abef, sum);
    state->abef = _mm_sha256rnds2_epu32(state->abef, state->cdgh, _mm_shuffle_epi32(sum, 0x0E));
}

HARDWARE static inline __attribute__((always_inline)) hardware_state sum_of(
    hardware_state x, hardware_state y) {
    hardware_state sum = {
        .abef = _mm_add_epi32(x.abef, y.abef), .cdgh = _mm_add_epi32(x.cdgh, y.cdgh)};
    return sum;
}

HARDWARE void sha256_compress_hardware(uint32_t state[8], const uint8_t *blocks, size_t count) {
    hardware_state now = loaded(state);
    for (; count > 0; blocks += 64, count--) {
        hardware_state before = now;
        __m128i w[4];
        load_block(w, blocks);
#pragma clang loop unroll(full)
        for (int turn = 0; turn < 16; turn++) four_rounds(&now, w, turn);
        now = sum_of(now, before);
    }
    store(state, now);
}

// A round waits for the one before it; the rounds of another message fill the time.
HARDWARE void sha256_compress_hardware_two(
    uint32_t first[8], const uint8_t *first_blocks, uint32_t second[8],
    const uint8_t *second_blocks, size_t count) {
    hardware_state one = loaded(first), two = loaded(second);
    for (size_t i = 0; i < count; i++) {
        hardware_state one_before = one, two_before = two;
        __m128i v[4], w[4];
        load_block(v, first_blocks + 64 * i);
        load_block(w, second_blocks + 64 * i);
#pragma clang loop unroll(full)
        for (int turn = 0; turn < 16; turn++) {
            four_rounds(&one, v, turn);
            four_rounds(&two, w, turn);
        }
        one = sum_of(one, one_before);
        two = sum_of(two, two_before);
    }
    store(first, one);
    store(second, two);
}

#else

void sha256_compress_rotate(uint32_t state[8], const uint8_t *blocks, size_t count) {
    compress(state, blocks, count);
}

void sha256_compress_hardware(uint32_t state[8], const uint8_t *blocks, size_t count) {
    compress(state, blocks, count);
}

void sha256_compress_hardware_two(
    uint32_t first[8], const uint8_t *first_blocks, uint32_t second[8],
    const uint8_t *second_blocks, size_t count) {
    compress(first, first_blocks, count);
    compress(second, second_blocks, count);
}

#endif
