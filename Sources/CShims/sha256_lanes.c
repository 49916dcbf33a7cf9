#include "sha256.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

// Eight messages side by side: each 32-bit lane of a register belongs to one message. All lanes run
// as many blocks as the longest message has; a lane that has come to its end keeps its state.

#define LANES __attribute__((target("avx2")))
#define ROTATE(x, n) _mm256_or_si256(_mm256_srli_epi32(x, n), _mm256_slli_epi32(x, 32 - (n)))
#define XOR(x, y) _mm256_xor_si256(x, y)
#define ADD(x, y) _mm256_add_epi32(x, y)

// Turns eight registers of eight words each (one message a register) into one word a register.
LANES static inline __attribute__((always_inline)) void transpose(__m256i w[8]) {
    __m256i a[8], b[8];
    for (int i = 0; i < 8; i += 2) {
        a[i] = _mm256_unpacklo_epi32(w[i], w[i + 1]);
        a[i + 1] = _mm256_unpackhi_epi32(w[i], w[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        b[i] = _mm256_unpacklo_epi64(a[i], a[i + 2]);
        b[i + 1] = _mm256_unpackhi_epi64(a[i], a[i + 2]);
        b[i + 2] = _mm256_unpacklo_epi64(a[i + 1], a[i + 3]);
        b[i + 3] = _mm256_unpackhi_epi64(a[i + 1], a[i + 3]);
    }
    for (int i = 0; i < 4; i++) {
        w[i] = _mm256_permute2x128_si256(b[i], b[i + 4], 0x20);
        w[i + 4] = _mm256_permute2x128_si256(b[i], b[i + 4], 0x31);
    }
}

LANES static inline __attribute__((always_inline)) __m256i scheduled(const __m256i w[16], int i) {
    __m256i early = w[(i + 1) & 15], late = w[(i + 14) & 15];
    __m256i zero = XOR(XOR(ROTATE(early, 7), ROTATE(early, 18)), _mm256_srli_epi32(early, 3));
    __m256i one = XOR(XOR(ROTATE(late, 17), ROTATE(late, 19)), _mm256_srli_epi32(late, 10));
    return ADD(ADD(w[i & 15], zero), ADD(w[(i + 9) & 15], one));
}

// One block of each message. Lanes whose bits are not set in `mask` keep their state.
LANES static void compress(__m256i state[8], const uint8_t *const blocks[8], __m256i mask) {
    const __m256i big_endian = _mm256_set_epi64x(
        0x0C0D0E0F08090A0B, 0x0405060700010203, 0x0C0D0E0F08090A0B, 0x0405060700010203);
    __m256i w[16];
    for (int half = 0; half < 2; half++) {
        for (int lane = 0; lane < 8; lane++) {
            __m256i loaded = _mm256_loadu_si256((const __m256i *)(blocks[lane] + 32 * half));
            w[8 * half + lane] = _mm256_shuffle_epi8(loaded, big_endian);
        }
        transpose(w + 8 * half);
    }
    __m256i a = state[0], b = state[1], c = state[2], d = state[3];
    __m256i e = state[4], f = state[5], g = state[6], h = state[7];
#pragma clang loop unroll_count(16)
    for (int i = 0; i < 64; i++) {
        if (i >= 16) w[i & 15] = scheduled(w, i);
        __m256i sum = XOR(XOR(ROTATE(e, 6), ROTATE(e, 11)), ROTATE(e, 25));
        __m256i choice = XOR(_mm256_and_si256(e, XOR(f, g)), g);
        __m256i constant = _mm256_set1_epi32((int)sha256_constants[i]);
        __m256i first = ADD(ADD(ADD(h, sum), ADD(choice, constant)), w[i & 15]);
        sum = XOR(XOR(ROTATE(a, 2), ROTATE(a, 13)), ROTATE(a, 22));
        __m256i majority = _mm256_or_si256(
            _mm256_and_si256(a, b), _mm256_and_si256(_mm256_or_si256(a, b), c));
        h = g;
        g = f;
        f = e;
        e = ADD(d, first);
        d = c;
        c = b;
        b = a;
        a = ADD(first, ADD(sum, majority));
    }
    const __m256i after[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; i++) {
        state[i] = ADD(state[i], _mm256_and_si256(after[i], mask));
    }
}

LANES void sha256_eight(
    const uint8_t *const messages[8], const size_t counts[8], uint8_t *const digests[8]) {
    // The last one or two blocks of each message, padded; and a block for lanes that have ended.
    uint8_t last[8][128];
    size_t whole[8], total[8], longest = 0;
    for (int lane = 0; lane < 8; lane++) {
        whole[lane] = counts[lane] / 64;
        const uint8_t *rest = counts[lane] % 64 > 0 ? messages[lane] + 64 * whole[lane] : NULL;
        total[lane] = whole[lane] + sha256_pad(last[lane], rest, counts[lane] % 64, counts[lane]);
        if (total[lane] > longest) longest = total[lane];
    }
    __m256i state[8];
    for (int i = 0; i < 8; i++) state[i] = _mm256_set1_epi32((int)sha256_start[i]);
    for (size_t block = 0; block < longest; block++) {
        const uint8_t *blocks[8];
        uint32_t mask[8];
        for (int lane = 0; lane < 8; lane++) {
            bool goes_on = block < total[lane];
            mask[lane] = goes_on ? 0xFFFFFFFF : 0;
            blocks[lane] = !goes_on         ? last[lane]
                : block < whole[lane] ? messages[lane] + 64 * block
                                      : last[lane] + 64 * (block - whole[lane]);
        }
        compress(state, blocks, _mm256_loadu_si256((const __m256i *)mask));
    }
    const __m256i big_endian = _mm256_set_epi64x(
        0x0C0D0E0F08090A0B, 0x0405060700010203, 0x0C0D0E0F08090A0B, 0x0405060700010203);
    transpose(state);
    for (int lane = 0; lane < 8; lane++) {
        __m256i digest = _mm256_shuffle_epi8(state[lane], big_endian);
        _mm256_storeu_si256((__m256i *)digests[lane], digest);
    }
}

#else

void sha256_eight(
    const uint8_t *const messages[8], const size_t counts[8], uint8_t *const digests[8]) {
    (void)messages;
    (void)counts;
    (void)digests;
}

#endif
