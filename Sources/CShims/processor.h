// What the processor can do. Internal to this target.
#ifndef PROCESSOR_H
#define PROCESSOR_H

#include <stdbool.h>

enum {
    // CRC32 and PCLMULQDQ.
    PROCESSOR_CRC = 1 << 0,
    // BMI2.
    PROCESSOR_ROTATE = 1 << 1,
    // SHA-NI, and the SSE4.1 that goes with it.
    PROCESSOR_SHA = 1 << 2,
    // AVX2, enabled by the system.
    PROCESSOR_AVX2 = 1 << 3,
};

// Whether every feature in `features` is there.
bool processor_has(unsigned features);

#endif
