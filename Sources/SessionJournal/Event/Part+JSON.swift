extension Part {
    /// The part that a JSON object describes by its `type`. A type that this version does not
    /// know, or one whose fields are not as they should be, is kept as ``unknown(_:)``.
    public init(_ value: JSONValue) {
        self = Self.known(value) ?? .unknown(value)
    }

    private static func known(_ value: JSONValue) -> Part? {
        guard let type = value["type"]?.string else { return nil }
        switch type {
        case "text": return value["text"]?.string.map { .text($0) }
        case "thinking":
            return value["text"]?.string.map {
                .thinking($0, signature: value["signature"]?.string)
            }
        case "tool_use":
            guard let call = value["call"]?.string, let name = value["name"]?.string else {
                return nil
            }
            return .toolUse(
                ToolUse(call: call, name: name, input: input(value["input"] ?? .null)))
        case "tool_result":
            return value["call"]?.string.map {
                .toolResult(
                    ToolResult(
                        call: $0, content: value["content"] ?? .null,
                        isError: value["is_error"]?.bool))
            }
        case "image": return .image(Media(value))
        case "audio": return .audio(Media(value))
        case "video": return .video(Media(value))
        case "document": return .document(Media(value))
        case "derived":
            guard let text = value["text"]?.string,
                let source = value["source"]?.integer.flatMap({ Int(exactly: $0) })
            else { return nil }
            return .derived(text, source: source)
        case "unknown": return value["value"].map { .unknown($0) }
        default: return nil
        }
    }

    /// What a tool was called with: some providers write that as JSON in a string.
    private static func input(_ value: JSONValue) -> JSONValue {
        guard case .string(let text) = value, text.utf8.first == UInt8(ascii: "{"),
            let object = try? JSONValue(parsing: text), object.object != nil
        else { return value }
        return object
    }

    /// The JSON object that describes the part, as `message.appended` holds it.
    public var json: JSONValue {
        switch self {
        case .text(let text): return ["type": "text", "text": .string(text)]
        case .thinking(let text, let signature):
            var object: JSONObject = ["type": "thinking", "text": .string(text)]
            object["signature"] = signature.map { .string($0) }
            return .object(object)
        case .toolUse(let use):
            return [
                "type": "tool_use", "call": .string(use.call), "name": .string(use.name),
                "input": use.input,
            ]
        case .toolResult(let result):
            var object: JSONObject = [
                "type": "tool_result", "call": .string(result.call), "content": result.content,
            ]
            object["is_error"] = result.isError.map { .bool($0) }
            return .object(object)
        case .image(let media): return media.json(type: "image")
        case .audio(let media): return media.json(type: "audio")
        case .video(let media): return media.json(type: "video")
        case .document(let media): return media.json(type: "document")
        case .derived(let text, let source):
            return ["type": "derived", "text": .string(text), "source": JSONValue(source)]
        case .unknown(let value): return ["type": "unknown", "value": value]
        }
    }
}

extension Part {
    /// A part as JSON, which says `blob` where the name of one stands in the place of its base64.
    static func namingBlobs(_ part: JSONValue) -> JSONValue {
        guard let text = (part["base64"] ?? part["url"])?.string,
            BlobName.standing(in: text) != nil, let media = Part(part).media, media.location != nil
        else { return part }
        var rest = part.object ?? [:]
        for member in Part(part).json.object ?? [:] { rest[member.name] = member.value }
        rest["base64"] = nil
        rest["url"] = nil
        return .object(rest)
    }

    /// The picture, sound, film or document that the part is; nil for any other.
    package var media: Media? {
        switch self {
        case .image(let media), .audio(let media), .video(let media), .document(let media): media
        default: nil
        }
    }
}

extension Part.Media {
    fileprivate init(_ value: JSONValue) {
        self.init(
            mediaType: value["media_type"]?.string, base64: value["base64"]?.string,
            url: value["url"]?.string, name: value["name"]?.string)
        location = location ?? value["blob"]?.string.map { .blob($0) }
    }

    /// Media as a source says where they are. Where an import stored them as a blob, its name stands in
    /// the place of their base64: no base64 has a colon.
    package init(mediaType: String?, base64: String?, url: String?, name: String? = nil) {
        self.init(mediaType: mediaType, name: name)
        if let url {
            location = .url(url)
            guard let (name, before) = BlobName.standing(in: url) else { return }
            location = .blob(name)
            let type = before.dropFirst("data:".count).prefix { $0 != ";" }
            if self.mediaType == nil, !type.isEmpty { self.mediaType = String(type) }
        } else if let base64 {
            location = BlobName.digest(base64) == nil ? .base64(base64) : .blob(base64)
        }
    }

    fileprivate func json(type: String) -> JSONValue {
        var object: JSONObject = ["type": .string(type)]
        object["media_type"] = mediaType.map { .string($0) }
        switch location {
        case .url(let url): object["url"] = .string(url)
        case .base64(let text): object["base64"] = .string(text)
        case .blob(let blob): object["blob"] = .string(blob)
        case nil: break
        }
        object["name"] = name.map { .string($0) }
        return .object(object)
    }
}
