extension JournalWriter {
    /// Stores bytes in a session, once, and gives the part that shows them in a message.
    ///
    /// ```swift
    /// let chart = try await ada.attach(png, mediaType: "image/png", name: "chart.png", in: session)
    /// try await ada.say("user", parts: [chart], in: session)
    /// ```
    ///
    /// Cost: the bytes, in base64. Bytes that the session has lately got already are not stored again.
    ///
    /// - Parameters:
    ///   - bytes: The bytes, not none.
    ///   - mediaType: Their media type. `image/…`, `audio/…` and `video/…` make a part of that type,
    ///     any other a document.
    ///   - name: A name for people.
    ///   - session: A session that exists.
    ///   - durability: What the answer promises.
    /// - Returns: The part.
    public func attach(
        _ bytes: [UInt8], mediaType: String, name: String? = nil, in session: SessionID,
        durability: Durability = .durable
    ) async throws -> JSONValue {
        guard !bytes.isEmpty else {
            throw JournalError(.invalidArgument, "an attachment without bytes")
        }
        let digest = Digest(hashing: bytes.span)
        let blob = BlobName.text(digest)
        let count = BlobName.chunkCount(UInt64(bytes.count))
        for index in 0..<count {
            let start = index * BlobName.chunkSize
            let chunk = bytes[start..<min(start + BlobName.chunkSize, bytes.count)]
            let data = BlobChunk.data(index, of: digest, size: bytes.count, bytes: chunk.span)
            var draft = EventDraft(
                .blobStored, data: try EventData(json: data), id: "\(blob)/\(index)")
            let isLast = index == count - 1
            let receipt = try await append(
                draft, to: session, durability: isLast ? durability : .buffered)
            // Of a piece that was compacted only the name is left.
            guard receipt.isDuplicate,
                try await journal.event(at: receipt.sequence)?.isCompacted == true
            else { continue }
            draft.id = "\(blob)/\(index)/\(receipt.sequence)"
            try await append(draft, to: session, durability: isLast ? durability : .buffered)
        }
        let type = mediaType.split(separator: "/").first.map(String.init) ?? ""
        var part: JSONObject = [
            "type": .string(["image", "audio", "video"].contains(type) ? type : "document"),
            "media_type": .string(mediaType), "blob": .string(blob),
        ]
        part["name"] = name.map { .string($0) }
        return .object(part)
    }
}

extension Journal {
    /// The bytes of an attachment, by the name that a part gives it under `blob`; nil where the
    /// session does not hold it, or not all of it.
    ///
    /// Cost: reads the session's blobs up to the last piece.
    ///
    /// - Throws: ``JournalError/Code/damaged`` where the bytes are not those that the name promises.
    public func attachment(_ blob: String, in session: SessionID) async throws -> [UInt8]? {
        guard let digest = BlobName.digest(blob),
            let sequences = try await blobIndex(of: session).sequences(of: digest)
        else { return nil }
        var bytes: [UInt8] = []
        for sequence in sequences {
            guard let event = try await event(at: sequence), let chunk = BlobChunk(event) else {
                return nil
            }
            bytes += chunk.bytes
        }
        guard Digest(hashing: bytes.span) == digest else {
            throw JournalError(
                .damaged, "the attachment \(blob) is not what its name promises",
                place: "session \(session)")
        }
        return bytes
    }
}
