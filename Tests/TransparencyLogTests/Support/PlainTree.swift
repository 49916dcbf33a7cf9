import TransparencyLog

/// The tree by the definition in RFC 6962, section 2.1, to the letter: what everything faster is held
/// against.
struct PlainTree {
    let leaves: [Hash]

    init(count: Int) {
        leaves = (0..<count).map { Hash.leaf([UInt8](String($0).utf8).span) }
    }

    func root(_ range: Range<Int>) -> Hash {
        if range.isEmpty { return Hash(of: [UInt8]().span) }
        if range.count == 1 { return leaves[range.lowerBound] }
        let middle = range.lowerBound + Self.split(range.count)
        return Hash(
            left: root(range.lowerBound..<middle), right: root(middle..<range.upperBound))
    }

    func root(_ range: Range<UInt64>) -> Hash {
        root(Int(range.lowerBound)..<Int(range.upperBound))
    }

    /// PATH(m, D[n]) of section 2.1.1.
    func path(_ index: Int, _ range: Range<Int>) -> [Hash] {
        if range.count == 1 { return [] }
        let middle = range.lowerBound + Self.split(range.count)
        if index < middle {
            return path(index, range.lowerBound..<middle) + [root(middle..<range.upperBound)]
        }
        return path(index, middle..<range.upperBound) + [root(range.lowerBound..<middle)]
    }

    /// PROOF(m, D[n]) of section 2.1.2.
    func consistency(_ first: Int, _ second: Int) -> [Hash] {
        subproof(first, 0..<second, true)
    }

    private func subproof(_ first: Int, _ range: Range<Int>, _ isWhole: Bool) -> [Hash] {
        if first == range.count { return isWhole ? [] : [root(range)] }
        let split = Self.split(range.count)
        let middle = range.lowerBound + split
        if first <= split {
            return subproof(first, range.lowerBound..<middle, isWhole)
                + [root(middle..<range.upperBound)]
        }
        return subproof(first - split, middle..<range.upperBound, false)
            + [root(range.lowerBound..<middle)]
    }

    /// The largest power of two below a count.
    static func split(_ count: Int) -> Int {
        var split = 1
        while split * 2 < count { split *= 2 }
        return split
    }

    /// The leaves as bytes, one hash behind the other.
    func bytes(_ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        for leaf in leaves[range] { leaf.append(to: &bytes) }
        return bytes
    }

    var running: RunningTree {
        var tree = RunningTree()
        for leaf in leaves { tree.append(leaf) }
        return tree
    }
}
