/// A conversation tree drawn with lines: the trunk straight down, what leaves it indented.
///
///     ● user  Write a parser            2026-11-21T01:02:03Z  +4
///     ├─╮ fork-1
///     │ ● user  In Rust, rather         2026-11-21T01:09:40Z  +2
///     │ ◆ fork-1
///     ● user  Now the tests             2026-11-21T01:05:00Z  +6
///     ◆ main
///
/// A line is a turn: a person's message and the run of messages that answers it, up to the next
/// fork. Cost: proportional to the messages, whatever their shape; nothing recurses, and indents
/// stop growing at `deepestIndent`.
struct TreeOutline: Sendable {
    /// A message, as far as the drawing needs it.
    struct Node: Sendable {
        /// Place of the parent in the list; nil at a root.
        var parent: Int?
        /// Whether the message begins a turn.
        var beginsTurn: Bool
        /// Who speaks.
        var role: Shown
        /// When, ready to print.
        var time: String
        /// Names of the branches whose head the message is.
        var heads: [Shown] = []
        /// Whether the message leads nowhere and says nothing new, like one of several results of
        /// tools that were used at once: it is counted where it hangs and not drawn.
        var isAside = false
        /// What is to be said of the message besides: a parent that is missing, for example.
        var remark: Shown?
    }

    private static let deepestIndent = 12
    private static let leastTextColumns = 12

    private let nodes: [Node]
    private let children: [[Int]]
    private let roots: [Int]
    private let isTrunk: [Bool]
    private let latest: [Int]
    private let asides: [Int]
    private let columns: Int
    private let words: @Sendable (Int) -> String

    /// - Parameters:
    ///   - nodes: In the order of their events.
    ///   - trunk: Place of the message that the straight line leads to: the head of the branch.
    ///   - words: The first words of the message at a place; asked for those that get a line.
    init(
        nodes: [Node], trunk: Int?, columns: Int, words: @escaping @Sendable (Int) -> String
    ) {
        self.nodes = nodes
        self.columns = columns
        self.words = words
        var children = [[Int]](repeating: [], count: nodes.count)
        var asides = [Int](repeating: 0, count: nodes.count)
        var roots: [Int] = []
        for (index, node) in nodes.enumerated() {
            if let parent = node.parent, nodes.indices.contains(parent), parent != index {
                if node.isAside { asides[parent] += 1 } else { children[parent].append(index) }
            } else {
                roots.append(index)
            }
        }
        var order = Self.reached(from: roots, children)
        let drawn = nodes.count - asides.reduce(0, +)
        if order.count < drawn {
            // Parents in a circle: its first message stands as a root, and the circle is cut there.
            let hidden = nodes.map { $0.isAside && $0.parent != nil }
            (roots, order) = Self.cutCircles(hidden, roots, order, &children)
        }
        self.children = children
        self.asides = asides
        self.roots = roots
        var isTrunk = [Bool](repeating: false, count: nodes.count)
        var step = trunk
        while let index = step, nodes.indices.contains(index), !isTrunk[index] {
            isTrunk[index] = true
            step = nodes[index].parent
        }
        self.isTrunk = isTrunk
        var latest = Array(nodes.indices)
        for index in order.reversed() {
            for child in children[index] { latest[index] = max(latest[index], latest[child]) }
        }
        self.latest = latest
    }

    /// A line of the drawing, before it is drawn.
    struct Row: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            /// A turn, from its first message to its last, and how many messages are below it where
            /// what follows is folded away.
            case turn(start: Int, end: Int, hidden: Int?)
            /// A branch that ends at a message, by its place among those that do.
            case head(Int, index: Int)
            /// The beginning of what leaves the line.
            case opening
        }

        let kind: Kind
        let depth: Int
    }

    /// The drawing.
    func lines() -> [Shown] {
        rows().map { line($0, columns: columns) }
    }

    /// The lines that the drawing has, what comes after folded messages left out.
    ///
    /// Cost: proportional to the messages.
    ///
    /// - Parameter folded: Places of messages that begin a line.
    func rows(folded: Set<Int> = []) -> [Row] {
        var rows: [Row] = []
        // What is still to be drawn, the next at the end: a stack of our own instead of recursion.
        var work: [Work] = []
        for root in roots.reversed() { work.append(.block(root, depth: 0)) }
        while let next = work.popLast() {
            switch next {
            case .block(let start, let depth):
                let end = run(from: start)
                let isFolded = folded.contains(start)
                let hidden = isFolded ? below(end) : nil
                rows.append(Row(kind: .turn(start: start, end: end, hidden: hidden), depth: depth))
                for index in nodes[end].heads.indices {
                    rows.append(Row(kind: .head(end, index: index), depth: depth))
                }
                if !isFolded { follow(end, depth: depth, into: &work) }
            case .opening(let start, let depth):
                rows.append(Row(kind: .opening, depth: depth))
                work.append(.block(start, depth: depth))
            }
        }
        return rows
    }

    private enum Work {
        case block(Int, depth: Int)
        case opening(Int, depth: Int)
    }

    /// How many messages come after one, on whatever way.
    private func below(_ end: Int) -> Int {
        var count = 0
        var pending = children[end]
        while let next = pending.popLast() {
            count += 1 + asides[next]
            pending += children[next]
        }
        return count
    }

    /// For each message the place among the rows of the line that it is on; of one that is folded
    /// away the line that hides it.
    func owners(of rows: [Row]) -> [Int] {
        var owners = [Int](repeating: -1, count: nodes.count)
        for (place, row) in rows.enumerated() {
            guard case .turn(let start, let end, _) = row.kind else { continue }
            owners[start] = place
            var step = start
            while step != end, let next = children[step].first {
                owners[next] = place
                step = next
            }
        }
        for start in nodes.indices where owners[start] < 0 {
            var way: [Int] = []
            var step: Int? = start
            var isKnown = Set<Int>()
            while let node = step, nodes.indices.contains(node), owners[node] < 0,
                isKnown.insert(node).inserted
            {
                way.append(node)
                step = nodes[node].parent
            }
            let found = step.flatMap { nodes.indices.contains($0) ? owners[$0] : nil } ?? -1
            for node in way { owners[node] = max(found, 0) }
        }
        return owners
    }

    /// Whether a message is on the way to the head of the branch.
    func isOnTrunk(_ node: Int) -> Bool { isTrunk[node] }

    /// One line of the drawing.
    ///
    /// - Parameters:
    ///   - row: One of `rows`.
    ///   - columns: The width, which narrow lines may exceed.
    ///   - hasTime: Whether it says when the turn began.
    func line(_ row: Row, columns: Int, hasTime: Bool = true) -> Shown {
        switch row.kind {
        case .turn(let start, let end, let hidden):
            line(
                start, through: end, hidden: hidden, depth: row.depth, columns: columns,
                hasTime: hasTime)
        case .head(let node, let index):
            prefix(row.depth) + "◆ " + nodes[node].heads[index]
        case .opening:
            prefix(row.depth - 1) + "├─╮" + remark(row.depth)
        }
    }

    /// Puts what comes after a run on the stack: what leaves the trunk first, the trunk last.
    private func follow(_ end: Int, depth: Int, into work: inout [Work]) {
        let after = children[end]
        guard let straight = straightChild(of: end) else { return }
        work.append(.block(straight, depth: depth))
        for child in after.reversed() where child != straight {
            work.append(.opening(child, depth: depth + 1))
        }
    }

    private func straightChild(of index: Int) -> Int? {
        children[index].first { isTrunk[$0] }
            ?? children[index].max { latest[$0] < latest[$1] }
    }

    /// The last message of the line that begins with `start`.
    private func run(from start: Int) -> Int {
        var end = start
        while nodes[end].heads.isEmpty, children[end].count == 1,
            let next = children[end].first, !nodes[next].beginsTurn
        {
            end = next
        }
        return end
    }

    private func line(
        _ start: Int, through end: Int, hidden: Int?, depth: Int, columns: Int, hasTime: Bool
    ) -> Shown {
        let node = nodes[start]
        var count = asides[start] + (hidden ?? 0)
        var step = start
        while step != end, let next = children[step].first {
            count += 1 + asides[next]
            step = next
        }
        var left = prefix(depth) + (hidden == nil ? "● " : "▸ ") + node.role
        if let remark = node.remark { left += "  " + remark }
        left += "  "
        let more: Shown = count > 0 ? "  \(("+" + Numbers.grouped(count)), .quiet)" : ""
        let time: Shown = hasTime ? "  \(node.time, .quiet)" : ""
        let right = time + more.padded(to: hasTime ? 7 : 0)
        let room = max(columns - left.width - right.width, Self.leastTextColumns)
        return left
            + Shown(Wrapping.flattened(words(start), limit: room)).elided(to: room).padded(to: room)
            + time + more
    }

    private func prefix(_ depth: Int) -> Shown {
        Shown.repeating("│ ", count: min(depth, Self.deepestIndent)).styled(.quiet)
    }

    private func remark(_ depth: Int) -> Shown {
        depth > Self.deepestIndent ? " \("fork in fork, \(depth) deep", .quiet)" : ""
    }

    /// All nodes that are reached from the roots, parents first.
    private static func reached(from roots: [Int], _ children: [[Int]]) -> [Int] {
        var order = roots
        var position = 0
        while position < order.count {
            order += children[order[position]]
            position += 1
        }
        return order
    }

    private static func cutCircles(
        _ hidden: [Bool], _ roots: [Int], _ order: [Int], _ children: inout [[Int]]
    ) -> (roots: [Int], order: [Int]) {
        var roots = roots
        var order = order
        var isReached = hidden
        for index in order { isReached[index] = true }
        for start in hidden.indices where !isReached[start] {
            roots.append(start)
            isReached[start] = true
            var pending = [start]
            while let index = pending.popLast() {
                order.append(index)
                children[index].removeAll { isReached[$0] }
                for child in children[index] { isReached[child] = true }
                pending += children[index]
            }
        }
        return (roots.sorted(), order)
    }
}
