internal import TransparencyLog

/// One chunk of content that a session stores by itself, as a `blob.stored` event holds it.
package struct BlobChunk {
    package let blob: Digest
    /// Which chunk of the blob, from 0, and how many there are.
    package let index: Int
    package let count: Int
    package let bytes: [UInt8]

    /// The chunk of an event; nil where the event is none, or holds its name only.
    package init?(_ event: Event) {
        guard let reader = try? DataReader(event), let place = BlobIndex.Place(event, reader),
            let text = reader.string("base64"), let bytes = Base64.decode(text.utf8.span)
        else { return nil }
        blob = place.blob
        index = place.index
        count = place.count
        self.bytes = bytes
    }

    /// The data of the event that holds a chunk.
    ///
    /// - Parameters:
    ///   - index: Which chunk of the blob, from 0.
    ///   - size: Of the blob, in bytes.
    ///   - text: The chunk in base64.
    package static func data(
        _ index: Int, of blob: Digest, size: Int, base64 text: Span<UInt8>
    ) -> [UInt8] {
        let count = BlobName.chunkCount(UInt64(size))
        let head =
            #"{"blob":"\#(BlobName.text(blob))","index":\#(index),"count":\#(count),"#
            + #""size":\#(size),"base64":""#
        var data: [UInt8] = []
        data.reserveCapacity(head.utf8.count + text.count + 2)
        data += head.utf8
        data.append(copying: text)
        data += #""}"#.utf8
        return data
    }

    /// The same from the bytes of a chunk.
    package static func data(
        _ index: Int, of blob: Digest, size: Int, bytes: Span<UInt8>
    ) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(BlobName.chunkTextSize)
        Base64.append(bytes, to: &text)
        return data(index, of: blob, size: size, base64: text.span)
    }
}

/// Which chunks of blobs are there. Chunks of one blob that was cut in two ways are kept apart.
package struct BlobIndex: Sendable {
    struct Place {
        let blob: Digest
        let index: Int
        let count: Int

        /// Where the chunk of an event belongs; nil where there is none in it any more.
        init?(_ event: Event, _ reader: DataReader) {
            guard event.kind == .blobStored, !event.isWithheld, !event.isCompacted,
                let blob = BlobName.digest(reader.string("blob")),
                let index = reader.integer("index"), let count = reader.integer("count"),
                index >= 0, index < count, count < 1 << 32
            else { return nil }
            self.blob = blob
            self.index = Int(index)
            self.count = Int(count)
        }
    }

    /// For each blob, by the count of its chunks, the sequence number of each chunk.
    private var chunks: [Digest: [Int: [Int: UInt64]]] = [:]

    package init() {}

    /// Takes note of the chunk that an event holds, where it holds one.
    package mutating func note(_ event: Event) {
        guard event.kind == .blobStored, let reader = try? DataReader(event),
            let place = Place(event, reader)
        else { return }
        add(place.index, of: place.blob, count: place.count, at: event.sequence)
    }

    /// Takes note of a chunk.
    package mutating func add(
        _ index: Int, of blob: Digest, count: Int, at sequence: UInt64 = 0
    ) {
        guard !has(index, of: blob, count: count) else { return }
        chunks[blob, default: [:]][count, default: [:]][index] = sequence
    }

    /// Whether a chunk is there.
    package func has(_ index: Int, of blob: Digest, count: Int) -> Bool {
        chunks[blob]?[count]?[index] != nil
    }

    /// The events that hold a blob, in the order of its chunks; nil where not all of it is there.
    package func sequences(of blob: Digest) -> [UInt64]? {
        for (count, places) in chunks[blob] ?? [:] where places.count == count {
            return (0..<count).compactMap { places[$0] }
        }
        return nil
    }
}

extension Journal {
    /// Which chunks a session has. Cost: its `blob.stored` events.
    package func blobIndex(of session: SessionID) async throws -> BlobIndex {
        var index = BlobIndex()
        for try await event in events(session: session, kinds: [.blobStored]) { index.note(event) }
        return index
    }

    /// The bytes of a blob; nil where they are not all there, or are not what its name promises.
    package func bytes(of blob: Digest, _ index: BlobIndex) async throws -> [UInt8]? {
        var bytes: [UInt8] = []
        for sequence in index.sequences(of: blob) ?? [] {
            guard let event = try await event(at: sequence), let chunk = BlobChunk(event) else {
                return nil
            }
            bytes += chunk.bytes
        }
        return Digest(hashing: bytes.span) == blob ? bytes : nil
    }

    /// The content of blobs in base64, by their names; what is not there is left out.
    ///
    /// - Parameter limit: How much is read at most, in bytes.
    package func base64(
        of names: Set<String>, in session: SessionID, limit: Int
    ) async throws -> [String: String] {
        guard !names.isEmpty else { return [:] }
        let index = try await blobIndex(of: session)
        var found: [String: String] = [:]
        var size = 0
        for name in names.sorted() {
            guard let blob = BlobName.digest(name), let bytes = try await bytes(of: blob, index),
                size + bytes.count <= limit
            else { continue }
            size += bytes.count
            found[name] = Base64.string(bytes.span)
        }
        return found
    }
}
