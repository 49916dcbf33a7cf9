import Foundation
import JournalTestKit

/// The command lines that stand on pages.
enum PageCommands {
    /// A block of commands, and the heading that it stands under.
    struct Block: CustomStringConvertible, Sendable {
        var page: String
        var heading: String
        var lines: [String]

        var description: String { "\(page), \(heading)" }
    }

    /// The blocks that are marked as lines of a shell, in order.
    static func blocks(of page: String) throws -> [Block] {
        var heading = ""
        var blocks: [Block] = []
        var lines: [String]?
        let text = try Pages.read("\(Pages.catalog)/\(page).md")
        for line in text.components(separatedBy: "\n") {
            if let open = lines {
                if line == "```" {
                    blocks.append(Block(page: page, heading: heading, lines: open))
                    lines = nil
                } else {
                    lines = open + [line]
                }
            } else if line == "```sh" {
                lines = []
            } else if line.hasPrefix("#") {
                heading = String(line.drop { $0 == "#" || $0 == " " })
            }
        }
        return blocks
    }

    /// The calls of `sjournal` in the code of a page: whole lines of blocks that are no other
    /// language, and spans inside of text.
    static func calls(in page: String) -> (lines: [String], spans: [String]) {
        var lines: [String] = []
        var spans: [String] = []
        var language: Substring?
        for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                language = language == nil ? line.dropFirst(3) : nil
            } else if let language {
                let call = line.hasPrefix("$ ") ? line.dropFirst(2) : line
                if ["", "sh"].contains(language), call.hasPrefix("sjournal ") {
                    lines.append(String(call))
                }
            } else {
                for match in line.matches(of: /`(sjournal [^`]+)`/) {
                    spans.append(String(match.1))
                }
            }
        }
        return (lines, spans)
    }

    /// The words of the first command of a line, the program's name left out, as a shell takes them
    /// apart.
    static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = Substring(line)
        while let character = characters.popFirst() {
            if let open = quote {
                if character == open {
                    quote = nil
                } else {
                    word = (word ?? "") + String(character)
                }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character == "\\", let next = characters.popFirst() {
                word = (word ?? "") + String(next)
            } else if "|;&<>".contains(character) || (character == "#" && word == nil) {
                break
            } else if character == " " {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let done = word { words.append(done) }
        return Array(words.dropFirst())
    }
}
