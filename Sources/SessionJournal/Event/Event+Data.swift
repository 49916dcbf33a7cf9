extension Event {
    /// The bytes of `data` as stored, pointers and all; empty for an entry line.
    public var rawData: ArraySlice<UInt8> {
        line[envelope.data.range ?? 0..<0]
    }

    /// The content, parsed. Null for an entry line.
    ///
    /// Where an event keeps the source line it was made from, under `original`, a key that ends in
    /// "@" holds a JSON pointer into that line, so that no word stands twice. Here it reads as the
    /// key without the "@", with the value pointed to; a pointer that leads nowhere reads as null.
    ///
    /// - Throws: ``JournalError`` `invalidEvent` where the bytes are no JSON.
    /// - Complexity: all of `data` is parsed and built.
    public func data() throws(JournalError) -> JSONValue {
        guard !isWithheld else { return .null }
        let reader = try DataReader(self)
        return reader.value(of: reader.root)
    }

    /// Looks at every byte: the line is within its limit, has no line break, is UTF-8, and `data`
    /// is an object of JSON nested no deeper than allowed.
    ///
    /// - Throws: ``JournalError`` `invalidEvent`.
    public func check() throws(JournalError) {
        try EventLine.checkText(line.span)
        if !isWithheld { _ = try DataReader(self) }
    }
}
