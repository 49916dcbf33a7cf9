internal import SessionJournal
internal import TransparencyLog

/// Pictures, sounds and documents that stand in a piece in base64: stored once a session as blobs.
///
/// In the piece that an event holds, a blob's name stands where its base64 stood, and the event says
/// which names do:
///
/// ```
/// {"type":"image","source":{"type":"base64","media_type":"image/png","data":"sha256:5d…"}}
/// "media":["sha256:5d…"]
/// ```
///
/// No base64 has a colon, so that no reader takes one for the other; and the key of a piece says what
/// was taken out of it. A piece that holds such a name before is left as it is. What comes after the
/// cut sees the piece without its media; and a file has its bytes again when each name gives way to
/// the base64.
struct InlineMedia: Sendable {
    /// Some bytes by their hash.
    struct Blob: Sendable {
        let digest: Digest
        /// In bytes.
        let size: Int
        /// Where their base64 stands in the whole piece.
        let place: Range<Int>
    }

    /// The piece, with names in the place of base64.
    let piece: [UInt8]

    /// What the names stand for, each once.
    let blobs: [Blob]

    /// The piece as it was.
    private let whole: ArraySlice<UInt8>

    /// The hashes that the names hold.
    var names: [Digest] { blobs.map(\.digest) }

    /// Less than this stays where it is, in bytes.
    static let sizeLimit = 1 << 10

    /// Members that hold media: the bytes, or an address that is the bytes.
    private static let members: Set<String> = [
        "data", "base64", "bytes", "blob", "b64_json", "file_data", "fileData", "image_data",
        "imageData", "url", "uri", "src", "image_url", "imageUrl", "file_url", "fileUrl",
        "file_uri",
        "fileUri",
    ]

    /// Members beside base64 that say of what type its bytes are, and the types of sounds that are no
    /// media types. What a provider seals may have a format, too, and is none of these.
    private static let types: Set<String> = [
        "media_type", "mediaType", "mimeType", "mime_type", "mime",
    ]
    private static let sounds: Set<String> = [
        "wav", "mp3", "aac", "flac", "ogg", "opus", "m4a", "webm", "aiff", "pcm16",
    ]

    /// What files of bytes begin with that need no word about their type: PNG, JPEG, GIF, RIFF (WebP,
    /// WAV), PDF, ZIP (Office), Ogg, FLAC.
    private static let magic: [[UInt8]] =
        [[0x89, 0x50, 0x4E, 0x47], [0x50, 0x4B, 0x03, 0x04]]
        + [0xE0, 0xE1, 0xDB, 0xEE].map { [0xFF, 0xD8, 0xFF, $0] }
        + ["GIF8", "RIFF", "%PDF", "OggS", "fLaC"].map { Array($0.utf8) }

    /// Members that hold what a tool is called with, where they are objects: that stays word for word.
    private static let inputs: Set<String> = ["input", "args", "arguments", "parameters"]

    private static let address = Array("data:".utf8)
    private static let mark = Array(";base64,".utf8)

    /// The longest beginning of an address, in bytes.
    private static let addressLimit = 256

    /// Takes the media out of a piece; nil where it has none.
    ///
    /// - Parameters:
    ///   - whole: The piece.
    ///   - document: The piece, parsed.
    init?(cutting whole: ArraySlice<UInt8>, _ document: JSONDocument) {
        let bytes = whole.span
        guard Self.mayStand(in: bytes), let root = document.root else { return nil }
        let present = BlobName.names(in: bytes)
        var cuts: [(range: Range<Int>, name: [UInt8])] = []
        var blobs: [Blob] = []
        for (range, isTyped) in Self.candidates(in: bytes, document, below: root) {
            guard let blob = Self.media(at: range, in: bytes, isTyped) else { continue }
            let name = BlobName.text(blob.digest)
            guard !present.contains(name) else { return nil }
            if !blobs.contains(where: { $0.digest == blob.digest }) { blobs.append(blob) }
            cuts.append((blob.place, Array(name.utf8)))
        }
        guard !blobs.isEmpty else { return nil }
        var piece: [UInt8] = []
        var next = 0
        for (range, name) in cuts.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            piece.append(copying: bytes.extracting(next..<range.lowerBound))
            piece += name
            next = range.upperBound
        }
        piece.append(copying: bytes.extracting(next..<bytes.count))
        self.piece = piece
        self.blobs = blobs
        self.whole = whole
    }

    /// A chunk of a blob, in base64 as it stands in the piece.
    func base64(_ index: Int, of blob: Blob) -> ArraySlice<UInt8> {
        let start = blob.place.lowerBound + index * BlobName.chunkTextSize
        let end = min(start + BlobName.chunkTextSize, blob.place.upperBound)
        return whole.part(start..<end)
    }

    /// The texts that may be media by their places, and whether something says that they are.
    private static func candidates(
        in bytes: Span<UInt8>, _ document: JSONDocument, below root: JSONDocument.Node
    ) -> [(range: Range<Int>, isTyped: Bool)] {
        var found: [(range: Range<Int>, isTyped: Bool)] = []
        func text(_ node: JSONDocument.Node) -> Range<Int>? {
            let range = document.range(of: node)
            guard node.kind == .string, range.count > sizeLimit else { return nil }
            return range.lowerBound + 1..<range.upperBound - 1
        }
        var rest = [root]
        while let node = rest.popLast() {
            guard node.kind == .object else {
                for element in document.elements(of: node) {
                    if element.kind.isContainer { rest.append(element) }
                    // In a list only an address says that it is one.
                    if let range = text(element), bytes.hasBytes(address, at: range.lowerBound) {
                        found.append((range, false))
                    }
                }
                continue
            }
            var isTyped = false
            let first = found.count
            for (key, value) in document.members(of: node) {
                let name = document.key(key, in: bytes)
                if value.kind.isContainer, value.kind == .array || !inputs.contains(name) {
                    rest.append(value)
                }
                if let type = document.name(value, in: bytes) {
                    if types.contains(name), type.contains("/") { isTyped = true }
                    if name == "format", sounds.contains(type) { isTyped = true }
                }
                if members.contains(name), let range = text(value) { found.append((range, false)) }
            }
            for index in first..<found.count { found[index].isTyped = isTyped }
        }
        return found
    }

    /// The media that a text is, and where its base64 stands; nil for any other text, for too little,
    /// and for base64 that another spelling would give again.
    private static func media(
        at range: Range<Int>, in bytes: Span<UInt8>, _ isTyped: Bool
    ) -> Blob? {
        var place = range
        var isKnown = isTyped
        if bytes.hasBytes(address, at: range.lowerBound) {
            let limit = min(range.upperBound, range.lowerBound + addressLimit)
            guard
                let found = (range.lowerBound..<limit).first(where: { bytes.hasBytes(mark, at: $0) }
                )
            else { return nil }
            place = found + mark.count..<range.upperBound
            isKnown = true
        }
        var hash = DigestStream()
        var size = 0
        // Chunk by chunk, so that the content of a large one never stands in memory.
        let step = BlobName.chunkTextSize
        for start in stride(from: place.lowerBound, to: place.upperBound, by: step) {
            let end = min(start + step, place.upperBound)
            guard let content = Base64.decode(bytes.extracting(start..<end)),
                // Padding stands at the end only.
                end == place.upperBound || content.count == BlobName.chunkSize
            else { return nil }
            guard size > 0 || isKnown || magic.contains(where: { content.starts(with: $0) }) else {
                return nil
            }
            hash.update(content.span)
            size += content.count
        }
        guard size >= sizeLimit else { return nil }
        return Blob(digest: hash.finish(), size: size, place: place)
    }

    /// Whether bytes may hold as much base64 as is taken out. Every piece is asked for it: one byte of
    /// a stretch is looked at, and its neighbours where that one is a digit of base64.
    private static func mayStand(in bytes: Span<UInt8>) -> Bool {
        let length = sizeLimit * 4 / 3
        var index = length / 2
        while index < bytes.count {
            guard bytes[index].isBase64Digit else {
                index &+= length / 2
                continue
            }
            var start = index
            while start > 0, bytes[start &- 1].isBase64Digit { start &-= 1 }
            var end = index
            while end < bytes.count, bytes[end].isBase64Digit { end &+= 1 }
            if end - start >= length { return true }
            index = max(index + length / 2, end)
        }
        return false
    }

    /// A piece with its media, as it stood in its file; nil where one is not at hand.
    ///
    /// - Parameters:
    ///   - piece: What is stored of it, or a rendering of that.
    ///   - names: The hashes of what was taken out.
    ///   - base64: The text of each.
    static func whole(
        _ piece: Span<UInt8>, _ names: [Digest], _ base64: [Digest: String]
    ) -> [UInt8]? {
        var texts: [String: String] = [:]
        for name in names {
            guard let text = base64[name] else { return nil }
            texts[BlobName.text(name)] = text
        }
        var result: [UInt8] = []
        var next = 0
        for place in BlobName.places(in: piece) where place.lowerBound >= next {
            let name = [UInt8](copying: piece.extracting(place))
            guard let text = texts[String(decoding: name, as: UTF8.self)] else { continue }
            result.append(copying: piece.extracting(next..<place.lowerBound))
            result += text.utf8
            next = place.upperBound
        }
        result.append(copying: piece.extracting(next..<piece.count))
        return result
    }
}

extension ArraySlice<UInt8> {
    /// A part of the slice, by places that count from its start.
    func part(_ range: Range<Int>) -> ArraySlice {
        self[startIndex + range.lowerBound..<startIndex + range.upperBound]
    }
}

extension JSONDocument.Kind {
    fileprivate var isContainer: Bool { self == .object || self == .array }
}

extension Span<UInt8> {
    fileprivate func hasBytes(_ other: [UInt8], at start: Int) -> Bool {
        guard start + other.count <= count else { return false }
        for index in other.indices where self[start + index] != other[index] { return false }
        return true
    }
}

extension UInt8 {
    fileprivate var isBase64Digit: Bool {
        switch self {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
