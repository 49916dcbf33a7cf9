/// Whose signatures somebody takes for what: the logs, the witnesses, and how many of these have to
/// have signed (C2SP tlog-policy).
///
/// ```
/// log example.com/log+…
/// witness W1 witness.example/w1+…
/// witness W2 witness.example/w2+…
/// group two all W1 W2
/// quorum two
/// ```
package struct TrustPolicy: Sendable {
    /// A witness, by the name that the policy gives it.
    package struct Witness: Hashable, Sendable {
        package var name: String
        package var key: VerifierKey
    }

    private struct Group: Sendable {
        var threshold: Int
        /// The ordinals of the witnesses and groups in it.
        var witnesses: [Int] = []
        var groups: [Int] = []
    }

    private enum Quorum: Sendable {
        case nobody
        case witness(Int)
        case group(Int)
    }

    package private(set) var logs: [VerifierKey] = []
    package private(set) var witnesses: [Witness] = []
    private var groups: [Group] = []
    private var quorum: Quorum?

    /// The largest number of lines that define something.
    private static let lineLimit = 4_096
    private static let sizeLimit = 1 << 20

    /// Why a policy is none: the line, counted from 1, and what is wrong with it.
    package struct Problem: Error, Hashable {
        package var line: Int
        package var message: String
    }

    /// No log, no witness, and none needed.
    package init() { quorum = Quorum.nobody }

    /// One log, whose checkpoints need no witness.
    package init(log: VerifierKey) {
        logs = [log]
        quorum = Quorum.nobody
    }

    /// Reads a policy file.
    package init(_ bytes: [UInt8]) throws(Problem) {
        guard bytes.count <= Self.sizeLimit else {
            throw Problem(line: 1, message: "the file is too large to be a policy")
        }
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        var names: [[UInt8]: Name] = [:]
        var count = 0
        for (index, line) in lines.enumerated() {
            do throws(Wrong) {
                guard line.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
                    throw Wrong("it holds a control character")
                }
                let words = line.split { $0 == 0x20 || $0 == 0x09 }.map(Array.init)
                guard let first = words.first, first.first != UInt8(ascii: "#") else { continue }
                count += 1
                guard count <= Self.lineLimit else { throw Wrong("there are too many lines") }
                try define(first, Array(words.dropFirst()), &names)
            } catch {
                throw Problem(line: index + 1, message: error.message)
            }
        }
        guard quorum != nil else {
            throw Problem(line: lines.count, message: "there is no line \"quorum\"")
        }
    }

    private struct Wrong: Error {
        var message: String
        init(_ message: String) { self.message = message }
    }

    private enum Kind {
        case witness(Int)
        case group(Int)
    }

    private struct Name {
        var kind: Kind
        /// Whether a group has it as a member: no name may be in two.
        var isMember = false
    }

    private mutating func define(
        _ word: [UInt8], _ rest: [[UInt8]], _ names: inout [[UInt8]: Name]
    ) throws(Wrong) {
        switch String(decoding: word, as: UTF8.self) {
        case "log": try defineLog(rest)
        case "witness": try defineWitness(rest, &names)
        case "group": try defineGroup(rest, &names)
        case "quorum":
            guard quorum == nil else { throw Wrong("there is a second line \"quorum\"") }
            guard rest.count == 1 else { throw Wrong("give one name: quorum NAME") }
            if rest[0] == Array("none".utf8) {
                quorum = Quorum.nobody
                return
            }
            switch names[rest[0]]?.kind {
            case .witness(let index)?: quorum = .witness(index)
            case .group(let index)?: quorum = .group(index)
            case nil: throw Wrong("no line above defines \"\(Self.text(rest[0]))\"")
            }
        default: throw Wrong("a line begins with log, witness, group or quorum")
        }
    }

    private static func text(_ word: [UInt8]) -> String { String(decoding: word, as: UTF8.self) }

    private mutating func defineLog(_ rest: [[UInt8]]) throws(Wrong) {
        guard rest.count == 1 || rest.count == 2, let key = VerifierKey(Self.text(rest[0])) else {
            throw Wrong("give a verifier key: log NAME+ID+KEY [URL]")
        }
        guard key.algorithm != .ed25519Cosignature else {
            throw Wrong("the key is a witness's, not a log's")
        }
        guard !logs.contains(where: { $0.publicKey == key.publicKey }) else {
            throw Wrong("the key of this log stands in a line above")
        }
        logs.append(key)
    }

    private mutating func defineWitness(
        _ rest: [[UInt8]], _ names: inout [[UInt8]: Name]
    ) throws(Wrong) {
        guard rest.count == 2 || rest.count == 3, let key = VerifierKey(Self.text(rest[1])) else {
            throw Wrong("give a name and a verifier key: witness NAME NAME+ID+KEY [URL]")
        }
        guard key.algorithm != .ed25519 else {
            throw Wrong("the key is a log's, not a witness's")
        }
        guard !witnesses.contains(where: { $0.key.publicKey == key.publicKey }) else {
            throw Wrong("the key of this witness stands in a line above")
        }
        try name(rest[0], .witness(witnesses.count), &names)
        witnesses.append(Witness(name: Self.text(rest[0]), key: key))
    }

    private func name(
        _ name: [UInt8], _ kind: Kind, _ names: inout [[UInt8]: Name]
    ) throws(Wrong) {
        guard name != Array("none".utf8), names[name] == nil else {
            throw Wrong("the name \"\(Self.text(name))\" is taken")
        }
        names[name] = Name(kind: kind)
    }

    private mutating func defineGroup(
        _ rest: [[UInt8]], _ names: inout [[UInt8]: Name]
    ) throws(Wrong) {
        guard rest.count >= 3 else { throw Wrong("give members: group NAME all|any|K NAME…") }
        let members = rest.dropFirst(2)
        let threshold: Int
        switch Self.text(rest[1]) {
        case "all": threshold = members.count
        case "any": threshold = 1
        case let digits:
            guard let number = NoteText.number(digits), (1...UInt64(members.count)).contains(number)
            else { throw Wrong("of \(members.count) members, 1 to \(members.count) can be needed") }
            threshold = Int(number)
        }
        var group = Group(threshold: threshold)
        for member in members {
            guard let known = names[member] else {
                throw Wrong("no line above defines \"\(Self.text(member))\"")
            }
            guard !known.isMember else {
                throw Wrong("\"\(Self.text(member))\" is in a group already")
            }
            names[member]?.isMember = true
            switch known.kind {
            case .witness(let index): group.witnesses.append(index)
            case .group(let index): group.groups.append(index)
            }
        }
        try name(rest[0], .group(groups.count), &names)
        groups.append(group)
    }

    /// Whether the witnesses that have signed are enough. `signed` has their ordinals in
    /// ``witnesses``.
    package func isSatisfied(by signed: Set<Int>) -> Bool {
        var isMet: [Bool] = []
        // A group's members stand above it, so that their answers are known.
        for group in groups {
            let count =
                group.witnesses.count { signed.contains($0) } + group.groups.count { isMet[$0] }
            isMet.append(count >= group.threshold)
        }
        switch quorum {
        case .witness(let index)?: return signed.contains(index)
        case .group(let index)?: return isMet[index]
        case Quorum.nobody?, nil: return true
        }
    }

    /// Whether any witness is asked for.
    package var needsWitnesses: Bool {
        if case Quorum.nobody? = quorum { false } else { true }
    }
}
