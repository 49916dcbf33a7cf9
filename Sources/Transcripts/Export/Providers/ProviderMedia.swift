internal import SessionJournal
internal import TransparencyLog

/// Attachments as providers take them.
struct ProviderMedia: Sendable {
    let blobs: [String: String]

    /// The pictures that every provider takes.
    static let pictures: Set<String> = ["image/png", "image/jpeg", "image/gif", "image/webp"]

    /// The media type and the bytes in base64 of what the journal holds itself; nil where it does not.
    func data(_ media: Part.Media) -> (type: String, base64: String)? {
        if case .url(let address) = media.location { return DataAddress.content(address) }
        guard let type = media.mediaType else { return nil }
        switch media.location {
        case .base64(let text): return (type, text)
        case .blob(let name): return blobs[name].map { (type, $0) }
        default: return nil
        }
    }

    /// Whether a picture is of a kind that every provider takes, or of one that nobody names.
    func isPicture(_ media: Part.Media) -> Bool {
        (data(media)?.type ?? media.mediaType).map { Self.pictures.contains($0) } ?? true
    }

    /// The address of what is elsewhere, where a provider can fetch it.
    func address(_ media: Part.Media) -> String? {
        if case .url(let address) = media.location, address.hasPrefix("https://") {
            address
        } else {
            nil
        }
    }

    /// An address from which a provider takes the bytes: `data:` or `https:`; nil where there is none.
    func link(_ media: Part.Media) -> String? {
        data(media).map { "data:\($0.type);base64,\($0.base64)" } ?? address(media)
    }

    /// What stands in the place of an attachment that a provider does not take.
    static func words(_ part: Part) -> String {
        var words = part.attachmentName ?? "attachment"
        if case .url(let address)? = part.media?.location {
            words += " " + (DataAddress.content(address)?.type ?? address)
        }
        return "[\(words)]"
    }
}

/// Addresses that hold what they lead to: `data:image/png;base64,…`.
enum DataAddress {
    private static let lead = "data:"
    private static let mark = ";base64,"
    private static let typeLimit = 128

    /// The media type and the bytes in base64 of an address; nil of any other.
    static func content(_ address: String) -> (type: String, base64: String)? {
        guard address.hasPrefix(lead),
            let comma = address.utf8.prefix(lead.utf8.count + typeLimit).firstIndex(
                of: UInt8(ascii: ",")),
            let start = address[..<comma].firstIndex(of: ";"),
            address[start...].hasPrefix(mark)
        else { return nil }
        let type = address[..<start].dropFirst(lead.count)
        let base64 = String(address[comma...].dropFirst())
        guard !type.isEmpty, Base64.decodedSize(of: base64.utf8.span) != nil else { return nil }
        return (String(type), base64)
    }
}
