internal import Foundation

/// How many random histories the property tests of trees and merges try: `SJOURNAL_HISTORIES=100000`
/// says how many, without it there are two thousand, so that `swift test` stays quick.
package enum HistoryScale {
    package static let count =
        ProcessInfo.processInfo.environment["SJOURNAL_HISTORIES"].flatMap { Int($0) } ?? 2_000
}
