internal import SessionJournal
internal import TransparencyLog

extension Journal {
    /// How a file was made of pieces, by the `import.finished` event that says so: in the event, or in a
    /// blob that it names. Nil where that cannot be read.
    func fileManifest(at sequence: UInt64) async throws -> FileManifest? {
        guard let event = try await event(at: sequence), event.kind == .importFinished,
            let reader = try? DataReader(event), let value = reader.value("pieces")
        else { return nil }
        guard let blob = BlobName.digest(value["blob"]?.string) else { return FileManifest(value) }
        let size = value["size"]?.integer ?? -1
        guard size >= 0, size <= 1 << 30 else { return nil }
        var bytes: [UInt8] = []
        for try await event in events(session: .journal, kinds: [.blobStored]) {
            guard let chunk = BlobChunk(event), chunk.blob == blob,
                chunk.index * BlobName.chunkSize == bytes.count
            else { continue }
            bytes += chunk.bytes
        }
        guard Digest(hashing: bytes.span) == blob else { return nil }
        return (try? JSONValue(parsing: bytes.span)).flatMap(FileManifest.init)
    }
}

/// One chunk of a blob, from its event.
struct BlobChunk {
    let blob: Digest
    let index: Int
    let bytes: [UInt8]

    init?(_ event: Event) {
        guard event.kind == .blobStored, let reader = try? DataReader(event),
            let blob = BlobName.digest(reader.string("blob")),
            let index = reader.integer("index"), index >= 0, index < 1 << 32,
            let bytes = reader.string("base64").flatMap({ Base64.decode($0.utf8.span) }),
            bytes.count <= BlobName.chunkSize
        else { return nil }
        self.blob = blob
        self.index = Int(index)
        self.bytes = bytes
    }
}
