internal import SessionJournal

/// The messages of a tree in an order in which it can be read from above: each below what it answers,
/// and other ways on before the one that the branch itself takes.
struct TreeOrder: Sendable {
    /// The places of the messages, in order.
    private(set) var rows: [Int] = []

    /// For each message how many branches it is set in by.
    private(set) var depths: [Int]

    /// For each message whether a branch begins with it.
    private(set) var begins: [Bool]

    /// For each message the number of the event of the one before it in the order.
    private(set) var previous: [UInt64?]

    /// The ids of the messages.
    let names: Set<String>

    /// The order of some messages of a tree. Cost: the messages.
    init(_ nodes: [ConversationTree.Node]) {
        depths = .init(repeating: 0, count: nodes.count)
        begins = .init(repeating: false, count: nodes.count)
        previous = .init(repeating: nil, count: nodes.count)
        names = Set(nodes.map(\.message.id))
        var places: [String: Int] = [:]
        for (place, node) in nodes.enumerated() { places[node.message.id] = place }
        var isChild = [Bool](repeating: false, count: nodes.count)
        for node in nodes {
            for child in node.children { if let place = places[child] { isChild[place] = true } }
        }
        var isSeen = isChild
        for place in isSeen.indices { isSeen[place] = false }
        // What goes round in a circle has no root: it comes when all else is there.
        let roots = nodes.indices.filter { !isChild[$0] } + nodes.indices.filter { isChild[$0] }
        for root in roots where !isSeen[root] {
            var waiting = [root]
            while let place = waiting.popLast() {
                guard !isSeen[place] else { continue }
                isSeen[place] = true
                previous[place] = rows.last.map { nodes[$0].message.sequence }
                rows.append(place)
                let children = nodes[place].children.compactMap { places[$0] }
                let branch = nodes[place].message.branch
                for child in children where !isSeen[child] {
                    let goesOn = nodes[child].message.branch == branch
                    depths[child] = depths[place] + (goesOn ? 0 : 1)
                    begins[child] = !goesOn
                }
                waiting += children.filter { nodes[$0].message.branch == branch }.reversed()
                waiting += children.filter { nodes[$0].message.branch != branch }.reversed()
            }
        }
    }
}
