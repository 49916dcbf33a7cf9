// For O_DIRECT, statx and file handles.
#define _GNU_SOURCE

#include "CShims.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

int sj_o_direct(void) {
#ifdef O_DIRECT
    return O_DIRECT;
#else
    return 0;
#endif
}

void sj_share_memory(void) {
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 8 << 20);
#endif
}

int sj_random(void *bytes, size_t count) {
    uint8_t *next = bytes;
    while (count > 0) {
        ssize_t got = getrandom(next, count, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            return errno;
        }
        next += got;
        count -= (size_t)got;
    }
    return 0;
}

// The finalizer of SplitMix64: every bit of the input moves about half of those of the output.
static uint64_t mixed(uint64_t value) {
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}

// Mixes in the file handle, which tells a file from a later one with the same inode number (it holds
// the inode's generation). Not every file system gives handles out.
static uint64_t mixed_with_handle(uint64_t value, int descriptor, const char *path, int flags) {
    union {
        struct file_handle handle;
        unsigned char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } found;
    memset(&found, 0, sizeof found);
    found.handle.handle_bytes = MAX_HANDLE_SZ;
    int mount = 0;
    int given = name_to_handle_at(
        descriptor, path, &found.handle, &mount, flags & AT_EMPTY_PATH);
    if (given != 0 || found.handle.handle_bytes > MAX_HANDLE_SZ) return value;
    for (unsigned i = 0; i < found.handle.handle_bytes; i++) {
        value = mixed(value ^ found.handle.f_handle[i]);
    }
    return value;
}

static int read_status(int descriptor, const char *path, int flags, sj_status *status) {
    struct statx found;
    unsigned wanted = STATX_TYPE | STATX_MODE | STATX_INO | STATX_SIZE | STATX_BTIME | STATX_MTIME;
    while (statx(descriptor, path, flags, wanted, &found) != 0) {
        if (errno != EINTR) return errno;
    }
    status->kind = S_ISREG(found.stx_mode) ? SJ_KIND_FILE
        : S_ISDIR(found.stx_mode)          ? SJ_KIND_DIRECTORY
                                           : SJ_KIND_OTHER;
    status->mode = found.stx_mode & 07777;
    status->size = found.stx_size;
    status->modified = (int64_t)found.stx_mtime.tv_sec * 1000000000 + found.stx_mtime.tv_nsec;
    uint64_t identity = mixed((uint64_t)found.stx_dev_major << 32 | found.stx_dev_minor);
    identity = mixed(identity ^ found.stx_ino);
    if (found.stx_mask & STATX_BTIME) {
        identity = mixed(identity ^ (uint64_t)found.stx_btime.tv_sec);
        identity = mixed(identity ^ found.stx_btime.tv_nsec);
    }
    status->identity = mixed_with_handle(identity, descriptor, path, flags);
    return 0;
}

int sj_status_of_descriptor(int descriptor, sj_status *status) {
    return read_status(descriptor, "", AT_EMPTY_PATH, status);
}

int sj_status_of_path(const char *path, sj_status *status) {
    return read_status(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, status);
}
