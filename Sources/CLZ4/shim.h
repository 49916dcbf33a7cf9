// LZ4 frames (lz4frame.h) and blocks (lz4.h, lz4hc.h) of Debian's liblz4-dev.
#ifndef CLZ4_SHIM_H
#define CLZ4_SHIM_H
#include <lz4.h>
#include <lz4frame.h>
#include <lz4hc.h>
#endif
