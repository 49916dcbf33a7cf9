#if THREAD_SANITIZER
internal import SegmentLog

/// The lock that the thread sanitizer knows.
typealias Mutex = SanitizedMutex
#endif
