#include "processor.h"

#include <stdatomic.h>

#if defined(__x86_64__)
#include <cpuid.h>

static unsigned probe(void) {
    unsigned found = 0;
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul")) {
        found |= PROCESSOR_CRC;
    }
    if (__builtin_cpu_supports("bmi2")) found |= PROCESSOR_ROTATE;
    if (__builtin_cpu_supports("avx2")) found |= PROCESSOR_AVX2;
    // Not every compiler knows "sha" as a name; leaf 7, EBX, bit 29 is what it stands for.
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__builtin_cpu_supports("sse4.1") && __get_cpuid_count(7, 0, &a, &b, &c, &d)
        && (b >> 29 & 1)) {
        found |= PROCESSOR_SHA;
    }
    return found;
}
#else
static unsigned probe(void) { return 0; }
#endif

bool processor_has(unsigned features) {
    // Two threads that come first both probe, and store the same answer.
    static _Atomic unsigned known = 0;
    unsigned found = atomic_load_explicit(&known, memory_order_relaxed);
    if (found == 0) {
        found = probe() | (1u << 31);
        atomic_store_explicit(&known, found, memory_order_relaxed);
    }
    return (found & features) == features;
}
