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
struct TreeOutline {
    /// A message, as far as the drawing needs it.
    struct Node {
        /// Place of the parent in the list; nil at a root.
        var parent: Int?
        /// Whether the message begins a turn.
        var beginsTurn: Bool
        /// Who speaks.
        var role: Shown
        /// First words.
        var text: String
        /// When, ready to print.
        var time: String
        /// Names of the branches whose head the message is.
        var heads: [Shown] = []
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
    private let columns: Int

    /// - Parameters:
    ///   - nodes: In the order of their events.
    ///   - trunk: Place of the message that the straight line leads to: the head of the branch.
    init(nodes: [Node], trunk: Int?, columns: Int) {
        self.nodes = nodes
        self.columns = columns
        var children = [[Int]](repeating: [], count: nodes.count)
        var roots: [Int] = []
        for (index, node) in nodes.enumerated() {
            if let parent = node.parent, nodes.indices.contains(parent), parent != index {
                children[parent].append(index)
            } else {
                roots.append(index)
            }
        }
        var order = Self.reached(from: roots, children)
        if order.count < nodes.count {
            // Parents in a circle: its first message stands as a root, and the circle is cut there.
            (roots, order) = Self.cutCircles(nodes.count, roots, order, &children)
        }
        self.children = children
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

    /// The drawing.
    func lines() -> [Shown] {
        var lines: [Shown] = []
        // What is still to be drawn, the next at the end: a stack of our own instead of recursion.
        var work: [Work] = []
        for root in roots.reversed() { work.append(.block(root, depth: 0)) }
        while let next = work.popLast() {
            switch next {
            case .block(let start, let depth):
                let end = run(from: start)
                lines.append(line(start, through: end, depth: depth))
                for head in heads(from: start, through: end) {
                    lines.append(prefix(depth) + "◆ " + head)
                }
                follow(end, depth: depth, into: &work)
            case .opening(let start, let depth):
                lines.append(prefix(depth - 1) + "├─╮" + remark(depth))
                work.append(.block(start, depth: depth))
            }
        }
        return lines
    }

    private enum Work {
        case block(Int, depth: Int)
        case opening(Int, depth: Int)
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

    private func heads(from start: Int, through end: Int) -> [Shown] { nodes[end].heads }

    private func line(_ start: Int, through end: Int, depth: Int) -> Shown {
        let node = nodes[start]
        var count = 0
        var step = start
        while step != end, let next = children[step].first {
            count += 1
            step = next
        }
        var left = prefix(depth) + "● " + node.role
        if let remark = node.remark { left += "  " + remark }
        left += "  "
        let more: Shown = count > 0 ? "  \(("+" + Numbers.grouped(count)), .quiet)" : ""
        let time: Shown = "  \(node.time, .quiet)"
        let right = time + more.padded(to: 7)
        let room = max(columns - left.width - right.width, Self.leastTextColumns)
        return left + Shown(node.text).elided(to: room).padded(to: room) + time + more
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
        _ count: Int, _ roots: [Int], _ order: [Int], _ children: inout [[Int]]
    ) -> (roots: [Int], order: [Int]) {
        var roots = roots
        var order = order
        var isReached = [Bool](repeating: false, count: count)
        for index in order { isReached[index] = true }
        for start in 0..<count where !isReached[start] {
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
