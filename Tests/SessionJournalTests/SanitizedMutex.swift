#if THREAD_SANITIZER
import SegmentLog

/// The lock that the thread sanitizer knows.
typealias Mutex = SanitizedMutex
#endif
