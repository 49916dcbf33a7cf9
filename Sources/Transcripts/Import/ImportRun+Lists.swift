internal import SessionJournal

// Files that are a list of documents, and may be larger than memory.
extension ImportRun {
    /// Takes in the documents of a list one by one.
    mutating func takeList(
        _ content: FileContent, _ shape: DocumentShape, _ watch: inout PieceWatch?,
        _ pass: inout FilePass
    ) async throws -> LineCounts {
        var counts = LineCounts()
        var elements = ElementScanner(window: try content.window())
        var count = 0
        var endsLine = false
        while let item = try elements.next() {
            switch item {
            case .gap(let range):
                let bytes = elements.window.bytes.span.extracting(range)
                counts.lines += bytes.newlineCount
                endsLine = bytes[bytes.count - 1] == UInt8(ascii: "\n")
                gap(bytes, &watch, &pass)
            case .element(let range):
                let bytes = elements.window.bytes
                counts.lines += bytes.span.extracting(range).newlineCount
                let clean = try clean(bytes, range, &watch)
                let list = clean?.span.asList ?? bytes.span.extracting(range).asList
                if try await !takeElement(list, count, shape, &pass) { counts.malformed += 1 }
                count += 1
                endsLine = false
            case .rest(let offset):
                var window = try content.window()
                try window.skip(to: offset)
                counts.add(try await takeLines(window, &watch, &pass))
                return counts
            }
            if output.size >= options.batchSize || isCrowded {
                try await flush()
                evict()
                tell(pass.file, done: elements.offset)
            }
        }
        if !endsLine { counts.lines += 1 }
        return counts
    }

    /// Takes in an element, in brackets of its own; false where it is no document of the format,
    /// and is kept as text.
    private mutating func takeElement(
        _ list: [UInt8], _ place: Int, _ shape: DocumentShape, _ pass: inout FilePass
    ) async throws -> Bool {
        var document = JSONDocument()
        if (try? document.parse(list.span)) != nil, !shape.sessions(document, list.span).isEmpty {
            try await take(document, list, .element(place), shape, &pass)
            return true
        }
        let name = SessionName(
            format: pass.format.name,
            key: pass.file.sessionName(companions: shape.companions))
        try await open(name, pass)
        let ordinal = try await takeText(list.span.extracting(1..<list.count - 1), name, &pass)
        pass.add(ledgers[name]?.id, ordinal)
        return false
    }
}
