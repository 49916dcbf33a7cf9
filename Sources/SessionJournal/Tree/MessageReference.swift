/// The name of a message: in the session that names it, or in another.
public struct MessageReference: Hashable, Sendable {
    /// The other session, by its id or key; nil for the one that names it.
    public let session: String?

    /// The message's id.
    public let message: String

    /// Names a message.
    public init(_ message: String, session: String? = nil) {
        self.message = message
        self.session = session
    }

    /// The reference that JSON holds: an id, or `{session, message}`. Nil for anything else.
    public init?(_ value: JSONValue?) {
        if let message = value?.string {
            self.init(message)
        } else if let message = value?["message"]?.string {
            self.init(message, session: value?["session"]?.string)
        } else {
            return nil
        }
    }

    /// The reference as JSON.
    public var json: JSONValue {
        guard let session else { return .string(message) }
        return ["session": .string(session), "message": .string(message)]
    }

    /// The same, where a reference into `session` itself says nothing of it.
    func local(to session: SessionID?) -> MessageReference {
        guard let session, self.session == session.hexadecimal else { return self }
        return MessageReference(message)
    }
}
