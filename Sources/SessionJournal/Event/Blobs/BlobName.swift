internal import SegmentLog

/// How content that is stored by itself is called, and cut into events.
package enum BlobName {
    private static let prefix = "sha256:"
    private static let mark = Array(prefix.utf8)

    /// What stands in front of base64 in an address that is the content.
    private static let addressMark = ";base64,"

    /// The largest chunk, in bytes: 1 MiB of base64.
    package static let chunkSize = 3 << 18

    /// The base64 of a chunk of that size, in bytes.
    package static let chunkTextSize = chunkSize / 3 * 4

    /// The name of content by its hash.
    package static func text(_ digest: Digest) -> String { prefix + digest.hexadecimal }

    /// The hash that a name holds; nil for a text that is no name.
    package static func digest(_ text: String?) -> Digest? {
        guard let text, text.hasPrefix(prefix) else { return nil }
        return Digest(hexadecimal: String(text.dropFirst(prefix.count)))
    }

    /// How many chunks a blob of a size has.
    package static func chunkCount(_ size: UInt64) -> Int {
        Int(clamping: (size + UInt64(chunkSize) - 1) / UInt64(chunkSize))
    }

    /// The name that stands in a text in the place of base64, and what stands before it: nothing, or
    /// the beginning of a `data:` address; nil for any other text.
    package static func standing(in text: String) -> (name: String, before: Substring)? {
        if digest(text) != nil { return (text, text.prefix(0)) }
        guard text.hasPrefix("data:"), text.utf8.count < 1 << 10,
            let comma = text.utf8.lastIndex(of: UInt8(ascii: ",")),
            text[...comma].hasSuffix(addressMark)
        else { return nil }
        let name = String(text[text.index(after: comma)...])
        return digest(name) == nil ? nil : (name, text[...comma])
    }

    /// What may be names of blobs anywhere in a text.
    package static func names(in text: Span<UInt8>) -> Set<String> {
        Set(
            places(in: text).map {
                String(decoding: [UInt8](copying: text.extracting($0)), as: UTF8.self)
            })
    }

    /// Where what may be names of blobs stands in a text, in order.
    package static func places(in text: Span<UInt8>) -> [Range<Int>] {
        var places: [Range<Int>] = []
        var start = 0
        while let place = text.firstIndex(of: mark, from: start) {
            start = place + mark.count
            let end = start + 2 * Digest.size
            guard end <= text.count else { break }
            places.append(place..<end)
        }
        return places
    }
}

extension JSONValue {
    /// The value with base64 in the place of names of blobs, as far as it is at hand.
    ///
    /// - Parameter base64: The text of each, by its name.
    package func filled(with base64: [String: String]) -> JSONValue {
        guard !base64.isEmpty else { return self }
        switch self {
        case .string(let text):
            guard let (name, before) = BlobName.standing(in: text), let content = base64[name]
            else {
                return self
            }
            return .string(before + content)
        case .array(let elements): return .array(elements.map { $0.filled(with: base64) })
        case .object(let object):
            return .object(JSONObject(object.map { ($0.name, $0.value.filled(with: base64)) }))
        default: return self
        }
    }
}
