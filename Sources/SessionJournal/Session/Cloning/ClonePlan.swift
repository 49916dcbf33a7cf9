/// What a clone is made of, step by step: worked out from a state without content, so that it takes
/// little memory; the texts are read when a step is written.
struct ClonePlan {
    /// A text that is shown.
    struct Text: Hashable {
        /// The event that gave it.
        var sequence: UInt64
        /// Whether it says that the message was removed.
        var isRemoval: Bool
    }

    enum Step {
        /// A branch begins.
        case branch(Branch, as: String, from: String?, parent: String)
        /// A message is said, with what its branch shows of it.
        case message(place: Int, id: String, parent: MessageReference?, branch: String, Text)
        /// A branch shows another text of a message that it shares.
        case text(place: Int, id: String, branch: String, Text)
        /// A branch has other values than the one it came from.
        case metadata(branch: String, JSONObject)
        /// The branch that is shown where none is named.
        case current(String)
    }

    let state: SessionState
    let steps: [Step]
    /// The ids that the messages have in the clone, by their places; for a message that is on several
    /// branches without their sharing it, the first.
    let ids: [Int: String]

    /// A message on a cloned branch.
    private struct Said {
        var place: Int
        var id: String
        var text: Text
    }

    /// - Parameters:
    ///   - state: The session as of the point, without content.
    ///   - branch: The one branch to clone, which becomes `main`; nil for all.
    ///   - newID: Gives ids for messages that need another one.
    init(_ state: SessionState, branch only: String?, newID: () -> String) {
        self.state = state
        let tree = state.tree
        var steps: [Step] = []
        var ids: [Int: String] = [:]
        var ways: [String: [Said]] = [:]
        let branches =
            only.map { name in tree.branches.filter { $0.name == name } } ?? tree.branches
        for branch in branches {
            let isFirst = steps.isEmpty && ways.isEmpty
            let name = isFirst ? EventDraft.mainBranch : branch.name
            let way = tree.way(to: branch.head)
            let views = tree.branchPlaces[branch.name].map { tree.views[$0] } ?? .init()
            let shown = way.messages.reversed().map { place in
                (place, Self.text(of: tree.messages[place], views[place]))
            }
            let parent =
                branch.parent.flatMap { ways[$0] == nil ? nil : $0 } ?? EventDraft.mainBranch
            let before = isFirst ? [] : ways[parent] ?? []
            let shared = zip(before, shown).prefix { $0.place == $1.0 }.count
            var said = Array(before[..<shared])
            if !isFirst {
                steps.append(.branch(branch, as: name, from: said.last?.id, parent: parent))
                let set = Self.difference(state, branch.name, parent)
                if !set.isEmpty { steps.append(.metadata(branch: name, set)) }
            }
            for (index, (place, text)) in shown[..<shared].enumerated()
            where said[index].text != text {
                steps.append(.text(place: place, id: said[index].id, branch: name, text))
                said[index].text = text
            }
            for (place, text) in shown[shared...] {
                let id = ids[place] == nil ? tree.messages[place].id : newID()
                if ids[place] == nil { ids[place] = id }
                let parent =
                    said.last.map { MessageReference($0.id) }
                    ?? way.origin.flatMap { $0.session == nil ? nil : $0 }
                steps.append(
                    .message(place: place, id: id, parent: parent, branch: name, text))
                said.append(Said(place: place, id: id, text: text))
            }
            ways[name] = said
        }
        if only == nil, tree.currentPlace != 0 { steps.append(.current(tree.currentBranch)) }
        self.steps = steps
        self.ids = ids
    }

    private static func text(of message: Message, _ view: MessageView?) -> Text {
        guard let edit = message.edit(at: view?.edit) else {
            return Text(sequence: message.sequence, isRemoval: false)
        }
        return Text(sequence: edit.sequence, isRemoval: edit.isRemoval)
    }

    /// The values that one branch has and another has not.
    private static func difference(
        _ state: SessionState, _ branch: String, _ parent: String
    ) -> JSONObject {
        let theirs = state.metadata(on: parent)
        return JSONObject(
            state.metadata(on: branch).filter { member in
                state.table.scope(of: member.name) == .branch && theirs[member.name] != member.value
            }.map { ($0.name, $0.value) })
    }

    /// The names among these of fields that belong to branches and are not built in.
    func branchFields(among names: [String]) -> [String] {
        names.filter {
            MetadataField.builtIn($0) == nil && state.table.scope(of: $0) == .branch
        }
    }

    /// The metadata that the clone begins with. It goes on, whatever became of the other session.
    func metadata(of branch: String, name: String?) -> JSONObject {
        var metadata = state.metadata(on: branch)
        for field in [MetadataField.turnCount, MetadataField.archived] { metadata[field] = nil }
        metadata[MetadataField.status] = .string(SessionStatus.active.rawValue)
        if let name { metadata["name"] = .string(name) }
        return metadata
    }
}
