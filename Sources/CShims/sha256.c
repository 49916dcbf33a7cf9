#include "CShims.h"
#include "processor.h"
#include "sha256.h"

#include <string.h>

const uint32_t sha256_start[8] = {
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
};

sha256_compress *sha256_way(int way) {
    switch (way) {
    case SJ_WAY_PORTABLE:
        return sha256_compress_portable;
    case SJ_WAY_ROTATE:
        return processor_has(PROCESSOR_ROTATE) ? sha256_compress_rotate : NULL;
    case SJ_WAY_HARDWARE:
        return processor_has(PROCESSOR_SHA) ? sha256_compress_hardware : NULL;
    default:
        return NULL;
    }
}

sha256_compress *sha256_fastest(void) {
    if (processor_has(PROCESSOR_SHA)) return sha256_compress_hardware;
    if (processor_has(PROCESSOR_ROTATE)) return sha256_compress_rotate;
    return sha256_compress_portable;
}

static void store_big_endian_32(uint8_t *bytes, uint32_t value) {
    bytes[0] = (uint8_t)(value >> 24);
    bytes[1] = (uint8_t)(value >> 16);
    bytes[2] = (uint8_t)(value >> 8);
    bytes[3] = (uint8_t)value;
}

size_t sha256_pad(uint8_t blocks[128], const uint8_t *rest, size_t count, uint64_t total) {
    size_t needed = count + 9 <= 64 ? 1 : 2;
    memset(blocks, 0, needed * 64);
    if (count > 0) memcpy(blocks, rest, count);
    blocks[count] = 0x80;
    uint64_t bits = total * 8;
    store_big_endian_32(blocks + needed * 64 - 8, (uint32_t)(bits >> 32));
    store_big_endian_32(blocks + needed * 64 - 4, (uint32_t)bits);
    return needed;
}

// The rest of a message of `total` bytes, of which all but `count` are in `words`.
static void finish(
    sha256_compress *compress, uint32_t words[8], const uint8_t *bytes, size_t count,
    uint64_t total, uint8_t digest[32]) {
    size_t whole = count / 64;
    if (whole > 0) compress(words, bytes, whole);
    size_t rest = count % 64;
    uint8_t last[128];
    size_t blocks = sha256_pad(last, rest > 0 ? bytes + whole * 64 : NULL, rest, total);
    compress(words, last, blocks);
    for (int i = 0; i < 8; i++) store_big_endian_32(digest + 4 * i, words[i]);
}

static void hash(
    sha256_compress *compress, const uint8_t *bytes, size_t count, uint8_t digest[32]) {
    uint32_t words[8];
    memcpy(words, sha256_start, sizeof words);
    finish(compress, words, bytes, count, count, digest);
}

void sj_sha256(const void *bytes, size_t count, uint8_t digest[32]) {
    hash(sha256_fastest(), bytes, count, digest);
}

bool sj_sha256_in(sj_way way, const void *bytes, size_t count, uint8_t digest[32]) {
    sha256_compress *compress = sha256_way(way);
    if (compress == NULL) return false;
    hash(compress, bytes, count, digest);
    return true;
}

void sj_sha256_prefixed(uint8_t prefix, const void *bytes, size_t count, uint8_t digest[32]) {
    sha256_compress *compress = sha256_fastest();
    const uint8_t *next = bytes;
    uint8_t first[64];
    first[0] = prefix;
    if (count < 63) {
        if (count > 0) memcpy(first + 1, next, count);
        hash(compress, first, count + 1, digest);
        return;
    }
    memcpy(first + 1, next, 63);
    uint32_t words[8];
    memcpy(words, sha256_start, sizeof words);
    compress(words, first, 1);
    finish(compress, words, next + 63, count - 63, (uint64_t)count + 1, digest);
}

void sj_sha256_node(const uint8_t left[32], const uint8_t right[32], uint8_t digest[32]) {
    // 65 bytes: two blocks, the second of which holds one byte of the message.
    uint8_t blocks[128] = {0x01};
    memcpy(blocks + 1, left, 32);
    memcpy(blocks + 33, right, 32);
    blocks[65] = 0x80;
    store_big_endian_32(blocks + 124, 65 * 8);
    uint32_t words[8];
    memcpy(words, sha256_start, sizeof words);
    sha256_fastest()(words, blocks, 2);
    for (int i = 0; i < 8; i++) store_big_endian_32(digest + 4 * i, words[i]);
}

void sj_sha256_begin(sj_sha256_state *state) {
    memcpy(state->words, sha256_start, sizeof state->words);
    state->count = 0;
}

void sj_sha256_update(sj_sha256_state *state, const void *bytes, size_t count) {
    if (count == 0) return;
    sha256_compress *compress = sha256_fastest();
    const uint8_t *next = bytes;
    size_t kept = state->count % 64;
    state->count += count;
    if (kept > 0) {
        size_t taken = count < 64 - kept ? count : 64 - kept;
        memcpy(state->rest + kept, next, taken);
        next += taken;
        count -= taken;
        if (kept + taken < 64) return;
        compress(state->words, state->rest, 1);
    }
    if (count >= 64) compress(state->words, next, count / 64);
    if (count % 64 > 0) memcpy(state->rest, next + count / 64 * 64, count % 64);
}

void sj_sha256_finish(sj_sha256_state *state, uint8_t digest[32]) {
    finish(
        sha256_fastest(), state->words, state->rest, state->count % 64, state->count, digest);
}

static void many(
    sha256_compress *compress, const sj_message *messages, size_t count, uint8_t *digests) {
    for (size_t i = 0; i < count; i++) {
        hash(compress, messages[i].bytes, messages[i].count, digests + 32 * i);
    }
}

// Eight at a time where they are of about one length, so that few lanes wait for the longest; what
// is left, one after the other.
static void many_in_lanes(const sj_message *messages, size_t count, uint8_t *digests) {
    size_t i = 0;
    while (i + 8 <= count) {
        const uint8_t *bytes[8];
        size_t counts[8], sum = 0, longest = 0;
        uint8_t *targets[8];
        for (int lane = 0; lane < 8; lane++) {
            bytes[lane] = messages[i + lane].bytes;
            counts[lane] = messages[i + lane].count;
            targets[lane] = digests + 32 * (i + lane);
            size_t blocks = (counts[lane] + 8) / 64 + 1;
            sum += blocks;
            if (blocks > longest) longest = blocks;
        }
        // Eight lanes are about four times as fast as one message after the other.
        if (longest * 2 <= sum) {
            sha256_eight(bytes, counts, targets);
        } else {
            many(sha256_way(SJ_WAY_ROTATE), messages + i, 8, digests + 32 * i);
        }
        i += 8;
    }
    many(sha256_way(SJ_WAY_ROTATE), messages + i, count - i, digests + 32 * i);
}

// A message on its way through the compression function.
typedef struct {
    uint32_t words[8];
    const uint8_t *next;
    size_t left;
} progress;

static void compress_both(progress *one, progress *two) {
    size_t common = one->left < two->left ? one->left : two->left;
    if (common > 0) {
        sha256_compress_hardware_two(one->words, one->next, two->words, two->next, common);
    }
    progress *longer = one->left > two->left ? one : two;
    if (longer->left > common) {
        sha256_compress_hardware(
            longer->words, longer->next + 64 * common, longer->left - common);
    }
}

static void many_in_pairs(const sj_message *messages, size_t count, uint8_t *digests) {
    size_t i = 0;
    for (; i + 2 <= count; i += 2) {
        progress lanes[2];
        for (int lane = 0; lane < 2; lane++) {
            memcpy(lanes[lane].words, sha256_start, sizeof sha256_start);
            lanes[lane].next = messages[i + lane].bytes;
            lanes[lane].left = messages[i + lane].count / 64;
        }
        compress_both(&lanes[0], &lanes[1]);
        uint8_t last[2][128];
        for (int lane = 0; lane < 2; lane++) {
            size_t total = messages[i + lane].count, rest = total % 64;
            const uint8_t *bytes = messages[i + lane].bytes;
            lanes[lane].left =
                sha256_pad(last[lane], rest > 0 ? bytes + total - rest : NULL, rest, total);
            lanes[lane].next = last[lane];
        }
        compress_both(&lanes[0], &lanes[1]);
        for (int lane = 0; lane < 2; lane++) {
            for (int word = 0; word < 8; word++) {
                store_big_endian_32(digests + 32 * (i + lane) + 4 * word, lanes[lane].words[word]);
            }
        }
    }
    many(sha256_compress_hardware, messages + i, count - i, digests + 32 * i);
}

static bool has_lanes(void) { return processor_has(PROCESSOR_AVX2 | PROCESSOR_ROTATE); }

void sj_sha256_many(const sj_message *messages, size_t count, uint8_t *digests) {
    if (processor_has(PROCESSOR_SHA)) {
        many_in_pairs(messages, count, digests);
    } else if (has_lanes()) {
        many_in_lanes(messages, count, digests);
    } else {
        many(sha256_fastest(), messages, count, digests);
    }
}

bool sj_sha256_many_in(
    sj_way way, const sj_message *messages, size_t count, uint8_t *digests) {
    if (way == SJ_WAY_LANES) {
        if (!has_lanes()) return false;
        many_in_lanes(messages, count, digests);
        return true;
    }
    sha256_compress *compress = sha256_way(way);
    if (compress == NULL) return false;
    if (way == SJ_WAY_HARDWARE) {
        many_in_pairs(messages, count, digests);
    } else {
        many(compress, messages, count, digests);
    }
    return true;
}
