/// The source files that a number of sessions work on: what their tool calls read, and what their
/// messages speak of. That is where the repetition of real sessions comes from: the same lines are
/// read, quoted, changed and read again.
struct Project: Sendable {
    struct File: Sendable {
        let path: [UInt8]
        /// Lines of code as they stand inside a JSON string, without their line breaks.
        let lines: [[UInt8]]
        /// Names that are used in it.
        let names: [[UInt8]]
    }

    let files: [File]

    init(seed: UInt64) {
        var random = Random(seed: seed)
        let folder = Project.word(&random) + [UInt8(ascii: "-")] + Project.word(&random)
        files = (0..<12).map { _ in
            let names = (0..<14).map { _ in Project.word(&random) }
            var path = Array("/home/dev/".utf8) + folder + Array("/src/".utf8)
            path += names[0] + [UInt8(ascii: "/")] + names[1] + [UInt8(ascii: "_")] + names[2]
            path += Array(".py".utf8)
            let lines = (0..<160).map { _ in Project.line(names, &random) }
            return File(path: path, lines: lines, names: names)
        }
    }

    private static func word(_ random: inout Random) -> [UInt8] {
        Vocabulary.names[random.below(Vocabulary.names.count)]
    }

    /// A statement with names put in.
    private static func line(_ names: [[UInt8]], _ random: inout Random) -> [UInt8] {
        let statement = Vocabulary.statements[random.below(Vocabulary.statements.count)]
        let base = random.skewed(below: names.count)
        var line: [UInt8] = []
        var isPlaceholder = false
        for byte in statement {
            if isPlaceholder {
                isPlaceholder = false
                switch byte {
                case UInt8(ascii: "n"): line += String(random.skewed(below: 5_000)).utf8
                case UInt8(ascii: "A")...UInt8(ascii: "D"):
                    var name = names[(base + Int(byte - 65) * 5) % names.count]
                    name[0] &-= 32
                    line += name
                default: line += names[(base + Int(byte &- 97) * 5) % names.count]
                }
            } else if byte == UInt8(ascii: "$") {
                isPlaceholder = true
            } else {
                line.append(byte)
            }
        }
        return line
    }
}
