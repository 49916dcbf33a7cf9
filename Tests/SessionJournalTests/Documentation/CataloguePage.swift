import SessionJournal

/// The page "Event catalogue", made from `EventKind.catalogue`.
enum CataloguePage {
    static var text: String {
        var text = introduction
        for entry in EventKind.catalogue where !entry.isReserved {
            text += "\n### \(entry.name)\n\n\(entry.meaning)\n\n```\n"
            text += wrapped(entry.schema).joined(separator: "\n") + "\n```\n"
        }
        text += "\n## Reserved kinds\n\n" + reserved
        for entry in EventKind.catalogue where entry.isReserved {
            text += "| `\(entry.name)` | \(entry.meaning) |\n"
        }
        return text
    }

    private static let introduction = """
        # Event catalogue

        Every kind of event that this version knows, and the shape of its data.

        ## Overview

        This page is generated from `EventKind.catalogue`; `DocumentationTests` compares the two. A
        kind is a dotted name in the past tense. In the schemas `?` marks what may be left out, `|`
        separates alternatives, and `…` stands for more of the same. A field that the schema does not
        name is kept as it is and means nothing.

        In data, a key that ends in `@` holds a JSON pointer into the `original` beside it:
        `"text@":"/message/content"` reads as `"text"` with the value found there, or null where the
        pointer leads nowhere. ``Event/data()`` resolves such keys; ``Event/rawData`` shows them.

        A part of a message is one of these:

        ```
        {type: text, text}                         {type: thinking, text, signature?}
        {type: tool_use, call, name, input}        {type: tool_result, call, content, is_error?}
        {type: image | audio | video | document, media_type?, url? | base64? | blob?, name?}
        {type: derived, text, source: index of the part it came from}
        {type: unknown, value}
        ```

        An event that undoes another carries `undoes`, that one's sequence number, in its data, and names
        it as its cause: <doc:LifeOfASession>.

        A kind of your own begins with `x.` and is appended and read like any other. Any other name
        that is not listed here is refused by an append, and can be read: a newer version wrote it.

        ## Kinds in use

        """

    private static let reserved = """
        These names are kept for what is not here yet. They can be read; an append refuses them.

        | kind | meaning |
        |---|---|

        """

    /// A schema in lines of up to 92 columns, broken behind commas.
    private static func wrapped(_ schema: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in schema.split(separator: " ") {
            if line.count + word.count + 1 > 92 {
                lines.append(line)
                line = "   "
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        return lines + [line]
    }
}
