// The little C of the project: checksums and hashes in hardware where the processor has them, and
// the system calls that Glibc's Swift module does not show.
#ifndef CSHIMS_H
#define CSHIMS_H

#include <stddef.h>
#include <stdint.h>

// CRC-32C (Castagnoli), reflected, initial value and final xor 0xFFFFFFFF: the CRC of iSCSI
// (RFC 3720, appendix B.4). `crc` is 0 for a start, or the value returned for what came before.
uint32_t sj_crc32c(uint32_t crc, const void *bytes, size_t count);

// SHA-256 (FIPS 180-4) of one message.
void sj_sha256(const void *bytes, size_t count, uint8_t digest[32]);

#endif
