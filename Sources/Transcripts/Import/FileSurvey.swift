internal import SessionJournal

/// A first look at a file: what it is, and what its lines have in common.
struct FileSurvey: Sendable {
    var format: TranscriptFormat?

    /// The name of another format that was as sure of the file.
    var rival: String?

    /// Whether the file is taken apart as documents of its format.
    var isDocument = false

    /// Whether its elements are documents, and too much for memory all together.
    var isList = false

    /// The session that the first line which names one names.
    var session: String?

    /// The time of the first line that has one.
    var start: Timestamp?

    /// Whether there is any JSON object, or document.
    var holdsJSON = false

    /// Whether the file is empty, or white space.
    var isBlank = true

    /// Whether the first byte that is no white space could begin an object: a file with one torn
    /// line is a transcript that has just begun.
    var beginsLikeJSON = false

    /// Whether the first thing in it is a line that is an object.
    var beginsWithLine = false

    /// How much of a file is looked at for a session and a time once its format is known, in bytes.
    private static let patience: UInt64 = 1 << 20

    /// Looks at a file from its start until all is known.
    ///
    /// - Parameter given: The format that the file is said to be of; nil to find out.
    init(
        _ scanner: consuming PieceScanner, given: TranscriptFormat? = nil
    ) throws(TranscriptError) {
        var confidence = given == nil ? TranscriptFormat.threshold : 2
        format = given
        while let item = try scanner.next() {
            guard case .piece(let piece) = item else { continue }
            if isBlank, let first = scanner.window.bytes.span.extracting(piece.range).firstByte {
                isBlank = false
                if case .object = piece.kind { beginsWithLine = true }
                beginsLikeJSON =
                    (first == UInt8(ascii: "{") || first == UInt8(ascii: "["))
                    && scanner.window.bytes.span.extracting(piece.range).isPlainText
            }
            switch piece.kind {
            case .long(let offset, _, _):
                isBlank = false
                let first = try scanner.window.read(at: offset, count: 1)
                beginsLikeJSON = beginsLikeJSON || first == [UInt8(ascii: "{")]
            case .text: break
            case .document:
                holdsJSON = true
                guard format == nil, (try? scanner.parse(piece.range)) != nil else { break }
                let bytes = scanner.window.bytes.span.extracting(piece.range)
                format = TranscriptFormat.all.first {
                    $0.document?.isOurs(scanner.document, bytes) ?? false
                }
            case .object:
                holdsJSON = true
                let bytes = scanner.window.bytes.span.extracting(piece.range)
                for candidate in TranscriptFormat.all where given == nil {
                    let found = candidate.confidence(scanner.document, bytes)
                    if found > confidence {
                        confidence = found
                        format = candidate
                        rival = nil
                    } else if found == confidence, found > TranscriptFormat.threshold,
                        candidate.name != format?.name
                    {
                        rival = candidate.name
                    }
                }
                if let format {
                    session =
                        session
                        ?? format.session(scanner.document, bytes)
                        .flatMap { EnvelopeName.isValid($0) ? $0 : nil }
                    start = start ?? format.time(scanner.document, bytes)
                }
            }
            if confidence >= 0.9, session != nil, start != nil { return }
            if format != nil, scanner.offset > Self.patience, session != nil { return }
        }
    }

    /// Whether the file is read at all, and in what format.
    var readAs: TranscriptFormat? {
        format ?? (holdsJSON || isBlank || beginsLikeJSON ? .lines : nil)
    }
}

extension FileSurvey {
    /// Looks whether a file is a document, or one a line, of a format that knows such.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - given: The format that the file is said to be of; nil to find out.
    init?(documents bytes: Span<UInt8>, given: TranscriptFormat? = nil) {
        var document = JSONDocument()
        let start = bytes.startOfText
        guard let end = try? document.parsePrefix(bytes, from: start), let root = document.root,
            root.kind == .object || root.kind == .array
        else { return nil }
        let isAlone = bytes.trimmingSpace(end..<bytes.count).isEmpty
        var best = TranscriptFormat.threshold
        for candidate in given.map({ [$0] }) ?? TranscriptFormat.all {
            guard let shape = candidate.shape, isAlone || shape.isLineable else { continue }
            let found = shape.confidence(document, bytes)
            if found > best || (given != nil && found > 0) {
                best = found
                format = candidate
                rival = nil
            } else if found == best, found > TranscriptFormat.threshold {
                rival = candidate.name
            }
        }
        // A line of another format may look like a document of this one.
        for candidate in TranscriptFormat.all where given == nil && candidate.shape == nil {
            if candidate.confidence(document, bytes) > best { return nil }
        }
        guard format != nil else { return nil }
        isDocument = true
        holdsJSON = true
        isBlank = false
    }
}

extension FileSurvey {
    /// Looks whether a file is a list of documents of a format that can be read one by one: at its
    /// first.
    ///
    /// - Parameters:
    ///   - elements: The file, at its start.
    ///   - given: The format that the file is said to be of; nil to find out.
    init?(
        list elements: consuming ElementScanner, given: TranscriptFormat? = nil
    ) throws(TranscriptError) {
        while let item = try elements.next() {
            guard case .element(let range) = item else { continue }
            let list = elements.window.bytes.span.extracting(range).asList
            guard let survey = FileSurvey(documents: list.span, given: given),
                survey.format?.shape?.isListOfSessions == true
            else { return nil }
            self = survey
            isList = true
            return
        }
        return nil
    }
}

extension Span<UInt8> {
    /// The bytes in brackets: a list of one element.
    var asList: [UInt8] {
        var list: [UInt8] = []
        list.reserveCapacity(count + 2)
        list.append(UInt8(ascii: "["))
        list.append(copying: self)
        list.append(UInt8(ascii: "]"))
        return list
    }

    /// Where text begins: behind a byte order mark, where there is one.
    var startOfText: Int {
        count >= 3 && self[0] == 0xEF && self[1] == 0xBB && self[2] == 0xBF ? 3 : 0
    }
}

extension PieceScanner {
    /// How far in the file the scanner is, in bytes.
    var offset: UInt64 { window.base + UInt64(cursor) }
}

extension Span<UInt8> {
    /// Whether the first bytes look like text: none is a control character but for white space.
    fileprivate var isPlainText: Bool {
        var index = 0
        while index < min(count, 1024) {
            guard self[index] >= 0x20 || self[index].isJSONSpace else { return false }
            index &+= 1
        }
        return true
    }

    /// The first byte that is no white space.
    fileprivate var firstByte: UInt8? {
        let trimmed = trimmingSpace(0..<count)
        return trimmed.isEmpty ? nil : self[trimmed.lowerBound]
    }
}
