internal import Foundation

/// How thorough the fault tests are: `SJOURNAL_FAULTS=all` leaves nothing out (`tools/check` sets
/// it), without it they take samples, so that `swift test` stays quick.
package enum FaultScale {
    package static let isFull = ProcessInfo.processInfo.environment["SJOURNAL_FAULTS"] == "all"

    /// One of so many is tried; all of them where nothing is left out.
    package static func stride(_ count: Int) -> Int { isFull ? 1 : count }
}
