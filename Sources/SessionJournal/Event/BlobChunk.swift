internal import SegmentLog
internal import TransparencyLog

/// One chunk of content that a session stores by itself, as a `blob.stored` event holds it.
package struct BlobChunk {
    package let blob: Digest
    /// Which chunk of the blob, from 0.
    package let index: Int
    package let bytes: [UInt8]

    /// The chunk of an event; nil where the event is none, or holds its name only.
    package init?(_ event: Event) {
        guard event.kind == .blobStored, let reader = try? DataReader(event),
            let blob = BlobName.digest(reader.string("blob")),
            let index = reader.integer("index"), index >= 0, index < 1 << 32,
            let text = reader.string("base64"), let bytes = Base64.decode(text.utf8.span)
        else { return nil }
        self.blob = blob
        self.index = Int(index)
        self.bytes = bytes
    }
}

/// How content that is stored by itself is called, and cut into events.
package enum BlobName {
    private static let prefix = "sha256:"

    private static let mark = Array(prefix.utf8)

    /// The largest chunk, in bytes: 1 MiB of base64.
    package static let chunkSize = 3 << 18

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

    /// The blobs that a text names anywhere in it.
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
