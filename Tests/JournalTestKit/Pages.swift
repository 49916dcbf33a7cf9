package import Foundation

/// The pages of the project, as files of this checkout.
package enum Pages {
    /// The package's root.
    package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    package static let catalog = "Sources/SessionJournal/SessionJournal.docc"

    /// Whether generated parts are written into the pages instead of being compared with them:
    /// `SJOURNAL_WRITE_PAGES=1 swift test --filter DocumentationTests`.
    package static let isWriting =
        ProcessInfo.processInfo.environment["SJOURNAL_WRITE_PAGES"] == "1"

    package static func read(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    package static func write(_ text: String, to path: String) throws {
        try text.write(to: root.appending(path: path), atomically: true, encoding: .utf8)
    }

    /// The README and every article, by path.
    package static func all() throws -> [String: String] {
        var pages = ["README.md": try read("README.md")]
        for name in try names(below: catalog) where name.hasSuffix(".md") {
            pages[name] = try read(name)
        }
        return pages
    }

    /// The paths of all files below a folder, sorted.
    package static func names(below folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path())
            .map { "\(folder)/\($0)" }.sorted()
    }

    /// The code block of a page that begins with a line; nil where there is none.
    package static func block(beginning first: String, in page: String) -> [String]? {
        let lines = lines(of: page)
        return range(ofBlockBeginning: first, in: lines).map { Array(lines[$0]) }
    }

    /// The page with the code block that begins with the same line replaced.
    package static func replacing(_ block: [String], in page: String) -> String {
        var lines = lines(of: page)
        guard let first = block.first, let range = range(ofBlockBeginning: first, in: lines) else {
            return page
        }
        lines.replaceSubrange(range, with: block)
        return lines.joined(separator: "\n")
    }

    /// The page with the table that begins with the same line replaced.
    package static func replacing(table: [String], in page: String) -> String {
        var lines = lines(of: page)
        guard let start = lines.firstIndex(of: table[0]) else { return page }
        let end = lines[start...].firstIndex { !$0.hasPrefix("|") } ?? lines.endIndex
        lines.replaceSubrange(start..<end, with: table)
        return lines.joined(separator: "\n")
    }

    private static func lines(of page: String) -> [String] {
        page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private static func range(ofBlockBeginning first: String, in lines: [String]) -> Range<Int>? {
        let start = lines.indices.dropLast().first { index in
            lines[index].hasPrefix("```") && lines[index + 1] == first
        }
        guard let start, let end = lines[(start + 1)...].firstIndex(of: "```") else { return nil }
        return (start + 1)..<end
    }
}
