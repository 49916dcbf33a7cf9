#if THREAD_SANITIZER
@testable import SegmentLog

/// The lock that the thread sanitizer knows.
typealias Mutex = SanitizedMutex
#endif
