// The compression functions of SHA-256. Internal to this target.
#ifndef SHA256_H
#define SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The round constants (FIPS 180-4, 4.2.2) and the initial state (5.3.3).
extern const uint32_t sha256_constants[64];
extern const uint32_t sha256_start[8];

// Folds `count` blocks of 64 bytes into `state`.
typedef void sha256_compress(uint32_t state[8], const uint8_t *blocks, size_t count);

sha256_compress sha256_compress_portable;
// The portable code, compiled for BMI2; only where the processor has it.
sha256_compress sha256_compress_rotate;
// SHA-NI; only where the processor has it.
sha256_compress sha256_compress_hardware;
// The same for two messages of `count` blocks, whose rounds take turns.
void sha256_compress_hardware_two(
    uint32_t first[8], const uint8_t *first_blocks, uint32_t second[8],
    const uint8_t *second_blocks, size_t count);

// The one to use for a way; NULL where this machine cannot.
sha256_compress *sha256_way(int way);

// The fastest one here.
sha256_compress *sha256_fastest(void);

// A message's last one or two blocks: what is left of it (under 64 bytes), the mark, the length.
// `total` is the message's whole length in bytes. Returns the number of blocks.
size_t sha256_pad(uint8_t blocks[128], const uint8_t *rest, size_t count, uint64_t total);

// Eight messages side by side; only where the processor has AVX2. All lanes run as long as
// the longest message does.
void sha256_eight(
    const uint8_t *const messages[8], const size_t counts[8], uint8_t *const digests[8]);

#endif
