/// Writes the content of one message: prose, code that is quoted from a file, and the JSON around
/// it.
struct MessageText {
    let session: SessionName
    let version: UInt64
    let file: Project.File
    var random: Random
    var bytes: [UInt8] = []

    init(session: SessionName, version: UInt64, file: Project.File, random: Random) {
        self.session = session
        self.version = version
        self.file = file
        self.random = random
    }

    /// A message of a person or a model, with a quotation where it is long.
    mutating func spoken(role: String, size: Int) -> [UInt8] {
        bytes.reserveCapacity(size + 300)
        append("{\"message\":\"")
        append(identifier(version))
        append("\",\"parent\":\"")
        append(identifier(version - 1))
        append("\",\"role\":\"")
        append(role)
        append("\",\"parts\":[{\"type\":\"text\",\"text\":\"")
        let end = bytes.count + max(40, size)
        while bytes.count < end {
            appendSentences(size: min(end - bytes.count, 260))
            guard end - bytes.count > 300 else { continue }
            append("\\n\\n```python\\n")
            appendCode(size: min(end - bytes.count, 700), numbered: false)
            append("```\\n\\n")
        }
        append("\"}]}")
        return bytes
    }

    /// The call of a tool: an edit, or a command.
    mutating func toolCall(size: Int) -> [UInt8] {
        append("{\"call\":\"toolu_")
        append(identifier(version))
        append("\",\"name\":\"Edit\",\"message\":\"")
        append(identifier(version - 1))
        append("\",\"input\":{\"file_path\":\"")
        bytes += file.path
        append("\",\"old_string\":\"")
        let start = bytes.count
        appendCode(size: size / 2, numbered: false)
        let old = bytes[start...]
        append("\",\"new_string\":\"")
        // An edit changes a line or two of what was there.
        bytes += old
        appendCode(size: 40, numbered: false)
        append("\"}}")
        return bytes
    }

    /// What a tool answered: lines of a file, or a listing.
    mutating func toolResult(size: Int) -> [UInt8] {
        append("{\"call\":\"toolu_")
        append(identifier(version - 1))
        append("\",\"name\":\"Read\",\"status\":\"ok\",\"duration_ms\":")
        append(random.below(4_000))
        append(",\"content\":\"")
        if version % 12 < 6 {
            appendCode(size: size, numbered: true)
        } else {
            appendListing(size: size)
        }
        append("\"}")
        return bytes
    }

    private mutating func appendSentences(size: Int) {
        let end = bytes.count + size
        while bytes.count < end {
            let words = 5 + random.below(14)
            for position in 0..<words {
                if position > 0 { bytes.append(0x20) }
                // One word in ten is a name from the file, in the quotes of code, and one in five a
                // phrase that everybody uses.
                let choice = random.below(10)
                if choice == 0 {
                    append("`")
                    bytes += file.names[random.skewed(below: 6)]
                    bytes.append(0x5F)
                    bytes += file.names[random.skewed(below: file.names.count)]
                    append("`")
                } else if choice < 3 {
                    bytes += Vocabulary.phrases[random.skewed(below: Vocabulary.phrases.count)]
                } else {
                    let start = bytes.count
                    bytes += Vocabulary.words[random.skewed(below: Vocabulary.words.count)]
                    if position == 0 { bytes[start] &-= 32 }
                }
            }
            append(". ")
        }
    }

    /// Lines of the file, from somewhere in it.
    private mutating func appendCode(size: Int, numbered: Bool) {
        let end = bytes.count + size
        // A session stays near one place of the file, so that it quotes the same lines again.
        var line = Int(session.low % 100) + 4 * random.skewed(below: 6)
        while bytes.count < end {
            if numbered {
                append("  ")
                append(line + 1)
                append("\\t")
            }
            bytes += file.lines[line % file.lines.count]
            append("\\n")
            line += 1
        }
    }

    private mutating func appendListing(size: Int) {
        let end = bytes.count + size
        while bytes.count < end {
            append("-rw-r--r-- 1 dev dev ")
            append(random.below(90_000))
            append(" Mar 14 1")
            append(random.below(10))
            append(":20 ")
            bytes += file.path
            append(".")
            bytes += file.names[random.below(file.names.count)]
            append("\\n")
        }
    }

    /// The id of a message: random, and the same whenever it is named.
    private func identifier(_ version: UInt64) -> String {
        var random = Random(seed: session.low ^ version &* 0x51_7C_C1_B7_27_22_0A_95)
        return SessionName.hexadecimal(random.next()) + SessionName.hexadecimal(random.next())
    }

    private mutating func append(_ text: String) { bytes += text.utf8 }

    private mutating func append(_ number: Int) { bytes += String(number).utf8 }
}
