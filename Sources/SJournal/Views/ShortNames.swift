/// The shortest beginnings that still name one thing.
///
/// Sessions are named by long ids and keys that begin alike where they were made at about the same
/// time; a person types as few letters as will do.
struct ShortNames {
    /// Shorter than this reads like an accident, and would not stay unambiguous for long.
    static let leastCount = 8

    private let sorted: [String]

    /// - Parameter names: All names that a beginning must not be mistaken for.
    init(_ names: [String]) {
        sorted = names.sorted()
    }

    /// The shortest beginning of `name` that no other name has, of `leastCount` characters at least.
    ///
    /// Cost: two comparisons after a binary search.
    func short(_ name: String) -> String {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < name { low = middle + 1 } else { high = middle }
        }
        var shared = 0
        if low > 0 { shared = Self.shared(name, sorted[low - 1]) }
        let next = low < sorted.count && sorted[low] == name ? low + 1 : low
        if next < sorted.count { shared = max(shared, Self.shared(name, sorted[next])) }
        return String(name.prefix(max(shared + 1, Self.leastCount)))
    }

    private static func shared(_ left: String, _ right: String) -> Int {
        zip(left, right).prefix { $0 == $1 }.count
    }
}
