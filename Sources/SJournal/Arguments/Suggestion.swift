/// What somebody meant who mistyped a name.
enum Suggestion {
    /// Longer words are no typing mistakes of ours, and comparing them would cost their product.
    private static let longestWord = 40

    /// The nearest name, if it is near enough to be meant.
    static func nearest(to word: String, in names: [String]) -> String? {
        let word = word.lowercased()
        guard word.count <= longestWord else { return nil }
        let ranked = names.map { (name: $0, distance: distance(word, $0)) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        let bare = best.name.drop { $0 == "-" }
        let isStart = word.count > 1 && best.name.hasPrefix(word) && bare.count > 1
        return best.distance <= max(1, bare.count / 3) || isStart ? best.name : nil
    }

    /// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left)
        let right = Array(right)
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, character) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var best = min(last[column + 1] + 1, current[column] + 1)
                best = min(best, last[column] + (character == other ? 0 : 1))
                if row > 0, column > 0, character == right[column - 1], left[row - 1] == other {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
