// The tokens of MessagePack, of Debian's libmpack-dev: it reads and writes one at a time, and
// allocates nothing, whatever lengths a file names.
#ifndef CMSGPACK_SHIM_H
#define CMSGPACK_SHIM_H
#include <mpack.h>
#endif
