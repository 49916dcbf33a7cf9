extension Message {
    /// One text of a message: as it was appended, as an edit left it, or that it was removed.
    public struct Revision: Sendable {
        /// The event that brought it about.
        public let sequence: UInt64
        /// When the journal took it.
        public let time: Timestamp
        /// When it happened by its source's clock.
        public let occurred: Timestamp?
        /// Who did it; nil where that is withheld.
        public let actor: String?
        /// Why.
        public let reason: String?
        /// The branch that it was done on, by the name it had then.
        public let branch: String
        /// Whether the message was taken out of the conversation.
        public let isRemoval: Bool
        /// The events that hold its parts; empty for a removal, and where content is not kept.
        public internal(set) var events: [Event]

        /// Its parts as JSON; empty for a removal.
        public func content() -> [JSONValue] { Self.content(of: events) }

        /// Its parts; empty for a removal.
        public func parts() -> [Part] { content().map { Part($0) } }

        /// The parts that events hold. A part that says `continues` goes on where the one before it,
        /// of the same type, ends.
        static func content(of events: [Event]) -> [JSONValue] {
            var parts: [JSONValue] = []
            for event in events {
                guard let reader = try? DataReader(event) else { continue }
                for stored in reader.value("parts")?.array ?? [] {
                    let part = Part.namingBlobs(stored)
                    if let last = parts.last, let joined = joined(last, part) {
                        parts[parts.count - 1] = joined
                    } else {
                        parts.append(part)
                    }
                }
            }
            return parts
        }

        /// Two parts as one, where the second says that it continues the first.
        private static func joined(_ first: JSONValue, _ second: JSONValue) -> JSONValue? {
            guard second["continues"]?.bool == true, first["type"] == second["type"],
                var object = first.object, let head = object["text"]?.string,
                let tail = second["text"]?.string
            else { return nil }
            object["text"] = .string(head + tail)
            if let signature = second["signature"] { object["signature"] = signature }
            return .object(object)
        }
    }
}
