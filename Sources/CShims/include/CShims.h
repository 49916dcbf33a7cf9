// The little C of the project: checksums and hashes in hardware where the processor has them, and
// the system calls that Glibc's Swift module does not show.
//
// Every function may be called from any thread. Which way a checksum takes is decided at run time,
// from what the processor says of itself; the ways give the same answers.
#ifndef CSHIMS_H
#define CSHIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// --- Ways to compute, by name, so that tests can hold one against the other.

typedef enum {
    // Plain C. There on every machine.
    SJ_WAY_PORTABLE = 0,
    // Plain C, compiled for a processor with BMI2 (SHA-256 only).
    SJ_WAY_ROTATE = 1,
    // The processor's own instructions: SSE4.2 for CRC-32C, SHA-NI for SHA-256.
    SJ_WAY_HARDWARE = 2,
    // Eight messages side by side in AVX2 registers (sj_sha256_many only).
    SJ_WAY_LANES = 3,
} sj_way;

// --- CRC-32C

// CRC-32C (Castagnoli), reflected, initial value and final xor 0xFFFFFFFF: the CRC of iSCSI
// (RFC 3720, appendix B.4). `crc` is 0 for a start, or the value returned for what came before.
uint32_t sj_crc32c(uint32_t crc, const void *bytes, size_t count);

// The same in the named way; false, and nothing computed, where this machine cannot.
bool sj_crc32c_in(sj_way way, uint32_t crc, const void *bytes, size_t count, uint32_t *result);

// --- SHA-256

// SHA-256 (FIPS 180-4) of one message.
void sj_sha256(const void *bytes, size_t count, uint8_t digest[32]);

// SHA-256 of one byte followed by a message, without copying the message.
void sj_sha256_prefixed(uint8_t prefix, const void *bytes, size_t count, uint8_t digest[32]);

// SHA-256 of 0x01, `left` and `right`: an inner node of an RFC 6962 tree. `digest` may be one of
// the two.
void sj_sha256_node(const uint8_t left[32], const uint8_t right[32], uint8_t digest[32]);

// SHA-256 of one message in the named way; false, and nothing computed, where this machine cannot.
bool sj_sha256_in(sj_way way, const void *bytes, size_t count, uint8_t digest[32]);

// A hash under way, for a message that comes in pieces. A plain value: it may be copied.
typedef struct {
    uint32_t words[8];
    uint64_t count;
    uint8_t rest[64];
} sj_sha256_state;

void sj_sha256_begin(sj_sha256_state *state);
void sj_sha256_update(sj_sha256_state *state, const void *bytes, size_t count);
// Leaves `state` used up: begin it anew for another message.
void sj_sha256_finish(sj_sha256_state *state, uint8_t digest[32]);

// One of several messages.
typedef struct {
    const void *bytes;
    size_t count;
} sj_message;

// SHA-256 of each of `count` messages: 32 bytes of `digests` for each, in order. Several at once where
// that is faster than one after the other.
void sj_sha256_many(const sj_message *messages, size_t count, uint8_t *digests);

// The same in the named way; false, and nothing computed, where this machine cannot.
bool sj_sha256_many_in(
    sj_way way, const sj_message *messages, size_t count, uint8_t *digests);

// --- What Glibc's Swift module hides

// O_DIRECT of open(2); 0 where the system has none.
int sj_o_direct(void);

// Fills `bytes` with `count` random bytes from the system. Returns 0, or an errno.
int sj_random(void *bytes, size_t count);

typedef enum { SJ_KIND_FILE = 0, SJ_KIND_DIRECTORY = 1, SJ_KIND_OTHER = 2 } sj_kind;

typedef struct {
    sj_kind kind;
    // The permission bits.
    uint32_t mode;
    uint64_t size;
    // A mix of device, inode number, time of birth and (where the file system gives one out) the
    // file handle: an inode number that is given out again after a removal makes another identity.
    uint64_t identity;
    // When its bytes were last changed: nanoseconds since 1970.
    int64_t modified;
} sj_status;

// What the open file `descriptor` is. Returns 0, or an errno.
int sj_status_of_descriptor(int descriptor, sj_status *status);

// What stands at `path`; a symbolic link is not followed. Returns 0, or an errno.
int sj_status_of_path(const char *path, sj_status *status);

// Lets all threads take memory from one place from here on, so that what one gives back another
// takes: where large buffers come and go on several threads, each keeps the most that it ever held
// otherwise. What is above 8 MiB goes back to the system at once, and leaves no hole. Does nothing
// where the system's allocator has no such setting.
void sj_share_memory(void);

// --- A terminal that is drawn on
//
// One at a time in a process. What a handler of signals has to do stands here, for a handler may do
// little, and of Swift nobody says what that is.

// Turns the terminal that `input` and `output` are to the screen that is drawn on: keys come one by
// one and unseen, the screen is another one, the cursor is hidden, pasted text comes marked. From then
// on signals are watched: `*signals` becomes a descriptor from which the number of each that arrives
// can be read, one byte each: SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT. A signal
// that ends the process at once, as a trap does, puts the terminal back first. Returns 0, or an errno.
int sj_terminal_enter(int input, int output, int *signals);

// Puts the terminal back as it was, and signals too. More than once does nothing.
void sj_terminal_leave(void);

// Stops the process as Ctrl-Z would, with the terminal as it was; returns when it goes on, with the
// terminal as it was drawn on.
void sj_terminal_suspend(void);

// Puts the terminal back and lets a signal that was watched do what it would have done before.
void sj_terminal_yield(int number);

// Makes the terminal one that is drawn on once more: somebody else may have used it meanwhile.
void sj_terminal_resume(void);

#endif
